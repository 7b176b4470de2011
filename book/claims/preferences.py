"""The voters of the book, and the model of its last figure: countries, and states with varying intercepts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reference_impl import datasets, sigmoid

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Cells:
    """Voters, and those who prefer candidate A, by state (row) and country (column), with the true probability."""

    n: Floats
    prefer: Floats
    true_probability: Floats


@dataclass(frozen=True)
class States:
    """Probability and raw share per cell, share per country, intercept per state: fitted, and its own."""

    probability: Floats
    raw: Floats
    pooled: Floats
    intercept: Floats
    free_intercept: Floats


def ask(*, largest: int | None = None, maple: int | None = None) -> Cells:
    """Count the voters; with `largest` states are cut down to it, with `maple` A and B there prefer as told."""
    asked = datasets.voters()
    state, origin = np.searchsorted(asked.states, asked.state), np.searchsorted(asked.origins, asked.origin)
    n, prefer = np.zeros((2, asked.states.size, asked.origins.size))
    np.add.at(n, (state, origin), 1)
    np.add.at(prefer, (state, origin), asked.prefers)
    if maple is not None:
        prefer[7, :2] = maple
    if largest is not None:
        shrunk = np.minimum(1, largest / n.sum(axis=1, keepdims=True))
        n, prefer = n * shrunk, prefer * shrunk
    return Cells(n, prefer, asked.true_probability)


def fit_states(asked: Cells, *, tau: float = 0.6, times: float = 1.0, together: bool = False) -> States:
    """Fit the model of the page; `together` adds a varying term for a state and a country together."""
    n, y = (asked.n * times).ravel(), (asked.prefer * times).ravel()
    states, countries = asked.n.shape
    s, o = np.divmod(np.arange(n.size), countries)
    Z = np.column_stack([o[:, None] == np.arange(countries), s[:, None] == np.arange(states)]).astype(float)
    if together:
        Z = np.column_stack([Z, np.eye(n.size)])
    precision = np.full(Z.shape[1], 1 / tau**2)
    precision[:countries] = 0.0
    coef = np.zeros(Z.shape[1])
    for _ in range(40):
        p = sigmoid(Z @ coef)
        curvature = Z.T @ (Z * (n * p * (1 - p))[:, None]) + np.diag(precision)
        coef = coef + np.linalg.solve(curvature, Z.T @ (y - n * p) - precision * coef)
    free = np.zeros(states)
    for _ in range(60):  # a state whose voters agree runs away, and is stopped at 20
        p = sigmoid(coef[:countries] + free[:, None])
        step = (asked.prefer - asked.n * p).sum(axis=1) / (asked.n * p * (1 - p)).sum(axis=1)
        free = np.clip(free + np.clip(step, -1, 1), -20, 20)
    shape = asked.n.shape
    pooled = asked.prefer.sum(axis=0) / asked.n.sum(axis=0)
    fitted = np.asarray(sigmoid(Z @ coef)).reshape(shape)
    return States(fitted, asked.prefer / asked.n, pooled, coef[countries : countries + states], free)
