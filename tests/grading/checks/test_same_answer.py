"""What counts as the same answer, as *Trust and limits* states it, and what is said of another one."""

from __future__ import annotations

from collections import namedtuple
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from grading.checks.notebook_check import Verdict, _alike, as_array, describe, judge, mismatch, show

Pair = namedtuple("Pair", "low high")
PAIR = np.array([1.0, 2.5])
MATRIX = np.array([[1.0, 2.0], [3.0, 4.0]])
TEXTS = np.array(["Elm", "ash"])
ANYTHING = type("Anything", (), {"__eq__": lambda self, other: True, "__hash__": None})()

SAME = {
    "a list": ([1, 2.5], PAIR),
    "a tuple": ((1, 2.5), PAIR),
    "single precision": (np.float32([1 + 1e-7, 2.5]), PAIR),
    "a column of a table": (pd.Series([1, 2.5], index=["b", "a"]), PAIR),
    "an index of a table": (pd.Index([1, 2.5]), PAIR),
    "objects": (np.array([1, 2.5], dtype=object), PAIR),
    "fractions and decimals in a list": ([Fraction(1), Decimal("2.5")], PAIR),
    "NumPy's numbers in a list": ([np.int64(1), np.float32(2.5)], PAIR),
    "long doubles": (np.array([1, 2.5], dtype=np.longdouble), PAIR),
    "a truth value for 1": ([True, 2.5], PAIR),
    "a table": (pd.DataFrame({"a": [1, 3], "b": [2, 4]}), MATRIX),
    "nested lists": ([[1, 2], (3, 4)], MATRIX),
    "an integer": (2, 2.0),
    "a fraction": (Fraction(5, 2), 2.5),
    "a decimal": (Decimal("2.5"), 2.5),
    "a long double": (np.longdouble(2.5), 2.5),
    "an array without dimensions": (np.array(2.5), 2.5),
    "within the tolerance": (2.5 * (1 + 9e-6), 2.5),
    "NaN": (float("nan"), float("nan")),
    "infinity": (np.inf, np.inf),
    "NaN in an array": ([np.nan, 2.5], np.array([np.nan, 2.5])),
    "1 for True": (1, True),
    "NumPy's True": (np.True_, True),
    "0 for False": (0.0, False),
    "text": (np.str_("Elm"), "Elm"),
    "texts": (["Elm", "ash"], TEXTS),
    "texts as objects": (np.array(["Elm", "ash"], dtype=object), TEXTS),
    "two things": ([1.0, PAIR], (1.0, PAIR)),
    "a named tuple": (Pair(1.0, [1, 2.5]), (1.0, PAIR)),
    "rows of an array": (MATRIX, (MATRIX[0], MATRIX[1])),
    "an array with no elements": ([], np.array([])),
}
OTHER = {
    "beyond the tolerance": (2.5 * (1 + 1.2e-5), 2.5, "expected 2.5, got 2.50003"),
    "the other sign": ([1, -2.5], PAIR, "expected [1, 2.5], got [1, -2.5]"),
    "a number for NaN": (0.0, float("nan"), "expected nan, got 0"),
    "NaN for a number": ([np.nan, 2.5], PAIR, "got [nan, 2.5]"),
    "a number for infinity": (1e300, np.inf, "expected inf"),
    "the other infinity": (-np.inf, np.inf, "got -inf"),
    "a column": ([[1], [2.5]], PAIR, "shape (2,), got shape (2, 1)"),
    "one too many": ([1, 2.5, 3], PAIR, "got shape (3,)"),
    "rows of unequal length": ([[1], [2, 3]], MATRIX, "a list of length 2 whose parts have different shapes"),
    "all that lstsq gives": ((PAIR, np.ones(0), 2, PAIR), PAIR, "a tuple of length 4 whose parts have different"),
    "an array for a number": (PAIR, 2.5, "expected one number, got an array of shape (2,)"),
    "nothing": (None, 2.5, "does the function return its result"),
    "nothing in an array": (np.array([1, None]), PAIR, "element 1 was never set"),
    "an object in an array": (np.array([1, {}], dtype=object), PAIR, "its element 1 is a dict of length 0"),
    "text for a number": ("2.5", 2.5, "expected one number"),
    "texts for numbers": (["1", "2.5"], PAIR, "expected numbers, got text"),
    "numbers for texts": ([1, 2], TEXTS, "expected"),
    "other texts": (["Elm", "Ash"], TEXTS, "'Ash'"),
    "a complex number": (2.5 + 0j, 2.5, "expected one number"),
    "complex numbers": ([1, 2.5 + 0j], PAIR, "expected numbers"),
    "a dictionary": ({0: 1, 1: 2.5}, PAIR, "got a dict of length 2"),
    "a set": ({1, 2.5}, PAIR, "got a set of length 2"),
    "an iterator": (iter([1, 2.5]), PAIR, "iterator"),
    "what equals everything": (ANYTHING, 2.5, "got a Anything"),
    "what equals everything, for an array": (ANYTHING, PAIR, "got a Anything"),
    "what equals everything, for a truth value": (ANYTHING, True, "expected True"),
    "2 for True": (2, True, "expected True, got 2"),
    "text for True": ("True", True, "expected True"),
    "an integer beyond all floats": (10**400, 2.5, "an integer too large"),
    "such an integer in a list": ([1, 10**400], PAIR, "too large"),
    "a fraction that is another": (Fraction(1, 3), 2.5, "expected 2.5"),
    "no tuple": (1.0, (1.0, PAIR), "return 2 things, (low, high); you returned 1"),
    "a tuple too short": ((1.0,), (1.0, PAIR), "return 2 things, (low, high); you returned 1"),
    "a wrong second thing": ((1.0, [1, 2]), (1.0, PAIR), "high: expected [1, 2.5]"),
    "a text as wide as memory": (["a" * 20_000_000, "b"], TEXTS, "too long to compare"),
}


