"""What the page *Intercepts that vary* asserts."""

from dataclasses import replace
from statistics import NormalDist

import numpy as np

from claims.claim import claim
from claims.preferences import ask, fit_states
from reference_impl import datasets, design_matrix, fit_logistic, sigmoid


@claim(false_when="women and men apply to the departments alike", alike=True)
def women_applied_where_few_are_admitted(alike=False):
    """Women applied more often to departments that admit few; within them the difference turns."""
    a = datasets.admissions()
    applied, female = a.admitted + a.rejected, a.gender == "Female"
    share = a.admitted / applied
    easy = np.isin(a.department, ["A", "B"])
    assert share[easy].min() > share[~easy].max()
    weights = np.full(applied.size, 300.0) if alike else applied
    women, men = (weights[who & easy].sum() / weights[who].sum() for who in (female, ~female))
    assert women < 0.1 < 0.5 < men
    columns = np.column_stack([a.department == d for d in "BCDEF"])
    alone = fit_logistic(design_matrix(female), share, weights=weights).coef[1]
    assert alone < 0 < fit_logistic(design_matrix(female, columns), share, weights=weights).coef[1]


@claim(false_when="department C is left out instead", left_out="C")
def plus_sign_comes_from_department_a(left_out="A"):
    """With departments the coefficient cannot be told from 0, and only without A it is negative."""
    a = datasets.admissions()
    applied = a.admitted + a.rejected

    def coefficient(department):
        rows = a.department != department
        names = np.unique(a.department[rows])[1:]
        X = design_matrix(a.gender[rows] == "Female", np.column_stack([a.department[rows] == d for d in names]))
        fit = fit_logistic(X, (a.admitted / applied)[rows], weights=applied[rows])
        return fit.coef[1], fit.se[1]

    coef, se = coefficient("none")
    assert 0 < coef < 1.96 * se
    assert round(coefficient(left_out)[0], 2) == -0.03
    assert all(coefficient(other)[0] > 0 for other in "BCDEF")


@claim(false_when="the link is the probit", link="probit")
def cells_have_this_slope_and_curvature(link="logit"):
    """In the log-odds, a cell's log-likelihood has the slope y - n pi and the curvature n pi (1 - pi)."""
    y, n, h = 7, 12, 1e-4
    for eta in (-2.0, 0.3, 1.5):
        at = eta + np.array([-h, 0, h])
        pi = np.array([NormalDist().cdf(e) for e in at]) if link == "probit" else sigmoid(at)
        low, middle, high = y * np.log(pi) + (n - y) * np.log1p(-pi)
        assert np.isclose((high - low) / (2 * h), y - n * pi[1], rtol=1e-5)
        assert np.isclose(-(high - 2 * middle + low) / h**2, n * pi[1] * (1 - pi[1]), rtol=1e-4)


@claim(false_when="every state has six voters", size=6)
def large_state_keeps_its_intercept(size=None):
    """The largest state keeps nearly its own voters' intercept; the smallest is drawn far towards the others."""
    asked = ask(largest=size)
    fit = fit_states(asked)
    kept = fit.intercept / fit.free_intercept
    assert kept[0] > 0.95
    assert kept[-1] < 0.5


@claim(false_when="the model has a term for a state and a country together", together=True)
def cells_of_birch_leave_their_circles(together=False):
    """Birch's cells of Countries B and C move by 0.08 and 0.16, the first away from the mean of all states."""
    fit = fit_states(ask(), together=together)
    moved = fit.probability[1] - fit.raw[1]
    assert (round(moved[1], 2), round(moved[2], 2)) == (0.08, -0.16)
    assert moved[1] * (fit.raw[1, 1] - fit.pooled[1]) > 0


@claim(false_when="the model has a term for a state and a country together", together=True)
def more_voters_do_not_help_a_wrong_model(together=False):
    """If countries differ by a different amount in Birch, more voters in every state do not join the two."""
    fit = fit_states(ask(), times=100.0, together=together)
    assert np.abs(fit.probability[1] - fit.raw[1]).max() > 0.1


@claim(false_when="all states have more voters", everywhere=True)
def more_voters_in_birch_alone_bend_the_rest(everywhere=False):
    """More voters in Birch alone join its squares and circles, and bend the differences in all other states."""
    asked = ask()
    birch = np.arange(asked.n.shape[0])[:, None] == 1
    times = np.where(birch | everywhere, 1000.0, 1.0)
    before, after = fit_states(asked), fit_states(replace(asked, n=asked.n * times, prefer=asked.prefer * times))
    assert np.abs(after.probability[1] - after.raw[1]).max() < 0.01
    apart = [np.diff(np.log(fit.probability / (1 - fit.probability)), axis=1) for fit in (before, after)]
    assert np.all(np.abs(apart[1] - apart[0]) > 0.4)


@claim(false_when="the intercepts have no distribution in common", tau=50.0)
def no_estimate_is_0_or_1(tau=0.6):
    """No estimate is 0 or 1, and those of small states lie between 0.25 and 0.85."""
    small = fit_states(ask(), tau=tau).probability[5:]
    assert small.min() > 0.25
    assert small.max() < 0.85


