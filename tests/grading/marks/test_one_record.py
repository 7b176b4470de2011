"""One record of marks: every way out reads it, file times do not count, and what disagrees does not go out."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
from dataclasses import replace

import pytest

from grading.__main__ import main
from grading.course import Course
from grading.gradebook.writer import GradebookWriter, database_url
from grading.marks import class_marks
from grading.report.feedback import write_feedback
from grading.submission.results import CellMark, Result, ResultStore
from tests.grading.conftest import UNIT, hand_in, released

STUDENTS = ("student-01", "student-02", "student-03")


def cells(course):
    notebook = json.loads(course.master(UNIT).read_text())
    every = [cell["metadata"].get("nbgrader", {}) for cell in notebook["cells"]]
    return [(cell["grade_id"], float(cell["points"]), cell["solution"]) for cell in every if cell.get("grade")]


def record(course, student, share, run):
    """What a run that graded a student leaves: notebook, result, gradebook. All written answers are marked 1.

    The result does not say by which tests, so that the notebook in ``submitted/`` is not compared with it.
    """
    store = ResultStore(course.root / "results" / UNIT)
    fingerprint = f"{run:016x}{STUDENTS.index(student):016x}"
    marks = tuple(
        CellMark(name, points, None if written else points * share, "said", written=written)
        for name, points, written in cells(course)
    )
    result = Result(student, UNIT, fingerprint, "graded", None, marks, sandbox="test", run=run)
    hand_in(course, student, released())
    path = store.notebook(student)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cells": [], "metadata": {"grading": {"fingerprint": fingerprint}}}))
    store.save(result)
    with GradebookWriter(course, UNIT) as book:
        book.record([result], times={}, changed={})
    return result


def by_hand(course, student, name, **values):
    """What formgrader writes."""
    from nbgrader.api import Gradebook

    with Gradebook(database_url(course), "test-course") as book:
        grade = book.find_grade(name, UNIT, UNIT, student)
        for key, value in {"needs_manual_grade": False, **values}.items():
            setattr(grade, key, value)
        book.db.commit()


def nbgraders_total(course, student):
    from nbgrader.api import Gradebook

    with Gradebook(database_url(course), "test-course") as book:
        return float(book.find_submission(UNIT, student).score)


@pytest.fixture
def graded(course):
    """Three students, graded twice: first nothing was right, then everything; one mark by hand each."""
    for run, share in ((1, 0.0), (2, 1.0)):
        for student in STUDENTS:
            record(course, student, share, run)
    for student in STUDENTS:
        for name in ("draw_shrinkage", "who_moves_most", "when_not_to_borrow"):
            by_hand(course, student, name, manual_score=1.0)
    return course


def run(course, *words):
    return main(["--course", str(course.root), *words])


def totals(course):
    """Each student's total as export, feedback and report have it."""
    assert run(course, "export", "--unit", UNIT, "--force") in (0, 3)
    with (course.results / f"{UNIT}.csv").open() as file:
        exported = {row["student"]: float(row["score"]) for row in csv.DictReader(file) if row["score"]}
    pages = {page.parts[-3]: page.read_text() for page in write_feedback(course, UNIT)}
    fed_back = {student: float(re.search(r"<strong>([\d.-]+)</strong> of", p)[1]) for student, p in pages.items()}
    assert run(course, "report", UNIT) in (0, 3)
    with (course.results / f"{UNIT}-report" / "students.csv").open() as file:
        rows = list(csv.DictReader(file))
    names = [name for name, _, _ in cells(course)]
    reported = {row["student"]: sum(float(row[name] or 0) for name in names) for row in rows}
    return exported, fed_back, reported


def refused(course, capsys):
    """The line of each command that lets marks out; all refuse, and nothing is written."""
    capsys.readouterr()
    for words in (("export", "--unit", UNIT), ("feedback", UNIT), ("report", UNIT)):
        assert run(course, *words) == 1
        yield capsys.readouterr().err.strip()
    assert not (course.results / f"{UNIT}.csv").exists()
    assert not (course.root / "feedback").exists()


def by_name_backwards(course):
    for second, path in enumerate(sorted(course.root.rglob("*"), reverse=True)):
        os.utime(path, (second, second))


def all_at_once(course):
    for path in course.root.rglob("*"):
        os.utime(path, (1e9, 1e9))


