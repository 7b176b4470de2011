"""The gradebook's cost: no look-up reads a whole table, and who needs no gradebook does not wait for one."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys

import pytest
from sqlalchemy import event

from grading.gradebook.writer import GradebookWriter
from grading.submission.results import CellMark, Result
from tests.grading.conftest import UNIT


def result(course, student, score=1.0):
    cells = json.loads(course.master(UNIT).read_text())["cells"]
    marks = [cell["metadata"].get("nbgrader", {}) for cell in cells]
    graded = [(mark["grade_id"], float(mark["points"])) for mark in marks if mark.get("grade")]
    return Result(
        student, UNIT, "f" * 32, "graded", None, tuple(CellMark(*each, score, "said") for each in graded)
    )


def scanned(course, asked):
    """Tables that any of the statements would read as a whole."""
    with sqlite3.connect(course.root / "gradebook.db") as database:
        plans = [database.execute(f"EXPLAIN QUERY PLAN {text}", values).fetchall() for text, values in asked]
    database.close()
    steps = [step[-1] for plan in plans for step in plan]
    return {step.split()[1] for step in steps if step.startswith("SCAN")}


def test_no_table_is_read_as_a_whole_to_enter_marks_again(course):
    class_of = [result(course, f"student-{number:02}") for number in range(5)]
    with GradebookWriter(course, UNIT) as book:
        book.record(class_of, times={}, changed={})
    asked = []

    def note(connection, cursor, statement, parameters, context, executemany):
        if not executemany and not statement.startswith("PRAGMA"):
            asked.append((statement, parameters))

    with GradebookWriter(course, UNIT) as book:
        event.listen(book._book.engine, "before_cursor_execute", note)
        assert len(book.marks(["student-03"])) == 1
        book.record(class_of, times={}, changed={})
    assert len(asked) == 4  # grades and comments: to look at the class, then for all of the batch at once
    assert scanned(course, asked) == set()


def test_marks_are_those_of_the_students_asked_for(course):
    with GradebookWriter(course, UNIT) as book:
        book.record([result(course, "student-01"), result(course, "student-02", 0.5)], times={}, changed={})
        marks = book.marks(["student-02", "student-09"])
    assert set(marks) == {"student-02"}
    assert {mark.auto for mark in marks["student-02"].values()} == {0.5}


@pytest.mark.parametrize(
    "modules",
    [
        pytest.param("grading.__main__", id="a command's help"),
        pytest.param("grading.intake.collect, grading.intake.report", id="collecting"),
        pytest.param("grading.autograde.run, grading.commands.console", id="grading, until the sandbox starts"),
    ],
)
def test_nbgrader_is_not_imported_for(modules):
    asked = f"import sys, {modules}; print(sorted({{'nbgrader', 'nbformat', 'sqlalchemy'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("[]\n", "")
