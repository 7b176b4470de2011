"""What an answer loses that is right for typical data but not at the edges, and what guessing earns."""

import numpy as np
import pandas as pd
import pytest

from grading.checks.notebook_check import as_array, judge, mismatch
from grading.sandbox import Opaque
from reference_impl import anova, between_group_variance, fit_random_intercept
from reference_impl.student_t import student_t_quantile
from tests.checks.conftest import CHECKS

SEEDS = [1, 2, 20261123]


def verdict(unit, name, function, seed=1):
    check = CHECKS[unit][name]
    with np.errstate(all="ignore"):
        return judge(
            check.hidden_table(np.random.default_rng(seed)), lambda args, kwargs: function(*args, **kwargs)
        )


def by_inverting(X, y):
    return np.linalg.inv(X.T @ X) @ X.T @ y


def by_solving_the_normal_equations(X, y):
    return np.linalg.solve(X.T @ X, X.T @ y)


@pytest.mark.parametrize("function", [by_inverting, by_solving_the_normal_equations])
@pytest.mark.parametrize("seed", SEEDS)
def test_forming_the_cross_products_loses_the_badly_scaled_claim_only(function, seed):
    found = verdict("linear_regression", "least_squares", function, seed)
    assert found.share == 0.8
    assert "solve with QR or lstsq" in found.message


@pytest.mark.parametrize("seed", SEEDS)
def test_the_textbook_sigmoid_passes_with_its_warnings(seed):
    assert verdict("logistic_regression", "sigmoid", lambda eta: 1 / (1 + np.exp(-eta)), seed).passed


@pytest.mark.parametrize(
    ("name", "function", "share", "misconception"),
    [
        pytest.param(
            "sigmoid",
            lambda eta: np.exp(eta) / (1 + np.exp(eta)),
            0.9,
            "sigmoid_overflows",
            id="a sigmoid that is NaN at 800 loses a tenth",
        ),
        pytest.param(
            "log_likelihood",
            lambda X, y, coef: np.sum(y * (X @ coef) - np.log(1 + np.exp(X @ coef))),
            0.9,
            "loglik_exp_overflows",
            id="a log-likelihood that overflows at 800 loses a tenth",
        ),
        pytest.param(
            "log_likelihood",
            lambda X, y, coef: np.sum(np.log(np.where(y == 1, *probabilities(X, coef)))),
            0.7,
            "loglik_minus_infinity",
            id="a log-likelihood of rounded probabilities loses both claims",
        ),
        pytest.param(
            "log_likelihood",
            lambda X, y, coef: bernoulli(y, *probabilities(X, coef)),
            0.7,
            "loglik_of_rounded_probabilities",
            id="and is named when written as most books print it",
        ),
        pytest.param(
            "separates",
            lambda X, y, coef: bool(np.all((X @ coef > 0) == y)),
            0.8,
            "separates_ties_of_zeros_too",
            id="a border that counts as the side of the zeros loses one claim",
        ),
    ],
)
@pytest.mark.parametrize("seed", SEEDS)
def test_an_edge_costs_its_share_and_no_more(name, function, share, misconception, seed):
    found = verdict("logistic_regression", name, function, seed)
    assert (found.share, found.misconception) == (share, misconception)


def of_schools(y, group):
    """Sizes, means and variances, as the first task of the unit shrinkage returns them."""
    return CHECKS["shrinkage"]["group_summary"].reference(y, group)[1:]


def plugged_in(y, group, tau2):
    n, mean, variance = of_schools(y, group)
    return mean, variance / n, float(np.mean(y)), tau2


def tau2_of(y, group):
    return CHECKS["shrinkage"]["between_group_variance"].reference(y, group)


def takes_0_for_none(y, group, *, tau2=None):
    mean, v, centre, t = plugged_in(y, group, tau2 or tau2_of(y, group))
    return centre + t / (t + v) * (mean - centre)


def by_precisions(group_means, sampling_variances, *, grand_mean, tau2):
    m, v, t = np.asarray(group_means), np.asarray(sampling_variances), np.float64(tau2)
    return (m / v + grand_mean / t) / (1 / v + 1 / t)


def f_without_a_guard(y, group):
    n, mean, variance = of_schools(y, group)
    msb = np.sum(n * (mean - np.mean(y)) ** 2) / (len(n) - 1)
    return msb / (np.sum((n - 1) * variance) / (n.sum() - len(n)))


def by_numbers(group_means, sampling_variances, *, grand_mean, tau2):
    own = 1 / np.asarray(sampling_variances, dtype=float)
    return (own * np.asarray(group_means) + grand_mean / tau2) / (own + 1 / tau2)


