"""Hidden tests of the unit ``borrowing``, on which the grader itself is tested: each kind of check that there is.

One number and several, parts, arguments by name, a default, edge cases that cost a share, mistakes with credit and
without, a convention. `spread` beside it is the example to read first.
"""

import numpy as np

import reference_impl
from grading.checks import Case, Check, Misconception, wrong

TWO_SCHOOLS = {"y": np.array([7.0, 9.0, 4.0, 1.0, 2.0, 3.0]), "group": np.array(["b", "b", "b", "a", "a", "a"])}
THREE_SCHOOLS = {
    "y": np.array([81.0, 47.0, 75.0, 69.0, 55.0, 58.0, 61.0, 57.0, 60.0, 38.0, 35.0, 44.0, 49.0, 30.0]),
    "group": np.array(["north"] * 4 + ["east"] * 5 + ["south"] * 5),
}
ALIKE = {  # the means agree better than chance alone would make them
    "y": np.array([3.0, 9.0, 15.0, 21.0, 12.0, 4.0, 10.0, 16.0, 20.0, 2.0, 8.0, 14.0, 24.0]),
    "group": np.array(["p"] * 5 + ["q"] * 4 + ["r"] * 4),
}


def schools(rng, sizes):
    """Scores of schools that differ in size, mean and spread, in random order."""
    group = np.repeat(rng.permutation(["maple", "birch", "cedar", "aspen", "hazel"])[: len(sizes)], sizes)
    means = 50 + 12 * rng.permutation(np.linspace(-1.3, 1.5, len(sizes))) + rng.normal(0, 1, len(sizes))
    spreads = rng.permutation(np.geomspace(4, 16, len(sizes)))
    order = rng.permutation(len(group))
    y = rng.normal(np.repeat(means, sizes), np.repeat(spreads, sizes))
    return {"y": y.round(1)[order], "group": group[order]}


def unequal(rng):
    for sizes in ((2, 5, 11), (4, 30, 9, 17), (3, 6, 24, 8, 13)):
        yield Case(schools(rng, sizes))


# ---------------------------------------------------------------- 1 group summaries


def group_summary(y, group):
    s = reference_impl.group_summary(y, group)
    return s.labels, s.n, s.mean, s.variance


def summary_ddof0(y, group):
    """The variance divides by n_j; the sample variance divides by n_j - 1."""
    labels, n, mean, variance = group_summary(y, group)
    return labels, n, mean, np.where(n > 1, variance, 0.0) * (n - 1) / n


LONE = "one pupil has no sample variance: NaN, not 0"


def fresh_summaries(rng):
    yield from unequal(rng)
    yield Case(schools(rng, (1, 6, 4)), LONE, 0.2)


GROUP_SUMMARY = Check(
    group_summary,
    public=[Case(TWO_SCHOOLS), Case(THREE_SCHOOLS)],
    fresh=fresh_summaries,
    misconceptions=wrong(summary_ddof0, credit=0.5),
    parts=("labels", "n", "mean", "variance"),
)

# ---------------------------------------------------------------- 2 intervals


def no_pooling_interval(y, group):
    fit = reference_impl.no_pooling(y, group)
    return fit.lower, fit.upper


def interval_no_n(y, group):
    """The half-width uses s_j, the spread of single pupils: divide s_j^2 by n_j before taking the root."""
    _, _, mean, variance = group_summary(y, group)
    return mean - 1.96 * np.sqrt(variance), mean + 1.96 * np.sqrt(variance)


def interval_z_exact(y, group):
    """You used the exact normal quantile where 1.96 is written: accepted."""
    _, n, mean, variance = group_summary(y, group)
    half = 1.959963984540054 * np.sqrt(variance / n)
    return mean - half, mean + half


NO_POOLING_INTERVAL = Check(
    no_pooling_interval,
    public=[Case(TWO_SCHOOLS), Case(THREE_SCHOOLS)],
    fresh=unequal,
    misconceptions=[
        *wrong(interval_no_n, credit=0.25),
        Misconception(interval_z_exact, credit=1.0, kind="convention"),
    ],
    rtol=1e-6,  # 1.96 and 1.959964 differ by 1e-5 of the half-width
    parts=("lower", "upper"),
)

# ---------------------------------------------------------------- 3 complete pooling and the F ratio


def mean_sum_of_scores(y):
    """This is the sum of all scores; divide it by their number."""
    return float(np.sum(y))


def fresh_scores(rng):
    for size in (1, 4, 15, 40):
        yield Case({"y": rng.gamma(4, 12, size).round(1)})


COMPLETE_POOLING = Check(
    reference_impl.complete_pooling,
    public=[Case({"y": TWO_SCHOOLS["y"]}), Case({"y": THREE_SCHOOLS["y"]})],
    fresh=fresh_scores,
    misconceptions=wrong(mean_sum_of_scores),
)


