"""The random-intercept model by maximum likelihood (ML) and restricted maximum likelihood (REML)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reference_impl.errors import TooFewGroupsError, TooFewObservationsError, ZeroVarianceError
from reference_impl.groups import GroupMoments, IntArray, group_moments, shown
from reference_impl.profile_likelihood import Profile, minimise
from reference_impl.validation import FloatArray, power_of_two, require_choice


@dataclass(frozen=True)
class RandomIntercept:
    """A fitted random-intercept model.

    Attributes
    ----------
    labels, n
        As in `GroupSummary`.
    mean : ndarray of shape (n_groups,)
        Observed means, in outcome units.
    tau2, sigma2 : float
        Variance between and within groups, in squared outcome units.
    mu, mu_se : float
        Generalised least squares estimate of the grand mean and its standard error, in outcome units.
    minus2loglik : float
        Minus twice the (restricted) log-likelihood at the optimum, constants included.
    shrinkage : ndarray of shape (n_groups,)
        B_j = sigma2 / (sigma2 + n_j tau2): how far each estimate moved from its mean to `mu`, 0 to 1.
    estimate : ndarray of shape (n_groups,)
        Best linear unbiased predictions of the groups' means, in outcome units.
    conditional_sd : ndarray of shape (n_groups,)
        Standard deviation of each group's mean given the data, with the variances and `mu` taken as known.
    """

    labels: NDArray[Any]
    n: IntArray
    mean: FloatArray
    tau2: float
    sigma2: float
    mu: float
    mu_se: float
    minus2loglik: float
    shrinkage: FloatArray
    estimate: FloatArray
    conditional_sd: FloatArray


def _require_estimable(moments: GroupMoments) -> None:
    if moments.n.size < 2:
        raise TooFewGroupsError(
            f"there is one group ({shown(moments.labels[0])}), so the variance between groups is undefined"
        )
    if moments.n.max() < 2:
        raise TooFewObservationsError(
            "every group has one score, so the variances between and within cannot be told apart; "
            "pass known variances to heterogeneity_variance"
        )
    if not moments.sum_squares.sum() > 0:
        raise ZeroVarianceError(
            "scores do not vary within any group, so the likelihood has no maximum (sigma2 = 0); "
            "method 'anova' still gives tau2"
        )


def _profile(moments: GroupMoments, *, restricted: bool) -> tuple[Profile, float, float]:
    """The groups around the largest one over a power of two; that power; the largest one's deviation."""
    centre = float(moments.deviation[np.argmax(moments.n)])
    deviation = moments.deviation - centre
    unit = power_of_two(max(float(np.max(np.abs(deviation))), math.sqrt(float(np.max(moments.sum_squares)))))
    within = math.fsum(moments.sum_squares / unit / unit)
    profile = Profile(
        deviation / unit,
        1.0 / moments.n,
        restricted=restricted,
        within=within,
        df=float(moments.n.sum()) - (1.0 if restricted else 0.0),
    )
    if not within or not math.isfinite(profile.beyond()):
        raise ZeroVarianceError(
            "scores vary so little within groups, beside the differences between groups, that sigma2 is 0 to the "
            "computer; method 'anova' still gives tau2"
        )
    return profile, unit, centre


def fit_moments(moments: GroupMoments, *, method: str) -> RandomIntercept:
    """Fit from moments that are already at hand; see `fit_random_intercept`."""
    _require_estimable(moments)
    profile, unit, centre = _profile(moments, restricted=method == "reml")
    ratio = minimise(profile)
    total, mu, sum_squares = profile.weights(ratio)
    sigma2 = sum_squares / profile.df
    with np.errstate(over="ignore"):
        denominator = 1.0 + moments.n * ratio
    shrinkage: FloatArray = np.asarray(1.0 / denominator, dtype=np.float64)
    grand_mean = moments.origin + (centre + unit * mu)
    toward = moments.deviation - centre - unit * mu
    return RandomIntercept(
        labels=moments.labels,
        n=moments.n,
        mean=moments.mean,
        tau2=ratio * sigma2 * unit * unit,
        sigma2=sigma2 * unit * unit,
        mu=grand_mean,
        mu_se=unit * math.sqrt(sigma2 / total),
        minus2loglik=profile.criterion(ratio) + 2.0 * profile.df * math.log(unit),
        shrinkage=shrinkage,
        estimate=np.where(shrinkage == 1, grand_mean, moments.mean - shrinkage * toward),
        conditional_sd=unit * np.sqrt(sigma2 * ratio * shrinkage),
    )


def fit_random_intercept(y: ArrayLike, group: ArrayLike, *, method: str = "reml") -> RandomIntercept:
    r"""Fit y_ij = mu_j + e_ij with mu_j ~ N(mu, tau2) and e_ij ~ N(0, sigma2), one sigma2 for all groups.

    With l = tau2/sigma2, w_j = n_j/(1 + n_j l), mu the w-weighted mean of the group means and
    S = SSW + sum_j w_j (ybar_j - mu)^2, minimise over l >= 0

    .. math::
        -2\log L &= N (1 + \log(2\pi S/N)) + \sum_j \log(1 + n_j l) \\
        -2\log L_R &= (N-1)(1 + \log(2\pi S/(N-1))) + \sum_j \log(1 + n_j l) + \log\sum_j w_j

    through the root of the derivative; sigma2 = S/N (ML) or S/(N - 1) (REML).

    Parameters
    ----------
    y : array_like of shape (n,)
        Scores, in outcome units.
    group : array_like of shape (n,)
        The group of each score.
    method : {"reml", "ml"}, default "reml"
        Restricted or full maximum likelihood.

    Returns
    -------
    RandomIntercept
        In sorted order of the labels. At the boundary `tau2` is exactly 0 and every estimate equals `mu`. Of
        several maxima the highest, whatever the sizes of the groups.

    Raises
    ------
    TooFewGroupsError
        If there is one group.
    TooFewObservationsError
        If every group has one score.
    ZeroVarianceError
        If scores do not vary within any group, or by less than 1e-140 or so of the differences between groups.
    InputError, MissingValueError, LabelError
        As `group_summary`; also if `method` is unknown.

    References
    ----------
    Bates, Maechler, Bolker, Walker (2015). Fitting linear mixed-effects models using lme4. JSS 67(1);
    the criterion printed by lme4 has the same constants.
    """
    choice = require_choice(method, "method", ("reml", "ml"))
    return fit_moments(group_moments(y, group), method=choice)
