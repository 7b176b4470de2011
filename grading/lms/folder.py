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
    paths = [(entry.path, entry) for entry in entries]
    tops = {path.partition("/")[0] for path, _ in paths}
    if len(tops) == 1 and not tops & set(context.students):
        stripped = without_common_folder(entries)
        lone = all("/" not in path or path.partition("/")[0] in context.units for path, _ in stripped)
        if not lone or any(_flat(path, context) for path, _ in stripped):  # else it is one student's folder
            paths = stripped
    download = Download()
    found: dict[str, list[tuple[str, Entry]]] = defaultdict(list)
    for path, entry in paths:
        student, _, rest = path.partition("/")
        if not rest:
            flat = _flat(path, context)
            if flat is None:
                download.strangers.append(
                    (entry.path, f"neither in a student's folder nor named <student>_{context.unit}.ipynb")
                )
                continue
            student, rest = flat
        unit, _, inner = rest.partition("/")
        if inner and unit in context.units:
            if unit != context.unit:
                download.passed_over.append(entry.path)
                continue
            rest = inner
        found[student].append((rest, entry))
    for student, files in found.items():
        download.uploads.append(_upload(student, files))
    return download


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
