"""Every catalogued misconception is one of ours, and gives the catalogue's numbers on the fixtures.

``tests/oracles/misconceptions.json`` was computed independently of this repository, on data that separate all of
its formulas. Its sections map to our checks by the prefix of the formulas' names.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from reference_impl import datasets
from tests.checks.conftest import CHECKS

CATALOGUE = json.loads((Path(__file__).parents[1] / "oracles" / "misconceptions.json").read_text(encoding="utf-8"))
RTOL = 1e-8  # the catalogue's iterative fits stop there; closed forms agree to 1e-12


def scores():
    data = datasets.fixture_schools()
    return {"y": data.y, "group": data.group}


def voters():
    data = datasets.fixture_logit()
    return {"X": np.column_stack([np.ones(len(data.y)), data.x1, data.x2]), "y": data.y}


def at_the_estimate():
    return {**voters(), "coef": CHECKS["logistic_regression"]["fit_logistic"].reference(**voters())}


SECTIONS = {  # section of the catalogue: unit, check, prefix, inputs
    "shrinkage": ("shrinkage", "shrinkage_estimate", "estimate_", scores),
    "shrinkage_tau2_25": ("shrinkage", "shrinkage_estimate", "estimate_", lambda: {**scores(), "tau2": 25.0}),
    "tau2": ("shrinkage", "between_group_variance", "tau2_", scores),
    "ci": ("shrinkage", "no_pooling_interval", "interval_", scores),
    "logit_coef": ("logistic_regression", "fit_logistic", "coef_", voters),
    "logit_se": ("logistic_regression", "standard_errors", "se_", voters),
    "logit_prob": ("logistic_regression", "fitted_probabilities", "fitted_", voters),
    "logit_loglik": ("logistic_regression", "log_likelihood", "loglik_", at_the_estimate),
}
ENTRIES = [
    pytest.param(section, name, id=f"{section}.{name}")
    for section, entries in CATALOGUE.items()
    if not section.startswith("_")
    for name in entries
]


def ours(section, name):
    """The check, and its misconception of that name (or the reference for the catalogue's CORRECT)."""
    unit, function, prefix, _ = SECTIONS[section]
    check = CHECKS[unit][function]
    if name == "CORRECT":
        return check, None
    found = {m.name: m for m in check.misconceptions}
    assert prefix + name in found, f"{unit}.{function} has no misconception {prefix + name}"
    return check, found[prefix + name]


def numbers(answer):
    """One array; the catalogue writes limits as one pair per group."""
    return np.column_stack(answer) if isinstance(answer, tuple) else np.asarray(answer)


def test_the_catalogue_has_no_other_sections():
    assert set(SECTIONS) == {section for section in CATALOGUE if not section.startswith("_")}


def test_the_fixtures_are_the_catalogues():
    tau2 = CHECKS["shrinkage"]["between_group_variance"].reference(**scores())
    assert sorted(set(scores()["group"].tolist())) == CATALOGUE["_fixture"]["order"]
    assert tau2 == pytest.approx(CATALOGUE["_fixture"]["tau2_used_in_shrinkage"], rel=1e-12)
    assert CATALOGUE["_fixture"]["tau2_used_in_shrinkage_tau2_25"] == SECTIONS["shrinkage_tau2_25"][3]()["tau2"]


def test_only_the_null_fixture_tells_truncation_apart():
    check, not_truncated = ours("tau2", "not_truncated")
    data = datasets.fixture_null()
    assert check.reference(data.y, data.group) == 0.0
    assert not_truncated.formula(data.y, data.group) < 0
    assert not_truncated.formula(**scores()) == pytest.approx(check.reference(**scores()), rel=1e-12)


@pytest.mark.parametrize(("section", "name"), ENTRIES)
def test_the_formula_gives_the_catalogued_numbers(section, name):
    check, misconception = ours(section, name)
    formula = check.reference if misconception is None else misconception.formula
    expected = np.array(CATALOGUE[section][name]["value"])
    got = numbers(formula(**SECTIONS[section][3]()))
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, rtol=RTOL, atol=0)


@pytest.mark.parametrize(("section", "name"), [p for p in ENTRIES if p.values[1] != "CORRECT"])
def test_its_kind_is_the_catalogued_one_and_its_message_our_own(section, name):
    _, misconception = ours(section, name)
    entry = CATALOGUE[section][name]
    assert misconception.kind == entry["kind"]
    assert misconception.message != entry["message"]
    assert misconception.credit > 0 or entry["kind"] == "wrong"
