"""The multilevel estimate: limits, exact small cases, invariances."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reference_impl import (
    InputError,
    MissingValueError,
    TooFewGroupsError,
    TooFewObservationsError,
    between_group_variance,
    complete_pooling,
    group_summary,
    partial_pooling,
    partial_pooling_variance,
    shrinkage_estimate,
    shrinkage_factor,
)
from reference_impl.datasets import fixture_null, fixture_schools, simulated_schools

INF = np.inf
QUICK = settings(deadline=None, max_examples=80)
VARIANCE = st.floats(1e-6, 1e6)
VALUE = st.floats(-1e6, 1e6, allow_subnormal=False)


@pytest.mark.parametrize(
    ("tau2", "v", "weight", "estimate", "variance"),
    [
        pytest.param(0.0, 4.0, 0.0, 2.0, 0.0, id="tau2=0 is complete pooling"),
        pytest.param(INF, 4.0, 1.0, 5.0, 4.0, id="infinite tau2 is no pooling"),
        pytest.param(4.0, 0.0, 1.0, 5.0, 0.0, id="a mean known exactly is kept"),
        pytest.param(4.0, INF, 0.0, 2.0, 4.0, id="infinite v is the prior"),
        pytest.param(0.0, 0.0, 1.0, 5.0, 0.0, id="v=tau2=0 keeps the own mean, by convention"),
        pytest.param(0.0, INF, 0.0, 2.0, 0.0, id="tau2=0 and infinite v is the grand mean"),
        pytest.param(INF, 0.0, 1.0, 5.0, 0.0, id="infinite tau2 and v=0 is the own mean"),
        pytest.param(4.0, 4.0, 0.5, 3.5, 2.0, id="equal variances meet half way"),
        pytest.param(1.0, 3.0, 0.25, 2.75, 0.75, id="a quarter of the weight on a mean three times as noisy"),
        pytest.param(1e308, 1e308, 0.5, 3.5, 5e307, id="tau2 + v may overflow"),
        pytest.param(1e-320, 1e-320, 0.5, 3.5, 5e-321, id="subnormal variances"),
        pytest.param(1e-320, 1.0, 1e-320, 2.0, 1e-320, id="subnormal tau2, where 1/tau2 overflows"),
        pytest.param(1e308, 1e-308, 1.0, 5.0, 1e-308, id="huge against tiny"),
        pytest.param(1e-308, 1e308, 0.0, 2.0, 1e-308, id="tiny against huge"),
    ],
)
def test_exact_cases(tau2, v, weight, estimate, variance):
    assert shrinkage_factor(v, tau2=tau2) == pytest.approx(weight, rel=1e-15)
    assert partial_pooling(5.0, v, grand_mean=2.0, tau2=tau2) == pytest.approx(estimate, rel=1e-15)
    assert partial_pooling_variance(v, tau2=tau2) == pytest.approx(variance, rel=1e-15)


def test_arguments_broadcast():
    grid = partial_pooling([1.0, 2.0], [1.0, 3.0], grand_mean=0.0, tau2=[[0.0], [1.0], [INF]])
    np.testing.assert_allclose(grid, [[0, 0], [0.5, 0.5], [1, 2]])
    assert partial_pooling([1, 3], 1, grand_mean=0, tau2=1).tolist() == [0.5, 1.5]


@pytest.mark.parametrize("scalar", [partial_pooling(1, 1, grand_mean=0, tau2=1), shrinkage_factor(1, tau2=1),
                                    partial_pooling_variance(1, tau2=1)])  # fmt: skip
def test_a_scalar_in_gives_a_float_out(scalar):
    assert isinstance(scalar, float)
    assert scalar == 0.5


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        pytest.param({"tau2": -1}, InputError, "tau2 cannot be negative.*-1", id="negative tau2"),
        pytest.param({"v": [1, -2]}, InputError, "sampling_variances cannot be negative", id="negative v"),
        pytest.param({"tau2": np.nan}, MissingValueError, "tau2", id="NaN tau2"),
        pytest.param({"v": [1, np.nan]}, MissingValueError, "sampling_variances.*position 1", id="NaN v"),
        pytest.param({"means": [1, np.inf]}, MissingValueError, "group_means", id="infinite mean"),
        pytest.param({"grand_mean": np.nan}, MissingValueError, "grand_mean", id="NaN grand mean"),
        pytest.param({"means": [1, 2, 3]}, InputError, "shapes do not fit.*\\(3,\\)", id="lengths differ"),
        pytest.param({"tau2": INF, "v": [1, INF]}, InputError, "both infinite", id="infinite against infinite"),
        pytest.param({"v": ["a", "b"]}, InputError, "not text", id="text"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(changed, error, message):
    case = {"means": [1.0, 2.0], "v": [1.0, 2.0], "grand_mean": 0.0, "tau2": 1.0} | changed
    with pytest.raises(error, match=message):
        partial_pooling(case["means"], case["v"], grand_mean=case["grand_mean"], tau2=case["tau2"])


@QUICK
@given(VALUE, VARIANCE, VALUE, VARIANCE)
def test_lambda_form_equals_precision_form(mean, v, grand_mean, tau2):
    expected = (mean / v + grand_mean / tau2) / (1 / v + 1 / tau2)
    got = partial_pooling(mean, v, grand_mean=grand_mean, tau2=tau2)
    assert got == pytest.approx(expected, rel=1e-12, abs=1e-12 * max(abs(mean), abs(grand_mean)) + 1e-300)
    assert partial_pooling_variance(v, tau2=tau2) == pytest.approx(1 / (1 / v + 1 / tau2), rel=1e-14)


@QUICK
@given(VALUE, st.floats(0, 1e300), VALUE, st.floats(0, 1e300))
def test_estimate_lies_between_the_two_means(mean, v, grand_mean, tau2):
    got = partial_pooling(mean, v, grand_mean=grand_mean, tau2=tau2)
    assert min(mean, grand_mean) <= got <= max(mean, grand_mean)
    assert partial_pooling_variance(v, tau2=tau2) <= min(v, tau2)


@QUICK
@given(VALUE, VARIANCE, VALUE, VARIANCE, st.floats(-1e3, 1e3), st.floats(0.01, 100))
def test_estimate_moves_with_shift_and_scale(mean, v, grand_mean, tau2, shift, scale):
    plain = partial_pooling(mean, v, grand_mean=grand_mean, tau2=tau2)
    moved = partial_pooling(
        shift + scale * mean, scale**2 * v, grand_mean=shift + scale * grand_mean, tau2=scale**2 * tau2
    )
    size = 1 + abs(shift) + scale * max(abs(mean), abs(grand_mean))
    assert moved == pytest.approx(shift + scale * plain, abs=1e-11 * size)


@QUICK
@given(VARIANCE, VARIANCE, VARIANCE)
def test_weight_rises_with_tau2_and_falls_with_v(a, b, c):
    low, high = min(a, b), max(a, b)
    assume(high > low * (1 + 1e-9))
    assert shrinkage_factor(c, tau2=low) < shrinkage_factor(c, tau2=high)
    assert shrinkage_factor(low, tau2=c) > shrinkage_factor(high, tau2=c)


def test_plug_in_estimate_uses_separate_variances_overall_mean_and_anova_tau2():
    data = fixture_schools()
    summary = group_summary(data.y, data.group)
    fit = shrinkage_estimate(data.y, data.group)
    tau2 = between_group_variance(data.y, data.group)
    assert fit.grand_mean == pytest.approx(complete_pooling(data.y), rel=1e-15)
    assert fit.tau2 == tau2 == pytest.approx(56.919071793759006579, rel=1e-14)
    v = summary.variance / summary.n
    np.testing.assert_allclose(
        fit.estimate, partial_pooling(summary.mean, v, grand_mean=fit.grand_mean, tau2=tau2)
    )
    np.testing.assert_allclose(fit.weight, tau2 / (tau2 + v), rtol=1e-14)
    np.testing.assert_allclose(fit.standard_error, np.sqrt(v * fit.weight), rtol=1e-14)


def test_negative_raw_tau2_pools_completely():
    data = fixture_null()
    fit = shrinkage_estimate(data.y, data.group)
    assert fit.tau2 == 0.0
    assert (fit.estimate == fit.grand_mean).all()
    assert (fit.standard_error == 0).all()


def test_given_tau2_of_zero_and_infinity_are_the_two_extremes():
    data = fixture_schools()
    pooled = shrinkage_estimate(data.y, data.group, tau2=0)
    alone = shrinkage_estimate(data.y, data.group, tau2=np.inf)
    assert (pooled.estimate == pooled.grand_mean).all()
    np.testing.assert_array_equal(alone.estimate, alone.mean)


def test_a_group_of_one_is_refused_unless_variances_are_pooled():
    y, group = [1.0, 2.0, 4.0], ["a", "a", "b"]
    with pytest.raises(TooFewObservationsError, match=r"group 'b' has one score.*sigma2='pooled'"):
        shrinkage_estimate(y, group)
    fit = shrinkage_estimate(y, group, sigma2="pooled", tau2=0.5)
    np.testing.assert_allclose(fit.weight, [0.5 / (0.5 + 0.25), 0.5 / (0.5 + 0.5)])
    assert np.isnan(fit.variance[1])


def test_nothing_to_pool_when_every_group_has_one_score():
    with pytest.raises(TooFewObservationsError, match="no variance within groups"):
        shrinkage_estimate([1, 2], ["a", "b"], sigma2="pooled", tau2=1)


def test_one_group_needs_a_given_tau2():
    with pytest.raises(TooFewGroupsError, match="one group \\('a'\\)"):
        shrinkage_estimate([1, 2, 3], ["a"] * 3)
    assert shrinkage_estimate([1, 2, 3], ["a"] * 3, tau2=1).estimate.tolist() == [2.0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({"tau2": -0.5}, "cannot be negative", id="negative tau2"),
        pytest.param({"tau2": [1, 2]}, "single number", id="tau2 per group"),
        pytest.param({"sigma2": "common"}, "one of 'separate', 'pooled'", id="unknown sigma2"),
        pytest.param({"sigma2": ["pooled"]}, "one of 'separate', 'pooled'", id="sigma2 not text"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        shrinkage_estimate([1, 2, 3, 4], [0, 0, 1, 1], **options)


def test_identical_scores_are_not_shrunk_under_separate_variances():
    fit = shrinkage_estimate([3, 3, 5, 9, 1, 2], ["a", "a", "b", "b", "c", "c"], tau2=1)
    assert fit.estimate[0] == 3.0
    assert fit.weight[0] == 1.0


@QUICK
@given(st.randoms(use_true_random=False))
def test_renaming_and_reordering_groups_only_reorders_the_answer(random):
    data = simulated_schools(sizes=(3, 5, 8, 13))
    names = random.sample(["p", "q", "r", "s"], 4)
    renamed = np.array(names)[np.searchsorted(data.labels, data.school)]
    order = np.array(random.sample(range(renamed.size), renamed.size))
    one = shrinkage_estimate(data.score, data.school)
    two = shrinkage_estimate(data.score[order], renamed[order])
    np.testing.assert_allclose(two.estimate, one.estimate[np.argsort(names)], rtol=1e-12)
