"""What the page *Eight schools* asserts."""

import dataclasses

import numpy as np

from claims.claim import claim
from claims.distributions import f_below
from claims.worlds import anova_tau2, draw_worlds
from reference_impl import (
    anova,
    average_over_tau,
    datasets,
    heterogeneity_variance,
)


@claim(false_when="the yields of the first batch are 10 higher", shift=10.0)
def dyestuff_batches_agree_better_than_expected(shift=0.0):
    """Batches with one mean give an F as small as that of Dyestuff2 in about one case in four."""
    dye = datasets.dyestuff2()
    table = anova(dye.y + shift * (dye.group == dye.group[0]), dye.group)
    assert 0.2 < f_below(table.f, table.df_between, table.df_within) < 0.3


def excess(estimate, v):
    """Weighted squared deviations from the common mean; J - 1 on average if chance alone scatters estimates."""
    common = estimate @ (1 / v) / np.sum(1 / v)
    return (estimate - np.expand_dims(common, -1)) ** 2 @ (1 / v)


@claim(false_when="the standard errors are half as large", factor=0.5)
def chance_would_scatter_the_eight_more(factor=1.0):
    """Chance alone would scatter the eight estimates more on average; every method gives tau^2 = 0."""
    eight = datasets.eight_schools()
    v = (factor * eight.standard_error) ** 2
    assert excess(eight.estimate, v) < 7
    for method in ("dersimonian-laird", "hedges", "paule-mandel", "ml", "reml"):
        assert heterogeneity_variance(eight.estimate, v, method=method) == 0


@claim(false_when="the standard errors are a third as large", factor=1 / 3)
def half_of_the_area_lies_above_five(factor=1.0):
    """The density of tau has its peak at 0, half of its area above 5, and its mean at 6.58."""
    eight = datasets.eight_schools()
    v, tau = (factor * eight.standard_error) ** 2, np.linspace(0, 400, 20_001)
    weight = 1 / (v[:, None] + tau**2)
    centre = (weight * eight.estimate[:, None]).sum(axis=0) / weight.sum(axis=0)
    squares = (weight * (eight.estimate[:, None] - centre) ** 2).sum(axis=0)
    density = np.exp(0.5 * (np.log(weight).sum(axis=0) - np.log(weight.sum(axis=0)) - squares))
    density /= np.trapezoid(density, tau)
    assert density.argmax() == 0
    assert abs(np.trapezoid(density[tau >= 5], tau[tau >= 5]) - 0.52) < 0.005
    assert abs(np.trapezoid(tau * density, tau) - 6.58) < 0.01


@claim(false_when="tau is 30", tau=30.0)
def eight_studies_often_give_zero(tau=5.0):
    """With these standard errors and tau = 5 the DerSimonian-Laird estimate is 0 in 45% of all cases."""
    v = datasets.eight_schools().standard_error ** 2
    estimates = np.random.default_rng(1).normal(0, np.sqrt(v + tau**2), (100_000, 8))
    assert abs(np.mean(excess(estimates, v) <= 7) - 0.45) < 0.005


@claim(false_when="50 pupils are asked in each school", pupils=50)
def six_small_schools_often_give_zero(pupils=5):
    """Six schools with 5 pupils give tau^2 = 0 in nearly one case in five if tau is half of sigma."""
    zero = np.mean(anova_tau2(draw_worlds(worlds=100_000, tau=5.0, sizes=(pupils,) * 6)) <= 0)
    assert 0.17 < zero < 0.2


def averaged(estimate, v, *, prior=None, tau=None):
    """Estimates, standard deviations and limits with tau averaged over; `prior` weighs the values of tau."""
    grid = np.linspace(0, 100, 2001) if tau is None else tau
    made = average_over_tau(estimate, v, tau=grid)
    if prior is not None:
        weight = made.probability * prior(grid)
        made = dataclasses.replace(made, probability=weight / weight.sum())
        made = dataclasses.replace(made, mean=made.probability @ made.conditional_mean)
    return made


@claim(false_when="tau is known to be 0", tau=np.array([0.0, 1e-6]))
def averaged_intervals_lie_between(tau=None):
    """Every averaged interval is wider than that of the common mean and shorter than the school's own."""
    eight = datasets.eight_schools()
    v = eight.standard_error**2
    lower, upper = averaged(eight.estimate, v, tau=tau).interval()
    common = 2 * 1.96 / np.sqrt(np.sum(1 / v))
    assert np.all(upper - lower > 1.1 * common)
    assert np.all(upper - lower < 2 * 1.96 * eight.standard_error)


@claim(false_when="its standard errors are a third as large", factor=1 / 3)
def averaging_doubles_the_doubt(factor=1.0):
    """For school A the averaged standard deviation is twice that of the common mean."""
    eight = datasets.eight_schools()
    v = (factor * eight.standard_error) ** 2
    assert 1.9 < averaged(eight.estimate, v).sd[0] * np.sqrt(np.sum(1 / v)) < 2.2


@claim(false_when="all eight have the same standard error", equal=True)
def lowest_is_now_school_e(equal=False):
    """C has the lowest estimate by itself, E the lowest averaged one, and E is the more precise."""
    eight = datasets.eight_schools()
    v = np.full(8, 144.0) if equal else eight.standard_error**2
    assert eight.school[eight.estimate.argmin()] == "C"
    assert eight.school[averaged(eight.estimate, v).mean.argmin()] == "E"
    assert v[4] < v[2]


def half_normal(scale):
    """A prior for tau with its top at 0."""
    return lambda tau: np.exp(-0.5 * (tau / scale) ** 2)


@claim(false_when="tau is thought to be hardly ever above 2", scale=1.0)
def prior_moves_school_a_a_little(scale=10.0):
    """Under a half-normal prior with standard deviation 10 the estimate for A falls, by less than two points."""
    eight = datasets.eight_schools()
    flat, doubting = (
        averaged(eight.estimate, eight.standard_error**2, prior=prior).mean[0]
        for prior in (None, half_normal(scale))
    )
    assert 0 < flat - doubting < 2


@claim(false_when="there are eight schools", times=1)
def prior_fades_with_eighty_schools(times=10):
    """With eighty schools the same choice of prior hardly moves any estimate."""
    v = np.tile(datasets.eight_schools().standard_error ** 2, times)
    estimate = np.random.default_rng(1).normal(8, np.sqrt(v + 100))
    flat, doubting = (averaged(estimate, v, prior=prior).mean for prior in (None, half_normal(10)))
    assert np.sqrt(np.mean((flat - doubting) ** 2)) < 0.5


@claim(false_when="all values of tau are equally plausible", power=0)
def flat_in_log_tau_is_no_innocent_choice(power=1):
    """If log tau is flat, the estimate goes to the common mean as smaller and smaller tau are let in."""
    eight = datasets.eight_schools()
    v = eight.standard_error**2
    gaps = []
    for smallest in (1e-2, 1e-20, 1e-200):
        grid = np.geomspace(smallest, 400, 4001)
        made = averaged(eight.estimate, v, tau=grid, prior=lambda tau: tau ** -float(power))
        gaps.append(abs(made.mean[0] - eight.estimate @ (1 / v) / np.sum(1 / v)))
    assert gaps[0] > gaps[1] > gaps[2]
    assert gaps[2] < 0.05
