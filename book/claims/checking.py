"""What the page *Checking the second level* asserts."""

import numpy as np

from claims.claim import claim
from claims.worlds import anova_tau2, draw_worlds, mean_squares
from reference_impl import average_over_tau, datasets, fit_random_intercept


@claim(false_when="one school in ten lies 10 points higher", lifted=10.0)
def schools_follow_the_line(lifted=0.0):
    """Nearly all standardised means lie in the band, the lowest is where one expects it."""
    data = datasets.high_school_and_beyond()
    numbers = np.unique(data.school, return_inverse=True)[1]
    fit = fit_random_intercept(data.achievement + lifted * (numbers % 10 == 0), data.school)
    z = np.sort((fit.mean - fit.mu) / np.sqrt(fit.tau2 + fit.sigma2 / fit.n))
    sets = np.sort(np.random.default_rng(1).normal(size=(10_000, 160)), axis=1)
    low, high = np.quantile(sets, [0.025, 0.975], axis=0)
    assert np.mean((z < low) | (z > high)) < 0.1
    assert z[-1] < 2.5
    assert abs(z[0] - sets[:, 0].mean()) < 0.1


@claim(false_when="they are all divided by one standard deviation", own=False)
def standardised_shrunken_means_are_z(own=True):
    """Divided by sqrt(lambda_j tau^2), the shrunken means are the standardised means once more."""
    data = datasets.high_school_and_beyond()
    fit = fit_random_intercept(data.achievement, data.school)
    marginal = fit.tau2 + fit.sigma2 / fit.n
    spread = fit.tau2**2 / marginal  # lambda tau^2
    z = (fit.estimate - fit.mu) / np.sqrt(spread if own else spread.mean())
    assert np.allclose(z, (fit.mean - fit.mu) / np.sqrt(marginal))


def kurtosis(x):
    """Fourth standardised moment along the last axis; 3 for a normal distribution."""
    return np.mean((x - x.mean(axis=-1, keepdims=True)) ** 4, axis=-1) / x.var(axis=-1) ** 2


@claim(false_when="there are 300 groups", groups=300)
def a_dozen_means_seldom_tell(groups=12):
    """Means around a t distribution with 4 degrees of freedom rarely have a kurtosis unusual for a normal one."""
    rng = np.random.default_rng(1)
    true = rng.standard_t(4, (4_000, groups)) * np.sqrt(25 / 2), rng.normal(0, 5, (4_000, groups))
    long, normal = (kurtosis(mu + rng.normal(0, np.sqrt(10), mu.shape)) for mu in true)
    assert np.mean(long > np.quantile(normal, 0.95)) < 0.25


@claim(false_when="the sampling variance is small beside tau^2", v=0.1)
def noise_hides_the_second_level(v=5.0):
    """True means that take two values only give standardised means that look normal, if v is large."""
    rng = np.random.default_rng(1)
    mean = rng.choice([-1.0, 1.0], 200_000) + rng.normal(0, np.sqrt(v), 200_000)
    assert kurtosis(rng.choice([-1.0, 1.0], 200_000)) < 1.1
    assert abs(kurtosis(mean) - 3) < 0.1


def by_long_tails(own, df):
    """E(mu | own mean 30 or 5) if mu has Student's t of variance 25 around 0; v = 10."""
    mu = np.linspace(-200, 200, 40_001)
    prior = (1 + mu**2 / 25 / (1 - 2 / df) / df) ** (-(df + 1) / 2)
    weight = prior * np.exp(-0.5 * (own - mu) ** 2 / 10)
    return weight @ mu / weight.sum()


@claim(false_when="the tails are those of a normal distribution (10,000 degrees of freedom)", df=10_000)
def long_tails_let_go(df=4):
    """At 30 points the normal second level gives 21, long tails 28; at 5 points they hold on more tightly."""
    assert round(30 * 25 / 35) == 21
    assert 27.5 < by_long_tails(30, df) < 28.5
    assert by_long_tails(5, df) < 5 * 25 / 35


@claim(false_when="there are 2,000 other schools", schools=2000)
def one_stray_school_inflates_tau2(schools=39):
    """With one school 30 points above the centre tau^2 is estimated nearly twice as large."""
    drawn = draw_worlds(worlds=200_000 // schools, tau=5.0, sizes=(10,) * (schools + 1))
    drawn.mean[:, 0] += 80 - drawn.true_mean[:, 0]
    assert anova_tau2(drawn).mean() > 1.6 * 25


def tau_hat(schools, *, worlds=20_000, pupils=10):
    """Estimates of tau = 5."""
    return np.sqrt(np.maximum(0, anova_tau2(draw_worlds(worlds=worlds, tau=5.0, sizes=(pupils,) * schools))))


@claim(false_when="there are 50 schools instead of 5", few=50)
def tau_takes_many_schools(few=5):
    """From five schools 90% of estimates fill 0 to 8, and one in eight or so is 0; from 100 they fill 4 to 6."""
    low, high = np.quantile(tau_hat(few), [0.05, 0.95])
    assert low < 0.1
    assert high > 8
    assert 0.1 < np.mean(tau_hat(few) == 0) < 0.2
    assert np.allclose(np.quantile(tau_hat(100, worlds=4_000), [0.05, 0.95]), [4, 6], atol=0.3)


@claim(false_when="the distribution has long tails (Student's t, 5 degrees of freedom)", normal=False)
def variance_error_is_root_two_over_j(normal=True):
    """The relative error of a variance from 12 draws is 43%."""
    rng = np.random.default_rng(1)
    draws = rng.normal(size=(200_000, 12)) if normal else rng.standard_t(5, (200_000, 12))
    variance = draws.var(axis=1, ddof=1)
    assert abs(variance.std() / variance.mean() - np.sqrt(2 / 11)) < 0.01


@claim(false_when="tau is taken to be 0", top=1e-6)
def five_groups_do_no_harm_if_averaged(top=None):
    """With five schools and tau averaged over, the error is not above that of the own means, at any tau."""
    for spread in (0.0, 2.0, 5.0, 10.0, 20.0):
        drawn = draw_worlds(worlds=4_000, tau=spread, sizes=(10,) * 5)
        v = np.broadcast_to(mean_squares(drawn)[1][:, None] / 10, drawn.mean.shape)
        grid = np.linspace(0, 20 + 5 * spread if top is None else top, 121)
        made = average_over_tau(drawn.mean, v, tau=grid)
        error, own = (np.mean((x - drawn.true_mean) ** 2) for x in (made.mean, drawn.mean))
        assert error < own


@claim(false_when="each school has 30 pupils", pupils=30)
def with_ten_pupils_four_schools_gain(pupils=10):
    """With 10 pupils each, shrinking saves four schools nearly a tenth of the error, and eight a sixth."""
    ratios = {}
    for schools in (4, 8):
        worlds = draw_worlds(worlds=40_000, tau=5, sizes=[pupils] * schools, seed=schools)
        variance = worlds.variance.mean(axis=1, keepdims=True)
        tau2 = np.maximum(0, worlds.mean.var(axis=1, ddof=1, keepdims=True) - variance / pupils)
        centre = worlds.mean.mean(axis=1, keepdims=True)
        guess = centre + tau2 / (tau2 + variance / pupils) * (worlds.mean - centre)
        errors = (np.mean((answer - worlds.true_mean) ** 2) for answer in (guess, worlds.mean))
        ratios[schools] = next(errors) / next(errors)
    assert 0.90 < ratios[4] < 0.92
    assert 0.82 < ratios[8] < 0.85
