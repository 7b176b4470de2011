"""Grade the model answer and the untouched release as if students had handed them in, through the same wall."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from grading.course import Course
from grading.sandbox import Sandbox
from grading.submission.fingerprint import Work
from grading.submission.grade import grade
from grading.submission.read import Submission
from grading.submission.results import Result
from grading.units.master import grade_id_of, nbgrader_of, read_notebook, source_of
from grading.units.unit import Unit, load_unit

_SECRET = b"grading prove, not the course's own secret"


def faults_of_sealed_path(course: Course, unit: str, sandbox: Sandbox) -> list[str]:
    """Say what is wrong: the model answer must earn everything, the untouched release nothing."""
    loaded = load_unit(course, unit, secret=_SECRET)
    released = read_notebook(course.release(unit))
    untouched = _graded(released, loaded, sandbox)
    model = _graded(solved(released, loaded), loaded, sandbox)
    lines = [f"the model answer does not get through: {model.state}"] if model.state != "graded" else []
    lines += [
        f"the model answer earns {mark.score:g} of {mark.points:g} in cell {mark.grade_id}: {mark.message}"
        for mark in model.marks
        if not mark.written and mark.score != mark.points
    ]
    lines += [
        f"an untouched notebook earns {mark.score:g} of {mark.points:g} in cell {mark.grade_id}: its test holds "
        "whatever is there; ask for a value that only an answer gives"
        for mark in untouched.marks
        if mark.score
    ]
    return lines


def solved(released: Mapping[str, Any], unit: Unit) -> dict[str, Any]:
    """The released notebook with the model answers in its answer cells."""
    answers = {
        grade_id_of(cell): source_of(cell) for cell in unit.master.cells if nbgrader_of(cell).get("solution")
    }
    cells = [{**cell, "source": answers.get(grade_id_of(cell), cell["source"])} for cell in released["cells"]]
    return {**released, "cells": cells}


def _graded(notebook: Mapping[str, Any], unit: Unit, sandbox: Sandbox) -> Result:
    submission = Submission("model-answer", f"{unit.name}.ipynb", json.dumps(notebook).encode())
    return grade(Work.of(submission, unit), unit, sandbox)
