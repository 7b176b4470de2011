"""Hidden tests of the unit ``shrinkage``: what grades a submission, and the known-wrong formulas it can name.

Every check draws unbalanced schools: with equal sizes and variances most wrong formulas give the right numbers.
A misconception's docstring is the message that a student reads.
"""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

import reference_impl
from grading.checks import Case, Check, Misconception, remembered, wrong
from reference_impl.student_t import student_t_quantile

Array = np.ndarray[Any, Any]
NAMES = np.array(["maple", "fir", "cedar", "larch", "oak 9", "oak 10", "oak 80", "oak 100"])  # text sorts as text

# what one case's formulas ask of the reference again and again
summary_of = remembered(reference_impl.group_summary)
anova_of = remembered(reference_impl.anova)
variance_between = remembered(reference_impl.between_group_variance)
estimate_of = remembered(reference_impl.shrinkage_estimate)
mixed_model = remembered(reference_impl.fit_random_intercept)

# ---------------------------------------------------------------- data to ask with

SIX_PUPILS = {"y": np.array([7.0, 9.0, 4.0, 1.0, 2.0, 3.0]), "group": np.array(["b", "b", "b", "a", "a", "a"])}
THREE_SCHOOLS = {
    "y": np.array([81.0, 47.0, 75.0, 69.0, 55.0, 58.0, 61.0, 57.0, 60.0, 38.0, 35.0, 44.0, 49.0, 30.0]),
    "group": np.array(["north"] * 4 + ["east"] * 5 + ["south"] * 5),
}
NO_DIFFERENCE = {  # the school means agree better than chance would lead one to expect: MSB < MSW
    "y": np.array([3.0, 9.0, 15.0, 21.0, 12.0, 4.0, 10.0, 16.0, 20.0, 2.0, 8.0, 14.0, 24.0]),
    "group": np.array(["p", "p", "p", "p", "p", "q", "q", "q", "q", "r", "r", "r", "r"]),
}
ONE_PUPIL = {"y": np.array([52.0, 61.0, 58.0, 47.0]), "group": np.array(["a", "b", "b", "b"])}
THREE_SMALL = {  # three schools, so that no array of theirs looks like two limits
    "y": np.array([7.0, 9.0, 4.0, 1.0, 2.0, 3.0, 5.0, 8.0]),
    "group": np.array(["b", "b", "b", "a", "a", "a", "c", "c"]),
}
NUMBERED = {  # labels that sort otherwise as text, and scores that occur twice
    "y": np.array([50.0, 60.0, 60.0, 40.0, 70.0, 45.0, 50.0, 80.0, 60.0]),
    "group": np.array([10, 9, 10, 100, 9, 100, 10, 9, 9]),
}
EQUAL_SCORES = {  # nobody differs in school b
    "y": np.array([6.0, 6.0, 6.0, 1.0, 2.0, 3.0, 9.0, 4.0, 8.0]),
    "group": np.array(["b", "b", "b", "a", "a", "a", "c", "c", "c"]),
}
LONE_PUPIL = {  # a school of one, and schools that differ
    "y": np.array([80.0, 61.0, 58.0, 47.0, 30.0, 35.0]),
    "group": np.array(["a", "b", "b", "b", "c", "c"]),
}
AS_LISTS = {key: value.tolist() for key, value in THREE_SCHOOLS.items()}
LISTS = "y and group as lists"
COLUMNS = "y and group as columns of a table"
UNIT = "scores in another unit, all of them small"
ONE_SCHOOL_ALONE = "one school alone"
TINY = 1e-12
"""Absolute tolerance: a variance of 0 from a difference of sums of squares; less than most in the other unit."""
TEXT_ORDER = "text labels come as Python sorts them: capitals first, 10 before 9"


def schools(rng: np.random.Generator, sizes: tuple[int, ...]) -> dict[str, Array]:
    """Scores of schools whose sizes, means and spreads all differ, pupils in random order."""
    labels = rng.permutation(NAMES)[: len(sizes)]
    means = 50 + 12 * rng.permutation(np.linspace(-1.3, 1.5, len(sizes))) + rng.normal(0, 1, len(sizes))
    spreads = rng.permutation(np.geomspace(4, 16, len(sizes)))
    scores = [rng.normal(m, s, n) for m, s, n in zip(means, spreads, sizes, strict=True)]
    order = rng.permutation(sum(sizes))
    return {"y": np.concatenate(scores).round(2)[order], "group": np.repeat(labels, sizes)[order]}


def unequal_schools(rng: np.random.Generator) -> Iterator[Case]:
    """Typical cases: three to seven schools of two to thirty pupils."""
    for sizes in ((2, 5, 7), (4, 30, 9, 17), (12, 4, 5, 21, 7, 3, 16)):
        yield Case(schools(rng, sizes))
    yield Case(schools_below_zero(rng))
    yield Case(numbered_schools(rng))


def schools_below_zero(rng: np.random.Generator) -> dict[str, Array]:
    """Scores counted from the pass mark: on both sides of 0, and one school wholly below it, its interval too."""
    while True:
        drawn = schools(rng, (3, 6, 24, 8, 13))
        drawn["y"] = (drawn["y"] - 50).round(2)
        drawn["y"][rng.integers(len(drawn["y"]), size=6)] = 0.0
        n, mean, variance = moments(**drawn)
        if np.any(mean + 1.96 * np.sqrt(variance / n) < 0) and np.any(mean > 0):
            return drawn


def numbered_schools(rng: np.random.Generator) -> dict[str, Array]:
    """Labels 9, 10 and 11, which sort otherwise as text, and whole scores in steps of 50, some of them twice."""
    while True:
        drawn = schools(rng, (5, 4, 14))
        y, codes = 50 * np.rint(drawn["y"] / 5).astype(int), np.unique(drawn["group"], return_inverse=True)[1]
        if len(np.unique(y)) < len(y) - 4 and np.all(moments(y, codes)[2] > 0):
            return {"y": y, "group": 9 + codes}


def as_lists(inputs: dict[str, Array]) -> dict[str, Any]:
    """The same inputs as plain lists."""
    return {name: value.tolist() for name, value in inputs.items()}


def in_large_units(drawn: dict[str, Array]) -> dict[str, Array]:
    """The same scores in another unit: all numbers are small, their squares smaller than what people add to
    divisors lest they be 0."""
    return {**drawn, "y": drawn["y"] / 3e5}


def text_orders(rng: np.random.Generator) -> Iterator[Case]:
    """Labels whose order as text is another than without capitals, or as numbers."""
    for labels in (np.array(["Elm", "ash", "birch"]), np.array(["10", "100", "9"])):
        drawn = schools(rng, (3, 5, 4))
        codes = np.unique(drawn["group"], return_inverse=True)[1]
        yield Case({**drawn, "group": labels[codes]}, TEXT_ORDER, 0.1)


def as_columns(drawn: dict[str, Array]) -> dict[str, Any]:
    """The same inputs as columns of a table."""
    return {name: pd.Series(value, name=name) for name, value in drawn.items()}


def of_sequences(formula: Callable[..., Any]) -> Callable[..., Any]:
    """The formula for lists too."""

    @functools.wraps(formula)
    def of_arrays(*args: Any, **kwargs: Any) -> Any:
        return formula(*(np.asarray(value) for value in args), **kwargs)

    return of_arrays


