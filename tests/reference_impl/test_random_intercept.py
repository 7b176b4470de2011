"""ML and REML against 50 digits, closed forms and brute force."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_impl import (
    InputError,
    TooFewGroupsError,
    TooFewObservationsError,
    ZeroVarianceError,
    anova,
    fit_random_intercept,
    partial_pooling,
)
from reference_impl.datasets import (
    dyestuff,
    dyestuff2,
    fixture_null,
    fixture_schools,
    high_school_and_beyond,
    simulated_schools,
)


def pairs(name):
    if name == "hsb82":
        data = high_school_and_beyond()
        return data.achievement, data.school.astype(str)
    data = {"dyestuff": dyestuff, "dyestuff2": dyestuff2, "fixture_schools": fixture_schools,
            "fixture_null": fixture_null}[name]()  # fmt: skip
    return data.y, data.group


@pytest.mark.parametrize("method", ["reml", "ml"])
@pytest.mark.parametrize("name", ["hsb82", "fixture_schools", "fixture_null", "dyestuff", "dyestuff2"])
def test_every_quantity_agrees_with_50_digits_to_1e_12(oracle, name, method):
    expected = oracle("random_intercept")["sets"][name][method.upper()]
    fit = fit_random_intercept(*pairs(name), method=method)
    for quantity in ("tau2", "sigma2", "mu", "mu_se", "minus2loglik"):
        assert getattr(fit, quantity) == pytest.approx(float(expected[quantity]), rel=1e-12), quantity
    order = np.searchsorted(fit.labels, expected["group"])
    np.testing.assert_allclose(fit.shrinkage[order], np.array(expected["shrinkage_B"], float), rtol=1e-12)
    np.testing.assert_allclose(fit.estimate[order], np.array(expected["blup"], float), rtol=1e-12)


def dense_minus2loglik(y, group, fit, *, restricted):
    """The likelihood from the full covariance matrix: slow, and independent of the formulas in use."""
    same = np.equal.outer(group, group)
    covariance = fit.sigma2 * np.eye(y.size) + fit.tau2 * same
    ones = np.ones(y.size)
    precision_ones = np.linalg.solve(covariance, ones)
    mu = precision_ones @ y / precision_ones.sum()
    residual = y - mu
    value = np.linalg.slogdet(covariance)[1] + residual @ np.linalg.solve(covariance, residual)
    if restricted:
        return mu, value + math.log(precision_ones.sum()) + (y.size - 1) * math.log(2 * math.pi)
    return mu, value + y.size * math.log(2 * math.pi)


@pytest.mark.parametrize("method", ["reml", "ml"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_likelihood_is_that_of_the_full_covariance_matrix_and_is_largest_here(method, seed):
    data = simulated_schools(seed=seed, sizes=(2, 3, 5, 9, 1))
    fit = fit_random_intercept(data.score, data.school, method=method)
    args = (data.score, data.school)
    mu, value = dense_minus2loglik(*args, fit, restricted=method == "reml")
    assert fit.mu == pytest.approx(mu, rel=1e-12)
    assert fit.minus2loglik == pytest.approx(value, rel=1e-12)
    for tau2, sigma2 in [(1.01, 1), (0.99, 1), (1, 1.01), (1, 0.99)]:
        other = type(fit)(**{**vars(fit), "tau2": fit.tau2 * tau2, "sigma2": fit.sigma2 * sigma2})
        assert dense_minus2loglik(*args, other, restricted=method == "reml")[1] >= value - 1e-9


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(2, 6), st.integers(2, 6), st.floats(1e-3, 1e3))
def test_balanced_closed_forms(seed, n_groups, n, tau):
    data = simulated_schools(seed=seed, sizes=(n,) * n_groups, tau2=tau**2)
    table = anova(data.score, data.school)
    reml, ml = (fit_random_intercept(data.score, data.school, method=m) for m in ("reml", "ml"))
    total = table.ss_between + table.ss_within
    raw = (table.ms_between - table.ms_within) / n
    if raw > 1e-8 * table.ms_within:
        assert reml.tau2 == pytest.approx(raw, rel=1e-6)
        assert reml.sigma2 == pytest.approx(table.ms_within, rel=1e-10)
    elif raw < 0:
        assert reml.tau2 == 0.0
        assert reml.sigma2 == pytest.approx(total / (data.score.size - 1), rel=1e-12)
    raw_ml = ((1 - 1 / n_groups) * table.ms_between - table.ms_within) / n
    if raw_ml > 1e-8 * table.ms_within:
        assert ml.tau2 == pytest.approx(raw_ml, rel=1e-6)
    elif raw_ml < 0:
        assert ml.tau2 == 0.0
        assert ml.sigma2 == pytest.approx(total / data.score.size, rel=1e-12)


def test_estimate_is_partial_pooling_with_the_fitted_values():
    data = fixture_schools()
    fit = fit_random_intercept(data.y, data.group)
    v = fit.sigma2 / fit.n
    expected = partial_pooling(fit.mean, v, grand_mean=fit.mu, tau2=fit.tau2)
    np.testing.assert_allclose(fit.estimate, expected, rtol=1e-14)
    np.testing.assert_allclose(fit.conditional_sd, np.sqrt(v * (1 - fit.shrinkage)), rtol=1e-13)


def test_at_the_boundary_every_estimate_is_the_grand_mean_exactly():
    data = fixture_null()
    fit = fit_random_intercept(data.y, data.group)
    assert fit.tau2 == 0.0
    assert (fit.estimate == fit.mu).all()
    assert (fit.conditional_sd == 0).all()


@pytest.mark.parametrize("ratio", [1e-9, 1e-3, 1e3, 1e9], ids="sd between is {} times sd within".format)
def test_extreme_ratios_of_the_two_variances(ratio):
    rng = np.random.default_rng(4)
    group = np.repeat(np.arange(30), rng.integers(2, 9, 30))
    y = rng.normal(0, ratio, 30)[group] + rng.normal(0, 1, group.size)
    fit = fit_random_intercept(y, group)
    table = anova(y, group)
    assert fit.sigma2 == pytest.approx(table.ms_within, rel=0.05)
    if ratio > 1:
        assert fit.tau2 == pytest.approx(float(np.var(fit.mean, ddof=1)), rel=0.05)


def test_no_point_of_a_grid_has_a_larger_likelihood():
    rng = np.random.default_rng(0)
    for _ in range(200):  # one large group beside small ones that disagree
        n = rng.choice([2, 3, 400], size=4)
        group = np.repeat(np.arange(4), n)
        y = rng.normal(0, rng.choice([0.1, 1.0]), 4)[group] + rng.normal(0, 1, group.size)
        fit = fit_random_intercept(y, group, method="ml")
        grid = [0.0, *np.geomspace(1e-6, 1e3, 60)]
        best = min(_profile_ml(y, group, value) for value in grid)
        assert fit.minus2loglik <= best + 1e-9


def _profile_ml(y, group, ratio):
    n = np.bincount(group)
    mean = np.bincount(group, weights=y) / n
    within = np.sum((y - mean[group]) ** 2)
    w = n / (1 + n * ratio)
    mu = w @ mean / w.sum()
    s = within + w @ (mean - mu) ** 2
    return y.size * (1 + math.log(2 * math.pi * s / y.size)) + np.log1p(n * ratio).sum()


@pytest.mark.parametrize(
    ("y", "group", "options", "error", "message"),
    [
        pytest.param([1, 2, 3], [7, 7, 7], {}, TooFewGroupsError, "one group \\(7\\)", id="one group"),
        pytest.param([1, 2], [1, 2], {}, TooFewObservationsError, "every group has one", id="no repeats"),
        pytest.param([1, 1, 2, 2], [1, 1, 2, 2], {}, ZeroVarianceError, "any group", id="no variation within"),
        pytest.param([5, 5, 5, 5], [1, 1, 2, 2], {}, ZeroVarianceError, "any group", id="all scores equal"),
        pytest.param([1, 2, 3, 4], [1, 1, 2, 2], {"method": "anova"}, InputError, "'reml', 'ml'", id="method"),
    ],
)
def test_what_has_no_estimate_is_refused(y, group, options, error, message):
    with pytest.raises(error, match=message):
        fit_random_intercept(y, group, **options)
