"""The generated notebooks run from top to bottom: untouched, and with the answers of their source.

Cells run one after the other in one namespace, as a kernel would run them, in a copy of the folder that students
receive; figures are drawn and thrown away.
"""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import warnings

import pytest

from grading.units.build import public_checks, source_notebook
from tests.checks.conftest import CHECKS, COURSE

RUN = """
import json, sys
import matplotlib
matplotlib.use("agg")
def hidden_check(function):
    pass
for cell in json.load(open("cells.json", encoding="utf-8")):
    exec(compile(cell, "cell", "exec"), globals())
"""
SOLUTION = re.compile(r"^( *)### BEGIN SOLUTION\n.*?### END SOLUTION", re.DOTALL | re.MULTILINE)


def code_cells(unit):
    cells = [cell for cell in source_notebook(COURSE, unit)["cells"] if cell["cell_type"] == "code"]
    return [cell["source"] for cell in cells]


def output(unit, cells, folder):
    """What the cells print, run in a fresh process with the files that students receive."""
    for path in COURSE.source_folder(unit).glob("*.csv"):
        shutil.copy(path, folder)
    shutil.copy(COURSE.root / "grading" / "checks" / "notebook_check.py", folder / "check.py")
    (folder / "public_checks.json").write_text(json.dumps(public_checks(COURSE, unit)), encoding="utf-8")
    (folder / "cells.json").write_text(json.dumps(cells), encoding="utf-8")
    environment = {**os.environ, "MPLCONFIGDIR": str(folder), "PYTHONIOENCODING": "utf-8"}
    run = subprocess.run(
        [sys.executable, "-c", RUN], cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8"
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.mark.parametrize("unit", CHECKS)
def test_untouched_every_check_says_not_written_yet(unit, tmp_path):
    stubs = [SOLUTION.sub(r"\1raise NotImplementedError()", cell) for cell in code_cells(unit)]
    printed = output(unit, stubs, tmp_path)
    for name in CHECKS[unit]:
        assert f"{name}: not written yet." in printed
    assert "correct on all" not in printed


@pytest.mark.parametrize("unit", CHECKS)
def test_with_the_answers_every_public_check_passes(unit, tmp_path):
    printed = output(unit, code_cells(unit), tmp_path)
    for name in CHECKS[unit]:
        assert f"{name}: correct on all" in printed
    assert "not written yet" not in printed
    assert "run this cell again" not in printed


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("unit", CHECKS)
def test_the_answers_of_the_source_earn_everything_hidden_too(unit):
    import numpy as np

    namespace = {"np": np}
    for cell in code_cells(unit):
        if "### BEGIN SOLUTION" in cell:
            exec(compile(cell, unit, "exec"), namespace)
    for name, check in CHECKS[unit].items():
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            verdict = check.judge(
                lambda args, kwargs, n=name: namespace[n](*args, **kwargs), np.random.default_rng(7)
            )
        assert verdict.passed, verdict.message


@pytest.mark.parametrize("unit", CHECKS)
def test_every_check_is_asked_for_in_its_notebook(unit):
    cells = code_cells(unit)
    for name in CHECKS[unit]:
        asked = [cell for cell in cells if f"check({name})" in cell]
        assert len(asked) == 1
        assert f"hidden_check({name})" in asked[0]
    assert all(len(line) <= 125 for cell in cells for line in cell.splitlines())


@pytest.mark.parametrize("unit", CHECKS)
def test_without_its_solution_an_answer_cell_holds_a_name_and_a_docstring(unit):
    answers = [cell for cell in code_cells(unit) if "### BEGIN SOLUTION" in cell]
    assert len(answers) >= len(CHECKS[unit])
    for cell in answers:
        (function,) = ast.parse(SOLUTION.sub("", cell)).body
        assert isinstance(function, ast.FunctionDef)
        assert ast.get_docstring(function)
        assert len(function.body) == 1
