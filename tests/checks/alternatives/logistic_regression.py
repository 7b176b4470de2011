"""Correct answers to the unit ``logistic_regression``, written as students write them."""

import math

import numpy as np
import pandas as pd


# ---------------------------------------------------------------- log_odds
def log_of_odds(p):
    odds = p / (1 - p)
    return np.log(odds)


def difference_of_logs(p):
    return np.log(p) - np.log1p(-p)


def one_at_a_time(p):
    return [math.log(share / (1 - share)) for share in p]


def series_of_log_odds(p):
    return pd.Series(p).transform(lambda share: np.log(share / (1 - share)))


# ---------------------------------------------------------------- sigmoid
def textbook(eta):
    return 1 / (1 + np.exp(-eta))


def on_two_sides(eta):
    result = np.empty(len(eta))
    up = eta >= 0
    result[up] = 1 / (1 + np.exp(-eta[up]))
    result[~up] = np.exp(eta[~up]) / (1 + np.exp(eta[~up]))
    return result


def with_tanh(eta):
    return 0.5 * (1 + np.tanh(eta / 2))


def with_logaddexp(eta):
    return np.exp(-np.logaddexp(0, -np.asarray(eta)))


def with_loops(eta):
    return [1 / (1 + math.exp(-e)) if e >= 0 else math.exp(e) / (1 + math.exp(e)) for e in eta.tolist()]


def in_single_precision(eta):
    return textbook(np.asarray(eta, dtype=np.float32))


def clipped(eta):
    return 1 / (1 + np.exp(-np.clip(eta, -500, 500)))


# ---------------------------------------------------------------- predict_probability
def sigmoid_of_product(X, coef):
    return textbook(X @ coef)


def row_by_row(X, coef):
    return tuple(
        0.5 + 0.5 * math.tanh(0.5 * sum(x * b for x, b in zip(row, coef.tolist(), strict=True)))
        for row in X.tolist()
    )


def series_of_probabilities(X, coef):
    return pd.Series(with_tanh(np.dot(X, coef)), name="probability")


def probabilities_in_single_precision(X, coef):
    return in_single_precision(X.astype(np.float32) @ coef.astype(np.float32))


# ---------------------------------------------------------------- log_likelihood
def with_softplus(X, y, coef):
    eta = X @ coef
    return np.sum(y * eta - np.logaddexp(0, eta))


def of_signed_margins(X, y, coef):
    return -np.logaddexp(0, -(2 * np.where(y, 1, 0) - 1) * (X @ coef)).sum()


def voter_by_voter(X, y, coef):
    total = 0.0
    for row, label in zip(X, y, strict=True):
        eta = float(row @ coef)
        far = eta if not label else -eta
        total -= max(far, 0.0) + math.log1p(math.exp(-abs(far)))
    return total


# ---------------------------------------------------------------- score
def transpose_times_residual(X, y, coef):
    return X.T @ (y - textbook(X @ coef))


def sum_over_rows(X, y, coef):
    return ((y - textbook(X @ coef))[:, None] * X).sum(axis=0)


def score_with_loops(X, y, coef):
    p = sigmoid_of_product(X, coef)
    return [sum((y[i] - p[i]) * X[i, k] for i in range(len(y))) for k in range(X.shape[1])]


def score_as_series(X, y, coef):
    return pd.DataFrame(X).T.dot(pd.Series(y - textbook(X @ coef)))


# ---------------------------------------------------------------- information
def with_diagonal_matrix(X, coef):
    p = textbook(X @ coef)
    return X.T @ np.diag(p * (1 - p)) @ X


def with_column_weights(X, coef):
    p = textbook(X @ coef)
    return X.T @ (X * (p * (1 - p))[:, None])


def with_roots_on_both_sides(X, coef):
    p = textbook(X @ coef)
    half = np.sqrt(p * (1 - p))[:, np.newaxis] * X
    return half.T @ half


def with_outer_products(X, coef):
    total = np.zeros((X.shape[1], X.shape[1]))
    for row in X:
        p = float(textbook(row @ coef))
        total += p * (1 - p) * np.outer(row, row)
    return total.tolist()


def as_data_frame(X, coef):
    names = [f"x{k}" for k in range(X.shape[1])]
    return pd.DataFrame(with_column_weights(X, coef), index=names, columns=names)


# ---------------------------------------------------------------- fit_logistic
def newton_until_the_step_is_small(X, y):
    coef = np.zeros(X.shape[1])
    for _ in range(60):
        step = np.linalg.solve(with_column_weights(X, coef), transpose_times_residual(X, y, coef))
        coef = coef + step
        if np.max(np.abs(step)) < 1e-8 * (1 + np.max(np.abs(coef))):
            break
    return coef


def newton_until_the_likelihood_stands_still(X, y):
    coef, before = np.zeros(X.shape[1]), -np.inf
    while (now := with_softplus(X, y, coef)) - before > 1e-9:
        before = now
        coef = coef + np.linalg.inv(with_diagonal_matrix(X, coef)) @ transpose_times_residual(X, y, coef)
    return pd.Series(coef)


def twenty_newton_steps_with_pinv(X, y):
    coef = [0.0] * X.shape[1]
    for _ in range(20):
        p = textbook(X @ np.array(coef))
        root = np.sqrt(p * (1 - p))
        step = np.linalg.pinv(root[:, None] * X) @ ((y - p) / root)
        coef = [b + s for b, s in zip(coef, step, strict=True)]
    return coef


