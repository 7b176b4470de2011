"""What a test cell cannot say: found in its text before anything is released, with the reason and the cure.

Test cells run outside the student's process. What they may do with an answer is told in the book's page "Edit a
unit"; most of what else they could try fails when `build` runs the model answer, and these say so beforehand.
"""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from grading.course import Course
from grading.errors import CourseError
from grading.units.bindings import Bindings
from grading.units.master import grade_id_of, nbgrader_of, source_of

Reason = tuple[int, str]
_HERE = (
    "this would run here, where marks are made, what a student's answer says; compare text and plain data instead"
)
_CALLS = {
    **dict.fromkeys(("eval", "exec", "compile", "__import__"), _HERE),
    **dict.fromkeys(
        ("globals", "locals", "dir", "get_ipython"),
        "the notebook's names are not here; write the name itself, it is looked up when it is used",
    ),
}
_MODULES = dict.fromkeys(("pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"), _HERE)
_TEXT = "there is no text of a student's function here; test what it does, or let a person mark how it is written"
_ABSTRACT = ("Iterable", "Iterator", "Sized", "Container", "Collection", "Reversible", "Hashable", "Generator")
_SPECIAL = "what stands here for an object has all special methods; use it, as in len(x), iter(x), x + y"
_ATTRIBUTES = {
    **dict.fromkeys(("read_pickle", "to_pickle"), _HERE),
    **dict.fromkeys(("getsource", "getsourcelines", "getfile", "getsourcefile", "__code__", "__globals__"), _TEXT),
}


def refuse_unsealable(course: Course, unit: str, cells: Iterable[Mapping[str, Any]]) -> None:
    """Refuse a unit one of whose test cells says what it cannot.

    Raises
    ------
    CourseError
        That names the source, the cell, the line and the cure.
    """
    cells = list(cells)
    bindings = Bindings.of(cells)
    for cell in filter(is_test, cells):
        for line, reason in _reasons(source_of(cell), bindings):
            raise CourseError(f"{place(course, unit, cell, line)}: {reason}")


def is_test(cell: Mapping[str, Any]) -> bool:
    """Whether a cell of a source notebook holds tests."""
    nbgrader = nbgrader_of(cell)
    return bool(cell["cell_type"] == "code" and nbgrader.get("grade") and not nbgrader.get("solution"))


def place(course: Course, unit: str, cell: Mapping[str, Any], line: int) -> str:
    """Where a line of a cell stands in the unit's source, and what it says."""
    path, name = course.source(unit), grade_id_of(cell)
    text = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    above = next((k for k, one in enumerate(text, start=1) if one.startswith("# %%") and f'"{name}"' in one), 0)
    source = source_of(cell).splitlines()
    said = f" ({source[line - 1].strip()})" if 0 < line <= len(source) else ""
    return f"{path}: cell {name}, line {above + line}{said}"


def _reasons(source: str, bindings: Bindings) -> Iterator[Reason]:
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        yield error.lineno or 1, f"this is not Python ({error.msg}); IPython's % and ! do not work in a test cell"
        return
    for node in ast.walk(tree):
        for reason in filter(None, (_name(node), _import(node), _argument(node), _of_notebook(node, bindings))):
            yield getattr(node, "lineno", 1), reason


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        called, second = node.func.id, node.args[1] if len(node.args) > 1 else None
        text = second.value if isinstance(second, ast.Constant) else ""
        if called in ("hasattr", "getattr") and isinstance(text, str) and text.startswith("__"):
            return _SPECIAL
        kinds = {getattr(one, "attr", getattr(one, "id", "")) for one in ast.walk(second)} if second else set()
        if called in ("isinstance", "issubclass") and kinds & set(_ABSTRACT):
            return _SPECIAL
        return _CALLS.get(called, "")
    return _ATTRIBUTES.get(node.attr, "") if isinstance(node, ast.Attribute) else ""


def _import(node: ast.AST) -> str:
    names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
    if isinstance(node, ast.ImportFrom):
        names = [node.module or ""]
        if found := next((_ATTRIBUTES[one.name] for one in node.names if one.name in _ATTRIBUTES), ""):
            return found
    for name in names:
        top = name.partition(".")[0]
        if top in _MODULES:
            return _MODULES[top]
        if not top or importlib.util.find_spec(top) is None:
            return f"there is no module {name} where test cells run; plain assert, pytest and unittest are there"
    return ""


def _argument(node: ast.AST) -> str:
    if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
        return _HERE
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("__main__."):
        name = node.value.removeprefix("__main__.")
        return f"the notebook is not __main__ here; to replace its {name}, write '{name} = ...' in the test cell"
    return ""


def _of_notebook(node: ast.AST, bindings: Bindings) -> str:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in bindings.given - {"check"}:
        return f"students could put another {node.id} in the place of a given cell's; define it in the test cell"
    if not isinstance(node, ast.ClassDef):
        return ""
    names = {base.id for base in node.bases if isinstance(base, ast.Name)} & (
        bindings.classes - set(bindings.errors)
    )
    return (
        "a class of the notebook's is not here to derive from; define the subclass in a given cell"
        if names
        else ""
    )
