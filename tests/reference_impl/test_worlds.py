"""Many worlds at once are those of the one-by-one functions, and follow the model."""

import numpy as np

from reference_impl import anova, between_group_variance, shrinkage_estimate
from reference_impl.datasets import simulated_schools
from reference_impl.groups import group_summary
from reference_impl.worlds import Worlds, mean_squares, moment_tau2, shrink_worlds, simulate_worlds


def test_a_world_is_estimated_as_its_scores_are():
    schools = simulated_schools()
    seen = group_summary(schools.score, schools.school)
    one = Worlds(seen.n, schools.true_mean[None], seen.mean[None], seen.variance[None])
    for pooled, sigma2 in ((False, "separate"), (True, "pooled")):
        expected = shrinkage_estimate(schools.score, schools.school, sigma2=sigma2)
        got = shrink_worlds(one, pooled=pooled)
        np.testing.assert_allclose(got.estimate[0], expected.estimate, rtol=1e-12)
        np.testing.assert_allclose(got.standard_error[0], expected.standard_error, rtol=1e-12)
    table = anova(schools.score, schools.school)
    np.testing.assert_allclose(np.ravel(mean_squares(one)), [table.ms_between, table.ms_within], rtol=1e-12)
    raw = between_group_variance(schools.score, schools.school, truncate=False)
    np.testing.assert_allclose(moment_tau2(one), [raw], rtol=1e-12)


def test_moments_drawn_directly_are_those_of_scores():
    drawn = simulate_worlds([4], rng=np.random.default_rng(1), worlds=200_000, tau=0.0)
    scores = np.random.default_rng(5).normal(50.0, 10.0, (200_000, 4))
    for levels, direct, sampled in (
        ([0.05, 0.5, 0.95], drawn.mean, scores.mean(axis=1)),
        ([0.05, 0.5, 0.95], drawn.variance, scores.var(axis=1, ddof=1)),
    ):
        np.testing.assert_allclose(np.quantile(direct, levels), np.quantile(sampled, levels), rtol=0.02)


def test_same_seed_same_worlds_and_spreads_may_differ():
    first, second = (
        simulate_worlds([5, 50], rng=np.random.default_rng(3), worlds=50_000, tau=2.0, sigma=[10.0, 30.0])
        for _ in range(2)
    )
    np.testing.assert_array_equal(first.mean, second.mean)
    np.testing.assert_allclose(first.variance.mean(axis=0), [100, 900], rtol=0.02)