def labels_sorted_as_text(y, group):
    return CHECKS["shrinkage"]["group_summary"].reference(y, np.asarray(group).astype(str))


def without_far_scores(y):
    y = np.asarray(y, dtype=float)
    return float(np.mean(y[np.abs(y - y.mean()) <= 3 * y.std()])) if np.std(y) else float(np.mean(y))


@pytest.mark.parametrize(
    ("name", "function", "share", "misconception"),
    [
        pytest.param("shrinkage_estimate", takes_0_for_none, 0.85, "estimate_takes_0_for_none", id="tau2 or ..."),
        pytest.param("partial_pooling", by_precisions, 0.7, "pooling_divides_by_variances", id="1/tau2 at 0"),
        pytest.param("partial_pooling", by_numbers, 0.7, "pooling_divides_by_numbers", id="an error at 0"),
        pytest.param("f_ratio", f_without_a_guard, 0.85, None, id="0 nan in SSW"),
        pytest.param("group_summary", labels_sorted_as_text, 0.0, None, id="labels 9 and 10 as text"),
        pytest.param(
            "complete_pooling",
            lambda y: np.mean(np.unique(y)),
            0.3,
            "mean_of_distinct_scores",
            id="distinct scores",
        ),
        pytest.param(
            "complete_pooling", without_far_scores, 0.3, "mean_without_outliers", id="scores beyond 3 s dropped"
        ),
    ],
)
@pytest.mark.parametrize("seed", SEEDS)
def test_schools_at_the_edges(name, function, share, misconception, seed):
    found = verdict("shrinkage", name, function, seed)
    assert (found.share, found.misconception) == (pytest.approx(share), misconception)
    with np.errstate(all="ignore"):
        assert not public("shrinkage", name, function).passed  # the student's own notebook tells


def public(unit, name, function):
    return judge(CHECKS[unit][name].public_table(), lambda args, kwargs: function(*args, **kwargs))


def student_t_interval(y, group):
    n, mean, variance = of_schools(y, group)
    quantile = np.array([student_t_quantile(int(size) - 1) if size > 1 else np.nan for size in n])
    return mean - quantile * np.sqrt(variance / n), mean + quantile * np.sqrt(variance / n)


def pooled_and_gls(y, group, *, tau2=None):
    n, mean, _ = of_schools(y, group)
    within = anova(y, group).ms_within / n
    t = tau2_of(y, group) if tau2 is None else tau2
    centre = np.average(mean, weights=1 / (within + t))
    return centre + t / (t + within) * (mean - centre)


@pytest.mark.parametrize(
    ("name", "function", "share", "misconception"),
    [
        pytest.param("no_pooling_interval", student_t_interval, 0.8, "interval_student_t", id="Student's t"),
        pytest.param("shrinkage_estimate", pooled_and_gls, 0.6, "estimate_pooled_gls", id="pooled s2, GLS centre"),
        pytest.param(
            "shrinkage_estimate",
            lambda y, group, *, tau2=None: (
                fit_random_intercept(y, group).estimate if tau2 is None else pooled_and_gls(y, group, tau2=tau2)
            ),
            0.6,
            "estimate_reml",
            id="as mixed-model software",
        ),
        *(
            pytest.param(
                "between_group_variance",
                lambda y, group, method=method: between_group_variance(y, group, method=method),
                0.6,
                name,
                id=method,
            )
            for method, name in {"reml": "tau2_REML", "ml": "tau2_ML", "paule-mandel": "tau2_paule_mandel"}.items()
        ),
    ],
)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_sound_choice_that_was_not_asked_for_is_named_and_credited(name, function, share, misconception, seed):
    found = verdict("shrinkage", name, function, seed)
    assert found.misconception == misconception
    assert share <= found.share < 1


def probabilities(X, coef):
    p = 1 / (1 + np.exp(-(X @ coef)))
    return p, 1 - p


def bernoulli(y, one, zero):
    return np.sum(y * np.log(one) + (1 - y) * np.log(zero))


@pytest.mark.parametrize("answer", [True, False])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_constant_answer_to_a_yes_or_no_question_earns_nothing_and_is_named(answer, seed):
    found = verdict("logistic_regression", "separates", lambda X, y, coef: answer, seed)
    assert found.share == 0.0
    assert found.misconception == ("separates_always" if answer else "separates_never")


