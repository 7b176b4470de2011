"""Answers to the unit ``linear_regression`` that nobody made from the model answer: WRONG ones, and RIGHT ones in
other styles.

What one's result looks like rounded, reordered or in another container `grading prove` tries by itself.
"""

import itertools
import math
import statistics

import numpy as np
import pandas as pd

# ---------------------------------------------------------------- what several of them use


def fit(X, y):
    return np.linalg.lstsq(np.asarray(X, float), np.asarray(y, float), rcond=None)[0]


def residuals(X, y):
    return np.asarray(y, float) - np.asarray(X, float) @ fit(X, y)


def rss(X, y):
    return float(residuals(X, y) @ residuals(X, y))


def tss(y):
    return float(np.sum((np.asarray(y, float) - np.mean(y)) ** 2))


def sigma2(X, y):
    return rss(X, y) / (X.shape[0] - X.shape[1])


def unscaled(X):
    """Diagonal of (X'X)^-1, by QR."""
    rows = np.linalg.inv(np.linalg.qr(np.asarray(X, float), mode="r"))
    return np.sum(rows**2, axis=1)


def errors(X, y):
    return np.sqrt(sigma2(X, y) * unscaled(X))


def limits(half):
    """Intervals from a formula of X, y and the standard errors for the half-width."""

    def answer(X, y):
        width = half(X, y, errors(X, y))
        return fit(X, y) - width, fit(X, y) + width

    return answer


def of_rows(keep):
    """The fit to those rows that a condition on X and y keeps."""

    def answer(X, y):
        kept = keep(np.asarray(X, float), np.asarray(y, float))
        return fit(X[kept], y[kept])

    return answer


def descent(X, y, rate, steps):
    coef = np.zeros(X.shape[1])
    for _ in range(steps):
        coef = coef + rate * X.T @ (y - X @ coef) / len(y)
    return coef


def absolute_deviations(X, y):
    """Reweighted least squares for the sum of absolute residuals."""
    coef = fit(X, y)
    for _ in range(50):
        w = 1 / np.sqrt(np.maximum(1e-6, np.abs(y - X @ coef)))
        coef = fit(X * w[:, None], y * w)
    return coef


def one_after_the_other(X, y):
    """Regresses on one column, then what is left on the next."""
    left, coef = np.array(y, float), []
    for column in np.asarray(X, float).T:
        coef.append(column @ left / (column @ column))
        left = left - coef[-1] * column
    return np.array(coef)


def whole(function):
    """Makes room by `zeros_like` of the inputs, which holds whole numbers if they do."""

    def answer(X, y):
        room = np.zeros_like(X[0])
        room[:] = function(X, y)
        return room

    return answer


def cached_by_shape(function):
    known = {}

    def answer(X, *rest):
        key = np.shape(X)
        if key not in known:
            known[key] = function(X, *rest)
        return known[key]

    return answer


def lists_only(function):
    """Needs a list's methods."""

    def answer(X, y):
        assert y.copy() is not None
        assert y.index(y[0]) == 0
        return function(X, y)

    return answer


# ---------------------------------------------------------------- wrong

