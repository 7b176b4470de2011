"""What a student typed into a locked cell: the original counts, and what was added to it runs beside it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from grading.submission.cell_code import Statement, statements


@dataclass(frozen=True)
class Additions:
    """Code that was added to a locked cell: what stands before its first own statement, and what stands below."""

    before: str = ""
    after: str = ""


def additions(source: str, released: str) -> Additions:
    """What an edited locked cell holds beyond the original.

    A statement that took an original's place, such as another path of a data file, is none of it: the original
    runs. What such a statement imports beyond the original's imports is.
    """
    typed, originals = statements(source), statements(released)
    if typed is None or originals is None:
        return Additions()
    kept, missing = _kept(typed, originals)
    known = {form for original in originals for form in original.inner_imports()}
    before: list[str] = []
    after: list[str] = []
    first = next((k for k, keeps in enumerate(kept) if keeps), len(typed))
    for k, statement in enumerate(typed):
        if not kept[k]:
            added = _added(statement, missing, known)
            (before if k < first else after).extend(added)
    return Additions("\n".join(before), "\n".join(after))


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


def _added(statement: Statement, missing: list[Statement], known: set[str]) -> list[str]:
    """What a statement adds: itself, or its imports if it took the place of an original that is missing."""
    if statement.imports:
        return [statement.text]
    replaced = next((original for original in missing if _in_place_of(statement, original)), None)
    if replaced is None:
        return [statement.text]
    if statement.shows:
        missing.remove(replaced)  # one value shown takes the place of one
    return [text for form, text in statement.inner_imports().items() if form not in known]


def _in_place_of(statement: Statement, original: Statement) -> bool:
    return (statement.shows and original.shows) or bool(statement.binds & original.binds)
