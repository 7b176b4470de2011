"""A verdict on a name that is not there says what became of the cell that was to bind it."""

from dataclasses import replace

import pytest

from grading.checks.notebook_check import Verdict
from grading.sandbox import CellResult
from grading.submission.cell_errors import CellErrors
from grading.submission.rebuild import Step

PACKAGES = ("numpy", "pandas")
MISSING = Verdict(
    0.0, "f, on these inputs:\n    y = 1\n  there is no f: the name is not defined", unwritten=True, absent="f"
)
NEEDS_F = Verdict(0.0, "g, on these inputs:\n    y = 1\n  it stopped with NameError: name 'f' is not defined")


def stopped(ename, evalue, line=None, status="error"):
    error = {"output_type": "error", "ename": ename, "evalue": evalue, "traceback": []}
    return CellResult([error], 1, status, 0.0, line)


def told(verdict, *runs, absent=None):
    errors = CellErrors(absent or {}, PACKAGES)
    for source, result in runs:
        errors.ran(Step("answer", "code", source, "f"), result)
    return errors.explained(verdict)


SYNTAX = ("def f(x:\n    return x", stopped("SyntaxError", "'(' was never closed (7.py, line 1)", 1))


def test_a_missing_function_is_told_by_the_error_of_its_cell_and_counts_as_written():
    verdict = told(MISSING, SYNTAX)
    assert (
        verdict.message == "`f` is not there: its cell stopped with SyntaxError in line 1: '(' was never closed."
    )
    assert not verdict.unwritten


def test_a_function_that_needs_it_says_so_below_its_case():
    message = told(NEEDS_F, SYNTAX).message
    assert message.startswith(NEEDS_F.message)
    assert message.endswith("`f` is not there: its cell stopped with SyntaxError in line 1: '(' was never closed.")


def test_a_module_that_is_not_there_is_named_with_those_that_are():
    run = ("import scipy\nf = scipy.mean", stopped("ModuleNotFoundError", "No module named 'scipy'", 2))
    message = told(MISSING, run).message
    assert "ModuleNotFoundError in line 2" in message
    assert "scipy is not among what this course's notebooks may import: numpy, pandas" in message


def test_a_name_of_a_module_that_is_not_there_and_was_imported_by_a_star_is_explained():
    run = (
        "from scipy.stats import *\ndef f(y): return norm.pdf(y)",
        CellResult([], 2, "ok", 0.0, absent=("scipy",)),
    )
    verdict = Verdict(0.0, "f: it stopped with NameError: name 'norm' is not defined")
    assert "scipy is not among what this course's notebooks may import" in told(verdict, run).message
    assert told(replace(verdict, message="f: expected 1, got 2"), run).message == "f: expected 1, got 2"


STUB, WRITTEN = "def f(y):\n    raise NotImplementedError()", "def f(y):\n    return 1"


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        pytest.param([("answer", STUB, True)], "", id="the stub"),
        pytest.param([("answer", f"{STUB}\n    return 1", False)], "take that line out", id="its error left"),
        pytest.param([("answer", WRITTEN, False), ("helper", STUB, False)], "delete that one", id="a copy below"),
        pytest.param([("answer", WRITTEN, False)], "", id="another cause"),
        pytest.param([("answer", STUB, True), ("helper", "h = 1", False)], "", id="the stub, and more below it"),
        pytest.param([("helper", STUB, False)], "", id="the stub again in a cell that was added"),
        pytest.param(
            [("answer", STUB, True), ("answer", f"{STUB}\n    return 1", False)],
            "take that line out",
            id="its error left in one of two",
        ),
        pytest.param(
            [("answer", f"{STUB}\n    return 1", False), ("helper", "h = 1", False)],
            "take that line out",
            id="its error left, and more below it",
        ),
    ],
)
def test_who_wrote_something_that_still_raises_the_stubs_error_is_told_why(steps, words):
    errors, unwritten = CellErrors({}, PACKAGES), Verdict(0.0, "f: not written yet.", unwritten=True)
    for kind, source, untouched in steps:
        errors.ran(Step(kind, "code", source, "f", untouched=untouched), CellResult([], 2, "ok", 0.0))
    message = errors.explained(unwritten, "check(f)").message
    assert words in message
    assert bool(words) == (message != unwritten.message)


def test_no_path_of_the_graders_machine_is_told():
    error = stopped("ImportError", "cannot import name 'x' from 'pkg' (/srv/course/lib/pkg/__init__.py)", 1)
    assert told(MISSING, ("from pkg import x\nf = x", error)).message.endswith(
        "cannot import name 'x' from 'pkg'."
    )


def test_a_cell_below_that_binds_the_name_takes_the_reason_away():
    assert told(NEEDS_F, SYNTAX, ("f = 1", CellResult([], 2, "ok", 0.0))) == NEEDS_F


@pytest.mark.parametrize(
    ("ename", "evalue", "words"),
    [
        ("PermissionError", "[Errno 1] Operation not permitted", "other programs, such as pip, are not run"),
        ("URLError", "<urlopen error [Errno -3] Temporary failure in name resolution>", "there is no network"),
    ],
)
def test_what_is_refused_while_grading_is_said_to_be(ename, evalue, words):
    assert (
        f"{evalue} ({words} while this is graded)." in told(MISSING, ("f = 1", stopped(ename, evalue, 1))).message
    )


@pytest.mark.parametrize("magic", ["%%timeit -n 1", "%%writefile a.py", "%%memit"])
@pytest.mark.parametrize("status", ["ok", "error"])
def test_a_magic_under_which_a_cell_defines_nothing_is_named(magic, status):
    done = CellResult([], 2, "ok", 0.0) if status == "ok" else stopped("UsageError", "not found")
    verdict = told(MISSING, (f"\n{magic}\ndef f(y):\n    return 1", done))
    assert (
        verdict.message
        == f"`f` is not there: its cell begins with {magic.split()[0]}, under which it defines nothing."
    )
    assert not verdict.unwritten
    assert status != "ok" or told(MISSING, ("%%time\ndef f(y):\n    return 1", done)) == MISSING


