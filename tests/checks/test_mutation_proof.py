"""The proof that the hidden tests grade what they claim to grade.

Every reference passes, every misconception is caught and named, no two are confused, correct answers written
another way pass, and nothing that merely looks like an answer does. What a student sees (public cases as JSON) and
what grades (fresh cases) must agree.
"""

import inspect
import json

import numpy as np
import pytest

from grading.checks.notebook_check import Verdict, judge, public_verdict
from tests.checks.conftest import all_checks, all_misconceptions, alternatives

SEEDS = [1, 20261123]


def params(rows):
    return [pytest.param(*rest, id=name) for name, *rest in rows]


TABLES = {}  # filling a table calls every formula on every case: do it once per check and seed


def table_of(check, seed=None):
    key = (id(check), seed)
    if key not in TABLES:
        table = check.public_table() if seed is None else check.hidden_table(np.random.default_rng(seed))
        TABLES[key] = json.loads(json.dumps(table))
    return TABLES[key]


def hidden(check, function, seed) -> Verdict:
    with np.errstate(all="ignore"):
        return judge(table_of(check, seed), lambda args, kwargs: function(*args, **kwargs))


def public(check, function) -> Verdict:
    table = table_of(check)
    renamed = lambda *args, **kwargs: function(*args, **kwargs)  # noqa: E731
    renamed.__name__ = check.name
    return public_verdict(renamed, {check.name: table})


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("check", params(all_checks()))
def test_the_reference_earns_everything(check, seed):
    assert hidden(check, check.reference, seed) == Verdict(1.0, hidden(check, check.reference, seed).message)
    assert public(check, check.reference).passed
    with np.errstate(all="ignore"):
        direct = check.judge(lambda args, kwargs: check.reference(*args, **kwargs), np.random.default_rng(seed))
    assert direct == hidden(check, check.reference, seed)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # a wrong formula may well divide by zero
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("check", "misconception"), params(all_misconceptions()))
def test_each_misconception_is_caught_and_named(check, misconception, seed):
    verdict = hidden(check, misconception.formula, seed)
    if misconception.kind == "convention" and misconception.credit == 1.0:
        assert verdict.share == 1.0
        return
    assert verdict.misconception == misconception.name
    assert verdict.share < 1.0
    assert verdict.share >= misconception.credit
    assert verdict.message.startswith(misconception.message)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("check", "misconception"), params(all_misconceptions()))
def test_the_cases_that_no_student_sees_suffice(check, misconception):
    table = table_of(check, SEEDS[0])
    unseen = slice(len(check.public), None)
    values = [{**entry, "values": entry["values"][unseen]} for entry in table["misconceptions"]]
    alone = {**table, "cases": table["cases"][unseen], "misconceptions": values}
    with np.errstate(all="ignore"):
        verdict = judge(alone, lambda args, kwargs: misconception.formula(*args, **kwargs))
    if misconception.kind == "convention" and misconception.credit == 1.0:
        assert verdict.share == 1.0
        return
    assert verdict.misconception == misconception.name


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("check", "misconception"), params(all_misconceptions()))
def test_the_notebook_names_it_too(check, misconception):
    verdict = public(check, misconception.formula)
    if misconception.kind == "convention" and misconception.credit == 1.0:
        assert verdict.share == 1.0
        return
    assert verdict.misconception == misconception.name


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("check", "function"), params(alternatives()))
def test_correct_answers_written_another_way_pass(check, function, seed):
    assert hidden(check, function, seed).message.endswith("cases.")
    assert hidden(check, function, seed).passed
    assert public(check, function).passed


class EqualToEverything(float):
    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0

    def __abs__(self):
        return 0.0

    __sub__ = __rsub__ = lambda self, other: 0.0


class AgreeableArray(np.ndarray):
    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return np.ones(self.shape, bool)


def _like(expected, fill):
    """An answer in the shape of the expected one, filled with one value."""
    if isinstance(expected, tuple):
        return tuple(_like(part, fill) for part in expected)
    return np.full(np.shape(expected), fill) if isinstance(expected, np.ndarray) else fill


