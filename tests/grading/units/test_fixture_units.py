"""The units on which the grader is tested are units like any other: they build, and their checks hold the proof.

`spread` is also the example of the page "Edit a unit": what that page shows is what runs here.
"""

from __future__ import annotations

import importlib.util
import json
import shutil

import pytest

from grading.autograde.run import autograde
from grading.course import Course
from grading.units import hidden_tests
from sample_class.make_class import as_handed_in, read
from tests.checks import proof
from tests.grading.conftest import OTHER, ROOT, UNIT, built

FOLDER = ROOT / "tests/grading/unit"
CHECKS = {unit: hidden_tests.checks(Course(FOLDER), unit) for unit in (UNIT, OTHER)}


def every_check():
    return [pytest.param(check, id=f"{unit}.{name}") for unit in CHECKS for name, check in CHECKS[unit].items()]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("check", every_check())
def test_the_checks_of_the_fixture_units_hold_the_proof(check):
    faults = [fault for m in check.misconceptions for fault in proof.faults_of_misconception(check, m)]
    for claim in ("reference", "lookalikes", "constants", "answers_by_heart", "cases"):
        faults += getattr(proof, f"faults_of_{claim}")(check)
    assert faults == []


def test_the_example_has_right_answers_written_another_way_that_pass():
    path = FOLDER / f"tests/checks/alternatives/{OTHER}.py"
    module = importlib.util.module_from_spec(spec := importlib.util.spec_from_file_location("example", path))
    spec.loader.exec_module(module)
    assert set(module.ALTERNATIVES) == set(CHECKS[OTHER])
    for name, functions in module.ALTERNATIVES.items():
        assert [proof.faults_of_answer(CHECKS[OTHER][name], function) for function in functions] == [[]]


def test_the_page_shows_the_files_of_the_example_whole():
    page = (ROOT / "book/edit-a-unit.md").read_text("utf-8")
    for name in (f"solutions/{OTHER}.py", f"tests/hidden/{OTHER}.py", f"tests/checks/alternatives/{OTHER}.py"):
        assert f"```{{literalinclude}} ../tests/grading/unit/{name}\n" in page


def test_the_example_is_graded(tmp_path):
    folder = tmp_path / "course"
    shutil.copytree(built().root, folder)
    course = Course(folder)
    handed_in = folder / "submitted" / "student-01" / OTHER
    handed_in.mkdir(parents=True)
    notebook = as_handed_in(read(course.master(OTHER)), read(course.release_folder(OTHER) / f"{OTHER}.ipynb"))
    (handed_in / f"{OTHER}.ipynb").write_text(json.dumps(notebook))
    assert [result.score for result in autograde(course, OTHER).results] == [4.0]
