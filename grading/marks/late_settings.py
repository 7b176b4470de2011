"""Where a unit's late policy stands: ``course.toml`` for the class, ``extensions.csv`` for what was agreed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Any

from grading.course import SETTINGS, Course
from grading.errors import CourseError
from grading.marks.late import Agreement, Policy
from grading.tables import Row, find_column, read_table

EXTENSIONS = "extensions.csv"


def read_policy(course: Course, unit: str) -> Policy:
    """``[late]`` of course.toml for all units, ``[late.<unit>]`` on top."""
    table = course.settings.get("late", {})
    common = {key: value for key, value in table.items() if not isinstance(value, dict)}
    values = {**common, **table.get(unit, {})}
    known = {"deadline", "grace_minutes", "per_day", "of", "cap", "cut_off_days", "late_mark_days"}
    if unknown := sorted(set(values) - known):
        raise CourseError(f"{SETTINGS}: [late] has no {unknown[0]!r}; it knows {', '.join(sorted(known))}")
    if values and "deadline" not in values:
        return Policy()  # [late] without a deadline for this unit: no policy
    grace = timedelta(minutes=_number(values, "grace_minutes", 0.0, most=7 * 24 * 60))
    of = values.get("of", "earned")
    if of not in ("earned", "maximum"):
        raise CourseError(f'{SETTINGS}: [late] of = {of!r}; give "earned" or "maximum"')
    cut_off = None if "cut_off_days" not in values else int(_number(values, "cut_off_days", 0, most=3650))
    return Policy(
        deadline=_moment(values["deadline"], course.timezone, f"{SETTINGS}: [late.{unit}] deadline")
        if values
        else None,
        grace=grace,
        per_day=_number(values, "per_day", 0.0, most=1),
        of=of,
        cap=_number(values, "cap", 1.0, most=1),
        cut_off_days=cut_off,
        late_mark_days=int(_number(values, "late_mark_days", 1, most=3650)),
    )


def _number(values: Mapping[str, Any], key: str, default: float, *, most: float) -> float:
    value = values.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise CourseError(f"{SETTINGS}: [late] {key} = {value!r}; give a number from 0 to {most:g}")
    return float(value)


def _moment(value: Any, zone: tzinfo, where: str) -> datetime:
    """A moment from TOML or text; a date alone means its end, a time without a zone is in the course's."""
    try:
        moment = datetime.fromisoformat(value.strip()) if isinstance(value, str) else value
        if isinstance(value, str) and len(value.strip()) <= 10:
            moment = moment.date()
    except ValueError:
        moment = None
    if isinstance(moment, date) and not isinstance(moment, datetime):
        moment = datetime.combine(moment, time(23, 59, 59))
    if not isinstance(moment, datetime):
        raise CourseError(f"{where} = {value!r} is no time; write 2026-10-01T23:59:00, or with a zone ...+02:00")
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


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
    until = _moment(cells["until"], course.timezone, f"{where}: until") if cells["until"] else None
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
