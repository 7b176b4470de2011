"""Old addresses and old names of progress keep working, by the tables `moved` and `renamed` of `_config.yml`.

`moved` leads from a page that is gone, or from a section that now stands elsewhere, to where it is:

    moved:
      old-page: new-page                       # the whole page; its sections by name, unless a line says otherwise
      old-page#a-section: other-page#a-section

`renamed` leads from the old to the new name under which a reader's device remembers a question or a task, such as
`self-check/old-id: self-check/new-id`; `assets/progress.js` does it. Names do not depend on pages, so a question
that only changes its page needs no line.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

GONE = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Moved</title>'
    '<link rel="canonical" href="{to}">'
    '<script src="_static/settings.js"></script><script src="_static/moved.js"></script>'
    '<noscript><meta http-equiv="refresh" content="0; url={to}"></noscript></head>'
    '<body><p>This page has moved: <a href="{to}">{to}</a></p></body></html>\n'
)


def address(place: str) -> str:
    """The relative address of `page` or `page#section`."""
    page, _, section = place.partition("#")
    return f"{page}.html" + (f"#{section}" if section else "")


def table_of(app: Sphinx) -> dict[str, str]:
    """The lines of `moved` that lead to pages of this edition."""
    left_out = set(app.config.teachers_pages)
    return {old: new for old, new in app.config.moved.items() if new.partition("#")[0] not in left_out}


def show(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Hand both tables to the scripts, and let pages that lost a section send readers after it.

    The same text for every page: `selfhost` puts it into one file, `settings.js`.
    """
    table = table_of(app)
    if table or app.config.renamed:
        renamed, moved = (
            json.dumps(app.config.renamed),
            json.dumps({old: address(new) for old, new in table.items()}),
        )
        body = f"globalThis.courseRenamed = {renamed}; globalThis.courseMoved = {moved};"
        app.add_js_file(None, body=body, priority=399)  # before progress.js
    if any(old.startswith(f"{pagename}#") for old in table):
        app.add_js_file("moved.js", loading_method="defer")


def write(app: Sphinx, exception: Exception | None) -> None:
    """Put a page that sends on where a page was, once every target is seen to be there.

    Raises
    ------
    ExtensionError
        If a line leads nowhere, or from something that is still there.
    """
    if exception or app.builder.format != "html":
        return
    table = table_of(app)
    faults = [fault for old, new in table.items() for fault in faults_of(app, old, new)]
    if faults:
        raise ExtensionError("_config.yml, moved: " + "; ".join(faults))
    for page in {old.partition("#")[0] for old in table} - app.env.found_docs:
        to = escape(address(table[page]))
        Path(app.outdir, f"{page}.html").write_text(GONE.format(to=to), "utf-8")


def faults_of(app: Sphinx, old: str, new: str) -> list[str]:
    """What is wrong with one line."""
    (old_page, _, old_section), (new_page, _, new_section) = old.partition("#"), new.partition("#")
    found = []
    if old_page not in app.env.found_docs and old_page not in table_of(app):
        found.append(f"the page {old_page} is gone, so it needs a line of its own")
    if not old_section and old_page in app.env.found_docs:
        found.append(f"the page {old_page} is still there")
    if new_page not in app.env.found_docs:
        found.append(f"there is no page {new_page}")
    elif new_section and not has(app, new_page, new_section):
        found.append(f"there is no section {new}")
    if old_section and old_page in app.env.found_docs and has(app, old_page, old_section):
        found.append(f"the section {old} is still there")
    return found


def has(app: Sphinx, page: str, section: str) -> bool:
    """Whether a page that was written has an element with this id."""
    return f' id="{escape(section)}"' in Path(app.outdir, f"{page}.html").read_text("utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the tables."""
    app.setup_extension("editions")
    app.add_config_value("moved", {}, "html", types=[dict])
    app.add_config_value("renamed", {}, "html", types=[dict])
    app.connect("html-page-context", show, priority=650)
    app.connect("build-finished", write, priority=930)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
