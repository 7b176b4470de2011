"""Set the book's formulas when it is built, so that browsers receive formulas and not the program that sets them.

MathJax, which lies in `mathjax/`, runs in an embedded V8. Each formula becomes HTML, hidden from screen readers,
and MathML beside it for them. Readers need no JavaScript for it, nothing moves after the page has appeared, and a
formula that MathJax cannot read is a warning, which fails the strict build.
"""

from __future__ import annotations

import atexit
import json
import re
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

from docutils import nodes
from kept import kept
from py_mini_racer import MiniRacer
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

LOGGER = logging.getLogger(__name__)
MATHJAX = Path(__file__).parent / "mathjax"
PARTS = ("startup", "core", "adaptors/liteDOM", "input/tex", "output/chtml", "output/chtml/fonts/tex")
STYLES = "math.css"
CLASSES = "math notranslate nohighlight"  # those of Sphinx's own renderer

#: MathJax waits for timers when it starts in a browser; here everything is loaded already.
BEFORE = """
var global = this;
var setTimeout = (callback) => { Promise.resolve().then(callback); return 0; };
var console = { log() {}, warn() {}, error() {} };
var MathJax = {
  loader: { paths: { mathjax: "." }, load: [] },
  tex: { packages: { "[-]": ["noundefined", "require", "autoload"] } },
  chtml: { adaptiveCSS: false, matchFontHeight: false, scale: 1.06, fontURL: "vendor/mathjax/fonts" },
  startup: { typeset: false, ready() {} },
};
"""
AFTER = """
Object.assign(MathJax.config.startup, {
  input: ["tex"], output: "chtml", adaptor: "liteAdaptor", handler: "HTMLHandler", document: "",
});
MathJax.startup.defaultReady();
function render(tex, display) {
  const html = MathJax.startup.adaptor.outerHTML(MathJax.tex2chtml(tex, { display }));
  return JSON.stringify([html, MathJax.tex2mml(tex, { display })]);
}
function styles() { return MathJax.startup.adaptor.textContent(MathJax.chtmlStylesheet()); }
"""
#: MathML for screen readers: there, but not seen.
SPOKEN_STYLES = """
mjx-container { position: relative; }
mjx-assistive-mml {
  position: absolute; top: 0; left: 0; clip-path: inset(50%); padding: 1px 0 0; border: 0;
  display: block; width: auto; overflow: hidden; user-select: none;
}
mjx-assistive-mml[display="block"] { width: 100%; }
"""
WITH_PUNCTUATION = re.compile(
    r'[(“]*(?P<formula><span class="math [^>]*><mjx-container.*?</mjx-container></span>)[.,;:?!)”]*', re.DOTALL
)
ERROR = re.compile(r'data-mjx-error="(?P<what>[^"]*)"')


class FormulaError(ValueError):
    """A formula that MathJax cannot read."""


class Renderer:
    """MathJax in an engine that is already running."""

    def __init__(self, engine: MiniRacer) -> None:
        self.engine = engine
        engine.eval(BEFORE)
        for part in PARTS:
            engine.eval((MATHJAX / f"{part}.js").read_text("utf-8"))
        engine.eval(AFTER)

    def render(self, tex: str, *, display: bool) -> str:
        """HTML of one formula.

        Raises
        ------
        FormulaError
            If MathJax cannot read it.
        """
        html, mathml = json.loads(str(self.engine.eval(f"render({json.dumps(tex)}, {json.dumps(display)})")))
        if error := ERROR.search(mathml):
            raise FormulaError(f"{unescape(error['what'])}: {tex.strip()}")
        kind = "block" if display else "inline"
        spoken = re.sub(r"\n\s*", "", mathml)
        spoken = f'<mjx-assistive-mml unselectable="on" display="{kind}">{spoken}</mjx-assistive-mml>'
        html = html.replace("<mjx-math ", '<mjx-math aria-hidden="true" ', 1)
        return html.removesuffix("</mjx-container>") + spoken + "</mjx-container>"

    def styles(self) -> str:
        """Styles of all formulas; `lean_css` keeps what the pages use."""
        return str(self.engine.eval("styles()")) + SPOKEN_STYLES


@cache
def mathjax() -> Renderer:
    """MathJax, started at the first formula that no build has set."""
    engine = MiniRacer()
    atexit.register(engine.close)  # Python waits without end for an engine that is open when it exits
    return Renderer(engine)


@kept
def rendered(tex: str, display: bool) -> str:
    """HTML of one formula, or a `FormulaError`."""
    return mathjax().render(tex, display=display)


@kept
def styles() -> str:
    """Styles of all formulas."""
    return mathjax().styles()


def formula(translator: HTML5Translator, node: nodes.Element, tex: str, *, display: bool) -> str:
    """HTML of a formula; if MathJax cannot read it, a warning and the TeX as it is."""
    try:
        return rendered(tex, display)
    except FormulaError as error:
        LOGGER.warning("formula: %s", error, location=node)
        return translator.encode(tex)


def write_inline(translator: HTML5Translator, node: nodes.math) -> None:
    """Write a formula in a line."""
    html = formula(translator, node, node.astext(), display=False)
    translator.body.append(f"{translator.starttag(node, 'span', '', CLASS=CLASSES)}{html}</span>")
    raise nodes.SkipNode


def write_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula that stands alone, with its number."""
    translator.body.append(translator.starttag(node, "div", CLASS=CLASSES))
    if node["number"]:
        translator.body.append(f'<span class="eqno">({get_node_equation_number(translator, node)})')
        translator.add_permalink_ref(node, _("Link to this equation"))
        translator.body.append("</span>")
    tex = node.astext() if node["nowrap"] else aligned(node.astext())
    translator.body.append(f"{formula(translator, node, tex, display=True)}</div>\n")
    raise nodes.SkipNode


def aligned(tex: str) -> str:
    r"""TeX of a block as Sphinx's own renderer passes it on: lines ended by `\\` and paragraphs become rows."""
    parts = [part for part in tex.split("\n\n") if part.strip()]
    rows = [rf"\begin{{split}}{part}\end{{split}}" if r"\\" in part else part for part in parts]
    if len(rows) > 1:
        return r" \begin{align}\begin{aligned}" + r"\\".join(rows) + r"\end{aligned}\end{align} "
    return "".join(rows)


def keep_punctuation(html: str) -> str:
    """HTML in which no line is broken between a formula and the punctuation that touches it."""

    def kept(match: re.Match[str]) -> str:
        alone = match[0] == match["formula"]
        return match[0] if alone else f'<span class="unbroken">{match[0]}</span>'

    return WITH_PUNCTUATION.sub(kept, html)


def mend_lines(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Treat the body of one page; in the doctree, a new element would change descriptions made from its texts."""
    if body := context.get("body"):
        context["body"] = keep_punctuation(body)


def write_styles(app: Sphinx, exception: Exception | None) -> None:
    """Write the style sheet of formulas, unless no page was written."""
    if not exception and app.builder.format == "html" and hasattr(app, "book_css"):
        Path(app.outdir, "_static", STYLES).write_text(styles(), "utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer; Sphinx prefers one that an extension brings to its own."""
    app.add_css_file(STYLES)
    app.add_html_math_renderer("mathjax-at-build", (write_inline, None), (write_block, None))
    app.connect("html-page-context", mend_lines)
    app.connect("build-finished", write_styles, priority=930)  # before lean_css looks for classes in use
    return {"parallel_read_safe": True, "parallel_write_safe": False}  # a forked V8 does not answer
