"""Times as people write them, in settings and in lists of extensions, and as nbgrader stamps submissions."""

from __future__ import annotations

import re
import warnings
from contextlib import suppress
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

_OFFSET = re.compile(r"[+-]\d\d(:?\d\d)?")
_ABBREVIATION = re.compile(r"[A-Za-z]{1,6}")


def as_moment(value: Any, zone: tzinfo) -> datetime | None:
    """A moment from TOML or text; None if it is no time.

    A date alone means its end; a time without a zone is in `zone`.
    """
    try:
        moment = datetime.fromisoformat(value.strip()) if isinstance(value, str) else value
    except ValueError:
        return None
    if isinstance(value, str) and len(value.strip()) <= len("2026-10-01"):
        moment = moment.date()
    if isinstance(moment, date) and not isinstance(moment, datetime):
        moment = datetime.combine(moment, time(23, 59, 59))
    if not isinstance(moment, datetime):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def stamped_moment(text: str, zone: tzinfo) -> tuple[datetime | None, str]:
    """A submission's time as nbgrader stamps it, and what a person should know of how it was read.

    nbgrader ends it with its exchange's zone by ``%Z``: a name or an abbreviation. One that `zone`, the course's,
    has at that time is read so; any other that is not known is read as UTC, which is how nbgrader reads it, and
    told. A time without a zone is in UTC.
    """
    whole = _naive_or_aware(text.strip())
    if whole is not None:
        return (whole if whole.tzinfo else whole.replace(tzinfo=UTC)), ""
    start, _, name = text.strip().rpartition(" ")
    moment = _naive_or_aware(start)
    if moment is None or moment.tzinfo is not None:
        return None, "no time"
    named = _in_named_zone(moment, name, zone)
    if named is not None:
        return named, ""
    if _ABBREVIATION.fullmatch(name):
        return moment.replace(tzinfo=UTC), f"zone {name!r} is not known, read as UTC as nbgrader does"
    return None, "no time"


def _naive_or_aware(text: str) -> datetime | None:
    """A time in ISO format, else in any that dateutil reads whole, as nbgrader's is configurable."""
    with suppress(ValueError):
        return datetime.fromisoformat(text)
    from dateutil import parser, tz  # nbgrader's own; seldom needed

    with warnings.catch_warnings():
        warnings.simplefilter("error")  # an unknown zone, which would be passed over
        try:
            # what the text does not say would be filled in from the default
            one, other = (parser.parse(text, default=datetime(year, year - 2000, 1)) for year in (2004, 2008))
        except (ValueError, OverflowError, Warning):
            return None
    # dateutil takes a zone that it knows by its abbreviation for this machine's own
    return one if one == other and isinstance(one.tzinfo, tz.tzutc | tz.tzoffset | None) else None


def _in_named_zone(moment: datetime, name: str, zone: tzinfo) -> datetime | None:
    """The moment in the zone that a word names, or None."""
    if _OFFSET.fullmatch(name):
        return datetime.fromisoformat(f"{moment.isoformat()}{name}")
    if name in ("UTC", "GMT", "Z"):
        return moment.replace(tzinfo=UTC)
    for fold in (0, 1):  # an hour that comes twice in autumn has two names
        local = moment.replace(tzinfo=zone, fold=fold)
        if local.tzname() == name:
            return local
    try:
        return moment.replace(tzinfo=ZoneInfo(name))
    except (ValueError, KeyError, OSError):  # no such zone, or no such file
        return None
