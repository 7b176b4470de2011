"""From an archive of a learning platform to ``submitted/<student>/<unit>/``, and a report that drops nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from pathlib import Path

from grading.course import Course
from grading.errors import CourseError
from grading.intake.contents import Contents, look_into, notebook_path
from grading.intake.report import CollectLine, CollectReport
from grading.intake.same_people import people_of, told_before
from grading.intake.shelf import Provenance, Shelf, ShelfChange, open_shelf, with_time
from grading.intake.who import CLUES, Attempt, match_uploads, refuse_other_ids, times_of
from grading.lms import NO_TIME, READERS, ZONELESS, recognised
from grading.lms.archives import Archive, open_archive
from grading.lms.directory import Directory
from grading.lms.download import Download, ReaderContext
from grading.lms.roster import Person
from grading.printable import printable, printable_notes
from grading.submission.recogniser import Recogniser

NO_LIST = (
    "no list of the class, so students are called as {lms} calls them, and nobody is missing; --roster FILE, a "
    "list that the platform exports, says who they are"
)
MOST_NOTES = 30  # of one submission: a zip may hold thousands of odd names


def collect(
    course: Course,
    unit: str,
    path: Path,
    *,
    lms: str = "",
    roster: Path | None = None,
    force: bool = False,
    beside: bool = False,
) -> CollectReport:
    """Read an archive, match its uploads to students, and put each student's latest into ``submitted/``.

    Parameters
    ----------
    course, unit : Course, str
        Where to, and which unit's notebook is looked for.
    path : Path
        The downloaded zip, or the folder it was unpacked to.
    lms : str
        A key of `READERS`; empty if the archive tells.
    roster : Path or None
        A class list of the platform, for what it tells beside ``roster.csv``; without that file it says who is in
        the class. Without either, students are called as the platform calls them.
    force : bool
        Replace what is newer or was changed by hand, too.
    beside : bool
        Collect people even if they seem to have work in place under other ids.

    Raises
    ------
    CourseError
        If the archive or a list cannot be read, or the people have work in place under other ids; nothing is
        written then.
    """
    recogniser = Recogniser(course, course.unit(unit))
    people, notes = people_of(course, roster)
    with open_archive(path) as archive:
        context = ReaderContext(unit, course.units, course.timezone, people)
        lms, download = _read(path, lms, archive, context)
        report = CollectReport(unit, lms, path.name, len(people), notes=notes)
        times = times_of(people, context)
        directory = Directory(people) if people else None
        before = told_before(course, unit, lms, people)
        attempts = match_uploads(download, directory, before, times, report)
        if not beside:
            refuse_other_ids(course, unit, lms, attempts, roster)
        newest = f"{archive.newest:%Y-%m-%d %H:%M:%S}" if archive.newest else ""
        origin = Provenance(lms=lms, archive=path.name, newest=newest)
        with open_shelf(course.submissions, unit, force=force) as shelf:
            for student, tried in sorted(attempts.items()):
                report.lines.append(_put(shelf, student, tried, recogniser, origin))
    _report_missing(report, people)
    if not people:
        report.notes.append(NO_LIST.format(lms=lms))
    _report_entries(report, archive, download)
    _note_times(report, course)
    return report


def _read(path: Path, lms: str, archive: Archive, context: ReaderContext) -> tuple[str, Download]:
    """The archive's uploads, and whose archive it is."""
    if not lms and archive.entries:
        found = recognised(archive.entries, context)
        if not found:
            download = READERS["folder"](archive.entries, context)
            known = {clues.student for upload in download.uploads for clues in upload.who} & set(context.students)
            found = {"folder": download} if known else {}
        if len(found) != 1:
            which = " and ".join(found) or "no platform's"
            raise CourseError(
                f"{path}: it looks like {which}; say where it comes from: --lms {', '.join(READERS)}"
            )
        return next(iter(found.items()))
    download = READERS[lms or "folder"](archive.entries, context)
    if not download.uploads:
        raise CourseError(_nothing_found(path, lms, archive, context))
    return lms, download


def _report_missing(report: CollectReport, people: Sequence[Person]) -> None:
    """Name those of the roster from whom nothing came, nor anything that may be theirs."""
    seen = {student for line in report.lines for student in (line.student, *line.candidates)}
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
    if lms in ZONELESS and course.settings.timezone is None and has_times:
        report.notes.append(
            f"times of {lms} are read as UTC; say which zone they are in: timezone, in course.toml"
        )


def _nothing_found(path: Path, lms: str, archive: Archive, context: ReaderContext) -> str:
    """Say what the archive looks like instead."""
    if not archive.entries:
        if not archive.refused:
            return f"{path}: no file in it; download it again"
        name, why = archive.refused[0]
        cure = "unpack it with its password and give the folder" if why == "encrypted" else "download it again"
        return f"{path}: no file in it ({len(archive.refused)} refused: {name}, {why}); {cure}"
    others = [name for name in recognised(archive.entries, context) if name != lms]
    hint = (
        f"it looks like {others[0]}'s: --lms {others[0]}" if others else "is --lms right, is it the bulk download?"
    )
    first = printable(archive.entries[0].path, 100)
    return f"{path}: no file is named as {lms} names submissions (the first is {first}); {hint}"


# ---------------------------------------------------------------- what


def _put(
    shelf: Shelf, student: str, attempts: Sequence[Attempt], recogniser: Recogniser, origin: Provenance
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
        **{name: getattr(chosen.clues, name) or getattr(chosen.listed, name) for name in CLUES},
    )
    change, why = shelf.put(student, with_time(contents.files, upload.handed_in), record)
    everything = ([why] if why else []) + notes + [*upload.notes, *contents.notes]
    return _line(student, chosen, contents, change, printable_notes(everything, most=MOST_NOTES, length=400))


def _line(
    student: str, chosen: Attempt, contents: Contents, change: ShelfChange, notes: tuple[str, ...]
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


def _label(attempt: Attempt) -> str:
    when = f" of {attempt.handed_in:%Y-%m-%d %H:%M:%S}" if attempt.handed_in else ""
    return f"{printable(attempt.upload.source, 100)}{when}"
