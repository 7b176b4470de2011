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


def test_a_small_group_that_disagrees_is_seen_beside_large_ones_that_agree():
    sizes, means = [3000] * 4 + [3], [0, 0.01, -0.01, 0, 6]
    parts = [np.linspace(-1, 1, n) for n in sizes]
    y = np.concatenate([mean + z / np.std(z, ddof=1) for mean, z in zip(means, parts, strict=True)])
    fit = fit_random_intercept(y, np.repeat(range(5), sizes))
    assert fit.tau2 == pytest.approx(6.7, abs=0.1)  # another maximum lies at 0, 71 lower
    assert fit.minus2loglik == pytest.approx(34102.716, abs=1e-3)


def test_one_huge_group_and_two_tiny_ones():
    group = np.repeat(range(3), [20_000, 4, 4])
    y = np.random.default_rng(1).normal(np.array([0, 5, -4.0])[group], 1)
    fit = fit_random_intercept(y, group, method="ml")
    assert fit.tau2 == pytest.approx(18.3, abs=0.1)  # 201 lower than at 0; statsmodels stops at 15.1, 56564.70
    assert fit.minus2loglik == pytest.approx(56564.642, abs=1e-3)


@pytest.mark.parametrize("unit", [1e-145, 2.0**-400, 2.0**400, 1e145])
def test_units_of_the_scores_do_not_matter(unit):
    data = simulated_schools(seed=2, sizes=(3, 30, 300))
    plain, other = (fit_random_intercept(data.score * k, data.school) for k in (1.0, unit))
    for name in ("tau2", "sigma2"):
        assert getattr(other, name) / unit / unit == pytest.approx(getattr(plain, name), rel=1e-9), name
    for name in ("mu", "mu_se", "estimate", "conditional_sd"):
        np.testing.assert_allclose(getattr(other, name) / unit, getattr(plain, name), rtol=1e-9, err_msg=name)
    shift = 2 * (data.score.size - 1) * math.log(unit)
    assert other.minus2loglik - shift == pytest.approx(plain.minus2loglik, abs=1e-6)


def test_an_offset_of_1e12_changes_nothing_but_mu():
    data = simulated_schools(seed=2, sizes=(3, 30, 300))
    score = np.round(data.score * 64) / 64  # scores that are exact beside the offset
    plain, other = (fit_random_intercept(score + k, data.school) for k in (0.0, 2.0**40))
    assert other.tau2 == pytest.approx(plain.tau2, rel=1e-9)
    assert other.mu - 2.0**40 == pytest.approx(plain.mu, abs=1e-3)


@pytest.mark.parametrize(
    ("y", "group", "options", "error", "message"),
    [
        pytest.param([1, 2, 3], [7, 7, 7], {}, TooFewGroupsError, "one group \\(7\\)", id="one group"),
        pytest.param([1, 2], [1, 2], {}, TooFewObservationsError, "every group has one", id="no repeats"),
        pytest.param([1, 1, 2, 2], [1, 1, 2, 2], {}, ZeroVarianceError, "any group", id="no variation within"),
        pytest.param([0, 1e-150, 1e5, 1e5], [1, 1, 2, 2], {}, ZeroVarianceError, "so little", id="nearly none"),
        pytest.param([5, 5, 5, 5], [1, 1, 2, 2], {}, ZeroVarianceError, "any group", id="all scores equal"),
        pytest.param([1, 2, 3, 4], [1, 1, 2, 2], {"method": "anova"}, InputError, "'reml', 'ml'", id="method"),
    ],
)
def test_what_has_no_estimate_is_refused(y, group, options, error, message):
    with pytest.raises(error, match=message):
        fit_random_intercept(y, group, **options)
