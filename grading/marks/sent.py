"""What has gone out: whose marks were exported and whose feedback was returned, in an append-only record."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from grading.course import Course
from grading.files import write_atomically
from grading.marks.class_marks import StudentMarks
from grading.marks.late import ON_TIME, Lateness
from grading.units.master import nbgrader_of, notebook_cells, source_of

What = Literal["exported", "returned"]


@dataclass(frozen=True)
class Sent:
    """One time that something of a unit went out.

    Parameters
    ----------
    unit : str
        The unit.
    what : {"exported", "returned"}
        Marks into a table, or feedback on its way to students.
    to : str
        Where: a format of ``export``, a platform, ``mail``.
    students : mapping of str to str
        Who, and what of theirs: the mark as it was written, or the hash of what a page tells (`page_tells`).
    when : str
        ISO format in UTC.
    pages : mapping of str to str
        The hash of each page that was returned.
    """

    unit: str
    what: What
    to: str
    students: Mapping[str, str]
    when: str
    pages: Mapping[str, str] = field(default_factory=dict)


def page_tells(course: Course, marks: StudentMarks, late: Lateness) -> str:
    """The hash of what a student reads on a page: marks, messages, comments, lateness, their own answers.

    It stays if a regrade changes nothing of these, and changes with a mark by hand, which changes no result.
    """
    result = marks.result
    earned = round(sum(cell.score or 0.0 for cell in marks.cells), 6)
    cells = [(cell.grade_id, cell.points, cell.score, cell.extra) for cell in marks.cells]
    messages = [(mark.message, list(mark.given)) for mark in result.marks]
    try:
        notebook = notebook_cells(course.autograded_notebook(result.student, result.unit))
        answers = [source_of(cell) for cell in notebook if nbgrader_of(cell).get("solution")]
    except (OSError, ValueError):
        answers = []
    late = ON_TIME if result.state == "missing" else late
    after = (late.note, late.apply(earned, result.points))
    told = [result.state, result.note, cells, messages, sorted(marks.comments.items()), after, answers]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def path_of_record(course: Course) -> Path:
    """The file, a line of JSON for each time."""
    return course.results / ".sent.jsonl"


def record(
    course: Course,
    unit: str,
    what: What,
    students: Mapping[str, str],
    *,
    to: str,
    pages: Mapping[str, str] | None = None,
) -> None:
    """Note that something went out; nothing is noted of nobody."""
    if not students:
        return
    now = datetime.now(UTC).isoformat(timespec="seconds")
    line = json.dumps(asdict(Sent(unit, what, to, dict(students), now, dict(pages or {}))), ensure_ascii=False)
    path = path_of_record(course)
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    try:
        size = os.fstat(file).st_size
        torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"  # a killed command's half a line
        os.write(file, f"{os.linesep if torn else ''}{line}\n".encode())
        os.fsync(file)
    finally:
        os.close(file)


def rewrite(course: Course, entries: Iterable[Sent]) -> None:
    """Replace the record: for students who are renamed, or whose data are deleted."""
    text = "".join(json.dumps(asdict(each), ensure_ascii=False) + "\n" for each in entries)
    if text or path_of_record(course).exists():
        write_atomically(path_of_record(course), text)


def sent(course: Course) -> list[Sent]:
    """All that went out, the earliest first; half a line of a killed command counts as nothing."""
    try:
        text = path_of_record(course).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    return list(_read(text))


def _read(text: str) -> Iterator[Sent]:
    for line in text.splitlines():
        try:
            entry: Any = json.loads(line)
            yield Sent(**entry)
        except (ValueError, TypeError):
            continue
