"""What the page *Linear regression* asserts."""

import numpy as np

from claims.claim import claim
from reference_impl import datasets, design_matrix, fit_linear

PUPILS = datasets.high_school_and_beyond()
CATHOLIC = (PUPILS.sector == "Catholic").astype(float)


def dealt_out(values, *, at_random):
    """The values, or the same values dealt out to the pupils at random."""
    return np.random.default_rng(1).permutation(values) if at_random else values


def by_school(values, school):
    """Each pupil's school mean."""
    number = np.unique(school, return_inverse=True)[1]
    return (np.bincount(number, values) / np.bincount(number))[number]


def clustered_se(X, residuals, school):
    """Standard errors that take the schools for the independent units (the sandwich of their scores)."""
    number = np.unique(school, return_inverse=True)[1]
    scores = np.zeros((number.max() + 1, X.shape[1]))
    np.add.at(scores, number, X * residuals[:, None])
    bread = np.linalg.inv(X.T @ X)
    return np.sqrt(np.diag(bread @ scores.T @ scores @ bread))


@claim(false_when="the outcome is counted in other units as well", outcome_too=True)
def months_make_a_twelfth(outcome_too=False):
    """Measured in months instead of years, a coefficient becomes a twelfth."""
    staff = datasets.faculty_salaries()
    per_year = fit_linear(design_matrix(staff.years), staff.salary).coef[1]
    y = staff.salary * 12 if outcome_too else staff.salary
    assert np.isclose(fit_linear(design_matrix(12 * staff.years), y).coef[1], per_year / 12)


@claim(false_when="homes are dealt out at random", at_random=True)
def part_of_the_sector_is_the_homes(at_random=False):
    """Catholic schools have pupils of higher SES, and without SES the sectors differ by more."""
    ses = dealt_out(PUPILS.ses, at_random=at_random)
    assert ses[CATHOLIC == 1].mean() > ses[CATHOLIC == 0].mean() + 0.2
    alone = fit_linear(design_matrix(CATHOLIC), PUPILS.achievement).coef[1]
    assert alone > fit_linear(design_matrix(CATHOLIC, ses), PUPILS.achievement).coef[1] + 0.5


@claim(false_when="there is no column of ones", ones=False)
def residuals_sum_to_zero(ones=True):
    """The residuals are orthogonal to every column, and with a column of ones they sum to zero."""
    X = design_matrix(PUPILS.ses, CATHOLIC)[:, 0 if ones else 1 :]
    residuals = fit_linear(X, PUPILS.achievement).residuals
    assert np.allclose(X.T @ residuals, 0, atol=1e-6)
    assert abs(residuals.sum()) < 1e-6


def powers(centre, scale=1.0):
    """Columns 1, t, t^2, t^3 for the years 1990 to 2025."""
    year = (np.arange(1990, 2026) - centre) / 1000 * scale
    return design_matrix(year, year**2, year**3)


@claim(false_when="the columns are orthogonal", orthogonal=True)
def squares_the_condition_number(orthogonal=False):
    """X'X has the square of X's condition number, which unit columns keep as large as it is."""
    X = (
        np.linalg.qr(powers(0))[0] if orthogonal else powers(0)[:, :3]
    )  # the square of four columns is not representable
    unit = X / np.linalg.norm(X, axis=0)
    assert np.isclose(np.linalg.cond(X.T @ X), np.linalg.cond(X) ** 2, rtol=0.05)
    assert np.linalg.cond(unit) > 0.4 * np.linalg.cond(X) > 1e4


@claim(false_when="years are counted from 2007, in decades", centre=2007, scale=100.0)
def normal_equations_lose_the_digits(centre=0, scale=1.0):
    """The normal equations miss a coefficient by more than 0.1, QR none by 0.01."""
    X, truth = powers(centre, scale), np.array([1.0, 2.0, 3.0, 4.0])
    y = X @ truth
    assert np.max(np.abs(fit_linear(X, y).coef - truth)) < 0.01
    assert np.max(np.abs(np.linalg.solve(X.T @ X, X.T @ y) - truth)) > 0.1


@claim(false_when="years are counted from 2007", centre=2007)
def columns_point_in_nearly_one_direction(centre=0):
    """Columns of equal length have a condition number over eighty million, these 170; its square has 17 digits."""
    X = powers(centre)
    assert np.linalg.cond(X / np.linalg.norm(X, axis=0)) > 8e7
    assert round(np.linalg.cond(X) / 1e7) == 17
    assert np.linalg.cond(X) ** 2 > 1e16


