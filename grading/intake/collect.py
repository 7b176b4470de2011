"""From an archive of a learning platform to ``submitted/<student>/<unit>/``, and a report that drops nothing."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from grading.course import Course
from grading.errors import CourseError
from grading.intake.contents import Contents, Recogniser, look_into
from grading.intake.report import CollectLine, CollectReport
from grading.intake.shelf import Provenance, Shelf, ShelfChange, open_shelf, with_time
from grading.lms import READERS
from grading.lms.archives import Archive, open_archive
from grading.lms.download import Download, ReaderContext, Upload
from grading.lms.moodle import moment
from grading.lms.roster import Directory, Person, merged, read_roster, same_name
from grading.printable import printable
from grading.student_ids import harmless_id

MOST_NOTES = 30
NO_TIME = {
    "canvas": "Canvas does not tell when anything was handed in; its late marks are kept",
    "moodle": "Moodle's archive does not tell when anything was handed in; its grading worksheet does (--roster)",
}


@dataclass(frozen=True)
class _Attempt:
    upload: Upload
    clues: Person
    person: Person
    how: str

    @property
    def handed_in(self) -> datetime | None:
        return self.upload.handed_in

    @property
    def age(self) -> tuple[datetime, int]:
        return (self.handed_in or datetime.min.replace(tzinfo=UTC), self.upload.order)


def collect(
    course: Course, unit: str, path: Path, *, lms: str, roster: Path | None = None, force: bool = False
) -> CollectReport:
    """Read an archive, match its uploads to students, and put each student's latest into ``submitted/``.

    Parameters
    ----------
    course, unit : Course, str
        Where to, and which unit's notebook is looked for.
    path : Path
        The downloaded zip, or the folder it was unpacked to.
    lms : str
        A key of `READERS`.
    roster : Path or None
        Who is in the class; without one, students are called as the platform calls them.
    force : bool
        Replace what is newer or was changed by hand, too.
    """
    recogniser = Recogniser(course, course.unit(unit))
    people = read_roster(roster) if roster is not None else []
    report = CollectReport(unit, lms, path.name, len(people))
    with open_archive(path) as archive:
        students = {value for person in people for value in (person.student, person.login, person.sis_id) if value}
        context = ReaderContext(unit, course.units, course.timezone, students)
        download = READERS[lms](archive.entries, context)
        if not download.uploads:
            raise CourseError(_nothing_found(path, lms, archive, context))
        attempts = _match(download, Directory(people) if people else None, context, report)
        newest = f"{archive.newest:%Y-%m-%d %H:%M:%S}" if archive.newest else ""
        origin = Provenance(lms=lms, archive=path.name, newest=newest)
        with open_shelf(course.root / "submitted", unit, force=force) as shelf:
            for student, tried in sorted(attempts.items()):
                report.lines.append(_put(shelf, student, tried, recogniser, origin))
    there = {line.student for line in report.lines}
    report.lines += [CollectLine("missing", person.student) for person in people if person.student not in there]
    _entries(report, archive, download)
    timeless = any(line.student and line.state != "missing" and line.handed_in is None for line in report.lines)
    report.notes += [NO_TIME[lms]] if timeless and lms in NO_TIME else []
    if lms in ("moodle", "blackboard") and course.settings.timezone is None and any(map(_has_time, report.lines)):
        report.notes.append(
            f"times of {lms} are read as UTC; say which zone they are in: timezone, in course.toml"
        )
    return report


def _has_time(line: CollectLine) -> bool:
    return line.handed_in is not None


def _nothing_found(path: Path, lms: str, archive: Archive, context: ReaderContext) -> str:
    """Say what the archive looks like instead."""
    if not archive.entries:
        refused = (
            f" ({len(archive.refused)} refused: {archive.refused[0][0]}, {archive.refused[0][1]})"
            if archive.refused
            else ""
        )
        return f"{path}: no file in it{refused}; download it again"
    others = []
    for name in ("canvas", "moodle", "blackboard"):
        found = READERS[name](archive.entries, context)
        if name != lms and len(found.uploads) and len(found.strangers) < len(archive.entries) / 2:
            others.append(name)
    hint = (
        f"it looks like {others[0]}'s: --lms {others[0]}" if others else "is --lms right, is it the bulk download?"
    )
    first = printable(archive.entries[0].path, 100)
    return f"{path}: no file is named as {lms} names submissions (the first is {first}); {hint}"


# ---------------------------------------------------------------- who


def _match(
    download: Download, directory: Directory | None, context: ReaderContext, report: CollectReport
) -> dict[str, list[_Attempt]]:
    """Attempts by student; uploads of nobody, or of two persons taken for one, are reported."""
    found: dict[str, list[_Attempt]] = defaultdict(list)
    for upload in download.uploads:
        for clues in upload.who:
            for person, how in _persons(clues, directory, report.lms):
                if not person.student:
                    report.lines.append(_unmatched(upload, clues, how))
                    continue
                found[person.student].append(_Attempt(_timed(upload, person, context), clues, person, how))
    for student, attempts in list(found.items()):
        accounts = {attempt.clues.lms_id or attempt.clues.login for attempt in attempts} - {""}
        if len(accounts) > 1 and not any("group" in attempt.how for attempt in attempts):
            named = printable(", ".join(sorted(accounts)), 120)
            why = f"{len(accounts)} accounts fit {student} ({named}); add their lms_id to the roster"
            report.lines += [_unmatched(attempt.upload, attempt.clues, why) for attempt in attempts]
            del found[student]
    return found


def _persons(clues: Person, directory: Directory | None, lms: str) -> list[tuple[Person, str]]:
    """Whom an upload is for: one student, or a group's members; a person without an id is nobody."""
    if directory is None:
        named = (
            clues.student
            or clues.login
            or (clues.sis_id or clues.email)
            or ("" if _numbered(clues) else clues.name)
        )
        student = named or clues.lms_id
        if not harmless_id(student):
            return [
                (Person(), f"{printable(ascii(student), 60)} cannot name a folder; give a roster with --roster")
            ]
        return [(merged(Person(student=student), clues), "its own id, no roster")]
    match = directory.match(clues)
    if lms == "moodle" and match.how == "lms id" and match.person and not _of_this_assignment(match.person, clues):
        match = directory.match(replace(clues, lms_id=""))
    if match.person is None and (members := directory.group(clues.name)):
        return [(member, f"group {member.group}") for member in members]
    if match.person is None and (member := directory.in_group(clues.name)) is not None:
        return [(member, f"name and group {member.group}")]
    return [(match.person or Person(), match.how)]