def mistakes(*formulas: Callable[..., Any], credit: float = 0.0) -> tuple[Misconception, ...]:
    """Misconceptions that take lists as the schools' functions have to."""
    return wrong(*map(of_sequences, formulas), credit=credit)


def convention(formula: Callable[..., Any], credit: float) -> Misconception:
    """A sound choice that is not the one asked for; it takes lists too."""
    return Misconception(of_sequences(formula), credit=credit, kind="convention")


def moments(y: Array, group: Array) -> tuple[Array, Array, Array]:
    """Size, mean and variance of each group, in sorted label order."""
    summary = summary_of(y, group)
    return summary.n, summary.mean, summary.variance


def by_appearance(y: Array, group: Array) -> Array:
    """Positions, in sorted order, of the labels as they first appear."""
    labels = list(summary_of(y, group).labels)
    return np.array([labels.index(label) for label in dict.fromkeys(group.tolist())])


# ---------------------------------------------------------------- 1 group summaries


def group_summary(y: Array, group: Array) -> tuple[Array, ...]:
    """Labels, sizes, means and variances, by the reference."""
    s = summary_of(y, group)
    return s.labels, s.n, s.mean, s.variance


def summary_ddof0(y: Array, group: Array) -> tuple[Array, ...]:
    """The variance divides by n_j. With the mean estimated from the same pupils, the sample variance divides by
    n_j - 1: NumPy's var needs ddof=1, pandas has it by default."""
    labels, n, mean, variance = group_summary(y, group)
    return labels, n, mean, np.where(n > 1, variance, 0.0) * (n - 1) / n


def summary_standard_deviation(y: Array, group: Array) -> tuple[Array, ...]:
    """The last part is the standard deviation; the variance, its square, was asked for."""
    labels, n, mean, variance = group_summary(y, group)
    return labels, n, mean, np.sqrt(variance)


def summary_variance_of_mean(y: Array, group: Array) -> tuple[Array, ...]:
    """The last part is s_j^2 / n_j, the variance of the school's mean. Here the variance of its pupils, s_j^2, was
    asked for; the division by n_j comes in the next task."""
    labels, n, mean, variance = group_summary(y, group)
    return labels, n, mean, variance / n


def summary_order_of_appearance(y: Array, group: Array) -> tuple[Array, ...]:
    """The right numbers in another order: schools must come in sorted label order, not as they first appear."""
    order = by_appearance(y, group)
    return tuple(part[order] for part in group_summary(y, group))


def summary_pooled_variance(y: Array, group: Array) -> tuple[Array, ...]:
    """Every school got the variance of all scores together. Compute it within each school, about its own mean."""
    labels, n, mean, _ = group_summary(y, group)
    return labels, n, mean, np.full(len(n), np.var(y, ddof=1))


def fresh_summaries(rng: np.random.Generator) -> Iterator[Case]:
    yield from unequal_schools(rng)
    lone = schools(rng, (1, 6, 4))
    yield Case(lone, claim="one pupil has no sample variance: NaN, not 0", cost=0.2)
    yield Case({**EQUAL_SCORES, "y": EQUAL_SCORES["y"] + round(rng.uniform(1, 9), 1)}, EQUAL, 0.1)
    yield Case(as_lists(schools(rng, (3, 5, 4))), LISTS, 0.1)
    yield Case(as_columns(schools(rng, (3, 5, 4))), COLUMNS, 0.1)
    yield Case(in_large_units(schools(rng, (3, 5, 4))), UNIT, 0.2)
    yield Case(schools(rng, (7,)), ONE_SCHOOL_ALONE, 0.1)
    yield from text_orders(rng)


EQUAL = "equal scores have the variance 0"

GROUP_SUMMARY = Check(
    group_summary,
    public=[
        Case(SIX_PUPILS),
        Case(THREE_SCHOOLS),
        Case(NUMBERED),
        Case(EQUAL_SCORES, EQUAL, 0.1),
        Case(AS_LISTS, LISTS, 0.1),
        Case(ONE_PUPIL, claim="one pupil has no sample variance: NaN, not 0", cost=0.2),
    ],
    fresh=fresh_summaries,
    misconceptions=[
        *mistakes(summary_ddof0, summary_order_of_appearance, credit=0.5),
        *mistakes(summary_standard_deviation, summary_variance_of_mean, credit=0.4),
        *mistakes(summary_pooled_variance, credit=0.3),
    ],
    atol=TINY,
    parts=("labels", "n", "mean", "variance"),
)

# ---------------------------------------------------------------- 2 no pooling


def no_pooling_interval(y: Array, group: Array) -> tuple[Array, Array]:
    """Large-sample 95% interval of each school's mean, by the reference."""
    fit = reference_impl.no_pooling(y, group)
    return fit.lower, fit.upper


def _limits(centre: Array, half: Array) -> tuple[Array, Array]:
    return centre - half, centre + half


def interval_no_n(y: Array, group: Array) -> tuple[Array, Array]:
    """The half-width uses s_j, the spread of single pupils. A mean of n_j pupils varies less: divide s_j^2 by n_j
    before taking the root."""
    _, mean, variance = moments(y, group)
    return _limits(mean, 1.96 * np.sqrt(variance))


def interval_variance_not_sd(y: Array, group: Array) -> tuple[Array, Array]:
    """A root is missing: the half-width is 1.96 times the variance s_j^2 / n_j, whose unit is squared points. Its
    square root is the standard error."""
    n, mean, variance = moments(y, group)
    return _limits(mean, 1.96 * variance / n)


def interval_s_over_n(y: Array, group: Array) -> tuple[Array, Array]:
    """The half-width is 1.96 s_j / n_j. The variance of a mean is s_j^2 / n_j, so its standard error is s_j
    divided by the square root of n_j."""
    n, mean, variance = moments(y, group)
    return _limits(mean, 1.96 * np.sqrt(variance) / n)


def interval_ddof0(y: Array, group: Array) -> tuple[Array, Array]:
    """The variance inside the interval divides by n_j; s_j^2 divides by n_j - 1 (ddof=1)."""
    n, mean, variance = moments(y, group)
    return _limits(mean, 1.96 * np.sqrt(variance * (n - 1) / n / n))


def interval_n_minus_1(y: Array, group: Array) -> tuple[Array, Array]:
    """The n_j - 1 was used twice: it belongs inside s_j^2 only. The variance of the mean is s_j^2 / n_j."""
    n, mean, variance = moments(y, group)
    return _limits(mean, 1.96 * np.sqrt(variance / (n - 1)))


def interval_z_2(y: Array, group: Array) -> tuple[Array, Array]:
    """The multiplier is 2. Close, but this exercise asks for 1.96."""
    n, mean, variance = moments(y, group)
    return _limits(mean, 2 * np.sqrt(variance / n))


def interval_z_1645(y: Array, group: Array) -> tuple[Array, Array]:
    """The multiplier 1.645 leaves 5% in each tail: a 90% interval. For 95% use 1.96."""
    n, mean, variance = moments(y, group)
    return _limits(mean, 1.645 * np.sqrt(variance / n))


def interval_z_exact(y: Array, group: Array) -> tuple[Array, Array]:
    """You used the exact normal quantile 1.959964 where the course writes 1.96: accepted."""
    n, mean, variance = moments(y, group)
    return _limits(mean, 1.959963984540054 * np.sqrt(variance / n))


