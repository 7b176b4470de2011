"""What the page *What it implies* asserts."""

import numpy as np

from claims.claim import claim
from claims.worlds import SIZES, anova_tau2, classical_estimate, draw_worlds
from reference_impl import (
    anova,
    between_group_variance,
    datasets,
    partial_pooling,
    shrinkage_estimate,
    shrinkage_factor,
)
from reference_impl.groups import group_summary

GRID = [(v, tau2) for v in (0.1, 1.0, 7.0, 100.0) for tau2 in (0.2, 3.0, 25.0, 400.0)]


@claim(false_when="the ratio is that of standard deviations", power=1)
def weight_is_half_at_the_ratio(power=2):
    """The weight is one half at sigma^2 / tau^2 pupils."""
    for sigma, tau in ((10, 10), (10, 5), (10, 2)):
        assert np.isclose(shrinkage_factor(sigma**2 / (sigma / tau) ** power, tau2=tau**2), 0.5)


@claim(false_when="sigma and tau grow together", together=True)
def weight_rises_and_falls(together=False):
    """More pupils or a larger tau raise the weight, a larger sigma lowers it."""
    factor = np.array([1.0, 2.0, 4.0])
    assert np.all(np.diff(shrinkage_factor(100 / (4 * factor), tau2=25)) > 0)
    assert np.all(np.diff(shrinkage_factor(100 / 4 * (factor**2 if together else 1), tau2=25 * factor**2)) > 0)
    assert np.all(np.diff(shrinkage_factor(100 * factor**2 / 4, tau2=25)) < 0)


@claim(false_when="the imaginary pupils score 60 instead of mu_0", imagined=60.0)
def second_level_adds_pupils(imagined=50.0):
    """The estimate is the average of n real pupils and sigma^2 / tau^2 imaginary ones who score mu_0."""
    n, mean, sigma2, tau2 = 4, 40.0, 100.0, 25.0
    average = (n * mean + sigma2 / tau2 * imagined) / (n + sigma2 / tau2)
    assert np.isclose(average, partial_pooling([mean], [sigma2 / n], grand_mean=50.0, tau2=tau2)[0])


@claim(false_when="tau is 0: every school gives up everything", tau2=0.0)
def higher_variance_gives_up_more(tau2=25.0):
    """The higher the variance of an estimate, the larger the share that it gives up."""
    assert np.all(np.diff(1 - shrinkage_factor(np.geomspace(0.1, 1000, 50), tau2=tau2)) > 0)


@claim(false_when="mu_0 is not given but has a variance of its own", of_mu_0=4.0)
def other_schools_tell_nothing_more(of_mu_0=0.0):
    """Given mu_0 and tau^2, the best guess at one school's mean does not use the other schools."""
    v, tau2 = 100 / np.array(SIZES), 25.0
    joint = of_mu_0 + np.diag(tau2 + v)
    with_first = of_mu_0 + np.where(np.arange(v.size) == 0, tau2, 0.0)
    assert np.allclose(np.linalg.solve(joint, with_first)[1:], 0, atol=1e-12)


@claim(false_when="the sigma^2 of all is left out of the shared parameters", left_out=True)
def schools_borrow_through_shared_parameters(left_out=False):
    """Other schools move an estimate only through mu_0 and tau^2, and sigma^2 where one is taken for all."""
    drawn = datasets.simulated_schools()
    first = drawn.school == drawn.labels[0]
    elsewhere = np.where(first, drawn.score, 55 + 2 * (drawn.score - 50))
    for sigma2 in ("separate", "pooled"):
        estimates = []
        for score in (drawn.score, elsewhere):
            seen = shrinkage_estimate(score, drawn.school, sigma2=sigma2)
            shared = sigma2 == "pooled" and not left_out
            own = anova(score, drawn.school).ms_within if shared else seen.variance[0]
            through = partial_pooling(seen.mean[0], own / seen.n[0], grand_mean=seen.grand_mean, tau2=seen.tau2)
            assert np.isclose(through, seen.estimate[0])
            estimates.append(seen.estimate[0])
        assert abs(estimates[1] - estimates[0]) > 1


@claim(false_when="a negative estimate of tau^2 is not cut off", truncate=False)
def nobody_crosses_the_line(truncate=True):
    """Every school moves towards the mean of all pupils, none across it."""
    pupils, batches = datasets.high_school_and_beyond(), datasets.dyestuff2()
    for y, group in ((pupils.achievement, pupils.school), (batches.y, batches.group)):
        seen = group_summary(y, group)
        tau2 = between_group_variance(y, group, truncate=truncate)
        v = np.mean(seen.variance) / seen.n
        own = tau2 / (tau2 + v)
        assert np.all((own >= 0) & (own <= 1))


@claim(false_when="sampling variances are unequal", spread=3.0)
def equal_variances_keep_the_ranking(spread=1.0):
    """With equal sampling variances no school changes places."""
    rng = np.random.default_rng(1)
    mean, v = rng.normal(12.6, 3.1, 160), np.geomspace(1, spread, 160)
    estimate = partial_pooling(mean, rng.permutation(v), grand_mean=12.7, tau2=8.0)
    assert np.array_equal(np.argsort(mean), np.argsort(estimate))


