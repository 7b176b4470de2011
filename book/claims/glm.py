"""What the page *The GLM family* asserts."""

from statistics import NormalDist

import numpy as np

from claims.claim import claim
from reference_impl import design_matrix, fit_glm, sigmoid
from reference_impl.families import FAMILIES, Pieces

NORMAL = NormalDist()
ALPHA = np.linspace(-12, 12, 24_001)


def pieces(family, eta, y):
    """Log-likelihood, slope and curvature at eta; the package solves the normal case without them."""
    if family == "gaussian":
        return Pieces(-((y - eta) ** 2) / 2, y - eta, np.ones_like(eta))
    return FAMILIES[family].pieces(eta, y)


def outcomes(seed=1, n=400, intercept=-0.3):
    """A predictor and 0/1 outcomes of a logistic model."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return design_matrix(x), (rng.random(n) < sigmoid(intercept + x)).astype(float)


@claim(false_when="the link is the logit", link=sigmoid)
def probit_takes_a_half_to_077(link=NORMAL.cdf):
    """A coefficient of 0.73 takes a probability of 0.50 to 0.77 by one unit, and to 0.93 by two."""
    assert [round(float(link(0.73 * units)), 2) for units in (0, 1, 2)] == [0.5, 0.77, 0.93]


@claim(false_when="the unseen variable has the logistic distribution", logistic=True)
def unseen_normal_variable_gives_the_probit(logistic=False):
    """That eta + e is positive has the probability Phi(eta) if e is standard normal."""
    rng = np.random.default_rng(1)
    e = rng.logistic(size=400_000) if logistic else rng.normal(size=400_000)
    for eta in (-1.0, 0.5):
        assert abs(np.mean(eta + e > 0) - NORMAL.cdf(eta)) < 0.004


@claim(false_when="the counts have a negative binomial distribution", over=1.0)
def poisson_variance_is_its_mean(over=0.0):
    """Probabilities e^-mu mu^k / k! have the mean and the variance mu: at 9 the standard deviation is 3."""
    k = np.arange(400)
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(k[1:]))])
    p = np.exp(-9 + k * np.log(9) - log_factorial)
    if over:  # a geometric distribution of mean 9
        p = 0.1 * 0.9**k
    mean = p @ k
    assert np.isclose(p.sum(), 1)
    assert np.isclose(mean, 9)
    assert np.isclose(np.sqrt(p @ (k - mean) ** 2), 3)


@claim(false_when="the curves are compared by their standard deviations", ratio=np.pi / np.sqrt(3))
def equally_steep_at_1_6(ratio=1.6):
    """In the middle the logistic and the normal curve are equally steep at a ratio of about 1.6."""
    logistic, normal = ratio / 4, 1 / np.sqrt(2 * np.pi)
    assert abs(logistic / normal - 1) < 0.01


@claim(false_when="one answer makes up a tenth", rare=-2.6)
def logit_slopes_are_1_6_to_1_8_times_probit(rare=-1.6):
    """Logit slopes are some 1.6 to 1.8 times probit slopes, unless one answer is rare, overall or in a part."""
    for seed, intercept in enumerate((-0.3, -1.0, 1.6, rare)):
        X, y = outcomes(seed, n=40_000, intercept=intercept)
        logit, probit = (fit_glm(X, y, family=family).coef[1] for family in ("bernoulli", "probit"))
        assert 1.55 < logit / probit < 1.85


def given_data(ones, n, family="bernoulli", tau=1.0):
    """Most probable value and mean of an intercept with mu_0 = 0, given n outcomes of which `ones` are 1."""
    per_one, per_zero = (pieces(family, ALPHA, np.full(ALPHA.size, y)).log_likelihood for y in (1.0, 0.0))
    log_density = ones * per_one + (n - ones) * per_zero - ALPHA**2 / (2 * tau**2)
    density = np.exp(log_density - log_density.max())
    return ALPHA[log_density.argmax()], density @ ALPHA / density.sum()


@claim(false_when="the intercepts have no distribution in common", tau=100.0)
def drawn_the_more_the_less_data(tau=1.0):
    """The less its own data say, the more an intercept is drawn towards mu_0."""
    own = np.log(3.0)  # three of four outcomes are 1, in groups of 4, 16 and 64
    left = [given_data(3 * n, 4 * n, tau=tau)[0] / own for n in (1, 4, 16)]
    assert np.all(np.diff([0, *left, 1]) > 0.01)


@claim(false_when="the outcomes are normal", family="gaussian")
def share_depends_on_the_outcomes(family="bernoulli"):
    """Groups of one size give up different shares, by their outcomes."""
    shares = []
    for ones in (11, 19):
        own = np.log(ones / (20 - ones)) if family == "bernoulli" else ones / 20
        shares.append(1 - given_data(ones, 20, family)[0] / own)
    assert abs(shares[0] - shares[1]) > 0.05


@claim(false_when="the outcomes are normal", family="gaussian")
def most_probable_value_is_not_the_mean(family="bernoulli"):
    """The most probable value of an intercept is not its mean."""
    mode, mean = given_data(4, 4, family)
    assert abs(mode - mean) > 0.02


@claim(false_when="the log-odds have a normal distribution instead", conjugate=False)
def beta_keeps_a_share_fixed_by_the_size(conjugate=True):
    """With a beta distribution over binomial shares, the share given up depends on the size alone."""
    p = sigmoid(ALPHA)
    prior = np.log(p) * 2 + np.log1p(-p) * 2 if conjugate else -(ALPHA**2) / 2  # both have mean 1/2
    given_up = []
    for ones in (1, 6, 10):
        log_density = ones * np.log(p) + (10 - ones) * np.log1p(-p) + prior
        density = np.exp(log_density - log_density.max())
        given_up.append(1 - (density @ p / density.sum() - 0.5) / (ones / 10 - 0.5))
    assert np.ptp(given_up) < 1e-6
