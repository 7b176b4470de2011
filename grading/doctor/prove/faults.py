"""The faults: what programmers, and students of statistics, get wrong in one place.

Each takes a node of a syntax tree and yields what could stand there instead.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from typing import Final, TypeVar

Node = TypeVar("Node", bound=ast.AST)

_OPERATORS: Final[dict[type[ast.operator], tuple[type[ast.operator], ...]]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div,),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
}
_COMPARISONS: Final[dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_SIBLINGS: Final = (
    ("mean", "median", "sum"),
    ("var", "std"),
    ("min", "max"),
    ("argmin", "argmax"),
    ("minimum", "maximum"),
    ("any", "all"),
    ("exp", "expm1"),
    ("log", "log1p", "log10"),
    ("floor", "ceil"),
    ("zeros", "ones"),
    ("zeros_like", "ones_like"),
    ("append", "extend"),
    ("startswith", "endswith"),
    ("logical_and", "logical_or"),
)
_SYMMETRIC: Final = {
    "add", "allclose", "array_equal", "hypot", "isclose", "max", "maximum", "min", "minimum", "multiply",
}  # fmt: skip
_WRAPPERS: Final = {
    "abs", "array", "asarray", "cumsum", "diag", "dict", "exp", "expm1", "float", "int", "isnan", "len", "list",
    "log", "log1p", "lower", "mean", "reversed", "set", "sorted", "sqrt", "square", "str", "strip", "sum",
    "transpose", "tuple",
}  # fmt: skip


def _with(node: Node, **fields: object) -> Node:
    """A shallow copy of a node with other fields."""
    other = copy.copy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other


def _name(node: ast.AST) -> str:
    """The last part of what is called."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


# ---------------------------------------------------------------- expressions


def other_operator(node: ast.AST) -> Iterator[ast.AST]:
    """``a + b`` becomes ``a - b``, or one side of it."""
    if isinstance(node, ast.BinOp) and not isinstance(node.left, ast.JoinedStr):
        for kind in _OPERATORS.get(type(node.op), ()):
            yield _with(node, op=kind())
        yield node.left
    if isinstance(node, ast.AugAssign):
        for kind in _OPERATORS.get(type(node.op), ()):
            yield _with(node, op=kind())
        yield ast.Assign([node.target], node.value, lineno=node.lineno)


def other_comparison(node: ast.AST) -> Iterator[ast.AST]:
    """``a < b`` becomes ``a <= b``."""
    if isinstance(node, ast.Compare):
        for at, operator in enumerate(node.ops):
            for kind in _COMPARISONS.get(type(operator), ()):
                yield _with(node, ops=[*node.ops[:at], kind(), *node.ops[at + 1 :]])


def other_logic(node: ast.AST) -> Iterator[ast.AST]:
    """``a and b`` becomes ``a or b`` or one of them; ``not`` and ``-`` are forgotten."""
    if isinstance(node, ast.BoolOp):
        yield _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        if len(node.values) == 2:
            yield from node.values
        else:
            for at in range(len(node.values)):
                yield _with(node, values=[*node.values[:at], *node.values[at + 1 :]])
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub | ast.Invert):
        yield node.operand


def other_constant(node: ast.AST) -> Iterator[ast.AST]:
    """Off by one, zero for a number, the other truth value."""
    if not isinstance(node, ast.Constant):
        return
    value = node.value
    if isinstance(value, bool):
        yield _with(node, value=not value)
    elif isinstance(value, int):
        yield from (_with(node, value=other) for other in {value + 1, value - 1, 0} - {value})
    elif isinstance(value, float):
        yield from (_with(node, value=other) for other in (2 * value, 0.0, value + 1.0) if other != value)


def other_function(node: ast.AST) -> Iterator[ast.AST]:
    """``mean`` becomes ``median``."""
    if isinstance(node, ast.Call) and (name := _name(node.func)):
        for family in _SIBLINGS:
            for other in family if name in family else ():
                if other != name and isinstance(node.func, ast.Attribute):
                    yield _with(node, func=_with(node.func, attr=other))
                elif other != name and isinstance(node.func, ast.Name):
                    yield _with(node, func=_with(node.func, id=other))


def call_dropped(node: ast.AST) -> Iterator[ast.AST]:
    """``sqrt(x)`` becomes ``x``."""
    if not isinstance(node, ast.Call):
        return
    if len(node.args) == 1 and _name(node.func) in _WRAPPERS and not isinstance(node.args[0], ast.Starred):
        yield node.args[0]
    if not node.args and isinstance(node.func, ast.Attribute) and node.func.attr in _WRAPPERS:
        yield node.func.value


def argument_wrong(node: ast.AST) -> Iterator[ast.AST]:
    """A keyword argument forgotten, two arguments exchanged, a last one left out."""
    if not isinstance(node, ast.Call):
        return
    for at in range(len(node.keywords)):
        yield _with(node, keywords=[*node.keywords[:at], *node.keywords[at + 1 :]])
    for at in range(len(node.args) - 1 if _name(node.func) not in _SYMMETRIC else 0):
        one, two = node.args[at : at + 2]
        yield _with(node, args=[*node.args[:at], two, one, *node.args[at + 2 :]])
    if len(node.args) > 1:
        yield _with(node, args=node.args[:-1])


