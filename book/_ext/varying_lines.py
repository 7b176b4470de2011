r"""Lines whose intercepts, slopes or both vary between groups, for the demo: a mixed model by REML.

.. math:: y = X\beta + Zu + \varepsilon, \quad u_{kj} \sim N(0, \tau_k^2), \quad \varepsilon \sim N(0, \sigma^2)

Intercepts and slopes vary independently. EM on Henderson's mixed model equations: slow to converge, short to read,
and five groups need a second. For random intercepts alone the course has `reference_impl.fit_random_intercept`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
MAX_ITERATIONS = 20_000
TOLERANCE = 1e-11  # relative change of a variance from one iteration to the next


@dataclass(frozen=True)
class VaryingLines:
    """Fitted lines.

    Attributes
    ----------
    coef : ndarray of shape (p,)
        Coefficients of the average line.
    effects : ndarray of shape (n_groups, q)
        Predicted departures of each group, one column per varying coefficient.
    tau2 : ndarray of shape (q,)
        Variance of each varying coefficient between groups.
    sigma2 : float
        Variance around the lines.
    """

    coef: FloatArray
    effects: FloatArray
    tau2: FloatArray
    sigma2: float


def fit_varying_lines(y: ArrayLike, X: ArrayLike, varying: ArrayLike, group: ArrayLike) -> VaryingLines:
    """Fit the model by REML.

    Parameters
    ----------
    y : array_like of shape (n,)
    X : array_like of shape (n, p)
        Columns of the average line.
    varying : array_like of shape (n, q)
        Columns whose coefficients vary between groups.
    group : array_like of shape (n,)

    Returns
    -------
    VaryingLines
        Groups in sorted order.

    Raises
    ------
    RuntimeError
        If the iteration does not settle, as when a variance tends to 0.
    """
    response, design, columns = (np.asarray(values, dtype=np.float64) for values in (y, X, varying))
    labels, member = np.unique(np.asarray(group), return_inverse=True)
    (n, p), q, n_groups = design.shape, columns.shape[1], labels.size
    # Effects are ordered coefficient by coefficient: u_11 .. u_1J, u_21 .. u_2J.
    indicator = np.equal.outer(member, np.arange(n_groups)).astype(np.float64)
    Z = np.hstack([columns[:, [k]] * indicator for k in range(q)])
    W = np.hstack([design, Z])
    gram, moment = W.T @ W, W.T @ response
    sigma2 = float(np.var(response))
    tau2 = sigma2 / np.mean(columns**2, axis=0)
    for _ in range(MAX_ITERATIONS):
        ridge = np.concatenate([np.zeros(p), np.repeat(sigma2 / tau2, n_groups)])
        inverse = np.linalg.inv(gram + np.diag(ridge))
        solution = inverse @ moment
        effects = solution[p:].reshape(q, n_groups)
        uncertainty = np.diag(inverse)[p:].reshape(q, n_groups).sum(axis=1)
        new_tau2 = (np.sum(effects**2, axis=1) + sigma2 * uncertainty) / n_groups
        new_sigma2 = float(response @ (response - W @ solution)) / (n - p)
        change = max(float(np.max(np.abs(new_tau2 / tau2 - 1.0))), abs(new_sigma2 / sigma2 - 1.0))
        tau2, sigma2 = new_tau2, new_sigma2
        if change < TOLERANCE:
            return VaryingLines(solution[:p], effects.T, tau2, sigma2)
    raise RuntimeError(f"REML did not settle in {MAX_ITERATIONS} iterations: tau2 {tau2}, sigma2 {sigma2:g}")
