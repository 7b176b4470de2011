"""Generalised linear models against 50 digits and closed forms."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_impl import (
    InputError,
    SeparationError,
    design_matrix,
    fit_glm,
    fit_linear,
    fit_logistic,
    predict_probability,
)
from reference_impl.datasets import admissions, fixture_logit
from reference_impl.families import Probit, inverse_mills, saturated_poisson

# Dobson's treatment effects are exactly 0 in exact arithmetic: absolute tolerance beside the relative one.
TOLERANCE = {"rtol": 1e-9, "atol": 1e-14}


def dummies(values, levels):
    return [np.asarray(values) == level for level in levels]


def agrees(fit, expected, **tolerance):
    tolerance = tolerance or TOLERANCE
    np.testing.assert_allclose(fit.coef, np.array(expected["coef"], float), **tolerance)
    np.testing.assert_allclose(fit.se, np.array(expected["se"], float), **tolerance)
    total = float(expected.get("logLik", expected.get("log_likelihood")))
    assert fit.log_likelihood == pytest.approx(total, rel=1e-12)


def test_dobson_poisson_agrees_with_50_digits(oracle):
    glm = oracle("glm")
    data = glm["data"]["dobson"]
    X = design_matrix(*dummies(data["outcome"], (2, 3)), *dummies(data["treatment"], (2, 3)))
    agrees(fit_glm(X, data["counts"], family="poisson"), glm["mp"]["dobson_poisson"])


def test_insect_sprays_poisson_agrees_with_50_digits(oracle):
    glm = oracle("glm")
    data = glm["data"]["insect_sprays"]
    X = design_matrix(*dummies(data["spray"], "BCDEF"))
    agrees(fit_glm(X, data["count"], family="poisson"), glm["mp"]["insect_sprays_poisson"])


@pytest.mark.parametrize("family", ["bernoulli", "probit"])
def test_spector_agrees_with_50_digits(oracle, family):
    # The author of Spector's data retains all rights: they may not lie in this repository, so they come with
    # statsmodels, or the test is skipped.
    spector = pytest.importorskip("statsmodels.datasets").spector.load_pandas()
    X = design_matrix(spector.exog[["GPA", "TUCE", "PSI"]])
    expected = oracle("glm")["mp"]["spector_logit" if family == "bernoulli" else "spector_probit"]
    agrees(fit_glm(X, spector.endog, family=family), expected)
    if family == "bernoulli":
        agrees(fit_logistic(X, spector.endog), expected)


@pytest.mark.parametrize("by_department", [False, True], ids=["gender", "gender and department"])
def test_admissions_agree_with_r(oracle, by_department):
    data = admissions()
    columns = [data.gender == "Female", *(dummies(data.department, "BCDEF") if by_department else [])]
    trials = data.admitted + data.rejected
    fit = fit_glm(design_matrix(*columns), data.admitted / trials, family="binomial", weights=trials)
    # R's own SEs are good to 1e-9 only.
    agrees(fit, oracle("glm")["R"]["ucb_gender_dept" if by_department else "ucb_gender"], rtol=2e-8, atol=0)


def test_binomial_and_bernoulli_differ_by_the_number_of_orders():
    y, trials, X = np.array([0.25, 0.5, 0.8]), np.array([4, 6, 5]), design_matrix([0, 1, 2])
    counted = fit_glm(X, y, family="binomial", weights=trials)
    plain = fit_glm(X, y, family="bernoulli", weights=trials)
    ways = sum(math.log(math.comb(n, k)) for n, k in zip((4, 6, 5), (1, 3, 4), strict=True))
    assert counted.log_likelihood - plain.log_likelihood == pytest.approx(ways, rel=1e-13)
    np.testing.assert_array_equal(counted.coef, plain.coef)
    assert plain.log_likelihood == fit_logistic(X, y, weights=trials).log_likelihood


def test_probit_of_two_groups_has_its_closed_form():
    # Phi^-1(0.75) and Phi^-1(0.9), from tables; expected information: n phi^2 / (p (1 - p)) per group.
    z = np.array([0.67448975019608174, 1.2815515655446004])
    fit = fit_glm(design_matrix([0, 1]), [0.75, 0.9], family="probit", weights=[40, 100])
    np.testing.assert_allclose(fit.coef, [z[0], z[1] - z[0]], rtol=1e-13)
    density = np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)
    information = np.array([40, 100]) * density**2 / np.array([0.75 * 0.25, 0.9 * 0.1])
    np.testing.assert_allclose(fit.se, np.sqrt([1 / information[0], np.sum(1 / information)]), rtol=1e-12)


def test_probit_reports_expected_not_observed_information():
    data = fixture_logit()
    X = design_matrix(data.x1, data.x2)
    fit = fit_glm(X, data.y, family="probit")
    eta = X @ fit.coef
    expected = X.T @ (X * Probit().expected_curvature(eta)[:, None])
    observed = X.T @ (X * Probit().pieces(eta, data.y).curvature[:, None])
    np.testing.assert_allclose(fit.se, np.sqrt(np.diag(np.linalg.inv(expected))), rtol=1e-9)
    assert np.max(np.abs(fit.se / np.sqrt(np.diag(np.linalg.inv(observed))) - 1)) > 1e-3
    p = predict_probability(fit, X)
    assert p.min() > 0
    assert p.max() < 1


@pytest.mark.parametrize(
    ("eta", "ratio", "log_phi"),
    [
        # From the continued fraction phi/Phi(-x) = x + 1/(x + 2/(x + 3/(x + ...))), with 60 digits.
        pytest.param(0.0, 0.79788456080286535588, -0.69314718055994530942, id="0"),
        pytest.param(5.0, 1.4867199409049057124e-6, -2.8665161296376359338e-7, id="5"),
        pytest.param(-5.0, 5.1865039671258421156, -15.064998393988725736, id="-5"),
        pytest.param(-36.9, 36.927060610170980063, -685.33288316535066463, id="-36.9, just before the series"),
        pytest.param(-37.1, 37.126915153499446209, -692.73828071562323990, id="-37.1, just after"),
        pytest.param(-1e6, 1000000.000000999999999998, -500000000014.734449091169, id="a million"),
    ],
)
def test_inverse_mills_in_the_tail(eta, ratio, log_phi):
    got = inverse_mills(np.array([eta]))
    assert got[0][0] == pytest.approx(ratio, rel=1e-13)
    assert got[1][0] == pytest.approx(log_phi, rel=1e-14)


def test_inverse_mills_is_smooth_where_its_form_changes():
    ratio, log_phi = inverse_mills(np.array([-37.0 + 1e-9, -37.0 - 1e-9]))
    assert ratio[1] - ratio[0] == pytest.approx(2e-9, abs=1e-11)
    assert log_phi[0] - log_phi[1] == pytest.approx(2e-9 * 37.027, rel=1e-3)


def test_poisson_rate_with_exposure_is_the_ratio_of_totals():
    counts, exposure = np.array([3, 7, 2]), np.array([10.0, 20.0, 5.0])
    fit = fit_glm(np.ones((3, 1)), counts, family="poisson", offset=np.log(exposure))
    assert fit.coef[0] == pytest.approx(math.log(12 / 35), rel=1e-14)
    assert fit.se[0] == pytest.approx(1 / math.sqrt(12), rel=1e-12)
    expected = sum(
        k * math.log(e * 12 / 35) - e * 12 / 35 - math.lgamma(k + 1) for k, e in zip(counts, exposure, strict=True)
    )
    assert fit.log_likelihood == pytest.approx(expected, rel=1e-13)


def test_poisson_with_huge_counts_keeps_its_digits():
    x = np.arange(10.0)
    counts = np.round(np.exp(3 + 2 * x))
    fit = fit_glm(design_matrix(x), counts, family="poisson")
    np.testing.assert_allclose(fit.coef, [3, 2], atol=1e-6)
    # Each count is nearly its own mean, so the likelihood is that of the saturated model to 0.01.
    assert fit.log_likelihood == pytest.approx(float(saturated_poisson(counts).sum()), abs=0.05)


@pytest.mark.parametrize("size", [1e6, 1e12, 1e15])
def test_large_counts_are_never_called_separated(size):
    for seed in range(20):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=40)
        counts = rng.poisson(size * np.exp(0.5 * x)).astype(float)
        fit = fit_glm(design_matrix(x), counts, family="poisson")
        assert fit.coef[1] == pytest.approx(0.5, abs=6 * fit.se[1] + 1e-14)


def test_offsets_far_apart_do_not_stop_a_poisson_fit():
    fit = fit_glm(np.ones((2, 1)), [3, 4], family="poisson", offset=[600.0, -600.0])
    assert fit.coef[0] == pytest.approx(math.log(7) - 600, rel=1e-14)


@pytest.mark.parametrize("eta", [-36.9, -37.1, -1e3, -1e6, -1e9])
def test_probit_curvature_does_not_cancel_in_the_tail(eta):
    curvature = Probit().pieces(np.array([eta]), np.ones(1)).curvature[0]
    u = 1 / eta**2  # -(log Phi)'' = 1 - u + 6u^2 - 50u^3 + ...
    assert curvature == pytest.approx(1 - u + 6 * u**2 - 50 * u**3, rel=1e-9)


@pytest.mark.parametrize("count", [0, 1, 2, 15, 16, 100])
def test_saturated_poisson_is_the_probability_of_a_count_at_its_own_mean(count):
    expected = count * math.log(count) - count - math.lgamma(count + 1) if count else 0.0
    assert saturated_poisson(np.array([float(count)]))[0] == pytest.approx(expected, rel=1e-12)


def test_weights_of_a_poisson_are_repeats():
    X, y = design_matrix([0, 1, 2, 3]), np.array([1, 2, 2, 5])
    repeated = fit_glm(np.repeat(X, [2, 1, 3, 1], axis=0), np.repeat(y, [2, 1, 3, 1]), family="poisson")
    weighted = fit_glm(X, y, family="poisson", weights=[2, 1, 3, 1])
    np.testing.assert_allclose(weighted.coef, repeated.coef, rtol=1e-12)
    np.testing.assert_allclose(weighted.se, repeated.se, rtol=1e-12)
    assert weighted.log_likelihood == pytest.approx(repeated.log_likelihood, rel=1e-13)


def test_gaussian_is_least_squares_with_its_likelihood():
    X, y = design_matrix([0, 1, 2, 3]), [1, 3, 2, 5]
    fit, ols = fit_glm(X, y, family="gaussian"), fit_linear(X, y)
    np.testing.assert_array_equal(fit.coef, ols.coef)
    np.testing.assert_array_equal(fit.se, ols.se)
    assert fit.dispersion == ols.sigma2
    assert fit.log_likelihood == pytest.approx(-2 * (1 + math.log(2 * math.pi * 2.7 / 4)))


def test_gaussian_weights_are_precisions_and_the_offset_is_known():
    X, y, w = design_matrix([0, 1, 2, 3]), np.array([1.0, 3, 2, 5]), np.array([1.0, 2, 3, 4])
    fit = fit_glm(X, y, family="gaussian", weights=w, offset=[1, 1, 1, 1])
    coef = np.linalg.solve(X.T @ (X * w[:, None]), X.T @ (w * (y - 1)))
    np.testing.assert_allclose(fit.coef, coef, rtol=1e-12)
    residual = y - 1 - X @ coef
    variance = np.sum(w * residual**2) / 4 / w  # each row's own, at the maximum
    expected = np.sum(-0.5 * np.log(2 * math.pi * variance) - 0.5 * residual**2 / variance)
    assert fit.log_likelihood == pytest.approx(expected, rel=1e-12)


def test_a_gaussian_fit_without_residuals_has_infinite_likelihood():
    assert fit_glm(design_matrix([0, 1, 2, 3]), [0, 0, 0, 0], family="gaussian").log_likelihood == math.inf


def test_a_full_newton_step_that_overshoots_is_shortened():
    offset, y = np.array([9.0, 1.0, -2.0, 13.0]), np.array([0, 1, 0, 0])
    fit = fit_glm(np.ones((4, 1)), y, family="bernoulli", offset=offset)
    assert np.sum(y - 1 / (1 + np.exp(-offset - fit.coef[0]))) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("family", ["bernoulli", "probit", "poisson"])
def test_an_offset_that_X_spans_moves_coefficients_by_as_much(family):
    data = fixture_logit()
    X = design_matrix(data.x1, data.x2)
    plain = fit_glm(X, data.y, family=family)
    moved = fit_glm(X, data.y, family=family, offset=X @ [60.0, 2.0, -1.0])
    np.testing.assert_allclose(moved.coef, plain.coef - [60, 2, -1], rtol=1e-9)
    np.testing.assert_allclose(moved.se, plain.se, rtol=1e-9)


@pytest.mark.parametrize(
    ("family", "y", "error", "message"),
    [
        pytest.param("poisson", [0, 0, 0, 0], SeparationError, "zero counts.*column\\(s\\) 0", id="all zero"),
        pytest.param("poisson", [2, 1, 0, 0], SeparationError, "zero counts.*1 of X", id="a level of zeros"),
        pytest.param("probit", [0, 0, 1, 1], SeparationError, "complete separation", id="probit, complete"),
        pytest.param("probit", [0, 1, 1, 1], SeparationError, "quasi-complete", id="probit, quasi-complete"),
        pytest.param("poisson", [1, -1, 0, 0], InputError, "counts.*found -1 at position 1", id="negative count"),
        pytest.param("poisson", [1, 1.5, 0, 0], InputError, "counts.*found 1.5", id="fractional count"),
        pytest.param("probit", [1, 2, 1, 1], InputError, "0 or 1", id="probit, not binary"),
        pytest.param("gamma", [1, 2, 1, 1], InputError, "one of 'gaussian'", id="unknown family"),
    ],
)
def test_what_has_no_estimate_is_refused(family, y, error, message):
    with pytest.raises(error, match=message):
        fit_glm(design_matrix([0, 0, 1, 1]), y, family=family)


@pytest.mark.parametrize("argument", ["offset", "weights"])
def test_lengths_are_checked(argument):
    with pytest.raises(InputError, match=f"y has 3 values but {argument} has 2"):
        fit_glm(design_matrix([0, 1, 2]), [1, 2, 3], family="poisson", **{argument: [1, 1]})


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["bernoulli", "probit", "poisson"]))
def test_the_score_is_zero_at_the_estimate(seed, family):
    rng = np.random.default_rng(seed)
    X = design_matrix(rng.normal(size=(80, 2)))
    eta = X @ [0.2, 0.5, -0.5]
    y = rng.poisson(np.exp(eta)) if family == "poisson" else (rng.random(80) < 0.5)
    fit = fit_glm(X, y, family=family)
    from reference_impl.families import FAMILIES

    score = X.T @ FAMILIES[family].pieces(X @ fit.coef, np.asarray(y, float)).score
    np.testing.assert_allclose(score, 0, atol=1e-8)
