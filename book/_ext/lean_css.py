"""One style sheet for the whole site with what its pages can use, and fonts of icons and formulas cut to match.

The theme and its companions bring ten render-blocking sheets (95 kB gzipped) and 300 kB of icon fonts, of which
the pages use a part. A rule goes if it needs a class, an element or an id that stands in no page and in no script,
a custom property if nothing reads it. Whatever cannot be judged stays.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import tinycss2
from kept import kept
from sphinx.application import Sphinx
from tinycss2 import serialize
from tinycss2.ast import Node

BUNDLE = "book.css"
FIRST = ("basic.css", "styles/pydata-sphinx-theme.css")  # what the theme links before everything else
FONTS = "vendor/fontawesome/webfonts"
MATH_FONTS = "vendor/mathjax/fonts"
LOADED = ("Main-Regular", "Math-Italic", "Main-Bold", "AMS-Regular", *(f"Size{n}-Regular" for n in (1, 2, 3, 4)))
MATH_CHARACTER = re.compile(r'\.mjx-c[0-9A-F]+[^{}]*::before\{[^}]*?content:\s*"([^"]*)"')
NESTING = ("media", "supports", "layer", "container")  # at-rules whose block holds rules
CLASS_ATTRIBUTE = re.compile(r"""\bclass=(?:"([^"]*)"|'([^']*)')""")
ELEMENT = re.compile(r"<([a-z][\w-]*)", re.IGNORECASE)
ID = re.compile(r'\bid="([^"]*)"')
READ = re.compile(r"var\(\s*(--[\w-]+)")
TOGGLE = re.compile(r'data-bs-toggle="(\w+)"')
BOOTSTRAP = "bootstrap.js"  # its words are all its classes: those of the parts that pages name count
STATES = ("show", "fade", "active", "disabled")  # what it sets on any of them
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
    """Whether all that a selector needs is known, or begins like a name that a script completes.

    Arguments of functions do not count: `:not(.x)` needs no x, those of `:is` are alternatives.
    """
    return all(name in known or any(start in known for start in beginnings(name)) for name in needed(selector))


def needed(selector: list[Node]) -> Iterator[str]:
    """Names of classes, ids and elements, each as in a style sheet: `.x`, `#x`, `x`."""
    for before, token in pairwise([None, *selector]):
        if token.type == "hash":
            yield f"#{token.value}"
        elif token.type == "ident" and before == ".":
            yield f".{token.value}"
        elif token.type == "ident" and before != ":":
            yield token.lower_value


def beginnings(name: str) -> Iterator[str]:
    """What a script may write before completing a class name: `dept-` of `dept-${j}`."""
    for position, character in enumerate(name):
        if character == "-" and position > 2:
            yield name[: position + 1]


def purge(css: str, known: set[str]) -> str:
    """The style sheet without comments and without rules that can match nothing."""

    def text_of(rule: Node) -> str:
        usable = [part for part in selectors(rule.prelude) if is_usable(part, known)]
        return f"{','.join(map(serialize, usable)).strip()}{{{serialize(rule.content)}}}" if usable else ""

    tokens = tinycss2.parse_component_value_list(css, skip_comments=True)
    return "\n".join(rewritten(tinycss2.parse_stylesheet(tokens, skip_whitespace=True), text_of))


def rewritten(rules: Iterable[Node], text_of: Callable[[Node], str]) -> Iterator[str]:
    """The text of at-rules, and what `text_of` makes of other rules; what is no rule, browsers leave out too."""
    for rule in rules:
        if rule.type == "qualified-rule":
            body = text_of(rule)
            if body:
                yield body
        elif rule.type == "at-rule" and rule.content is None:
            if rule.lower_at_keyword not in ("charset", "import"):
                yield rule.serialize()
        elif rule.type == "at-rule":
            nested = tinycss2.parse_rule_list(rule.content) if rule.lower_at_keyword in NESTING else None
            body = serialize(rule.content) if nested is None else "\n".join(rewritten(nested, text_of))
            if body:
                yield f"@{rule.at_keyword}{serialize(rule.prelude).rstrip()}{{{body}}}"


