"""How a platform lays out its table of marks: which columns hold marks, comments and maxima."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from grading.tables import Table


@dataclass(frozen=True)
class Column:
    """A column of marks: its position, its title without ids and points, and the points it counts, if told."""

    index: int
    title: str
    points: float | None = None


@dataclass(frozen=True)
class Layout:
    """How a platform lays out a table of marks.

    Parameters
    ----------
    columns : tuple of Column
        Those that hold marks of one task each.
    comment : int or None
        The column that students read a comment in.
    maximum : int or None
        The column that holds each row's maximum.
    only_total : bool
        Whether there is room for one mark only.
    """

    columns: tuple[Column, ...]
    comment: int | None = None
    maximum: int | None = None
    only_total: bool = False


def number(text: str) -> float | None:
    """A number as a platform writes it, with a point or a comma; None if it is none."""
    try:
        return float(text.strip().rstrip("%").replace(",", "."))
    except ValueError:
        return None


LayoutReader = Callable[[Table], Layout]
"""What finds the columns of marks in a platform's table."""
