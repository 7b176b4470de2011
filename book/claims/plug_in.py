"""What the page *The classical estimate* asserts."""

import math

import numpy as np

from claims.claim import claim
from claims.distributions import within
from claims.worlds import SIZES, Worlds, anova_tau2, classical_estimate, draw_worlds, new_pupils
from reference_impl import (
    anova,
    average_over_tau,
    between_group_variance,
    complete_pooling,
    datasets,
    fit_random_intercept,
    group_summary,
    heterogeneity_variance,
    partial_pooling,
    shrinkage_estimate,
)

SCHOOLS = datasets.simulated_schools()


@claim(false_when="all schools are given the pooled variance", sigma2="pooled")
def six_pupils_weigh_less_than_four(sigma2="separate"):
    """The mean of the school with 6 pupils gets less weight than that of the school with 4."""
    weight = shrinkage_estimate(SCHOOLS.score, SCHOOLS.school, sigma2=sigma2).weight
    assert weight[1] < weight[0]


@claim(false_when="the variance is pooled", sigma2="pooled")
def two_equal_scores_are_not_shrunk(sigma2="separate"):
    """Two pupils with the same score give the variance 0, hence weight 1."""
    score, school = np.append(SCHOOLS.score, [61.0, 61.0]), np.append(SCHOOLS.school, ["new", "new"])
    assert shrinkage_estimate(score, school, sigma2=sigma2).weight[0] == 1


@claim(false_when="the small schools vary much less than the large ones", sigma=np.repeat([1.0, 20.0], 6))
def pooled_variance_errs_less(sigma=10.0):
    """With one sigma^2 the estimates err less with the pooled variance: 5.7 for 5.9, a seventh less at tau 0."""
    for tau, pooled, own in ((5.0, 5.67, 5.9), (0.0, 0.385, 0.445)):
        drawn = draw_worlds(worlds=50_000, tau=tau, sigma=sigma)
        guesses = (classical_estimate(drawn, pooled=choice).estimate for choice in (True, False))
        errors = [np.mean((guess - drawn.true_mean) ** 2) for guess in guesses]
        assert errors[0] < errors[1]
        assert np.allclose(errors, [pooled, own], rtol=0.02)


@claim(false_when="size has nothing to do with the mean", rise=0.0)
def mean_of_all_scores_follows_large_schools(rise=4.0):
    """If larger schools do better, the mean of all scores lies far above the true mean of the school means."""
    rng = np.random.default_rng(1)
    size = np.round(np.geomspace(5, 200, 40)).astype(int)
    off = []
    for _ in range(50):
        true_mean = 40 + rise * np.log(size / 5) + rng.normal(0, 2, 40)
        school = np.repeat(np.arange(40), size)
        score = rng.normal(true_mean[school], 10)
        off.append([complete_pooling(score), fit_random_intercept(score, school).mu] - true_mean.mean())
    by_pupils, by_schools = np.mean(off, axis=0)
    assert by_pupils > 3
    assert by_pupils > 3 * by_schools


@claim(false_when="the small schools vary more", sigma=(20.0, 20.0, 20.0, 5.0))
def anova_estimate_is_right_on_average(sigma=10.0):
    """With one sigma^2 (MSB - MSW)/n_0 is right on average, whatever the sizes."""
    for tau in (0.0, 5.0):
        raw = anova_tau2(draw_worlds(worlds=200_000, tau=tau, sizes=(5, 5, 5, 50), sigma=sigma))
        assert abs(raw.mean() - tau**2) < 4 * raw.std() / np.sqrt(raw.size)


@claim(false_when="the schools have equal sizes", sizes=(20, 20, 20, 20))
def anova_estimate_needs_one_variance(sizes=(5, 5, 5, 50)):
    """If the variances differ it is 57 on average, or -7, where tau^2 = 25."""
    for sigma, average in (((20.0, 20.0, 20.0, 5.0), 57.2), ((5.0, 5.0, 5.0, 20.0), -7.2)):
        raw = anova_tau2(draw_worlds(worlds=200_000, tau=5.0, sizes=sizes, sigma=sigma))
        assert abs(raw.mean() - average) < 0.5


