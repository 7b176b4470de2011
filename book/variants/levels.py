"""Questions on what varies at which level: samples, schools, effects, and what is unknown of them."""

from __future__ import annotations

import numpy as np

import reference_impl as ref

from .variant import Number, Rng, Wrong, first, num, pick


def small_error(rng: Rng) -> Number:
    """De Moivre's equation for a share."""
    n, p = int(pick(rng, 4, 6, 9, 16, 21, 25)), pick(rng, 0.1, 0.2, 0.3, 0.5, 0.6, 0.7)
    one = p * (1 - p)
    right = float(np.sqrt(one / n))
    return Number(
        f"In a district {n} women are asked, and the true share is {num(p)}. What is the standard deviation of the "
        "share that is observed?",
        right,
        f"$\\sqrt{{{num(p)}\\cdot{num(1 - p)}/{n}}} = {num(right, 3)}$.",
        (
            Wrong(one / n, f"That is the variance, ${num(one)}/{n}$. Take the root."),
            Wrong(float(np.sqrt(one)), f"That is for one woman. The mean of {n} scatters less."),
            Wrong(float(np.sqrt(one) / n), "Variances are divided by $n$, standard deviations by $\\sqrt n$."),
        ),
        "Put $\\sigma = \\sqrt{p(1-p)}$ into De Moivre's equation.",
        tolerance=0.002,
    )


def compromise_spread(rng: Rng) -> Number:
    """The variance of the own means in the two-level model."""
    n, tau2 = int(pick(rng, 4, 5, 10, 20)), pick(rng, 4, 9, 16, 36)
    v = pick(rng, 2, 3, 6, 12)
    return Number(
        f"True means have the variance $\\tau^2 = {num(tau2)}$, the pupils of each school the variance "
        f"$\\sigma^2 = {num(n * v)}$, and each school sends {n} pupils. What is the variance of the schools' own means?",
        tau2 + v,
        f"$\\tau^2 + \\sigma^2/n = {num(tau2)} + {num(n * v)}/{n}$.",
        (
            Wrong(tau2, "That is the variance of the true means. Chance in the samples adds its part."),
            Wrong(v, "That is what chance adds. The schools differ, too."),
            Wrong(
                tau2 + n * v, "That is the variance of single scores. A mean averages over the school's pupils."
            ),
        ),
        "Add the variance between schools and what chance adds to a mean of $n$ pupils.",
    )


def implications_half(rng: Rng) -> Number:
    """The mean squared error of partial pooling."""
    v, tau2 = pick(rng, 3, 6, 10, 15, 20), pick(rng, 2, 5, 9, 12, 30)
    left = first(ref.partial_pooling_variance([v], tau2=tau2))
    return Number(
        f"For a school with sampling variance $v = {num(v)}$ and schools with $\\tau^2 = {num(tau2)}$, what is the mean "
        "squared error of partial pooling, with all parameters known?",
        left,
        f"$\\lambda v = {num(tau2)}\\cdot{num(v)}/({num(tau2)}+{num(v)}) = {num(left)}$.",
        (
            Wrong(v, "That is the error of no pooling."),
            Wrong(tau2, "That is the error of complete pooling. Something lies below both."),
            Wrong((v + tau2) / 2, "That is the average of $v$ and $\\tau^2$. The error lies below both of them."),
        ),
        "Use $\\lambda v$ with $\\lambda = \\tau^2/(\\tau^2+v)$.",
    )


def eight_average(rng: Rng) -> Number:
    """The standard deviation with tau averaged over."""
    low, gap = pick(rng, 2, 5, 6, 10), pick(rng, 4, 6, 8, 10)
    small, large = pick(rng, 2, 3, 4), pick(rng, 6, 8, 9)
    inside = (small**2 + large**2) / 2
    right = float(np.sqrt(inside + np.var([low, low + gap])))
    return Number(
        "Suppose only two values of $\\tau$ were possible, and equally probable after the data. Given $\\tau = 0$ a "
        f"school's mean is {num(low)} with standard deviation {num(small)}, given $\\tau = 10$ it is {num(low + gap)} "
        f"with standard deviation {num(large)}. What is the standard deviation with $\\tau$ averaged over?",
        right,
        f"The average variance is {num(inside)}; the two means lie {num(gap / 2)} from their average, which adds "
        f"{num(gap**2 / 4)}: $\\sqrt{{{num(inside + gap**2 / 4)}}}$.",
        (
            Wrong(
                float(np.sqrt(inside)), "The mean is not the same for both values of $\\tau$; that adds something."
            ),
            Wrong((small + large) / 2, "You averaged the standard deviations. Variances are averaged."),
            Wrong(right**2, "That is the variance. Take its root."),
        ),
        "Average the two variances, then add the variance of the two means around their average.",
        tolerance=0.02,
    )