def weighted_least_squares_again_and_again(X, y):
    coef = np.zeros(X.shape[1])
    for _ in range(25):
        eta = X @ coef
        p = textbook(eta)
        root = np.sqrt(p * (1 - p))
        working = eta + (y - p) / (p * (1 - p))
        new = np.linalg.lstsq(root[:, None] * X, root * working, rcond=None)[0]
        if np.allclose(new, coef, rtol=1e-10, atol=0):
            break
        coef = new
    return new


def newton_by_qr_with_step_halving(X, y):
    coef = np.zeros(X.shape[1])
    for _ in range(50):
        p = with_tanh(X @ coef)
        root = np.sqrt(p * (1 - p))
        Q, R = np.linalg.qr(root[:, None] * X)
        step = np.linalg.solve(R, Q.T @ ((y - p) / root))
        while with_softplus(X, y, coef + step) < with_softplus(X, y, coef) - 1e-9:
            step = step / 2
        coef = coef + step
        if np.linalg.norm(step) < 1e-9:
            break
    return coef


def newton_from_the_log_odds_of_the_share(X, y):
    share = np.mean(y)
    coef = np.zeros(X.shape[1])
    coef[0] = np.log(share / (1 - share))
    for _ in range(15):
        coef += np.linalg.solve(with_roots_on_both_sides(X, coef), sum_over_rows(X, y, coef))
    return coef


# ---------------------------------------------------------------- fitted_probabilities
def fit_then_predict(X, y):
    return sigmoid_of_product(X, newton_until_the_step_is_small(X, y))


def by_exchanging_labels_twice(X, y):
    return (1 - fit_then_predict(X, 1 - y)).tolist()


def fitted_as_series(X, y):
    return series_of_probabilities(X, newton_by_qr_with_step_halving(X, y))


# ---------------------------------------------------------------- standard_errors
def root_of_inverse_diagonal(X, y):
    return np.sqrt(np.diag(np.linalg.inv(with_diagonal_matrix(X, newton_until_the_step_is_small(X, y)))))


def by_triangular_factor(X, y):
    p = fit_then_predict(X, y)
    R = np.linalg.qr(np.sqrt(p * (1 - p))[:, None] * X, mode="r")
    return np.linalg.norm(np.linalg.solve(R, np.eye(len(R))), axis=1)


def column_by_column(X, y):
    info = with_column_weights(X, newton_until_the_step_is_small(X, y))
    return [float(np.linalg.solve(info, unit)[k]) ** 0.5 for k, unit in enumerate(np.eye(len(info)))]


# ---------------------------------------------------------------- odds_ratios
def exponentials_of_limits(X, y):
    coef, se = newton_until_the_step_is_small(X, y), root_of_inverse_diagonal(X, y)
    return np.exp(coef), np.exp(coef - 1.96 * se), np.exp(coef + 1.96 * se)


def as_factors(X, y):
    estimate = np.exp(newton_until_the_step_is_small(X, y))
    factor = np.exp(1.96 * by_triangular_factor(X, y))
    return [estimate, estimate / factor, estimate * factor]


def as_three_rows(X, y):
    coef, se = twenty_newton_steps_with_pinv(X, y), column_by_column(X, y)
    return np.exp(np.array([[0.0], [-1.96], [1.96]]) * se + coef)


def as_three_series(X, y):
    table = pd.DataFrame({"coef": newton_until_the_step_is_small(X, y), "se": root_of_inverse_diagonal(X, y)})
    return tuple(np.exp(table["coef"] + z * table["se"]) for z in (0.0, -1.96, 1.96))


# ---------------------------------------------------------------- separates
def smallest_margin(X, y, coef):
    return np.min((2 * y - 1) * (X @ coef)) > 0


def all_on_their_side(X, y, coef):
    side = np.where(y == 1, 1, -1)
    return bool(np.all(side * (X @ coef) > 0))


def loop_over_voters(X, y, coef):
    for row, label in zip(X, y, strict=True):
        eta = row @ coef
        if (label == 1 and eta <= 0) or (label == 0 and eta >= 0):
            return False
    return True


def smallest_one_above_zero_above_largest_zero(X, y, coef):
    eta = (X @ coef).tolist()
    ones = [e for e, label in zip(eta, y, strict=True) if label]
    zeros = [e for e, label in zip(eta, y, strict=True) if not label]
    return min(ones, default=1.0) > 0 > max(zeros, default=-1.0)


ALTERNATIVES = {
    "log_odds": [log_of_odds, difference_of_logs, one_at_a_time, series_of_log_odds],
    "sigmoid": [textbook, on_two_sides, with_tanh, with_logaddexp, with_loops, in_single_precision, clipped],
    "predict_probability": [
        sigmoid_of_product,
        row_by_row,
        series_of_probabilities,
        probabilities_in_single_precision,
    ],
    "log_likelihood": [with_softplus, of_signed_margins, voter_by_voter],
    "score": [transpose_times_residual, sum_over_rows, score_with_loops, score_as_series],
    "information": [
        with_diagonal_matrix,
        with_column_weights,
        with_roots_on_both_sides,
        with_outer_products,
        as_data_frame,
    ],
    "fit_logistic": [
        newton_until_the_step_is_small,
        newton_until_the_likelihood_stands_still,
        twenty_newton_steps_with_pinv,
        weighted_least_squares_again_and_again,
        newton_by_qr_with_step_halving,
        newton_from_the_log_odds_of_the_share,
    ],
    "fitted_probabilities": [fit_then_predict, by_exchanging_labels_twice, fitted_as_series],
    "standard_errors": [root_of_inverse_diagonal, by_triangular_factor, column_by_column],
    "odds_ratios": [exponentials_of_limits, as_factors, as_three_rows, as_three_series],
    "separates": [
        smallest_margin,
        all_on_their_side,
        loop_over_voters,
        smallest_one_above_zero_above_largest_zero,
    ],
}