def declarations(rule: Node) -> list[Node] | None:
    """The declarations of a rule; None if there is anything else in it."""
    nodes = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
    return nodes if all(node.type == "declaration" for node in nodes) else None


def written(declaration: Node) -> str:
    """A declaration without the space around its value; an empty value is one space."""
    value = serialize(declaration.value).strip() or " "
    return f"{declaration.name}:{value}{'!important' if declaration.important else ''}"


def without_unread(css: str, words: set[str]) -> str:
    """The style sheet without custom properties that it does not read, nor a page or a script by these words."""
    rules = tinycss2.parse_stylesheet(css, skip_whitespace=True)
    reads: dict[str, set[str]] = {}  # of each property; under "" those of all that are not custom

    def note(rule: Node) -> str:
        for node in declarations(rule) or [rule]:
            name = getattr(node, "name", "")
            reads.setdefault(name if name.startswith("--") else "", set()).update(READ.findall(node.serialize()))
        return ""

    def text_of(rule: Node) -> str:
        nodes = declarations(rule)
        if nodes is None:
            return f"{serialize(rule.prelude)}{{{serialize(rule.content)}}}"
        body = ";".join(written(node) for node in nodes if not node.name.startswith("--") or node.name in read)
        return f"{serialize(rule.prelude)}{{{body}}}" if body else ""

    first = set(READ.findall("\n".join(rewritten(rules, note)))) | reads.get("", set())
    first |= {name for name in reads if not words.isdisjoint([name, *beginnings(name)])}
    read = reached(first, reads)
    return "\n".join(rewritten(rules, text_of))


def reached(first: set[str], reads: dict[str, set[str]]) -> set[str]:
    """What these properties are, and those that they read, and those that those read."""
    read, new = set[str](), first
    while new:
        read |= new
        new = set().union(*(reads.get(name, ()) for name in new)) - read
    return read


def pages_of(out: Path) -> list[str]:
    """The text of all pages."""
    return [page.read_text("utf-8") for page in out.rglob("*.html")]


def classes_of(pages: Iterable[str]) -> set[str]:
    """The classes of pages' elements."""
    known: set[str] = set()
    for page in pages:
        for double, single in CLASS_ATTRIBUTE.findall(page):
            known.update((double or single).split())
    return known


def words_of_scripts(static: Path, pages: list[str]) -> set[str]:
    """Every word of the scripts, which may add anything to a page."""
    words: set[str] = set()
    for script in static.rglob("*.js"):
        if "vendor" not in script.relative_to(static).parts:
            found = WORD.findall(script.read_text("utf-8"))
            words.update(of_bootstrap(found, pages) if script.name == BOOTSTRAP else found)
    for script in static.glob("*.py"):
        words.update(WORD.findall(script.read_text("utf-8")))
    return words


def of_bootstrap(words: list[str], pages: list[str]) -> set[str]:
    """Bootstrap's words for the parts that pages ask it for: tooltips, menus."""
    parts = {name for page in pages for name in TOGGLE.findall(page)}
    return {word for word in words if word in STATES or any(name in word for name in parts)} | {
        f"bs-{name}-" for name in parts
    }


def known_names(pages: list[str], words: set[str]) -> set[str]:
    """Classes, ids and elements that there are, or may be once scripts have run."""
    known = {f".{name}" for name in classes_of(pages)}
    for page in pages:
        known.update(name.lower() for name in ELEMENT.findall(page))
        known.update(f"#{name}" for name in ID.findall(page))
    return known.union(words, (f".{word}" for word in words), (f"#{word}" for word in words))


def icons_of(css: str) -> set[int]:
    """Characters of the icon fonts, all in Unicode's private use area; what `purge` returns holds no escapes."""
    return {ord(character) for character in css if "\ue000" <= character <= "\uf8ff"}


