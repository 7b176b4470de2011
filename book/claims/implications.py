"""What the page *What it implies* asserts."""

import numpy as np

from claims.claim import claim
from claims.worlds import classical_estimate, draw_worlds
from reference_impl import (
    anova,
    between_group_variance,
    datasets,
    heterogeneity_variance,
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
def half_the_error_where_they_cross(factor=1.0):
    """Where v = tau^2 the error is half of either; far out on either side it comes close to the better one."""
    for v in (0.1, 10.0, 100.0):
        for tau2, share in ((v, 0.5), (100 * v, 0.99), (v / 100, 0.99)):
            total = sum(known_error(shrinkage_factor(v, tau2=factor**2 * tau2), v, tau2))
            assert abs(total / min(v, tau2) - share) < 0.001


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


@claim(false_when="as many women are asked in district 49 as in district 11", women=21)
def fewer_women_are_drawn_further(women=4):
    """Of two districts at 0% the one with 4 women is drawn at least 10 points further up than the one with 21."""
    asked = datasets.contraception_by_district()
    for district, n in ((49, 4), (11, 21)):
        assert (asked.users[asked.district == district], asked.women[asked.district == district]) == (0, n)
    share = asked.users.sum() / asked.women.sum()
    one = share * (1 - share)
    tau2 = heterogeneity_variance(asked.users / asked.women, one / asked.women)
    four, many = partial_pooling([0.0, 0.0], one / np.array([women, 21]), grand_mean=share, tau2=tau2)
    assert four > many + 0.1
