"""Generalised linear models: one engine for linear, logistic, probit and Poisson regression."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from reference_impl.design import require_enough_rows
from reference_impl.errors import InputError, NonConvergenceError
from reference_impl.families import FAMILIES, Family
from reference_impl.glm_problem import Problem, working_basis
from reference_impl.linear import fit_linear
from reference_impl.newton import Maximum, maximise, warm_start
from reference_impl.validation import (
    FloatArray,
    as_design,
    as_vector,
    require_choice,
    require_finite,
    require_nonnegative,
    require_same_length,
)


@dataclass(frozen=True)
class GLMFit:
    """A fitted generalised linear model.

    Attributes
    ----------
    coef, se : ndarray of shape (p,)
        Coefficients on the scale of the link, and standard errors from the *expected* information at the
        final coefficients (as R's glm; for probit, software that uses the observed information differs).
    log_likelihood : float
        At the maximum, all constants included (for "bernoulli", one term per trial); inf for a "gaussian"
        fit without residuals.
    n_iter : int
        Newton steps on the full data.
    converged : bool
        Always True: a fit that does not converge raises.
    family : str
        The family that was fitted.
    dispersion : float
        Residual variance RSS/(n - p) for "gaussian", else 1.
    """

    coef: FloatArray
    se: FloatArray
    log_likelihood: float
    n_iter: int
    converged: bool
    family: str
    dispersion: float


def _data(
    X: ArrayLike, y: ArrayLike, offset: ArrayLike | None, weights: ArrayLike | None
) -> tuple[FloatArray, FloatArray, FloatArray | None, FloatArray | None]:
    """Clean arrays, without the rows of weight 0."""
    design, response = as_design(X), as_vector(y, "y")
    require_same_length(design, "X", response, "y")
    shift = None if offset is None else as_vector(offset, "offset")
    weight = None if weights is None else as_vector(weights, "weights")
    if shift is not None:
        require_same_length(response, "y", shift, "offset")
    if weight is not None:
        require_same_length(response, "y", weight, "weights")
        require_nonnegative(weight, "weights")
        if not np.all(weight > 0):
            keep = weight > 0
            if not keep.any():
                raise InputError("weights are all 0, so no observation is left")
            design, response, weight = design[keep], response[keep], weight[keep]
            shift = None if shift is None else shift[keep]
    return design, response, shift, weight


def _gaussian(
    design: FloatArray, response: FloatArray, shift: FloatArray | None, weight: FloatArray | None
) -> GLMFit:
    target = response if shift is None else response - shift
    root = np.ones(target.size) if weight is None else np.sqrt(weight)
    require_enough_rows(design)
    with np.errstate(over="ignore"):
        weighted, outcome = design * root[:, None], target * root
    for values in (weighted, outcome):
        require_finite(values, "weights times X or y are", "divide the weights by a constant")
    fit = fit_linear(weighted, outcome)
    n, size = target.size, float(np.max(np.abs(fit.residuals)))
    if size == 0:
        log_likelihood = math.inf
    else:
        log_rss = 2.0 * math.log(size) + math.log(float(np.sum((fit.residuals / size) ** 2)))
        log_variance = math.log(2.0 * math.pi / n) + log_rss
        log_likelihood = float(np.sum(np.log(root))) - 0.5 * n * (1.0 + log_variance)
    return GLMFit(fit.coef, fit.se, log_likelihood, 1, True, "gaussian", fit.sigma2)


def maximum_likelihood(
    design: FloatArray,
    response: FloatArray,
    *,
    family: Family,
    offset: FloatArray | None,
    weights: FloatArray | None,
) -> tuple[FloatArray, FloatArray, Maximum]:
    """Coefficients, standard errors and the maximum, for clean arrays; see `fit_glm`."""
    family.check_response(response, weights)
    basis = working_basis(design)
    problem = Problem(basis.A, response, weights, offset, family)
    with np.errstate(over="ignore", invalid="ignore", under="ignore", divide="ignore"):
        start = warm_start(problem)
        try:
            best = maximise(problem, basis, start=start)
        except NonConvergenceError:
            if start is None:
                raise
            best = maximise(problem, basis)  # the thin slice was not like the whole
        root, coef = basis.coefficients(best.root_covariance), basis.coefficients(best.gamma)
        largest = np.maximum(np.max(np.abs(root), axis=1), np.finfo(np.float64).tiny)
        se = largest * np.sqrt(np.sum((root / largest[:, None]) ** 2, axis=1))
    for values in (coef, se):
        require_finite(values, "coefficients or their errors are", "use larger units for the columns of X")
    return coef, se, best


def fit_glm(
    X: ArrayLike,
    y: ArrayLike,
    *,
    family: str,
    offset: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> GLMFit:
    r"""Fit a generalised linear model by maximum likelihood.

    .. math:: g(E\,y_i) = o_i + x_i^T\beta, \qquad
              \beta \leftarrow \beta + (X^T W X)^{-1} X^T r \quad \text{(Newton; IRLS)}

    with the score r_i and curvature W_ii of each observation at its linear predictor.

    Parameters
    ----------
    X : array_like of shape (n, p)
        Design matrix with its own column of ones; see `design_matrix`.
    y : array_like of shape (n,)
        Outcome: a number ("gaussian"), 0/1 or a proportion ("bernoulli", "binomial", "probit"), or a count
        ("poisson").
    family : {"gaussian", "bernoulli", "binomial", "probit", "poisson"}
        With its usual link: identity, logit, logit, probit, log. "bernoulli" and "binomial" give the same
        coefficients; "binomial" adds the log of the number of orders of successes to the log-likelihood.
    offset : array_like of shape (n,), optional
        A known part of the linear predictor, such as log exposure.
    weights : array_like of shape (n,), optional
        For 0/1 and counts, how often each row was observed; for proportions, the number of trials; for
        "gaussian", the relative precision. Rows of weight 0 are left out.

    Returns
    -------
    GLMFit

    Raises
    ------
    SeparationError
        If no finite maximum exists: all outcomes equal, complete or quasi-complete separation, or counts
        that are all zero in some direction.
    RankDeficientError
        If columns of X are linearly dependent.
    InputError, MissingValueError
        If shapes do not fit, a value is missing, or `y` is not an outcome of the family.

    References
    ----------
    McCullagh, Nelder (1989). Generalized Linear Models, 2nd ed. Albert, Anderson (1984). On the existence of
    maximum likelihood estimates in logistic regression models. Biometrika 71.
    """
    choice = require_choice(family, "family", ("gaussian", *FAMILIES))
    design, response, shift, weight = _data(X, y, offset, weights)
    if choice == "gaussian":
        return _gaussian(design, response, shift, weight)
    model = FAMILIES[choice]
    coef, se, best = maximum_likelihood(design, response, family=model, offset=shift, weights=weight)
    log_likelihood = best.log_likelihood + model.constant(response, weight)
    return GLMFit(coef, se, log_likelihood, best.n_iter, True, choice, 1.0)
