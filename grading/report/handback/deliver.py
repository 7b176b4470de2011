"""Bring a unit's feedback home one way: find the addresses, pack or send, and note who got which page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grading.course import Course
from grading.errors import CourseError
from grading.intake.shelf import provenance
from grading.lms.roster import Person
from grading.marks.export import write_output
from grading.marks.sent import record, sent
from grading.printable import counted
from grading.report.handback import exchange, mail
from grading.report.handback.addresses import (
    Address,
    Finder,
    NoAddressError,
    addressed,
    canvas_file,
    mailbox,
    moodle,
    rows_of,
)
from grading.report.handback.archives import canvas_zip, moodle_zip
from grading.report.handback.comments import fill_comments
from grading.report.handback.outgoing import Handback, Outgoing, prepare
from grading.tables import Row, Table, read_table

FILES = "mail files"
"""How it is noted that messages were written for another program to send."""
WITH_COMMENTS = ("moodle", "blackboard")
"""Platforms whose own table has a column of comments."""
MAIL = "or send the pages: python -m grading return {unit} --lms mail"
NO_WAY = {
    "gradescope": "Gradescope takes no feedback that was written elsewhere; its download told each "
    f"student's address, so write to them, {MAIL.removeprefix('or ')}",
    "blackboard": "Blackboard takes no files for a whole class, only comments in its own table: give --gradebook "
    f"FILE (Grade Centre, Work Offline, Download, this unit's column with its comments); {MAIL}",
}
NEXT = {
    "moodle": "upload it: the assignment, Submissions, Actions, 'Upload multiple feedback files in a zip'; among "
    "the feedback types of the assignment's settings 'Feedback files' must be on",
    "canvas": "upload it: Grades, the assignment's menu, 'Re-Upload Submissions'; each upload adds a comment, so "
    "upload it once, and next time pack with --only-new",
    "table": "upload it where you downloaded it; marks and all other cells are as they were",
}


@dataclass(frozen=True)
class Options:
    """What a TA decided; the options of the command tell what each means."""

    students: Sequence[str] = ()
    section: str = ""
    gradebook: Path | None = None
    roster: Path | None = None
    partial: bool = False
    only_new: bool = False
    send: bool = False
    again: bool = False
    overwrite: bool = False
    force: bool = False


@dataclass
class Returned:
    """What became of a unit's pages.

    Parameters
    ----------
    way : str
        Which way they went.
    went : list of Outgoing
        Those that are on their way.
    before : list of str
        Who got the very page before, and not again.
    held : dict of str to str
        Whose page is held back, and why.
    lines : list of str
        What was written, and what to do with it.
    """

    way: str
    went: list[Outgoing] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)


@dataclass
class _Trip:
    """All that one way needs."""

    course: Course
    handback: Handback
    pages: list[tuple[Outgoing, Address]]
    options: Options
    table: Table | None
    rows: Mapping[str, tuple[Row, Person]]
    returned: Returned

    def write(self, name: str, data: bytes) -> str:
        """Write a file of results/; return what to call it, and how large it is."""
        path = self.course.results / f"{self.handback.unit}-{name}"
        write_output(self.course, path, data, force=self.options.force)
        return f"{path.relative_to(self.course.root)} ({max(1, len(data) >> 10)} kB)"


def give_back(course: Course, unit: str, way: str, options: Options) -> Returned:
    """Bring feedback home; the caller keeps other commands out of the folder.

    Parameters
    ----------
    course, unit : Course, str
        Whose feedback.
    way : str
        A key of `WAYS`; empty: the platform that all submissions were collected from.
    options : Options
        What a TA decided.

    Raises
    ------
    CourseError
        If there is no such way, a file that it needs is missing or not the platform's, or the marks disagree.
    """
    way = way or _where_from(course, unit)
    _refuse_what_does_not_fit(course, unit, way, options)
    who = course, unit, options.students, options.section
    handback = prepare(*who, roster=options.roster, partial=options.partial)
    table = read_table(options.gradebook) if options.gradebook is not None else None
    rows = rows_of(table, handback.ready, way) if table is not None else {}
    pages = addressed(handback, _finder(course, unit, way, rows))
    returned = Returned(way, held=handback.held)
    if options.only_new or (way == "mail" and options.send and not options.again):
        known = _pages_before(course, unit, way)
        returned.before = [out.student for out, _ in pages if known.get(out.student) == out.digest]
        pages = [page for page in pages if page[0].student not in set(returned.before)]
    if pages:
        WAYS[way](_Trip(course, handback, pages, options, table, rows, returned))
    return returned


def _where_from(course: Course, unit: str) -> str:
    """The platform that the class was collected from, if there is one."""
    folders = course.submissions.glob(f"*/{unit}")
    origins = Counter(origin.lms for folder in folders if (origin := provenance(folder)) is not None)
    if len(origins) == 1 and (lms := next(iter(origins))) in WAYS:
        return lms
    found = (
        f"submissions came from {', '.join(sorted(origins))}" if origins else "nothing tells where it came from"
    )
    raise CourseError(f"{unit}: {found}; say which way home: --lms, one of {', '.join(WAYS)}")


def _refuse_what_does_not_fit(course: Course, unit: str, way: str, options: Options) -> None:
    if way in NO_WAY and (options.gradebook is None or way not in WITH_COMMENTS):
        raise CourseError(NO_WAY[way].format(unit=unit))
    if options.gradebook is not None and way not in WITH_COMMENTS:
        raise CourseError(
            f"--gradebook is for {' and '.join(WITH_COMMENTS)}, whose tables have comments; leave it out"
        )
    if options.send and way != "mail":
        raise CourseError("--send is for --lms mail; the others take a file that you upload")
    if options.send and course.settings.mail is None:
        raise CourseError(mail.NO_SERVER)


def _finder(course: Course, unit: str, way: str, rows: Mapping[str, tuple[Row, Person]]) -> Finder:
    if way == "moodle":
        return moodle(unit, {student: clues for student, (_, clues) in rows.items()})
    if way == "blackboard":
        return _line_of(rows)
    return {"canvas": canvas_file, "mail": mailbox, "exchange": exchange.finder(unit)}[way]


def _line_of(rows: Mapping[str, tuple[Row, Person]]) -> Finder:
    def find(out: Outgoing) -> Address:
        if out.student not in rows:
            raise NoAddressError(
                "has no line in the platform's table; mend the roster, or download the table again"
            )
        return Address(f"line {rows[out.student][0].line}", "")

    return find


def _pages_before(course: Course, unit: str, way: str) -> dict[str, str]:
    """The hash of the page that each student got last this way."""
    pages: dict[str, str] = {}
    for entry in sent(course):
        if (entry.unit, entry.what, entry.to) == (unit, "returned", way):
            pages |= entry.pages
    return pages


def _note(trip: _Trip, pages: Sequence[Outgoing], to: str = "") -> None:
    """Note who got which page, and which way."""
    trip.returned.went += pages
    record(
        trip.course,
        trip.handback.unit,
        "returned",
        {out.student: out.tells for out in pages},
        to=to or trip.returned.way,
        pages={out.student: out.digest for out in pages},
    )


# ---------------------------------------------------------------- the ways


def _moodle(trip: _Trip) -> None:
    written = trip.write("feedback-moodle.zip", moodle_zip(trip.pages))
    trip.returned.lines += [f"{written}: {NEXT['moodle']}"]
    if trip.table is not None:
        _comments(trip)
    _note(trip, [out for out, _ in trip.pages])


def _canvas(trip: _Trip) -> None:
    written = trip.write("feedback-canvas.zip", canvas_zip(trip.handback.unit, trip.pages))
    trip.returned.lines += [f"{written}: {NEXT['canvas']}"]
    _note(trip, [out for out, _ in trip.pages])


def _blackboard(trip: _Trip) -> None:
    stayed = _comments(trip)
    trip.returned.held |= stayed
    _note(trip, [out for out, _ in trip.pages if out.student not in stayed])


def _comments(trip: _Trip) -> dict[str, str]:
    """Fill the platform's column of comments; return whose stayed as it was."""
    assert trip.table is not None  # the caller has looked
    assert trip.options.gradebook is not None
    pages = [out for out, _ in trip.pages]
    stayed = fill_comments(trip.table, trip.rows, pages, trip.returned.way, overwrite=trip.options.overwrite)
    suffix = trip.options.gradebook.suffix or ".csv"
    written = trip.write(f"comments-{trip.returned.way}{suffix}", trip.table.data())
    trip.returned.lines += [f"{written}, {counted(len(pages) - len(stayed), 'comment')}: {NEXT['table']}"]
    if trip.returned.way == "moodle":  # the page reaches them all the same
        trip.returned.lines += [f"      {student}: {why}" for student, why in stayed.items()]
    return stayed