def effects_weight(rng: Rng) -> Number:
    """The shrunken effect of one teacher."""
    mean, error, tau = pick(rng, 2, 3, 4), pick(rng, 2, 4, 5), pick(rng, 1, 2, 3)
    seen = mean + pick(rng, 5, 6, 8, 10)
    right = first(ref.partial_pooling([seen], [error**2], grand_mean=mean, tau2=tau**2))
    weight = first(ref.shrinkage_factor([error**2], tau2=tau**2))
    return Number(
        f"A teacher's observed difference is {num(seen)} points with standard error {num(error)}. The average effect is "
        f"{num(mean)} points and $\\tau = {num(tau)}$, both known. What is the shrunken effect?",
        right,
        f"$\\lambda = {num(tau**2)}/({num(tau**2)}+{num(error**2)}) = {num(weight, 3)}$, and so much of the way from "
        f"{num(mean)} to {num(seen)}.",
        (
            Wrong(weight * seen, "You shrank towards 0. A teacher is drawn towards the average effect."),
            Wrong(seen + mean - right, "The weights are swapped."),
            Wrong(
                mean + tau / (tau + error) * (seen - mean),
                "You did not square: $\\tau$ and the standard error are standard deviations.",
            ),
        ),
        "$\\lambda = \\tau^2/(\\tau^2+v)$, where $v$ is the squared standard error.",
    )


def prediction_sd(rng: Rng) -> Number:
    """The standard deviation of a prediction for a new pupil of a known school."""
    left, sigma2, tau2 = pick(rng, 1, 2, 3, 5), pick(rng, 20, 47, 61, 95), pick(rng, 9, 16, 30)
    right = float(np.sqrt(left + sigma2))
    return Number(
        f"In a school the mean is estimated with $\\lambda v = {num(left)}$; $\\sigma^2 = {num(sigma2)}$ and "
        f"$\\tau^2 = {num(tau2)}$. What is the standard deviation of the prediction for a new pupil of *that* school?",
        right,
        f"$\\sqrt{{{num(left)} + {num(sigma2)}}}$: what is not known about the school, and a pupil.",
        (
            Wrong(
                float(np.sqrt(tau2 + sigma2)),
                "That is for a pupil of a *new* school, $\\sqrt{\\tau^2+\\sigma^2}$.",
            ),
            Wrong(float(np.sqrt(left)), "That is the uncertainty about the school's mean alone."),
            Wrong(left + sigma2, "That is the variance."),
        ),
        "Add what is unknown about the school's mean to the variance of a pupil, and take the root.",
    )


def ensemble_narrow(rng: Rng) -> Number:
    """The spread of shrunken means."""
    tau2, v = pick(rng, 4, 9, 16, 25), pick(rng, 3, 7, 11, 20)
    right = float(np.sqrt(first(ref.shrinkage_factor([v], tau2=tau2)) * tau2))
    return Number(
        f"$\\tau^2 = {num(tau2)}$ and all schools have $v = {num(v)}$. What is the standard deviation of the shrunken "
        "means (all parameters known)?",
        right,
        f"$\\lambda = {num(tau2)}/{num(tau2 + v)}$, and the root of $\\lambda\\tau^2$ is {num(right, 3)}.",
        (
            Wrong(right**2, "That is the variance, $\\lambda\\tau^2$."),
            Wrong(float(np.sqrt(tau2)), "That is $\\tau$, for the true means."),
            Wrong(float(np.sqrt(tau2 + v)), "That is for the raw means, $\\sqrt{\\tau^2+v}$."),
        ),
        "Find $\\lambda$, then the root of $\\lambda\\tau^2$.",
    )
