"""Hidden tests of the unit ``linear_regression``: what grades a submission, and the known-wrong formulas it
can name.

Predictors are correlated, uncentred and of different size: with orthogonal or centred columns most wrong
formulas give the right numbers. A misconception's docstring is the message that a student reads.
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

import reference_impl
from grading.checks import Case, Check, Misconception, remembered, wrong
from reference_impl.student_t import student_t_quantile

Array = np.ndarray[Any, Any]
Limits = tuple[Array, Array]
linear_fit = remembered(reference_impl.fit_linear)

# ---------------------------------------------------------------- data to ask with

THREE_PEOPLE = {"X": np.array([[1.0, 0.0], [1.0, 2.0], [1.0, 4.0]]), "y": np.array([60.0, 62.0, 70.0])}
NINE_PEOPLE = {  # years of experience, papers, and whether the department is a professional school
    "X": np.array(
        [
            [1.0, 2.0, 3.0, 0.0],
            [1.0, 5.0, 9.0, 1.0],
            [1.0, 8.0, 4.0, 0.0],
            [1.0, 11.0, 17.0, 1.0],
            [1.0, 14.0, 12.0, 0.0],
            [1.0, 20.0, 11.0, 1.0],
            [1.0, 26.0, 30.0, 0.0],
            [1.0, 3.0, 1.0, 1.0],
            [1.0, 17.0, 25.0, 0.0],
        ]
    ),
    "y": np.array([58.0, 81.5, 70.0, 86.0, 78.0, 109.5, 91.0, 80.0, 77.5]),
}
FIVE_PEOPLE = {  # three coefficients, so that no array of theirs looks like two limits
    "X": np.array([[1.0, 0.0, 1.0], [1.0, 2.0, 0.0], [1.0, 4.0, 5.0], [1.0, 6.0, 2.0], [1.0, 8.0, 3.0]]),
    "y": np.array([60.0, 66.0, 65.0, 76.0, 74.0]),
}
EIGHT_PEOPLE = {
    "X": np.array(
        [[1, 4], [1, 21], [1, 9], [1, 13], [1, 30], [1, 2], [1, 17], [1, 8]]
    ),  # integers, as read from a file
    "y": np.array([71.0, 96.0, 69.5, 90.0, 118.0, 60.0, 83.5, 77.0]),
}


def faculty(rng: np.random.Generator, n: int, *, predictors: int = 3, unit: float = 1.0) -> dict[str, Array]:
    """Salaries of n people on years, papers (which come with years) and the kind of department."""
    years = rng.uniform(0, 32, n).round(2)
    papers = (0.5 * years + rng.uniform(0, 14, n)).round(2)
    professional = rng.permutation(np.arange(n) % 2)
    X = np.column_stack([np.ones(n), years, papers, professional])[:, : predictors + 1]
    slopes = rng.normal([58, 1.9, -0.8, 13], [4, 0.3, 0.2, 2])[: predictors + 1]
    return {"X": X, "y": (unit * (X @ slopes + rng.normal(0, 7, n))).round(2)}


def about_zero(data: dict[str, Array]) -> dict[str, Array]:
    """The same people counted from the middle of each range: every column and y have both signs."""

    def middle(values: Array) -> Array:
        return np.asarray(np.min(values, axis=0) + np.max(values, axis=0)) / 2

    columns = (data["X"][:, 1:] - middle(data["X"][:, 1:])).round(3)
    return {"X": np.column_stack([data["X"][:, 0], columns]), "y": (data["y"] - middle(data["y"])).round(3)}


def several_faculties(rng: np.random.Generator) -> Iterator[Case]:
    """Typical cases: five to forty people, one to three predictors, thousands of dollars or dollars, integers."""
    yield Case(faculty(rng, 5, predictors=1))
    yield Case(about_zero(faculty(rng, 9)))
    yield Case(faculty(rng, 14))
    yield Case(faculty(rng, 40, unit=0.1))
    yield Case(faculty(rng, 11, predictors=1, unit=1000.0))
    counted = faculty(rng, 17, predictors=2)
    yield Case({"X": counted["X"].round().astype(int), "y": counted["y"].round().astype(int)})


ONES_ALONE = "a column of ones alone"
UNIT = "y in another unit, all numbers small"
UNITS = "y and the predictors in other units, all numbers small"


def in_millions(data: dict[str, Array]) -> dict[str, Array]:
    """The same people, y in another unit."""
    return {**data, "y": data["y"] / 1e4}


def in_large_units(data: dict[str, Array]) -> dict[str, Array]:
    """The same people in units in which even small constants count, such as one added lest something be 0."""
    scale = np.append(1.0, np.full(data["X"].shape[1] - 1, 1e-3))
    return {"X": data["X"] * scale, "y": data["y"] / 1e10}


def ones_alone(rng: np.random.Generator) -> dict[str, Array]:
    """No predictor at all: the fit is the mean."""
    return {"X": np.ones((7, 1)), "y": rng.normal(80, 15, 7).round(2)}


def with_calendar_years(rng: np.random.Generator) -> dict[str, Array]:
    """Ten years of the calendar and their squares, nearly the same column: X'X keeps too few digits to solve
    with."""
    year = 2010.0 + np.tile(np.arange(11.0), 2)
    X = np.column_stack([np.ones(year.size), year / 1000, (year / 1000) ** 2])
    return {"X": X, "y": (80 + 2 * (year - 2015) + rng.normal(0, 4, year.size)).round(2)}


def moments(X: Array, y: Array) -> tuple[int, int, float, Array]:
    """Rows, columns, residual sum of squares, and the diagonal of (X'X)^-1."""
    fit = linear_fit(X, y)
    return *X.shape, float(fit.residuals @ fit.residuals), (fit.se / math.sqrt(fit.sigma2)) ** 2


# ---------------------------------------------------------------- 1 least squares


def least_squares(X: Array, y: Array) -> Array:
    """Coefficients, by the reference."""
    return linear_fit(X, y).coef


def ls_no_intercept(X: Array, y: Array) -> Array:
    """Your line is forced through the origin: the column of ones was left out of the fit. Someone without
    experience does not work for nothing; keep all columns of X."""
    return np.append(0.0, linear_fit(X[:, 1:], y).coef)


def ls_second_column_of_ones(X: Array, y: Array) -> Array:
    """A second column of ones was added, so there is one coefficient too many and the intercept is shared
    between the two. X brings its own column of ones: fit it as it comes."""
    coef = least_squares(X, y)  # of all solutions lstsq gives the shortest, in which both columns have half
    return np.concatenate([[coef[0] / 2, coef[0] / 2], coef[1:]])


def ls_swapped_roles(X: Array, y: Array) -> Array:
    """The roles are swapped: your line predicts experience from salary. The outcome y is what the line has to
    predict, and distances to the line are measured along y."""
    if X.shape[1] != 2:
        raise ValueError("swapping roles needs exactly one predictor")
    return least_squares(np.column_stack([np.ones(len(y)), y]), X[:, 1] * 1.0)


def ls_each_predictor_alone(X: Array, y: Array) -> Array:
    """Each slope comes from a fit of its own, with the other predictors left out. A coefficient compares
    people who are alike in all other columns: fit all columns together."""
    slopes = [least_squares(X[:, [0, k]], y)[1] for k in range(1, X.shape[1])]
    return np.array([np.mean(y) - np.mean(X[:, 1:], axis=0) @ slopes, *slopes])


def ls_cross_products(X: Array, y: Array) -> Array:
    """This is X'y, the right-hand side of the normal equations. What remains is to solve for the coefficients."""
    return X.T @ y


def ls_cross_products_over_squares(X: Array, y: Array) -> Array:
    """X'y was divided by each column's own sum of squares. That ignores how the columns go together; it would
    be right only if they were orthogonal. Solve for all coefficients at once."""
    return X.T @ y / np.sum(X**2, axis=0)


def ls_divided_by_n(X: Array, y: Array) -> Array:
    """The coefficients were divided by n. If you average one side of the normal equations, average the other
    too."""
    return least_squares(X, y) / len(y)


def ls_ridge(X: Array, y: Array) -> Array:
    """The slopes are penalised (ridge regression with penalty 1), so they are pulled towards 0. Least squares
    has no penalty."""
    penalty = np.eye(X.shape[1])
    penalty[0, 0] = 0.0
    return np.linalg.solve(X.T @ X + penalty, X.T @ y)


def ls_standardised(X: Array, y: Array) -> Array:
    """These are coefficients of standardised predictors: change per standard deviation. They are a fair
    summary, but here each coefficient is asked per unit of its own column."""
    scale = np.std(X[:, 1:], axis=0, ddof=1)
    return np.append(np.mean(y), least_squares(X, y)[1:] * scale)


def ls_centred(X: Array, y: Array) -> Array:
    """The predictors were centred, so your intercept is the mean salary instead of the salary at zero. The
    slopes are right; use the columns of X as they come."""
    return np.append(np.mean(y), least_squares(X, y)[1:])


def ls_intercept_last(X: Array, y: Array) -> Array:
    """The right numbers in another order: coefficients come in the order of the columns of X, so the intercept is
    first."""
    coef = least_squares(X, y)
    return np.append(coef[1:], coef[0])


def ls_slopes_only(X: Array, y: Array) -> Array:
    """The intercept is missing from what you return: one coefficient per column of X, the column of ones
    included."""
    return least_squares(X, y)[1:]


def ls_highest_power_first(X: Array, y: Array) -> Array:
    """The coefficients come in reverse, as np.polyfit orders them. Return them in the order of the columns of
    X."""
    return least_squares(X, y)[::-1]


def ls_fitted_values(X: Array, y: Array) -> Array:
    """These are the fitted values X b, one per person. The coefficients b were asked for, one per column."""
    return y - ls_residuals(X, y)


def ls_residuals(X: Array, y: Array) -> Array:
    """These are the residuals, one per person. The coefficients were asked for, one per column."""
    return linear_fit(X, y).residuals  # y less X b would lose digits that differ between machines


MEAN_ONLY = f"{ONES_ALONE}: the coefficient is the mean of y"
CALENDAR = "calendar year and its square are nearly the same column: solve with QR or lstsq on all columns of X"


def fresh_fits(rng: np.random.Generator) -> Iterator[Case]:
    yield from several_faculties(rng)
    yield Case(ones_alone(rng), MEAN_ONLY, 0.1)
    yield Case(in_large_units(faculty(rng, 9)), UNITS, 0.2)
    yield Case(with_calendar_years(rng), CALENDAR, 0.2)


LEAST_SQUARES = Check(
    least_squares,
    public=[
        Case(THREE_PEOPLE),
        Case(NINE_PEOPLE),
        Case(EIGHT_PEOPLE),
        Case(with_calendar_years(np.random.default_rng(13)), CALENDAR, 0.2),
    ],
    fresh=fresh_fits,
    misconceptions=[
        *wrong(ls_swapped_roles, ls_cross_products_over_squares, credit=0.2),
        *wrong(ls_cross_products),
        *wrong(ls_no_intercept, ls_each_predictor_alone, ls_divided_by_n, ls_ridge, credit=0.3),
        *wrong(ls_fitted_values, ls_residuals, ls_second_column_of_ones, credit=0.4),
        *wrong(ls_intercept_last, ls_highest_power_first, ls_slopes_only, credit=0.6),
        Misconception(ls_standardised, credit=0.5, kind="convention"),
        Misconception(ls_centred, credit=0.6, kind="convention"),
    ],
    atol=1e-14,
)

# ---------------------------------------------------------------- 2 residual variance


def residual_variance(X: Array, y: Array) -> float:
    """RSS / (n - p), by the reference."""
    return linear_fit(X, y).sigma2


def s2_over_n(X: Array, y: Array) -> float:
    """RSS was divided by n. The line was fitted to these very people, so the residuals are a little too small;
    dividing by n - p, with p the number of coefficients, makes up for it."""
    n, _, rss, _ = moments(X, y)
    return rss / n


def s2_over_n_minus_1(X: Array, y: Array) -> float:
    """RSS was divided by n - 1, as for a plain sample variance. Not one but p coefficients were fitted: divide by
    n - p."""
    n, _, rss, _ = moments(X, y)
    return rss / (n - 1)


def s2_intercept_not_counted(X: Array, y: Array) -> float:
    """The intercept was not counted: it is a fitted coefficient too. Here p is the number of columns of X, ones
    included, and RSS is divided by n - p."""
    n, p, rss, _ = moments(X, y)
    return rss / (n - (p - 1))


def s2_intercept_counted_twice(X: Array, y: Array) -> float:
    """RSS was divided by n - p - 1. That rule is for a p that counts predictors only; the p columns of X
    include the ones already, so divide by n - p."""
    n, p, rss, _ = moments(X, y)
    return rss / (n - p - 1)


def s2_root(X: Array, y: Array) -> float:
    """This is the residual standard deviation, in thousands of dollars. Its square, the variance, was asked
    for."""
    return math.sqrt(residual_variance(X, y))


def s2_not_divided(X: Array, y: Array) -> float:
    """This is the residual sum of squares itself; divide it by n - p."""
    return moments(X, y)[2]


def s2_of_y(X: Array, y: Array) -> float:
    """This is the variance of y around its mean. The residual variance is what is left around the line."""
    return float(np.var(y, ddof=1))


def s2_mean_absolute(X: Array, y: Array) -> float:
    """The residuals were averaged without their sign instead of being squared."""
    return float(np.mean(np.abs(linear_fit(X, y).residuals)))


def s2_of_fitted(X: Array, y: Array) -> float:
    """This is the variance of the fitted values, the part that the line explains. The residual variance is
    about what it does not explain."""
    return float(np.var(ls_fitted_values(X, y), ddof=1))


PERFECT_LINE = "points that lie on a line leave no residual variance"
SPREAD = f"{ONES_ALONE}: the residual variance is the sample variance of y"


def on_a_line(rng: np.random.Generator) -> dict[str, Array]:
    X = faculty(rng, 8, predictors=1)["X"]
    return {"X": X, "y": 0.5 + 0.02 * X[:, 1]}


def fresh_residual_variances(rng: np.random.Generator) -> Iterator[Case]:
    yield from several_faculties(rng)
    yield Case(ones_alone(rng), SPREAD, 0.1)
    yield Case(in_millions(faculty(rng, 9)), UNIT, 0.2)
    yield Case(on_a_line(rng), PERFECT_LINE, 0.1)


RESIDUAL_VARIANCE = Check(
    residual_variance,
    public=[Case(THREE_PEOPLE), Case(NINE_PEOPLE), Case(EIGHT_PEOPLE)],
    fresh=fresh_residual_variances,
    misconceptions=[
        *wrong(
            s2_over_n, s2_over_n_minus_1, s2_intercept_not_counted, s2_intercept_counted_twice, s2_root, credit=0.5
        ),
        *wrong(s2_not_divided, credit=0.4),
        *wrong(s2_mean_absolute, s2_of_fitted, credit=0.2),
        *wrong(s2_of_y),
    ],
    atol=1e-12,  # what rounding leaves of points on a line
)

# ---------------------------------------------------------------- 3 standard errors


def standard_errors(X: Array, y: Array) -> Array:
    """Standard error of every coefficient, by the reference."""
    return linear_fit(X, y).se


def se_no_sqrt(X: Array, y: Array) -> Array:
    """These are the variances of the coefficients. A standard error is the square root."""
    return standard_errors(X, y) ** 2


def se_sigma2_forgotten(X: Array, y: Array) -> Array:
    """The residual variance is missing: how far a coefficient would vary depends on how far people scatter
    around the line. Multiply the diagonal by sigma^2 before taking the root."""
    return np.sqrt(moments(X, y)[3])


def se_sigma_inside_root(X: Array, y: Array) -> Array:
    """Inside the root stands sigma; it needs the variance sigma^2, of which the root is then taken."""
    return np.sqrt(math.sqrt(residual_variance(X, y)) * moments(X, y)[3])


def se_sigma2_outside_root(X: Array, y: Array) -> Array:
    """The variance sigma^2 stands outside the root, where only sigma belongs."""
    return residual_variance(X, y) * np.sqrt(moments(X, y)[3])


def se_diag_inverse(X: Array, y: Array) -> Array:
    """The diagonal of X'X was inverted number by number. Invert the matrix first, then take its diagonal: the
    other columns make a coefficient less certain."""
    return np.sqrt(residual_variance(X, y) / np.diag(X.T @ X))


def se_not_inverted(X: Array, y: Array) -> Array:
    """The diagonal is that of X'X itself. More data make X'X larger and must make standard errors smaller:
    invert it first."""
    return np.sqrt(residual_variance(X, y) * np.diag(X.T @ X))


def se_rss_over_n(X: Array, y: Array) -> Array:
    """The residual variance inside divides by n; it divides by n - p."""
    n, _, rss, diagonal = moments(X, y)
    return np.sqrt(rss / n * diagonal)


def se_rss_over_n_minus_1(X: Array, y: Array) -> Array:
    """The residual variance inside divides by n - 1; it divides by n - p, because p coefficients were fitted."""
    n, _, rss, diagonal = moments(X, y)
    return np.sqrt(rss / (n - 1) * diagonal)


def se_intercept_not_counted(X: Array, y: Array) -> Array:
    """The residual variance inside does not count the intercept: p is the number of all columns of X."""
    n, p, rss, diagonal = moments(X, y)
    return np.sqrt(rss / (n - (p - 1)) * diagonal)


def se_intercept_counted_twice(X: Array, y: Array) -> Array:
    """The residual variance inside divides by n - p - 1, but the p columns of X include the ones already: n -
    p."""
    n, p, rss, diagonal = moments(X, y)
    return np.sqrt(rss / (n - p - 1) * diagonal)


def se_rss_not_divided(X: Array, y: Array) -> Array:
    """The whole residual sum of squares stands where the residual variance belongs: divide it by n - p."""
    return np.sqrt(moments(X, y)[2] * moments(X, y)[3])


def se_divided_sqrt_n(X: Array, y: Array) -> Array:
    """There is one division by the root of n too many. X'X grows with every person, so its inverse has that
    division inside already."""
    return standard_errors(X, y) / math.sqrt(len(y))


def se_each_predictor_alone(X: Array, y: Array) -> Array:
    """Each standard error comes from a fit of that predictor alone. Take them all from the one fit with all
    columns."""
    alone = [standard_errors(X[:, [0, k]], y) for k in range(1, X.shape[1])]
    return np.array([standard_errors(X, y)[0], *(se[1] for se in alone)])


def _sandwich(X: Array, y: Array, power: float) -> Array:
    """Robust standard errors with squared residuals over (1 - leverage)^power."""
    bread = np.linalg.inv(X.T @ X)
    leverage = np.einsum("ij,jk,ik->i", X, bread, X)
    squares = linear_fit(X, y).residuals ** 2 / (1 - leverage) ** power
    return np.sqrt(np.diag(bread @ (X.T * squares) @ X @ bread))


def se_robust(X: Array, y: Array) -> Array:
    """These are heteroscedasticity-robust standard errors (HC0). They have their place when the scatter differs
    from person to person; this exercise asks for the classical ones, with one sigma^2 for all."""
    return _sandwich(X, y, 0)


def se_robust_HC1(X: Array, y: Array) -> Array:
    """These are heteroscedasticity-robust standard errors (HC1). They have their place when the scatter differs
    from person to person; this exercise asks for the classical ones, with one sigma^2 for all."""
    n, p = X.shape
    return _sandwich(X, y, 0) * math.sqrt(n / (n - p))


def se_robust_HC2(X: Array, y: Array) -> Array:
    """These are heteroscedasticity-robust standard errors (HC2). They have their place when the scatter differs
    from person to person; this exercise asks for the classical ones, with one sigma^2 for all."""
    return _sandwich(X, y, 1)


def se_robust_HC3(X: Array, y: Array) -> Array:
    """These are heteroscedasticity-robust standard errors (HC3). They have their place when the scatter differs
    from person to person; this exercise asks for the classical ones, with one sigma^2 for all."""
    return _sandwich(X, y, 2)


SE_OF_MEAN = f"{ONES_ALONE}: the standard error of a mean, s / sqrt(n)"


def fresh_standard_errors(rng: np.random.Generator) -> Iterator[Case]:
    yield from several_faculties(rng)
    yield Case(ones_alone(rng), SE_OF_MEAN, 0.1)
    yield Case(in_large_units(faculty(rng, 9)), UNITS, 0.2)


STANDARD_ERRORS = Check(
    standard_errors,
    public=[Case(THREE_PEOPLE), Case(NINE_PEOPLE), Case(EIGHT_PEOPLE)],
    fresh=fresh_standard_errors,
    misconceptions=[
        *wrong(
            se_sigma2_forgotten,
            se_diag_inverse,
            se_not_inverted,
            se_divided_sqrt_n,
            se_each_predictor_alone,
            credit=0.3,
        ),
        *wrong(
            se_no_sqrt,
            se_sigma_inside_root,
            se_sigma2_outside_root,
            se_rss_over_n,
            se_rss_over_n_minus_1,
            se_intercept_not_counted,
            se_intercept_counted_twice,
            se_rss_not_divided,
            credit=0.5,
        ),
        *(
            Misconception(formula, credit=0.6, kind="convention")
            for formula in (se_robust, se_robust_HC1, se_robust_HC2, se_robust_HC3)
        ),
    ],
    atol=0.0,  # none is 0
)

# ---------------------------------------------------------------- 4 intervals


def _limits(X: Array, y: Array, multiplier: float) -> Limits:
    fit = linear_fit(X, y)
    return fit.coef - multiplier * fit.se, fit.coef + multiplier * fit.se


def confidence_intervals(X: Array, y: Array) -> Limits:
    """Large-sample 95% interval of every coefficient, by the reference."""
    return _limits(X, y, 1.96)


def ci_student_t(X: Array, y: Array) -> Limits:
    """You used the quantile of Student's t. For few people that is the better choice; this exercise asks for the
    large-sample 1.96 throughout the course, so that your numbers can be compared."""
    n, p = X.shape
    return _limits(X, y, student_t_quantile(n - p))


def ci_z_exact(X: Array, y: Array) -> Limits:
    """You used the exact normal quantile 1.959964 where the course writes 1.96: accepted."""
    return _limits(X, y, 1.959963984540054)


def ci_z_2(X: Array, y: Array) -> Limits:
    """The multiplier is 2. Close, but this exercise asks for 1.96."""
    return _limits(X, y, 2.0)


def ci_z_1645(X: Array, y: Array) -> Limits:
    """The multiplier 1.645 leaves 5% in each tail: a 90% interval. For 95% use 1.96."""
    return _limits(X, y, 1.645)


def ci_one_se(X: Array, y: Array) -> Limits:
    """One standard error to each side covers about 68%; multiply it by 1.96."""
    return _limits(X, y, 1.0)


def ci_variance(X: Array, y: Array) -> Limits:
    """1.96 multiplies the variance of the coefficient; it needs its square root, the standard error."""
    fit = linear_fit(X, y)
    return fit.coef - 1.96 * fit.se**2, fit.coef + 1.96 * fit.se**2


def ci_residual_sd(X: Array, y: Array) -> Limits:
    """The half-width is 1.96 residual standard deviations, the scatter of single people. The uncertainty of a
    coefficient is its own standard error."""
    fit = linear_fit(X, y)
    half = 1.96 * math.sqrt(fit.sigma2)
    return fit.coef - half, fit.coef + half


def ci_divided_sqrt_n(X: Array, y: Array) -> Limits:
    """The standard error was divided by the root of n once more. It is the uncertainty of the coefficient
    already."""
    return _limits(X, y, 1.96 / math.sqrt(len(y)))


def ci_about_zero(X: Array, y: Array) -> Limits:
    """The limits are centred at 0: that is where a coefficient would have to fall to count as noise. The
    interval is centred at the estimate."""
    se = standard_errors(X, y)
    return -1.96 * se, 1.96 * se


def ci_swapped(X: Array, y: Array) -> Limits:
    """The limits are right but the upper one comes first; return (lower, upper)."""
    return confidence_intervals(X, y)[::-1]


def ci_estimate_and_half_width(X: Array, y: Array) -> Limits:
    """You returned the estimates and the half-widths. One step remains: the lower and the upper limit."""
    fit = linear_fit(X, y)
    return fit.coef, 1.96 * fit.se


def ci_row_per_coefficient(X: Array, y: Array) -> Array:
    """The numbers are right, but you returned one pair per coefficient. Return two arrays: all lower limits,
    then all upper limits."""
    return np.column_stack(confidence_intervals(X, y))


def fresh_intervals(rng: np.random.Generator) -> Iterator[Case]:
    yield from several_faculties(rng)
    yield Case(ones_alone(rng), f"{ONES_ALONE}: the interval of a mean", 0.1)
    yield Case(in_millions(faculty(rng, 9)), UNIT, 0.2)


CONFIDENCE_INTERVALS = Check(
    confidence_intervals,
    public=[Case(FIVE_PEOPLE), Case(NINE_PEOPLE), Case(EIGHT_PEOPLE)],
    fresh=fresh_intervals,
    misconceptions=[
        *wrong(ci_variance, ci_residual_sd, ci_divided_sqrt_n, ci_about_zero, ci_one_se, credit=0.3),
        *wrong(ci_z_1645, ci_swapped, ci_estimate_and_half_width, credit=0.5),
        *wrong(ci_z_2, ci_row_per_coefficient, credit=0.8),
        Misconception(ci_student_t, credit=0.8, kind="convention"),
        Misconception(ci_z_exact, credit=1.0, kind="convention"),
    ],
    rtol=1e-6,  # 1.96 and 1.959964 differ by 2e-5 of the half-width; both must be told apart to be named
    parts=("lower", "upper"),
)

# ---------------------------------------------------------------- 5 R squared


def r_squared(X: Array, y: Array) -> float:
    """Share of the variation of y that the fit explains, by the reference."""
    return linear_fit(X, y).r_squared


def r2_uncentred(X: Array, y: Array) -> float:
    """The total sum of squares was taken around 0. Nobody needs a model to know that salaries are not 0: measure
    deviations of y from its mean."""
    return 1 - moments(X, y)[2] / float(y @ y)


def r2_adjusted(X: Array, y: Array) -> float:
    """This is the adjusted R^2, which charges for every coefficient. It is a respectable number, but the plain
    1 - RSS/TSS was asked for."""
    n, p = X.shape
    return 1 - (1 - r_squared(X, y)) * (n - 1) / (n - p)


def r2_unexplained(X: Array, y: Array) -> float:
    """This is RSS/TSS, the share that the line leaves unexplained. R^2 is the rest: one minus it."""
    return 1 - r_squared(X, y)


def r2_correlation(X: Array, y: Array) -> float:
    """This is R, the correlation between y and the fitted values; it was not squared."""
    return math.sqrt(r_squared(X, y))


def r2_explained_over_residual(X: Array, y: Array) -> float:
    """The explained sum of squares was divided by the residual one. Divide it by the total, so that the result
    lies between 0 and 1."""
    return r_squared(X, y) / (1 - r_squared(X, y))


def r2_mixed_divisors(X: Array, y: Array) -> float:
    """The two sums of squares were divided by different numbers, n - p and n. R^2 compares the sums themselves."""
    return 1 - residual_variance(X, y) / float(np.var(y))


def r2_first_predictor(X: Array, y: Array) -> float:
    """This is the squared correlation of y with the first predictor. With several predictors use the fit of all of
    them."""
    return r_squared(X[:, :2], y)


def r2_standard_deviations(X: Array, y: Array) -> float:
    """Standard deviations were compared instead of variances: sums of squares are what adds up to the total."""
    return 1 - math.sqrt(r2_unexplained(X, y))


def r2_percent(X: Array, y: Array) -> float:
    """This is R^2 in percent. Return it as a share between 0 and 1."""
    return 100 * r_squared(X, y)


ALL_EXPLAINED = "points that lie on a line are explained completely: 1"


def unrelated(rng: np.random.Generator) -> dict[str, Array]:
    """People whose salaries have next to nothing to do with the predictors."""
    while True:
        X = faculty(rng, 30, predictors=2)["X"]
        y = rng.normal(80, 15, 30).round(2)
        if 0.005 < linear_fit(X, y).r_squared < 0.06:
            return {"X": X, "y": y}


def fresh_shares(rng: np.random.Generator) -> Iterator[Case]:
    yield from several_faculties(rng)
    yield Case(on_a_line(rng), ALL_EXPLAINED, 0.1)
    yield Case(in_millions(unrelated(rng)), "hardly anything is explained, and y is in another unit", 0.2)


R_SQUARED = Check(
    r_squared,
    public=[Case(THREE_PEOPLE), Case(NINE_PEOPLE), Case(EIGHT_PEOPLE)],
    fresh=fresh_shares,
    misconceptions=[
        *wrong(r2_uncentred, r2_explained_over_residual, r2_first_predictor, r2_standard_deviations, credit=0.3),
        *wrong(r2_unexplained, r2_correlation, r2_mixed_divisors, credit=0.5),
        *wrong(r2_percent, credit=0.8),
        Misconception(r2_adjusted, credit=0.6, kind="convention"),
    ],
)

# ---------------------------------------------------------------- 6 what sign and size mean


def predicted_difference(coef: Array, k: int, change: float) -> float:
    """Expected difference in y between two people who differ by `change` in column k and in nothing else."""
    return float(coef[k] * change)


def difference_with_intercept(coef: Array, k: int, change: float) -> float:
    """The intercept was added. Both people have it, so it drops out of their difference."""
    return float(coef[0] + coef[k] * change)


def difference_per_unit(coef: Array, k: int, change: float) -> float:
    """This is the difference for one unit. The two people differ by `change` units: multiply."""
    return float(coef[k])


def difference_divided(coef: Array, k: int, change: float) -> float:
    """The coefficient was divided by the change. It is a rate, y per unit of the column: multiply it by the
    number of units."""
    return float(coef[k] / change)


def difference_column_before(coef: Array, k: int, change: float) -> float:
    """This uses the coefficient before the k-th. Python counts from 0 and column 0 is the ones, so the
    coefficient of column k is coef[k]."""
    return float(coef[k - 1] * change)


def difference_column_after(coef: Array, k: int, change: float) -> float:
    """This uses the coefficient after the k-th. The column of ones is column 0 already: the coefficient of
    column k is coef[k]."""
    return float(coef[k + 1] * change)


def difference_all_columns(coef: Array, k: int, change: float) -> float:
    """All slopes were added up, as if every predictor changed. Only column k differs between the two people."""
    return float(np.sum(coef[1:]) * change)


def difference_sign_lost(coef: Array, k: int, change: float) -> float:
    """The sign was lost. A negative result says that the expected outcome is lower; keep it."""
    return float(abs(coef[k] * change))


def difference_other_way_round(coef: Array, k: int, change: float) -> float:
    """The sign is turned round. A positive coefficient and a positive change give a higher expected outcome."""
    return float(-coef[k] * change)


def difference_exponential(coef: Array, k: int, change: float) -> float:
    """The result was put through the exponential function. That belongs to models of a logarithm; here
    differences are on the scale of y itself."""
    return float(np.exp(coef[k] * change))


def fresh_differences(rng: np.random.Generator) -> Iterator[Case]:
    for k, size, change in ((1, 4, 2.5), (2, 4, -3.0), (3, 5, 10.0), (2, 6, 0.4), (1, 3, -1.5)):
        coef = rng.normal(0, 3, size).round(2)
        coef[0] = round(rng.uniform(40, 80), 1)
        coef[k] = (-1) ** (size + k) * round(rng.uniform(0.3, 2.0), 2)
        yield Case({"coef": coef, "k": k, "change": change + round(rng.uniform(0, 0.3), 2)})
    yield Case({"coef": np.array([61.0, 1.9, -0.8]), "k": 2, "change": 0.0}, "no change, no difference", 0.1)
    coef = rng.uniform(0.001, 0.01, 4)
    yield Case({"coef": coef, "k": 3, "change": -rng.uniform(1.1, 1.9)}, "small coefficients", 0.2)
    whole = np.array([60, *rng.permutation([2, 5, -9])])
    yield Case({"coef": whole, "k": 2, "change": int(rng.integers(2, 9))}, "whole numbers throughout", 0.1)


PREDICTED_DIFFERENCE = Check(
    predicted_difference,
    public=[
        Case({"coef": np.array([59.0, 2.5]), "k": 1, "change": 4.0}),
        Case({"coef": np.array([61.2, 1.9, -0.8, 13.0]), "k": 2, "change": 5.0}),
        Case({"coef": np.array([61.2, 1.9, -0.8, 13.0]), "k": 1, "change": -2.5}),
        Case({"coef": np.array([59.0, 2.5]), "k": 1, "change": 0.0}, "no change, no difference", 0.1),
    ],
    fresh=fresh_differences,
    misconceptions=[
        *wrong(difference_with_intercept, difference_divided, credit=0.3),
        *wrong(difference_per_unit),
        *wrong(difference_column_before, difference_column_after, difference_all_columns, credit=0.4),
        *wrong(difference_sign_lost, difference_other_way_round, credit=0.4),
        *wrong(difference_exponential, credit=0.2),
    ],
)

CHECKS = (
    LEAST_SQUARES,
    RESIDUAL_VARIANCE,
    STANDARD_ERRORS,
    CONFIDENCE_INTERVALS,
    R_SQUARED,
    PREDICTED_DIFFERENCE,
)
