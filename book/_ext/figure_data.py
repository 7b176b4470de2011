"""Data that the interactive figures show, computed by `reference_impl` when the book is built."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from varying_lines import fit_varying_lines

from reference_impl import design_matrix, fit_linear, fit_logistic, group_summary, shrinkage_estimate
from reference_impl.datasets import SimulatedSchools, faculty_salaries, fixture_logit, simulated_schools, voters


def for_lab(name: str) -> dict[str, Any] | None:
    """Data of one figure, or None if it needs none."""
    makers = {
        "welcome-lab": twelve_schools,
        "story-demo": story,
        "shrinkage-lab": schools_and_states,
        "logistic-lab": logistic,
    }
    return makers[name]() if name in makers else None


def _plain(values: ArrayLike) -> list[Any]:
    """Numbers as JSON can hold them."""
    plain: list[Any] = np.asarray(values).tolist()
    return plain


def _schools(key: str, name: str, data: SimulatedSchools) -> dict[str, Any]:
    summary = group_summary(data.score, data.school)
    return {
        "key": key,
        "name": name,
        "kind": "score",
        "labels": _plain(summary.labels),
        "n": _plain(summary.n),
        "mean": _plain(summary.mean),
        "variance": _plain(summary.variance),
    }


def twelve_schools() -> dict[str, Any]:
    """The schools of the first figure, with the estimated standard deviation of their true means."""
    data = simulated_schools()
    tau = float(np.sqrt(shrinkage_estimate(data.score, data.school).tau2))
    return _schools("twelve", "", data) | {"tau": tau}


def schools_and_states() -> dict[str, Any]:
    """Schools with their mean scores, and states with the share of voters who prefer candidate A."""
    sizes = np.random.default_rng(60).permutation(np.round(np.geomspace(2, 150, 60)).astype(int))
    poll = voters()
    chosen = poll.origin == "Country C"
    states, member = np.unique(poll.state[chosen], return_inverse=True)
    return {
        "sets": [
            # Here the smallest school shrinks most in proportion, but another one moves furthest.
            _schools("other", "12 schools new to you", simulated_schools(seed=2)),
            _schools("twelve", "The 12 schools of this book", simulated_schools()),
            _schools("sixty", "60 simulated schools", simulated_schools(seed=60, sizes=sizes.tolist())),
            {
                "key": "states",
                "name": "10 states, yes or no (logistic)",
                "kind": "share",
                "labels": _plain(states),
                "n": _plain(np.bincount(member)),
                "successes": _plain(np.bincount(member, weights=poll.prefers[chosen])),
            },
        ]
    }


def logistic() -> dict[str, Any]:
    """A binary outcome on one predictor, its fit, and a version of the outcome that x separates."""
    data = fixture_logit()
    order = np.argsort(data.x1, kind="stable")
    x, y = data.x1[order], data.y[order]
    fit = fit_logistic(design_matrix(x), y)
    return {
        "x": _plain(x),
        "y": _plain(y),
        "separated": _plain((x > 3.0).astype(float)),
        "coef": _plain(fit.coef),
        "log_likelihood": fit.log_likelihood,
    }


def story() -> dict[str, Any]:
    """Salaries by department, with the lines of every model of the story as (intercept, slope) pairs."""
    data = faculty_salaries()
    labels, member = np.unique(data.department, return_inverse=True)
    X = design_matrix(data.years)
    ones, years = X[:, [0]], X[:, [1]]
    lines = {"complete": np.tile(fit_linear(X, data.salary).coef, (labels.size, 1))}
    separate = [fit_linear(X[member == j], data.salary[member == j]).coef for j in range(labels.size)]
    lines["separate"] = np.array(separate)
    for key, varying in (("intercepts", ones), ("slopes", years), ("both", X)):
        fit = fit_varying_lines(data.salary, X, varying, member)
        effects = np.zeros((labels.size, 2))
        effects[:, {"intercepts": [0], "slopes": [1], "both": [0, 1]}[key]] = fit.effects
        lines[key] = fit.coef + effects
        lines[f"{key}-average"] = np.tile(fit.coef, (labels.size, 1))
    return {
        "departments": _plain(labels),
        "n": _plain(np.bincount(member)),
        "member": _plain(member),
        "years": _plain(data.years),
        "salary": _plain(data.salary),
        "lines": {key: _plain(value) for key, value in lines.items()},
    }
