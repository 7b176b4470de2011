"""What is read of a student's folder, what is left out, and what a TA is told of it, in exact words."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from grading.oddities import Oddity
from grading.submission import read
from grading.submission.read import Submission, read_folder
from grading.submission.recogniser import Recogniser
from tests.grading.conftest import UNIT, built, released, solved

NB = f"{UNIT}.ipynb"
SOLVED = json.dumps(solved()).encode()
RELEASED = json.dumps(released()).encode()


@pytest.fixture(scope="module")
def recogniser():
    return Recogniser(built(), UNIT)


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "student-01" / UNIT
    made.mkdir(parents=True)
    (made / NB).write_bytes(SOLVED)
    return made


def told(folder, recogniser):
    return list(read_folder(folder, "student-01", recogniser).oddities)


def test_what_is_beside_the_notebook_comes_with_it(folder, recogniser):
    for name in (
        "helpers.py",
        "data/a.csv",
        "timestamp.txt",
        "submission_secret.txt",
        ".hidden",
        "__pycache__/x.pyc",
    ):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(name)
    files = {"helpers.py": b"helpers.py", "data/a.csv": b"data/a.csv"}
    assert read_folder(folder, "student-01", recogniser) == Submission("student-01", NB, SOLVED, files, ())


def test_links_pipes_and_odd_names_are_told_and_left_out(folder, recogniser):
    (folder / "link.py").symlink_to("/etc/hostname")
    os.mkfifo(folder / "pipe")
    (folder / "bell\a.txt").write_text("x")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.txt")).write_text("x")
    odd = [("odd file name", "bell\a.txt"), ("link", "link.py"), ("no ordinary file", "pipe")]
    odd += [("odd file name", "\\udcff.txt")]
    assert told(folder, recogniser) == [Oddity(*each) for each in odd]


@pytest.mark.parametrize("at", ["", ".."])
def test_a_linked_folder_is_not_read(folder, recogniser, tmp_path, at):
    link = tmp_path / "linked"
    link.symlink_to(folder / at, target_is_directory=True)
    path = link / UNIT if at else link
    assert read_folder(path, "s", recogniser) == Submission("s", None, None, {}, (Oddity("linked folder"),))


def test_what_is_too_large_or_one_too_many_is_told(folder, recogniser, monkeypatch):
    monkeypatch.setattr(read, "MAX_EXTRA_BYTES", 10)
    monkeypatch.setattr(read, "MAX_EXTRA_FILES", 3)
    for name, size in (("a", 4), ("b", 7), ("c", 6), ("d", 0), ("e", 0)):
        (folder / f"{name}.dat").write_bytes(bytes(size))
    found = read_folder(folder, "student-01", recogniser)
    assert list(found.files) == ["a.dat", "c.dat", "d.dat"]
    assert list(found.oddities) == [Oddity("file left out", f"{name}.dat") for name in "be"]


def test_the_notebook_of_another_name_or_deeper_is_told(folder, recogniser):
    (folder / NB).unlink()
    (folder / "deep").mkdir()
    (folder / "deep" / "mine.ipynb").write_bytes(SOLVED)
    (folder / "deep" / "beside.csv").write_text("1")
    found = read_folder(folder, "student-01", recogniser)
    assert (found.notebook_name, found.notebook, dict(found.files)) == ("mine.ipynb", SOLVED, {"beside.csv": b"1"})
    assert list(found.oddities) == [
        Oddity("one folder deeper", "deep/mine.ipynb"),
        Oddity("other name", "mine.ipynb", NB),
    ]


def test_a_notebook_may_lie_as_deep_as_the_path_on_a_hub(folder, recogniser):
    (folder / NB).unlink()
    deep = folder / "home" / "jovyan" / "week 3"
    (deep / "own" / "parts").mkdir(parents=True)
    (deep / NB).write_bytes(SOLVED)
    (deep / "own" / "parts" / "one.py").write_text("one = 1")
    found = read_folder(folder, "student-01", recogniser)
    assert (found.notebook, dict(found.files)) == (SOLVED, {"own/parts/one.py": b"one = 1"})
    assert [oddity.text for oddity in found.oddities] == [f"home/jovyan/week 3/{NB}: found in a folder deeper"]


@pytest.mark.parametrize("space", ["\u00a0", "\u202f", "\u3000"])
def test_a_space_of_another_width_in_its_name_hides_no_notebook(folder, recogniser, space):
    (folder / NB).rename(folder / f"copy{space}1.ipynb")
    assert read_folder(folder, "student-01", recogniser).notebook == SOLVED


def test_what_a_cloud_left_in_place_of_a_notebook_is_named(folder, recogniser):
    (folder / NB).rename(folder / f".{NB}.icloud")
    (folder / ".DS_Store").touch()
    (oddity,) = told(folder, recogniser)
    assert oddity.text == f"expected {NB}, found .{NB}.icloud"


def test_without_a_notebook_the_names_of_what_is_there_are_told(folder, recogniser):
    (folder / NB).unlink()
    assert told(folder, recogniser) == [Oddity("no file", NB)]
    for number in range(7):
        (folder / f"{number}.pdf").write_bytes(b"%PDF-1.7")
    (oddity,) = told(folder, recogniser)
    assert (oddity.kind, oddity.where) == ("no notebook", NB)
    assert [f"{number}.pdf (a PDF" in oddity.detail for number in range(7)] == [True] * 5 + [False] * 2


def test_other_notebooks_are_named_up_to_a_number(folder, recogniser, monkeypatch):
    monkeypatch.setattr(read, "MOST_NAMED", 2)
    for number in range(4):
        (folder / f"copy-{number}.ipynb").write_bytes(RELEASED)
    oddities = told(folder, recogniser)
    assert [(oddity.kind, bool(oddity.where), bool(oddity.detail)) for oddity in oddities] == [
        ("other notebook", True, True)
    ] * 2


def test_notebooks_beyond_what_is_looked_at_are_counted(folder, recogniser, monkeypatch):
    monkeypatch.setattr(read, "MAX_LOOKED_FILES", 2)
    for number in range(3):
        (folder / f"z{number}.ipynb").write_bytes(RELEASED)
    assert Oddity("notebooks not looked at", "2", "2") in told(folder, recogniser)


def test_as_many_bytes_are_looked_at_as_there_may_be(folder, recogniser, monkeypatch):
    monkeypatch.setattr(read, "MAX_LOOKED_BYTES", len(SOLVED))
    for number in range(3):
        (folder / f"z{number}.ipynb").write_bytes(RELEASED)
    oddities = told(folder, recogniser)
    assert [oddity.kind for oddity in oddities] == ["notebooks not looked at", "other notebook"]
    assert oddities[0].detail == "2"


def test_a_small_file_that_cannot_be_read_is_told(folder, recogniser, monkeypatch):
    (folder / "a.csv").write_text("1")
    (folder / "b.csv").write_text("2")
    contents = Path.read_bytes

    def refuse(path):
        if path.name == "a.csv":
            raise PermissionError(13, "Permission denied")
        return contents(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    found = read_folder(folder, "student-01", recogniser)
    assert list(found.oddities) == [Oddity("unreadable file", "a.csv", "Permission denied")]
    assert found.files == {"b.csv": b"2"}


def test_a_notebook_that_is_too_large_is_malformed_and_its_files_are_kept(folder, recogniser, monkeypatch):
    monkeypatch.setattr(read, "MAX_NOTEBOOK_BYTES", 100)
    (folder / "a.csv").write_text("1")
    found = read_folder(folder, "student-01", recogniser)
    assert (found.notebook_name, found.notebook, dict(found.files)) == (NB, None, {"a.csv": b"1"})
    assert list(found.oddities) == [Oddity("malformed notebook", NB, read.TOO_LARGE)]


def test_a_folder_that_cannot_be_listed_is_told(folder, recogniser, monkeypatch):
    (folder / "closed").mkdir()
    listed = Path.iterdir

    def refuse(path):
        if path.name == "closed":
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert told(folder, recogniser) == [Oddity("unreadable file", "closed/", "Permission denied")]
