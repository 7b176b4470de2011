"""The one-dimensional minimiser behind ML, REML and Paule-Mandel."""

import math

import pytest

from reference_impl.profile_likelihood import minimise_over_variance, root_of_increasing_crossing


@pytest.mark.parametrize("centre", [1e-8, 1e-3, 1.0, 1e5])
def test_a_parabola_has_its_minimum_at_its_centre(centre):
    got = minimise_over_variance(lambda t: (t - centre) ** 2, lambda t: (2 * (t - centre), 2.0), scale=centre * 3)
    assert got == pytest.approx(centre, rel=1e-15)


def test_a_rising_function_has_its_minimum_at_exactly_zero():
    assert minimise_over_variance(lambda t: t, lambda t: (1.0, 0.0), scale=1.0) == 0.0


@pytest.mark.parametrize(("tilt", "minimum"), [(-0.1, "far"), (0.1, "near")])
def test_the_lower_of_two_minima_wins(tilt, minimum):
    def criterion(t):
        return (t - 1) ** 2 * (t - 3) ** 2 + tilt * t

    def slope(t):
        return (
            2 * (t - 1) * (t - 3) * (2 * t - 4) + tilt,
            2 * ((t - 3) * (2 * t - 4) + (t - 1) * (2 * t - 4) + 2 * (t - 1) * (t - 3)),
        )

    got = minimise_over_variance(criterion, slope, scale=1.0)
    assert got == pytest.approx(3 if minimum == "far" else 1, abs=0.05)
    assert abs(slope(got)[0]) < 1e-12


def test_a_root_is_found_where_newton_alone_would_leave_the_bracket():
    def slope(t):
        return math.atan(50 * (t - 2)), 50 / (1 + 2500 * (t - 2) ** 2)

    assert root_of_increasing_crossing(slope, 0.0, 1000.0) == pytest.approx(2.0, rel=1e-15)
