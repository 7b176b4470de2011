"""What the head of a page says of it: a description in the page's own words; the title is the template's."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

LONGEST, ENOUGH = 200, 110  # characters of a description
OF_PAGES_WITHOUT_A_SOURCE = {
    "search": "Search the pages of {course}.",
    "genindex": "Terms of {course}, and the pages that explain them.",
}


def description_of(doctree: nodes.document) -> str:
    """The first words of a page that stand in its text, not in a box, and hold no formula."""
    said = ""
    for paragraph in doctree.findall(nodes.paragraph):
        formula = next(iter(paragraph.findall(lambda node: isinstance(node, nodes.math | nodes.image))), None)
        if isinstance(paragraph.parent, nodes.section | nodes.document) and formula is None:
            said = f"{said} {' '.join(paragraph.astext().split())}".strip()
        if len(said) >= ENOUGH:
            break
    return said if len(said) <= LONGEST else said[:LONGEST].rsplit(" ", 1)[0].rstrip(",;:(") + " …"


def describe(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Set the description of one page, before the preview's tags are made."""
    course = str(app.config.html_title)
    said = description_of(doctree) if doctree else OF_PAGES_WITHOUT_A_SOURCE.get(pagename, "")
    if said:
        said = said.format(course=course) if not doctree else said
        context["meta"] = {"og:description": escape(said), **(context.get("meta") or {})}
        tag = f'<meta name="description" content="{escape(said)}" />\n'
        context["metatags"] = context.get("metatags", "") + tag


def leave_out_an_empty_index(app: Sphinx, env: BuildEnvironment) -> None:
    """Make no page of index entries when there are none."""
    if not any(env.get_domain("index").data["entries"].values()):
        app.config.html_use_index = app.builder.use_index = False  # type: ignore[attr-defined]
        Path(app.outdir, "genindex.html").unlink(missing_ok=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the build."""
    app.connect("env-updated", leave_out_an_empty_index)
    app.connect("html-page-context", describe, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
