"""Python code as what it does: syntax trees without words, annotations and local names, so that copies show."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import FunctionType

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
TELLING = 12  # characters of a line that cannot stand in any program


def parsed(code: str) -> ast.Module | None:
    """The syntax tree of a listing, magics and prompts aside; None if it is no Python."""
    lines = ["" if line.lstrip().startswith(("%", "!")) else line for line in textwrap.dedent(code).splitlines()]
    if any(line.startswith(">>>") for line in lines):
        lines = [line[4:] for line in lines if line.startswith((">>>", "..."))]
    try:
        return ast.parse("\n".join(lines))
    except (SyntaxError, ValueError):
        return None


@cache
def tree_of(path: str) -> ast.Module | None:
    """The syntax tree of a file."""
    return parsed(Path(path).read_text("utf-8")) if Path(path).is_file() else None


def functions_of(tree: ast.Module | None) -> list[FunctionNode]:
    """Functions that a tree defines, at any depth."""
    return [node for node in ast.walk(tree) if isinstance(node, FunctionNode)] if tree else []


def named_by(tree: ast.Module | None) -> list[str]:
    """Names to which a tree binds a function: definitions, and lambdas that are given a name."""
    assigned = [node for node in ast.walk(tree) if isinstance(node, ast.Assign)] if tree else []
    lambdas = [node for node in assigned if isinstance(node.value, ast.Lambda)]
    targets = [target for node in lambdas for target in node.targets]
    return [node.name for node in functions_of(tree)] + [one.id for one in targets if isinstance(one, ast.Name)]


def node_of(function: FunctionType) -> FunctionNode | None:
    """Where a function is defined."""
    code = function.__code__
    for node in functions_of(tree_of(code.co_filename)):
        if (
            code.co_firstlineno in (node.lineno, *(mark.lineno for mark in node.decorator_list))
            and node.name == code.co_name
        ):
            return node
    return None


def without_words(node: FunctionNode) -> ast.Module:
    """A function's body without its docstring."""
    body = node.body
    if ast.get_docstring(node, clean=False) is not None:
        body = body[1:]
    return ast.Module(body or [ast.Pass()], [])


def size(node: FunctionNode) -> int:
    """Nodes of a function's body."""
    return sum(not isinstance(part, ast.expr_context) for part in ast.walk(without_words(node)))


class _Nameless(ast.NodeTransformer):
    """Names parameters and local variables by the order in which they appear, and empties texts."""

    def __init__(self, local: Iterable[str]) -> None:
        self.names = {name: f"_{number}" for number, name in enumerate(local)}

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(self.names.get(node.id, node.id), node.ctx)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        return ast.arg(self.names.get(node.arg, node.arg))

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Constant("") if isinstance(node.value, str) else node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        return self.visit(ast.Assign([node.target], node.value)) if node.value else ast.Pass()


def normalised(node: FunctionNode) -> str:
    """A function's body as text that does not depend on names, words, annotations and layout."""
    every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    local = [one.arg for one in every]
    body = ast.parse(ast.unparse(without_words(node)))  # a copy
    local += [part.id for part in ast.walk(body) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)]
    return ast.dump(_Nameless(dict.fromkeys(local)).visit(body))


def telling(code: str) -> list[str]:
    """Lines of code that say something, spaces aside."""
    lines = ["".join(line.split("#")[0].split()) for line in code.splitlines()]
    return [
        line
        for line in lines
        if len(line) >= TELLING and not line.startswith(("import", "from", "def", '"""', "@"))
    ]
