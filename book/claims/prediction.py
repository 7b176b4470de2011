"""What the page *Predicting* asserts."""

import numpy as np

from claims.claim import claim
from claims.distributions import within
from reference_impl import datasets, fit_random_intercept, partial_pooling, partial_pooling_variance

DATA = datasets.high_school_and_beyond()
FIT = fit_random_intercept(DATA.achievement, DATA.school)
LABELS, CODE = np.unique(DATA.school, return_inverse=True)


@claim(false_when="nobody was tested there: v is infinite", v=np.inf)
def own_pupils_leave_less_of_tau2(v=10.0):
    """What the school's own pupils leave of tau^2, lambda v, is smaller than tau^2."""
    for tau2 in (0.5, 8.0, 400.0):
        assert partial_pooling_variance(v, tau2=tau2) < tau2


@claim(false_when="pupils of a school are not alike", tau=0.0)
def complete_pooling_promises_too_much(tau=3.0, sigma=6.0):
    """The average of 30 pupils of a new school has the variance tau^2 + sigma^2 / 30, above the promised one."""
    rng = np.random.default_rng(1)
    average = rng.normal(rng.normal(0, tau, (20_000, 1)), sigma, (20_000, 30)).mean(axis=1)
    assert np.isclose(average.var(), tau**2 + sigma**2 / 30, rtol=0.03)
    assert average.var() > 4 * (tau**2 + sigma**2) / 30


def split(pupils, *, repeats=20, seed=1):
    """Errors on the pupils used and on others: none, complete, partial; averaged over choices of pupils."""
    rng, found = np.random.default_rng(seed), []
    for _ in range(repeats):
        order = np.lexsort((rng.random(CODE.size), CODE))
        rank = np.arange(CODE.size) - np.searchsorted(CODE[order], CODE[order])
        used, rest = order[rank < pupils], order[rank >= pupils]
        scores = DATA.achievement[used].reshape(160, pupils)
        mean, v = scores.mean(axis=1), scores.var(axis=1, ddof=1).mean() / pupils
        tau2 = max(0.0, mean.var(ddof=1) - v)
        guesses = (mean, np.full(160, mean.mean()), partial_pooling(mean, v, grand_mean=mean.mean(), tau2=tau2))
        found.append(
            [[np.mean((DATA.achievement[rows] - g[CODE[rows]]) ** 2) for g in guesses] for rows in (used, rest)]
        )
    return np.mean(found, axis=0)


@claim(false_when="12 pupils are used", pupils=12)
def no_pooling_looks_best_and_is_worst(pupils=4):
    """With 4 pupils per school no pooling has the least error on them, and the largest on the others."""
    inside, outside = split(pupils)
    assert inside.argmin() == 0
    assert outside.argmax() == 0
    assert outside.argmin() == 2


@claim(false_when="tau^2 is left out", tau2=0.0)
def errors_can_be_foreseen(tau2=FIT.tau2):
    """The errors on other pupils are those of the formulas."""
    v = FIT.sigma2 / 4
    foreseen = FIT.sigma2 + np.array([v, tau2, tau2 * v / (tau2 + v)])
    assert np.allclose(split(4)[1], foreseen, atol=0.6)


@claim(false_when="the school has 10,000 pupils", pupils=10_000)
def left_out_residual_is_enlarged(pupils=5):
    """Leaving out a pupil divides the residual by 1 - 1/n."""
    y = np.random.default_rng(1).normal(50, 10, pupils)
    left_out = np.array([y[i] - np.delete(y, i).mean() for i in range(5)])
    assert np.allclose(left_out, (y - y.mean())[:5] / (1 - 1 / pupils))
    assert np.all(np.abs(left_out) > 1.1 * np.abs(y - y.mean())[:5])


@claim(false_when="the school's own pupils may be used", own=True)
def nobody_foresees_a_new_school(own=False):
    """For a school left out, the centre of the model has about the error of the mean of all other pupils."""
    sizes = np.bincount(CODE)
    weight = 1 / (FIT.tau2 + FIT.sigma2 / FIT.n)
    centre = (weight @ FIT.mean - weight * FIT.mean) / (weight.sum() - weight)
    pooled = (DATA.achievement.sum() - sizes * FIT.mean) / (CODE.size - sizes)
    by_model, by_mean = (
        np.mean((DATA.achievement - g[CODE]) ** 2) for g in (FIT.estimate if own else centre, pooled)
    )
    assert abs(by_model - by_mean) < 0.3


@claim(false_when="pupils of a school are not alike", tau2=0.0)
def three_points_are_not_remarkable(tau2=9.0):
    """With tau^2 = 9 one school in three is 3 points off or more; complete pooling would be surprised."""
    assert 0.3 < 1 - within(3 / np.sqrt(tau2 + 39 / 30)) < 0.37
    assert 1 - within(3 / np.sqrt(48 / 30)) < 0.03
