"""Regrading in two steps: the preview enters nothing, accepting enters exactly what was shown, or refuses."""

from __future__ import annotations

import csv
import hashlib
import shutil

import pytest

from grading.__main__ import main
from grading.autograde.recorder import ResultRecorder
from grading.autograde.regrade import accept, preview, preview_folder
from grading.autograde.run import autograde
from grading.course import Course
from grading.errors import CourseError
from grading.gradebook.writer import GradebookWriter
from grading.submission.results import ResultStore
from tests.grading.autograde.test_autograde import set_manual, wrong_weights
from tests.grading.conftest import UNIT, hand_in, make_course, solved


@pytest.fixture(scope="module")
def graded_once(tmp_path_factory):
    """A right answer and one with a misconception that earns 1.2 of 4 points, graded."""
    course = make_course(tmp_path_factory.mktemp("graded") / "course")
    hand_in(course, "student-01", solved())
    hand_in(course, "student-02", wrong_weights(solved()))
    autograde(course, UNIT)
    return course


@pytest.fixture
def graded(graded_once, tmp_path):
    """That class, for one test to change."""
    return Course(shutil.copytree(graded_once.root, tmp_path / "graded"))


def no_credit(course):
    """The instructor decides that misconceptions earn nothing."""
    path = course.hidden_tests(UNIT)
    text = path.read_text() + "\nimport dataclasses\n"
    path.write_text(text + "CHECKS = tuple(dataclasses.replace(check, misconceptions=()) for check in CHECKS)\n")


def new_points(course, before=4, after=2):
    for path in (course.master(UNIT), course.release_folder(UNIT) / f"{UNIT}.ipynb"):
        path.write_text(path.read_text().replace(f'"points": {before}', f'"points": {after}'))


def stored(course):
    with GradebookWriter(course, UNIT, look_only=True) as book:
        return book.marks(["student-01", "student-02"])


def mark(course, student, name="test_partial_pooling"):
    return stored(course)[student][name]


def overrule(course, student, score):
    """A person gives a check another mark."""
    from nbgrader.api import Gradebook

    from grading.gradebook.writer import database_url

    with Gradebook(database_url(course), "test-course") as book:
        book.find_grade("test_partial_pooling", UNIT, UNIT, student).manual_score = score
        book.db.commit()


def snapshot(course):
    """Hash of every file but those of the preview."""
    preview_of = preview_folder(course, UNIT)
    files = [p for p in sorted(course.root.rglob("*")) if p.is_file() and preview_of not in p.parents]
    return {
        str(p): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in files
        if p.name != f"{UNIT}-regrade.csv" and "__pycache__" not in p.parts
    }


def test_the_preview_shows_what_falls_and_changes_no_file(graded, capsys):
    no_credit(graded)
    before = snapshot(graded)
    assert main(["--course", str(graded.root), "regrade", UNIT]) == 0
    assert snapshot(graded) == before
    said = capsys.readouterr().out
    assert "marks of 1 student would move; of 1 at least one falls" in said
    assert "1.2 -> 0  FELL" in said
    assert "Nothing was entered" in said
    rows = list(csv.DictReader((graded.root / "results" / f"{UNIT}-regrade.csv").read_text().splitlines()))
    assert len(rows) == 20
    assert [(r["student"], r["before"], r["after"]) for r in rows if r["change"] == "fell"] == [
        ("student-02", "1.2", "0"),  # and not the next task: it builds on the wrong one, and is right itself
    ]


def test_accepting_enters_exactly_the_preview(graded):
    no_credit(graded)
    preview(graded, UNIT)
    assert mark(graded, "student-02").auto == 1.2
    assert accept(graded, UNIT) == 2
    assert mark(graded, "student-02").auto == 0
    latest = ResultStore(graded.root / "results" / UNIT).latest()
    assert latest["student-02"].score == 16
    kept = (graded.root / "autograded" / "student-02" / UNIT / f"{UNIT}.ipynb").read_text()
    assert latest["student-02"].fingerprint in kept
    assert autograde(graded, UNIT).reused == 2
    assert not preview_folder(graded, UNIT).exists()


def test_new_points_reach_the_gradebook_when_accepted_and_not_before(graded):
    new_points(graded)
    found = preview(graded, UNIT)
    assert {(m.student, m.before, m.after, m.points_before, m.points_after, m.kind) for m in found.moved} == {
        ("student-01", 4, 2, 4, 2, "fell"),
        ("student-02", 1.2, 0.6, 4, 2, "fell"),
    }
    assert mark(graded, "student-01").points == 4
    accept(graded, UNIT)
    assert (mark(graded, "student-01").points, mark(graded, "student-01").auto) == (2, 2)


