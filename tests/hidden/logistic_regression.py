"""Hidden tests of the unit ``logistic_regression``: what grades a submission, and the known-wrong formulas it
can name.

Cases are drawn until the maximum likelihood estimate is finite and three Newton steps are too few to reach it.
A misconception's docstring is the message that a student reads.
"""

import functools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import reference_impl
from grading.checks import Case, Check, Misconception, remembered, wrong
from reference_impl.student_t import student_t_quantile

Array = np.ndarray[Any, Any]
Ratios = tuple[Array, Array, Array]
EXACT_Z = 1.959963984540054
reference_fit = remembered(reference_impl.fit_logistic)

# ---------------------------------------------------------------- data to ask with

FOUR_VOTERS = {"X": np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0], [1.0, 3.0]]), "y": np.array([0, 1, 0, 1])}
TABLE_VOTERS = {  # a two-by-two table: 3 of 9 without the trait, 5 of 7 with it; whole numbers as read from a file
    "X": np.column_stack([np.ones(16, dtype=int), np.repeat([0, 1], [9, 7])]),
    "y": np.array([1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 1, 0, 1, 1, 0, 1]),
}
TWELVE_VOTERS = {
    "X": np.array(
        [
            [1.0, 1.9, 0.0],
            [1.0, -0.4, 2.0],
            [1.0, 0.6, 1.0],
            [1.0, 3.1, 3.0],
            [1.0, -1.2, 0.0],
            [1.0, 2.2, 4.0],
            [1.0, 0.1, 0.0],
            [1.0, 1.3, 2.0],
            [1.0, -0.9, 4.0],
            [1.0, 2.7, 1.0],
            [1.0, 0.8, 3.0],
            [1.0, 1.6, 0.0],
        ]
    ),
    "y": np.array([1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 1]),  # not half of them are ones
}


def electorate(
    rng: np.random.Generator, n: int, *, predictors: int, intercept: float = 0.3, most: float = 1.0
) -> dict[str, Array]:
    """n voters with a finite fit, far enough from 0 that Newton's method needs more than three steps.

    The share of ones is below `most`.
    """
    while True:
        columns = [rng.normal(0.6, 1.2, n).round(2), rng.integers(0, 4, n) * 1.0, rng.uniform(-2, 3, n).round(2)]
        X = np.column_stack([np.ones(n), *columns[:predictors]])
        coef = np.array([intercept, 1.5, -0.8, 0.6])[: predictors + 1] + rng.normal(0, 0.2, predictors + 1)
        y = (rng.random(n) < reference_impl.sigmoid(X @ coef)).astype(int)
        if np.mean(y) < most and has_finite_fit(X, y):
            return {"X": X, "y": y}


def has_finite_fit(X: Array, y: Array) -> bool:
    """Whether the estimate exists, is moderate, and is not reached in three Newton steps."""
    coef = estimate(X, y)
    if coef is None or np.max(np.abs(X @ coef)) >= 9 or np.max(np.abs(coef)) >= 5:
        return False
    return bool(np.max(np.abs(newton_steps(X, y, 3) - coef)) > 1e-3)


@remembered
def estimate(X: Array, y: Array) -> Array | None:
    """The maximum likelihood estimate, to choose cases by: most that are drawn are rejected. None if not finite.

    Plain Newton steps take a tenth of the reference's time; it is asked where they do not arrive.
    """
    coef, side = np.zeros(X.shape[1]), 2 * y.astype(int) - 1
    with np.errstate(all="ignore"):
        for _ in range(25):
            p = 1 / (1 + np.exp(-(X @ coef)))
            try:
                step = np.linalg.solve(weighted(X, p * (1 - p)), X.T @ (y - p))
            except np.linalg.LinAlgError:
                break
            coef = coef + step
            if np.all(side * (X @ coef) > 0):  # completely separated
                return None
            if np.max(np.abs(step)) < 1e-10:
                return coef
    try:
        return reference_fit(X, y).coef
    except (reference_impl.SeparationError, reference_impl.NonConvergenceError):
        return None


def counted_electorate(rng: np.random.Generator, n: int) -> dict[str, Array]:
    """Every column whole numbers, the ones too."""
    while True:
        X = np.column_stack([np.ones(n, dtype=int), rng.integers(0, 2, n), rng.integers(0, 5, n)])
        y = (rng.random(n) < reference_impl.sigmoid(X @ np.array([-2.0, 1.2, 0.9]))).astype(int)
        if has_finite_fit(X, y):
            return {"X": X, "y": y}


def several_electorates(rng: np.random.Generator) -> Iterator[Case]:
    """Typical cases: sixteen to sixty voters, one to three predictors, one with few ones, one of whole numbers."""
    yield Case(quickly_fitted(lambda: electorate(rng, 16, predictors=1)))
    yield Case(quickly_fitted(lambda: electorate(rng, 24, predictors=2, intercept=-2.0, most=0.2)))
    yield Case(quickly_fitted(lambda: electorate(rng, 60, predictors=3)))
    flat = False  # the log-likelihood, in one direction: who only follows the gradient is slow on every secret
    while not flat:
        data = quickly_fitted(lambda: counted_electorate(rng, 30))
        flat = np.linalg.eigvalsh(information(data["X"], estimate(**data)) / 30)[0] < 0.021
    yield Case(data)


def quickly_fitted(draw: Callable[[], dict[str, Array]]) -> dict[str, Array]:
    """Voters for whom five steps are enough, and all until one below 0.01: what stops too early loses as much on
    every secret."""
    while True:
        data = draw()
        if _error(data, 5) < 1e-7 and _left(data, 1e-2) < 1e-7:
            return data


def _left(data: dict[str, Array], size: float) -> float:
    """How far the first Newton step below a size ends from the estimate."""
    return float(np.max(np.abs(newton_until(data["X"], data["y"], size) - estimate(**data))))


def _error(data: dict[str, Array], steps: int) -> float:
    """How far these Newton steps end from the estimate."""
    return float(np.max(np.abs(newton_steps(data["X"], data["y"], steps) - estimate(**data))))


FALSE_AND_TRUE = "labels False and True serve as 0 and 1"
ONES_ALONE = "a column of ones alone: the log-odds of the share of ones"
FAR_OUT = "log-odds of 50 and -50: the result is still finite"
VERY_FAR_OUT = "log-odds of 800 and -800: the result is still finite"


def with_bools(rng: np.random.Generator) -> dict[str, Array]:
    data = quickly_fitted(lambda: electorate(rng, 20, predictors=1))
    return {"X": data["X"], "y": data["y"] == 1}


def ones_alone(rng: np.random.Generator, zeros: int = 9, ones: int = 2) -> dict[str, Array]:
    return {"X": np.ones((zeros + ones, 1)), "y": rng.permutation(np.repeat([0, 1], [zeros, ones]))}


def at_some_coef(rng: np.random.Generator) -> Iterator[dict[str, Array]]:
    """X, y and coefficients that are not the fitted ones, and once those that are nearly; no score is near 0.

    In one case a predictor is negative throughout, in one a single voter has the rarer label.
    """
    for n, predictors in ((5, 1), (12, 2), (14, 3)):
        yield _uphill(functools.partial(_voters_and_coef, rng, n, predictors))
    yield _uphill(lambda: _nearly_fitted(counted_electorate(rng, 18)))


def _uphill(draw: Callable[[], dict[str, Array]]) -> dict[str, Array]:
    while True:
        data = draw()
        if np.min(np.abs(score(**data))) > 0.1:
            return data


def _nearly_fitted(data: dict[str, Array]) -> dict[str, Array]:
    return {**data, "coef": fit_logistic(**data).round(1)}


def _voters_and_coef(rng: np.random.Generator, n: int, predictors: int) -> dict[str, Array]:
    data = electorate(rng, max(n, 12), predictors=predictors)
    X, y = data["X"][:n], np.append(data["y"][: n - 2], [0, 1])
    if n == 12:
        X[:, 1] = -0.1 - np.abs(X[:, 1])
    if n == 14:
        y = 1 * (np.arange(n) != rng.integers(n))
    return {"X": X, "y": y, "coef": rng.normal(0, 0.7, predictors + 1).round(2)}


def far_out(size: float) -> dict[str, Array]:
    """Voters whose label the coefficients get right and wrong with near certainty."""
    X = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    return {"X": X, "y": np.array([1, 0, 0, 1]), "coef": np.array([size, -2 * size])}


def of_voters(data: dict[str, Array], *names: str) -> dict[str, Array]:
    return {name: data[name] for name in names}


# ---------------------------------------------------------------- 1 odds and log-odds


