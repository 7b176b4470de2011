"""What the page *Logistic regression* asserts."""

import numpy as np

from claims.claim import claim
from claims.glm import outcomes, pieces
from claims.newton import newton_path, standard_errors
from reference_impl import design_matrix, fit_glm, fit_logistic, log_likelihood, sigmoid
from reference_impl.families import FAMILIES

DOSE = design_matrix([1.0, 2, 3, 4, 6, 7, 8, 9])
ANSWER = np.repeat([0.0, 1.0], 4)
ETA = np.linspace(-3, 3, 13)


def voted(seed=1, n=200):
    """Citizens by age, and whether they voted."""
    rng = np.random.default_rng(seed)
    age = rng.uniform(18, 90, n)
    return design_matrix(age), (rng.random(n) < sigmoid(-2.2 + 0.055 * age)).astype(float)


@claim(false_when="only half of the labels are exchanged", exchanged=0.5)
def exchanged_labels_turn_every_sign(exchanged=1.0):
    """All coefficients change their sign; standard errors and likelihood do not."""
    X, y = voted()
    other = np.where(np.arange(y.size) < exchanged * y.size, 1 - y, y)
    fit, swapped = fit_logistic(X, y), fit_logistic(X, other)
    assert np.allclose(swapped.coef, -fit.coef)
    assert np.allclose(swapped.se, fit.se)
    assert np.isclose(swapped.log_likelihood, fit.log_likelihood)


@claim(false_when="probabilities are compared instead of odds", odds=False)
def odds_are_multiplied_wherever_one_starts(odds=True):
    """One unit more multiplies the odds by the same factor, whatever the other predictors are."""
    p = sigmoid(np.array([-3.0, 0.0, 2.5])[:, None] + 0.6 * np.arange(5))
    scale = p / (1 - p) if odds else p
    assert np.allclose(scale[:, 1:] / scale[:, :-1], np.exp(0.6))


@claim(false_when="the interval is that of the coefficient", exponentiated=False)
def interval_of_a_ratio_is_lopsided(exponentiated=True):
    """The interval of an odds ratio is not symmetric around the estimate."""
    fit = fit_logistic(*voted())
    limits = fit.coef[1] + 1.96 * fit.se[1] * np.array([-1.0, 0.0, 1.0])
    lower, estimate, upper = np.exp(10 * limits) if exponentiated else limits
    assert upper - estimate > 1.1 * (estimate - lower)


@claim(false_when="one divides by five", divisor=5)
def divide_by_four_bounds_a_unit(divisor=4):
    """A unit changes the probability by no more than the coefficient divided by four."""
    eta = np.linspace(-8, 8, 1601)
    for slope in (0.05, 0.5, 2.0):
        assert np.max(sigmoid(eta + slope) - sigmoid(eta)) < slope / divisor


@claim(false_when="there is no column of ones", ones=False)
def fitted_probabilities_add_up(ones=True):
    """With a column of ones the fitted probabilities add up to the number of ones."""
    X, y = voted()
    X = X[:, 0 if ones else 1 :]
    assert np.isclose(sigmoid(X @ fit_logistic(X, y).coef).sum(), y.sum())


@claim(false_when="steps have half the length", length=0.5)
def digits_double_once_it_is_close(length=1.0):
    """Once it is close, each step about doubles the number of correct digits."""
    X, y = voted()
    path = newton_path(X, y, 12, length=length)[:, 1]
    digits = -np.log10(np.abs(path / fit_logistic(X, y).coef[1] - 1) + 1e-15)
    close = np.flatnonzero((digits[:-1] > 1.5) & (digits[1:] < 13))
    assert close.size
    assert np.all(digits[close + 1] / digits[close] > 1.6)


def worse_after_a_step(spread):
    """Share of data sets in which some Newton step lowers the log-likelihood; starts lie around 0."""
    fell = []
    for seed in range(100):
        X, y = voted(seed)
        X = design_matrix((X[:, 1] - 54) / 20)
        start = np.random.default_rng(seed).normal(0, 1, 2) * spread
        path = newton_path(X, y, 8, start=start)
        heights = np.array([log_likelihood(X, y, coef) for coef in path])
        fell.append(np.any(np.diff(heights) < -1e-9))
    return np.mean(fell)


