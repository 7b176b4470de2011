"""Learning platforms: how each names the files of its download and lays out its table of marks.

A platform is a module with ``read(entries, context)``, which sorts an archive's entries into uploads
(`download`), and, if it takes marks back as a file, ``layout(table)``, which finds the columns (`layout`). A
new one is added to the tables below. `archives` opens archives without unpacking them; `roster` tells who
is who.
"""

from __future__ import annotations

from collections.abc import Mapping

from grading.lms import blackboard, canvas, folder, gradescope, moodle
from grading.lms.download import Reader
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
