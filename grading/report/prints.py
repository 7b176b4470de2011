"""Fingerprints of a program's structure: what is left when names, layout and comments are taken away.

The syntax tree becomes a row of tokens in which a variable is just a variable, 1 is 1.0, keyword arguments and the
operands of a sum stand in one fixed order, and docstrings, comments and annotations are gone. Of all runs of `RUN`
tokens, winnowing (Schleimer, Wilkerson and Aiken 2003) keeps the smallest hash in every window of `WINDOW`: any
stretch of ``RUN + WINDOW - 1`` tokens that two programs have in common leaves a common print.
"""

from __future__ import annotations

import ast
import builtins
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

RUN = 9
WINDOW = 4
LONGEST = 20_000  # characters of one cell; a longer one is no answer, and parsing it costs time and memory
_BUILTINS = frozenset(dir(builtins))
_TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.Gt: ast.Lt, ast.GtE: ast.LtE}

_SILENT = (ast.Import, ast.ImportFrom, ast.expr_context, ast.Pass)

Token = tuple[str, int]  # what it is, and the line it stands on
Rule = Callable[[Any, int], list[Token]]
"""What makes tokens of a node of some kind, given the line it stands on."""


@dataclass(frozen=True)
class Print:
    """A fingerprint and the lines it was taken from."""

    value: int
    first: int
    last: int


def fingerprints(source: str, known: frozenset[str]) -> list[Print] | None:
    """Prints of one cell's code; None if it is no Python that can be read.

    Parameters
    ----------
    source : str
        The cell.
    known : frozenset of str
        Names that mean the same in every notebook (tasks' functions, modules); any other is a variable.
    """
    tokens = _tokens(source, known)
    return None if tokens is None else _winnow(tokens)


def tree(source: str) -> ast.Module | None:
    """The syntax tree of a cell without its IPython magics; None if it cannot be read."""
    if len(source) > LONGEST:
        return None
    lines = ("" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines())
    try:
        return ast.parse("\n".join(lines))
    # ast.parse() raises the last two on code that is nested too deep
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _tokens(source: str, known: frozenset[str]) -> list[Token] | None:
    parsed = tree(source)
    if parsed is None:
        return None
    try:
        return _Reader(known).many(parsed.body, 1)
    except RecursionError:
        return None


def _winnow(tokens: list[Token]) -> list[Print]:
    if not tokens:
        return []
    codes = [zlib.crc32(text.encode()) for text, _ in tokens]
    runs = max(1, len(tokens) - RUN + 1)
    # hash() of integers does not depend on PYTHONHASHSEED
    hashes = [hash(tuple(codes[k : k + RUN])) for k in range(runs)]
    chosen = {
        min(range(start, min(start + WINDOW, runs)), key=lambda k: (hashes[k], -k))
        for start in range(max(1, runs - WINDOW + 1))
    }
    return [Print(hashes[k], *_lines(tokens[k : k + RUN])) for k in sorted(chosen)]


def _lines(tokens: list[Token]) -> tuple[int, int]:
    lines = [line for _, line in tokens]
    return min(lines), max(lines)


