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
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

RUN = 9
WINDOW = 4
LONGEST = 20_000  # characters of one cell; nobody writes an answer that long
_BUILTINS = frozenset(dir(builtins))
_TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.Gt: ast.Lt, ast.GtE: ast.LtE}

Token = tuple[str, int]  # what it is, and the line it stands on


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
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two: nested without end
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
    hashes = [hash(tuple(codes[k : k + RUN])) for k in range(runs)]  # a tuple of integers: no random salt
    chosen = {
        min(range(start, min(start + WINDOW, runs)), key=lambda k: (hashes[k], -k))
        for start in range(max(1, runs - WINDOW + 1))
    }
    return [Print(hashes[k], *_lines(tokens[k : k + RUN])) for k in sorted(chosen)]


def _lines(tokens: list[Token]) -> tuple[int, int]:
    lines = [line for _, line in tokens]
    return min(lines), max(lines)


class _Reader:
    """Turns a syntax tree into tokens."""

    def __init__(self, known: frozenset[str]) -> None:
        self._known = known | _BUILTINS

    def many(self, nodes: Iterable[ast.AST | None], line: int) -> list[Token]:
        """Tokens of several nodes in a row."""
        return [token for node in nodes if node is not None for token in self.one(node, line)]

    def one(self, node: ast.AST, line: int) -> list[Token]:
        """Tokens of a node and all below it."""
        line = getattr(node, "lineno", line)
        match node:
            case ast.Import() | ast.ImportFrom() | ast.expr_context() | ast.Pass():
                return []
            case ast.Expr(value=ast.Constant()):  # a docstring, or a value that nobody uses
                return []
            case ast.Name(id=name) | ast.arg(arg=name):
                return [(self._name(name), line)]
            case ast.Constant(value=value):
                return [(_constant(value), line)]
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                inside = self.many([*node.decorator_list, node.args, *node.body], line)
                return [("def", line), (self._name(node.name), line), *inside]
            case ast.AnnAssign(target=target, value=value):
                return [("Assign", line), *self.many([target, value], line)] if value is not None else []
            case ast.AugAssign(target=target, op=op, value=value):
                return [("Assign", line), *self.one(target, line), *self._binary(target, op, value, line)]
            case ast.BinOp(left=left, op=op, right=right):
                return self._binary(left, op, right, line)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _TURNED:
                turned = _TURNED[type(op)].__name__
                return [("Compare", line), (turned, line), *self.many([right, left], line)]
            case ast.Compare(left=left, ops=ops, comparators=others):
                names = [(type(op).__name__, line) for op in ops]
                return [("Compare", line), *names, *self.many([left, *others], line)]
            case ast.Call(func=func, args=args, keywords=keywords):
                named = sorted(keywords, key=lambda keyword: keyword.arg or "")
                return [("Call", line), *self.many([func, *args, *named], line)]
            case _:
                return [*_labels(node, line), *self.many(_children(node), line)]

    def _name(self, name: str) -> str:
        return f"name {name}" if name in self._known else "variable"

    def _binary(self, left: ast.expr, op: ast.operator, right: ast.expr, line: int) -> list[Token]:
        sides = [self.one(left, line), self.one(right, line)]
        if isinstance(op, ast.Add | ast.Mult):
            sides.sort(key=lambda side: [text for text, _ in side])
        return [(type(op).__name__, line), *sides[0], *sides[1]]


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
