"""The public names of reference_impl are complete and documented."""

import reference_impl

PROMISED = [
    "group_summary",
    "no_pooling",
    "complete_pooling",
    "anova",
    "partial_pooling",
    "shrinkage_factor",
    "partial_pooling_variance",
    "between_group_variance",
    "shrinkage_estimate",
    "intraclass_correlation",
    "james_stein",
    "design_matrix",
    "fit_linear",
    "fit_logistic",
    "predict_probability",
    "odds_ratios",
    "sigmoid",
    "logit",
    "log_likelihood",
    "fit_glm",
    "datasets",
]


def test_every_promised_name_is_public():
    assert set(PROMISED) <= set(reference_impl.__all__)
    assert all(hasattr(reference_impl, name) for name in reference_impl.__all__)


def test_public_functions_have_a_docstring_with_parameters_and_returns():
    for name in reference_impl.__all__:
        thing = getattr(reference_impl, name)
        assert thing.__doc__, name
        if callable(thing) and not isinstance(thing, type):
            assert "Parameters\n" in thing.__doc__, name
            assert "Returns\n" in thing.__doc__, name
