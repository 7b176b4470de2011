"""Who may import whom; design rules that a reader relies on."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = {"reference_impl", "grading", "tests", "sample_class", "bench"}
STUDENT_FILES = [*sorted(ROOT.glob("exercises/*/*.py"))]


def imports(path: Path) -> set[str]:
    """Top-level names of the modules that a file imports, and ``grading.x`` for modules of grading."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return found


def roots(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)}


def files(pattern: str):
    return [pytest.param(path, id=str(path.relative_to(ROOT))) for path in sorted(ROOT.glob(pattern))]


@pytest.mark.parametrize("path", files("reference_impl/**/*.py"))
def test_reference_impl_imports_numpy_and_nothing_of_ours(path):
    allowed = set(sys.stdlib_module_names) | {"numpy", "reference_impl"}
    assert roots(path) <= allowed


@pytest.mark.parametrize("path", files("grading/**/*.py"))
def test_grading_imports_neither_the_reference_nor_tests(path):
    assert not roots(path) & {"reference_impl", "tests", "sample_class"}


@pytest.mark.parametrize("path", files("tests/hidden/*.py"))
def test_hidden_tests_import_the_reference_and_checks_only(path):
    ours = {name for name in imports(path) if name.split(".")[0] in OURS}
    assert all(name == "grading.checks" or name.split(".")[0] == "reference_impl" for name in ours)


@pytest.mark.parametrize("path", [pytest.param(path, id=str(path.relative_to(ROOT))) for path in STUDENT_FILES])
def test_nothing_a_student_receives_imports_ours(path):
    assert not roots(path) & OURS


@pytest.mark.parametrize("path", files("book/*.md"))
def test_pages_import_the_reference_only(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    taken = {line.split()[1].split(".")[0] for line in lines if line.startswith(("import ", "from "))}
    assert not taken & (OURS - {"reference_impl"})


def test_students_receive_files():
    assert STUDENT_FILES
