"""Exponential-family pieces of a generalised linear model, in forms that hold in the tails.

Each family gives, at a linear predictor eta, the log-likelihood l of every observation and its derivatives:
the score dl/deta, the curvature -d2l/deta2 that Newton's method needs, and the expected curvature that
standard errors use. For the canonical links of this module the two curvatures coincide.
"""

from __future__ import annotations

import math
from typing import NamedTuple, Protocol

import numpy as np

from reference_impl.errors import InputError
from reference_impl.validation import FloatArray

_LOG_SQRT_2PI = 0.5 * math.log(2.0 * math.pi)
_SQRT2 = math.sqrt(2.0)
_erfc = np.frompyfunc(math.erfc, 1, 1)
_lgamma = np.frompyfunc(math.lgamma, 1, 1)


def log_factorial(counts: FloatArray) -> FloatArray:
    """log(k!) elementwise, each distinct value once."""
    distinct, position = np.unique(counts, return_inverse=True)
    return np.asarray(_lgamma(distinct + 1.0), dtype=np.float64)[position.reshape(counts.shape)]


def saturated_poisson(counts: FloatArray) -> FloatArray:
    """Log-probability of each count under its own mean, y log y - y - log(y!), without cancellation."""
    y = np.maximum(counts, 1.0)
    small = y * np.log(y) - y - log_factorial(np.minimum(y, 15.0))
    with np.errstate(under="ignore"):
        u = (1.0 / y) ** 2
    stirling = (1.0 / 12.0 - u * (1.0 / 360.0 - u * (1.0 / 1260.0 - u / 1680.0))) / y
    large = -0.5 * np.log(2.0 * math.pi * y) - stirling
    return np.where(counts == 0, 0.0, np.where(y <= 15.0, small, large))


class Pieces(NamedTuple):
    """Value and derivatives at eta, per observation and unweighted."""

    log_likelihood: FloatArray
    score: FloatArray
    curvature: FloatArray


class Family(Protocol):
    """What the fitting engine asks of a family."""

    name: str

    def check_response(self, y: FloatArray, weights: FloatArray | None) -> None:
        """Raise `InputError` if the response is not one of this family."""

    def start(self, y: FloatArray) -> FloatArray | None:
        """Linear predictor to start from, or None for coefficients of 0."""

    def pieces(self, eta: FloatArray, y: FloatArray) -> Pieces:
        """Log-likelihood without constants, score and curvature at eta."""

    def expected_curvature(self, eta: FloatArray) -> FloatArray:
        """Fisher information per observation at eta."""

    def constant(self, y: FloatArray, weights: FloatArray | None) -> float:
        """The part of the log-likelihood that does not depend on eta."""


def _require_binary(y: FloatArray, weights: FloatArray | None) -> None:
    if weights is None:
        bad = np.flatnonzero((y != 0) & (y != 1))
        if bad.size:
            raise InputError(
                f"y must be 0 or 1; found {y[bad[0]]:g} at position {bad[0]}. Recode the labels (which one is 1 "
                "is your choice; write it down), or for proportions pass weights = number of trials"
            )
        return
    bad = np.flatnonzero(~((y >= 0) & (y <= 1)))
    if bad.size:
        raise InputError(f"y must be 0, 1 or a proportion; found {y[bad[0]]:g} at position {bad[0]}")
    successes = y * weights
    whole = (np.abs(successes - np.round(successes)) <= 1e-6) & (np.abs(weights - np.round(weights)) <= 1e-6)
    bad = np.flatnonzero((y > 0) & (y < 1) & ~whole)
    if bad.size:
        raise InputError(
            f"y * weights must be a count; at position {bad[0]} it is {successes[bad[0]]:g} of "
            f"{weights[bad[0]]:g} trials. For a proportion, weights is its number of trials"
        )


class Bernoulli:
    """Logit link: log-odds are linear. y is 0 or 1, or a proportion of `weights` trials."""

    name = "bernoulli"

    def check_response(self, y: FloatArray, weights: FloatArray | None) -> None:
        """Raise unless y is an outcome of this family."""
        _require_binary(y, weights)

    def start(self, y: FloatArray) -> FloatArray | None:
        """See `Family`."""
        return None

    def pieces(self, eta: FloatArray, y: FloatArray) -> Pieces:
        r"""See `Family`.

        .. math:: \ell = y\eta - \log(1 + e^\eta), \quad \ell' = y - \pi, \quad -\ell'' = \pi(1 - \pi)
        """
        decay = np.exp(-np.abs(eta))
        total = 1.0 + decay
        probability = np.where(eta >= 0, 1.0, decay) / total
        log_likelihood = y * eta - np.maximum(eta, 0.0) - np.log1p(decay)
        return Pieces(log_likelihood, y - probability, decay / (total * total))

    def expected_curvature(self, eta: FloatArray) -> FloatArray:
        """See `Family`."""
        decay = np.exp(-np.abs(eta))
        return decay / (1.0 + decay) ** 2

    def constant(self, y: FloatArray, weights: FloatArray | None) -> float:
        """See `Family`."""
        return 0.0


