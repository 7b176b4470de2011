"""Percent text -> source notebook -> release: deterministic, clean, and clear about mistakes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from grading.course import Course
from grading.errors import CourseError
from grading.units.build import build_source, release, source_notebook
from tests.grading.conftest import ROOT

UNITS = Course(ROOT).units
CLEAN = """# %% [markdown]
# # A unit
#
# ## 1 A task ({{ points }})
# Read [a page]({{ book }}/page.html).

# %% role="task" grade_id="double"
def double(x):
    \"\"\"Twice x.\"\"\"
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% role="tests" grade_id="test_double" points=2
check(double)
"""


@pytest.fixture
def tiny(tmp_path):
    """A course with one unit that can be spoilt."""
    (tmp_path / "solutions").mkdir()
    (tmp_path / "course.toml").write_text(
        'course_id = "t"\nunits = ["tiny"]\nbook_url = "https://b.example.org/"\n'
    )
    (tmp_path / "solutions" / "tiny.py").write_text(CLEAN)
    return Course(tmp_path)


def bare_course(folder):
    """A course folder with the sources of all units and nothing built."""
    for name in ("solutions", "tests/hidden"):
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.ipynb", "*.json")
        )
    (folder / "requirements").mkdir()
    for name in ("course.toml", "nbgrader_config.py", "requirements/student.txt"):
        shutil.copy(ROOT / name, folder / name)
    return Course(folder)


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory):
    """Sources of all units, built anew from the percent text alone."""
    folder = tmp_path_factory.mktemp("rebuilt")
    course = bare_course(folder)
    for unit in UNITS:
        build_source(course, unit)
    release(course, UNITS)
    return folder


def test_another_processors_linear_algebra_gives_the_same_bytes(rebuilt, tmp_path):
    bare_course(tmp_path)
    oldest = {**os.environ, "OPENBLAS_CORETYPE": "Prescott"}  # the kernel that rounds most differently
    command = [sys.executable, "-m", "grading", "--course", str(tmp_path), "build"]
    subprocess.run(command, env=oldest, check=True, capture_output=True)
    for path in sorted(rebuilt.glob("exercises/*/*")):
        assert (tmp_path / path.relative_to(rebuilt)).read_bytes() == path.read_bytes(), path.name


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("kind", ["solutions", "exercises"])
def test_the_committed_files_are_what_the_sources_give_byte_for_byte(rebuilt, kind, unit):
    made = {path.name: path.read_bytes() for path in (rebuilt / kind / unit).iterdir()}
    kept = {path.name: path.read_bytes() for path in (ROOT / kind / unit).iterdir() if path.name[0] not in "._"}
    assert set(made) == set(kept)
    assert [name for name in made if made[name] != kept[name]] == []


@pytest.mark.parametrize("unit", UNITS)
def test_the_release_holds_no_answer_no_hidden_test_no_stray_file(unit):
    folder = ROOT / "exercises" / unit
    text = (folder / f"{unit}.ipynb").read_text(encoding="utf-8")
    for word in ("SOLUTION", "HIDDEN", "hidden_check", "Rubric"):
        assert word not in text
    data = {path.name for path in Course(ROOT).source_folder(unit).glob("*.csv")}
    assert {path.name for path in folder.iterdir()} == {f"{unit}.ipynb", "check.py", "public_checks.json", *data}


@pytest.mark.parametrize("unit", UNITS)
def test_points_shown_are_points_given(unit):
    cells = json.loads((ROOT / "exercises" / unit / f"{unit}.ipynb").read_text(encoding="utf-8"))["cells"]
    shown = re.findall(
        r"\(([\d.]+) points?[,)]", "\n".join("".join(c["source"]) for c in cells if c["id"][:4] == "text")
    )
    given = [c["metadata"]["nbgrader"]["points"] for c in cells if c["metadata"].get("nbgrader", {}).get("grade")]
    assert [float(points) for points in shown] == given


@pytest.mark.parametrize("unit", UNITS)
def test_the_first_cell_speaks_to_the_student_and_the_metadata_name_the_source(unit):
    notebook = json.loads((ROOT / "exercises" / unit / f"{unit}.ipynb").read_text(encoding="utf-8"))
    assert f"solutions/{unit}.py" in notebook["metadata"]["made_from"]
    first = "".join(notebook["cells"][0]["source"])
    assert first.startswith("# ")
    assert "make" not in first.split()


def test_roles_points_and_links(tiny):
    cells = source_notebook(tiny, "tiny")["cells"]
    assert [cell["id"] for cell in cells] == ["text-01", "double", "test_double"]
    assert "## 1 A task (2 points)" in cells[0]["source"]
    assert "(https://b.example.org/page.html)" in cells[0]["source"]
    assert cells[2]["metadata"]["nbgrader"] == {
        "grade": True,
        "solution": False,
        "locked": True,
        "task": False,
        "schema_version": 3,
        "grade_id": "test_double",
        "cell_type": "code",
        "points": 2,
    }


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param(" points=2", "", "test_double has role 'tests' but no points; add points", id="no points"),
        pytest.param(
            'id="double"', 'id="double" points=1', "has role 'task' and points; remove", id="points on a task"
        ),
        pytest.param(' grade_id="double"', "", "no grade_id", id="no grade_id"),
        pytest.param('role="task"', 'role="taks"', "a role is one of", id="unknown role"),
        pytest.param('role="task" ', "", "code without a role", id="code without a role"),
        pytest.param('id="test_double"', 'id="double"', "stands twice", id="a grade_id twice"),
        pytest.param("points=2", "points=2 weight=3", "unknown mark 'weight'", id="an unknown mark"),
        pytest.param("### BEGIN SOLUTION", "", "no '### BEGIN SOLUTION'", id="an answer that would be released"),
    ],
)
def test_a_mistake_in_a_source_names_the_file_the_cell_and_the_cure(tiny, old, new, words):
    path = tiny.source("tiny")
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(CourseError) as error:
        source_notebook(tiny, "tiny")
    assert f"{path}: cell " in str(error.value)
    assert words in str(error.value)
