"""Blackboard: ``Assignment_user_attempt_2026-10-01-13-05-22_notebook.ipynb`` and a receipt.

The receipt, of the same name up to the time and then ``.txt``, names the person, what was typed, and each file as
the student named it and as Blackboard renamed it. The time is the server's, without a zone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from grading.errors import CourseError
from grading.lms.archives import Entry, UnreadableError
from grading.lms.download import Download, Named, Part, ReaderContext, Upload, grouped
from grading.lms.layout import Column, Layout, number
from grading.lms.roster import Person
from grading.printable import printable
from grading.tables import Table, find_column

FILE = re.compile(r"(?P<head>[^/]+?)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<rest>[^/]+)|(?P<receipt>\.txt))")
"""The first time counts: what follows it was named by the student."""
NOTHING = (
    "There is no student submission text data for this assignment.",
    "There are no student comments for this assignment",
)
MAX_RECEIPT = 1 << 20


class Receipt(NamedTuple):
    """What a receipt tells."""

    name: str
    login: str
    original: Mapping[str, str]
    notes: tuple[str, ...]


def read(entries: Sequence[Entry], context: ReaderContext) -> Download:
    """Group the files of an "Assignment File Download" zip by user and attempt."""
    download = Download()
    uploads = grouped(entries, FILE, lambda match: (match["head"], match["time"]), download, "Blackboard")
    for (head, time), files in uploads.items():
        receipt = next((_receipt(entry) for match, entry in files if match["receipt"]), None)
        download.uploads.append(_upload(head, time, files, receipt, context))
    return download


def _upload(
    head: str,
    time: str,
    files: Sequence[Named],
    receipt: Receipt | None,
    context: ReaderContext,
) -> Upload:
    login = head.rpartition("_")[2]
    notes = receipt.notes if receipt else ("without Blackboard's receipt",)
    if receipt and head.endswith(f"_{receipt.login}"):  # a user name may have a _ in it
        login = receipt.login
    parts = tuple(
        Part((receipt.original.get(entry.name) if receipt else None) or match["rest"], entry)
        for match, entry in files
        if not match["receipt"]
    )
    try:
        handed_in = datetime.strptime(time, "%Y-%m-%d-%H-%M-%S").replace(tzinfo=context.zone)
    except ValueError:
        handed_in, notes = None, (*notes, f"{time} is no time")
    return Upload(
        who=(Person(login=login, sis_id=login, name=receipt.name if receipt else ""),),
        parts=parts,
        source=files[0][1].path,
        handed_in=handed_in,
        notes=notes,
    )


def _receipt(entry: Entry) -> Receipt:
    """Read a receipt; one that cannot be read tells nothing but that."""
    try:
        text = entry.read()[:MAX_RECEIPT].decode("utf-8-sig", "replace").replace("\r\n", "\n")
    except UnreadableError as error:
        return Receipt("", "", {}, (f"Blackboard's receipt: {error}",))
    who = re.search(r"^Name:[ \t]*(.*?)[ \t]*\(([^()\n]+)\)[ \t]*$", text, re.MULTILINE)
    renamed = re.findall(r"Original filename:[ \t]*(.+)\n[ \t]*Filename:[ \t]*(.+)", text)
    typed = re.search(r"^Submission Field:[ \t]*\n(.*?)^Comments:[ \t]*\n", text, re.MULTILINE | re.DOTALL)
    comment = re.search(r"^Comments:[ \t]*\n(.*?)(?:^Files:|\Z)", text, re.MULTILINE | re.DOTALL)
    notes = []
    for what, match in (("typed an answer, not graded", typed), ("wrote to the marker", comment)):
        said = " ".join(match[1].split()) if match else ""
        if said and not said.startswith(NOTHING):
            notes.append(f"{what}: {printable(said, 120)}")
    return Receipt(
        who[1] if who else "",
        who[2].strip() if who else "",
        {new.strip(): old.strip() for old, new in renamed},
        tuple(notes),
    )


COLUMN = re.compile(
    r"(?P<title>.*?)\s*\[Total Pts: (?:up to )?(?P<points>[\d.,]+)\s*(?P<kind>[^\]]*)\]\s*\|?\s*(?P<id>\d*)\s*",
    re.DOTALL,
)
NO_MARK = re.compile(r"\s*|-|needs (?:grading|marking).*|in progress.*", re.IGNORECASE)


def layout(table: Table) -> Layout:
    """Columns of a "Work Offline, Download": ``Title [Total Pts: 10 Score] |123456``."""
    header = table.header.values
    if find_column(header, "Username") is None:
        raise CourseError(
            f"{table.name}: line 1: no column Username; download the grade centre from Blackboard again"
        )
    matches = [(index, COLUMN.fullmatch(title)) for index, title in enumerate(header)]
    columns = tuple(
        Column(index, match["title"], number(match["points"]), match["id"], _trouble(match["kind"].strip()))
        for index, match in matches
        if match
    )
    comment = find_column(header, "Feedback to Learner") if len(columns) == 1 else None
    return Layout(columns, comment=comment, no_mark=NO_MARK)


def _trouble(kind: str) -> str:
    """Why points cannot stand in a column that shows something else."""
    if kind.casefold() in ("", "score"):
        return ""
    return f"shows {kind}, not points: set its primary display to Score, and download again"
