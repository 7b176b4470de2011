"""Whose each upload is: matched to the class by ids, else by names; with the time that a list tells."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from grading.course import Course
from grading.errors import CourseError
from grading.intake.report import CollectLine, CollectReport
from grading.intake.same_people import under_other_ids
from grading.intake.shelf import Provenance
from grading.lms.archives import UnreadableError
from grading.lms.directory import Directory, Match, same_name
from grading.lms.download import Download, ReaderContext, Upload
from grading.lms.moodle import moments
from grading.lms.roster import ROSTER, Person, merged
from grading.printable import counted, listed, printable
from grading.settings.moments import as_moment
from grading.student_ids import harmless_id

CLUES = ("lms_id", "login", "email", "name")
"""What a record beside the work keeps of whose it is."""
ROSTERS_ID = "add their lms_id to the roster"
CURES = {"moodle": "Moodle's worksheet (--roster) tells which is theirs"}
"""What tells a student's account from another of the same name."""


@dataclass(frozen=True)
class Attempt:
    """One upload of one student, and by what it was found to be theirs."""

    upload: Upload
    clues: Person
    person: Person
    how: str

    @property
    def handed_in(self) -> datetime | None:
        """When, if it is known."""
        return self.upload.handed_in

    @property
    def listed(self) -> Person:
        """What a list of this very upload, Moodle's worksheet, says of who it is from."""
        sure = self.how == "lms id" and self.person.of_one_assignment
        return Person(email=self.person.email) if sure else Person()

    @property
    def age(self) -> tuple[datetime, int]:
        """Grows with each attempt."""
        return (self.handed_in or datetime.min.replace(tzinfo=UTC), self.upload.order)


def refuse_other_ids(
    course: Course, unit: str, lms: str, attempts: Mapping[str, Sequence[Attempt]], roster: Path | None
) -> None:
    """Refuse to make two of everybody."""
    arriving = {
        student: Provenance(lms, **{name: getattr(tried[0].clues, name) for name in CLUES})
        for student, tried in attempts.items()
    }
    others = under_other_ids(course, unit, arriving, lambda student: _hashes_of(attempts[student]))
    if not others:
        return
    some = listed(f"{old} is {new}" for new, old in others.items())
    people = counted(len(others), "person has", "people have")
    cure = "'grading students match' gives all of them the ids of the roster"
    if not (course.root / ROSTER).exists():
        cure = (
            f"'grading students add --from {roster}', then {cure}"
            if roster
            else "'grading students rename OLD NEW'"
        )
    raise CourseError(
        f"{course.submissions}: {people} work in place under another id ({some}), so nothing was written; {cure}; "
        "--beside collects them as other people"
    )


def _hashes_of(tried: Sequence[Attempt]) -> set[str]:
    """Hash of each notebook that a student hands in."""
    parts = [part for attempt in tried for part in attempt.upload.parts]
    found = set()
    for part in parts:
        if part.name.endswith(".ipynb"):
            with suppress(UnreadableError):
                found.add(hashlib.sha256(part.entry.read()).hexdigest())
    return found


def match_uploads(
    download: Download,
    directory: Directory | None,
    before: Mapping[tuple[str, str], str],
    times: Mapping[str, datetime | None],
    report: CollectReport,
) -> dict[str, list[Attempt]]:
    """Attempts by student; uploads of nobody, or of two persons taken for one, are reported.

    `before` says whose work came under a number and name of the platform; it decides between people of one name.
    """
    attempts: dict[str, list[Attempt]] = defaultdict(list)
    for upload in download.uploads:
        for clues in upload.who:
            match = _listed(clues, directory, report.lms, before) if directory is not None else Match(None, "")
            for person, how in _persons(clues, directory, match):
                if not person.student:
                    report.lines.append(_unmatched(upload, clues, how, match.candidates))
                    continue
                attempts[person.student].append(Attempt(_timed(upload, person, times), clues, person, how))
    sure = {student: _of_one_account(student, theirs, before, report) for student, theirs in attempts.items()}
    return {student: theirs for student, theirs in sure.items() if theirs}


