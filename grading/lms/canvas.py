"""Canvas: ``lastnamefirst_LATE_1234_56789_notebook.ipynb``.

Canvas writes the sortable name in lower case without spaces and punctuation, or a group's name; then ``LATE`` if
it is; the user's id; the file's id; the file as the student named it. Typed answers end in ``_text.html``, links
in ``_link.html``, without a file id. Under anonymous marking there is ``anon_<id>`` instead of name and user id. A
file handed in again under the same name gets ``-1``, ``-2``. Canvas does not tell when anything was handed in.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from grading.errors import CourseError
from grading.lms.archives import Entry
from grading.lms.download import Download, Named, Part, ReaderContext, Upload, grouped
from grading.lms.layout import Column, Layout, number
from grading.lms.roster import Person
from grading.tables import Table, find_column

FILE = re.compile(
    r"(?:(?P<name>[^/]*?)_)??(?P<late>LATE_)?(?:anon_(?P<anon>[A-Za-z0-9]+)|(?P<user>\d+))"
    r"_(?:(?P<file>\d+)_(?P<rest>[^/]+)|(?P<typed>text|link)\.html)"
)
"""The first numbers count: what follows them was named by the student."""


def read(entries: Sequence[Entry], context: ReaderContext) -> Download:
    """Group the files of a "Download Submissions" zip by user."""
    download = Download()
    uploads = grouped(entries, FILE, _user_and_name, download, "Canvas")
    download.uploads += [_upload(user, name, files) for (user, name), files in uploads.items()]
    return download


def _user_and_name(match: re.Match[str]) -> tuple[str, str]:
    return match["user"] or f"anon_{match['anon']}", match["name"] or ""


def _upload(user: str, name: str, files: Sequence[Named]) -> Upload:
    typed = [match["typed"] for match, _ in files if match["typed"]]
    names = {match["rest"] for match, _ in files}
    return Upload(
        who=(Person(lms_id=user, name=name),),
        parts=tuple(Part(_as_handed_in(match, names), entry) for match, entry in files),
        source=files[0][1].path,
        order=max(int(match["file"] or 0) for match, _ in files),
        late=any(match["late"] for match, _ in files),
        notes=tuple(f"a typed {'answer' if kind == 'text' else 'link'}, not graded" for kind in typed),
    )


def _as_handed_in(match: re.Match[str], names: Collection[str]) -> str:
    """A file's name as the student gave it: without Canvas's number of a file that is handed in again."""
    if match["typed"]:
        return f"{match['typed']}.html"
    name = re.sub(r"-\d{1,3}(?=\.\w+\Z)", "", match["rest"])
    return match["rest"] if name in names else name


NOT_TASKS = re.compile(r"(?:Current|Final|Override) (?:Score|Points|Grade|Status)\b")


def layout(table: Table) -> Layout:
    """Columns of a gradebook from "Grades, Export": one per assignment, named ``Title (id)``.

    The line "Points Possible" tells how much each counts and which are read only.
    """
    header = table.header.values
    if find_column(header, "Student", "LastName") is None or (section := find_column(header, "Section")) is None:
        raise CourseError(
            f"{table.name}: line 1: no columns Student, ID and Section; export the gradebook from Canvas"
        )
    possible = next((row for row in table.rows[1:6] if "points possible" in row[0].casefold()), None)
    columns = []
    for index, title in enumerate(header):
        points = possible[index].strip() if possible else ""
        task = re.fullmatch(r"(.*?)\s*\((\d+)\)\s*", title, re.DOTALL)
        if index > section and task and not NOT_TASKS.search(title) and "read only" not in points:
            columns.append(Column(index, task[1], number(points), task[2]))
    return Layout(tuple(columns))
