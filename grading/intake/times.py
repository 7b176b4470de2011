"""Times of submission that a platform's table tells after its archive did not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

from grading.course import Course
from grading.intake.shelf import open_shelf, provenance
from grading.lms.class_list import class_list
from grading.lms.directory import Directory
from grading.lms.moodle import moments
from grading.lms.roster import Person, persons
from grading.lms.worksheet import worksheet
from grading.tables import read_table


def note_times(course: Course, unit: str, path: Path) -> list[str]:
    """Put the times of Moodle's grading worksheet beside work of which none is known; return whose that was.

    Any other table tells no times. Only work that ``collect`` put in place, and nobody changed since, gets one.
    """
    table = read_table(path)
    if worksheet(table) is None:
        return []
    directory = Directory(_without_times(course, unit))
    told = {}
    for _, clues in persons(table):
        match = directory.match(clues).person
        if match is not None and clues.time.strip("- "):
            told[match.student] = clues.time
    read = dict(zip(told, moments(list(told.values()), course.timezone), strict=True))
    times = {student: when.astimezone(UTC) for student, when in read.items() if when is not None}
    if not times:
        return []
    with open_shelf(course.submissions, unit) as shelf:
        return [student for student, when in sorted(times.items()) if shelf.note_time(student, when)]


def _without_times(course: Course, unit: str) -> Iterator[Person]:
    """Whose work came from Moodle without a time."""
    people = class_list(course)
    for folder in course.submissions.glob(f"*/{unit}"):
        origin, student = provenance(folder), folder.parent.name
        if origin is not None and origin.lms == "moodle" and not origin.handed_in:
            listed = people.get(student, Person())
            name, email = origin.name or listed.name, origin.email or listed.email
            yield Person(student, name, email, origin.lms_id)
