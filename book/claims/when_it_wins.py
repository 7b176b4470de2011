"""What the page *When it wins, and when it does not* asserts."""

import numpy as np

from claims.claim import claim
from claims.worlds import anova_tau2, classical_estimate, draw_worlds
from reference_impl import (
    datasets,
    partial_pooling,
    shrinkage_factor,
)

GRID = [(v, tau2) for v in (0.1, 1.0, 7.0, 100.0) for tau2 in (0.2, 3.0, 25.0, 400.0)]


@claim(false_when="the rest of the season has 40 at-bats", at_bats=40)
def second_measurement_is_better(at_bats=None):
    """For all players the average of the rest of the season is less noisy than the first."""
    bats = datasets.baseball()
    n = bats.remaining_at_bats if at_bats is None else at_bats
    p = np.clip(bats.average, 0.2, 0.35)  # the same chances for both measurements
    assert np.all(p * (1 - p) / n < p * (1 - p) / bats.at_bats)


@claim(false_when="there are two players", players=2)
def shrinking_pays_whatever_the_truth(players=18):
    """Shrinking by c has less expected error than the own averages, whatever the true ones are."""
    rng = np.random.default_rng(1)
    for truth in (np.zeros(players), np.linspace(-2, 2, players), np.eye(players)[0] * 9):
        y = rng.normal(truth, 1.0, (100_000, players))
        gap = y - y.mean(axis=1, keepdims=True)
        c = 1 - (players - 3) / np.sum(gap**2, axis=1, keepdims=True)
        assert np.mean((y - gap + c * gap - truth) ** 2) < 0.999


@claim(false_when="k - 1 stands where k - 3 belongs", less=1)
def c_is_unbiased_for_lambda(less=3):
    """If players are drawn from a normal distribution, c estimates lambda without bias."""
    y = np.random.default_rng(1).normal(0, np.sqrt(3.0), (400_000, 18))  # v = 1, tau^2 = 2
    c = 1 - (18 - less) / np.sum((y - y.mean(axis=1, keepdims=True)) ** 2, axis=1)
    assert abs(c.mean() - 2 / 3) < 5 * c.std() / np.sqrt(c.size)


def simulated_seasons(seasons, *, times=1.0, seed=2):
    """Squared errors in many seasons with abilities spread as c suggests, and c of each season.

    The errors are those of the own and of the shrunken averages, first against the rest of the season, then
    against the abilities.
    """
    bats, rng = datasets.baseball(), np.random.default_rng(seed)
    mean = bats.average.mean()
    spread = times * np.sqrt(0.2117 / 0.7883 * mean * (1 - mean) / 45)
    ability = rng.normal(mean, spread, (seasons, 18)).clip(0, 1)
    start, rest = (
        rng.binomial(45, ability) / 45,
        rng.binomial(bats.remaining_at_bats, ability) / bats.remaining_at_bats,
    )
    centre = start.mean(axis=1, keepdims=True)
    gap = start - centre
    c = 1 - 15 * centre * (1 - centre) / 45 / np.sum(gap**2, axis=1, keepdims=True)
    guesses = (start, centre + c * gap)
    errors = [np.sum((guess - truth) ** 2, axis=1) for truth in (rest, ability) for guess in guesses]
    return errors, c[:, 0]


@claim(false_when="seasons need not look like this one", alike=np.inf)
def error_against_ability_falls_more(alike=0.15):
    """Against abilities the own averages probably do worse than 3.5 times; in seasons like this one by 3 to 6."""
    bats = datasets.baseball()
    mean, later = bats.average.mean(), bats.remaining_average
    gap = bats.average - mean
    shown = 1 - 15 * mean * (1 - mean) / 45 / np.sum(gap**2)
    own, shrunken = (np.sum((guess - later) ** 2) for guess in (bats.average, mean + shown * gap))
    noise = np.sum(later * (1 - later) / bats.remaining_at_bats)
    assert round(noise, 3) == 0.012
    assert (round(own / shrunken, 1), round((own - noise) / (shrunken - noise))) == (3.5, 7)
    (own_later, shrunken_later, own_true, shrunken_true), c = simulated_seasons(100_000)
    like = (np.abs(own_later / own - 1) < alike) & (np.abs(shrunken_later / shrunken - 1) < alike)
    factor = (own_true / shrunken_true)[like & (np.abs(c - shown) < alike)]
    assert np.mean(factor > 3.5) > 0.75
    assert np.mean((factor > 3) & (factor < 6)) > 0.7


