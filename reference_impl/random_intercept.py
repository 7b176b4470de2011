"""The random-intercept model by maximum likelihood (ML) and restricted maximum likelihood (REML)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reference_impl.errors import TooFewGroupsError, TooFewObservationsError, ZeroVarianceError
from reference_impl.groups import GroupMoments, IntArray, group_moments, shown
from reference_impl.profile_likelihood import minimise_over_variance
from reference_impl.validation import FloatArray, require_choice


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


class _Profile:
    """-2 log-likelihood as a function of the ratio l = tau2 / sigma2, on classes of equal group size.

    With w_j = n_j / (1 + n_j l), r_j = ybar_j - mu and S = SSW + sum w r^2 the derivatives of S need no
    derivative of mu at first order, because mu minimises S.
    """

    def __init__(self, moments: GroupMoments, *, restricted: bool) -> None:
        self.size, member = np.unique(moments.n, return_inverse=True)
        self.count = np.bincount(member).astype(np.float64)
        self.mean = np.bincount(member, weights=moments.deviation) / self.count
        spread = moments.deviation - self.mean[member]
        self.mean = self.mean + np.bincount(member, weights=spread) / self.count
        spread = moments.deviation - self.mean[member]
        self.spread = np.bincount(member, weights=spread * spread)
        self.within = math.fsum(moments.sum_squares)
        self.restricted = restricted
        self.df = float(moments.n.sum()) - (1.0 if restricted else 0.0)

    def at(self, ratio: float) -> tuple[FloatArray, float, FloatArray, FloatArray]:
        """Weight per group, mu, and per class the sums of r and of r^2."""
        weight = self.size / (1.0 + self.size * ratio)
        total = weight * self.count
        mu = float(total @ self.mean / total.sum())
        residual = self.mean - mu
        return weight, mu, self.count * residual, self.spread + self.count * residual**2

    def criterion(self, ratio: float) -> float:
        weight, _, _, squares = self.at(ratio)
        residual_ss = self.within + float(weight @ squares)
        value = self.df * (1.0 + math.log(2.0 * math.pi * residual_ss / self.df))
        value += float(self.count @ np.log1p(self.size * ratio))
        if self.restricted:
            value += math.log(float(self.count @ weight))
        return value

    def slope(self, ratio: float) -> tuple[float, float]:
        weight, _, sums, squares = self.at(ratio)
        w1, w2, w3 = (float(self.count @ weight**power) for power in (1, 2, 3))
        residual_ss = self.within + float(weight @ squares)
        first_ss = -float(weight**2 @ squares)
        second_ss = 2.0 * float(weight**3 @ squares) - 2.0 * float(weight**2 @ sums) ** 2 / w1
        first = self.df * first_ss / residual_ss + w1
        second = self.df * (second_ss / residual_ss - (first_ss / residual_ss) ** 2) - w2
        if self.restricted:
            first -= w2 / w1
            second += 2.0 * w3 / w1 - (w2 / w1) ** 2
        return first, second


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


def fit_moments(moments: GroupMoments, *, method: str) -> RandomIntercept:
    """Fit from moments that are already at hand; see `fit_random_intercept`."""
    _require_estimable(moments)
    profile = _Profile(moments, restricted=method == "reml")
    ratio = minimise_over_variance(profile.criterion, profile.slope, scale=1.0 / float(moments.n.mean()))
    weight, mu, _, squares = profile.at(ratio)
    sigma2 = (profile.within + float(weight @ squares)) / profile.df
    denominator = 1.0 + moments.n * ratio
    shrinkage: FloatArray = np.asarray(1.0 / denominator, dtype=np.float64)
    grand_mean = moments.origin + mu
    estimate = np.where(shrinkage == 1, grand_mean, moments.mean - shrinkage * (moments.deviation - mu))
    return RandomIntercept(
        labels=moments.labels,
        n=moments.n,
        mean=moments.mean,
        tau2=ratio * sigma2,
        sigma2=sigma2,
        mu=grand_mean,
        mu_se=math.sqrt(sigma2 / float(profile.count @ weight)),
        minus2loglik=profile.criterion(ratio),
        shrinkage=shrinkage,
        estimate=estimate,
        conditional_sd=np.sqrt(sigma2 * ratio / denominator),
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
        In sorted order of the labels. At the boundary `tau2` is exactly 0 and every estimate equals `mu`.

    Raises
    ------
    TooFewGroupsError
        If there is one group.
    TooFewObservationsError
        If every group has one score.
    ZeroVarianceError
        If scores do not vary within any group.
    InputError, MissingValueError, LabelError
        As `group_summary`; also if `method` is unknown.

    References
    ----------
    Bates, Maechler, Bolker, Walker (2015). Fitting linear mixed-effects models using lme4. JSS 67(1);
    the criterion printed by lme4 has the same constants.
    """
    choice = require_choice(method, "method", ("reml", "ml"))
    return fit_moments(group_moments(y, group), method=choice)
