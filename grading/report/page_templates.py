"""The templates of reports and feedback pages: text is escaped, and a name that nothing fills in is an error."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from grading.printable import counted
from grading.report.prose import message, prose


def environment() -> Environment:
    """Where the pages' templates are found, and how they are filled in."""
    templates = Environment(
        loader=PackageLoader("grading.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {"counted": counted, "prose": prose, "message": message}
    return templates
