"""Looks for what is the staff's in files that students get: answers, hidden tests and cases, secrets, people.

A finding names the file and the kind of thing, never the thing itself.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any

from grading.course import Course
from grading.doctor.course_folders.texts import leaves, text_of
from grading.lms.roster import ROSTER, Person, read_roster
from grading.printable import printable
from grading.settings.moments import as_moment
from grading.units import hidden_tests
from grading.units.hidden_cases import hidden_tables
from grading.units.master import nbgrader_of, notebook_cells, source_of
from grading.units.unit import SECRET_FILE, course_secret

STAFFS_FILES = (SECRET_FILE, "roster*.csv", "extensions*.csv", "gradebook.db*", "course.toml", ".collected.json")
STAFFS_FOLDERS = (
    "solutions",
    "submitted",
    "autograded",
    "feedback",
    "results",
    "terms",
    ".students",
    "tests/hidden",
)
MARKS = ("### BEGIN SOLUTION", "### BEGIN HIDDEN TESTS")
LINES, ENOUGH = 3, 60
"""So many lines in a row, so many characters without spaces in them: then a piece of the staff's is no chance."""
SHORTEST = 25
"""Characters of a whole answer that is looked for in any file; shorter ones only in the answer's own cell."""
DIGITS = 7
NUMBERS = 3
"""So many numbers of hidden cases, of so many digits, in one file are no chance."""
LONG_NUMBER = re.compile(r"-?\d+\.\d{6,}(?:e[+-]?\d+)?")
WORD = re.compile(r"[\w.@+-]+")


@dataclass(frozen=True)
class Leak:
    """Something of the staff's in a file."""

    where: str
    what: str


@dataclass
class Staffs:
    """What must not be in any file.

    Parameters
    ----------
    lines : mapping of str to list of (tuple of str, str)
        Runs of lines without spaces by the first of them, and what each is.
    stubs : mapping of str to set of str
        What an answer's cell may hold, by grade_id: what was released.
    numbers : mapping of str to str
        Numbers of hidden cases, to ten digits, and whose.
    words : mapping of str to str
        Secrets, ids and addresses, and what each is.
    names : sequence of str
        Full names.
    """

    lines: dict[str, list[tuple[tuple[str, ...], str]]] = field(default_factory=lambda: defaultdict(list))
    stubs: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    numbers: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)


def staffs(course: Course, now: datetime | None = None) -> Staffs:
    """Gather what the course keeps from students; answers whose ``reveal`` has come are kept no more.

    Raises
    ------
    CourseError
        If a unit is not built, or the roster cannot be read.
    """
    found = Staffs()
    secret = course_secret(course)
    found.words[secret.decode("ascii")] = "the course's secret"
    told = [text for unit in course.units for text in _told(course, unit)]
    public = set(_numbers("\n".join(told)))
    for unit in course.units:
        if not _revealed(course, unit, now or datetime.now(UTC)):
            _add_answers(found, course, unit)
        _add_hidden(found, course, unit, secret, public)
    for person in _people(course):
        _add_person(found, person)
    return found


def _revealed(course: Course, unit: str, now: datetime) -> bool:
    dates = course.settings.dates.get(unit)
    if dates is None or dates.reveal is None:
        return False
    moment = None if dates.reveal == "always" else as_moment(dates.reveal, course.timezone)
    return moment is None or moment <= now


def _add_answers(found: Staffs, course: Course, unit: str) -> None:
    """The text between the marks of each answer, and what the release has instead."""
    for cell in notebook_cells(course.master(unit)):
        source = source_of(cell)
        for block in re.findall(r"### BEGIN SOLUTION(.*?)### END SOLUTION", source, re.DOTALL):
            lines = _squeezed(block)
            if sum(map(len, lines)) >= SHORTEST:
                found.lines[lines[0]].append((tuple(lines), f"an answer of {unit}"))
            _add_runs(found, lines, f"a part of an answer of {unit}")
    for cell in notebook_cells(course.release(unit)):
        nbgrader = nbgrader_of(cell)
        if nbgrader.get("solution"):
            found.stubs[str(nbgrader["grade_id"])].add("".join(source_of(cell).split()))


def _add_hidden(found: Staffs, course: Course, unit: str, secret: bytes, public: Set[str]) -> None:
    """The text of the hidden tests, and numbers that only hidden cases hold."""
    text = course.hidden_tests(unit).read_text(encoding="utf-8")
    shown = {line for told in _told(course, unit) for line in _squeezed(told)}
    _add_runs(found, [line for line in _squeezed(text) if line not in shown], f"hidden tests of {unit}")
    for table in hidden_tables(hidden_tests.checks(course, unit), secret, unit).values():
        drawn = set(_numbers(json.dumps(table, default=repr))) - public
        found.numbers |= dict.fromkeys(drawn, f"hidden cases of {unit}")


