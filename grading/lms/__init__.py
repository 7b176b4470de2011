"""Learning platforms: how each names the files of its download and lays out its table of marks."""

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
