"""What the student's own *Run All* shows is what is judged: odd notebooks, each also run without the grader."""

from __future__ import annotations

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from grading.autograde import executors
from grading.course import Course
from grading.submission.fingerprint import Work
from grading.submission.grade import grade
from grading.submission.read import Submission
from grading.units.unit import load_unit
from sample_class import make_class
from tests.grading.conftest import ROOT, UNIT, built, solved
from tests.grading.submission.odd_notebooks import CASES, Odd, cells_of

JOBS = 2
REAL = (
    "nothing odd",
    "ids lost, a second try below",
    "first try right, a copy below wrong",
    "a helper in the set-up",
    "everything merged into the set-up",
    "everything in reverse",
    "a bracket forgotten",
    "an unused import of SciPy in every cell",
)
"""Cases that are tried with a unit of the module, too."""


def own_runs(course: Course, unit, cases: dict[str, Odd], solved) -> dict[str, dict[str, float]]:
    """What each notebook's functions earn in the student's own run."""
    files = {name: data.decode() for name, data in unit.files.items()}
    notebooks = {
        name: {"cells": cells_of(case.own(solved)), "files": dict(case.files)} for name, case in cases.items()
    }
    request = {
        "check_folder": str(course.release_folder(unit.name)),
        "files": files,
        "tables": unit.tables,
        "notebooks": notebooks,
    }
    script = ROOT / "tests/grading/submission/own_run.py"
    command = [str(ROOT / ".venv-student/bin/python"), "-I", str(script)]
    done = subprocess.run(command, input=json.dumps(request), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def graded(unit, cases: dict[str, Odd], solved):
    """What the grader makes of each notebook."""

    def result(name):
        made = cases[name].made(solved)
        data = made if isinstance(made, bytes) else json.dumps(made).encode()
        files = {file: text.encode() for file, text in cases[name].files.items()}
        return grade(Work.of(Submission("student-01", f"{unit.name}.ipynb", data, files), unit), unit, sandbox)

    python = ROOT / ".venv-student/bin/python"
    setup = executors.GraderSetup(unit, python)
    with executors.sandbox(setup, JOBS) as sandbox, ThreadPoolExecutor(JOBS) as threads:
        return dict(zip(cases, threads.map(result, cases), strict=True))


SAYS = {
    "a bracket forgotten": {
        "group_summary": "`group_summary` is not there: its cell stopped with SyntaxError in line",
        "f_ratio": "Right, given a right `group_summary`",
        "shrinkage_estimate": "Right, given a right `group_summary`",
    },
    "a cell that stops above its function": {
        "f_ratio": "stopped with ZeroDivisionError in line 1: division by zero"
    },
    "an answer turned raw": {"complete_pooling": "its cell is a raw cell, which does not run"},
    "an answer emptied": {"group_summary": "its cell is empty", "f_ratio": "Right, given a right `group_summary`"},
    "an answer deleted": {
        "group_summary": "its cell was deleted",
        "f_ratio": "Right, given a right `group_summary`",
    },
    "SciPy used in one function": {"f_ratio": "scipy is not among what this course's notebooks may import: "},
    "SciPy at work where the cell runs": {
        "f_ratio": "stopped with ModuleNotFoundError in line 2: No module named"
    },
    "every name of SciPy's, one of them used": {"f_ratio": "scipy is not among what this course's notebooks may"},
    "an answer that is far too long": {"partial_pooling": "it returned a list too large, or too deeply nested"},
    "a file that was not handed in": {"complete_pooling": "helper is not among what"},
}
"""What a student reads of some of them, by task."""
TOLD = {
    "nothing odd": [],
    "ids lost": ["lost id"],
    "metadata lost": [],
    "first try wrong, a copy below right": ["several cells"],
    "the answer only below its test": ["judged at the end"],
    "all tests deleted": ["locked cell deleted"],
    "everything in reverse": ["moved cells", "judged at the end"],
    "an unused import of SciPy in every cell": ["missing module", "missing module"],
    "an extension of IPython that the course lacks": ["missing module"],
    "the data's path edited": ["locked cell edited"],
    "a constant at the end of the set-up": ["code added"],
}
"""What a TA is told of some: a line for each cause."""


@pytest.fixture(scope="module")
def unit():
    return load_unit(built(), UNIT)


@pytest.fixture(scope="module")
def expected(unit):
    return own_runs(built(), unit, CASES, solved())


@pytest.fixture(scope="module")
def results(unit):
    return graded(unit, CASES, solved())


@pytest.fixture(scope="module")
def real():
    course, cases = Course(ROOT), {name: CASES[name] for name in REAL}
    unit = load_unit(course, "shrinkage", secret=b"for tests only, and long enough to serve")
    right = make_class.solved("shrinkage")
    return own_runs(course, unit, cases, right), graded(unit, cases, right)


@pytest.mark.parametrize("name", CASES)
def test_the_automatic_marks_are_those_of_the_students_own_run(name, expected, results):
    marks = {m.grade_id.removeprefix("test_"): m for m in results[name].marks if not m.written}
    assert marks.keys() == expected[name].keys()
    own = {task: round(marks[task].points * share, 2) for task, share in expected[name].items()}
    other = {task: mark for task, mark in marks.items() if mark.score != own[task]}
    # Nothing is earned beside that but by an answer that is right once an earlier one is, and so says its mark.
    assert all(mark.given and mark.score == mark.points for mark in other.values()), other
    assert not any(mark.given for task, mark in marks.items() if task not in other)


@pytest.mark.parametrize(("name", "task"), [(name, task) for name, words in SAYS.items() for task in words])
def test_a_task_that_fails_for_a_cell_says_what_became_of_it(name, task, results):
    message = next(mark.message for mark in results[name].marks if mark.grade_id == f"test_{task}")
    assert SAYS[name][task] in message


@pytest.mark.parametrize("name", TOLD)
def test_one_cause_is_one_line_for_the_ta(name, results):
    assert [oddity.kind for oddity in results[name].oddities] == TOLD[name]


@pytest.mark.parametrize("name", REAL)
def test_so_it_is_for_a_unit_of_the_module(name, real):
    expected, results = real
    automatic = {m.grade_id.removeprefix("test_"): m for m in results[name].marks if not m.written}
    own = {task: round(automatic[task].points * share, 2) for task, share in expected[name].items()}
    assert {task: mark.score for task, mark in automatic.items() if not mark.given} == {
        task: score for task, score in own.items() if not automatic[task].given
    }
