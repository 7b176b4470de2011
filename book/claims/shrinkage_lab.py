"""What the page *The shrinkage lab* asserts."""

import numpy as np

from claims.claim import claim
from claims.worlds import anova_tau2, draw_worlds
from reference_impl import (
    anova,
    between_group_variance,
    complete_pooling,
    datasets,
    partial_pooling,
    shrinkage_factor,
    sigmoid,
)
from reference_impl.groups import group_summary


@claim(false_when="the two pupils come from different schools", same=False)
def icc_is_the_correlation_of_two(same=True):
    """Two pupils of a school have correlation tau^2 / (tau^2 + sigma^2)."""
    rng = np.random.default_rng(1)
    mu, other = rng.normal(0, 5, (2, 400_000))
    first, second = rng.normal(mu, 10), rng.normal(mu if same else other, 10)
    assert abs(np.corrcoef(first, second)[0, 1] - 0.2) < 0.008


@claim(false_when="the ICC is 0.1", rho=0.1)
def score_tells_the_school_if_icc_is_large(rho=0.8):
    """Of eight means the own is nearest hardly more often than by chance at 0.05, three times as often at 0.8."""
    z, e = np.random.default_rng(1).normal(size=(2, 8, 20_000))

    def own_is_nearest(rho):
        mean = np.sqrt(rho) * z
        score = mean[0] + np.sqrt(1 - rho) * e[0]
        return np.mean(np.abs(score - mean).argmin(axis=0) == 0)

    assert own_is_nearest(0.05) < 1.5 / 8
    assert own_is_nearest(rho) > 3 / 8


@claim(false_when="the school has 10 pupils", n=10)
def small_icc_may_weigh_much(n=100):
    """With rho = 0.05 a school of 100 pupils has a weight of 0.84."""
    assert round(float(shrinkage_factor(0.95 / n, tau2=0.05)), 2) == 0.84


@claim(false_when="schools differ by tau = 10", tau=10.0)
def an_estimate_of_0_may_hide_a_small_one(tau=1.0):
    """An ICC estimated as 0 may hide a small one."""
    assert np.mean(anova_tau2(draw_worlds(worlds=20_000, tau=tau)) <= 0) > 0.2


N = np.array([3, 6, 12, 40, 120])


def lab(seed):
    """Where the lab starts with twelve schools: their summary, centre, weights and moves."""
    schools = datasets.simulated_schools(seed=seed)
    seen, centre = group_summary(schools.score, schools.school), complete_pooling(schools.score)
    tau = round(np.sqrt(between_group_variance(schools.score, schools.school)), 1)
    v = round(np.sqrt(anova(schools.score, schools.school).ms_within), 1) ** 2 / seen.n
    estimate = partial_pooling(seen.mean, v, grand_mean=centre, tau2=tau**2)
    return seen, v, centre, tau, shrinkage_factor(v, tau2=tau**2), estimate - seen.mean


@claim(false_when="only sigma is doubled", both=False)
def doubling_both_changes_nothing(both=True):
    """Doubling sigma and tau changes no weight."""
    tau = 10 if both else 5
    assert np.allclose(shrinkage_factor(400 / N, tau2=tau**2), shrinkage_factor(100 / N, tau2=25))


@claim(false_when="weights are compared by differences", relative=False)
def halved_sizes_hit_the_small_hardest(relative=True):
    """Halved sizes lower all weights, those of the small groups most in proportion."""
    before, after = shrinkage_factor(100 / N, tau2=25), shrinkage_factor(200 / N, tau2=25)
    assert np.all(after < before)
    lost = 1 - after / before if relative else before - after
    assert np.all(np.diff(lost) < 0)


@claim(false_when="the line is the plain mean of the groups' means", weighted=False)
def larger_group_pulls_the_line(weighted=True):
    """Enlarging one group pulls the line towards that group, by 2.6 points from 4 pupils of the book to 200."""
    schools = datasets.simulated_schools()
    seen = group_summary(schools.score, schools.school)
    sizes = np.where(np.eye(seen.n.size) == 1, 200, seen.n)  # one school at a time has 200 pupils
    line = [np.average(seen.mean, weights=n if weighted else None) for n in (seen.n, *sizes)]
    assert np.all(np.abs(line[1:] - seen.mean) < np.abs(line[0] - seen.mean))
    assert seen.n.argmin() == 0
    assert round(line[0] - line[1], 1) == 2.6


@claim(false_when="tau has no end", tau=1e9)
def no_state_is_0_or_100_percent(tau=3.0):
    """For yes-or-no outcomes no estimate is 0% or 100% as long as tau is finite."""
    for n, ones in ((1, 0), (8, 8), (50, 50)):
        low, high = -1e6, 1e6  # the most probable log-odds, with the centre at 0, by bisection
        for _ in range(200):
            middle = (low + high) / 2
            rises = ones - n * sigmoid(middle) - middle / tau**2 > 0
            low, high = (middle, high) if rises else (low, middle)
        assert 0.001 < sigmoid(low) < 0.999


@claim(false_when="they are the other twelve schools of the lab", seed=2)
def smallest_moves_furthest_here(seed=607):
    """The school with the fewest pupils has the smallest weight, and among these twelve it also moves furthest."""
    seen, *_, weight, move = lab(seed)
    assert seen.n.argmin() == weight.argmin() == np.abs(move).argmax()


@claim(false_when="they are the twelve schools of the book", seed=607)
def another_moves_furthest_there(seed=2):
    """In the other twelve schools of the lab it is not the smallest that moves furthest."""
    seen, *_, move = lab(seed)
    assert np.abs(move).argmax() != seen.n.argmin()


@claim(false_when="it is applied to the other twelve schools", seed=2)
def example_is_the_table(seed=607):
    """The example is the smallest and the largest school of the table."""
    seen, v, centre, tau, *_ = lab(seed)
    assert np.allclose(seen.mean[[0, -1]], [40.45, 51.37], atol=0.005)
    assert np.allclose(v[[0, -1]], [26.01, 0.867], atol=0.0005)
    assert np.allclose([centre, tau**2], [48.45, 14.44], atol=0.005)


@claim(false_when="a state has four voters", n=4)
def sampling_variance_of_log_odds(n=300):
    """For many voters the log-odds of their share have a variance of about 1 / (n p (1 - p))."""
    rng = np.random.default_rng(1)
    for p in (0.3, 0.6):
        ones = rng.binomial(n, p, 200_000)
        ones = ones[(ones > 0) & (ones < n)]
        assert np.isclose(np.var(np.log(ones / (n - ones))) * n * p * (1 - p), 1, rtol=0.03)
