"""Averaging over tau: against brute force over both parameters, at its limits, and for many data sets at once."""

import numpy as np
import pytest

from reference_impl import InputError, MissingValueError, TooFewGroupsError, average_over_tau
from reference_impl.datasets import eight_schools

DATA = eight_schools()
Y, V = DATA.estimate, DATA.standard_error**2


def test_eight_schools_by_brute_force_over_mu0_and_tau():
    mu0, tau = np.linspace(-60, 80, 1401)[:, None, None], np.linspace(0, 120, 1201)[None, :, None]
    spread = V + tau**2
    log_joint = -0.5 * (np.log(spread) + (Y - mu0) ** 2 / spread).sum(axis=-1)
    p = np.exp(log_joint - log_joint.max())
    p[:, [0, -1]] /= 2
    p /= p.sum()
    weight = tau**2 / spread
    given = weight * Y + (1 - weight) * mu0
    mean = np.einsum("ut,utj->j", p, given)
    variance = np.einsum("ut,utj->j", p, weight * V + given**2) - mean**2
    made = average_over_tau(Y, V, tau=tau.ravel())
    np.testing.assert_allclose(made.mean, mean, rtol=1e-5)
    np.testing.assert_allclose(made.sd, np.sqrt(variance), rtol=1e-5)
    assert made.probability @ made.tau == pytest.approx(6.58, abs=0.01)  # published for a flat prior


@pytest.mark.parametrize(
    ("grid", "expected"),
    [
        pytest.param([0, 1e-9], np.full(8, np.sum(Y / V) / np.sum(1 / V)), id="tau 0 is complete pooling"),
        pytest.param([1e6, 2e6], Y, id="a huge tau is no pooling"),
    ],
)
def test_limits(grid, expected):
    np.testing.assert_allclose(average_over_tau(Y, V, tau=grid).mean, expected, rtol=1e-6)


def test_data_sets_at_once_are_those_one_by_one():
    grid = np.linspace(0, 60, 61)
    both = average_over_tau([Y, -2 * Y], [V, V], tau=grid)
    for k, y in enumerate((Y, -2 * Y)):
        one = average_over_tau(y, V, tau=grid)
        np.testing.assert_allclose(both.mean[k], one.mean, rtol=1e-12)
        np.testing.assert_allclose(both.sd[k], one.sd, rtol=1e-12)
        np.testing.assert_allclose(both.probability_below([Y, Y])[k], one.probability_below(Y), rtol=1e-12)


def test_limits_of_an_interval_leave_the_same_probability_on_either_side():
    made = average_over_tau(Y, V, tau=np.linspace(0, 100, 201))
    lower, upper = made.interval(0.8)
    np.testing.assert_allclose(made.probability_below(lower), 0.1, atol=1e-9)
    np.testing.assert_allclose(made.probability_below(upper), 0.9, atol=1e-9)


def test_uneven_grid_gives_the_same_integral():
    even = average_over_tau(Y, V, tau=np.linspace(0, 200, 4001))
    uneven = average_over_tau(Y, V, tau=200 * np.linspace(0, 1, 2001) ** 2)
    np.testing.assert_allclose(uneven.mean, even.mean, rtol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        pytest.param(((Y[:2], V[:2]), [0, 1]), TooFewGroupsError, id="two groups"),
        pytest.param(((Y, 0 * V), [0, 1]), InputError, id="a variance of 0"),
        pytest.param(((Y, V), [1, 0]), InputError, id="a grid that falls"),
        pytest.param(((Y, V), [-1, 0]), InputError, id="a negative tau"),
        pytest.param(((Y * np.nan, V), [0, 1]), MissingValueError, id="a missing estimate"),
    ],
)
def test_refuses(arguments, error):
    data, grid = arguments
    with pytest.raises(error):
        average_over_tau(*data, tau=grid)
