"""Where a page that people read finds the book's page on a task."""

from __future__ import annotations

import os
from pathlib import Path

from grading.course import Course
from grading.units.places import NotebookPlace, unit_places


def book_link(course: Course, unit: str, place: NotebookPlace, page: Path) -> str:
    """Address of the book's page: on the web, or relative to `page` if the book lies on this machine; else ""."""
    if place.link or not place.address:
        return place.link
    address, _, anchor = place.address.partition("#")
    file = Path(os.path.normpath(course.release_folder(unit) / address))
    if not file.is_file():
        return ""
    return os.path.relpath(file, page.resolve().parent).replace(os.sep, "/") + (f"#{anchor}" if anchor else "")


def leads_beside(course: Course, unit: str) -> bool:
    """Whether feedback pages find the book only on this machine."""
    page = course.feedback_page("student", unit)
    places = unit_places(course, unit)[1].values()
    return any(not place.link and book_link(course, unit, place, page) for place in places)
