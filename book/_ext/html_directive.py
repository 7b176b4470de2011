"""What the directives that write their own HTML share: raw HTML, and Markdown between its parts."""

from __future__ import annotations

from collections.abc import Sequence

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective


def raw(html: str) -> nodes.raw:
    """HTML that other builders leave out."""
    return nodes.raw("", html, format="html")


class HtmlDirective(SphinxDirective):
    """A directive that returns raw HTML and parsed Markdown in turns."""

    def blocks(self, lines: Sequence[str], line: int, *, source: str = "") -> list[nodes.Node]:
        """Parse Markdown blocks; `line` and `source` (this page if empty) are what warnings name."""
        holder = nodes.Element()
        self.state.nested_parse(StringList(list(lines), source or self.env.docname), line, holder)
        return list(holder.children)
