"""An import of a module that is not there costs a cell only what uses the module."""

import pytest

from grading.sandbox import Session, StudentError


@pytest.mark.parametrize(
    "line",
    [
        "import nowhere",
        "import nowhere.inner as n",
        "from nowhere import a, b as c",
        "import json, nowhere",
        "from nowhere import *",
        "%%time\nimport nowhere",
    ],
)
def test_the_cell_runs_on_and_names_the_module(session: Session, line: str) -> None:
    result = session.run_cell(f"{line}\nvalue = 3")
    assert (result.status, result.absent) == ("ok", ("nowhere",))
    assert session.get("value") == 3
    assert session.run_cell("value").absent == ()


@pytest.mark.parametrize(
    "use",
    ["n.mean(1)", "n(1)", "n[0]", "list(n)", "bool(n)", "n + 1", "2 * n", "class A(n): pass", "from_n"],
)
def test_every_use_raises_what_the_import_had_raised(session: Session, use: str) -> None:
    session.run_cell("import nowhere as n")
    result = session.run_cell(use.replace("from_n", "n.inner"))
    assert result.status == "error"
    assert result.error == ("ModuleNotFoundError", "No module named 'nowhere'")


def test_a_function_that_uses_it_fails_and_one_that_does_not_answers(session: Session) -> None:
    session.run_cell("from nowhere import mean\ndef uses(x): return mean(x)\ndef does_not(x): return x")
    assert session.call("does_not", [1]) == 1
    with pytest.raises(StudentError, match="ModuleNotFoundError: No module named 'nowhere'"):
        session.call("uses", [1])


def test_a_name_that_is_bound_keeps_its_value(session: Session) -> None:
    session.run_cell("n = 1\nimport nowhere as n")
    assert session.get("n") == 1


def test_a_student_who_deals_with_the_error_meets_it(session: Session) -> None:
    session.run_cell("try:\n    import nowhere\n    way = 'in'\nexcept ImportError:\n    way = 'out'")
    assert session.get("way") == "out"


def test_an_import_that_fails_otherwise_stops_its_cell(session: Session) -> None:
    result = session.run_cell("value = 1\nfrom json import nothing_of_that_name\nvalue = 2")
    assert (result.status, result.line, result.error[0]) == ("error", 2, "ImportError")
    assert session.get("value") == 1


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("value = 1\n%no_such_magic\nvalue = 2", "UsageError"),
        ("value = 1\nimport pdb; pdb.set_trace()\nvalue = 2", "BdbQuit"),
    ],
)
def test_a_cell_that_stops_without_a_traceback_tells_why(session: Session, source: str, name: str) -> None:
    result = session.run_cell(source)
    assert (result.status, result.error[0]) == ("error", name)
    assert session.get("value") == 1


def test_an_extension_that_is_not_there_is_told_and_one_that_is_works(session: Session) -> None:
    result = session.run_cell("%load_ext nowhere\n%load_ext autoreload\n%autoreload 0\nvalue = 3")
    assert (result.status, result.absent) == ("ok", ("nowhere",))
    assert session.get("value") == 3


def test_the_future_stays_first(session: Session) -> None:
    assert session.run_cell("from __future__ import annotations\nimport json").status == "ok"


@pytest.mark.parametrize(
    ("source", "line"),
    [
        pytest.param("a = 1\n\nb = (2", 3, id="a syntax error"),
        pytest.param("a = 1\n1 / 0\nb = 2", 2, id="an error of the cell"),
        pytest.param("def f():\n    1 / 0\n\nf()", 4, id="an error in what the cell calls"),
        pytest.param("a = 1", None, id="none"),
    ],
)
def test_a_cell_tells_the_line_at_which_it_stopped(session: Session, source: str, line: int | None) -> None:
    assert session.run_cell(source).line == line
