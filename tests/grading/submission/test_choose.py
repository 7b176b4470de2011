"""Which file is the unit's notebook: by its content, and collect and autograde never disagree."""

from __future__ import annotations

import copy
import json
import shutil
from dataclasses import replace

import pytest

from grading.intake.collect import collect
from grading.submission.choose import File, choose
from grading.submission.read import read_folder
from grading.submission.recogniser import Recognised, Recogniser
from tests.grading.conftest import OTHER, UNIT, built, cell, hand_in, released, solved, two_units
from tests.growth import assert_growth

NB = f"{UNIT}.ipynb"


def as_bytes(notebook):
    return json.dumps(notebook).encode()


def without_ids(notebook):
    """As Colab or Kaggle hand it back."""
    notebook = copy.deepcopy(notebook)
    for number, entry in enumerate(notebook["cells"]):
        entry["metadata"], entry["id"] = {}, f"new-{number}"
    return notebook


def partly(*names):
    """The release with these answers only."""
    notebook, answers = released(), solved()
    for name in names:
        cell(notebook, name)["source"] = cell(answers, name)["source"]
    return notebook


RELEASED, SOLVED = as_bytes(released()), as_bytes(solved())
SIGNED = as_bytes({**solved(), "metadata": {"signed": "A"}})
OTHERS = (built().release_folder(OTHER) / f"{OTHER}.ipynb").read_bytes()
SCRATCH = as_bytes({"cells": [{"cell_type": "code", "source": "1", "metadata": {}}], "nbformat": 4})
EMPTY = as_bytes({"cells": [], "nbformat": 4})

