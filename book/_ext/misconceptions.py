"""Known misconceptions, refuted by name: `misconceptions.toml` of the book, and the directive that lists them.

Whoever gives an answer that the file lays to a misconception reads its refutation below the answer's own sentence.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from docutils import nodes
from html_directive import HtmlDirective
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

FILE = "misconceptions.toml"


@dataclass(frozen=True)
class Misconception:
    """What one may think, why it tempts, and what holds; each a clause."""

    name: str
    think: str
    tempts: str
    but: str
    answers: dict[str, str] = field(default_factory=dict, compare=False)
    """By question, how the answer begins that it leads to."""

    @property
    def refuted(self) -> str:
        """The refutation, in Markdown."""
        return (
            f"**{self.name}.** It is tempting to think that {self.think}, because {self.tempts}. But {self.but}."
        )


@cache
def read(path: Path, changed: int) -> tuple[Misconception, ...]:
    """The misconceptions in a file as it was when it was `changed`."""
    return tuple(Misconception(**entry) for entry in tomllib.loads(path.read_text("utf-8"))["misconception"])


def known(srcdir: str | Path) -> tuple[Misconception, ...]:
    """The book's misconceptions; none if it has no file of them."""
    path = Path(srcdir, FILE)
    return read(path, path.stat().st_mtime_ns) if path.exists() else ()


def named(srcdir: str | Path, name: str) -> Misconception:
    """The misconception of this name."""
    return next(thought for thought in known(srcdir) if thought.name == name)


def behind(env: BuildEnvironment, check: str, answer: str) -> Misconception | None:
    """The misconception that leads to an answer of a question."""
    for thought in known(env.srcdir):
        if check in thought.answers and answer.startswith(thought.answers[check]):
            return thought
    return None


class Misconceptions(HtmlDirective):
    """All of them, one below the other."""

    def run(self) -> list[nodes.Node]:
        """List them."""
        lines = [f"- {thought.refuted}" for thought in known(self.env.srcdir)]
        return self.blocks(lines, self.lineno)


def depend(app: Sphinx, docname: str, source: list[str]) -> None:
    """Read pages again when the file changes."""
    if Path(app.srcdir, FILE).exists():
        app.env.note_dependency(FILE)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("misconceptions", Misconceptions)
    app.connect("source-read", depend)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
