"""Two editions from one source: the teachers' holds everything, the students' no answer to what a unit grades.

In the students' edition, until the time `reveal` of a unit's dates in `course.toml` has come: where a listing, a
cell or an output is code that answers a graded function (`answers` knows which), the formula, a worked number and
the box to write it in stand instead, and one line where the tag of a cell says so; no listing shows the figures'
JavaScript; sources are not copied, and no button leads to the repository. The parts of `_toc.yml` that the setting
`teachers_parts` names are the teachers' at all times, and so is what stands in the directive `teachers`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Container
from datetime import UTC, datetime
from pathlib import Path

import practise
import yaml
from answers import Answers, Graded, answers_of
from docutils import nodes
from html_directive import HtmlDirective
from reveal import withheld_units
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

from grading.course import Course
from grading.errors import CourseError

STUDENTS, TEACHERS = "students", "teachers"
REFERENCE = "reference_impl"  # a folder whose files hold answers
ABOUT_CODE = "The code"  # how the title of a box begins that is there for its code
FIGURES = "demo"  # of which no listing is shown as long as anything is withheld
LATER = "The code of this step would give away a task of the exercise; it appears here when the answers are out."
BY_UNIT = ("solutions", "tests")  # folders with a file, or a folder, for each unit
BUTTONS = ("repository_url", "use_repository_button", "use_edit_page_button", "use_source_button")


class Teachers(HtmlDirective):
    """What only teachers read; the students' edition is built as if it were not there."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Read the body, or leave it out unread: a link in it may lead to a page that students have not."""
        if self.config.edition == STUDENTS:
            return []
        return self.blocks(self.content, self.content_offset)


# ---------------------------------------------------------------- what is withheld


def answers_in(app: Sphinx) -> Answers:
    """What this build withholds."""
    found: Answers = vars(app).setdefault("answers", Answers())
    return found


def decide(app: Sphinx, config: Config) -> None:
    """Settle what this build leaves out; pages are read again when that changes."""
    if config.edition not in (STUDENTS, TEACHERS):
        raise ConfigError(f"edition: {config.edition!r} is neither {STUDENTS!r} nor {TEACHERS!r}")
    if config.edition == TEACHERS:
        return
    root = Path(app.srcdir).parent
    try:
        units = withheld_units(root, datetime.now(UTC))
        if units:
            vars(app)["answers"] = answers_of(Course(root), units)
    except CourseError as error:
        raise ConfigError(str(error)) from None
    config.withheld = [units, sorted(answers_in(app).bodies)]
    config.html_copy_source = False
    leave_parts_out(app, config)
    if units:
        for name in BUTTONS:
            config.html_theme_options.pop(name, None)


def empty_if_of_another(app: Sphinx, config: Config) -> None:
    """Empty the folder of a site of other contents: Sphinx leaves the pages that it no longer makes."""
    mark = Path(app.doctreedir, "edition.sha256")
    state = json.dumps([config.edition, config.teachers_pages, config.withheld])
    now = hashlib.sha256(state.encode()).hexdigest()
    same = mark.exists() and mark.read_text("utf-8") == now
    if not same and Path(app.outdir, "searchindex.js").exists():
        shutil.rmtree(app.outdir)
        Path(app.outdir).mkdir()
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(now, "utf-8")


def leave_parts_out(app: Sphinx, config: Config) -> None:
    """Read the table of contents without the teachers' parts."""
    path = Path(app.srcdir, config.external_toc_path)
    toc = yaml.safe_load(path.read_text("utf-8"))
    parts = toc.get("parts", [])
    theirs = [part for part in parts if part.get("caption") in config.teachers_parts]
    if not theirs:
        return
    toc["parts"] = [part for part in parts if part not in theirs]
    config.teachers_pages = [chapter["file"] for part in theirs for chapter in part["chapters"]]
    shorter = Path(app.doctreedir, "toc-of-students.yml")
    shorter.parent.mkdir(parents=True, exist_ok=True)
    shorter.write_text(yaml.safe_dump(toc, sort_keys=False), "utf-8")
    config.external_toc_path = str(shorter)


# ---------------------------------------------------------------- what stands instead


