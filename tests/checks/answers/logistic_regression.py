"""Answers to the unit ``logistic_regression`` that nobody made from the model answer: WRONG ones, and RIGHT ones
in other styles.

What one's result looks like rounded, reordered or in another container `grading prove` tries by itself.
"""

import cmath
import math
import statistics

import numpy as np
import pandas as pd

# ---------------------------------------------------------------- what several of them use


def expit(eta):
    eta = np.asarray(eta, float)
    e = np.exp(-np.abs(eta))
    return np.where(eta >= 0, 1.0, e) / (1 + e)


def prob(X, coef):
    return expit(np.asarray(X, float) @ np.asarray(coef, float))


def weights(X, coef):
    return prob(X, coef) * (1 - prob(X, coef))


def info(X, coef):
    return (X.T * weights(X, coef)) @ X


def slope(X, y, coef):
    return X.T @ (y - prob(X, coef))


def loglik(X, y, coef):
    eta = X @ coef
    return float(np.sum(y * eta - np.logaddexp(0, eta)))


def newton(X, y, steps=40, start=None, damp=1.0, change=1e-12, step_of=np.linalg.solve):
    coef = np.zeros(X.shape[1]) if start is None else start.astype(float)
    for _ in range(steps):
        step = damp * step_of(info(X, coef), slope(X, y, coef))
        coef = coef + step
        if np.max(np.abs(step)) < change:
            break
    return coef


def ascent(X, y, rate, steps, momentum=0.0):
    coef, before = np.zeros(X.shape[1]), np.zeros(X.shape[1])
    for _ in range(steps):
        coef, before = coef + rate * slope(X, y, coef) / len(y) + momentum * (coef - before), coef
    return coef


def fitted(formula):
    """Something computed from X, y and the fitted coefficients."""
    return lambda X, y: formula(X, y, newton(X, y))


def errors_at(X, coef):
    return np.sqrt(np.diag(np.linalg.inv(info(X, coef))))


def errors(X, y):
    return errors_at(X, newton(X, y))


def ratios(of):
    """Odds ratios from a formula of X, y, the coefficients and their standard errors."""
    return lambda X, y: of(X, y, newton(X, y), errors(X, y))


def exp3(estimate, lower, upper):
    return np.exp(estimate), np.exp(lower), np.exp(upper)


def spread(z):
    return ratios(lambda X, y, b, s: exp3(b, b - z * s, b + z * s))


def margins(X, y, coef):
    return (2 * (np.asarray(y) * 1) - 1) * (X @ coef)


def whole(function, like=0):
    """Makes room by `zeros_like` of an input, which holds whole numbers if it does."""

    def answer(*args):
        model = args[like] if np.ndim(args[like]) == 1 else args[like][:, 0]
        value = np.asarray(function(*args))
        room = np.zeros(value.shape, dtype=np.asarray(model).dtype)
        room[...] = value
        return room

    return answer


def cached_by_shape(function):
    known = {}

    def answer(*args):
        key = tuple(np.shape(a) for a in args)
        if key not in known:
            known[key] = function(*args)
        return known[key]

    return answer


def one_voter(X, y, coef):
    """Answers for the last voter only."""
    return margins(X, y, coef)[-1] > 0


def kept(X, y, rows):
    return newton(X[rows], y[rows])


# ---------------------------------------------------------------- wrong

ETA = {
    "normal distribution function": lambda eta: np.array(
        [statistics.NormalDist().cdf(e) for e in np.asarray(eta, float)]
    ),
    "normal, scaled by 1.7": lambda eta: np.array(
        [statistics.NormalDist().cdf(e / 1.702) for e in np.asarray(eta, float)]
    ),
    "arctangent": lambda eta: 0.5 + np.arctan(eta) / math.pi,
    "complementary log-log": lambda eta: 1 - np.exp(-np.exp(np.minimum(eta, 700))),
    "tanh": lambda eta: np.tanh(eta),
    "tanh of eta, halved": lambda eta: (1 + np.tanh(eta)) / 2,
    "a straight line": lambda eta: np.clip(0.5 + np.asarray(eta) / 4, 0, 1),
    "eta over 1 + |eta|": lambda eta: (1 + eta / (1 + np.abs(eta))) / 2,
    "softmax": lambda eta: np.exp(eta - np.max(eta)) / np.sum(np.exp(eta - np.max(eta))),
    "derivative": lambda eta: expit(eta) * expit(-np.asarray(eta)),
    "log of the sigmoid": lambda eta: -np.logaddexp(0, -np.asarray(eta, float)),
    "softplus": lambda eta: np.logaddexp(0, eta),
    "base 2": lambda eta: expit(np.asarray(eta) * math.log(2)),
    "twice eta": lambda eta: expit(2 * np.asarray(eta)),
    "half of eta": lambda eta: expit(np.asarray(eta) / 2),
    "eta squared": lambda eta: expit(np.asarray(eta, float) ** 2),
    "size of eta": lambda eta: expit(np.abs(eta)),
    "2.718 for e": lambda eta: 1 / (1 + 2.718 ** -np.clip(eta, -700, 700)),
    "cut off at 0.001": lambda eta: np.clip(expit(eta), 0.001, 0.999),
    "cut off at 1e-6": lambda eta: np.clip(expit(eta), 1e-6, 1 - 1e-6),
    "cut off at 1e-9": lambda eta: np.clip(expit(eta), 1e-7, 1 - 1e-7),
    "eta cut off at 5": lambda eta: expit(np.clip(eta, -5, 5)),
    "eta cut off at 10": lambda eta: expit(np.clip(eta, -10, 10)),
    "eta cut off at 30": lambda eta: expit(np.clip(eta, -30, 30)),
    "twelve decimals": lambda eta: np.round(expit(eta), 12),
    "one form for all, by the first": lambda eta: (
        1 / (1 + np.exp(-eta)) if np.ravel(eta)[0] >= 0 else np.exp(eta) / (1 + np.exp(eta))
    ),
    "0 beyond 12": lambda eta: np.where(np.asarray(eta) < -12, 0.0, expit(eta)),
    "1 above 4": lambda eta: np.where(np.asarray(eta) >= 4, 1.0, expit(eta)),
    "six decimals": lambda eta: np.round(expit(eta), 6),
    "ten decimals": lambda eta: np.round(expit(eta), 9),
    "complement of the complement": lambda eta: 1 - np.round(1 - expit(eta), 9),
    "whole percent": lambda eta: np.round(100 * expit(eta)) / 100,
    "NaN turned to 0": lambda eta: np.nan_to_num(np.exp(eta) / (1 + np.exp(eta))),
    "NaN turned to one half": lambda eta: np.nan_to_num(np.exp(eta) / (1 + np.exp(eta)), nan=0.5),
    "series of 30 terms": lambda eta: (
        1 / (1 + sum((-np.asarray(eta, float)) ** k / math.factorial(k) for k in range(31)))
    ),
    "first element only": lambda eta: expit(eta)[0],
    "room for whole numbers": whole(expit),
    "remembers by length": cached_by_shape(expit),
    "both probabilities": lambda eta: np.column_stack([expit(-np.asarray(eta)), expit(eta)]),
    "math.exp of a small one": lambda eta: [1 / (1 + math.exp(-e)) for e in np.asarray(eta, float).tolist()],
}


def through(link, sign=1):
    return lambda X, coef: link(sign * (X @ coef))


