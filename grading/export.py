"""Marks of a unit as a table: one row per student, states and waiting answers named."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from grading.course import Course
from grading.errors import CourseError
from grading.gradebook import GradebookWriter
from grading.results import ResultStore, write_atomically


def write_csv(course: Course, unit: str, path: Path) -> int:
    """Write ``student, state, score, points, waiting, <each graded cell>, sandbox, note``; return the row count.

    A mark given by hand counts before the automatic one. A student whom the gradebook knows but who handed in
    nothing is ``missing``. An answer that waits for a person is empty, never 0.
    """
    results = ResultStore(course.root / "results" / unit).latest()
    if not results:
        raise CourseError(f"no graded submission of {unit} yet; run 'python -m grading autograde {unit}'")
    with GradebookWriter(course, unit) as book:
        students = sorted(book.students() | set(results))
        stored = book.marks(students)
    cells = [mark.grade_id for mark in next(iter(results.values())).marks]
    points = {mark.grade_id: mark.points for mark in next(iter(results.values())).marks}
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["student", "state", "score", "points", "waiting", *cells, "sandbox", "note"])
    for student in students:
        result = results.get(student)
        auto = {mark.grade_id: mark.score for mark in result.marks} if result else {}
        row: list[str] = []
        total, waiting = 0.0, 0
        for cell in cells:
            mark = stored.get(student, {}).get(cell)
            score = mark.manual if mark is not None and mark.manual is not None else auto.get(cell, 0.0)
            total += score or 0.0
            waiting += score is None
            row.append("" if score is None else f"{score:g}")
        state = result.state if result else "missing"
        note = result.note if result else "nothing handed in"
        sandbox = result.sandbox if result else ""
        table.writerow(
            [_cell(student), state, f"{total:g}", f"{sum(points.values()):g}", waiting, *row, sandbox, _cell(note)]
        )
    write_atomically(path, text.getvalue())
    return len(students)


def _cell(text: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
