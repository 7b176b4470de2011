"""Marks of a unit, one row per student: what was earned, what lateness takes, what waits for a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from grading.course import Course
from grading.gradebook.stored_mark import StoredMark
from grading.gradebook.writer import GradebookWriter
from grading.intake.shelf import provenance
from grading.intake.submitted import submitted_at
from grading.marks.late import ON_TIME, Lateness, lateness
from grading.marks.late_settings import read_agreements, read_policy
from grading.submission.results import CellMark, Result, graded


@dataclass(frozen=True)
class CellScore:
    """The mark of one graded cell; None while it waits for a person."""

    grade_id: str
    points: float
    score: float | None


@dataclass(frozen=True)
class MarkRow:
    """A student's marks.

    Parameters
    ----------
    student, state, note, sandbox : str
        As grading left them; ``missing`` is who handed in nothing.
    cells : tuple of CellScore
        The graded cells.
    lateness : Lateness
        What the late policy says.
    handed_in : datetime or None
        When, if it is known.
    has_submission : bool
        Whether anything was handed in, gradable or not.
    """

    student: str
    state: str
    note: str
    sandbox: str
    cells: tuple[CellScore, ...]
    lateness: Lateness = ON_TIME
    handed_in: datetime | None = None
    has_submission: bool = True

    @property
    def raw(self) -> float:
        """Points earned, before any penalty."""
        return round(sum(cell.score or 0.0 for cell in self.cells), 6)

    @property
    def points(self) -> float:
        """Points there are."""
        return sum(cell.points for cell in self.cells)

    @property
    def waiting(self) -> int:
        """Answers that no person has marked yet."""
        return sum(cell.score is None for cell in self.cells)

    @property
    def score(self) -> float:
        """Points after the penalty."""
        return self.lateness.apply(self.raw, self.points)

    @property
    def handed_in_nothing(self) -> bool:
        """Whether there is nothing that could be graded, so that a 0 would say too much."""
        return self.state in ("missing", "malformed")


def unit_marks(course: Course, unit: str) -> list[MarkRow]:
    """Marks of every student whom the gradebook or a result knows, by id.

    A mark given by hand counts before the automatic one. A student without a submission is ``missing``.

    Raises
    ------
    CourseError
        If nothing was graded yet, or the late policy or extensions cannot be read.
    """
    results = graded(course, unit)
    with GradebookWriter(course, unit) as book:
        students = sorted(book.students() | set(results))
        stored = book.marks(students)
    example = next(iter(results.values())).marks
    lates = submission_lateness(course, unit, list(results))
    rows = []
    for student in students:
        result = results.get(student)
        late, when = lates.get(student, (ON_TIME, None))
        rows.append(
            MarkRow(
                student=student,
                state=result.state if result else "missing",
                note=result.note if result else "nothing handed in",
                sandbox=result.sandbox if result else "",
                cells=tuple(_cell(mark, result, stored.get(student, {}).get(mark.grade_id)) for mark in example),
                lateness=late if result and result.state != "missing" else ON_TIME,
                handed_in=when,
                has_submission=result is not None,
            )
        )
    return rows


def _cell(example: CellMark, result: Result | None, stored: StoredMark | None) -> CellScore:
    mark = next((mark for mark in result.marks if mark.grade_id == example.grade_id), None) if result else None
    score = mark.score if mark is not None else 0.0
    if stored is not None and stored.manual is not None:
        score = stored.manual
    return CellScore(example.grade_id, example.points, score)


def submission_lateness(
    course: Course, unit: str, students: Sequence[str]
) -> dict[str, tuple[Lateness, datetime | None]]:
    """What the unit's late policy says about each student's submission, and when that was handed in."""
    policy, agreed = read_policy(course, unit), read_agreements(course, unit)
    by_student = {}
    for student in students:
        folder = course.submitted(student, unit)
        when = submitted_at(folder)
        origin = provenance(folder)
        marked = origin is not None and origin.late
        by_student[student] = (lateness(when, policy, agreed.get(student), marked_late=marked), when)
    return by_student