def interval_student_t(y: Array, group: Array) -> tuple[Array, Array]:
    """You used the quantile of Student's t with n_j - 1 degrees of freedom. For few pupils that is the better
    choice; this exercise asks for the large-sample 1.96 throughout the course, so that your numbers can be
    compared."""
    n, mean, variance = moments(y, group)
    quantile = np.array([student_t_quantile(int(size) - 1) if size > 1 else np.nan for size in n])
    return _limits(mean, quantile * np.sqrt(variance / n))


def interval_pooled(y: Array, group: Array) -> tuple[Array, Array]:
    """Each interval uses the pooled within-school variance. That is a sound model when spreads are alike, but no
    pooling means that a school's interval rests on its own pupils alone."""
    n, mean, _ = moments(y, group)
    return _limits(mean, 1.96 * np.sqrt(anova_of(y, group).ms_within / n))


def interval_one_se(y: Array, group: Array) -> tuple[Array, Array]:
    """One standard error to each side covers about 68%; multiply it by 1.96."""
    n, mean, variance = moments(y, group)
    return _limits(mean, np.sqrt(variance / n))


def interval_overall_mean_centre(y: Array, group: Array) -> tuple[Array, Array]:
    """The intervals are centred at the mean of all pupils; each must be centred at its own school's mean."""
    n, mean, variance = moments(y, group)
    return _limits(np.full_like(mean, np.mean(y)), 1.96 * np.sqrt(variance / n))


def interval_swapped(y: Array, group: Array) -> tuple[Array, Array]:
    """The limits are right but the upper one comes first; return (lower, upper)."""
    lower, upper = no_pooling_interval(y, group)
    return upper, lower


def interval_mean_and_half_width(y: Array, group: Array) -> tuple[Array, Array]:
    """You returned the means and the half-widths. One step remains: the lower and the upper limit."""
    n, mean, variance = moments(y, group)
    return mean, 1.96 * np.sqrt(variance / n)


def interval_row_per_school(y: Array, group: Array) -> Array:
    """The numbers are right, but you returned one pair per school. Return two arrays: all lower limits, then all
    upper limits."""
    return np.column_stack(no_pooling_interval(y, group))


NO_INTERVAL = "one pupil has no interval: NaN for both limits"


def fresh_intervals(rng: np.random.Generator) -> Iterator[Case]:
    yield from unequal_schools(rng)
    yield Case(schools(rng, (1, 6, 4)), NO_INTERVAL, 0.1)
    yield Case(as_lists(schools(rng, (3, 5, 4))), LISTS, 0.1)
    yield Case(as_columns(schools(rng, (3, 5, 4))), COLUMNS, 0.1)
    yield Case(in_large_units(schools(rng, (3, 5, 4))), UNIT, 0.2)
    yield Case(schools(rng, (7,)), ONE_SCHOOL_ALONE, 0.1)
    yield from text_orders(rng)


NO_POOLING_INTERVAL = Check(
    no_pooling_interval,
    public=[Case(THREE_SMALL), Case(THREE_SCHOOLS), Case(NUMBERED), Case(ONE_PUPIL, NO_INTERVAL, 0.1)],
    fresh=fresh_intervals,
    misconceptions=[
        *mistakes(
            interval_no_n,
            interval_variance_not_sd,
            interval_s_over_n,
            interval_one_se,
            interval_overall_mean_centre,
            credit=0.25,
        ),
        *mistakes(interval_ddof0, interval_n_minus_1, interval_z_1645, interval_swapped, credit=0.5),
        *mistakes(interval_mean_and_half_width, credit=0.5),
        *mistakes(interval_z_2, interval_row_per_school, credit=0.8),
        convention(interval_z_exact, 1.0),
        convention(interval_student_t, 0.8),
        convention(interval_pooled, 0.6),
    ],
    rtol=1e-6,  # 1.96 and 1.959964 differ by 1e-5 of the half-width; both must be told apart to be named
    atol=TINY,
    parts=("lower", "upper"),
)

# ---------------------------------------------------------------- 3 complete pooling and the F ratio


def mean_median_of_scores(y: Array) -> float:
    """This is the median. Complete pooling estimates one common mean: the average of all scores."""
    return float(np.median(y))


def mean_sum_of_scores(y: Array) -> float:
    """This is the sum of all scores; divide it by their number."""
    return float(np.sum(y))


def mean_of_distinct_scores(y: Array) -> float:
    """Scores that occur more than once were counted once. Every pupil counts: average all scores."""
    return float(np.mean(np.unique(y)))


def mean_without_outliers(y: Array) -> float:
    """The scores furthest from the others were left out. Complete pooling averages all scores as they are."""
    far = np.abs(y - np.mean(y)) > 3 * np.std(y)
    return float(np.mean(y[~far])) if np.any(~far) else float(np.mean(y))


OUTLIER = np.append(np.repeat([48.0, 52.0, 50.0, 55.0], 4), 500.0)


def scores_about_0(rng: np.random.Generator) -> Array:
    """Scores of both signs, 0 among them, whose mean is small and has more than four decimals."""
    while True:
        y = np.append(rng.normal(0, 5, 11).round(2), 0.0)
        mean = np.mean(y)
        if abs(mean) < 1 and abs(mean - mean.round(4)) > 3e-5:
            return y


def fresh_scores(rng: np.random.Generator) -> Iterator[Case]:
    for size in (1, 4, 14, 40):
        yield Case({"y": rng.gamma(4, 12, size).round(1) + 0.07})
    yield Case({"y": -rng.gamma(4, 12, 5).round(2)})
    yield Case({"y": scores_about_0(rng)})
    repeated = rng.integers(1, 9, 6)
    yield Case({"y": np.append(np.repeat(repeated, 2), 20)})  # whole numbers
    yield Case({"y": np.append(rng.normal(50, 5, 20).round(1), round(rng.uniform(400, 600), 1))})
    yield Case({"y": rng.normal(50, 5, 7).round(1).tolist()}, SCORES_AS_LIST, 0.1)
    yield Case({"y": as_columns(schools(rng, (3, 4)))["y"]}, "y as a column of a table", 0.1)
    yield Case({"y": rng.gamma(4, 0.0012, 7)}, UNIT, 0.2)


SCORES_AS_LIST = "y as a list"


COMPLETE_POOLING = Check(
    reference_impl.complete_pooling,
    public=[
        Case({"y": SIX_PUPILS["y"]}),
        Case({"y": THREE_SCHOOLS["y"]}),
        Case({"y": NUMBERED["y"]}),
        Case({"y": OUTLIER}),
        Case({"y": SIX_PUPILS["y"].tolist()}, SCORES_AS_LIST, 0.1),
    ],
    fresh=fresh_scores,
    misconceptions=[
        *mistakes(mean_median_of_scores, mean_sum_of_scores),
        *mistakes(mean_of_distinct_scores, mean_without_outliers, credit=0.3),
    ],
)


def f_ratio(y: Array, group: Array) -> float:
    """Mean square between over mean square within, by the reference."""
    return float(anova_of(y, group).f)


def f_inverted(y: Array, group: Array) -> float:
    """The ratio is upside down: between schools over within schools, so that large values speak against one common
    mean."""
    return 1 / f_ratio(y, group)