def _of_one_account(
    student: str, theirs: list[Attempt], before: Mapping[tuple[str, str], str], report: CollectReport
) -> list[Attempt]:
    """A student's attempts; of two accounts those of the one that was taken before, the others are reported."""
    accounts = {attempt.clues.lms_id or attempt.clues.login for attempt in theirs} - {""}
    if len(accounts) < 2 or any("group" in attempt.how for attempt in theirs):
        return theirs
    names = printable(", ".join(sorted(accounts)), 120)
    why = f"{len(accounts)} accounts fit {student} ({names}); {CURES.get(report.lms, ROSTERS_ID)}"
    kept = [each for each in theirs if before.get((each.clues.lms_id, each.clues.name)) == student]
    kept = kept if len({each.clues.lms_id for each in kept}) == 1 else []
    report.lines += [_unmatched(each.upload, each.clues, why, (student,)) for each in theirs if each not in kept]
    return kept


def _persons(clues: Person, directory: Directory | None, match: Match) -> list[tuple[Person, str]]:
    """Whom an upload is for: one student, or a group's members; a person without an id is nobody."""
    if directory is None:
        return [_as_called_by_platform(clues)]
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


def _listed(clues: Person, directory: Directory, lms: str, before: Mapping[tuple[str, str], str]) -> Match:
    """The person of the roster; a number of Moodle's that is of another assignment says nothing."""
    match = directory.match(clues)
    by_number = lms == "moodle" and match.how == "lms id"
    if by_number and match.person and not _of_this_assignment(match.person, clues):
        match = directory.match(replace(clues, lms_id=""))
    student = before.get((clues.lms_id, clues.name), "")
    if match.person is None and student and student in (match.candidates or (student,)):
        return replace(directory.match(Person(student=student)), how="number, as collected before")
    return (
        match
        if match.person is None or lms == "folder"
        else _borne_out(match, match.person, clues, directory, lms)
    )


def _borne_out(match: Match, person: Person, clues: Person, directory: Directory, lms: str) -> Match:
    """The match, unless number and name are two people's."""
    if match.how.startswith("name"):
        known = _number_there(person, lms)
        if known and clues.lms_id not in ("", known):
            why = f"has the name of {person.student}, whose number is {known}: another person or account"
            cure = "is the worksheet of this assignment?" if lms == "moodle" else "mend the roster"
            return Match(None, f"{why}; {cure}", (person.student,))
        return match
    named = directory.match(Person(name=clues.name)).person
    if named is None or named.student == person.student or same_name(clues.name, person.name or clues.name):
        return match
    why = f"by {match.how} it is {person.student}, by name {named.student}; mend the roster"
    return Match(None, why, (person.student, named.student))


def _number_there(person: Person, lms: str) -> str:
    """The number that a list gives the person on this very platform: the roster's is Canvas's."""
    return person.lms_id if (lms, person.of_one_assignment) in (("canvas", False), ("moodle", True)) else ""


def _of_this_assignment(person: Person, clues: Person) -> bool:
    """Whether a roster's number is Moodle's of this assignment: from its worksheet, or borne out by the name."""
    return person.of_one_assignment or not person.name or same_name(clues.name, person.name)


def _numbered(clues: Person) -> bool:
    """Whether a name is squeezed as Canvas does it, so that the number is the better id."""
    return bool(clues.lms_id) and " " not in clues.name


def _unmatched(upload: Upload, clues: Person, why: str, candidates: tuple[str, ...]) -> CollectLine:
    who = clues.name or clues.login or clues.sis_id or clues.email or clues.student
    label = printable(f"{who} {clues.lms_id}".strip(), 100)
    return CollectLine(
        "not matched",
        handed_in=upload.handed_in,
        late=upload.late,
        source=printable(upload.source),
        notes=(f"{label}: {why}",),
        candidates=candidates,
    )


def times_of(people: Sequence[Person], context: ReaderContext) -> dict[str, datetime | None]:
    """When each person handed in, by what a list says; None for a time that cannot be read."""
    told = {person.student: person.time for person in people if person.time.strip("- ")}
    plain = {student: as_moment(text, context.zone) for student, text in told.items()}
    rest = [student for student, when in plain.items() if when is None]
    return plain | dict(zip(rest, moments([told[student] for student in rest], context.zone), strict=True))


def _timed(upload: Upload, person: Person, times: Mapping[str, datetime | None]) -> Upload:
    """The upload with what a list, such as Moodle's grading worksheet, says about its time."""
    late = upload.late or bool(re.search(r"\blate\b", person.late))
    notes = upload.notes
    if "draft" in person.late.casefold():
        notes = (*notes, "a draft, not yet submitted")
    handed_in = upload.handed_in
    if handed_in is None and person.student in times:
        handed_in = times[person.student]
        if handed_in is None:
            notes = (*notes, f"time not understood: {printable(person.time, 60)}")
    return replace(upload, late=late, notes=notes, handed_in=handed_in)
