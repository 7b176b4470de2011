"""Linear regression by least squares, without forming or inverting X'X."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reference_impl.design import scaled_qr
from reference_impl.validation import (
    FloatArray,
    as_design,
    as_vector,
    power_of_two,
    require_finite,
    require_same_length,
)


@dataclass(frozen=True)
class LinearFit:
    """A least-squares fit.

    Attributes
    ----------
    coef, se : ndarray of shape (p,)
        Coefficients and standard errors, in outcome units per unit of the column.
    sigma2 : float
        Residual variance RSS / df, in squared outcome units; NaN if df = 0.
    df : int
        n - p, where p counts every column of X, the ones included.
    residuals : ndarray of shape (n,)
        Observed minus fitted, in outcome units.
    r_squared : float
        1 - RSS/TSS. TSS is taken around the mean if X spans a constant, else around 0 (through the origin);
        NaN if TSS = 0, as that of a constant outcome is.
    """

    coef: FloatArray
    se: FloatArray
    sigma2: float
    df: int
    residuals: FloatArray
    r_squared: float


def spans_constant(Q: FloatArray) -> bool:
    """Whether a column of ones lies in the span of the orthonormal columns of Q."""
    ones = np.ones(Q.shape[0])
    outside = ones - Q @ (Q.T @ ones)
    return float(np.max(np.abs(outside))) < 1e-9


def _solve_refined(
    scaled: FloatArray, y: FloatArray, Q: FloatArray, R: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Coefficients and residuals, with iterative refinement of r + Xb = y, X'r = 0 in extended precision.

    Refining the residuals along with the coefficients matters when residuals are large and columns nearly
    dependent. Where NumPy's longdouble is no wider than a double the steps cost little and help a little.
    """
    wide = np.longdouble if scaled.size <= 100_000 else np.float64
    X: NDArray[Any] = scaled.astype(wide)
    outcome: NDArray[Any] = y.astype(wide)
    coef: FloatArray = np.asarray(np.linalg.solve(R, Q.T @ y), dtype=np.float64)
    residuals = y - scaled @ coef
    for _ in range(3):
        short = (outcome - residuals - X @ coef).astype(np.float64)
        slant = np.linalg.solve(R.T, -(X.T @ residuals.astype(wide)).astype(np.float64))
        turn = Q.T @ short - slant
        coef += np.linalg.solve(R, turn)
        residuals = residuals + (short - Q @ turn)
    return coef, residuals


def fit_linear(X: ArrayLike, y: ArrayLike) -> LinearFit:
    r"""Least squares by a QR decomposition of the scaled design matrix.

    .. math:: X = QR, \quad R\hat\beta = Q^T y, \quad \hat\sigma^2 = \frac{RSS}{n - p}, \quad
              se_k = \hat\sigma \sqrt{[(X^T X)^{-1}]_{kk}} = \hat\sigma \lVert e_k^T R^{-1} \rVert

    Parameters
    ----------
    X : array_like of shape (n, p)
        Design matrix with its own column of ones; see `design_matrix`.
    y : array_like of shape (n,)
        Outcome.

    Returns
    -------
    LinearFit
        With n = p the fit is exact: df = 0, and `sigma2` and `se` are NaN.

    Raises
    ------
    RankDeficientError
        If columns are linearly dependent (the message names one), or there are fewer rows than columns.
    InputError, MissingValueError
        If shapes do not fit or a value is missing.

    References
    ----------
    Golub, Van Loan (2013). Matrix Computations, 4th ed., section 5.3. Björck (1967). Iterative
    refinement of linear least squares solutions. BIT 7. Checked against the NIST Statistical
    Reference Datasets.
    """
    design, outcome = as_design(X), as_vector(y, "y")
    require_same_length(design, "X", outcome, "y")
    Q, R, scales = scaled_qr(design)
    unit = power_of_two(float(np.max(np.abs(outcome))))  # of the outcome: squares neither overflow nor vanish
    outcome = outcome / unit
    scaled_coef, residuals = _solve_refined(design / scales, outcome, Q, R)
    n, p = design.shape
    df = n - p
    rss = float(residuals @ residuals)
    sigma2 = rss / df if df else math.nan
    inverse_rows = np.linalg.solve(R, np.eye(p))
    scaled_se = math.sqrt(sigma2) * np.sqrt(np.sum(inverse_rows**2, axis=1))
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        coef, se = scaled_coef / scales * unit, scaled_se / scales * unit
    require_finite(coef, "coefficients are", "use smaller units for y or larger ones for X")
    if spans_constant(Q):
        outcome = outcome - outcome[0]  # first, so that equal outcomes leave exactly 0
        outcome = outcome - np.mean(outcome)
    tss = float(outcome @ outcome)
    r_squared = 1.0 - rss / tss if tss > 0 else math.nan
    require_finite(np.asarray(rss * unit * unit), "squared residuals are", "use larger units for y")
    return LinearFit(coef, se, sigma2 * unit * unit, df, residuals * unit, r_squared)
