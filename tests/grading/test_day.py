"""A class's day: from a platform's zip to returned feedback by the commands of the page, no decision hidden."""

from __future__ import annotations

import json
import re
import shlex
import zipfile

import pytest

from grading.__main__ import main
from grading.lms.class_list import class_list
from tests.grading import lms_archives as lms
from tests.grading.commands.test_page_commands import commands
from tests.grading.conftest import ROOT, UNIT

PEOPLE = lms.students(4)
PAGE = (ROOT / "book" / "from-the-lms.md").read_text(encoding="utf-8")
FIRST = commands(PAGE[: PAGE.index("At any time")])
"""The steps that the page begins with."""


def points(course):
    cells = json.loads(course.release(UNIT).read_text())["cells"]
    return f"{sum(cell['metadata'].get('nbgrader', {}).get('points', 0) for cell in cells):g}"


def downloaded(course, platform):
    """What a person has fetched from the platform; the last of the class handed in nothing."""
    name, table = {
        "canvas": (lms.canvas_name, lms.canvas_gradebook),
        "moodle": (lms.moodle_name, lms.moodle_worksheet),
    }[platform]
    files = [(name(s, f"{UNIT}.ipynb"), lms.notebook(s.number)) for s in PEOPLE[:3]]
    (course.root / "submissions.zip").write_bytes(lms.zip_bytes(files))
    (course.root / "gradebook.csv").write_bytes(table(PEOPLE, points=points(course)))


@pytest.mark.parametrize("platform", ["canvas", "moodle"])
def test_from_the_zip_to_returned_feedback_by_the_pages_commands(course, monkeypatch, capsys, platform):
    assert len(FIRST) <= 6
    downloaded(course, platform)
    monkeypatch.chdir(course.root)
    for command in FIRST:
        words = shlex.split(command.replace("shrinkage", UNIT).replace("canvas", platform))
        assert main(words[3:]) in (0, 3), capsys.readouterr()
    said = capsys.readouterr().out
    assert "roster.csv made from gradebook.csv: these 4 are the class from now on" in said
    assert list(class_list(course)) == [s.id for s in PEOPLE]
    assert main(["status", "--json"]) == 0
    (unit,) = json.loads(capsys.readouterr().out)["units"]
    handed_in = [s.id for s in PEOPLE[:3]]
    assert (unit["who"]["exported"], unit["who"]["returned"], unit["who"]["missing"]) == (
        handed_in,
        handed_in,
        [PEOPLE[3].id],
    )
    assert unit["next"] == ""
    (path,) = course.results.rglob("*.zip")
    with zipfile.ZipFile(path) as made:
        pages = {name: made.read(name).decode() for name in made.namelist()}
    number = {s.id: s.canvas if platform == "canvas" else s.participant for s in PEOPLE}
    if platform == "canvas":  # the work was a notebook, so the page that takes its name is one, and names nobody
        told = {student: name for student in handed_in for name in pages if number[student] in name}
        assert len(pages) == len(told)
    else:
        told = {re.search(r"Feedback for .*?\(([\w-]+)\)", page)[1]: name for name, page in pages.items()}
    assert sorted(told) == handed_in
    assert all(number[student] in name for student, name in told.items())