WRONG = {
    "least_squares": {
        "least absolute deviations": absolute_deviations,
        "one column after the other": one_after_the_other,
        "descent, 100 steps": lambda X, y: descent(X, y, 1e-4, 100),
        "descent, 10000 steps": lambda X, y: descent(X, y, 1e-3, 10_000),
        "lasso-like": lambda X, y: np.sign(fit(X, y)) * np.maximum(0, np.abs(fit(X, y)) - 0.05),
        "small slopes set to 0": lambda X, y: np.where(np.abs(fit(X, y)) < 0.5, 0, fit(X, y)),
        "ridge, a little": lambda X, y: np.linalg.solve(X.T @ X + 1e-3 * np.eye(X.shape[1]), X.T @ y),
        "ridge, a hair": lambda X, y: np.linalg.solve(X.T @ X + 1e-8 * np.eye(X.shape[1]), X.T @ y),
        "inverse of X'X": lambda X, y: np.linalg.inv(X.T @ X) @ X.T @ y,
        "X'X solved": lambda X, y: np.linalg.solve(X.T @ X, X.T @ y),
        "pseudo-inverse of X'X": lambda X, y: np.linalg.pinv(X.T @ X) @ X.T @ y,
        "small singular values dropped": lambda X, y: np.linalg.lstsq(X, y, rcond=1e-3)[0],
        "first and last person": lambda X, y: np.linalg.lstsq(X[[0, -1]], y[[0, -1]], rcond=None)[0],
        "first p people": lambda X, y: np.linalg.lstsq(X[: X.shape[1]], y[: X.shape[1]], rcond=None)[0],
        "without outliers": of_rows(lambda X, y: np.abs(y - y.mean()) <= 1.5 * y.std()),
        "without y below 0": of_rows(lambda X, y: y >= np.min(y) + 1e-9),
        "without zeros in X": lambda X, y: (
            fit(X[np.all(X != 0, axis=1)], y[np.all(X != 0, axis=1)])
            if np.all(X != 0, axis=1).sum() > X.shape[1]
            else fit(X[1:], y[1:])
        ),
        "distinct people only": lambda X, y: fit(
            *np.split(np.unique(np.column_stack([X, y]), axis=0)[1:], [X.shape[1]], axis=1)
        ).ravel(),
        "weighted by y": lambda X, y: fit(X * np.sqrt(np.abs(y))[:, None], y * np.sqrt(np.abs(y))),
        "logs": lambda X, y: fit(X, np.log(np.abs(y) + 1)),
        "ranks": lambda X, y: fit(X, pd.Series(y).rank().to_numpy()),
        "y standardised": lambda X, y: fit(X, (y - np.mean(y)) / np.std(y)),
        "y centred": lambda X, y: fit(X, y - np.mean(y)),
        "total least squares": lambda X, y: (lambda v: -v[:-1] / v[-1])(
            np.linalg.svd(np.column_stack([X, y]))[2][-1]
        ),
        "slope of the standard deviations": lambda X, y: (
            lambda b: np.append(np.mean(y) - X[:, 1:].mean(axis=0) @ b, b)
        )(np.std(y) / np.std(X[:, 1:], axis=0) if X.shape[1] > 1 else np.array([])),
        "correlations": lambda X, y: np.append(np.mean(y), [np.corrcoef(x, y)[0, 1] for x in X[:, 1:].T]),
        "covariances": lambda X, y: np.append(np.mean(y), [np.cov(x, y)[0, 1] for x in X[:, 1:].T]),
        "polyfit on the first predictor": lambda X, y: np.polyfit(X[:, 1], y, 1)[::-1],
        "columns sorted": lambda X, y: fit(np.sort(X, axis=1), y),
        "y sorted": lambda X, y: fit(X, np.sort(y)),
        "all that lstsq returns": lambda X, y: np.linalg.lstsq(X, y, rcond=None),
        "coefficients and residuals": lambda X, y: (fit(X, y), residuals(X, y)),
        "a dictionary": lambda X, y: {f"b{k}": b for k, b in enumerate(fit(X, y))},
        "a square system only": lambda X, y: np.linalg.solve(X, y),
        "room for whole numbers": whole(fit),
        "remembers by shape": cached_by_shape(fit),
        "two coefficients only": lambda X, y: fit(X[:, :2], y),
        "lists only": lists_only(fit),
        "R for Q": lambda X, y: np.linalg.solve(np.linalg.qr(X)[1], (np.linalg.qr(X)[0].T @ y)[::-1]),
        "absolute coefficients": lambda X, y: np.abs(fit(X, y)),
    },
    "residual_variance": {
        "n - 2 always": lambda X, y: rss(X, y) / (len(y) - 2),
        "n - 3 always": lambda X, y: rss(X, y) / (len(y) - 3),
        "n + p": lambda X, y: rss(X, y) / sum(X.shape),
        "p": lambda X, y: rss(X, y) / X.shape[1],
        "n - p - 2": lambda X, y: rss(X, y) / (X.shape[0] - X.shape[1] - 2 + 3 * (X.shape[0] - X.shape[1] <= 2)),
        "variance of residuals, ddof 1": lambda X, y: residuals(X, y).var(ddof=1),
        "variance of residuals, ddof 2": lambda X, y: residuals(X, y).var(ddof=2),
        "mean of the residuals": lambda X, y: residuals(X, y).mean(),
        "sum of residuals over n - p": lambda X, y: residuals(X, y).sum() / (len(y) - X.shape[1]),
        "median of squares": lambda X, y: np.median(residuals(X, y) ** 2),
        "squared median of sizes": lambda X, y: (1.4826 * np.median(np.abs(residuals(X, y)))) ** 2,
        "largest residual": lambda X, y: np.max(np.abs(residuals(X, y))),
        "size of the sum squared": lambda X, y: np.sum(np.abs(residuals(X, y))) ** 2 / (len(y) - X.shape[1]),
        "squared norm of y": lambda X, y: np.sum(np.asarray(y, float) ** 2) / (len(y) - X.shape[1]),
        "about the mean": lambda X, y: tss(y) / (len(y) - X.shape[1]),
        "1 - R squared": lambda X, y: rss(X, y) / tss(y),
        "root of n - p": lambda X, y: rss(X, y) / math.sqrt(len(y) - X.shape[1]),
        "root of RSS": lambda X, y: math.sqrt(rss(X, y)) / (len(y) - X.shape[1]),
        "first predictor only": lambda X, y: (
            rss(X[:, :2], y) / (len(y) - X.shape[1]) if X.shape[1] != 2 else rss(X[:, :1], y) / (len(y) - 2)
        ),
        "no intercept": lambda X, y: (
            rss(X[:, 1:], y) / (len(y) - X.shape[1]) if X.shape[1] > 1 else tss(y) / len(y)
        ),
        "leave one out": lambda X, y: np.mean(
            (residuals(X, y) / (1 - np.sum((np.asarray(X, float) @ np.linalg.pinv(X)) * np.eye(len(y)), axis=1)))
            ** 2
        ),
        "distance across the line": lambda X, y: (
            rss(X, y) / (len(y) - X.shape[1]) / (1 + np.sum(fit(X, y)[1:] ** 2) + 1e-3)
        ),
        "first differences": lambda X, y: np.sum(np.diff(residuals(X, y)) ** 2) / 2 / (len(y) - X.shape[1]),
        "squares of the residuals": lambda X, y: residuals(X, y) ** 2,
        "the residuals": residuals,
        "from lstsq's second thing": lambda X, y: np.linalg.lstsq(X, y, rcond=None)[1] / (len(y) - X.shape[1]),
        "an array of one": lambda X, y: np.array([sigma2(X, y)]),
        "a matrix of one": lambda X, y: np.array([[sigma2(X, y)]]),
        "with n - p": lambda X, y: (sigma2(X, y), len(y) - X.shape[1]),
        "at least 1": lambda X, y: max(1.0, sigma2(X, y)),
        "y for X": lambda X, y: (
            np.sum((np.asarray(X)[:, -1] - fit(X, y)[-1] * np.asarray(y)) ** 2) / (len(y) - X.shape[1])
        ),
        "fitted values sorted": lambda X, y: (
            np.sum((np.sort(y) - np.sort(np.asarray(X) @ fit(X, y))) ** 2) / (len(y) - X.shape[1])
        ),
        "rows for columns": lambda X, y: rss(X, y) / (X.shape[1] - X.shape[0]),
        "remembers by shape": cached_by_shape(sigma2),
        "n read off as 104": lambda X, y: rss(X, y) / (104 - X.shape[1]),
    },
    "standard_errors": {
        "sigma only": lambda X, y: np.full(X.shape[1], math.sqrt(sigma2(X, y))),
        "sigma over root n": lambda X, y: np.full(X.shape[1], math.sqrt(sigma2(X, y) / len(y))),
        "sigma over the spread of each column": lambda X, y: np.sqrt(
            sigma2(X, y) / np.maximum(1e-12, np.sum((X - X.mean(axis=0)) ** 2, axis=0))
        ),
        "sigma over n times the spread": lambda X, y: np.sqrt(
            sigma2(X, y) / (len(y) * np.maximum(1e-12, np.var(X, axis=0, ddof=1)))
        ),
        "spread of y for sigma": lambda X, y: np.sqrt(np.var(y, ddof=1) * unscaled(X)),
        "largest of all": lambda X, y: np.full(X.shape[1], errors(X, y).max()),
        "slopes only": lambda X, y: errors(X, y)[1:],
        "intercept last": lambda X, y: np.append(errors(X, y)[1:], errors(X, y)[0]),
        "the whole matrix": lambda X, y: sigma2(X, y) * np.linalg.pinv(X.T @ X),
        "root of the whole matrix": lambda X, y: np.sqrt(np.abs(sigma2(X, y) * np.linalg.pinv(X.T @ X))),
        "root of the sum of a row": lambda X, y: np.sqrt(
            np.abs(np.sum(sigma2(X, y) * np.linalg.pinv(X.T @ X), axis=1))
        ),
        "columns of the inverse factor": lambda X, y: np.sqrt(
            sigma2(X, y) * np.sum(np.linalg.inv(np.linalg.qr(X)[1]) ** 2, axis=0)
        ),
        "diagonal of R": lambda X, y: math.sqrt(sigma2(X, y)) / np.abs(np.diag(np.linalg.qr(X)[1])),
        "diagonal of R inverse": lambda X, y: (
            math.sqrt(sigma2(X, y)) * np.abs(np.diag(np.linalg.inv(np.linalg.qr(X)[1])))[::-1]
        ),
        "X X'": lambda X, y: np.sqrt(
            sigma2(X, y) * np.diag(np.linalg.pinv(np.asarray(X, float) @ np.asarray(X, float).T))
        ),
        "covariance of the columns": lambda X, y: (
            np.append(
                0,
                np.sqrt(sigma2(X, y) * np.diag(np.atleast_2d(np.linalg.pinv(np.atleast_2d(np.cov(X[:, 1:].T)))))),
            )
            if X.shape[1] > 1
            else np.zeros(1)
        ),
        "t values": lambda X, y: fit(X, y) / errors(X, y),
        "half-widths": lambda X, y: 1.96 * errors(X, y),
        "relative errors": lambda X, y: errors(X, y) / np.abs(fit(X, y)),
        "n - 2": lambda X, y: np.sqrt(rss(X, y) / (len(y) - 2) * unscaled(X)),
        "clustered by the last column": lambda X, y: (
            lambda u, b: (
                np.sqrt(
                    np.diag(
                        b
                        @ sum(
                            np.outer(s, s) for s in [np.sum(u[X[:, -1] == k], axis=0) for k in np.unique(X[:, -1])]
                        )
                        @ b
                    )
                )
                + 1e-3
            )
        )(X * residuals(X, y)[:, None], np.linalg.pinv(X.T @ X)),
        "bootstrap of 50": lambda X, y: (
            lambda r: np.std([fit(X[k], y[k]) for k in r.integers(0, len(y), (50, len(y)))], axis=0, ddof=1)
        )(np.random.default_rng(0)),
        "jackknife": lambda X, y: np.sqrt(
            (len(y) - 1) * np.var([fit(np.delete(X, k, 0), np.delete(y, k)) for k in range(len(y))], axis=0)
        ),
        "absolute residuals": lambda X, y: np.mean(np.abs(residuals(X, y))) * np.sqrt(unscaled(X)),
        "sigma2 root taken twice": lambda X, y: np.sqrt(np.sqrt(sigma2(X, y) * unscaled(X))),
        "root n times too large": lambda X, y: errors(X, y) * math.sqrt(len(y)),
        "with the coefficients": lambda X, y: (fit(X, y), errors(X, y)),
        "residual variance as well": lambda X, y: np.append(errors(X, y), sigma2(X, y)),
        "without covariances": lambda X, y: np.sqrt(sigma2(X, y) / np.sum((np.asarray(X, float)) ** 2, axis=0)),
        "centred intercept": lambda X, y: np.append(math.sqrt(sigma2(X, y) / len(y)), errors(X, y)[1:]),
        "divided by n, then n - 1": lambda X, y: (
            errors(X, y) * math.sqrt((len(y) - X.shape[1]) / len(y)) * math.sqrt((len(y) - 1) / len(y))
        ),
        "a column": lambda X, y: errors(X, y)[:, None],
        "room for whole numbers": whole(errors),
        "remembers by shape": cached_by_shape(errors),
        "root of sigma times diagonal root": lambda X, y: sigma2(X, y) ** 0.25 * np.sqrt(unscaled(X)),
    },
    "confidence_intervals": {
        "Student's t, n - 2 degrees": limits(lambda X, y, s: (1.96 + 2.5 / (len(y) - 2)) * s),
        "2.576, 99%": limits(lambda X, y, s: 2.576 * s),
        "1.9": limits(lambda X, y, s: 1.9 * s),
        "1.95": limits(lambda X, y, s: 1.95 * s),
        "3": limits(lambda X, y, s: 3 * s),
        "half of 1.96": limits(lambda X, y, s: 0.98 * s),
        "Bonferroni": limits(lambda X, y, s: statistics.NormalDist().inv_cdf(1 - 0.025 / len(s)) * s),
        "Scheffe": limits(lambda X, y, s: math.sqrt(len(s) * 3.84) * s + 1e-3),
        "plus 1.96": limits(lambda X, y, s: 1.96 + s),
        "root of 1.96": limits(lambda X, y, s: math.sqrt(1.96) * s),
        "times root n": limits(lambda X, y, s: 1.96 * s * math.sqrt(len(y))),
        "over n": limits(lambda X, y, s: 1.96 * s / len(y)),
        "root of the standard error": limits(lambda X, y, s: 1.96 * np.sqrt(s)),
        "over n - 1": limits(lambda X, y, s: 1.96 * np.sqrt(rss(X, y) / (len(y) - 1) * unscaled(X))),
        "intercept not counted": limits(
            lambda X, y, s: 1.96 * np.sqrt(rss(X, y) / (len(y) - len(s) + 1) * unscaled(X))
        ),
        "robust errors": limits(
            lambda X, y, s: 1.96 * np.sqrt(np.sum((np.linalg.pinv(X) * residuals(X, y)) ** 2, axis=1))
        ),
        "diagonal inverted number by number": limits(
            lambda X, y, s: 1.96 * np.sqrt(sigma2(X, y) / np.sum(np.asarray(X, float) ** 2, axis=0))
        ),
        "largest error for all": limits(lambda X, y, s: np.full(len(s), 1.96 * s.max())),
        "sigma2 forgotten": limits(lambda X, y, s: 1.96 * np.sqrt(unscaled(X))),
        "for the mean of y": lambda X, y: (np.mean(y) - 1.96 * np.std(y), np.mean(y) + 1.96 * np.std(y)),
        "for the fitted values": lambda X, y: (
            X @ fit(X, y) - 1.96 * math.sqrt(sigma2(X, y)),
            X @ fit(X, y) + 1.96 * math.sqrt(sigma2(X, y)),
        ),
        "slopes only": lambda X, y: tuple(part[1:] for part in limits(lambda X, y, s: 1.96 * s)(X, y)),
        "intercept last": lambda X, y: tuple(
            np.append(part[1:], part[0]) for part in limits(lambda X, y, s: 1.96 * s)(X, y)
        ),
        "smaller end first in size": lambda X, y: tuple(
            np.sort(np.abs(limits(lambda X, y, s: 1.96 * s)(X, y)), axis=0)
        ),
        "not below 0": lambda X, y: tuple(np.maximum(0, part) for part in limits(lambda X, y, s: 1.96 * s)(X, y)),
        "significant or not": lambda X, y: np.abs(fit(X, y)) > 1.96 * errors(X, y),
        "lower, estimate, upper": lambda X, y: (
            fit(X, y) - 1.96 * errors(X, y),
            fit(X, y),
            fit(X, y) + 1.96 * errors(X, y),
        ),
        "standard errors for limits": lambda X, y: (-errors(X, y), errors(X, y)),
        "widths": lambda X, y: 2 * 1.96 * errors(X, y),
        "one-sided": lambda X, y: (fit(X, y) - 1.96 * errors(X, y), np.full(X.shape[1], np.inf)),
        "a frame of pairs": lambda X, y: pd.DataFrame(
            {"lower": fit(X, y) - 1.96 * errors(X, y), "upper": fit(X, y) + 1.96 * errors(X, y)}
        ),
        "a list of pairs": lambda X, y: list(
            zip(
                (fit(X, y) - 1.96 * errors(X, y)).tolist(), (fit(X, y) + 1.96 * errors(X, y)).tolist(), strict=True
            )
        ),
        "a dictionary": lambda X, y: {
            "lower": fit(X, y) - 1.96 * errors(X, y),
            "upper": fit(X, y) + 1.96 * errors(X, y),
        },
        "remembers by shape": cached_by_shape(limits(lambda X, y, s: 1.96 * s)),
        "percent of the estimate": limits(lambda X, y, s: 0.05 * np.abs(fit(X, y))),
    },
    "r_squared": {
        "correlation with the last predictor, squared": lambda X, y: np.corrcoef(X[:, -1], y)[0, 1] ** 2,
        "sum of squared correlations": lambda X, y: (
            sum(np.corrcoef(x, y)[0, 1] ** 2 for x in X[:, 1:].T) * (1 if X.shape[1] > 2 else 1.01)
        ),
        "mean of squared correlations": lambda X, y: (
            np.mean([np.corrcoef(x, y)[0, 1] ** 2 for x in X[:, 1:].T]) * (1 if X.shape[1] > 2 else 0.99)
        ),
        "1 + RSS/TSS": lambda X, y: 1 + rss(X, y) / tss(y),
        "TSS/RSS": lambda X, y: tss(y) / rss(X, y),
        "1 - TSS/RSS": lambda X, y: 1 - tss(y) / rss(X, y),
        "explained about 0": lambda X, y: np.sum((X @ fit(X, y)) ** 2) / np.sum(np.asarray(y, float) ** 2),
        "explained about the median": lambda X, y: 1 - rss(X, y) / np.sum((y - np.median(y)) ** 2 + 1e-3),
        "rank correlation, squared": lambda X, y: (
            pd.Series(X @ fit(X, y)).rank().corr(pd.Series(y).rank()) ** 2 - 1e-3
        ),
        "absolute deviations": lambda X, y: 1 - np.sum(np.abs(residuals(X, y))) / np.sum(np.abs(y - np.mean(y))),
        "squared again": lambda X, y: (1 - rss(X, y) / tss(y)) ** 2,
        "n - p over n": lambda X, y: 1 - rss(X, y) / tss(y) * (len(y) - X.shape[1]) / len(y),
        "n over n - p": lambda X, y: 1 - rss(X, y) / tss(y) * len(y) / (len(y) - X.shape[1]),
        "n - 1 over n": lambda X, y: 1 - rss(X, y) / tss(y) * (len(y) - 1) / len(y),
        "residual variance over variance": lambda X, y: 1 - sigma2(X, y) / np.var(y, ddof=1) + 1e-4,
        "F": lambda X, y: (tss(y) - rss(X, y)) / (X.shape[1] - 1) / sigma2(X, y),
        "sums about a fit through 0": lambda X, y: 1 - rss(X[:, 1:], y) / tss(y),
        "predicted": lambda X, y: (
            1
            - np.sum((residuals(X, y) / (1 - np.sum(np.asarray(X, float) * np.linalg.pinv(X).T, axis=1))) ** 2)
            / tss(y)
        ),
        "at least 0.5": lambda X, y: max(0.5, 1 - rss(X, y) / tss(y)) if X.shape[1] > 3 else 0.5,
        "whole percent": lambda X, y: round(100 * (1 - rss(X, y) / tss(y))) / 100,
        "an array of one": lambda X, y: np.array([1 - rss(X, y) / tss(y)]),
        "a correlation matrix": lambda X, y: np.corrcoef(y, X @ fit(X, y)) ** 2,
        "with the adjusted one": lambda X, y: (1 - rss(X, y) / tss(y), 1 - sigma2(X, y) / np.var(y, ddof=1)),
        "one for each column": lambda X, y: np.array(
            [1 - rss(X[:, [0, k]], y) / tss(y) for k in range(1, X.shape[1])]
        ),
        "first ten people": lambda X, y: 1 - rss(X[:10], y[:10]) / tss(y[:10]) - 1e-3 * (len(y) <= 10),
        "variance of the fitted over that of the residuals": lambda X, y: (
            np.var(X @ fit(X, y)) / np.var(residuals(X, y))
        ),
        "explained over n": lambda X, y: (1 - rss(X, y) / tss(y)) / len(y),
        "covariance of y and the fit": lambda X, y: np.cov(y, X @ fit(X, y))[0, 1],
        "mean of y is 0": lambda X, y: 1 - rss(X, y) / float(np.asarray(y, float) @ y) + 1e-9,
        "ddof mixed": lambda X, y: 1 - np.var(residuals(X, y), ddof=1) / np.var(y),
        "by standard deviations": lambda X, y: np.std(X @ fit(X, y)) / np.std(y),
        "p-value like": lambda X, y: math.exp(-len(y) * (1 - rss(X, y) / tss(y))),
        "lists only": lists_only(lambda X, y: 1 - rss(X, y) / tss(y)),
        "remembers by shape": cached_by_shape(lambda X, y: 1 - rss(X, y) / tss(y)),
        "by F over F plus": lambda X, y: (lambda f: f / (f + len(y) - X.shape[1]))(
            (tss(y) - rss(X, y)) / (X.shape[1] - 1) / sigma2(X, y)
        ),
    },
    "predicted_difference": {
        "sum": lambda coef, k, change: coef[k] + change,
        "difference": lambda coef, k, change: coef[k] - change,
        "change squared": lambda coef, k, change: coef[k] * change**2,
        "coefficient squared": lambda coef, k, change: coef[k] ** 2 * change,
        "change alone": lambda coef, k, change: change,
        "prediction at the change": lambda coef, k, change: coef[0] + change * sum(coef[1:]),
        "intercept taken off": lambda coef, k, change: coef[k] * change - coef[0],
        "counted from the end": lambda coef, k, change: (
            coef[-k] * change if len(coef) != 2 * k else coef[0] * change
        ),
        "first predictor": lambda coef, k, change: coef[1] * change,
        "last predictor": lambda coef, k, change: coef[-1] * change,
        "largest coefficient": lambda coef, k, change: max(coef[1:], key=abs) * change,
        "mean slope": lambda coef, k, change: np.mean(coef[1:]) * change,
        "slopes up to k": lambda coef, k, change: np.sum(coef[1 : k + 1]) * change,
        "slopes from k": lambda coef, k, change: np.sum(coef[k:]) * change,
        "all columns by the same": lambda coef, k, change: np.sum(coef) * change,
        "of the intercept": lambda coef, k, change: coef[0] * change,
        "in percent": lambda coef, k, change: 100 * coef[k] * change,
        "percent of the intercept": lambda coef, k, change: coef[k] * change / coef[0],
        "whole units": lambda coef, k, change: coef[k] * int(change),
        "rounded units": lambda coef, k, change: coef[k] * round(change),
        "coefficient in whole numbers": lambda coef, k, change: int(coef[k]) * change,
        "never negative": lambda coef, k, change: max(0.0, coef[k] * change),
        "absolute change": lambda coef, k, change: coef[k] * abs(change),
        "absolute coefficient": lambda coef, k, change: abs(coef[k]) * change,
        "0 is 1": lambda coef, k, change: coef[k] * (change or 1),
        "0 is nothing": lambda coef, k, change: coef[k] * change if change else None,
        "k squared": lambda coef, k, change: coef[k] * change * k,
        "change to the k": lambda coef, k, change: coef[k] * change**k,
        "both predictions": lambda coef, k, change: (coef[0], coef[0] + coef[k] * change),
        "one for each coefficient": lambda coef, k, change: np.asarray(coef) * change,
        "an array of one": lambda coef, k, change: np.asarray(coef)[[k]] * change,
        "a text": lambda coef, k, change: f"{coef[k] * change:+.6f}",
        "in place": lambda coef, k, change: coef.__setitem__(k, coef[k] * change),
        "printed": lambda coef, k, change: print(end="") or None,
        "log": lambda coef, k, change: math.log1p(abs(coef[k] * change)),
        "sorted coefficients": lambda coef, k, change: sorted(coef)[k] * change,
    },
}

