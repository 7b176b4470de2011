"""What a reader has done: a list at the foot of every page with questions or tasks, and the `progress` directive.

What is done is kept on the reader's device (`assets/progress.js`); here stands what there is to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import Any

from docutils import nodes
from html_directive import raw
from page_notes import PageNotes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

PLACE = "<!-- the book's progress -->"
LONGEST = 70  # characters of a question that the list shows
Item = tuple[str, str, str]  # its name in the reader's memory, what the list calls it, its anchor
CONTROLS = (
    '<div class="course-controls"><button type="button">Save to a file</button>'
    '<button type="button">Load a file</button><button type="button" data-sure="Yes, forget everything">'
    'Forget everything</button><input type="file" accept=".json,application/json" hidden tabindex="-1" '
    'aria-label="A file of saved progress"></div><p role="status"></p><p class="course-trouble"></p>'
)


class Items(PageNotes):
    """What there is to do on each page, in order: an `Item` each."""

    attribute = "progress_items"


class Overviews(PageNotes):
    """Pages that show the progress of all pages."""

    attribute = "progress_overviews"


class Progress(SphinxDirective):
    """All pages with how much of each is done, and buttons to save, load and forget it."""

    def run(self) -> list[nodes.Node]:
        """Leave a place that is filled when every page has been read."""
        Overviews.add(self.env, PLACE)
        return [raw(PLACE)]


def note(env: BuildEnvironment, name: str, label: str, anchor: str) -> None:
    """Add something to do to the page that is being read."""
    Items.add(env, (name, label, anchor))


def short(question: str) -> str:
    """The beginning of a question as plain text; nothing if a formula stands in it."""
    text = re.sub(r"[*_`]|\[([^\]]*)\]\([^)]*\)", r"\1", " ".join(question.split()))
    if "$" in text or "{" in text:
        return ""
    return text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0] + " …"


def page_list(items: Iterable[Item]) -> str:
    """The list at the foot of a page."""
    rows = "".join(
        f'<li data-item="{escape(name)}"><span class="course-mark" aria-hidden="true">○</span> '
        f'<a href="#{escape(anchor)}">{escape(label)}</a>: <span class="course-state">open</span></li>'
        for name, label, anchor in items
    )
    return (
        '<section class="course-progress" aria-label="Your progress on this page"><details><summary>'
        'Your progress on this page: <span class="course-count"></span></summary>'
        f'<ul>{rows}</ul></details><p class="course-trouble" role="status"></p></section>'
    )


def book_list(app: Sphinx, pagename: str) -> str:
    """The list of all pages."""
    items = Items.of(app.env)
    pages = [page for page in app.env.toctree_includes.get(app.config.root_doc, []) if page in items]
    pages = [page for page in (app.config.root_doc, *pages) if page in items]
    rows, total = [], set()
    for page in pages:
        names = list(dict.fromkeys(name for name, *_ in items[page]))
        total |= set(names)
        title = escape(app.env.titles[page].astext())
        address = app.builder.get_relative_uri(pagename, page) or "#"
        rows.append(
            f'<li data-items="{escape(" ".join(names))}"><a href="{address}">{title}</a>: '
            f'<span class="course-count">0 of {len(names)}</span></li>'
        )
    return (
        '<section class="course-book" aria-label="Your progress in the book"><p>Questions answered and tasks '
        f'passed: <strong class="course-total">0 of {len(total)} done</strong> '
        f'<progress max="{len(total)}" value="0" aria-label="Done in the whole book"></progress></p>'
        f"<details><summary>Page by page</summary><ul>{''.join(rows)}</ul></details>{CONTROLS}</section>"
    )


def show(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Put the lists into the page."""
    body = context.get("body")
    if not body:
        return
    if pagename in Overviews.of(app.env):
        body = body.replace(PLACE, book_list(app, pagename))
    if items := Items.of(app.env).get(pagename):
        body += page_list(items)
    context["body"] = body


def refresh(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Pages that list all others are written again when what they list has changed."""
    listed = {page: (env.titles[page].astext(), items) for page, items in sorted(Items.of(env).items())}
    if getattr(env, "progress_listed", None) == listed:
        return []
    env.progress_listed = listed  # type: ignore[attr-defined]
    return sorted(Overviews.of(env))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("progress", Progress)
    app.add_js_file("progress.js", loading_method="defer", priority=400)  # before those that use what it remembers
    app.add_env_collector(Items)
    app.add_env_collector(Overviews)
    app.connect("env-updated", refresh)
    app.connect("html-page-context", show, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
