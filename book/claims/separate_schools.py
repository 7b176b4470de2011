"""What the page *Separate schools* asserts."""

import numpy as np

from claims.claim import claim
from claims.distributions import t_within
from claims.worlds import SIZES, draw_worlds
from reference_impl import no_pooling


def samples_of(pupils, *, skewed=False, samples=100_000):
    """Means and standard deviations of samples with true mean 0 and true standard deviation 1."""
    rng = np.random.default_rng(1)
    shape = (samples, pupils)
    scores = rng.exponential(1.0, shape) - 1.0 if skewed else rng.normal(0.0, 1.0, shape)
    return scores.mean(axis=1), scores.std(axis=1, ddof=1)


@claim(false_when="400 pupils are asked", pupils=400)
def spread_of_four_is_guessed_too_small(pupils=4):
    """From four scores s is more often too small than too large."""
    _, spread = samples_of(pupils, samples=20_000)
    assert np.mean(spread < 1) > 0.55


@claim(false_when="20 pupils are asked", pupils=20)
def four_pupils_miss_one_in_seven(pupils=4):
    """The large-sample interval of four pupils misses in about one sample in seven."""
    misses = 1 - t_within(1.96, pupils - 1)
    assert 1 / 7.2 < misses < 1 / 6.8


@claim(false_when="scores are skewed", skewed=True)
def t_quantile_keeps_the_promise(skewed=False):
    """With 3.18 instead of 1.96 the interval of four pupils covers in 95% of samples, and is 62% longer."""
    mean, spread = samples_of(4, skewed=skewed)
    assert abs(np.mean(np.abs(mean) <= 3.182 * spread / 2) - 0.95) < 0.003
    assert abs(t_within(3.182446, 3) - 0.95) < 1e-6
    assert round(3.182446 / 1.96 - 1, 2) == 0.62


@claim(false_when="all intervals are made with the true sigma, so that none is shorter", true_sigma=True)
def short_intervals_miss_more_often(true_sigma=False):
    """Among samples of four pupils the shorter half of the intervals misses more often than the longer half."""
    mean, spread = samples_of(4)
    missed = np.abs(mean) > 1.96 * (1.0 if true_sigma else spread) / 2
    short = spread < np.median(spread)
    assert missed[short].mean() > 1.5 * missed[~short].mean()


@claim(false_when="10,000 pupils are asked", pupils=10_000)
def new_pupils_lie_further_away(pupils=4):
    """Squared distance from the mean: sigma^2 (1 + 1/n) for new pupils, sigma^2 (1 - 1/n) in the sample."""
    rng = np.random.default_rng(1)
    scores, new = rng.normal(50, 10, (400_000 // pupils, pupils)), rng.normal(50, 10, (400_000 // pupils, 1))
    centre = scores.mean(axis=1, keepdims=True)
    inside, outside = np.mean((scores - centre) ** 2), np.mean((new - centre) ** 2)
    assert np.allclose([inside, outside], [100 * (1 - 1 / pupils), 100 * (1 + 1 / pupils)], rtol=0.02)
    assert outside > 1.2 * inside


@claim(false_when="no pupil differs from the mean of the school", sigma=0.0)
def raw_means_spread_too_widely_on_average(sigma=10.0):
    """On average raw means have a larger variance than the true means, most of all in small schools."""
    drawn = draw_worlds(worlds=20_000, tau=5.0, sigma=sigma)
    assert drawn.mean.var(axis=1, ddof=1).mean() > 1.1 * drawn.true_mean.var(axis=1, ddof=1).mean()
    excess = drawn.mean.var(axis=0) - drawn.true_mean.var(axis=0)
    assert excess[0] > 3 * excess[4] > 3 * excess[-1]


@claim(false_when="the schools hardly differ", tau=1.0)
def raw_means_spread_less_in_one_set_in_five(tau=5.0):
    """Among sets of twelve schools like ours the raw means vary less than the true ones in one in five."""
    drawn = draw_worlds(worlds=50_000, tau=tau)
    less = drawn.mean.var(axis=1) < drawn.true_mean.var(axis=1)
    assert abs(less.mean() - 0.2) < 0.01


@claim(false_when="there are 24 schools", schools=24)
def three_of_twelve_by_blind_chance(schools=12):
    """If all orders are as likely, one of three given schools is first or last in 45% of all tables of twelve."""
    orders = np.random.default_rng(1).random((100_000, schools)).argsort(axis=1)
    assert abs(np.mean((orders[:, 0] < 3) | (orders[:, -1] < 3)) - 5 / 11) < 0.01


@claim(false_when="every school sends 20 pupils", sizes=(20,) * 12)
def small_schools_crowd_the_ends(sizes=SIZES):
    """A school with 4, 6 or 8 pupils is first, and first or last, more often than blind chance would have it."""
    for tau, first_or_last, first in ((0.0, 0.845, 0.549), (5.0, 0.581, 0.333)):  # by integration, to three digits
        drawn = draw_worlds(worlds=100_000, tau=tau, sizes=sizes)
        top, bottom = drawn.mean.argmax(axis=1) < 3, drawn.mean.argmin(axis=1) < 3
        assert np.allclose([np.mean(top | bottom), np.mean(top)], [first_or_last, first], atol=0.006)


@claim(false_when="two pupils have the same score", pupils=2)
def one_pupil_gives_no_interval(pupils=1):
    """For a school with a single pupil the code returns "not a number", not an interval of no width."""
    seen = no_pooling([61.0] * pupils, ["a"] * pupils)
    assert np.isnan(seen.variance[0])
    assert np.isnan([seen.lower[0], seen.upper[0]]).all()
