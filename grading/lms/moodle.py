"""Moodle: ``Full Name_1234567_assignsubmission_file_/notebook.ipynb``, or the same in one name without folders.

The number is the participant's in this assignment, as in the column "Identifier" of its grading worksheet. In
group assignments the group's name and a hyphen precede the name, and each member has the files. Typed answers are
in ``..._assignsubmission_onlinetext_/onlinetext.html``. The archive does not tell when anything was handed in; the
grading worksheet, given as roster, does.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from datetime import datetime, tzinfo

from grading.errors import CourseError
from grading.lms.archives import Entry
from grading.lms.download import Download, Part, ReaderContext, Upload, grouped
from grading.lms.layout import Column, Layout
from grading.lms.roster import Person
from grading.tables import Table, find_column

FILE = re.compile(
    r"(?P<name>[^/]+?)_(?P<id>\d+)_assignsubmission_(?P<kind>file|onlinetext)_?(?:/|(?<=_))(?P<rest>.+)", re.DOTALL
)
MONTHS = tuple(calendar.month_name)  # in English, since the program never calls setlocale()


def read(entries: Sequence[Entry], context: ReaderContext) -> Download:
    """Group the files of a "Download all submissions" zip by participant."""
    download = Download()
    uploads = grouped(entries, FILE, lambda match: (match["id"], match["name"]), download, "Moodle")
    for (number, name), files in uploads.items():
        typed = ("a typed answer, not graded",) if any(m["kind"] == "onlinetext" for m, _ in files) else ()
        download.uploads.append(
            Upload(
                who=(Person(lms_id=number, name=name),),
                parts=tuple(Part(match["rest"], entry) for match, entry in files),
                source=files[0][1].path,
                notes=typed,
            )
        )
    return download


def moment(text: str, zone: tzinfo) -> datetime | None:
    """A time as English Moodle writes it: "Thursday, 1 October 2026, 1:05 PM" or "October 1, 2026, 1:05 PM"."""
    words = re.findall(r"[A-Za-z]+|\d+", text.casefold())
    month = next((MONTHS.index(word.title()) for word in words if word.title() in MONTHS), 0)
    numbers = [int(word) for word in words if word.isdigit()]
    if not month or len(numbers) not in (4, 5):
        return None
    day, year, hour, minute = numbers[:4]
    if "pm" in words or "am" in words:
        hour = hour % 12 + (12 if "pm" in words else 0)
    try:
        return datetime(year, month, day, hour, minute, tzinfo=zone)
    except ValueError:
        return None


def layout(table: Table) -> Layout:
    """Columns of a grading worksheet ("Grade", one assignment), or of a grade export ("Assignment: Title")."""
    header = table.header.values
    grade = find_column(header, "Grade")
    if find_column(header, "Identifier") is not None and grade is not None:
        maximum = find_column(header, "Maximum grade")
        comment = find_column(header, "Feedback comments")
        return Layout((Column(grade, "Grade"),), comment=comment, maximum=maximum, only_total=True)
    columns = []
    for index, title in enumerate(header):
        task = re.fullmatch(r"\s*(?!feedback:)[^:]+:\s*(.+?)\s*(\(\w+\))?\s*", title, re.IGNORECASE)
        # columns of percentages and letters hold no points
        if task and (task[2] or "(Real)").casefold() == "(real)":
            columns.append(Column(index, task[1]))
    if not columns:
        raise CourseError(
            f"{table.name}: line 1: neither a grading worksheet (Identifier, Grade) nor a grade export with "
            "columns such as 'Assignment: Title (Real)'; export it from Moodle again"
        )
    return Layout(tuple(columns))
