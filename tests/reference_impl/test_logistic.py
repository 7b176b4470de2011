"""Logistic regression: stable forms, exact small cases, separation."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reference_impl import (
    EstimationError,
    InputError,
    MissingValueError,
    NonConvergenceError,
    RankDeficientError,
    SeparationError,
    design_matrix,
    fit_glm,
    fit_linear,
    fit_logistic,
    glm,
    glm_problem,
    log_likelihood,
    logit,
    newton,
    odds_ratios,
    predict_probability,
    sigmoid,
)
from reference_impl.datasets import admissions, fixture_logit

QUICK = settings(deadline=None, max_examples=60)


def fixture():
    data = fixture_logit()
    return design_matrix(data.x1, data.x2), data.y


def test_sigmoid_is_exact_in_the_tails_and_never_overflows():
    got = sigmoid([-np.inf, -1e308, -745.0, -40.0, 0.0, 40.0, 1e308, np.inf])
    expected = [0, 0, math.exp(-745), math.exp(-40), 0.5, 1, 1, 1]
    np.testing.assert_allclose(got, expected, rtol=1e-15)
    assert isinstance(sigmoid(0), float)


def test_logit_keeps_its_digits_near_one_half_and_at_the_ends():
    got = logit([0.0, 1e-300, 0.25, 0.5, 1.0])
    np.testing.assert_allclose(got, [-np.inf, math.log(1e-300), -math.log(3), 0, np.inf], rtol=1e-15)
    p = np.linspace(0.49, 0.51, 21)
    np.testing.assert_allclose(logit(p), [2 * math.atanh(2 * value - 1) for value in p], rtol=1e-15)


@pytest.mark.parametrize("p", [-0.1, 1.1, [0.5, 2]])
def test_logit_refuses_what_is_no_probability(p):
    with pytest.raises(InputError, match="between 0 and 1; found"):
        logit(p)


@pytest.mark.parametrize("function", [sigmoid, logit])
def test_nan_is_refused(function):
    with pytest.raises(MissingValueError, match="missing"):
        function([0.1, np.nan])


@QUICK
@given(st.floats(-30, 30))
def test_logit_undoes_sigmoid_and_labels_swap(eta):
    p = sigmoid(eta)
    assert p + sigmoid(-eta) == pytest.approx(1, rel=1e-15)
    if abs(eta) < 10:
        assert logit(p) == pytest.approx(eta, rel=1e-10, abs=1e-15)


def test_log_likelihood_is_finite_where_log_of_one_minus_p_is_not():
    assert log_likelihood([[1000.0], [-1000.0]], [0, 1], [1.0]) == -2000.0
    assert log_likelihood([[1000.0], [-1000.0]], [1, 0], [1.0]) == 0.0
    assert log_likelihood([[1.0], [1.0]], [0, 1], [0.0]) == pytest.approx(-2 * math.log(2))


def test_two_by_two_table_has_its_closed_form():
    data = admissions()
    women = data.gender == "Female"
    a, b = data.admitted[women].sum(), data.rejected[women].sum()
    c, d = data.admitted[~women].sum(), data.rejected[~women].sum()
    X = design_matrix([1, 1, 0, 0])
    fit = fit_logistic(X, [1, 0, 1, 0], weights=[a, b, c, d])
    assert fit.coef[1] == pytest.approx(math.log(a * d / (b * c)), rel=1e-13)
    assert fit.se[1] == pytest.approx(math.sqrt(1 / a + 1 / b + 1 / c + 1 / d), rel=1e-12)
    assert fit.coef[1] == pytest.approx(-0.610352, abs=5e-7)


def test_grouped_weighted_and_written_out_rows_agree():
    successes, trials, x = np.array([2, 5, 7]), np.array([8, 9, 10]), np.array([0.0, 1.0, 2.0])
    grouped = fit_logistic(design_matrix(x), successes / trials, weights=trials)
    y = np.repeat([1, 0, 1, 0, 1, 0], np.column_stack([successes, trials - successes]).ravel())
    rows = fit_logistic(design_matrix(np.repeat(x, trials)), y)
    for quantity in ("coef", "se", "log_likelihood"):
        np.testing.assert_allclose(getattr(grouped, quantity), getattr(rows, quantity), rtol=1e-12)


def test_first_newton_step_is_four_times_least_squares():
    X, y = fixture()
    fit = fit_linear(X, y - 0.5)
    X_basis = glm_problem.working_basis(X)
    problem = glm_problem.Problem(X_basis.A, y, None, None, newton_family())
    here = newton._pass(problem, np.zeros(3))
    step = np.linalg.solve(here.information, here.score)
    np.testing.assert_allclose(X_basis.coefficients(step), 4 * fit.coef, rtol=1e-10)


def newton_family():
    from reference_impl.families import Bernoulli

    return Bernoulli()


def test_score_is_zero_and_probabilities_add_up_to_the_outcomes():
    X, y = fixture()
    fit = fit_logistic(X, y)
    p = predict_probability(fit, X)
    np.testing.assert_allclose(X.T @ (y - p), 0, atol=1e-9)
    information = X.T @ (X * (p * (1 - p))[:, None])
    np.testing.assert_allclose(fit.se, np.sqrt(np.diag(np.linalg.inv(information))), rtol=1e-9)
    assert fit.log_likelihood == pytest.approx(log_likelihood(X, y, fit.coef), rel=1e-14)
    assert fit.converged


def test_swapping_labels_changes_signs_only():
    X, y = fixture()
    one, two = fit_logistic(X, y), fit_logistic(X, 1 - y)
    np.testing.assert_allclose(two.coef, -one.coef, rtol=1e-12)
    np.testing.assert_allclose(two.se, one.se, rtol=1e-12)
    assert two.log_likelihood == pytest.approx(one.log_likelihood, rel=1e-14)


def test_rescaling_and_moving_a_predictor():
    X, y = fixture()
    base = fit_logistic(X, y)
    moved = fit_logistic(design_matrix(X[:, 1] * 1e8 + 3e8, X[:, 2] * 1e-8), y)
    np.testing.assert_allclose(moved.coef[1:] * [1e8, 1e-8], base.coef[1:], rtol=1e-10)
    np.testing.assert_allclose(moved.se[1:] * [1e8, 1e-8], base.se[1:], rtol=1e-10)


def test_a_calendar_year_as_predictor_keeps_ten_digits():
    X, y = fixture()
    year = np.round(10 * X[:, 1])
    base, moved = fit_logistic(design_matrix(year), y), fit_logistic(design_matrix(year + 2020), y)
    assert moved.coef[1] == pytest.approx(base.coef[1], rel=1e-10)
    assert moved.coef[0] == pytest.approx(base.coef[0] - 2020 * base.coef[1], rel=1e-10)


def test_duplicated_data_keep_coefficients_and_shrink_errors():
    X, y = fixture()
    base, twice = fit_logistic(X, y), fit_logistic(np.vstack([X, X]), np.concatenate([y, y]))
    doubled = fit_logistic(X, y, weights=np.full(y.size, 2))
    for fit in (twice, doubled):
        np.testing.assert_allclose(fit.coef, base.coef, rtol=1e-12)
        np.testing.assert_allclose(fit.se, base.se / math.sqrt(2), rtol=1e-12)


@pytest.mark.parametrize(
    "convert",
    [
        pytest.param(lambda a: a.tolist(), id="lists"),
        pytest.param(lambda a: pd.DataFrame(a) if a.ndim == 2 else pd.Series(a, index=a * 0), id="pandas"),
        pytest.param(np.asfortranarray, id="Fortran order"),
        pytest.param(lambda a: a.astype(bool) if a.ndim == 1 else a, id="boolean outcome"),
        pytest.param(lambda a: a.astype(object), id="objects"),
    ],
)
def test_containers_do_not_matter(convert):
    X, y = fixture()
    np.testing.assert_allclose(fit_logistic(convert(X), convert(y)).coef, fit_logistic(X, y).coef, rtol=1e-12)


def test_rows_of_weight_zero_are_left_out():
    X, y = fixture()
    keep = np.arange(y.size) % 3 > 0
    np.testing.assert_array_equal(fit_logistic(X, y, weights=keep).coef, fit_logistic(X[keep], y[keep]).coef)


def tall(n=120_000, seed=3):
    rng = np.random.default_rng(seed)
    X = design_matrix(rng.normal(size=(n, 5)))
    y = (rng.random(n) < sigmoid(X @ [-1.0, 0.5, -0.5, 0.2, 0.0, 1.0])).astype(float)
    return X, y


def test_tall_data_take_another_route_to_the_same_numbers(monkeypatch):
    X, y = tall()
    warm = fit_logistic(X, y)
    monkeypatch.setattr(glm_problem, "SMALL", 10**9)
    monkeypatch.setattr(newton, "WARM_START_ROWS", 10**9)
    by_qr = fit_logistic(X, y)
    np.testing.assert_allclose(warm.coef, by_qr.coef, rtol=1e-11)
    np.testing.assert_allclose(warm.se, by_qr.se, rtol=1e-11)
    assert warm.log_likelihood == pytest.approx(by_qr.log_likelihood, rel=1e-12)
    assert warm.n_iter < by_qr.n_iter  # the thin slice did most of the work


def test_a_useless_warm_start_is_given_up(monkeypatch):
    X, y = tall()
    expected = fit_logistic(X, y)
    monkeypatch.setattr(glm, "warm_start", lambda problem: np.full(6, 1e6))
    np.testing.assert_allclose(fit_logistic(X, y).coef, expected.coef, rtol=1e-11)


def test_weights_so_large_that_rounding_hides_the_last_step():
    X, y = fixture()
    base, heavy = fit_logistic(X, y), fit_logistic(X, y, weights=np.full(y.size, 1e18))
    np.testing.assert_allclose(heavy.coef, base.coef, rtol=1e-12)
    np.testing.assert_allclose(heavy.se, base.se * 1e-9, rtol=1e-12)


def test_tall_data_with_a_far_offset_keep_ten_digits():
    X, y = tall()
    X[:, 1] = np.round(X[:, 1], 3)
    base = fit_logistic(X, y)
    X[:, 1] += 1e5
    moved = fit_logistic(X, y)
    np.testing.assert_allclose(moved.coef[1:], base.coef[1:], rtol=1e-9)
    np.testing.assert_allclose(moved.se[1:], base.se[1:], rtol=1e-9)


def test_an_unrepresentative_slice_does_not_mislead_tall_data():
    X, y = tall()
    stride = y.size // newton.WARM_START_ROWS
    y[::stride] = 1.0  # every row of the slice has one outcome
    fit = fit_logistic(X, y)
    np.testing.assert_allclose(X.T @ (y - predict_probability(fit, X)), 0, atol=1e-6)


@pytest.mark.parametrize("rows", ["short", "tall"])
@pytest.mark.parametrize(
    ("make_y", "message"),
    [
        pytest.param(lambda x: np.ones(x.size), "every y is 1", id="all ones"),
        pytest.param(lambda x: np.zeros(x.size), "every y is 0", id="all zeros"),
        pytest.param(lambda x: x > 0.5, "^complete separation", id="complete separation"),
        pytest.param(
            lambda x: np.where(x == 3, np.arange(x.size) % 2, x > 3),
            "quasi-complete.*column\\(s\\).* 1 of X keep growing",
            id="quasi-complete separation",
        ),
    ],
)
def test_no_finite_estimate_is_refused(rows, make_y, message):
    x = np.repeat([0, 1, 2, 3, 3, 4, 5.0], 2 if rows == "short" else 60_000)
    with pytest.raises(SeparationError, match=message):
        fit_logistic(design_matrix(x), make_y(x))


def test_a_level_with_one_outcome_is_quasi_separation_whatever_its_weight():
    X, y = design_matrix([0, 0, 1]), [0, 1, 1]
    for weights in ([1e6, 1e6, 1], [1, 1, 1e-6], [1e-6, 1e-6, 1e-6]):
        with pytest.raises(SeparationError, match=r"column\(s\) 1 of X"):
            fit_logistic(X, y, weights=weights)


def test_equal_outcomes_without_intercept_can_have_a_finite_estimate():
    fit = fit_logistic([[1.0], [-2.0], [3.0]], [1, 1, 1])
    x = np.array([1, -2, 3])
    assert np.sum(x * (1 - sigmoid(x * fit.coef[0]))) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("family", ["bernoulli", "probit"])
@pytest.mark.parametrize("weight", [1e6, 1e13, 1e100, 1e250])
def test_one_success_beside_any_number_of_failures_has_a_finite_estimate(family, weight):
    fit = fit_glm(np.ones((2, 1)), [1, 0], family=family, weights=[1, weight])
    assert predict_probability(fit, [[1.0]])[0] == pytest.approx(1 / (1 + weight), rel=1e-11)


@pytest.mark.parametrize("weight", [1e-13, 1e-100])
def test_a_success_of_next_to_no_weight_counts(weight):
    fit = fit_logistic(np.ones((2, 1)), [1, 0], weights=[weight, 1])
    assert fit.coef[0] == pytest.approx(math.log(weight), rel=1e-12)


@pytest.mark.parametrize("overlap", [1e-6, 1e-9, 1e-11, 1e-12, 1e-13, 1e-14])
def test_the_tiniest_overlap_has_a_finite_estimate(overlap):
    x = np.array([-1, -0.5, -0.2, overlap, -overlap, 0.3, 0.6, 1.0])
    fit = fit_logistic(design_matrix(x), [0, 0, 0, 0, 1, 1, 1, 1])
    # By symmetry but for 0.3, 0.6 against 0.5, 0.2: the score of the slope, with pi = 1/2 in the overlap.
    low, high = np.array([1, 0.5, 0.2]), np.array([0.3, 0.6, 1.0])
    pull = sum(float(np.sum(side * sigmoid(-side * fit.coef[1]))) for side in (low, high))
    assert pull == pytest.approx(overlap, rel=1e-3)


def test_quasi_separation_is_refused_however_heavy_the_rows_that_overlap():
    X, y = design_matrix([0, 0, 0, 1]), [0, 1, 1, 1]
    for heavy in (1.0, 1e3, 1e9, 1e15):
        with pytest.raises(SeparationError, match=r"quasi-complete.*column\(s\) 1 of X"):
            fit_logistic(X, y, weights=[heavy, heavy, heavy, 1])


def test_a_likelihood_that_rounding_hides_is_not_called_separated():
    X, y = design_matrix([0, 0, 0, 0, 1, 1, 1]), [0, 1, 0, 1, 1, 1, 0]
    with pytest.raises(NonConvergenceError, match=r"too flat.*column\(s\) 1 of X") as caught:
        fit_logistic(X, y, weights=[1, 1, 1, 1, 1, 1, 1e-20])
    assert not isinstance(caught.value, SeparationError)


def test_two_predictors_are_finite_or_refused_as_a_linear_programme_says():
    """Small integers in two columns: is there a direction that lowers no row? Looked for among all edges."""
    rng = np.random.default_rng(3)
    for _ in range(150):
        X = design_matrix(rng.integers(-2, 3, (8, 2)))
        y = rng.integers(0, 2, 8).astype(float)
        if np.linalg.matrix_rank(X) < 3:
            continue
        signed = X * (2 * y - 1)[:, None]
        directions = [np.cross(a, b) for a in X for b in X]
        edges = [d for d in directions if np.any(d)] + list(np.eye(3))
        separated = any(np.all(signed @ d >= 0) and np.any(signed @ d) for e in edges for d in (e, -e))
        if separated:
            with pytest.raises(SeparationError):
                fit_logistic(X, y)
        else:
            fit = fit_logistic(X, y)
            np.testing.assert_allclose(X.T @ (y - predict_probability(fit, X)), 0, atol=1e-9)


def has_overlap(x, y):
    """One predictor and an intercept: finite if and only if the two ranges overlap in more than a point."""
    zero, one = x[y == 0], x[y == 1]
    return zero.size and one.size and zero.max() > one.min() and one.max() > zero.min()


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=3, max_size=14))
def test_finite_exactly_when_the_outcomes_overlap(rows):
    x, y = np.array([row[0] for row in rows], float), np.array([row[1] for row in rows], float)
    assume(np.ptp(x) > 0)
    if has_overlap(x, y):
        fit = fit_logistic(design_matrix(x), y)
        np.testing.assert_allclose(np.sum(y - predict_probability(fit, design_matrix(x))), 0, atol=1e-9)
    else:
        with pytest.raises(SeparationError):
            fit_logistic(design_matrix(x), y)


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        pytest.param([-1, 1, 1, -1], InputError, "found -1 at position 0", id="labels -1 and 1"),
        pytest.param([1, 2, 1, 2], InputError, "found 2 at position 1", id="labels 1 and 2"),
        pytest.param(["no", "yes", "no", "yes"], InputError, "not text", id="text labels"),
        pytest.param([0, 1, np.nan, 1], MissingValueError, "position 2", id="NaN"),
        pytest.param([0, 0.5, 1, 1], InputError, "found 0.5.*number of trials", id="a proportion without trials"),
        pytest.param([0, 1, 1], InputError, "X has 4 values but y has 3", id="lengths"),
    ],
)
def test_outcomes_that_are_not_binary_are_refused(y, error, message):
    with pytest.raises(error, match=message):
        fit_logistic(design_matrix([1, 2, 3, 4]), y)


@pytest.mark.parametrize(
    ("y", "weights", "message"),
    [
        pytest.param([0.5, 0, 1], [3, 1, 1], "it is 1.5 of 3 trials", id="half a success"),
        pytest.param([2, 0, 1], [3, 1, 1], "found 2 at position 0", id="counts instead of proportions"),
        pytest.param([1, 0, 1], [1, -1, 1], "weights cannot be negative", id="negative weight"),
        pytest.param([1, 0, 1], [0, 0, 0], "weights are all 0", id="no weight"),
        pytest.param([1, 0, 1], [1, 1], "y has 3 values but weights has 2", id="lengths"),
    ],
)
def test_weights_that_make_no_sense_are_refused(y, weights, message):
    with pytest.raises(InputError, match=message):
        fit_logistic(design_matrix([1, 2, 4]), y, weights=weights)


@pytest.mark.parametrize("n", [4, 400_000], ids=["short", "tall"])
def test_collinear_columns_are_named(n):
    x = np.arange(n) % 4
    with pytest.raises(RankDeficientError, match=r"column 2 .* column\(s\) 0, 1"):
        fit_logistic(design_matrix(x, 3 - x), x % 2)
    with pytest.raises(RankDeficientError, match="column 2 of X is all zeros"):
        fit_logistic(design_matrix(x, 0 * x), x % 2)


def test_odds_ratios_by_hand():
    fit = fit_logistic(*fixture())
    ratios = odds_ratios(fit)
    np.testing.assert_allclose(ratios.estimate, np.exp(fit.coef))
    np.testing.assert_allclose(ratios.lower, np.exp(fit.coef - 1.96 * fit.se))
    np.testing.assert_allclose(ratios.upper, np.exp(fit.coef + 1.96 * fit.se))
    np.testing.assert_allclose(ratios.lower * ratios.upper, ratios.estimate**2)


def test_odds_ratios_and_probabilities_refuse_other_models():
    X = design_matrix([1, 2, 3, 4.0])
    counts = fit_glm(X, [1, 2, 2, 4], family="poisson")
    with pytest.raises(InputError, match="poisson fit has no odds ratios"):
        odds_ratios(counts)
    with pytest.raises(InputError, match="poisson fit has no probabilities"):
        predict_probability(counts, X)
    with pytest.raises(InputError, match="z must be positive"):
        odds_ratios(fit_logistic(*fixture()), z=-1)


def test_prediction_needs_the_same_columns():
    with pytest.raises(InputError, match="X has 2 column\\(s\\) but there are 3"):
        predict_probability(fit_logistic(*fixture()), design_matrix([1, 2]))


def test_every_error_has_one_root():
    with pytest.raises(EstimationError):
        fit_logistic([[1.0], [1.0]], [1, 1])
