"""Times as people write them, in settings and in lists of extensions."""

from __future__ import annotations

from datetime import date, datetime, time, tzinfo
from typing import Any


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
