"""The class: whoever stands in the course's ``roster.csv``, and how that file is changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from grading.course import Course
from grading.errors import CourseError
from grading.files import write_bytes_atomically
from grading.lms.roster import OWN, ROSTER, Person, kind_of, persons, read_roster
from grading.printable import listed
from grading.tables import Row, Table, csv_text, find_column, harmless_cell, read_table

KEPT = ("student", "name", "email", "lms_id", "login", "sis_id", "section", "group")
"""Columns of a ``roster.csv`` that a command writes; times and the like are of one assignment."""


def class_list(course: Course) -> dict[str, Person]:
    """Who is in the class, by id; empty if the course has no ``roster.csv``.

    Raises
    ------
    CourseError
        If the roster cannot be read.
    """
    path = course.root / ROSTER
    return {person.student: person for person in read_roster(path)} if path.exists() else {}


def gradebook_columns(people: Mapping[str, Person]) -> dict[str, dict[str, str | None]]:
    """What nbgrader's gradebook holds of each person: first and last name, address, the platform's number."""
    columns: dict[str, dict[str, str | None]] = {}
    for student, person in people.items():
        last, comma, first = (part.strip() for part in person.name.partition(","))
        if not comma:
            first, _, last = person.name.rpartition(" ")
        told = (first, last, person.email, person.lms_id)
        names = ("first_name", "last_name", "email", "lms_user_id")
        columns[student] = {name: value or None for name, value in zip(names, told, strict=True)}
    return columns


def section_members(course: Course, section: str) -> set[str]:
    """Ids of the students of a section.

    Raises
    ------
    CourseError
        If no line of the roster names this section.
    """
    people = class_list(course)
    members = {student for student, person in people.items() if person.section == section}
    if not members:
        sections = sorted({person.section for person in people.values()} - {""})
        there = f"there are: {listed(sections)}" if sections else f"{ROSTER} needs a column 'section'"
        raise CourseError(f"nobody is in a section {section!r}; {there}")
    return members


def as_listed(person: Person) -> Person:
    """A person of a platform's list as a roster may keep them: Moodle's number is of one assignment only."""
    lms_id = "" if person.of_one_assignment else person.lms_id
    return replace(person, lms_id=lms_id, time="", late="", of_one_assignment=False)


def write_class(course: Course, people: Iterable[Person]) -> None:
    """Write ``roster.csv`` anew."""
    rows = [[getattr(person, name) for name in KEPT] for person in people]
    used = [k for k, name in enumerate(KEPT) if name == "student" or any(row[k] for row in rows)]
    text = csv_text([KEPT[k] for k in used], [[row[k] for k in used] for row in rows])
    write_bytes_atomically(course.root / ROSTER, text.encode())


def make_roster(course: Course, path: Path) -> int:
    """Make a platform's list the roster, if there is none and the list has names; return how many are in it."""
    if (course.root / ROSTER).exists():
        return 0
    people = read_roster(path)
    if not all(person.name or person.email or not person.of_one_assignment for person in people):
        return 0
    write_class(course, map(as_listed, people))
    return len(people)


def change_class(
    course: Course,
    *,
    add: Iterable[Person] = (),
    remove: Iterable[str] = (),
    rename: Mapping[str, str] | None = None,
) -> None:
    """Change lines of ``roster.csv``; all others keep every byte.

    A roster that a platform exported is written anew in the course's own columns.
    """
    path, rename = course.root / ROSTER, rename or {}
    if not path.exists():
        write_class(course, add)
        return
    table = read_table(path)
    if kind_of(table.header.values) != "own":
        write_class(course, class_list(course).values())
        table = read_table(path)
    column = find_column(table.header.values, *OWN["student"])
    gone = set(remove)
    rows = {person.student: row for row, person in persons(table)}
    for student, row in rows.items():
        if student in rename and column is not None:
            table.put(row, column, rename[student])
    lost = [row for student, row in rows.items() if student in gone]
    table.rows = [row for row in table.rows if not any(row is each for each in lost)]
    for person in add:
        _append(table, person)
    write_bytes_atomically(path, table.data())


def _append(table: Table, person: Person) -> None:
    last = table.rows[-1]
    end = last.end or "\n"
    last.end = end
    row = Row(last.line + 1, [""] * len(table.header.raw), end)
    table.rows.append(row)
    for name in KEPT:
        if not (value := getattr(person, name)):
            continue
        column = find_column(table.header.values, *OWN[name])
        if column is None:
            column = len(table.header.raw)
            table.put(table.header, column, name)
        table.put(row, column, harmless_cell(value))
