"""Imports of modules that are not here: a cell runs on, and only what uses such a module fails.

At the top of a cell, `from scipy import stats` where there is no SciPy would take with it every function below it,
used there or not. Such an import binds a stand-in instead; its use raises the error that the import had raised.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Callable
from typing import Any, NoReturn

_STAND_IN = "__stand_in__"


class Absent:
    """Stands for what could not be imported; every use of it raises the import's error."""

    def __init__(self, error: ModuleNotFoundError) -> None:
        self.__dict__["_error"] = error

    def _fail(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        error = self.__dict__["_error"]
        raise ModuleNotFoundError(*error.args, name=error.name)

    def __getattr__(self, name: str) -> Any:
        """Raise the import's error; tools that look for special methods only hear that there are none."""
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        self._fail()

    __call__ = __getitem__ = __iter__ = __len__ = __bool__ = __mro_entries__ = __enter__ = _fail
    __add__ = __radd__ = __mul__ = __rmul__ = __sub__ = __rsub__ = __truediv__ = __rtruediv__ = __pow__ = _fail


class ForgivingImports:
    """Rewrites the imports at the top of a cell.

    Imports inside functions, ``try`` or ``if`` stay as they are: there the student deals with their error, or it
    comes only when it matters.
    """

    def __init__(self, names: Callable[[], dict[str, Any]]) -> None:
        self._names = names
        self.absent: list[str] = []
        """Modules that were not there, in the cell that ran last."""
        setattr(builtins, _STAND_IN, self._stand_in)

    def visit(self, tree: ast.AST) -> ast.AST:
        """The cell with each import at its top made forgiving."""
        if isinstance(tree, ast.Module):
            tree.body = [new for statement in tree.body for new in _forgiving(statement)]
        return tree

    def _stand_in(self, *names: str) -> None:
        """Bind names whose import has just failed, unless they are bound already."""
        error = sys.exc_info()[1]
        assert isinstance(error, ModuleNotFoundError)
        self.absent.append(str(error.name))
        for name in names:
            self._names().setdefault(name, Absent(error))


def _forgiving(statement: ast.stmt) -> list[ast.stmt]:
    if isinstance(statement, ast.Import):  # one each: `import numpy as np, scipy` still brings NumPy
        singles = [ast.copy_location(ast.Import([alias]), statement) for alias in statement.names]
        return [_tried(one, [one.names[0].asname or one.names[0].name.partition(".")[0]]) for one in singles]
    if isinstance(statement, ast.ImportFrom) and statement.module != "__future__":
        return [_tried(statement, [alias.asname or alias.name for alias in statement.names if alias.name != "*"])]
    return [statement]


def _tried(statement: ast.stmt, names: list[str]) -> ast.stmt:
    """``try: <statement>``, and on ModuleNotFoundError stand-ins for the names."""
    arguments: list[ast.expr] = [ast.Constant(name) for name in names]
    call = ast.Expr(ast.Call(ast.Name(_STAND_IN, ast.Load()), arguments, []))
    handler = ast.ExceptHandler(ast.Name("ModuleNotFoundError", ast.Load()), None, [call])
    return ast.fix_missing_locations(ast.copy_location(ast.Try([statement], [handler], [], []), statement))
