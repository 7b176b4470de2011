"""Minimise a smooth function of one non-negative variance through its derivative."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from reference_impl.validation import FloatArray

#: First and second derivative at one point.
Slope = Callable[[float], tuple[float, float]]


def root_of_increasing_crossing(slope: Slope, low: float, high: float) -> float:
    """Point where a derivative passes from negative to positive, to full precision.

    Newton's method, replaced by bisection whenever it leaves the bracket or gains too little.

    Parameters
    ----------
    slope : callable
        Maps a point to the first and second derivative there.
    low, high : float
        Bracket with a negative derivative at `low` and a non-negative one at `high`.

    Returns
    -------
    float
    """
    point = 0.5 * (low + high)
    for _ in range(200):
        first, second = slope(point)
        if first == 0:
            return point
        low, high = (point, high) if first < 0 else (low, point)
        newton = point - first / second if second > 0 else np.inf
        proposal = newton if low < newton < high else 0.5 * (low + high)
        if low > 0 and high > 4 * low and proposal != newton:
            proposal = float(np.sqrt(low * high))
        if abs(proposal - point) <= 2e-16 * abs(point) or not low < proposal < high:
            return proposal if low <= proposal <= high else point
        point = proposal
    return point


def minimise_over_variance(criterion: Callable[[float], float], slope: Slope, *, scale: float) -> float:
    """Global minimum over [0, inf) of a function that rises in the end.

    Every interval of a logarithmic grid in which the derivative turns positive is refined; the boundary 0
    is a candidate if the derivative there is not negative. Unequal group sizes can give several minima,
    so all candidates are compared.

    Parameters
    ----------
    criterion : callable
        The function.
    slope : callable
        Its first and second derivative.
    scale : float
        A positive value of the size at which the function changes.

    Returns
    -------
    float
        The minimiser; exactly 0.0 at the boundary.
    """
    top = scale
    while slope(top)[0] <= 0 and top < 1e300:
        top *= 10.0
    grid: FloatArray = np.concatenate([[0.0], np.geomspace(scale * 1e-6, top * 1e3, 48)])
    first = np.array([slope(float(point))[0] for point in grid])
    candidates = [0.0] if first[0] >= 0 else []
    for k in np.flatnonzero((first[:-1] < 0) & (first[1:] >= 0)):
        candidates.append(root_of_increasing_crossing(slope, float(grid[k]), float(grid[k + 1])))
    if len(candidates) == 1:
        return candidates[0]
    return min(candidates, key=criterion)
