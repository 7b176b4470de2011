"""What the page *Small groups at both ends* asserts."""

import numpy as np

from claims.claim import claim
from reference_impl import datasets, heterogeneity_variance, partial_pooling

ASKED = datasets.contraception_by_district()
SMALL = ASKED.women < 20
OVERALL = ASKED.users.sum() / ASKED.women.sum()


def at_the_ends(share, rng):
    """Indices of the five lowest and the five highest districts; ties are broken at random."""
    ranked = np.argsort(share + rng.uniform(0, 1e-9, share.shape), axis=-1)
    return np.concatenate([ranked[..., :5], ranked[..., -5:]], axis=-1)


def by_chance(*, tables=10_000, women=ASKED.women, spread=0.0, seed=1):
    """Shares of districts in many tables whose true shares scatter by `spread` only."""
    rng = np.random.default_rng(seed)
    true_share = np.clip(rng.normal(OVERALL, spread, (tables, women.size)), 0, 1)
    return rng.binomial(women, true_share) / women


@claim(false_when="the ranking is by the number of users", by_users=True)
def bottom_of_the_table_is_small(by_users=False):
    """The top district has 2 women, the median one has 26; of the five lowest four have fewer than 15."""
    order = np.argsort(-(ASKED.users if by_users else ASKED.users / ASKED.women), kind="stable")
    assert ASKED.women[order[0]] == 2
    assert np.sum(ASKED.women[order[-5:]] < 15) == 4
    assert np.median(ASKED.women) == 26


@claim(false_when="100 women are asked in every district", women=np.full(60, 100))
def shares_of_small_districts_scatter_more(women=ASKED.women):
    """Shares of districts with few women scatter far more, as they would by chance alone."""
    share = ASKED.users / ASKED.women
    assert share[SMALL].std(ddof=1) > 1.5 * share[ASKED.women > 40].std(ddof=1)
    chance = by_chance(women=women)
    assert chance[:, SMALL].std() > 1.7 * chance[:, ASKED.women > 40].std()


@claim(false_when="five women are asked in small districts, 500 in the others", women=np.where(SMALL, 5, 500))
def ten_places_decide_nothing(women=ASKED.women):
    """5 places of ten or more are no surprise if size does not matter, 5 or fewer none under pure chance."""
    rng = np.random.default_rng(2)
    order = np.argsort(-ASKED.users / ASKED.women, kind="stable")
    seen = SMALL[np.r_[order[:5], order[-5:]]].sum()
    fair = SMALL[rng.random((10_000, 60)).argsort(axis=1)[:, :10]].sum(axis=1)
    places = SMALL[at_the_ends(by_chance(women=women), rng)].sum(axis=1)
    assert seen == 5
    assert abs(fair.mean() - 3.2) < 0.1
    assert np.mean(fair >= seen) > 0.1
    assert np.mean(places <= seen) > 0.1


@claim(false_when="districts differ in truth (standard deviation of 0.12)", spread=0.12)
def more_outside_the_funnel_than_chance(spread=0.0):
    """Far more districts lie outside the funnel than the three or so that chance alone puts there."""
    half = 1.96 * np.sqrt(OVERALL * (1 - OVERALL) / ASKED.women)
    seen = np.sum(np.abs(ASKED.users / ASKED.women - OVERALL) > half)
    chance = np.sum(np.abs(by_chance(spread=spread) - OVERALL) > half, axis=1)
    assert 2 < chance.mean() < 4
    assert np.mean(chance >= seen) < 0.001


@claim(false_when="the overall share is 0.9", share=0.9)
def none_of_four_is_no_surprise(share=OVERALL):
    """With the overall share none of 4 use it in one district out of seven, none of 21 in one of 35,000."""
    assert round(1 / (1 - share) ** 4) == 7
    assert round(1 / (1 - share) ** 21, -3) == 35_000


@claim(false_when="21 women are asked in district 49 as well", fewer=21)
def two_zeros_are_not_the_same(fewer=4):
    """None of 21 is drawn to between 15% and 20%, none of 4 to about 30%."""
    one = OVERALL * (1 - OVERALL)
    tau2 = heterogeneity_variance(ASKED.users / ASKED.women, one / ASKED.women)
    low, ordinary = partial_pooling([0.0, 0.0], one / np.array([21, fewer]), grand_mean=OVERALL, tau2=tau2)
    assert 0.15 < low < 0.2
    assert abs(ordinary - 0.3) < 0.03
