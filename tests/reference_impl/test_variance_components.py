"""tau2 by every method, and the intraclass correlation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_impl import (
    InputError,
    TooFewGroupsError,
    TooFewObservationsError,
    ZeroVarianceError,
    anova,
    between_group_variance,
    group_summary,
    heterogeneity_variance,
    intraclass_correlation,
)
from reference_impl.datasets import (
    dyestuff,
    dyestuff2,
    fixture_null,
    fixture_schools,
    high_school_and_beyond,
    simulated_schools,
)

METHODS = ["anova", "ml", "reml", "dersimonian-laird", "paule-mandel"]


def data_set(name):
    if name == "hsb82":
        data = high_school_and_beyond()
        return data.achievement, data.school
    data = {"dyestuff": dyestuff, "dyestuff2": dyestuff2, "fixture_schools": fixture_schools,
            "fixture_null": fixture_null}[name]()  # fmt: skip
    return data.y, data.group


@pytest.mark.parametrize("name", ["dyestuff", "dyestuff2", "hsb82", "fixture_schools", "fixture_null"])
def test_anova_estimate_and_table_agree_with_50_digits(oracle, name):
    y, group = data_set(name)
    expected = {key: float(value) for key, value in oracle("random_intercept")["sets"][name]["anova"].items()}
    table = anova(y, group)
    assert table.ss_between == pytest.approx(expected["ssb"], rel=1e-12)
    assert table.ss_within == pytest.approx(expected["ssw"], rel=1e-12)
    assert table.f == pytest.approx(expected["F"], rel=1e-12)
    assert between_group_variance(y, group, truncate=False) == pytest.approx(expected["tau2"], rel=1e-12)
    assert between_group_variance(y, group) == pytest.approx(max(0.0, expected["tau2"]), rel=1e-12)


def test_dersimonian_laird_with_pooled_variances_is_the_anova_estimate():
    y, group = data_set("fixture_schools")
    summary, table = group_summary(y, group), anova(y, group)
    pooled = heterogeneity_variance(summary.mean, table.ms_within / summary.n)
    assert pooled == pytest.approx(between_group_variance(y, group), rel=1e-13)


def test_separate_variance_methods_use_s2_over_n():
    y, group = data_set("fixture_schools")
    summary = group_summary(y, group)
    for method in ("dersimonian-laird", "paule-mandel"):
        expected = heterogeneity_variance(summary.mean, summary.variance / summary.n, method=method)
        assert between_group_variance(y, group, method=method) == pytest.approx(expected, rel=1e-12)
        assert expected > 0


def test_the_methods_differ_on_unbalanced_data():
    y, group = data_set("fixture_schools")
    estimates = [between_group_variance(y, group, method=method) for method in METHODS]
    assert min(np.diff(np.sort(estimates)) / np.sort(estimates)[1:]) > 0.01


@pytest.mark.parametrize("method", METHODS)
def test_groups_that_differ_less_than_chance_give_exactly_zero(method):
    assert between_group_variance(*data_set("fixture_null"), method=method) == 0.0


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(METHODS),
    st.floats(-100, 100),
    st.floats(0.01, 100),
    st.integers(0, 2**32 - 1),
)
def test_tau2_ignores_shift_and_follows_squared_scale(method, shift, scale, seed):
    data = simulated_schools(seed=seed, sizes=(3, 4, 6, 9))
    plain = between_group_variance(data.score, data.school, method=method)
    moved = between_group_variance(shift + scale * data.score, data.school, method=method)
    assert moved == pytest.approx(scale**2 * plain, rel=1e-7, abs=1e-9 * scale**2)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("y", "group", "error", "message"),
    [
        pytest.param([1, 2], ["a", "a"], TooFewGroupsError, "one group \\('a'\\)", id="one group"),
        pytest.param([1, 2], ["a", "b"], TooFewObservationsError, "every group has one score", id="no repeats"),
    ],
)
def test_what_no_method_can_answer_is_refused(method, y, group, error, message):
    with pytest.raises(error, match=message):
        between_group_variance(y, group, method=method)


@pytest.mark.parametrize("method", ["dersimonian-laird", "paule-mandel"])
def test_separate_variances_refuse_a_group_of_one_or_of_equal_scores(method):
    with pytest.raises(TooFewObservationsError, match="group 'b' has one score"):
        between_group_variance([1, 2, 5], ["a", "a", "b"], method=method)
    with pytest.raises(ZeroVarianceError, match="group 2 has identical scores"):
        between_group_variance([1, 2, 5, 5], [1, 1, 2, 2], method=method)


@pytest.mark.parametrize("method", ["ml", "reml"])
def test_likelihood_refuses_scores_without_variation_within(method):
    with pytest.raises(ZeroVarianceError, match="sigma2 = 0"):
        between_group_variance([1, 1, 2, 2], [0, 0, 1, 1], method=method)


def test_anova_still_answers_without_variation_within():
    assert between_group_variance([1, 1, 3, 3], [0, 0, 1, 1]) == pytest.approx(2.0)
    assert between_group_variance([0.1] * 4, [0, 0, 1, 1]) == 0.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({"method": "REML"}, "one of 'anova'", id="unknown method"),
        pytest.param({"method": "reml", "truncate": False}, "cannot be negative", id="raw value of REML"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        between_group_variance([1, 2, 3, 4], [0, 0, 1, 1], **options)


def test_icc_of_dyestuff_is_tau2_over_the_total():
    y, group = data_set("dyestuff")
    for method in ("reml", "anova"):  # balanced data: the two agree
        assert intraclass_correlation(y, group, method=method) == pytest.approx(
            1764.05 / (1764.05 + 2451.25), rel=1e-14
        )
    ml = 1388.3333333333333333
    assert intraclass_correlation(y, group, method="ml") == pytest.approx(ml / (ml + 2451.25), rel=1e-14)


@pytest.mark.parametrize("method", ["reml", "ml", "anova"])
def test_icc_is_zero_when_tau2_is(method):
    assert intraclass_correlation(*data_set("dyestuff2"), method=method) == 0.0


def test_icc_is_one_when_scores_vary_between_groups_only():
    assert intraclass_correlation([1, 1, 2, 2], [0, 0, 1, 1], method="anova") == 1.0


def test_icc_of_equal_scores_is_undefined():
    with pytest.raises(ZeroVarianceError, match="all scores are equal"):
        intraclass_correlation([2, 2, 2, 2], [0, 0, 1, 1], method="anova")


def test_near_ties_within_a_group_have_an_estimate_or_a_named_error():
    y, group = [0.1 + 0.2, 0.3, 1, 2, 4, 0, 3, 1.5], list("aabbbccc")
    got = between_group_variance(y, group, method="dersimonian-laird")
    assert got == pytest.approx(0.99954545, abs=1e-8)  # group a, known to 1e-17, is the centre


def test_icc_takes_methods_with_one_sigma2_only():
    with pytest.raises(InputError, match="'reml', 'ml', 'anova'"):
        intraclass_correlation([1, 2, 3, 4], [0, 0, 1, 1], method="paule-mandel")
