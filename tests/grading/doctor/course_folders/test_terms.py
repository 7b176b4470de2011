"""A term ends and comes back: everything moves, nothing is lost, a run that was cut off is taken up."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from grading.__main__ import main
from grading.course import Course
from grading.doctor.course_folders import terms
from grading.doctor.course_folders.terms import bring_back, end_term
from grading.errors import CourseError
from grading.gradebook.writer import GradebookWriter
from grading.units.unit import course_secret

CLASS = {
    "submitted/student-01/u/u.ipynb": "work",
    "autograded/student-01/u/u.ipynb": "graded",
    "feedback/student-01/u/u.html": "page",
    "results/u/f.json": "{}",
    "results/.sent.jsonl": "{}",
    "gradebook.db": "",
    "gradebook.db-wal": "",
    "roster.csv": "student\nstudent-01\n",
    "extensions.csv": "student,until\n",
    "gradebook.csv": "Student,ID\n",
    "gradecentre.xls": "Username\n",
    "download (2).zip": "PK",
    ".students/1/change.json": "{}",
    ".course_secret": "5" * 64,
}
STAYS = {"solutions/u.py": "answers", "exercises/u/u.ipynb": "{}", "nbgrader_config.py": "c = get_config()\n"}


@pytest.fixture
def course(tmp_path):
    for name, text in {**CLASS, **STAYS}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "course.toml").write_text(
        'course_id = "c"\nunits = ["u"]\nbook_url = "x"\nsecret_backup = "/media/secret"\n'
        '[dates.u]\ndeadline = 2026-10-15\n[hub]\ninstructors = ["i"]\nexchange = "/srv/x"\n'
    )
    return Course(tmp_path)


def texts(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(".lock")
    }


def test_a_term_ends_and_comes_back_whole(course, capsys):
    before = texts(course.root)
    assert main(["--course", str(course.root), "next-term", "2026-autumn"]) == 0
    said = capsys.readouterr().out
    for words in ("the dates of u", "/media/secret", "/srv/x/c", "roster.csv: save the new class"):
        assert words in said
    after = texts(course.root)
    assert {name for name in CLASS if name in after} == {".course_secret"}
    assert after[".course_secret"] != CLASS[".course_secret"]
    assert {f"terms/2026-autumn/{name}": text for name, text in CLASS.items()}.items() <= after.items()
    assert STAYS.items() <= after.items()
    (course.root / "submitted").mkdir()  # a command was here, nobody handed in
    (course.root / "submitted" / ".collect.lock").touch()
    assert main(["--course", str(course.root), "next-term", "--undo", "2026-autumn"]) == 0
    back = {name: text for name, text in texts(course.root).items() if not name.startswith("terms/")}
    assert back == before


def test_a_run_that_is_cut_off_anywhere_is_taken_up_and_loses_nothing(course, monkeypatch):
    rename, steps = Path.rename, 0

    class Killed(BaseException):
        pass

    def cut_off(path, target):
        nonlocal steps
        if steps == 0:
            raise Killed
        steps -= 1
        return rename(path, target)

    before = texts(course.root)
    monkeypatch.setattr(Path, "rename", cut_off)
    for number in range(10):
        steps = min(number, 1)
        with pytest.raises(Killed):
            end_term(course, "a")
    steps = 99
    assert end_term(course, "another name").folder.name == "a"
    assert not (course.root / "submitted").exists()
    for number in range(10):
        steps = min(number, 1)
        with pytest.raises(Killed):
            bring_back(course, "a")
        with pytest.raises(CourseError, match="--undo a' again first"):
            end_term(course, "b")
    steps = 99
    bring_back(course, "a")
    back = {name: text for name, text in texts(course.root).items() if not name.startswith("terms/")}
    assert back == before


def test_no_class_is_overwritten_by_one_that_comes_back(course):
    end_term(course, "old")
    path = course.root / "submitted" / "student-02" / "u" / "u.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text("new work")
    with pytest.raises(CourseError, match="is in the way, of the class that is here now; put that away first"):
        bring_back(course, "old")
    end_term(course, "new")
    bring_back(course, "old")
    assert (course.root / "submitted/student-01/u/u.ipynb").read_text() == "work"
    assert (course.root / "terms/new/submitted/student-02/u/u.ipynb").read_text() == "new work"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("old", "there is a term of this name"),
        ("../x", "cannot name a term"),
        ("", "cannot name"),
        ("n", "no class"),
    ],
)
def test_what_cannot_be_put_away_is_one_line(course, name, says):
    end_term(course, "old")
    if name != "n":
        (course.root / "roster.csv").write_text("student\n")
    else:
        (course.root / ".course_secret").unlink()
    with pytest.raises(CourseError, match=says):
        end_term(course, name)


def test_a_gradebook_that_cannot_move_along_is_not_forgotten(course, tmp_path_factory, monkeypatch):
    elsewhere = tmp_path_factory.mktemp("server") / "marks.db"
    elsewhere.touch()
    monkeypatch.setattr(terms, "database_url", lambda course: f"sqlite:///{elsewhere}")
    monkeypatch.setattr(GradebookWriter, "__init__", lambda self, *a, **k: None)
    monkeypatch.setattr(GradebookWriter, "__enter__", lambda self: self)
    monkeypatch.setattr(GradebookWriter, "__exit__", lambda self, *a: None)
    monkeypatch.setattr(GradebookWriter, "students", lambda self: {"student-01"})
    with pytest.raises(CourseError, match="holds 1 student, so it cannot move along; name a new one"):
        end_term(course, "old")
    assert (course.root / "roster.csv").exists()
    assert not (course.root / "terms").exists()


def test_a_list_that_was_tampered_with_moves_nothing(course):
    folder = end_term(course, "old").folder
    (folder / "moved.json").write_text(json.dumps({"moved": ["../../etc"], "done": True}))
    with pytest.raises(CourseError, match="names what no term moves"):
        bring_back(course, "old")
    shutil.rmtree(folder)
    with pytest.raises(CourseError, match="no such term; there are: none"):
        bring_back(course, "old")


def test_the_new_secret_is_there_at_once_and_private(course):
    end_term(course, "old")
    assert course_secret(course) != CLASS[".course_secret"].encode()
    assert (course.root / ".course_secret").stat().st_mode & 0o077 == 0