@pytest.mark.parametrize("seed", range(20))
def test_tossing_a_coin_earns_nothing(seed):
    coin = np.random.default_rng(seed)
    assert verdict("logistic_regression", "separates", lambda X, y, coef: bool(coin.random() < 0.5)).share == 0.0


def steps_of_newton(X, y, steps):
    coef = np.zeros(X.shape[1])
    for _ in range(steps):
        p = 1 / (1 + np.exp(-(X @ coef)))
        coef = coef + np.linalg.solve((X.T * (p * (1 - p))) @ X, X.T @ (y - p))
    return coef


@pytest.mark.parametrize("seed", SEEDS)
def test_fourteen_newton_steps_suffice_eight_lose_a_tenth_and_three_most(seed):
    assert verdict("logistic_regression", "fit_logistic", lambda X, y: steps_of_newton(X, y, 14), seed).passed
    eight = verdict("logistic_regression", "fit_logistic", lambda X, y: steps_of_newton(X, y, 8), seed)
    assert (eight.share, eight.misconception) == (0.9, "coef_eight_newton_steps")
    early = verdict("logistic_regression", "fit_logistic", lambda X, y: steps_of_newton(X, y, 3), seed)
    assert early.misconception == "coef_three_newton_steps"


def newton_until(X, y, negligible):
    coef, step = np.zeros(X.shape[1]), np.inf
    while np.max(np.abs(step)) >= negligible:
        p = 1 / (1 + np.exp(-(X @ coef)))
        step = np.linalg.solve((X.T * (p * (1 - p))) @ X, X.T @ (y - p))
        coef = coef + step
    return coef


def ratios_of(X, coef):
    p = 1 / (1 + np.exp(-(X @ coef)))
    half = 1.96 * np.sqrt(np.diag(np.linalg.inv((X.T * (p * (1 - p))) @ X)))
    return np.exp(coef), np.exp(coef - half), np.exp(coef + half)


@pytest.mark.parametrize("seed", range(6))
def test_who_stops_early_is_told_so(seed):
    unit = "logistic_regression"
    fit = lambda X, y: newton_until(X, y, 1e-2)  # noqa: E731
    found = verdict(unit, "fit_logistic", fit, seed)
    assert found.misconception == "coef_stopped_early"
    assert found.share >= 0.5
    assert not public(unit, "fit_logistic", fit).passed


@pytest.mark.parametrize("seed", range(6))
def test_a_fit_good_enough_to_pass_is_good_enough_for_odds_ratios(seed):
    fit = lambda X, y: newton_until(X, y, 1e-4)  # noqa: E731
    assert verdict("logistic_regression", "fit_logistic", fit, seed).passed
    assert verdict("logistic_regression", "odds_ratios", lambda X, y: ratios_of(X, fit(X, y)), seed).passed


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(lambda eta: 1 / (1 + np.exp(-np.clip(eta, -14, 14))), id="cut off at 14"),
        pytest.param(lambda eta: np.round(1 / (1 + np.exp(-eta)), 6), id="rounded"),
    ],
)
@pytest.mark.parametrize("seed", SEEDS)
def test_small_probabilities_are_neither_cut_off_nor_rounded(function, seed):
    unit = "logistic_regression"
    for name, answer in (("sigmoid", function), ("predict_probability", lambda X, coef: function(X @ coef))):
        assert not verdict(unit, name, answer, seed).passed
        assert not public(unit, name, answer).passed


@pytest.mark.parametrize(
    ("answer", "misconception"),
    [
        pytest.param(lambda X, y, coef: np.all(X @ coef > 0), "separates_without_labels", id="y left out"),
        pytest.param(
            lambda X, y, coef: np.all(1 / (1 + np.exp(-(X @ coef))) == y), "separates_never", id="p equal to y"
        ),
        pytest.param(lambda X, y, coef: np.all(np.abs(X @ coef) > 0), "separates_always", id="off the border"),
    ],
)
def test_messages_about_separation_claim_no_more_than_the_answers_show(answer, misconception):
    found = verdict("logistic_regression", "separates", lambda X, y, coef: bool(answer(X, y, coef)))
    assert found.misconception in (misconception, None)
    for untrue in ("whatever the data", "in every case", "is missing from"):
        assert untrue not in found.message


def test_robust_standard_errors_are_a_convention_in_both_units():
    for unit in ("linear_regression", "logistic_regression"):
        named = {m.name: m for m in CHECKS[unit]["standard_errors"].misconceptions if "robust" in m.name}
        assert {"se_robust", "se_robust_HC1"} <= set(named)
        assert {(m.kind, m.credit) for m in named.values()} == {("convention", 0.6)}


