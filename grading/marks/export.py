"""Marks of a unit as a table of our own: CSV or JSON, states and waiting answers named."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from grading.errors import CourseError
from grading.files import write_bytes_atomically
from grading.marks.mark_rows import MarkRow
from grading.tables import csv_text


def marks_csv(rows: Sequence[MarkRow], *, per: str = "check") -> str:
    """One row per student: state, score after and before the late penalty, each graded cell, note.

    An answer that waits for a person is empty, never 0.
    """
    cells = [cell.grade_id for cell in rows[0].cells] if per == "check" else []
    header = ["student", "state", "score", "raw", "points", "waiting", "late", *cells, "sandbox", "note"]
    table = []
    for row in rows:
        scores = [cell.score for cell in row.cells] if cells else []
        totals = [row.score, row.raw, row.points, row.waiting]
        table.append([row.student, row.state, *totals, row.lateness.note, *scores, row.sandbox, row.note])
    return csv_text(header, table)


def marks_json(unit: str, rows: Sequence[MarkRow], *, per: str = "check") -> str:
    """The same for programs; an answer that waits is null."""
    students = []
    for row in rows:
        record = {
            "student": row.student,
            "state": row.state,
            "score": row.score,
            "raw": row.raw,
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


def write_output(path: Path, data: bytes, *, force: bool) -> bool:
    """Write an exported file, but no other content over one that is there; return whether anything was written.

    Raises
    ------
    CourseError
        If the file exists with other content and `force` is not set.
    """
    if path.is_file() and path.read_bytes() == data:
        return False
    if path.exists() and not force:
        raise CourseError(f"{path}: exists with other content; --force replaces it, --output writes elsewhere")
    write_bytes_atomically(path, data)
    return True