def withhold(app: Sphinx, doctree: nodes.document) -> None:
    """Replace the code of this page that answers a graded function."""
    if not answers_in(app).withheld:
        return
    withhold_tagged(answers_in(app), doctree)
    hidden = {
        listing: found
        for listing in doctree.findall(nodes.literal_block)
        if (found := answered(app, listing)) is not None
    }
    places: dict[nodes.Element, list[tuple[Graded, str]]] = {}
    for listing, found in hidden.items():
        places.setdefault(what_goes(listing, hidden), []).extend(found)
    for place, found in places.items():
        instead: list[nodes.Node] = []
        for graded, formula in {graded.name: (graded, formula) for graded, formula in reversed(found)}.values():
            instead = [stand_in(app, place, graded, formula), *instead]
        cell = place.parent
        cell[cell.index(place) : cell.index(place) + 1] = instead
        if not cell.children:
            cell.parent.remove(cell)


def withhold_tagged(answers: Answers, doctree: nodes.document) -> None:
    """Replace the code of cells that bear a withheld unit's tag by one line; what they show stays."""
    for source in list(doctree.findall(nodes.container)):
        cell = source.parent
        if source.get("nb_element") == "cell_code_source" and answers.tagged(
            cell.get("cell_metadata", {}).get("tags", ())
        ):
            cell.replace(source, nodes.paragraph("", LATER, classes=["held-back"]))


def answered(app: Sphinx, listing: nodes.Element) -> list[tuple[Graded, str]] | None:
    """What a listing answers, each with a formula; None if it may be shown."""
    answers, path, code = answers_in(app), place_of(app, listing), listing.astext()
    found = answers.of(code, ours=path.parts[0] == REFERENCE)
    of_unit = path.parts[0] in BY_UNIT and answers.withheld.intersection([*path.parts, path.stem])
    if not found and not of_unit and path.parts[0] != FIGURES:
        return None
    return [(graded, answers.formula(code, graded)) for graded in found]


def place_of(app: Sphinx, listing: nodes.Element) -> Path:
    """The file of the course, or of the book, that a listing is taken from; a page if it stands in one."""
    source = Path(listing.get("source") or "")
    for root in (Path(app.srcdir), Path(app.srcdir).parent):
        if source.is_relative_to(root):
            return source.relative_to(root)
    return Path("nowhere")


def what_goes(listing: nodes.Element, hidden: Container[nodes.Element]) -> nodes.Element:
    """What goes with a listing: the input of its cell; the box of words about code, if all its code goes."""
    around = listing.parent
    while not isinstance(around, nodes.section | nodes.document):
        if around.get("nb_element") == "cell_code_source":
            return around
        about_code = isinstance(around, nodes.admonition) and around[0].astext().startswith(ABOUT_CODE)
        if about_code and all(one in hidden for one in around.findall(nodes.literal_block)):
            return around
        around = around.parent
    captioned = "literal-block-wrapper" in listing.parent.get("classes", ())
    return listing.parent if captioned else listing


def stand_in(app: Sphinx, place: nodes.Element, graded: Graded, formula: str) -> nodes.Node:
    """The formula, a worked number and the box; folded away if the code was."""
    folded = isinstance(place, nodes.admonition) and "dropdown" in place["classes"]
    box = nodes.admonition("", classes=["admonition", "write-it-yourself", *(["dropdown"] if folded else [])])
    box += nodes.title("", "", nodes.Text("Write it yourself: "), nodes.literal("", graded.name))
    if formula:
        box += nodes.math_block(formula, formula, nowrap=False, number=None, label=None, docname=app.env.docname)
    box += nodes.paragraph(
        "",
        "",
        nodes.Text("A worked number: "),
        nodes.literal("", graded.call),
        nodes.Text(" gives "),
        nodes.literal("", graded.result),
        nodes.Text("."),
    )
    box += practise.box_or_link(app.env, graded.unit, graded.name, attempt=graded.call)
    return box


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the settings and the directive."""
    app.setup_extension("practise")
    app.add_config_value("edition", STUDENTS, "env")
    app.add_config_value("teachers_parts", [], "env", types=[list])
    app.add_config_value("teachers_pages", [], "env", types=[list])  # found, not set
    app.add_config_value("withheld", [], "env", types=[list])  # found, not set
    app.add_directive("teachers", Teachers)
    app.connect("config-inited", decide, priority=50)
    app.connect("config-inited", empty_if_of_another, priority=55)
    app.connect("doctree-read", withhold, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
