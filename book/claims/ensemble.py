"""What the page *The list as a whole* asserts."""

import numpy as np

from claims.claim import claim
from claims.worlds import SIZES, classical_estimate, draw_worlds
from reference_impl import (
    datasets,
    fit_random_intercept,
    partial_pooling,
    shrinkage_factor,
)


@claim(false_when="pupils do not differ", sigma=1e-6)
def shrunken_means_are_bunched(sigma=10.0):
    """The shrunken means have variance lambda tau^2, less than the true means."""
    drawn = draw_worlds(worlds=50_000, tau=5.0, sigma=sigma, sizes=(4,))
    own = shrinkage_factor(sigma**2 / 4, tau2=25.0)
    assert np.isclose((own * drawn.mean).var(), own * 25, rtol=0.03)
    assert (own * drawn.mean).var() < 0.9 * drawn.true_mean.var()


@claim(false_when="every school sends 1,000 pupils", sizes=(1000,) * 12)
def estimates_lie_too_close_together(sizes=SIZES):
    """The estimates spread less than the true means, as the raw means spread more."""
    drawn = draw_worlds(worlds=20_000, tau=5.0, sizes=sizes)
    spreads = [
        x.std(axis=1, ddof=1).mean() for x in (classical_estimate(drawn).estimate, drawn.true_mean, drawn.mean)
    ]
    assert np.all(np.diff(spreads) > 0.5)


@claim(false_when="the schools are alike and one in two sends 2 pupils only", sizes=(2, 100) * 6, tau=2.0)
def ranks_gain_little(sizes=SIZES, tau=5.0):
    """The best school has the highest estimate in 60% of the worlds, and the highest raw mean in as many."""
    drawn = draw_worlds(worlds=50_000, tau=tau, sizes=sizes)
    best = drawn.true_mean.argmax(axis=1)
    raw, shrunken = (np.mean(x.argmax(axis=1) == best) for x in (drawn.mean, classical_estimate(drawn).estimate))
    assert abs(shrunken - raw) < 0.01
    assert abs(raw - 0.6) < 0.01


@claim(false_when="every school sends 10,000 pupils", pupils=10_000)
def limit_is_passed_by_too_many_or_too_few(pupils=10):
    """5.5% of true means lie below 42, 8.8% of raw means and 2.9% of shrunken ones."""
    drawn = draw_worlds(worlds=4_000, tau=5.0, sizes=(pupils,) * 100)
    shrunken = partial_pooling(drawn.mean, 100 / pupils, grand_mean=50.0, tau2=25.0)
    shares = [np.mean(x < 42) for x in (drawn.true_mean, drawn.mean, shrunken)]
    assert np.allclose(shares, [0.055, 0.088, 0.029], atol=0.002)


@claim(false_when="the weight is lambda", power=1.0)
def right_width_costs_accuracy(power=0.5):
    """The root of lambda for lambda gives the right variance and a larger error, except far from the centre."""
    drawn = draw_worlds(worlds=4_000, tau=5.0, sizes=(10,) * 100)
    lam = 25 / 35
    guess = 50 + lam**power * (drawn.mean - 50)
    assert np.isclose(guess.var(), 25, rtol=0.02)
    squares = [(x - drawn.true_mean) ** 2 for x in (guess, 50 + lam * (drawn.mean - 50))]
    errors = [np.mean(each) for each in squares]
    assert np.allclose(errors, [50 * (1 - lam**0.5), 10 * lam], rtol=0.02)
    assert errors[0] > errors[1]
    far = np.abs(drawn.true_mean - 50) > 8
    assert squares[0][far].mean() < squares[1][far].mean()


def overshoot(drawn, guess):
    """By how much the highest guess of each world lies above the true mean of its school, on average."""
    world, top = np.arange(len(guess)), guess.argmax(axis=1)
    return np.mean(guess[world, top] - drawn.true_mean[world, top])


@claim(false_when="every school sends 10,000 pupils", sizes=(10_000,) * 12)
def winner_disappoints_less(sizes=SIZES):
    """The highest raw mean lies two points above its truth, the highest estimate right at it; at tau 2 by 0.2."""
    drawn, alike = (draw_worlds(worlds=50_000, tau=tau, sizes=sizes) for tau in (5.0, 2.0))
    raw, shrunken = overshoot(drawn, drawn.mean), overshoot(drawn, classical_estimate(drawn).estimate)
    assert raw > 1.5
    assert abs(shrunken) < 0.1
    assert abs(overshoot(alike, classical_estimate(alike).estimate) - 0.2) < 0.05
    pooled = [overshoot(each, classical_estimate(each, pooled=True).estimate) for each in (drawn, alike)]
    assert np.allclose(pooled, [-0.32, -0.04], atol=0.05)


@claim(false_when="schools differ by tau = 2 and not by the 5 that is used", tau=2.0)
def known_estimate_may_be_selected(tau=5.0):
    """With all parameters known the highest estimate is right on average."""
    drawn = draw_worlds(worlds=100_000, tau=tau)
    known = partial_pooling(drawn.mean, 100 / drawn.n, grand_mean=50.0, tau2=25.0)
    assert abs(overshoot(drawn, known)) < 0.04


@claim(false_when="pupils hardly differ", sigma2=0.1)
def first_is_probably_not_the_best(sigma2=None):
    """The first of the list is the best with a probability below one half; several have a chance."""
    data = datasets.high_school_and_beyond()
    fit = fit_random_intercept(data.achievement, data.school)
    sd = fit.conditional_sd if sigma2 is None else np.sqrt(sigma2 / fit.n)
    draws = np.random.default_rng(1).normal(fit.estimate, sd, (8_000, 160))
    p_best = np.bincount(draws.argmax(axis=1), minlength=160) / 8_000
    assert p_best[fit.estimate.argmax()] < 0.5
    assert np.sum(p_best > 0.01) >= 5


@claim(false_when="every school sends 10,000 pupils", sizes=(10_000,) * 12)
def winner_falls_without_a_prize(sizes=SIZES):
    """With new pupils the mean of last year's first falls on average, and mostly it is not first again."""
    drawn = draw_worlds(worlds=20_000, tau=5.0, sizes=sizes)
    again = np.random.default_rng(2).normal(drawn.true_mean, 10 / np.sqrt(drawn.n))
    world, top = np.arange(20_000), drawn.mean.argmax(axis=1)
    assert np.mean(again[world, top] - drawn.mean[world, top]) < -1.5
    assert np.mean(again.argmax(axis=1) == top) < 0.5
