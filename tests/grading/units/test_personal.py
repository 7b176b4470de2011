"""Data of each student's own: stable, different, used whatever was handed in; an answer for another's flagged."""

from __future__ import annotations

import json
import pickle
import shutil

import numpy as np
import pytest

from grading.__main__ import main
from grading.autograde.run import autograde
from grading.course import Course
from grading.doctor import diagnose
from grading.errors import CourseError
from grading.oddities import Oddity
from grading.report import write_report
from grading.submission.fingerprint import fingerprint
from grading.submission.read import Submission
from grading.units.build import build_source, release
from grading.units.personal import FOLDER
from grading.units.personalise import personalise
from grading.units.unit import load_unit
from tests.grading.conftest import ROOT

UNIT = "own_data"
SOURCE = '''
# %% [markdown]
# # Own data
# ## 1 The mean ({{ points }})

# %% role="task" grade_id="answer_mean"
### BEGIN SOLUTION
import numpy as np
mean = float(np.loadtxt("scores.csv").mean())
### END SOLUTION

# %% role="tests" grade_id="test_mean" points=2
### BEGIN HIDDEN TESTS
own_answer("mean")
### END HIDDEN TESTS

# %% [markdown]
# ## 2 The spread ({{ points }})

# %% role="task" grade_id="answer_spread"
def spread():
    """Standard deviation of the scores."""
    ### BEGIN SOLUTION
    return np.loadtxt("scores.csv").std(ddof=1)
    ### END SOLUTION

# %% role="tests" grade_id="test_spread" points=3
### BEGIN HIDDEN TESTS
own_answer("spread", rtol=1e-3)
### END HIDDEN TESTS
'''
HIDDEN = """
import io

import numpy as np

CHECKS = ()


def student_files(rng):
    return {"scores.csv": "".join(f"{score:.1f}\\n" for score in rng.normal(50, 10, 30))}


def student_answers(files):
    scores = np.loadtxt(io.StringIO(files["scores.csv"]))
    return {"mean": float(scores.mean()), "spread": float(scores.std(ddof=1))}
"""
SETTINGS = f"""
course_id = "test-course"
units = ["{UNIT}"]
book_url = "https://book.example.org"
student_python = "{ROOT / ".venv-student/bin/python"}"
[limits]
cell_seconds = 4
[per_student.{UNIT}]
files = ["scores.csv"]
"""
ROSTER = "student,name\nstudent-01,x\nstudent-02,y\nstudent-03,z\n"


@pytest.fixture(scope="module")
def own_once(tmp_path_factory):
    """A course with one unit whose data are each student's own, released to three students."""
    root = tmp_path_factory.mktemp("own") / "course"
    for folder in (f"solutions/{UNIT}", "tests/hidden"):
        (root / folder).mkdir(parents=True)
    (root / "solutions" / f"{UNIT}.py").write_text(SOURCE.lstrip())
    (root / "solutions" / UNIT / "scores.csv").write_text("1.0\n2.0\n")  # what the release shows
    (root / "tests" / "hidden" / f"{UNIT}.py").write_text(HIDDEN)
    (root / "course.toml").write_text(SETTINGS)
    (root / "nbgrader_config.py").write_text((ROOT / "nbgrader_config.py").read_text())
    (root / ".course_secret").write_text("s" * 64)
    (root / "roster.csv").write_text(ROSTER)
    course = Course(root)
    build_source(course, UNIT)
    release(course, [UNIT])
    personalise(course, UNIT, ["student-01", "student-02", "student-03"])
    return course


@pytest.fixture
def own(own_once, tmp_path):
    """That course, for one test to change."""
    return Course(shutil.copytree(own_once.root, tmp_path / "course"))


def scores(course, student):
    return np.loadtxt(course.root / FOLDER / student / UNIT / "scores.csv")


def hand_in(course, student, mean=None, **files):
    """Hand in the right code, or a number that was typed, and files."""
    answers = {cell["id"]: cell["source"] for cell in json.loads(course.master(UNIT).read_text())["cells"]}
    notebook = json.loads((course.release_folder(UNIT) / f"{UNIT}.ipynb").read_text())
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            lines = answers[cell["id"]].splitlines()
            cell["source"] = "\n".join(line for line in lines if " SOLUTION" not in line)
        if cell["id"] == "answer_mean" and mean is not None:
            cell["source"] = f"import numpy as np\nmean = {mean!r}"
    folder = course.root / "submitted" / student / UNIT
    folder.mkdir(parents=True)
    (folder / f"{UNIT}.ipynb").write_text(json.dumps(notebook))
    for name, data in files.items():
        (folder / name.replace("__", ".")).write_bytes(data)


def grade_one(course, student, *args, **files):
    hand_in(course, student, *args, **files)
    (result,) = autograde(Course(course.root), UNIT, students=[student]).results
    return result


def test_each_student_gets_the_release_with_data_of_their_own(own):
    for student in ("student-01", "student-02", "student-03"):
        folder = own.root / FOLDER / student / UNIT
        names = {path.name for path in own.release_folder(UNIT).iterdir()}
        assert {path.name for path in folder.iterdir()} == names
        assert (folder / f"{UNIT}.ipynb").read_bytes() == (own.release_folder(UNIT) / f"{UNIT}.ipynb").read_bytes()
    assert len({scores(own, s).tobytes() for s in ("student-01", "student-02", "student-03")}) == 3


