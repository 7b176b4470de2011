"""Estimates with known sampling variances, as in the eight schools: the variance between groups."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from reference_impl.errors import InputError, TooFewGroupsError
from reference_impl.profile_likelihood import Profile, minimise, root_of_increasing_crossing
from reference_impl.validation import FloatArray, as_vector, power_of_two, require_choice, require_same_length

METHODS = ("dersimonian-laird", "paule-mandel", "ml", "reml", "hedges")
_MAY_BE_NEGATIVE = ("dersimonian-laird", "hedges")


#: A variance below this, in units of the largest squared deviation, leaves nothing to compute with.
SMALLEST = 1e-140


def _profile(y: FloatArray, v: FloatArray, *, restricted: bool) -> tuple[Profile, float]:
    """The estimates around the most precise one, divided by a power of two, and that power."""
    with np.errstate(over="ignore", invalid="ignore"):
        deviation = y - y[np.argmin(v)]
    largest = float(np.max(np.abs(deviation)))
    if not math.isfinite(largest):
        raise InputError(f"estimates are too large to subtract (up to {np.max(np.abs(y)):g}); use larger units")
    unit = power_of_two(max(largest, math.sqrt(float(np.max(v)))))
    scaled = v / unit / unit
    if not np.min(scaled) > SMALLEST:
        raise InputError(
            f"the smallest variance ({np.min(v):g}) is nothing beside the largest variance or squared difference "
            f"(about {unit:g} squared), so the two cannot be weighed; treat that estimate as known exactly"
        )
    return Profile(deviation / unit, scaled, restricted=restricted), unit


def _moment_estimate(profile: Profile, method: str, v: FloatArray) -> float:
    """Estimate before truncation at 0, in the units of the profile, where `v` is in them too."""
    degrees = float(profile.count.sum()) - 1.0
    if method == "hedges":
        return profile.total_spread / degrees - float(np.mean(v))
    zero = np.zeros(1)
    a, r, total = profile.relative(zero)
    # Numerator and denominator are v_min times those of the formula, so neither overflows.
    excess = float(profile.squares(a, r, total)[0, 0]) - degrees * float(profile.v[0])
    return excess / float(profile.logarithms(a, total)[0, 0])


def _paule_mandel(profile: Profile) -> float:
    """Root of 1/(J - 1) - 1/Q(t): 1/Q is concave and increasing, nearly a line."""
    degrees = float(profile.count.sum()) - 1.0

    def gap(tau2: float) -> tuple[float, float]:
        s, s1, _ = profile.squares(*profile.relative(np.array([tau2])))[:, 0]
        if s < SMALLEST:  # estimates that agree: Q is 0, or too small to divide by
            return math.inf, 0.0
        return float((profile.v[0] + tau2) / s) - 1.0 / degrees, float(s1 / s / s)

    here, rate = gap(0.0)
    if here >= 0:
        return 0.0
    # The tangent at 0 lies above 1/Q, so its root is no further than the root; and Q(t) <= total_spread / t.
    return root_of_increasing_crossing(gap, -here / rate, 2.0 * profile.total_spread / degrees)


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
        In squared outcome units. Of several maxima of a likelihood, the highest, whatever the v_j; variances
        may differ by any factor that leaves the smallest above 1e-140 times the largest of them and of the
        squared differences between estimates.

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
    profile, unit = _profile(y, v, restricted=choice in ("reml", "dersimonian-laird"))
    if choice in _MAY_BE_NEGATIVE:
        raw = _moment_estimate(profile, choice, v / unit / unit)
        scaled = max(0.0, raw) if truncate else raw
    else:
        scaled = _paule_mandel(profile) if choice == "paule-mandel" else minimise(profile)
    tau2 = scaled * unit * unit
    if not math.isfinite(tau2):
        raise InputError(f"tau2 is too large for a number (about {unit:g} squared); use larger units")
    return tau2