@claim(false_when="tau^2 is 25", taus=(5.0, 5.0))
def cut_off_estimate_is_too_large(taus=(0.0, 1.0)):
    """Cut off at 0 the estimate averages 0.5 where tau^2 = 0 and 1.3 where it is 1, but 25 where it is 25."""
    at_25 = np.maximum(0, anova_tau2(draw_worlds(worlds=50_000, tau=5.0))).mean()
    assert abs(at_25 - 25) < 0.3
    averages = [np.maximum(0, anova_tau2(draw_worlds(worlds=50_000, tau=tau))).mean() for tau in taus]
    assert np.allclose(averages, [0.54, 1.27], atol=0.02)


@claim(false_when="all sizes are equal", sizes=(20,) * 12)
def effective_size_lies_below_the_average(sizes=SIZES):
    """n_0 lies below N/J unless all sizes are equal."""
    for n in (np.array(sizes), np.array(sizes[:3])):
        assert (n.sum() - n @ n / n.sum()) / (n.size - 1) < n.mean() - 1e-9


@claim(false_when="sizes differ", keep=1)
def anova_and_reml_agree_on_balanced_data(keep=4):
    """ANOVA and REML give the same tau^2 if all sizes are equal and the estimate is positive."""
    first = np.concatenate(
        [np.flatnonzero(SCHOOLS.school == label)[: 4 if j else keep + 1] for j, label in enumerate(SCHOOLS.labels)]
    )
    by_moments, by_likelihood = (
        between_group_variance(SCHOOLS.score[first], SCHOOLS.school[first], method=method)
        for method in ("anova", "reml")
    )
    assert by_moments > 0
    assert abs(by_moments - by_likelihood) < 1e-6


@claim(false_when="DerSimonian-Laird is given the pooled variance", pooled=True)
def weights_without_tau2_differ_13_fold(pooled=False):
    """DerSimonian-Laird stands apart; its weights differ 13-fold, those of Paule-Mandel by little over a third."""
    data = datasets.high_school_and_beyond()
    seen = group_summary(data.achievement, data.school)
    v = (anova(data.achievement, data.school).ms_within if pooled else seen.variance) / seen.n
    apart = heterogeneity_variance(seen.mean, v, method="dersimonian-laird")
    others = [
        between_group_variance(data.achievement, data.school, method=m)
        for m in ("anova", "ml", "reml", "paule-mandel")
    ]
    assert apart - max(others) > 2 * (max(others) - min(others))
    weights, with_tau2 = 1 / v, 1 / (v + others[-1])
    assert round(weights.max() / weights.min()) == 13
    assert 1.3 < with_tau2.max() / with_tau2.min() < 1.4


@claim(false_when="the means are dealt out to the v_j at random", shuffled=True)
def schools_with_smallest_v_lie_furthest_out(shuffled=False):
    """The 20 schools with the smallest v_j lie furthest from the middle, and push DerSimonian-Laird up."""
    data, rng = datasets.high_school_and_beyond(), np.random.default_rng(1)
    seen = group_summary(data.achievement, data.school)
    v, mean = seen.variance / seen.n, rng.permutation(seen.mean) if shuffled else seen.mean
    squares = (mean - np.average(mean, weights=1 / (v + 8.6)))[v.argsort()] ** 2
    by_precision = squares.reshape(8, 20).mean(axis=1)
    assert by_precision[0] > 2 * by_precision[1:].max()

    def dersimonian_laird(means):
        return heterogeneity_variance(means, v, method="dersimonian-laird")

    unlinked = np.mean([dersimonian_laird(rng.permutation(mean)) for _ in range(200)])
    assert dersimonian_laird(mean) > 1.15 * unlinked