def log_odds(p: Array) -> Array:
    """log(p / (1 - p)), by the reference."""
    return np.asarray(reference_impl.logit(p))


def logodds_odds(p: Array) -> Array:
    """These are the odds. Take their natural logarithm."""
    return p / (1 - p)


def logodds_log10(p: Array) -> Array:
    """The logarithm has base 10. Log-odds use the natural one, np.log."""
    return np.log10(p / (1 - p))


def logodds_log2(p: Array) -> Array:
    """The logarithm has base 2. Log-odds use the natural one, np.log."""
    return np.log2(p / (1 - p))


def logodds_log_probability(p: Array) -> Array:
    """This is the logarithm of the probability. Divide by 1 - p first: odds compare what happens with what
    does not."""
    return np.log(p)


def logodds_upside_down(p: Array) -> Array:
    """The odds are upside down, (1 - p) / p, so every sign is turned round. A probability above one half has
    positive log-odds."""
    return np.log((1 - p) / p)


def logodds_ratio_of_logs(p: Array) -> Array:
    """This is log p divided by log(1 - p). The logarithm of a ratio is the difference of the logarithms."""
    return np.log(p) / np.log(1 - p)


def logodds_sigmoid(p: Array) -> Array:
    """This is the way back, from log-odds to a probability. Here the probability is given."""
    return reference_impl.sigmoid(p)


def logodds_bracket_missing(p: Array) -> Array:
    """Brackets are missing: p / 1 - p is p minus p in Python's eyes. Write p / (1 - p)."""
    return np.log(p / 1 - p)


NEARLY_SURE = "however small a probability is, it has log-odds"


def fresh_probabilities(rng: np.random.Generator) -> Iterator[Case]:
    for size in (1, 4, 9):
        yield Case({"p": rng.uniform(0.02, 0.98, size).round(3)})
    yield Case({"p": np.append(rng.uniform(0.7, 0.98, 7).round(4), 0.02)})  # one far from the others
    yield Case({"p": np.array([10 ** -rng.uniform(18, 22), 0.5])}, NEARLY_SURE, 0.1)


LOG_ODDS = Check(
    log_odds,
    public=[
        Case({"p": np.array([0.8, 0.5, 0.1])}),
        Case({"p": np.array([0.25, 0.6, 0.99, 0.03])}),
        Case({"p": np.array([1e-12, 0.5])}, NEARLY_SURE, 0.1),
    ],
    fresh=fresh_probabilities,
    misconceptions=[
        *wrong(logodds_odds, logodds_log10, logodds_log2, logodds_upside_down, credit=0.4),
        *wrong(logodds_ratio_of_logs, logodds_sigmoid, credit=0.2),
        *wrong(logodds_log_probability, logodds_bracket_missing),
    ],
)

# ---------------------------------------------------------------- 2 the way back


def sigmoid(eta: Array) -> Array:
    """1 / (1 + exp(-eta)), by the reference."""
    return np.asarray(reference_impl.sigmoid(eta))


def sigmoid_complement(eta: Array) -> Array:
    """The sign of eta is turned round: you return the probability of a 0. Large log-odds must give a probability
    near 1."""
    return sigmoid(-eta)


def sigmoid_exp(eta: Array) -> Array:
    """You return exp(eta) / (1 + exp(-eta)), which passes 1. Either 1 / (1 + exp(-eta)) or exp(eta) / (1 +
    exp(eta)): the signs must go together."""
    return np.exp(eta) / (1 + np.exp(-eta))


def sigmoid_odds(eta: Array) -> Array:
    """exp(eta) gives the odds. One step remains: probability = odds / (1 + odds)."""
    return np.exp(eta)


def sigmoid_minus(eta: Array) -> Array:
    """There is a minus in the denominator; it is 1 + exp(-eta)."""
    return 1 / (1 - np.exp(-eta))


def sigmoid_bracket_missing(eta: Array) -> Array:
    """Brackets are missing: 1 / 1 + exp(-eta) is 1 plus exp(-eta) in Python's eyes. Write 1 / (1 + exp(-eta))."""
    return 1 / 1 + np.exp(-eta)


def sigmoid_base10(eta: Array) -> Array:
    """The base is 10. Log-odds are natural logarithms: use np.exp."""
    return 1 / (1 + 10.0 ** (-eta))


def sigmoid_classes(eta: Array) -> Array:
    """You return 0 and 1. A probability says how sure the model is; do not round it."""
    return (eta > 0) * 1.0


def sigmoid_log_odds(eta: Array) -> Array:
    """You return the log-odds as they came; turn them into a probability."""
    return eta * 1.0


def sigmoid_clipped(eta: Array) -> Array:
    """Right for moderate log-odds. Beyond about 14 they were cut off, or the result was rounded: a probability of
    one in a thousand millions is small, not 0 and not one in a million."""
    return sigmoid(np.clip(eta, -14, 14))


def sigmoid_overflows(eta: Array) -> Array:
    """Right wherever exp(eta) fits into a number; at 800 it does not, and infinity divided by infinity is NaN.
    Write it so that only exp(-|eta|) is ever formed."""
    return np.exp(eta) / (1 + np.exp(eta))


OVERFLOW = "log-odds of 800 and -800 are certainty, not NaN"
FAR_TAIL = "log-odds of -20: a small probability, but not 0 and not rounded"


def fresh_log_odds(rng: np.random.Generator) -> Iterator[Case]:
    yield Case({"eta": np.array([round(rng.uniform(0.3, 3), 2)])})
    yield Case({"eta": rng.normal(0, 2, 4).round(2)})
    yield Case({"eta": np.append(rng.uniform(-6, 4, 7).round(2), 30.0)})  # one far from the others
    far = rng.uniform(710, 800, 2).round(1)
    yield Case({"eta": np.array([-800.0, far[0], 0.0, 800.0])}, OVERFLOW, 0.1)
    yield Case({"eta": np.array([800.0, 0.0, -far[1], -800.0])}, OVERFLOW, 0.1)  # whichever comes first
    tail = rng.uniform([-16, -20, -27], [-15, -19, -24]).round(2)  # below any limit that one might cut at
    yield Case({"eta": rng.permutation(tail)}, FAR_TAIL, 0.2)
    yield Case({"eta": rng.permutation(np.array([-3, -1, 0, 2, 5]))}, "whole numbers", 0.1)


SIGMOID = Check(
    sigmoid,
    public=[
        Case({"eta": np.array([1.3863, 0.0, -2.1972])}),
        Case({"eta": np.array([4.0, -0.5, 0.7, -6.0])}),
        Case({"eta": np.array([800.0, -800.0])}, OVERFLOW, 0.1),
        Case({"eta": np.array([-20.0, -15.0, 20.0])}, FAR_TAIL, 0.2),
    ],
    fresh=fresh_log_odds,
    misconceptions=[
        *wrong(sigmoid_complement, sigmoid_odds, sigmoid_exp, sigmoid_base10, credit=0.4),
        *wrong(sigmoid_minus, sigmoid_bracket_missing, credit=0.2),
        *wrong(sigmoid_classes, sigmoid_log_odds),
        # right on typical cases: they lose the cost of the claims
        *wrong(sigmoid_overflows, sigmoid_clipped, credit=0.5),
    ],
    atol=1e-15,  # a probability near 0 from tanh, or as one less another
)

# ---------------------------------------------------------------- 3 probabilities from coefficients


def predict_probability(X: Array, coef: Array) -> Array:
    """sigmoid(X b), by the reference."""
    return np.asarray(reference_impl.sigmoid(X @ coef))


def prob_odds(X: Array, coef: Array) -> Array:
    """These are odds, and odds may pass 1. A probability is odds / (1 + odds)."""
    return np.exp(X @ coef)


def prob_log_odds(X: Array, coef: Array) -> Array:
    """These are log-odds, X b itself. Put them through your sigmoid."""
    return X @ coef * 1.0


def prob_classes(X: Array, coef: Array) -> Array:
    """You return a 0 or a 1 for each voter. The probability was asked for, before any decision is made."""
    return (X @ coef > 0) * 1.0


def prob_complement(X: Array, coef: Array) -> Array:
    """This is the probability of a 0. Which label is 1 was settled by y; return the probability of that one."""
    return sigmoid(-(X @ coef))


def prob_exp(X: Array, coef: Array) -> Array:
    """You return exp(eta) / (1 + exp(-eta)); the two signs must agree."""
    return sigmoid_exp(X @ coef)


def prob_without_intercept(X: Array, coef: Array) -> Array:
    """The intercept was left out. X has a column of ones, so X @ coef includes it by itself."""
    return sigmoid(X[:, 1:] @ coef[1:])


