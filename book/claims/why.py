"""What the page *Why hierarchical models* asserts."""

from itertools import product

import numpy as np

from claims.claim import claim
from reference_impl import (
    datasets,
    fit_random_intercept,
    group_summary,
    heterogeneity_variance,
    intraclass_correlation,
    partial_pooling,
)


def variance_of_mean(correlations):
    """Variance of the mean of scores with variance 1 and these correlations: the average of the matrix."""
    return correlations.mean()


def alike(n, rho, fades=1.0):
    """Correlations of n pupils: rho for every pair, or fading with the distance between their numbers."""
    distance = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    return np.where(distance == 0, 1.0, rho * fades ** (distance - 1.0))


@claim(false_when="only neighbours are alike", fades=0.5)
def design_effect_is_the_factor(fades=1.0):
    """The variance of a mean of n pupils is 1 + (n - 1) rho times what it would be if they were independent."""
    for n, rho in ((2, 0.5), (21, 0.2), (149, 0.33)):
        assert np.isclose(variance_of_mean(alike(n, rho, fades)), (1 + (n - 1) * rho) / n)


@claim(false_when="pupils of a school are not alike", rho=0.0)
def many_pupils_of_one_school_leave_rho(rho=0.2):
    """The variance of a school's mean goes to rho times the variance of a score, not to 0."""
    variances = [variance_of_mean(alike(n, rho)) for n in (10, 100, 1000)]
    assert np.all(np.diff(variances) < 0)
    assert 0.2 < variances[-1] < 0.201


@claim(false_when="the same scores are dealt out to the schools at random", shuffled=True)
def pupils_are_worth_far_fewer(shuffled=False):
    """The standard error with schools is three times as large; 7,185 pupils are worth about 800."""
    data = datasets.high_school_and_beyond()
    school = np.random.default_rng(1).permutation(data.school) if shuffled else data.school
    ratio = fit_random_intercept(data.achievement, school).mu_se / data.achievement.std(ddof=1) * np.sqrt(7185)
    assert round(ratio, 1) == 3.0
    assert 750 < 7185 / ratio**2 < 850


@claim(false_when="the survey's schools are taken to have 450 pupils each", times=10)
def design_effect_foretells_the_fit(times=1):
    """With 45 pupils per school the design effect is 8.9; the 7,185 are worth about as many as the fit says."""
    data = datasets.high_school_and_beyond()
    fit = fit_random_intercept(data.achievement, data.school)
    effect = 1 + (times * 7185 / 160 - 1) * intraclass_correlation(data.achievement, data.school)
    assert round(effect, 1) == 8.9
    assert abs(7185 / effect / (data.achievement.var(ddof=1) / fit.mu_se**2) - 1) < 0.03


@claim(false_when="other voters are asked", seed=1)
def cells_of_maple_and_pine(seed=2016):
    """All eight voters of Country A in Maple prefer candidate A, none of the three in Pine."""
    asked = datasets.voters(seed=seed)
    for state, number, share in (("Maple", 8, 1.0), ("Pine", 3, 0.0)):
        prefers = asked.prefers[(asked.state == state) & (asked.origin == "Country A")]
        assert (prefers.size, prefers.mean()) == (number, share)


@claim(false_when="true rates differ a great deal (standard deviation of 20 points around 5%)", spread=0.2)
def small_clinics_take_more_than_their_share(spread=0.02):
    """However many of 80 clinics are small, and however large the rest, their odds of either end are tripled."""
    rng = np.random.default_rng(1)
    total = 0.05 * 0.95 / spread**2 - 1  # beta distribution with mean 0.05 and this standard deviation
    for small, patients_of_the_rest in product((5, 20, 40), (50, 200, 1000)):
        patients = np.repeat([12, patients_of_the_rest], [small, 80 - small])
        true_rate = rng.beta(0.05 * total, 0.95 * total, (1000, 80))
        rate = rng.binomial(patients, true_rate) / patients
        for end in (rate.min(axis=1), rate.max(axis=1)):
            there = rate == end[:, None]  # clinics with the same rate share the place
            share = np.mean(there[:, :small].sum(axis=1) / there.sum(axis=1))
            assert share * (80 - small) > 3 * (1 - share) * small


@claim(false_when="pupils of a school are not alike", rho=0.0)
def new_schools_help_more_than_new_pupils(rho=0.2):
    """Twice the pupils in the same schools hardly move the variance; twice the schools halve it."""
    now, more_pupils = (variance_of_mean(alike(n, rho)) / 10 for n in (1000, 2000))
    more_schools = variance_of_mean(alike(1000, rho)) / 20
    assert more_pupils > 0.99 * now
    assert np.isclose(more_schools, now / 2)


def slopes(times):
    """Slopes of the survey's schools among schoolmates, and their variances, with so many times the pupils."""
    data = datasets.high_school_and_beyond()
    score, ses = group_summary(data.achievement, data.school), group_summary(data.ses, data.school)
    found, left, spread = [], 0.0, []
    for label, mean, center in zip(score.labels, score.mean, ses.mean, strict=True):
        x, y = data.ses[data.school == label] - center, data.achievement[data.school == label] - mean
        found.append(x @ y / (x @ x))
        left += np.sum((y - found[-1] * x) ** 2)
        spread.append(x @ x)
    return np.array(found), left / (data.ses.size - 320) / np.array(spread) / times, score.n


@claim(false_when="every school sends 100 times the pupils", times=100)
def slopes_borrow_like_means(times=1):
    """Own slopes run from -2.0 to 6.3, over half of their variance is chance; shrunken ones from 0.9 to 3.3."""
    own, v, _ = slopes(times)
    assert v.mean() > 0.5 * own.var(ddof=1)
    tau2 = heterogeneity_variance(own, v, method="paule-mandel")
    drawn = partial_pooling(own, v, grand_mean=np.average(own, weights=1 / (v + tau2)), tau2=tau2)
    assert np.allclose([own.min(), own.max(), drawn.min(), drawn.max()], [-2.0, 6.3, 0.9, 3.3], atol=0.05)


@claim(false_when="every school sends 100 times the pupils", times=100)
def own_slope_of_14_pupils_is_a_guess(times=1):
    """The own slope of the school with 14 pupils is 0.3, standard error 2.2; shrunken it is 2.0."""
    own, v, n = slopes(times)
    smallest = n.argmin()
    tau2 = heterogeneity_variance(own, v, method="paule-mandel")
    center = np.average(own, weights=1 / (v + tau2))
    drawn = partial_pooling(own[smallest], v[smallest], grand_mean=center, tau2=tau2)
    assert np.allclose([own[smallest], np.sqrt(v[smallest]), drawn], [0.3, 2.2, 2.0], atol=0.051)
