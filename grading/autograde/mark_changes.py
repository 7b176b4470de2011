"""What grading again does to marks: each check of each student, before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from grading.gradebook.stored_mark import StoredMark
from grading.submission.results import Result

Stored = Mapping[str, Mapping[str, StoredMark]]
"""Marks as the gradebook has them, by student and grade_id."""


@dataclass(frozen=True)
class MarkChange:
    """One check of one student, before and after.

    Parameters
    ----------
    student, grade_id : str
        Whose, and which.
    before, after : float or None
        The automatic mark; None before the first grading, or while a written answer waits.
    points_before, points_after : float or None
        What it is worth.
    by_hand : float or None
        A person's mark, which counts and stays.
    """

    student: str
    grade_id: str
    before: float | None
    after: float | None
    points_before: float | None
    points_after: float
    by_hand: float | None = None

    @property
    def kind(self) -> str:
        """``new``, ``same``, ``fell`` or ``rose``; with a mark by hand ``by hand``, for that one counts."""
        if self.before == self.after:
            return "same"
        if self.by_hand is not None:
            return "by hand"
        if self.before is None or self.after is None:
            return "new"
        return "fell" if self.after < self.before else "rose"

    @property
    def moved(self) -> bool:
        """Whether an automatic mark was replaced by another."""
        return None not in (self.before, self.after) and self.before != self.after


def mark_changes(before: Stored, results: Sequence[Result]) -> Iterator[MarkChange]:
    """Every check of every result beside what the gradebook had."""
    for result in results:
        for mark in result.marks:
            stored = before.get(result.student, {}).get(mark.grade_id)
            yield MarkChange(
                result.student,
                mark.grade_id,
                stored.auto if stored else None,
                mark.score,
                stored.points if stored else None,
                mark.points,
                stored.manual if stored else None,
            )
