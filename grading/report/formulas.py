"""TeX as MathML, which a browser shows without a script and without a network.

`latex2mathml` reads the TeX. Of what it makes, only elements and attributes that set mathematics are written out;
a formula with anything else, or one that it cannot read, stands as its TeX.
"""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element
from markupsafe import Markup, escape

LONGEST = 2_000  # characters of a formula
DEEPEST = 60
_LAYOUT = ("math", "mrow", "mstyle", "mpadded", "mphantom", "menclose", "mtable", "mtr", "mtd", "mspace")
_SCRIPTS = ("msub", "msup", "msubsup", "munder", "mover", "munderover", "mmultiscripts", "mprescripts")
TAGS = frozenset([*_LAYOUT, *_SCRIPTS, "mi", "mn", "mo", "mtext", "mfrac", "msqrt", "mroot"])
VALUES = {
    "display": re.compile("inline|block"),
    "displaystyle": re.compile("true|false"),
    "scriptlevel": re.compile(r"[0-3]"),
    "mathvariant": re.compile(r"[a-z-]{1,30}"),
    "stretchy": re.compile("true|false"),
    "fence": re.compile("true|false"),
    "separator": re.compile("true|false"),
    "movablelimits": re.compile("true|false"),
    "accent": re.compile("true|false"),
    "accentunder": re.compile("true|false"),
    "form": re.compile("prefix|infix|postfix"),
    "columnalign": re.compile("[a-z ]{1,100}"),
    "notation": re.compile("[a-z ]{1,40}"),
    "linethickness": re.compile(r"[0-2](\.\d+)?(em|px|pt)?"),
    "width": re.compile(r"-?\d(\.\d+)?em"),
    "minsize": re.compile(r"\d(\.\d+)?em"),
    "maxsize": re.compile(r"\d(\.\d+)?em"),
}
"""Attributes that are written out, and what they may say; with another value one is left out."""
FORBIDDEN = frozenset(("href", "style", "class", "id"))
_DEFINES = re.compile(r"\\(?:\w*def|let|\w*newcommand|providecommand|DeclareMathOperator)(?![a-zA-Z])")
_NUMBERED = re.compile(r"\\(begin|end)\{(align|equation|gather|alignat|multline|eqnarray)\}")


@functools.lru_cache(maxsize=4096)
def formula(tex: str, *, block: bool = False) -> Markup:
    """A formula as MathML, or as its TeX in code."""
    tex = tex.strip()
    if tex and len(tex) <= LONGEST and not _DEFINES.search(tex):
        try:
            mathml = "".join(_written(_read(tex, "block" if block else "inline"), 0))
        except Exception:  # the library raises what it runs into: StopIteration, IndexError, RecursionError ...
            mathml = ""
        if mathml:
            return Markup(mathml)  # every text and value in it is escaped by _written()
    return Markup("<code>{}</code>").format(f"$${tex}$$" if block else f"${tex}$")


def _read(tex: str, display: str) -> Element:
    return convert_to_element(_NUMBERED.sub(r"\\\1{\2*}", tex), display=display)


def _written(element: Element, depth: int) -> Iterator[str]:
    """An element as text; ValueError if it holds what does more than set mathematics."""
    text = html.unescape(element.text or "")
    if element.tag not in TAGS or depth > DEEPEST or "\\" in text or FORBIDDEN & element.attrib.keys():
        raise ValueError(f"{element.tag} is not set")
    yield f"<{element.tag}"
    for name, value in element.attrib.items():
        if name in VALUES and VALUES[name].fullmatch(value):
            yield f' {name}="{value}"'
    yield f">{escape(text)}"
    for child in element:
        yield from _written(child, depth + 1)
        if child.tail and child.tail.strip():
            raise ValueError("text outside of an element")
    yield f"</{element.tag}>"
