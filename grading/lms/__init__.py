"""Learning platforms: how each names the files of its download and lays out its table of marks.

A platform is a module with ``read(entries, context)``, which sorts an archive's entries into uploads
(`download`), and, if it takes marks back as a file, ``layout(table)``, which finds the columns (`layout`). A
new one is added to the tables below. `archives` opens archives without unpacking them; `roster` tells who
is who, `directory` finds the one who is meant, `class_list` is the course's own roster.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grading.lms import blackboard, canvas, folder, gradescope, moodle
from grading.lms.archives import Entry
from grading.lms.download import Download, Reader, ReaderContext
from grading.lms.layout import LayoutReader

READERS: Mapping[str, Reader] = {
    "canvas": canvas.read,
    "moodle": moodle.read,
    "blackboard": blackboard.read,
    "gradescope": gradescope.read,
    "folder": folder.read,
}
"""What makes uploads of an archive's entries, by platform."""

LAYOUTS: Mapping[str, LayoutReader] = {
    "canvas": canvas.layout,
    "moodle": moodle.layout,
    "blackboard": blackboard.layout,
}
"""What finds the columns of marks in a platform's own table."""

HOW_TO_EXPORT: Mapping[str, str] = {
    "canvas": "in Canvas: Grades, Export, Export Entire Gradebook",
    "moodle": "in Moodle: the assignment's action 'Download grading worksheet', or Grades, Export, Plain text",
    "blackboard": "in Blackboard: Grade Centre, Work Offline, Download",
}
"""Where a person finds that table on the platform."""

NO_TIME: Mapping[str, str] = {
    "canvas": "Canvas's zip does not tell when anything was handed in, only what is late; each such mark counts "
    "as late_mark_days of course.toml. For the true times give a table with the columns student and 'handed in' "
    "(--roster FILE)",
    "moodle": "Moodle's archive does not tell when anything was handed in; its grading worksheet does (--roster)",
}
"""What is said where a platform's archive does not tell times."""

ZONELESS = ("moodle", "blackboard")
"""Platforms whose times name no zone."""


def recognised(entries: Sequence[Entry], context: ReaderContext) -> dict[str, Download]:
    """The platforms as whose download an archive can be read, with what it then holds."""
    if any(entry.name == gradescope.METADATA for entry in entries):
        return {"gradescope": READERS["gradescope"](entries, context)}
    found = {}
    for name in ("canvas", "moodle", "blackboard"):
        download = READERS[name](entries, context)
        if download.uploads and len(download.strangers) < len(entries) / 2:
            found[name] = download
    return found