@claim(false_when="other pupils of other schools are drawn", seed=1)
def all_five_methods_miss(seed=607):
    """All five methods give between 10 and 15 where tau^2 is 25; errors of pupils pull the means together."""
    schools = datasets.simulated_schools(seed=seed)
    for method in ("anova", "ml", "reml", "dersimonian-laird", "paule-mandel"):
        assert 10 < between_group_variance(schools.score, schools.school, method=method) < 15
    means = group_summary(schools.score, schools.school).mean
    assert means.var(ddof=1) < schools.true_mean.var(ddof=1)


def profile_top(v):
    """The tau^2 at which the likelihood of the twelve means is highest, these sampling variances given."""
    return heterogeneity_variance(group_summary(SCHOOLS.score, SCHOOLS.school).mean, v, method="ml")


@claim(false_when="the curve takes v_j for known that are 30% too large", factor=1.3)
def two_tops_hardly_differ(factor=1.0):
    """ML with sigma^2 estimated and ML with MSW for it give tau^2 = 10.95 and 10.94."""
    v = factor * anova(SCHOOLS.score, SCHOOLS.school).ms_within / np.array(SIZES)
    gap = between_group_variance(SCHOOLS.score, SCHOOLS.school, method="ml") - profile_top(v)
    assert 0.0005 < abs(gap) < 0.01


@claim(false_when="every school sends 100 times the pupils", times=100)
def density_holds_the_true_values(times=1):
    """The density of tau has the mean 4.1, above ML, and 95% from 2.2 to 7.4; mu_0 lies between 45.7 and 51.4."""
    v = anova(SCHOOLS.score, SCHOOLS.school).ms_within / np.array(SIZES) / times
    mean = group_summary(SCHOOLS.score, SCHOOLS.school).mean
    made = average_over_tau(mean, v, tau=np.linspace(0, 40, 4001))
    average = made.probability @ made.tau
    low, high = np.interp([0.025, 0.975], made.probability.cumsum() - made.probability / 2, made.tau)
    assert np.allclose([average, low, high], [4.126, 2.158, 7.409], atol=0.002)
    assert np.sqrt(profile_top(v)) < average
    assert low < 5 < high
    weight = 1 / (v + made.tau[:, None] ** 2)
    centre = (weight * mean).sum(axis=1) / weight.sum(axis=1)
    rng = np.random.default_rng(3)
    row = rng.choice(made.tau.size, 400_000, p=made.probability)
    limits = np.quantile(rng.normal(centre[row], weight.sum(axis=1)[row] ** -0.5), [0.025, 0.975])
    assert np.allclose(limits, [45.70, 51.45], atol=0.03)


@claim(false_when="the pupils' scores vary twice as much", sigma=20.0)
def rare_depends_on_what_is_fixed(sigma=10.0):
    """The errors of our data: one case in 10 for four pupils, one in 270 for all; means vary less in one in 5."""
    error = group_summary(SCHOOLS.score, SCHOOLS.school).mean - SCHOOLS.true_mean
    assert 0.09 < 1 - within(abs(error[0]) / (sigma / 2)) < 0.11
    half = np.sum(np.array(SIZES) * error**2) / sigma**2 / 2
    beyond = math.exp(-half) * sum(half**k / math.factorial(k) for k in range(6))  # chi-squared with 12
    assert 260 < 1 / beyond < 280
    drawn = draw_worlds(worlds=50_000, tau=5.0, sigma=sigma)
    assert abs(np.mean(drawn.mean.var(axis=1) < drawn.true_mean.var(axis=1)) - 0.2) < 0.01


