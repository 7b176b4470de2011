"""Who may import whom where the contracts in pyproject.toml do not look: other packages, pages, student files."""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
OURS = {"reference_impl", "grading", "tests", "sample_class", "bench"}


def imports(path: Path) -> set[str]:
    """Names of the modules that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return found


def roots(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)}


def forbidden(pattern: str, *, only: set[str] | None = None, never: set[str] = frozenset()) -> dict[str, set[str]]:
    """Files that import something else than `only`, or something of `never`, and what."""
    found = {}
    for path in sorted(ROOT.glob(pattern)):
        names = roots(path)
        found[str(path.relative_to(ROOT))] = (names - only if only is not None else set()) | (names & never)
    assert found, f"no file is called {pattern}"
    return {name: names for name, names in found.items() if names}


def test_reference_impl_imports_numpy_and_nothing_of_ours():
    assert not forbidden("reference_impl/**/*.py", only={*sys.stdlib_module_names, "numpy", "reference_impl"})


def test_grading_imports_no_tests():
    assert not forbidden("grading/**/*.py", never={"tests", "sample_class", "bench"})


def test_hidden_tests_import_the_reference_and_checks_only():
    for path in sorted(ROOT.glob("tests/hidden/*.py")):
        ours = {name for name in imports(path) if name.split(".")[0] in OURS}
        assert all(name == "grading.checks" or name.split(".")[0] == "reference_impl" for name in ours), path


def test_nothing_a_student_receives_imports_ours():
    assert not forbidden("exercises/*/*.py", never=OURS)


def test_pages_import_the_reference_only():
    for path in sorted(ROOT.glob("book/*.md")):
        lines = path.read_text(encoding="utf-8").splitlines()
        taken = {line.split()[1].split(".")[0] for line in lines if line.startswith(("import ", "from "))}
        assert not taken & (OURS - {"reference_impl"}), path
