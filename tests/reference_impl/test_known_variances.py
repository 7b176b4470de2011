"""tau2 from estimates with known variances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_impl import InputError, MissingValueError, TooFewGroupsError, heterogeneity_variance
from reference_impl.datasets import dyestuff, eight_schools
from reference_impl.groups import group_summary

METHODS = {"DL": "dersimonian-laird", "PM": "paule-mandel", "ML": "ml", "REML": "reml", "HE": "hedges"}
INTERIOR = ([0.0, 4.0, 9.0, -3.0, 5.0], [1.0, 2.0, 0.5, 4.0, 1.5])


@pytest.mark.parametrize("short", METHODS)
def test_eight_schools_give_zero_by_every_method(oracle, short):
    schools = eight_schools()
    v = schools.standard_error**2
    expected = float(oracle("known_variances")["eight_schools"][short])
    assert heterogeneity_variance(schools.estimate, v, method=METHODS[short]) == expected == 0.0


@pytest.mark.parametrize("short", ["DL", "HE"])
def test_eight_schools_raw_moment_estimates_are_negative(oracle, short):
    schools = eight_schools()
    expected = float(oracle("known_variances")["eight_schools"][f"{short}_raw"])
    v = schools.standard_error**2
    got = heterogeneity_variance(schools.estimate, v, method=METHODS[short], truncate=False)
    assert got == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("short", METHODS)
def test_dyestuff_means_agree_with_metafor(oracle, short):
    data = dyestuff()
    mean = group_summary(data.y, data.group).mean
    got = heterogeneity_variance(mean, np.full(6, 2451.25 / 5), method=METHODS[short])
    assert got == pytest.approx(oracle("known_variances")["metafor"][short], rel=1e-12)


def weighted(y, v, tau2):
    w = 1 / (np.asarray(v) + tau2)
    return w, np.asarray(y) - w @ np.asarray(y) / w.sum()


def test_paule_mandel_solves_its_equation():
    w, r = weighted(*INTERIOR, heterogeneity_variance(*INTERIOR, method="paule-mandel"))
    assert w @ r**2 == pytest.approx(4.0, rel=1e-14)


def test_paule_mandel_is_zero_up_to_and_positive_beyond_j_minus_1():
    y = np.array([-1.0, 0.0, 1.0])  # Q(0) = 2 / v, to be compared with J - 1 = 2
    assert heterogeneity_variance(y, [1.0] * 3, method="paule-mandel") == 0.0
    beyond = heterogeneity_variance(y, [0.9] * 3, method="paule-mandel")
    assert beyond == pytest.approx(0.1, rel=1e-13)


@pytest.mark.parametrize("method", ["ml", "reml"])
def test_likelihood_is_largest_at_the_estimate(method):
    def criterion(tau2):
        w, r = weighted(*INTERIOR, tau2)
        return -np.log(w).sum() + w @ r**2 + (np.log(w.sum()) if method == "reml" else 0)

    best = heterogeneity_variance(*INTERIOR, method=method)
    grid = best * np.linspace(0, 4, 401)
    assert best > 1
    assert min(criterion(value) for value in grid) >= criterion(best) - 1e-12
    assert criterion(best * 1.01) > criterion(best) < criterion(best * 0.99)


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(sorted(METHODS.values())), st.floats(-100, 100), st.floats(0.01, 100))
def test_tau2_ignores_shift_and_follows_squared_scale(method, shift, scale):
    y, v = np.array(INTERIOR[0]), np.array(INTERIOR[1])
    plain = heterogeneity_variance(y, v, method=method)
    moved = heterogeneity_variance(shift + scale * y, scale**2 * v, method=method)
    assert moved == pytest.approx(scale**2 * plain, rel=1e-9)


def test_dersimonian_laird_beside_an_estimate_that_is_nearly_exact():
    # With v_1 -> 0 mu is y_1, Q(0) = sum of y_j^2 over the others = 15 and the constant is 8.
    got = heterogeneity_variance([0, 1, 2, -1, 3], [1e-20, 1, 1, 1, 1])
    assert got == pytest.approx((15 - 4) / 8, rel=1e-15)
    for v in (1e-10, 1e-5):
        w = 1 / np.array([v, 1, 1, 1, 1])
        others = w[1:].sum()
        constant = (w[0] * others + (w[1:] * (w.sum() - w[1:])).sum()) / w.sum()
        q = 15 - 5**2 / w.sum()
        assert heterogeneity_variance([0, 1, 2, -1, 3], [v, 1, 1, 1, 1]) == pytest.approx(
            (q - 4) / constant, rel=1e-14
        )


@pytest.mark.parametrize("method", ["paule-mandel", "ml", "reml"])
def test_a_useless_estimate_far_away_hides_nothing(method):
    y, v = [1, 2, -1, 3], [0.2, 0.3, 0.1, 0.2]
    alone = heterogeneity_variance(y, v, method=method)
    beside = heterogeneity_variance([1e17, *y], [1e34, *v], method=method)
    assert alone > 1
    assert beside == pytest.approx(alone, rel=0.4)  # one degree of freedom more


@pytest.mark.parametrize("method", METHODS.values())
@pytest.mark.parametrize("unit", [1e-145, 2.0**-480, 2.0**480, 1e145])
def test_units_of_the_estimates_do_not_matter(method, unit):
    y, v = np.array(INTERIOR[0]), np.array(INTERIOR[1])
    got = heterogeneity_variance(y * unit, v * unit * unit, method=method)
    assert got / unit / unit == pytest.approx(heterogeneity_variance(y, v, method=method), rel=1e-12)


@pytest.mark.parametrize("method", METHODS.values())
def test_estimates_that_differ_by_nothing_beside_their_variances_have_tau2_0(method):
    assert heterogeneity_variance([1.0, 2.0], [1e308, 1e308], method=method) == 0


@pytest.mark.parametrize(
    ("y", "v", "options", "error", "message"),
    [
        pytest.param([1], [1], {}, TooFewGroupsError, "one estimate", id="one estimate"),
        pytest.param([1, 2], [1, 0], {}, InputError, "variances must be positive", id="zero variance"),
        pytest.param([1, 2], [1, -1], {}, InputError, "variances must be positive", id="negative variance"),
        pytest.param([1, 2], [1, np.nan], {}, MissingValueError, "variances", id="NaN variance"),
        pytest.param([1, 2], [1, np.inf], {}, MissingValueError, "variances", id="infinite variance"),
        pytest.param([0, 1], [1e-300, 1], {}, InputError, "is nothing beside", id="no computer can weigh them"),
        pytest.param([-1e308, 1e308], [1, 1], {}, InputError, "too large to subtract", id="too large"),
        pytest.param([0, 1e160], [1e280] * 2, {}, InputError, "tau2 is too large", id="square too large"),
        pytest.param([1, 2], [1], {}, InputError, "estimates has 2.*variances has 1", id="lengths differ"),
        pytest.param([1, 2], [1, 1], {"method": "anova"}, InputError, "one of", id="unknown method"),
        pytest.param([1, 2], [1, 1], {"method": "ml", "truncate": False}, InputError, "negative", id="raw ML"),
    ],
)
def test_what_has_no_estimate_is_refused(y, v, options, error, message):
    with pytest.raises(error, match=message):
        heterogeneity_variance(y, v, **options)
