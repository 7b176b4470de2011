"""Where each graded cell stands: its heading, and the page of the book that teaches it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from grading.course import Course
from grading.units.master import nbgrader_of


@dataclass(frozen=True)
class NotebookPlace:
    """Where a graded cell stands: its heading, the page of the book that teaches it, its answer cell."""

    title: str
    page: str = ""
    link: str = ""
    answer_id: str = ""
    address: str = ""
    """Of the page, as the notebook links to it."""


def unit_places(course: Course, unit: str) -> tuple[str, dict[str, NotebookPlace]]:
    """The unit's title, and for each graded cell the heading above it and the book's page named last before it."""
    cells = json.loads(course.master(unit).read_text(encoding="utf-8"))["cells"]
    book = course.settings.book_url.rstrip("/")
    unit_title, title, page, link, target, answer_id = unit, "", "", "", "", ""
    places: dict[str, NotebookPlace] = {}
    for cell in cells:
        nbgrader = nbgrader_of(cell)
        if not nbgrader:
            for level, text in re.findall(r"^(#{1,4})\s+(.+)$", cell["source"], re.MULTILINE):
                title = re.sub(r"\s*\([^()]*points?[^()]*\)\s*$", "", text).strip()
                unit_title = title if level == "#" else unit_title
            for name, address in re.findall(r"\[([^\]]+)\]\(" + re.escape(book) + r"/([^)\s]+)\)", cell["source"]):
                page, link = name, f"{book}/{address}" if book.startswith("http") else ""
                target = f"{book}/{address}"
        elif nbgrader["solution"] and not nbgrader["grade"]:
            answer_id = nbgrader["grade_id"]
        if nbgrader.get("grade"):
            own = nbgrader["grade_id"] if nbgrader["solution"] else answer_id
            places[nbgrader["grade_id"]] = NotebookPlace(title or nbgrader["grade_id"], page, link, own, target)
    return unit_title, places