def prob_of_average_voter(X: Array, coef: Array) -> Array:
    """Everybody got the probability of the average voter. Each row of X has its own."""
    return np.full(len(X), sigmoid(np.mean(X, axis=0) @ coef))


def fresh_predictions(rng: np.random.Generator) -> Iterator[Case]:
    for data in at_some_coef(rng):
        yield Case(of_voters(data, "X", "coef"))
    yield Case(of_voters(far_out(round(rng.uniform(7, 8), 2)), "X", "coef"))
    for size in (800.0, -800.0):  # whichever comes first
        yield Case(of_voters(far_out(size), "X", "coef"), OVERFLOW, 0.1)
    yield Case(of_voters(far_out(round(rng.uniform(15, 22), 1)), "X", "coef"), FAR_TAIL, 0.2)


PREDICT_PROBABILITY = Check(
    predict_probability,
    public=[
        Case({"X": FOUR_VOTERS["X"], "coef": np.array([-1.0, 0.8])}),
        Case({"X": TWELVE_VOTERS["X"], "coef": np.array([-0.6, 1.1, -0.4])}),
        Case(of_voters(far_out(20.0), "X", "coef"), FAR_TAIL, 0.2),
    ],
    fresh=fresh_predictions,
    misconceptions=[
        *wrong(prob_odds, prob_log_odds, prob_complement, prob_exp, prob_without_intercept, credit=0.4),
        *wrong(prob_classes, prob_of_average_voter, credit=0.2),
    ],
    atol=1e-15,  # as for the sigmoid
)

# ---------------------------------------------------------------- 4 log-likelihood


def log_likelihood(X: Array, y: Array, coef: Array) -> float:
    """Bernoulli log-likelihood, by the reference."""
    return float(reference_impl.log_likelihood(X, y, coef))


def loglik_negative(X: Array, y: Array, coef: Array) -> float:
    """This is minus the log-likelihood, as optimisers like it. A probability is below 1, so its logarithm is
    negative: return the log-likelihood itself."""
    return -log_likelihood(X, y, coef)


def loglik_mean(X: Array, y: Array, coef: Array) -> float:
    """This is the average per voter. The log-likelihood is the sum: more voters say more."""
    return log_likelihood(X, y, coef) / len(y)


def loglik_deviance(X: Array, y: Array, coef: Array) -> float:
    """This is the deviance, minus two times the log-likelihood. Leave the factor out."""
    return -2 * log_likelihood(X, y, coef)


def loglik_likelihood(X: Array, y: Array, coef: Array) -> float:
    """This is the likelihood, the product of the probabilities. With some thousands of voters it is too small for
    a computer to hold: sum logarithms instead."""
    return math.exp(log_likelihood(X, y, coef))


def loglik_log10(X: Array, y: Array, coef: Array) -> float:
    """The logarithms have base 10. Use the natural one."""
    return log_likelihood(X, y, coef) / math.log(10)


def loglik_only_ones(X: Array, y: Array, coef: Array) -> float:
    """Only the voters with y = 1 were counted. A voter with y = 0 contributes log(1 - p)."""
    return log_likelihood(X[y == 1], y[y == 1], coef)


def loglik_only_zeros(X: Array, y: Array, coef: Array) -> float:
    """Only the voters with y = 0 were counted. A voter with y = 1 contributes log p."""
    return log_likelihood(X[y == 0], y[y == 0], coef)


def loglik_labels_swapped(X: Array, y: Array, coef: Array) -> float:
    """The labels are swapped: log p goes with y = 1 and log(1 - p) with y = 0."""
    return log_likelihood(X, 1 - y, coef)


def loglik_brier(X: Array, y: Array, coef: Array) -> float:
    """This is a sum of squared errors, which measures fit in another way. Sum the logarithms of the
    probabilities of what happened."""
    return float(np.sum((y - predict_probability(X, coef)) ** 2))


def loglik_not_logged(X: Array, y: Array, coef: Array) -> float:
    """The probabilities of what happened were added up without taking their logarithms."""
    p = predict_probability(X, coef)
    return float(np.sum(np.where(y == 1, p, 1 - p)))


def loglik_without_normaliser(X: Array, y: Array, coef: Array) -> float:
    """The term log(1 + exp(eta)) is missing: without it, ever larger coefficients would always look better."""
    return float(np.sum(y * (X @ coef)))


def loglik_plus_normaliser(X: Array, y: Array, coef: Array) -> float:
    """log(1 + exp(eta)) has to be subtracted from y eta, not added."""
    return float(np.sum(y * (X @ coef) + np.logaddexp(0, X @ coef)))


def loglik_of_rounded_probabilities(X: Array, y: Array, coef: Array) -> float:
    """Right for moderate log-odds. From about 37 on, p is rounded to 1 and log(1 - p) becomes minus infinity,
    or NaN when multiplied by 0. Use y eta - log(1 + exp(eta)), with np.logaddexp(0, eta) for the logarithm."""
    p = 1 / (1 + np.exp(-(X @ coef)))
    return float(np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)))


def loglik_minus_infinity(X: Array, y: Array, coef: Array) -> float:
    """Right for moderate log-odds. From about 37 on, p is rounded to 1 and log(1 - p) becomes minus infinity,
    although the truth is about -37. Use y eta - log(1 + exp(eta)), with np.logaddexp(0, eta) for the logarithm."""
    p = 1 / (1 + np.exp(-(X @ coef)))
    return float(np.sum(np.log(np.where(y == 1, p, 1 - p))))


def loglik_exp_overflows(X: Array, y: Array, coef: Array) -> float:
    """Right until exp(eta) no longer fits into a number, near 710. np.logaddexp(0, eta) computes log(1 +
    exp(eta)) without forming exp(eta)."""
    eta = X @ coef
    return float(np.sum(y * eta - np.log(1 + np.exp(eta))))


NEARLY_ALL_SURE = "the coefficients are nearly sure of every label, and right: a number near 0"


def nearly_sure(size: float) -> dict[str, Array]:
    """Voters whose labels the coefficients get right, with a probability a little below 1."""
    return {**far_out(size), "y": np.array([1, 0, 1, 0])}


def fresh_likelihoods(rng: np.random.Generator) -> Iterator[Case]:
    for data in at_some_coef(rng):
        yield Case(data)
    yield Case({**with_bools(rng), "coef": np.array([0.2, 0.9])}, FALSE_AND_TRUE, 0.15)
    yield Case(far_out(round(rng.uniform(45, 55), 1)), FAR_OUT, 0.2)
    yield Case(far_out(round(rng.uniform(780, 820), 1)), VERY_FAR_OUT, 0.1)
    yield Case(nearly_sure(round(rng.uniform(7, 9), 2)), NEARLY_ALL_SURE, 0.1)


LOG_LIKELIHOOD = Check(
    log_likelihood,
    public=[
        Case({**FOUR_VOTERS, "coef": np.array([-1.0, 0.8])}),
        Case({**TWELVE_VOTERS, "coef": np.array([-0.6, 1.1, -0.4])}),
        Case(far_out(50.0), FAR_OUT, 0.2),
        Case(far_out(800.0), VERY_FAR_OUT, 0.1),
    ],
    fresh=fresh_likelihoods,
    misconceptions=[
        *wrong(loglik_negative, loglik_mean, loglik_deviance, loglik_likelihood, loglik_log10, credit=0.5),
        *wrong(loglik_only_ones, loglik_only_zeros, loglik_labels_swapped, loglik_plus_normaliser, credit=0.3),
        *wrong(loglik_brier, loglik_not_logged, loglik_without_normaliser, credit=0.2),
        # right on typical cases: what they lose is the cost of the claims that they fail
        *wrong(loglik_of_rounded_probabilities, loglik_minus_infinity, loglik_exp_overflows, credit=0.5),
    ],
    atol=0.0,  # a likelihood is tiny: an absolute tolerance would take 0 for one
)

# ---------------------------------------------------------------- 5 score and information


def score(X: Array, y: Array, coef: Array) -> Array:
    """First derivative of the log-likelihood, X'(y - p)."""
    return X.T @ (y - predict_probability(X, coef))


def score_negative(X: Array, y: Array, coef: Array) -> Array:
    """The sign is turned round: this is the derivative of minus the log-likelihood. Following it leads
    downhill."""
    return -score(X, y, coef)


def score_mean(X: Array, y: Array, coef: Array) -> Array:
    """This is the average per voter; the derivative of a sum is a sum."""
    return score(X, y, coef) / len(y)