@claim(false_when="the rest of the season has 20,000 at-bats", at_bats=20_000)
def two_players_are_not_judged(at_bats=None):
    """Swoboda and Rodriguez are predicted worse, by less than two standard errors of their later averages."""
    bats = datasets.baseball()
    mean = bats.average.mean()
    shrunken = mean + 0.212 * (bats.average - mean)
    later = bats.remaining_average
    worse = np.abs(shrunken - later) > np.abs(bats.average - later)
    assert list(bats.player[worse]) == ["Swoboda", "Rodriguez"]
    se = np.sqrt(later * (1 - later) / (bats.remaining_at_bats if at_bats is None else at_bats))
    assert np.all(np.abs(shrunken - later)[worse] < 2 * se[worse])


@claim(false_when="abilities are spread ten times as much", times=10.0)
def factor_above_three_is_partly_luck(times=1.0):
    """With abilities spread as c suggests, half of all seasons give a factor between about 2 and 3."""
    (own, shrunken, *_), _ = simulated_seasons(20_000, times=times)
    factor = own / shrunken
    assert np.allclose(np.quantile(factor, [0.25, 0.75]), [2, 3], atol=0.2)


@claim(false_when="the school lies 10% beyond the limit", times=1.1)
def profits_inside_the_limit(times=0.99):
    """A school profits from being shrunk if it lies within sqrt(2 tau^2 + v) of the centre."""
    for v, tau2 in GRID:
        own = shrinkage_factor(v, tau2=tau2)
        assert own**2 * v + (1 - own) ** 2 * times**2 * (2 * tau2 + v) < v


@claim(
    false_when="true means have long tails (Student's t, 2 degrees of freedom, one standard unit)", normal=False
)
def few_lie_outside_and_lose_more(normal=True):
    """Beyond sqrt(2) tau lie 16% of normally distributed schools; the farther out, the more a school loses."""
    rng = np.random.default_rng(1)
    distance = np.abs(rng.normal(size=400_000) if normal else rng.standard_t(2, 400_000))
    assert round(100 * np.mean(distance > np.sqrt(2))) == 16
    own, v, tau2 = 0.5, 9.0, 9.0
    lost = own**2 * v + (1 - own) ** 2 * np.linspace(2, 6, 9) ** 2 * tau2 - v
    assert np.all(lost > 0)
    assert np.all(np.diff(lost) > 0)


@claim(false_when="there are 20 schools", groups=20)
def plug_in_loses_with_three_schools(groups=3):
    """With three schools of 30 pupils the plug-in has more error than the own means."""
    drawn = draw_worlds(worlds=400_000 // groups, tau=5.0, sizes=(30,) * groups, seed=79)
    error = (classical_estimate(drawn, pooled=True).estimate - drawn.true_mean) ** 2
    assert np.mean(error) / np.mean((drawn.mean - drawn.true_mean) ** 2) > 1.01


@claim(false_when="there are 50 schools", groups=50)
def pupils_do_not_replace_schools(groups=3):
    """With few schools tau^2 stays as uncertain as it is, however many pupils they send."""
    drawn = draw_worlds(worlds=20_000, tau=5.0, sizes=(100_000,) * groups, seed=80)
    assert anova_tau2(drawn).std() > 0.5 * 25


@claim(false_when="schools differ by tau = 10 and not by the 5 that is used", tau=10.0)
def least_expected_error_of_all(tau=5.0):
    """No other weight, and no rule that looks at the distance first, has less expected squared error."""
    rng = np.random.default_rng(1)
    mu = rng.normal(0, tau, 200_000)
    y = rng.normal(mu, 5.0)
    best = np.mean((y / 2 - mu) ** 2)  # tau = 5, v = 25
    others = [w * y for w in (0, 0.3, 0.45, 0.55, 0.7, 1)] + [np.where(np.abs(y) > 8, y, 0), np.sign(y) * 4]
    assert all(best < np.mean((other - mu) ** 2) for other in others)


@claim(false_when="sigma is 1", sigma=1.0)
def plug_in_pays_for_not_knowing(sigma=10.0):
    """With twelve schools and tau = 5 the plug-in's error is about one sixth larger than with known parameters."""
    drawn = draw_worlds(worlds=100_000, tau=5.0, sigma=sigma, seed=81)
    known = partial_pooling(drawn.mean, sigma**2 / drawn.n, grand_mean=50.0, tau2=25.0)
    error, least = (
        np.mean((guess - drawn.true_mean) ** 2) for guess in (classical_estimate(drawn).estimate, known)
    )
    assert 1 / 6.5 < error / least - 1 < 1 / 5.5
