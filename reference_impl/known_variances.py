"""Estimates with known sampling variances, as in the eight schools: the variance between groups."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from reference_impl.errors import InputError, TooFewGroupsError
from reference_impl.profile_likelihood import minimise_over_variance, root_of_increasing_crossing
from reference_impl.validation import FloatArray, as_vector, require_choice, require_same_length

METHODS = ("dersimonian-laird", "paule-mandel", "ml", "reml", "hedges")
_MAY_BE_NEGATIVE = ("dersimonian-laird", "hedges")


class _Model:
    """Weighted moments of estimates y with variances v + t, as functions of t = tau2."""

    def __init__(self, estimates: FloatArray, variances: FloatArray, *, restricted: bool) -> None:
        self.y = estimates - estimates[0]
        self.v = variances
        self.restricted = restricted

    def at(self, tau2: float) -> tuple[FloatArray, FloatArray]:
        """Weights, and residuals around their weighted mean."""
        weight = 1.0 / (self.v + tau2)
        return weight, self.y - weight @ self.y / weight.sum()

    def generalised_q(self, tau2: float) -> float:
        weight, residual = self.at(tau2)
        return float(weight @ residual**2)

    def paule_mandel(self, tau2: float) -> tuple[float, float]:
        """J - 1 - Q, which increases with tau2, and its derivative."""
        weight, residual = self.at(tau2)
        return self.y.size - 1 - float(weight @ residual**2), float(weight**2 @ residual**2)

    def criterion(self, tau2: float) -> float:
        weight, residual = self.at(tau2)
        value = -float(np.log(weight).sum()) + float(weight @ residual**2)
        return value + (math.log(float(weight.sum())) if self.restricted else 0.0)

    def slope(self, tau2: float) -> tuple[float, float]:
        weight, residual = self.at(tau2)
        w1, w2, w3 = (float((weight**power).sum()) for power in (1, 2, 3))
        first = w1 - float(weight**2 @ residual**2)
        second = 2.0 * (float(weight**3 @ residual**2) - float(weight**2 @ residual) ** 2 / w1) - w2
        if self.restricted:
            first -= w2 / w1
            second += 2.0 * w3 / w1 - (w2 / w1) ** 2
        return first, second


def _moment_estimate(model: _Model, method: str) -> float:
    y, v = model.y, model.v
    if method == "hedges":
        return float(np.var(y, ddof=1)) - float(np.mean(v))
    weight = 1.0 / v
    total = float(weight.sum())
    constant = total - float(weight @ weight) / total
    return (model.generalised_q(0.0) - float(y.size - 1)) / constant


def _paule_mandel(model: _Model) -> float:
    if model.generalised_q(0.0) <= model.y.size - 1:
        return 0.0
    high = float(np.var(model.y, ddof=1)) + float(model.v.max())
    while model.paule_mandel(high)[0] < 0:
        high *= 2.0
    return root_of_increasing_crossing(model.paule_mandel, 0.0, high)


def heterogeneity_variance(
    estimates: ArrayLike, variances: ArrayLike, *, method: str = "dersimonian-laird", truncate: bool = True
) -> float:
    r"""Estimate tau2 from one estimate per group and its known sampling variance.

    With w_j = 1/v_j, mu_w the w-weighted mean, Q(t) = sum_j (y_j - mu_t)^2/(v_j + t):

    * "dersimonian-laird": (Q(0) - (J - 1)) / (sum w - sum w^2 / sum w)
    * "hedges": sample variance of the estimates minus the mean of the v_j
    * "paule-mandel": the t at which Q(t) = J - 1
    * "ml", "reml": the t that maximises the normal (restricted) likelihood of y_j ~ N(mu, v_j + t)

    Parameters
    ----------
    estimates : array_like of shape (n_groups,)
        One estimate per group, in outcome units.
    variances : array_like of shape (n_groups,)
        Squared standard error of each, in squared outcome units; positive and finite.
    method : {"dersimonian-laird", "paule-mandel", "ml", "reml", "hedges"}, default "dersimonian-laird"
        The estimator.
    truncate : bool, default True
        Whether a negative moment estimate becomes 0. False is for "dersimonian-laird" and "hedges" only.

    Returns
    -------
    float
        In squared outcome units.

    Raises
    ------
    TooFewGroupsError
        If there is one estimate.
    InputError, MissingValueError
        If lengths differ, a variance is not positive and finite, or `method` is unknown.

    References
    ----------
    Viechtbauer (2005). Bias and efficiency of meta-analytic variance estimators in the random-effects model.
    Journal of Educational and Behavioral Statistics 30. For "paule-mandel": DerSimonian and Kacker (2007).
    Random-effects model for meta-analysis of clinical trials: an update. Contemporary Clinical Trials 28.
    """
    choice = require_choice(method, "method", METHODS)
    if not truncate and choice not in _MAY_BE_NEGATIVE:
        raise InputError(f"truncate=False has no meaning for method {choice!r}: it cannot be negative")
    y, v = as_vector(estimates, "estimates"), as_vector(variances, "variances")
    require_same_length(y, "estimates", v, "variances")
    if not np.all(v > 0):
        raise InputError(f"variances must be positive (got {np.min(v)}); a known mean needs no estimate of tau2")
    if y.size < 2:
        raise TooFewGroupsError("there is one estimate, so the variance between groups is undefined; pass tau2")
    model = _Model(y, v, restricted=choice == "reml")
    if choice in _MAY_BE_NEGATIVE:
        raw = _moment_estimate(model, choice)
        return max(0.0, raw) if truncate else raw
    if choice == "paule-mandel":
        return _paule_mandel(model)
    return minimise_over_variance(model.criterion, model.slope, scale=float(np.median(v)))
