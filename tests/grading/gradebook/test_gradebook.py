"""The gradebook's cost: no look-up reads a whole table, and who needs no gradebook does not wait for one."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import nbgrader
import pytest
from nbgrader.api import Gradebook, InvalidEntry, MissingEntry
from sqlalchemy import event
from sqlalchemy.exc import DatabaseError, OperationalError

from grading.errors import CourseError
from grading.gradebook.schema import schema_version
from grading.gradebook.writer import GradebookWriter, _enter_mark, marked_students
from grading.oddities import Oddity
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
    ("before", "by_hand", "waits", "score", "written", "changed", "asked"),
    [
        pytest.param(None, None, False, 0.5, False, False, False, id="a first mark"),
        pytest.param(None, None, False, None, True, False, True, id="a first written answer"),
        pytest.param(None, None, False, 0.0, False, False, False, id="a first zero"),
        pytest.param(0.5, None, True, 1.0, False, True, False, id="nobody has marked it"),
        pytest.param(0.5, 2.0, False, 0.5, False, False, False, id="a mark by hand that nothing touches"),
        pytest.param(0.5, 2.0, False, 1.0, False, False, True, id="the machine's mark moved beneath one by hand"),
        pytest.param(0.5, 2.0, False, 0.5, False, True, True, id="the answer changed beneath one by hand"),
        pytest.param(None, 2.0, False, None, True, False, False, id="a written answer as it was"),
        pytest.param(None, 2.0, False, None, True, True, True, id="a written answer that changed"),
        pytest.param(None, 2.0, True, None, True, False, True, id="a written answer that waits already"),
        pytest.param(0.5, 2.0, True, 0.5, False, False, True, id="a mark that waits already"),
        pytest.param(None, 0.0, False, None, True, True, True, id="a zero by hand is a mark"),
    ],
)
def test_a_person_is_asked_where_one_has_to_look(before, by_hand, waits, score, written, changed, asked):
    grade = SimpleNamespace(auto_score=before, manual_score=by_hand, needs_manual_grade=waits)
    _enter_mark(grade, CellMark("a", 3.0, score, "said", written=written), changed)
    assert (grade.auto_score, grade.manual_score, bool(grade.needs_manual_grade)) == (score, by_hand, asked)


def test_what_was_entered_is_there_for_nbgrader_and_for_us(course):
    handed_in = datetime(2026, 10, 1, 12, tzinfo=UTC)
    late = replace(result(course, "student-02", 0.25), state="timed out", cause=Oddity("out of time", "task"))
    with GradebookWriter(course, UNIT) as book:
        assert (book.students(), book.marks(["student-01"]), book.private_names()) == (set(), {}, [])
        book._book.add_student("student-01", first_name="Ada", last_name="Byron", email="ada@example.org")
    with GradebookWriter(course, UNIT) as book:
        book.record(
            [result(course, "student-01"), late], times={"student-01": handed_in, "student-02": None}, changed={}
        )
        assert book.students() == {"student-01", "student-02"}
        assert book.private_names() == ["Ada", "Byron", "ada@example.org"]
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}") as theirs:
        first, second = (theirs.find_submission(UNIT, f"student-0{n}") for n in (1, 2))
        assert (first.timestamp, second.timestamp) == (handed_in.replace(tzinfo=None), None)
        comments = [{comment.auto_comment for comment in of.notebooks[0].comments} for of in (first, second)]
        assert comments == [{"said", None}, {f"Timed out: {late.note}"}]
        first.notebooks[0].grades[0].extra_credit = 0.5
        for comment in first.notebooks[0].comments:
            comment.manual_comment = f"of {comment.name}"
        theirs.db.commit()
    with GradebookWriter(course, UNIT, look_only=True) as book:
        marks = book.marks(["student-01"])["student-01"]
    assert {name: (mark.points, mark.auto, mark.manual) for name, mark in marks.items()} == {
        mark.grade_id: (mark.points, 1.0, None) for mark in result(course, "x").marks
    }
    assert sorted(mark.extra for mark in marks.values())[-2:] == [0.0, 0.5]
    written = {"draw_shrinkage", "who_moves_most", "when_not_to_borrow"}
    assert {name: mark.comment for name, mark in marks.items() if mark.comment} == {n: f"of {n}" for n in written}
    with pytest.raises(CourseError, match=r"knows no unit spread; run .* autograde spread"):
        GradebookWriter(course, "spread", look_only=True)


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


@pytest.mark.parametrize("what", ["_comments", "_grades"])
def test_marks_that_cannot_be_read_are_one_line(course, monkeypatch, what):
    def refuse(book):
        raise ERRORS[3]

    with GradebookWriter(course, UNIT) as book:
        monkeypatch.setattr(GradebookWriter, what, refuse)
        with pytest.raises(
            CourseError, match=r"the gradebook sqlite:.* cannot be used \(.*restore it from a backup"
        ):
            book.marks([])


def test_who_has_marks_is_nobody_without_a_gradebook_or_of_another_unit(course):
    assert marked_students(course, UNIT) == set()
    assert not (course.root / "gradebook.db").exists()
    with GradebookWriter(course, UNIT) as book:
        whole = result(course, "student-03")
        begun = replace(whole, marks=(*whole.marks[1:], replace(whole.marks[0], score=None)))
        book.record([result(course, "student-01"), begun], times={}, changed={})
        book._book.add_student("student-02")
    assert marked_students(course, UNIT) == {"student-01", "student-03"}
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


def test_the_tables_have_the_version_that_alembic_tells():
    from alembic.script import ScriptDirectory

    folder = Path(nbgrader.__file__).with_name("alembic")
    assert schema_version() == ScriptDirectory(str(folder)).get_current_head()


def test_nbgraders_servers_are_imported_only_if_they_are_loaded():
    asked = (
        "import sys; from grading.nbgrader_bridge import import_nbgrader; import_nbgrader(); "
        "import grading.gradebook.writer, nbgrader; "
        "print({'nbgrader.exchange', 'bs4', 'requests', 'setuptools'} & set(sys.modules)); "
        "import nbgrader.server_extensions.formgrader as real; "
        "real.load_jupyter_server_extension = print; nbgrader.load_formgrader('loaded')"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("set()\nloaded\n", "")