@pytest.mark.parametrize(("got", "expected"), SAME.values(), ids=SAME.keys())
def test_the_same(got, expected):
    assert mismatch(got, expected, rtol=1e-5, atol=1e-9) is None


@pytest.mark.parametrize(("got", "expected", "words"), OTHER.values(), ids=OTHER.keys())
def test_another(got, expected, words):
    said = mismatch(got, expected, rtol=1e-5, atol=1e-9, parts=("low", "high"))
    assert said is not None
    assert words in said


def test_near_zero_the_absolute_tolerance_decides():
    assert mismatch(1e-10, 0.0, rtol=1e-5, atol=1e-9) is None
    assert mismatch(1e-8, 0.0, rtol=1e-5, atol=1e-9) is not None
    assert mismatch([0.0, 2e-9], np.array([0.0, 0.0]), rtol=1e-5, atol=1e-9) is not None


def test_what_only_looks_like_a_column_of_a_table_is_none():
    fake = type("MySeries", (), {"to_numpy": lambda self: PAIR})()
    assert as_array(fake) == "got a MySeries"


def test_two_numbers_are_shown_with_the_digits_that_tell_them_apart():
    assert (show(1.0, 1.0000001), show(1.0000001, 1.0), show(1 / 3)) == ("1", "1.0000001", "0.33333")
    assert show([0.5] * 9) == f"[{'0.5, ' * 8}...]"
    assert show("a" * 61) == repr("a" * 57 + "...")
    assert describe(PAIR) == "an array of shape (2,) and dtype float64"


def test_inputs_are_alike_as_numbers_and_as_texts():
    assert _alike({"y": [1, 2.5]}, {"y": PAIR})
    assert not _alike({"y": [1, 2.6]}, {"y": PAIR})
    assert _alike({"g": ["Elm", "ash"]}, {"g": TEXTS})
    assert not _alike({"g": [1, 2]}, {"g": TEXTS})
    assert not _alike({"y": [1]}, {"y": PAIR})


def test_what_stops_a_function_is_told():
    case = {
        "inputs": [{"name": "y", "value": [1], "keyword": False}],
        "claim": "one",
        "cost": 1.0,
        "expected": 1.0,
    }
    table = {"name": "f", "rtol": 1e-5, "atol": 1e-9, "parts": [], "cases": [case], "misconceptions": []}

    def stops(error):
        def call(args, kwargs):
            raise error

        return judge(table, call)

    assert stops(NotImplementedError()) == Verdict(0.0, "f: not written yet.", unwritten=True)
    assert (
        "it stopped with NameError: no g: run the cell that defines it first" in stops(NameError("no g")).message
    )
    said = stops(ValueError("x" * 300)).message
    assert f"ValueError: {'x' * 197}..." in said
