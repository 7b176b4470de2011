"""What a student typed into a locked cell: the original counts, and what was added to it runs beside it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

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
    kept, missing = _kept(typed, originals)
    known = {form for original in originals for form in original.inner_imports()}
    ours = all_bound(originals)
    added: list[list[str]] = []
    first, down_to = len(typed), 0
    for k, statement in enumerate(typed):
        replaced = None if kept[k] else _replaced(statement, missing)
        if kept[k] or replaced is not None:
            first = min(first, k)
        if replaced is None or statement.binds - ours:
            added.append([] if kept[k] else [statement.text])
        else:
            added.append([text for form, text in statement.inner_imports().items() if form not in known])
        if replaced is not None and statement.binds - ours:
            down_to = k + 1
    before = [text for k in range(max(first, down_to)) for text in ([typed[k].text] if kept[k] else added[k])]
    after = [text for texts in added[max(first, down_to) :] for text in texts]
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
    for original in reversed(originals):  # of two that say the same the last is the one that is missing
        if left[original.form] > 0:
            left[original.form] -= 1
            missing.append(original)
    return kept, missing


def _replaced(statement: Statement, missing: list[Statement]) -> Statement | None:
    """The original that is missing and whose place a statement took."""
    if statement.imports:
        return None
    replaced = next((original for original in missing if _in_place_of(statement, original)), None)
    if replaced is not None and statement.shows:
        missing.remove(replaced)  # one value shown takes the place of one
    return replaced


def _in_place_of(statement: Statement, original: Statement) -> bool:
    if not (statement.shows and original.shows):
        return bool(statement.binds & original.binds)
    # `sys.path.append("lib")` is no other way to show what the original shows
    return not statement.calls or bool(loaded_names(statement.text) & loaded_names(original.text))
