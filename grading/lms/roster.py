"""Who is in the class: a roster, or a file that the learning platform exports, as a list of persons to match."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from grading.errors import CourseError
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
    """

    student: str = ""
    name: str = ""
    email: str = ""
    lms_id: str = ""
    login: str = ""
    sis_id: str = ""
    group: str = ""
    time: str = ""
    late: str = ""


@dataclass(frozen=True)
class Match:
    """A person found, and by what; or nobody, and why."""

    person: Person | None
    how: str
    ambiguous: bool = False  # several fit


OWN = {
    "student": ("student", "student id", "id"),
    "name": ("name", "full name", "student name"),
    "email": ("email", "email address", "e-mail"),
    "lms_id": ("lms id", "lms user id", "canvas id", "canvas user id", "user id"),
    "login": ("login", "login id", "username", "user name", "sis login id"),
    "sis_id": ("sis id", "sis user id", "sid", "matriculation number"),
    "group": ("group", "team"),
}
CANVAS = {
    "student": ("SIS Login ID", "SIS User ID", "ID"),
    "name": ("Student",),
    "lms_id": ("ID",),
    "login": ("SIS Login ID",),
    "sis_id": ("SIS User ID",),
}
WORKSHEET = {
    "student": ("ID number", "Username", "Email address", "Identifier"),
    "name": ("Full name",),
    "email": ("Email address",),
    "lms_id": ("Identifier",),
    "login": ("Username",),
    "sis_id": ("ID number",),
    "group": ("Group",),
    "time": ("Last modified (submission)",),
    "late": ("Status",),
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
    "worksheet": WORKSHEET,
    "names": NAMED,
    "blackboard": BLACKBOARD,
}


def kind_of(header: Sequence[str]) -> str:
    """Which program wrote a class list, by its columns: a key of `COLUMNS`."""
    has = {simple(title) for title in header}
    if {"id", "section"} <= has and has & {"student", "lastname"}:
        return "canvas"
    if {"identifier", "status"} <= has:
        return "worksheet"
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
    kind = kind_of(header)
    if kind == "own" and find_column(header, *OWN["student"]) is None:
        raise CourseError(
            f"{table.name}: line {table.header.line}: no column 'student' with the ids used in submitted/ "
            f"(found: {printable(', '.join(header), 120)}); name it in the first line"
        )
    people = []
    for row in table.rows[1:]:
        if row.empty or (kind == "canvas" and _no_student(row, header)):
            continue
        person = _person(row, header, kind)
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


def _no_student(row: Row, header: Sequence[str]) -> bool:
    """Canvas's rows about assignments: points possible, and which are posted by hand."""
    column = find_column(header, "ID")
    return "points possible" in row[0].casefold() or column is None or not row[column].strip()


def _person(row: Row, header: Sequence[str], kind: str) -> Person:
    values = {}
    for field, names in COLUMNS[kind].items():
        columns = [column for name in names if (column := find_column(header, name)) is not None]
        values[field] = next((text for column in columns if (text := row[column].strip())), "")
    first, last = (
        find_column(header, "First name", "FirstName"),
        find_column(header, "Last name", "LastName", "Surname"),
    )
    if not values.get("name") and first is not None and last is not None:
        values["name"] = f"{row[first].strip()} {row[last].strip()}".strip()
    if kind == "worksheet":  # the column holds "Participant 123"; the word depends on the language
        number = values["lms_id"].rpartition(" ")[2]
        values["student"] = number if values["student"] == values["lms_id"] else values["student"]
        values["lms_id"] = number
    values["student"] = unicodedata.normalize("NFC", values["student"])
    return Person(**values)


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


# ---------------------------------------------------------------- matching


class Directory:
    """Finds the person that a few clues are about."""

    SURE = ("lms_id", "login", "sis_id", "email", "student")

    def __init__(self, people: Iterable[Person]) -> None:
        self.people = tuple(people)
        self._by: dict[str, dict[str, list[Person]]] = {name: defaultdict(list) for name in self.SURE}
        self._names: list[dict[str, list[Person]]] = [defaultdict(list), defaultdict(list)]
        for person in self.people:
            for name in self.SURE:
                if value := getattr(person, name):
                    self._by[name][_plain(value)].append(person)
            for level, index in enumerate(self._names):
                for key in name_keys(person.name, loose=bool(level)):
                    index[key].append(person)

    def match(self, clues: Person) -> Match:
        """The one person whom an id of the clues names; else the only one of that name."""
        for name in self.SURE:
            bearers = self._by[name].get(_plain(getattr(clues, name)), []) if getattr(clues, name) else []
            if len(bearers) == 1:
                return Match(bearers[0], name.replace("_", " "))
        for level, index in enumerate(self._names):
            keys = name_keys(clues.name, loose=bool(level))
            candidates = {person.student: person for key in keys for person in index.get(key, [])}
            if len(candidates) == 1:
                return Match(next(iter(candidates.values())), "name" if not level else "name without accents")
            if candidates:
                names = ", ".join(sorted(candidates))
                why = f"several students have this name ({names}); add their lms_id to the roster"
                return Match(None, why, ambiguous=True)
        return Match(None, "not in the roster")

    def group(self, name: str) -> list[Person]:
        """Members of a group, by the group's name as a platform writes it into file names."""
        wanted = _squeezed(name, loose=False)
        return [
            person for person in self.people if person.group and _squeezed(person.group, loose=False) == wanted
        ]

    def in_group(self, name: str) -> Person | None:
        """The person of "Group name-Full name", as Moodle writes it, if the roster puts them into that group."""
        for at in (at for at, letter in enumerate(name) if letter == "-"):
            member = self.match(Person(name=name[at + 1 :])).person
            if member is not None and member in self.group(name[:at]):
                return member
        return None


def _plain(value: str) -> str:
    return unicodedata.normalize("NFC", value).strip().casefold()


def name_keys(name: str, *, loose: bool) -> set[str]:
    """Ways to write a name without spaces and marks of punctuation: in every rotation of its words.

    "Last, First", "First Last" and Canvas's "lastfirst" share a key. `loose` leaves accents out, too.
    """
    words = name.replace(",", " ").split()
    rotations = [words[turn:] + words[:turn] for turn in range(min(len(words), 8))]
    return {key for turned in rotations if (key := _squeezed("".join(turned), loose=loose))}


def same_name(longer: str, name: str) -> bool:
    """Whether a name, with a group's before it perhaps, can be that name."""
    squeezed = _squeezed(longer, loose=True)
    return any(squeezed.endswith(key) for key in name_keys(name, loose=True))


def _squeezed(text: str, *, loose: bool) -> str:
    form = unicodedata.normalize("NFKD" if loose else "NFKC", text.casefold())
    categories = "LN" if loose else "LNM"
    return "".join(c for c in form if unicodedata.category(c)[0] in categories)


def merged(person: Person, more: Person) -> Person:
    """A person with what another file tells about them filled in."""
    return Person(**{f.name: getattr(person, f.name) or getattr(more, f.name) for f in fields(Person)})