def older_results_touched(course):
    for path in (course.root / "results" / UNIT).glob("0000000000000001*.json"):
        os.utime(path, (4e9, 4e9))


@pytest.mark.parametrize("touch", [by_name_backwards, all_at_once, older_results_touched])
def test_no_file_time_changes_a_mark(graded, touch):
    touch(graded)
    assert totals(graded) == (dict.fromkeys(STUDENTS, 23.0),) * 3


def test_a_copy_of_the_course_folder_has_the_same_marks(graded, tmp_path):
    shutil.copytree(graded.root, tmp_path / "copy", copy_function=shutil.copy)
    copy = Course(tmp_path / "copy")
    assert totals(copy) == totals(graded) == (dict.fromkeys(STUDENTS, 23.0),) * 3


def test_results_of_earlier_graders_count_by_the_notebook_that_names_them(graded):
    store = ResultStore(graded.root / "results" / UNIT)
    for path in store.folder.glob("*.json"):
        kept = json.loads(path.read_text())
        del kept["run"], kept["version"]
        path.write_text(json.dumps(kept))
    by_name_backwards(graded)
    assert {result.fingerprint[:16] for result in store.latest().values()} == {f"{2:016x}"}
    assert totals(graded)[0] == dict.fromkeys(STUDENTS, 23.0)


def older_gradebook(course):
    record_of = ResultStore(course.root / "results" / UNIT).load(f"{1:016x}{0:016x}")
    with GradebookWriter(course, UNIT) as book:
        book.record([record_of], times={}, changed={})


def no_gradebook_entry(course):
    from nbgrader.api import Gradebook

    with Gradebook(database_url(course), "test-course") as book:
        book.remove_submission(UNIT, "student-01")


def older_notebook(course):
    path = ResultStore(course.root / "results" / UNIT).notebook("student-01")
    path.write_text(path.read_text().replace(f"{2:016x}", f"{1:016x}"))


def newer_result_lost(course):
    (course.root / "results" / UNIT / f"{2:016x}{0:016x}.json").unlink()


def newer_result_spoilt(course):
    (course.root / "results" / UNIT / f"{2:016x}{0:016x}.json").write_text("{")


def all_results_lost(course):
    for path in (course.root / "results" / UNIT).glob(f"*{0:016x}.json"):
        path.unlink()


def other_points(course):
    from nbgrader.api import Gradebook

    with Gradebook(database_url(course), "test-course") as book:
        book.find_grade_cell("test_f_ratio", UNIT, UNIT).max_score = 7.0
        book.db.commit()


@pytest.mark.parametrize(
    "spoil",
    [
        older_gradebook,
        no_gradebook_entry,
        older_notebook,
        newer_result_lost,
        newer_result_spoilt,
        all_results_lost,
        other_points,
    ],
)
def test_parts_that_disagree_do_not_go_out_and_the_line_says_what_to_run(graded, capsys, spoil):
    spoil(graded)
    for line in refused(graded, capsys):
        assert len(line.splitlines()) == 1
        assert "student-01" in line
        assert f"python -m grading autograde {UNIT}" in line


def test_a_student_named_for_feedback_is_judged_alone(graded):
    older_notebook(graded)
    assert run(graded, "feedback", UNIT, "--student", "student-02") == 0
    assert run(graded, "feedback", UNIT, "--student", "student-01") == 1


def test_without_a_gradebook_nothing_goes_out_and_none_is_made(graded, capsys):
    (graded.root / "gradebook.db").unlink()
    assert all("no gradebook yet" in line for line in refused(graded, capsys))
    assert not (graded.root / "gradebook.db").exists()


# ---------------------------------------------------------------- what a person would stop


def test_a_mark_by_hand_whose_answer_changed_waits(graded, capsys):
    by_hand(graded, "student-01", "who_moves_most", manual_score=2.5, needs_manual_grade=True)
    assert totals(graded) == ({"student-01": 22.0, "student-02": 23.0, "student-03": 23.0},) * 3
    with (graded.results / f"{UNIT}.csv").open() as file:
        row = next(csv.DictReader(file))
    assert (row["who_moves_most"], row["waiting"]) == ("", "1")
    assert "not final, answers wait for a person (1):\n      student-01: 1" in capsys.readouterr().out
    assert (
        "3 points, to be marked by a person"
        in (graded.root / f"feedback/student-01/{UNIT}/{UNIT}.html").read_text()
    )