def test_a_mark_by_hand_survives_and_one_above_the_new_points_is_told(graded, capsys):
    overrule(graded, "student-01", 3.5)
    set_manual(graded, "student-02", "who_moves_most", 2.5)
    new_points(graded)
    assert main(["--course", str(graded.root), "regrade", UNIT]) == 0
    said = capsys.readouterr().out
    assert "by hand 3.5, stays" in said
    assert "student-01: 3.5 points by hand for test_partial_pooling, now worth 2" in said
    assert main(["--course", str(graded.root), "regrade", UNIT, "--accept"]) == 0
    assert (mark(graded, "student-01").manual, mark(graded, "student-01").needs_manual) == (3.5, True)
    assert mark(graded, "student-02", "who_moves_most").manual == 2.5


def test_nothing_moves_when_nothing_changed(graded, capsys):
    assert main(["--course", str(graded.root), "regrade", UNIT]) == 0
    assert "no mark of 2 students would move" in capsys.readouterr().out


def other_answer(course):
    hand_in(course, "student-02", solved())


def regraded_meanwhile(course):
    overrule(course, "student-02", 4)


def edited_result(course):
    path = next((preview_folder(course, UNIT) / "results" / UNIT).glob("*.json"))
    path.write_text(path.read_text().replace('"score": 3.0', '"score": 2.0'))


def edited_notebook(course):
    path = next((preview_folder(course, UNIT) / "autograded").rglob("*.ipynb"))
    path.write_text(path.read_text() + " ")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param(new_points, "its tests, points or limits have changed", id="points changed"),
        pytest.param(no_credit, "its tests, points or limits have changed", id="a test changed"),
        pytest.param(other_answer, "changed since the preview", id="another notebook was handed in"),
        pytest.param(regraded_meanwhile, "the mark of test_partial_pooling has changed", id="somebody marked"),
        pytest.param(edited_result, "was changed", id="a kept result was edited"),
        pytest.param(edited_notebook, "was changed", id="a kept notebook was edited"),
    ],
)
def test_accepting_refuses_what_is_not_what_was_shown(graded, change, why):
    preview(graded, UNIT)
    change(graded)
    before = stored(graded)
    with pytest.raises(CourseError, match=why):
        accept(graded, UNIT)
    assert stored(graded) == before


def test_an_interrupted_accept_is_finished_by_another(graded, monkeypatch, capsys):
    no_credit(graded)
    new_points(graded)
    preview(graded, UNIT)
    whole = ResultRecorder.record_all

    def first_only(self, results, summary, progress, total):
        whole(self, list(results)[:1], summary, progress, total)
        raise KeyboardInterrupt

    monkeypatch.setattr(ResultRecorder, "record_all", first_only)
    with pytest.raises(KeyboardInterrupt):
        accept(graded, UNIT)
    monkeypatch.setattr(ResultRecorder, "record_all", whole)
    for words in (["export", "--unit", UNIT], ["feedback", UNIT], ["report", UNIT]):
        assert main(["--course", str(graded.root), *words]) == 1
        assert f"regrade {UNIT} --accept" in capsys.readouterr().err
    assert accept(graded, UNIT) == 2
    assert main(["--course", str(graded.root), "export", "--unit", UNIT]) == 0
    assert (mark(graded, "student-01").auto, mark(graded, "student-02").auto) == (2, 0)


def test_an_interrupted_preview_goes_on_where_it_was(graded):
    no_credit(graded)

    def stop(result, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        preview(graded, UNIT, progress=stop)
    assert preview(graded, UNIT).summary.reused == 1


def test_a_preview_without_marks_to_compare_is_refused(course):
    hand_in(course, "student-01", solved())
    with pytest.raises(CourseError, match="no gradebook yet"):
        preview(course, UNIT)


def test_accepting_without_a_preview_is_refused(graded):
    with pytest.raises(CourseError, match="no finished preview"):
        accept(graded, UNIT)


def test_another_set_of_graded_cells_is_refused_before_anybody_accepts(graded):
    for path in (graded.master(UNIT), graded.release_folder(UNIT) / f"{UNIT}.ipynb"):
        path.write_text(path.read_text().replace("test_f_ratio", "test_f_value"))
    with pytest.raises(CourseError, match=r"differ: test_f_ratio, test_f_value"):
        preview(graded, UNIT)


def test_a_new_submission_has_no_mark_before(graded):
    hand_in(graded, "student-03", solved())
    found = preview(graded, UNIT)
    assert {(m.student, m.before, m.kind) for m in found.moved} == {("student-03", None, "new")}
