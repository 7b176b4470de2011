"""The variance between groups, tau2, by the methods in common use."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from reference_impl.anova import anova_from_moments
from reference_impl.errors import (
    InputError,
    TooFewGroupsError,
    TooFewObservationsError,
    ZeroVarianceError,
)
from reference_impl.groups import GroupMoments, group_moments, shown
from reference_impl.known_variances import heterogeneity_variance
from reference_impl.random_intercept import fit_moments
from reference_impl.validation import require_choice

METHODS = ("anova", "ml", "reml", "dersimonian-laird", "paule-mandel")


def anova_tau2(moments: GroupMoments) -> float:
    r"""Method of moments estimate before truncation at 0; it may be negative.

    .. math:: \hat\tau^2 = \frac{MSB - MSW}{n_0}, \quad n_0 = \frac{N - \sum_j n_j^2 / N}{J - 1}
    """
    n_groups, total = moments.n.size, int(moments.n.sum())
    if n_groups < 2:
        raise TooFewGroupsError(
            f"there is one group ({shown(moments.labels[0])}), so the variance between groups is undefined; "
            "pass tau2, or use complete_pooling"
        )
    table = anova_from_moments(moments)
    if table.df_within == 0:
        raise TooFewObservationsError(
            "every group has one score, so the variance within groups is undefined and cannot be told "
            "apart from tau2; pass known variances to heterogeneity_variance"
        )
    sizes = moments.n.astype(np.float64)
    effective_size = (total - float(sizes @ sizes) / total) / (n_groups - 1)
    return (table.ms_between - table.ms_within) / effective_size


def _separate_variances_tau2(moments: GroupMoments, method: str, *, truncate: bool) -> float:
    variances = moments.variance
    for bad, error, why in (
        (moments.n == 1, TooFewObservationsError, "has one score, so its own variance is undefined"),
        (variances == 0, ZeroVarianceError, "has identical scores, so its weight would be infinite"),
    ):
        if bad.any():
            raise error(
                f"group {shown(moments.labels[bad][0])} {why} ({int(bad.sum())} such group(s)); method "
                f"{method!r} uses separate variances: use 'anova', 'ml' or 'reml', which pool them"
            )
    return heterogeneity_variance(moments.deviation, variances / moments.n, method=method, truncate=truncate)


def between_group_variance(
    y: ArrayLike, group: ArrayLike, *, method: str = "anova", truncate: bool = True
) -> float:
    r"""Estimate tau2, the variance of the groups' means around the grand mean.

    Methods that pool the variance within groups: "anova" (method of moments, the course default),

    .. math:: \hat\tau^2 = \max\{0, (MSB - MSW)/n_0\}, \quad n_0 = \frac{N - \sum_j n_j^2/N}{J - 1},

    "ml" and "reml" (see `fit_random_intercept`). Methods that use separate s_j^2, with v_j = s_j^2 / n_j:
    "dersimonian-laird" and "paule-mandel" (see `heterogeneity_variance`). The methods disagree on
    unbalanced data, so a number for tau2 means little without the name of its method.

    Parameters
    ----------
    y : array_like of shape (n,)
        Scores, in outcome units.
    group : array_like of shape (n,)
        The group of each score.
    method : {"anova", "ml", "reml", "dersimonian-laird", "paule-mandel"}, default "anova"
        The estimator.
    truncate : bool, default True
        Whether a negative moment estimate becomes 0. False is for "anova" and "dersimonian-laird" only.

    Returns
    -------
    float
        In squared outcome units.

    Raises
    ------
    TooFewGroupsError
        If there is one group.
    TooFewObservationsError
        If every group has one score; with separate variances, if any has.
    ZeroVarianceError
        If scores do not vary within groups ("ml", "reml") or within one of them (separate variances).
    InputError, MissingValueError, LabelError
        As `group_summary`; also if `method` is unknown.

    References
    ----------
    Searle, Casella, McCulloch (1992). Variance Components. DerSimonian, Laird (1986). Controlled Clinical
    Trials 7. Paule, Mandel (1982). Journal of Research of the National Bureau of Standards 87.
    """
    choice = require_choice(method, "method", METHODS)
    if not truncate and choice not in ("anova", "dersimonian-laird"):
        raise InputError(f"truncate=False has no meaning for method {choice!r}: it cannot be negative")
    moments = group_moments(y, group)
    raw = anova_tau2(moments)  # also refuses what no method can answer
    if choice == "anova":
        return max(0.0, raw) if truncate else raw
    if choice in ("ml", "reml"):
        return fit_moments(moments, method=choice).tau2
    return _separate_variances_tau2(moments, choice, truncate=truncate)


def intraclass_correlation(y: ArrayLike, group: ArrayLike, *, method: str = "reml") -> float:
    r"""Correlation of two scores of the same group.

    .. math:: ICC = \frac{\tau^2}{\tau^2 + \sigma^2}

    Parameters
    ----------
    y : array_like of shape (n,)
        Scores, in outcome units.
    group : array_like of shape (n,)
        The group of each score.
    method : {"reml", "ml", "anova"}, default "reml"
        How the two variances are estimated; all three use one sigma2 for all groups.

    Returns
    -------
    float
        Between 0 and 1. With "anova", 1 if scores vary between groups only.

    Raises
    ------
    ZeroVarianceError
        If all scores are equal; with "ml" and "reml" also if they do not vary within groups.
    TooFewGroupsError, TooFewObservationsError, InputError, MissingValueError, LabelError
        As `between_group_variance`.
    """
    choice = require_choice(method, "method", ("reml", "ml", "anova"))
    moments = group_moments(y, group)
    tau2 = max(0.0, anova_tau2(moments))
    sigma2 = anova_from_moments(moments).ms_within
    if choice != "anova":
        fit = fit_moments(moments, method=choice)
        tau2, sigma2 = fit.tau2, fit.sigma2
    if tau2 + sigma2 == 0:
        raise ZeroVarianceError("all scores are equal, so there is no variance to divide; nothing to correlate")
    return 1.0 / (1.0 + sigma2 / tau2) if tau2 > 0 else 0.0