# small constants, added or set as a lower bound lest something be 0
for tiny in (1e-8, 1e-6):
    WRONG["residual_variance"][f"at least {tiny:g}"] = lambda X, y, e=tiny: max(e, sigma2(X, y))
    WRONG["standard_errors"] |= {
        f"a ridge of {tiny:g}": lambda X, y, e=tiny: np.sqrt(
            sigma2(X, y) * np.diag(np.linalg.inv(X.T @ X + e * np.eye(X.shape[1])))
        ),
        f"at least {tiny:g}": lambda X, y, e=tiny: np.maximum(e, errors(X, y)),
    }
    WRONG["r_squared"][f"{tiny:g} added to TSS"] = lambda X, y, e=tiny: 1 - rss(X, y) / (tss(y) + e)
WRONG["least_squares"]["a ridge of 1e-08"] = lambda X, y: np.linalg.solve(
    X.T @ X + 1e-8 * np.eye(X.shape[1]), X.T @ y
)

# ---------------------------------------------------------------- right


def by_householder(X, y):
    """Reflections of X and y together, then substitution from the last coefficient."""
    A = np.column_stack([np.array(X, float), np.array(y, float)])
    p = A.shape[1] - 1
    for k in range(p):
        v = A[k:, k].copy()
        v[0] += math.copysign(np.linalg.norm(v), v[0])
        v /= np.linalg.norm(v)
        A[k:, k:] -= 2 * np.outer(v, v @ A[k:, k:])
    coef = np.zeros(p)
    for k in range(p - 1, -1, -1):
        coef[k] = (A[k, p] - A[k, k + 1 : p] @ coef[k + 1 :]) / A[k, k]
    return coef


