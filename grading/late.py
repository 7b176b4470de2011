"""What lateness costs: a deadline, grace, a penalty per day, a cut-off; extensions and a TA's decisions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from grading.course import SETTINGS, Course
from grading.errors import CourseError
from grading.tables import Row, find_column, read_table

EXTENSIONS = "extensions.csv"


@dataclass(frozen=True)
class Policy:
    """The rule for one unit.

    Parameters
    ----------
    deadline : datetime or None
        With a time zone; None: nothing is ever late.
    grace : timedelta
        Lateness that is not counted, at the deadline and at the end of each further day.
    per_day : float
        Share taken for each day begun.
    of : {"earned", "maximum"}
        What it is a share of.
    cap : float
        The most that is taken.
    cut_off_days : int or None
        A submission later than so many days counts 0.
    late_mark_days : int
        Days counted where the platform says "late" and not since when.
    """

    deadline: datetime | None = None
    grace: timedelta = timedelta(0)
    per_day: float = 0.0
    of: Literal["earned", "maximum"] = "earned"
    cap: float = 1.0
    cut_off_days: int | None = None
    late_mark_days: int = 1


@dataclass(frozen=True)
class Agreement:
    """What was agreed with one student: a later deadline, or the penalty to take (a share; 0 takes nothing)."""

    until: datetime | None = None
    penalty: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class Lateness:
    """What the policy says about one submission.

    Parameters
    ----------
    late : bool
        Whether it counts as late.
    days : int
        Days begun after the deadline, grace granted.
    by : timedelta or None
        How late; None where the time is not known or it was not late.
    share : float
        Share that is taken.
    of : str
        What `share` is a share of.
    note : str
        What a TA and the student should know; empty if there is nothing to say.
    """

    late: bool = False
    days: int = 0
    by: timedelta | None = None
    share: float = 0.0
    of: Literal["earned", "maximum"] = "earned"
    note: str = ""

    def apply(self, score: float, points: float) -> float:
        """The score after the penalty, never below 0."""
        taken = self.share * (points if self.of == "maximum" else score)
        return round(min(score, max(0.0, score - taken)), 2)


ON_TIME = Lateness()
UNKNOWN = "time of submission unknown, taken as on time"


def lateness(
    handed_in: datetime | None, policy: Policy, agreed: Agreement | None = None, *, marked_late: bool = False
) -> Lateness:
    """What a submission's time costs.

    Days are counted by the clock on the wall of the deadline's time zone: each ends at the deadline's time of day,
    so a change to or from summer time costs nobody. A submission without a known time is not late, and says so.

    Parameters
    ----------
    handed_in : datetime or None
        With a time zone; None if it is not known.
    policy : Policy
        The unit's rule.
    agreed : Agreement or None
        An extension or decision for this student.
    marked_late : bool
        Whether the learning platform marks it late.
    """
    if policy.deadline is None and (agreed is None or agreed.penalty is None):
        return ON_TIME
    agreed = agreed or Agreement()
    deadline = agreed.until or policy.deadline
    if handed_in is None or deadline is None:
        found = _without_time(policy, agreed, marked_late)
    else:
        found = _with_time(handed_in, deadline, policy)
        if agreed.until is not None:
            found = replace(found, note=_joined(found.note, f"extended to {agreed.until:%Y-%m-%d %H:%M}"))
    if agreed.penalty is not None:
        note = f"penalty set by hand{f' ({agreed.reason})' if agreed.reason else ''}: {_percent(agreed.penalty)}"
        return replace(found, share=agreed.penalty, note=_joined(_how_late(found), note))
    return found


def _with_time(handed_in: datetime, deadline: datetime, policy: Policy) -> Lateness:
    days = days_late(handed_in, deadline, policy.grace)
    if days == 0:
        return ON_TIME
    by = handed_in.astimezone(UTC) - deadline.astimezone(UTC)
    if policy.cut_off_days is not None and days > policy.cut_off_days:
        found = Lateness(True, days, by, 1.0, "earned")
        return replace(found, note=f"{_how_late(found)}: after the cut-off, counts 0")
    found = Lateness(True, days, by, _share(days, policy), policy.of)
    return replace(found, note=f"{_how_late(found)}: {_percent(found.share)}{_of(found)}")


def _without_time(policy: Policy, agreed: Agreement, marked_late: bool) -> Lateness:
    if not marked_late:
        return Lateness(note=UNKNOWN)
    if agreed.until is not None:
        return Lateness(note="marked late by the platform, time unknown, and extended: nothing taken, please look")
    days = policy.late_mark_days
    found = Lateness(days > 0, days, None, _share(days, policy), policy.of)
    said = (
        f"counted as {_days(days)}: {_percent(found.share)}{_of(found)}" if days else "nothing taken, please look"
    )
    return replace(found, note=f"marked late by the platform, time unknown; {said}")


def days_late(handed_in: datetime, deadline: datetime, grace: timedelta = timedelta(0)) -> int:
    """Days begun after the deadline; 0 up to and including the deadline and its grace."""
    moment = handed_in.astimezone(UTC)
    days = max(0, (moment - grace - deadline.astimezone(UTC)).days - 1)
    while moment > (deadline + timedelta(days=days)).astimezone(UTC) + grace:
        days += 1
    return days


def _share(days: int, policy: Policy) -> float:
    return min(policy.cap, round(days * policy.per_day, 6))


def _how_late(found: Lateness) -> str:
    if found.by is None:
        return "late" if found.late else ""
    hours, rest = divmod(math.ceil(found.by.total_seconds()), 3600)
    days, hours = divmod(hours, 24)
    parts = [_days(days)] if days else []
    parts += [f"{hours} h"] if hours else []
    parts += [f"{rest // 60} min"] if not days and rest >= 60 else []
    return "late by " + (" ".join(parts) or f"{rest} s")


def _days(days: int) -> str:
    return f"{days} day" if days == 1 else f"{days} days"


def _percent(share: float) -> str:
    return f"-{100 * share:g} %" if share else "0 %"


def _of(found: Lateness) -> str:
    return " of the maximum" if found.of == "maximum" and found.share else ""


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)


# ---------------------------------------------------------------- course.toml and extensions.csv


def timezone(course: Course) -> tzinfo:
    """The zone that times without one are in: ``timezone`` of course.toml, else UTC."""
    name = course.settings.get("timezone", "UTC")
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise CourseError(
            f'{SETTINGS}: there is no time zone {name!r}; give a name such as timezone = "Europe/Berlin"'
        ) from None


def read_policy(course: Course, unit: str) -> Policy:
    """``[late]`` of course.toml for all units, ``[late.<unit>]`` on top."""
    table = course.settings.get("late", {})
    common = {key: value for key, value in table.items() if not isinstance(value, dict)}
    values = {**common, **table.get(unit, {})}
    known = {"deadline", "grace_minutes", "per_day", "of", "cap", "cut_off_days", "late_mark_days"}
    if unknown := sorted(set(values) - known):
        raise CourseError(f"{SETTINGS}: [late] has no {unknown[0]!r}; it knows {', '.join(sorted(known))}")
    if values and "deadline" not in values:
        return Policy()  # the common part alone says nothing about this unit
    grace = timedelta(minutes=_number(values, "grace_minutes", 0.0, most=7 * 24 * 60))
    of = values.get("of", "earned")
    if of not in ("earned", "maximum"):
        raise CourseError(f'{SETTINGS}: [late] of = {of!r}; give "earned" or "maximum"')
    cut_off = None if "cut_off_days" not in values else int(_number(values, "cut_off_days", 0, most=3650))
    return Policy(
        deadline=_moment(values["deadline"], timezone(course), f"{SETTINGS}: [late.{unit}] deadline")
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
    until = _moment(cells["until"], timezone(course), f"{where}: until") if cells["until"] else None
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
