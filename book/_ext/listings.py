"""Every code cell of a page can be run and changed where it stands: `assets/listing.js` and `listing_runner.py`.

Beside the pages lie the code of their cells, also of those that only compute, and `reference_impl`. As long as a
unit's answers are withheld its functions are hollow there: a graded one calls what the reader wrote in its box.
"""

from __future__ import annotations

import ast
import functools
import importlib
import json
import shutil
import zipfile
from html import escape
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import practise
from answers import Answers, Graded
from docutils import nodes
from editions import answers_in
from kept import kept
from lite import PYODIDE
from myst_nb.core.read import read_myst_markdown_notebook
from page_notes import PageNotes
from sphinx.application import Sphinx

from grading.units.code_shape import FunctionNode, node_of, normalised, parsed
from grading.units.reached_code import calls

PACKAGE = "reference_impl"
HELD_BACK = Path(__file__).parent / "held_back.py"
REFUSAL = f"from {PACKAGE} import held_back\nheld_back.refuse('this')\n"
EPOCH = (1980, 1, 1, 0, 0, 0)  # so that the same files give the same archive


class Listings(PageNotes):
    """Pages that have code cells."""

    attribute = "listings"


def withheld_in(node: FunctionNode, answers: Answers) -> list[Graded]:
    """The withheld functions that a function answers, however small a part of the answer it is."""
    body = normalised(node)
    return answers.of_function(node) or (answers.nearest(body) if body in answers.bodies else [])


class Hollow(ast.NodeTransformer):
    """Takes the body out of each function that is withheld."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.found = False

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Hollow out a function, or look into it."""
        graded = withheld_in(node, self.answers)
        if not graded:
            return self.generic_visit(node)
        self.found = True
        named = any(one.name == node.name for one in graded)
        call = (
            f"held_back.own({node.name!r}, {arguments_of(node)})" if named else f"held_back.refuse({node.name!r})"
        )
        node.body = ast.parse(f"from {PACKAGE} import held_back\n_ = {call}").body
        node.body[-1] = ast.Return(node.body[-1].value)  # type: ignore[attr-defined]
        node.returns = None
        return node


def arguments_of(node: FunctionNode) -> str:
    """How a function hands its arguments on."""
    given = node.args
    handed = [one.arg for one in (*given.posonlyargs, *given.args)]
    handed += [f"*{given.vararg.arg}"] if given.vararg else []
    handed += [f"{one.arg}={one.arg}" for one in given.kwonlyargs]
    handed += [f"**{given.kwarg.arg}"] if given.kwarg else []
    return ", ".join(handed)


def hollow(code: str, answers: Answers) -> str:
    """Code without the bodies of what is withheld; as it is if nothing of it is."""
    tree = parsed(code) if answers.withheld else None
    if tree is None:
        return code
    taker = Hollow(answers)
    done = taker.visit(tree)
    text = ast.unparse(ast.fix_missing_locations(done)) + "\n" if taker.found else code
    if "held_back" not in text and answers.of(text):
        return REFUSAL
    return text


def code_cells(page: Path, answers: Answers | None = None) -> dict[int, str]:
    """The code cells of a page by their numbers among all cells, in order; a withheld one refuses."""
    return {
        number: REFUSAL if answers and answers.tagged(tags) else code
        for number, code, tags in json.loads(cells_in(page.read_text("utf-8")))
    }


@kept
def cells_in(page: str) -> str:
    """Number, code and tags of each code cell of a page, as JSON."""
    every = enumerate(read_myst_markdown_notebook(page).cells)
    cells = [(number, cell) for number, cell in every if cell.cell_type == "code"]
    return json.dumps([(number, cell.source, cell.metadata.get("tags", ())) for number, cell in cells])


def held_back(cells: dict[int, str], answers: Answers) -> list[int]:
    """Numbers of cells that cannot run yet: they, or cells above, call what is withheld and no box asks for."""
    if not answers.withheld:
        return []
    first = next((number for number, code in cells.items() if code == REFUSAL or cannot_run(code, answers)), None)
    return [] if first is None else [later for later in cells if later >= first]


