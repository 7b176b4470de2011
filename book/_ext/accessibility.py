"""Repairs of markup that docutils, pandas and the theme get wrong; `assets/accessibility.js` mends the rest."""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

EMPTY_HEADER = re.compile(r"<th(?P<attributes>[^>]*)>\s*(?:<p>\s*</p>)?\s*</th>")
TABLE_WITHOUT_CORNER = re.compile(r"<thead>\s*<tr[^>]*>\s*<td[^>]*></td>.*?</table>", re.DOTALL)
FIRST_CELL = re.compile(r"(<tr[^>]*>\s*)<td(?P<attributes>[^>]*)>(?P<words>.*?)</td>", re.DOTALL)
FORMULA_HEADER = re.compile(
    r'(?P<open><th[^>]*><p>)(?P<formula><span class="math[^>]*><mjx-container(?:(?!</span>).)*</span></p></th>)'
)


def with_row_headers(table: re.Match[str]) -> str:
    """A table whose columns all have headers but the first: that one holds the headers of the rows."""
    head, close, rows = table[0].partition("</thead>")
    return head + close + FIRST_CELL.sub(r'\1<th scope="row"\g<attributes>>\g<words></th>', rows)


def mend(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Mend the body of one page."""
    body = context.get("body")
    if not body:
        return
    # WAI-ARIA 1.2 deprecates doc-biblioentry; axe refuses it.
    body = body.replace('role="doc-biblioentry"', 'role="listitem"')
    # pandas, and tables written by hand, leave the corner as an empty header.
    body = EMPTY_HEADER.sub(r"<td\g<attributes>></td>", body)
    body = TABLE_WITHOUT_CORNER.sub(with_row_headers, body)
    # A header that is a formula alone has no text to name its column with.
    body = FORMULA_HEADER.sub(r'\g<open><span class="visually-hidden">formula </span>\g<formula>', body)
    context["body"] = body


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to the build."""
    app.connect("html-page-context", mend, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
