"""What is true of a check that grades what it claims to grade; each function returns what fails, in words.

What a student sees (public cases as JSON) and what grades (fresh cases) must agree, so both are asked.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from grading.checks import Check, Misconception
from grading.checks.notebook_check import Verdict, decode, encode, judge, public_verdict

SEEDS = (1, 20261123)
TABLES: dict[tuple[int, int | None], tuple[Check, dict[str, Any]]] = {}
"""Filling a table calls every formula on every case: once per check and seed. Keeping the check keeps its id."""


def table_of(check: Check, seed: int | None = None) -> dict[str, Any]:
    """The public table, or the hidden one of a course with this seed, as JSON hands it on."""
    key = (id(check), seed)
    if key not in TABLES:
        table = check.public_table() if seed is None else check.hidden_table(np.random.default_rng(seed))
        TABLES[key] = check, json.loads(json.dumps(table))
    return TABLES[key][1]


def verdict_of(table: dict[str, Any], function: Callable[..., Any]) -> Verdict:
    with np.errstate(all="ignore"):
        return judge(table, lambda args, kwargs: function(*args, **kwargs))


def hidden(check: Check, function: Callable[..., Any], seed: int) -> Verdict:
    return verdict_of(table_of(check, seed), function)


def hidden_and_unseen(check: Check, function: Callable[..., Any], seed: int) -> tuple[Verdict, Verdict]:
    """The verdict of all hidden cases, and that of those alone that are not public; each is asked once."""
    answers: list[Any] = []

    def remembered(*args: Any, **kwargs: Any) -> Any:
        try:
            answers.append(function(*args, **kwargs))
        except Exception as error:
            answers.append(error)
        return _raised(answers[-1])

    found, rest = hidden(check, remembered, seed), slice(len(check.public), None)
    table = table_of(check, seed)
    values = [{**entry, "values": entry["values"][rest]} for entry in table["misconceptions"]]
    alone = {**table, "cases": table["cases"][rest], "misconceptions": values}
    again = iter(answers[rest])
    return found, verdict_of(alone, lambda *args, **kwargs: _raised(next(again)))


def _raised(answer: Any) -> Any:
    if isinstance(answer, Exception):
        raise answer
    return answer


def public(check: Check, function: Callable[..., Any]) -> Verdict:
    """What the student's notebook says."""
    renamed = lambda *args, **kwargs: function(*args, **kwargs)  # noqa: E731
    renamed.__name__ = check.name
    return public_verdict(renamed, {check.name: table_of(check)})


# ---------------------------------------------------------------- right answers


def faults_of_reference(check: Check) -> list[str]:
    """The reference earns everything, whether a table is asked or the check itself."""
    faults, seed = faults_of_answer(check, check.reference), SEEDS[1]
    with np.errstate(all="ignore"):
        direct = check.judge(lambda args, kwargs: check.reference(*args, **kwargs), np.random.default_rng(seed))
    if direct != hidden(check, check.reference, seed) or direct.misconception is not None:
        faults.append(f"seed {seed}: the check itself says {direct}, its table another verdict")
    return faults


def faults_of_answer(check: Check, function: Callable[..., Any]) -> list[str]:
    """A right answer, however it is written, passes."""
    asked = {f"hidden cases, seed {seed}": hidden(check, function, seed) for seed in SEEDS}
    faults = [
        f"{where}: a right answer earns {found.share:g}: {found.message}"
        for where, found in asked.items()
        if not found.passed or not found.message.endswith("cases.")
    ]
    found = public(check, function)
    if not found.passed:
        faults.append(f"public cases, in the notebook: a right answer earns {found.share:g}: {found.message}")
    return faults


# ---------------------------------------------------------------- misconceptions


def faults_of_misconception(check: Check, misconception: Misconception) -> list[str]:
    """It is caught and named, the cases that no student sees suffice for it, and the notebook names it too."""
    faults = []
    for seed in SEEDS:
        found, alone = hidden_and_unseen(check, misconception.formula, seed)
        wrong = [*_misjudged(misconception, found)] or [*_misgraded(misconception, found)]
        faults += [f"hidden cases, seed {seed}: {fault}" for fault in wrong]
        faults += [f"unseen cases alone, seed {seed}: {fault}" for fault in _misjudged(misconception, alone)]
    found = public(check, misconception.formula)
    return faults + [f"public cases, in the notebook: {fault}" for fault in _misjudged(misconception, found)]


