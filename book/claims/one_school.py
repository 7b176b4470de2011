"""What the page *One school for all* asserts."""

import numpy as np

from claims.claim import claim
from claims.distributions import f_below
from claims.worlds import SIZES, classical_estimate, draw_worlds, mean_of_all_scores, mean_squares
from reference_impl import anova, complete_pooling, datasets, group_summary, shrinkage_factor


@claim(false_when="the variances differ", sigma=(10.0, 10.0, 30.0))
def pooled_mean_is_best_with_one_variance(sigma=(10.0, 10.0, 10.0)):
    """No weights give a mean of lower variance than n_j, if the variances are equal."""
    sizes, v = np.array([4, 40, 120]), np.square(sigma)
    candidates = np.vstack([sizes, sizes / v, np.ones(3), *np.random.default_rng(1).dirichlet(np.ones(3), 200)])
    weights = candidates / candidates.sum(axis=1, keepdims=True)
    variances = weights**2 @ (v / sizes)
    assert variances[0] <= variances.min() * (1 + 1e-12)


@claim(false_when="all schools have the same size", sizes=(34,) * 12)
def two_averages_as_close_are_luck(sizes=SIZES):
    """In sets like ours the mean of all and the mean of the means differ by 1.6; rarely by as little as here."""
    schools = datasets.simulated_schools()
    means = group_summary(schools.score, schools.school).mean
    seen = abs(complete_pooling(schools.score) - means.mean())
    drawn = draw_worlds(worlds=50_000, tau=5.0, sizes=sizes)
    apart = mean_of_all_scores(drawn) - drawn.mean.mean(axis=1)
    assert round(apart.std(), 1) == 1.6
    assert abs(apart.mean()) < 0.03  # both aim at the same number
    assert np.mean(np.abs(apart) <= seen) < 0.05


@claim(false_when="all schools have the same mean", tau=0.0)
def mean_square_between_grows_with_differences(tau=2.0):
    """MSW estimates sigma^2 whatever the means are; MSB is larger on average if they differ."""
    between, within = mean_squares(draw_worlds(worlds=50_000, tau=tau))
    assert abs(within.mean() - 100) < 0.5
    assert between.mean() > 110


@claim(false_when="the scores are dealt out to the schools at random", shuffled=True)
def no_shuffle_comes_near(shuffled=False):
    """The F ratio of the schools exceeds that of every one of 1000 shuffles, by half and more."""
    schools, rng = datasets.simulated_schools(), np.random.default_rng(3)
    label = np.unique(schools.school, return_inverse=True)[1]
    seen = anova(schools.score, rng.permutation(label) if shuffled else label).f
    assert seen > 1.5 * max(anova(schools.score, rng.permutation(label)).f for _ in range(1000))


def power(schools, pupils, ratio, critical):
    """Probability that F exceeds its critical value if tau is `ratio` times sigma."""
    return 1 - f_below(critical / (1 + pupils * ratio**2), schools - 1, schools * (pupils - 1))


@claim(false_when="tau equals sigma", ratio=1.0)
def f_test_misses_two_thirds(ratio=0.5):
    """With 8 schools of 4 pupils and tau half of sigma, the test misses in two thirds of the worlds."""
    assert abs(power(8, 4, 0.0, 2.4226) - 0.05) < 1e-4
    assert abs(1 - power(8, 4, ratio, 2.4226) - 2 / 3) < 0.005


@claim(false_when="50 pupils are asked in each school", pupils=50, critical=1.8992)
def ten_schools_of_five_often_pass(pupils=5, critical=2.1240):
    """With ten schools of five pupils and tau a third of sigma the test misses in three cases in four."""
    assert abs(power(10, pupils, 0.0, critical) - 0.05) < 1e-3
    assert power(10, pupils, 1 / 3, critical) < 0.25


@claim(false_when="the means differ (tau a third of sigma)", ratio=1 / 3)
def f_exceeds_one_in_not_quite_half(ratio=0.0):
    """With equal means F exceeds 1 in not quite half of all samples of ten schools with five pupils."""
    assert 0.4 < power(10, 5, ratio, 1.0) < 0.5


@claim(false_when="there are two schools", schools=2)
def errors_of_the_two_options(schools=200):
    """With many schools the error is sigma^2/n without pooling and tau^2 with complete pooling."""
    for tau in (0.0, 3.0, 6.0):
        drawn = draw_worlds(worlds=400_000 // schools, tau=tau, sizes=(10,) * schools)
        pooled = mean_of_all_scores(drawn)[:, None]
        errors = [np.mean((guess - drawn.true_mean) ** 2) for guess in (drawn.mean, pooled)]
        assert np.allclose(errors, [10, tau**2], atol=0.4)


def compromise_error(tau, *, known, sizes=(10,) * 12):
    """Mean squared error of partial pooling."""
    if known:
        v = 100 / np.asarray(sizes)
        return np.mean(shrinkage_factor(v, tau2=tau**2) * v)
    drawn = draw_worlds(worlds=50_000, tau=tau, sizes=sizes)
    return np.mean((classical_estimate(drawn).estimate - drawn.true_mean) ** 2)


@claim(false_when="the parameters are estimated from twelve schools", known=False)
def known_parameters_beat_both(known=True):
    """The error of the compromise lies below both curves, sigma^2/n and tau^2, at every tau above 0."""
    for tau in (0.5, 1.0, 2.0, 3.2, 4.5, 6.0):
        assert compromise_error(tau, known=known) < min(10, tau**2)


@claim(false_when="tau is 5", tau=5.0)
def estimated_parameters_have_a_price(tau=0.0):
    """With our twelve schools and tau = 0 the error is far below no pooling and above complete pooling."""
    drawn = draw_worlds(worlds=50_000, tau=tau)
    compromise = np.mean((classical_estimate(drawn).estimate - drawn.true_mean) ** 2)
    complete = np.mean((mean_of_all_scores(drawn)[:, None] - drawn.true_mean) ** 2)
    assert compromise > 1.2 * complete
    assert compromise < 0.2 * np.mean(100 / np.array(SIZES))


@claim(false_when="deviations are not squared", power=1)
def sums_of_squares_add_up(power=2):
    """SST is the sum of SSW and SSB, for any schools."""
    schools = datasets.simulated_schools()
    for labels in (schools.labels[3:6], schools.labels):
        chosen = np.isin(schools.school, labels)
        y, school = schools.score[chosen], schools.school[chosen]
        own = np.array([y[school == label].mean() for label in labels])[np.searchsorted(labels, school)]
        parts = (np.abs(x) ** power for x in (y - y.mean(), y - own, own - y.mean()))
        total, within, between = (part.sum() for part in parts)
        assert np.isclose(total, within + between)
