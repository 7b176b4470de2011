"""Design matrices: building them, and finding out whether their columns are independent."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from reference_impl.errors import InputError, RankDeficientError
from reference_impl.validation import FloatArray, as_floats, require_same_length


def design_matrix(*columns: ArrayLike, intercept: bool = True) -> FloatArray:
    """Put predictors side by side, behind a column of ones.

    Parameters
    ----------
    *columns : array_like of shape (n,) or (n, k)
        One or more predictors, each a column or a block of columns.
    intercept : bool, default True
        Whether the first column is all ones. Leaving it out is a modelling choice: the fit is then forced
        through the origin.

    Returns
    -------
    ndarray of shape (n, intercept + number of columns)

    Raises
    ------
    InputError
        If no column is given, lengths differ, or a column has more than two dimensions.
    MissingValueError
        If a value is missing or infinite.

    Examples
    --------
    >>> design_matrix([10, 20, 30])
    array([[ 1., 10.],
           [ 1., 20.],
           [ 1., 30.]])
    """
    if not columns:
        raise InputError(
            "design_matrix needs at least one column; for an intercept alone pass numpy.ones(n) "
            "with intercept=False"
        )
    blocks: list[FloatArray] = []
    for position, column in enumerate(columns):
        block = as_floats(column, f"column {position}")
        if block.ndim not in (1, 2) or block.size == 0:
            raise InputError(
                f"column {position} must be a non-empty column or a block of columns, not of shape {block.shape}"
            )
        require_same_length(blocks[0] if blocks else block, "column 0", block, f"column {position}")
        blocks.append(block.reshape(block.shape[0], -1))
    if intercept:
        blocks.insert(0, np.ones((blocks[0].shape[0], 1)))
    return np.hstack(blocks)


def column_scales(X: FloatArray) -> FloatArray:
    """Powers of two just below the largest absolute value of each column, so that dividing by them is exact."""
    largest = np.maximum(X.max(axis=0), -X.min(axis=0))
    zero = np.flatnonzero(largest == 0)
    if zero.size:
        raise RankDeficientError(f"column {zero[0]} of X is all zeros; drop it")
    scales: FloatArray = np.exp2(np.floor(np.log2(largest)))
    return scales


def require_full_rank(R: FloatArray, norms: FloatArray, n_rows: int) -> None:
    """Raise, naming the column, if a triangular factor shows a column in the span of those before it.

    Parameters
    ----------
    R : ndarray of shape (p, p)
        Upper triangular factor of X; R[k, k] is the distance of column k from the span of columns 0..k-1.
    norms : ndarray of shape (p,)
        Lengths of the columns of X.
    n_rows : int
        Number of rows of X; rounding grows with its square root.
    """
    tolerance = 64.0 * np.finfo(np.float64).eps * math.sqrt(n_rows)
    dependent = np.flatnonzero(~(np.abs(np.diag(R)) > tolerance * norms))
    if dependent.size == 0:
        return
    column = int(dependent[0])
    recipe = np.linalg.lstsq(R[:column, :column], R[:column, column], rcond=None)[0] if column else np.zeros(0)
    involved = [k for k in range(column) if abs(recipe[k]) * norms[k] > 1e-8 * norms[column]]
    others = ", ".join(map(str, involved)) or "the columns before it"
    raise RankDeficientError(
        f"column {column} of X is a linear combination of column(s) {others}, so the coefficients are not "
        "identified; drop one of them (a dummy for every level plus an intercept does this)"
    )


def require_enough_rows(X: FloatArray) -> None:
    """Raise if there are more coefficients than observations."""
    n, p = X.shape
    if n < p:
        raise RankDeficientError(
            f"X has {n} row(s) for {p} coefficients, so they are not identified; use at most {n} columns"
        )


def scaled_qr(X: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Q, R and column scales with X = Q R diag(scales), of full rank.

    Raises
    ------
    RankDeficientError
        If columns are linearly dependent, one is all zeros, or there are fewer rows than columns.
    """
    require_enough_rows(X)
    scales = column_scales(X)
    scaled = X / scales
    Q, R = np.linalg.qr(scaled)
    require_full_rank(R, np.sqrt(np.einsum("ij,ij->j", scaled, scaled)), X.shape[0])
    return Q, R, scales
