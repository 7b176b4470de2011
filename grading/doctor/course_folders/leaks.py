"""Looks for what is the staff's in files that students get: answers, hidden tests and cases, secrets, people.

A finding names the file and the kind of thing, never the thing itself.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from grading.course import Course
from grading.doctor.course_folders.references import answering, answers_in, body_text, shapes
from grading.doctor.course_folders.staffs_files import RECORD, staffs_path
from grading.doctor.course_folders.texts import Leaf, leaves, text_of
from grading.lms.roster import ROSTER, Person, read_roster
from grading.printable import printable
from grading.settings.moments import as_moment
from grading.units import hidden_tests
from grading.units.hidden_cases import hidden_tables
from grading.units.master import nbgrader_of, notebook_cells, source_of
from grading.units.unit import course_secret

OTHERS_PACKAGES = "_static/vendor/"
"""Where a site has packages of others, with digests of their own."""
MARKS = ("### BEGIN SOLUTION", "### BEGIN HIDDEN TESTS")
LINES, ENOUGH = 3, 60
"""So many lines in a row, so many characters without spaces in them: then a piece of the staff's is no chance."""
SHORTEST = 25
"""Characters of a whole answer that is looked for in any file; shorter ones only in the answer's own cell."""
DIGITS = 7
NUMBERS = 3
"""So many numbers of hidden cases, of so many digits, in one file are no chance."""
LONG_NUMBER = re.compile(r"-?\d+\.\d{6,}(?:e[+-]?\d+)?")
ATOM = re.compile(r"[^\W_]+")
LONG_DIGITS = re.compile(r"[0-9]{4,}")


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
    words : mapping of str to (frozenset of str, str)
        Secrets, ids and addresses; the letters and digits in a row that each is made of, and what it is.
    numbered : mapping of str to mapping of str to str
        Those with a number of four digits or more, by that number: they are found within longer words, too.
    names : mapping of frozenset of str to re.Pattern
        Full names, in either order, by the words in them.
    shapes : mapping of str to str
        What functions that answer do, and which unit each answers.
    """

    lines: dict[str, list[tuple[tuple[str, ...], str]]] = field(default_factory=lambda: defaultdict(list))
    stubs: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    numbers: dict[str, str] = field(default_factory=dict)
    words: dict[str, tuple[frozenset[str], str]] = field(default_factory=dict)
    numbered: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    names: dict[frozenset[str], re.Pattern[str]] = field(default_factory=dict)
    shapes: dict[str, str] = field(default_factory=dict)

    def add_word(self, word: str, what: str) -> None:
        """Take up a secret, an id or an address."""
        self.words[word] = frozenset(ATOM.findall(word)), what
        for digits in LONG_DIGITS.findall(word):
            self.numbered[digits][word] = what


def staffs(course: Course, now: datetime | None = None) -> Staffs:
    """Gather what the course keeps from students; answers whose ``reveal`` has come are kept no more.

    Raises
    ------
    CourseError
        If a unit is not built, or the roster cannot be read.
    """
    found = Staffs()
    secret = course_secret(course)
    found.add_word(secret.decode("ascii").casefold(), "the course's secret")
    told = [text for unit in course.units for text in _told(course, unit)]
    public = set(_numbers("\n".join(told)))
    withheld = {unit for unit in course.units if not _revealed(course, unit, now or datetime.now(UTC))}
    for unit in course.units:
        if unit in withheld:
            _add_answers(found, course, unit)
        _add_hidden(found, course, unit, secret, public)
    _add_references(found, course, withheld)
    mail = course.settings.mail
    password = course.root / mail.password_file if mail is not None and mail.password_file else None
    if password is not None and password.is_file():
        found.add_word(password.read_text("utf-8").strip().casefold(), "the password of the mail server")
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


def _add_references(found: Staffs, course: Course, withheld: Set[str]) -> None:
    """The functions behind the answers, by their lines and by what they do."""
    told = [text for unit in course.units for text in _told(course, unit)]
    shown = {line for text in told for line in _squeezed(text)}
    for unit, node in answering(course, withheld):
        _add_runs(found, _squeezed(body_text(node)), f"a part of what answers {unit}", shown)
    found.shapes = shapes(course, withheld)


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


def _add_runs(found: Staffs, lines: Sequence[str], what: str, shown: Set[str] = frozenset()) -> None:
    """Each run of a few lines that says enough, not all of them `shown` anyway."""
    for at in range(len(lines) - LINES + 1):
        run = tuple(lines[at : at + LINES])
        if sum(map(len, run)) >= ENOUGH and not set(run) <= shown:
            found.lines[run[0]].append((run, what))


def _people(course: Course) -> Iterator[Person]:
    """Everybody whom the folder names, now or in an earlier term: rosters, submissions, what came with them."""
    for root in (course.root, *sorted((course.root / "terms").glob("*/"))):
        if (root / ROSTER).is_file():
            yield from read_roster(root / ROSTER)
        submitted = root / course.submissions.name
        yield from (Person(student=each.name) for each in submitted.glob("*/") if not each.name.startswith("."))
        for path in submitted.glob(f"*/*/{RECORD}"):
            with suppress(ValueError, AttributeError):
                record = json.loads(path.read_text(encoding="utf-8"))
                name, email, login, number = (
                    str(record.get(key, "")) for key in ("name", "email", "login", "lms_id")
                )
                yield Person(name=name, email=email, login=login, lms_id=number)


def _add_person(found: Staffs, person: Person) -> None:
    for value in (person.student, person.email, person.login, person.sis_id, person.lms_id):
        if len(value) >= 5 and not (value.isdigit() and len(value) < 8):
            found.add_word(value.casefold(), "somebody of the class")
    words = ATOM.findall(person.name.casefold())
    if len(words) > 1:
        orders = (words, [words[-1], *words[:-1]])
        spelt = "|".join(r"[\W_]{1,3}".join(map(re.escape, order)) for order in orders)
        found.names[frozenset(words)] = re.compile(rf"(?<![^\W_])(?:{spelt})(?![^\W_])")


def _squeezed(text: str) -> list[str]:
    """Lines without any space, those that say nothing and whole lines of comment left out."""
    squeezed = ("".join(raw.split()) for raw in text.splitlines())
    return [line for line in squeezed if len(line) > 2 and not line.startswith("#")]


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
        yield from (Leak(printable(path), f"{what} (in its name)") for what in set(_people_in(path, kept)))
        for leaf in leaves(path, read()):
            yield from (Leak(printable(leaf.name), what) for what in dict.fromkeys(_in_leaf(leaf, kept)))


def _in_leaf(leaf: Leaf, kept: Staffs) -> Iterator[str]:
    """What is in a file, or why nobody can tell."""
    if leaf.why or (what := staffs_path(leaf.name)) is not None:
        yield leaf.why or what or ""
        return
    compiled = leaf.name.casefold().endswith((".pyc", ".pyo"))
    if compiled and (OTHERS_PACKAGES not in leaf.name or b"reference_impl" in leaf.data):
        yield "bytecode, which cannot be searched"
    yield from _in_text(leaf.name, text_of(leaf.name, leaf.data), kept)
    if OTHERS_PACKAGES not in leaf.name:
        text = leaf.data.decode("utf-8", "replace")
        yield from (f"code that answers {unit}" for unit in answers_in(leaf.name, text, kept.shapes))
    if leaf.name.casefold().endswith(".ipynb"):
        yield from _answered(leaf.data, kept)


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
    """Secrets, ids and addresses, whole or, if they have a long number, within a word; names in either order."""
    plain = text.casefold()
    atoms = set(ATOM.findall(plain))
    for word, (needed, what) in kept.words.items():
        if needed <= atoms and re.search(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", plain):
            yield what
    for digits in set(LONG_DIGITS.findall(plain)) & kept.numbered.keys():
        yield from (what for word, what in kept.numbered[digits].items() if word in plain)
    possible = [pattern for words, pattern in kept.names.items() if words <= atoms]
    flat = " ".join(plain.split()) if possible else ""
    if any(pattern.search(flat) for pattern in possible):
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
