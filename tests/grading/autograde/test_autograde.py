"""Grading a class: states, resuming, regrading, marks given by hand, one core behind every command."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

import grading.autograde.executors as executors
import grading.autograde.run as grading_autograde
import grading.gradebook.schema as gradebook_tables
from grading.__main__ import main
from grading.autograde.run import autograde
from grading.errors import CourseError
from grading.gradebook.writer import GradebookWriter
from grading.oddities import Oddity
from grading.sandbox import SiblingParent, warm
from grading.submission.read import read_folder
from grading.submission.recogniser import Recogniser
from grading.submission.results import ResultStore
from grading.units.unit import load_unit
from tests.grading.conftest import ROOT, UNIT, cell, hand_in, make_course, released, solved, with_cell


def wrong_weights(notebook):
    entry = cell(notebook, "partial_pooling")
    entry["source"] = entry["source"].replace("tau2 / (tau2 +", "1 - tau2 / (tau2 +")
    return notebook


def scores(course):
    with GradebookWriter(course, UNIT) as book:
        marks = book.marks(book.students())
    return {student: {name: mark.auto for name, mark in found.items()} for student, found in marks.items()}


def exported(course):
    """Rows of the exported table, by student."""
    assert main(["--course", str(course.root), "export", "--unit", UNIT]) == 0
    with (course.root / "results" / f"{UNIT}.csv").open() as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def small_class(course, size=4):
    for number in range(size):
        hand_in(course, f"student-{number:02}", [solved, released][number % 2]())
    return course


def set_manual(course, student, name, score, comment=""):
    """What formgrader does when a person marks an answer."""
    from nbgrader.api import Gradebook

    from grading.gradebook.writer import database_url

    with Gradebook(database_url(course), "test-course") as book:
        grade = book.find_grade(name, UNIT, UNIT, student)
        grade.manual_score, grade.needs_manual_grade = score, False
        book.find_comment(name, UNIT, UNIT, student).manual_comment = comment
        book.db.commit()


def test_right_and_empty_answers(course):
    summary = autograde(small_class(course), UNIT)
    assert [result.score for result in summary.results] == [20, 0, 20, 0]
    assert [result.state for result in summary.results] == ["graded"] * 4


def test_a_misconception_is_named_in_the_marks_and_under_the_cell(course):
    hand_in(course, "student-01", wrong_weights(solved()))
    result = autograde(course, UNIT).results[0]
    mark = next(mark for mark in result.marks if mark.grade_id == "test_partial_pooling")
    assert mark.misconception == "pooling_swapped_weights"
    assert 0 < mark.score < mark.points
    kept = (course.root / "autograded" / "student-01" / UNIT / f"{UNIT}.ipynb").read_text()
    assert "The two weights are swapped" in kept


def test_a_second_run_keeps_what_was_graded_and_gives_the_same_marks(course):
    first = autograde(small_class(course), UNIT)
    before = scores(course)
    second = autograde(course, UNIT)
    assert second.reused == 4
    assert second.results == first.results
    assert scores(course) == before


def test_a_regrade_gives_the_same_marks(course):
    autograde(small_class(course), UNIT)
    before = scores(course)
    again = autograde(course, UNIT, regrade=True)
    assert again.reused == 0
    assert again.changes == []
    assert scores(course) == before


def test_two_jobs_give_the_marks_of_one(course, tmp_path):
    other = make_course(tmp_path / "other")
    (course.root / ".course_secret").write_text("s" * 64)
    (other.root / ".course_secret").write_text("s" * 64)
    autograde(small_class(course, 6), UNIT)
    autograde(small_class(other, 6), UNIT, jobs=2)
    assert scores(course) == scores(other)


def test_a_mark_given_by_hand_survives_a_regrade(course):
    hand_in(course, "student-01", solved())
    autograde(course, UNIT)
    set_manual(course, "student-01", "who_moves_most", 2.5, "see page 3")
    autograde(course, UNIT, regrade=True)
    with GradebookWriter(course, UNIT) as book:
        mark = book.marks(["student-01"])["student-01"]["who_moves_most"]
    assert (mark.manual, mark.needs_manual, mark.comment) == (2.5, False, "see page 3")


def test_a_changed_answer_asks_the_person_again(course):
    hand_in(course, "student-01", solved())
    autograde(course, UNIT)
    set_manual(course, "student-01", "who_moves_most", 2.5)
    notebook = solved()
    cell(notebook, "who_moves_most")["source"] = "Quite another answer."
    hand_in(course, "student-01", notebook)
    autograde(course, UNIT)
    with GradebookWriter(course, UNIT) as book:
        marks = book.marks(["student-01"])["student-01"]
    assert (marks["who_moves_most"].manual, marks["who_moves_most"].needs_manual) == (2.5, True)


def test_an_untouched_written_answer_needs_no_reader(course):
    hand_in(course, "student-01", released())
    result = autograde(course, UNIT).results[0]
    assert {mark.grade_id: mark.score for mark in result.marks if mark.written} == {
        "draw_shrinkage": 0.0,
        "who_moves_most": 0.0,
        "when_not_to_borrow": 0.0,
    }


def test_a_garbage_timestamp_costs_nothing(course):
    hand_in(course, "student-01", solved(), timestamp__txt=b"\xff\xfe not a time")
    assert autograde(course, UNIT).results[0].score == 20


def test_what_was_earned_before_a_crash_is_kept(course):
    notebook = solved()
    cell(notebook, "partial_pooling")["source"] += "\nimport os\nos._exit(1)"
    hand_in(course, "student-01", notebook)
    result = autograde(course, UNIT).results[0]
    assert (result.state, result.score) == ("crashed", 8.0)
    assert result.note.startswith("in partial_pooling: ")


def test_states_are_in_the_gradebook_and_the_export(course):
    from nbgrader.api import Gradebook

    from grading.gradebook.writer import database_url

    hand_in(course, "student-01", b"no notebook")
    hand_in(course, "student-02", None)
    autograde(course, UNIT)
    with Gradebook(database_url(course), "test-course") as book:
        comment = book.find_comment("who_moves_most", UNIT, UNIT, "student-01")
        assert comment.auto_comment.startswith("Malformed: borrowing.ipynb: not JSON")
        book.add_student("student-03")
    assert {student: row["state"] for student, row in exported(course).items()} == {
        "student-01": "malformed",
        "student-02": "missing",
        "student-03": "missing",
    }


def test_a_written_answer_that_waits_is_empty_in_the_export(course):
    hand_in(course, "student-01", solved())
    autograde(course, UNIT)
    row = exported(course)["student-01"]
    assert (row["who_moves_most"], row["waiting"], row["score"]) == ("", "3", "20")


def test_a_large_machine_gets_a_sibling_for_each_of_its_workers(course):
    setting = executors.GraderSetup(load_unit(course, UNIT), course.student_python)
    with executors.sandbox(setting, 100) as shared:
        given = [SiblingParent(shared.mode, shared.sibling(slot)) for slot in range(100)]
        for one in (given[0], given[-1]):
            with executors.sandbox(setting, 1, one) as box, box.session() as session:
                assert session.run_cell("1").status == "ok"
        for one in given[1:-1]:
            one.control.close()


@pytest.mark.cold_start
def test_workers_grade_without_a_sibling_if_the_shared_parent_is_gone(course, monkeypatch):
    monkeypatch.setattr(
        executors.Sandbox, "sibling", lambda self, slot: (_ for _ in ()).throw(CourseError("gone"))
    )
    summary = autograde(small_class(course), UNIT, jobs=2)
    assert [result.score for result in summary.results] == [20, 0, 20, 0]


def nbgrader(course, *words):
    environment = {**os.environ, "PATH": f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        ["nbgrader", *words], cwd=course.root, env=environment, capture_output=True, text=True, check=False
    )


def test_nbgrader_autograde_gives_the_very_same_marks(course, tmp_path):
    other = make_course(tmp_path / "other")
    for each in (course, other):
        (each.root / ".course_secret").write_text("s" * 64)
        small_class(each)
        hand_in(each, "student-09", wrong_weights(solved()))
    autograde(course, UNIT)
    done = nbgrader(other, "autograde", UNIT)
    assert done.returncode == 0, done.stderr
    assert scores(other) == scores(course)
    done = nbgrader(other, "generate_feedback", UNIT)
    assert done.returncode == 0, done.stderr
    assert "The two weights are swapped" in (
        other.root / "feedback" / "student-09" / UNIT / f"{UNIT}.html"
    ).read_text(encoding="utf-8")


def test_nbgrader_names_an_unknown_student(course):
    small_class(course, 1)
    done = nbgrader(course, "autograde", UNIT, "--student", "nobody")
    assert done.returncode != 0
    assert "matches student 'nobody'" in done.stderr


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(
            lambda c: shutil.rmtree(c.root / "submitted"), "put each submission into", id="no submitted/"
        ),
        pytest.param(lambda c: c.master(UNIT).unlink(), "python -m grading build", id="unit not built"),
        pytest.param(lambda c: c.master(UNIT).write_text("{"), "build' again", id="master damaged"),
        pytest.param(
            lambda c: c.hidden_tests(UNIT).unlink(), "a unit's checks belong there", id="no hidden tests"
        ),
        pytest.param(
            lambda c: (c.root / "course.toml").write_text("units = ["), "not valid TOML", id="bad settings"
        ),
        pytest.param(
            lambda c: (c.root / "course.toml").write_text(
                (c.root / "course.toml").read_text().replace("memory_mb = 512", "memory_mb = -1")
            ),
            "give a positive number",
            id="a negative limit",
        ),
        pytest.param(
            lambda c: (c.root / "course.toml").write_text(
                (c.root / "course.toml").read_text().replace("cell_seconds", "cell_secs")
            ),
            "[limits] cell_secs: there is no such key",
            id="an unknown limit",
        ),
        pytest.param(
            lambda c: (c.root / "gradebook.db").write_bytes(b"not a database, whatever it says here" * 100),
            "cannot be used",
            id="a damaged gradebook",
        ),
    ],
)
def test_trouble_is_one_line_with_a_cure_and_no_result_is_lost(course, capsys, spoil, words):
    small_class(course, 1)
    spoil(course)
    assert main(["--course", str(course.root), "autograde", UNIT]) == 1
    error = capsys.readouterr().err.strip()
    assert len(error.splitlines()) == 1
    assert words in error


def test_exit_codes_tell(course, capsys):
    hand_in(course, "student-01", solved())
    assert main(["--course", str(course.root), "autograde", UNIT]) == 0
    hand_in(course, "student-02", b"no notebook")
    assert main(["--course", str(course.root), "autograde", UNIT]) == 3
    assert "student-02: borrowing.ipynb: not JSON" in capsys.readouterr().out


def test_feedback_before_grading_says_what_to_do(course, capsys):
    assert main(["--course", str(course.root), "feedback", UNIT]) == 1
    assert "run 'python -m grading autograde" in capsys.readouterr().err


@pytest.mark.cold_start
def test_no_sandbox_no_grading(course, monkeypatch):
    from grading.sandbox import modes

    def refuse(*args, **kwargs):
        raise CourseError("no sandbox here; install bubblewrap")

    monkeypatch.setattr(modes, "likeliest", lambda *_, **__: None)
    monkeypatch.setattr(modes, "required", refuse)
    small_class(course, 1)
    with pytest.raises(CourseError, match="install bubblewrap"):
        autograde(course, UNIT)


def test_unsafe_is_recorded_beside_the_marks(course):
    hand_in(course, "student-01", solved())
    assert autograde(course, UNIT, unsafe=True).results[0].sandbox == "unsafe"
    main(["--course", str(course.root), "export", "--unit", UNIT])
    assert ",unsafe," in (course.root / "results" / f"{UNIT}.csv").read_text()


def test_a_new_gradebook_is_one_that_nbgrader_takes_for_its_own(course, tmp_path, monkeypatch):
    from nbgrader.api import Gradebook

    monkeypatch.setenv("PATH", f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}")  # it starts alembic
    hand_in(course, "student-01", solved())
    autograde(course, UNIT)
    Gradebook(f"sqlite:///{tmp_path / 'theirs.db'}", "test-course").close()

    def schema(path):
        with sqlite3.connect(path) as database:
            tables = sorted(
                database.execute("select name, sql from sqlite_master where name != 'alembic_version'")
            )
            return tables, database.execute("select version_num from alembic_version").fetchall()

    assert schema(course.root / "gradebook.db") == schema(tmp_path / "theirs.db")


def test_handing_in_an_earlier_notebook_again_shows_that_one(course):
    first, second = solved(), solved()
    cell(first, "who_moves_most")["source"] = "ANSWER A"
    cell(second, "who_moves_most")["source"] = "ANSWER B"
    for notebook in (first, second, first):
        hand_in(course, "student-01", notebook)
        autograde(course, UNIT)
    kept = (course.root / "autograded" / "student-01" / UNIT / f"{UNIT}.ipynb").read_text()
    assert "ANSWER A" in kept
    assert "ANSWER B" not in kept


def test_a_folder_that_cannot_be_read_stops_nobody(course, monkeypatch):
    small_class(course, 3)
    right = grading_autograde.read_folder

    def faulty(folder, student, unit):
        if student == "student-01":
            raise OSError("the disk does not answer")
        return right(folder, student, unit)

    monkeypatch.setattr(grading_autograde, "read_folder", faulty)
    results = autograde(course, UNIT).results
    assert [result.state for result in results] == ["graded", "crashed", "graded"]
    assert "the disk does not answer" in results[1].note


def test_a_fault_of_the_grader_itself_stops_nobody_and_is_no_zero(course, monkeypatch):
    small_class(course, 3)
    right = executors.grade

    def faulty(work, *rest):
        if work.submission.student == "student-01":
            raise ValueError("a case that nobody thought of")
        return right(work, *rest)

    monkeypatch.setattr(executors, "grade", faulty)
    summary = autograde(course, UNIT)
    assert [result.state for result in summary.results] == ["graded", "crashed", "graded"]
    assert "a case that nobody thought of" in summary.results[1].note
    assert all(mark.score is None for mark in summary.results[1].marks)
    row = exported(course)["student-01"]
    assert (row["state"], row["test_f_ratio"]) == ("crashed", "")
    monkeypatch.setattr(executors, "grade", right)
    assert [result.state for result in autograde(course, UNIT).results] == ["graded"] * 3


SPOILT = (b"", b"\xff\xfe\x00", b"null", b'"x"', b"[]", b"{}", b'{"marks": 5, "oddities": []}')


def test_a_result_file_that_a_crash_spoilt_counts_as_none(course):
    small_class(course, len(SPOILT) + 1)
    first = autograde(course, UNIT).results
    store = ResultStore(course.root / "results" / UNIT)
    for result, spoilt in zip(first, SPOILT, strict=False):
        store.path(result.fingerprint).write_bytes(spoilt)
    assert list(store.latest()) == [first[-1].student]
    again = autograde(course, UNIT)
    assert again.reused == 1
    assert [(result.score, result.state) for result in again.results] == [(20.0, "graded"), (0.0, "graded")] * 4
    assert store.latest().keys() == {result.student for result in first}


def test_a_gradebook_made_by_another_grader_in_the_meantime_is_not_replaced(tmp_path, monkeypatch):
    path = tmp_path / "gradebook.db"
    make = gradebook_tables._create_tables

    def overtaken(url):
        make(url)
        path.write_bytes(b"the other grader's marks")

    monkeypatch.setattr(gradebook_tables, "_create_tables", overtaken)
    gradebook_tables.create_atomically(f"sqlite:///{path}")
    assert path.read_bytes() == b"the other grader's marks"
    assert os.listdir(tmp_path) == ["gradebook.db"]


def test_a_new_gradebook_that_cannot_be_filled_leaves_nothing_behind(tmp_path):
    def refuse(url):
        raise CourseError("no cells")

    with pytest.raises(CourseError, match="no cells"):
        gradebook_tables.create_atomically(f"sqlite:///{tmp_path}/gradebook.db", refuse)
    assert os.listdir(tmp_path) == []


def test_a_submission_that_the_gradebook_has_without_a_notebook_gets_its_marks(course):
    hand_in(course, "student-01", solved())
    autograde(course, UNIT)
    with sqlite3.connect(course.root / "gradebook.db") as database:
        for table in ("grade", "comment", "submitted_notebook"):
            database.execute(f"DELETE FROM {table}")
    autograde(course, UNIT, regrade=True)
    assert sum(score or 0 for score in scores(course)["student-01"].values()) == 20


def test_a_gradebook_of_an_older_nbgrader_is_told_with_its_cure(course, capsys):
    hand_in(course, "student-01", solved())
    autograde(course, UNIT)
    with sqlite3.connect(course.root / "gradebook.db") as database:
        database.execute("ALTER TABLE grade DROP COLUMN extra_credit")
    assert main(["--course", str(course.root), "autograde", UNIT, "--regrade"]) == 1
    told = capsys.readouterr().err.strip().splitlines()[-1]
    assert told.startswith("grading: the gradebook")
    assert "nbgrader db upgrade" in told


def test_two_students_never_share_a_result(course):
    hand_in(course, "ann", solved(), adata__csv=b"1")
    hand_in(course, "anna", solved(), data__csv=b"1")
    assert len({result.fingerprint for result in autograde(course, UNIT).results}) == 2


def test_odd_files_in_a_submission_stop_nothing_and_forge_no_report(course):
    folder = hand_in(course, "student-01", solved(), timestamp__txt=b"0001-01-01T00:00:00+14:00")
    Path(os.fsdecode(os.fsencode(folder) + b"/r\xe9sum\xe9.txt")).touch()
    (folder / "\x1b[2Jx\n  graded 30.ipynb").write_text("{}")
    os.mkfifo(folder / "pipe")
    hand_in(course, "student-02", solved())
    (course.root / "submitted" / "thief").mkdir()
    (course.root / "submitted" / "thief" / UNIT).symlink_to(f"../student-02/{UNIT}")
    odd = hand_in(course, "student-03", released())
    os.mkfifo(odd / "timestamp.txt")
    results = {result.student: result for result in autograde(course, UNIT).results}
    assert [results[f"student-0{k}"].score for k in (1, 2, 3)] == [20, 20, 0]
    assert (results["thief"].state, results["thief"].score) == ("missing", 0)
    said = [text for result in results.values() for text in (result.note, *(o.text for o in result.oddities))]
    assert all(map(str.isprintable, said))


@pytest.mark.parametrize("inside", [pytest.param("", id="beside"), pytest.param("week-2", id="one folder deeper")])
def test_a_package_and_data_in_folders_beside_the_notebook_are_found(course, inside):
    notebook = with_cell(
        solved(), "from helpers.stats import one\nassert pd.read_csv('data/more.csv').size == one"
    )
    folder = hand_in(course, "student-01", None) / inside
    for name in ("helpers", "data"):
        (folder / name).mkdir(parents=True)
    (folder / "helpers/stats.py").write_text("one = 1\n")
    (folder / "data/more.csv").write_text("a\n5\n")
    cell(notebook, "f_ratio")["source"] = "from helpers.stats import one\n" + cell(notebook, "f_ratio")["source"]
    (folder / f"{UNIT}.ipynb").write_text(json.dumps(notebook))
    (result,) = autograde(course, UNIT).results
    assert result.score == 20.0
    kept = (course.root / "autograded" / "student-01" / UNIT / f"{UNIT}.ipynb").read_text()
    assert "AssertionError" not in kept


@pytest.mark.parametrize("ending", [".txt", ".json"])
def test_a_notebook_that_a_browser_renamed_is_found(course, ending):
    folder = hand_in(course, "student-01", solved())
    (folder / f"{UNIT}.ipynb").rename(folder / f"{UNIT}.ipynb{ending}")
    (result,) = autograde(course, UNIT).results
    assert (result.score, result.state) == (20.0, "graded")


def test_a_folder_that_may_not_be_read_is_told_and_no_fault_of_the_grader(course, tmp_path, monkeypatch):
    recogniser = Recogniser(course, UNIT)

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    found = read_folder(tmp_path / "student-01" / UNIT, "student-01", recogniser)
    assert found.notebook is None
    assert Oddity("unreadable file", f"{UNIT}/", "Permission denied") in found.oddities


def test_a_folder_that_is_no_student_is_named_and_nothing_of_it_is_shown_raw(course, capsys):
    hand_in(course, "student-01", solved())
    for name in ("O'Brien", "Doe, Jane", "mu\u0308ller", "अनीता", "jane#2"):
        hand_in(course, name, released())
    assert len(autograde(course, UNIT).results) == 6
    hand_in(course, "<img src=x onerror=alert(1)>", solved())
    assert main(["--course", str(course.root), "autograde", UNIT]) == 1
    assert "'<img src=x onerror=alert(1)>' cannot be a student's id" in capsys.readouterr().err


def test_feedback_survives_a_cell_that_the_unit_no_longer_has(course):
    from grading.report.feedback import write_feedback

    hand_in(course, "student-01", solved())
    autograde(course, UNIT)
    for path in (course.master(UNIT), course.release_folder(UNIT) / f"{UNIT}.ipynb"):
        path.write_text(path.read_text().replace("test_f_ratio", "test_of_f"))
    (page,) = write_feedback(course, UNIT)
    assert "test_f_ratio" in page.read_text(encoding="utf-8")


def test_a_machine_that_cannot_set_up_a_process_ends_the_run_and_marks_nobody(course, capsys, monkeypatch):
    small_class(course, 2)
    whole = warm._fork_order
    with monkeypatch.context() as broken:
        broken.setattr(warm, "_fork_order", lambda *at, **named: whole(*at, **named) | {"seed": None})
        assert main(["--course", str(course.root), "autograde", UNIT]) == 1
    told = capsys.readouterr().err.strip().splitlines()[-1]
    assert "this machine cannot set up a process for a submission" in told
    assert not list(course.root.glob("autograded/*/*/*.ipynb"))
    assert not list(course.root.glob(f"results/{UNIT}/*.json"))
    assert [result.state for result in autograde(course, UNIT).results] == ["graded"] * 2
