"""How a platform lays out its table of marks: which columns hold marks, comments and maxima."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from grading.tables import Row, Table


@dataclass(frozen=True)
class Column:
    """A column of marks.

    Parameters
    ----------
    index : int
        Its position.
    title : str
        Its title without id and points.
    points : float or None
        What it counts, if told.
    id : str
        By what the platform knows it; empty if it has only a title.
    trouble : str
        Why no mark can be written into it; empty if one can.
    """

    index: int
    title: str
    points: float | None = None
    id: str = ""
    trouble: str = ""

    @property
    def label(self) -> str:
        """Title and id, as ``--column`` takes them."""
        return f"{self.title} ({self.id})" if self.id else self.title


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
    no_mark : re.Pattern
        What a cell without a mark holds.
    locked : callable
        Whether the platform says that a row's mark cannot be changed.
    takes_more : bool
        Whether the platform takes a mark above the maximum.
    """

    columns: tuple[Column, ...]
    comment: int | None = None
    maximum: int | None = None
    only_total: bool = False
    no_mark: re.Pattern[str] = re.compile(r"\s*-?\s*")
    locked: Callable[[Row], bool] = lambda row: False
    takes_more: bool = True


def number(text: str) -> float | None:
    """A number as a platform writes it, with a point or a comma; None if it is none."""
    try:
        return float(text.strip().rstrip("%").replace(",", "."))
    except ValueError:
        return None


LayoutReader = Callable[[Table], Layout]
"""What finds the columns of marks in a platform's table."""
