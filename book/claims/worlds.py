"""Many worlds of schools at once: what is claimed "on average" or "in 86% of cases" is counted over them.

The pages draw theirs from the same model, with other seeds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from reference_impl import datasets
from reference_impl.worlds import Worlds, mean_of_all_scores, mean_squares, simulate_worlds
from reference_impl.worlds import moment_tau2 as anova_tau2
from reference_impl.worlds import shrink_worlds as classical_estimate

__all__ = [
    "SIZES",
    "Worlds",
    "anova_tau2",
    "classical_estimate",
    "draw_worlds",
    "mean_of_all_scores",
    "mean_squares",
    "new_pupils",
]

SIZES = tuple(datasets.simulated_schools().n)


def draw_worlds(
    *, worlds: int, tau: float, sigma: ArrayLike = 10.0, sizes: Sequence[int] = SIZES, seed: int = 1
) -> Worlds:
    """Draw schools with mean 50; `sigma` is one number or one per school."""
    return simulate_worlds(sizes, rng=np.random.default_rng(seed), worlds=worlds, tau=tau, sigma=sigma)


def new_pupils(true_mean: ArrayLike, *, worlds: int, sizes: Sequence[int] = SIZES, seed: int = 1) -> Worlds:
    """Draw new pupils (sigma = 10) of the same schools, whose true means stay."""
    rng = np.random.default_rng(seed)
    n, fixed = np.asarray(sizes), np.asarray(true_mean, dtype=float)
    shape = (worlds, n.size)
    variance = 100.0 * rng.chisquare(n - 1, shape) / (n - 1)
    return Worlds(n, np.broadcast_to(fixed, shape), rng.normal(fixed, 10.0 / np.sqrt(n), shape), variance)
