"""Which feedback may go out: pages of the present marks, final ones, of those who are in the class."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from grading.course import Course
from grading.intake.shelf import Provenance, provenance
from grading.lms.directory import Directory
from grading.lms.roster import Person, read_roster
from grading.marks.class_marks import ClassMarks, StudentMarks, class_marks
from grading.marks.mark_rows import submission_lateness
from grading.marks.sent import page_tells
from grading.printable import counted, printable
from grading.report.feedback import written_pages
from grading.units.places import unit_places

CLUES = ("lms_id", "login", "email", "name")
"""What an archive may say of who handed something in."""


@dataclass(frozen=True)
class Outgoing:
    """A page that may go out.

    Parameters
    ----------
    student, tells : str, str
        Whose, and the hash of what it tells (`grading.marks.sent.page_tells`).
    page : Path
        Where it lies in the course folder.
    html : bytes
        Its bytes.
    words : tuple of str
        The same in plain lines, for a comment or a message.
    person : Person
        What the roster tells of the student.
    origin : Provenance or None
        Where the submission came from.
    """

    student: str
    tells: str
    page: Path
    html: bytes
    words: tuple[str, ...]
    person: Person
    origin: Provenance | None

    @property
    def digest(self) -> str:
        """The hash of the page."""
        return hashlib.sha256(self.html).hexdigest()


@dataclass
class Handback:
    """The pages of a unit that may go out, and whose are held back and why."""

    unit: str
    title: str
    ready: list[Outgoing] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)


def prepare(
    course: Course,
    unit: str,
    students: Sequence[str] = (),
    section: str = "",
    *,
    roster: Path | None = None,
    partial: bool = False,
) -> Handback:
    """Write the pages of the present marks, and sort out which of them may go out.

    The caller keeps other commands out of the folder.

    Raises
    ------
    CourseError
        If nothing was graded yet, the record of marks disagrees, or the roster cannot be read.
    """
    marks = class_marks(course, unit, students, section)
    people = read_roster(roster) if roster is not None else []
    directory = Directory(people) if people else None
    listed = {person.student: person for person in people}
    handback = Handback(unit, unit_places(course, unit)[0])
    for student, each in marks.of.items():
        origin = provenance(course.submitted(student, unit))
        reason = _not_final(each, unit, stale=student in marks.stale, partial=partial)
        if not reason and directory is not None:
            reason = _another_than(student, listed.get(student), origin, directory)
        if reason:
            handback.held[student] = reason
    handback.ready = _pages(course, unit, marks, listed, [name for name in marks.of if name not in handback.held])
    return handback


def _pages(
    course: Course, unit: str, marks: ClassMarks, listed: Mapping[str, Person], students: Sequence[str]
) -> list[Outgoing]:
    lates = submission_lateness(course, unit, students)
    return [
        Outgoing(
            student=page.student,
            tells=page_tells(course, marks.of[page.student], lates[page.student][0]),
            page=page.path,
            html=page.html.encode(),
            words=tuple(in_words(page.content)),
            person=listed.get(page.student, Person(student=page.student)),
            origin=provenance(course.submitted(page.student, unit)),
        )
        for page in written_pages(course, unit, marks, students)
    ]


def _not_final(each: StudentMarks, unit: str, *, stale: bool, partial: bool) -> str:
    """Why a page is not final; empty if it is."""
    if stale:
        return f"handed in anew and not graded yet; run 'python -m grading autograde {unit}'"
    if each.troubles:
        return f"{'; '.join(each.troubles)}; mend it in formgrader"
    waiting = sum(cell.score is None for cell in each.cells)
    if waiting and not partial:
        answers = counted(waiting, "answer waits", "answers wait")
        return f"{answers} for a person (--partial sends the page as it is)"
    return ""


def _another_than(student: str, person: Person | None, origin: Provenance | None, directory: Directory) -> str:
    """Why, by the roster, the page may belong to another than `student`; empty if it is theirs.

    What the archive said of who handed in is asked one by one, so that two lines of the roster that were swapped
    or merged since are noticed whichever column they differ in. What a group handed in is each member's.
    """
    if person is None:
        return "not in the roster; if they are in the class, add them"
    if origin is None:
        return ""
    said = {name: getattr(origin, name) for name in CLUES if getattr(origin, name)}
    if origin.lms != "canvas":
        said.pop("lms_id", None)  # the roster's is Canvas's
    mates = _group(origin.name, directory)
    theirs = {student, *mates} if student in mates else {student}
    leads_here = student in theirs & mates or student in said.values() or not said
    for name, value in said.items():
        match = directory.match(replace(Person(), **{name: value})).person
        if match is None:
            continue
        if match.student not in theirs:
            return (
                f"came from {printable(value, 60)!r}, who is {match.student} in the roster; mend the roster, or "
                "collect again"
            )
        leads_here = True
    if not leads_here:
        who = printable(" ".join(said.values()), 80)
        return f"nothing in the roster says that {student} is {who!r}, who handed this in; mend the roster"
    return ""


def _group(name: str, directory: Directory) -> set[str]:
    """Members of the group that a name is of; nobody if it is a person's."""
    if not name or directory.match(Person(name=name)).person is not None:
        return set()
    member = directory.in_group(name)
    group = directory.group(name) or ([member] if member is not None else [])
    return {person.student for person in group}


def in_words(content: Mapping[str, Any]) -> list[str]:
    """What stands on a page, in plain lines: the mark, then each task with its points, verdict and comment."""
    before = f" ({content['before']} before the late policy)" if content["before"] else ""
    waiting = f", {content['waiting']} more to be marked by a person" if content["waiting"] else ""
    lines = [f"{content['title']}: {content['score']} of {content['points']} points{before}{waiting}."]
    if content["state"] != "graded":
        lines.append(f"{content['state'].capitalize()}: {content['note']}.")
    if content["late"]:
        lines.append(f"{content['late'][0].upper()}{content['late'][1:]}.")
    for item in content["items"]:
        said = [" ".join(text.split()) for text in (item.summary, item.comment and f"Comment: {item.comment}")]
        lines.append(" ".join([f"{item.title}: {item.points}.", *filter(None, said)]))
    return lines
