"""The `figure-lab` directive: places an interactive figure, with its body as the text alternative.

The body is what a reader without JavaScript sees, and what the figure offers as its description.
"""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path
from typing import Any, ClassVar

import figure_data
import story
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

LABS = ("story-demo", "shrinkage-lab", "compromise-lab", "weights-lab", "logistic-lab")
IMPORT = re.compile(r'^import \{[^}]*\} from "\./(?:formulas|lab)\.js";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?=async |class |const |function )", re.MULTILINE)
MODULE_SYNTAX = re.compile(r"^\s*(?:import|export)\b.*$", re.MULTILINE)


class FigureLab(SphinxDirective):
    """Place the custom element that the argument names."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {}

    def run(self) -> list[nodes.Node]:
        """Build the element, its data and its text alternative."""
        name = self.arguments[0]
        if name not in LABS:
            raise self.error(f"figure-lab {name!r} is unknown; there are {', '.join(LABS)}")
        if not "".join(self.content).strip():
            raise self.error(f"figure-lab {name!r} has no text alternative; describe the figure in its body")
        labs_of(self.env).setdefault(self.env.docname, set()).add(name)
        alternative = nodes.container(classes=["lab-alternative"])
        self.state.nested_parse(StringList(list(self.content), self.env.docname), self.content_offset, alternative)
        data = figure_data.for_lab(name)
        embedded = "" if data is None else f'<script type="application/json">{as_json(data)}</script>'
        parts: list[nodes.Node] = [raw(f'<{name} class="figure-lab">{embedded}'), alternative]
        if name == "story-demo" and data is not None:
            self.env.note_dependency(str(story.SOURCE))
            parts += self.steps(data)
        return [*parts, raw(f"</{name}>")]

    def steps(self, data: dict[str, Any]) -> list[nodes.Node]:
        """The story's steps, each with its words and its formulas."""
        parts: list[nodes.Node] = [raw('<ol class="story-steps">')]
        for step in story.steps(data):
            parts.append(raw(f'<li data-step="{step.key}" data-title="{escape(step.title)}"><div>'))
            words, formulas = story.markdown(step)
            parts += self.blocks(words)
            parts.append(raw('</div><div class="story-formulas">'))
            parts += self.blocks(formulas)
            parts.append(raw("</div></li>"))
        return [*parts, raw("</ol>")]

    def blocks(self, markdown: str) -> list[nodes.Node]:
        """Parse Markdown blocks."""
        holder = nodes.Element()
        self.state.nested_parse(StringList(markdown.split("\n"), "book/demo/story.toml"), 0, holder)
        return list(holder.children)


def raw(html: str) -> nodes.raw:
    """HTML that other builders leave out."""
    return nodes.raw("", html, format="html")


def as_json(data: dict[str, Any]) -> str:
    """JSON that cannot end the script element it stands in."""
    return json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def labs_of(env: BuildEnvironment) -> dict[str, set[str]]:
    """Which figures each page has."""
    if not hasattr(env, "figure_labs"):
        env.figure_labs = {}  # type: ignore[attr-defined]
    labs: dict[str, set[str]] = env.figure_labs  # type: ignore[attr-defined]
    return labs


def purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget a page that is read again."""
    labs_of(env).pop(docname, None)


def merge(app: Sphinx, env: BuildEnvironment, docnames: list[str], other: BuildEnvironment) -> None:
    """Join what a parallel reader found."""
    labs_of(env).update(labs_of(other))


def bundle(name: str, folder: Path) -> str:
    """A figure and the modules it imports, as one classic script: browsers refuse modules on `file:` pages.

    Every figure imports names from `formulas.js` and `lab.js` only, so joining is leaving the imports out.
    """
    sources = [(folder / module).read_text("utf-8") for module in ("formulas.js", "lab.js", f"{name}.js")]
    joined = EXPORT.sub("", IMPORT.sub("", "\n".join(sources)))
    if left := MODULE_SYNTAX.search(joined):
        raise ValueError(
            f"{name}.js: cannot join {left[0]!r}; import names from './formulas.js' and './lab.js' only"
        )
    return f'(() => {{\n"use strict";\n{joined}}})();\n'


def write_scripts(app: Sphinx) -> None:
    """Put each figure's script where pages load it from."""
    if app.builder.format != "html":
        return
    source, target = Path(app.srcdir, "demo"), Path(app.outdir, "_static", "demo")
    target.mkdir(parents=True, exist_ok=True)
    for name in LABS:
        (target / f"{name}.js").write_text(bundle(name, source), "utf-8")


def load_scripts(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Load a figure's script on the pages that have it, and nowhere else."""
    for name in sorted(labs_of(app.env).get(pagename, ())):
        app.add_js_file(f"demo/{name}.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("figure-lab", FigureLab)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("builder-inited", write_scripts)
    app.connect("html-page-context", load_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
