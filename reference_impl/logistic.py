"""Logistic regression: odds and log-odds, the likelihood, the fit, and how to read it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from reference_impl.errors import InputError
from reference_impl.families import Bernoulli, inverse_mills
from reference_impl.glm import GLMFit, _data, maximum_likelihood
from reference_impl.validation import (
    FloatArray,
    as_critical_value,
    as_design,
    as_floats,
    as_vector,
    require_finite,
)


@dataclass(frozen=True)
class LogisticFit:
    """A fitted logistic regression.

    Attributes
    ----------
    coef, se : ndarray of shape (p,)
        Coefficients in log-odds per unit of the column, and standard errors sqrt(diag((X'WX)^-1)) at the
        final coefficients.
    log_likelihood : float
        At the maximum, one Bernoulli term per trial.
    n_iter : int
        Newton steps on the full data.
    converged : bool
        Always True: a fit that does not converge raises.
    """

    coef: FloatArray
    se: FloatArray
    log_likelihood: float
    n_iter: int
    converged: bool


@dataclass(frozen=True)
class OddsRatios:
    """Odds ratios with their intervals.

    Attributes
    ----------
    estimate, lower, upper : ndarray of shape (p,)
        Factor by which the odds change per unit of the column, others held fixed. The limits are the
        exponentials of the coefficient's limits, so the interval is not symmetric.
    """

    estimate: FloatArray
    lower: FloatArray
    upper: FloatArray


def sigmoid(eta: ArrayLike) -> FloatArray:
    r"""Probability from log-odds.

    .. math:: \sigma(\eta) = \frac{1}{1 + e^{-\eta}} = \frac{e^{\min(\eta, 0)}}{1 + e^{-|\eta|}}

    Parameters
    ----------
    eta : array_like
        Log-odds of any shape; infinite values give 0 and 1.

    Returns
    -------
    ndarray of the same shape

    Raises
    ------
    InputError, MissingValueError
        If a value is not a number.
    """
    values = as_floats(eta, "eta", allow_inf=True)
    with np.errstate(under="ignore"):
        decay = np.exp(-np.abs(values))
        return np.asarray(np.where(values >= 0, 1.0, decay) / (1.0 + decay))[()]


def logit(probability: ArrayLike) -> FloatArray:
    r"""Log-odds from a probability.

    .. math:: \log\frac{p}{1 - p} = \log p - \log(1 - p) = 2\,\mathrm{artanh}(2p - 1)

    Parameters
    ----------
    probability : array_like
        Values from 0 to 1, of any shape; 0 and 1 give -inf and inf.

    Returns
    -------
    ndarray of the same shape

    Raises
    ------
    InputError, MissingValueError
        If a value is not a number from 0 to 1.
    """
    p = as_floats(probability, "probability")
    if not np.all((p >= 0) & (p <= 1)):
        bad = p[~((p >= 0) & (p <= 1))].ravel()[0]
        raise InputError(f"a probability lies between 0 and 1; found {bad:g}. Odds and percentages need dividing")
    central = np.abs(p - 0.5) < 0.25  # where log p - log(1 - p) would cancel
    with np.errstate(divide="ignore"):
        outer = np.log(p) - np.log1p(-p)
    return np.asarray(np.where(central, 2.0 * np.arctanh(np.where(central, 2.0 * p - 1.0, 0.0)), outer))[()]


def _linear_predictor(X: FloatArray, coef: FloatArray) -> FloatArray:
    if X.shape[1] != coef.size:
        raise InputError(
            f"X has {X.shape[1]} column(s) but there are {coef.size} coefficient(s); "
            "X must be built as for the fit, the column of ones included"
        )
    with np.errstate(over="ignore", invalid="ignore"):
        eta: FloatArray = X @ coef
    require_finite(eta, "X times the coefficients is", "use larger units for the columns of X")
    return eta


def log_likelihood(X: ArrayLike, y: ArrayLike, coef: ArrayLike, *, weights: ArrayLike | None = None) -> float:
    r"""Log-likelihood of a logistic regression at any coefficients.

    .. math:: \log L(\beta) = \sum_i \left[ y_i \eta_i - \log(1 + e^{\eta_i}) \right], \quad \eta = X\beta

    With `weights` each term counts that often.

    Parameters
    ----------
    X : array_like of shape (n, p)
        Design matrix with its own column of ones.
    y : array_like of shape (n,)
        0 or 1; or proportions, with `weights` the numbers of trials.
    coef : array_like of shape (p,)
        Coefficients in log-odds.
    weights : array_like of shape (n,), optional
        How often each row was observed.

    Returns
    -------
    float
        Finite however large the linear predictor: log(1 - p) is never formed.

    Raises
    ------
    InputError, MissingValueError
        If shapes do not fit, a value is missing, or `y` is not binary.
    """
    design, response, _, weight = _data(X, y, None, weights)
    Bernoulli().check_response(response, weight)
    eta = _linear_predictor(design, as_vector(coef, "coef"))
    with np.errstate(under="ignore", over="ignore"):
        terms = Bernoulli().pieces(eta, response).log_likelihood
        total = np.sum(terms if weight is None else weight * terms)
    require_finite(np.asarray(total), "the log-likelihood is", "use larger units for the columns of X")
    return float(total)


def fit_logistic(X: ArrayLike, y: ArrayLike, *, weights: ArrayLike | None = None) -> LogisticFit:
    r"""Fit a logistic regression by Newton's method from coefficients of 0.

    .. math:: \log\frac{\pi_i}{1 - \pi_i} = x_i^T\beta, \qquad
              \beta \leftarrow \beta + (X^T W X)^{-1} X^T (y - \pi), \quad W_{ii} = \pi_i (1 - \pi_i)

    Parameters
    ----------
    X : array_like of shape (n, p)
        Design matrix with its own column of ones; see `design_matrix`. Leaving the ones out is allowed, and
        a choice.
    y : array_like of shape (n,)
        0/1 or False/True; or proportions, with `weights` the numbers of trials.
    weights : array_like of shape (n,), optional
        How often each row was observed, or the number of trials behind each proportion.

    Returns
    -------
    LogisticFit

    Raises
    ------
    SeparationError
        If no finite maximum exists: all `y` equal, complete or quasi-complete separation.
    RankDeficientError
        If columns of X are linearly dependent.
    InputError, MissingValueError
        If shapes do not fit, a value is missing, or `y` is not 0/1.

    References
    ----------
    McCullagh, Nelder (1989). Generalized Linear Models, 2nd ed., chapter 4.
    """
    design, response, _, weight = _data(X, y, None, weights)
    coef, se, best = maximum_likelihood(design, response, family=Bernoulli(), offset=None, weights=weight)
    return LogisticFit(coef, se, best.log_likelihood, best.n_iter, converged=True)


def predict_probability(fit: LogisticFit | GLMFit, X: ArrayLike) -> FloatArray:
    """Fitted probability that y = 1 for each row of X.

    Parameters
    ----------
    fit : LogisticFit or GLMFit
        From `fit_logistic`, or `fit_glm` with a binary family; an offset is not added.
    X : array_like of shape (n, p)
        Design matrix built as for the fit, the column of ones included.

    Returns
    -------
    ndarray of shape (n,)

    Raises
    ------
    InputError, MissingValueError
        If the number of columns differs, a value is missing, or the family has no probabilities.
    """
    family = fit.family if isinstance(fit, GLMFit) else "bernoulli"
    if family not in ("bernoulli", "binomial", "probit"):
        raise InputError(f"a {family} fit has no probabilities; only bernoulli, binomial and probit fits have")
    eta = _linear_predictor(as_design(X), fit.coef)
    if family == "probit":
        return np.asarray(np.exp(inverse_mills(eta)[1]))
    return sigmoid(eta)


def odds_ratios(fit: LogisticFit | GLMFit, *, z: float = 1.96) -> OddsRatios:
    r"""Odds ratios and their intervals from a logistic fit.

    .. math:: \widehat{OR}_k = e^{\hat\beta_k}, \qquad [e^{\hat\beta_k - z\,se_k},\; e^{\hat\beta_k + z\,se_k}]

    Parameters
    ----------
    fit : LogisticFit or GLMFit
        From `fit_logistic`, or `fit_glm` with family "bernoulli" or "binomial".
    z : float, default 1.96
        Normal quantile; the literal 1.96 for a 95% interval.

    Returns
    -------
    OddsRatios

    Raises
    ------
    InputError
        If `z` is not positive or the fit is not logistic.
    """
    quantile = as_critical_value(z)
    if isinstance(fit, GLMFit) and fit.family not in ("bernoulli", "binomial"):
        raise InputError(f"a {fit.family} fit has no odds ratios; only logistic fits have")
    with np.errstate(over="ignore", under="ignore"):
        return OddsRatios(
            estimate=np.exp(fit.coef),
            lower=np.exp(fit.coef - quantile * fit.se),
            upper=np.exp(fit.coef + quantile * fit.se),
        )
