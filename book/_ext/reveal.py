"""When answers may be read: `reveal` in `[dates.<unit>]` of course.toml, and the time of the build.

`python book/_ext/reveal.py` prints the units whose answers are withheld now, for `make` to see a date pass.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from grading.course import SETTINGS, Course
from grading.settings.definition import Dates
from grading.settings.moments import as_moment


def is_revealed(course: Course, unit: str, now: datetime) -> bool:
    """Whether a unit's answers may be read."""
    if course.settings.dates.get(unit, Dates()).reveal == "always":
        return True
    moment = reveal_of(course, unit)
    return moment is not None and moment <= now


def reveal_of(course: Course, unit: str) -> datetime | None:
    """The time from which on a unit's answers may be read; None if there is no such time."""
    return as_moment(course.settings.dates.get(unit, Dates()).reveal, course.timezone)


def withheld_units(root: Path, now: datetime) -> list[str]:
    """Units of the course in this folder whose answers no student may read yet; none if it is no course."""
    if not (root / SETTINGS).is_file():
        return []
    course = Course(root)
    return [unit for unit in course.units if not is_revealed(course, unit, now)]


if __name__ == "__main__":
    print(*withheld_units(Path.cwd(), datetime.now(UTC)), sep="\n")
