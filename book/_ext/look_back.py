"""Questions come back: two of earlier pages open each page from the fourth on; what was missed, on *Look back*.

Both ask with new numbers (`new_numbers`). The directive `look-back` also holds a copy of every other question of
the module's pages; `assets/look-back.js` shows those that this device's reader missed, when their day has come
(`assets/review.js`). Which question stands on which page is read from the sources, so no list of it is kept.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import Any

import misconceptions
import new_numbers
import yaml
from docutils import nodes
from html_directive import HtmlDirective, raw
from page_notes import PageNotes
from question_parts import question
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform

FIRST_PAGE = 4  # of the module that opens with questions
AT_ONCE = 2
ON_LOOK_BACK = 3  # variants of each question there
QUESTION = re.compile(r"^`{3,}\{self-check\} (?P<id>\S+)\s*$", re.MULTILINE)
HEADING = re.compile(r"^# .+$", re.MULTILINE)
FENCED = re.compile(r"^(?P<fence>`{3,})(?P<body>.*?)^(?P=fence)`*\s*$", re.MULTILINE | re.DOTALL)
Asked = tuple[str, int]
"""A question's id, and the number of its variant."""


class LookBacks(PageNotes):
    """Pages with the directive `look-back`."""

    attribute = "look_backs"


class copies(nodes.General, nodes.Element):  # noqa: N801
    """Where copies of the pages' questions go."""


class put_by(nodes.General, nodes.Element):  # noqa: N801
    """A question that the page holds and does not show; `of` is the question of a page that it asks again."""


def visit_put_by(translator: Any, node: put_by) -> None:
    """Begin what is not shown."""
    translator.body.append(f'<template data-of="{escape(node["of"])}">')


def depart_put_by(translator: Any, node: put_by) -> None:
    """End it."""
    translator.body.append("</template>")


def plan(app: Sphinx, config: Config) -> None:
    """Settle which questions open which page; pages are read again when that changes."""
    folder = Path(app.srcdir)
    toc = yaml.safe_load(Path(folder, config.external_toc_path).read_text("utf-8"))
    parts = toc.get("parts") or [{"chapters": toc.get("chapters", [])}]
    pages = [toc["root"], *(chapter["file"] for chapter in parts[0]["chapters"])]
    config.questions_of_pages = {page: questions_in(folder / f"{page}.md") for page in pages}
    known = new_numbers.functions(folder / "variants")
    config.asked_again = openings(
        {page: [check for check in checks if check in known] for page, checks in config.questions_of_pages.items()}
    )


def openings(stand: dict[str, list[str]]) -> dict[str, list[Asked]]:
    """With what each page opens: of the earlier questions least asked, one from long ago and one that is fresh."""
    found: dict[str, list[Asked]] = {}
    uses: dict[str, int] = {}
    earlier: list[str] = []
    for number, (page, checks) in enumerate(stand.items()):
        if number >= FIRST_PAGE and len(earlier) >= AT_ONCE:
            enough = sorted(uses[check] for check in earlier)[AT_ONCE - 1]
            least = [check for check in earlier if uses[check] <= enough]
            found[page] = [(check, ON_LOOK_BACK + uses[check]) for check in (least[0], least[-1])]
            uses |= {check: uses[check] + 1 for check, _ in found[page]}
        earlier += checks
        uses |= dict.fromkeys(checks, 0)
    return found


def questions_in(path: Path) -> list[str]:
    """Ids of the questions in a page's source."""
    return [match["id"] for match in QUESTION.finditer(path.read_text("utf-8"))] if path.exists() else []


