"""What an answer loses that is right for typical data but not at the edges, and what guessing earns."""

import numpy as np
import pandas as pd
import pytest

from grading.checks.notebook_check import as_array, judge, mismatch
from grading.sandbox import Opaque
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
def test_ten_newton_steps_suffice_and_three_never_do(seed):
    assert verdict("logistic_regression", "fit_logistic", lambda X, y: steps_of_newton(X, y, 10), seed).passed
    early = verdict("logistic_regression", "fit_logistic", lambda X, y: steps_of_newton(X, y, 3), seed)
    assert early.misconception == "coef_three_newton_steps"


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
