"""Group means with mu_0 and tau averaged over, by a grid of tau: what a plug-in leaves out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from reference_impl.errors import InputError, TooFewGroupsError
from reference_impl.families import normal_distribution
from reference_impl.validation import FloatArray, as_floats, as_vector


@dataclass(frozen=True)
class TauAverage:
    """Group means averaged over a grid of tau. Leading axes, if any, are data sets analysed at once.

    Attributes
    ----------
    tau : ndarray of shape (n_tau,)
        The grid, in outcome units.
    probability : ndarray of shape (..., n_tau)
        Posterior probability of each point of the grid.
    conditional_mean, conditional_sd : ndarray of shape (..., n_tau, n_groups)
        Mean and standard deviation of each group's mean given that tau.
    mean, sd : ndarray of shape (..., n_groups)
        The same with tau averaged over.
    """

    tau: FloatArray
    probability: FloatArray
    conditional_mean: FloatArray
    conditional_sd: FloatArray
    mean: FloatArray
    sd: FloatArray

    def probability_below(self, value: ArrayLike) -> FloatArray:
        """Posterior probability that each group's mean lies below `value`, one per group or one for all."""
        place = np.asarray(value, dtype=np.float64)[..., None, :] if np.ndim(value) else value
        z = np.subtract(place, self.conditional_mean) / self.conditional_sd
        below: FloatArray = np.einsum("...t,...tj->...j", self.probability, normal_distribution(z))
        return below

    def interval(self, coverage: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Limits that leave (1 - coverage)/2 on either side, by bisection."""
        limits = []
        for below in ((1 - coverage) / 2, (1 + coverage) / 2):
            low, high = self.mean - 12 * self.sd, self.mean + 12 * self.sd
            for _ in range(50):
                middle = (low + high) / 2
                short = self.probability_below(middle) < below
                low, high = np.where(short, middle, low), np.where(short, high, middle)
            limits.append((low + high) / 2)
        return limits[0], limits[1]


def average_over_tau(estimates: ArrayLike, variances: ArrayLike, *, tau: ArrayLike) -> TauAverage:
    r"""Average the multilevel estimate over mu_0 and over a grid of tau, both flat a priori.

    Given tau it is the task `partial_pooling` in other words.
    With w_j = 1/(v_j + tau^2), W = sum_j w_j and m = sum_j w_j y_j / W,

    .. math:: p(\tau \mid y) \propto W^{-1/2} \prod_j w_j^{1/2} \exp\{-\tfrac12 w_j (y_j - m)^2\}, \quad
              E(\mu_j \mid \tau, y) = m + \lambda_j (y_j - m), \quad
              Var(\mu_j \mid \tau, y) = \lambda_j v_j + (1 - \lambda_j)^2 / W

    Parameters
    ----------
    estimates, variances : array_like of shape (..., n_groups)
        Estimates, in outcome units, and their known sampling variances; leading axes are data sets.
    tau : array_like of shape (n_tau,)
        Increasing grid from 0 to where the posterior density has died away, in outcome units.

    Returns
    -------
    TauAverage

    Raises
    ------
    TooFewGroupsError
        If there are fewer than three groups: then the flat prior leaves no proper posterior.
    InputError, MissingValueError
        If a value is missing, a variance not positive, or the grid does not increase from 0 or more.

    References
    ----------
    Gelman, Carlin, Stern, Dunson, Vehtari, Rubin (2013). Bayesian Data Analysis, 3rd ed., section 5.4.
    """
    y, v, grid = as_floats(estimates, "estimates"), as_floats(variances, "variances"), as_vector(tau, "tau")
    if not np.all(v > 0):
        raise InputError(f"variances must be positive (got {np.min(v)})")
    if grid.size < 2 or grid[0] < 0 or not np.all(np.diff(grid) > 0):
        raise InputError("tau must be a grid that increases from 0, such as np.linspace(0, 60, 601)")
    if y.ndim == 0 or y.shape[-1] < 3:
        raise TooFewGroupsError("averaging over tau needs at least three groups; pass tau2 to partial_pooling")
    y, v = y[..., None, :], v[..., None, :]
    w = 1.0 / (v + grid[:, None] ** 2)
    total = w.sum(axis=-1, keepdims=True)
    centre = (w * y).sum(axis=-1, keepdims=True) / total
    log_density = 0.5 * (np.log(w).sum(axis=-1) - np.log(total[..., 0]) - (w * (y - centre) ** 2).sum(axis=-1))
    step = np.gradient(grid)
    step[[0, -1]] /= 2  # the trapezoidal rule
    probability = np.exp(log_density - log_density.max(axis=-1, keepdims=True)) * step
    probability /= probability.sum(axis=-1, keepdims=True)
    weight = w * grid[:, None] ** 2
    conditional_mean = centre + weight * (y - centre)
    conditional_sd = np.sqrt(weight * v + (1.0 - weight) ** 2 / total)
    mean = np.einsum("...t,...tj->...j", probability, conditional_mean)
    spread = conditional_sd**2 + (conditional_mean - mean[..., None, :]) ** 2
    sd = np.sqrt(np.einsum("...t,...tj->...j", probability, spread))
    return TauAverage(grid, probability, conditional_mean, conditional_sd, mean, sd)