def score_residuals(X: Array, y: Array, coef: Array) -> Array:
    """These are the residuals y - p, one per voter. Multiply by the transpose of X: one number per coefficient."""
    return y - predict_probability(X, coef)


def score_log_odds_residuals(X: Array, y: Array, coef: Array) -> Array:
    """y is compared with the log-odds X b. Compare it with the probability, sigmoid(X b)."""
    return X.T @ (y - X @ coef)


def score_class_residuals(X: Array, y: Array, coef: Array) -> Array:
    """y is compared with predicted classes. Compare it with the probability, or a step that improves the fit a
    little goes unnoticed."""
    return X.T @ (y - prob_classes(X, coef))


def score_without_probability(X: Array, y: Array, coef: Array) -> Array:
    """This is X'y: what the model expects, X'p, was not subtracted."""
    return X.T @ (y * 1.0)


def score_of_squared_error(X: Array, y: Array, coef: Array) -> Array:
    """The residuals are weighted by p(1 - p), which is the derivative of a sum of squares. In the derivative
    of the log-likelihood that factor cancels."""
    p = predict_probability(X, coef)
    return X.T @ ((y - p) * p * (1 - p))


def score_complement(X: Array, y: Array, coef: Array) -> Array:
    """y is compared with the probability of a 0. Compare it with the probability of a 1."""
    return X.T @ (y - prob_complement(X, coef))


ALL_SURE = "the coefficients are sure of every label, and right: a score near 0, not 0"


def fresh_scores(rng: np.random.Generator) -> Iterator[Case]:
    for data in at_some_coef(rng):
        yield Case(data)
    yield Case({**with_bools(rng), "coef": np.array([0.2, 0.9])}, FALSE_AND_TRUE, 0.15)
    fitted = electorate(rng, 20, predictors=2)
    coef = reference_fit(**fitted).coef
    yield Case({**fitted, "coef": coef}, "at the maximum the score is 0", 0.1)
    yield Case({**fitted, "coef": coef.round(3)}, "near the maximum the score is small, not 0", 0.1)
    yield Case(nearly_sure(round(rng.uniform(29, 31), 1)), ALL_SURE, 0.1)


SCORE = Check(
    score,
    public=[
        Case({**FOUR_VOTERS, "coef": np.array([-1.0, 0.8])}),
        Case({**TWELVE_VOTERS, "coef": np.array([-0.6, 1.1, -0.4])}),
    ],
    fresh=fresh_scores,
    misconceptions=[
        *wrong(score_negative, score_mean, credit=0.5),
        *wrong(score_residuals, score_of_squared_error, score_complement, credit=0.4),
        *wrong(score_log_odds_residuals, score_class_residuals, credit=0.2),
        *wrong(score_without_probability),
    ],
    atol=1e-12,  # at the maximum the right answer is 0 up to rounding
)


def information(X: Array, coef: Array) -> Array:
    """Fisher information X'WX with W = p(1 - p)."""
    return weighted(X, _variance(X, coef))


def weighted(X: Array, weights: Array) -> Array:
    """X' diag(weights) X."""
    return (X.T * weights) @ X


def _variance(X: Array, coef: Array) -> Array:
    p = predict_probability(X, coef)
    return p * (1 - p)


def information_no_weights(X: Array, coef: Array) -> Array:
    """This is X'X, without the weights p(1 - p). A voter about whom the model is sure tells little about the
    coefficients."""
    return weighted(X, np.ones(len(X)))


def information_weights_p(X: Array, coef: Array) -> Array:
    """The weights are p; they are p(1 - p), the variance of a 0/1 outcome."""
    return weighted(X, predict_probability(X, coef))


def information_sqrt_weights(X: Array, coef: Array) -> Array:
    """The weights are square roots of p(1 - p). Take the root only if you multiply X by it on both sides."""
    return weighted(X, np.sqrt(_variance(X, coef)))


def information_weights_twice(X: Array, coef: Array) -> Array:
    """The weights were applied on both sides and so are squared: X' W X has W once."""
    return weighted(X, _variance(X, coef) ** 2)


def information_inverse_weights(X: Array, coef: Array) -> Array:
    """The weights are one over p(1 - p). In logistic regression it is the other way round: a voter at p = 0.5
    counts most."""
    return weighted(X, 1 / _variance(X, coef))


def information_hessian(X: Array, coef: Array) -> Array:
    """This is the second derivative itself, which is negative at a maximum. The information is minus that."""
    return -information(X, coef)


def information_mean(X: Array, coef: Array) -> Array:
    """This is the average per voter; information adds up over voters."""
    return information(X, coef) / len(X)


def information_inverted(X: Array, coef: Array) -> Array:
    """This is the inverse, the covariance matrix of the estimates. The information itself was asked for."""
    return np.linalg.inv(information(X, coef))


def information_diagonal(X: Array, coef: Array) -> Array:
    """Only the diagonal is here. Off the diagonal stands how the coefficients are tied to each other: return
    the full matrix."""
    return np.diag(information(X, coef))


def information_of_average(X: Array, coef: Array) -> Array:
    """One weight was used for everybody, from the average probability. Each voter has a weight of its own."""
    p = np.mean(predict_probability(X, coef))
    return weighted(X, np.full(len(X), p * (1 - p)))


def information_weights_alone(X: Array, coef: Array) -> Array:
    """These are the weights p(1 - p), one per voter. Put them between the transpose of X and X."""
    return _variance(X, coef)


SURE = "voters about whom the model is sure have small weights, not 0"


def fresh_information(rng: np.random.Generator) -> Iterator[Case]:
    for data in at_some_coef(rng):
        yield Case(of_voters(data, "X", "coef"))
    X = electorate(rng, 13, predictors=1)["X"]
    yield Case({"X": X, "coef": np.zeros(2)}, "coefficients of 0 give every voter the weight 1/4", 0.1)
    for sure in rng.uniform([14, 28], [18, 30]).round(1):
        yield Case(of_voters(far_out(sure), "X", "coef"), SURE, 0.1)


INFORMATION = Check(
    information,
    public=[
        Case({"X": FOUR_VOTERS["X"], "coef": np.array([-1.0, 0.8])}),
        Case({"X": TWELVE_VOTERS["X"], "coef": np.array([-0.6, 1.1, -0.4])}),
    ],
    fresh=fresh_information,
    misconceptions=[
        *wrong(information_hessian, information_mean, information_inverted, information_diagonal, credit=0.5),
        *wrong(
            information_weights_p,
            information_sqrt_weights,
            information_weights_twice,
            information_inverse_weights,
            credit=0.4,
        ),
        *wrong(information_of_average, information_weights_alone, credit=0.3),
        *wrong(information_no_weights),
    ],
    atol=1e-14,  # the weight of a sure voter is small
)

# ---------------------------------------------------------------- 6 the fit


def fit_logistic(X: Array, y: Array) -> Array:
    """Maximum likelihood estimate, by the reference."""
    return reference_fit(X, y).coef


def newton_steps(X: Array, y: Array, steps: int, penalty: Array | float = 0.0) -> Array:
    """Coefficients after some Newton steps from 0; `penalty` is the diagonal of a ridge penalty."""
    coef = np.zeros(X.shape[1])
    ridge = np.diag(np.broadcast_to(penalty, coef.shape))
    for _ in range(steps):
        slope, curvature = _derivatives(X, y, coef)
        coef = coef + np.linalg.solve(curvature + ridge, slope - ridge @ coef)
    return coef


def _derivatives(X: Array, y: Array, coef: Array) -> tuple[Array, Array]:
    """Score and information at some coefficients; the probabilities are computed once."""
    p = predict_probability(X, coef)
    return X.T @ (y - p), weighted(X, p * (1 - p))


def coef_labels_swapped(X: Array, y: Array) -> Array:
    """Every sign is turned round: you modelled the probability of a 0. Which label is 1 is arbitrary, but here
    it is the one that y calls 1."""
    return -fit_logistic(X, y)


def coef_odds_ratios(X: Array, y: Array) -> Array:
    """These are odds ratios, the exponentials of the coefficients. The coefficients themselves, on the
    log-odds scale, were asked for."""
    return np.exp(fit_logistic(X, y))


def coef_no_intercept(X: Array, y: Array) -> Array:
    """The column of ones was left out, so a voter with all predictors at 0 is forced to a probability of one
    half. Fit all columns of X."""
    return np.append(0.0, fit_logistic(X[:, 1:], y))


def coef_ols(X: Array, y: Array) -> Array:
    """This is the least-squares fit to zeros and ones, the linear probability model. Its lines leave the range
    from 0 to 1; maximise the logistic log-likelihood."""
    return reference_impl.fit_linear(X, y * 1.0).coef


