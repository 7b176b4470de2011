"""What reference_impl may import, and that its public names are complete."""

import ast
import sys
from pathlib import Path

import pytest

import reference_impl

PACKAGE = Path(reference_impl.__file__).parent
MODULES = sorted(PACKAGE.glob("*.py"))
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


@pytest.mark.parametrize("module", MODULES, ids=lambda path: f"{path.stem} imports numpy and stdlib only")
def test_arrows(module):
    roots = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            roots |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            roots.add(node.module.split(".")[0])
    assert roots <= {"numpy", "reference_impl"} | sys.stdlib_module_names


@pytest.mark.parametrize("module", MODULES, ids=lambda path: f"{path.stem} is short and in short functions")
def test_sizes(module):
    source = module.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 300
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            assert node.end_lineno - first.lineno < 40, node.name


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
