"""What a task's text says has a case, and no case asks what no text says."""

import numpy as np
import pytest

from grading.checks import Case, Check
from grading.doctor.prove.claims import _of_check

ARRAY, LIST = Case({"y": np.array([1.0, 2.0]), "by": 1}), Case({"y": [1.0, 2.0], "by": 1}, "as lists", 0.1)
ZERO = Case({"y": np.array([1.0, 2.0]), "by": 0}, "by nothing", 0.1)


def added(y: object, by: float) -> float:
    return float(np.sum(np.asarray(y, float) + by))


@pytest.mark.parametrize(
    ("text", "cases", "told"),
    [
        ("y : array of numbers\nby : number", [ARRAY], None),
        ("y : sequence of numbers (list, array)\nby : number", [ARRAY], "speaks of a list, and no case"),
        ("y : sequence of numbers (list, array)\nby : number", [ARRAY, LIST], None),
        ("y : array of numbers\nby : number", [ARRAY, LIST], "asks a list, of which no text"),
        ("y : array of numbers\nby : number, may be 0", [ARRAY], "speaks of by of 0"),
        ("y : array of numbers\nby : number, 0 or more", [ARRAY, ZERO], None),
        ("y : array of numbers\nby : number or None", [ARRAY], "speaks of by of None"),
        ("Scores may have decimals, and be negative where they are counted from 50.", [ARRAY], "negative numbers"),
        ("For one value return `nan`.", [ARRAY], "a result with NaN"),
    ],
)
def test_a_claim_without_a_case_and_a_case_without_a_claim_are_told(text, cases, told):
    found = list(_of_check(Check(added, public=cases, fresh=lambda rng: []), text, text))
    assert any(told in line for line in found) if told else found == []
