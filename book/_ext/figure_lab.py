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
from html_directive import HtmlDirective, raw
from page_notes import PageNotes
from sphinx.application import Sphinx

LABS = ("story-demo", "welcome-lab", "shrinkage-lab", "compromise-lab", "weights-lab", "logistic-lab")
IMPORT = re.compile(r'^import \{[^}]*\} from "\./(?:formulas|lab)\.js";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?=async |class |const |function )", re.MULTILINE)
STORY = "book/demo/story.toml"  # what warnings about its Markdown name
MODULE_SYNTAX = re.compile(r"^\s*(?:import|export)\b.*$", re.MULTILINE)


class Labs(PageNotes):
    """Figures that each page has."""

    attribute = "figure_labs"


class FigureLab(HtmlDirective):
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
        Labs.add(self.env, name)
        alternative = nodes.container(classes=["lab-alternative"])
        alternative += self.blocks(self.content, self.content_offset)
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
            parts += self.blocks(words.split("\n"), 0, source=STORY)
            parts.append(raw('</div><div class="story-formulas">'))
            parts += self.blocks(formulas.split("\n"), 0, source=STORY)
            parts.append(raw("</div></li>"))
        return [*parts, raw("</ol>")]


def as_json(data: dict[str, Any]) -> str:
    """JSON that cannot end the script element it stands in."""
    return json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


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
    for name in sorted(set(Labs.of(app.env).get(pagename, ()))):
        app.add_js_file(f"demo/{name}.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("figure-lab", FigureLab)
    app.add_env_collector(Labs)
    app.connect("builder-inited", write_scripts)
    app.connect("html-page-context", load_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
