"""The judge: test cells run here, only questions go to the student, and every answer becomes a verdict."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from grading.checks import Case, Check, Misconception
from grading.checks.notebook_check import Verdict
from grading.errors import CourseError
from grading.sandbox import PATIENCE, StudentError
from grading.submission.judge import MESSAGE_LENGTH, Judge, _words
from grading.units.bindings import Bindings
from grading.units.hidden_cases import HiddenCheck, hidden_tables
from tests.grading.submission.student_process import StudentProcess


def mean(y):
    """The mean."""
    return float(np.mean(y))


def middle(y):
    """You took the median."""
    return float(np.median(y))


CHECK = Check(
    reference=mean,
    public=[Case({"y": [1.0, 2.0, 6.0]}, claim="three numbers")],
    fresh=lambda rng: [Case({"y": list(rng.normal(size=5))}, claim="five numbers")],
    misconceptions=[Misconception(middle, 0.25)],
)
TABLE = hidden_tables({"mean": CHECK}, b"secret", "unit")["mean"]


def verdict(source, **names):
    judge = Judge(StudentProcess(**names), {"mean": HiddenCheck.prepare(TABLE)})
    return judge.verdict(source, "test_mean")


def unwritten(y):
    raise NotImplementedError


@pytest.mark.parametrize(
    ("answer", "share", "says", "named"),
    [
        pytest.param(mean, 1.0, "correct on all 2 cases", None, id="right on every case earns all"),
        pytest.param(
            middle, 0.25, "You took the median", "middle", id="a known mistake is named and earns its credit"
        ),
        pytest.param(lambda y: 7.0, 0.0, "expected", None, id="another wrong answer shows a case"),
        pytest.param(unwritten, 0.0, "not written yet", None, id="a stub is told from a wrong answer"),
        pytest.param(lambda y: 1 / 0, 0.0, "ZeroDivisionError", None, id="an exception is told with its name"),
    ],
)
def test_a_hidden_check(answer, share, says, named):
    found = verdict("hidden_check(mean)", mean=answer)
    assert (found.share, found.misconception) == (share, named)
    assert says in found.message


@pytest.mark.parametrize(
    ("source", "share", "says"),
    [
        pytest.param("assert mean([1, 3]) == 2.0", 1.0, "Correct.", id="an assertion that holds earns all"),
        pytest.param(
            "assert mean([1, 3]) == 9, 'the mean is 2'", 0.0, "the mean is 2", id="one that fails says why"
        ),
        pytest.param("assert total == 4", 1.0, "Correct.", id="a variable comes as plain data"),
        pytest.param("nowhere(1)", 0.0, "the name is not defined", id="a missing name is told"),
        pytest.param(
            "assert mean == 2", 0.0, "call it and compare", id="comparing the function itself is refused"
        ),
        pytest.param("assert mean", 0.0, "call it and test", id="so is its truth"),
        pytest.param("total.append(1)", 0.0, "could not use the answer", id="an unusable answer is no crash"),
        pytest.param(
            "import numpy as math\nassert math.pi > 3", 1.0, "Correct.", id="a test cell has names of its own"
        ),
    ],
)
def test_an_ordinary_test_cell(source, share, says):
    found = verdict(source, mean=mean, total=4)
    assert found.share == share
    assert says in found.message


def test_a_name_that_python_or_an_earlier_test_cell_defines_is_not_the_students():
    session = StudentProcess(len=lambda x: 99, limit=7)
    judge = Judge(session, {})
    assert judge.verdict("limit = 3\nassert len([1, 2]) == 2", "first").share == 1.0
    asked = session.asked
    assert judge.verdict("assert limit == 3", "second").share == 1.0
    assert session.asked == asked


@pytest.mark.parametrize(("step", "share"), [("y.append(0); 1 / 0", 0.0), ("1 / 0", 1.0)])
def test_what_is_changed_before_an_error_is_changed_in_the_test_cell(step, share):
    names = {}
    exec(f"def f(y):\n    {step}", names)
    source = "y = [1]\ntry:\n    f(y)\nexcept ZeroDivisionError:\n    pass\nassert y == [1]"
    assert verdict(source, f=names["f"]).share == share


HELPED = {"helper": "lambda n: n + 1", "doubled": "lambda n: 2 * helper(n)"}


def of_helpers():
    names = {}
    names.update({name: eval(source, names) for name, source in HELPED.items()})
    process = StudentProcess()
    process.names = names
    return process


def test_what_a_test_cell_puts_in_the_place_of_an_answer_is_gone_in_the_next():
    judge = Judge(of_helpers(), {}, None, Bindings(answers=frozenset(HELPED)))
    assert judge.verdict("helper = lambda n: 0\nassert doubled(5) == 0", "first").share == 1.0
    judge.process = of_helpers()
    assert judge.verdict("assert helper(3) == 4\nassert doubled(5) == 12", "second").share == 1.0


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("def with_zero():\n    global helper\n    helper = lambda n: 0\nwith_zero()", id="global"),
        pytest.param("for helper in (lambda n: 0,): pass", id="a loop"),
        pytest.param("del helper\nhelper = lambda n: 0", id="after its end"),
        pytest.param("own = helper\nhelper = lambda n: own(n) - n - 1", id="one that calls it"),
    ],
)
def test_however_a_test_cell_replaces_an_answer_the_others_meet_it(source):
    judge = Judge(of_helpers(), {}, None, Bindings(answers=frozenset(HELPED)))
    assert judge.verdict(f"{source}\nassert doubled(5) == 0", "test").message == "Correct."


def test_a_test_cell_asked_again_finds_the_names_that_it_found_before():
    judge = Judge(StudentProcess(mean=lambda y: 0), {})
    judge.verdict("scores, right = [1, 3], 2", "first")
    assert judge.verdict("scores.append(5)\nassert mean(scores) == right + 1", "second").share == 0.0
    judge.verdict("scores, right = [9], 9\nscores.append(2)", "third")
    judge.process = StudentProcess(mean=mean)
    for _ in range(2):
        assert judge.verdict("scores.append(5)\nassert mean(scores) == right + 1", "second").share == 1.0


def test_what_a_cell_keeps_of_the_students_is_not_asked_for_by_the_next():
    process = StudentProcess(items=lambda: iter([1, 2]))
    judge = Judge(process, {})
    assert judge.verdict("kept = [items()]\nassert next(kept[0]) == 1", "first").share == 1.0
    asked = process.asked
    assert judge.verdict("assert len(kept) == 1", "second").share == 1.0
    assert process.asked == asked


def test_several_hidden_checks_in_a_cell_are_averaged_and_the_worst_is_told():
    found = verdict("hidden_check(mean)\nhidden_check(mean)", mean=middle)
    assert (found.share, found.misconception) == (0.25, "middle")


def test_after_the_process_has_ended_nothing_is_asked_and_nothing_earned():
    session = StudentProcess(mean=mean)
    session.dead = "it ended by itself"
    found = Judge(session, {}).verdict("assert mean([1]) == 1", "test_mean")
    assert (found.share, session.asked) == (0.0, 0)
    assert "Not tested" in found.message


def speaks(words):
    """A function that tells what it was given, by an exception, once it was given what is not public."""

    def tell(y):
        if list(y) == [1.0, 2.0, 6.0]:
            return 3.0
        raise words(y)

    return tell


@pytest.mark.parametrize(
    ("function", "says"),
    [
        pytest.param(speaks(lambda y: ValueError(f"leaked {y}")), "stopped with ValueError", id="a text"),
        pytest.param(
            speaks(lambda y: type(f"leaked{len(y)}", (Exception,), {})()), "an exception of its own", id="a name"
        ),
    ],
)
def test_who_has_seen_a_hidden_input_is_not_quoted(function, says):
    found = verdict("hidden_check(mean)", mean=function)
    assert says in found.message
    assert "leaked" not in found.message


def test_what_a_function_says_of_a_public_case_is_quoted():
    def fails(y):
        raise ValueError("needs an array")

    assert "ValueError: needs an array" in verdict("hidden_check(mean)", mean=fails).message


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(("§leaked\n§",), id="a line end"),
        pytest.param(("§'leaked\"§",), id="quotes"),
        pytest.param(("'§leaked§\"",), id="quotes around it"),
        pytest.param(("§leaked\t§", 1), id="a tab, and a number"),
        pytest.param(("§leaked\\§", "§leaked§"), id="a backslash"),
        pytest.param(("a leaked§", "leaked"), id="one in the other"),
        pytest.param(("§leaked é§",), id="a letter that is not ASCII"),
    ],
)
@pytest.mark.parametrize(
    "source",
    [
        pytest.param("import pytest\nwith pytest.raises(ValueError, match='array'): mean([1])", id="a library"),
        pytest.param("try: mean([1])\nexcept ValueError as error: assert 0, repr(error)", id="a representation"),
        pytest.param("try: mean([1])\nexcept ValueError as error: assert 0, ascii(error)", id="one in ASCII"),
        pytest.param("try: mean([1])\nexcept ValueError as error: assert 0, error.args[0]", id="an argument"),
        pytest.param("try: mean([1])\nexcept ValueError as error: assert 0, error.args", id="all arguments"),
    ],
)
def test_an_exceptions_text_is_quoted_in_no_form(source, told):
    def fails(y):
        raise ValueError(*told)

    found = verdict(source, mean=fails)
    assert found.share == 0.0
    assert not any(text in found.message for text in ("leaked", "§"))


@pytest.mark.parametrize(
    "source", ["assert mean([1, 3]) == 2", "float(total)", "{}[total]", "import json\njson.loads(total)"]
)
def test_an_ordinary_test_quotes_nothing_either(source):
    def fails(y):
        raise ValueError("leaked")

    assert "leaked" not in verdict(source, mean=fails, total="leaked").message


def test_hidden_cases_come_in_the_secrets_order_after_the_public_ones():
    many = dataclasses.replace(CHECK, fresh=lambda rng: [Case({"y": [float(k)]}, claim="one") for k in range(40)])
    first, other = (
        [case["inputs"][0]["value"] for case in hidden_tables({"mean": many}, secret, "unit")["mean"]["cases"]]
        for secret in (b"one", b"other")
    )
    assert first[0] == other[0] == [1.0, 2.0, 6.0]
    assert sorted(first[1:]) == sorted(other[1:]) != first[1:] != other[1:]


def test_a_message_has_an_end():
    assert verdict(f"assert False, 'x' * {10 * MESSAGE_LENGTH}").message == "x" * MESSAGE_LENGTH + " ..."
    assert verdict(f"assert False, 'x' * {MESSAGE_LENGTH}").message == "x" * MESSAGE_LENGTH


def test_a_function_that_is_too_slow_on_public_cases_is_asked_no_hidden_one():
    many = dataclasses.replace(CHECK, public=[Case({"y": [float(k)]}, claim="one") for k in range(PATIENCE)])
    process = StudentProcess(mean=mean)
    process.call_each = lambda name, calls: iter([StudentError("timeout", "", "")] * process.tell(calls))
    process.tell = lambda calls: process.told.append(len(calls)) or len(calls)
    process.told = []
    check = HiddenCheck.prepare(hidden_tables({"mean": many}, b"secret", "unit")["mean"])
    found = Judge(process, {"mean": check}).verdict("hidden_check(mean)", "test_mean")
    assert (found.share, process.told) == (0.0, [PATIENCE])
    assert "it ran out of time" in found.message


def test_what_the_notebook_imports_is_there():
    judge = Judge(StudentProcess(), {}, bindings=Bindings(imports={"st": ("statistics", "")}))
    assert judge.verdict("assert st.fmean([1, 2]) == 1.5", "test").share == 1.0


@pytest.mark.parametrize("answer", [3.5, lambda: 3.5], ids=["a variable", "a function"])
def test_an_own_answer_is_a_variable_or_what_a_function_returns(answer):
    asked = []
    own = SimpleNamespace(verdict=lambda *of, **bounds: asked.append((*of, bounds)) or Verdict(0.5, "half"))
    found = Judge(StudentProcess(mine=answer), {}, own).verdict("own_answer('mine', rtol=0.1)", "test")
    assert (found.share, found.message) == (0.5, "half")
    assert asked == [("mine", 3.5, {"rtol": 0.1, "atol": 1e-9})]


def test_statements_tell_which_names_each_has_used():
    judge = Judge(StudentProcess(mean=mean, size=2), {})
    used = [one.used for one in judge.each_statement("a = mean([1.0]) + size\nb = 2\nassert size", "test")]
    assert used == [{"mean", "size"}, set(), {"size"}]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        pytest.param("assert False", Verdict(0.0, "An assertion of this test did not hold."), id="no words"),
        pytest.param("import pytest\npytest.fail('no')", Verdict(0.0, "no"), id="pytest's own"),
        pytest.param("assert (", Verdict(0.0, "This test could not use the answer (SyntaxError)."), id="no code"),
        pytest.param(
            "1 / 0", Verdict(0.0, "This test could not use the answer (ZeroDivisionError)."), id="a fault"
        ),
        pytest.param("import warnings\nwarnings.warn('w')", Verdict(1.0, "Correct."), id="a warning"),
        pytest.param(
            "hidden_check(3)",
            Verdict(0.0, "No answer: the name to be checked does not hold a function."),
            id="no function",
        ),
        pytest.param("stub(1)", Verdict(0.0, "Not written yet.", unwritten=True), id="a stub"),
        pytest.param(
            "gone(1)",
            Verdict(0.0, "No answer: there is no gone: the name is not defined.", unwritten=True, absent="gone"),
            id="a name that is not there",
        ),
        pytest.param(
            "try:\n    gone\nexcept NameError: pass",
            Verdict(0.0, "No answer: there is no gone: the name is not defined.", unwritten=True, absent="gone"),
            id="a name that is not there and that nobody calls",
        ),
        pytest.param(
            "fails(1)", Verdict(0.0, "No answer: it stopped with ZeroDivisionError."), id="an exception of theirs"
        ),
        pytest.param(
            "try: fails(1)\nexcept ZeroDivisionError as error: raise AssertionError(f'it said {error}.')",
            Verdict(0.0, "it said ...."),
            id="an exception of theirs, quoted",
        ),
    ],
)
def test_how_a_test_cell_that_does_not_come_to_its_end_is_judged(source, found):
    def fails(x):
        raise ZeroDivisionError("this and that")

    assert verdict(source, stub=unwritten, fails=fails) == found


def test_a_function_that_is_not_there_is_told_as_that_by_its_check():
    found = verdict("hidden_check(mean)")
    assert (found.share, found.unwritten, found.absent) == (0.0, True, "mean")


def test_several_checks_give_their_mean_and_the_worst_ones_words():
    judge = Judge(
        StudentProcess(mean=mean, other=middle), {n: HiddenCheck.prepare(TABLE) for n in ("mean", "other")}
    )
    found = judge.verdict("hidden_check(mean)\nhidden_check(other)\nhidden_check(mean)", "all")
    assert (found.share, found.misconception) == (0.75, "middle")
    assert judge.verdict("hidden_check(mean)", "one").share == 1.0


@pytest.mark.parametrize(("kind", "asked"), [("timeout", [PATIENCE - 1, 1]), ("exception", [PATIENCE, 1])])
def test_a_function_that_is_not_too_slow_on_public_cases_is_asked_all(kind, asked):
    many = dataclasses.replace(CHECK, public=[Case({"y": [float(k)]}, claim="one") for k in range(asked[0])])
    told = []
    process = StudentProcess(mean=mean)
    process.call_each = lambda name, calls: told.append(len(calls)) or [StudentError(kind, "E", "")] * len(calls)
    check = HiddenCheck.prepare(hidden_tables({"mean": many}, b"secret", "unit")["mean"])
    Judge(process, {"mean": check}).verdict("hidden_check(mean)", "test_mean")
    assert told == asked


def test_what_a_statement_met_is_not_held_against_the_next():
    statements = list(
        Judge(StudentProcess(size=2), {}).each_statement("gone(1)\nassert size == 2\nassert 0", "test")
    )
    assert [type(one.error).__name__ for one in statements] == ["NoAnswerError", "NoneType", "AssertionError"]


def test_the_instructors_mistakes_are_told_as_theirs():
    with pytest.raises(CourseError, match=r"this unit no \[per_student\]"):
        verdict("own_answer('mine')")
    with pytest.raises(KeyboardInterrupt):
        verdict("raise KeyboardInterrupt")


def test_an_own_answer_is_compared_as_closely_as_is_usual():
    asked = []
    own = SimpleNamespace(verdict=lambda *of, **bounds: asked.append(bounds) or Verdict(1.0, "yes"))
    Judge(StudentProcess(mine=3), {}, own).verdict("own_answer('mine')", "test")
    assert asked == [{"rtol": 1e-5, "atol": 1e-9}]


def test_words_of_a_cell_are_its_names_and_what_it_quotes():
    code = compile(
        "f.size; x = getattr(f, 'mean'), 'a b', ('deep', 1); 1 in {'one', 'two'}\ndef g(): return f.inner",
        "",
        "exec",
    )
    words = set(_words(code))
    assert {"f", "size", "mean", "deep", "inner", "one", "two"} <= words
    assert "a b" not in words


def test_a_check_that_does_not_exist_is_the_instructors_mistake():
    with pytest.raises(CourseError, match="does not exist"):
        Judge(StudentProcess(mean=mean), {}).verdict("hidden_check(mean)", "test_mean")