def open_page(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put the questions below the page's title."""
    if docname in app.config.asked_again:
        code = [match.span() for match in FENCED.finditer(source[0])]
        for heading in HEADING.finditer(source[0]):
            if not any(start <= heading.start() < end for start, end in code):
                end = heading.end()
                source[0] = f"{source[0][:end]}\n\n```{{asked-again}}\n```\n{source[0][end:]}"
                return


class AskedAgain(HtmlDirective):
    """Two questions of earlier pages, with new numbers."""

    def run(self) -> list[nodes.Node]:
        """Ask them."""
        title = "Before you read on: two questions from earlier pages, with new numbers"
        parts: list[nodes.Node] = [
            raw(f'<section class="asked-again" aria-label="{title}"><p class="asked-again-title">{title}</p>')
        ]
        for check, number in self.config.asked_again.get(self.env.docname, ()):
            depend_on_variants(self.env)
            lines = new_numbers.markdown(Path(self.env.srcdir), check, number, f"{check}-again-{number}")
            parts += self.blocks(lines, self.lineno)
        return [*parts, raw("</section>")]


class LookBack(HtmlDirective):
    """Every question of the module's pages, put by; a script takes out those that are due."""

    def run(self) -> list[nodes.Node]:
        """Put by the variants, and leave a place for copies of what has none."""
        depend_on_variants(self.env)
        LookBacks.add(self.env, self.env.docname)
        parts: list[nodes.Node] = [
            raw(
                '<div class="look-back"><p class="look-back-status" role="status">This page needs JavaScript: '
                'what you missed is remembered by your browser alone.</p><ol class="look-back-questions"></ol>'
            )
        ]
        folder = Path(self.env.srcdir)
        stand = [check for checks in self.config.questions_of_pages.values() for check in checks]
        asked = [check for check in stand if check in new_numbers.functions(folder / "variants")]
        for check in asked:
            for number in range(ON_LOOK_BACK):
                lines = new_numbers.markdown(folder, check, number, f"{check}-back-{number}")
                parts.append(put_by("", *self.blocks(lines, self.lineno), of=check))
        return [*parts, copies("", without=asked), raw("</div>")]


def depend_on_variants(env: BuildEnvironment) -> None:
    """Read the page again when a variant or a misconception changes."""
    for path in Path(env.srcdir, "variants").glob("*.py"):
        env.note_dependency(str(path))
    if Path(env.srcdir, misconceptions.FILE).exists():
        env.note_dependency(misconceptions.FILE)


class CopyQuestions(SphinxPostTransform):
    """Fill the place with questions of the module's pages, before references are resolved."""

    default_priority = 1

    def run(self, **kwargs: object) -> None:
        """Copy what has right and wrong answers and no variants."""
        stand = self.config.questions_of_pages.items()
        pages = {page: checks for page, checks in stand if page in self.env.found_docs}
        for place in list(self.document.findall(copies)):
            taken = [self.copied(page, set(checks) - set(place["without"])) for page, checks in pages.items()]
            place.replace_self([one for several in taken for one in several])
        home = {check: page for page, checks in pages.items() for check in checks}
        for held in self.document.findall(put_by):
            page = home[held["of"]]
            address = f"{self.app.builder.get_relative_uri(self.env.docname, page)}#check-{held['of']}"
            title = escape(self.env.titles[page].astext())
            held += raw(f'<p class="look-back-from">From the page <a href="{address}">{title}</a></p>')

    def copied(self, page: str, wanted: set[str]) -> list[nodes.Node]:
        """Questions of one page, each under an id of its own."""
        found: list[nodes.Node] = []
        for original in self.env.get_doctree(page).findall(question):
            check = original["check"]
            if check in wanted and original["kind"] != "reveal":
                copy = original.deepcopy()
                copy["check"], copy["of"] = f"{check}-back", check
                for part in copy.findall(nodes.raw):
                    text = part.astext().replace(f'"check-{check}', f'"check-{check}-back')
                    part.children = []
                    part += nodes.Text(text)
                found.append(put_by("", copy, of=check))
        return found


def outdated(app: Sphinx, env: BuildEnvironment, *_: set[str]) -> list[str]:
    """The page that holds copies is read again when there are other questions."""
    there = app.config.questions_of_pages
    if getattr(env, "questions_there", None) == there:
        return []
    env.questions_there = there  # type: ignore[attr-defined]
    return sorted(LookBacks.of(env))


def refresh(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """The page that holds copies is written whenever a page is."""
    return sorted(LookBacks.of(env))


def load_scripts(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Load the page's script."""
    if pagename in LookBacks.of(app.env):
        app.add_js_file("look-back.js", loading_method="defer", priority=800)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    app.setup_extension("self_check")
    app.setup_extension("editions")
    app.add_config_value("asked_again", {}, "env", types=[dict])  # found, not set
    app.add_config_value("questions_of_pages", {}, "", types=[dict])  # found, not set
    app.add_node(put_by, html=(visit_put_by, depart_put_by))
    app.add_directive("asked-again", AskedAgain)
    app.add_directive("look-back", LookBack)
    app.add_post_transform(CopyQuestions)
    app.add_env_collector(LookBacks)
    app.connect("config-inited", plan, priority=60)  # after the edition's table of contents
    app.connect("source-read", open_page)
    app.connect("env-get-outdated", outdated)
    app.connect("env-updated", refresh)
    app.connect("html-page-context", load_scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