TAKEN = {
    "its name": ({NB: SOLVED}, NB),
    "in capitals": ({f"{UNIT.upper()}.IPYNB": SOLVED}, f"{UNIT.upper()}.IPYNB"),
    "renamed": ({"Homework 3 final.ipynb": SOLVED}, "Homework 3 final.ipynb"),
    "a browser's .txt": ({f"{NB}.txt": SOLVED}, f"{NB}.txt"),
    "a browser's .json": ({f"{NB}.JSON": SOLVED}, f"{NB}.JSON"),
    "only .json": ({f"{UNIT}.json": SOLVED}, f"{UNIT}.json"),
    "only .txt, with a mark": ({"hw.txt": b"\xef\xbb\xbf\n" + SOLVED}, "hw.txt"),
    ".txt in UTF-16": ({"hw.txt": SOLVED.decode().encode("utf-16")}, "hw.txt"),
    ".txt in UTF-16, the other way round": (
        {"hw.txt": b"\xfe\xff" + SOLVED.decode().encode("utf-16-be")},
        "hw.txt",
    ),
    "no extension": ({UNIT: SOLVED}, UNIT),
    "a copy beside the release": ({NB: RELEASED, f"{UNIT}-Copy1.ipynb": SOLVED}, f"{UNIT}-Copy1.ipynb"),
    "a download beside the release": ({NB: RELEASED, f"{UNIT} (1).ipynb": SOLVED}, f"{UNIT} (1).ipynb"),
    "Kopie von": ({NB: RELEASED, f"Kopie von {NB}": SOLVED}, f"Kopie von {NB}"),
    "renamed beside the release": ({NB: RELEASED, "mine.ipynb": SOLVED}, "mine.ipynb"),
    ".json beside the release": ({NB: RELEASED, f"{UNIT}.json": SOLVED}, f"{UNIT}.json"),
    "in a folder beside the release": ({NB: RELEASED, f"week 3/{NB}": SOLVED}, f"week 3/{NB}"),
    "only in a folder": ({f"week 3/{UNIT}-Copy1.ipynb": SOLVED}, f"week 3/{UNIT}-Copy1.ipynb"),
    "a copy without ids": ({NB: RELEASED, "colab.ipynb": as_bytes(without_ids(solved()))}, "colab.ipynb"),
    "the release beside an old copy": (
        {NB: SOLVED, f"{UNIT}-Copy1.ipynb": RELEASED, f"{UNIT} (2).ipynb": RELEASED},
        NB,
    ),
    "another case": ({f"{UNIT}_final.ipynb".title(): SOLVED, f"{UNIT}_old.ipynb".title(): RELEASED}, "_Final"),
    "two that are solved: its name": ({NB: SOLVED, f"{UNIT}-Copy1.ipynb": SIGNED}, NB),
    "two copies: the newer": (
        {f"{UNIT}-Copy1.ipynb": SOLVED, f"{UNIT}-Copy2.ipynb": SIGNED},
        f"{UNIT}-Copy2.ipynb",
    ),
    "the tenth copy": ({f"{UNIT} (9).ipynb": SOLVED, f"{UNIT} (10).ipynb": SIGNED}, f"{UNIT} (10).ipynb"),
    "most answers": (
        {NB: as_bytes(partly("f_ratio")), "b.ipynb": as_bytes(partly("f_ratio", "partial_pooling"))},
        "b.ipynb",
    ),
    "beside one of another unit": ({"a.ipynb": OTHERS, "b.ipynb": SOLVED}, "b.ipynb"),
    "another unit's under its name": ({NB: OTHERS, "b.ipynb": RELEASED}, "b.ipynb"),
    "beside one of no unit": ({"a.ipynb": SCRATCH, "b.ipynb": RELEASED}, "b.ipynb"),
    "beside a broken one": ({NB: b"{", "b.ipynb": SOLVED}, "b.ipynb"),
    "nothing recognisable in it, but its name": ({NB: EMPTY, "a.ipynb": SCRATCH}, NB),
    "broken": ({NB: SOLVED[:100], "notes.txt": b"x"}, NB),
    "broken, the likely one": ({"a.ipynb": b"{" * 100, f"{UNIT}2.ipynb": b"{"}, f"{UNIT}2.ipynb"),
}
NOT_TAKEN = {
    "another unit's": {f"{OTHER}.ipynb": OTHERS},
    "another unit's under its name": {NB: OTHERS},
    "no unit's": {"a.ipynb": SCRATCH},
    "no unit's as .json": {"a.json": SCRATCH, "data.json": b'{"cell_type": "code"}'},
    "a script and a page": {f"{UNIT}.py": b"x = 1", f"{UNIT}.html": b"<html>"},
    "a shortcut": {f"{NB}.url": b"[InternetShortcut]\nURL=https://example.org"},
    "nothing": {},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return two_units(tmp_path_factory.mktemp("two") / "course")


@pytest.fixture
def course(made):
    """A course that knows two units, with nothing handed in."""
    for name in ("submitted", "download"):
        shutil.rmtree(made.root / name, ignore_errors=True)
    return made


def placed(course, files):
    folder = hand_in(course, "student-01", None)
    for name, data in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def chosen(course, files):
    """What autograde would grade."""
    return read_folder(placed(course, files), "student-01", Recogniser(course, UNIT))


def collected(course, files):
    """What collect puts into submitted/, and what autograde makes of that."""
    shutil.rmtree(course.submissions)
    archive = course.root / "download"
    for name, data in files.items():
        (archive / "student-01" / name).parent.mkdir(parents=True, exist_ok=True)
        (archive / "student-01" / name).write_bytes(data)
    (archive / "student-02").mkdir()
    (archive / "student-02" / NB).write_bytes(RELEASED)  # of one student only, a folder could be the class's
    report = collect(course, UNIT, archive, lms="folder")
    folder = course.submitted("student-01", UNIT)
    return report, read_folder(folder, "student-01", Recogniser(course, UNIT))


@pytest.mark.parametrize(("files", "name"), [pytest.param(*each, id=kind) for kind, each in TAKEN.items()])
def test_the_notebook_that_counts_is_the_same_for_collect_and_autograde(course, files, name):
    name = next(each for each in files if name[1:] in each) if name.startswith("_") else name
    found = chosen(course, files)
    assert found.notebook == files[name]
    assert found.notebook_name == name.rpartition("/")[2]
    _, again = collected(course, files)
    assert again.notebook == files[name]


@pytest.mark.parametrize("files", [pytest.param(each, id=kind) for kind, each in NOT_TAKEN.items()])
def test_what_is_no_notebook_of_the_unit_is_graded_by_neither(course, files):
    found = chosen(course, files)
    assert (found.notebook, found.notebook_name) == (None, None)
    if files:
        report, again = collected(course, files)
        assert {line.state for line in report.lines if line.student == "student-01"} <= {
            "no notebook",
            "other unit",
        }
        assert (again.notebook, again.notebook_name) == (None, None)


def test_what_was_not_taken_is_told(course):
    files = {NB: RELEASED, "a.ipynb": SOLVED, "b.ipynb": SOLVED, "c.ipynb": OTHERS, "d.ipynb": b"{"}
    told = [oddity.text for oddity in chosen(course, files).oddities]
    assert f"{NB}: a second notebook, with 0 answers, not graded" in told
    assert f"c.ipynb: the notebook of unit {OTHER}, not graded" in told
    assert any(text.startswith("d.ipynb: a second notebook, unreadable (not JSON") for text in told)
    assert any("the same once more" in text for text in told)


UNREADABLE = Recognised(trouble="cut off")
THEIRS = Recognised(cells=9, answers=9, other=OTHER)
NONE, FEW, MANY = Recognised(), Recognised(cells=3, answers=1), Recognised(cells=3, answers=2)
WHOLE = replace(FEW, cells=9)


class Known:
    """A recogniser that has seen all there is: a file's content is a number in this list."""

    unit = "lab"
    seen = (NONE, FEW, MANY, THEIRS, UNREADABLE, WHOLE)

    def look(self, data):
        return self.seen[int(data[-1:])]


def ranked(files):
    """The choice among files of which is known what each is."""
    contents = {name: f'{{"cell_type"{Known.seen.index(seen)}'.encode() for name, seen in files.items()}
    return choose([File(name, data) for name, data in contents.items()], Known())


@pytest.mark.parametrize(
    ("files", "best"),
    [
        pytest.param({"lab.ipynb": FEW, "x.ipynb": MANY}, "x.ipynb", id="most answers"),
        pytest.param({"x.ipynb": WHOLE, "LAB.ipynb": FEW}, "LAB.ipynb", id="its name before more cells"),
        pytest.param({"x.ipynb": WHOLE, "my Lab.ipynb": FEW}, "my Lab.ipynb", id="a name that holds it"),
        pytest.param({"lab2.ipynb": WHOLE, "a/b/lab.ipynb": FEW}, "a/b/lab.ipynb", id="its name, deep"),
        pytest.param({"a/b/lab.ipynb": WHOLE, "a/lab.ipynb": FEW}, "a/lab.ipynb", id="the least deep"),
        pytest.param({"x3.ipynb": FEW, "x1.ipynb": WHOLE}, "x1.ipynb", id="most cells before numbers"),
        pytest.param({"x 9 2.ipynb": FEW, "x 1 10.ipynb": FEW}, "x 1 10.ipynb", id="the last number, as one"),
        pytest.param({"x.ipynb": FEW, "x1.ipynb": FEW}, "x1.ipynb", id="a number before none"),
        pytest.param({"long.ipynb": FEW, "b.ipynb": FEW}, "b.ipynb", id="the shortest"),
        pytest.param({"b.ipynb": FEW, "a.ipynb": FEW}, "b.ipynb", id="the last by name"),
        pytest.param({"lab.ipynb": NONE, "x.json": FEW}, "x.json", id="another name, by content"),
        pytest.param({"lab.ipynb": NONE, "x.json": NONE}, "lab.ipynb", id="nothing of it, under its name"),
        pytest.param({"x/lab.ipynb": UNREADABLE, "y.ipynb": UNREADABLE}, "x/lab.ipynb", id="unreadable"),
        pytest.param({"lab.ipynb.txt": NONE}, "", id="nothing of it, under another name"),
        pytest.param({"x.json": THEIRS, "lab.json": UNREADABLE}, "", id="no notebooks by name"),
        pytest.param({"lab.ipynb": THEIRS}, "", id="another unit's"),
    ],
)
def test_of_several_the_likeliest_counts(files, best):
    for order in (files, dict(reversed(files.items()))):
        found = ranked(order)
        assert (found.best.file.name if found.best else "") == best


def test_what_several_that_do_not_count_are():
    found = ranked({"lab.ipynb": MANY, "a.json": MANY, "b.ipynb": FEW, "c.ipynb": THEIRS, "d.ipynb": UNREADABLE})
    assert {file.name: what for file, what in found.others} == {
        "a.json": "the same once more",
        "b.ipynb": "a second notebook, with 1 answer",
        "c.ipynb": f"the notebook of unit {OTHER}",
        "d.ipynb": "a second notebook, unreadable (cut off)",
    }
    assert [what for _, what in ranked({"lab.ipynb": FEW, "x.ipynb": NONE}).others] == [
        "a notebook of something else"
    ]
    states = ({"lab.ipynb": FEW}, {"lab.ipynb": UNREADABLE}, {"lab.ipynb": THEIRS}, {"a.json": NONE})
    assert [ranked(files).state for files in states] == ["notebook", "unreadable", "other unit", "no notebook"]
    assert ranked({"x.ipynb": NONE}).others[0][1] == "a notebook of something else"


def test_what_was_not_read_is_unreadable_and_the_longer_is_told():
    files = [File("a.ipynb", b"", "too large"), File("b.ipynb", b'{"cell_type"44'), File("c.ipynb", b"4")]
    found = choose([File("notes.txt", b"x"), *files], Known())
    assert (found.state, found.best.file.name) == ("unreadable", "b.ipynb")
    assert found.others[0] == (files[0], "a second notebook, unreadable (too large)")


def test_what_a_file_is_by_its_content_alone():
    kinds = [b"", b"PK", b"\xef\xbb\xbf<html>", b"\xff<html>", b" " * 2001 + b"<html>", b"x = 1"]
    assert [File("a/b/c", data).kind for data in kinds] == [
        "",
        " (a zip or office file, not a notebook)",
        " (a web page, not a notebook)",
        "",
        "",
        "",
    ]
    assert [(file.base, file.folder) for file in (File("a/b/c", b""), File("c", b""))] == [("c", "a/b"), ("c", "")]


def test_a_folder_full_of_notebooks_takes_time_in_proportion(course, monkeypatch):
    recogniser = Recogniser(course, UNIT)
    monkeypatch.setattr("grading.submission.read.MAX_LOOKED_FILES", 20)

    def read(count):
        for number in range(count):
            (folder / f"nb{number}.ipynb").touch()
        read_folder(folder, "student-01", recogniser)

    folder = placed(course, {})
    assert_growth(read, 500, 2_000, below=12)  # 16 if it were quadratic
    placed(course, {NB: SOLVED})
    found = read_folder(folder, "student-01", recogniser)
    assert found.notebook == SOLVED
    assert any("are called notebooks were not looked at" in oddity.text for oddity in found.oddities)
