"""Rules that hold in every room of the product: short modules, short functions, and none that is packed."""

import ast
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

from tests.conftest import LONG

ROOT = Path(__file__).parents[1]
ROOMS = ("grading", "reference_impl", "book/_ext", "sample_class", "bench", "hub")
MODULE_LINES = 300
FUNCTION_LINES = 40  # without its docstring
COMPLEXITY = 15
CLAUSES = 2  # `for` and `if` of one comprehension
WHOLE = {"grading/checks/notebook_check.py"}
"""Longer: students get it as the one file check.py, which runs without any other file of ours."""

Function = ast.FunctionDef | ast.AsyncFunctionDef
BRANCHES = (ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.Assert, ast.match_case)


def modules(room: str) -> dict[str, str]:
    """Text of each module in a room by its name."""
    paths = [path for path in sorted((ROOT / room).rglob("*.py")) if "node_modules" not in path.parts]
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in paths}


@cache
def nodes(room: str) -> list[tuple[str, ast.AST]]:
    """Where each function and comprehension of a room stands, and the node of its syntax tree."""
    found = []
    for name, text in modules(room).items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, Function) or hasattr(node, "generators"):
                found.append((f"{name}:{node.lineno}", node))
    return found


def functions(*rooms: str) -> Iterator[tuple[str, Function]]:
    for place, node in chain.from_iterable(map(nodes, rooms)):
        if isinstance(node, Function):
            yield f"{place} {node.name}", node


def comprehensions(*rooms: str) -> Iterator[tuple[str, ast.AST]]:
    for place, node in chain.from_iterable(map(nodes, rooms)):
        if hasattr(node, "generators"):
            yield place, node


def length(function: Function) -> int:
    """Lines of a function, from its `def` to its end, without its docstring."""
    lines = function.end_lineno - function.lineno + 1
    documented = ast.get_docstring(function) is not None
    return lines - (function.body[0].end_lineno - function.body[0].lineno + 1 if documented else 0)


def clauses(comprehension: ast.AST) -> int:
    """How many `for` and `if` a comprehension has."""
    return sum(1 + len(generator.ifs) for generator in comprehension.generators)


def complexity(function: Function) -> int:
    """Ways through a function: one, and one more for each branch, boolean operator and comprehension clause."""
    ways = 1
    for node in ast.walk(function):
        if isinstance(node, BRANCHES):
            ways += 1
        elif isinstance(node, ast.BoolOp):
            ways += len(node.values) - 1
        elif hasattr(node, "generators"):
            ways += clauses(node)
    return ways


def test_modules_are_short():
    texts = {name: text for room in ROOMS for name, text in modules(room).items()}
    lengths = {name: len(text.splitlines()) for name, text in texts.items()}
    assert {name for name, lines in lengths.items() if lines > MODULE_LINES} == WHOLE


def test_functions_are_short():
    lengths = {name: length(function) for name, function in functions(*ROOMS, "tests/hidden")}
    assert not {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES}


def test_functions_are_not_dense():
    ways = {name: complexity(function) for name, function in functions(*ROOMS)}
    assert not {name: number for name, number in ways.items() if number > COMPLEXITY}


def test_comprehensions_are_not_packed():
    packed = {place: clauses(node) for place, node in comprehensions(*ROOMS)}
    assert not {place: number for place, number in packed.items() if number > CLAUSES}


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_is_looked_at(room):
    assert modules(room)


def test_what_is_said_to_take_long_is_there():
    for name in LONG:
        path, _, group = name.partition("::")
        assert f"class {group}" in (ROOT / "tests" / path).read_text(encoding="utf-8") or not group, name