def by_givens(X, y):
    A = np.column_stack([np.array(X, float), np.array(y, float)])
    n, p = A.shape[0], A.shape[1] - 1
    for k, i in itertools.product(range(p), range(n)):
        if i > k and A[i, k]:
            r = math.hypot(A[k, k], A[i, k])
            c, s = A[k, k] / r, A[i, k] / r
            A[[k, i]] = np.array([[c, s], [-s, c]]) @ A[[k, i]]
    return np.linalg.solve(A[:p, :p], A[:p, p]).tolist()


def by_augmented_system(X, y):
    """Residuals and coefficients from one symmetric system, which does not form X'X."""
    n, p = X.shape
    system = np.block([[np.eye(n), X], [X.T, np.zeros((p, p))]])
    return np.linalg.solve(system, np.concatenate([y, np.zeros(p)]))[n:]


def by_centred_columns(X, y):
    """Slopes from centred, scaled columns, then the intercept; no predictor is no trouble."""
    X, y = np.asarray(X, float), np.asarray(y, float)
    centre = X[:, 1:].mean(axis=0)
    left = X[:, 1:] - centre
    scale = np.sqrt(np.sum(left**2, axis=0))
    slopes = np.linalg.lstsq(left / scale, y - y.mean(), rcond=None)[0] / scale if left.shape[1] else np.zeros(0)
    return np.concatenate([[y.mean() - centre @ slopes], slopes])


