"""The James-Stein estimator, towards a fixed value or, as Efron and Morris used it, towards the mean."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from reference_impl.errors import TooFewGroupsError, ZeroVarianceError
from reference_impl.validation import (
    FloatArray,
    as_number,
    as_vector,
    power_of_two,
    require_finite,
    require_nonnegative,
)


@dataclass(frozen=True)
class JamesStein:
    """James-Stein estimates.

    Attributes
    ----------
    estimate : ndarray of shape (k,)
        Shrunken values, in the units of the input.
    weight : float
        The common weight c on each own value; negative if the plain estimator shrinks beyond the target.
    target : float
        The value that the estimates are drawn to.
    """

    estimate: FloatArray
    weight: float
    target: float


def james_stein(
    estimates: ArrayLike, *, sigma2: float, target: float | None = None, positive_part: bool = False
) -> JamesStein:
    r"""Shrink k independent estimates of equal, known variance towards a common value.

    .. math:: z_i = m + c\,(y_i - m), \qquad c = 1 - \frac{(k - 3)\,\sigma^2}{\sum_i (y_i - m)^2}

    where m is the mean of the estimates; if `target` gives a fixed m, k - 2 replaces k - 3, because no
    degree of freedom was spent on m.

    Parameters
    ----------
    estimates : array_like of shape (k,)
        Independent estimates, such as batting averages.
    sigma2 : float
        Their common known variance, in squared units of the estimates; for an average of 45 at-bats
        Efron and Morris take ybar(1 - ybar)/45.
    target : float, optional
        A fixed value to shrink towards; by default the mean of the estimates.
    positive_part : bool, default False
        Whether a negative weight becomes 0, which lowers the expected total squared error further.

    Returns
    -------
    JamesStein

    Raises
    ------
    TooFewGroupsError
        If k < 4 (k < 3 with a fixed target), where the estimator does not dominate.
    ZeroVarianceError
        If all estimates equal the target, or nearly so, and `positive_part` is False.
    InputError, MissingValueError
        If the input is empty, missing, or `sigma2` is negative.

    References
    ----------
    Efron, Morris (1977). Stein's paradox in statistics. Scientific American 236(5), 119-127.
    """
    y = as_vector(estimates, "estimates")
    variance = as_number(sigma2, "sigma2")
    require_nonnegative(np.asarray(variance), "sigma2")
    spent = 3 if target is None else 2
    if y.size <= spent:
        raise TooFewGroupsError(
            f"{y.size} estimate(s) given; James-Stein needs at least {spent + 1} "
            f"{'to shrink towards their mean' if target is None else 'to shrink towards a fixed target'}"
        )
    with np.errstate(over="ignore", invalid="ignore"):
        centre = float(y[0] + np.mean(y - y[0])) if target is None else as_number(target, "target")
        deviation = y - centre
    require_finite(deviation, "differences between estimates are", "use larger units")
    unit = power_of_two(float(np.max(np.abs(deviation))))  # so that squares neither overflow nor vanish
    spread = float(np.sum((deviation / unit) ** 2))
    weight = 1.0 - (y.size - spent) * (variance / unit / unit) / spread if spread else -math.inf
    if positive_part:
        weight = max(0.0, weight)
    if not math.isfinite(weight):
        raise ZeroVarianceError(
            "all estimates equal the target, or nearly so, and the weight is undefined; "
            "pass positive_part=True to get the target itself"
        )
    return JamesStein(estimate=centre + weight * deviation, weight=weight, target=centre)