def characters_of_formulas(css: str) -> set[int]:
    """Characters that the style sheet sets in formulas."""
    return {ord(character) for text in MATH_CHARACTER.findall(css) for character in text}


@kept
def cut(font: bytes, codepoints: tuple[int, ...]) -> bytes:
    """The part of a font that draws some characters, as WOFF."""
    from fontTools import subset  # half a second, which a build that finds all its fonts does not spend
    from fontTools.ttLib import TTFont

    options = subset.Options(flavor="woff", layout_features=[], notdef_outline=True, desubroutinize=True)
    part, file = TTFont(BytesIO(font), recalcTimestamp=False), BytesIO()
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=codepoints)
    cutter.subset(part)
    part.flavor = "woff"
    part.save(file)
    return file.getvalue()


def cut_font(source: Path, target: Path, codepoints: set[int]) -> None:
    """Write the part of a font that draws some characters."""
    target.write_bytes(cut(source.read_bytes(), tuple(sorted(codepoints))))


@kept
def lean(css: str, known: tuple[str, ...], words: tuple[str, ...]) -> str:
    """The style sheet without what matches none of these names, or is read under none of these words."""
    css = LIGHT.sub("html:not([data-theme=dark])", purge(css, set(known)))
    return without_unread(css, set(words))


def icon_face(body: str) -> str:
    """The declaration of an icon font, leading to the font that was cut."""
    style = FONT_FACE.search(body)
    if not style:
        return f"@font-face{{{body}}}"
    declarations = body.split("src:")[0]
    return f'@font-face{{{declarations}src:url({FONTS}/fa-{style["style"]}.woff) format("woff")}}'


def stamp(out: Path, name: str) -> None:
    """Put the digest of a file of `_static` behind its address in every page: no browser then shows an old one."""
    digest = hashlib.sha256((out / "_static" / name).read_bytes()).hexdigest()[:8]
    address = re.compile(rf'(_static/{re.escape(name)})(?:\?v=\w+)?"')
    for path in out.rglob("*.html"):
        page = path.read_text("utf-8")
        if (done := address.sub(rf'\1?v={digest}"', page)) != page:
            path.write_text(done, "utf-8")


def collect(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Take the style sheets off the page: the template links the one that `write` makes of them."""
    files = [str(getattr(file, "filename", file)) for file in context["css_files"]]
    names: list[str] = [*FIRST, *(name.removeprefix("_static/") for name in files)]
    app.book_css = names  # type: ignore[attr-defined]
    context["css_files"] = []
    context["book_css"] = f"_static/{BUNDLE}"


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the one style sheet and cut fonts, unless nothing was out of date and no page was written."""
    if exception or app.builder.format != "html" or not hasattr(app, "book_css"):
        return
    static = Path(app.outdir, "_static")
    source = "\n".join((static / name).read_text("utf-8") for name in app.book_css)
    pages = pages_of(Path(app.outdir))
    words = words_of_scripts(static, pages)
    read = words.union(*map(READ.findall, pages))
    css = lean(source, tuple(sorted(known_names(pages, words))), tuple(sorted(read)))
    codepoints = icons_of(css)
    css = re.sub(r"@font-face\{([^}]*)\}", lambda match: icon_face(match[1]), css)
    (static / BUNDLE).write_text(f'@charset "UTF-8";\n{css}', "utf-8")
    stamp(Path(app.outdir), BUNDLE)
    for font in sorted((static / FONTS).glob("*.ttf")):
        cut_font(font, font.with_suffix(".woff"), codepoints)
        font.unlink()
        font.with_suffix(".woff2").unlink()
    whole = Path(app.srcdir, "assets", MATH_FONTS)
    for name in (f"MathJax_{name}.woff" for name in LOADED):
        cut_font(whole / name, static / MATH_FONTS / name, characters_of_formulas(css))


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the build."""
    logging.getLogger("fontTools").setLevel(logging.ERROR)  # else each cut font takes thirty lines of the build
    app.connect("html-page-context", collect, priority=960)
    app.connect("build-finished", write, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
