"""One style sheet for the whole site with what its pages can use, and fonts of icons and formulas cut to match.

The theme and its companions bring ten render-blocking sheets (95 kB gzipped) and 300 kB of icon fonts, of which
the pages use a part. A rule goes if it needs a class that stands in no page and in no script. Whatever cannot be
judged stays.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import tinycss2
from fontTools import subset
from fontTools.ttLib import TTFont
from sphinx.application import Sphinx
from tinycss2 import serialize
from tinycss2.ast import Node

BUNDLE = "book.css"
FIRST = ("basic.css", "styles/pydata-sphinx-theme.css")  # what the theme links before everything else
FONTS = "vendor/fontawesome/webfonts"
MATH_FONTS = "vendor/mathjax/fonts"
LARGE = ("Main-Regular", "Math-Italic", "Main-Bold")  # that many pages load
MATH_CHARACTER = re.compile(r'\.mjx-c[0-9A-F]+[^{}]*::before\{[^}]*?content:\s*"([^"]*)"')
NESTING = ("media", "supports", "layer", "container")  # at-rules whose block holds rules
CLASS_ATTRIBUTE = re.compile(r"""\bclass=(?:"([^"]*)"|'([^']*)')""")
WORD = re.compile(r"[\w-]+")
LIGHT = re.compile(r"""html\[data-theme=["']?light["']?\]""")  # without JavaScript no theme is named: it is light
FONT_FACE = re.compile(r"fa-(?P<style>solid-900|regular-400|brands-400)\.woff2")


def selectors(prelude: Iterable[Node]) -> list[list[Node]]:
    """Split a selector list at its commas; those in brackets and functions lie deeper in tinycss2's tree."""
    parts: list[list[Node]] = [[]]
    for token in prelude:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def is_usable(selector: list[Node], known: set[str]) -> bool:
    """Whether every class that a selector needs is known, or begins like a name that a script completes.

    Arguments of functions do not count: `:not(.x)` needs no x, those of `:is` are alternatives.
    """
    needed = [name.value for dot, name in pairwise(selector) if dot == "." and name.type == "ident"]
    return all(name in known or any(start in known for start in beginnings(name)) for name in needed)


def beginnings(name: str) -> Iterator[str]:
    """What a script may write before completing a class name: `dept-` of `dept-${j}`."""
    for position, character in enumerate(name):
        if character == "-" and position > 1:
            yield name[: position + 1]


def purge(css: str, known: set[str]) -> str:
    """The style sheet without comments and without rules that can match nothing."""
    tokens = tinycss2.parse_component_value_list(css, skip_comments=True)
    return "\n".join(in_use(tinycss2.parse_stylesheet(tokens, skip_whitespace=True), known))


def in_use(rules: Iterable[Node], known: set[str]) -> Iterator[str]:
    """The text of each rule that can match something; what is no rule, browsers leave out too."""
    for rule in rules:
        if rule.type == "qualified-rule":
            usable = [part for part in selectors(rule.prelude) if is_usable(part, known)]
            if usable:
                yield f"{','.join(map(serialize, usable)).strip()}{{{serialize(rule.content)}}}"
        elif rule.type == "at-rule" and rule.content is None:
            if rule.lower_at_keyword not in ("charset", "import"):
                yield rule.serialize()
        elif rule.type == "at-rule":
            nested = tinycss2.parse_rule_list(rule.content) if rule.lower_at_keyword in NESTING else None
            body = serialize(rule.content) if nested is None else "\n".join(in_use(nested, known))
            if body:
                yield f"@{rule.at_keyword}{serialize(rule.prelude).rstrip()}{{{body}}}"


def known_classes(out: Path) -> set[str]:
    """Classes of all pages, and every word of the scripts, which may add classes."""
    known: set[str] = set()
    for page in out.rglob("*.html"):
        for double, single in CLASS_ATTRIBUTE.findall(page.read_text("utf-8")):
            known.update((double or single).split())
    static = out / "_static"
    for script in static.rglob("*.js"):
        if "vendor" not in script.relative_to(static).parts:
            known.update(WORD.findall(script.read_text("utf-8")))
    return known


def icons_of(css: str) -> set[int]:
    """Characters of the icon fonts, all in Unicode's private use area; what `purge` returns holds no escapes."""
    return {ord(character) for character in css if "\ue000" <= character <= "\uf8ff"}


def characters_of_formulas(css: str) -> set[int]:
    """Characters that the style sheet sets in formulas."""
    return {ord(character) for text in MATH_CHARACTER.findall(css) for character in text}


def cut_font(source: Path, target: Path, codepoints: set[int]) -> None:
    """Write the part of a font that draws some characters, as WOFF."""
    options = subset.Options(flavor="woff", layout_features=[], notdef_outline=True, desubroutinize=True)
    font = TTFont(source, recalcTimestamp=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=codepoints)
    cutter.subset(font)
    font.flavor = "woff"
    font.save(target)


def icon_face(body: str) -> str:
    """The declaration of an icon font, leading to the font that was cut."""
    style = FONT_FACE.search(body)
    if not style:
        return f"@font-face{{{body}}}"
    declarations = body.split("src:")[0]
    return f'@font-face{{{declarations}src:url({FONTS}/fa-{style["style"]}.woff) format("woff")}}'


def collect(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Take the style sheets off the page: the template links the one that `write` makes of them."""
    files = [str(getattr(file, "filename", file)) for file in context["css_files"]]
    names: list[str] = [*FIRST, *(name.removeprefix("_static/") for name in files)]
    digest = hashlib.sha256()
    for path in (Path(app.outdir, "_static", name) for name in names):
        # Some extensions write theirs when the build finishes, under a name that holds a digest already.
        digest.update(path.read_bytes() if path.exists() else path.name.encode())
    app.book_css = names  # type: ignore[attr-defined]
    context["css_files"] = []
    context["book_css"] = f"_static/{BUNDLE}?v={digest.hexdigest()[:8]}"


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the one style sheet and cut fonts, unless nothing was out of date and no page was written."""
    if exception or app.builder.format != "html" or not hasattr(app, "book_css"):
        return
    static = Path(app.outdir, "_static")
    source = "\n".join((static / name).read_text("utf-8") for name in app.book_css)
    css = LIGHT.sub("html:not([data-theme=dark])", purge(source, known_classes(Path(app.outdir))))
    codepoints = icons_of(css)
    css = re.sub(r"@font-face\{([^}]*)\}", lambda match: icon_face(match[1]), css)
    (static / BUNDLE).write_text(f'@charset "UTF-8";\n{css}', "utf-8")
    for font in sorted((static / FONTS).glob("*.ttf")):
        cut_font(font, font.with_suffix(".woff"), codepoints)
        font.unlink()
        font.with_suffix(".woff2").unlink()
    whole = Path(app.srcdir, "assets", MATH_FONTS)
    for name in (f"MathJax_{name}.woff" for name in LARGE):
        cut_font(whole / name, static / MATH_FONTS / name, characters_of_formulas(css))


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the build."""
    logging.getLogger("fontTools").setLevel(logging.ERROR)  # else each cut font takes thirty lines of the build
    app.connect("html-page-context", collect, priority=960)
    app.connect("build-finished", write, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