class _Reader:
    """Turns a syntax tree into tokens; a kind of node that is more than its name and its parts has a rule."""

    def __init__(self, known: frozenset[str]) -> None:
        self._known = known | _BUILTINS
        self._rules: dict[type[ast.AST], Rule] = {
            ast.Expr: self._expression,
            ast.Name: lambda node, line: [(self._name(node.id), line)],
            ast.arg: lambda node, line: [(self._name(node.arg), line)],
            ast.Constant: lambda node, line: [(_constant(node.value), line)],
            ast.FunctionDef: self._function,
            ast.AsyncFunctionDef: self._function,
            ast.AnnAssign: self._annotated,
            ast.AugAssign: self._augmented,
            ast.BinOp: lambda node, line: self._binary(node.left, node.op, node.right, line),
            ast.Compare: self._comparison,
            ast.Call: self._call,
        }

    def many(self, nodes: Iterable[ast.AST | None], line: int) -> list[Token]:
        """Tokens of several nodes in a row."""
        present = [node for node in nodes if node is not None]
        return [token for node in present for token in self._rule(node)(node, _line(node, line))]

    def _rule(self, node: ast.AST) -> Rule:
        return _nothing if isinstance(node, _SILENT) else self._rules.get(type(node), self._other)

    def _other(self, node: ast.AST, line: int) -> list[Token]:
        return [*_labels(node, line), *self.many(_children(node), line)]

    def _expression(self, node: ast.Expr, line: int) -> list[Token]:
        if isinstance(node.value, ast.Constant):  # a docstring, or a constant that has no effect
            return []
        return self._other(node, line)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, line: int) -> list[Token]:
        inside = self.many([*node.decorator_list, node.args, *node.body], line)
        return [("def", line), (self._name(node.name), line), *inside]

    def _annotated(self, node: ast.AnnAssign, line: int) -> list[Token]:
        return [("Assign", line), *self.many([node.target, node.value], line)] if node.value is not None else []

    def _augmented(self, node: ast.AugAssign, line: int) -> list[Token]:
        target = self._rule(node.target)(node.target, _line(node.target, line))
        return [("Assign", line), *target, *self._binary(node.target, node.op, node.value, line)]

    def _comparison(self, node: ast.Compare, line: int) -> list[Token]:
        if len(node.ops) == 1 and type(node.ops[0]) in _TURNED:
            turned = _TURNED[type(node.ops[0])].__name__
            return [("Compare", line), (turned, line), *self.many([*node.comparators, node.left], line)]
        names = [(type(op).__name__, line) for op in node.ops]
        return [("Compare", line), *names, *self.many([node.left, *node.comparators], line)]

    def _call(self, node: ast.Call, line: int) -> list[Token]:
        keywords = sorted(node.keywords, key=lambda keyword: keyword.arg or "")
        return [("Call", line), *self.many([node.func, *node.args, *keywords], line)]

    def _binary(self, left: ast.expr, op: ast.operator, right: ast.expr, line: int) -> list[Token]:
        sides = [self._rule(left)(left, _line(left, line)), self._rule(right)(right, _line(right, line))]
        if isinstance(op, ast.Add | ast.Mult):
            sides.sort(key=lambda side: [text for text, _ in side])
        return [(type(op).__name__, line), *sides[0], *sides[1]]

    def _name(self, name: str) -> str:
        return f"name {name}" if name in self._known else "variable"


def _nothing(node: ast.AST, line: int) -> list[Token]:
    return []


def _line(node: ast.AST, line: int) -> int:
    """Where a node stands; in the line of what holds it, if it has none of its own."""
    own_line: int = getattr(node, "lineno", line)
    return own_line


def _constant(value: object) -> str:
    if isinstance(value, str | bytes):
        return "text"
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return f"number {float(value):.12g}"
        except OverflowError:
            return "number"
    return repr(value)


def _labels(node: ast.AST, line: int) -> list[Token]:
    """The node's kind, and the name of an attribute or keyword, which belongs to a library and is no choice."""
    name = node.attr if isinstance(node, ast.Attribute) else node.arg if isinstance(node, ast.keyword) else None
    kind = (type(node).__name__, line)
    return [kind] if name is None else [kind, (f"name {name}", line)]


def _children(node: ast.AST) -> Iterator[ast.AST]:
    annotations = {"annotation", "returns", "type_comment"}
    for name, value in ast.iter_fields(node):
        if name not in annotations:
            yield from (
                part for part in (value if isinstance(value, list) else [value]) if isinstance(part, ast.AST)
            )


def names_given(sources: Iterable[str]) -> frozenset[str]:
    """Names that given code defines or imports: they mean the same in every notebook."""
    names: set[str] = set()
    for source in sources:
        parsed = tree(source)
        for node in ast.walk(parsed) if parsed is not None else ():
            if isinstance(node, ast.FunctionDef):
                names.add(node.name)
            elif isinstance(node, ast.Import | ast.ImportFrom):
                names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    return frozenset(names)