def f_of_sums_of_squares(y: Array, group: Array) -> float:
    """This is the ratio of the sums of squares. Divide each by its degrees of freedom first: J - 1 between, N - J
    within."""
    a = anova_of(y, group)
    return float(a.ss_between / a.ss_within)


def f_unweighted(y: Array, group: Array) -> float:
    """The between sum of squares counts every school once. Each of the school's n_j pupils contributes: multiply
    the squared deviation of its mean by n_j."""
    a, (_, mean, _) = anova_of(y, group), moments(y, group)
    return float(np.sum((mean - np.mean(y)) ** 2) / a.df_between / a.ms_within)


def f_about_mean_of_means(y: Array, group: Array) -> float:
    """The between sum of squares is taken about the plain average of the school means. The null model has one mean
    for all pupils: take deviations from the overall mean of all scores."""
    a, (n, mean, _) = anova_of(y, group), moments(y, group)
    return float(np.sum(n * (mean - mean.mean()) ** 2) / a.df_between / a.ms_within)


def f_df_between_J(y: Array, group: Array) -> float:
    """The between degrees of freedom are J - 1, not J: the deviations from the overall mean are tied by one
    sum."""
    a = anova_of(y, group)
    return float(a.ss_between / (a.df_between + 1) / a.ms_within)


def f_df_within_N(y: Array, group: Array) -> float:
    """The within degrees of freedom are N - J: each school's own mean costs one."""
    a = anova_of(y, group)
    return float(a.ms_between / (a.ss_within / len(y)))


def f_df_within_N_1(y: Array, group: Array) -> float:
    """The within degrees of freedom are N - J, not N - 1: each of the J school means costs one."""
    a = anova_of(y, group)
    return float(a.ms_between / (a.ss_within / (len(y) - 1)))


def f_total_variance(y: Array, group: Array) -> float:
    """The denominator is the variance of all scores, which contains the differences between schools. Use the
    spread within schools only."""
    return float(anova_of(y, group).ms_between / np.var(y, ddof=1))


LONE = "a school with one pupil counts between schools and adds nothing within"


def fresh_ratios(rng: np.random.Generator) -> Iterator[Case]:
    yield from unequal_schools(rng)
    yield Case(schools(rng, (1, 6, 4)), LONE, 0.15)
    yield Case(as_lists(schools(rng, (3, 5, 4))), LISTS, 0.1)
    yield Case(as_columns(schools(rng, (3, 5, 4))), COLUMNS, 0.1)
    yield Case(in_large_units(schools(rng, (3, 5, 4))), UNIT, 0.2)


F_RATIO = Check(
    f_ratio,
    public=[
        Case(SIX_PUPILS),
        Case(THREE_SCHOOLS),
        Case(NO_DIFFERENCE),
        Case(LONE_PUPIL, LONE, 0.15),
        Case(AS_LISTS, LISTS, 0.1),
    ],
    fresh=fresh_ratios,
    misconceptions=[
        *mistakes(f_df_between_J, f_df_within_N, f_df_within_N_1, f_about_mean_of_means, credit=0.5),
        *mistakes(f_inverted, f_of_sums_of_squares, f_unweighted, f_total_variance, credit=0.25),
    ],
)

# ---------------------------------------------------------------- 4 the multilevel estimate, parameters known


def _weighted(own: Array, grand: Any, group_means: Array, grand_mean: float) -> Array:
    return (own * group_means + grand * grand_mean) / (own + grand)


def pooling_swapped_weights(
    group_means: Array, sampling_variances: Array, *, grand_mean: float, tau2: float
) -> Array:
    """The two weights are swapped: the school that we know least about keeps its own mean. Weigh by precision,
    1/variance, or multiply each mean by the other one's variance."""
    return _weighted(sampling_variances, tau2, group_means, grand_mean)


def pooling_standard_deviations(
    group_means: Array, sampling_variances: Array, *, grand_mean: float, tau2: float
) -> Array:
    """The weights are one over standard deviations. Precision is one over the variance: drop the square roots."""
    return _weighted(1 / np.sqrt(sampling_variances), 1 / np.sqrt(tau2), group_means, grand_mean)


def pooling_root_of_sampling_variance(
    group_means: Array, sampling_variances: Array, *, grand_mean: float, tau2: float
) -> Array:
    """The school's own weight is one over its standard error. The argument is a variance already: use one over
    it."""
    return _weighted(1 / np.sqrt(sampling_variances), 1 / tau2, group_means, grand_mean)


def pooling_squared_sampling_variance(
    group_means: Array, sampling_variances: Array, *, grand_mean: float, tau2: float
) -> Array:
    """The sampling variance was squared again; the argument is a variance already."""
    return _weighted(1 / sampling_variances**2, 1 / tau2, group_means, grand_mean)


def pooling_tau_not_tau2(
    group_means: Array, sampling_variances: Array, *, grand_mean: float, tau2: float
) -> Array:
    """The grand mean's weight is 1/tau. The second level's precision is 1/tau^2, and the argument is tau^2
    itself."""
    return _weighted(1 / sampling_variances, 1 / np.sqrt(tau2), group_means, grand_mean)


def pooling_tau2_squared(
    group_means: Array, sampling_variances: Array, *, grand_mean: float, tau2: float
) -> Array:
    """tau2 was squared again. The argument is a variance already, so the second level's precision is 1/tau2."""
    return _weighted(1 / sampling_variances, 1 / tau2**2, group_means, grand_mean)


def pooling_shrink_to_zero(
    group_means: Array, sampling_variances: Array, *, grand_mean: float, tau2: float
) -> Array:
    """The estimates are pulled towards 0: the grand mean's term is missing from the numerator."""
    return _weighted(1 / sampling_variances, 1 / tau2, group_means, 0.0)


def pooling_not_normalised(
    group_means: Array, sampling_variances: Array, *, grand_mean: float, tau2: float
) -> Array:
    """This is a weighted sum. Divide it by the sum of the two weights to get an average."""
    return group_means / sampling_variances + grand_mean / tau2


def pooling_equal_shrinkage(
    group_means: Array, sampling_variances: Array, *, grand_mean: float, tau2: float
) -> Array:
    """Every school moved by the same fraction. Each school has a sampling variance of its own, and so a weight of
    its own."""
    return _weighted(np.full_like(group_means, 1 / np.mean(sampling_variances)), 1 / tau2, group_means, grand_mean)


def pooling_half_half(group_means: Array, sampling_variances: Array, *, grand_mean: float, tau2: float) -> Array:
    """Every estimate lies halfway. The weights should follow the precisions of the school's mean and of the second
    level."""
    return (group_means + grand_mean) / 2


def pooling_no_pooling(group_means: Array, sampling_variances: Array, *, grand_mean: float, tau2: float) -> Array:
    """These are the schools' own means: nothing was borrowed."""
    return group_means * 1.0


def pooling_complete_pooling(
    group_means: Array, sampling_variances: Array, *, grand_mean: float, tau2: float
) -> Array:
    """Every school got the grand mean: its own data were not used."""
    return np.full_like(group_means, grand_mean)


def pooling_shrink_factor_returned(
    group_means: Array, sampling_variances: Array, *, grand_mean: float, tau2: float
) -> Array:
    """These are the weights on the schools' own means. One step remains: the weighted average itself."""
    return tau2 / (tau2 + sampling_variances)