def test_a_magic_takes_no_other_reason_away():
    missing = Verdict(0.0, "it stopped with NameError: name 'f' is not defined")
    message = told(missing, SYNTAX, ("%%timeit\ng = 1", CellResult([], 2, "ok", 0.0))).message
    assert "`f` is not there: its cell stopped with SyntaxError in line 1" in message


def test_a_cell_out_of_time_says_so():
    assert "its cell ran out of time" in told(MISSING, ("f = g()", stopped("T", "", status="timeout"))).message


def test_a_deleted_cell_says_so_and_is_not_written():
    verdict = told(MISSING, absent={"f": "its cell was deleted"})
    assert (verdict.message, verdict.unwritten) == ("`f` is not there: its cell was deleted.", True)


@pytest.mark.parametrize("verdict", [Verdict(1.0, "name 'f' is not defined"), Verdict(0.5, "expected 1, got 2")])
def test_other_verdicts_stay_as_they_are(verdict):
    assert told(verdict, SYNTAX) == verdict


def test_what_an_error_says_is_safe_to_print_and_short():
    message = told(MISSING, ("f = 1", stopped("E\x1b[31m", "\x00" + "x" * 9_000, 1))).message
    assert message.isprintable()
    assert len(message) < 300


def test_each_name_that_is_missed_is_explained_once_up_to_three():
    runs = [(f"{name} = 1", stopped("E", "", line)) for line, name in enumerate("abcd", 1)]
    missed = " ".join(f"name '{name}' is not defined" for name in "abxacd")
    verdict = told(Verdict(0.0, missed), *runs)
    said = [
        f"`{name}` is not there: its cell stopped with E in line {line}." for line, name in enumerate("abc", 1)
    ]
    assert verdict == Verdict(0.0, "\n".join([missed, *said]))


def test_a_function_that_is_absent_is_told_of_alone_and_one_of_unknown_fate_not_at_all():
    absent = Verdict(0.0, "name 'g' is not defined", unwritten=True, absent="f")
    assert told(absent, absent={"g": "gone"}) == absent
    written = told(Verdict(0.0, "why", absent="f"), absent={"f": "its cell was deleted"})
    assert written == Verdict(0.0, "why\n`f` is not there: its cell was deleted.", absent="f")


def test_a_module_that_is_missed_beside_a_name_of_unknown_fate_keeps_the_verdicts_words():
    verdict = Verdict(0.0, "it stopped: No module named 'scipy'", unwritten=True, absent="h")
    assert told(verdict, absent={"f": "gone"}).message.startswith(verdict.message)


def test_what_was_absent_before_the_run_stays_as_it_was_told():
    absent = {"f": "gone", "g": "gone", "h": "gone"}
    errors = CellErrors(absent, PACKAGES)
    errors.ran(Step("helper", "code", "f = g = 1"), CellResult([], 1, "ok", 0.0))
    missed = Verdict(0.0, " ".join(f"name '{name}' is not defined" for name in absent))
    assert errors.explained(missed).message.splitlines()[1:] == ["`h` is not there: gone."]
    assert list(absent) == ["f", "g", "h"]


def test_a_module_that_only_the_verdict_names_keeps_the_verdicts_words():
    verdict = Verdict(0.0, "it stopped with ModuleNotFoundError: No module named 'scipy'", unwritten=True)
    found = told(verdict)
    assert found.message.splitlines()[0] == verdict.message
    assert found.message.splitlines()[1].startswith("scipy is not among")
    assert found.unwritten


def test_modules_that_are_not_there_are_odd_where_they_are_imported():
    errors = CellErrors({}, PACKAGES)
    result = CellResult([], 1, "ok", 0.0, absent=("scipy", "torch"))
    errors.ran(Step("answer", "code", "import scipy, torch", "f"), result)
    errors.ran(Step("helper", "code", "import torch"), CellResult([], 1, "ok", 0.0, absent=("torch",)))
    assert [(odd.kind, odd.where, odd.detail) for odd in errors.oddities] == [
        ("missing module", "f", "scipy"),
        ("missing module", "f", "torch"),
        ("missing module", "a cell that was added", "torch"),
    ]


@pytest.mark.parametrize(
    ("result", "said"),
    [
        pytest.param(stopped("E", ""), "its cell stopped with E.", id="a name only"),
        pytest.param(stopped("E", "a\n  b", 0), "its cell stopped with E in line 0: a b.", id="lines"),
        pytest.param(
            stopped("E", "in (7.py, line 1) here"),
            "its cell stopped with E: in (7.py, line 1) here.",
            id="a place",
        ),
        pytest.param(stopped("E" * 90, ""), f"its cell stopped with {'E' * 80}...", id="a long name"),
    ],
)
def test_what_is_said_of_a_cell_that_stopped(result, said):
    assert told(MISSING, ("f = 1", result)).message == f"`f` is not there: {said}"


def test_a_cell_that_binds_one_name_leaves_the_others_missing_and_one_that_stops_last_counts():
    runs = [("f = g = 1", stopped("E", "")), ("f = 2", CellResult([], 1, "ok", 0.0))]
    message = told(Verdict(0.0, "name 'f' is not defined, name 'g' is not defined"), *runs).message
    assert message.splitlines()[1:] == ["`g` is not there: its cell stopped with E."]
    assert "stopped with F." in told(MISSING, *runs[:1], ("f = 1", stopped("F", ""))).message