def _of_this_assignment(person: Person, clues: Person) -> bool:
    """Whether a roster's number is Moodle's of this assignment: from its worksheet, or borne out by the name."""
    return bool(person.time or person.late) or not person.name or same_name(clues.name, person.name)


def _numbered(clues: Person) -> bool:
    """Whether a name is squeezed as Canvas does it, so that the number is the better id."""
    return bool(clues.lms_id) and " " not in clues.name


def _unmatched(upload: Upload, clues: Person, why: str) -> CollectLine:
    who = clues.name or clues.login or clues.sis_id or clues.email or clues.student
    shown = printable(f"{who} {clues.lms_id}".strip(), 100)
    return CollectLine(
        "not matched",
        handed_in=upload.handed_in,
        late=upload.late,
        source=printable(upload.source),
        notes=(f"{shown}: {why}",),
    )


def _timed(upload: Upload, person: Person, context: ReaderContext) -> Upload:
    """The upload with what a grading worksheet of Moodle says about its time."""
    late = upload.late or bool(re.search(r"\blate\b", person.late))
    notes = upload.notes
    if "draft" in person.late.casefold():
        notes = (*notes, "a draft, not yet submitted")
    handed_in = upload.handed_in
    if handed_in is None and person.time.strip("- "):
        handed_in = moment(person.time, context.zone)
        if handed_in is None:
            notes = (*notes, f"time not understood: {printable(person.time, 60)}")
    return replace(upload, late=late, notes=notes, handed_in=handed_in)


# ---------------------------------------------------------------- what


def _put(
    shelf: Shelf, student: str, attempts: Sequence[_Attempt], recogniser: Recogniser, origin: Provenance
) -> CollectLine:
    """Put a student's latest attempt that holds the notebook in place; without any, the latest as it is."""
    ordered = sorted(attempts, key=lambda attempt: attempt.age, reverse=True)
    chosen, contents, notes = ordered[0], look_into(ordered[0].upload.parts, recogniser), []
    if contents.state != "notebook":
        for attempt in ordered[1:]:
            earlier = look_into(attempt.upload.parts, recogniser)
            if earlier.state == "notebook":
                why = "; ".join(contents.notes)
                notes.append(f"the latest attempt holds no notebook of the unit ({why}); an earlier one is taken")
                chosen, contents = attempt, earlier
                break
    notes += [f"another attempt, not graded: {_told(each)}" for each in ordered if each is not chosen]
    upload = chosen.upload
    record = replace(
        origin,
        source=upload.source,
        handed_in=upload.handed_in.astimezone(UTC).isoformat() if upload.handed_in else "",
        order=upload.order,
        late=upload.late,
        **{name: getattr(chosen.clues, name) for name in ("lms_id", "login", "email", "name")},
    )
    change, why = shelf.put(student, with_time(contents.files, upload.handed_in), record)
    everything = ([why] if why else []) + notes + [*upload.notes, *contents.notes]
    return _line(student, chosen, contents, change, _bounded(everything))


def _bounded(notes: Sequence[str]) -> tuple[str, ...]:
    """Notes in printable characters, each once, and not without end: a zip may hold thousands of odd names."""
    told = list(dict.fromkeys(printable(note, 400) for note in notes))
    more = [f"and {len(told) - MOST_NOTES} more"] if len(told) > MOST_NOTES else []
    return (*told[:MOST_NOTES], *more)


def _line(
    student: str, chosen: _Attempt, contents: Contents, change: ShelfChange, notes: tuple[str, ...]
) -> CollectLine:
    upload = chosen.upload
    return CollectLine(
        state="collected" if contents.state == "notebook" else contents.state,
        student=student,
        change=change,
        matched=chosen.how,
        notebook=printable(contents.notebook),
        handed_in=upload.handed_in,
        late=upload.late,
        source=printable(upload.source),
        notes=notes,
    )


def _told(attempt: _Attempt) -> str:
    when = f" of {attempt.handed_in:%Y-%m-%d %H:%M:%S}" if attempt.handed_in else ""
    return f"{printable(attempt.upload.source, 100)}{when}"


def _entries(report: CollectReport, archive: Archive, download: Download) -> None:
    """Tell every entry that became part of no submission."""
    report.lines += [CollectLine("refused", source=name, notes=(why,)) for name, why in archive.refused]
    report.lines += [
        CollectLine("not understood", source=printable(name), notes=(why,)) for name, why in download.strangers
    ]
    report.lines += [
        CollectLine("passed over", source=name, notes=("left by an operating system or an autosave",))
        for name in archive.passed_over
    ]
    report.lines += [
        CollectLine("passed over", source=printable(name), notes=("of another unit",))
        for name in download.passed_over
    ]
