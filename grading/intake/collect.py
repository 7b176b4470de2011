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
from grading.intake.contents import Contents, look_into, notebook_path
from grading.intake.report import CollectLine, CollectReport
from grading.intake.shelf import Provenance, Shelf, ShelfChange, open_shelf, with_time
from grading.lms import READERS
from grading.lms.archives import Archive, open_archive
from grading.lms.download import Download, ReaderContext, Upload
from grading.lms.moodle import moment
from grading.lms.roster import Directory, Match, Person, merged, read_roster, same_name
from grading.printable import printable, printable_notes
from grading.student_ids import harmless_id
from grading.submission.recogniser import Recogniser

MOST_NOTES = 30  # of one submission: a zip may hold thousands of odd names
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
        context = ReaderContext(unit, course.units, course.timezone, _ids(people))
        download = READERS[lms](archive.entries, context)
        if not download.uploads:
            raise CourseError(_nothing_found(path, lms, archive, context))
        attempts = _match(download, Directory(people) if people else None, context, report)
        newest = f"{archive.newest:%Y-%m-%d %H:%M:%S}" if archive.newest else ""
        origin = Provenance(lms=lms, archive=path.name, newest=newest)
        with open_shelf(course.submissions, unit, force=force) as shelf:
            for student, tried in sorted(attempts.items()):
                report.lines.append(_put(shelf, student, tried, recogniser, origin))
    _report_missing(report, people)
    _report_entries(report, archive, download)
    _note_times(report, course)
    return report


def _ids(people: Sequence[Person]) -> set[str]:
    """Whatever an archive may call the people of a roster by."""
    ids = {value for person in people for value in (person.student, person.login, person.sis_id)}
    return ids - {""}


def _report_missing(report: CollectReport, people: Sequence[Person]) -> None:
    """Name those of the roster from whom nothing came."""
    seen = {line.student for line in report.lines}
    report.lines += [CollectLine("missing", person.student) for person in people if person.student not in seen]


def _report_entries(report: CollectReport, archive: Archive, download: Download) -> None:
    """Name every entry that became part of no submission."""
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


def _note_times(report: CollectReport, course: Course) -> None:
    """Say once what the platform does not tell about times, and in which zone its times are read."""
    lms = report.lms
    submissions = [line for line in report.lines if line.student and line.state != "missing"]
    if lms in NO_TIME and any(line.handed_in is None for line in submissions):
        report.notes.append(NO_TIME[lms])
    has_times = any(line.handed_in is not None for line in report.lines)
    if lms in ("moodle", "blackboard") and course.settings.timezone is None and has_times:
        report.notes.append(
            f"times of {lms} are read as UTC; say which zone they are in: timezone, in course.toml"
        )


def _nothing_found(path: Path, lms: str, archive: Archive, context: ReaderContext) -> str:
    """Say what the archive looks like instead."""
    if not archive.entries:
        refused = ""
        if archive.refused:
            name, why = archive.refused[0]
            refused = f" ({len(archive.refused)} refused: {name}, {why})"
        return f"{path}: no file in it{refused}; download it again"
    others = []
    for name in ("canvas", "moodle", "blackboard"):
        download = READERS[name](archive.entries, context)
        if name != lms and download.uploads and len(download.strangers) < len(archive.entries) / 2:
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
    attempts: dict[str, list[_Attempt]] = defaultdict(list)
    for upload in download.uploads:
        for clues in upload.who:
            for person, how in _persons(clues, directory, report.lms):
                if not person.student:
                    report.lines.append(_unmatched(upload, clues, how))
                    continue
                attempts[person.student].append(_Attempt(_timed(upload, person, context), clues, person, how))
    for student, theirs in list(attempts.items()):
        accounts = {attempt.clues.lms_id or attempt.clues.login for attempt in theirs} - {""}
        if len(accounts) > 1 and not any("group" in attempt.how for attempt in theirs):
            names = printable(", ".join(sorted(accounts)), 120)
            why = f"{len(accounts)} accounts fit {student} ({names}); add their lms_id to the roster"
            report.lines += [_unmatched(attempt.upload, attempt.clues, why) for attempt in theirs]
            del attempts[student]
    return attempts


def _persons(clues: Person, directory: Directory | None, lms: str) -> list[tuple[Person, str]]:
    """Whom an upload is for: one student, or a group's members; a person without an id is nobody."""
    if directory is None:
        return [_as_called_by_platform(clues)]
    match = _listed(clues, directory, lms)
    if match.person is not None:
        return [(match.person, match.how)]
    if members := directory.group(clues.name):
        return [(member, f"group {member.group}") for member in members]
    if (member := directory.in_group(clues.name)) is not None:
        return [(member, f"name and group {member.group}")]
    return [(Person(), match.how)]


def _as_called_by_platform(clues: Person) -> tuple[Person, str]:
    """Without a roster: the student under the first of the platform's ids that there is."""
    name = "" if _numbered(clues) else clues.name
    ids = (clues.student, clues.login, clues.sis_id, clues.email, name, clues.lms_id)
    student = next(filter(None, ids), "")
    if not harmless_id(student):
        return Person(), f"{printable(ascii(student), 60)} cannot name a folder; give a roster with --roster"
    return merged(Person(student=student), clues), "its own id, no roster"


def _listed(clues: Person, directory: Directory, lms: str) -> Match:
    """The person of the roster; a number of Moodle's that is of another assignment says nothing."""
    match = directory.match(clues)
    by_number = lms == "moodle" and match.how == "lms id"
    if by_number and match.person and not _of_this_assignment(match.person, clues):
        return directory.match(replace(clues, lms_id=""))
    return match


def _of_this_assignment(person: Person, clues: Person) -> bool:
    """Whether a roster's number is Moodle's of this assignment: from its worksheet, or borne out by the name."""
    return bool(person.time or person.late) or not person.name or same_name(clues.name, person.name)


def _numbered(clues: Person) -> bool:
    """Whether a name is squeezed as Canvas does it, so that the number is the better id."""
    return bool(clues.lms_id) and " " not in clues.name


def _unmatched(upload: Upload, clues: Person, why: str) -> CollectLine:
    who = clues.name or clues.login or clues.sis_id or clues.email or clues.student
    label = printable(f"{who} {clues.lms_id}".strip(), 100)
    return CollectLine(
        "not matched",
        handed_in=upload.handed_in,
        late=upload.late,
        source=printable(upload.source),
        notes=(f"{label}: {why}",),
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
    notes += [f"another attempt, not graded: {_label(each)}" for each in ordered if each is not chosen]
    upload = chosen.upload
    record = replace(
        origin,
        source=notebook_path(upload.parts, contents.notebook) or upload.source,
        handed_in=upload.handed_in.astimezone(UTC).isoformat() if upload.handed_in else "",
        order=upload.order,
        late=upload.late,
        **{name: getattr(chosen.clues, name) for name in ("lms_id", "login", "email", "name")},
    )
    change, why = shelf.put(student, with_time(contents.files, upload.handed_in), record)
    everything = ([why] if why else []) + notes + [*upload.notes, *contents.notes]
    return _line(student, chosen, contents, change, printable_notes(everything, most=MOST_NOTES, length=400))


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


def _label(attempt: _Attempt) -> str:
    when = f" of {attempt.handed_in:%Y-%m-%d %H:%M:%S}" if attempt.handed_in else ""
    return f"{printable(attempt.upload.source, 100)}{when}"
