"""The student's own check: it tells what will be missing when the notebook is graded, and gives its cases."""

import importlib
import importlib.util
import json
import math
import re
import sys

import numpy as np
import pytest

from grading.checks.notebook_check import (
    Verdict,
    encode,
    foreign_modules,
    inputs_of,
    judge,
    may_import,
    public_packages,
    public_tables,
    public_verdict,
)
from tests.grading.conftest import OTHER, ROOT, UNIT, built

PACKAGES = ["numpy", "pandas"]


def function(source, **names):
    exec(source, names)
    return names["f"]


@pytest.mark.parametrize(
    ("source", "names", "foreign"),
    [
        pytest.param("def f(): return m.mean", {"m": pytest}, ["pytest"], id="a module"),
        pytest.param("def f(): return approx(1)", {"approx": pytest.approx}, ["_pytest"], id="a function of one"),
        pytest.param("def f(): return [m for _ in (lambda: m)()]", {"m": pytest}, ["pytest"], id="in a lambda"),
        pytest.param("def f(): return np.mean, math.pi, len", {"np": np, "math": math}, [], id="what is there"),
        pytest.param("def f(): return 1", {"m": pytest}, [], id="imported and not used"),
        pytest.param("f = 3", {}, [], id="no function"),
    ],
)
def test_packages_that_a_function_uses_and_will_not_find(source, names, foreign, tmp_path):
    assert foreign_modules(function(source, **names), PACKAGES, tmp_path) == foreign


def test_a_module_beside_the_notebook_is_not_foreign(tmp_path):
    (tmp_path / "pytest.py").touch()
    assert foreign_modules(function("def f(): return m", m=pytest), PACKAGES, tmp_path) == []


def test_nothing_is_foreign_where_nobody_knows_what_there_is(tmp_path):
    assert foreign_modules(function("def f(): return m", m=pytest), [], tmp_path) == []


def test_a_release_names_what_may_be_imported():
    folder = built().release_folder(OTHER)
    packages = public_packages(folder)
    assert {"numpy", "pandas", "matplotlib"} == set(packages)
    notebook = json.loads((folder / f"{OTHER}.ipynb").read_text())
    told = "".join(notebook["cells"][0]["source"])
    assert all(package in told for package in packages)


@pytest.mark.parametrize(
    ("module", "words"),
    [
        (
            "scipy.stats",
            "scipy is not among what this course's notebooks may import: numpy, pandas, and what Python",
        ),
        ("numpy.nothing", "The version of numpy that this course uses has no numpy.nothing."),
    ],
)
def test_a_missing_module_is_named_with_those_that_are_there(module, words):
    assert may_import(module, PACKAGES).startswith(words)


def checked(folder, source, capsys, monkeypatch):
    """What a student reads who checks a function beside a released notebook."""
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "check", raising=False)
    importlib.import_module("check").check(function(source, approx=pytest.approx))
    monkeypatch.delitem(sys.modules, "check")
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param("import scipy_; return 1", "scipy_ is not among what this course's notebooks", id="missing"),
        pytest.param("return approx(1)", "Your function uses it and will fail when it is graded", id="foreign"),
    ],
)
def test_a_check_of_a_function_that_needs_a_foreign_module_says_so(body, words, capsys, monkeypatch):
    source = f"def f(y): {body}\nf.__name__ = 'sample_variance'"
    assert words in checked(built().release_folder(OTHER), source, capsys, monkeypatch)


def test_a_name_that_is_missing_is_to_be_defined_first():
    case = {"inputs": [], "expected": 1.0, "claim": "", "cost": 1.0}
    table = {"name": "f", "rtol": 1e-9, "atol": 0.0, "parts": [], "misconceptions": [], "cases": [case]}
    verdict = judge(table, lambda args, kwargs: function("def f(): return sigmoid(0)")())
    assert isinstance(verdict, Verdict)
    assert "name 'sigmoid' is not defined: run the cell that defines it first" in verdict.message


# ---------------------------------------------------------------- a failing case by hand

VARIANCE = "import numpy as np\ndef sample_variance(y): return float(np.var(y))\n"


@pytest.fixture
def check(monkeypatch):
    """The check beside a released notebook."""
    monkeypatch.syspath_prepend(str(built().release_folder(OTHER)))
    monkeypatch.delitem(sys.modules, "check", raising=False)
    yield importlib.import_module("check").check
    monkeypatch.delitem(sys.modules, "check")


def variance(y):
    return float(np.var(y))


variance.__name__ = "sample_variance"


