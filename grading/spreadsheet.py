"""Tables as CSV that a spreadsheet reads as text and numbers, and as nothing else."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

Value = str | float | int | None


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Value]]) -> str:
    """A table as CSV; None is empty, and no text is taken for a formula."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(header)
    table.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return "'" + value if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
    return f"{value:.10g}"