LOOKALIKES = {
    "nothing": lambda expected: None,
    "an empty array": lambda expected: np.array([]),
    "an empty list": lambda expected: [],
    "NaN everywhere": lambda expected: _like(expected, np.nan),
    "infinity everywhere": lambda expected: _like(expected, np.inf),
    "zero everywhere": lambda expected: _like(expected, 0.0),
    "True": lambda expected: True,
    "a string": lambda expected: "correct",
    "a number equal to everything": lambda expected: EqualToEverything(0),
    "an array equal to everything": lambda expected: (
        np.zeros(np.shape(expected) or 1).view(AgreeableArray)
        if not isinstance(expected, tuple)
        else tuple(np.zeros(np.shape(part)).view(AgreeableArray) for part in expected)
    ),
    "a scalar to broadcast": lambda expected: 1.0 if isinstance(expected, np.ndarray | tuple) else np.array([1.0]),
    "an array of objects": lambda expected: (
        np.array([object()] * max(1, np.size(expected)), dtype=object)
        if not isinstance(expected, tuple)
        else np.array([object()] * len(expected), dtype=object)
    ),
    "one axis too many": lambda expected: [expected],
    "a dictionary": lambda expected: {"answer": expected},
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("fake", [pytest.param(f, id=name) for name, f in LOOKALIKES.items()])
@pytest.mark.parametrize("check", params(all_checks()))
def test_what_only_looks_like_an_answer_earns_nothing(check, fake):
    verdict = hidden(check, lambda *args, **kwargs: fake(check.reference(*args, **kwargs)), 3)
    assert verdict.share < 1.0
    if fake is not LOOKALIKES["True"]:  # a yes/no question is sometimes yes
        assert verdict.share == 0.0 or verdict.misconception is not None


@pytest.mark.parametrize("check", params(all_checks()))
def test_the_public_answers_by_heart_are_not_enough(check):
    known = {json.dumps(row["inputs"]): row["expected"] for row in check.public_table()["cases"]}
    assert known

    def by_heart(args, kwargs):
        from grading.checks.notebook_check import decode, encode

        names = [row["name"] for row in check.public_table()["cases"][0]["inputs"]]
        for inputs, expected in known.items():
            stored = [encode(decode(item["value"])) for item in json.loads(inputs)]
            if stored == [encode(value) for value in [*args, *kwargs.values()]] and names:
                return decode(expected)
        return None

    verdict = judge(check.hidden_table(np.random.default_rng(5)), by_heart)
    assert verdict.share == 0.0


@pytest.mark.parametrize("check", params(all_checks()))
def test_hidden_cases_differ_between_courses_and_repeat_within_one(check):
    one, again, other = (json.dumps(check.hidden_table(np.random.default_rng(seed))) for seed in (1, 1, 2))
    assert one == again
    assert one != other


@pytest.mark.parametrize("check", params(all_checks()))
def test_edge_cases_say_what_they_show(check):
    for case in [*check.public, *check.fresh(np.random.default_rng(1))]:
        assert case.cost == 1.0 or case.claim


def test_an_unwritten_answer_is_told_so():
    _, check = all_checks()[0]

    def stub(*args, **kwargs):
        raise NotImplementedError

    verdict = public(check, stub)
    assert verdict == Verdict(0.0, f"{check.name}: not written yet.")


@pytest.mark.parametrize("check", params(all_checks()))
def test_a_constant_or_an_input_handed_back_earns_nothing(check):
    constants = [lambda *a, value=value, **k: value for value in (0.0, 1.0, np.nan, -np.inf, True, False, None)]
    lengths = [lambda *a, value=value, **k: [value] * len(a[0]) for value in (0.0, 1.0, 0.5, np.nan, -np.inf)]
    inputs = [
        lambda *a, name=name, at=at, **k: k[name] if name in k else a[at] if at < len(a) else None
        for at, name in enumerate(inspect.signature(check.reference).parameters)
    ]
    for answer in [*constants, *lengths, *inputs]:
        assert hidden(check, answer, 5).share == 0.0
