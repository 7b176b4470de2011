"""Correct answers to the unit ``linear_regression``, written as students write them."""

import math

import numpy as np
import pandas as pd


# ---------------------------------------------------------------- least_squares
def by_lstsq(X, y):
    return np.linalg.lstsq(X, y, rcond=None)[0]


def by_qr(X, y):
    Q, R = np.linalg.qr(X)
    return np.linalg.solve(R, Q.T @ y)


def by_qr_and_back_substitution(X, y):
    Q, R = np.linalg.qr(np.asarray(X, dtype=float))
    right, p = Q.T @ y, len(R)
    coef = [0.0] * p
    for k in reversed(range(p)):
        coef[k] = (right[k] - sum(R[k, m] * coef[m] for m in range(k + 1, p))) / R[k, k]
    return coef


def by_pinv(X, y):
    return np.linalg.pinv(X) @ y


def by_svd(X, y):
    U, d, Vt = np.linalg.svd(X, full_matrices=False)
    return Vt.T @ ((U.T @ y) / d)


def as_named_series(X, y):
    return pd.Series(by_lstsq(X, y), index=[f"beta{k}" for k in range(X.shape[1])])


def by_gram_schmidt(X, y):
    """Regress out the columns one after the other, then read the coefficients off from the last to the first."""
    X, y = np.array(X, dtype=float), np.array(y, dtype=float)
    p = X.shape[1]
    basis = X.copy()
    for k in range(p):
        for _ in range(2):  # once more, for the digits that the first pass loses
            for m in range(k):
                basis[:, k] -= basis[:, m] * (basis[:, m] @ basis[:, k]) / (basis[:, m] @ basis[:, m])
    coef, left = np.zeros(p), y.copy()
    for k in reversed(range(p)):
        coef[k] = basis[:, k] @ left / (basis[:, k] @ basis[:, k])
        left = left - coef[k] * X[:, k]
    return tuple(coef.tolist())


# ---------------------------------------------------------------- residual_variance
def rss_from_lstsq(X, y):
    coef = by_lstsq(X, y)
    return np.sum((y - X @ coef) ** 2) / (X.shape[0] - X.shape[1])


def with_loops(X, y):
    coef, rss = by_qr_and_back_substitution(X, y), 0.0
    for row, outcome in zip(X.tolist(), y.tolist(), strict=True):
        rss += (outcome - sum(x * b for x, b in zip(row, coef, strict=True))) ** 2
    return rss / (len(y) - len(coef))


def by_projection(X, y):
    n, p = np.shape(X)
    residual = (np.eye(n) - X @ np.linalg.pinv(X)) @ y
    return (residual @ residual) / (n - p)


def by_variance_of_residuals(X, y):
    residual = pd.Series(y - X @ by_lstsq(X, y))
    return residual.var() * (len(y) - 1) / (len(y) - X.shape[1])


# ---------------------------------------------------------------- standard_errors
def by_inverse(X, y):
    return np.sqrt(np.diag(rss_from_lstsq(X, y) * np.linalg.inv(X.T @ X)))


def by_triangular_factor(X, y):
    R_inverse = np.linalg.inv(np.linalg.qr(X, mode="r"))
    return math.sqrt(rss_from_lstsq(X, y)) * np.linalg.norm(R_inverse, axis=1)


def by_rows_of_the_pseudo_inverse(X, y):
    return [math.sqrt(rss_from_lstsq(X, y) * float(row @ row)) for row in np.linalg.pinv(X)]


def by_regressing_each_column_on_the_rest(X, y):
    sigma2, errors = rss_from_lstsq(X, y), []
    for k in range(X.shape[1]):
        rest = np.delete(X, k, axis=1)
        left = X[:, k] - rest @ by_lstsq(rest, X[:, k]) if rest.shape[1] else X[:, k]
        errors.append(math.sqrt(sigma2 / np.sum(left**2)))
    return pd.Series(errors)


# ---------------------------------------------------------------- confidence_intervals
def as_a_tuple_of_arrays(X, y):
    coef, half = by_lstsq(X, y), 1.96 * by_inverse(X, y)
    return coef - half, coef + half


def as_two_rows(X, y):
    return by_lstsq(X, y) + np.array([[-1.96], [1.96]]) * by_triangular_factor(X, y)


def as_two_series(X, y):
    table = pd.DataFrame({"coef": by_lstsq(X, y), "se": by_inverse(X, y)}, index=list("abcd")[: X.shape[1]])
    return table["coef"] - 1.96 * table["se"], table["coef"] + 1.96 * table["se"]


def as_lists(X, y):
    pairs = list(zip(by_lstsq(X, y).tolist(), by_inverse(X, y).tolist(), strict=True))
    return [b - 1.96 * s for b, s in pairs], [b + 1.96 * s for b, s in pairs]


# ---------------------------------------------------------------- r_squared
def one_minus_ratio(X, y):
    residual = y - X @ by_lstsq(X, y)
    return 1 - np.sum(residual**2) / np.sum((y - np.mean(y)) ** 2)


def ratio_of_variances(X, y):
    return float(np.var(X @ by_lstsq(X, y)) / np.var(y))


def squared_correlation(X, y):
    return np.corrcoef(y, X @ by_lstsq(X, y))[0, 1] ** 2


def squared_correlation_by_pandas(X, y):
    return pd.Series(y).corr(pd.Series(X @ by_lstsq(X, y))) ** 2


# ---------------------------------------------------------------- predicted_difference
def product(coef, k, change):
    return coef[k] * change


def difference_of_two_predictions(coef, k, change):
    one = np.ones(len(coef))
    other = one.copy()
    other[k] += change
    return float(other @ coef - one @ coef)


def in_single_precision(coef, k, change):
    return np.float32(coef[k]) * np.float32(change)


def zero_dimensional(coef, k, change):
    return np.array(coef[k] * change)


ALTERNATIVES = {
    "least_squares": [
        by_lstsq,
        by_qr,
        by_qr_and_back_substitution,
        by_pinv,
        by_svd,
        as_named_series,
        by_gram_schmidt,
    ],
    "residual_variance": [rss_from_lstsq, with_loops, by_projection, by_variance_of_residuals],
    "standard_errors": [
        by_inverse,
        by_triangular_factor,
        by_rows_of_the_pseudo_inverse,
        by_regressing_each_column_on_the_rest,
    ],
    "confidence_intervals": [
        as_a_tuple_of_arrays,
        as_two_rows,
        as_two_series,
        as_lists,
    ],
    "r_squared": [one_minus_ratio, ratio_of_variances, squared_correlation, squared_correlation_by_pandas],
    "predicted_difference": [product, difference_of_two_predictions, in_single_precision, zero_dimensional],
}