def _told(course: Course, unit: str) -> Iterator[str]:
    """Text that students get by design: the release's files."""
    for path in sorted(course.release_folder(unit).iterdir()):
        yield text_of(path.name, path.read_bytes())


def _add_runs(found: Staffs, lines: Sequence[str], what: str) -> None:
    """Each run of a few lines that says enough."""
    for at in range(len(lines) - LINES + 1):
        run = tuple(lines[at : at + LINES])
        if sum(map(len, run)) >= ENOUGH:
            found.lines[run[0]].append((run, what))


def _people(course: Course) -> list[Person]:
    """Everybody whom the folder names: the roster, and the folders of submissions."""
    path = course.root / ROSTER
    listed = read_roster(path) if path.is_file() else []
    folders = {each.name for each in course.submissions.glob("*/") if not each.name.startswith(".")}
    return [*listed, *(Person(student=name) for name in sorted(folders - {each.student for each in listed}))]


def _add_person(found: Staffs, person: Person) -> None:
    for value in (person.student, person.email, person.login, person.sis_id, person.lms_id):
        if len(value) >= 5 and not (value.isdigit() and len(value) < 8):
            found.words[value.casefold()] = "somebody of the class"
    if len(person.name.split()) > 1:
        found.names.append(" ".join(person.name.casefold().split()))


def _squeezed(text: str) -> list[str]:
    """Lines without any space, those that say nothing left out."""
    return [line for raw in text.splitlines() if (line := "".join(raw.split())) and len(line) > 2]


def _numbers(text: str) -> Iterator[str]:
    """Numbers with many digits, to ten of them; 1.000000 has one."""
    rounded = (f"{float(number):.10g}" for number in LONG_NUMBER.findall(text))
    return (
        number for number in rounded if sum(map(str.isdigit, number.partition("e")[0].lstrip("-0."))) >= DIGITS
    )


# ---------------------------------------------------------------- looking


def leaks_in(files: Iterable[tuple[str, Callable[[], bytes]]], kept: Staffs) -> Iterator[Leak]:
    """What of the staff's is in files, given by path and what reads them; each kind once a file."""
    for path, read in files:
        if (what := staffs_path(path)) is not None:
            yield Leak(printable(path), what)
            continue
        for name, data in leaves(path, read()):
            found = dict.fromkeys(_in_text(name, text_of(name, data), kept))
            if name.casefold().endswith(".ipynb"):
                found |= dict.fromkeys(_answered(data, kept))
            for what in found:
                yield Leak(printable(name), what)


def staffs_path(path: str) -> str | None:
    """What a path says already: a file or folder that only the staff has."""
    parts = PurePosixPath(path).parts
    if parts and any(fnmatchcase(parts[-1].casefold(), pattern) for pattern in STAFFS_FILES):
        return "a file of the staff's"
    if any(path.startswith(f"{folder}/") for folder in STAFFS_FOLDERS):
        return "a folder of the staff's"
    return None


def _in_text(name: str, text: str, kept: Staffs) -> Iterator[str]:
    for mark in MARKS:
        if mark in text and not name.endswith((".html", ".js", ".md")):  # pages for teachers may speak of it
            yield f"a mark of a source notebook ({mark.removeprefix('### ')})"
    lines = _squeezed(text)
    for at, line in enumerate(lines):
        runs = kept.lines.get(line, ())
        yield from (what for run, what in runs if tuple(lines[at : at + len(run)]) == run)
    whose = [kept.numbers[number] for number in set(_numbers(text)) if number in kept.numbers]
    if len(whose) >= NUMBERS:
        yield whose[0]
    yield from _people_in(text, kept)


def _people_in(text: str, kept: Staffs) -> Iterator[str]:
    """Secrets, ids and addresses as words; names as they stand, over ends of lines."""
    words = {word.casefold().strip(".-") for word in WORD.findall(text)}
    yield from (kept.words[word] for word in words & kept.words.keys())
    possible = [name for name in kept.names if words.issuperset(WORD.findall(name))]
    flat = " ".join(text.casefold().split()) if possible else ""
    if any(name in flat for name in possible):
        yield "the name of somebody of the class"


def _answered(data: bytes, kept: Staffs) -> Iterator[str]:
    """Answer cells of a notebook that hold something else than what was released."""
    try:
        cells: list[Mapping[str, Any]] = json.loads(data)["cells"]
        answers = [cell for cell in cells if nbgrader_of(cell).get("solution")]
        changed = [
            str(nbgrader_of(cell)["grade_id"])
            for cell in answers
            if "".join(source_of(cell).split()) not in kept.stubs.get(str(nbgrader_of(cell)["grade_id"]), ())
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return
    known = [grade_id for grade_id in changed if grade_id in kept.stubs]
    if known:
        yield f"an answer in the cell {known[0]}"
