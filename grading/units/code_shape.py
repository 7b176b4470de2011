"""Python code as what it does: syntax trees without words, annotations and local names, so that copies show."""

from __future__ import annotations

import ast
import copy
import textwrap
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import FunctionType

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
CASTS = ("float", "int", "bool")
LIBRARIES = (*CASTS, "abs", "len", "max", "min", "np", "sum")
STEPS = 3  # operations of an expression that cannot stand in any program
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


@cache
def functions_of_file(path: str) -> list[FunctionNode]:
    """Functions that a file defines, at any depth."""
    return functions_of(tree_of(path))


def named_by(tree: ast.Module | None) -> list[str]:
    """Names to which a tree binds a function: definitions, and lambdas that are given a name."""
    assigned = [node for node in ast.walk(tree) if isinstance(node, ast.Assign)] if tree else []
    lambdas = [node for node in assigned if isinstance(node.value, ast.Lambda)]
    targets = [target for node in lambdas for target in node.targets]
    return [node.name for node in functions_of(tree)] + [one.id for one in targets if isinstance(one, ast.Name)]


def node_of(function: FunctionType) -> FunctionNode | None:
    """Where a function is defined."""
    code = function.__code__
    for node in functions_of_file(code.co_filename):
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


class _Leaves(ast.NodeTransformer):
    """Makes names, and calls of functions under a bare name, leaves, numbered as they appear."""

    def __init__(self) -> None:
        self.leaves: dict[str, str] = {}

    def leaf(self, node: ast.expr) -> ast.Name:
        return ast.Name(self.leaves.setdefault(ast.dump(node), f"_{len(self.leaves)}"), ast.Load())

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return node if node.id in LIBRARIES else self.leaf(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if not isinstance(node.func, ast.Name):
            return self.generic_visit(node)
        return self.visit(node.args[0]) if node.func.id in CASTS and node.args else self.leaf(node)


def shape_of(expression: ast.expr) -> str:
    """An expression as text that does not depend on names; empty if it says too little to tell one task."""
    shape = _Leaves().visit(copy.deepcopy(expression))
    steps = sum(
        isinstance(part, ast.BinOp | ast.UnaryOp | ast.Compare | ast.Subscript)
        or (isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute))
        or (isinstance(part, ast.Attribute) and part.attr == "T")
        for part in ast.walk(shape)
    )
    return ast.dump(shape) if steps >= STEPS else ""


def computed(tree: ast.AST | None) -> set[str]:
    """Shapes of all that a tree computes, however deep in functions and loops it stands."""
    every = ast.walk(tree) if tree else ()
    return {shape_of(part) for part in every if isinstance(part, ast.BinOp | ast.Call | ast.Compare)} - {""}


def results(node: FunctionNode) -> set[str]:
    """Shapes of what a function returns."""
    returned = [part.value for part in ast.walk(node) if isinstance(part, ast.Return)]
    shapes = (shape_of(value) for value in returned if isinstance(value, ast.BinOp | ast.Call | ast.Compare))
    return set(shapes) - {""}
