"""What the page *Shrinking to a line* asserts."""

import numpy as np
from statsmodels.regression.mixed_linear_model import MixedLM

from claims.claim import claim
from reference_impl import anova, datasets, group_summary, partial_pooling, shrinkage_factor

DATA = datasets.high_school_and_beyond()
SCORE, SES = group_summary(DATA.achievement, DATA.school), group_summary(DATA.ses, DATA.school)
CATHOLIC = DATA.sector[np.searchsorted(DATA.school, SCORE.labels)] == "Catholic"
SAMPLING = anova(DATA.achievement, DATA.school).ms_within / SCORE.n
ONES = np.ones(160)
PREDICTORS = np.column_stack([ONES, SES.mean, CATHOLIC])


def restricted(y, v, X, tau2):
    """Restricted log-likelihood of y ~ N(X beta, v + tau2), and the line that maximises it."""
    w = 1 / (v + tau2)
    information = X.T @ (X * w[:, None])
    line = X @ np.linalg.solve(information, X.T @ (w * y))
    return 0.5 * (np.log(w).sum() - np.linalg.slogdet(information)[1] - w @ (y - line) ** 2), line


def by_likelihood(y, v, X):
    """The tau^2 that maximises the restricted likelihood, on a fine grid, and its line."""
    grid = np.linspace(0, 20, 401)
    best = grid[np.argmax([restricted(y, v, X, tau2)[0] for tau2 in grid])]
    return best, restricted(y, v, X, best)[1]


@claim(false_when="SES and sector are dealt out to the schools at random", shuffled=True)
def line_explains_most_of_tau2(shuffled=False):
    """Around the line tau^2 falls from 8.6 to about 2.3, by nearly three quarters, by another method, too."""
    X = PREDICTORS[np.random.default_rng(1).permutation(160)] if shuffled else PREDICTORS
    plain, around = (by_likelihood(SCORE.mean, SAMPLING, design)[0] for design in (ONES[:, None], X))
    assert 0.7 < 1 - around / plain < 0.78


@claim(false_when="sampling variances fall as well", falls=True)
def smaller_tau2_shrinks_more(falls=False):
    """A smaller tau^2 gives every school a smaller weight."""
    before, after = (shrinkage_factor(SAMPLING * f, tau2=t) for f, t in ((1, 8.6), (0.1 if falls else 1, 2.3)))
    assert np.all(after < before)


@claim(false_when="the line is flat", flat=True)
def school_moves_the_other_way(flat=False):
    """Some Catholic school above the grand mean moves down towards it and up towards its line."""
    tau2_plain, centre = by_likelihood(SCORE.mean, SAMPLING, ONES[:, None])
    tau2, line = by_likelihood(SCORE.mean, SAMPLING, ONES[:, None] if flat else PREDICTORS)
    down = SCORE.mean - partial_pooling(SCORE.mean, SAMPLING, grand_mean=centre, tau2=tau2_plain)
    up = partial_pooling(SCORE.mean, SAMPLING, grand_mean=line, tau2=tau2) - SCORE.mean
    assert np.max(np.minimum(down, up)[CATHOLIC]) > 0.2


@claim(false_when="SES and sector are dealt out to the schools at random", shuffled=True)
def line_beats_the_grand_mean(shuffled=False):
    """With four pupils per school, shrinking to the line predicts the others better than to the grand mean."""
    rng = np.random.default_rng(2)
    X = PREDICTORS[rng.permutation(160)] if shuffled else PREDICTORS
    code = np.unique(DATA.school, return_inverse=True)[1]
    errors = []
    for _ in range(4):
        order = np.lexsort((rng.random(code.size), code))
        rank = np.arange(code.size) - np.searchsorted(code[order], code[order])
        used = DATA.achievement[order[rank < 4]].reshape(160, 4)
        others = (SCORE.n * SCORE.mean - used.sum(axis=1)) / (SCORE.n - 4)
        v = np.full(160, used.var(axis=1, ddof=1).mean() / 4)
        row = [np.mean((used.mean(axis=1) - others) ** 2)]
        for design in (ONES[:, None], X):
            tau2, line = by_likelihood(used.mean(axis=1), v, design)
            guess = partial_pooling(used.mean(axis=1), v, grand_mean=line, tau2=tau2)
            row.append(np.mean((guess - others) ** 2))
        errors.append(row)
    own, to_mean, to_line = np.mean(errors, axis=0)
    assert own > to_mean > 1.2 * to_line


