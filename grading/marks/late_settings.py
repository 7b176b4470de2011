"""Where a unit's late policy stands: ``course.toml`` for the class, ``extensions.csv`` for what was agreed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

from grading.course import SETTINGS, Course
from grading.errors import CourseError
from grading.lms.roster import ROSTER, Person
from grading.marks.late import Agreement, Policy
from grading.settings.moments import as_moment
from grading.tables import Row, find_column, read_table

EXTENSIONS = "extensions.csv"


def read_policy(course: Course, unit: str, section: str = "") -> Policy:
    """The unit's late policy for a section of the class; without a deadline there is none."""
    late, dates = course.settings.late[unit], course.settings.dates.get(unit)
    deadline = late.deadline or (dates.deadline if dates else None)
    if dates and section in dates.sections:
        deadline = dates.sections[section]
    if deadline is None:
        return Policy()
    return Policy(
        deadline=as_moment(deadline, course.timezone),
        grace=timedelta(minutes=late.grace_minutes),
        per_day=late.per_day,
        of=late.of,
        cap=late.cap,
        cut_off_days=late.cut_off_days,
        late_mark_days=late.late_mark_days,
    )


def policies(course: Course, unit: str, people: Mapping[str, Person]) -> dict[str, Policy]:
    """The late policy that holds for each person of the roster.

    Raises
    ------
    CourseError
        If a section has a deadline and nobody in it.
    """
    sections = {person.section for person in people.values()}
    dates = course.settings.dates.get(unit)
    for section in dates.sections if dates else ():
        if section not in sections:
            raise CourseError(
                f"{SETTINGS}: [dates.{unit}] sections: nobody is in {section!r}; "
                f"is it spelt as in the column 'section' of {ROSTER}?"
            )
    of = {section: read_policy(course, unit, section) for section in sections}
    return {student: of[person.section] for student, person in people.items()}


def read_agreements(course: Course, unit: str) -> dict[str, Agreement]:
    """What ``extensions.csv`` agrees for this unit, by student; empty if there is no such file.

    Its columns are ``student, unit, until, penalty, reason``; a line without a unit is for all units.
    """
    path = course.root / EXTENSIONS
    if not path.exists():
        return {}
    of_all_units: dict[str, Agreement] = {}
    of_this_unit: dict[str, Agreement] = {}
    for row, cells in _extensions(path):
        if cells["unit"] and cells["unit"] not in course.units:
            raise CourseError(f"{path}: line {row.line}: there is no unit {cells['unit']!r}; see {SETTINGS}")
        if cells["unit"] not in ("", unit):
            continue
        agreements = of_this_unit if cells["unit"] else of_all_units
        if cells["student"] in agreements:
            raise CourseError(f"{path}: line {row.line}: {cells['student']!r} stands twice; keep one line")
        agreements[cells["student"]] = _agreement(row, cells, course, path)
    return {**of_all_units, **of_this_unit}


def _extensions(path: Path) -> Iterator[tuple[Row, dict[str, str]]]:
    """Each line of the file that says something, with its cells by the name of their column."""
    table = read_table(path)
    header = table.header.values
    columns = {name: find_column(header, name) for name in ("student", "unit", "until", "penalty", "reason")}
    if columns["student"] is None or (columns["until"] is None and columns["penalty"] is None):
        raise CourseError(
            f"{path}: line {table.header.line}: it needs the columns student, unit, until, penalty, reason"
        )
    for row in table.rows[1:]:
        if not row.empty:
            yield row, {name: "" if column is None else row[column].strip() for name, column in columns.items()}


def _agreement(row: Row, cells: Mapping[str, str], course: Course, path: Path) -> Agreement:
    where = f"{path}: line {row.line}"
    if not cells["student"]:
        raise CourseError(f"{where}: no student; fill in the id used in submitted/")
    until = as_moment(cells["until"], course.timezone) if cells["until"] else None
    if cells["until"] and until is None:
        raise CourseError(
            f"{where}: until = {cells['until']!r} is no time; write 2026-10-01T23:59:00, or with a zone ...+02:00"
        )
    penalty = _penalty(cells["penalty"], where) if cells["penalty"] else None
    if until is None and penalty is None:
        raise CourseError(f"{where}: neither until nor penalty; fill in one of them")
    return Agreement(until, penalty, cells["reason"])


def _penalty(text: str, where: str) -> float:
    """A share, which may be written in percent."""
    number = text.replace(",", ".")
    try:
        penalty = float(number.rstrip("% ")) / (100 if number.endswith("%") else 1)
    except ValueError:
        penalty = math.nan
    if not 0 <= penalty <= 1:
        raise CourseError(f"{where}: penalty {text!r}; give a share from 0 to 1, such as 0.1 or 10%")
    return penalty
