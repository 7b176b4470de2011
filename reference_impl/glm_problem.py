"""The data of one fit, and the basis in which Newton's method works on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reference_impl.design import column_scales, require_enough_rows, require_full_rank, scaled_qr
from reference_impl.families import Family
from reference_impl.validation import FloatArray

CHUNK_ROWS = 16_384  # a block of 10 columns and its temporaries stay in a core's cache
SMALL = 500_000  # up to this many entries a QR decomposition costs next to nothing
EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Problem:
    """Data of one fit: rows with positive weight, in the basis that the iteration works in."""

    A: FloatArray
    y: FloatArray
    weights: FloatArray | None
    offset: FloatArray | None
    family: Family

    def linear_predictor(self, gamma: FloatArray) -> FloatArray:
        """A gamma, and the offset."""
        linear: FloatArray = self.A @ gamma
        return linear if self.offset is None else linear + self.offset


@dataclass(frozen=True)
class Basis:
    """X = A R diag(scales): the matrix that is iterated on, and the way back to coefficients of X."""

    A: FloatArray
    R: FloatArray
    scales: FloatArray

    def coefficients(self, gamma: FloatArray) -> FloatArray:
        """Coefficients of X for coefficients of A; also for a matrix of columns of them."""
        return np.asarray((np.linalg.solve(self.R, gamma).T / self.scales).T, dtype=np.float64)


def _row_gram(X: FloatArray) -> FloatArray:
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        gram: FloatArray = X.T @ X
    return gram


def _blockwise_r(X: FloatArray, scales: FloatArray) -> FloatArray:
    """R of a tall matrix, from the R of one block of rows after another."""
    R = np.zeros((0, X.shape[1]))
    for start in range(0, X.shape[0], CHUNK_ROWS):
        block = X[start : start + CHUNK_ROWS] / scales
        R = np.asarray(np.linalg.qr(np.vstack([R, block]), mode="r"))
    return R


def working_basis(X: FloatArray) -> Basis:
    """Choose the matrix to iterate on: Q of a QR decomposition, or X itself if tall and well conditioned.

    Raises
    ------
    RankDeficientError
        If columns are linearly dependent, one is all zeros, or there are fewer rows than columns.
    """
    n, p = X.shape
    if X.size <= SMALL:
        return Basis(*scaled_qr(X))
    require_enough_rows(X)
    gram = _row_gram(X)
    norms = np.sqrt(np.diag(gram))
    usable = bool(np.all(np.isfinite(gram)) and np.all(norms > 0))
    # Smallest eigenvalue 1e-6: condition below 1e3, so standard errors from X'WX keep ten digits.
    if usable and np.linalg.eigvalsh(gram / np.outer(norms, norms))[0] > 1e-6:
        return Basis(X, np.eye(p), np.ones(p))
    scales = column_scales(X)
    R = _blockwise_r(X, scales)
    require_full_rank(R, np.sqrt(np.sum(R * R, axis=0)), n)
    return Basis((X / scales) @ np.linalg.inv(R), R, scales)
