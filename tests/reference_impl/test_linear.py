"""Design matrices and least squares against NIST."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_impl import InputError, MissingValueError, RankDeficientError, design_matrix, fit_linear

# Digits of coefficients, of standard errors. Filip: its tenth powers lose the rest on entry.
DIGITS = {"Norris": (13, 13), "Pontius": (13, 13), "NoInt1": (14, 14), "NoInt2": (14, 14), "Longley": (12, 12),
          "Wampler1": (12, 10), "Wampler2": (12, 12), "Wampler3": (12, 12), "Wampler4": (12, 12),
          "Wampler5": (12, 12), "Filip": (7, 7)}  # fmt: skip
# What plain double arithmetic reaches where longdouble is no wider (ARM, Windows).
IF_NO_WIDER = {"Longley": (10, 10), "Wampler1": (9, 9), "Wampler3": (9, 9), "Wampler4": (7, 9), "Wampler5": (5, 9)}
WIDE = np.finfo(np.longdouble).eps < np.finfo(np.float64).eps


def digits(got, certified):
    got, certified = np.atleast_1d(got), np.atleast_1d(np.array(certified, float))
    scale = np.where(certified == 0, 1.0, np.abs(certified))
    return -math.log10(max(float(np.max(np.abs(got - certified) / scale)), 1e-15))


def nist_problem(entry, name):
    x, y = np.array(entry["x"], float), np.array(entry["y"], float)
    if name.startswith("NoInt"):
        return design_matrix(x[0], intercept=False), y
    if len(x) > 1:
        return design_matrix(*x), y
    return design_matrix(*(x[0] ** power for power in range(1, len(entry["coef"])))), y


@pytest.mark.parametrize("name", DIGITS, ids=lambda name: f"{name} to {DIGITS[name][0]} digits")
def test_nist(oracle, name):
    entry = oracle("nist_linear")["sets"][name]
    fit = fit_linear(*nist_problem(entry, name))
    coef_digits, se_digits = DIGITS[name] if WIDE else IF_NO_WIDER.get(name, DIGITS[name])
    assert digits(fit.coef, entry["coef"]) >= coef_digits
    assert digits(fit.se, entry["se"]) >= se_digits
    assert digits(math.sqrt(fit.sigma2), entry["residual_sd"]) >= se_digits
    assert digits(fit.r_squared, entry["r_squared"]) >= min(se_digits, 12)


def test_by_hand():
    fit = fit_linear(design_matrix([0, 1, 2, 3]), [1, 3, 2, 5])
    np.testing.assert_allclose(fit.coef, [1.1, 1.1], rtol=1e-14)
    np.testing.assert_allclose(fit.residuals, [-0.1, 0.8, -1.3, 0.6], atol=1e-14)
    assert fit.df == 2
    assert fit.sigma2 == pytest.approx(2.7 / 2)
    np.testing.assert_allclose(fit.se, np.sqrt(1.35 * np.array([14 / 20, 4 / 20])), rtol=1e-14)
    assert fit.r_squared == pytest.approx(1 - 2.7 / 8.75)


def test_as_many_rows_as_columns_fit_exactly_and_leave_no_variance():
    fit = fit_linear(design_matrix([1, 2]), [2, 3])
    np.testing.assert_allclose(fit.coef, [1, 1])
    assert fit.df == 0
    assert math.isnan(fit.sigma2)
    assert np.isnan(fit.se).all()


def test_a_constant_outcome_has_no_r_squared_and_no_spread_beyond_rounding():
    fit = fit_linear(design_matrix([1, 2, 3]), [4, 4, 4])
    assert math.isnan(fit.r_squared)
    assert 0 <= fit.sigma2 < (4 * np.finfo(float).eps) ** 2  # which bits are lost differs between processors


def test_r_squared_is_centred_when_dummies_span_the_constant():
    a, b, y = [1, 1, 0, 0], [0, 0, 1, 1], [1.0, 2.0, 4.0, 6.0]
    dummies = fit_linear(design_matrix(a, b, intercept=False), y)
    assert dummies.r_squared == pytest.approx(fit_linear(design_matrix(b), y).r_squared, rel=1e-14)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        pytest.param(
            design_matrix([1, 1, 0, 0], [0, 0, 1, 1], [1, 2, 3, 5]),
            "column 2 .* column\\(s\\) 0, 1",
            id="all dummies and an intercept",
        ),
        pytest.param(design_matrix([1, 2, 3, 4], [2, 4, 6, 8]), "column 2 .* column\\(s\\) 1", id="a multiple"),
        pytest.param(design_matrix([3, 3, 3, 3]), "column 1 .* column\\(s\\) 0", id="a constant column"),
        pytest.param(design_matrix([0, 0, 0, 0]), "column 1 of X is all zeros", id="a column of zeros"),
        pytest.param(design_matrix([1e8, 2e8, 3e8, 5e8], [3e-8, 6e-8, 9e-8, 15e-8]), "column 2", id="far scales"),
        pytest.param(np.ones((4, 5)), "4 row\\(s\\) for 5 coefficients", id="more columns than rows"),
    ],
)
def test_dependent_columns_are_named(X, message):
    with pytest.raises(RankDeficientError, match=message):
        fit_linear(X, [1, 2, 3, 4])


@pytest.mark.parametrize(
    ("X", "y", "error", "message"),
    [
        pytest.param([1, 2, 3], [1, 2, 3], InputError, "X must be 2-dimensional.*design_matrix", id="1-D X"),
        pytest.param(np.ones((0, 2)), [1], InputError, "X is empty", id="empty X"),
        pytest.param([[1.0], [2.0]], [1, 2, 3], InputError, "X has 2 values but y has 3", id="lengths"),
        pytest.param([[1.0], [np.nan]], [1, 2], MissingValueError, "position \\(1, 0\\)", id="NaN in X"),
        pytest.param([[1.0], [2.0]], [1, np.nan], MissingValueError, "y has 1", id="NaN in y"),
        pytest.param([["a"], ["b"]], [1, 2], InputError, "not text", id="text in X"),
    ],
)
def test_input_that_cannot_be_fitted_is_refused(X, y, error, message):
    with pytest.raises(error, match=message):
        fit_linear(X, y)


def test_design_matrix_puts_ones_first_and_takes_blocks():
    block = pd.DataFrame({"a": [1, 2], "b": [3, 4]}, index=[5, 6])
    assert design_matrix([9, 8], block).tolist() == [[1, 9, 1, 3], [1, 8, 2, 4]]
    assert design_matrix([True, False], intercept=False).tolist() == [[1], [0]]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        pytest.param((), "at least one column", id="none"),
        pytest.param(([1, 2], [1, 2, 3]), "column 0 has 2 values but column 1 has 3", id="lengths"),
        pytest.param((np.ones((2, 2, 2)),), "column 0 must be", id="3-D"),
        pytest.param((5,), "column 0 must be", id="a number"),
        pytest.param(([1, 2], ["x", "y"]), "column 1 must hold real numbers", id="text"),
    ],
)
def test_design_matrix_refuses(columns, message):
    with pytest.raises(InputError, match=message):
        design_matrix(*columns)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32 - 1), st.floats(0.001, 1000), st.floats(-1000, 1000))
def test_residuals_are_orthogonal_and_columns_may_be_rescaled_and_moved(seed, scale, shift):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(20, 2)), rng.normal(size=20)
    fit = fit_linear(design_matrix(x), y)
    np.testing.assert_allclose(design_matrix(x).T @ fit.residuals, 0, atol=1e-12)
    moved = fit_linear(design_matrix(x[:, 0] * scale + shift, x[:, 1]), y)
    np.testing.assert_allclose(moved.coef[1:] * [scale, 1], fit.coef[1:], rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(moved.se[1:] * [scale, 1], fit.se[1:], rtol=1e-7)
    assert moved.r_squared == pytest.approx(fit.r_squared, rel=1e-8)


@pytest.mark.parametrize("level", [0.1, 7.0, 1e-300, 1 / 3])
def test_r_squared_of_a_constant_outcome_is_nan(level):
    X = design_matrix(np.arange(50.0))
    assert math.isnan(fit_linear(X, np.full(50, level)).r_squared)


@pytest.mark.parametrize("unit", [1e-300, 1e-150, 1e150])
def test_units_of_the_outcome_do_not_matter(unit):
    X, y = design_matrix([1.0, 2, 3, 5]), np.array([1.0, 3, 2, 6])
    plain, other = fit_linear(X, y), fit_linear(X, y * unit)
    np.testing.assert_allclose(other.coef / unit, plain.coef, rtol=1e-13)
    np.testing.assert_allclose(other.se / unit, plain.se, rtol=1e-13)
    assert other.r_squared == pytest.approx(plain.r_squared, rel=1e-13)


def test_results_too_large_for_a_number_are_refused_by_name():
    with pytest.raises(InputError, match="squared residuals are too large"):
        fit_linear(design_matrix([1.0, 2, 3]), [1e200, -1e200, 1e200])
