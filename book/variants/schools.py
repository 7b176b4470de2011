"""Questions on groups, means and shrinkage."""

from __future__ import annotations

import numpy as np

import reference_impl as ref

from .variant import Choice, Number, Rng, Wrong, first, num, pick, sample_with


def why_worth(rng: Rng) -> Number:
    """The design effect of a class."""
    n, rho = int(pick(rng, 6, 11, 16, 26, 31, 41)), pick(rng, 0.05, 0.1, 0.15, 0.3, 0.4)
    covariance = np.full((n, n), rho) + (1 - rho) * np.eye(n)  # of pupils with variance 1
    factor = float(covariance.sum() / n)  # variance of their mean, in units of 1/n
    return Number(
        f"In each class of {n} pupils the intraclass correlation is $\\rho = {num(rho)}$. By what factor is the "
        "variance of a class mean larger than that of a mean of independent pupils?",
        factor,
        f"$1 + {n - 1} \\cdot {num(rho)} = {num(factor)}$. Each pupil has {n - 1} classmates.",
        (
            Wrong(rho, "That is $\\rho$ itself. It gets multiplied by the number of classmates."),
            Wrong(factor - 1, "That is the part that the covariances add. The variances themselves contribute 1."),
            Wrong(1 + n * rho, f"You used $n\\rho$. Each of the {n} pupils has $n - 1 = {n - 1}$ classmates."),
        ),
        "Use the design effect, $1 + (n-1)\\rho$.",
    )


def separate_interval(rng: Rng) -> Number:
    """The lower limit of the large-sample interval."""
    n, s, mean = int(pick(rng, 4, 16, 25, 36)), pick(rng, 4, 8, 10, 12), pick(rng, 30, 42, 55, 64)
    lower = first(ref.no_pooling(sample_with(mean, s**2, n), ["a"] * n).lower)
    error = s / np.sqrt(n)
    return Number(
        f"A school has {n} pupils, mean {num(mean)} and sample variance $s^2 = {num(s * s)}$. What is the lower limit "
        "of its large-sample 95% interval?",
        lower,
        f"The standard error is $\\sqrt{{{num(s * s)}/{n}}} = {num(error)}$, "
        f"and ${num(mean)} - 1.96 \\cdot {num(error)} = {num(lower)}$.",
        (
            Wrong(
                mean - 1.96 * s,
                "You used $1.96\\,s$ and forgot to divide the variance by $n$.",
                "The spread of pupils",
            ),
            Wrong(mean - 1.96 * error**2, "You divided the variance by $n$ but did not take the square root."),
            Wrong(mean - 1.96, "You went down by 1.96 itself. The half-width is 1.96 standard errors."),
            Wrong(mean + 1.96 * error, "That is the upper limit."),
        ),
        f"The standard error is $\\sqrt{{s^2/n}} = {num(error)}$; go 1.96 of these down from the mean.",
        tolerance=0.02,
    )


def one_pooled_mean(rng: Rng) -> Number:
    """The mean of all scores against the mean of means."""
    start, step = pick(rng, 5, 8, 10), pick(rng, 1, 2, 3)
    lone = start + pick(rng, 12, 15, 20)
    scores = [start, start + step, start + 2 * step]
    pooled, of_means = ref.complete_pooling([*scores, lone]), (start + step + lone) / 2
    listed = f"{num(scores[0])}, {num(scores[1])} and {num(scores[2])}"
    return Number(
        f"School a has the scores {listed}; school b has a single pupil with {num(lone)}. "
        "What is the completely pooled mean?",
        pooled,
        f"The four scores add up to {num(4 * pooled)}. The one pupil of school b counts as much as each of school a.",
        (
            Wrong(of_means, "That is the mean of the two school means.", "A mean of means"),
            Wrong(start + step, "That is the mean of school a alone."),
            Wrong(4 * pooled, "That is the sum. Divide it by the number of pupils."),
        ),
        "Add all four scores and divide by 4.",
    )


def compromise_numeric(rng: Rng) -> Number:
    """The multilevel estimate of one school."""
    centre, unit = pick(rng, 40, 50, 60, 100), pick(rng, 1, 2, 3, 4)
    own, other = (
        (pick(rng, 1, 2, 3), pick(rng, 4, 7)) if rng.random() < 0.5 else (pick(rng, 4, 7), pick(rng, 1, 2, 3))
    )
    tau2, v = own * unit, other * unit
    mean = centre + pick(rng, -2, -1, 1, 2, 3) * (own + other)
    right = first(ref.partial_pooling([mean], [v], grand_mean=centre, tau2=tau2))
    swapped = first(ref.partial_pooling([mean], [tau2], grand_mean=centre, tau2=v))
    rooted = first(ref.partial_pooling([mean], [np.sqrt(v)], grand_mean=centre, tau2=np.sqrt(tau2)))
    weight = first(ref.shrinkage_factor([v], tau2=tau2))
    return Number(
        f"A school has the mean {num(mean)} with sampling variance $v = {num(v)}$. The schools have "
        f"$\\mu_0 = {num(centre)}$ and $\\tau^2 = {num(tau2)}$. What is the multilevel estimate?",
        right,
        f"$\\lambda = {num(tau2)}/({num(tau2)}+{num(v)}) = {num(weight)}$, and so much of the way from {num(centre)} "
        f"to {num(mean)} leads to {num(right)}.",
        (
            Wrong(swapped, "The two weights are swapped.", "Swapped weights"),
            Wrong(
                (mean + centre) / 2, "That is the plain average. The two sources do not deserve equal weight here."
            ),
            Wrong(rooted, "You took square roots. Both numbers are variances already."),
        ),
        f"Find $\\lambda = \\tau^2/(\\tau^2+v)$ first, then go that fraction of the way from {num(centre)} to {num(mean)}.",
    )


