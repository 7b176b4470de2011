"""Notebooks of an nbgrader course become units: roles, points and tests as they were, and they grade."""

from __future__ import annotations

import json

import pytest

from grading.__main__ import main
from grading.course import Course
from grading.doctor.course_folders.adopt import adopt
from grading.errors import CourseError
from grading.units.build import build_source, release
from grading.units.master import nbgrader_of, notebook_cells, source_of
from tests.grading.conftest import make_course


def of(kind, source, **marks):
    metadata = {"nbgrader": {"grade": False, "solution": False, "locked": False, **marks}} if marks else {}
    code = {"execution_count": 3, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "metadata": metadata, "source": source.splitlines(keepends=True), **code}


STRANGERS = [
    of("markdown", "# Problem 1"),
    of("code", "import csv\ndata = list(csv.reader(open('numbers.csv')))"),
    of(
        "code",
        "def squares(n):\n    ### BEGIN SOLUTION\n    return [k * k for k in range(1, n+1)]\n    ### END SOLUTION",
        **{"solution": True, "grade_id": "squares", "schema_version": 1},
    ),
    of(
        "code",
        "assert squares(2) == [1, 4]\n### BEGIN HIDDEN TESTS\nassert squares(1) == [1]\n### END HIDDEN TESTS",
        **{"grade": True, "locked": True, "points": 2.0, "grade_id": "correct squares"},
    ),
    of("markdown", "Because.", **{"grade": True, "solution": True, "points": 1.5, "grade_id": "why"}),
    of(
        "markdown",
        "Plot it.\n=== BEGIN MARK SCHEME ===\nOne for axes.\n=== END MARK SCHEME ===",
        **{"task": True, "points": 4, "grade_id": "plot"},
    ),
]


@pytest.fixture
def strangers(tmp_path):
    """A notebook of nbgrader's, of an old format without ids of cells, with a data file beside it."""
    folder = tmp_path / "source" / "ps1"
    folder.mkdir(parents=True)
    notebook = {"cells": STRANGERS, "metadata": {}, "nbformat": 4, "nbformat_minor": 0}
    (folder / "problem 1.ipynb").write_text(json.dumps(notebook))
    (folder / "numbers.csv").write_text("1,2\n")
    (folder / "solutions.txt").write_text("not named in it")
    return folder / "problem 1.ipynb"


def test_a_strangers_notebook_becomes_a_unit_with_its_roles_points_and_tests(strangers, tmp_path, capsys):
    course = make_course(tmp_path / "course")
    assert main(["--course", str(course.root), "import", str(strangers)]) == 0
    said = capsys.readouterr().out
    assert '"problem_1"]' in said
    assert "plot: a task of nbgrader's is now prose" in said
    settings = course.root / "course.toml"
    settings.write_text(settings.read_text().replace('units = ["', 'units = ["problem_1", "'))
    course = Course(course.root)
    build_source(course, "problem_1")
    release(course, ["problem_1"])
    cells = {nbgrader_of(c)["grade_id"]: c for c in notebook_cells(course.release("problem_1")) if nbgrader_of(c)}
    points = {name: nbgrader_of(cell).get("points") for name, cell in cells.items()}
    assert points == {"cell-02": None, "squares": None, "correct-squares": 2, "why": 1.5, "plot": 4}
    released = "".join(map(source_of, cells.values()))
    assert "assert squares(2)" in released
    assert not [word for word in ("k * k", "squares(1) == [1]", "Because", "axes") if word in released]
    assert "return [k * k" in "".join(map(source_of, notebook_cells(course.master("problem_1"))))
    assert {path.name for path in course.release_folder("problem_1").iterdir()} == {
        *("problem_1.ipynb", "check.py", "public_checks.json", "numbers.csv")
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("{", "no notebook", id="no notebook"),
        pytest.param(
            '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "no cell of", id="plain"
        ),
        pytest.param(None, "no such file", id="missing"),
    ],
)
def test_what_is_no_source_notebook_is_one_line_and_writes_nothing(tmp_path, text, says):
    course = make_course(tmp_path / "course")
    path = tmp_path / "other.ipynb"
    if text is not None:
        path.write_text(text)
    with pytest.raises(CourseError, match=says):
        adopt(course, path)
    assert not course.source("other").exists()


def test_no_unit_is_written_over(strangers, tmp_path):
    course = make_course(tmp_path / "course")
    adopt(course, strangers)
    with pytest.raises(CourseError, match="exists; rename the notebook"):
        adopt(course, strangers)
