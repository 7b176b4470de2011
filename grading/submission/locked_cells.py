"""What a student typed into a locked cell: the original counts, and what was added to it runs beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from grading.submission.cell_code import Statement, all_bound, loaded_names, statements


@dataclass(frozen=True)
class Additions:
    """Code that was added to a locked cell: what stands before its first own statement, and what stands below."""

    before: str = ""
    after: str = ""


def additions(source: str, released: str) -> Additions:
    """What an edited locked cell holds beyond the original.

    A statement that took an original's place, such as another path of a data file, is none of it: the original
    runs. What such a statement imports beyond the original's imports is. If it binds other names as well, as an
    ``if`` around the original may, the cell runs down to it first, and then the original.
    """
    typed, originals = statements(source), statements(released)
    if typed is None or originals is None:
        return Additions()
    known = frozenset(form for original in originals for form in original.inner_imports())
    found = _found(typed, originals)
    split = _split(found)
    before = [text for one in found[:split] for text in ([one.text] if one.kept else one.adds(known))]
    after = [text for one in found[split:] for text in one.adds(known)]
    return Additions("\n".join(before), "\n".join(after))


class _Typed(NamedTuple):
    """A statement of an edited cell, and what it is to the original."""

    statement: Statement
    kept: bool
    replaces: bool
    binds_more: bool

    @property
    def text(self) -> str:
        return self.statement.text

    def adds(self, known: Collection[str]) -> list[str]:
        """What it adds: itself, or its imports if it took the place of an original and binds no more than that."""
        if self.kept:
            return []
        if not self.replaces or self.binds_more:
            return [self.text]
        return [text for form, text in self.statement.inner_imports().items() if form not in known]


def _split(found: Sequence[_Typed]) -> int:
    """How many statements run before the original: those above all of its own, and down to one that binds more."""
    first = next((k for k, one in enumerate(found) if one.kept or one.replaces), len(found))
    return max((k + 1 for k, one in enumerate(found) if one.replaces and one.binds_more), default=first)


def _found(typed: list[Statement], originals: list[Statement]) -> list[_Typed]:
    kept, missing = _kept(typed, originals)
    ours = all_bound(originals)
    return [
        _Typed(one, keeps, not keeps and _replaces(one, missing), bool(one.binds - ours))
        for one, keeps in zip(typed, kept, strict=True)
    ]


def _kept(typed: list[Statement], originals: list[Statement]) -> tuple[list[bool], list[Statement]]:
    """Which typed statements are originals, and the originals that are not there."""
    left = Counter(original.form for original in originals)
    kept = []
    for statement in typed:
        keeps = left[statement.form] > 0
        left[statement.form] -= keeps
        kept.append(keeps)
    missing = []
    for original in originals:
        if left[original.form] > 0:
            left[original.form] -= 1
            missing.append(original)
    return kept, missing


def _replaces(statement: Statement, missing: list[Statement]) -> bool:
    """Whether a statement took the place of an original that is missing."""
    if statement.imports:
        return False
    replaced = next((original for original in missing if _in_place_of(statement, original)), None)
    if replaced is not None and statement.shows:
        missing.remove(replaced)  # one value shown takes the place of one
    return replaced is not None


def _in_place_of(statement: Statement, original: Statement) -> bool:
    if not (statement.shows and original.shows):
        return bool(statement.binds & original.binds)
    # `sys.path.append("lib")` is no other way to show what the original shows
    return not statement.calls or bool(loaded_names(statement.text) & loaded_names(original.text))