@claim(false_when="the useless predictor is fitted to eight schools", schools=8)
def useless_predictor_changes_little(schools=160):
    """A useless predictor hardly moves tau^2 or any estimate."""
    moved = []
    for seed in range(5):
        some = np.random.default_rng(seed).permutation(160)[:schools]
        y, v = SCORE.mean[some], SAMPLING[some]
        useless = np.column_stack([ONES[some], np.random.default_rng(seed + 50).normal(size=some.size)])
        estimates = []
        for design in (ONES[some][:, None], useless):
            tau2, line = by_likelihood(y, v, design)
            estimates.append(partial_pooling(y, v, grand_mean=line, tau2=tau2))
        moved.append(np.abs(estimates[0] - estimates[1]).mean())
    assert np.mean(moved) < 0.1


SCHOOL = np.searchsorted(SCORE.labels, DATA.school)
DISTANCE = DATA.ses - SES.mean[SCHOOL]


def own_slopes():
    """Each school's least-squares slope of achievement on SES, and its sampling variance."""
    squares = np.bincount(SCHOOL, DISTANCE**2)
    slopes = np.bincount(SCHOOL, DISTANCE * DATA.achievement) / squares
    residuals = DATA.achievement - SCORE.mean[SCHOOL] - slopes[SCHOOL] * DISTANCE
    return slopes, residuals @ residuals / (residuals.size - 2 * 160) / squares


@claim(false_when="the pupil's own SES stands for the distance from schoolmates", centred=False)
def hierarchical_regression_comes_apart(centred=True):
    """Generalised least squares on all pupils is least squares within schools and the line of the means."""
    sigma2, tau2 = 37.0, 2.4
    X = np.column_stack([PREDICTORS[SCHOOL], DISTANCE if centred else DATA.ses])

    def solved(columns):
        """V^-1 columns, for V = sigma2 I + tau2 between schoolmates."""
        totals = np.stack([np.bincount(SCHOOL, c) for c in columns.T], axis=1)
        return (columns - (totals * (tau2 / (sigma2 + SCORE.n * tau2))[:, None])[SCHOOL]) / sigma2

    whole = np.linalg.solve(X.T @ solved(X), X.T @ solved(DATA.achievement[:, None])[:, 0])
    within = DISTANCE @ DATA.achievement / (DISTANCE @ DISTANCE)
    root = 1 / np.sqrt(sigma2 / SCORE.n + tau2)
    line = np.linalg.lstsq(PREDICTORS * root[:, None], SCORE.mean * root, rcond=None)[0]
    assert np.allclose(whole, [*line, within], atol=1e-8)


@claim(false_when="the slopes are left as they are", shrunk=False)
def no_shrunken_slope_is_negative(shrunk=True):
    """After shrinkage no school has a negative slope, though some own slopes are negative."""
    slopes, v = own_slopes()
    tau2, line = by_likelihood(slopes, v, ONES[:, None])
    assert (slopes < 0).sum() > 10
    assert np.all((partial_pooling(slopes, v, grand_mean=line, tau2=tau2) if shrunk else slopes) > 0)


@claim(false_when="sectors are dealt out to the schools at random", shuffled=True)
def homes_count_for_less_in_catholic_schools(shuffled=False):
    """Slopes are lower in Catholic schools at equal mean SES, by far more than two standard errors."""
    slopes, v = own_slopes()
    sector = np.random.default_rng(3).permutation(CATHOLIC) if shuffled else CATHOLIC
    X = np.column_stack([ONES, SES.mean, sector])
    tau2, line = by_likelihood(slopes, v, X)
    coef = np.linalg.lstsq(X, line, rcond=None)[0]
    se = np.sqrt(np.diag(np.linalg.inv(X.T @ (X / (v + tau2)[:, None]))))
    assert coef[2] < -4 * se[2]


@claim(false_when="the predictors do not bear on the slopes", products=False)
def software_gives_the_same_coefficients(products=True):
    """A joint fit by restricted maximum likelihood differs by less than 0.01 in each coefficient."""
    slopes, v_slope = own_slopes()
    squared = (slopes[SCHOOL] * DISTANCE - DATA.achievement + SCORE.mean[SCHOOL]) ** 2
    lines = [
        np.linalg.lstsq(PREDICTORS, by_likelihood(y, v, PREDICTORS)[1], rcond=None)[0]
        for y, v in ((SCORE.mean, squared.sum() / (squared.size - 320) / SCORE.n), (slopes, v_slope))
    ]
    level = PREDICTORS[SCHOOL]
    X = np.column_stack([level, level * DISTANCE[:, None] if products else DISTANCE])
    random = np.column_stack([np.ones(DISTANCE.size), DISTANCE])
    joint = MixedLM(DATA.achievement, X, groups=DATA.school, exog_re=random).fit(reml=True)
    assert np.max(np.abs(joint.fe_params[:3] - lines[0])) < 0.01
    assert np.max(np.abs(joint.fe_params[3:] - lines[1][: joint.fe_params.size - 3])) < 0.01
