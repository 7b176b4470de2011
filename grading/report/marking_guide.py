"""The page beside formgrader: model answer and rubric of each written task, for those who mark."""

from __future__ import annotations

from pathlib import Path

from grading.course import Course
from grading.files import write_atomically
from grading.report.page_templates import environment
from grading.units.master import nbgrader_of, notebook_cells, source_of
from grading.units.places import unit_places


def write_marking_guide(course: Course, unit: str) -> Path | None:
    """Write ``results/<unit>-marking.html``; None if no task of the unit is marked by a person."""
    title, places = unit_places(course, unit)
    tasks = []
    for cell in notebook_cells(course.master(unit)):
        nbgrader = nbgrader_of(cell)
        if nbgrader.get("grade") and nbgrader["solution"]:
            name = str(nbgrader["grade_id"])
            prose = cell["cell_type"] == "markdown"
            tasks.append((name, places[name].title, f"{nbgrader['points']:g}", prose, source_of(cell)))
    if not tasks:
        return None
    page = course.results / f"{unit}-marking.html"
    write_atomically(page, environment().get_template("marking.html").render(title=title, tasks=tasks))
    return page