def coef_one_newton_step(X: Array, y: Array) -> Array:
    """This is where one Newton step from 0 leads (four times the slopes of least squares). Repeat the step, with
    new probabilities and weights each time, until it no longer moves."""
    return newton_steps(X, y, 1)


def coef_two_newton_steps(X: Array, y: Array) -> Array:
    """Two Newton steps are not enough. Repeat until the step is negligible."""
    return newton_steps(X, y, 2)


def coef_three_newton_steps(X: Array, y: Array) -> Array:
    """Three Newton steps come close but have not arrived. Repeat until the step is negligible; eight are usually
    enough."""
    return newton_steps(X, y, 3)


def newton_until(X: Array, y: Array, negligible: float) -> Array:
    """Coefficients when the largest element of the last step is below `negligible`."""
    coef = np.zeros(X.shape[1])
    for _ in range(40):
        slope, curvature = _derivatives(X, y, coef)
        step = np.linalg.solve(curvature, slope)
        coef = coef + step
        if np.max(np.abs(step)) < negligible:
            break
    return coef


def coef_stopped_early(X: Array, y: Array) -> Array:
    """Right to two or three digits: you stop while a step still moves the coefficients by nearly 0.01. Newton's
    method gains digits fast at the end; go on until the step is negligible, 1e-8 or less."""
    return newton_until(X, y, 1e-2)


def coef_eight_newton_steps(X: Array, y: Array) -> Array:
    """Right for most voters. Eight steps are too few where the outcomes are nearly separated: go on until the step
    is negligible, not for a fixed number of rounds, or allow thirty."""
    return newton_steps(X, y, 8)


@remembered
def coef_gradient_descent_1000(X: Array, y: Array) -> Array:
    """This is where gradient ascent stands after 1000 steps at rate 0.01: still on the way. Newton's method
    uses the curvature and arrives in a few steps."""
    X, y, coef = X.astype(float), y.astype(float), np.zeros(X.shape[1])
    for _ in range(1000):
        coef = coef + 0.01 * (X.T @ (y - 1 / (1 + np.exp(-(X @ coef))))) / len(y)
    return coef


def coef_sklearn_default_l2(X: Array, y: Array) -> Array:
    """The slopes are pulled towards 0: this is a penalised fit, which LogisticRegression of scikit-learn does
    unless told not to. Maximum likelihood has no penalty."""
    return newton_steps(X, y, 30, np.append(0.0, np.ones(X.shape[1] - 1)))


def coef_ridge_incl_intercept(X: Array, y: Array) -> Array:
    """All coefficients, the intercept too, are pulled towards 0 by a penalty. Maximum likelihood has none."""
    return newton_steps(X, y, 30, 1.0)


def coef_probit(X: Array, y: Array) -> Array:
    """These are probit coefficients: the normal distribution function stands where the logistic one belongs."""
    return reference_impl.fit_glm(X, y, family="probit").coef


def coef_log10_odds(X: Array, y: Array) -> Array:
    """The coefficients are on a base-10 scale; log-odds are natural logarithms."""
    return fit_logistic(X, y) / math.log(10)


def _intercept_at_the_mean(X: Array, coef: Array) -> float:
    return float(coef[0] + np.mean(X[:, 1:], axis=0) @ coef[1:])


def coef_standardised(X: Array, y: Array) -> Array:
    """These are coefficients of standardised predictors. A fair summary, but each was asked per unit of its
    own column."""
    coef = fit_logistic(X, y)
    return np.append(_intercept_at_the_mean(X, coef), coef[1:] * np.std(X[:, 1:], axis=0))


def coef_centred_intercept(X: Array, y: Array) -> Array:
    """The predictors were centred: the slopes are right, but the intercept describes the average voter instead
    of one whose predictors are 0. Use X as it comes."""
    coef = fit_logistic(X, y)
    return np.append(_intercept_at_the_mean(X, coef), coef[1:])


def coef_intercept_last(X: Array, y: Array) -> Array:
    """The right numbers in another order: coefficients come in the order of the columns of X, so the intercept is
    first."""
    coef = fit_logistic(X, y)
    return np.append(coef[1:], coef[0])


def coef_marginal_effects(X: Array, y: Array) -> Array:
    """Your slopes are average changes of the probability. The coefficients are changes of the log-odds, the
    same for every voter."""
    coef = fit_logistic(X, y)
    return np.append(coef[0], np.mean(_variance(X, coef)) * coef[1:])


LAST_STEPS = "the last steps count: stop when a step is negligible"
STILL = "one coefficient never moves: the largest element of the step must be negligible, not the smallest"
START_AT_0 = "start at coefficients of 0: from elsewhere Newton's method may run away"
MANY_STEPS = "nearly separated: Newton's method needs more than ten steps"


def slow_at_the_end(rng: np.random.Generator) -> dict[str, Array]:
    """Voters for whom stopping at a step of 0.01 leaves a visible error."""
    while True:
        data = electorate(rng, 16, predictors=1)
        coef = estimate(**data)
        left = np.abs(newton_until(data["X"], data["y"], 1e-2) - coef)
        if np.any(left > 2e-5 * np.maximum(1.0, np.abs(coef))) and _error(data, 5) < 1e-7:
            return data


def nearly_separated(rng: np.random.Generator) -> dict[str, Array]:
    """Voters who overlap by little: eleven steps from 0 are too few, fifteen are enough."""
    while True:
        overlap = rng.uniform(0.0003, 0.0006)
        x = np.concatenate([rng.uniform(-1.5, -0.5, 5), [overlap, -overlap], rng.uniform(0.5, 1.5, 5)]).round(5)
        X, y = np.column_stack([np.ones(12), x]), np.repeat([0, 1], 6)
        coef, order = estimate(X, y), rng.permutation(12)
        late = [np.max(np.abs(newton_steps(X, y, steps) - coef)) for steps in (11, 15)]
        if late[0] > 1e-3 and late[1] < 1e-9:
            return {"X": X[order], "y": y[order]}


def sensitive_to_the_start(rng: np.random.Generator) -> dict[str, Array]:
    """Few ones: Newton's method arrives from 0 and from the log-odds of the share, not from half those odds."""
    while True:
        data = electorate(rng, 24, predictors=2, intercept=-2.0, most=0.2)
        share = np.mean(data["y"])
        log_odds_of_share = np.log(share / (1 - share))
        if (
            _error(data, 5) > 1e-4
            and _left(data, 1e-2) < 1e-7
            and _arrives(**data, intercept=log_odds_of_share)
            and not _arrives(**data, intercept=np.log(share / (2 - share)))
        ):
            return data


def _arrives(X: Array, y: Array, intercept: float) -> bool:
    """Whether twelve Newton steps from this intercept, and slopes of 0, end at the estimate."""
    coef = np.append(intercept, np.zeros(X.shape[1] - 1))
    with np.errstate(all="ignore"):
        for _ in range(12):
            try:
                coef = coef + np.linalg.solve(information(X, coef), score(X, y, coef))
            except ValueError:  # singular, or not a number
                return False
    return bool(np.allclose(coef, estimate(X, y), rtol=1e-8, atol=1e-10))


def symmetric(rng: np.random.Generator) -> dict[str, Array]:
    """Voters on both sides of 0 alike, labels exchanged: the intercept is 0 at every step."""
    x = np.append(rng.uniform(0.2, 0.6), np.sort(rng.uniform(0.8, 2.5, 4))).round(2)
    order = rng.permutation(10)
    X = np.column_stack([np.ones(10), np.append(x, -x)])
    return {"X": X[order], "y": np.array([0, 1, 1, 1, 1, 1, 0, 0, 0, 0])[order]}


SLOW_VOTERS = slow_at_the_end(np.random.default_rng(7))
NEAR_VOTERS = nearly_separated(np.random.default_rng(7))


def fresh_fits(rng: np.random.Generator) -> Iterator[Case]:
    yield from several_electorates(rng)
    yield Case(slow_at_the_end(rng), LAST_STEPS, 0.2)
    yield Case(nearly_separated(rng), MANY_STEPS, 0.1)
    yield Case(quickly_fitted(lambda: symmetric(rng)), STILL, 0.1)
    yield Case(with_bools(rng), FALSE_AND_TRUE, 0.15)
    yield Case(ones_alone(rng), ONES_ALONE, 0.1)
    yield Case(ones_alone(rng, 2, 9), ONES_ALONE, 0.1)
    yield Case(ones_alone(rng, 5, 5), ONES_ALONE, 0.1)
    yield Case(sensitive_to_the_start(rng), START_AT_0, 0.1)
    incomes = quickly_fitted(lambda: electorate(rng, 30, predictors=1))
    X = incomes["X"] * np.array([1.0, 9000.0])
    yield Case({"X": X, "y": incomes["y"]}, "a predictor in the tens of thousands", 0.1)


