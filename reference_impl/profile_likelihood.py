r"""The profile likelihood of one variance between groups, and its global maximum.

Both models of this package lead here. Estimates y_j have variances v_j + t, where t = tau2 and v_j is known; or,
for scores with one unknown sigma2, t = tau2/sigma2, v_j = 1/n_j, and sigma2 is profiled out. With weights
w_j = 1/(v_j + t) and mu the weighted mean of the y_j,

.. math:: S(t) = \sum_j w_j (y_j - \mu)^2 = \sum_{k=1}^{J-1} \frac{c_k^2}{m_k + t}, \qquad
          f(t) = \sum_j \log(v_j + t) + S(t) \quad\text{or}\quad N \log\{SSW + S(t)\}, \qquad
          f_R(t) = f(t) + \log \sum_j w_j,

where the m_k > 0 are the eigenvalues of the v_j on the contrasts of the y_j (N becomes N - 1 in f_R for scores).

Unequal v_j can give several minima of f, at any scale between the smallest v_j and the largest squared deviation,
and no spacing of a grid is known to be fine enough. But f' = P - N with two functions that fall and are convex,
because each is a mixture of terms 1/(m + t)^k: P is the derivative of the logarithms, and N that of S, or of
log(SSW + S) (S + SSW is a Stieltjes function, so its logarithmic derivative is such a mixture too). So on [a, b]

.. math:: P(b) - N(a) \le f' \le P(a) - N(b), \qquad |N'(b)| - |P'(a)| \le f'' \le |N'(a)| - |P'(b)|,

and these bounds say of most intervals that f rises, falls, is convex or is concave there, or stays above a value
found elsewhere. Intervals of which they say nothing are halved, so no minimum between two points is missed.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from reference_impl.validation import FloatArray

#: A derivative and its own derivative at one point.
Slope = Callable[[float], tuple[float, float]]

BLOCK = 2**18  # entries of a table of points by classes that are computed at once
ROUNDS = 200  # of halving; an interval that has not shrunk to nothing by then is as good as a point
TIE = 1e-12  # relative difference of two values of f that is no difference


def _middle(low: float, high: float) -> float:
    return low * math.sqrt(high / low) if 0 < 4.0 * low < high else 0.5 * low + 0.5 * high


def root_of_increasing_crossing(slope: Slope, low: float, high: float) -> float:
    """Point where a function passes from negative to positive, to full precision.

    Newton's method, replaced by bisection whenever it leaves the bracket.

    Parameters
    ----------
    slope : callable
        Maps a point to the value and the derivative there.
    low, high : float
        Bracket with a negative value at `low` and a non-negative one at `high`.

    Returns
    -------
    float
    """
    point = _middle(low, high)
    for _ in range(200):
        first, second = slope(point)
        if first == 0:
            return point
        low, high = (point, high) if first < 0 else (low, point)
        newton = point - first / second if second > 0 else np.inf
        proposal = newton if low < newton < high else _middle(low, high)
        if abs(proposal - point) <= 2e-16 * abs(point) or not low < proposal < high:
            return proposal if low <= proposal <= high else point
        point = proposal
    return point


class Profile:
    """Sums over groups at t, where groups of one v_j are a class and u = min(v) + t is the unit of variance.

    Every sum is of terms of one sign around the most precise class, so that weights may differ by any factor.

    Parameters
    ----------
    estimates, variances : ndarray of shape (n_groups,)
        y_j, at most about 1 from that of the smallest variance, and v_j > 0.
    restricted : bool
        Whether the criterion is f_R.
    within, df : float, optional
        SSW and N (or N - 1), where sigma2 is profiled out.
    """

    def __init__(
        self,
        estimates: FloatArray,
        variances: FloatArray,
        *,
        restricted: bool,
        within: float | None = None,
        df: float = 1.0,
    ) -> None:
        self.v, member = np.unique(variances, return_inverse=True)
        self.count = np.bincount(member).astype(np.float64)
        offset = np.bincount(member, weights=estimates) / self.count
        spread = estimates - offset[member]
        offset = offset + np.bincount(member, weights=spread) / self.count
        spread = estimates - offset[member]
        self.spread = np.bincount(member, weights=spread * spread)
        self.origin = float(offset[0])
        self.mean = offset - self.origin
        self.restricted, self.within, self.df = restricted, within, df
        centred = estimates - np.mean(estimates)
        self.total_spread = float(centred @ centred)

    def beyond(self) -> float:
        """A t beyond which f rises; inf if it cannot be told apart from infinity.

        N <= sum c_k^2 / (m_k + t)^2 for known variances, so f' > 0 once t exceeds the sum C of the c_k^2. Else,
        beyond the largest v_j, P >= (J - 1)/(2t) and N <= df C / (t^2 SSW).
        """
        if self.within is None:
            return 2.0 * self.total_spread
        steepest = self.df * self.total_spread / max(float(self.count.sum()) - 1.0, 1.0)
        with np.errstate(over="ignore"):
            return max(float(self.v[-1]), 4.0 * float(np.float64(steepest) / self.within))

    def weights(self, tau2: float) -> tuple[float, float, float]:
        """Sum of the weights, mu, and SSW + S, at t."""
        weight = self.count / (self.v + tau2)
        total = float(weight.sum())
        mu = float(weight @ self.mean) / total
        sum_squares = float((self.spread / self.count + (self.mean - mu) ** 2) @ weight)
        return total, self.origin + mu, (self.within or 0.0) + sum_squares

    def relative(self, tau2: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Weights u w_j and residuals, of shape (points, classes), and the sum of the weights."""
        t = tau2[:, None]
        a = (self.v[0] + t) / (self.v + t)
        total = a @ self.count
        return a, self.mean - ((a * self.count) @ self.mean / total)[:, None], total

    def squares(self, a: FloatArray, r: FloatArray, total: FloatArray) -> FloatArray:
        """Sums u S, u^2 (-S') and u^3 S''/2, of shape (3, points)."""
        squares = self.spread + self.count * r * r
        z = a * r - r[:, :1]  # the most precise class has a = 1: what follows does not cancel
        z -= ((a * self.count * z).sum(axis=1) / total)[:, None]
        bend = (a * (a * a * self.spread + self.count * z * z)).sum(axis=1)
        return np.array([(a * squares).sum(axis=1), (a * a * squares).sum(axis=1), bend])

    def logarithms(self, a: FloatArray, total: FloatArray) -> FloatArray:
        """Sums u P and u^2 (-P'), of shape (2, points)."""
        square = a * a
        if not self.restricted:
            return np.array([total, square @ self.count])
        # 1 - a/total and its like for squares, the most precise group's by adding up the others.
        first, tail = self.count[0] - 1.0, self.count[1:]
        rest = total[:, None] - a
        rest[:, 0] = first + a[:, 1:] @ tail
        rest_squares = (square @ self.count)[:, None] - square
        rest_squares[:, 0] = first + square[:, 1:] @ tail
        rest /= total[:, None]
        rest_squares /= (total * total)[:, None]
        return np.array([(a * rest) @ self.count, (square * (rest * rest + rest_squares)) @ self.count])

    def at(self, tau2: FloatArray) -> FloatArray:
        """Values of f, u P, u N, u^2 |P'| and u^2 |N'| at each point, of shape (5, points)."""
        blocks = np.array_split(tau2, max(1, tau2.size * self.v.size // BLOCK))
        return np.concatenate([self._at(block) for block in blocks if block.size], axis=1)

    def _at(self, tau2: FloatArray) -> FloatArray:
        u = self.v[0] + tau2
        a, r, total = self.relative(tau2)
        s, s1, s2 = self.squares(a, r, total)
        p, p2 = self.logarithms(a, total)
        f = np.log1p(tau2[:, None] / self.v) @ self.count
        if self.within is None:
            f, n, n2 = f + s / u, s1 / u, 2.0 * s2 / u
        else:
            f = f + self.df * (1.0 + np.log(2.0 * math.pi * (self.within + s / u) / self.df))
            n = self.df * s1 / (self.within * u + s)
            n2 = self.df * 2.0 * s2 / (self.within * u + s) - n * n / self.df
        if self.restricted:
            f = f + np.log(total / u)
        return np.array([f, p, n, p2, n2])

    def slope(self, tau2: float) -> tuple[float, float]:
        """Value of u f' and its derivative, whose sign and root are those of f'."""
        _, p, n, p2, n2 = self.at(np.array([tau2]))[:, 0]
        return float(p - n), float(p - n + n2 - p2) / float(self.v[0] + tau2)

    def criterion(self, tau2: float) -> float:
        """Value of f, or f_R, at one point."""
        return float(self.at(np.array([tau2]))[0, 0])


def _bounds(profile: Profile, t: FloatArray, points: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """For each interval between neighbours: a lower bound of f, and whether the bounds of f' and f'' settle it."""
    (value, p, n, p2, n2), (_, p_end, n_end, p2_end, n2_end) = points[:, :-1], points[:, 1:]
    u = profile.v[0] + t
    ratio = u[:-1] / u[1:]
    steepest_fall = n - p_end * ratio
    lowest = value - np.maximum(steepest_fall, 0.0) * ((t[1:] - t[:-1]) / u[:-1])
    monotone = (steepest_fall < 0) | (p < n_end * ratio)
    bent = (n2_end * ratio * ratio >= p2) | (n2 <= p2_end * ratio * ratio)
    return lowest, monotone | bent


def minimise(profile: Profile) -> float:
    """Global minimum of f (or f_R) over [0, inf); see the top of this module for why nothing is missed.

    Returns
    -------
    float
        The minimiser; exactly 0.0 at the boundary. Of minima that tie in double precision, one.
    """
    beyond = profile.beyond()
    if beyond == 0:
        return 0.0
    start = min(float(profile.v[0]), beyond)
    steps = 2 + int(math.log(beyond / start) / math.log(4.0))
    t: FloatArray = np.concatenate([[0.0], np.geomspace(start, beyond, steps)])
    points = profile.at(t)
    for _ in range(ROUNDS):
        lowest, settled = _bounds(profile, t, points)
        best = float(np.min(points[0]))
        halve = ~settled & (lowest < best - TIE * (1.0 + abs(best)))
        if not halve.any():
            break
        added = np.array([_middle(a, b) for a, b in zip(t[:-1][halve], t[1:][halve], strict=True)])
        order = np.argsort(np.concatenate([t, added]), kind="stable")
        t = np.concatenate([t, added])[order]
        points = np.concatenate([points, profile.at(added)], axis=1)[:, order]
    falls = points[1] < points[2]
    crossing = falls[:-1] & ~falls[1:] & (lowest <= best + TIE * (1.0 + abs(best)))
    candidates = [] if falls[0] else [0.0]
    for k in np.flatnonzero(crossing):
        candidates.append(root_of_increasing_crossing(profile.slope, float(t[k]), float(t[k + 1])))
    return min(candidates, key=profile.criterion) if len(candidates) > 1 else candidates[0]
