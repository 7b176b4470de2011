"""Who is in the class: a roster, or a file that the learning platform exports, as a list of persons."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from grading.errors import CourseError
from grading.lms.worksheet import Worksheet, number_of, worksheet
from grading.printable import printable
from grading.student_ids import RULE, harmless_id
from grading.tables import Row, Table, find_column, read_table, simple

ROSTER = "roster.csv"


@dataclass(frozen=True)
class Person:
    """One person, as far as a file tells; empty means that it does not.

    Parameters
    ----------
    student : str
        The id used in ``submitted/``.
    lms_id : str
        The platform's own number: Canvas's user id, Moodle's participant number.
    sis_id, login : str
        The university's number; the user name.
    time, late : str, str
        What a grading worksheet of Moodle says about the submission.
    of_one_assignment : bool
        Whether `lms_id` is a number of one assignment only.
    """

    student: str = ""
    name: str = ""
    email: str = ""
    lms_id: str = ""
    login: str = ""
    sis_id: str = ""
    group: str = ""
    section: str = ""
    time: str = ""
    late: str = ""
    of_one_assignment: bool = False


OWN = {
    "student": ("student", "student id", "id"),
    "name": ("name", "full name", "student name"),
    "email": ("email", "email address", "e-mail"),
    "lms_id": ("lms id", "lms user id", "canvas id", "canvas user id", "user id"),
    "login": ("login", "login id", "username", "user name", "sis login id"),
    "sis_id": ("sis id", "sis user id", "sid", "matriculation number"),
    "group": ("group", "team"),
    "section": ("section",),
    "time": ("handed in", "submitted at", "submission time"),
}
CANVAS = {
    "student": ("SIS Login ID", "SIS User ID", "ID"),
    "name": ("Student",),
    "lms_id": ("ID",),
    "login": ("SIS Login ID",),
    "sis_id": ("SIS User ID",),
    "section": ("Section",),
}
NAMED = {
    "student": ("ID number", "Username", "SID", "Student ID", "Email address", "Email"),
    "email": ("Email address", "Email"),
    "login": ("Username",),
    "sis_id": ("ID number", "SID", "Student ID"),
    "group": ("Groups", "Group"),
}
BLACKBOARD = NAMED | {"student": ("Username",)}
COLUMNS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "own": OWN,
    "canvas": CANVAS,
    "names": NAMED,
    "blackboard": BLACKBOARD,
}


def kind_of(header: Sequence[str]) -> str:
    """Which program wrote a class list, by its columns: a key of `COLUMNS`; Moodle's worksheet is none."""
    has = {simple(title) for title in header}
    if {"id", "section"} <= has and has & {"student", "lastname"}:
        return "canvas"
    if {"last name", "first name", "username"} <= has and "student" not in has:
        return "blackboard" if "email address" not in has else "names"
    if "first name" in has and has & {"last name", "surname"} and "student" not in has:
        return "names"
    return "own"


def read_roster(path: Path) -> list[Person]:
    """Read the class from ``roster.csv`` or from a class list or gradebook that the platform exported.

    Raises
    ------
    CourseError
        If a column is missing, an id or address stands twice, or the file cannot be read; it names file and line.
    """
    table = read_table(path)
    listed = persons(table)
    if not listed:
        raise CourseError(f"{path}: line 1: only a header and no student; export the class list again")
    _no_duplicates(path, listed)
    return [person for _, person in listed]