FIT_LOGISTIC = Check(
    fit_logistic,
    public=[
        Case(FOUR_VOTERS),
        Case(TABLE_VOTERS),
        Case(TWELVE_VOTERS),
        Case(SLOW_VOTERS, LAST_STEPS, 0.2),
        Case(NEAR_VOTERS, MANY_STEPS, 0.1),
    ],
    fresh=fresh_fits,
    misconceptions=[
        *wrong(coef_labels_swapped, coef_odds_ratios, coef_log10_odds, coef_marginal_effects, credit=0.4),
        *wrong(coef_no_intercept, coef_ols, coef_probit, coef_one_newton_step, credit=0.3),
        *wrong(coef_two_newton_steps, coef_three_newton_steps, coef_gradient_descent_1000, credit=0.5),
        # right on typical cases: they lose the cost of the claims
        *wrong(coef_stopped_early, coef_eight_newton_steps, credit=0.5),
        *wrong(coef_sklearn_default_l2, coef_ridge_incl_intercept, credit=0.4),
        *wrong(coef_intercept_last, credit=0.6),
        Misconception(coef_standardised, credit=0.6, kind="convention"),
        Misconception(coef_centred_intercept, credit=0.6, kind="convention"),
    ],
    atol=1e-6,  # a coefficient near 0 from a method that follows the gradient
)

# ---------------------------------------------------------------- 7 fit, then predict: which label is 1


def fitted_probabilities(X: Array, y: Array) -> Array:
    """Each row's probability of y = 1 at the maximum likelihood estimate, by the reference."""
    return predict_probability(X, fit_logistic(X, y))


def fitted_odds(X: Array, y: Array) -> Array:
    """These are fitted odds, which may pass 1. A probability is odds / (1 + odds)."""
    return prob_odds(X, fit_logistic(X, y))


def fitted_log_odds(X: Array, y: Array) -> Array:
    """These are fitted log-odds. Put them through your sigmoid, or call predict_probability."""
    return prob_log_odds(X, fit_logistic(X, y))


def fitted_classes(X: Array, y: Array) -> Array:
    """You return predicted classes, 0 or 1. The probability was asked for."""
    return prob_classes(X, fit_logistic(X, y))


def fitted_complement(X: Array, y: Array) -> Array:
    """This is the fitted probability of a 0. Either the labels were swapped before the fit or the sign after
    it."""
    return prob_complement(X, fit_logistic(X, y))


def fitted_ols_fit(X: Array, y: Array) -> Array:
    """These are fitted values of a straight line through zeros and ones; they leave the range from 0 to 1. Fit
    the logistic model."""
    return X @ coef_ols(X, y)


def fitted_exp(X: Array, y: Array) -> Array:
    """You return exp(eta) / (1 + exp(-eta)); the two signs must agree."""
    return prob_exp(X, fit_logistic(X, y))


def fitted_share(X: Array, y: Array) -> Array:
    """Everybody got the overall share of ones: the predictors were not used."""
    return np.full(len(y), np.mean(y))


def fitted_one_step(X: Array, y: Array) -> Array:
    """These probabilities come from coefficients after a single Newton step; fit to convergence first."""
    return predict_probability(X, newton_steps(X, y, 1))


def far_voters(rng: np.random.Generator) -> dict[str, Array]:
    """Two voters lie far out, on the sides that their labels say: one has a small probability, one nearly 1."""
    while True:
        data = electorate(rng, 14, predictors=1)
        X, y = np.vstack([data["X"], [[1, -6], [1, 8]]]), np.append(data["y"], [0, 1])
        if np.all(np.abs(X[-2:] @ estimate(X, y)) > 7.5):
            return {"X": X, "y": y}


def fresh_fitted(rng: np.random.Generator) -> Iterator[Case]:
    yield from several_electorates(rng)
    yield Case(far_voters(rng))
    data = electorate(rng, 18, predictors=1)
    yield Case(
        {"X": data["X"], "y": 1 - data["y"]}, "labels exchanged: every probability becomes its complement", 0.2
    )


FITTED_PROBABILITIES = Check(
    fitted_probabilities,
    public=[Case(FOUR_VOTERS), Case(TABLE_VOTERS), Case(TWELVE_VOTERS)],
    fresh=fresh_fitted,
    misconceptions=[
        *wrong(fitted_odds, fitted_log_odds, fitted_complement, fitted_exp, fitted_one_step, credit=0.4),
        *wrong(fitted_classes, fitted_ols_fit, credit=0.2),
        *wrong(fitted_share),
    ],
)

# ---------------------------------------------------------------- 8 standard errors


def standard_errors(X: Array, y: Array) -> Array:
    """Square roots of the diagonal of the inverse information at the estimate, by the reference."""
    return reference_fit(X, y).se


def _information_at_fit(X: Array, y: Array) -> Array:
    return information(X, fit_logistic(X, y))


def se_no_sqrt(X: Array, y: Array) -> Array:
    """These are the variances of the coefficients; a standard error is the square root."""
    return standard_errors(X, y) ** 2


def se_not_inverted(X: Array, y: Array) -> Array:
    """You took the root of the information itself. Much information means a small error: invert the matrix
    first."""
    return np.sqrt(np.diag(_information_at_fit(X, y)))


def se_diag_inverse(X: Array, y: Array) -> Array:
    """The diagonal was inverted number by number. Invert the whole matrix, then take its diagonal."""
    return 1 / se_not_inverted(X, y)


def se_ols_se(X: Array, y: Array) -> Array:
    """These are standard errors of a least-squares fit to zeros and ones. Use the information of the logistic
    model."""
    return reference_impl.fit_linear(X, y * 1.0).se


def se_sigma_scaled(X: Array, y: Array) -> Array:
    """The errors were multiplied by a residual standard deviation. A 0/1 outcome has no sigma of its own: its
    variance p(1 - p) is in the weights already."""
    residuals = y - fitted_probabilities(X, y)
    return standard_errors(X, y) * math.sqrt(float(residuals @ residuals) / (len(y) - X.shape[1]))


def se_no_weights(X: Array, y: Array) -> Array:
    """The weights p(1 - p) are missing from X'WX."""
    return np.sqrt(np.diag(np.linalg.inv(information_no_weights(X, fit_logistic(X, y)))))


def se_divided_sqrt_n(X: Array, y: Array) -> Array:
    """There is one division by the root of n too many: the information has grown with every voter already."""
    return standard_errors(X, y) / math.sqrt(len(y))


def se_W_sqrt(X: Array, y: Array) -> Array:
    """The weights are square roots of p(1 - p); X'WX needs p(1 - p) itself."""
    return np.sqrt(np.diag(np.linalg.inv(information_sqrt_weights(X, fit_logistic(X, y)))))


def se_at_zero(X: Array, y: Array) -> Array:
    """The information was taken at coefficients of 0, where Newton's method starts. Take it at the final
    estimate."""
    return 2 * se_no_weights(X, y)


def se_exponentiated(X: Array, y: Array) -> Array:
    """The standard errors were put through the exponential function. They belong to the log-odds scale; only
    limits are exponentiated, and later."""
    return np.exp(standard_errors(X, y))


def se_robust(X: Array, y: Array) -> Array:
    """These are robust (sandwich) standard errors, HC0. They have their place when the model may be wrong; this
    exercise asks for those of the model, from the information alone."""
    coef = fit_logistic(X, y)
    bread = np.linalg.inv(information(X, coef))
    residuals = y - predict_probability(X, coef)
    return np.sqrt(np.diag(bread @ weighted(X, residuals**2) @ bread))


def se_robust_HC1(X: Array, y: Array) -> Array:
    """These are robust (sandwich) standard errors, HC1. They have their place when the model may be wrong; this
    exercise asks for those of the model, from the information alone."""
    return se_robust(X, y) * math.sqrt(len(y) / (len(y) - X.shape[1]))


LARGE_UNIT = "a predictor in a large unit: all its numbers are small"


def fresh_standard_errors(rng: np.random.Generator) -> Iterator[Case]:
    yield from several_electorates(rng)
    yield Case(ones_alone(rng), "a column of ones alone: 1 / sqrt(n p (1 - p))", 0.1)
    small = quickly_fitted(lambda: electorate(rng, 16, predictors=1))
    yield Case({**small, "X": small["X"] * np.array([1.0, 0.005])}, LARGE_UNIT, 0.1)


