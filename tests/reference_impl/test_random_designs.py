"""Random designs at the edges of practice and beyond: no estimate is beaten by a dense grid or by exact fractions.

``python tests/reference_impl/test_random_designs.py 5000`` tries many more than the suite does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from reference_impl import EstimationError, fit_random_intercept, heterogeneity_variance

SIZES = [[1, 2, 3], [2, 3, 5, 8], [3, 30, 300], [3, 3000], [1, 2, 4, 3000], [3, 30_000]]


def known_design(seed):
    """Estimates and variances: few or many, over up to 30 decades, at any scale, around any offset."""
    rng = np.random.default_rng(seed)
    n = int(rng.choice([2, 3, 5, 8, 20, 60], p=[0.1, 0.2, 0.3, 0.2, 0.15, 0.05]))
    decades = rng.choice([0.0, 1.0, 3.0, 8.0, 15.0, 30.0])
    v = 10.0 ** rng.uniform(-decades / 2, decades / 2, n)
    if rng.random() < 0.3:
        v = rng.choice(v[: max(1, n // 3)], n)  # several groups of one variance
    spread = 10.0 ** rng.uniform(-decades / 4 - 1, decades / 4 + 1, n)
    y = rng.normal(0, 1, n) * rng.choice([np.sqrt(v), spread, np.full(n, spread[0])], axis=0)
    if rng.random() < 0.2:
        y = np.repeat(y, 2)[:n]  # ties
    scale = 10.0 ** rng.choice([0.0, 0.0, -130.0, 130.0, rng.uniform(-5, 5)])
    offset = rng.choice([0.0, 0.0, 1e3, -1e12])
    return (y + offset) * scale, v * scale**2


def score_design(seed):
    """Scores and groups: very unequal sizes, groups that agree or do not, at any scale and offset."""
    rng = np.random.default_rng(seed)
    kinds = SIZES[rng.choice(len(SIZES), p=[0.25, 0.25, 0.2, 0.15, 0.1, 0.05])]
    sizes = rng.choice(kinds, int(rng.choice([2, 3, 4, 6, 12])))
    sizes[0] = kinds[-1]
    group = np.repeat(np.arange(sizes.size), sizes)
    tau = rng.choice([0.0, 0.01, 0.3, 2.0, 30.0]) * rng.choice([1.0, 1.0, 10.0 ** rng.uniform(-2, 2)], sizes.size)
    scale, offset = 10.0 ** rng.choice([0.0, 0.0, -140.0, 130.0]), rng.choice([0.0, 50.0, 1e6])
    return (offset + rng.normal(0, tau)[group] + rng.normal(0, 1, group.size)) * scale, group


def around(y, weight):
    """Residuals around the weighted mean, taken from the heaviest estimate so that nothing cancels."""
    z = (y - y[np.argmax(weight[:, 0])])[:, None]
    mu = (weight * z).sum(axis=0) / weight.sum(axis=0)
    return z - mu


def grid(v, size):
    """0, and points from far below the smallest variance to far above the largest squared deviation."""
    return np.concatenate([[0.0], np.geomspace(np.min(v) * 1e-3, 100 * size, 1500)]).astype(np.longdouble)


def known_criterion(y, v, *, restricted):
    """-2 log-likelihood of y_j ~ N(mu, v_j + t) as a function of an array of t, in extended precision."""
    y, v = y.astype(np.longdouble), v.astype(np.longdouble)[:, None]

    def criterion(t):
        w = 1 / (v + t)
        value = -np.log(w).sum(axis=0) + (w * around(y, w) ** 2).sum(axis=0)
        return value + np.log(w.sum(axis=0)) if restricted else value

    return criterion


def score_criterion(y, group, *, restricted):
    """-2 log-likelihood of scores, up to a constant, as a function of an array of tau2 / sigma2."""
    y = (y - y[0]).astype(np.longdouble)
    n = np.bincount(group).astype(np.longdouble)
    mean = np.array([y[group == j].mean() for j in range(n.size)])
    within = ((y - mean[group]) ** 2).sum()
    df = y.size - restricted

    def criterion(t):
        w = n[:, None] / (1 + n[:, None] * t)
        value = df * np.log(within + (w * around(mean, w) ** 2).sum(axis=0)) - np.log(w).sum(axis=0)
        return value + np.log(w.sum(axis=0)) if restricted else value

    return criterion, mean, within / df


def beaten_known(seed, method):
    """By how much a dense grid beats the estimate; at most 0 if it does not."""
    y, v = known_design(seed)
    criterion = known_criterion(y, v, restricted=method == "reml")
    best = criterion(np.array([heterogeneity_variance(y, v, method=method)], np.longdouble))[0]
    lowest = criterion(grid(v, np.ptp(y) ** 2 + np.max(v))).min()
    return float((best - lowest) / (1 + abs(best)))


def beaten_scores(seed, method):
    """As `beaten_known`, for the model of scores."""
    y, group = score_design(seed)
    criterion, mean, variance = score_criterion(y, group, restricted=method == "reml")
    fit = fit_random_intercept(y, group, method=method)
    best = criterion(np.array([fit.tau2 / fit.sigma2], np.longdouble))[0]
    lowest = criterion(grid(1 / np.bincount(group), np.ptp(mean) ** 2 / variance + 1)).min()
    return float((best - lowest) / (1 + abs(best)))


def moment_error(seed, method):
    """Error of a moment estimate against exact fractions, relative to what Q is compared with."""
    y, v = known_design(seed)
    got = Fraction(heterogeneity_variance(y, v, method=method))
    exact_y, exact_v = [Fraction(value) for value in y], [Fraction(value) for value in v]

    def weighted(t):
        w = [1 / (value + t) for value in exact_v]
        mu = sum(a * b for a, b in zip(w, exact_y, strict=True)) / sum(w)
        return w, sum(a * (b - mu) ** 2 for a, b in zip(w, exact_y, strict=True))

    degrees = y.size - 1
    w, q = weighted(Fraction(0))
    if method == "dersimonian-laird":
        constant = sum(w) - sum(a * a for a in w) / sum(w)
        return float(abs(got - max(Fraction(0), (q - degrees) / constant)) * constant / (q + degrees))
    if got == 0:
        return float(max(Fraction(0), q - degrees) / degrees)
    return float(abs(weighted(got)[1] - degrees) / degrees)


JUDGES: dict[str, tuple[Callable[[int, str], float], str]] = {
    "ML, known variances": (beaten_known, "ml"),
    "REML, known variances": (beaten_known, "reml"),
    "ML, scores": (beaten_scores, "ml"),
    "REML, scores": (beaten_scores, "reml"),
    "DerSimonian-Laird": (moment_error, "dersimonian-laird"),
    "Paule-Mandel": (moment_error, "paule-mandel"),
}
TOLERANCE = 1e-12


@pytest.mark.parametrize("name", JUDGES)
def test_no_design_has_a_better_estimate_or_an_unnamed_error(name):
    judge, method = JUDGES[name]
    for seed in range(40):
        assert judge(seed, method) <= TOLERANCE, seed


def main(count: int) -> None:
    """Try `count` designs for each estimator and print how many fail."""
    for name, (judge, method) in JUDGES.items():
        failures, errors, worst = [], [], 0.0
        for seed in range(count):
            try:
                excess = judge(seed, method)
            except EstimationError as error:
                errors.append((seed, error))
                continue
            worst = max(worst, excess)
            if not excess <= TOLERANCE:
                failures.append((seed, excess))
        print(f"{name}: {count} designs, {len(failures)} beaten, {len(errors)} refused by name, worst {worst:.1e}")
        print(*failures[:5], *errors[:5], sep="\n  ")


if __name__ == "__main__":
    main(int(sys.argv[1]))