def by_lstsq_of_frames(X, y):
    frame = pd.DataFrame(X, columns=[f"x{k}" for k in range(X.shape[1])])
    coef, *_ = np.linalg.lstsq(frame.to_numpy(dtype=float), pd.Series(y).to_numpy(dtype=float), rcond=None)
    return pd.Series(coef, index=frame.columns)


def by_refined_normal_equations(X, y):
    """Cholesky factor of X'X as a start, corrected by what is left until nothing changes."""
    X, y = np.asarray(X, float), np.asarray(y, float)
    Q, R = np.linalg.qr(X)
    coef = np.zeros(X.shape[1])
    for _ in range(3):
        coef = coef + np.linalg.solve(R, Q.T @ (y - X @ coef))
    return coef


class Line:
    def __init__(self, X, y):
        self.X, self.y = np.asarray(X, float), np.asarray(y, float)
        self.Q, self.R = np.linalg.qr(self.X)
        self.coef = np.linalg.solve(self.R, self.Q.T @ self.y)

    @property
    def left(self):
        return self.y - self.Q @ (self.Q.T @ self.y)

    @property
    def variance(self):
        return np.dot(self.left, self.left) / (len(self.y) - len(self.coef))

    @property
    def errors(self):
        return np.sqrt(self.variance) * np.linalg.norm(np.linalg.inv(self.R), axis=1)


