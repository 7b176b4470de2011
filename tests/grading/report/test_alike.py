"""Likeness of programs: disguises do not help, the usual does not count, a large class is no trouble."""

from __future__ import annotations

import itertools
import random

import pytest

from grading.report.alike import SMALLEST_CLASS, alike
from grading.report.prints import fingerprints, names_given
from tests.growth import assert_growth

GIVEN = "import numpy as np\nimport pandas as pd"
STUB = "def spread(y, group):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
KNOWN = names_given([GIVEN, STUB])

ORIGINAL = '''
def spread(y, group):
    """Spread of the groups."""
    sums = {}
    for value, label in zip(y, group):
        sums.setdefault(label, []).append(value)
    middles = [sum(own) / len(own) for own in sums.values()]
    centre = np.average(middles, weights=[len(own) for own in sums.values()])
    total = 0.0
    for own, middle in zip(sums.values(), middles):
        total += len(own) * (middle - centre) ** 2 * 1.0
    if total > 1e-12:
        return np.round(total / (len(sums) - 1), decimals=10)
    return np.full(1, fill_value=0.0, dtype=float)[0]
'''
DISGUISED = """
def spread(y: list, group: list) -> float:
    bins = {}   # group the data
    for v, g in zip(y, group):
        bins.setdefault(g, []).append(v)

    avgs = [sum(xs) / len(xs) for xs in bins.values()]
    c = np.average(avgs, weights=[len(xs) for xs in bins.values()])
    acc: float = 0
    for xs, a in zip(bins.values(), avgs):
        acc = acc + 1 * ((a - c) ** 2 * len(xs))
    if (0.000000000001 < acc):
        return np.round(acc / (len(bins) - 1.0), decimals=10)
    return np.full(1, dtype=float, fill_value=0)[0]
"""


def prints(source):
    return {mark.value for mark in fingerprints(source, KNOWN) or ()}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("a = b + c * 2", "x = y + z * 2", id="names"),
        pytest.param("a = f(x, rtol=1, atol=2)", "a = f(x, atol=2, rtol=1)", id="order of keyword arguments"),
        pytest.param("a = 1000", "a = 1e3", id="how a number is written"),
        pytest.param("a = 'x'", 'a = "another text"', id="text"),
        pytest.param(
            "def g(x):\n    'Doc.'\n    return x", "def h(q):\n    return q  # hm", id="docstrings, comments"
        ),
        pytest.param("a += b", "a = a + b", id="augmented assignment"),
        pytest.param("a = b * (c + d)", "a = (d + c) * b", id="order of operands"),
        pytest.param("if a > b:\n    c = 1", "if b < a:\n    c = 1", id="a comparison turned round"),
        pytest.param("a: int = b", "a = b", id="annotations"),
        pytest.param("a = b\n%matplotlib inline", "a = b", id="magics"),
    ],
)
def test_a_disguise_changes_no_print(one, other):
    assert prints(one) == prints(other) != set()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("a = b - c", "a = c / b", id="another operation"),
        pytest.param("a = np.mean(b)", "a = np.median(b)", id="another function of a library"),
        pytest.param("a = b + 1", "a = b + 2", id="another number"),
        pytest.param("if a > b:\n    c = 1", "if a < b != c:\n    c = 1", id="another comparison"),
    ],
)
def test_another_program_has_other_prints(one, other):
    assert prints(one) != prints(other)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("def f(:", id="no Python"),
        pytest.param("(" * 5000 + ")" * 5000, id="brackets without end"),
        pytest.param("-" * 15000 + "1", id="signs without end"),
        pytest.param("a" + ".b" * 9000, id="attributes without end"),
        pytest.param("x = '\0'", id="a null byte"),
        pytest.param("1\n" * 500_000, id="a cell of a megabyte"),
    ],
)
def test_code_that_cannot_be_read_is_told_and_harmless(source):
    assert fingerprints(source, KNOWN) is None


# ---------------------------------------------------------------- a class


PIECES = (  # independent ways to write one function; every combination is a program
    (
        "y, group = np.asarray(y, dtype=float), np.asarray(group)",
        "y = np.array(y, dtype=float)",
        "y = pd.Series(y)",
    ),
    (
        "labels = np.unique(group)",
        "labels = sorted(set(group))",
        "labels, where = np.unique(group, return_inverse=True)",
    ),
    ("n = np.array([np.sum(group == g) for g in labels])", "n = [list(group).count(g) for g in labels]"),
    ("mean = np.array([y[group == g].mean() for g in labels])", "mean = [np.mean(y[group == g]) for g in labels]"),
    (
        "overall = y.mean()",
        "overall = np.mean(y)",
        "overall = sum(y) / len(y)",
        "overall = np.average(mean, weights=n)",
    ),
    ("ssb = np.sum(n * (mean - overall) ** 2)", "ssb = sum(k * (m - overall) ** 2 for k, m in zip(n, mean))"),
    ("J = len(labels)", "J = len(n)", "J = labels.size", ""),
    ("msb = ssb / (J - 1)", "msb = ssb / (len(n) - 1)"),
    ("return float(msb)", "return msb", "return float(max(0.0, msb))"),
)


