"""No pooling and complete pooling."""

import numpy as np
import pytest

from reference_impl import InputError, MissingValueError, complete_pooling, no_pooling


def test_interval_by_hand_uses_the_literal_1_96():
    fit = no_pooling([1.0, 3.0, 5.0, 7.0], ["a", "a", "b", "b"])
    np.testing.assert_allclose(fit.lower, [2 - 1.96, 6 - 1.96], rtol=1e-15)
    np.testing.assert_allclose(fit.upper, [2 + 1.96, 6 + 1.96], rtol=1e-15)


def test_another_quantile_scales_the_interval():
    y, group = [1.0, 3.0, 5.0, 8.0], [0, 0, 1, 1]
    narrow, wide = no_pooling(y, group, z=1), no_pooling(y, group, z=3)
    np.testing.assert_allclose(wide.upper - wide.mean, 3 * (narrow.upper - narrow.mean), rtol=1e-15)


def test_a_group_of_one_has_a_nan_interval_never_zero_width():
    fit = no_pooling([1.0, 2.0, 5.0], ["a", "a", "b"])
    assert np.isnan([fit.variance[1], fit.lower[1], fit.upper[1]]).all()
    assert np.isfinite([fit.lower[0], fit.upper[0]]).all()


@pytest.mark.parametrize("z", [0, -1.96])
def test_quantile_must_be_positive(z):
    with pytest.raises(InputError, match="z must be positive"):
        no_pooling([1, 2], [1, 1], z=z)


def test_quantile_must_be_one_number():
    with pytest.raises(InputError, match="single number"):
        no_pooling([1, 2], [1, 1], z=[1.96, 2.58])


def test_complete_pooling_is_the_mean_of_all_scores_not_of_means():
    assert complete_pooling([0, 0, 0, 4]) == 1.0


def test_complete_pooling_keeps_digits_at_a_large_offset():
    assert complete_pooling([1e15 + 1, 1e15 + 2, 1e15 + 6]) == 1e15 + 3


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        pytest.param([], InputError, "empty", id="empty"),
        pytest.param([[1, 2]], InputError, "1-dimensional", id="2-D"),
        pytest.param([1, np.nan], MissingValueError, "nan", id="NaN"),
        pytest.param(None, MissingValueError, "None", id="None"),
        pytest.param([1e308, -1e308, 1e308], InputError, "too large", id="overflow"),
    ],
)
def test_scores_that_cannot_be_averaged_are_refused(y, error, message):
    with pytest.raises(error, match=message):
        complete_pooling(y)
