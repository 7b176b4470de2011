"""A mark as the gradebook has it; apart from the writer, which takes a second to import."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoredMark:
    """A mark as the gradebook has it; `extra` is what formgrader calls extra credit."""

    auto: float | None
    manual: float | None
    needs_manual: bool
    points: float
    comment: str = ""
    extra: float = 0.0

    @property
    def given(self) -> bool:
        """Whether there is a mark at all, of the machine's or a person's."""
        return self.auto is not None or self.manual is not None