def honest(rng):
    """One of 6,912 programs of ordinary pieces, with names of the student's own."""
    lines = [rng.choice(ways) for ways in PIECES]
    body = "\n".join(f"    {line}" for line in lines if line)
    return f"def spread(y, group):\n{body}".replace("mean", rng.choice(["mean", "m", "avg"]))


def honest_class(size, seed=1):
    rng = random.Random(seed)
    return {f"student-{k:04}": {"spread": honest(rng)} for k in range(size)}


def test_two_who_share_a_disguised_program_stand_at_the_top():
    codes = honest_class(60) | {"copy-a": {"spread": ORIGINAL}, "copy-b": {"spread": DISGUISED}}
    found = alike(codes, [GIVEN, STUB], KNOWN)
    assert [pair.students for pair in found.pairs] == [("copy-a", "copy-b")]
    assert found.pairs[0].likeness > 0.6
    one, two = found.pairs[0].cells["spread"]
    assert sum(same for _, same in one.lines) > 8
    assert sum(same for _, same in two.lines) > 8


@pytest.mark.parametrize("size", [8, 12, 20, 60, 300])
@pytest.mark.parametrize("seed", range(3))
def test_honest_programs_of_ordinary_pieces_are_not_shown(size, seed):
    assert alike(honest_class(size, seed), [GIVEN, STUB], KNOWN).pairs == ()


def test_small_chances_in_many_tasks_do_not_add_up():
    rng = random.Random(2)
    codes = {
        f"student-{k}": {
            f"task-{j}": honest(rng).replace("** 2", f"** {j}").replace("- 1)", f"- {j})") for j in range(7)
        }
        for k in range(12)
    }
    assert alike(codes, [GIVEN, STUB], KNOWN).pairs == ()


def test_the_answer_that_most_of_a_class_writes_does_not_count():
    codes = {f"student-{k}": {"spread": ORIGINAL} for k in range(30)}
    assert alike(codes, [GIVEN, STUB], KNOWN).pairs == ()


def test_what_was_given_does_not_count():
    codes = honest_class(40) | {"a": {"spread": ORIGINAL}, "b": {"spread": ORIGINAL}}
    assert alike(codes, [GIVEN, ORIGINAL], KNOWN).pairs == ()


@pytest.mark.parametrize("size", [16, 60])
def test_a_circle_of_copies_is_found_whole(size):
    codes = honest_class(size) | {f"copy-{k}": {"spread": [ORIGINAL, DISGUISED][k % 2]} for k in range(4)}
    found = {pair.students for pair in alike(codes, [GIVEN, STUB], KNOWN).pairs}
    assert found == set(itertools.combinations([f"copy-{k}" for k in range(4)], 2))


def test_a_copied_task_shows_among_others_of_their_own():
    rng = random.Random(8)
    codes = {name: {**cells, "other": honest(rng)} for name, cells in honest_class(60).items()}
    codes |= {name: {"spread": ORIGINAL, "other": honest(rng)} for name in ("a", "b")}
    pairs = alike(codes, [GIVEN, STUB], KNOWN).pairs
    assert [pair.students for pair in pairs] == [("a", "b")]
    assert list(pairs[0].cells) == ["spread"]


def test_too_small_a_class_is_said_to_be_so():
    found = alike({"a": {"spread": ORIGINAL}, "b": {"spread": ORIGINAL}, "c": {"spread": STUB}}, [STUB], KNOWN)
    assert (found.pairs, found.compared) == ((), 2)
    assert found.compared < SMALLEST_CLASS


def test_a_copy_among_a_thousand_is_found_in_time_that_grows_with_the_class_not_with_its_pairs():
    def compare(size):
        codes = honest_class(size - 2) | {"copy-a": {"spread": ORIGINAL}, "copy-b": {"spread": DISGUISED}}
        return alike(codes, [GIVEN, STUB], KNOWN)

    assert compare(1000).pairs[0].students == ("copy-a", "copy-b")
    assert_growth(compare, 250, 1000, below=12)  # 16 if every pair were compared