def pooling_B_returned(group_means: Array, sampling_variances: Array, *, grand_mean: float, tau2: float) -> Array:
    """These are the 1 - lambda_j, the weights on the grand mean. One step remains: the weighted average itself."""
    return sampling_variances / (tau2 + sampling_variances)


def _known(means: list[float], variances: list[float], grand_mean: float, tau2: float) -> dict[str, Any]:
    return {
        "group_means": np.array(means),
        "sampling_variances": np.array(variances),
        "grand_mean": grand_mean,
        "tau2": tau2,
    }


def pooling_divides_by_variances(
    group_means: Array, sampling_variances: Array, *, grand_mean: float, tau2: float
) -> Array:
    """Right wherever no variance is 0. At tau2 = 0 or v_j = 0 the form with 1/tau2 and 1/v_j divides by zero; the
    form with lambda_j = tau2 / (tau2 + v_j) does not."""
    own = np.divide(1.0, sampling_variances)
    return _weighted(own, np.divide(1.0, tau2), group_means, grand_mean)


def pooling_divides_by_numbers(
    group_means: Array, sampling_variances: Array, *, grand_mean: float, tau2: float
) -> Array:
    """Right unless a variance is 0: there the form with 1/tau2 and 1/v_j divides by zero. The form with lambda_j =
    tau2 / (tau2 + v_j) does not."""
    return _weighted(np.divide(1.0, sampling_variances), 1 / tau2, group_means, grand_mean)


WHOLE = "whole numbers throughout"
ONE_SCHOOL = "tau2 = 0 is complete pooling"
KNOWN_EXACTLY = "a mean without sampling variance stays where it is"
NEARLY_ONE_SCHOOL = "tau2 near 0 is complete pooling"
NEARLY_NO_POOLING = "a huge tau2 is no pooling"
NOISY_SCHOOL = "a school without information gets the grand mean"


def fresh_known(rng: np.random.Generator) -> Iterator[Case]:
    for n_groups in (1, 2, 4, 7):
        means, variances = rng.normal(50, 10, n_groups), rng.uniform(0.5, 40, n_groups)
        means[6:], variances[5:6] = 130, 300  # far from the other six
        yield Case(
            _known(means.round(2), variances.round(3), round(rng.normal(50, 3), 2), round(rng.uniform(2, 60), 2))
        )
    means, variances = rng.normal(-3, 2, 4), rng.uniform(0.02, 0.8, 4)  # another scale, another origin
    yield Case(_known(means, variances, rng.normal(-3, 1), rng.uniform(0.05, 0.7)))
    variances[0] = 0.05
    small = _known(means / 1e4, variances / 1e8, rng.normal(-3e-4, 1e-4), rng.uniform(5e-10, 7e-9))
    yield Case(small, UNIT, 0.2)
    whole = {"group_means": rng.integers(40, 60, 3), "sampling_variances": rng.integers(2, 9, 3)}
    yield Case({**whole, "grand_mean": int(rng.integers(61, 70)), "tau2": int(rng.integers(1, 9))}, WHOLE, 0.1)
    means, variances = rng.normal(50, 10, 3), rng.uniform(0.5, 40, 3)
    yield Case(_known(means, variances, 51.0, 1e-9), NEARLY_ONE_SCHOOL, 0.2)
    yield Case(_known(means, variances, 51.0, 1e9), NEARLY_NO_POOLING, 0.2)
    yield Case(_known(means, np.array([1e12, 4.0, 9.0]), 51.0, 25.0), NOISY_SCHOOL, 0.2)
    yield Case(_known(-means, variances, -51.007, 0.0), ONE_SCHOOL, 0.2)
    yield Case(_known(means, np.array([3.0, 0.0, 9.0]), 51.0, 25.0), KNOWN_EXACTLY, 0.1)
    yield Case(as_lists_known(_known(means, variances, 51.0, 25.0)), MEANS_AS_LISTS, 0.1)
    yield Case(_known(means - 51.0, variances, 0.0, 25.0), CENTRED, 0.1)


CENTRED = "a grand mean of 0 is a value like any other"
MEANS_AS_LISTS = "means and variances as lists"


def as_lists_known(inputs: dict[str, Any]) -> dict[str, Any]:
    return {**inputs, **as_lists({name: inputs[name] for name in ("group_means", "sampling_variances")})}


PARTIAL_POOLING = Check(
    reference_impl.partial_pooling,
    public=[
        Case(_known([60.0, 44.0], [4.0, 12.0], 50.0, 12.0)),
        Case(_known([28.0, 8.0, -3.0, 7.0], [225.0, 100.0, 256.0, 121.0], 8.0, 40.0)),
        Case(_known([60.0, 44.0], [4.0, 12.0], 50.0, 1e-9), NEARLY_ONE_SCHOOL, 0.2),
        Case(_known([60.0, 44.0], [4.0, 12.0], 50.0, 1e9), NEARLY_NO_POOLING, 0.2),
        Case(_known([60.0, 44.0], [4.0, 12.0], 50.0, 0.0), ONE_SCHOOL, 0.2),
        Case(_known([60.0, 44.0, 52.0], [4.0, 0.0, 12.0], 50.0, 12.0), KNOWN_EXACTLY, 0.1),
        Case(as_lists_known(_known([60.0, 44.0], [4.0, 12.0], 50.0, 12.0)), MEANS_AS_LISTS, 0.1),
    ],
    fresh=fresh_known,
    misconceptions=[
        *mistakes(
            pooling_swapped_weights,
            pooling_standard_deviations,
            pooling_tau_not_tau2,
            pooling_tau2_squared,
            credit=0.3,
        ),
        *mistakes(
            pooling_root_of_sampling_variance,
            pooling_squared_sampling_variance,
            pooling_shrink_to_zero,
            pooling_equal_shrinkage,
            credit=0.3,
        ),
        *mistakes(pooling_not_normalised, pooling_shrink_factor_returned, pooling_B_returned, credit=0.4),
        *mistakes(pooling_half_half, pooling_no_pooling, pooling_complete_pooling),
        *mistakes(
            pooling_divides_by_variances, pooling_divides_by_numbers, credit=0.5
        ),  # right on typical cases: it loses the claims' costs
    ],
    rtol=2e-6,  # the limit cases with tau2 = 1e-9 and 1e9 must not swallow a wrong formula's small difference
    parts=(),
)

# ---------------------------------------------------------------- 5 the ANOVA estimate of tau2


def between_group_variance(y: Array, group: Array) -> float:
    """Truncated ANOVA estimate of tau2, by the reference."""
    return variance_between(y, group, method="anova")


def _n0(n: Array) -> float:
    return float((n.sum() - (n**2).sum() / n.sum()) / (len(n) - 1))


def _moment_estimate(
    y: Array, group: Array, *, between: float | None = None, within: float | None = None
) -> float:
    a = anova_of(y, group)
    between = a.ms_between if between is None else between
    within = a.ms_within if within is None else within
    return max(0.0, float(between - within) / _n0(moments(y, group)[0]))


def tau2_var_of_means(y: Array, group: Array) -> float:
    """The variance of the school means holds more than tau^2: each mean also carries sampling noise, about
    s_j^2 / n_j. Subtract it."""
    return float(np.var(moments(y, group)[1], ddof=1))


def tau2_var_of_means_ddof0(y: Array, group: Array) -> float:
    """This is the variance of the school means, with ddof=0. It also carries each mean's sampling noise, which has
    to be subtracted."""
    return float(np.var(moments(y, group)[1]))


