"""Students with results on record, as a run leaves them, without running anything."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from datetime import datetime

from grading.course import Course
from grading.gradebook.writer import GradebookWriter, database_url
from grading.intake.shelf import Provenance, open_shelf
from grading.submission.fingerprint import fingerprint_by
from grading.submission.read import read_folder
from grading.submission.recogniser import Recogniser
from grading.submission.results import CellMark, Result, ResultStore
from tests.grading.conftest import UNIT, Notebook, hand_in, own_cell, released

VERSION = "3-abc"


def own_notebook(student: str, extra: str = "") -> Notebook:
    """The release with a cell that only this student has."""
    notebook = copy.deepcopy(released())
    notebook["cells"].append(own_cell(f"# of {student} {extra}"))
    return notebook


def cells(course: Course) -> list[tuple[str, float, bool]]:
    """Graded cells: id, points, whether a person marks them."""
    every = [cell["metadata"].get("nbgrader", {}) for cell in json.loads(course.master(UNIT).read_text())["cells"]]
    return [(cell["grade_id"], float(cell["points"]), cell["solution"]) for cell in every if cell.get("grade")]


def record(course: Course, students: Iterable[str], share: float = 1.0, *, waits: bool = False) -> None:
    """What a run that graded these students leaves: submission, notebook, result, gradebook."""
    recogniser, store = Recogniser(course, UNIT), ResultStore(course.root / "results" / UNIT)
    results = []
    for student in students:
        folder = course.submitted(student, UNIT)
        if not folder.exists():
            hand_in(course, student, own_notebook(student))
        fingerprint = fingerprint_by(read_folder(folder, student, recogniser), VERSION)
        marks = tuple(
            CellMark(name, points, None if written and waits else points * share, "said", written=written)
            for name, points, written in cells(course)
        )
        run = 1 + max((each.run for each in store.latest().values()), default=0)
        result = Result(
            student, UNIT, fingerprint, "graded", None, marks, sandbox="test", version=VERSION, run=run
        )
        path = store.notebook(student)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"cells": [], "metadata": {"grading": {"fingerprint": fingerprint}}}))
        store.save(result)
        results.append(result)
    with GradebookWriter(course, UNIT) as book:
        book.record(results, times={}, changed={})


def by_hand(course: Course, student: str, name: str, **values: object) -> None:
    """What formgrader writes."""
    from nbgrader.api import Gradebook

    with Gradebook(database_url(course), "test-course") as book:
        grade = book.find_grade(name, UNIT, UNIT, student)
        for key, value in {"needs_manual_grade": False, **values}.items():
            setattr(grade, key, value)
        book.db.commit()


def collected(
    course: Course, student: str, *, lms: str = "canvas", when: datetime | None = None, **who: str
) -> None:
    """What `collect` leaves of one student's upload."""
    data = json.dumps(own_notebook(student)).encode()
    handed_in = when.isoformat() if when else ""
    with open_shelf(course.submissions, UNIT) as shelf:
        shelf.put(student, {f"{UNIT}.ipynb": data}, Provenance(lms=lms, handed_in=handed_in, **who))