def test_a_message_says_how_to_get_the_case_that_it_shows(check, capsys):
    assert check(variance) is None
    said = capsys.readouterr().out
    (number,) = re.findall(r"check\(sample_variance, case=(\d+)\) gives these inputs", said)
    inputs = check(variance, case=int(number))
    expected = re.findall(r"expected ([\d.]+), got ([\d.]+)", said)[0]
    assert f"sample_variance(y) should give {expected[0]}" in capsys.readouterr().out
    assert isinstance(inputs["y"], np.ndarray)
    assert variance(*inputs.values()) == pytest.approx(float(expected[1]), rel=1e-4)


def test_inputs_are_whole_and_new_each_time(check):
    first, again = check(variance, case=1)["y"], check(variance, case=1)["y"]
    first[:] = 0
    assert again.tolist() == [4.0, 7.0, 2.0, 9.0, 5.0]
    long = {"name": "y", "keyword": False, "value": encode(np.arange(500.0))}
    table = {"name": "sample_variance", "cases": [{"inputs": [long], "claim": "", "cost": 1.0, "expected": 0.0}]}
    assert inputs_of(variance, {"sample_variance": table}, 1)["y"].shape == (500,)


@pytest.mark.parametrize("number", [0, -1, 99, "1", True, 1.0])
def test_a_case_that_there_is_not_is_one_line(check, capsys, number):
    assert check(variance, case=number) is None
    assert re.fullmatch(
        r"sample_variance has the public cases 1 to \d+; there is no case=.*\.\n", capsys.readouterr().out
    )


def test_only_a_public_case_can_be_had():
    hidden = {"name": "y", "keyword": False, "value": 2.0}
    cases = [{"inputs": [hidden], "claim": "", "cost": 1.0, "expected": k} for k in (2.0, 3.0)]
    table = {"name": "f", "rtol": 1e-9, "atol": 0.0, "parts": [], "misconceptions": [], "cases": cases}
    assert "check(f, case=2)" in judge(table, lambda args, kwargs: args[0]).message
    assert "case=" not in judge({**table, "public": 1}, lambda args, kwargs: args[0]).message


def test_a_practice_box_gives_what_the_notebook_gives(check, capsys, monkeypatch):
    path = ROOT / "book/assets/practise_runner.py"
    box = importlib.util.module_from_spec(spec := importlib.util.spec_from_file_location("practise_runner", path))
    spec.loader.exec_module(box)
    monkeypatch.setattr(box, "HOME", built().release_folder(OTHER).parent)
    print(check(variance, case=1))
    in_the_notebook = capsys.readouterr().out
    asked = {"code": VARIANCE, "others": [], "scratch": "check(sample_variance, case=1)", "unit": OTHER}
    assert box.run(asked)["ok"]
    assert capsys.readouterr().out == in_the_notebook
    asked |= {"code": "from check import check\n" + VARIANCE + "check(sample_variance)", "scratch": ""}
    assert box.run(asked)["ok"]
    check(variance)
    inside, outside = capsys.readouterr().out.split("\N{BALLOT X}")[1:]
    assert inside == outside


SUMMARY = """
def group_summary(y, group):
    labels, n = np.unique(np.asarray(group), return_counts=True)
    y, group = np.asarray(y), np.asarray(group)
    mean, variance = (np.array([f(y[group == k]) for k in labels]) for f in (np.mean, np.var))
    return labels, n, mean, variance
"""
INTERVAL = """
def half(variance, n): return 1.96 * np.sqrt(variance / n)
def no_pooling_interval(y, group):
    labels, n, mean, variance = CALL
    return mean - half(variance, n), mean + FACTOR * half(variance, n)
"""


@pytest.mark.parametrize(
    ("call", "factor", "given"),
    [
        pytest.param("group_summary(y, group)", 1, ("group_summary",), id="right"),
        pytest.param("group_summary(list(y), group=group)", 1, ("group_summary",), id="right, by name"),
        pytest.param("group_summary(y, group)", 2, (), id="wrong"),
        pytest.param("group_summary(y[:-1], group[:-1])", 1, (), id="not in the table"),
        pytest.param("group_summary(y, group, 1)", 1, (), id="too many arguments"),
    ],
)
def test_the_public_check_says_what_is_right_given_a_right_earlier_answer(call, factor, given):
    tables = public_tables(built().release_folder(UNIT))
    names = {"np": np}
    exec(SUMMARY + INTERVAL.replace("CALL", call).replace("FACTOR", str(factor)), names)
    own = names["group_summary"]
    found = public_verdict(names["no_pooling_interval"], tables)
    assert (found.passed, found.given) == (bool(given), given)
    assert (found.message == "Right, given a right `group_summary`: mend that one first.") == bool(given)
    assert names["group_summary"] is own
    assert not public_verdict(own, tables).passed
