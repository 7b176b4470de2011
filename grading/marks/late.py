"""What lateness costs: a deadline, grace, a penalty per day, a cut-off; extensions and a TA's decisions."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from grading.printable import counted


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
    deadline, too_short = policy.deadline, ""
    if agreed.until is not None and (deadline is None or agreed.until > deadline):
        deadline = agreed.until
    elif agreed.until is not None:  # the class's deadline may have been moved since
        too_short = f"the extension to {agreed.until:%Y-%m-%d %H:%M} does not go beyond the deadline"
        agreed = replace(agreed, until=None)
    if handed_in is None or deadline is None:
        result = _without_time(policy, agreed, marked_late)
    else:
        result = _with_time(handed_in, deadline, policy)
        if agreed.until is not None:
            result = replace(result, note=_joined(result.note, f"extended to {agreed.until:%Y-%m-%d %H:%M}"))
        elif result.late:
            result = replace(result, note=_joined(result.note, too_short))
    if agreed.penalty is not None:
        note = f"penalty set by hand{f' ({agreed.reason})' if agreed.reason else ''}: {_percent(agreed.penalty)}"
        return replace(result, share=agreed.penalty, note=_joined(_how_late(result), note))
    return result


def _with_time(handed_in: datetime, deadline: datetime, policy: Policy) -> Lateness:
    days = days_late(handed_in, deadline, policy.grace)
    if days == 0:
        return ON_TIME
    by = handed_in.astimezone(UTC) - deadline.astimezone(UTC)
    if policy.cut_off_days is not None and days > policy.cut_off_days:
        result = Lateness(True, days, by, 1.0, "earned")
        return replace(result, note=f"{_how_late(result)}: after the cut-off, counts 0")
    result = Lateness(True, days, by, _share(days, policy), policy.of)
    return replace(result, note=f"{_how_late(result)}: {_percent(result.share)}{_of(result)}")


def _without_time(policy: Policy, agreed: Agreement, marked_late: bool) -> Lateness:
    if not marked_late:
        return Lateness(note=UNKNOWN)
    if agreed.until is not None:
        return Lateness(note="marked late by the platform, time unknown, and extended: nothing taken, please look")
    days = policy.late_mark_days
    result = Lateness(days > 0, days, None, _share(days, policy), policy.of)
    taken = (
        f"counted as {counted(days, 'day')}: {_percent(result.share)}{_of(result)}"
        if days
        else "nothing taken, please look"
    )
    return replace(result, note=f"marked late by the platform, time unknown; {taken}")


def days_late(handed_in: datetime, deadline: datetime, grace: timedelta = timedelta(0)) -> int:
    """Days begun after the deadline; 0 up to and including the deadline and its grace."""
    moment = handed_in.astimezone(UTC)
    days = max(0, (moment - grace - deadline.astimezone(UTC)).days - 1)
    while moment > (deadline + timedelta(days=days)).astimezone(UTC) + grace:
        days += 1
    return days


def _share(days: int, policy: Policy) -> float:
    return min(policy.cap, round(days * policy.per_day, 6))


def _how_late(lateness: Lateness) -> str:
    if lateness.by is None:
        return "late" if lateness.late else ""
    hours, rest = divmod(math.ceil(lateness.by.total_seconds()), 3600)
    days, hours = divmod(hours, 24)
    parts = [counted(days, "day")] if days else []
    parts += [f"{hours} h"] if hours else []
    parts += [f"{rest // 60} min"] if not days and rest >= 60 else []
    return "late by " + (" ".join(parts) or f"{rest} s")


def _percent(share: float) -> str:
    return f"-{100 * share:g} %" if share else "0 %"


def _of(lateness: Lateness) -> str:
    return " of the maximum" if lateness.of == "maximum" and lateness.share else ""


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)