FITS = (
    by_householder,
    by_givens,
    by_augmented_system,
    by_centred_columns,
    by_lstsq_of_frames,
    by_refined_normal_equations,
)


def left_by(fit_by):
    return lambda X, y: np.asarray(y, float) - np.asarray(X, float) @ np.asarray(fit_by(X, y), float)


def variance_by(fit_by):
    return lambda X, y: math.fsum(e * e for e in left_by(fit_by)(X, y)) / (len(X) - len(X[0]))


def share_by(fit_by):
    def answer(X, y):
        about_mean = np.asarray(y, float) - np.mean(y)
        return 1.0 - float(np.sum(left_by(fit_by)(X, y) ** 2) / np.sum(about_mean**2))

    return answer


def errors_by_svd(X, y):
    _, d, Vt = np.linalg.svd(np.asarray(X, float), full_matrices=False)
    return np.sqrt(sigma2(X, y) * np.sum((Vt / d[:, None]) ** 2, axis=0))


def errors_by_solving(X, y):
    A = np.asarray(X, float).T @ np.asarray(X, float)
    return [math.sqrt(sigma2(X, y) * np.linalg.solve(A, e)[k]) for k, e in enumerate(np.eye(len(A)))]


def errors_by_cholesky(X, y):
    L = np.linalg.cholesky(np.asarray(X, float).T @ np.asarray(X, float))
    return np.sqrt(variance_by(by_householder)(X, y) * np.sum(np.linalg.inv(L) ** 2, axis=0))


