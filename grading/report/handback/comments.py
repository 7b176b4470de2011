"""A platform's own table with the feedback in its column of comments; marks and all other cells stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grading.errors import CourseError
from grading.lms import LAYOUTS
from grading.lms.roster import Person
from grading.report.handback.outgoing import Outgoing
from grading.tables import Row, Table, harmless_cell


def fill_comments(
    table: Table,
    rows: Mapping[str, tuple[Row, Person]],
    pages: Sequence[Outgoing],
    lms: str,
    *,
    overwrite: bool,
) -> dict[str, str]:
    """Write each page's words into its student's row; return whose comment stayed as it was, and why.

    Raises
    ------
    CourseError
        If the table has no column of comments.
    """
    column = LAYOUTS[lms](table).comment
    if column is None:
        raise CourseError(f"{table.name}: line 1: {MISSING[lms]}")
    stayed: dict[str, str] = {}
    for out in pages:
        words = harmless_cell("; ".join(out.words))
        if out.student not in rows:
            stayed[out.student] = "has no line in the file"
            continue
        row, _ = rows[out.student]
        there = row[column].strip()
        if there and there != words.strip() and not overwrite:
            stayed[out.student] = "has another comment there; --overwrite replaces it"
        else:
            table.put(row, column, words)
    return stayed


MISSING = {
    "moodle": "no column 'Feedback comments'; switch that feedback type on in the assignment's settings, and "
    "download the grading worksheet again",
    "blackboard": "no column 'Feedback to Learner'; download the one column of this unit, with its comments",
    "canvas": "Canvas's gradebook has no column of comments; leave --gradebook out and upload the zip",
}
"""What to do about a table without a column of comments."""
