"""What the page *The compromise* asserts."""

import numpy as np

from claims.claim import claim
from claims.distributions import f_below
from claims.worlds import SIZES, Worlds, anova_tau2, classical_estimate, draw_worlds, new_pupils
from reference_impl import (
    anova,
    between_group_variance,
    complete_pooling,
    datasets,
    fit_random_intercept,
    group_summary,
    heterogeneity_variance,
    partial_pooling,
    partial_pooling_variance,
    shrinkage_estimate,
    shrinkage_factor,
)

SCHOOLS = datasets.simulated_schools()


@claim(false_when="good schools draw lucky samples", covariance=5.0)
def least_error_among_linear_estimates(covariance=0.0):
    """Whatever the distributions, no weight has a smaller mean squared error than lambda; only variances count."""
    w = np.linspace(0, 1, 1001)
    for v, tau2 in ((9.0, 16.0), (50.0, 25.0), (4.0, 4.0)):
        error = w**2 * v + (1 - w) ** 2 * tau2 - 2 * w * (1 - w) * covariance
        assert abs(w[error.argmin()] - shrinkage_factor(v, tau2=tau2)) <= 0.001


@claim(false_when="mu_0 is known up to a standard deviation of 10 only", mu0_variance=100.0)
def others_matter_only_if_mu0_or_tau2_is_unknown(mu0_variance=0.0):
    """In the joint normal distribution of all schools E(mu_j | y) puts no weight on the other schools' means."""
    between = 25 * np.eye(12) + mu0_variance
    weights = np.linalg.solve(between + np.diag(100 / np.array(SIZES)), between).T
    assert np.allclose(weights, np.diag(np.diag(weights)), atol=1e-12)
    assert np.allclose(np.diag(weights), shrinkage_factor(100 / np.array(SIZES), tau2=25))


@claim(false_when="mu_0 and tau^2 are known", known=True)
def plugged_in_values_let_others_speak(known=False):
    """With estimated values, other scores in one school move the estimates of all."""

    def estimates(score):
        seen = shrinkage_estimate(score, SCHOOLS.school)
        if known:
            return partial_pooling(seen.mean, seen.variance / seen.n, grand_mean=50, tau2=25)
        return seen.estimate

    changed = SCHOOLS.score + 5 * (SCHOOLS.school == SCHOOLS.labels[-1])
    assert np.all(np.abs(estimates(changed) - estimates(SCHOOLS.score)) > 0.01)


@claim(false_when="the pupils say nothing, v is infinite", v=np.inf)
def between_the_two_and_narrower_than_both(v=9.0):
    """The estimate lies between the two sources, and its variance is below that of either."""
    for tau2 in (3.0, 16.0, 100.0):
        assert 50 < partial_pooling(62, v, grand_mean=50, tau2=tau2) < 62
        assert partial_pooling_variance(v, tau2=tau2) < min(v, tau2)


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
    """With one sigma^2 the estimates err less with the pooled variance: 5.7 for 5.9, at tau 0 0.39 for 0.45."""
    for tau, pooled, own in ((5.0, 5.69, 5.91), (0.0, 0.387, 0.447)):
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


@claim(false_when="every school sends 1,000 pupils", sizes=(1000,) * 12)
def estimates_lie_too_close_together(sizes=SIZES):
    """The estimates spread less than the true means, as the raw means spread more."""
    drawn = draw_worlds(worlds=20_000, tau=5.0, sizes=sizes)
    spreads = [
        x.std(axis=1, ddof=1).mean() for x in (classical_estimate(drawn).estimate, drawn.true_mean, drawn.mean)
    ]
    assert np.all(np.diff(spreads) > 0.5)


@claim(false_when="the schools are alike and one in two sends 2 pupils only", sizes=(2, 100) * 6, tau=2.0)
def ranks_gain_little(sizes=SIZES, tau=5.0):
    """The best school has the highest estimate in 60% of the worlds, and the highest raw mean in as many."""
    drawn = draw_worlds(worlds=50_000, tau=tau, sizes=sizes)
    best = drawn.true_mean.argmax(axis=1)
    raw, shrunken = (np.mean(x.argmax(axis=1) == best) for x in (drawn.mean, classical_estimate(drawn).estimate))
    assert abs(shrunken - raw) < 0.01
    assert abs(raw - 0.6) < 0.01


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


@claim(false_when="the schools differ half as much", factor=0.5)
def same_schools_rarely_give_so_low_an_estimate(factor=1.0):
    """With new pupils of the same twelve schools the ANOVA estimate is as low as here in one case in 500."""
    centre = SCHOOLS.true_mean.mean()
    drawn = new_pupils(centre + factor * (SCHOOLS.true_mean - centre), worlds=400_000)
    found = between_group_variance(SCHOOLS.score, SCHOOLS.school)
    assert 1 / 550 < np.mean(anova_tau2(drawn) <= found) < 1 / 450


@claim(false_when="every school sends 4 pupils", sizes=(4,) * 12)
def low_estimates_come_from_alike_schools(sizes=SIZES):
    """Where the estimate is as low as here, the schools' true means mostly vary as little themselves."""
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