@claim(false_when="p counts the predictors only", counted=2)
def residual_variance_is_unbiased(counted=3):
    """RSS / (n - p), with p columns, is sigma^2 on average."""
    rng = np.random.default_rng(1)
    X = design_matrix(rng.normal(size=8), rng.normal(size=8))
    errors = rng.normal(0, 2, (100_000, 8))
    rss = np.sum((errors - errors @ X @ np.linalg.pinv(X)) ** 2, axis=1)
    assert np.isclose(np.mean(rss / (8 - counted)), 4, rtol=0.01)


@claim(false_when="pupils are dealt out to the schools at random", at_random=True)
def formula_overstates_the_sample(at_random=False):
    """For the sector the schools give about twice the standard error of the formula, pupils alone the same."""
    school = dealt_out(PUPILS.school, at_random=at_random)
    X = design_matrix(PUPILS.ses, CATHOLIC)
    fit = fit_linear(X, PUPILS.achievement)
    assert 1.9 < clustered_se(X, fit.residuals, school)[2] / fit.se[2] < 2.2
    pupils = clustered_se(X, fit.residuals, np.arange(school.size))
    assert np.allclose(pupils, fit.se, rtol=0.05)


@claim(false_when="ten times as many studies are drawn", more=10)
def simulated_errors_are_off_by_little(more=1):
    """A standard deviation from 10,000 normal draws is itself off by about 0.7%, one from 50,000 by 0.3%."""
    rng = np.random.default_rng(1)
    for draws, off in ((10_000, 0.7), (50_000, 0.3)):
        spread = [rng.normal(size=draws * more).std(ddof=1) for _ in range(200)]
        assert abs(100 * np.std(spread) - off) < 0.08


@claim(false_when="the groups do not differ", tau=0.0)
def not_always_too_small(tau=10.0):
    """What varies within groups and is compared there has a smaller standard error than the formula says."""
    rng = np.random.default_rng(1)
    group = np.repeat(np.arange(20), 30)
    x = rng.normal(size=600)
    y = rng.normal(0, tau, 20)[group] + x + rng.normal(0, 5, 600)
    formula = fit_linear(design_matrix(x), y).se[1]
    inside = fit_linear((x - by_school(x, group))[:, None], y - by_school(y, group))
    assert inside.se[0] < 0.8 * formula


def split_fit(*, within=True, at_random=False):
    """Slopes of SES within and between schools, with the formula's and the clustered standard errors."""
    school = dealt_out(PUPILS.school, at_random=at_random)
    mean = by_school(PUPILS.ses, school)
    X = design_matrix(PUPILS.ses - mean, mean) if within else design_matrix(PUPILS.ses)
    fit = fit_linear(X, PUPILS.achievement)
    return fit.coef, fit.se, clustered_se(X, fit.residuals, school)


@claim(false_when="the mean SES of the school is left out", within=False)
def two_predictors_answer_two_questions(within=True):
    """Least squares with both predictors finds the slope among schoolmates, 2.19; one line mixes the two."""
    school = PUPILS.school
    x, y = PUPILS.ses - by_school(PUPILS.ses, school), PUPILS.achievement - by_school(PUPILS.achievement, school)
    coef = split_fit(within=within)[0]
    assert np.isclose(coef[1], x @ y / (x @ x))
    assert coef[1] < fit_linear(design_matrix(PUPILS.ses), PUPILS.achievement).coef[1] < coef[2]


@claim(false_when="pupils are dealt out to the schools at random", at_random=True)
def between_slope_is_less_sure(at_random=False):
    """The formula's standard error of the slope between schools is too small, by more than a third."""
    _, formula, clustered = split_fit(at_random=at_random)
    assert formula[2] < clustered[2] / 1.5


@claim(false_when="only half of the rows are entered twice", entered_twice=52)
def duplicates_only_look_like_data(entered_twice=104):
    """Rows entered twice leave the coefficients as they are and divide standard errors by the root of 2."""
    staff = datasets.faculty_salaries()
    X, rows = design_matrix(staff.years), np.r_[np.arange(104), np.arange(entered_twice)]
    once, twice = fit_linear(X, staff.salary), fit_linear(X[rows], staff.salary[rows])
    assert np.allclose(once.coef, twice.coef)
    assert np.allclose(once.se / twice.se, np.sqrt(2), rtol=0.02)
