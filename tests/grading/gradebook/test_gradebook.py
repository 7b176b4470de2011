"""The gradebook's cost: no look-up reads a whole table, and who needs no gradebook does not wait for one."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys

import pytest
from nbgrader.api import Gradebook, InvalidEntry, MissingEntry
from sqlalchemy import event
from sqlalchemy.exc import DatabaseError, OperationalError

from grading.errors import CourseError
from grading.gradebook.writer import GradebookWriter, marked_students
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


ERRORS = [
    InvalidEntry("(sqlite3.OperationalError) database is locked\n[SQL: ...]"),
    MissingEntry("No such assignment: borrowing"),
    OperationalError("INSERT ...", {}, sqlite3.OperationalError("database or disk is full")),
    DatabaseError("SELECT ...", {}, sqlite3.DatabaseError("database disk image is malformed")),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("where", ["update_or_create_assignment", "find_notebook", "students"])
def test_what_nbgrader_and_sqlalchemy_raise_becomes_one_line(course, monkeypatch, where, error):
    with GradebookWriter(course, UNIT) as book:
        book.record([result(course, "student-01")], times={}, changed={})

    def refuse(*args, **kwargs):
        raise error

    monkeypatch.setattr(Gradebook, where, property(refuse) if where == "students" else refuse)
    with pytest.raises(CourseError, match=r"the gradebook sqlite:.* cannot be used \(") as caught:
        GradebookWriter(course, UNIT)
    assert len(str(caught.value).splitlines()) == 1


def test_a_batch_that_is_refused_is_one_line_and_nothing_of_it_is_entered(course, monkeypatch):
    with GradebookWriter(course, UNIT) as book:
        book.record([result(course, "student-01", 0.5)], times={}, changed={})
        monkeypatch.setattr(book, "_note_times", lambda times: (_ for _ in ()).throw(ERRORS[2]))
        with pytest.raises(CourseError, match=r"disk is full: free some space.*run the command again"):
            book.record([result(course, "student-01", 1.0)], times={}, changed={})
        assert {mark.auto for mark in book.marks(["student-01"])["student-01"].values()} == {0.5}


def test_who_has_marks_is_nobody_without_a_gradebook_or_of_another_unit(course):
    assert marked_students(course, UNIT) == set()
    assert not (course.root / "gradebook.db").exists()
    with GradebookWriter(course, UNIT) as book:
        book.record([result(course, "student-01")], times={}, changed={})
        book._book.add_student("student-02")
    assert marked_students(course, UNIT) == {"student-01"}
    assert marked_students(course, "spread") == set()


def test_a_killed_commands_half_made_gradebook_is_removed(course):
    left = course.root / "gradebook.db.new-12345"
    left.write_bytes(b"half")
    with GradebookWriter(course, UNIT):
        pass
    assert not left.exists()


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
