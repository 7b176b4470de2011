"""What nobody can be asked to type: minus signs, and punctuation that stays with the code before it."""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

MINUS = "\N{MINUS SIGN}"
PIECE = re.compile(r"<[^>]*>|[^<]+")
NAME = re.compile(r"</?([\w-]+)")
VERBATIM = {"code", "kbd", "pre", "samp", "script", "style", "svg", "textarea"}
HYPHEN = re.compile(r"(?<![^\s(\[,;:=±])-(?=\.?\d)")

CODE = r"<code class=\"[^\"]*\bliteral\b[^>]*>(?:(?!</code>).)*</code>"
TIED = re.compile(
    rf"(?P<before>[(\[\u201c]?)(?P<code>(?:<a [^>]*>)?{CODE}(?:</a>)?)(?P<after>[.,;:!?)\]\u201d\u2019]*)"
)


def tied(body: str) -> str:
    """A page's HTML in which no line begins with the punctuation after code, or ends with a bracket before it.

    Code may break within, so a browser takes each word of it for a picture, beside which a line may end.
    """

    def tie(match: re.Match[str]) -> str:
        around = match["before"] or match["after"]
        return f'<span class="tied">{match[0]}</span>' if around else match[0]

    return TIED.sub(tie, body)


def with_minus_signs(body: str) -> str:
    """A page's HTML with a minus sign before negative numbers; code and what it printed stay as they are."""
    done, depth = [], 0
    for piece in PIECE.findall(body):
        name = NAME.match(piece)
        if name and name[1] in VERBATIM:
            depth += -1 if piece.startswith("</") else not piece.endswith("/>")
        done.append(piece if depth or piece.startswith("<") else HYPHEN.sub(MINUS, piece))
    return "".join(done)


def mend(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Mend the body of one page."""
    if context.get("body"):
        context["body"] = tied(with_minus_signs(context["body"]))


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the build."""
    app.connect("html-page-context", mend, priority=955)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
