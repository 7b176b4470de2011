"""Where each graded cell stands: its heading, and the page of the book that teaches it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from grading.course import Course
from grading.units.master import nbgrader_of, notebook_cells, source_of


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
    book = course.settings.book_url.rstrip("/")
    unit_title, title, page, link, target, answer_id = unit, "", "", "", "", ""
    places: dict[str, NotebookPlace] = {}
    for cell in notebook_cells(course.master(unit)):
        nbgrader, source = nbgrader_of(cell), source_of(cell)
        if not nbgrader:
            for level, text in re.findall(r"^(#{1,4})\s+(.+)$", source, re.MULTILINE):
                title = re.sub(r"\s*\([^()]*points?[^()]*\)\s*$", "", text).strip()
                unit_title = title if level == "#" else unit_title
            for name, address in re.findall(r"\[([^\]]+)\]\(" + re.escape(book) + r"/([^)\s]+)\)", source):
                page, link = name, f"{book}/{address}" if book.startswith("http") else ""
                target = f"{book}/{address}"
        elif nbgrader["solution"] and not nbgrader["grade"]:
            answer_id = nbgrader["grade_id"]
        if nbgrader.get("grade"):
            grade_id = nbgrader["grade_id"]
            its_answer = grade_id if nbgrader["solution"] else answer_id
            places[grade_id] = NotebookPlace(title or grade_id, page, link, its_answer, target)
    return unit_title, places