def _accepted(misconception: Misconception) -> bool:
    return misconception.kind == "convention" and misconception.credit == 1.0


def _misjudged(misconception: Misconception, found: Verdict) -> Iterator[str]:
    if _accepted(misconception):
        if found.share != 1.0:
            yield f"a convention that earns everything earns {found.share:g}"
    elif found.misconception is None and found.share == 1.0:
        yield "it gives the right numbers; add a case that tells it apart"
    elif found.misconception != misconception.name:
        yield f"it is taken for {found.misconception or 'a mistake without a name'}"


def _misgraded(misconception: Misconception, found: Verdict) -> Iterator[str]:
    if _accepted(misconception):
        return
    if not misconception.credit <= found.share < 1.0:
        yield f"it earns {found.share:g}; its credit is {misconception.credit:g}"
    if not found.message.startswith(misconception.message):
        yield f"the student reads {found.message!r}"


# ---------------------------------------------------------------- what only looks like an answer


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


def faults_of_lookalikes(check: Check) -> list[str]:
    """Each of them earns nothing, or is a known mistake; a yes or no question is sometimes yes."""
    faults = []
    for seed in SEEDS:
        right = right_answers(check, seed)
        for name, fake in LOOKALIKES.items():
            rest = iter(right)
            found = hidden(check, lambda *a, fake=fake, rest=rest, **k: fake(next(rest)), seed)
            if found.share == 1.0 or (name != "True" and found.share and found.misconception is None):
                faults.append(f"seed {seed}: {name} earns {found.share:g}: {found.message}")
    return faults


def right_answers(check: Check, seed: int) -> list[Any]:
    """What the reference says of each hidden case, in the order in which `judge` asks; once for all fakes."""
    right: list[Any] = []
    hidden(check, lambda *args, **kwargs: right.append(check.reference(*args, **kwargs)), seed)
    assert len(right) == len(table_of(check, seed)["cases"])
    return right


def faults_of_constants(check: Check) -> list[str]:
    """A constant, or an input handed back, earns nothing."""
    constants = [lambda *a, value=value, **k: value for value in (0.0, 1.0, np.nan, -np.inf, True, False, None)]
    lengths = [lambda *a, value=value, **k: [value] * len(a[0]) for value in (0.0, 1.0, 0.5, np.nan, -np.inf)]
    inputs = [
        lambda *a, name=name, at=at, **k: k[name] if name in k else a[at] if at < len(a) else None
        for at, name in enumerate(inspect.signature(check.reference).parameters)
    ]
    names = [
        *(f"constant {number}" for number in range(len(constants))),
        *(f"one value for each input, {number}" for number in range(len(lengths))),
        *inspect.signature(check.reference).parameters,
    ]
    faults = []
    for name, answer in zip(names, [*constants, *lengths, *inputs], strict=True):
        found = hidden(check, answer, SEEDS[0])
        if found.share:
            faults.append(f"{name} handed back earns {found.share:g}: {found.message}")
    return faults


def faults_of_answers_by_heart(check: Check) -> list[str]:
    """Who knows the public cases by heart, and nothing else, earns nothing."""
    rows = table_of(check)["cases"]
    known = [([encode(decode(item["value"])) for item in row["inputs"]], row["expected"]) for row in rows]
    if not known:
        return ["no public cases"]

    def by_heart(*args, **kwargs):
        given = [encode(value) for value in [*args, *kwargs.values()]]
        return next((decode(expected) for inputs, expected in known if inputs == given), None)

    shares = {seed: hidden(check, by_heart, seed).share for seed in SEEDS}
    return [f"seed {seed}: the public answers earn {share:g}" for seed, share in shares.items() if share]


# ---------------------------------------------------------------- cases


def faults_of_cases(check: Check) -> list[str]:
    """Hidden cases repeat within a course and differ between courses; an edge case says what it shows."""
    faults = []
    again = json.loads(json.dumps(check.hidden_table(np.random.default_rng(SEEDS[0]))))
    if json.dumps(again) != json.dumps(table_of(check, SEEDS[0])):
        faults.append("the same seed gives other hidden cases; draw from `rng` alone")
    if json.dumps(again) == json.dumps(table_of(check, SEEDS[1])):
        faults.append("every course has the same hidden cases; draw them from `rng`")
    faults += [
        f"a case costs {case['cost']:g} and has no claim"
        for case in again["cases"]
        if case["cost"] != 1.0 and not case["claim"]
    ]
    return faults
