"""Labels of every kind, and moments that keep their digits."""

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_impl import InputError, LabelError, MissingValueError, group_summary
from reference_impl.groups import encode_labels

QUICK = settings(deadline=None, max_examples=60)


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        pytest.param(["10", "9", "10"], ["10", "9"], id="text sorts as text: '10' before '9'"),
        pytest.param([10, 9, 10], [9, 10], id="numbers sort as numbers: 9 before 10"),
        pytest.param(["b", "B", "a"], ["B", "a", "b"], id="capitals sort before small letters"),
        pytest.param([True, False, True], [False, True], id="booleans"),
        pytest.param([1.5, -2, 1.5], [-2.0, 1.5], id="floats and ints together"),
        pytest.param([10**12, -(10**12)], [-(10**12), 10**12], id="integers too far apart for a table"),
        pytest.param(np.array([-128, 127, 0], np.int8), [-128, 0, 127], id="int8 at its limits"),
        pytest.param(np.array([2**64 - 1, 0, 2**64 - 1], np.uint64), [0, 2**64 - 1], id="uint64 at its limits"),
        pytest.param(np.array([2**64 - 1, 2**64 - 2], np.uint64), [2**64 - 2, 2**64 - 1], id="dense uint64"),
        pytest.param(np.array(["b", "a"], dtype=object), ["a", "b"], id="object array of text"),
        pytest.param(pd.Series(["b", "a"], index=[7, 3]), ["a", "b"], id="Series: values, not index"),
        pytest.param(
            pd.Categorical(["b", "a"], categories=["b", "z", "a"]), ["a", "b"], id="empty category is no group"
        ),
        pytest.param(pd.Series([2, 1], dtype="Int64"), [1, 2], id="nullable integers without gaps"),
        pytest.param(
            [datetime.date(2020, 1, 2), datetime.date(2020, 1, 1)],
            [datetime.date(2020, 1, 1), datetime.date(2020, 1, 2)],
            id="dates",
        ),
        pytest.param(
            pd.to_datetime(["2021-01-01", "2020-01-01"]),
            list(np.array(["2020-01-01", "2021-01-01"], "M8[us]")),
            id="timestamps",
        ),
        pytest.param(range(3), [0, 1, 2], id="a range"),
        pytest.param(np.ma.array([2, 1], mask=[False, False]), [1, 2], id="masked array without masked labels"),
    ],
)
def test_labels_come_out_sorted_and_codes_find_them(group, expected):
    labels, codes = encode_labels(group)
    assert list(labels) == expected
    assert list(labels[codes]) == list(np.asarray(group))


@pytest.mark.parametrize(
    ("group", "message"),
    [
        pytest.param(["a", None], "missing label.*position 1", id="None among text"),
        pytest.param(["a", float("nan")], "missing label.*position 1", id="NaN among text"),
        pytest.param([1.0, np.nan], "missing label.*position 1", id="NaN among floats"),
        pytest.param([pd.NA, "a"], "missing label.*position 0", id="pandas NA"),
        pytest.param(pd.Series(["x", None], dtype="string"), "missing label", id="pandas string NA"),
        pytest.param(pd.Categorical(["x", None]), "missing label", id="categorical NA"),
        pytest.param(pd.to_datetime(["2020-01-01", None]), "missing label", id="NaT"),
        pytest.param([pd.NaT, datetime.date(2020, 1, 1)], "missing label", id="NaT in an object array"),
        pytest.param(["a", 1], "no common order.*int, str", id="text and numbers"),
        pytest.param([True, 2], "no common order.*bool, int", id="booleans and numbers"),
        pytest.param([{1}, {2}], "cannot be compared", id="unhashable labels"),
        pytest.param(np.array([1j, 2j]), "no order", id="complex labels"),
    ],
)
def test_labels_that_cannot_be_used_are_refused(group, message):
    with pytest.raises(LabelError, match=message):
        encode_labels(group)


