"""Questions on generalised linear models."""

from __future__ import annotations

import numpy as np

import reference_impl as ref

from .variant import Choice, Number, Rng, Wrong, first, num, pick


def glm_multiply(rng: Rng) -> Number:
    """A Poisson coefficient multiplies the expected count."""
    times, base, units = int(pick(rng, 2, 3, 4, 5)), int(pick(rng, 3, 4, 5, 6)), int(pick(rng, 2, 3))
    counts = [base * times**x for x in (0, 1)]  # a fit to them has just these coefficients
    coef = ref.fit_glm(ref.design_matrix([0.0, 1.0]), counts, family="poisson").coef
    right = float(np.exp(coef[0] + units * coef[1]))
    return Number(
        f"In a Poisson regression $\\hat\\beta_1 = \\log {times}$. The expected count is {base} at $x_1 = 0$. What is it at "
        f"$x_1 = {units}$, other predictors held fixed?",
        right,
        f"Each unit multiplies by $e^{{\\log {times}}} = {times}$, so it is ${base} \\cdot {times}^{units}$.",
        (
            Wrong(base * times * units, f"That adds up. {units} units multiply by {times} that many times."),
            Wrong(base * times, f"That is one unit of $x_1$. Here it rises by {units}."),
            Wrong(base + units * np.log(times), "The coefficient acts on the logarithm of the expected count."),
        ),
        "One unit multiplies the expected count by $e^{\\beta_1}$.",
    )


def linear_df(rng: Rng) -> Number:
    """The residual variance divides by the free residuals."""
    slopes, free, answer = int(pick(rng, 2, 4, 5)), int(pick(rng, 12, 15, 20)), pick(rng, 2, 3, 5, 6)
    n, rss = free + slopes + 1, answer * free
    X = np.column_stack([np.ones(n), rng.normal(size=(n, slopes))])
    noise = rng.normal(size=n)
    residual = noise - X @ np.linalg.lstsq(X, noise, rcond=None)[0]
    y = X.sum(axis=1) + residual * np.sqrt(rss / (residual @ residual))
    right = float(ref.fit_linear(X, y).sigma2)
    return Number(
        f"A regression with an intercept and {slopes} slopes is fitted to {n} observations and leaves RSS = {num(rss)}. "
        "What is $\\hat\\sigma^2$?",
        right,
        f"{slopes + 1} coefficients were estimated, so ${num(rss)}/({n}-{slopes + 1})$.",
        (
            Wrong(rss / (n - slopes), "The intercept is a coefficient, too."),
            Wrong(
                rss / n,
                "You divided by all observations. Residuals are smaller than errors: the line was fitted to them.",
            ),
            Wrong(rss / (n - 1), "You subtracted 1, as for the variance of a sample. Each coefficient costs one."),
        ),
        "Divide RSS by the number of observations minus the number of coefficients.",
    )


def logistic_odds(rng: Rng) -> Number:
    """A logistic coefficient multiplies the odds."""
    times, start = int(pick(rng, 2, 4, 5, 6)), pick(rng, 0.2, 0.25, 0.4, 0.6)
    right = first(ref.sigmoid(ref.logit([start]) + np.log(times)))
    odds = start / (1 - start)
    return Number(
        f"A coefficient is $\\log {times}$. For one person $\\pi = {num(start)}$. What is $\\pi$ for a person with one unit "
        "more of $x_k$ and otherwise the same?",
        right,
        f"The odds go from {num(odds)} to {num(times * odds)}, and ${num(times * odds)}/(1+{num(times * odds)}) = {num(right, 3)}$.",
        (
            Wrong(times * start, f"You multiplied the probability by {times}.", "Odds taken for probabilities"),
            Wrong(
                start + np.log(times),
                f"You added $\\log {times}$ to the probability. It is added to the log-odds.",
            ),
            Wrong(times * odds, "Those are the new odds. Turn them back into a probability."),
        ),
        "Probability to odds, multiply by $e^{\\beta_k}$, odds to probability.",
        tolerance=0.005,
    )


def logistic_swap(rng: Rng) -> Choice:
    """Exchanging the labels turns an odds ratio into its reciprocal."""
    ratio = pick(rng, 0.2, 0.25, 0.4, 0.5, 0.625, 1.25, 1.6, 2.5, 4, 5)
    shares = np.array([0.5, first(ref.sigmoid(np.log([ratio])))])  # two groups with this odds ratio
    swapped = ref.logit(1 - shares)
    right = float(np.exp(swapped[1] - swapped[0]))
    return Choice(
        f"A colleague codes 1 = did not vote and reports an odds ratio of {num(ratio)} per decade of age. You code "
        "1 = voted. Which odds ratio do you get from the same data?",
        num(right),
        f"$1/{num(ratio)}$. The coefficient changes its sign, so the odds ratio becomes its reciprocal.",
        (
            Wrong(
                num(ratio),
                "Only if the label did not matter. The odds of voting are one over those of not voting.",
            ),
            Wrong(
                f"${num(1 - ratio)}$",
                "Probabilities become $1-\\pi$, but odds ratios do not become one minus anything.",
            ),
            Wrong(
                f"$-{num(ratio)}$",
                "The coefficient changes its sign. An odds ratio is an exponential and always positive.",
            ),
        ),
    )
