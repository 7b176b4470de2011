"""A plain folder or zip: ``student/...``, ``student/unit/...``, or ``student_unit.ipynb`` side by side."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from grading.lms.archives import Entry, UnreadableError
from grading.lms.download import Download, Part, ReaderContext, Upload, without_common_folder
from grading.lms.roster import Person
from grading.submission.read import TIMESTAMP


def read(entries: Sequence[Entry], context: ReaderContext) -> Download:
    """Group files by the folder they lie in, or by the id before the unit's name."""
    download = Download()
    files: dict[str, list[tuple[str, Entry]]] = defaultdict(list)
    for path, entry in _paths(entries, context):
        owner = _owner(path, context)
        if owner is None:
            why = f"neither in a student's folder nor named <student>_{context.unit}.ipynb"
            download.strangers.append((entry.path, why))
            continue
        student, rest = owner
        unit, _, inner = rest.partition("/")
        in_unit_folder = inner and unit in context.units
        if in_unit_folder and unit != context.unit:
            download.passed_over.append(entry.path)
        else:
            files[student].append((inner if in_unit_folder else rest, entry))
    download.uploads += [_upload(student, theirs) for student, theirs in files.items()]
    return download


def _paths(entries: Sequence[Entry], context: ReaderContext) -> list[tuple[str, Entry]]:
    """Paths that begin with a student: the one folder that holds all is left out unless it is a student's."""
    tops = {entry.path.partition("/")[0] for entry in entries}
    whole = [(entry.path, entry) for entry in entries]
    if len(tops) != 1 or tops & set(context.students):
        return whole
    stripped = without_common_folder(entries)
    one_student = all("/" not in path or path.partition("/")[0] in context.units for path, _ in stripped)
    if one_student and not any(_flat(path, context) for path, _ in stripped):
        return whole
    return stripped


def _owner(path: str, context: ReaderContext) -> tuple[str, str] | None:
    """Student, and the path in the student's folder; None if the path names nobody."""
    student, _, rest = path.partition("/")
    return (student, rest) if rest else _flat(path, context)


def _flat(path: str, context: ReaderContext) -> tuple[str, str] | None:
    """Student and file name of ``student_unit.ipynb``; the student may be any id of the roster."""
    if "/" in path:
        return None
    known = sorted(
        (s for s in context.students if path.casefold().startswith(s.casefold())), key=len, reverse=True
    )
    for student in known:
        rest = path[len(student) :]
        if rest.startswith(("_", "-", ".", " ")):
            return student, rest.lstrip("_-. ") if rest[0] != "." else f"{context.unit}{rest}"
    match = re.fullmatch(rf"(.+?)[_\- ]({re.escape(context.unit)}.*)", path, re.IGNORECASE)
    return (match[1], match[2]) if match else None


def _upload(student: str, files: Sequence[tuple[str, Entry]]) -> Upload:
    stamp = next((entry for rest, entry in files if rest == TIMESTAMP), None)
    handed_in = _time(stamp) if stamp is not None else None
    upload = Upload(
        who=(Person(student=student, name=student, login=student, sis_id=student, email=student),),
        parts=tuple(Part(rest, entry) for rest, entry in files if entry is not stamp),
        source=files[0][1].path,
        handed_in=handed_in,
    )
    if stamp is not None and handed_in is None:
        return replace(upload, notes=(f"{TIMESTAMP} holds no time",))
    return upload


def _time(entry: Entry) -> datetime | None:
    try:
        text = entry.read()[:100].decode("utf-8").strip().removesuffix(" UTC")
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (UnreadableError, ValueError):
        return None
