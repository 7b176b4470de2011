"""What the page *What's next* asserts."""

import numpy as np

from claims.claim import claim
from claims.worlds import anova_tau2, draw_worlds, mean_of_all_scores
from reference_impl import (
    anova,
    between_group_variance,
    complete_pooling,
    datasets,
    fit_random_intercept,
    partial_pooling,
)
from reference_impl.groups import group_summary


@claim(false_when="other schools are drawn", seed=4)
def smallest_school_changes_most(seed=607):
    """From the tau of ML to the true one the school with 4 pupils falls by 1.5 points, more than others change."""
    schools = datasets.simulated_schools(seed=seed)
    seen = group_summary(schools.score, schools.school)
    v = anova(schools.score, schools.school).ms_within / seen.n
    from_ml, true = (
        partial_pooling(seen.mean, v, grand_mean=complete_pooling(schools.score), tau2=tau2)
        for tau2 in (between_group_variance(schools.score, schools.school, method="ml"), schools.tau2)
    )
    changed = true - from_ml
    assert np.abs(changed).argmax() == 0
    assert -1.6 < changed[0] < -1.4


@claim(false_when="other schools are drawn", seed=4)
def better_tau_helps_on_average(seed=607):
    """With the true tau the school with 4 pupils is further from its true mean; on average the true tau helps."""
    schools = datasets.simulated_schools(seed=seed)
    seen = group_summary(schools.score, schools.school)
    v = anova(schools.score, schools.school).ms_within / seen.n
    found = between_group_variance(schools.score, schools.school)
    error = [
        abs(
            partial_pooling(seen.mean, v, grand_mean=complete_pooling(schools.score), tau2=tau2)
            - schools.true_mean
        )
        for tau2 in (found, schools.tau2)
    ]
    assert error[1][0] > error[0][0]
    drawn = draw_worlds(worlds=20_000, tau=5.0)
    plugged_in, known = (
        partial_pooling(drawn.mean, 100 / drawn.n, grand_mean=mean_of_all_scores(drawn)[:, None], tau2=tau2)
        for tau2 in (np.maximum(0, anova_tau2(drawn))[:, None], 25.0)
    )
    assert np.mean((known - drawn.true_mean) ** 2) < np.mean((plugged_in - drawn.true_mean) ** 2)


@claim(false_when="the method is plain maximum likelihood", method="ml")
def reml_allows_for_the_mean(method="reml"):
    """REML allows for the estimation of the mean: with equal sizes it is right on average, ML is too small."""
    rng = np.random.default_rng(1)
    group = np.repeat(np.arange(6), 30)
    found = [
        between_group_variance(rng.normal(rng.normal(0, 5, 6)[group], 10), group, method=method)
        for _ in range(200)
    ]
    assert abs(np.mean(found) - 25) < 2 * np.std(found) / np.sqrt(200)


@claim(false_when="the effect is shrunk again", again=True)
def random_effect_is_shrunk_already(again=False):
    """The program's estimate of a school's mean is the overall intercept plus its random effect."""
    schools = datasets.simulated_schools()
    fit = fit_random_intercept(schools.score, schools.school)
    seen = group_summary(schools.score, schools.school)
    own = fit.tau2 / (fit.tau2 + fit.sigma2 / seen.n)
    effect = own * (seen.mean - fit.mu)
    assert np.allclose(fit.mu + (own * effect if again else effect), fit.estimate)