@pytest.mark.parametrize("value", [pytest.param(13.0, id="above"), pytest.param(-1.0, id="below zero")])
@pytest.mark.parametrize("name", ["who_moves_most", "test_f_ratio"])
def test_a_mark_that_cannot_be_meant_is_told_and_not_sent(graded, capsys, name, value):
    by_hand(graded, "student-02", name, manual_score=value)
    found = totals(graded)
    assert found[0] == found[1] == found[2]
    assert found[0]["student-02"] < 23
    capsys.readouterr()
    worth = {cell: points for cell, points, _ in cells(graded)}[name]
    for words in (("export", "--unit", UNIT), ("export", "--unit", UNIT, "--format", "json"), ("feedback", UNIT)):
        assert run(graded, *words) == 3
        assert f"student-02: {value:g} points by hand for {name}, worth {worth:g}" in capsys.readouterr().out
    assert run(graded, "report", UNIT) == 3
    assert f"{value:g} of" not in (graded.root / f"feedback/student-02/{UNIT}/{UNIT}.html").read_text()


@pytest.mark.parametrize("extra", [2.0, -0.5, 8.0])
@pytest.mark.parametrize("name", ["who_moves_most", "test_f_ratio"])
def test_extra_credit_counts_as_in_nbgraders_own_total(graded, name, extra):
    by_hand(graded, "student-03", name, extra_credit=extra)
    total = nbgraders_total(graded, "student-03")
    assert total == 23 + extra
    for found in totals(graded):
        assert found["student-03"] == total
    page = (graded.root / f"feedback/student-03/{UNIT}/{UNIT}.html").read_text()
    assert f"extra credit {extra:+g} included" in page


# ---------------------------------------------------------------- who is in the class


def remove(course, student):
    """A student leaves: what `nbgrader db student remove` and a TA's rm do."""
    from nbgrader.api import Gradebook

    for top in ("submitted", "autograded"):
        shutil.rmtree(course.root / top / student)
    with Gradebook(database_url(course), "test-course") as book:
        book.remove_student(student)


def test_a_student_who_left_is_no_dead_end(graded, capsys):
    remove(graded, "student-02")
    found = totals(graded)
    assert found[0] == found[1] == {"student-01": 23.0, "student-03": 23.0}
    said = capsys.readouterr().out
    assert "left out, neither in submitted/ nor in the gradebook: student-02" in said
    assert "left out, for they are in the class no more: student-02" in said


def test_a_notebook_that_is_gone_is_told_and_the_rest_of_the_report_is_written(graded, capsys):
    shutil.rmtree(graded.root / "autograded" / "student-02")
    assert run(graded, "report", UNIT) == 0
    assert "no notebook in autograded/, so not compared with others: student-02" in capsys.readouterr().out
    assert "student-02" in (graded.results / f"{UNIT}-report.html").read_text()


def test_who_left_without_a_trace_in_results_is_named_with_a_cure(graded, capsys):
    all_results_lost(graded)
    shutil.rmtree(graded.root / "submitted" / "student-01")
    for line in refused(graded, capsys):
        assert "python -m grading students remove student-01" in line


def test_a_submission_not_graded_yet_is_not_called_missing_work(graded):
    hand_in(graded, "student-09", released())
    with GradebookWriter(graded, UNIT) as book:
        book._book.add_student("student-09")
    run(graded, "export", "--unit", UNIT)
    with (graded.results / f"{UNIT}.csv").open() as file:
        row = list(csv.DictReader(file))[-1]
    assert (row["student"], row["note"]) == ("student-09", f"not graded yet; run 'autograde {UNIT}'")
    assert int(row["waiting"]) > 0


def test_students_graded_by_other_tests_are_told(graded, capsys, monkeypatch):
    monkeypatch.setattr(class_marks, "handed_in_anew", lambda *_: [])  # the results name no real fingerprints
    store = ResultStore(graded.root / "results" / UNIT)
    for student, version in zip(STUDENTS, ("3-abc", "3-abc", "3-def"), strict=True):
        store.save(replace(store.latest()[student], version=version))
    totals(graded)
    said = capsys.readouterr().out
    assert "graded by version abc of the tests: student-01, student-02" in said
    assert "graded by version def of the tests: student-03" in said
    assert "graded by version def" in (graded.results / f"{UNIT}-report.html").read_text()
