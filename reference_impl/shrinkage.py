"""The multilevel estimate: each group's mean drawn towards the grand mean, by as much as it is noisy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reference_impl.anova import anova_from_moments
from reference_impl.errors import InputError, TooFewObservationsError
from reference_impl.groups import GroupMoments, IntArray, group_moments, shown
from reference_impl.validation import (
    FloatArray,
    as_floats,
    as_number,
    require_choice,
    require_nonnegative,
)
from reference_impl.variance_components import anova_tau2


@dataclass(frozen=True)
class Shrinkage:
    """The classical plug-in estimate of every group's mean.

    Attributes
    ----------
    labels, n, mean, variance
        As in `GroupSummary`.
    grand_mean : float
        What was plugged in for mu_0, towards which the estimates are drawn: the mean of all scores, in outcome
        units.
    tau2 : float
        Variance between groups that was used, in squared outcome units.
    weight : ndarray of shape (n_groups,)
        Weight on the group's own mean, between 0 and 1.
    estimate : ndarray of shape (n_groups,)
        Shrunken mean, in outcome units.
    standard_error : ndarray of shape (n_groups,)
        Conditional standard deviation of the group's mean with the plugged-in values taken as known; it
        leaves out that they are estimated.
    """

    labels: NDArray[Any]
    n: IntArray
    mean: FloatArray
    variance: FloatArray
    grand_mean: float
    tau2: float
    weight: FloatArray
    estimate: FloatArray
    standard_error: FloatArray


def _variances(values: ArrayLike, name: str) -> FloatArray:
    variances = as_floats(values, name, allow_inf=True)
    require_nonnegative(variances, name)
    return variances


def _require_broadcast(**arguments: FloatArray) -> None:
    try:
        np.broadcast_shapes(*(array.shape for array in arguments.values()))
    except ValueError as error:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arguments.items())
        raise InputError(f"shapes do not fit: {shapes}; pass one value per group, or one for all") from error


def _weights(tau2: FloatArray, variances: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Weight on the own mean and on the grand mean, neither by subtraction nor through tau2 + v."""
    _require_broadcast(sampling_variances=variances, tau2=tau2)
    if np.any(np.isinf(tau2) & np.isinf(variances)):
        raise InputError("tau2 and a sampling variance are both infinite; their ratio is undefined")
    larger, smaller = np.maximum(tau2, variances), np.minimum(tau2, variances)
    with np.errstate(invalid="ignore", under="ignore"):
        ratio = np.where(larger > 0, smaller / np.where(larger > 0, larger, 1.0), 0.0)
    major, minor = 1.0 / (1.0 + ratio), ratio / (1.0 + ratio)
    own_is_major = tau2 >= variances  # so 0 against 0 keeps the own mean
    return np.where(own_is_major, major, minor), np.where(own_is_major, minor, major)


def shrinkage_factor(sampling_variances: ArrayLike, *, tau2: ArrayLike) -> FloatArray:
    r"""Weight on the group's own mean; also the reliability of that mean.

    .. math:: \lambda_j = \frac{\tau^2}{\tau^2 + v_j}

    Parameters
    ----------
    sampling_variances : array_like
        Squared standard error v_j of each group's mean, in squared outcome units; may be 0 or inf.
    tau2 : float or array_like
        Variance of the group means, in squared outcome units; may be 0 or inf. Broadcasts.

    Returns
    -------
    ndarray of the broadcast shape
        1 at tau2 = inf, 0 at v = inf, and by convention 1 at v = tau2 = 0, where the mean is known exactly.

    Raises
    ------
    InputError
        If a variance is negative, shapes do not fit, or both variances are infinite.
    MissingValueError
        If a variance is NaN, as that of a group of one is.
    """
    weight, _ = _weights(_variances(tau2, "tau2"), _variances(sampling_variances, "sampling_variances"))
    return weight[()]


def partial_pooling(
    group_means: ArrayLike, sampling_variances: ArrayLike, *, grand_mean: ArrayLike, tau2: ArrayLike
) -> FloatArray:
    r"""Multilevel estimate of each group's mean when the other parameters are known.

    .. math:: E(\mu_j \mid y) = \frac{(1/v_j)\, \bar y_j + (1/\tau^2)\, \mu_0}{1/v_j + 1/\tau^2}
              = \lambda_j \bar y_j + (1 - \lambda_j) \mu_0, \quad \lambda_j = \frac{\tau^2}{\tau^2 + v_j}

    The second form is used: the first is inf/inf at tau2 = 0 and at v = 0.

    Parameters
    ----------
    group_means : array_like of shape (n_groups,)
        Observed mean of each group, in outcome units.
    sampling_variances : array_like of shape (n_groups,)
        Squared standard error v_j = sigma_j^2 / n_j of each mean, in squared outcome units; may be 0 or inf.
    grand_mean : float
        The mean of the means, mu_0, in outcome units.
    tau2 : float
        The variance of the means, in squared outcome units; 0 pools completely, inf not at all.

    Returns
    -------
    ndarray of shape (n_groups,)
        Estimates, each between its group's mean and `grand_mean`. All arguments broadcast.

    Raises
    ------
    InputError
        If a variance is negative, shapes do not fit, or both variances are infinite.
    MissingValueError
        If a value is NaN, or a mean infinite.

    References
    ----------
    Gelman, Carlin, Stern, Dunson, Vehtari, Rubin (2013). Bayesian Data Analysis, 3rd ed., section 5.4.
    """
    means, centre = as_floats(group_means, "group_means"), as_floats(grand_mean, "grand_mean")
    variances = _variances(sampling_variances, "sampling_variances")
    between = _variances(tau2, "tau2")
    _require_broadcast(group_means=means, sampling_variances=variances, grand_mean=centre, tau2=between)
    own, other = _weights(between, variances)
    with np.errstate(under="ignore"):
        combined = own * means + other * centre
    # Rounding may carry a weighted average a hair outside its two ends.
    return np.asarray(np.clip(combined, np.minimum(means, centre), np.maximum(means, centre)))[()]


