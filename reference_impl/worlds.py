"""Many worlds of schools at once, for what holds "on average" or "in 86% of cases".

A world is one draw from the book's model. Means and variances of samples are drawn directly (for normal scores
they are independent, one normal, the other chi-squared), so that thousands of worlds take a moment.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from reference_impl.groups import IntArray
from reference_impl.shrinkage import partial_pooling, partial_pooling_variance
from reference_impl.validation import FloatArray


@dataclass(frozen=True)
class Worlds:
    """Schools in many worlds: sizes (J,), and true means, sample means and sample variances (worlds, J)."""

    n: IntArray
    true_mean: FloatArray
    mean: FloatArray
    variance: FloatArray


@dataclass(frozen=True)
class WorldEstimates:
    """Shrunken means and their standard errors (worlds, J), with what was plugged in (worlds,)."""

    estimate: FloatArray
    standard_error: FloatArray
    grand_mean: FloatArray
    tau2: FloatArray


def simulate_worlds(
    sizes: ArrayLike,
    *,
    rng: np.random.Generator,
    worlds: int,
    tau: float,
    sigma: ArrayLike = 10.0,
    grand_mean: float = 50.0,
) -> Worlds:
    r"""Draw schools and pupils many times.

    .. math:: \mu_j \sim N(\mu_0, \tau^2), \quad \bar y_j \sim N(\mu_j, \sigma_j^2/n_j), \quad
              s_j^2 \sim \sigma_j^2\, \chi^2_{n_j-1}/(n_j-1)

    Parameters
    ----------
    sizes : array_like of int, shape (J,)
        Pupils in each school.
    rng : numpy.random.Generator
    worlds : int
        How many worlds.
    tau, sigma, grand_mean : float
        Standard deviations of the true means and of pupils, and mu_0, in outcome units; `sigma` may be one per
        school.

    Returns
    -------
    Worlds
    """
    n = np.asarray(sizes, dtype=np.int64)
    shape = (worlds, n.size)
    true_mean = rng.normal(grand_mean, tau, shape)
    spread = np.asarray(sigma, dtype=np.float64)
    mean = rng.normal(true_mean, spread / np.sqrt(n))
    variance = spread**2 * rng.chisquare(n - 1, shape) / (n - 1)
    return Worlds(n, true_mean, mean, variance)


def mean_of_all_scores(drawn: Worlds) -> FloatArray:
    """The completely pooled mean of each world."""
    return np.asarray(drawn.mean @ drawn.n / drawn.n.sum())


def mean_squares(drawn: Worlds) -> tuple[FloatArray, FloatArray]:
    """MSB and MSW of each world, the task `f_ratio` in other words."""
    gap = drawn.mean - mean_of_all_scores(drawn)[:, None]
    total, groups = drawn.n.sum(), drawn.n.size
    return gap**2 @ drawn.n / (groups - 1), drawn.variance @ (drawn.n - 1) / (total - groups)


def moment_tau2(drawn: Worlds) -> FloatArray:
    """The task `between_group_variance` in other words, for each world, before it is cut off at 0."""
    between, within = mean_squares(drawn)
    total = drawn.n.sum()
    effective_size = (total - drawn.n @ drawn.n / total) / (drawn.n.size - 1)
    return np.asarray((between - within) / effective_size)


def shrink_worlds(drawn: Worlds, *, pooled: bool = False) -> WorldEstimates:
    """The classical estimate in every world: the task `shrinkage_estimate` in other words.

    Parameters
    ----------
    drawn : Worlds
    pooled : bool, default False
        Whether all schools of a world share its mean square within, or each has its own variance.

    Returns
    -------
    WorldEstimates
    """
    tau2 = np.maximum(0.0, moment_tau2(drawn))
    variance = mean_squares(drawn)[1][:, None] if pooled else drawn.variance
    grand_mean, v = mean_of_all_scores(drawn), variance / drawn.n
    estimate = partial_pooling(drawn.mean, v, grand_mean=grand_mean[:, None], tau2=tau2[:, None])
    spread = np.sqrt(partial_pooling_variance(v, tau2=tau2[:, None]))
    return WorldEstimates(estimate, spread, grand_mean, tau2)
