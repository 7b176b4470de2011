"""Plain autograde grades what is new; if tests changed since others were graded, a regrade comes first."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest

from grading.__main__ import main
from grading.autograde.regrade import accept, preview
from grading.autograde.run import autograde
from grading.course import Course
from grading.errors import CourseError
from grading.gradebook.writer import GradebookWriter
from grading.submission.fingerprint import RULES
from grading.submission.results import ResultStore
from tests.grading.autograde.test_autograde import set_manual, wrong_weights
from tests.grading.autograde.test_regrade import new_points, no_credit
from tests.grading.conftest import ROOT, UNIT, cell, hand_in, make_course, released, solved
from tests.grading.marks.test_one_record import by_hand


@pytest.fixture(scope="module")
def graded_once(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("graded") / "course")
    for number, notebook in enumerate((solved(), wrong_weights(solved())), start=1):
        hand_in(course, f"student-{number:02}", notebook)
    autograde(course, UNIT)
    return course


@pytest.fixture
def graded(graded_once, tmp_path):
    """That class, with a third submission that is new."""
    course = Course(shutil.copytree(graded_once.root, tmp_path / "graded"))
    hand_in(course, "student-03", solved())
    return course


def other_limits(course):
    path = course.root / "course.toml"
    path.write_text(path.read_text().replace("cell_seconds = 4", "cell_seconds = 5"))
    return Course(course.root)


def other_lock(course):
    path = course.student_requirements
    path.write_text(path.read_text() + "\n# another package\n")


def other_rules(course):
    """What an update of the grader that raises RULES does: the kept results say other rules."""
    for path in (course.results / UNIT).glob("*.json"):
        path.write_text(path.read_text().replace(f'"version": "{RULES}-', '"version": "2-'))


def other_secret(course):
    (course.root / ".course_secret").write_text("t" * 64 + "\n")


CHANGES = [no_credit, new_points, other_limits, other_lock, other_rules, other_secret]


def everything(course):
    """All files that hold marks, with their content."""
    kept = [*course.results.rglob("*"), *(course.root / "autograded").rglob("*")]
    with GradebookWriter(course, UNIT, look_only=True) as book:
        stored = book.marks(book.students())
    return {str(path): path.read_bytes() for path in kept if path.is_file()}, stored


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("words", [(), ("--regrade",), ("--student", "student-03")])
def test_after_a_change_it_refuses_in_one_line_that_names_the_preview(graded, capsys, change, words):
    graded = change(graded) or graded
    before = everything(graded)
    capsys.readouterr()
    assert main(["--course", str(graded.root), "autograde", UNIT, *words]) == 1
    line = capsys.readouterr().err.strip()
    assert len(line.splitlines()) == 1
    assert f"python -m grading regrade {UNIT}" in line
    assert everything(graded) == before


def nbgrader(course, *words):
    environment = {**os.environ, "PATH": f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        ["nbgrader", *words], cwd=course.root, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("words", [(), ("--force",)], ids=["nbgrader autograde", "as formgrader's button"])
def test_nbgraders_own_command_follows_the_same_rule(graded, words):
    no_credit(graded)
    before = everything(graded)
    done = nbgrader(graded, "autograde", UNIT, *words)
    assert done.returncode != 0
    assert f"python -m grading regrade {UNIT}" in done.stderr
    assert "Traceback" not in done.stderr
    assert everything(graded) == before


def a_page(course):
    (course.root / "book").mkdir(exist_ok=True)
    (course.root / "book" / "intro.md").write_text("Another wording.\n")


def nothing(course):
    return None


@pytest.mark.parametrize("change", [a_page, nothing])
def test_without_a_change_only_what_is_new_is_graded(graded, change):
    change(graded)
    summary = autograde(graded, UNIT)
    assert (len(summary.results), summary.reused) == (3, 2)


def test_a_regrade_makes_the_class_one_again(graded):
    no_credit(graded)
    assert len(preview(graded, UNIT).summary.results) == 3
    assert accept(graded, UNIT) == 3
    assert autograde(graded, UNIT).reused == 3
    assert len({result.version for result in ResultStore(graded.results / UNIT).latest().values()}) == 1


def test_mixed_grades_what_is_new_and_the_class_is_told_apart(graded, capsys):
    no_credit(graded)
    hand_in(graded, "student-01", released())  # handed in anew
    assert main(["--course", str(graded.root), "autograde", UNIT, "--mixed"]) == 0
    assert "1 were graded before and kept" in capsys.readouterr().out
    found = ResultStore(graded.results / UNIT).latest()
    assert {name: result.score for name, result in found.items()} == {
        "student-01": 0,
        "student-02": pytest.approx(17.2, abs=0.01),
        "student-03": 20,
    }
    assert found["student-01"].version == found["student-03"].version != found["student-02"].version
    main(["--course", str(graded.root), "export", "--unit", UNIT])
    said = capsys.readouterr().out
    assert "of the tests: student-01, student-03" in said
    assert "of the tests: student-02" in said
    assert main(["--course", str(graded.root), "autograde", UNIT, "--mixed"]) == 0
    assert "3 were graded before and kept" in capsys.readouterr().out


def test_mixed_does_not_mix_points(graded):
    new_points(graded)
    with pytest.raises(CourseError, match=r"different points.*regrade"):
        autograde(graded, UNIT, mixed=True)


def as_earlier_graders(course):
    for path in (course.results / UNIT).glob("*.json"):
        kept = json.loads(path.read_text())
        del kept["run"], kept["version"]
        path.write_text(json.dumps(kept))


def test_results_of_earlier_graders_still_hold(graded):
    as_earlier_graders(graded)
    assert autograde(graded, UNIT).reused == 2
    assert all(result.version for result in ResultStore(graded.results / UNIT).latest().values())


def test_results_of_earlier_graders_and_changed_tests_want_a_regrade(graded):
    as_earlier_graders(graded)
    no_credit(graded)
    for mixed in (False, True):
        with pytest.raises(CourseError, match="regrade"):
            autograde(graded, UNIT, mixed=mixed)


def test_a_first_run_after_the_gradebook_was_moved_away_is_no_regrade(graded):
    no_credit(graded)
    (graded.root / "gradebook.db").unlink()
    assert autograde(graded, UNIT).reused == 0


def test_an_override_waits_if_its_answer_changes_though_the_automatic_mark_does_not(graded):
    by_hand(graded, "student-02", "test_partial_pooling", manual_score=3.5)
    notebook = wrong_weights(solved())
    cell(notebook, "partial_pooling")["source"] += "\n# tidied up"
    hand_in(graded, "student-02", notebook)
    autograde(graded, UNIT)
    with GradebookWriter(graded, UNIT, look_only=True) as book:
        marks = book.marks(["student-02"])["student-02"]
    assert {name for name, mark in marks.items() if mark.manual is not None and mark.needs_manual} == {
        "test_partial_pooling"
    }


@pytest.mark.parametrize("step", ["write_atomically", "save", "_commit"])
def test_a_run_that_dies_at_any_step_does_not_make_a_stale_mark_final(graded, monkeypatch, step):
    """A person marked answer A; then B is handed in, and the run that grades it is killed."""
    from grading.autograde import recorder

    set_manual(graded, "student-01", "who_moves_most", 2.5)
    notebook = solved()
    cell(notebook, "who_moves_most")["source"] = "Quite another answer."
    hand_in(graded, "student-01", notebook)

    def die(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        owner = {"write_atomically": recorder, "save": ResultStore, "_commit": recorder.ResultRecorder}[step]
        patch.setattr(owner, step, die)
        with pytest.raises(KeyboardInterrupt):
            autograde(graded, UNIT, students=["student-01"])
    autograde(graded, UNIT)
    with GradebookWriter(graded, UNIT, look_only=True) as book:
        assert book.marks(["student-01"])["student-01"]["who_moves_most"].needs_manual


def test_a_mark_by_hand_waits_if_the_notebook_it_was_given_for_is_gone(graded):
    set_manual(graded, "student-01", "who_moves_most", 2.5)
    shutil.rmtree(graded.root / "autograded" / "student-01")
    autograde(graded, UNIT)
    with GradebookWriter(graded, UNIT, look_only=True) as book:
        assert book.marks(["student-01"])["student-01"]["who_moves_most"].needs_manual


def test_results_recorded_by_a_later_run_count_whatever_their_order_on_disk(graded):
    for notebook in (released(), solved(), released()):
        hand_in(graded, "student-01", notebook)
        autograde(graded, UNIT, students=["student-01"])
        for path in (graded.results / UNIT).glob("*.json"):
            os.utime(path, (1, 1))
        assert ResultStore(graded.results / UNIT).latest()["student-01"].score == (
            20 if notebook == solved() else 0
        )
