"""One-way analysis of variance: how much of the variation lies between the groups."""

from __future__ import annotations

import math
from dataclasses import dataclass

from numpy.typing import ArrayLike

from reference_impl.groups import GroupMoments, group_moments


@dataclass(frozen=True)
class Anova:
    """The one-way analysis of variance table.

    Attributes
    ----------
    ss_between, ss_within : float
        Sums of squares, in squared outcome units; they add up to the total sum of squares.
    df_between, df_within : int
        J - 1 and N - J.
    ms_between, ms_within : float
        Mean squares; NaN where the degrees of freedom are 0.
    f : float
        Ratio of the mean squares; NaN if either is undefined or both are 0, inf if only `ms_within` is 0.
    """

    ss_between: float
    ss_within: float
    df_between: int
    df_within: int
    ms_between: float
    ms_within: float
    f: float


def anova_from_moments(moments: GroupMoments) -> Anova:
    """The table from moments that are already at hand; see `anova`."""
    n_groups, total = moments.n.size, int(moments.n.sum())
    around_grand = moments.deviation - moments.overall_deviation
    ss_between = float(moments.n @ (around_grand * around_grand))
    ss_within = math.fsum(moments.sum_squares)
    df_between, df_within = n_groups - 1, total - n_groups
    ms_between = ss_between / df_between if df_between else math.nan
    ms_within = ss_within / df_within if df_within else math.nan
    f = ms_between / ms_within if ms_within else (math.inf if ms_between > 0 else math.nan)
    return Anova(ss_between, ss_within, df_between, df_within, ms_between, ms_within, f)


def anova(y: ArrayLike, group: ArrayLike) -> Anova:
    r"""One-way analysis of variance by two-pass sums of squares.

    .. math:: SSB = \sum_j n_j (\bar y_j - \bar y)^2, \quad SSW = \sum_j \sum_i (y_{ij} - \bar y_j)^2, \quad
              F = \frac{SSB / (J - 1)}{SSW / (N - J)}

    That all means are equal is the *assumption* of complete pooling; a small F does not establish it.

    Parameters
    ----------
    y : array_like of shape (n,)
        Scores, in outcome units.
    group : array_like of shape (n,)
        The group of each score.

    Returns
    -------
    Anova
        With one group, or with no group of two, the undefined entries are NaN.

    Raises
    ------
    InputError, MissingValueError, LabelError
        As `group_summary`.
    """
    return anova_from_moments(group_moments(y, group))
