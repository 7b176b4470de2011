"""The directive `answers`: every unit's answers, as its solution writes them, once they may be read.

In the students' edition a unit whose answers are withheld has the time at which they will stand here instead.
"""

from __future__ import annotations

import ast
from datetime import datetime
from pathlib import Path

import exercise_link
from docutils import nodes
from html_directive import HtmlDirective
from reveal import reveal_of
from sphinx.application import Sphinx

from grading.course import SETTINGS, Course
from grading.units import hidden_tests
from grading.units.code_shape import functions_of, parsed

MARKS = ("### BEGIN SOLUTION", "### END SOLUTION")


class AnswersPage(HtmlDirective):
    """The answers to all exercises."""

    def run(self) -> list[nodes.Node]:
        """A folded box for each unit."""
        root = Path(self.env.srcdir).parent
        if not (root / SETTINGS).is_file():
            return []
        course = Course(root)
        self.env.note_dependency(str(root / SETTINGS))
        withheld = self.config.withheld[0] if self.config.withheld else []
        return [self.of_unit(course, unit, withheld=unit in withheld) for unit in course.units]

    def of_unit(self, course: Course, unit: str, *, withheld: bool) -> nodes.Node:
        """One unit's answers, or when they come."""
        title = exercise_link.title_of(course.release(unit), unit)
        box = nodes.admonition("", nodes.title("", title), classes=["admonition"])
        if withheld:
            box += nodes.paragraph("", when(reveal_of(course, unit)))
            return box
        box["classes"].append("dropdown")
        self.env.note_dependency(str(course.source(unit)))
        source = course.source(unit).read_text("utf-8")
        for name in hidden_tests.checks(course, unit):
            if code := solution_of(source, name):
                box += nodes.literal_block(code, code, language="python")
        return box


def when(moment: datetime | None) -> str:
    """When answers appear, in words."""
    if moment is None:
        return "No date is set from which on these answers are shown."
    return f"The answers appear here on {moment:%-d %B %Y}, from {moment:%H:%M} ({moment.tzname()}) on."


def solution_of(source: str, name: str) -> str:
    """The last function of this name in a solution, without the marks around the answer."""
    found = [node for node in functions_of(parsed(source)) if node.name == name]
    code = ast.get_source_segment(source, found[-1]) if found else None
    return "\n".join(line for line in (code or "").splitlines() if line.strip() not in MARKS)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.setup_extension("editions")
    app.add_directive("answers", AnswersPage)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
