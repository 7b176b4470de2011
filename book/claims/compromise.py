"""What the page *The compromise* asserts."""

import numpy as np

from claims.claim import claim
from claims.worlds import SIZES, draw_worlds
from reference_impl import (
    datasets,
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


@claim(false_when="every school sends 100 pupils", pupils=100)
def own_means_vary_by_both(pupils=4):
    """The own means have the variance tau^2 + sigma^2/n = 50, twice that of the true means."""
    drawn = draw_worlds(worlds=40_000, tau=5.0, sizes=(pupils,) * 5)
    assert abs(drawn.true_mean.mean() - 50) < 0.1
    assert abs(drawn.true_mean.var() - 25) < 0.5
    assert abs(drawn.mean.var() - 50) < 1
    assert abs(drawn.mean.var() / drawn.true_mean.var() - 2) < 0.05


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


@claim(false_when="the largest school loses ten points", points=-10.0)
def two_roads_pull_apart(points=10.0):
    """The centre alone moves the estimate of the school with 4 pupils up, tau^2 alone moves it down."""
    before, after = (
        shrinkage_estimate(SCHOOLS.score + add * (SCHOOLS.school == SCHOOLS.labels[-1]), SCHOOLS.school)
        for add in (0.0, points)
    )
    v = before.variance[0] / before.n[0]
    by_centre, by_spread = (
        partial_pooling(before.mean[0], v, grand_mean=centre, tau2=tau2) - before.estimate[0]
        for centre, tau2 in ((after.grand_mean, before.tau2), (before.grand_mean, after.tau2))
    )
    assert by_centre > 0.1
    assert by_spread < -0.1
