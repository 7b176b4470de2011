"""Under which address a page goes home: one for each student, or none and why; never one for two."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from email.errors import HeaderParseError
from email.headerregistry import Address as MailAddress
from pathlib import Path

from grading.errors import CourseError
from grading.lms import canvas
from grading.lms.directory import Directory
from grading.lms.file_names import folded
from grading.lms.roster import Person, merged, persons
from grading.printable import printable
from grading.report.handback.outgoing import Handback, Outgoing
from grading.tables import Row, Table


class NoAddressError(Exception):
    """A page that a platform cannot take, or that nobody can say where to put; the text says why."""


@dataclass(frozen=True)
class Address:
    """Where a page goes.

    Parameters
    ----------
    of : str
        What the platform calls its student by.
    name : str
        How the page is called there.
    """

    of: str
    name: str


Finder = Callable[[Outgoing], Address]


def addressed(handback: Handback, finder: Finder) -> list[tuple[Outgoing, Address]]:
    """The pages with their addresses; those without one, or with another's, are held back from now on."""
    found: dict[str, tuple[Outgoing, Address]] = {}
    bearers: dict[str, list[str]] = defaultdict(list)
    for out in handback.ready:
        try:
            address = finder(out)
        except NoAddressError as error:
            handback.held[out.student] = str(error)
            continue
        found[out.student] = out, address
        bearers[folded(address.of)].append(out.student)
    for students in (group for group in bearers.values() if len(group) > 1):
        for student in students:
            shared = ", ".join(name for name in students if name != student)
            _, address = found.pop(student)
            handback.held[student] = f"would go to the same {printable(address.of, 60)!r} as the page of {shared}"
    handback.ready = [out for out in handback.ready if out.student in found]
    return list(found.values())


# ---------------------------------------------------------------- Moodle


def moodle(unit: str, numbers: Mapping[str, Person]) -> Finder:
    """Moodle finds a participant by the number in the folder's name, as its own download has it.

    `numbers` are of the grading worksheet, if one was given: they must agree with the archive's.
    """

    def find(out: Outgoing) -> Address:
        origin = out.origin if out.origin is not None and out.origin.lms == "moodle" else None
        collected = Person(lms_id=origin.lms_id, name=origin.name) if origin is not None else None
        there = numbers.get(out.student) if numbers else collected
        if there is None:
            raise NoAddressError(
                "not in the worksheet; download it again, or mend the roster"
                if numbers
                else "not collected from Moodle, and no worksheet names them: --gradebook worksheet.csv"
            )
        if collected is not None and collected.lms_id != there.lms_id:
            raise NoAddressError(
                f"collected as participant {printable(collected.lms_id, 20)}, {printable(there.lms_id, 20)} in "
                "the worksheet: is it of this assignment?"
            )
        if not re.fullmatch("[0-9]+", there.lms_id):
            raise NoAddressError(f"{printable(there.lms_id, 40)!r} is no participant's number; give --gradebook")
        name = _in_a_path(there.name or (collected.name if collected is not None else ""))
        return Address(there.lms_id, f"{name}_{there.lms_id}_assignsubmission_file_/{unit}-feedback.html")

    return find


def _in_a_path(name: str) -> str:
    """A name as Moodle writes it into paths, which it takes apart at "_" and "/"."""
    plain = "".join(c if c.isprintable() and c not in '_/\\:*?"<>|' else " " for c in name)
    return " ".join(plain.split()).lstrip(".~ ")[:120].strip() or "Participant"


def rows_of(table: Table, pages: Sequence[Outgoing], lms: str) -> dict[str, tuple[Row, Person]]:
    """The row of each student in a platform's table, and what it tells of them.

    Raises
    ------
    CourseError
        If a student stands in it twice, or a number and the rest of its row are two students'.
    """
    directory = Directory(known(out, lms) for out in pages)
    rows: dict[str, tuple[Row, Person]] = {}
    for row, clues in persons(table):
        by_number = directory.match(Person(lms_id=clues.lms_id)).person
        by_rest = directory.match(replace(clues, lms_id="")).person
        where = f"{table.name}: line {row.line}"
        if by_number is not None and by_rest is not None and by_number.student != by_rest.student:
            raise CourseError(
                f"{where}: {printable(clues.lms_id, 40)} is {by_number.student}, the rest of the line "
                f"{by_rest.student}; is the file of this unit's assignment?"
            )
        person = by_number or by_rest
        if person is None:
            continue
        if person.student in rows:
            raise CourseError(f"{where}: {person.student} stands in it twice; mend it")
        rows[person.student] = row, clues
    return rows


def known(out: Outgoing, lms: str) -> Person:
    """What is known of a student on a platform; the roster's number is Canvas's."""
    person, origin = out.person, out.origin
    there = Person(student=out.student, name=person.name, email=person.email, login=person.login,
                   sis_id=person.sis_id, lms_id=person.lms_id if lms == "canvas" else "")  # fmt: skip
    if origin is None or origin.lms != lms:
        return there
    return merged(there, Person(name=origin.name, email=origin.email, login=origin.login, lms_id=origin.lms_id))


# ---------------------------------------------------------------- Canvas


def canvas_file(out: Outgoing) -> Address:
    """Canvas finds user and file by the numbers in a name, and hands a page back under that file's own name."""
    if out.origin is None or out.origin.lms != "canvas":
        raise NoAddressError("not collected from Canvas, so the name that it goes by is not known; --lms mail")
    name = out.origin.source.rpartition("/")[2]
    parts = canvas.FILE.fullmatch(name)
    if parts is None or not parts["file"]:
        raise NoAddressError("there is no file of theirs on Canvas beside which a page could lie; --lms mail")
    user = parts["user"] or f"anon_{parts['anon']}"
    numbers = [part for part in name.split("_") if re.fullmatch("[0-9]+", part)]
    if parts["user"] and numbers[:2] != [parts["user"], parts["file"]]:
        raise NoAddressError(f"Canvas would read {numbers[0]} in {printable(name, 80)} as the user; --lms mail")
    if out.person.lms_id not in (user, "") and parts["user"]:
        raise NoAddressError("handed in by another of their group, to whom Canvas would hand it back; --lms mail")
    if out.origin.lms_id not in (user, ""):
        raise NoAddressError(f"{printable(name, 80)} names another user than {out.origin.lms_id}; collect again")
    if Path(name).suffix.casefold() not in CANVAS_KINDS:
        raise NoAddressError(
            f"Canvas hands files back under the name that was handed in, here {printable(parts['rest'], 60)}, "
            "so that a page could not be opened; --lms mail"
        )
    return Address(user, name)


CANVAS_KINDS = (".ipynb", ".zip", ".html", ".htm", ".txt", ".md")
"""Endings of files in which a page can be put so that it opens."""


# ---------------------------------------------------------------- mail


def mailbox(out: Outgoing) -> Address:
    """A student's address: of the roster, else what the platform told."""
    told = out.person.email or (out.origin.email if out.origin is not None else "")
    if not told:
        raise NoAddressError("no mail address is known; add a column 'email' to the roster")
    try:
        MailAddress(addr_spec=told)
    except (ValueError, HeaderParseError):
        told_well = False
    else:
        told_well = (
            told.isascii() and told.isprintable() and re.fullmatch(r"[^\s@<>,;]+@[^\s@<>,;]+", told) is not None
        )
    if not told_well:
        raise NoAddressError(f"{printable(told, 60)!r} is no mail address; mend it in the roster")
    return Address(told, out.person.name or (out.origin.name if out.origin is not None else ""))