@pytest.mark.parametrize("unit", ["shrinkage", "linear_regression"])
def test_the_smallest_public_case_of_limits_has_no_shape_of_two(unit):
    name = "no_pooling_interval" if unit == "shrinkage" else "confidence_intervals"
    check = CHECKS[unit][name]
    rows = lambda *args: np.column_stack(check.reference(*args))  # noqa: E731
    told = public(unit, name, rows).message
    assert "return 2 things" in told or "one pair per coefficient" in told


@pytest.mark.parametrize("seed", range(8))
def test_hidden_electorates_have_a_finite_fit_and_both_labels(seed):
    for name in ("fit_logistic", "fitted_probabilities", "standard_errors", "odds_ratios"):
        check = CHECKS["logistic_regression"][name]
        for case in check.fresh(np.random.default_rng(seed)):
            X, y = case.inputs["X"], case.inputs["y"]
            assert set(np.unique(y).tolist()) == {0, 1}
            assert np.all(X[:, 0] == 1)
            assert np.linalg.cond(X / np.max(np.abs(X), axis=0)) < 100


@pytest.mark.parametrize("unit", ["linear_regression", "logistic_regression"])
def test_some_hidden_design_holds_whole_numbers_only(unit):
    name = "least_squares" if unit == "linear_regression" else "fit_logistic"
    kinds = {case.inputs["X"].dtype.kind for case in CHECKS[unit][name].fresh(np.random.default_rng(1))}
    assert kinds == {"i", "f"}


def test_labels_come_as_whole_numbers_and_as_truth_values():
    kinds = {
        case.inputs["y"].dtype.kind
        for case in CHECKS["logistic_regression"]["fit_logistic"].fresh(np.random.default_rng(1))
    }
    assert kinds == {"i", "b"}


def not_implemented():
    raise NotImplementedError("no idea")


@pytest.mark.parametrize(
    "give_up",
    [
        pytest.param(not_implemented, id="by NotImplementedError"),
        pytest.param(lambda: np.array(np.nan), id="by an array without dimensions"),
    ],
)
def test_giving_up_at_the_edges_costs_the_edges_only(give_up):
    check = CHECKS["shrinkage"]["group_summary"]
    table = check.hidden_table(np.random.default_rng(1))
    cases = iter(table["cases"])
    edges = {case["claim"]: case["cost"] for case in table["cases"] if case["cost"] < 1}
    found = judge(
        table, lambda args, kwargs: check.reference(*args, **kwargs) if next(cases)["cost"] == 1 else give_up()
    )
    assert edges
    assert found.share == pytest.approx(1 - sum(edges.values()))


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        pytest.param([1.0, None], "it holds None: element 1 was never set", id="a missing number"),
        pytest.param([1.0, "x"], "element 1 is 'x'", id="text among numbers"),
        pytest.param([1.0, 1j], "element 1 is a complex", id="a complex number"),
        pytest.param([1.0, [2.0]], "element 1 is a list of length 1", id="a list"),
        pytest.param([1.0, 10**400], "an integer too large", id="an integer without end"),
    ],
)
def test_an_array_of_objects_is_told_what_is_odd_about_it(answer, says):
    assert says in str(as_array(np.array(answer, dtype=object)))


def filled(kind, values):
    """What students write who make an array first and fill it later."""
    array = kind(len(values))
    for place, value in enumerate(values):
        array[place] = value
    return array


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(lambda length: np.array([None] * length), id="of None"),
        pytest.param(lambda length: np.empty(length, dtype=object), id="of objects"),
        pytest.param(lambda length: pd.Series([None] * length, dtype=object), id="a Series of objects"),
    ],
)
@pytest.mark.parametrize(
    "number",
    [pytest.param(float, id="floats"), pytest.param(np.float64, id="np"), pytest.param(int, id="int")],
)
def test_an_array_that_began_as_objects_is_judged_by_its_numbers(kind, number):
    values = [number(1), number(2), number(3)]
    assert mismatch(filled(kind, values), np.array([1.0, 2.0, 3.0]), rtol=1e-9) is None
    assert "expected" in str(mismatch(filled(kind, values), np.array([1.0, 2.0, 4.0]), rtol=1e-9))


def test_a_value_that_did_not_cross_the_wall_is_called_by_its_type():
    got = (1.0, Opaque("MaskedArray\n"))
    assert mismatch(got, (1.0, np.array([1.0])), rtol=1e-9) == (
        "part 2: expected an array of shape (1,); got a MaskedArray"
    )