def other_branch(node: ast.AST) -> Iterator[ast.AST]:
    """A condition that always or never holds."""
    if isinstance(node, ast.IfExp):
        yield from (node.body, node.orelse)
    if isinstance(node, ast.If | ast.While) and not isinstance(node.test, ast.Constant):
        yield _with(node, test=ast.Constant(False))
        if isinstance(node, ast.If):
            yield _with(node, test=ast.Constant(True))
    if isinstance(node, ast.comprehension):
        for at in range(len(node.ifs)):
            yield _with(node, ifs=[*node.ifs[:at], *node.ifs[at + 1 :]])


def other_slice(node: ast.AST) -> Iterator[ast.AST]:
    """A slice that begins or ends elsewhere."""
    if isinstance(node, ast.Slice):
        if node.lower is not None:
            yield _with(node, lower=None)
        if node.upper is not None:
            yield _with(node, upper=None)


# ---------------------------------------------------------------- statements


def statement_left_out(node: ast.AST) -> Iterator[ast.AST]:
    """A statement, a loop's further rounds, or a ``raise`` is missing."""
    if isinstance(node, ast.Expr | ast.Raise | ast.AugAssign | ast.Delete | ast.Continue | ast.Break | ast.Assert):
        yield ast.Pass()
    if isinstance(node, ast.For | ast.While):
        yield _with(node, body=[*node.body, ast.Break()])
    if isinstance(node, ast.Break):
        yield ast.Continue()
    if isinstance(node, ast.Continue):
        yield ast.Break()


def other_result(node: ast.AST) -> Iterator[ast.AST]:
    """Nothing is returned, or two parts in the other order."""
    if isinstance(node, ast.Return | ast.Yield) and node.value is not None:
        if not (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield _with(node, value=ast.Constant(None))
        if isinstance(node.value, ast.Tuple):
            parts = node.value.elts
            for at in range(len(parts) - 1):
                exchanged = [*parts[:at], parts[at + 1], parts[at], *parts[at + 2 :]]
                yield _with(node, value=_with(node.value, elts=exchanged))


def other_default(node: ast.AST) -> Iterator[ast.AST]:
    """A parameter's default is another value; `other_constant` reaches numbers, this ``None``."""
    if isinstance(node, ast.arguments):
        for at, default in enumerate(node.defaults):
            if isinstance(default, ast.Constant) and default.value is None:
                yield _with(node, defaults=[*node.defaults[:at], ast.Constant(0), *node.defaults[at + 1 :]])


def none_for_zero(node: ast.AST) -> Iterator[ast.AST]:
    """``x is None`` becomes ``not x``: a value given as 0 counts as not given."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        right = node.comparators[0]
        if isinstance(right, ast.Constant) and right.value is None:
            if isinstance(node.ops[0], ast.Is):
                yield ast.UnaryOp(ast.Not(), node.left)
            if isinstance(node.ops[0], ast.IsNot):
                yield node.left


# ---------------------------------------------------------------- what students of statistics do


def rounded_result(node: ast.AST) -> Iterator[ast.AST]:
    """A result that is rounded, clipped at 0, or whole numbers only."""
    if isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
        parts = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
        for at, part in enumerate(parts):
            for text in ("np.round({}, 2)", "np.maximum({}, 0)", "np.asarray({}).astype(int)"):
                changed = ast.parse(text.format(ast.unparse(part)), mode="eval").body
                wrapped = [*parts[:at], changed, *parts[at + 1 :]]
                yield _with(node, value=ast.Tuple(wrapped, ast.Load()) if len(parts) > 1 else changed)


def other_container(node: ast.AST) -> Iterator[ast.AST]:
    """One part of what is asked, or all of it in a list."""
    if isinstance(node, ast.Return) and node.value is not None:
        if isinstance(node.value, ast.Tuple):
            yield from (_with(node, value=part) for part in node.value.elts)
        elif not isinstance(node.value, ast.Constant):
            yield _with(node, value=ast.List([node.value], ast.Load()))


def input_treated_wrongly(node: ast.AST) -> Iterator[ast.AST]:
    """At the start of a function one of its inputs loses order, repetitions, decimals, sign or type."""
    if not isinstance(node, ast.FunctionDef):
        return
    arguments = node.args
    for parameter in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]:
        for text in (
            "np.sort({})",
            "np.unique({})",
            "np.asarray({})[::-1]",
            "np.asarray({}).astype(int)",
            "np.asarray({}).astype(str)",
            "np.abs({})",
            "np.round({}, 1)",
            "np.asarray({})[np.abs(np.asarray({}) - np.mean({})) <= 2 * np.std({})]",
        ):
            line = ast.parse(f"{parameter.arg} = {text.replace('{}', parameter.arg)}").body
            at = 1 if ast.get_docstring(node, clean=False) is not None else 0
            yield _with(node, body=[*node.body[:at], *line, *node.body[at:]])


CODE: Final = (
    other_operator,
    other_comparison,
    other_logic,
    other_constant,
    other_function,
    call_dropped,
    argument_wrong,
    other_branch,
    other_slice,
    statement_left_out,
    other_result,
    other_default,
    none_for_zero,
)
"""Faults of any program."""

NUMERICAL: Final = (*CODE, rounded_result, other_container, input_treated_wrongly)
"""Those, and what goes wrong in a formula."""
