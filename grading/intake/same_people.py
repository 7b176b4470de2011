"""Whether people whose work is collected have work in place under other ids."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from grading.course import Course
from grading.errors import CourseError
from grading.intake.shelf import Provenance, provenance
from grading.lms.class_list import class_list
from grading.lms.directory import Directory
from grading.lms.roster import ROSTER, Person, merged, read_roster
from grading.printable import listed, printable

ACCOUNT = ("lms_id", "login", "email")


def held_under(course: Course, students: Collection[str], unit: str = "") -> dict[str, Person]:
    """What the record beside each student's work tells of whose it is; with `unit` only beside that unit's."""
    found = {}
    for student in students:
        for name in [unit] if unit else course.units:
            origin = provenance(course.submitted(student, name))
            if origin is not None and _accounts(origin):
                # Moodle's number is of one assignment and tells nothing without it
                number = "" if origin.lms == "moodle" and not unit else origin.lms_id
                found[student] = Person(name=origin.name, email=origin.email, login=origin.login, lms_id=number)
                break
    return found


def _accounts(origin: Provenance) -> set[tuple[str, str, str]]:
    """What a platform calls the person by, as triples that two records of one person share."""
    named = {(origin.lms, name, getattr(origin, name).casefold()) for name in ACCOUNT if getattr(origin, name)}
    return named | ({(origin.lms, "name", origin.name.casefold())} if origin.name and not named else set())


def under_other_ids(
    course: Course, unit: str, arriving: Mapping[str, Provenance], contents: Callable[[str], Collection[str]]
) -> dict[str, str]:
    """Ids under which work of those who arrive lies already, by the id that they would get.

    Parameters
    ----------
    course, unit : Course, str
        Where.
    arriving : mapping of str to Provenance
        By id, what the archive says of each who hands in.
    contents : callable
        The hash of each notebook that somebody hands in.

    The same account of a platform is the same person. Without a record the same files are, if most of those who
    arrive have somebody's exactly.
    """
    folders = sorted(course.submissions.glob(f"*/{unit}"))
    others = [
        path.parent.name for path in folders if path.parent.name[0] != "." and path.parent.name not in arriving
    ]
    accounts: dict[tuple[str, str, str], str] = {}
    unrecorded: dict[frozenset[str], list[str]] = defaultdict(list)
    for student in others:
        origin = provenance(course.submitted(student, unit))
        accounts |= dict.fromkeys(_accounts(origin) if origin else (), student)
        unrecorded[_hashes(course, student, unit)].append(student)
    new = {student: origin for student, origin in arriving.items() if not course.submitted(student, unit).exists()}
    by_account = {
        student: accounts[account]
        for student, origin in new.items()
        for account in _accounts(origin) & set(accounts)
    }
    return by_account or (_with_the_same_files(new, unrecorded, contents) if unrecorded else {})


def _with_the_same_files(
    new: Collection[str],
    unrecorded: Mapping[frozenset[str], list[str]],
    contents: Callable[[str], Collection[str]],
) -> dict[str, str]:
    """Who has exactly what lies under one other id, if that is most of them and more than one."""
    same = {student: unrecorded.get(frozenset(contents(student)), []) for student in new}
    by_files = {student: held[0] for student, held in same.items() if len(held) == 1}
    distinct = len(set(by_files.values())) == len(by_files)
    return by_files if distinct and len(by_files) > 1 and 2 * len(by_files) > len(new) else {}


def _hashes(course: Course, student: str, unit: str) -> frozenset[str]:
    """Hashes of the notebooks in a student's folder."""
    folder = course.submitted(student, unit)
    paths = [path for path in folder.glob("*.ipynb") if path.is_file() and not path.is_symlink()]
    return frozenset(hashlib.sha256(path.read_bytes()).hexdigest() for path in paths)


def told_before(course: Course, unit: str, lms: str, people: Iterable[Person]) -> dict[tuple[str, str], str]:
    """Whose work came under which number and name of the platform when it was collected before.

    Whoever has another address in the roster now may be somebody else.
    """
    found = {}
    for person in people:
        record = provenance(course.submitted(person.student, unit))
        if record is not None and record.lms == lms and record.lms_id:
            addresses = {record.email.casefold(), person.email.casefold()} - {""}
            if len(addresses) < 2:
                found[record.lms_id, record.name] = person.student
    return found


def people_of(course: Course, more: Path | None) -> tuple[list[Person], list[str]]:
    """The class with what a platform's list tells of each, and what to say of that list.

    Raises
    ------
    CourseError
        If a list cannot be read, or nobody in it is in the roster.
    """
    people = class_list(course)
    if more is None or more.resolve() == (course.root / ROSTER).resolve():
        return list(people.values()), []
    given = read_roster(more)
    if not people:
        return given, []
    directory, strangers, claimed = Directory(people.values()), list[str](), set[str]()
    for person in given:
        # Moodle's number of one assignment may be another's number on another platform
        clues = replace(person, lms_id="") if person.of_one_assignment else person
        student = found.student if (found := directory.match(clues).person) is not None else ""
        if student in claimed:
            raise CourseError(
                f"{more}: {printable(person.name or person.student)} and another both fit {student} of {ROSTER}"
            )
        if student:
            claimed.add(student)
            people[student] = replace(merged(person, people[student]), student=student)
        else:
            strangers.append(printable(person.name or person.student, 60))
    if len(strangers) == len(given):
        raise CourseError(
            f"{more}: nobody in it is in {ROSTER}, by id, login, number, address or name; is it this class's, "
            "with identities shown?"
        )
    if not strangers:
        return list(people.values()), []
    cure = f"'grading students add --from {more}' takes them in"
    return list(people.values()), [f"in {more.name}, not in {ROSTER}: {listed(strangers)}; {cure}"]
