"""How far each unit of a course is: who is in which state, and what to do next; totals over all units."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from grading.course import Course
from grading.errors import CourseError
from grading.lms.class_list import class_list, section_members
from grading.marks.class_marks import ClassMarks, class_marks
from grading.marks.mark_rows import NOBODY, MarkRow, unit_marks
from grading.marks.sent import Sent, page_tells, sent
from grading.student_ids import harmless_id
from grading.submission.results import result_store
from grading.tables import Value, csv_text

STATES = ("handed in", "graded", "to grade", "to look at", "waits", "late", "exported", "returned", "missing")
"""Columns of the table; a student can be in several."""


@dataclass(frozen=True)
class UnitStatus:
    """One unit.

    Parameters
    ----------
    unit : str
        Its name.
    students : int
        How many there are in the class.
    who : mapping of str to sequence of str
        Students in each of `STATES`: ``to grade`` are new and stale work, ``to look at`` those whose notebook did
        not run to its end, ``waits`` those with answers for a person, ``exported`` and ``returned`` those with
        whom that was done by the marks that they have now.
    next : str
        What to do next, in words; empty if nothing is left.
    command : str
        The command for it; empty if it is no command's work.
    rows : sequence of MarkRow
        The marks, if the unit is graded.
    """

    unit: str
    students: int
    who: Mapping[str, Sequence[str]]
    next: str = ""
    command: str = ""
    rows: Sequence[MarkRow] = field(default=(), repr=False)


def course_status(course: Course, units: Sequence[str] = (), section: str = "") -> list[UnitStatus]:
    """The status of each unit, in the order of the course."""
    went_out = sent(course)
    return [_unit_status(course, unit, went_out, section) for unit in (units or course.units)]


def _unit_status(course: Course, unit: str, went_out: Sequence[Sent], section: str) -> UnitStatus:
    there = _handed_in(course, unit)
    listed = section_members(course, section) if section else set(class_list(course))
    there = there & listed if listed else there
    everybody = listed or there
    if not result_store(course, unit).latest():
        who = _in_states(there, missing=everybody - there, to_grade=there)
        return UnitStatus(unit, len(everybody), who, *_next(unit, who, []))
    try:
        marks = class_marks(course, unit, section=section)
        rows = unit_marks(course, unit, marks)
    except CourseError as error:
        return UnitStatus(unit, len(everybody), _in_states(there), str(error))
    who = _of_rows(rows)
    marks_out, pages_out = _went_out(unit, went_out)
    graded = set(who["graded"])
    done = [row for row in rows if row.student in graded]
    now = {row.student: f"{row.score:g}" for row in done}
    who["exported"] = [student for student, mark in now.items() if marks_out.get(student) == mark]
    who["returned"] = list(_have_their_page(course, done, marks, pages_out))
    changed = [student for student, mark in now.items() if marks_out.get(student, mark) != mark]
    nothing = {row.student for row in done if row.handed_in_nothing} - set(marks_out)
    return UnitStatus(unit, len(rows), who, *_next(unit, who, changed, nothing), rows)


def _have_their_page(
    course: Course, rows: Sequence[MarkRow], marks: ClassMarks, pages_out: Mapping[str, str]
) -> Iterator[str]:
    """Students whose last page told what it would tell now."""
    for row in rows:
        told = pages_out.get(row.student)
        if told is not None and told == page_tells(course, marks.of[row.student], row.lateness):
            yield row.student


def _handed_in(course: Course, unit: str) -> set[str]:
    folders = {path.parent.name for path in course.submissions.glob(f"*/{unit}") if path.is_dir()}
    return set(filter(harmless_id, folders))


def _in_states(
    there: Collection[str], *, missing: Collection[str] = (), to_grade: Collection[str] = ()
) -> dict[str, list[str]]:
    empty: dict[str, list[str]] = {state: [] for state in STATES}
    return empty | {"handed in": sorted(there), "missing": sorted(missing), "to grade": sorted(to_grade)}


def _of_rows(rows: Sequence[MarkRow]) -> dict[str, list[str]]:
    """Students by state, as far as their marks tell."""
    who: dict[str, list[str]] = {state: [] for state in STATES}
    for row in rows:
        for state in _states(row):
            who[state].append(row.student)
    return who


def _states(row: MarkRow) -> Iterator[str]:
    if not row.has_submission:
        yield "missing"
        return
    yield "handed in"
    if row.lateness.late:
        yield "late"
    if row.to_grade:
        yield "to grade"
        return
    yield "graded"
    if row.state != "graded" or row.troubles:
        yield "to look at"
    if row.waiting > len(row.troubles):
        yield "waits"


def _went_out(unit: str, went_out: Sequence[Sent]) -> tuple[dict[str, str], dict[str, str]]:
    """What of each student's went out last: the mark that was exported, what the page told that was returned."""
    last: dict[str, dict[str, str]] = {"exported": {}, "returned": {}}
    for each in went_out:
        if each.unit == unit and each.what in last:
            last[each.what].update(each.students)
    return last["exported"], last["returned"]