def tau2_not_divided_by_n0(y: Array, group: Array) -> float:
    """MSB - MSW estimates n0 tau^2; divide by n0."""
    a = anova_of(y, group)
    return max(0.0, float(a.ms_between - a.ms_within))


def tau2_n_bar(y: Array, group: Array) -> float:
    """MSB - MSW was divided by the average school size. With unequal sizes the divisor is
    n0 = (N - sum n_j^2 / N) / (J - 1), which is smaller."""
    n = moments(y, group)[0]
    return tau2_not_divided_by_n0(y, group) / float(n.mean())


def tau2_divided_by_N(y: Array, group: Array) -> float:
    """MSB - MSW was divided by N, the number of pupils; the divisor is n0, a kind of average school size."""
    return tau2_not_divided_by_n0(y, group) / len(y)


def tau2_divided_by_J(y: Array, group: Array) -> float:
    """MSB - MSW was divided by J, the number of schools; the divisor is n0, a kind of average school size."""
    return tau2_not_divided_by_n0(y, group) / len(moments(y, group)[0])


def tau2_msb_not_minus_msw(y: Array, group: Array) -> float:
    """MSB alone was used. Even with tau^2 = 0 it would average sigma^2: subtract MSW first."""
    return _moment_estimate(y, group, within=0.0)


def tau2_msb_unweighted(y: Array, group: Array) -> float:
    """The between sum of squares lacks the weights n_j."""
    n, mean, _ = moments(y, group)
    return _moment_estimate(y, group, between=float(np.sum((mean - y.mean()) ** 2) / (len(n) - 1)))


def tau2_msb_about_mean_of_means(y: Array, group: Array) -> float:
    """The between sum of squares is taken about the plain average of the school means; take deviations from the
    overall mean of all scores."""
    n, mean, _ = moments(y, group)
    return _moment_estimate(y, group, between=float(np.sum(n * (mean - mean.mean()) ** 2) / (len(n) - 1)))


def tau2_df_between_J(y: Array, group: Array) -> float:
    """MSB divides by J - 1, not by J."""
    a = anova_of(y, group)
    return _moment_estimate(y, group, between=a.ss_between / (a.df_between + 1))


def tau2_df_within_N(y: Array, group: Array) -> float:
    """MSW divides by N - J, not by N: each school's own mean costs one degree of freedom."""
    return _moment_estimate(y, group, within=anova_of(y, group).ss_within / len(y))


def tau2_df_within_N_1(y: Array, group: Array) -> float:
    """MSW divides by N - J, not by N - 1: each of the J school means costs one degree of freedom."""
    return _moment_estimate(y, group, within=anova_of(y, group).ss_within / (len(y) - 1))


def tau2_msw_mean_of_s2(y: Array, group: Array) -> float:
    """MSW was taken as the plain average of the s_j^2. That equals MSW for equal sizes only, and is noisier for
    others; here pool the sums of squares and divide by N - J."""
    return _moment_estimate(y, group, within=float(np.mean(moments(y, group)[2])))


def tau2_tau_returned(y: Array, group: Array) -> float:
    """This is tau, a standard deviation in points; tau^2 was asked for."""
    return float(np.sqrt(between_group_variance(y, group)))


def tau2_not_truncated(y: Array, group: Array) -> float:
    """A variance cannot be negative: when MSB is less than MSW the estimate is 0."""
    a = anova_of(y, group)
    return float(a.ms_between - a.ms_within) / _n0(moments(y, group)[0])


def tau2_DL(y: Array, group: Array) -> float:
    """This is the DerSimonian-Laird estimate, from each school's own s_j^2. It is a valid estimate of tau^2, but
    this exercise defines the one from MSB and MSW."""
    return variance_between(y, group, method="dersimonian-laird")


def tau2_HE(y: Array, group: Array) -> float:
    """This is the variance of the means less the average of s_j^2 / n_j (Hedges' estimate). It is valid, but this
    exercise defines the one from MSB and MSW."""
    n, mean, variance = moments(y, group)
    return max(0.0, float(np.var(mean, ddof=1) - np.mean(variance / n)))


def tau2_REML(y: Array, group: Array) -> float:
    """This is the restricted maximum likelihood estimate, as mixed-model software gives it. It is a valid estimate
    of tau^2, but this exercise defines the one from MSB and MSW."""
    return variance_between(y, group, method="reml")


def tau2_ML(y: Array, group: Array) -> float:
    """This is the maximum likelihood estimate. It is a valid estimate of tau^2, a little small with few schools;
    this exercise defines the one from MSB and MSW."""
    return variance_between(y, group, method="ml")


def tau2_paule_mandel(y: Array, group: Array) -> float:
    """This is the Paule-Mandel estimate, from each school's own s_j^2. It is a valid estimate of tau^2, but this
    exercise defines the one from MSB and MSW."""
    return variance_between(y, group, method="paule-mandel")


def tau2_icc_returned(y: Array, group: Array) -> float:
    """This is the intraclass correlation, tau^2 / (tau^2 + sigma^2), a share without a unit; tau^2 itself was
    asked for."""
    tau2 = between_group_variance(y, group)
    return float(tau2 / (tau2 + anova_of(y, group).ms_within))


TRUNCATED = "MSB below MSW: the estimate is 0, a variance is never negative"


def fresh_variances(rng: np.random.Generator) -> Iterator[Case]:
    yield from unequal_schools(rng)
    shifted = NO_DIFFERENCE["y"] + round(rng.uniform(5, 60), 1)
    yield Case({"y": shifted, "group": NO_DIFFERENCE["group"]}, TRUNCATED, 0.2)
    yield Case(schools(rng, (1, 6, 4)), LONE, 0.15)
    yield Case(as_lists(schools(rng, (3, 5, 4))), LISTS, 0.1)
    yield Case(as_columns(schools(rng, (3, 5, 4))), COLUMNS, 0.1)
    yield Case(in_large_units(schools(rng, (3, 5, 4))), UNIT, 0.2)


BETWEEN_GROUP_VARIANCE = Check(
    between_group_variance,
    public=[
        Case(SIX_PUPILS),
        Case(THREE_SCHOOLS),
        Case(NO_DIFFERENCE, TRUNCATED, 0.2),
        Case(LONE_PUPIL, LONE, 0.15),
    ],
    fresh=fresh_variances,
    misconceptions=[
        *mistakes(
            tau2_var_of_means,
            tau2_var_of_means_ddof0,
            tau2_not_divided_by_n0,
            tau2_divided_by_N,
            tau2_divided_by_J,
            credit=0.25,
        ),
        *mistakes(tau2_msb_not_minus_msw, tau2_msb_unweighted, tau2_tau_returned, tau2_icc_returned, credit=0.25),
        *mistakes(
            tau2_n_bar,
            tau2_msb_about_mean_of_means,
            tau2_df_between_J,
            tau2_df_within_N,
            tau2_df_within_N_1,
            credit=0.5,
        ),
        *mistakes(tau2_not_truncated, credit=0.8),
        convention(tau2_msw_mean_of_s2, 0.6),
        convention(tau2_REML, 0.6),
        convention(tau2_ML, 0.6),
        convention(tau2_paule_mandel, 0.6),
        convention(tau2_DL, 0.6),
        convention(tau2_HE, 0.6),
    ],
    atol=TINY,
)