def test_the_data_are_the_same_each_time_and_hang_on_secret_and_unit(own):
    before = scores(own, "student-01")
    personalise(own, UNIT, ["student-01"])
    assert (scores(own, "student-01") == before).all()
    (own.root / ".course_secret").write_text("t" * 64)
    personalise(own, UNIT, ["student-01"])
    assert (scores(own, "student-01") != before).any()


def test_the_command_reads_a_roster(own, capsys):
    assert main(["--course", str(own.root), "personalise", UNIT, "--roster", str(own.root / "roster.csv")]) == 0
    assert "3 students, exercises-per-student/<student>/own_data/" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("name\nx\n", "no column 'student'", id="no column"),
        pytest.param("student\n../../etc\n", "cannot be a student's id", id="a path"),
        pytest.param("student\n.hidden\n", "cannot be a student's id", id="a hidden folder"),
    ],
)
def test_a_roster_that_does_not_fit_is_refused(own, capsys, text, said):
    (own.root / "roster.csv").write_text(text)
    assert main(["--course", str(own.root), "personalise", UNIT, "--roster", str(own.root / "roster.csv")]) == 1
    assert said in capsys.readouterr().err


def test_right_code_earns_full_points_without_the_file(own):
    result = grade_one(own, "student-01")
    assert (result.score, result.oddities) == (5, ())


def test_the_students_own_data_are_used_whatever_file_was_handed_in(own):
    other = (own.root / FOLDER / "student-02" / UNIT / "scores.csv").read_bytes()
    result = grade_one(own, "student-01", scores__csv=other)
    assert result.score == 5
    assert result.oddities == (Oddity("another's file", "scores.csv", "student-02"),)


def test_a_changed_file_is_told_without_naming_anybody(own):
    result = grade_one(own, "student-01", scores__csv=b"1\n2\n")
    assert (result.score, len(result.oddities)) == (5, 1)
    assert result.oddities[0] == Oddity("other file", "scores.csv")


def test_an_answer_for_anothers_data_is_flagged_and_costs_what_any_wrong_answer_costs(own):
    theirs = grade_one(own, "student-01", float(scores(own, "student-03").mean()))
    wrong = grade_one(own, "student-02", 12.3)
    assert theirs.oddities == (Oddity("another's answer", "mean", "student-03"),)
    assert wrong.oddities == ()
    assert theirs.score == wrong.score == 3
    assert "student" not in theirs.marks[0].message  # the student reads nothing of it


def test_an_answer_typed_from_the_own_data_is_right(own):
    assert grade_one(own, "student-01", float(scores(own, "student-01").mean())).score == 5


def test_the_report_shows_the_flag_and_hides_both_names_if_asked(own):
    grade_one(own, "student-01", float(scores(own, "student-03").mean()))
    assert "right for those of student-03" in write_report(own, UNIT).page.read_text()
    page = write_report(own, UNIT, anonymous=True).page.read_text()
    assert "student-0" not in page
    assert "right for those of P-" in page


def test_the_unit_travels_to_other_processes(own):
    unit = load_unit(own, UNIT)
    there = pickle.loads(pickle.dumps(unit))
    assert there.files_for("student-02") == unit.files_for("student-02")


def test_two_jobs_give_the_marks_of_one(own):
    for student in ("student-01", "student-02", "student-03"):
        hand_in(own, student)
    assert [result.score for result in autograde(own, UNIT, jobs=2).results] == [5, 5, 5]


def test_a_change_of_how_data_are_drawn_changes_what_is_kept(own):
    submission = Submission("student-01", f"{UNIT}.ipynb", b"{}")
    before = fingerprint(submission, load_unit(own, UNIT))
    path = own.hidden_tests(UNIT)
    path.write_text(path.read_text().replace("normal(50", "normal(60"))
    assert fingerprint(submission, load_unit(own, UNIT)) != before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("def student_files", "def other", "needs a function student_files", id="no function"),
        pytest.param('{"scores.csv":', '{"other.csv":', "must give exactly: scores.csv", id="other files"),
        pytest.param("rng.normal(50", "rng.wrong(50", "student_files failed", id="a function that fails"),
    ],
)
def test_hidden_tests_that_do_not_fit_are_named(own, old, new, said):
    path = own.hidden_tests(UNIT)
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(CourseError, match=said) as error:
        personalise(own, UNIT, ["student-01"])
    assert str(path) in str(error.value)


def test_the_doctor_tries_the_data(own):
    assert [finding.level for _, finding in diagnose(own, ("units",))] == ["ok"]
    path = own.hidden_tests(UNIT)
    path.write_text(path.read_text().replace("scores.std", "scores.wrong"))
    ((_, found),) = diagnose(own, ("units",))
    assert (found.level, "student_answers failed" in found.text) == ("problem", True)


def test_a_unit_without_personal_data_says_so(own):
    settings = own.root / "course.toml"
    settings.write_text(settings.read_text().partition("[per_student")[0])
    with pytest.raises(CourseError, match=r"add a table \[per_student.own_data\]"):
        personalise(Course(own.root), UNIT, ["student-01"])


def test_settings_that_do_not_fit_are_refused(own):
    settings = own.root / "course.toml"
    settings.write_text(settings.read_text().replace('["scores.csv"]', '["../scores.csv"]'))
    with pytest.raises(CourseError, match="give names of files"):
        load_unit(Course(own.root), UNIT)
