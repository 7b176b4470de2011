"""Set the book's formulas when it is built, so that browsers receive formulas and not the program that sets them.

MathJax, which lies in `mathjax/`, runs in an embedded V8. Each formula becomes HTML, hidden from screen readers,
and MathML beside it for them. Readers need no JavaScript for it, nothing moves after the page has appeared, and a
formula that MathJax cannot read is a warning, which fails the strict build.
"""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

from py_mini_racer import MiniRacer, mini_racer
from sphinx.application import Sphinx
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)
MATHJAX = Path(__file__).parent / "mathjax"
PARTS = ("startup", "core", "adaptors/liteDOM", "input/tex", "output/chtml", "output/chtml/fonts/tex")
STYLES = "math.css"

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

INLINE = re.compile(
    r'(?P<before>[(“]*)(?P<open><span class="math[ "][^>]*>)\\\((?P<tex>.*?)\\\)</span>(?P<after>[.,;:?!)”]*)',
    re.DOTALL,
)
DISPLAY = re.compile(
    r'(?P<open><div class="math[ "][^>]*>\s*(?:<span class="eqno">.*?</span>)?)(?P<tex>[^<]+)</div>', re.DOTALL
)
BRACKETS = re.compile(r"^\\\[(?P<tex>.*)\\\]$", re.DOTALL)
ERROR = re.compile(r'data-mjx-error="(?P<what>[^"]*)"')


class FormulaError(ValueError):
    """A formula that MathJax cannot read."""


class Renderer:
    """MathJax in an engine that is already running."""

    def __init__(self, engine: MiniRacer) -> None:
        self.engine = engine
        self.known: dict[tuple[str, bool], str] = {}
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
        key = (tex, display)
        if key not in self.known:
            html, mathml = json.loads(str(self.engine.eval(f"render({json.dumps(tex)}, {json.dumps(display)})")))
            if error := ERROR.search(mathml):
                raise FormulaError(f"{unescape(error['what'])}: {tex.strip()}")
            kind = "block" if display else "inline"
            spoken = re.sub(r"\n\s*", "", mathml)
            spoken = f'<mjx-assistive-mml unselectable="on" display="{kind}">{spoken}</mjx-assistive-mml>'
            html = html.replace("<mjx-math ", '<mjx-math aria-hidden="true" ', 1)
            self.known[key] = html.removesuffix("</mjx-container>") + spoken + "</mjx-container>"
        return self.known[key]

    def styles(self) -> str:
        """Styles of all formulas; `lean_css` keeps what the pages use."""
        return str(self.engine.eval("styles()")) + SPOKEN_STYLES


def set_formulas(page: str, renderer: Renderer, name: str) -> str:
    """A page with its formulas set; those that are set already, or cannot be, stay as they are."""

    def rendered(match: re.Match[str], tex: str, *, display: bool) -> str:
        try:
            html = renderer.render(unescape(tex), display=display)
        except FormulaError as error:
            LOGGER.warning("formula: %s", error, location=(name, None))
            return match[0]
        return f"{match['open']}{html}</{'div' if display else 'span'}>"

    def inline(match: re.Match[str]) -> str:
        """The formula, and what a line must not be broken between it and."""
        html = rendered(match, match["tex"], display=False)
        if html == match[0] or not (match["before"] or match["after"]):
            return html
        return f'<span class="unbroken">{match["before"]}{html}{match["after"]}</span>'

    def display(match: re.Match[str]) -> str:
        tex = match["tex"].strip()
        inner = BRACKETS.match(tex)
        return rendered(match, inner["tex"] if inner else tex, display=True)

    page = INLINE.sub(inline, page)
    return DISPLAY.sub(display, page)


def set_all(app: Sphinx, exception: Exception | None) -> None:
    """Set the formulas of every page that this build wrote."""
    if exception or app.builder.format != "html" or not hasattr(app, "book_css"):
        return
    out = Path(app.outdir)
    with mini_racer() as engine:
        renderer = Renderer(engine)
        for path in sorted(out.glob("*.html")):
            page = path.read_text("utf-8")
            done = set_formulas(page, renderer, path.stem)
            if done != page:
                path.write_text(done, "utf-8")
        (out / "_static" / STYLES).write_text(renderer.styles(), "utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to the build."""
    app.add_css_file(STYLES)
    app.connect("build-finished", set_all, priority=930)  # before lean_css looks for classes in use
    return {"parallel_read_safe": True, "parallel_write_safe": True}
