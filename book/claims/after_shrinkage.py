"""What the page *After shrinkage* asserts."""

import dataclasses

import numpy as np

from claims.claim import claim
from claims.worlds import SIZES, anova_tau2, classical_estimate, draw_worlds, mean_squares
from reference_impl import (
    average_over_tau,
)


def coverage(tau, *, sizes=SIZES, worlds=20_000, pooled=False):
    """How often the true mean of each school lies within 1.96 standard errors of its estimate."""
    drawn = draw_worlds(worlds=worlds, tau=tau, sizes=sizes)
    made = classical_estimate(drawn, pooled=pooled)
    return np.mean(np.abs(made.estimate - drawn.true_mean) <= 1.96 * made.standard_error, axis=0)


@claim(false_when="there are 200 schools of 60 pupils", sizes=(60,) * 200, worlds=500)
def intervals_after_shrinkage_are_too_narrow(sizes=SIZES, worlds=20_000):
    """Coverage with plugged-in values: 90%, 82% for four pupils, 79% at tau 2, 41% at tau 0."""
    shares = [coverage(tau, sizes=sizes, worlds=worlds) for tau in (5.0, 2.0, 0.0)]
    assert np.allclose([share.mean() for share in shares], [0.902, 0.787, 0.412], atol=0.01)
    assert abs(shares[0][0] - 0.82) < 0.01


@claim(false_when="the variance is pooled", pooled=True)
def many_schools_do_not_mend_own_variances(pooled=False):
    """With 2,000 schools of 4 pupils and separate variances the coverage stays at 86%."""
    share = coverage(5.0, sizes=(4,) * 2000, worlds=50, pooled=pooled).mean()
    assert abs(share - 0.864) < 0.005


@claim(false_when="every school sends 10 pupils", sizes=(10,) * 12)
def small_schools_are_covered_worst(sizes=SIZES):
    """At tau = 5 coverage is 82% for the smallest school and 94% for the largest."""
    share = coverage(5.0, sizes=sizes, worlds=40_000)
    assert np.allclose([share[0], share[-1]], [0.82, 0.94], atol=0.01)
    assert share[:3].max() < share[3:].min()


@claim(false_when="schools differ by tau = 5", tau=5.0)
def no_length_in_half_of_the_worlds(tau=0.0):
    """At tau = 0 the estimate of tau^2 is 0 in more than half of all worlds."""
    assert np.mean(anova_tau2(draw_worlds(worlds=40_000, tau=tau)) <= 0) > 0.5


def averaged(drawn, *, plug=False):
    """Probability below the true mean, and standard deviation, averaged over tau, or with tau plugged in."""
    v = mean_squares(drawn)[1][:, None] / drawn.n
    made = average_over_tau(drawn.mean, v, tau=np.linspace(0, 30, 61))
    if plug:
        at = made.probability.argmax(axis=-1)
        made = dataclasses.replace(made, probability=np.eye(61)[at])
    return made.probability_below(drawn.true_mean), made.sd


@claim(false_when="the most probable tau is plugged in", plug=True)
def averaged_interval_keeps_its_promise(plug=False):
    """The averaged interval covers 95% to within a point at tau 5 and at 2, and more at 1 and at 0."""
    shares = []
    for tau in (5.0, 2.0, 1.0, 0.0):
        below, _ = averaged(draw_worlds(worlds=1_500, tau=tau, seed=9), plug=plug)
        shares.append(np.mean(np.abs(below - 0.5) <= 0.475))
    assert 0.94 < shares[0] < 0.96
    assert 0.935 < shares[1] < 0.96
    assert 0.955 < shares[2] < shares[3]
    assert shares[3] > 0.96


@claim(false_when="schools differ by tau = 100", tau=100.0)
def honest_interval_is_still_shorter(tau=5.0):
    """On average it is shorter than the school's own with known sigma, for 4 pupils by more than a fifth."""
    drawn = draw_worlds(worlds=1_500, tau=tau, seed=10)
    v = mean_squares(drawn)[1][:, None] / drawn.n
    sd = average_over_tau(drawn.mean, v, tau=np.linspace(0, 6 * tau, 61)).sd.mean(axis=0)
    shorter = 1 - sd / (10 / np.sqrt(drawn.n))
    assert shorter[0] > 0.2
    assert np.all(shorter > 0)


@claim(false_when="schools differ by twice the tau that is used", tau=2.0)
def coverage_is_an_average_over_schools(tau=1.0):
    """With everything known: 99.4% at the centre, 78% at 2 tau, 41% at 3 tau, and 95% over all schools."""
    rng = np.random.default_rng(1)
    mu = rng.normal(0, tau, 400_000)
    mu[:100_000] = np.repeat([0.0, 2.0, 3.0, 3.0], 25_000)
    inside = np.abs(0.5 * rng.normal(mu, 1.0) - mu) <= 1.96 * np.sqrt(0.5)
    at = [inside[start : start + 25_000].mean() for start in (0, 25_000, 50_000)]
    assert np.allclose(at, [0.994, 0.78, 0.41], atol=0.01)
    assert abs(inside[100_000:].mean() - 0.95) < 0.002
