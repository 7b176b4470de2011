"""What a unit's own notebook binds to names: if it imports `math`, a test cell that says `math` means that."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from grading.units.master import nbgrader_of, source_of

_MAGIC = re.compile(r"^(\s*)[%!].*$", re.MULTILINE)


@dataclass(frozen=True)
class Bindings:
    """Names of a source notebook's cells.

    Parameters
    ----------
    imports : mapping of str to (str, str)
        Module, and the name in it if one was imported from it, of each name that only an import binds.
    classes : frozenset of str
        Classes that its cells define.
    errors : mapping of str to str
        Those of them that are exceptions, with the type of Python's own that they derive from.
    answers : frozenset of str
        What its answer cells define: names that a student is to write.
    given : frozenset of str
        Functions that its other cells define.
    """

    imports: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    classes: frozenset[str] = frozenset()
    errors: Mapping[str, str] = field(default_factory=dict)
    answers: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()

    @classmethod
    def of(cls, cells: Iterable[Mapping[str, Any]]) -> Bindings:
        """Read the code of a source notebook; a cell that is not Python binds nothing."""
        imports: dict[str, tuple[str, str]] = {}
        defined: set[str] = set()
        answers: set[str] = set()
        functions: set[str] = set()
        bases: dict[str, str] = {}
        for cell in cells:
            nbgrader = nbgrader_of(cell)
            if cell["cell_type"] != "code" or (nbgrader.get("grade") and not nbgrader.get("solution")):
                continue
            for statement in statements(source_of(cell)):
                imports |= _imported(statement)
                names = bound_names(statement)
                defined |= names
                answers |= names if nbgrader.get("solution") else set()
                functions |= names if isinstance(statement, ast.FunctionDef) else set()
                if isinstance(statement, ast.ClassDef):
                    bases[statement.name] = ast.unparse(statement.bases[0]) if statement.bases else "object"
        kept = {name: what for name, what in imports.items() if name not in defined}
        return cls(kept, frozenset(bases), _errors(bases), frozenset(answers), frozenset(functions - answers))


def statements(source: str) -> list[ast.stmt]:
    """The statements of a cell, without IPython's own; none if it is not Python."""
    try:
        return ast.parse(_MAGIC.sub(r"\1pass", source)).body
    except (SyntaxError, ValueError):
        return []


def _imported(statement: ast.stmt) -> dict[str, tuple[str, str]]:
    if isinstance(statement, ast.Import):
        return {
            one.asname or one.name.partition(".")[0]: (one.name if one.asname else one.name.partition(".")[0], "")
            for one in statement.names
        }
    if isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
        return {one.asname or one.name: (statement.module, one.name) for one in statement.names if one.name != "*"}
    return {}


def bound_names(statement: ast.stmt) -> set[str]:
    """Names that a definition or an assignment binds."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
    nodes = chain.from_iterable(ast.walk(target) for target in targets if target is not None)
    return {node.id for node in nodes if isinstance(node, ast.Name)}


def _errors(bases: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name, base in bases.items():
        seen = {name}
        while base in bases and base not in seen:
            seen.add(base)
            base = bases[base]
        kind = getattr(builtins, base, None)
        if isinstance(kind, type) and issubclass(kind, Exception):
            found[name] = base
    return found