@pytest.mark.parametrize(
    ("y", "group", "error", "message"),
    [
        pytest.param([1, 2], ["a"], InputError, "y has 2 values but group has 1", id="lengths differ"),
        pytest.param([], [], InputError, "empty", id="empty scores"),
        pytest.param([1], [], InputError, "group is empty", id="empty labels"),
        pytest.param([[1, 2]], [1, 2], InputError, "y must be 1-dimensional.*\\(1, 2\\)", id="2-D scores"),
        pytest.param([1, 2], [[1, 2]], InputError, "group must be 1-dimensional", id="2-D labels"),
        pytest.param([1, 2], [[1], [1, 2]], InputError, "ragged", id="ragged labels"),
        pytest.param([[1], [1, 2]], [1, 2], InputError, "ragged", id="ragged scores"),
        pytest.param([1, np.nan], [1, 2], MissingValueError, "nan.*position 1", id="NaN score"),
        pytest.param([1, np.inf], [1, 2], MissingValueError, "inf.*position 1", id="infinite score"),
        pytest.param([1, None], [1, 2], MissingValueError, "None.*position 1", id="None score"),
        pytest.param(pd.Series([1, None], dtype="Int64"), [1, 2], MissingValueError, "position 1", id="NA score"),
        pytest.param(np.ma.array([1, 2], mask=[0, 1]), [1, 2], MissingValueError, "masked", id="masked score"),
        pytest.param([1, 2], np.ma.array([1, 2], mask=[0, 1]), MissingValueError, "masked", id="masked label"),
        pytest.param([1, 2j], [1, 2], InputError, "real numbers, not complex", id="complex score"),
        pytest.param(["1", "2"], [1, 2], InputError, "real numbers, not text", id="text that looks like numbers"),
        pytest.param(np.array(["1", 2], object), [1, 2], InputError, "'1'.*position 0", id="text among objects"),
        pytest.param([10**400, 1], [1, 2], InputError, "fit a float", id="integer beyond a float"),
        pytest.param([1e300, -1e300], [1, 1], InputError, "too large to square", id="squares overflow"),
    ],
)
def test_scores_that_cannot_be_used_are_refused(y, group, error, message):
    with pytest.raises(error, match=message):
        group_summary(y, group)


def test_summary_by_hand_and_nan_variance_for_a_group_of_one():
    summary = group_summary([4, 1, 3, 9], ["b", "a", "a", "c"])
    assert summary.labels.tolist() == ["a", "b", "c"]
    assert summary.n.tolist() == [2, 1, 1]
    assert summary.mean.tolist() == [2.0, 4.0, 9.0]
    assert summary.variance[0] == 2.0
    assert np.isnan(summary.variance[1:]).all()


@pytest.mark.parametrize(
    "y",
    [
        pytest.param(np.array([1, 2, 4], np.float32), id="float32"),
        pytest.param([True, False, True], id="booleans"),
        pytest.param(np.array([1, 2, 4], object), id="objects"),
        pytest.param(pd.Series([1, 2, 4], index=[9, 0, 4]), id="Series with another index"),
    ],
)
def test_numbers_of_any_kind_are_promoted(y):
    summary = group_summary(y, ["a", "a", "a"])
    values = np.asarray(y, float)
    assert summary.mean.dtype == summary.variance.dtype == np.float64
    np.testing.assert_allclose(summary.variance, values.var(ddof=1), rtol=1e-15)


def test_series_are_matched_by_position_not_by_index():
    y = pd.Series([1.0, 2.0, 10.0, 20.0], index=[3, 2, 1, 0])
    group = pd.Series(["a", "a", "b", "b"], index=[0, 1, 2, 3])
    assert group_summary(y, group).mean.tolist() == [1.5, 15.0]


def test_a_huge_group_costs_its_neighbours_no_digits():
    summary = group_summary([1e16, 1e16, 0.1, 0.3], ["a", "a", "b", "b"])
    np.testing.assert_allclose(summary.mean, [1e16, 0.2], rtol=1e-15)
    np.testing.assert_allclose(summary.variance, [0, 0.02], rtol=1e-14)


def test_identical_scores_have_variance_exactly_zero():
    assert group_summary([0.1] * 7 + [0.3] * 3, [0] * 7 + [1] * 3).variance.tolist() == [0.0, 0.0]


SCORES = st.lists(st.integers(-1000, 1000), min_size=2, max_size=30)


@QUICK
@given(SCORES, st.randoms(use_true_random=False))
def test_permuting_observations_changes_nothing(scores, random):
    group = [random.choice("xyz") for _ in scores]
    order = random.sample(range(len(scores)), len(scores))
    one = group_summary(scores, group)
    two = group_summary([scores[i] for i in order], [group[i] for i in order])
    assert one.labels.tolist() == two.labels.tolist()
    np.testing.assert_allclose(one.mean, two.mean, rtol=1e-13, atol=1e-12)
    np.testing.assert_allclose(one.variance, two.variance, rtol=1e-12)


@QUICK
@given(SCORES)
def test_a_large_offset_costs_no_digits(scores):
    group = [i % 2 for i in range(len(scores))]
    plain, moved = group_summary(scores, group), group_summary(np.add(scores, 2.0**40), group)
    np.testing.assert_allclose(moved.variance, plain.variance, rtol=1e-13)


def test_squares_between_groups_that_are_no_numbers_are_refused_by_name():
    with pytest.raises(InputError, match="too large to square"):
        group_summary([1.0, 1.0, 1e200], [0, 0, 1])


def test_variances_down_to_the_smallest_numbers_keep_their_digits():
    assert group_summary([1e-150, 3e-150], [0, 0]).variance[0] == pytest.approx(2e-300, rel=1e-14)
