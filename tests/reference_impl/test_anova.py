"""Analysis of variance against NIST, and its conventions at the edges."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_impl import anova

# Correct digits of F and SSW. The three sizes of SmLs differ in their leading constant; 4 and 10 digits are
# what remains of one decimal place after 1e12 and 1e6 in a double.
DIGITS = {"SmLs01": 13, "SmLs02": 13, "SmLs03": 13, "SmLs04": 10, "SmLs05": 10, "SmLs06": 10,
          "SmLs07": 4, "SmLs08": 4, "SmLs09": 4, "SiRstv": 12, "AtmWtAg": 10}  # fmt: skip


def smls(name):
    """Simon and Lesage: nine treatments, each its centre once, then 0.1 below and above it by turns."""
    index = int(name[-1]) - 1
    replicates, lead = (21, 201, 2001)[index % 3], ("1", "1000000", "1000000000000")[index // 3]
    y = [
        float(f"{lead}.{tenth}")
        for centre in (4, 3, 5, 3, 5, 3, 5, 3, 5)
        for tenth in [centre] + [centre - 1, centre + 1] * (replicates // 2)
    ]
    return y, np.repeat(np.arange(9), replicates)


def correct_digits(got, certified):
    return 15.0 if got == certified else -math.log10(abs(got - certified) / abs(certified))


@pytest.mark.parametrize("name", DIGITS, ids=lambda name: f"{name} to {DIGITS[name]} digits")
def test_nist(oracle, name):
    entry = oracle("nist_anova")["sets"][name]
    y, group = smls(name) if name.startswith("SmLs") else (np.array(entry["y"], float), entry["group"])
    table = anova(y, group)
    for quantity in ("f", "ss_within", "ms_within"):
        assert correct_digits(getattr(table, quantity), float(entry["certified"][quantity])) >= DIGITS[name]
    # The certified SSB needs half a digit more than the rounded input holds.
    assert correct_digits(table.ss_between, float(entry["certified"]["ss_between"])) >= DIGITS[name] - 0.5


def test_one_group_leaves_between_and_f_undefined():
    table = anova([1, 2, 3], ["a"] * 3)
    assert (table.df_between, table.df_within) == (0, 2)
    assert math.isnan(table.ms_between)
    assert math.isnan(table.f)
    assert table.ms_within == 1.0


def test_no_repeats_leave_within_and_f_undefined():
    table = anova([1, 2, 3], ["a", "b", "c"])
    assert math.isnan(table.ms_within)
    assert math.isnan(table.f)
    assert table.ms_between == 1.0


def test_no_variation_within_gives_infinite_f():
    assert anova([1, 1, 2, 2], [0, 0, 1, 1]).f == math.inf


def test_no_variation_at_all_gives_undefined_f():
    assert math.isnan(anova([0.1] * 6, [0, 0, 0, 1, 1, 1]).f)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 4), st.floats(-100, 100)), min_size=3, max_size=40))
def test_sums_of_squares_add_up_to_the_total(rows):
    group, y = [row[0] for row in rows], np.array([row[1] for row in rows])
    table = anova(y, group)
    total = float(np.sum((y - y.mean()) ** 2))
    assert table.ss_between + table.ss_within == pytest.approx(total, rel=1e-10, abs=1e-9)
    assert table.df_between + table.df_within == len(y) - 1


@settings(deadline=None, max_examples=40)
@given(st.floats(-1e3, 1e3), st.floats(0.1, 1e3))
def test_f_is_invariant_to_shift_and_scale(shift, scale):
    y, group = np.array([1.0, 4, 2, 8, 5, 7, 3]), [0, 0, 0, 1, 1, 2, 2]
    assert anova(shift + scale * y, group).f == pytest.approx(anova(y, group).f, rel=1e-9)
