"""How tall each part of a page will be, guessed from what it holds, so that the page does not grow as one scrolls.

Browsers lay out what is far below only when the reader comes near (`content-visibility` in `assets/course.css`);
until then they take the guess. What once was laid out keeps its true height.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from sphinx.application import Sphinx


class Screen(NamedTuple):
    """What decides on one kind of screen: characters in a line, pixels across, pixels of each of the labs."""

    characters: float
    width: int
    labs: dict[str, int]


LABS = ("story-demo", "welcome-lab", "shrinkage-lab", "compromise-lab", "weights-lab", "logistic-lab")
NARROW = Screen(47, 358, dict(zip(LABS, (1120, 650, 1290, 690, 640, 910), strict=True)))
WIDE = Screen(92, 688, dict(zip(LABS, (910, 560, 945, 570, 495, 540), strict=True)))
LINE, CODE_LINE = 27, 21
VOID = {"br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
UNSEEN = {"script", "style", "template", "svg", "mjx-math"}
MARGINS = {
    "p": 18,
    "ul": 12,
    "ol": 12,
    "dl": 12,
    "h2": 62,
    "h3": 52,
    "h4": 44,
    "pre": 34,
    "table": 20,
    "td": 14,
    "th": 14,
}
MARGINS |= {"button": 12, "textarea": 20, "summary": 12, "figure": 20, "progress": 20}
TOKEN = re.compile(r"<!--.*?-->|<(?P<end>/?)(?P<tag>[a-zA-Z][\w-]*)(?P<rest>[^>]*)>|(?P<text>[^<]+)", re.DOTALL)
IN_LINE = re.compile(r"a|abbr|b|cite|code|em|i|label|math|m[a-z]+|mjx-.*|small|span|strong|su[bp]")
CLASS = re.compile(r'class="([^"]*)"')
SIZE = re.compile(r'\b(width|height)="(\d+)"')
MEASURED = {"self-check", "practise"}  # checkers of target sizes, and the editor, measure them, laid out or not
BOXED, BOX = {"admonition", *MEASURED}, 52
BLOCKS, BLOCK_CLASSES = {"p", "ul", "ol"}, {"math", "cell", "admonition"}  # what a section with such boxes defers


@dataclass
class Element:
    """An open element: what it holds so far, and where a style could be put into its start tag."""

    tag: str
    classes: list[str]
    at: int = 0
    text: float = 0
    height: float = 0
    tallest: float = 0
    sections: int = 0
    measured: bool = False
    parts: dict[int, int] = field(default_factory=dict)


def heights(page: str, screen: Screen) -> dict[int, int]:
    """Expected heights of what a page may lay out late, by the place where its start tag ends."""
    found: dict[int, int] = {}
    open_ones = [Element("", [])]
    for token in TOKEN.finditer(page):
        tag, top = token["tag"], open_ones[-1]
        if token["text"]:
            if top.tag not in UNSEEN:
                words = html.unescape(token["text"])
                top.text += len(" ".join(words.split()))
                top.height += CODE_LINE * words.count("\n") if in_code(open_ones) else 0
        elif not tag:
            continue
        elif token["end"]:
            if any(element.tag == tag for element in open_ones[1:]):
                while open_ones[-1].tag != tag:
                    close(open_ones, screen, found)
                close(open_ones, screen, found)
        elif tag in VOID:
            add_void(top, tag, token["rest"], screen)
        elif not token["rest"].endswith("/"):
            classes = CLASS.search(token["rest"])
            element = Element(tag, classes[1].split() if classes else [], token.end() - 1)
            element.sections = top.sections + (tag == "section")
            open_ones.append(element)
    return found


def add_void(around: Element, tag: str, attributes: str, screen: Screen) -> None:
    """Take in an element without content; of a figure in two widths the one that this screen shows."""
    if tag == ("source" if around.tag == "picture" and screen is NARROW else "img"):
        around.height += picture(attributes, screen)
    elif tag in ("br", "input"):
        around.height += LINE


def in_code(open_ones: list[Element]) -> bool:
    """Whether the text here is a listing's."""
    return any(element.tag == "pre" for element in open_ones)


def picture(attributes: str, screen: Screen) -> float:
    """The height of a picture as wide as the column at most."""
    size = {name: int(value) for name, value in SIZE.findall(attributes)}
    if "width" not in size or "height" not in size:
        return 0.6 * screen.width
    return size["height"] * min(1, screen.width / size["width"])


def close(open_ones: list[Element], screen: Screen, found: dict[int, int]) -> None:
    """Take the innermost element as complete: its height goes to the one around it."""
    element = open_ones.pop()
    around = open_ones[-1]
    if element.tag in UNSEEN:
        return
    if IN_LINE.fullmatch(element.tag):
        around.text += element.text
        around.height += element.height
        return
    height = height_of(element, screen)
    element.measured = element.measured or not MEASURED.isdisjoint(element.classes)
    around.measured = around.measured or element.measured
    own = {element.at: round(height - margin(element))}
    if element.tag == "section" and element.sections == 2:
        found |= element.parts if element.measured else own
    elif element.tag in BLOCKS or not BLOCK_CLASSES.isdisjoint(element.classes):
        around.parts |= own
    if element.tag in ("td", "th"):
        around.tallest = max(around.tallest, height)
    else:
        around.height += height - (margin(element) if around.tag == "li" else 0)


def height_of(element: Element, screen: Screen) -> float:
    """The height of an element that is complete."""
    if "figure-lab" in element.classes:
        return screen.labs[element.tag]
    if "code-fold" in element.classes:
        return 28
    if element.tag == "details" or "dropdown" in element.classes:
        return 42 + margin(element)
    if "math" in element.classes and element.tag == "div":
        return 100 + 12 * (element.text // screen.characters)
    if element.tag == "pre":
        return element.height + margin(element)
    lines = -(-element.text // (screen.characters if element.tag not in ("td", "th") else screen.characters / 4))
    return element.height + element.tallest + lines * LINE + margin(element)


def margin(element: Element) -> int:
    """What an element leaves free above and below it."""
    return BOX if BOXED.intersection(element.classes) else MARGINS.get(element.tag, 0)


def with_heights(page: str) -> str:
    """A page whose parts carry their expected heights, `--narrow` and `--wide`."""
    start, end = page.find("<article"), page.find("</article>")
    if start < 0 or "--narrow:" in page:
        return page
    article = page[start:end]
    narrow, wide = (heights(article, screen) for screen in (NARROW, WIDE))
    parts, last = [], 0
    for at in sorted(narrow):
        if "style=" in article[article.rindex("<", 0, at) : at]:
            continue
        parts += [article[last:at], f' style="--narrow: {narrow[at]}px; --wide: {wide[at]}px"']
        last = at
    return page[:start] + "".join(parts) + article[last:] + page[end:]


def every_page(change: Callable[[str], str]) -> Callable[[Sphinx, Exception | None], None]:
    """Change every finished page."""

    def finish(app: Sphinx, exception: Exception | None) -> None:
        if exception or app.builder.format != "html":
            return
        for path in sorted(Path(app.outdir).glob("*.html")):
            page = path.read_text("utf-8")
            if (done := change(page)) != page:
                path.write_text(done, "utf-8")

    return finish


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the end of the build, when pictures have their sizes."""
    app.connect("build-finished", every_page(with_heights), priority=930)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