@claim(false_when="the schools differ half as much", factor=0.5)
def same_schools_rarely_give_so_low_an_estimate(factor=1.0):
    """With new pupils of the same twelve schools the ANOVA estimate is as low as here in one case in 500."""
    centre = SCHOOLS.true_mean.mean()
    drawn = new_pupils(centre + factor * (SCHOOLS.true_mean - centre), worlds=400_000)
    found = between_group_variance(SCHOOLS.score, SCHOOLS.school)
    assert 1 / 550 < np.mean(anova_tau2(drawn) <= found) < 1 / 450


@claim(false_when="every school sends 4 pupils", sizes=(4,) * 12)
def low_estimates_come_from_alike_schools(sizes=SIZES):
    """Where the estimate is as low as here, the true means, weighted as it weights them, mostly vary as little."""
    found = between_group_variance(SCHOOLS.score, SCHOOLS.school)
    drawn = draw_worlds(worlds=50_000, tau=5.0, sizes=sizes)
    errorless = Worlds(drawn.n, drawn.true_mean, drawn.true_mean, np.zeros_like(drawn.mean))
    estimate, by_true_means = anova_tau2(drawn), anova_tau2(errorless)
    low = estimate <= found
    assert np.mean(by_true_means[low] <= found) > 0.7
    assert np.mean(25 - by_true_means[low]) > 0.8 * np.mean(25 - estimate[low])


@claim(false_when="there are 500 schools", sizes=SIZES * 42)
def estimate_from_twelve_schools_scatters_widely(sizes=SIZES):
    """From twelve schools the estimate has the standard deviation 16; in 26% of worlds it is 14.2 or less."""
    found = between_group_variance(SCHOOLS.score, SCHOOLS.school)
    tau2 = np.maximum(0, anova_tau2(draw_worlds(worlds=50_000 * 12 // len(sizes), tau=5.0, sizes=sizes)))
    assert round(tau2.std()) == 16
    assert abs(np.mean(tau2 <= found) - 0.26) < 0.01


def pooled_over_own(n, spread, *, worlds=4_000, seed=5):
    """Error with the pooled variance over that with own variances; log sigma_j has this standard deviation."""
    rng = np.random.default_rng(seed)
    sigma = 10 * np.exp(spread * rng.normal(size=(worlds, 30)))
    drawn = draw_worlds(worlds=worlds, tau=5.0, sigma=sigma, sizes=(n,) * 30, seed=seed + 1)
    errors = [
        np.mean((partial_pooling(drawn.mean, v / n, grand_mean=50, tau2=25) - drawn.true_mean) ** 2)
        for v in (drawn.variance.mean(axis=1, keepdims=True), drawn.variance)
    ]
    return errors[0] / errors[1]


@claim(false_when="the sigma_j differ by a factor of two and more", spread=1.0)
def pooling_pays_for_small_schools(spread=0.0):
    """With equal sigma_j the pooled variance always wins: by 21% with 3 pupils, 4% with 10, 1% with 30."""
    gains = [1 - pooled_over_own(n, spread) for n in (3, 10, 30)]
    assert np.allclose(gains, [0.21, 0.04, 0.007], atol=0.01)
    assert min(gains) > 0


@claim(false_when="every school sends 3 pupils", sizes=(3, 3, 3, 3))
def own_variances_pay_when_they_differ(sizes=(3, 5, 10, 30)):
    """The two break even at a spread of about 0.65, 0.35, 0.2 and 0.1."""
    for n, even in zip(sizes, (0.65, 0.35, 0.21, 0.13), strict=True):
        assert pooled_over_own(n, even - 0.06) < 1.002
        assert pooled_over_own(n, even + 0.06) > 1.002


@claim(false_when="the clinics have 40 patients", patients=40)
def variances_of_four_differ_by_chance(patients=4):
    """In 60 samples of four from one distribution the variances differ by over 30, half of the time by 90."""
    variance = draw_worlds(worlds=4_000, tau=0.0, sizes=(patients,) * 60).variance
    ratio = variance.max(axis=1) / variance.min(axis=1)
    assert np.mean(ratio > 30) > 0.9
    assert 85 < np.median(ratio) < 95