# ---------------------------------------------------------------- 6 the classical shrinkage estimate


def shrinkage_estimate(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """The plug-in estimate of each school's mean, by the reference."""
    return estimate_of(y, group, tau2=tau2).estimate


def _plugged_in(y: Array, group: Array, tau2: float | None) -> tuple[Array, Array, Array, float, float]:
    """Sizes, means and variances of the schools, tau2 (estimated unless given), and the mean of all scores."""
    t = between_group_variance(y, group) if tau2 is None else tau2
    return *moments(y, group), t, float(np.mean(y))


def estimate_inverted_weights(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """The weights are swapped, or variances stand where precisions belong: your noisiest school keeps its own mean
    while the best-measured one is pulled in."""
    n, mean, s2, t, overall = _plugged_in(y, group, tau2)
    return _weighted(s2 / n, t, mean, overall)


def estimate_forgot_n(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """School size plays no role in your weights. The precision of a mean of n_j pupils is n_j / s_j^2, not
    1 / s_j^2."""
    _, mean, s2, t, overall = _plugged_in(y, group, tau2)
    return _weighted(1 / s2, 1 / t, mean, overall)


def estimate_n_twice(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """n_j was used twice: s_j^2 / n_j is the variance of the mean already, so its precision is n_j / s_j^2."""
    n, mean, s2, t, overall = _plugged_in(y, group, tau2)
    return _weighted(n**2 / s2, 1 / t, mean, overall)


def estimate_ddof0(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """The s_j^2 in your weights divide by n_j; the sample variance divides by n_j - 1 (ddof=1)."""
    n, mean, s2, t, overall = _plugged_in(y, group, tau2)
    return _weighted(n / (s2 * (n - 1) / n), 1 / t, mean, overall)


def estimate_sd_not_variance_both(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """Standard deviations stand where variances belong: the weights are n_j / s_j^2 and 1 / tau^2."""
    n, mean, s2, t, overall = _plugged_in(y, group, tau2)
    return _weighted(n / np.sqrt(s2), 1 / np.sqrt(t), mean, overall)


def estimate_sd_within_only(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """The school's weight uses s_j; it needs the variance s_j^2."""
    n, mean, s2, t, overall = _plugged_in(y, group, tau2)
    return _weighted(n / np.sqrt(s2), 1 / t, mean, overall)


def estimate_se_not_variance(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """The school's weight is one over its standard error; precision is one over the squared standard error."""
    n, mean, s2, t, overall = _plugged_in(y, group, tau2)
    return _weighted(np.sqrt(n / s2), 1 / t, mean, overall)


def estimate_tau_not_tau2(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """The overall mean's weight is 1/tau; it needs 1/tau^2."""
    n, mean, s2, t, overall = _plugged_in(y, group, tau2)
    return _weighted(n / s2, 1 / np.sqrt(t), mean, overall)


def estimate_tau2_squared(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """tau^2 was squared again: what you estimated is a variance already, and the weight is one over it."""
    n, mean, s2, t, overall = _plugged_in(y, group, tau2)
    return _weighted(n / s2, 1 / t**2, mean, overall)


def estimate_n_minus_1(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """Your weights use (n_j - 1) / s_j^2. The n_j - 1 belongs inside s_j^2 only; the mean rests on n_j pupils."""
    n, mean, s2, t, overall = _plugged_in(y, group, tau2)
    return _weighted((n - 1) / s2, 1 / t, mean, overall)


def estimate_mean_of_means(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """The schools are shrunk towards the plain average of their means. That estimates mu_0 too, the mean of the
    schools' means; this exercise plugs in the overall mean of all scores, where large schools count for more."""
    n, mean, s2, t, _ = _plugged_in(y, group, tau2)
    return _weighted(n / s2, 1 / t, mean, float(mean.mean()))


def estimate_gls_mean(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """The schools are shrunk towards the precision-weighted mean with weights 1 / (s_j^2 / n_j + tau^2).
    Mixed-model software centres like this, with one sigma^2 for all schools. It is a good choice; this exercise
    plugs in the overall mean of all scores."""
    n, mean, s2, t, _ = _plugged_in(y, group, tau2)
    return _weighted(n / s2, 1 / t, mean, float(np.average(mean, weights=1 / (s2 / n + t))))


def estimate_inverse_variance_mean(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """The schools are shrunk towards the mean weighted by n_j / s_j^2, which treats all schools as having one
    common mean. This exercise plugs in the overall mean of all scores."""
    n, mean, s2, t, _ = _plugged_in(y, group, tau2)
    return _weighted(n / s2, 1 / t, mean, float(np.average(mean, weights=n / s2)))


def estimate_shrink_to_zero(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """The estimates are pulled towards 0: the overall mean's term is missing from the numerator."""
    n, mean, s2, t, _ = _plugged_in(y, group, tau2)
    return _weighted(n / s2, 1 / t, mean, 0.0)


def estimate_not_normalised(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """This is a weighted sum; divide it by the sum of the two weights."""
    n, mean, s2, t, overall = _plugged_in(y, group, tau2)
    return n / s2 * mean + overall / t


def estimate_equal_shrinkage(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """Every school moved by the same fraction. Weights depend on each school's own n_j and s_j^2."""
    n, mean, s2, t, overall = _plugged_in(y, group, tau2)
    return overall + t / (t + float(np.mean(s2 / n))) * (mean - overall)


def estimate_equal_shrinkage_nbar(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """The average school size was used for every school. The small schools are the ones that have to borrow: use
    each n_j."""
    n, mean, s2, t, overall = _plugged_in(y, group, tau2)
    return _weighted(float(n.mean()) / s2, 1 / t, mean, overall)


def estimate_half_half(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """Every estimate lies halfway between the school's mean and the overall mean; weigh by precision instead."""
    _, mean, _, _, overall = _plugged_in(y, group, tau2)
    return (mean + overall) / 2


def estimate_pooled_s2(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """Every school got the pooled within-school variance. That is a sensible model, often a better one for small
    schools; this exercise asks for each school's own s_j^2."""
    n, mean, _, t, overall = _plugged_in(y, group, tau2)
    return _weighted(n / anova_of(y, group).ms_within, 1 / t, mean, overall)


def _random_intercept(y: Array, group: Array, tau2: float | None, t: float) -> Array:
    """Pooled variance and GLS centre, as mixed-model software has them; `t` where no tau2 is given."""
    n, mean, _ = moments(y, group)
    v, t = anova_of(y, group).ms_within / n, t if tau2 is None else tau2
    centre = float(np.average(mean, weights=1 / (v + t)))
    return reference_impl.partial_pooling(mean, v, grand_mean=centre, tau2=t)


def estimate_pooled_gls(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """Every school got the pooled within-school variance, and is shrunk towards the precision-weighted mean. Both
    belong together, and mixed-model software does so; this exercise asks for each school's own s_j^2 and the
    overall mean of all scores."""
    return _random_intercept(y, group, tau2, between_group_variance(y, group))


def estimate_reml(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """This is the estimate of mixed-model software: variances by restricted maximum likelihood, one sigma^2 for
    all schools, a precision-weighted centre. It is a good one; this exercise builds the classical plug-in."""
    if tau2 is None:
        return mixed_model(y, group).estimate
    return _random_intercept(y, group, tau2, 0.0)


def estimate_ml(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """This is the estimate of mixed-model software by maximum likelihood: one sigma^2 for all schools, a
    precision-weighted centre. It is a good one; this exercise builds the classical plug-in."""
    if tau2 is None:
        return mixed_model(y, group, method="ml").estimate
    return _random_intercept(y, group, tau2, 0.0)


def estimate_tau2_by_reml(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """The tau^2 inside is the restricted maximum likelihood estimate, a valid one; this exercise plugs in that of
    task 5."""
    return shrinkage_estimate(y, group, tau2=tau2_REML(y, group) if tau2 is None else tau2)


def estimate_tau2_by_ml(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """The tau^2 inside is the maximum likelihood estimate, a valid one; this exercise plugs in that of
    task 5."""
    return shrinkage_estimate(y, group, tau2=tau2_ML(y, group) if tau2 is None else tau2)


def estimate_tau2_by_paule_mandel(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """The tau^2 inside is the Paule-Mandel estimate, a valid one; this exercise plugs in that of
    task 5."""
    return shrinkage_estimate(y, group, tau2=tau2_paule_mandel(y, group) if tau2 is None else tau2)


def estimate_tau2_by_dersimonian_laird(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """The tau^2 inside is the DerSimonian-Laird estimate, a valid one; this exercise plugs in that of
    task 5."""
    return shrinkage_estimate(y, group, tau2=tau2_DL(y, group) if tau2 is None else tau2)


def estimate_tau2_by_hedges(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """The tau^2 inside is Hedges' estimate, a valid one; this exercise plugs in that of task 5."""
    return shrinkage_estimate(y, group, tau2=tau2_HE(y, group) if tau2 is None else tau2)


def estimate_total_variance(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """Every school got the variance of all scores together, which contains the differences between schools. Use
    the variance within each school."""
    n, mean, _, t, overall = _plugged_in(y, group, tau2)
    return _weighted(n / np.var(y, ddof=1), 1 / t, mean, overall)


def estimate_no_pooling(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """These are the schools' own means: nothing was borrowed."""
    return moments(y, group)[1]


def estimate_complete_pooling(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """Every school got the overall mean: its own scores were not used."""
    return np.full_like(moments(y, group)[1], np.mean(y))


def estimate_order_of_appearance(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """The right numbers in another order: schools must come in sorted label order, not as they first appear."""
    return shrinkage_estimate(y, group, tau2=tau2)[by_appearance(y, group)]


def estimate_shrink_factor_returned(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """These are the weights on the schools' own means. One step remains: the weighted average itself."""
    n, _, s2, t, _ = _plugged_in(y, group, tau2)
    return t / (t + s2 / n)


def estimate_B_returned(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """These are the 1 - lambda_j, the weights on the overall mean. One step remains: the weighted average
    itself."""
    return 1 - estimate_shrink_factor_returned(y, group, tau2=tau2)


def estimate_ignores_tau2(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """The tau2 that was passed in was ignored and estimated again. Estimate it only when tau2 is None."""
    return shrinkage_estimate(y, group)


def estimate_takes_0_for_none(y: Array, group: Array, *, tau2: float | None = None) -> Array:
    """Right unless tau2 = 0 is passed in: that was taken for no tau2 and estimated anew. `tau2 or ...` and `if not
    tau2` take 0 for nothing; ask `if tau2 is None`."""
    return shrinkage_estimate(y, group, tau2=tau2 or None)


TAU2_IS_0 = "tau2 = 0 passed in is a value: every school gets the overall mean"
EQUAL_STAY = "a school of equal scores has v_j = 0 and keeps its mean"
BORROW_ALL = "estimated tau2 = 0: every school gets the overall mean"


def fresh_estimates(rng: np.random.Generator) -> Iterator[Case]:
    yield from unequal_schools(rng)
    yield Case({**schools(rng, (4, 9, 6, 15)), "tau2": round(rng.uniform(5, 40), 2)})
    yield Case({**schools(rng, (3, 8, 12)), "tau2": round(rng.uniform(800, 2000), 1)})
    shifted = NO_DIFFERENCE["y"] - round(rng.uniform(25, 60), 1)
    yield Case({"y": shifted, "group": NO_DIFFERENCE["group"]}, BORROW_ALL, 0.15)
    yield Case({**schools(rng, (4, 9, 6)), "tau2": 0.0}, TAU2_IS_0, 0.15)
    shifted = EQUAL_SCORES["y"] + round(rng.uniform(5, 60), 1)
    yield Case({"y": shifted, "group": EQUAL_SCORES["group"]}, EQUAL_STAY, 0.1)
    yield Case(as_lists(schools(rng, (3, 5, 4))), LISTS, 0.1)
    yield Case(as_columns(schools(rng, (3, 5, 4))), COLUMNS, 0.1)
    yield Case(in_large_units(schools(rng, (3, 5, 4))), UNIT, 0.2)


SHRINKAGE_ESTIMATE = Check(
    shrinkage_estimate,
    public=[
        Case(SIX_PUPILS),
        Case(THREE_SCHOOLS),
        Case({**THREE_SCHOOLS, "tau2": 25.0}),
        Case({**THREE_SCHOOLS, "tau2": 900.0}),  # above the estimate, as 25 is below it
        Case(NUMBERED),
        Case(NO_DIFFERENCE, BORROW_ALL, 0.15),
        Case({**THREE_SCHOOLS, "tau2": 0.0}, TAU2_IS_0, 0.15),
        Case(EQUAL_SCORES, EQUAL_STAY, 0.1),
        Case(AS_LISTS, LISTS, 0.1),
    ],
    fresh=fresh_estimates,
    misconceptions=[
        *mistakes(
            estimate_inverted_weights,
            estimate_forgot_n,
            estimate_n_twice,
            estimate_sd_not_variance_both,
            estimate_sd_within_only,
            estimate_se_not_variance,
            estimate_tau_not_tau2,
            estimate_tau2_squared,
            estimate_shrink_to_zero,
            estimate_not_normalised,
            estimate_equal_shrinkage,
            estimate_equal_shrinkage_nbar,
            estimate_total_variance,
            estimate_shrink_factor_returned,
            estimate_B_returned,
            credit=0.3,
        ),
        *mistakes(
            estimate_ddof0,
            estimate_n_minus_1,
            estimate_inverse_variance_mean,
            credit=0.5,
        ),
        *mistakes(estimate_order_of_appearance, credit=0.6),
        *mistakes(estimate_ignores_tau2, credit=0.8),
        *mistakes(estimate_takes_0_for_none, credit=0.5),  # right on typical cases: it loses the cost of its claim
        *mistakes(estimate_half_half, estimate_no_pooling, estimate_complete_pooling),
        *(
            convention(formula, 0.6)
            for formula in (
                estimate_mean_of_means,
                estimate_gls_mean,
                estimate_pooled_s2,
                estimate_pooled_gls,
                estimate_reml,
                estimate_ml,
                estimate_tau2_by_reml,
                estimate_tau2_by_ml,
                estimate_tau2_by_paule_mandel,
                estimate_tau2_by_dersimonian_laird,
                estimate_tau2_by_hedges,
            )
        ),
    ],
    rtol=1e-6,
    atol=TINY,
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