def cannot_run(code: str, answers: Answers) -> bool:
    """Whether code calls what is withheld and no box asks for."""
    package = importlib.import_module(PACKAGE)
    graded = {one.name for one in answers.graded if one.unit in answers.withheld}
    tree = parsed(code)
    for node in ast.walk(tree) if tree else []:
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        if name not in graded and any(needs(value, answers) for value in bound_to(package, name)):
            return True
    return False


def bound_to(package: ModuleType, name: str) -> list[Any]:
    """What a name means in the package and in its modules."""
    modules = [package, *(value for value in vars(package).values() if isinstance(value, ModuleType))]
    return [vars(module)[name] for module in modules if name in vars(module)]


@functools.cache
def needs_of(function: Any) -> tuple[FunctionNode, ...]:
    """The code that a function of ours reaches."""
    return tuple(node for reached, _ in calls(function) if (node := node_of(reached)) is not None)


def needs(value: Any, answers: Answers) -> bool:
    """Whether a function reaches code that is withheld."""
    found = needs_of(value) if isinstance(value, FunctionType) else ()
    return any(withheld_in(node, answers) for node in found)


def number_cells(app: Sphinx, doctree: nodes.document) -> None:
    """Name each cell of the page that is being read, and that can run, by its number."""
    cells = [node for node in doctree.findall(nodes.container) if node.get("nb_element") == "cell_code"]
    if not cells:
        return
    held = held_back(code_cells(Path(app.env.doc2path(app.env.docname)), answers_in(app)), answers_in(app))
    running = [cell for cell in cells if cell["cell_index"] not in held]
    for cell in running:
        cell["classes"].append(f"listing-no-{cell['cell_index']}")
    if running:
        Listings.add(app.env, len(running))


def announce(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Load the scripts on pages with cells, and say what they need."""
    place = app.config.practise_pyodide
    if not place or pagename not in Listings.of(app.env):
        return
    size = practise.bytes_to_load(app.srcdir) if place == PYODIDE else 0
    context["body"] += (
        f'<course-listings data-page="{escape(pagename)}" data-pyodide="{escape(place)}" data-bytes="{size}"'
        " hidden></course-listings>"
    )
    app.add_js_file("practise.js", loading_method="defer")
    app.add_js_file("listing.js", loading_method="defer", priority=900)  # after the box, whose Python it uses


def write_package(source: Path, target: Path, answers: Answers) -> None:
    """Write `reference_impl` as an archive, hollow where it is withheld."""
    files = [path for path in sorted(source.rglob("*")) if path.suffix in (".py", ".csv")]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            text = path.read_text("utf-8")
            text = hollow(text, answers) if path.suffix == ".py" else text
            name = f"{PACKAGE}/{path.relative_to(source).as_posix()}"
            archive.writestr(zipfile.ZipInfo(name, EPOCH), text, zipfile.ZIP_DEFLATED)
        archive.writestr(zipfile.ZipInfo(f"{PACKAGE}/held_back.py", EPOCH), HELD_BACK.read_text("utf-8"))


def write_files(app: Sphinx, exception: Exception | None) -> None:
    """Put the code of cells and the package beside the pages."""
    if exception or app.builder.format != "html":
        return
    answers = answers_in(app)
    source, target = Path(app.srcdir), Path(app.outdir, "_static", "listings")
    target.mkdir(parents=True, exist_ok=True)
    for page in Listings.of(app.env):
        path = target / f"{page}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        cells = code_cells(source / f"{page}.md", answers)
        pieces = [f"# %% {number}\n{hollow(code, answers).rstrip()}\n" for number, code in cells.items()]
        path.write_text("".join(pieces), "utf-8")
    if Listings.of(app.env):
        shutil.copyfile(Path(__file__).parents[1] / "matplotlibrc", target / "matplotlibrc")
        write_package(Path(__file__).parents[2] / PACKAGE, target / f"{PACKAGE}.zip", answers)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the build."""
    app.setup_extension("editions")
    app.add_env_collector(Listings)
    app.connect("doctree-read", number_cells, priority=150)  # after what is withheld
    app.connect("html-page-context", announce, priority=890)
    app.connect("build-finished", write_files, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