STANDARD_ERRORS = Check(
    standard_errors,
    public=[Case(FOUR_VOTERS), Case(TABLE_VOTERS), Case(TWELVE_VOTERS)],
    fresh=fresh_standard_errors,
    misconceptions=[
        *wrong(se_no_sqrt, se_sigma_scaled, se_divided_sqrt_n, se_at_zero, se_exponentiated, credit=0.4),
        *wrong(se_not_inverted, se_diag_inverse, se_ols_se, se_no_weights, se_W_sqrt, credit=0.3),
        Misconception(se_robust, credit=0.6, kind="convention"),
        Misconception(se_robust_HC1, credit=0.6, kind="convention"),
    ],
)

# ---------------------------------------------------------------- 9 odds ratios


def _ratios(X: Array, y: Array, multiplier: float) -> Ratios:
    fit = reference_impl.odds_ratios(reference_fit(X, y), z=multiplier)
    return fit.estimate, fit.lower, fit.upper


def odds_ratios(X: Array, y: Array) -> Ratios:
    """Odds ratios with the exponentials of the coefficient's limits, by the reference."""
    return _ratios(X, y, 1.96)


def or_not_exponentiated(X: Array, y: Array) -> Ratios:
    """These are coefficients with their limits, on the log-odds scale. Take the exponential of all three."""
    estimate, lower, upper = map(np.log, odds_ratios(X, y))
    return estimate, lower, upper


def or_symmetric(X: Array, y: Array) -> Ratios:
    """The interval was built symmetrically around the odds ratio, with exp(b) times the standard error. Such
    limits can fall below 0. Build the interval for the coefficient and exponentiate its limits."""
    estimate, half = odds_ratios(X, y)[0], 1.96 * standard_errors(X, y)
    return estimate, estimate * (1 - half), estimate * (1 + half)


def or_exp_of_se(X: Array, y: Array) -> Ratios:
    """The standard error was exponentiated by itself. Exponentiate the limits of the coefficient, not its
    error."""
    estimate, half = odds_ratios(X, y)[0], 1.96 * np.exp(standard_errors(X, y))
    return estimate, estimate - half, estimate + half


def or_se_not_scaled(X: Array, y: Array) -> Ratios:
    """The standard error of the coefficient was used as if it were that of the odds ratio: two different scales.
    Exponentiate the limits of the coefficient."""
    estimate, half = odds_ratios(X, y)[0], 1.96 * standard_errors(X, y)
    return estimate, estimate - half, estimate + half


def or_only_estimate_exponentiated(X: Array, y: Array) -> Ratios:
    """The estimate is an odds ratio but its limits are still on the log-odds scale: exponentiate them too."""
    return odds_ratios(X, y)[0], *or_not_exponentiated(X, y)[1:]


def or_labels_swapped(X: Array, y: Array) -> Ratios:
    """The odds ratios are upside down, one over what they should be: the labels or a sign were swapped."""
    estimate, lower, upper = odds_ratios(X, y)
    return 1 / estimate, 1 / upper, 1 / lower


def or_percent(X: Array, y: Array) -> Ratios:
    """These are changes in percent, 100 (OR - 1). That is a good way to say it; the factors themselves were
    asked for."""
    estimate, lower, upper = (100 * (part - 1) for part in odds_ratios(X, y))
    return estimate, lower, upper


def or_probabilities(X: Array, y: Array) -> Ratios:
    """The coefficients were put through the sigmoid. An odds ratio is not a probability: use the exponential."""
    estimate, lower, upper = (part / (1 + part) for part in odds_ratios(X, y))
    return estimate, lower, upper


def or_one_se(X: Array, y: Array) -> Ratios:
    """The limits are one standard error away; for 95% multiply it by 1.96."""
    return _ratios(X, y, 1.0)


def or_z_1645(X: Array, y: Array) -> Ratios:
    """The multiplier 1.645 gives a 90% interval. For 95% use 1.96."""
    return _ratios(X, y, 1.645)


def or_z_2(X: Array, y: Array) -> Ratios:
    """The multiplier is 2. Close, but this exercise asks for 1.96."""
    return _ratios(X, y, 2.0)


def or_z_exact(X: Array, y: Array) -> Ratios:
    """You used the exact normal quantile 1.959964 where the course writes 1.96: accepted."""
    return _ratios(X, y, EXACT_Z)


def or_limits_first(X: Array, y: Array) -> Ratios:
    """The right numbers in another order; return (estimate, lower, upper)."""
    estimate, lower, upper = odds_ratios(X, y)
    return lower, estimate, upper


def or_student_t(X: Array, y: Array) -> Ratios:
    """You used the quantile of Student's t with n - p degrees of freedom. A 0/1 outcome has no sigma that would
    have to be estimated, so the normal quantile is usual here; this exercise asks for 1.96 throughout the course.
    """
    n, p = X.shape
    return _ratios(X, y, student_t_quantile(n - p))


def or_row_per_coefficient(X: Array, y: Array) -> Array:
    """The numbers are right, but you returned one row per coefficient. Return three arrays: all estimates, all
    lower limits, all upper limits."""
    return np.column_stack(odds_ratios(X, y))


def fresh_ratios(rng: np.random.Generator) -> Iterator[Case]:
    yield from several_electorates(rng)
    yield Case(slow_at_the_end(rng), LAST_STEPS, 0.2)
    narrow = slow_at_the_end(rng)  # the predictor in a unit five times as large
    yield Case({**narrow, "X": narrow["X"] * np.array([1.0, 0.2])}, LARGE_RATIO, 0.1)


LARGE_RATIO = "a predictor in a large unit: odds ratios far from 1 are not cut off"

ODDS_RATIOS = Check(
    odds_ratios,
    public=[
        Case(FOUR_VOTERS),
        Case(TABLE_VOTERS),
        Case(TWELVE_VOTERS),
        Case(SLOW_VOTERS, LAST_STEPS, 0.2),
    ],
    fresh=fresh_ratios,
    misconceptions=[
        *wrong(or_not_exponentiated, or_probabilities, or_labels_swapped, or_percent, credit=0.3),
        *wrong(or_symmetric, or_exp_of_se, or_se_not_scaled, or_only_estimate_exponentiated, credit=0.5),
        *wrong(or_one_se, or_z_1645, or_limits_first, credit=0.5),
        *wrong(or_z_2, or_row_per_coefficient, credit=0.8),
        Misconception(or_student_t, credit=0.8, kind="convention"),
        Misconception(or_z_exact, credit=1.0, kind="convention"),
    ],
    # The default rtol, as for the fit: 1.96 and 1.959964 differ by 4e-5 standard errors, and both pass.
    parts=("estimate", "lower", "upper"),
)

# ---------------------------------------------------------------- 10 separation


def margins(X: Array, y: Array, coef: Array) -> Array:
    """How far each voter lies on its own side: positive where the sign of the log-odds fits the label."""
    return (2 * (y * 1) - 1) * (X @ coef)


def separates(X: Array, y: Array, coef: Array) -> bool:
    """Whether these coefficients prove complete separation: min (2 y - 1) x'b > 0."""
    return bool(np.min(margins(X, y, coef)) > 0)


def separates_always(X: Array, y: Array, coef: Array) -> bool:
    """You answered True also where the coefficients separate nothing: compare every voter's label with the sign of
    its log-odds."""
    return True


def separates_never(X: Array, y: Array, coef: Array) -> bool:
    """You answered False also where the coefficients get every single voter right, and then no finite maximum
    exists."""
    return False


def separates_some_voter(X: Array, y: Array, coef: Array) -> bool:
    """You answer True as soon as one voter is on the right side. Every single one has to be: use all, not any."""
    return bool(np.any(margins(X, y, coef) > 0))


def separates_most_voters(X: Array, y: Array, coef: Array) -> bool:
    """You answer True when most voters are on the right side. One voter on the wrong side is enough for these
    coefficients to prove nothing."""
    return bool(np.mean(margins(X, y, coef) > 0) > 0.5)


def separates_on_average(X: Array, y: Array, coef: Array) -> bool:
    """You look at the sum over all voters. A few that are far on the right side can hide one on the wrong
    side: look at the smallest."""
    return bool(np.sum(margins(X, y, coef)) > 0)


def separates_ones_only(X: Array, y: Array, coef: Array) -> bool:
    """You check only the voters with y = 1. Those with y = 0 must have negative log-odds."""
    return bool(np.all(margins(X, y, coef)[y == 1] > 0))


