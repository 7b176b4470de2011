"""No pooling and complete pooling: the two answers that the hierarchical model lies between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reference_impl.errors import InputError
from reference_impl.groups import IntArray, group_summary
from reference_impl.validation import FloatArray, as_critical_value, as_vector


@dataclass(frozen=True)
class NoPooling:
    """Each group on its own.

    Attributes
    ----------
    labels, n, mean, variance
        As in `GroupSummary`.
    lower, upper : ndarray of shape (n_groups,)
        Limits of the large-sample interval, in outcome units; NaN where n = 1.
    """

    labels: NDArray[Any]
    n: IntArray
    mean: FloatArray
    variance: FloatArray
    lower: FloatArray
    upper: FloatArray


def no_pooling(y: ArrayLike, group: ArrayLike, *, z: float = 1.96) -> NoPooling:
    r"""Estimate each group's mean from that group alone, with a large-sample interval.

    .. math:: \bar y_j \pm z \sqrt{s_j^2 / n_j}, \qquad z = 1.96 \text{ by default}

    "Large sample" matters: the exact coverage of the 1.96 interval is 0.855 at n = 4 and 0.940 at n = 30.

    Parameters
    ----------
    y : array_like of shape (n,)
        Scores, in outcome units.
    group : array_like of shape (n,)
        The group of each score.
    z : float, default 1.96
        Normal quantile; the literal 1.96 for a 95% interval.

    Returns
    -------
    NoPooling
        In sorted order of the labels. A group of one has a NaN interval, never one of zero width.

    Raises
    ------
    InputError, MissingValueError, LabelError
        As `group_summary`; also if `z` is not positive.
    """
    quantile = as_critical_value(z)
    summary = group_summary(y, group)
    half_width = quantile * np.sqrt(summary.variance / summary.n)
    return NoPooling(
        labels=summary.labels,
        n=summary.n,
        mean=summary.mean,
        variance=summary.variance,
        lower=summary.mean - half_width,
        upper=summary.mean + half_width,
    )


def complete_pooling(y: ArrayLike) -> float:
    r"""Estimate one mean for all groups: the mean of all scores.

    .. math:: \bar y = \frac{1}{N} \sum_j \sum_i y_{ij} = \frac{1}{N} \sum_j n_j \bar y_j

    It is the maximum likelihood estimate of a common mean only if all groups share one variance.

    Parameters
    ----------
    y : array_like of shape (n,)
        All scores, in outcome units.

    Returns
    -------
    float

    Raises
    ------
    InputError, MissingValueError
        If `y` is empty, not 1-dimensional, or has missing values.
    """
    scores = as_vector(y, "y")
    origin = scores[0]
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(origin + np.mean(scores - origin))
    if not np.isfinite(mean):
        raise InputError(f"y is too large to add up (up to {np.max(np.abs(scores)):g}); use larger units")
    return mean