class Binomial(Bernoulli):
    """The same model for counts: the log-likelihood counts the orders in which successes may come."""

    name = "binomial"

    def constant(self, y: FloatArray, weights: FloatArray | None) -> float:
        """See `Family`."""
        if weights is None:
            return 0.0
        mixed = (y > 0) & (y < 1)
        trials, successes = np.round(weights[mixed]), np.round((y * weights)[mixed])
        ways = log_factorial(trials) - log_factorial(successes) - log_factorial(trials - successes)
        return float(np.sum(ways))


def normal_distribution(eta: FloatArray) -> FloatArray:
    """Standard normal distribution function, accurate relative to its size down to eta = -37."""
    return 0.5 * np.asarray(_erfc(-eta / _SQRT2), dtype=np.float64)


def _tail(u: FloatArray) -> FloatArray:
    """Tail series t with phi/Phi = |eta| / (1 - u t), u = 1/eta^2; at eta = -37 what is left out is 1e-15."""
    return 1.0 - 3.0 * u * (1.0 - 5.0 * u * (1.0 - 7.0 * u * (1.0 - 9.0 * u)))


def mills_excess(eta: FloatArray, ratio: FloatArray) -> FloatArray:
    """phi/Phi + eta without cancellation in the lower tail, where it is about 1/|eta|."""
    far = eta < -37.0
    size = np.where(far, -eta, 37.0)
    tail = _tail(1.0 / (size * size))
    return np.where(far, tail / size / (1.0 - tail / size / size), ratio + eta)


def inverse_mills(eta: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Normal density over distribution function, phi/Phi, and log Phi, for any eta."""
    far = eta < -37.0  # erfc underflows just beyond
    near = np.where(far, 0.0, eta)
    u = 1.0 / np.where(far, eta, -37.0) ** 2
    series = 1.0 - u * _tail(u)
    with np.errstate(under="ignore"):
        density = np.exp(-0.5 * near * near - _LOG_SQRT_2PI)
        ratio = np.where(far, np.abs(eta) / series, density / normal_distribution(near))
        upper_tail = normal_distribution(-np.maximum(near, 0.0))
        log_near = np.where(near > 0, np.log1p(-upper_tail), np.log(normal_distribution(np.minimum(near, 0.0))))
        log_far = -0.5 * eta * eta - _LOG_SQRT_2PI - np.log(ratio, where=far, out=np.zeros_like(ratio))
    return ratio, np.where(far, log_far, log_near)


class Probit:
    """Normal-quantile link, not canonical. y is 0 or 1, or a proportion of `weights` trials."""

    name = "probit"

    def check_response(self, y: FloatArray, weights: FloatArray | None) -> None:
        """Raise unless y is an outcome of this family."""
        _require_binary(y, weights)

    def start(self, y: FloatArray) -> FloatArray | None:
        """See `Family`."""
        return None

    def pieces(self, eta: FloatArray, y: FloatArray) -> Pieces:
        """See `Family`."""
        up, log_up = inverse_mills(eta)
        down, log_down = inverse_mills(-eta)
        score = y * up - (1.0 - y) * down
        curvature = y * up * mills_excess(eta, up) + (1.0 - y) * down * mills_excess(-eta, down)
        return Pieces(y * log_up + (1.0 - y) * log_down, score, curvature)

    def expected_curvature(self, eta: FloatArray) -> FloatArray:
        """See `Family`."""
        with np.errstate(under="ignore"):
            return inverse_mills(eta)[0] * inverse_mills(-eta)[0]

    def constant(self, y: FloatArray, weights: FloatArray | None) -> float:
        """See `Family`."""
        return Binomial().constant(y, weights)


class Poisson:
    """Log link: log expected counts are linear. y is a count.

    The log-likelihood is minus half the deviance plus a constant, so that large counts do not cancel.
    """

    name = "poisson"

    def check_response(self, y: FloatArray, weights: FloatArray | None) -> None:
        """Raise unless y is an outcome of this family."""
        bad = np.flatnonzero((y < 0) | (y != np.floor(y)))
        if bad.size:
            raise InputError(f"y must be counts 0, 1, 2, ...; found {y[bad[0]]:g} at position {bad[0]}")

    def start(self, y: FloatArray) -> FloatArray | None:
        """See `Family`."""
        return np.log(y + 0.1)

    def pieces(self, eta: FloatArray, y: FloatArray) -> Pieces:
        """See `Family`."""
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # a step too far is halved
            mean = np.exp(eta)
            excess = (y - mean) / mean
            # Near the mean log y - eta would cancel; far from it excess is -1, or infinite, to the last digit.
            log_ratio = np.where(np.abs(excess) < 0.5, np.log1p(excess), np.log(y) - eta)
            unit_deviance = np.where(y > 0, y * log_ratio - (y - mean), mean)
        return Pieces(-unit_deviance, y - mean, mean)

    def expected_curvature(self, eta: FloatArray) -> FloatArray:
        """See `Family`."""
        return np.exp(eta)

    def constant(self, y: FloatArray, weights: FloatArray | None) -> float:
        """See `Family`."""
        terms = saturated_poisson(y)
        return float(np.sum(terms if weights is None else weights * terms))


FAMILIES: dict[str, Family] = {family.name: family for family in (Bernoulli(), Binomial(), Probit(), Poisson())}
