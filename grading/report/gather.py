"""Bring together what is known of a class: kept results, marks given by hand, and the answers themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from grading.course import Course
from grading.errors import CourseError
from grading.gradebook.writer import GradebookWriter
from grading.submission.results import CellMark, Result, ResultStore
from grading.units.places import NotebookPlace, unit_places

OWN_CELLS = "cells of their own"


@dataclass(frozen=True)
class Paper:
    """One student's submission as it was judged, with what counts per cell."""

    result: Result
    scores: Mapping[str, float | None]
    """A person's mark before the machine's; None while an answer waits."""

    @property
    def student(self) -> str:
        """Whose it is."""
        return self.result.student

    @cached_property
    def marks(self) -> dict[str, CellMark]:
        """The machine's marks by cell."""
        return {mark.grade_id: mark for mark in self.result.marks}

    @property
    def ran(self) -> bool:
        """Whether the notebook ran to its end, so that every mark tells something about the answer."""
        return self.result.state == "graded"


@dataclass(frozen=True)
class ClassRecord:
    """All that a report tells of."""

    unit: str
    title: str
    places: Mapping[str, NotebookPlace]
    papers: Sequence[Paper]
    absent: Sequence[str]
    """Students whom the gradebook knows and who have no result."""
    private: Sequence[str]
    """Names and addresses that the gradebook holds."""

    @property
    def students(self) -> list[str]:
        """Everybody."""
        return [*(paper.student for paper in self.papers), *self.absent]

    @property
    def ran(self) -> list[Paper]:
        """The papers whose notebook ran to its end."""
        return [paper for paper in self.papers if paper.ran]

    @property
    def cells(self) -> list[CellMark]:
        """The graded cells, as one of the papers has them, in the unit's order."""
        marks = {mark.grade_id: mark for paper in self.papers for mark in paper.result.marks}
        known = [marks[name] for name in self.places if name in marks]
        return [*known, *(mark for name, mark in marks.items() if name not in self.places)]


def gather(course: Course, unit: str) -> ClassRecord:
    """Read a class's record.

    Raises
    ------
    CourseError
        If nothing was graded yet.
    """
    results = ResultStore(course.root / "results" / unit).latest()
    if not results:
        raise CourseError(f"no graded submission of {unit} yet; run 'python -m grading autograde {unit}'")
    with GradebookWriter(course, unit, look_only=True) as book:
        known = book.students()
        stored = book.marks(results)
        private = book.private_names()
    title, places = unit_places(course, unit)
    papers = []
    for student in sorted(results):
        by_hand = {name: mark.manual for name, mark in stored.get(student, {}).items() if mark.manual is not None}
        scores = {mark.grade_id: by_hand.get(mark.grade_id, mark.score) for mark in results[student].marks}
        papers.append(Paper(results[student], scores))
    return ClassRecord(unit, title, places, papers, sorted(known - set(results)), private)


def codes(course: Course, record: ClassRecord) -> dict[str, dict[str, str]]:
    """Each student's code by cell, own cells together, from the notebooks that grading kept."""
    found: dict[str, dict[str, str]] = {}
    for paper in record.papers:
        path = course.root / "autograded" / paper.student / record.unit / f"{record.unit}.ipynb"
        found[paper.student] = _answers(path)
    return found


def _answers(path: Path) -> dict[str, str]:
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except FileNotFoundError:
        raise CourseError(f"{path}: missing; 'python -m grading autograde' makes it again") from None
    except (ValueError, KeyError):
        raise CourseError(f"{path}: no notebook; delete it and run 'python -m grading autograde'") from None
    answers: dict[str, str] = {}
    own: list[str] = []
    for cell in cells:
        marks = cell["metadata"].get("nbgrader")
        if cell["cell_type"] != "code":
            continue
        if marks is None:
            own.append(cell["source"])
        elif marks["solution"]:
            answers[str(marks["grade_id"])] = cell["source"]
    return {**answers, OWN_CELLS: "\n\n".join(own)} if own else answers


def given_code(course: Course, unit: str) -> Iterator[str]:
    """Code that every student received."""
    path = course.release_folder(unit) / f"{unit}.ipynb"
    try:
        cells: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except FileNotFoundError:
        raise CourseError(f"{path}: missing; run 'python -m grading build' first") from None
    for cell in cells:
        if cell["cell_type"] == "code":
            yield "".join(cell["source"])