@claim(false_when="all schools get one variance", sigma2="pooled")
def largest_share_is_not_the_smallest_school(sigma2="separate"):
    """The school with the largest share is not the smallest; it moves less than half a point."""
    pupils = datasets.high_school_and_beyond()
    seen = shrinkage_estimate(pupils.achievement, pupils.school, sigma2=sigma2)
    most = np.argmin(seen.weight)
    assert seen.n[most] > seen.n.min()
    assert abs(seen.estimate[most] - seen.mean[most]) < 0.5


@claim(false_when="all schools get one variance", sigma2="pooled")
def distance_carries_the_furthest_move(sigma2="separate"):
    """The school that moves furthest is the smallest, but 20 schools give up a larger share."""
    pupils = datasets.high_school_and_beyond()
    seen = shrinkage_estimate(pupils.achievement, pupils.school, sigma2=sigma2)
    far = np.argmax(np.abs(seen.estimate - seen.mean))
    gap = np.abs(seen.mean - seen.grand_mean)
    assert seen.n[far] == seen.n.min()
    assert np.sum(gap > gap[far]) < 3
    assert np.sum(seen.weight < seen.weight[far]) == 20


@claim(false_when="all schools lie equally far from mu_0", equally_far=True)
def smallest_need_not_move_furthest(equally_far=False):
    """With equal variances the smallest school gives up the largest share, but need not move furthest."""
    drawn = draw_worlds(worlds=2000, tau=5.0)
    mean = np.full_like(drawn.mean, 57.0) if equally_far else drawn.mean
    move = np.abs(partial_pooling(mean, 100 / drawn.n, grand_mean=50.0, tau2=25.0) - mean)
    assert np.argmin(shrinkage_factor(100 / drawn.n, tau2=25.0)) == 0
    assert 0.2 < np.mean(move.argmax(axis=1) == 0) < 0.8


def known_error(own, v, tau2):
    """Variance and mean squared bias of own * mean + (1 - own) * mu_0, over schools."""
    return own**2 * v, (1 - own) ** 2 * tau2


@claim(false_when="tau is taken to be three times too large", factor=3.0)
def below_both_curves(factor=1.0):
    """The mean squared error is v tau^2 / (v + tau^2), less than v and less than tau^2."""
    for v, tau2 in GRID:
        total = sum(known_error(shrinkage_factor(v, tau2=factor**2 * tau2), v, tau2))
        assert np.isclose(total, v * tau2 / (v + tau2))
        assert total < min(v, tau2)


@claim(false_when="tau is taken to be three times too small", factor=1 / 3)
def saves_twice_what_it_pays(factor=1.0):
    """The variance saved is more than twice the squared bias."""
    for v, tau2 in GRID:
        variance, bias2 = known_error(shrinkage_factor(v, tau2=factor**2 * tau2), v, tau2)
        assert v - variance > 2 * bias2


@claim(false_when="schools differ by tau = 8", tau=8.0)
def gain_at_tau_5(tau=5.0):
    """At tau = 5 the classical estimate has 22% less error than the schools' own means."""
    drawn = draw_worlds(worlds=100_000, tau=tau, seed=77)
    error = np.mean((classical_estimate(drawn).estimate - drawn.true_mean) ** 2)
    assert round(100 * (1 - error / np.mean(100 / drawn.n))) == 22


@claim(false_when="schools differ by tau = 2", tau=2.0)
def complete_pooling_is_better_at_0(tau=0.0):
    """At tau = 0 complete pooling has the smaller error, 0.24 against about 0.4; no pooling has 7.55."""
    drawn = draw_worlds(worlds=50_000, tau=tau, seed=78)
    seen = classical_estimate(drawn)
    complete, partial, none = (
        np.mean((answer - drawn.true_mean) ** 2)
        for answer in (seen.grand_mean[:, None], seen.estimate, drawn.mean)
    )
    assert complete < partial
    assert np.allclose([complete, partial, none], [0.24, 0.44, 7.55], rtol=0.03)


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


@claim(false_when="pupils do not differ", sigma=1e-6)
def shrunken_means_are_bunched(sigma=10.0):
    """The shrunken means have variance lambda tau^2, less than the true means."""
    drawn = draw_worlds(worlds=50_000, tau=5.0, sigma=sigma, sizes=(4,))
    own = shrinkage_factor(sigma**2 / 4, tau2=25.0)
    assert np.isclose((own * drawn.mean).var(), own * 25, rtol=0.03)
    assert (own * drawn.mean).var() < 0.9 * drawn.true_mean.var()


@claim(false_when="the two pupils come from different schools", same=False)
def icc_is_the_correlation_of_two(same=True):
    """Two pupils of a school have correlation tau^2 / (tau^2 + sigma^2)."""
    rng = np.random.default_rng(1)
    mu, other = rng.normal(0, 5, (2, 400_000))
    first, second = rng.normal(mu, 10), rng.normal(mu if same else other, 10)
    assert abs(np.corrcoef(first, second)[0, 1] - 0.2) < 0.008


@claim(false_when="the school has 10 pupils", n=10)
def small_icc_may_weigh_much(n=100):
    """With rho = 0.05 a school of 100 pupils has a weight of 0.84."""
    assert round(float(shrinkage_factor(0.95 / n, tau2=0.05)), 2) == 0.84


@claim(false_when="schools differ by tau = 10", tau=10.0)
def an_estimate_of_0_may_hide_a_small_one(tau=1.0):
    """An ICC estimated as 0 may hide a small one."""
    assert np.mean(anova_tau2(draw_worlds(worlds=20_000, tau=tau)) <= 0) > 0.2
