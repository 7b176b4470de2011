"""What has gone out: whose marks were exported and whose feedback was returned, in an append-only record."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from grading.course import Course
from grading.files import write_atomically

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
        Who, and what of theirs: the mark as it was written, or the fingerprint of the result that a page tells.
    when : str
        ISO format in UTC.
    pages : mapping of str to str
        The hash of each page that was returned: a mark by hand changes the page and not the result.
    """

    unit: str
    what: What
    to: str
    students: Mapping[str, str]
    when: str
    pages: Mapping[str, str] = field(default_factory=dict)


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