@claim(false_when="the model has a term for a state and a country together", together=True)
def estimates_beat_both_extremes(together=False):
    """Partial pooling has less than two thirds of the error of complete pooling, and a third of that of none."""
    asked = ask()
    fit = fit_states(asked, together=together)
    none, complete, partial = (
        np.sqrt(np.mean((guess - asked.true_probability) ** 2)) for guess in (fit.raw, fit.pooled, fit.probability)
    )
    assert partial < complete / 1.5 < none / 2.5


@claim(false_when="the other voters of Maple prefer candidate B", others=0)
def single_voter_of_maple_is_lifted(others=None):
    """Maple's only voter from Country C prefers B, yet the estimate lies above the mean of all states."""
    asked = ask(maple=others)
    fit = fit_states(asked)
    assert fit.raw[7, 2] == 0
    assert fit.probability[7, 2] > fit.pooled[2] + 0.1


VOTERS = ask()


def averaged(beta, tau):
    """Log-likelihood with the states' intercepts averaged over, on a grid fine beside the narrowest of them."""
    x = np.linspace(-6, 6, 401)[:, None]
    n, y, eta = VOTERS.n[:, None], VOTERS.prefer[:, None], beta + tau * x
    log_normal = -0.5 * x[:, 0] ** 2 - np.log(np.exp(-0.5 * x**2).sum())
    each = (y * eta - n * np.logaddexp(0, eta)).sum(axis=2) + log_normal
    top = each.max(axis=1)
    return float(np.sum(top + np.log(np.exp(each - top[:, None]).sum(axis=1))))


def marginal(tau):
    """Log-likelihood of tau at the best countries' coefficients: Newton with differences for derivatives."""
    beta, h = np.array([0.65, -0.43, -0.15]), 1e-3 * np.eye(3)
    for _ in range(3):
        slope = [averaged(beta + e, tau) - averaged(beta - e, tau) for e in h]
        ends = [[averaged(beta + d + e, tau) for e in (*h, *-h)] for d in (*h, *-h)]
        corners = np.reshape(ends, (2, 3, 2, 3))
        bend = corners[0, :, 0] - corners[0, :, 1] - corners[1, :, 0] + corners[1, :, 1]
        beta = beta - np.linalg.solve(bend / 4e-6, np.array(slope) / 2e-3)
    return averaged(beta, tau)


@claim(false_when="there are ten times as many such states", times=10)
def ten_states_leave_tau_open(times=1):
    """The likelihood of tau is highest near 0.65; its 95% interval reaches from 0.33 to 1.48."""
    taus = np.array([0.32, 0.34, 0.6, 0.65, 0.7, 1.47, 1.49])
    heights = times * np.array([marginal(tau) for tau in taus])
    inside = taus[heights > heights.max() - 1.9207]
    assert taus[heights.argmax()] == 0.65
    assert (inside[0], inside[-1]) == (0.34, 1.47)


@claim(false_when="those of complete pooling are taken", at=0.01)
def best_countries_change_no_digit(at=None):
    """With the countries as fitted for each tau the likelihood tells the same best tau and the same interval."""
    taus, asked = np.array([0.3, 0.35, 0.6, 0.65, 0.7, 1.45, 1.5]), ask()
    fits = [fit_states(asked, tau=at or tau) for tau in taus]
    betas = [np.log(fit.probability[0] / (1 - fit.probability[0])) - fit.intercept[0] for fit in fits]
    for heights in (
        np.array([marginal(tau) for tau in taus]),
        np.array([averaged(beta, tau) for beta, tau in zip(betas, taus, strict=True)]),
    ):
        below = heights - heights.max()
        assert taus[below.argmax()] == 0.65
        ends = np.interp(-1.92, below[:2], taus[:2]), np.interp(1.92, -below[-2:], taus[-2:])
        assert [round(float(end), 2) for end in ends] == [0.33, 1.48]


@claim(false_when="tau is 50", taus=(50.0,))
def any_fitting_tau_beats_the_raw_shares(taus=(0.33, 1.48)):
    """With the lowest and the highest tau that fit, the errors are far below those of the raw shares."""
    asked = ask()
    raw = np.sqrt(np.mean((asked.prefer / asked.n - asked.true_probability) ** 2))
    for tau in taus:
        error = np.sqrt(np.mean((fit_states(asked, tau=tau).probability - asked.true_probability) ** 2))
        assert error < 0.6 * raw


@claim(false_when="tau is the most likely one", tau=0.65)
def too_large_a_tau_gives_the_gain_away(tau=1.48):
    """With the highest tau that fits, the errors are no smaller than those of all states together."""
    asked = ask()
    fit = fit_states(asked, tau=tau)
    error, pooled = (
        np.sqrt(np.mean((guess - asked.true_probability) ** 2)) for guess in (fit.probability, fit.pooled)
    )
    assert error > pooled


@claim(false_when="the second level is left out", tau=1e9)
def two_agreeing_voters_give_a_finite_intercept(tau=0.6):
    """The most probable intercept of a state with two voters who agree is finite and positive."""
    a = np.linspace(-2, 30, 32_001)
    best = a[np.argmax(2 * (a - np.logaddexp(0, a)) - a**2 / (2 * tau**2))]
    assert 0 < best < 2