def _next(
    unit: str, who: Mapping[str, Sequence[str]], changed: Sequence[str], nothing: Collection[str] = ()
) -> tuple[str, str]:
    """What to do next, and the command; `nothing` are those of whom a mark goes out only as a zero on purpose."""
    done, final = set(who["graded"]), set(who["graded"]) - set(who["waits"]) - set(nothing)
    if not who["handed in"]:
        return "put the submissions in place", f"grading collect ARCHIVE {unit}"
    if who["to grade"]:
        return f"grade {len(who['to grade'])}", f"grading autograde {unit}"
    if who["waits"]:
        return f"mark the written answers of {len(who['waits'])} in formgrader", ""
    if changed:
        return f"export again, the marks of {len(changed)} have changed", f"grading export {unit}"
    if final - set(who["exported"]):
        return f"export the marks of {len(final - set(who['exported']))}", f"grading export {unit}"
    if done - set(who["returned"]):
        return f"return feedback to {len(done - set(who['returned']))}", f"grading return {unit}"
    return "", ""


# ---------------------------------------------------------------- totals


@dataclass(frozen=True)
class Total:
    """One student's marks over all graded units.

    Parameters
    ----------
    student, name, section : str
        Who.
    scores : mapping of str to float or None
        Points per unit; None while work of it is not graded, 0 for nothing handed in.
    percent : float
        Of all units that are graded, weighted.
    final : bool
        Whether nothing waits.
    """

    student: str
    name: str
    section: str
    scores: Mapping[str, float | None]
    percent: float
    final: bool


def totals(course: Course, units: Sequence[UnitStatus]) -> list[Total]:
    """Each student's total over the units that are graded.

    A unit counts by its weight in ``course.toml``, without weights by its points; 0 for nothing handed in.
    """
    graded = [unit for unit in units if unit.rows]
    points = {unit.unit: unit.rows[0].points for unit in graded}
    weights = course.settings.weights or points
    all_weights = sum(weights.get(unit, 0.0) for unit in points)
    rows_of: dict[str, dict[str, MarkRow]] = {}
    for unit in graded:
        for row in unit.rows:
            rows_of.setdefault(row.student, {})[unit.unit] = row
    people = class_list(course)
    found = []
    for student, rows in sorted(rows_of.items()):
        scores = {unit: None if row.to_grade else row.score for unit, row in rows.items()}
        earned = sum(weights.get(unit, 0.0) * _share(score, points[unit]) for unit, score in scores.items())
        percent = round(100 * earned / all_weights, 2) if all_weights else 0.0
        final = not any(row.waiting for row in rows.values())
        person = people.get(student, NOBODY)
        found.append(Total(student, person.name, person.section, scores, percent, final))
    return found


def _share(score: float | None, points: float) -> float:
    return score / points if score and points else 0.0


def totals_csv(course: Course, units: Sequence[UnitStatus], found: Sequence[Total]) -> str:
    """The same as a table."""
    graded = [unit.unit for unit in units if unit.rows]
    named = [name for name in ("name", "section") if any(getattr(total, name) for total in found)]
    rows: list[list[Value]] = [
        [
            total.student,
            *(getattr(total, name) for name in named),
            *(total.scores.get(unit) for unit in graded),
            total.percent,
            "yes" if total.final else "no",
        ]
        for total in found
    ]
    return csv_text(["student", *named, *graded, "percent", "final"], rows)