def persons(table: Table) -> list[tuple[Row, Person]]:
    """Each row of a class list with the person that it is about; rows about nobody are left out."""
    header = table.header.values
    sheet = worksheet(table)
    kind = kind_of(header)
    if sheet is None and kind == "own" and find_column(header, *OWN["student"]) is None:
        raise CourseError(
            f"{table.name}: line {table.header.line}: no column 'student' with the ids used in submitted/ "
            f"(found: {printable(', '.join(header), 120)}); name it in the first line, or export a platform's "
            "list in English"
        )
    if sheet is None and kind == "own":
        _own_columns(table)
    people = []
    for row in table.rows[1:]:
        if row.empty or (kind == "canvas" and _no_student(row, header)):
            continue
        person = _person(row, header, kind) if sheet is None else _participant(row, sheet)
        if not person.student:
            raise CourseError(
                f"{table.name}: line {row.line}: no id for this student; fill it in or delete the line"
            )
        if not harmless_id(person.student):
            raise CourseError(
                f"{table.name}: line {row.line}: {printable(ascii(person.student))} "
                f"cannot be a student's id; {RULE}"
            )
        people.append((row, person))
    return people


def _own_columns(table: Table) -> None:
    """Refuse a roster in which a value's column is not sure: titles that stand twice, cells beyond the titles."""
    titles = [simple(title) for title in table.header.values]
    for names in OWN.values():
        if twice := next((name for name in names if titles.count(name) > 1), ""):
            raise CourseError(
                f"{table.name}: line {table.header.line}: {twice!r} stands twice; keep one column of it"
            )
    for row in table.rows[1:]:
        if more := next((row[column] for column in range(len(titles), len(row.raw)) if row[column].strip()), ""):
            raise CourseError(
                f"{table.name}: line {row.line}: {printable(more, 40)!r} has no title above it; a text with "
                f"{table.delimiter!r} in it stands in quotes"
            )


def _no_student(row: Row, header: Sequence[str]) -> bool:
    """Canvas's rows about assignments: points possible, and which are posted by hand; and its test student."""
    column = find_column(header, "ID")
    nobody = "points possible" in row[0].casefold() or row[0].strip() == "Student, Test"
    return nobody or column is None or not row[column].strip()


def _person(row: Row, header: Sequence[str], kind: str) -> Person:
    values = {}
    for field, names in COLUMNS[kind].items():
        columns = [column for name in names if (column := find_column(header, name)) is not None]
        values[field] = next((text for column in columns if (text := " ".join(row[column].split()))), "")
    first, last = (
        find_column(header, "First name", "FirstName"),
        find_column(header, "Last name", "LastName", "Surname"),
    )
    if not values.get("name") and first is not None and last is not None:
        values["name"] = f"{row[first].strip()} {row[last].strip()}".strip()
    values["student"] = unicodedata.normalize("NFC", values["student"])
    return Person(**values)  # type: ignore[arg-type]  # all of its texts


def _participant(row: Row, sheet: Worksheet) -> Person:
    """A row of Moodle's worksheet."""

    def text(column: int | None) -> str:
        return "" if column is None else row[column].strip()

    number = number_of(row[sheet.identifier])
    student = next(filter(None, (text(sheet.student), text(sheet.login), text(sheet.email), number)), "")
    return Person(
        student=unicodedata.normalize("NFC", student),
        name=text(sheet.name),
        email=text(sheet.email),
        lms_id=number,
        login=text(sheet.login),
        sis_id=text(sheet.student),
        group=text(sheet.group),
        time=text(sheet.submitted),
        late=text(sheet.status),
        of_one_assignment=True,
    )


def _no_duplicates(path: Path, listed: Sequence[tuple[Row, Person]]) -> None:
    for name in ("student", "lms_id", "login", "sis_id", "email"):
        seen: dict[str, int] = {}
        for row, person in listed:
            value = getattr(person, name).casefold()
            if value and value in seen:
                raise CourseError(
                    f"{path}: line {row.line}: {name} {printable(value, 80)!r} stands in line {seen[value]} "
                    "already; each student needs one line and an id of their own"
                )
            seen[value] = row.line


def merged(person: Person, more: Person) -> Person:
    """A person with what another file tells about them filled in."""
    return Person(**{f.name: getattr(person, f.name) or getattr(more, f.name) for f in fields(Person)})
