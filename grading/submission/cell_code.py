"""What the code of a cell is made of: its statements, the names each binds, and their text as it was typed.

Code is read as IPython would: a line that only it understands, such as ``%matplotlib inline``, ``!pip`` or
``np.mean?``, counts as one statement, and a magic that runs its cell (``%%time``) gives way to it.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

MOST_CODE = 1 << 20
"""Characters of a submission's code that are read; nobody wrote more. What lies beyond runs all the same."""
_RUNS_ITS_CELL = re.compile(r"%%(?:time|capture|prun)\b[^\n]*")
_CELL_MAGIC = re.compile(r"%%\w+")
_MAGIC_LINE = re.compile(
    r"([ \t]*)((?:[\w.]+(?:[ \t]*,[ \t]*[\w.]+)*[ \t]*=[ \t]*)?)([%!].*|\?+[\w.%*]+|%?[\w.*]+\?+)[ \t]*"
)
_MAGIC = "__magic__"
_TOP_LEVEL_AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | ast.PyCF_ONLY_AST
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_DEFINES = re.compile(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)|^(\w+)[ \t]*=(?!=)", re.MULTILINE)


@dataclass(frozen=True)
class Statement:
    """A statement at the top of a cell."""

    node: ast.stmt
    text: str

    @cached_property
    def form(self) -> str:
        """What it says, whatever its layout and remarks."""
        try:
            return ast.dump(self.node)
        except RecursionError:  # a sum of a thousand terms is nested a thousand deep
            return self.text

    @cached_property
    def binds(self) -> frozenset[str]:
        """Names that it binds where the cell stands."""
        return frozenset(_bound(self.node))

    @property
    def defines(self) -> bool:
        """Whether it is a function or a class."""
        return isinstance(self.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)

    @property
    def imports(self) -> bool:
        """Whether it does nothing but import."""
        return isinstance(self.node, ast.Import | ast.ImportFrom)

    @property
    def shows(self) -> bool:
        """Whether it is an expression, of which only the value is seen."""
        return isinstance(self.node, ast.Expr)

    @property
    def calls(self) -> bool:
        """Whether anything is called in it."""
        return any(isinstance(node, ast.Call) for node in ast.walk(self.node))

    def inner_imports(self) -> dict[str, str]:
        """Imports anywhere in it, by their form, as statements of their own."""
        imports = [node for node in ast.walk(self.node) if isinstance(node, ast.Import | ast.ImportFrom)]
        return {ast.dump(node): ast.unparse(node) for node in imports}


def statements(source: str) -> list[Statement] | None:
    """The statements of a cell, as they would run; None if it is no code that runs as a whole."""
    if _CELL_MAGIC.match(source.lstrip("\n")):
        return statements(body) if (body := _under_magic(source)) is not None else []
    text, tree = source, _parsed(source)
    if tree is None:
        text = _dedented(source)
        tree = _parsed("\n".join(map(_as_python, text.split("\n"))))
    if tree is None:
        return None
    lines = [line.encode() for line in text.split("\n")]
    return [Statement(node, _text(lines, node)) for node in tree.body]


def bound_names(source: str) -> frozenset[str]:
    """Names that a cell binds if it runs to its end; of code that does not run, those that it seems to define."""
    found = statements(source)
    if found is None:
        return frozenset(match[1] or match[2] for match in _DEFINES.finditer(source))
    return all_bound(found)


def all_bound(found: Sequence[Statement]) -> frozenset[str]:
    """Names that some statements bind."""
    return frozenset(name for statement in found for name in statement.binds)


def loaded_names(source: str) -> frozenset[str]:
    """Names that code looks up, also those that it gives as text: ``own_answer("slope")``."""
    tree = _parsed(source)
    nodes = [] if tree is None else list(ast.walk(tree))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return frozenset(names | {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)})


class CodeReader:
    """Reads cells of one submission for the names they bind, and no more of them than anybody wrote."""

    def __init__(self) -> None:
        self._left = MOST_CODE
        self._read: dict[str, frozenset[str]] = {}

    def binds(self, source: str, names: frozenset[str]) -> frozenset[str]:
        """Which of some names a cell binds."""
        if not any(name in source for name in names):
            return frozenset()
        if source not in self._read and self._left >= len(source):
            self._left -= len(source)
            self._read[source] = bound_names(source)
        return self._read.get(source, frozenset()) & names


def _under_magic(source: str) -> str | None:
    """The cell under a magic that runs it, where it stands; None if the magic makes something else of the text."""
    return _RUNS_ITS_CELL.sub("", source, count=1) if _RUNS_ITS_CELL.match(source.lstrip("\n")) else None


def _parsed(source: str) -> ast.Module | None:
    if len(source) > MOST_CODE:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of "\d" in a text, or `1 is 1`
            tree = compile(source, "cell", "exec", flags=_TOP_LEVEL_AWAIT, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return None
    return tree if isinstance(tree, ast.Module) else None


def _dedented(source: str) -> str:
    """The cell without the indentation of its first line, which IPython takes off all lines."""
    lines = source.lstrip("\n").split("\n")
    indent = len(lines[0]) - len(lines[0].lstrip(" \t"))
    space = lines[0][:indent]
    return "\n".join(line.removeprefix(space) for line in lines)


def _as_python(line: str) -> str:
    """A line that only IPython understands as a call of the same indentation; every other line as it is."""
    magic = _MAGIC_LINE.fullmatch(line)
    return f"{magic[1]}{magic[2]}{_MAGIC}({magic[3]!r})" if magic else line


def _text(lines: Sequence[bytes], node: ast.stmt) -> str:
    """A statement as it was typed, with its decorators; offsets of `ast` are in bytes."""
    decorators = getattr(node, "decorator_list", [])
    first, start = (decorators[0].lineno, 0) if decorators else (node.lineno, node.col_offset)
    last, end = node.end_lineno or node.lineno, node.end_col_offset
    if first == last:
        return lines[first - 1][start:end].decode() if not _is_magic(node) else lines[first - 1].decode()
    return b"\n".join([lines[first - 1][start:], *lines[first : last - 1], lines[last - 1][:end]]).decode()


def _is_magic(node: ast.stmt) -> bool:
    value = getattr(node, "value", None)
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == _MAGIC


def _bound(node: ast.AST) -> Iterator[str]:
    """Names that a node binds in the scope it stands in."""
    waiting: list[ast.AST] = [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name
        if isinstance(node, _SCOPES):
            if not isinstance(node, ast.Lambda):
                yield node.name
        elif not isinstance(node, _COMPREHENSIONS):
            waiting.extend(ast.iter_child_nodes(node))
