"""James and Stein on the baseball page."""

import numpy as np
import pytest

from reference_impl import InputError, MissingValueError, TooFewGroupsError, ZeroVarianceError, james_stein
from reference_impl.datasets import baseball


def test_baseball_reproduces_efron_and_morris():
    data = baseball()
    centre = data.average.mean()
    fit = james_stein(data.average, sigma2=centre * (1 - centre) / 45)
    assert fit.weight == pytest.approx(0.2117, abs=5e-5)  # 0.212 in print
    assert fit.target == pytest.approx(0.265, abs=5e-4)
    raw = np.sum((data.average - data.remaining_average) ** 2)
    shrunk = np.sum((fit.estimate - data.remaining_average) ** 2)
    assert raw / shrunk == pytest.approx(3.5, abs=0.05)


def test_by_hand():
    fit = james_stein([0.0, 1.0, 2.0, 3.0, 4.0], sigma2=1.0)
    assert fit.weight == pytest.approx(1 - 2 / 10)
    np.testing.assert_allclose(fit.estimate, [0.4, 1.2, 2.0, 2.8, 3.6])


def test_a_fixed_target_costs_one_degree_of_freedom_less():
    fit = james_stein([1.0, 2.0, 3.0], sigma2=1.0, target=0)
    assert fit.weight == pytest.approx(1 - 1 / 14)
    assert fit.target == 0.0


def test_no_noise_means_no_shrinkage():
    assert james_stein([1.0, 2.0, 4.0, 8.0], sigma2=0).estimate.tolist() == [1, 2, 4, 8]


def test_positive_part_stops_at_the_target():
    y = [0.0, 0.1, 0.2, 0.3]
    assert james_stein(y, sigma2=1).weight < 0
    stopped = james_stein(y, sigma2=1, positive_part=True)
    assert stopped.weight == 0
    np.testing.assert_allclose(stopped.estimate, 0.15)


def test_equal_estimates():
    with pytest.raises(ZeroVarianceError, match="positive_part=True"):
        james_stein([0.1] * 5, sigma2=1)
    assert james_stein([0.1] * 5, sigma2=1, positive_part=True).estimate.tolist() == [0.1] * 5


@pytest.mark.parametrize(
    ("y", "options", "error", "message"),
    [
        pytest.param([1, 2, 3], {"sigma2": 1}, TooFewGroupsError, "at least 4", id="three and their mean"),
        pytest.param([1, 2], {"sigma2": 1, "target": 0}, TooFewGroupsError, "at least 3", id="two and a target"),
        pytest.param([1, 2, 3, 4], {"sigma2": -1}, InputError, "sigma2 cannot be negative", id="negative"),
        pytest.param([1, 2, 3, np.nan], {"sigma2": 1}, MissingValueError, "estimates", id="NaN"),
        pytest.param([1, 2, 3, 4], {"sigma2": [1] * 4}, InputError, "single number", id="a variance each"),
    ],
)
def test_refusals(y, options, error, message):
    with pytest.raises(error, match=message):
        james_stein(y, **options)


@pytest.mark.parametrize("unit", [1e-170, 1e170])
def test_units_of_the_estimates_do_not_matter(unit):
    y = np.array([1.0, 2, 4, 8, 9])
    plain = james_stein(y, sigma2=2.0)
    other = james_stein(y * unit, sigma2=2.0 * unit * unit) if unit < 1 else james_stein(y * 1e150, sigma2=2e300)
    assert other.weight == pytest.approx(plain.weight if unit > 1 else 1.0, rel=1e-12)


def test_estimates_that_hardly_differ_have_no_weight():
    y = [1e-300, 2e-300, 3e-300, 4e-300]
    with pytest.raises(ZeroVarianceError, match="nearly so"):
        james_stein(y, sigma2=1.0)
    assert james_stein(y, sigma2=1.0, positive_part=True).weight == 0.0