@claim(false_when="the start is near 0", spread=0.1)
def far_away_a_step_may_lead_down(spread=4.0):
    """From a bad start the parabola can lead to a worse place."""
    assert worse_after_a_step(spread) > 0.2


@claim(false_when="the start is far from 0", spread=4.0)
def from_0_that_is_rare(spread=0.0):
    """From 0 it is rare that a step leads to a worse place."""
    assert worse_after_a_step(spread) < 0.01


@claim(false_when="the first four steps are looked at", steps=range(1, 5))
def slope_soon_grows_by_nearly_1(steps=range(7, 13)):
    """The slope grows with every step, soon by nearly 1 each time."""
    grown = np.diff(newton_path(DOSE, ANSWER, 12)[:, 1])
    assert np.all(grown > 0)
    assert all(0.95 < grown[step - 1] < 1.01 for step in steps)


@claim(false_when="one of the eight is on the other side", answer=(0, 0, 1, 0, 0, 1, 1, 1))
def steeper_is_always_better(answer=tuple(ANSWER)):
    """With the threshold at 5 every probability of what was observed rises as the curve gets steeper."""
    side = (2 * np.array(answer) - 1) * (DOSE @ np.array([-5.0, 1.0]))
    observed = sigmoid(np.outer([1, 2, 4, 8, 16], side))
    assert np.all(np.diff(observed, axis=0) > 0)


@claim(false_when="the standard error is taken a step earlier", step=11)
def program_that_stops_after_twelve_steps(step=12):
    """After twelve steps the slope is 10.3 and its standard error 124: a Wald test finds nothing."""
    path = newton_path(DOSE, ANSWER, 12)
    se = standard_errors(DOSE, path[step])[1]
    assert (round(path[12, 1], 1), round(se)) == (10.3, 124)
    assert path[12, 1] / se < 1.96


@claim(false_when="a third voter of the state disagrees", votes=(1, 1, 0))
def two_who_agree_separate_themselves(votes=(1, 1)):
    """A state whose two voters agree has no finite intercept."""
    path = newton_path(np.ones((len(votes), 1)), np.array(votes, dtype=float), 15)
    assert path[-1, 0] > 10


@claim(false_when="the link is the probit", families=("probit",))
def newton_is_scoring_where_curvature_ignores_y(families=("bernoulli", "poisson", "gaussian")):
    """For logit, Poisson and normal the curvature does not depend on y, so Newton's method is Fisher scoring."""
    for name in families:
        at_0, at_1 = (pieces(name, ETA, np.full(ETA.size, y)).curvature for y in (0.0, 1.0))
        assert np.allclose(at_0, at_1, rtol=1e-9)


@claim(false_when="scoring stops after two steps", steps=2)
def both_climb_to_the_same_maximum(steps=30):
    """Scoring a probit, step by step a weighted least-squares fit, ends where Newton's method does."""
    X, y = outcomes()
    coef = np.zeros(2)
    for _ in range(steps):
        weight = FAMILIES["probit"].expected_curvature(X @ coef)
        working = X @ coef + pieces("probit", X @ coef, y).score / weight
        root = np.sqrt(weight)
        coef = np.linalg.lstsq(X * root[:, None], working * root, rcond=None)[0]
    assert np.allclose(coef, fit_glm(X, y, family="probit").coef, atol=1e-8)


@claim(false_when="the outcome is 0 or 1", family="bernoulli")
def one_step_suffices_for_the_normal(family="gaussian"):
    """For the normal distribution one Newton step from 0 reaches the maximum."""
    X, y = outcomes()
    at = pieces(family, np.zeros(y.size), y)
    step = np.linalg.solve(X.T @ (X * at.curvature[:, None]), X.T @ at.score)
    assert np.allclose(step, fit_glm(X, y, family=family).coef)
