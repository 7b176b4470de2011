"""Bring together what is known of a class: kept results, marks given by hand, and the answers themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from grading.course import Course
from grading.errors import CourseError
from grading.marks.class_marks import class_marks
from grading.submission.results import CellMark, Result
from grading.units.master import nbgrader_of, notebook_cells, source_of
from grading.units.places import NotebookPlace, unit_places

OWN_CELLS = "cells of their own"


@dataclass(frozen=True)
class Paper:
    """One student's submission as it was judged, with what counts per cell."""

    result: Result
    scores: Mapping[str, float | None]
    """A person's mark before the machine's, extra credit included; None while an answer waits."""
    troubles: Sequence[str] = ()
    """Marks by hand that a person has to mend."""

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
    left: Sequence[str] = ()
    """Students with a result on record who are in the class no more."""
    versions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Who was graded by which version of the tests, if there were several."""
    called: Mapping[str, str] = field(default_factory=dict)
    """Names that the roster has."""
    stale: Sequence[str] = ()
    """Students who handed in anew since they were graded."""

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


def gather(course: Course, unit: str, section: str = "") -> ClassRecord:
    """Read a class's record.

    Raises
    ------
    CourseError
        If nothing was graded yet.
    """
    marks = class_marks(course, unit, section=section)
    title, places = unit_places(course, unit)
    papers = [
        Paper(each.result, {cell.grade_id: cell.score for cell in each.cells}, each.troubles)
        for each in (marks.of[student] for student in sorted(marks.of))
    ]
    absent = [student for student in marks.students if student not in marks.of]
    called = {student: person.name for student, person in marks.people.items() if person.name}
    return ClassRecord(
        unit=unit,
        title=title,
        places=places,
        papers=papers,
        absent=absent,
        private=marks.private,
        left=marks.left,
        versions=marks.versions,
        called=called,
        stale=sorted(marks.stale),
    )


def codes(course: Course, record: ClassRecord) -> tuple[dict[str, dict[str, str]], list[str]]:
    """Each student's code by cell, own cells together, from the kept notebooks; and whose notebooks are gone."""
    read = {
        paper.student: _answers(course.autograded_notebook(paper.student, record.unit)) for paper in record.papers
    }
    return (
        {student: answers for student, answers in read.items() if answers is not None},
        [student for student, answers in read.items() if answers is None],
    )


def _answers(path: Path) -> dict[str, str] | None:
    """The code in a notebook; None if there is no notebook."""
    try:
        cells = notebook_cells(path)
    except (OSError, ValueError):
        return None
    answers: dict[str, str] = {}
    student_cells: list[str] = []
    for cell in cells:
        nbgrader = nbgrader_of(cell)
        if cell["cell_type"] != "code":
            continue
        if not nbgrader:
            student_cells.append(source_of(cell))
        elif nbgrader["solution"]:
            answers[str(nbgrader["grade_id"])] = source_of(cell)
    return {**answers, OWN_CELLS: "\n\n".join(student_cells)} if student_cells else answers


def given_code(course: Course, unit: str) -> Iterator[str]:
    """Code that every student received."""
    path = course.release(unit)
    try:
        cells = notebook_cells(path)
    except FileNotFoundError:
        raise CourseError(f"{path}: missing; run 'python -m grading build' first") from None
    yield from (source_of(cell) for cell in cells if cell["cell_type"] == "code")
