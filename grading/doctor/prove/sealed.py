"""Grade the model answer and the untouched release as if students had handed them in, through the same wall."""

from __future__ import annotations

from pathlib import Path

from grading.course import Course
from grading.sandbox import Sandbox
from grading.submission.fingerprint import Work
from grading.submission.grade import grade
from grading.submission.read import Submission
from grading.submission.results import Result
from grading.units.unit import Unit, load_unit

_SECRET = b"grading prove, not the course's own secret"


def faults_of_sealed_path(course: Course, unit: str, sandbox: Sandbox) -> list[str]:
    """Say what is wrong: the model answer must earn everything, the untouched release nothing."""
    loaded = load_unit(course, unit, secret=_SECRET)
    model = _graded(course.master(unit), loaded, sandbox)
    untouched = _graded(course.release(unit), loaded, sandbox)
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


def _graded(notebook: Path, unit: Unit, sandbox: Sandbox) -> Result:
    submission = Submission("model-answer", f"{unit.name}.ipynb", notebook.read_bytes())
    return grade(Work.of(submission, unit), unit, sandbox)
