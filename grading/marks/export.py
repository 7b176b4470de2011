"""Marks of a unit as a table of our own: CSV or JSON, states and waiting answers named."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

from grading.course import Course
from grading.errors import CourseError
from grading.files import write_atomically, write_bytes_atomically
from grading.marks.mark_rows import MarkRow
from grading.tables import csv_text

EXPORTED = ".exported.json"
"""In ``results/``: which files exports wrote."""
TOLD = ("name", "email", "section")
"""What a table tells of a student beside the id, if the roster has it."""


def marks_csv(rows: Sequence[MarkRow], *, per: str = "check") -> str:
    """One row per student: state, score after and before the late penalty, each graded cell, note.

    An answer that waits for a person is empty, never 0, and so is a score that is none yet. Names, addresses and
    sections are there if the roster has them.
    """
    told = [name for name in TOLD if any(getattr(row.person, name) for row in rows)]
    cells = list(dict.fromkeys(cell.grade_id for row in rows for cell in row.cells)) if per == "check" else []
    header = ["student", *told, "state", "score", "raw", "points", "waiting", "late", *cells, "sandbox", "note"]
    table = []
    for row in rows:
        by_cell = {cell.grade_id: cell.score for cell in row.cells}
        scores = [by_cell.get(cell) for cell in cells]
        score, raw = (None, None) if row.to_grade else (row.score, row.raw)
        totals = [score, raw, row.points, row.waiting]
        about = [getattr(row.person, name) for name in told]
        table.append([row.student, *about, row.state, *totals, row.lateness.note, *scores, row.sandbox, row.note])
    return csv_text(header, table)


def marks_json(unit: str, rows: Sequence[MarkRow], *, per: str = "check") -> str:
    """The same for programs; an answer that waits is null."""
    students = []
    for row in rows:
        about = {name: text for name in TOLD if (text := getattr(row.person, name))}
        record = {
            "student": row.student,
            **about,
            "state": row.state,
            "score": None if row.to_grade else row.score,
            "raw": None if row.to_grade else row.raw,
            "points": row.points,
            "waiting": row.waiting,
            "late": row.lateness.note,
            "handed_in": row.handed_in.isoformat() if row.handed_in else None,
            "note": row.note,
        }
        if per == "check":
            record["checks"] = {cell.grade_id: {"score": cell.score, "points": cell.points} for cell in row.cells}
        students.append(record)
    return json.dumps({"unit": unit, "students": students}, indent=1, ensure_ascii=False) + "\n"


def write_output(course: Course, path: Path, data: bytes, *, force: bool) -> bool:
    """Write an exported file; return whether anything was written.

    A file that an export wrote and nobody has changed since is replaced; it is known by its hash, which is noted
    before it is written.

    Raises
    ------
    CourseError
        If the file has other content than any export gave it, and `force` is not set.
    """
    noted = _noted(course)
    key = os.path.relpath(path.resolve(), course.root.resolve())
    there = _hash(path.read_bytes()) if path.is_file() else None
    if path.exists() and there not in (_hash(data), *noted.get(key, ())) and not force:
        raise CourseError(
            f"{path}: exists and is not as an export left it; --force replaces it, --output writes elsewhere"
        )
    noted[key] = [_hash(data)] if there is None else [there, _hash(data)]
    write_atomically(course.results / EXPORTED, json.dumps(noted, indent=1) + "\n")
    if there == _hash(data):
        return False
    write_bytes_atomically(path, data)
    return True


def _noted(course: Course) -> dict[str, list[str]]:
    """Hashes of what exports wrote, by path; none if that is not known."""
    try:
        noted = json.loads((course.results / EXPORTED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
