"""When a unit is given out and due, in words for students; a mark never depends on these words.

A deadline that moves changes the released notebook, so what compares notebooks leaves the line out.
"""

from __future__ import annotations

import re
from datetime import datetime

from grading.course import Course
from grading.settings.definition import Dates
from grading.settings.moments import as_moment

GIVEN_OUT, HAND_IN = "Given out", "Hand in by"
_LINE = re.compile(rf"^\*\*(?:{GIVEN_OUT}|{HAND_IN}):\*\* [^\n]{{1,200}}$", re.MULTILINE)


def dates_of(course: Course, unit: str) -> dict[str, str]:
    """Each date that ``course.toml`` gives, in words; the zone is the course's."""
    dates, late = course.settings.dates.get(unit, Dates()), course.settings.late[unit]
    moments = {
        GIVEN_OUT: as_moment(dates.release, course.timezone),
        HAND_IN: as_moment(dates.deadline or late.deadline, course.timezone),
    }
    return {name: _in_words(course, moment) for name, moment in moments.items() if moment is not None}


def _in_words(course: Course, moment: datetime) -> str:
    there = moment.astimezone(course.timezone)
    zone = course.settings.timezone or "UTC"
    return f"{there:%A} {there.day} {there:%B %Y}, {there:%H:%M} ({zone})"


def dates_line(course: Course, unit: str) -> str:
    """The line of the notebook's first cell; empty without dates."""
    return " ".join(f"**{name}:** {words}." for name, words in dates_of(course, unit).items())


def without_dates(text: str) -> str:
    """Text without such a line."""
    return _LINE.sub("", text) if f"**{HAND_IN}:**" in text or f"**{GIVEN_OUT}:**" in text else text
