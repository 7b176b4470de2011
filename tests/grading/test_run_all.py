"""What the student's own *Run All* shows is what is judged: odd notebooks, each also run without the grader."""

from __future__ import annotations

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from grading.course import Course
from grading.sandbox import Sandbox
from grading.submission.fingerprint import Work
from grading.submission.grade import grade
from grading.submission.read import Submission
from grading.units.unit import load_unit
from tests.grading.conftest import ROOT, UNIT, built, solved
from tests.grading.submission.odd_notebooks import CASES, Odd, cells_of

JOBS = 2


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
    with Sandbox(python, jobs=JOBS, modules=unit.modules) as sandbox, ThreadPoolExecutor(JOBS) as threads:
        return dict(zip(cases, threads.map(result, cases), strict=True))


@pytest.fixture(scope="module")
def unit():
    return load_unit(built(), UNIT)


@pytest.fixture(scope="module")
def expected(unit):
    return own_runs(built(), unit, CASES, solved())


@pytest.fixture(scope="module")
def results(unit):
    return graded(unit, CASES, solved())


@pytest.mark.parametrize("name", CASES)
def test_the_automatic_marks_are_those_of_the_students_own_run(name, expected, results):
    marks = {m.grade_id.removeprefix("test_"): m for m in results[name].marks if not m.written}
    assert marks.keys() == expected[name].keys()
    earned = {task: mark.score for task, mark in marks.items()}
    own = {task: round(marks[task].points * share, 2) for task, share in expected[name].items()}
    assert earned == own, {task: mark.message for task, mark in marks.items() if own[task] != earned[task]}