def separates_zeros_only(X: Array, y: Array, coef: Array) -> bool:
    """You check only the voters with y = 0. Those with y = 1 must have positive log-odds."""
    return bool(np.all(margins(X, y, coef)[y == 0] > 0))


def separates_labels_not_recoded(X: Array, y: Array, coef: Array) -> bool:
    """You answer False wherever some label is 0: multiplied by 0 nothing is positive, and no sign equals 0. Turn
    the labels 0 and 1 into -1 and 1 first: 2 y - 1."""
    return bool(np.all(y * (X @ coef) > 0))


def separates_labels_swapped(X: Array, y: Array, coef: Array) -> bool:
    """The direction is turned round: voters with y = 1 must have positive log-odds, those with y = 0 negative
    ones."""
    return bool(np.all(margins(X, y, coef) < 0))


def separates_either_way(X: Array, y: Array, coef: Array) -> bool:
    """You also answer True when every voter is on the wrong side. Then minus these coefficients separate, but
    the question is about the ones given."""
    return separates(X, y, coef) or separates_labels_swapped(X, y, coef)


def separates_large_coefficients(X: Array, y: Array, coef: Array) -> bool:
    """You go by the size of the coefficients. That depends on the unit of the predictor; go by whether every
    voter is on the right side."""
    return bool(np.max(np.abs(coef)) > 10)


def separates_extreme_probability(X: Array, y: Array, coef: Array) -> bool:
    """You look for a probability that is practically 0 or 1. One voter can be that extreme in data with a
    perfectly good fit; check the side of every voter instead."""
    return bool(np.any(_variance(X, coef) < 1e-13))


def separates_without_labels(X: Array, y: Array, coef: Array) -> bool:
    """You answer True wherever all log-odds are positive, whatever the labels. Those of voters with y = 0 must be
    negative."""
    return bool(np.all(X @ coef > 0))


def separates_without_intercept(X: Array, y: Array, coef: Array) -> bool:
    """Your answers are those of log-odds without the intercept: use all columns of X."""
    return separates(X[:, 1:], y, coef[1:])


def separates_ties_too(X: Array, y: Array, coef: Array) -> bool:
    """You let log-odds of exactly 0 pass. Such a voter lies on the border; complete separation needs every one
    strictly on its own side."""
    return bool(np.all(margins(X, y, coef) >= 0))


def separates_ties_of_zeros_too(X: Array, y: Array, coef: Array) -> bool:
    """You compare predicted classes with the labels, and a probability of exactly one half goes as a 0. Such a
    voter lies on the border; complete separation needs every one strictly on its own side."""
    return bool(np.all((X @ coef > 0) == (y == 1)))


TIED_ONE = "a voter with y = 1 exactly on the border: not complete separation"
TIED_ZERO = "a voter with y = 0 exactly on the border: not complete separation"


def _line(x: list[float], y: list[int], coef: list[float]) -> dict[str, Array]:
    return {"X": np.column_stack([np.ones(len(x)), x]), "y": np.array(y), "coef": np.array(coef)}


def separation_stories(shift: float, scale: float) -> Iterator[Case]:
    """Voters on a line, moved by `shift` and stretched by `scale`, with coefficients that do and do not
    separate."""

    def story(x: list[float], y: list[int], intercept: float, slope: float) -> Case:
        moved = [shift + scale * value for value in x]
        return Case(_line(moved, y, [intercept - slope / scale * shift, slope / scale]))

    x = [0.5, 1.0, 1.5, 3.5, 4.0, 6.0]
    yield story(x, [0, 0, 0, 1, 1, 1], -2.5, 1.0)  # separated
    yield story(x, [0, 0, 1, 0, 1, 1], -2.5, 1.0)  # one of each on the wrong side
    yield story(x, [0, 0, 0, 1, 1, 1], -3.75, 1.0)  # separable, but not by these: a 1 on the wrong side
    yield story(x, [0, 0, 0, 1, 1, 1], -1.25, 1.0)  # separable, but not by these: a 0 on the wrong side
    yield story(x, [0, 0, 0, 1, 1, 1], 2.5, -1.0)  # all on the wrong side
    yield story(x, [0, 0, 0, 0, 0, 1], -0.005, 0.001)  # separated by small coefficients
    yield story(x, [0, 0, 0, 1, 1, 1], -2.5e-10, 1e-10)  # and by tiny ones
    yield story(x, [0, 0, 0, 1, 1, 1], -250.0, 100.0)  # separated by huge ones
    yield story(x, [0, 0, 0, 1, 1, 1], -370.0, 100.0)  # huge ones, one on the wrong side
    yield story(x, [1, 1, 1, 1, 1, 1], 2.5, 1.0)  # everybody a 1
    yield story(x, [0, 0, 0, 0, 0, 0], -9.5, 1.0)  # everybody a 0
    yield story(x, [0, 0, 0, 0, 0, 0], 2.5, 1.0)  # everybody a 0, and on the wrong side
    yield story(x, [1, 1, 1, 1, 1, 0], -7.0, 1.0)  # one voter right, all others wrong
    far = [0.5, 1.0, 1.5, 3.5, 4.0, 40.0]
    yield story(far, [0, 0, 0, 1, 1, 0], -2.5, 1.0)  # most right, and one very wrong
    yield story(far, [1, 1, 1, 0, 0, 1], -2.5, 1.0)  # most wrong, and one very right
    yield story(x, [1, 0, 0, 1, 1, 1], -2.5, 1.0)  # the first one wrong, all others right
    yield story([2001.0, 2002.0, 2004.0, 2005.0], [0, 1, 1, 1], -2003.0, 1.0)  # a huge intercept, one wrong
    yield story([-6.0, -5.0, 5.0, 6.0], [0, 0, 1, 1], 20.0, 1.0)  # separated if the intercept were 0


def tied(label: int, claim: str) -> Case:
    """Separated but for one voter on the border; numbers that binary fractions hold exactly."""
    return Case(_line([0.5, 1.0, 2.5, 4.0, 4.5], [0, 0, label, 1, 1], [-2.5, 1.0]), claim, 0.2)


def near_the_border(distance: float) -> Case:
    """Separated, but not once predictors are rounded to one decimal."""
    return Case(_line([0.5, 1.0, 2.5 - distance, 2.5 + distance, 4.0], [0, 0, 0, 1, 1], [-2.5, 1.0]))


def fresh_separations(rng: np.random.Generator) -> Iterator[Case]:
    yield from separation_stories(round(rng.uniform(-1, 1), 2), round(rng.uniform(0.5, 2), 2))
    yield near_the_border(round(rng.uniform(0.01, 0.04), 3))
    for _ in range(4):  # with two predictors, separated and then with one label changed
        X = np.column_stack([np.ones(12), rng.normal(0.5, 1, 12).round(2), rng.uniform(-2, 3, 12).round(2)])
        coef = rng.normal(0, 2, 3).round(1)
        if np.min(np.abs(X @ coef)) < 1e-6:
            continue
        y = (X @ coef > 0).astype(int)
        yield Case({"X": X, "y": y, "coef": coef})
        changed = y.copy()
        changed[rng.integers(12)] ^= 1
        yield Case({"X": X, "y": changed, "coef": coef})
    yield tied(1, TIED_ONE)
    yield tied(0, TIED_ZERO)
    separated = _line([0.0, 1.0, 3.0], [0, 0, 1], [-2.0, 1.0])
    yield Case({**separated, "y": separated["y"] == 1}, FALSE_AND_TRUE, 0.15)


SEPARATES = Check(
    separates,
    public=[*separation_stories(0.0, 1.0), near_the_border(0.02), tied(1, TIED_ONE), tied(0, TIED_ZERO)],
    fresh=fresh_separations,
    misconceptions=[
        *wrong(separates_always, separates_never),
        *wrong(
            separates_some_voter,
            separates_most_voters,
            separates_on_average,
            separates_large_coefficients,
            separates_extreme_probability,
            credit=0.2,
        ),
        *wrong(
            separates_ones_only,
            separates_zeros_only,
            separates_labels_not_recoded,
            separates_labels_swapped,
            separates_without_intercept,
            separates_without_labels,
            credit=0.4,
        ),
        *wrong(separates_either_way, separates_ties_too, separates_ties_of_zeros_too, credit=0.5),
    ],
)

CHECKS = (
    LOG_ODDS,
    SIGMOID,
    PREDICT_PROBABILITY,
    LOG_LIKELIHOOD,
    SCORE,
    INFORMATION,
    FIT_LOGISTIC,
    FITTED_PROBABILITIES,
    STANDARD_ERRORS,
    ODDS_RATIOS,
    SEPARATES,
)