def _mail(trip: _Trip) -> None:
    made = mail.messages(trip.course, trip.handback, trip.pages)
    folder = mail.write_files(trip.course, trip.handback, made).relative_to(trip.course.root)
    trip.returned.lines += [f"{folder}/: a message for each (.eml), and {mail.MERGE} for a mail merge"]
    if trip.options.send:
        trip.returned.held |= mail.send(trip.course, made, lambda out: _note(trip, [out]))
    elif trip.course.settings.mail is not None:
        server = trip.course.settings.mail
        trip.returned.lines += [
            f"nothing was sent: look at them, then add --send ({server.host}, from {server.sender})"
        ]
    else:
        _note(trip, [out for out, _ in trip.pages], to=FILES)
        trip.returned.lines += [
            "send them by a mail merge; with [mail] in course.toml, --send sends them from here"
        ]


def _exchange(trip: _Trip) -> None:
    folder = exchange.folder_of(trip.course)
    exchange.put(folder, trip.pages)
    trip.returned.lines += [f"{folder}/: students find it with 'Fetch Feedback'"]
    _note(trip, [out for out, _ in trip.pages])


WAYS: Mapping[str, Callable[[_Trip], None]] = {
    "moodle": _moodle,
    "canvas": _canvas,
    "blackboard": _blackboard,
    "gradescope": _mail,  # refused before, with what to do instead
    "mail": _mail,
    "exchange": _exchange,
}
"""How pages go each way."""