def f_ratio(y, group):
    return float(reference_impl.anova(y, group).f)


def f_inverted(y, group):
    """The ratio is upside down: between schools over within schools."""
    return 1 / f_ratio(y, group)


F_RATIO = Check(
    f_ratio,
    public=[Case(TWO_SCHOOLS), Case(THREE_SCHOOLS), Case(ALIKE)],
    fresh=unequal,
    misconceptions=wrong(f_inverted, credit=0.25),
)

# ---------------------------------------------------------------- 4 the compromise


def pooling_swapped_weights(group_means, sampling_variances, *, grand_mean, tau2):
    """The two weights are swapped: the school that we know least about keeps its own mean."""
    share = sampling_variances / (sampling_variances + tau2)
    return share * group_means + (1 - share) * grand_mean


def pooling_no_pooling(group_means, sampling_variances, *, grand_mean, tau2):
    """These are the schools' own means: nothing was borrowed."""
    return group_means * 1.0


def known(means, variances, grand_mean, tau2):
    arrays = {"group_means": np.array(means), "sampling_variances": np.array(variances)}
    return {**arrays, "grand_mean": grand_mean, "tau2": tau2}


NEARLY_ONE_SCHOOL = "tau2 near 0 is complete pooling"


def fresh_known(rng):
    for groups in (1, 2, 4, 7):
        means, variances = rng.normal(50, 10, groups), rng.uniform(0.5, 40, groups)
        yield Case(known(means, variances, 51.5, rng.uniform(2, 60)))
    yield Case(known([60.0, 44.0, 52.0], [4.0, 12.0, 9.0], rng.uniform(45, 55), 1e-9), NEARLY_ONE_SCHOOL, 0.2)


PARTIAL_POOLING = Check(
    reference_impl.partial_pooling,
    public=[
        Case(known([60.0, 44.0], [4.0, 12.0], 50.0, 12.0)),
        Case(known([28.0, 8.0, -3.0, 7.0], [225.0, 100.0, 256.0, 121.0], 8.0, 40.0)),
    ],
    fresh=fresh_known,
    misconceptions=[*wrong(pooling_swapped_weights, credit=0.3), *wrong(pooling_no_pooling)],
    rtol=2e-6,
    parts=(),
)

# ---------------------------------------------------------------- 5 the variance between


def between_group_variance(y, group):
    return reference_impl.between_group_variance(y, group, method="anova")


def tau2_not_divided_by_n0(y, group):
    """MSB - MSW estimates n0 tau^2; divide by n0."""
    a = reference_impl.anova(y, group)
    return max(0.0, float(a.ms_between - a.ms_within))


TRUNCATED = "MSB below MSW: the estimate is 0, a variance is never negative"


def fresh_variances(rng):
    yield from unequal(rng)
    yield Case({**ALIKE, "y": ALIKE["y"] + round(rng.uniform(5, 60), 1)}, TRUNCATED, 0.2)


BETWEEN_GROUP_VARIANCE = Check(
    between_group_variance,
    public=[Case(TWO_SCHOOLS), Case(THREE_SCHOOLS), Case(ALIKE, TRUNCATED, 0.2)],
    fresh=fresh_variances,
    misconceptions=wrong(tau2_not_divided_by_n0, credit=0.25),
)

# ---------------------------------------------------------------- 6 everything together


def shrinkage_estimate(y, group, *, tau2=None):
    return reference_impl.shrinkage_estimate(y, group, tau2=tau2).estimate


def estimate_swapped_weights(y, group, *, tau2=None):
    """The weights are swapped: your noisiest school keeps its own mean."""
    _, n, mean, variance = group_summary(y, group)
    tau2 = between_group_variance(y, group) if tau2 is None else tau2
    return pooling_swapped_weights(mean, variance / n, grand_mean=np.mean(y), tau2=tau2)


def fresh_estimates(rng):
    yield from unequal(rng)
    yield Case({**schools(rng, (4, 9, 6, 15)), "tau2": round(rng.uniform(5, 40), 2)})


SHRINKAGE_ESTIMATE = Check(
    shrinkage_estimate,
    public=[Case(TWO_SCHOOLS), Case({**THREE_SCHOOLS, "tau2": 25.0})],
    fresh=fresh_estimates,
    misconceptions=wrong(estimate_swapped_weights, credit=0.3),
    rtol=1e-6,
)

CHECKS = (
    GROUP_SUMMARY,
    NO_POOLING_INTERVAL,
    COMPLETE_POOLING,
    F_RATIO,
    PARTIAL_POOLING,
    BETWEEN_GROUP_VARIANCE,
    SHRINKAGE_ESTIMATE,
)
