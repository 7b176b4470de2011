"""A mark as the gradebook has it; apart from the writer, which takes a second to import."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoredMark:
    """A mark as the gradebook has it."""

    auto: float | None
    manual: float | None
    needs_manual: bool
    points: float
    comment: str = ""
