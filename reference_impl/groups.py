"""Grouped observations: sorted labels, and the moments of each group computed without cancellation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reference_impl.errors import InputError, LabelError
from reference_impl.validation import (
    FloatArray,
    as_vector,
    is_missing,
    require_same_length,
    require_unmasked,
)

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class GroupSummary:
    """Size, mean and sample variance of each group, in sorted order of the labels.

    Attributes
    ----------
    labels : ndarray of shape (n_groups,)
        The distinct labels, sorted: numbers as numbers, text as text (so '10' comes before '9').
    n : ndarray of int, shape (n_groups,)
        Number of observations.
    mean : ndarray of shape (n_groups,)
        Sample mean, in outcome units.
    variance : ndarray of shape (n_groups,)
        Sample variance with denominator n - 1, in squared outcome units; NaN where n = 1.
    """

    labels: NDArray[Any]
    n: IntArray
    mean: FloatArray
    variance: FloatArray


@dataclass(frozen=True)
class GroupMoments:
    """First two moments of each group around an origin, so that large offsets cost no digits.

    Attributes
    ----------
    labels, n
        As in `GroupSummary`.
    origin : float
        The first observation; all deviations are measured from it.
    mean : ndarray of shape (n_groups,)
        Group means, in outcome units.
    deviation : ndarray of shape (n_groups,)
        Group mean minus `origin`.
    sum_squares : ndarray of shape (n_groups,)
        Sum over the group of squared deviations from the group's own mean.
    """

    labels: NDArray[Any]
    n: IntArray
    origin: float
    mean: FloatArray
    deviation: FloatArray
    sum_squares: FloatArray

    @property
    def variance(self) -> FloatArray:
        """Sample variances (denominator n - 1), NaN where n = 1."""
        variance = np.full(self.n.size, np.nan)
        np.divide(self.sum_squares, self.n - 1, out=variance, where=self.n > 1)
        return variance

    @property
    def overall_deviation(self) -> float:
        """Mean of all observations, minus `origin`."""
        return float(self.n @ self.deviation / self.n.sum())

    @property
    def overall_mean(self) -> float:
        """Mean of all observations."""
        return self.origin + self.overall_deviation


def _encode_integers(array: NDArray[Any]) -> tuple[NDArray[Any], IntArray] | None:
    """Sorted labels and codes by counting; None if the range is too wide for a table."""
    low, high = int(array.min()), int(array.max())
    if high - low > 4 * array.size + 1024:
        return None
    wide = array if array.dtype.kind == "u" else array.astype(np.int64, copy=False)
    table_index = (wide - wide.dtype.type(low)).astype(np.int64, copy=False)
    present = np.bincount(table_index) > 0
    labels = (np.flatnonzero(present).astype(wide.dtype) + wide.dtype.type(low)).astype(array.dtype)
    if present.all():
        return labels, table_index
    return labels, (np.cumsum(present) - 1)[table_index]


def shown(label: object) -> str:
    """Show a label as it would be typed."""
    return repr(label.item() if isinstance(label, np.generic) else label)


def _missing_label(label: object, position: int) -> LabelError:
    return LabelError(
        f"group has a missing label ({shown(label)}) at position {position}; "
        "drop those scores or give them a group"
    )


def _encode_objects(values: list[Any]) -> tuple[NDArray[Any], IntArray]:
    """Sorted labels and codes of Python objects."""
    ordered = _in_order(_distinct(values))
    index = {label: code for code, label in enumerate(ordered)}
    codes = np.fromiter(map(index.__getitem__, values), dtype=np.int64, count=len(values))
    return _as_labels(ordered), codes


def _distinct(values: list[Any]) -> set[Any]:
    """The labels without repetition; none is missing."""
    try:
        distinct = set(values)
    except TypeError as error:
        raise LabelError(f"group holds labels that cannot be compared ({error}); convert them to text") from error
    for label in distinct:
        if is_missing(label):
            raise _missing_label(label, next(i for i, value in enumerate(values) if is_missing(value)))
    return distinct


def _in_order(distinct: set[Any]) -> list[Any]:
    """Labels sorted, if they have a common order."""
    kinds = {type(label) for label in distinct}
    try:
        if len(kinds) > 1 and kinds & {bool, np.bool_}:
            raise TypeError("True and 1 would be the same label")
        return sorted(distinct)
    except TypeError as error:
        names = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise LabelError(
            f"group mixes labels that have no common order (types {names}): {error}; "
            "convert them all to text or all to numbers"
        ) from error


def _as_labels(ordered: list[Any]) -> NDArray[Any]:
    """Sorted labels as an array of text or of numbers; of objects if they are neither."""
    kinds = {type(label) for label in ordered}
    labels = np.empty(len(ordered), dtype=object)
    labels[:] = ordered
    if all(issubclass(kind, str) for kind in kinds):
        return labels.astype(str)
    if all(issubclass(kind, (int, float, np.number)) for kind in kinds):
        return np.asarray(ordered)
    return labels


def _label_array(group: ArrayLike) -> NDArray[Any]:
    """Labels as a 1-D array, kept as objects when NumPy would turn a mixture (or a NaN) into text."""
    require_unmasked(group, "group")
    if isinstance(group, (list, tuple)) and len({type(value) for value in group}) > 1:
        array = np.empty(len(group), dtype=object)
        array[:] = group
    else:
        try:
            array = np.asarray(group)
        except ValueError as error:
            raise InputError("group is ragged: pass one label per score, not lists of labels") from error
    if array.ndim != 1:
        raise InputError(f"group must be 1-dimensional, not of shape {array.shape}; pass one label per score")
    if array.size == 0:
        raise InputError("group is empty; at least one label is needed")
    return array


def encode_labels(group: ArrayLike) -> tuple[NDArray[Any], IntArray]:
    """Sorted distinct labels, and for each observation the index of its label.

    Parameters
    ----------
    group : array_like of shape (n,)
        Labels of any one orderable kind, in any order. A pandas categorical counts only the categories
        that occur, in sorted (not categorical) order.

    Returns
    -------
    labels : ndarray of shape (n_groups,)
    codes : ndarray of int64, shape (n,)

    Raises
    ------
    LabelError
        If a label is missing, or labels have no common order.
    InputError
        If `group` is empty or not 1-dimensional.
    """
    array = _label_array(group)
    if array.dtype.kind in "iu":
        encoded = _encode_integers(array)
        if encoded is not None:
            return encoded
    if array.dtype.kind in "biufmM":
        missing = array != array  # NaN and NaT
        if missing.any():
            position = int(np.argmax(missing))
            raise _missing_label(array[position], position)
        labels, codes = np.unique(array, return_inverse=True)
        return labels, codes.astype(np.int64, copy=False)
    if array.dtype.kind not in "OUST":
        raise LabelError(f"group holds {array.dtype.name} labels, which have no order; convert them to text")
    return _encode_objects(array.tolist())


def group_moments(y: ArrayLike, group: ArrayLike) -> GroupMoments:
    r"""Two-pass moments of each group.

    Each group is shifted by its own first observation, its mean found, and the sum of squares taken around
    that mean, so the result keeps all the digits that the data have.

    .. math:: SSW_j = \sum_i (y_{ij} - \bar y_j)^2

    Parameters
    ----------
    y : array_like of shape (n,)
        Scores, in outcome units.
    group : array_like of shape (n,)
        The group of each score.

    Returns
    -------
    GroupMoments

    Raises
    ------
    InputError, MissingValueError, LabelError
        If the input is empty, of the wrong shape, has missing values, or overflows when squared.

    References
    ----------
    Chan, Golub, LeVeque (1983). Algorithms for computing the sample variance. The American Statistician 37.
    """
    scores = as_vector(y, "y")
    labels, codes = encode_labels(group)
    require_same_length(scores, "y", codes, "group")
    n = np.bincount(codes)
    first = np.empty(n.size)
    first[codes[::-1]] = scores[::-1]  # the last assignment to a repeated index is the one that stays
    residual, spread = np.empty(scores.size), np.empty(scores.size)  # two buffers: fresh pages cost more than sums
    with np.errstate(over="ignore", invalid="ignore"):
        np.subtract(scores, np.take(first, codes, out=residual, mode="clip"), out=residual)
        centre = np.bincount(codes, weights=residual) / n
        np.subtract(residual, np.take(centre, codes, out=spread, mode="clip"), out=residual)
        correction = np.bincount(codes, weights=residual) / n  # what rounding left in the mean
        np.multiply(residual, residual, out=residual)
        sum_squares = np.asarray(np.bincount(codes, weights=residual), dtype=np.float64)
        centre += correction
        deviation = (first - scores[0]) + centre
        between = float(n @ (4.0 * deviation * deviation))
    if not (np.all(np.isfinite(sum_squares)) and np.isfinite(between)):
        raise InputError(f"y is too large to square (up to {np.max(np.abs(scores)):g}); use larger units")
    return GroupMoments(labels, n, float(scores[0]), first + centre, deviation, sum_squares)


def group_summary(y: ArrayLike, group: ArrayLike) -> GroupSummary:
    r"""Size, mean and sample variance of each group.

    .. math:: \bar y_j = \frac{1}{n_j} \sum_i y_{ij}, \qquad
              s_j^2 = \frac{1}{n_j - 1} \sum_i (y_{ij} - \bar y_j)^2

    Parameters
    ----------
    y : array_like of shape (n,)
        Scores, in outcome units.
    group : array_like of shape (n,)
        The group of each score, in any order. Values are matched by position; a pandas index is not used.

    Returns
    -------
    GroupSummary
        In sorted order of the labels; the variance of a group of one is NaN, never 0.

    Raises
    ------
    InputError, MissingValueError, LabelError
        If the input is empty, of the wrong shape or length, or has missing values.
    """
    moments = group_moments(y, group)
    return GroupSummary(moments.labels, moments.n, moments.mean, moments.variance)
