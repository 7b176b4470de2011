"""Marks of a unit, one row per student: what was earned, what lateness takes, what waits for a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from grading.course import Course
from grading.intake.shelf import provenance
from grading.intake.submitted import odd_times, submitted_at
from grading.lms.class_list import class_list
from grading.lms.roster import Person
from grading.marks.class_marks import CellScore, ClassMarks, class_marks
from grading.marks.late import ON_TIME, Lateness, lateness
from grading.marks.late_settings import policies, read_agreements, read_policy

TO_GRADE = "to grade"
NOBODY = Person()


@dataclass(frozen=True)
class MarkRow:
    """A student's marks.

    Parameters
    ----------
    student, state, note, sandbox : str
        As grading left them; ``missing`` is who handed in nothing, ``to grade`` whose latest work has no mark.
    cells : tuple of CellScore
        The graded cells.
    lateness : Lateness
        What the late policy says.
    handed_in : datetime or None
        When, if it is known.
    has_submission : bool
        Whether anything was handed in, gradable or not.
    odd_time : str
        What a person should know of how its time was read.
    person : Person
        What the roster tells.
    """

    student: str
    state: str
    note: str
    sandbox: str
    cells: tuple[CellScore, ...]
    lateness: Lateness = ON_TIME
    handed_in: datetime | None = None
    has_submission: bool = True
    odd_time: str = ""
    person: Person = NOBODY

    @property
    def to_grade(self) -> bool:
        """Whether the work that lies in ``submitted/`` has no mark yet, so that none may go out."""
        return self.state == TO_GRADE

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
    def extra(self) -> float:
        """Extra credit that counts."""
        return round(sum(cell.extra for cell in self.cells if cell.score is not None), 6)

    @property
    def troubles(self) -> tuple[str, ...]:
        """Marks by hand that a person has to mend before they go out."""
        return tuple(cell.trouble for cell in self.cells if cell.trouble)

    @property
    def score(self) -> float:
        """Points after the penalty."""
        return self.lateness.apply(self.raw, self.points)

    @property
    def handed_in_nothing(self) -> bool:
        """Whether there is nothing that could be graded, so that a 0 would say too much."""
        return self.state in ("missing", "malformed")


def unit_marks(course: Course, unit: str, marks: ClassMarks | None = None) -> list[MarkRow]:
    """Marks of everybody in the class, by id.

    A mark given by hand counts before the automatic one. A student without a submission is ``missing``.

    Raises
    ------
    CourseError
        If nothing was graded yet, the record disagrees, or the late policy or extensions cannot be read.
    """
    marks = marks or class_marks(course, unit)
    example = next(iter(marks.of.values())).cells if marks.of else ()
    nothing = tuple(CellScore(cell.grade_id, cell.points, 0.0) for cell in example)
    lates = submission_lateness(course, unit, list(marks.of))
    odd = odd_times({student: course.submitted(student, unit) for student in marks.of}, course.timezone)
    rows = []
    for student in marks.students:
        person = marks.people.get(student, NOBODY)
        if student not in marks.of or student in marks.stale:
            rows.append(replace(_without_result(course, unit, student, nothing), person=person))
            continue
        result, (late, when) = marks.of[student].result, lates[student]
        rows.append(
            MarkRow(
                student=student,
                state=result.state,
                note="; ".join(filter(None, (result.note, *marks.of[student].troubles))),
                sandbox=result.sandbox,
                cells=marks.of[student].cells,
                lateness=late if result.state != "missing" else ON_TIME,
                handed_in=when,
                odd_time=odd.get(student, ""),
                person=person,
            )
        )
    return rows


def _without_result(course: Course, unit: str, student: str, cells: tuple[CellScore, ...]) -> MarkRow:
    """Of somebody who handed in nothing, or whose latest submission has not been graded yet."""
    if not course.submitted(student, unit).is_dir():
        return MarkRow(student, "missing", "nothing handed in", "", cells, has_submission=False)
    waiting = tuple(CellScore(cell.grade_id, cell.points, None) for cell in cells)
    return MarkRow(student, TO_GRADE, f"not graded yet; run 'autograde {unit}'", "", waiting)


def submission_lateness(
    course: Course, unit: str, students: Sequence[str]
) -> dict[str, tuple[Lateness, datetime | None]]:
    """What the unit's late policy says about each student's submission, and when that was handed in."""
    policy, agreed = read_policy(course, unit), read_agreements(course, unit)
    own = policies(course, unit, class_list(course))
    by_student = {}
    for student in students:
        folder = course.submitted(student, unit)
        when = submitted_at(folder, course.timezone)
        origin = provenance(folder)
        marked = origin is not None and origin.late
        by_student[student] = (
            lateness(when, own.get(student, policy), agreed.get(student), marked_late=marked),
            when,
        )
    return by_student
