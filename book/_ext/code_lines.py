"""How code is shown: in lines that fit the column, behind one quiet line, below the figure that it draws.

The sources keep the house's longer lines. Nothing but the layout of the code changes on its way to the page.
"""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
import textwrap
import tokenize
from collections.abc import Iterable
from html import escape
from typing import Any, ClassVar

from docutils import nodes
from html_directive import raw
from kept import kept
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

COLUMNS = 72
ABOUT_CODE = "The code"
PYTHON = ("python", "ipython3", "ipython")
RUFF = (sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", str(COLUMNS), "-")


def is_long(code: str) -> bool:
    """Whether a line of some code runs out of the column."""
    return any(len(line) > COLUMNS for line in code.split("\n"))


def fitted(code: str) -> str:
    """Python in lines that fit; as it was if it cannot be read."""
    if not is_long(code):
        return code
    try:
        return formatted(code)
    except (SyntaxError, tokenize.TokenError, subprocess.CalledProcessError):
        return code


@kept
def formatted(code: str) -> str:
    """Python in lines that fit, or what its reader raises."""
    done = subprocess.run(RUFF, input=comments_fitted(code), capture_output=True, text=True, check=True)
    return docstrings_fitted(done.stdout).rstrip("\n")


def comments_fitted(code: str) -> str:
    """Comments that make a line too long, above it, and broken where they are too long themselves."""
    lines = code.split("\n")
    tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
    for token in reversed([token for token in tokens if token.type == tokenize.COMMENT]):
        row, column = token.start
        line = lines[row - 1]
        if len(line) > COLUMNS:
            before = line[:column].rstrip()
            indent = line[: len(line) - len(line.lstrip())]
            comment = wrapped(token.string.lstrip("# "), f"{indent}# ")
            lines[row - 1 : row] = [*comment, *([before] if before else [])]
    return "\n".join(lines)


def docstrings_fitted(code: str) -> str:
    """Docstrings with their long lines broken, each at its own indentation."""
    lines = code.split("\n")
    for place in string_rows(code):
        line = lines[place]
        if len(line) > COLUMNS:
            indent = line[: len(line) - len(line.lstrip())]
            lines[place] = "\n".join(wrapped(line.strip(), indent))
    return "\n".join(lines)


def string_rows(code: str) -> list[int]:
    """The lines, from 0, of strings that stand as a statement."""
    found: list[int] = []
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Expr(value=ast.Constant(value=str())):
                found += range(node.lineno - 1, node.end_lineno or node.lineno)
    return found


def wrapped(text: str, indent: str) -> list[str]:
    """Words in lines that fit."""
    options: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}
    return textwrap.wrap(text, COLUMNS, initial_indent=indent, subsequent_indent=indent, **options) or [indent]


class FitListings(SphinxPostTransform):
    """Python of cells and of included functions in lines that fit."""

    default_priority = 250
    formats: ClassVar = ("html",)

    def run(self, **_: Any) -> None:
        """Change what is too long."""
        for block in list(self.document.findall(nodes.literal_block)):
            code = block.astext()
            if block.get("language") in PYTHON and is_long(code):
                new = nodes.literal_block(fitted(code), fitted(code), **block.attributes)
                block.replace_self(new)


class FoldCode(SphinxPostTransform):
    """Code about which the prose does not speak: one line that opens it, below its figure."""

    default_priority = 260  # after MyST-NB has folded the cells' code
    formats: ClassVar = ("html",)

    def run(self, **_: Any) -> None:
        """Move what draws below what is drawn, and fold boxes that hold code."""
        for hidden in list(self.document.findall(HideCodeCellNode)):
            cell = hidden.parent
            cell.remove(hidden)
            cell += folded("Code" if cell["hide_mode"] == "input" else "What the code shows", hidden.children)
        for box in list(self.document.findall(nodes.admonition)):
            if "dropdown" in box["classes"] and re.match(ABOUT_CODE, box[0].astext()):
                place = box.parent.index(box)
                box.parent[place : place + 1] = folded(box[0].astext(), box[1:])


def folded(title: str, content: Iterable[nodes.Node]) -> list[nodes.Node]:
    """Content behind a line that opens it."""
    opening = raw(f'<details class="code-fold"><summary>{escape(title)}</summary>')
    return [opening, *content, raw("</details>")]


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the build."""
    app.add_post_transform(FitListings)
    app.add_post_transform(FoldCode)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
