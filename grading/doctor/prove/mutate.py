"""Make the mutants of a source text: one fault at one place each."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

Fault = Callable[[ast.AST], Iterator[ast.AST]]
"""What could stand in the place of a node: each of it once. A fault leaves the node itself as it is."""

_NOT_RUN = {"annotation", "returns", "decorator_list", "type_params", "bases"}
_SILENT = (ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal, ast.JoinedStr)


@dataclass(frozen=True)
class Mutant:
    """A source text with one fault in it.

    Parameters
    ----------
    line : int
        Line of the original text at which the fault stands.
    fault : str
        Name of the fault.
    before, after : str
        What stood there and what stands there now, on one line.
    changed : str
        The statement of the top level that has the fault.
    source : str
        The whole text; it differs from the original in its syntax tree.
    """

    line: int
    fault: str
    before: str
    after: str
    changed: str
    source: str

    def __str__(self) -> str:
        """Say in one line what is wrong with this mutant."""
        before, after = _first_difference(self.before, self.after)
        return f"line {self.line}, {self.fault}: {_short(before)} -> {_short(after)}"


def mutants(source: str, faults: Sequence[Fault], *, within: Collection[str] = ()) -> Iterator[Mutant]:
    """Yield every mutant of a text.

    Parameters
    ----------
    source : str
        Python.
    faults : sequence of Fault
        `CODE` or `NUMERICAL` of `grading.doctor.prove.faults`.
    within : collection of str
        Names of the top-level functions to change; all of the text if empty.

    Raises
    ------
    SyntaxError
        If the text is no Python.
    """
    tree = ast.parse(source)
    texts = [ast.unparse(node) for node in tree.body]  # whoever unparses the whole for each mutant waits for it
    seen = {"\n\n".join(texts)}
    for at, owner in enumerate(tree.body):
        if within and getattr(owner, "name", None) not in within:
            continue
        holder = ast.Module([owner], [])
        for slot in _slots(holder):
            for fault in faults:
                for changed in _changes(texts, at, holder, slot, fault):
                    if changed.source not in seen:
                        seen.add(changed.source)
                        yield changed


@dataclass(frozen=True)
class _Slot:
    """A place in the tree: a field of a node, or an element of one."""

    parent: ast.AST
    field: str
    index: int | None

    @property
    def node(self) -> ast.AST:
        value = getattr(self.parent, self.field)
        return value if self.index is None else value[self.index]  # type: ignore[no-any-return]

    def put(self, node: ast.AST) -> None:
        """Set what stands here."""
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


def _slots(node: ast.AST) -> Iterator[_Slot]:
    """Every place below a node whose content runs, outermost first."""
    for field, value in ast.iter_fields(node):
        if field in _NOT_RUN:
            continue
        items = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
        for index, item in items:
            if isinstance(item, ast.AST) and not isinstance(item, _SILENT) and not _is_docstring(item):
                yield _Slot(node, field, index)
                yield from _slots(item)


def _is_docstring(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    )


def _changes(texts: Sequence[str], at: int, holder: ast.Module, slot: _Slot, fault: Fault) -> Iterator[Mutant]:
    """The mutants of one fault at one place; the tree is as before afterwards."""
    original = slot.node
    for changed in fault(original):
        slot.put(changed)
        try:
            own = ast.unparse(holder.body[0])
        finally:
            slot.put(original)
        line = getattr(original, "lineno", 0) or getattr(slot.parent, "lineno", 0)
        name = getattr(fault, "__name__", "fault").replace("_", " ")
        whole = "\n\n".join([*texts[:at], own, *texts[at + 1 :]])
        yield Mutant(line, name, ast.unparse(original), ast.unparse(changed), own, whole)


def _first_difference(before: str, after: str) -> tuple[str, str]:
    """The first lines that differ; for a line that was put in, what came there before, and the new one."""
    pairs = itertools.zip_longest(before.splitlines(), after.splitlines(), fillvalue="")
    return next((pair for pair in pairs if pair[0] != pair[1]), (before, after))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:57] + "..."