def partial_pooling_variance(sampling_variances: ArrayLike, *, tau2: ArrayLike) -> FloatArray:
    r"""Conditional variance of a group's mean given the data, when the other parameters are known.

    .. math:: Var(\mu_j \mid y) = \frac{1}{1/v_j + 1/\tau^2} = \lambda_j v_j \le \min(v_j, \tau^2)

    Parameters
    ----------
    sampling_variances : array_like
        Squared standard error v_j of each group's mean, in squared outcome units; may be 0 or inf.
    tau2 : float or array_like
        Variance of the group means, in squared outcome units; may be 0 or inf. Broadcasts.

    Returns
    -------
    ndarray of the broadcast shape
        In squared outcome units.

    Raises
    ------
    InputError, MissingValueError
        As `shrinkage_factor`.
    """
    between = _variances(tau2, "tau2")
    variances = _variances(sampling_variances, "sampling_variances")
    own, other = _weights(between, variances)
    # The larger weight always belongs to the smaller variance: no cancellation, and never inf * 0.
    with np.errstate(under="ignore"):
        return np.asarray(np.minimum(between, variances) * np.maximum(own, other))[()]


def _sampling_variances(moments: GroupMoments, sigma2: str) -> FloatArray:
    if sigma2 == "pooled":
        pooled = anova_from_moments(moments).ms_within
        if np.isnan(pooled):
            raise TooFewObservationsError(
                "every group has one score, so there is no variance within groups to pool; "
                "pass known variances to partial_pooling"
            )
        return np.asarray(pooled / moments.n)
    alone = moments.labels[moments.n == 1]
    if alone.size:
        raise TooFewObservationsError(
            f"group {shown(alone[0])} has one score ({alone.size} such group(s)), so its own variance is "
            "undefined; drop it, or pass sigma2='pooled' to give every group the pooled variance"
        )
    return np.asarray(moments.variance / moments.n)


def shrinkage_estimate(
    y: ArrayLike, group: ArrayLike, *, tau2: float | None = None, sigma2: str = "separate"
) -> Shrinkage:
    r"""Classical plug-in multilevel estimate of every group's mean.

    .. math:: \hat\mu_j = \frac{(n_j/s_j^2)\, \bar y_j + (1/\hat\tau^2)\, \bar y}{n_j/s_j^2 + 1/\hat\tau^2}

    with separate sample variances s_j^2, the mean of *all* scores in place of mu_0, and the ANOVA
    (method of moments) estimate of tau2, truncated at 0, unless `tau2` is given. A hybrid: the ANOVA
    estimate takes one sigma2 for all groups.

    Parameters
    ----------
    y : array_like of shape (n,)
        Scores, in outcome units.
    group : array_like of shape (n,)
        The group of each score.
    tau2 : float, optional
        Variance between groups, in squared outcome units; 0 and inf are allowed. Estimated if not given.
    sigma2 : {"separate", "pooled"}, default "separate"
        Whether each group has its own variance or all share the mean square within.

    Returns
    -------
    Shrinkage
        In sorted order of the labels.

    Raises
    ------
    TooFewObservationsError
        If a group has one score and variances are separate, or every group has.
    TooFewGroupsError
        If there is one group and `tau2` is not given.
    InputError, MissingValueError, LabelError
        As `group_summary`; also if `tau2` is negative.
    """
    choice = require_choice(sigma2, "sigma2", ("separate", "pooled"))
    moments = group_moments(y, group)
    if tau2 is None:
        between = max(0.0, anova_tau2(moments))
    else:
        between = as_number(tau2, "tau2", allow_inf=True)
        require_nonnegative(np.asarray(between), "tau2")
    variances = _sampling_variances(moments, choice)
    conditional = partial_pooling_variance(variances, tau2=between)
    return Shrinkage(
        labels=moments.labels,
        n=moments.n,
        mean=moments.mean,
        variance=moments.variance,
        grand_mean=moments.overall_mean,
        tau2=between,
        weight=shrinkage_factor(variances, tau2=between),
        estimate=partial_pooling(moments.mean, variances, grand_mean=moments.overall_mean, tau2=between),
        standard_error=np.sqrt(conditional),
    )