WRONG = {
    "log_odds": {
        "one more bracket": lambda p: np.log(p) / (1 - p),
        "log of p times 1 - p": lambda p: np.log(p * (1 - p)),
        "log of p plus log of 1 - p": lambda p: np.log(p) + np.log(1 - p),
        "log(1 - p)": lambda p: np.log(1 - p),
        "-log p": lambda p: -np.log(p),
        "log1p of the odds": lambda p: np.log1p(p / (1 - p)),
        "probit": lambda p: np.array([statistics.NormalDist().inv_cdf(q) for q in p]),
        "size of the log-odds": lambda p: np.abs(np.log(p / (1 - p))),
        "odds of percents": lambda p: np.log(100 * p / (1 - 100 * p)),
        "p over p": lambda p: np.log(p / (1 + p)),
        "odds against one half": lambda p: np.log(p / 0.5),
        "twice": lambda p: 2 * np.log(p / (1 - p)),
        "half": lambda p: 0.5 * np.log(p / (1 - p)),
        "root of the odds": lambda p: np.sqrt(p / (1 - p)),
        "p - 1": lambda p: np.log(p / (p - 1)),
        "log of rounded odds": lambda p: np.log(np.round(p / (1 - p), 2) + 1e-9),
        "kept from 0.01 to 0.99": lambda p: np.log(np.clip(p, 0.01, 0.99) / (1 - np.clip(p, 0.01, 0.99))),
        "kept from 1e-6": lambda p: np.log(np.clip(p, 1e-6, 1) / (1 - np.clip(p, 1e-6, 1 - 1e-6))),
        "1e-9 added": lambda p: np.log((p + 1e-9) / (1 - p + 1e-9)),
        "1e-3 added": lambda p: np.log((p + 1e-3) / (1 - p + 1e-3)),
        "cut off at 5": lambda p: np.clip(np.log(p / (1 - p)), -5, 5),
        "cut off at 20": lambda p: np.clip(np.log(p / (1 - p)), -20, 20),
        "by 0.5 added to counts": lambda p: np.log((p * len(p) + 0.5) / (len(p) - p * len(p) + 0.5)),
        "share of all odds": lambda p: np.log(p / (1 - p) / np.sum(p / (1 - p))),
        "against the average": lambda p: np.log(p / (1 - p)) - np.log(np.mean(p) / (1 - np.mean(p))),
        "a line": lambda p: 4 * (p - 0.5),
        "2 p - 1": lambda p: 2 * np.arctanh((2 * p - 1) ** 2) ** 0.5,
        "sorted": lambda p: np.sort(np.log(p / (1 - p))),
        "a sum": lambda p: np.sum(np.log(p / (1 - p))),
        "of the mean": lambda p: np.log(np.mean(p) / (1 - np.mean(p))),
        "first only": lambda p: math.log(p[0] / (1 - p[0])),
        "squeezed": lambda p: np.squeeze(np.log(p / (1 - p))),
        "complex": lambda p: np.array([cmath.log(q / (1 - q)) for q in p]),
        "odds and logs": lambda p: (p / (1 - p), np.log(p / (1 - p))),
        "remembers by length": cached_by_shape(lambda p: np.log(p / (1 - p))),
    },
    "sigmoid": ETA,
    "predict_probability": {
        **{name: through(link) for name, link in ETA.items() if "room" not in name},
        "X transposed": lambda X, coef: (
            expit(X.T @ coef) if X.shape[0] == X.shape[1] else expit(X.T[: len(coef)].T @ coef[::-1])
        ),
        "element by element": lambda X, coef: expit(X * coef),
        "row sums without coefficients": lambda X, coef: expit(X.sum(axis=1)),
        "another column of ones": lambda X, coef: expit(np.column_stack([np.ones(len(X)), X[:, :-1]]) @ coef),
        "first row": lambda X, coef: expit(X[0] @ coef),
        "intercept twice": lambda X, coef: expit(coef[0] + X @ coef),
        "centred": lambda X, coef: expit(coef[0] + (X[:, 1:] - X[:, 1:].mean(axis=0)) @ coef[1:]),
        "mean over voters": lambda X, coef: float(np.mean(prob(X, coef))),
        "two columns": lambda X, coef: np.column_stack([1 - prob(X, coef), prob(X, coef)]),
        "room for whole numbers": whole(prob),
        "remembers by shape": cached_by_shape(prob),
    },
    "log_likelihood": {
        "NaN and infinity turned to numbers": lambda X, y, coef: np.sum(
            np.nan_to_num(y * np.log(prob(X, coef)) + (1 - y) * np.log(1 - prob(X, coef)))
        ),
        "likelihood of each": lambda X, y, coef: np.where(y == 1, prob(X, coef), 1 - prob(X, coef)),
        "terms": lambda X, y, coef: y * (X @ coef) - np.logaddexp(0, X @ coef),
        "deviance": lambda X, y, coef: -2 * loglik(X, y, coef),
        "twice": lambda X, y, coef: 2 * loglik(X, y, coef),
        "half": lambda X, y, coef: loglik(X, y, coef) / 2,
        "AIC": lambda X, y, coef: 2 * len(coef) - 2 * loglik(X, y, coef),
        "penalised": lambda X, y, coef: loglik(X, y, coef) - np.sum(coef[1:] ** 2) / 2,
        "less that of the share": lambda X, y, coef: (
            loglik(X, y, coef)
            - len(y) * (np.mean(y) * np.log(np.mean(y)) + (1 - np.mean(y)) * np.log(1 - np.mean(y)))
        ),
        "log of the mean": lambda X, y, coef: math.log(
            np.mean(np.where(y == 1, prob(X, coef), 1 - prob(X, coef)))
        ),
        "log of the sum": lambda X, y, coef: math.log(np.sum(np.where(y == 1, prob(X, coef), 1 - prob(X, coef)))),
        "log2": lambda X, y, coef: loglik(X, y, coef) / math.log(2),
        "geometric mean": lambda X, y, coef: math.exp(loglik(X, y, coef) / len(y)),
        "least squares": lambda X, y, coef: -0.5 * np.sum((y - X @ coef) ** 2),
        "binary cross-entropy, mean": lambda X, y, coef: -loglik(X, y, coef) / len(y),
        "hinge": lambda X, y, coef: -np.sum(np.maximum(0, 1 - margins(X, y, coef))),
        "share right": lambda X, y, coef: np.mean((X @ coef > 0) == y),
        "y times log p": lambda X, y, coef: np.sum(y * np.log(np.maximum(1e-300, prob(X, coef)))),
        "p times log p": lambda X, y, coef: float(
            np.sum(
                prob(X, coef) * -np.logaddexp(0, -(X @ coef)) + (1 - prob(X, coef)) * -np.logaddexp(0, X @ coef)
            )
        ),
        "without intercept": lambda X, y, coef: loglik(X[:, 1:], y, coef[1:]),
        "log1p(eta)": lambda X, y, coef: float(np.sum(y * (X @ coef) - np.log1p(np.abs(X @ coef)))),
        "log(1 + exp(-eta))": lambda X, y, coef: float(np.sum(y * (X @ coef) - np.logaddexp(0, -(X @ coef)))),
        "log(exp(eta))": lambda X, y, coef: float(np.sum(y * (X @ coef) - np.abs(X @ coef))),
        "at most 0 each": lambda X, y, coef: float(np.sum(np.minimum(0, margins(X, y, coef)))),
        "p kept from 1e-3": lambda X, y, coef: float(
            np.sum(np.log(np.clip(np.where(y == 1, prob(X, coef), 1 - prob(X, coef)), 1e-3, 1)))
        ),
        "p kept from 1e-15": lambda X, y, coef: float(
            np.sum(np.log(np.clip(np.where(y == 1, prob(X, coef), 1 - prob(X, coef)), 1e-15, 1)))
        ),
        "1e-10 added": lambda X, y, coef: float(
            np.sum(np.log(np.where(y == 1, prob(X, coef), 1 - prob(X, coef)) + 1e-10))
        ),
        "1e-5 added": lambda X, y, coef: float(
            np.sum(np.log(np.where(y == 1, prob(X, coef), 1 - prob(X, coef)) + 1e-5))
        ),
        "eta kept within 30": lambda X, y, coef: float(
            np.sum(y * np.clip(X @ coef, -30, 30) - np.logaddexp(0, np.clip(X @ coef, -30, 30)))
        ),
        "infinite terms left out": lambda X, y, coef: (lambda t: float(np.sum(t[np.isfinite(t)])))(
            y * np.log(1 / (1 + np.exp(-(X @ coef)))) + (1 - y) * np.log(1 - 1 / (1 + np.exp(-(X @ coef))))
        ),
        "NaN turned to 0": lambda X, y, coef: float(
            np.nansum(
                y * np.log(1 / (1 + np.exp(-(X @ coef)))) + (1 - y) * np.log(1 - 1 / (1 + np.exp(-(X @ coef))))
            )
        ),
        "log of a product": lambda X, y, coef: math.log(
            np.prod(np.where(y == 1, prob(X, coef), 1 - prob(X, coef)))
        ),
        "labels -1 and 1 expected": lambda X, y, coef: float(
            np.sum(-np.logaddexp(0, -np.asarray(y) * (X @ coef)))
        ),
        "an array of one": lambda X, y, coef: np.array([loglik(X, y, coef)]),
        "classes of probabilities": lambda X, y, coef: float(
            np.sum(np.log(np.where((X @ coef > 0) == y, 0.9, 0.1)))
        ),
        "whole logs": lambda X, y, coef: float(np.sum(np.round(y * (X @ coef) - np.logaddexp(0, X @ coef), 2))),
        "room for whole numbers": whole(loglik, 1),
        "remembers by shape": cached_by_shape(loglik),
        "with coefficients": lambda X, y, coef: (loglik(X, y, coef), coef),
    },
    "score": {
        "X, not its transpose": lambda X, y, coef: (y - prob(X, coef)) @ X * np.sign(coef),
        "twice": lambda X, y, coef: 2 * slope(X, y, coef),
        "squared residuals": lambda X, y, coef: X.T @ (y - prob(X, coef)) ** 2,
        "absolute residuals": lambda X, y, coef: X.T @ np.abs(y - prob(X, coef)),
        "Pearson residuals": lambda X, y, coef: X.T @ ((y - prob(X, coef)) / np.sqrt(weights(X, coef))),
        "working residuals": lambda X, y, coef: X.T @ ((y - prob(X, coef)) / weights(X, coef)),
        "predictors centred": lambda X, y, coef: np.append(
            slope(X, y, coef)[0], (X[:, 1:] - X[:, 1:].mean(axis=0)).T @ (y - prob(X, coef))
        ),
        "slopes only": lambda X, y, coef: slope(X, y, coef)[1:],
        "intercept only": lambda X, y, coef: slope(X, y, coef)[0],
        "residuals of the share": lambda X, y, coef: X.T @ (y - np.mean(y)),
        "one half expected": lambda X, y, coef: X.T @ (y - 0.5),
        "sum over coefficients": lambda X, y, coef: float(np.sum(slope(X, y, coef))),
        "size": lambda X, y, coef: np.abs(slope(X, y, coef)),
        "length": lambda X, y, coef: np.linalg.norm(slope(X, y, coef)),
        "direction": lambda X, y, coef: slope(X, y, coef) / max(1e-12, np.linalg.norm(slope(X, y, coef))),
        "ridge's": lambda X, y, coef: slope(X, y, coef) - np.append(0, coef[1:]),
        "Newton's step": lambda X, y, coef: np.linalg.solve(info(X, coef), slope(X, y, coef)),
        "forward difference, 1e-2": lambda X, y, coef: np.array(
            [(loglik(X, y, coef + e) - loglik(X, y, coef)) / 1e-2 for e in 1e-2 * np.eye(len(coef))]
        ),
        "forward difference, 1e-4": lambda X, y, coef: np.array(
            [(loglik(X, y, coef + e) - loglik(X, y, coef)) / 1e-4 for e in 1e-4 * np.eye(len(coef))]
        ),
        "central difference, 1e-1": lambda X, y, coef: np.array(
            [(loglik(X, y, coef + e) - loglik(X, y, coef - e)) / 2e-1 for e in 1e-1 * np.eye(len(coef))]
        ),
        "y minus odds": lambda X, y, coef: X.T @ (y - np.exp(X @ coef)),
        "y times residual": lambda X, y, coef: X.T @ (y * (y - prob(X, coef))),
        "ones only": lambda X, y, coef: X[y == 1].T @ (1 - prob(X[y == 1], coef)),
        "labels -1 and 1": lambda X, y, coef: X.T @ ((2 * (y * 1) - 1) - prob(X, coef)),
        "with a root": lambda X, y, coef: X.T @ ((y - prob(X, coef)) * np.sqrt(weights(X, coef))),
        "terms": lambda X, y, coef: X * (y - prob(X, coef))[:, None],
        "by column means": lambda X, y, coef: X.mean(axis=0) * np.sum(y - prob(X, coef)),
        "0 near the maximum": lambda X, y, coef: np.where(np.abs(slope(X, y, coef)) < 0.05, 0, slope(X, y, coef)),
        "at most 1": lambda X, y, coef: np.clip(slope(X, y, coef), -1, 1),
        "probabilities rounded": lambda X, y, coef: X.T @ (y - np.round(prob(X, coef), 2)),
        "probabilities of the normal": lambda X, y, coef: (
            X.T @ (y - ETA["normal distribution function"](X @ coef))
        ),
        "a column": lambda X, y, coef: slope(X, y, coef)[:, None],
        "minus of labels": lambda X, y, coef: (
            X.T @ (-y + prob(X, coef)) * -1 if y.dtype.kind != "b" else X.T @ prob(X, coef)
        ),
        "room for whole numbers": lambda X, y, coef: whole(slope)(X, y, coef),
        "remembers by shape": cached_by_shape(slope),
    },
    "information": {
        "1 - p as weights": lambda X, coef: (X.T * (1 - prob(X, coef))) @ X,
        "p squared": lambda X, coef: (X.T * prob(X, coef) ** 2) @ X,
        "weights of 1e-4 at least": lambda X, coef: (X.T * np.maximum(weights(X, coef), 1e-4)) @ X,
        "1/4 for everybody": lambda X, coef: X.T @ X / 4,
        "weights sum to 1": lambda X, coef: (X.T * (weights(X, coef) / weights(X, coef).sum())) @ X,
        "residual variance for weights": lambda X, coef: X.T @ X * np.mean(weights(X, coef)),
        "twice": lambda X, coef: 2 * info(X, coef),
        "p(1 - p)/2": lambda X, coef: info(X, coef) / 2,
        "predictors centred": lambda X, coef: (lambda Z: (Z.T * weights(X, coef)) @ Z)(
            np.column_stack([X[:, 0], X[:, 1:] - X[:, 1:].mean(axis=0)])
        ),
        "without intercept": lambda X, coef: info(X, coef)[1:, 1:],
        "covariance": lambda X, coef: np.cov(X.T * np.sqrt(weights(X, coef))),
        "correlation": lambda X, coef: (
            info(X, coef) / np.sqrt(np.outer(np.diag(info(X, coef)), np.diag(info(X, coef))))
        ),
        "upper half": lambda X, coef: np.triu(info(X, coef)),
        "diagonal matrix": lambda X, coef: np.diag(np.diag(info(X, coef))),
        "trace": lambda X, coef: float(np.trace(info(X, coef))),
        "determinant": lambda X, coef: float(np.linalg.det(info(X, coef))),
        "Cholesky factor": lambda X, coef: np.linalg.cholesky(info(X, coef)),
        "flat": lambda X, coef: info(X, coef).ravel(),
        "n by n": lambda X, coef: (X * weights(X, coef)[:, None]) @ X.T,
        "X W": lambda X, coef: X * weights(X, coef)[:, None],
        "W": lambda X, coef: np.diag(weights(X, coef)),
        "normal density for weights": lambda X, coef: (
            (X.T * np.array([statistics.NormalDist().pdf(e) for e in X @ coef])) @ X
        ),
        "log-odds for weights": lambda X, coef: (X.T * np.abs(X @ coef)) @ X,
        "sigmoid of eta only in one factor": lambda X, coef: (X.T * prob(X, coef) * (1 - X @ coef)) @ X,
        "squared residuals of classes": lambda X, coef: (X.T * ((X @ coef > 0) - prob(X, coef)) ** 2) @ X,
        "ridge's": lambda X, coef: info(X, coef) + np.diag(np.append(0, np.ones(len(coef) - 1))),
        "a hair on the diagonal": lambda X, coef: info(X, coef) + 1e-3 * np.eye(len(coef)),
        "probabilities rounded": lambda X, coef: (
            (X.T * np.round(prob(X, coef), 2) * (1 - np.round(prob(X, coef), 2))) @ X
        ),
        "weights at least 0.05": lambda X, coef: (X.T * np.maximum(0.05, weights(X, coef))) @ X,
        "without sure voters": lambda X, coef: (X.T * np.where(weights(X, coef) > 0.1, weights(X, coef), 0)) @ X,
        "differences of the score, 1e-2": lambda X, coef: np.array(
            [-(slope(X, 0, coef + e) - slope(X, 0, coef)) / 1e-2 for e in 1e-2 * np.eye(len(coef))]
        ),
        "outer product of scores": lambda X, coef: (lambda u: u.T @ u)(X * (0 - prob(X, coef))[:, None]),
        "intercept last": lambda X, coef: np.roll(info(X, coef), -1, axis=(0, 1)),
        "of the mean voter": lambda X, coef: (
            len(X) * np.outer(X.mean(axis=0), X.mean(axis=0)) * float(np.mean(weights(X, coef)))
        ),
        "room for whole numbers": whole(info),
        "remembers by shape": cached_by_shape(info),
        "squeezed": lambda X, coef: info(X, coef)[0] if len(coef) == 2 else np.squeeze(info(X, coef)),
    },
    "fit_logistic": {
        "ascent, 100 steps": lambda X, y: ascent(X, y, 0.1, 100),
        "ascent, 500 steps": lambda X, y: ascent(X, y, 0.5, 500),
        "ascent, 1500 steps": lambda X, y: ascent(X, y, 0.1, 1500),
        "momentum, 300 steps": lambda X, y: ascent(X, y, 0.1, 300, 0.9),
        "one voter after the other": lambda X, y: _one_at_a_time(X, y, 500),
        "four steps": lambda X, y: newton(X, y, 4),
        "five steps": lambda X, y: newton(X, y, 5),
        "six steps": lambda X, y: newton(X, y, 6),
        "seven steps": lambda X, y: newton(X, y, 7),
        "ten steps": lambda X, y: newton(X, y, 10),
        "eleven steps": lambda X, y: newton(X, y, 11),
        "half steps, twelve": lambda X, y: newton(X, y, 12, damp=0.5),
        "until a step of 0.1": lambda X, y: newton(X, y, change=0.1),
        "until a step of 0.05": lambda X, y: newton(X, y, change=0.05),
        "information of the start, kept": lambda X, y: _fixed_information(X, y, 12),
        "diagonal of the information": lambda X, y: _diagonal_steps(X, y, 25),
        "starts at 1": lambda X, y: newton(X, y, start=np.ones(X.shape[1])),
        "starts at 5": lambda X, y: newton(X, y, start=np.full(X.shape[1], 5.0)),
        "starts at half the log-odds": lambda X, y: newton(
            X, y, start=np.append(math.log(np.mean(y) / (2 - np.mean(y))), np.zeros(X.shape[1] - 1))
        ),
        "probit times 1.6": lambda X, y: 1.6 * _probit(X, y),
        "probit times 1.81": lambda X, y: 1.814 * _probit(X, y),
        "log-odds regressed": lambda X, y: np.linalg.lstsq(X, np.log((y + 0.5) / (1.5 - y)), rcond=None)[0],
        "four times least squares": lambda X, y: (lambda b: np.append(4 * (b[0] - 0.5), 4 * b[1:]))(
            np.linalg.lstsq(X, y * 1.0, rcond=None)[0]
        ),
        "discriminant analysis": lambda X, y: _discriminant(X, y),
        "each predictor alone": lambda X, y: (
            np.append(newton(X, y)[0], [newton(X[:, [0, k]], y)[1] for k in range(1, X.shape[1])])
            if X.shape[1] > 2
            else newton(X, y) * 1.001
        ),
        "Firth": lambda X, y: _firth(X, y),
        "ridge 0.01": lambda X, y: _ridge(X, y, 0.01),
        "ridge 1e-4": lambda X, y: _ridge(X, y, 1e-3),
        "weights of the classes": lambda X, y: _weighted(
            X, y, np.where(y == 1, 1 / np.mean(y), 1 / (1 - np.mean(y)))
        ),
        "half a voter of each added": lambda X, y: newton(
            np.vstack([X, X.mean(axis=0), X.mean(axis=0)]), np.append(y, [0, 1])
        ),
        "distinct voters": lambda X, y: _distinct(X, y),
        "without the first voter": lambda X, y: _ridge(X[1:], y[1:], 1e-9),
        "without far voters": lambda X, y: _ridge(
            X[np.abs(X[:, -1] - X[:, -1].mean()) <= 1.2 * X[:, -1].std() + 1e-9],
            y[np.abs(X[:, -1] - X[:, -1].mean()) <= 1.2 * X[:, -1].std() + 1e-9],
            1e-3,
        ),
        "odds": lambda X, y: np.exp(newton(X, y)) - 1,
        "slopes only": lambda X, y: newton(X, y)[1:],
        "highest first": lambda X, y: newton(X, y)[::-1] + 1e-3,
        "coefficients and steps": lambda X, y: (newton(X, y), 7),
        "standardised by z": lambda X, y: newton(X, y) / errors(X, y),
        "not beyond 5": lambda X, y: np.clip(newton(X, y), -5, 5),
        "a log10 in the score": lambda X, y: newton(X, y) * math.log(10),
        "room for whole numbers": whole(newton),
        "remembers by shape": cached_by_shape(newton),
        "one common slope": lambda X, y: (
            lambda b: np.append(b[0], np.full(X.shape[1] - 1, b[1:].mean() if len(b) > 1 else 0)) * 1.0001
        )(newton(X, y)),
    },
    "fitted_probabilities": {
        **{
            name: (lambda link: fitted(lambda X, y, b: link(X @ b)))(ETA[name])
            for name in (
                "tanh of eta, halved",
                "arctangent",
                "softmax",
                "derivative",
                "log of the sigmoid",
                "twice eta",
                "half of eta",
                "cut off at 0.001",
                "eta cut off at 5",
                "whole percent",
                "both probabilities",
                "normal, scaled by 1.7",
                "1 above 4",
            )
        },
        "of the label that came": fitted(lambda X, y, b: np.where(y == 1, prob(X, b), 1 - prob(X, b))),
        "labels": lambda X, y: y * 1.0,
        "halfway to the labels": fitted(lambda X, y, b: (prob(X, b) + y) / 2),
        "three steps": lambda X, y: prob(X, newton(X, y, 3)),
        "four steps": lambda X, y: prob(X, newton(X, y, 2)),
        "until a step of 0.1": lambda X, y: prob(X, newton(X, y, change=0.5)),
        "ridge 1": lambda X, y: prob(X, _ridge(X, y, 1.0)),
        "ascent, 200 steps": lambda X, y: prob(X, ascent(X, y, 0.1, 200)),
        "without intercept": fitted(lambda X, y, b: prob(X[:, 1:], b[1:])),
        "one half if unsure": fitted(lambda X, y, b: np.where(np.abs(prob(X, b) - 0.5) < 0.15, 0.5, prob(X, b))),
        "sorted": fitted(lambda X, y, b: np.sort(prob(X, b))),
        "distinct": fitted(lambda X, y, b: np.unique(prob(X, b))[:-1]),
        "share by first predictor": lambda X, y: np.array([np.mean(y[X[:, 1] == x]) for x in X[:, 1]]) * 0.999,
        "kernel share": lambda X, y: np.array(
            [np.average(y, weights=np.exp(-np.sum((X - x) ** 2, axis=1))) for x in X]
        ),
        "leave one out": lambda X, y: np.array(
            [prob(X[k], _ridge(np.delete(X, k, 0), np.delete(y, k), 1e-3)) for k in range(len(y))]
        ),
        "least squares within 0 and 1": lambda X, y: np.clip(X @ np.linalg.lstsq(X, y * 1.0, rcond=None)[0], 0, 1),
        "coefficients": newton,
        "standard errors": errors,
        "residuals": fitted(lambda X, y, b: y - prob(X, b)),
        "weights": fitted(lambda X, y, b: weights(X, b)),
        "mean": fitted(lambda X, y, b: float(np.mean(prob(X, b)))),
        "X sorted": fitted(lambda X, y, b: prob(np.sort(X, axis=0), b)),
        "complement of exchanged labels twice": fitted(lambda X, y, b: 1 - prob(X, -newton(X, 1 - y))),
        "room for whole numbers": whole(fitted(lambda X, y, b: prob(X, b)), 1),
        "remembers by shape": cached_by_shape(fitted(lambda X, y, b: prob(X, b))),
        "with classes": fitted(lambda X, y, b: (prob(X, b), prob(X, b) > 0.5)),
    },
    "standard_errors": {
        "half weights": fitted(lambda X, y, b: np.sqrt(np.diag(np.linalg.inv(info(X, b) / 2)))),
        "average weight": fitted(
            lambda X, y, b: np.sqrt(np.diag(np.linalg.inv(X.T @ X * np.mean(weights(X, b)))))
        ),
        "weight of the average": fitted(
            lambda X, y, b: np.sqrt(np.diag(np.linalg.inv(X.T @ X * np.mean(y) * (1 - np.mean(y)))))
        ),
        "p for weights": fitted(lambda X, y, b: np.sqrt(np.diag(np.linalg.inv((X.T * prob(X, b)) @ X)))),
        "squared weights": fitted(lambda X, y, b: np.sqrt(np.diag(np.linalg.inv((X.T * weights(X, b) ** 2) @ X)))),
        "variance of the labels": fitted(lambda X, y, b: errors_at(X, b) * np.std(y)),
        "times 1.96": lambda X, y: 1.96 * errors(X, y),
        "n over n - p": lambda X, y: errors(X, y) * np.sqrt(len(y) / (len(y) - X.shape[1])),
        "outer product of scores": fitted(
            lambda X, y, b: (lambda u: np.sqrt(np.diag(np.linalg.inv(u.T @ u))))(X * (y - prob(X, b))[:, None])
        ),
        "sandwich": fitted(
            lambda X, y, b: (lambda A, u: np.sqrt(np.diag(A @ (u.T @ u) @ A)) * 1.01)(
                np.linalg.inv(info(X, b)), X * (y - prob(X, b))[:, None]
            )
        ),
        "two steps": lambda X, y: errors_at(X, newton(X, y, 2)),
        "three steps": lambda X, y: errors_at(X, newton(X, y, 2)) * 1.0001,
        "ridge 1": lambda X, y: errors_at(X, _ridge(X, y, 1.0)),
        "one step before the last, ascent": lambda X, y: errors_at(X, ascent(X, y, 0.1, 100)),
        "z values": fitted(lambda X, y, b: b / errors_at(X, b)),
        "p values": fitted(
            lambda X, y, b: np.array([2 * (1 - statistics.NormalDist().cdf(abs(z))) for z in b / errors_at(X, b)])
        ),
        "of the odds ratios": fitted(lambda X, y, b: np.exp(b) * errors_at(X, b)),
        "slopes only": lambda X, y: errors(X, y)[1:],
        "intercept last": lambda X, y: np.roll(errors(X, y), -1) + 1e-3,
        "covariance matrix": fitted(lambda X, y, b: np.linalg.inv(info(X, b))),
        "root of the covariance matrix": fitted(lambda X, y, b: np.sqrt(np.abs(np.linalg.inv(info(X, b))))),
        "row sums of the inverse": fitted(lambda X, y, b: np.sqrt(np.abs(np.linalg.inv(info(X, b)).sum(axis=1)))),
        "eigenvalues": fitted(lambda X, y, b: np.sqrt(np.linalg.eigvalsh(np.linalg.inv(info(X, b))))),
        "Cholesky diagonal": fitted(lambda X, y, b: np.diag(np.linalg.cholesky(np.linalg.inv(info(X, b))))),
        "inverse root, then diagonal": fitted(
            lambda X, y, b: np.diag(np.linalg.inv(np.linalg.cholesky(info(X, b))))
        ),
        "probabilities' errors": fitted(lambda X, y, b: np.sqrt(weights(X, b) / len(y))),
        "bootstrap of 30": lambda X, y: (
            lambda r: np.std([_ridge(X[k], y[k], 1e-2) for k in r.integers(0, len(y), (30, len(y)))], axis=0)
        )(np.random.default_rng(1)),
        "probit's": lambda X, y: errors(X, y) / 1.6,
        "scaled by Pearson": fitted(
            lambda X, y, b: (
                errors_at(X, b) * np.sqrt(np.sum((y - prob(X, b)) ** 2 / weights(X, b)) / max(1, len(y) - len(b)))
            )
        ),
        "diagonal of R": fitted(
            lambda X, y, b: 1 / np.abs(np.diag(np.linalg.qr(np.sqrt(weights(X, b))[:, None] * X)[1]))
        ),
        "each predictor alone": lambda X, y: (
            np.array([errors(X, y)[0], *(errors(X[:, [0, k]], y)[1] for k in range(1, X.shape[1]))])
            * (1 if X.shape[1] > 2 else 1.01)
        ),
        "of labels exchanged, doubled": lambda X, y: 2 * errors(X, 1 - y),
        "largest for all": lambda X, y: np.full(X.shape[1], errors(X, y).max()) * (1 if X.shape[1] > 1 else 1.01),
        "with the coefficients": fitted(lambda X, y, b: (b, errors_at(X, b))),
        "a column": lambda X, y: errors(X, y)[:, None],
        "remembers by shape": cached_by_shape(errors),
        "room for whole numbers": whole(errors),
    },
    "odds_ratios": {
        "at most 1000": lambda X, y: tuple(np.minimum(part, 1000) for part in spread(1.96)(X, y)),
        "2.576": spread(2.576),
        "1.95": spread(1.95),
        "1.9": spread(1.9),
        "half of 1.96": spread(0.98),
        "3": spread(3.0),
        "Bonferroni": ratios(
            lambda X, y, b, s: exp3(
                b, b - (z := statistics.NormalDist().inv_cdf(1 - 0.025 / max(2, len(b)))) * s, b + z * s
            )
        ),
        "Student's t with few degrees": ratios(lambda X, y, b, s: exp3(b, b - 2.2 * s, b + 2.2 * s)),
        "over root n": ratios(
            lambda X, y, b, s: exp3(b, b - 1.96 * s / np.sqrt(len(y)), b + 1.96 * s / np.sqrt(len(y)))
        ),
        "reciprocal limits exchanged": ratios(lambda X, y, b, s: exp3(b, b + 1.96 * s, b - 1.96 * s)),
        "upper is 1 over lower": ratios(
            lambda X, y, b, s: (np.exp(b), np.exp(b - 1.96 * s), 1 / np.exp(b - 1.96 * s))
        ),
        "lower not below 0": ratios(
            lambda X, y, b, s: (np.exp(b), np.maximum(0, np.exp(b) * (1 - 1.96 * s)), np.exp(b) * (1 + 1.96 * s))
        ),
        "expm1": ratios(lambda X, y, b, s: tuple(np.expm1(part) for part in (b, b - 1.96 * s, b + 1.96 * s))),
        "base 10": ratios(lambda X, y, b, s: tuple(10**part for part in (b, b - 1.96 * s, b + 1.96 * s))),
        "base 2": ratios(lambda X, y, b, s: tuple(2**part for part in (b, b - 1.96 * s, b + 1.96 * s))),
        "size of the coefficient": ratios(
            lambda X, y, b, s: exp3(np.abs(b), np.abs(b) - 1.96 * s, np.abs(b) + 1.96 * s)
        ),
        "always above 1": ratios(
            lambda X, y, b, s: tuple(np.maximum(part, 1 / part) for part in exp3(b, b - 1.96 * s, b + 1.96 * s))
        ),
        "slopes only": ratios(lambda X, y, b, s: exp3(b[1:], b[1:] - 1.96 * s[1:], b[1:] + 1.96 * s[1:])),
        "intercept not exponentiated": ratios(
            lambda X, y, b, s: tuple(
                np.append(part[0], np.exp(part[1:])) for part in (b, b - 1.96 * s, b + 1.96 * s)
            )
        ),
        "risk ratios": ratios(
            lambda X, y, b, s: tuple(
                part / (1 + (part - 1) * np.mean(y)) for part in exp3(b, b - 1.96 * s, b + 1.96 * s)
            )
        ),
        "differences of probabilities": ratios(
            lambda X, y, b, s: tuple(expit(part) - 0.5 for part in (b, b - 1.96 * s, b + 1.96 * s))
        ),
        "per standard deviation": ratios(
            lambda X, y, b, s: (lambda d: exp3(b * d, (b - 1.96 * s) * d, (b + 1.96 * s) * d))(
                np.maximum(0.5, X.std(axis=0))
            )
        ),
        "Wald on the ratio": ratios(
            lambda X, y, b, s: (
                np.exp(b),
                np.exp(b) - 1.96 * np.exp(b) * s + 1e-3,
                np.exp(b) + 1.96 * np.exp(b) * s,
            )
        ),
        "standard error after exp": ratios(
            lambda X, y, b, s: (np.exp(b), np.exp(b) / np.exp(s), np.exp(b) * np.exp(s) ** 1.5)
        ),
        "variance, then root outside": ratios(
            lambda X, y, b, s: exp3(b, b - np.sqrt(1.96 * s**2), b + np.sqrt(1.96 * s**2))
        ),
        "sandwich": ratios(lambda X, y, b, s: exp3(b, b - 1.96 * s * 1.1, b + 1.96 * s * 1.1)),
        "two steps": lambda X, y: (lambda b: exp3(b, b - 1.96 * errors_at(X, b), b + 1.96 * errors_at(X, b)))(
            newton(X, y, 2)
        ),
        "three steps": lambda X, y: (lambda b: exp3(b, b - 1.96 * errors_at(X, b), b + 1.96 * errors_at(X, b)))(
            newton(X, y, 3)
        ),
        "ridge 1": lambda X, y: (lambda b: exp3(b, b - 1.96 * errors_at(X, b), b + 1.96 * errors_at(X, b)))(
            _ridge(X, y, 1.0)
        ),
        "labels exchanged": lambda X, y: spread(1.96)(X, 1 - y),
        "estimate last": ratios(lambda X, y, b, s: exp3(b - 1.96 * s, b + 1.96 * s, b)),
        "limits only": ratios(lambda X, y, b, s: exp3(b, b - 1.96 * s, b + 1.96 * s)[1:]),
        "estimate only": ratios(lambda X, y, b, s: np.exp(b)),
        "a frame": ratios(
            lambda X, y, b, s: pd.DataFrame(
                dict(zip(("estimate", "lower", "upper"), exp3(b, b - 1.96 * s, b + 1.96 * s), strict=True))
            )
        ),
        "a dictionary": ratios(
            lambda X, y, b, s: dict(
                zip(("estimate", "lower", "upper"), exp3(b, b - 1.96 * s, b + 1.96 * s), strict=True)
            )
        ),
        "with p values": ratios(lambda X, y, b, s: (*exp3(b, b - 1.96 * s, b + 1.96 * s), b / s)),
        "remembers by shape": cached_by_shape(spread(1.96)),
    },
    "separates": {
        "the last voter": lambda X, y, coef: bool(one_voter(X, y, coef)),
        "the first voter": lambda X, y, coef: bool(margins(X, y, coef)[0] > 0),
        "the first half": lambda X, y, coef: bool(np.all(margins(X, y, coef)[: len(y) // 2] > 0)),
        "first and last": lambda X, y, coef: bool(np.all(margins(X, y, coef)[[0, -1]] > 0)),
        "all but one": lambda X, y, coef: bool(np.sum(margins(X, y, coef) > 0) >= len(y) - 1),
        "nine tenths": lambda X, y, coef: bool(np.mean(margins(X, y, coef) > 0) >= 0.9),
        "two thirds": lambda X, y, coef: bool(np.mean(margins(X, y, coef) > 0) >= 0.6),
        "median": lambda X, y, coef: bool(np.median(margins(X, y, coef)) > 0),
        "product of margins": lambda X, y, coef: bool(np.prod(np.sign(margins(X, y, coef))) > 0),
        "largest": lambda X, y, coef: bool(np.max(margins(X, y, coef)) > 0),
        "wrong side of all": lambda X, y, coef: bool(np.max(margins(X, y, coef)) < 0),
        "at least 1": lambda X, y, coef: bool(np.min(margins(X, y, coef)) >= 1),
        "at least 0.1": lambda X, y, coef: bool(np.min(margins(X, y, coef)) > 0.1),
        "at least 1e-3": lambda X, y, coef: bool(np.min(margins(X, y, coef)) > 1e-3),
        "at least 1e-6": lambda X, y, coef: bool(np.min(margins(X, y, coef)) > 1e-6),
        "at least 1e-8": lambda X, y, coef: bool(np.min(margins(X, y, coef)) > 1e-8),
        "not below -1e-6": lambda X, y, coef: bool(np.min(margins(X, y, coef)) > -1e-6),
        "ties of ones too": lambda X, y, coef: bool(np.all((X @ coef >= 0) == (y == 1))),
        "probability at least one half": lambda X, y, coef: bool(np.all((prob(X, coef) >= 0.5) == y)),
        "probability rounded": lambda X, y, coef: bool(np.all(np.round(prob(X, coef)) == y)),
        "probability nearly y": lambda X, y, coef: bool(np.all(np.abs(prob(X, coef) - y) < 0.05)),
        "probability within 1e-6 of y": lambda X, y, coef: bool(np.all(np.abs(prob(X, coef) - y) < 1e-6)),
        "log-likelihood near 0": lambda X, y, coef: loglik(X, y, coef) > -1e-3,
        "log-likelihood better than chance": lambda X, y, coef: loglik(X, y, coef) > len(y) * math.log(0.5),
        "separable by the first predictor at all": lambda X, y, coef: bool(
            len(set(y.tolist())) < 2 or X[y == 1, 1].min() > X[y == 0, 1].max()
        ),
        "separable either way by the first": lambda X, y, coef: bool(
            len(set(y.tolist())) < 2
            or X[y == 1, 1].min() > X[y == 0, 1].max()
            or X[y == 1, 1].max() < X[y == 0, 1].min()
        ),
        "averages on their sides": lambda X, y, coef: (
            bool(np.mean((X @ coef)[y == 1]) > 0 > np.mean((X @ coef)[y == 0]))
            if 0 < np.sum(y) < len(y)
            else bool(np.all(margins(X, y, coef) > 0))
        ),
        "ones above zeros": lambda X, y, coef: (
            bool(np.min((X @ coef)[y == 1]) > np.max((X @ coef)[y == 0])) if 0 < np.sum(y) < len(y) else True
        ),
        "both labels needed": lambda X, y, coef: bool(0 < np.sum(y) < len(y) and np.all(margins(X, y, coef) > 0)),
        "correlation": lambda X, y, coef: bool(0 < np.sum(y) < len(y) and np.corrcoef(X @ coef, y)[0, 1] > 0.8),
        "size of the intercept": lambda X, y, coef: bool(abs(coef[0]) > 100),
        "X sorted": lambda X, y, coef: bool(np.all(margins(np.sort(X, axis=0), np.sort(y), coef) > 0)),
        "labels taken for -1 and 1": lambda X, y, coef: bool(np.all(np.sign(X @ coef) == y)),
        "1 - 2 y": lambda X, y, coef: bool(np.all((1 - 2 * (y * 1)) * (X @ coef) > 0)),
        "not all": lambda X, y, coef: bool(not np.all(margins(X, y, coef) > 0)),
        "for each voter": lambda X, y, coef: margins(X, y, coef) > 0,
        "smallest margin": lambda X, y, coef: float(np.min(margins(X, y, coef))),
        "how many": lambda X, y, coef: int(np.sum(margins(X, y, coef) > 0)),
        "share": lambda X, y, coef: float(np.mean(margins(X, y, coef) > 0)),
        "yes and no": lambda X, y, coef: "yes" if np.all(margins(X, y, coef) > 0) else "no",
        "True as text": lambda X, y, coef: str(bool(np.all(margins(X, y, coef) > 0))),
        "None for no": lambda X, y, coef: True if np.all(margins(X, y, coef) > 0) else None,
        "an array of one": lambda X, y, coef: np.array([np.all(margins(X, y, coef) > 0)]),
        "1 and -1": lambda X, y, coef: 1 if np.all(margins(X, y, coef) > 0) else -1,
        "False and True exchanged, as numbers": lambda X, y, coef: int(not np.all(margins(X, y, coef) > 0)),
        "bool labels subtracted": lambda X, y, coef: bool(np.all((y - (y == 0)) * (X @ coef) > 0)),
        "two predictors at most": lambda X, y, coef: bool(np.all(margins(X[:, :2], y, coef[:2]) > 0)),
        "single numbers": lambda X, y, coef: bool(
            np.all(margins(X.astype(np.float16), y, coef.astype(np.float16)) > 0)
        ),
        "X in whole numbers": lambda X, y, coef: bool(np.all(margins(X.astype(int), y, coef) > 0)),
        "remembers by shape": cached_by_shape(lambda X, y, coef: bool(np.all(margins(X, y, coef) > 0))),
    },
}


def _one_at_a_time(X, y, steps):
    coef = np.zeros(X.shape[1])
    for k in range(steps):
        row, label = X[k % len(y)], y[k % len(y)]
        coef = coef + 0.1 * row * (label - prob(row, coef))
    return coef


def _fixed_information(X, y, steps):
    coef, A = np.zeros(X.shape[1]), info(X, np.zeros(X.shape[1]))
    for _ in range(steps):
        coef = coef + np.linalg.solve(A, slope(X, y, coef))
    return coef


def _diagonal_steps(X, y, steps):
    coef = np.zeros(X.shape[1])
    for _ in range(steps):
        coef = coef + slope(X, y, coef) / np.diag(info(X, coef)) / 2
    return coef


def _probit(X, y):
    normal, coef = statistics.NormalDist(), np.zeros(X.shape[1])
    for _ in range(30):
        eta = X @ coef
        p = np.clip([normal.cdf(e) for e in eta], 1e-12, 1 - 1e-12)
        d = np.array([normal.pdf(e) for e in eta])
        coef = coef + np.linalg.solve((X.T * (d**2 / (p * (1 - p)))) @ X, X.T @ ((y - p) * d / (p * (1 - p))))
    return coef


def _discriminant(X, y):
    if X.shape[1] == 1:
        return np.zeros(1)
    one, zero = X[y == 1, 1:], X[y == 0, 1:]
    pooled = (
        np.atleast_2d(np.cov(one.T, ddof=0)) * len(one) + np.atleast_2d(np.cov(zero.T, ddof=0)) * len(zero)
    ) / len(X)
    slopes = np.linalg.solve(pooled, one.mean(axis=0) - zero.mean(axis=0))
    centre = (one.mean(axis=0) + zero.mean(axis=0)) / 2
    return np.append(math.log(len(one) / len(zero)) - centre @ slopes, slopes)


def _firth(X, y):
    coef = np.zeros(X.shape[1])
    for _ in range(40):
        A = info(X, coef)
        h = np.einsum("ij,jk,ik->i", X, np.linalg.inv(A), X) * weights(X, coef)
        coef = coef + np.linalg.solve(A, slope(X, y, coef) + X.T @ (h * (0.5 - prob(X, coef))))
    return coef


def _ridge(X, y, penalty):
    coef, P = np.zeros(X.shape[1]), penalty * np.eye(X.shape[1])
    for _ in range(40):
        coef = coef + np.linalg.solve(info(X, coef) + P, slope(X, y, coef) - P @ coef)
    return coef


def _weighted(X, y, w):
    coef = np.zeros(X.shape[1])
    for _ in range(40):
        coef = coef + np.linalg.solve((X.T * (w * weights(X, coef))) @ X, X.T @ (w * (y - prob(X, coef))))
    return coef


def _distinct(X, y):
    rows = np.unique(np.column_stack([X, y]), axis=0)
    return _ridge(rows[1:, :-1], rows[1:, -1], 1e-6)


# probabilities cut off, and small constants, lest something be 0
for tiny in (1e-12, 1e-10, 1e-8, 1e-6):
    WRONG["log_odds"][f"cut off at {tiny:g}"] = lambda p, e=tiny: (
        np.log(np.clip(p, e, 1 - e)) - np.log1p(-np.clip(p, e, 1 - e))
    )
    WRONG["log_likelihood"][f"cut off at {tiny:g}"] = lambda X, y, coef, e=tiny: float(
        np.sum(np.log(np.clip(np.where(y == 1, prob(X, coef), prob(X, -coef)), e, 1 - e)))
    )
    WRONG["information"] |= {
        f"weights of at least {tiny:g}": lambda X, coef, e=tiny: (X.T * np.maximum(e, weights(X, coef))) @ X,
        f"{tiny:g} on the diagonal": lambda X, coef, e=tiny: info(X, coef) + e * np.eye(len(coef)),
    }
for tiny in (1e-10, 1e-8, 1e-6):
    WRONG["score"][f"cut off at {tiny:g}"] = lambda X, y, coef, e=tiny: (
        X.T @ (y - np.clip(prob(X, coef), e, 1 - e))
    )
for tiny in (1e-8, 1e-6):
    WRONG["standard_errors"][f"{tiny:g} on the diagonal"] = lambda X, y, e=tiny: np.sqrt(
        np.diag(np.linalg.inv(info(X, newton(X, y)) + e * np.eye(X.shape[1])))
    )
WRONG["log_likelihood"]["logarithm of the product"] = lambda X, y, coef: float(
    np.log(np.prod(np.where(y == 1, prob(X, coef), 1 - prob(X, coef))))
)
WRONG["separates"]["labels in unsigned bytes"] = lambda X, y, coef: bool(
    np.min((2 * y.astype(np.uint8) - 1) * (X @ coef)) > 0
)

# ---------------------------------------------------------------- right


def line_search(X, y, coef, direction, rise):
    """The largest of 1, 1/2, 1/4 ... that raises the log-likelihood enough."""
    size, here = 1.0, loglik(X, y, coef)
    while loglik(X, y, coef + size * direction) < here + 1e-4 * size * rise - 1e-12 and size > 1e-12:
        size /= 2
    return size


def standardised(method):
    """Fits to columns of mean 0 and length 1 per voter, then goes back to those of X."""

    def answer(X, y):
        X, y = np.asarray(X, float), np.asarray(y, float)
        centre, scale = X[:, 1:].mean(axis=0), X[:, 1:].std(axis=0)
        coef = method(np.column_stack([X[:, 0], (X[:, 1:] - centre) / scale]), y)
        slopes = coef[1:] / scale
        return np.append(coef[0] - centre @ slopes, slopes)

    return answer


@standardised
def by_bfgs(X, y):
    coef, H = np.zeros(X.shape[1]), np.eye(X.shape[1]) / len(y)
    gradient = -slope(X, y, coef)
    for _ in range(500):
        if np.max(np.abs(gradient)) < 1e-10:
            break
        direction = -H @ gradient
        step = line_search(X, y, coef, direction, -gradient @ direction) * direction
        coef, before, gradient = coef + step, gradient, -slope(X, y, coef + step)
        change = gradient - before
        if step @ change > 1e-300:
            r = 1 / (step @ change)
            V = np.eye(len(coef)) - r * np.outer(step, change)
            H = V @ H @ V.T + r * np.outer(step, step)
    return coef


@standardised
def by_conjugate_newton(X, y):
    """Newton's method with each step by conjugate gradients."""
    coef = np.zeros(X.shape[1])
    for _ in range(40):
        A, b = info(X, coef), slope(X, y, coef)
        step, left = np.zeros(len(coef)), b.copy()
        direction = left.copy()
        for _ in range(4 * len(coef)):
            if left @ left < 1e-28:
                break
            a = (left @ left) / (direction @ A @ direction)
            step, new = step + a * direction, left - a * A @ direction
            direction = new + (new @ new) / (left @ left) * direction
            left = new
        coef = coef + step
        if np.max(np.abs(step)) < 1e-10:
            break
    return coef


@standardised
def by_bounded_hessian(X, y):
    """Steps with X'X/4, which is never smaller than the information, sped up by extrapolation; then Newton."""
    coef, A = np.zeros(X.shape[1]), X.T @ X / 4
    for _ in range(30):
        coef = coef + np.linalg.solve(A, slope(X, y, coef))
    return newton(X, y, 40, start=coef)


@standardised
def by_barzilai_borwein(X, y):
    """Gradient steps whose length comes from the last two gradients."""
    coef, size = np.zeros(X.shape[1]), 4 / len(y)
    gradient = slope(X, y, coef)
    for _ in range(20000):
        if np.max(np.abs(gradient)) < 1e-10:
            break
        step = size * gradient
        coef = coef + step
        after = slope(X, y, coef)
        change = gradient - after
        gradient = after
        if change @ change == 0:
            break
        size = abs(step @ change) / (change @ change)
    return coef


@standardised
def by_coordinates(X, y):
    """One coefficient after the other, many rounds, then a Newton step."""
    coef = np.zeros(X.shape[1])
    for _ in range(200):
        before = coef.copy()
        for k in range(len(coef)):
            w = weights(X, coef)
            coef[k] += X[:, k] @ (y - prob(X, coef)) / (w @ X[:, k] ** 2)
        if np.max(np.abs(coef - before)) < 1e-6:
            break
    return newton(X, y, 20, start=coef)


class Fit:
    """Newton's method with halved steps, as a class."""

    def __init__(self, X, y):
        self.X, self.y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
        self.coef = np.zeros(self.X.shape[1])
        while self.advance() > 1e-9:
            pass

    def advance(self):
        w = weights(self.X, self.coef)
        step = np.linalg.lstsq((self.X.T * w) @ self.X, slope(self.X, self.y, self.coef), rcond=None)[0]
        self.coef = self.coef + line_search(self.X, self.y, self.coef, step, 0.0) * step
        return np.max(np.abs(step))

    @property
    def p(self):
        return prob(self.X, self.coef)

    @property
    def se(self):
        R = np.linalg.qr(np.sqrt(self.p * (1 - self.p))[:, None] * self.X, mode="r")
        return np.linalg.norm(np.linalg.inv(R), axis=1)


def by_irls_with_cholesky(X, y):
    coef = np.zeros(X.shape[1])
    for _ in range(30):
        L = np.linalg.cholesky(info(X, coef))
        step = np.linalg.solve(L.T, np.linalg.solve(L, slope(X, y, coef)))
        coef = coef + step
    return coef.tolist()


def by_eigenvectors(X, y):
    def step_of(A, b):
        values, vectors = np.linalg.eigh(A)
        return vectors @ ((vectors.T @ b) / values)

    return newton(X, y, step_of=step_of)


def recursive_newton(X, y, coef=None, depth=40):
    coef = np.zeros(X.shape[1]) if coef is None else coef
    step = np.linalg.solve(info(X, coef), slope(X, y, coef))
    return (
        coef + step
        if depth == 0 or np.max(np.abs(step)) < 1e-9
        else recursive_newton(X, y, coef + step, depth - 1)
    )


def by_counts(X, y):
    """Equal rows are counted once, with their numbers of voters and of ones."""
    rows, at = np.unique(np.asarray(X, float), axis=0, return_inverse=True)
    n, ones = np.bincount(at.ravel()), np.bincount(at.ravel(), weights=np.asarray(y, float))
    coef = np.zeros(rows.shape[1])
    for _ in range(30):
        p = prob(rows, coef)
        coef = coef + np.linalg.solve((rows.T * (n * p * (1 - p))) @ rows, rows.T @ (ones - n * p))
    return coef


FITS = (
    by_bfgs,
    by_conjugate_newton,
    by_bounded_hessian,
    by_barzilai_borwein,
    by_coordinates,
    by_irls_with_cholesky,
    by_eigenvectors,
    recursive_newton,
    by_counts,
)


def errors_by(fit_by):
    return lambda X, y: errors_at(X, np.asarray(fit_by(X, y)))


def exponentials(fit_by):
    def answer(X, y):
        coef = np.asarray(fit_by(X, y))
        factor = np.exp(1.96 * errors_at(X, coef))
        return [np.exp(coef), np.exp(coef) / factor, np.exp(coef) * factor]

    return answer


SIGMOIDS = {
    "logaddexp": lambda eta: np.exp(-np.logaddexp(0.0, -np.asarray(eta, float))),
    "the smaller exponential": lambda eta: (
        np.exp(np.minimum(0, eta)) / (np.exp(np.minimum(0, eta)) + np.exp(np.minimum(0, -np.asarray(eta))))
    ),
    "piecewise": lambda eta: np.piecewise(
        np.asarray(eta, float),
        [np.asarray(eta) < 0],
        [lambda e: np.exp(e) / (1 + np.exp(e)), lambda e: 1 / (1 + np.exp(-e))],
    ),
    "reciprocal": lambda eta: np.reciprocal(1 + np.exp(-np.asarray(eta, float))),
    "by list": lambda eta: [
        0.0 if e < -745 else 1 / (1 + math.exp(-e)) if e > -700 else math.exp(e) for e in map(float, eta)
    ],
    "vectorised": lambda eta: np.vectorize(
        lambda e: 1 / (1 + math.exp(-e)) if e > 0 else math.exp(e) / (1 + math.exp(e)), otypes=[float]
    )(eta),
    "by Series": lambda eta: pd.Series(eta).map(
        lambda e: 1 / (1 + math.exp(-e)) if e > 0 else math.exp(e) / (math.exp(e) + 1)
    ),
    "longer digits": lambda eta: 1 / (1 + np.exp(-np.asarray(eta, dtype=np.longdouble))),
    "clip at 700": lambda eta: 1 / (1 + np.exp(np.clip(-np.asarray(eta, float), -700, 700))),
    "powers of e": lambda eta: 1 / (1 + math.e ** np.clip(-np.asarray(eta, float), -700, 700)),
}

RIGHT = {
    "log_odds": {
        "arctanh": lambda p: (
            2 * np.arctanh(2 * np.asarray(p) - 1) if np.min(p) > 1e-6 else np.log(p) - np.log1p(-p)
        ),
        "minus log of one over p less 1": lambda p: -np.log(1 / p - 1),
        "log(p) - log(1 - p)": lambda p: np.log(p) - np.log(1 - p),
        "by list": lambda p: [math.log(q) - math.log1p(-q) for q in p],
        "map": lambda p: list(map(math.log, p / (1 - p))),
        "by Series": lambda p: np.log(pd.Series(p).div(1 - pd.Series(p))),
        "log of base e": lambda p: np.array([math.log(q / (1 - q), math.e) for q in p]),
        "log10 turned back": lambda p: np.log10(p / (1 - p)) * math.log(10),
        "loop": lambda p: (
            lambda room: [room.__setitem__(k, math.log(p[k] / (1 - p[k]))) for k in range(len(p))] and room
        )(np.empty(len(p))),
        "frompyfunc": lambda p: np.frompyfunc(lambda q: math.log(q / (1 - q)), 1, 1)(p),
    },
    "sigmoid": SIGMOIDS,
    "predict_probability": {
        **{name: through(link) for name, link in SIGMOIDS.items()},
        "row by row": lambda X, coef: [
            float(expit(sum(x * b for x, b in zip(row, coef, strict=True)))) for row in X
        ],
        "einsum": lambda X, coef: expit(np.einsum("ik,k->i", X, coef)),
        "intercept apart": lambda X, coef: expit(coef[0] + X[:, 1:] @ coef[1:]),
        "a frame": lambda X, coef: pd.DataFrame(X).mul(coef).sum(axis=1).map(lambda e: float(expit(e))),
    },
    "log_likelihood": {
        "log-sum-exp": lambda X, y, coef: (
            -sum(np.logaddexp(0, e if not label else -e) for e, label in zip(X @ coef, y, strict=True))
        ),
        "log1p with the larger part taken out": lambda X, y, coef: float(
            np.sum(np.asarray(y) * (X @ coef) - np.maximum(X @ coef, 0) - np.log1p(np.exp(-np.abs(X @ coef))))
        ),
        "ones and zeros apart": lambda X, y, coef: (
            -np.logaddexp(0, -(X @ coef)[np.asarray(y) == 1]).sum()
            - np.logaddexp(0, (X @ coef)[np.asarray(y) == 0]).sum()
        ),
        "fsum": lambda X, y, coef: math.fsum(-np.logaddexp(0, -margins(X, y, coef))),
        "where": lambda X, y, coef: np.where(y, -np.logaddexp(0, -(X @ coef)), -np.logaddexp(0, X @ coef)).sum(),
        "logaddexp.reduce": lambda X, y, coef: float(
            np.asarray(y) @ (X @ coef) - np.logaddexp.reduce(np.vstack([np.zeros(len(X)), X @ coef]), axis=0).sum()
        ),
        "a class": lambda X, y, coef: (
            type(
                "Model", (), {"value": -np.logaddexp(0, np.where(np.asarray(y) == 1, -1, 1) * (X @ coef)).sum()}
            )().value
        ),
        "softplus of each": lambda X, y, coef: sum(
            -max(0.0, -m) - math.log1p(math.exp(-abs(m))) for m in margins(X, y, coef).tolist()
        ),
        "a frame": lambda X, y, coef: (
            pd.DataFrame({"eta": X @ coef, "y": np.asarray(y) * 1}).eval("y * eta").sum()
            - float(np.logaddexp(0, X @ coef).sum())
        ),
        "two halves": lambda X, y, coef: loglik(X[::2], y[::2], coef) + loglik(X[1::2], y[1::2], coef),
    },
    "score": {
        "einsum": lambda X, y, coef: np.einsum("ik,i->k", X, y - prob(X, coef)),
        "row vector": lambda X, y, coef: (np.asarray(y) - prob(X, coef)) @ X,
        "loop": lambda X, y, coef: sum((label - prob(row, coef)) * row for row, label in zip(X, y, strict=True)),
        "column by column": lambda X, y, coef: [
            float(np.dot(column, np.asarray(y) - prob(X, coef))) for column in X.T
        ],
        "two sums": lambda X, y, coef: X.T @ (np.asarray(y) * 1.0) - X.T @ prob(X, coef),
        "ones and zeros apart": lambda X, y, coef: (
            (1 - prob(X[np.asarray(y) == 1], coef)) @ X[np.asarray(y) == 1]
            - prob(X[np.asarray(y) == 0], coef) @ X[np.asarray(y) == 0]
        ),
        "complex step": lambda X, y, coef: np.array(
            [
                np.sum(
                    np.asarray(y) * (X @ (coef + 1e-20j * e)) - np.log(1 + np.exp(X @ (coef + 1e-20j * e)))
                ).imag
                / 1e-20
                for e in np.eye(len(coef))
            ]
        ),
        "tensordot": lambda X, y, coef: np.tensordot(X, np.asarray(y) - prob(X, coef), axes=(0, 0)),
        "a frame": lambda X, y, coef: pd.DataFrame(X).mul(np.asarray(y) - prob(X, coef), axis=0).sum(),
        "signed margins": lambda X, y, coef: X.T @ (np.where(y, 1, -1) * expit(-margins(X, y, coef))),
    },
    "information": {
        "einsum": lambda X, coef: np.einsum("ik,i,il->kl", X, weights(X, coef), X),
        "outer products": lambda X, coef: sum(
            w * np.outer(row, row) for row, w in zip(X, weights(X, coef), strict=True)
        ),
        "nested lists": lambda X, coef: [[float(np.sum(weights(X, coef) * a * b)) for b in X.T] for a in X.T],
        "derivative of the sigmoid": lambda X, coef: X.T @ (X * (np.cosh(X @ coef / 2)[:, None] ** -2) / 4),
        "roots by QR": lambda X, coef: (lambda R: R.T @ R)(
            np.linalg.qr(np.sqrt(weights(X, coef))[:, None] * X, mode="r")
        ),
        "p minus p squared": lambda X, coef: (X.T * (prob(X, coef) - prob(X, coef) ** 2)) @ X,
        "tensordot": lambda X, coef: np.tensordot(X * weights(X, coef)[:, None], X, axes=(0, 0)),
        "complex step of the score": lambda X, coef: np.array(
            [(X.T @ (1 / (1 + np.exp(-(X @ (coef + 1e-20j * e)))))).imag / 1e-20 for e in np.eye(len(coef))]
        ),
        "a frame": lambda X, coef: pd.DataFrame(X).T @ pd.DataFrame(X).mul(weights(X, coef), axis=0),
        "lower half mirrored": lambda X, coef: (lambda A: np.tril(A) + np.tril(A, -1).T)(info(X, coef)),
    },
    "fit_logistic": {**{answer.__name__: answer for answer in FITS}, "a class": lambda X, y: Fit(X, y).coef},
    "fitted_probabilities": {
        **{answer.__name__: (lambda by: lambda X, y: prob(X, by(X, y)))(answer) for answer in FITS},
        "a class": lambda X, y: Fit(X, y).p,
    },
    "standard_errors": {
        **{answer.__name__: errors_by(answer) for answer in FITS},
        "a class": lambda X, y: Fit(X, y).se,
        "determinants": lambda X, y: (
            lambda A: np.sqrt(
                [
                    np.linalg.det(np.delete(np.delete(A, k, 0), k, 1)) / np.linalg.det(A)
                    if len(A) > 1
                    else 1 / A[0, 0]
                    for k in range(len(A))
                ]
            )
        )(info(X, newton(X, y))),
    },
    "odds_ratios": {
        **{answer.__name__: exponentials(answer) for answer in FITS},
        "a class": lambda X, y: (lambda f: exp3(f.coef, f.coef - 1.96 * f.se, f.coef + 1.96 * f.se))(Fit(X, y)),
        "the exact normal quantile": spread(1.959963984540054),
    },
    "separates": {
        "generator": lambda X, y, coef: all(
            (eta > 0) if label else (eta < 0) for eta, label in zip(X @ coef, y, strict=True)
        ),
        "1 or 0": lambda X, y, coef: 1 if np.min(margins(X, y, coef)) > 0 else 0,
        "1.0 or 0.0": lambda X, y, coef: float(np.min(margins(X, y, coef)) > 0),
        "NumPy's truth value": lambda X, y, coef: np.all(margins(X, y, coef) > 0),
        "product": lambda X, y, coef: np.prod(margins(X, y, coef) > 0),
        "no dimension": lambda X, y, coef: np.array(np.all(margins(X, y, coef) > 0)),
        "signs": lambda X, y, coef: np.array_equal(np.sign(X @ coef), np.where(y, 1, -1)),
        "count": lambda X, y, coef: np.count_nonzero(margins(X, y, coef) > 0) == len(y),
        "set": lambda X, y, coef: {bool(m > 0) for m in margins(X, y, coef)} == {True},
        "sorted": lambda X, y, coef: sorted(margins(X, y, coef).tolist())[0] > 0,
        "not any": lambda X, y, coef: not np.any(margins(X, y, coef) <= 0),
        "next": lambda X, y, coef: next((False for m in margins(X, y, coef) if not m > 0), True),
    },
}