def compromise_centre(rng: Rng) -> Number:
    """The centre of the classical estimate when one school is large."""
    many, few, schools = int(pick(rng, 300, 500, 900)), int(pick(rng, 10, 20)), int(pick(rng, 5, 10))
    large, small = pick(rng, 40, 45), pick(rng, 60, 70)
    scores = np.r_[np.full(many, large), np.full(few * schools, small)]
    right, of_means = ref.complete_pooling(scores), (large + schools * small) / (schools + 1)
    return Number(
        f"One school has {many} pupils and the mean {num(large)}; {schools} schools have {few} pupils each and the mean "
        f"{num(small)}. Towards which value does the classical estimate draw all of them?",
        right,
        f"Towards the mean of all {many + few * schools} scores, of which {many} come from the large school.",
        (
            Wrong(
                of_means,
                f"That is the average of the {schools + 1} school means, one vote for each school.",
                "A mean of means",
            ),
            Wrong(small, "The scores of the large school are part of all scores, and most of them."),
            Wrong(large, "That leaves the small schools out: their scores count as well."),
        ),
        "The classical estimate takes the mean of all scores: add them up and divide by their number.",
        tolerance=0.1,
    )


def implications_most(rng: Rng) -> Choice:
    """Which of three schools moves furthest in points."""
    ratio, centre = pick(rng, 4, 5, 6, 8), pick(rng, 50, 60)
    sizes = [int(ratio), int(3 * ratio), int(9 * ratio)]
    away = (  # the smallest wins, or the middle one, or the largest
        (pick(rng, 6, 8, 10), pick(rng, 6, 8), -pick(rng, 17, 18, 19)),
        (pick(rng, 1, 2), pick(rng, 12, 14, 16), -pick(rng, 17, 18, 19)),
        (pick(rng, 2, 3), pick(rng, 4, 6), -pick(rng, 26, 28, 30)),
    )[int(rng.integers(3))]
    share = 1 - np.asarray(ref.shrinkage_factor(ratio / np.array(sizes), tau2=1.0))
    move = np.abs(share * away)
    says = [
        f"it gives up {num(s, 2)} of {num(abs(a))} points, {num(m, 2)}"
        for s, a, m in zip(share, away, move, strict=True)
    ]
    order = int(np.argmax(move))
    names = [f"School {name} with {n} pupils" for name, n in zip("ABC", sizes, strict=True)]
    reasons = ("Small means far", "", "")
    wrong = [Wrong(names[k], f"{says[k][0].upper()}{says[k][1:]}.", reasons[k]) for k in range(3) if k != order]
    means = [num(centre + a) for a in away]
    return Choice(
        f"Three schools have the same $\\sigma_j^2$; $\\mu_0 = {num(centre)}$ and $\\sigma^2/\\tau^2 = {num(ratio)}$. A has "
        f"{sizes[0]} pupils and mean {means[0]}, B {sizes[1]} and {means[1]}, C {sizes[2]} and {means[2]}. "
        "Which moves furthest in points?",
        names[order],
        f"Here {says[order]}: the share times the distance decides.",
        tuple(wrong),
    )


def implications_loses(rng: Rng) -> Number:
    """How far from the centre a school may lie before shrinking harms it."""
    tau, distance = ((2, 3), (2, 4), (2, 5), (3, 5), (3, 6), (3, 7), (4, 6), (4, 7), (4, 8), (5, 8), (5, 9))[
        int(rng.integers(11))
    ]
    tau2, v = tau**2, distance**2 - 2 * tau**2
    weight = first(ref.shrinkage_factor([v], tau2=tau2))
    limit = float(np.sqrt(v * (1 - weight**2)) / (1 - weight))  # where both mean squared errors agree
    return Number(
        f"With $v = {v}$ and $\\tau^2 = {tau2}$, how far from $\\mu_0$ may the true mean of a school lie so that shrinking "
        "it (with known $\\mu_0$ and $\\tau^2$) still lowers its mean squared error?",
        limit,
        f"$\\sqrt{{2\\cdot {tau2} + {v}}} = {num(limit)}$, or {num(limit / tau, 3)} times $\\tau$.",
        (
            Wrong(limit**2, "That is $2\\tau^2 + v$, the limit for $d^2$. Take the square root."),
            Wrong(float(np.sqrt(tau2 + v)), "That is $\\sqrt{\\tau^2 + v}$. Two $\\tau^2$ belong under the root."),
            Wrong(float(tau), "That is $\\tau$. A school may lie further out and still gain."),
        ),
        "Shrinking helps as long as $d^2 < 2\\tau^2 + v$.",
    )


def next_blup(rng: Rng) -> Choice:
    """What a reported random effect means."""
    centre, tau2, v = pick(rng, 40, 50, 60), pick(rng, 4, 9, 16), pick(rng, 4, 8, 12)
    mean = centre + pick(rng, -9, -6, -3, 6)
    estimate = first(ref.partial_pooling([mean], [v], grand_mean=centre, tau2=tau2))
    effect, weight = estimate - centre, first(ref.shrinkage_factor([v], tau2=tau2))
    return Choice(
        f"A mixed-model program reports for a school the random effect ${effect:+.2f}$, and an overall intercept of "
        f"{num(centre)}. What is its estimate of that school's mean?",
        f"${estimate:.2f}$",
        "The effect is the school's deviation *after* shrinkage: add it to the intercept.",
        (
            Wrong(f"${effect:.2f}$", "That is the deviation alone. Nobody scores that."),
            Wrong(
                f"${centre + weight * effect:.2f}$",
                "That multiplies the effect by a weight once more.",
                "Shrinking twice",
            ),
        ),
    )
