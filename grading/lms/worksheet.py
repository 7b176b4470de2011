"""Moodle's grading worksheet: its columns, by their English titles, or in another language by what they hold.

The order of the columns is Moodle's in every language: identifier, name and addresses, status, grade, maximum,
whether the grade can be changed, times of submission and of marking, comments.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from grading.tables import Table, find_column, simple

NUMBERED = re.compile(r"(?P<word>[^\d@]*[^\W\d][^\d@]*?)\s*(?P<number>\d+)")
"""An identifier: a word of the site's language and the participant's number, with or without a blank."""
_NO = {
    "no",
    "nein",
    "non",
    "nee",
    "não",
    "nej",
    "nei",
    "ne",
    "nie",
    "ei",
    "nem",
    "nu",
    "όχι",
    "нет",
    "ні",
    "いいえ",
    "否",
}
_NO_IDENTIFIER = {"student", "student id", "login", "login id", "username", "user name"}
"""First titles of an own roster, which may hold what a worksheet holds: names such as lab01, one section."""
_TIME = re.compile(r"(?=.*\d{1,2}[:.]\d\d)(?=.*\d{4}).*", re.DOTALL)


@dataclass(frozen=True)
class Worksheet:
    """Positions of a worksheet's columns; None for what it does not have.

    Parameters
    ----------
    identifier, name, email, student, login, group : int or None
        Who it is.
    status : int or None
        In words of the site's language.
    grade, maximum, changeable : int or None
        The mark, its maximum, and whether it may be changed.
    submitted, comment : int or None
        When it was handed in, and what the student reads.
    translated : bool
        Whether the titles are not English.
    """

    identifier: int
    grade: int
    name: int | None = None
    email: int | None = None
    student: int | None = None
    login: int | None = None
    group: int | None = None
    status: int | None = None
    maximum: int | None = None
    changeable: int | None = None
    submitted: int | None = None
    comment: int | None = None
    translated: bool = False


def number_of(identifier: str) -> str:
    """The participant's number in an identifier, whatever the word before it; the text itself if there is none."""
    found = NUMBERED.fullmatch(identifier.strip())
    return found["number"] if found else identifier.strip()


def locked(answer: str) -> bool:
    """Whether "Grade can be changed" says no, in any of the languages that are known."""
    return answer.strip().casefold() in _NO


def worksheet(table: Table) -> Worksheet | None:
    """The columns of a grading worksheet; None if the table is none, or cannot be told to be one."""
    header = table.header.values
    identifier, grade = find_column(header, "Identifier"), find_column(header, "Grade")
    if identifier is not None and (grade is not None or find_column(header, "Status") is not None):
        return Worksheet(
            identifier=identifier,
            grade=-1 if grade is None else grade,
            name=find_column(header, "Full name"),
            email=find_column(header, "Email address"),
            student=find_column(header, "ID number"),
            login=find_column(header, "Username"),
            group=find_column(header, "Group"),
            status=find_column(header, "Status"),
            maximum=find_column(header, "Maximum grade"),
            changeable=find_column(header, "Grade can be changed"),
            submitted=find_column(header, "Last modified (submission)"),
            comment=find_column(header, "Feedback comments"),
        )
    return None if simple(header[0]) in _NO_IDENTIFIER else _by_content(table)


def _by_content(table: Table) -> Worksheet | None:
    """The columns of a worksheet in another language, by what they hold in every row."""
    width = len(table.header.values)
    columns = _columns(table, width)
    maximum = next((column for column in range(3, width) if _same_number(columns[column])), None)
    if maximum is None or not _identifiers(columns[0]) or not all(map(_mark_or_nothing, columns[maximum - 1])):
        return None
    email, times, last = _first(columns[:maximum], _address), _first(columns, _time, maximum + 1), width - 1
    named = email != 1 and _all_different(columns[1])
    return Worksheet(
        identifier=0,
        grade=maximum - 1,
        name=1 if named else None,
        email=email,
        maximum=maximum,
        changeable=maximum + 1 if maximum < last and _two_words(columns[maximum + 1]) else None,
        submitted=times,
        comment=last if last > (times or maximum) + 1 else None,
        translated=True,
    )


def _columns(table: Table, width: int) -> list[list[str]]:
    rows = [row for row in table.rows[1:] if not row.empty]
    return [[row[column].strip() for row in rows] for column in range(width)]


def _first(columns: list[list[str]], holds: Callable[[str], bool], start: int = 1) -> int | None:
    """The first column from `start` of which every cell that is not empty holds this."""
    for number, cells in enumerate(columns[start:], start):
        if any(cells) and all(holds(cell) for cell in cells if cell):
            return number
    return None


def _identifiers(cells: list[str]) -> bool:
    """Whether all are one word and a number."""
    found = [NUMBERED.fullmatch(cell) for cell in cells]
    return None not in found and len({match["word"].strip() for match in found if match}) == 1


def _address(cell: str) -> bool:
    return "@" in cell


def _time(cell: str) -> bool:
    return cell == "-" or bool(_TIME.fullmatch(cell))


def _all_different(cells: list[str]) -> bool:
    return all(cells) and len(set(cells)) == len(cells)


def _number(cell: str) -> float | None:
    try:
        return float(cell.strip().replace(",", "."))
    except ValueError:
        return None


def _same_number(cells: list[str]) -> bool:
    numbers = {_number(cell) for cell in cells}
    return len(numbers) == 1 and None not in numbers


def _mark_or_nothing(cell: str) -> bool:
    return cell.strip() in ("", "-") or _number(cell) is not None


def _two_words(cells: list[str]) -> bool:
    words = {cell.strip() for cell in cells}
    return len(words) <= 2 and all(word.isalpha() for word in words)