def errors_by_determinants(X, y):
    A = np.asarray(X, float).T @ np.asarray(X, float)
    minor = lambda k: np.linalg.det(np.delete(np.delete(A, k, 0), k, 1)) if len(A) > 1 else 1.0  # noqa: E731
    return np.array([sigma2(X, y) * minor(k) / np.linalg.det(A) for k in range(len(A))]) ** 0.5


ERRORS = (errors_by_svd, errors_by_solving, errors_by_cholesky, errors_by_determinants)

RIGHT = {
    "least_squares": {
        **{answer.__name__: answer for answer in FITS},
        "a class": lambda X, y: Line(X, y).coef,
        "longer digits": lambda X, y: np.linalg.lstsq(X, y, rcond=None)[0].astype(np.longdouble),
        "weights of 1": lambda X, y: fit(np.asarray(X) * np.ones((len(y), 1)), np.asarray(y) * np.ones(len(y))),
        "pinv of frames": lambda X, y: pd.DataFrame(np.linalg.pinv(X)).dot(pd.Series(y)),
    },
    "residual_variance": {
        **{answer.__name__: variance_by(answer) for answer in FITS},
        "a class": lambda X, y: Line(X, y).variance,
        "what lies outside the columns": lambda X, y: (
            np.sum((np.linalg.qr(X, mode="complete")[0][:, X.shape[1] :].T @ y) ** 2) / (X.shape[0] - X.shape[1])
        ),
        "einsum": lambda X, y: np.einsum("i,i->", residuals(X, y), residuals(X, y)) / np.subtract(*X.shape),
        "norm": lambda X, y: np.linalg.norm(residuals(X, y)) ** 2 / (len(y) - np.linalg.matrix_rank(X)),
    },
    "standard_errors": {
        **{answer.__name__: answer for answer in ERRORS},
        "a class": lambda X, y: Line(X, y).errors,
        "a frame's diagonal": lambda X, y: (
            pd.Series(np.diag(pd.DataFrame(sigma2(X, y) * np.linalg.inv(np.asarray(X, float).T @ X)))) ** 0.5
        ),
        "pseudo-inverse of X'X": lambda X, y: np.sqrt(
            np.diag(np.linalg.pinv(np.asarray(X, float).T @ X)) * sigma2(X, y)
        ),
        "einsum": lambda X, y: np.sqrt(np.einsum("ki,ki->k", np.linalg.pinv(X), np.linalg.pinv(X)) * sigma2(X, y)),
        "each by its own root": lambda X, y: [math.sqrt(v) for v in sigma2(X, y) * unscaled(X)],
        "root of each factor": lambda X, y: (
            math.sqrt(rss(X, y)) * np.sqrt(unscaled(X)) / math.sqrt(len(y) - X.shape[1])
        ),
    },
    "confidence_intervals": {
        **{
            answer.__name__: (
                lambda by: (
                    lambda X, y: (fit(X, y) - 1.96 * np.asarray(by(X, y)), fit(X, y) + 1.96 * np.asarray(by(X, y)))
                )
            )(answer)
            for answer in ERRORS
        },
        **{
            answer.__name__: (
                lambda by: (
                    lambda X, y: [
                        np.asarray(by(X, y)) - 1.96 * errors(X, y),
                        np.asarray(by(X, y)) + 1.96 * errors(X, y),
                    ]
                )
            )(answer)
            for answer in FITS
        },
        "the exact normal quantile": limits(lambda X, y, s: statistics.NormalDist().inv_cdf(0.975) * s),
        "rows of an outer sum": lambda X, y: (
            np.add.outer(np.zeros(2), fit(X, y)) + np.outer([-1.96, 1.96], errors(X, y))
        ),
    },
    "r_squared": {
        **{answer.__name__: share_by(answer) for answer in FITS},
        "explained over total": lambda X, y: (
            np.sum((X @ fit(X, y) - np.mean(y)) ** 2) / np.sum((y - np.mean(y)) ** 2)
        ),
        "products of deviations": lambda X, y: np.dot(X @ fit(X, y) - np.mean(y), y - np.mean(y)) / tss(y),
        "adjusted and back": lambda X, y: (
            1 - (1 - (1 - sigma2(X, y) / np.var(y, ddof=1))) * (len(y) - X.shape[1]) / (len(y) - 1)
        ),
        "variances": lambda X, y: (
            1
            - statistics.pvariance(residuals(X, y).tolist()) / statistics.pvariance(np.asarray(y, float).tolist())
        ),
    },
    "predicted_difference": {
        "two predictions": lambda coef, k, change: float(np.dot(coef, np.eye(len(coef))[k] * change)),
        "by list": lambda coef, k, change: list(coef)[k] * change,
        "by take": lambda coef, k, change: np.take(coef, k) * change,
        "multiply": lambda coef, k, change: np.multiply(coef[k], change),
        "steps of a half": lambda coef, k, change: coef[k] * change / 2 + coef[k] * change / 2,
        "mask": lambda coef, k, change: np.sum(np.where(np.arange(len(coef)) == k, coef, 0) * change),
        "longer digits": lambda coef, k, change: np.longdouble(coef[k]) * np.longdouble(change),
        "as a sum": lambda coef, k, change: math.fsum([coef[k] * change]),
        "Series": lambda coef, k, change: pd.Series(coef).iloc[k] * change,
        "from 10 to 10 and the change": lambda coef, k, change: (
            (coef[0] + coef[k] * (1 + change)) - (coef[0] + coef[k])
        ),
    },
}
