"""The global maximum of a profile likelihood, and the root finder behind it and Paule-Mandel."""

import math
from itertools import pairwise

import numpy as np
import pytest

from reference_impl.profile_likelihood import Profile, _bounds, minimise, root_of_increasing_crossing


def test_a_root_is_found_where_newton_alone_would_leave_the_bracket():
    def slope(t):
        return math.atan(50 * (t - 2)), 50 / (1 + 2500 * (t - 2) ** 2)

    assert root_of_increasing_crossing(slope, 0.0, 1000.0) == pytest.approx(2.0, rel=1e-15)


def two_scales(far, *, restricted=False, count=4):
    """`count` precise estimates that agree, and one imprecise pair that lies `far` apart."""
    y = np.array([0.0] * count + [-far, far])
    v = np.array([1e-8] * count + [1e-2, 1e-2])
    return Profile(y, v, restricted=restricted)


@pytest.mark.parametrize("restricted", [False, True])
@pytest.mark.parametrize("count", [1, 2, 6, 40])
def test_of_a_minimum_at_zero_and_one_far_out_the_lower_wins(count, restricted):
    for far in np.geomspace(0.05, 10.0, 20):
        profile = two_scales(far, restricted=restricted, count=count)
        grid = np.concatenate([[0.0], np.geomspace(1e-12, 1000, 4000)])
        best = minimise(profile)
        assert profile.criterion(best) <= profile.at(grid)[0].min() + 1e-12
        assert best == 0 or abs(profile.slope(best)[0]) < 1e-10


def test_both_kinds_of_minimum_occur_above():
    assert minimise(two_scales(0.05, count=40)) == 0.0
    assert minimise(two_scales(10.0, count=40)) > 1e-3


@pytest.mark.parametrize("restricted", [False, True])
@pytest.mark.parametrize("within", [None, 30.0])
def test_an_interval_is_called_settled_only_if_it_hides_no_minimum(within, restricted):
    rng = np.random.default_rng(5)
    for _ in range(30):
        v = 10.0 ** rng.uniform(-4, 1, 6)
        profile = Profile(rng.normal(0, 1, 6), v, restricted=restricted, within=within, df=40.0 if within else 1.0)
        edges = np.concatenate([[0.0], np.geomspace(1e-5, 100, 12)])
        lowest, settled = _bounds(profile, edges, profile.at(edges))
        for (low, high), bound, done in zip(pairwise(edges), lowest, settled, strict=True):
            inside = profile.at(np.linspace(low, high, 300))
            assert inside[0].min() >= bound - 1e-9
            turns = np.diff(np.sign(inside[1] - inside[2]))
            assert not done or np.count_nonzero(turns) <= 1


@pytest.mark.parametrize("restricted", [False, True])
@pytest.mark.parametrize("within", [None, 3.0])
def test_slope_is_the_derivative_of_the_criterion(within, restricted):
    v, df = np.array([1e-3, 1e-3, 0.1, 2.0]), 7.0 if within else 1.0
    profile = Profile(np.array([0.1, -0.2, 0.9, -0.5]), v, restricted=restricted, within=within, df=df)
    for t in (1e-4, 0.01, 0.3, 5.0):
        step = t * 1e-5
        numeric = (profile.criterion(t + step) - profile.criterion(t - step)) / (2 * step)
        slope, bend = profile.slope(t)
        assert slope == pytest.approx(numeric * (1e-3 + t), rel=1e-6, abs=1e-8)
        numeric = (profile.slope(t + step)[0] - profile.slope(t - step)[0]) / (2 * step)
        assert bend == pytest.approx(numeric, rel=1e-6, abs=1e-8)


def test_equal_estimates_have_their_minimum_at_exactly_zero():
    assert minimise(Profile(np.zeros(3), np.array([1e-9, 1.0, 2.0]), restricted=True)) == 0.0
