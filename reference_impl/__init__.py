"""Every formula of the module, once, with NumPy alone.

Data arguments are positional, everything else is keyword-only; results are arrays or frozen dataclasses;
every failure is an `EstimationError` that says what was wrong.
"""

from reference_impl import datasets
from reference_impl.anova import Anova, anova
from reference_impl.design import design_matrix
from reference_impl.errors import (
    EstimationError,
    InputError,
    LabelError,
    MissingValueError,
    NonConvergenceError,
    RankDeficientError,
    SeparationError,
    TooFewGroupsError,
    TooFewObservationsError,
    ZeroVarianceError,
)
from reference_impl.glm import GLMFit, fit_glm
from reference_impl.groups import GroupSummary, group_summary
from reference_impl.james_stein import JamesStein, james_stein
from reference_impl.known_variances import heterogeneity_variance
from reference_impl.linear import LinearFit, fit_linear
from reference_impl.logistic import (
    LogisticFit,
    OddsRatios,
    fit_logistic,
    log_likelihood,
    logit,
    odds_ratios,
    predict_probability,
    sigmoid,
)
from reference_impl.pooling import NoPooling, complete_pooling, no_pooling
from reference_impl.random_intercept import RandomIntercept, fit_random_intercept
from reference_impl.shrinkage import (
    Shrinkage,
    partial_pooling,
    partial_pooling_variance,
    shrinkage_estimate,
    shrinkage_factor,
)
from reference_impl.tau_average import TauAverage, average_over_tau
from reference_impl.variance_components import between_group_variance, intraclass_correlation

__all__ = [
    "Anova",
    "EstimationError",
    "GLMFit",
    "GroupSummary",
    "InputError",
    "JamesStein",
    "LabelError",
    "LinearFit",
    "LogisticFit",
    "MissingValueError",
    "NoPooling",
    "NonConvergenceError",
    "OddsRatios",
    "RandomIntercept",
    "RankDeficientError",
    "SeparationError",
    "Shrinkage",
    "TauAverage",
    "TooFewGroupsError",
    "TooFewObservationsError",
    "ZeroVarianceError",
    "anova",
    "average_over_tau",
    "between_group_variance",
    "complete_pooling",
    "datasets",
    "design_matrix",
    "fit_glm",
    "fit_linear",
    "fit_logistic",
    "fit_random_intercept",
    "group_summary",
    "heterogeneity_variance",
    "intraclass_correlation",
    "james_stein",
    "log_likelihood",
    "logit",
    "no_pooling",
    "odds_ratios",
    "partial_pooling",
    "partial_pooling_variance",
    "predict_probability",
    "shrinkage_estimate",
    "shrinkage_factor",
    "sigmoid",
]
