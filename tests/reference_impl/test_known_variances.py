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


@pytest.mark.parametrize(
    ("y", "v", "options", "error", "message"),
    [
        pytest.param([1], [1], {}, TooFewGroupsError, "one estimate", id="one estimate"),
        pytest.param([1, 2], [1, 0], {}, InputError, "variances must be positive", id="zero variance"),
        pytest.param([1, 2], [1, -1], {}, InputError, "variances must be positive", id="negative variance"),
        pytest.param([1, 2], [1, np.nan], {}, MissingValueError, "variances", id="NaN variance"),
        pytest.param([1, 2], [1, np.inf], {}, MissingValueError, "variances", id="infinite variance"),
        pytest.param([1, 2], [1], {}, InputError, "estimates has 2.*variances has 1", id="lengths differ"),
        pytest.param([1, 2], [1, 1], {"method": "anova"}, InputError, "one of", id="unknown method"),
        pytest.param([1, 2], [1, 1], {"method": "ml", "truncate": False}, InputError, "negative", id="raw ML"),
    ],
)
def test_what_has_no_estimate_is_refused(y, v, options, error, message):
    with pytest.raises(error, match=message):
        heterogeneity_variance(y, v, **options)
