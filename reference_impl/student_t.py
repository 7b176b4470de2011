"""The quantile of Student's t, for intervals from few observations."""

from __future__ import annotations

import math

from reference_impl.errors import InputError


def _probability_inside(t: float, df: int) -> float:
    """Probability between -t and t: finite sums for whole degrees of freedom."""
    angle = math.atan2(t, math.sqrt(df))
    start = 1.0 if df % 2 == 0 else (math.cos(angle) if df > 1 else 0.0)
    term = total = start
    for k in range(df % 2 + 1, df - 2, 2):
        term *= k / (k + 1) * math.cos(angle) ** 2
        total += term
    return math.sin(angle) * total if df % 2 == 0 else 2 / math.pi * (angle + math.sin(angle) * total)


def student_t_quantile(df: int, *, coverage: float = 0.95) -> float:
    """The number that Student's t exceeds in absolute value with probability 1 - coverage.

    Parameters
    ----------
    df : int
        Degrees of freedom, at least 1.
    coverage : float, default 0.95
        Probability inside, between 0 and 1.

    Returns
    -------
    float

    Raises
    ------
    InputError
        If `df` is below 1 or `coverage` not between 0 and 1.

    References
    ----------
    Abramowitz, Stegun (1964). Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
    """
    if df < 1 or not 0 < coverage < 1:
        raise InputError(f"there is no t quantile for df = {df} and coverage {coverage}")
    low, high = 0.0, 1.0
    while _probability_inside(high, df) < coverage:
        high *= 2.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _probability_inside(middle, df) < coverage else (low, middle)
    return high
