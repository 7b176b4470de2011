"""Many worlds of schools at once: what is claimed "on average" or "in 86% of cases" is counted over them.

A world is a draw from the book's model. Means and variances of samples are drawn directly (for normal scores they
are independent, normal and chi-squared), so that thousands of worlds take a moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reference_impl import datasets, partial_pooling, partial_pooling_variance

Floats = NDArray[np.float64]
SIZES = tuple(datasets.simulated_schools().n)


@dataclass(frozen=True)
class Worlds:
    """Schools in many worlds: sizes (J,), and true means, sample means and sample variances (worlds, J)."""

    n: NDArray[np.int64]
    true_mean: Floats
    mean: Floats
    variance: Floats


@dataclass(frozen=True)
class Estimates:
    """Shrunken means and their standard errors (worlds, J), with what was plugged in (worlds,)."""

    estimate: Floats
    standard_error: Floats
    grand_mean: Floats
    tau2: Floats


def draw_worlds(
    *, worlds: int, tau: float, sigma: ArrayLike = 10.0, sizes: Sequence[int] = SIZES, seed: int = 1
) -> Worlds:
    """Draw schools with mean 50; `sigma` is one number or one per school."""
    rng = np.random.default_rng(seed)
    n = np.asarray(sizes)
    shape = (worlds, n.size)
    true_mean = rng.normal(50.0, tau, shape)
    mean = rng.normal(true_mean, sigma / np.sqrt(n))
    variance = np.square(sigma) * rng.chisquare(n - 1, shape) / (n - 1)
    return Worlds(n, true_mean, mean, variance)


def mean_of_all_scores(drawn: Worlds) -> Floats:
    """The completely pooled mean of each world."""
    return drawn.mean @ drawn.n / drawn.n.sum()


def mean_squares(drawn: Worlds) -> tuple[Floats, Floats]:
    """MSB and MSW of each world."""
    gap = drawn.mean - mean_of_all_scores(drawn)[:, None]
    total, groups = drawn.n.sum(), drawn.n.size
    return gap**2 @ drawn.n / (groups - 1), drawn.variance @ (drawn.n - 1) / (total - groups)


def anova_tau2(drawn: Worlds) -> Floats:
    """The ANOVA estimate of each world before it is cut off at 0."""
    between, within = mean_squares(drawn)
    total = drawn.n.sum()
    effective_size = (total - drawn.n @ drawn.n / total) / (drawn.n.size - 1)
    return (between - within) / effective_size


def classical_estimate(drawn: Worlds, *, pooled: bool = False) -> Estimates:
    """The classical estimate in every world: `shrinkage_estimate` for all of them at once."""
    tau2 = np.maximum(0.0, anova_tau2(drawn))
    variance = mean_squares(drawn)[1][:, None] if pooled else drawn.variance
    grand_mean, v = mean_of_all_scores(drawn), variance / drawn.n
    estimate = partial_pooling(drawn.mean, v, grand_mean=grand_mean[:, None], tau2=tau2[:, None])
    return Estimates(estimate, np.sqrt(partial_pooling_variance(v, tau2=tau2[:, None])), grand_mean, tau2)


def new_pupils(true_mean: ArrayLike, *, worlds: int, sizes: Sequence[int] = SIZES, seed: int = 1) -> Worlds:
    """Draw new pupils (sigma = 10) of the same schools, whose true means stay."""
    rng = np.random.default_rng(seed)
    n, fixed = np.asarray(sizes), np.asarray(true_mean, dtype=float)
    shape = (worlds, n.size)
    variance = 100.0 * rng.chisquare(n - 1, shape) / (n - 1)
    return Worlds(n, np.broadcast_to(fixed, shape), rng.normal(fixed, 10.0 / np.sqrt(n), shape), variance)
