"""Where a unit's late policy stands: ``course.toml`` for the class, ``extensions.csv`` for what was agreed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from grading.course import SETTINGS, Course
from grading.errors import CourseError
from grading.marks.late import Agreement, Policy
from grading.settings.moments import as_moment
from grading.tables import Row, find_column, read_table

EXTENSIONS = "extensions.csv"


def read_policy(course: Course, unit: str) -> Policy:
    """The unit's late policy; without a deadline there is none."""
    late, dates = course.settings.late[unit], course.settings.dates.get(unit)
    deadline = late.deadline or (dates.deadline if dates else None)
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


def read_agreements(course: Course, unit: str) -> dict[str, Agreement]:
    """What ``extensions.csv`` agrees for this unit, by student; empty if there is no such file.

    Its columns are ``student, unit, until, penalty, reason``; a line without a unit is for all units.
    """
    path = course.root / EXTENSIONS
    if not path.exists():
        return {}
    table = read_table(path)
    header = table.header.values
    columns = {name: find_column(header, name) for name in ("student", "unit", "until", "penalty", "reason")}
    if columns["student"] is None or (columns["until"] is None and columns["penalty"] is None):
        raise CourseError(
            f"{path}: line {table.header.line}: it needs the columns student, unit, until, penalty, reason"
        )
    general: dict[str, Agreement] = {}
    own: dict[str, Agreement] = {}
    for row in table.rows[1:]:
        cells = {name: "" if column is None else row[column].strip() for name, column in columns.items()}
        if row.empty:
            continue
        if cells["unit"] and cells["unit"] not in course.units:
            raise CourseError(f"{path}: line {row.line}: there is no unit {cells['unit']!r}; see {SETTINGS}")
        kept = own if cells["unit"] else general
        if cells["unit"] in ("", unit):
            if cells["student"] in kept:
                raise CourseError(f"{path}: line {row.line}: {cells['student']!r} stands twice; keep one line")
            kept[cells["student"]] = _agreement(row, cells, course, path)
    return {**general, **own}


def _agreement(row: Row, cells: Mapping[str, str], course: Course, path: Path) -> Agreement:
    where = f"{path}: line {row.line}"
    if not cells["student"]:
        raise CourseError(f"{where}: no student; fill in the id used in submitted/")
    until = as_moment(cells["until"], course.timezone) if cells["until"] else None
    if cells["until"] and until is None:
        raise CourseError(
            f"{where}: until = {cells['until']!r} is no time; write 2026-10-01T23:59:00, or with a zone ...+02:00"
        )
    penalty = None
    if cells["penalty"]:
        try:
            text = cells["penalty"].replace(",", ".")
            penalty = float(text.rstrip("% ")) / (100 if text.endswith("%") else 1)
        except ValueError:
            penalty = math.nan
        if not 0 <= penalty <= 1:
            raise CourseError(
                f"{where}: penalty {cells['penalty']!r}; give a share from 0 to 1, such as 0.1 or 10%"
            )
    if until is None and penalty is None:
        raise CourseError(f"{where}: neither until nor penalty; fill in one of them")
    return Agreement(until, penalty, cells["reason"])
