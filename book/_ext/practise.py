"""The `practise` directive: a box in which a reader writes one function of an exercise, runs it and checks it.

The starting code is the exercise's own cell. `assets/practise.js` makes the box work; without JavaScript it shows
that code and leads to the notebook. Beside the pages lie each unit's `check.py` and public cases, and Pyodide if
the setting `practise_pyodide` says `self` and `make book` could fetch it.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, ClassVar

import exercise_link
import lite
import progress
from docutils import nodes
from docutils.parsers.rst import directives
from html_directive import HtmlDirective, raw
from lite import PYODIDE
from page_notes import PageNotes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)
SELF = "self"
LOCK = "pyodide-lock.json"
RECORDS = Path(__file__).parents[1] / "pyodide"  # digests, the lock, the notice
IN_PAGE = ("numpy", "pandas", "matplotlib")  # what boxes and cells import


class Driving(PageNotes):
    """Figures that boxes of each page drive."""

    attribute = "practise_driving"


class Practise(HtmlDirective):
    """A box for the function (second argument) of a unit (first argument); the body says what to write."""

    required_arguments = 2
    has_content = True
    option_spec: ClassVar = {
        "try": directives.unchanged_required,
        "drives": lambda value: directives.choice(value, ("shrinkage-lab",)),
    }

    def run(self) -> list[nodes.Node]:
        """Build the box."""
        self.assert_has_content()
        unit, function = self.arguments
        folder = exercise_link.exercises_folder(self.env.srcdir) / unit
        starter = starter_of(folder / f"{unit}.ipynb", function)
        if starter is None:
            LOGGER.warning(
                "practise: exercises/%s/%s.ipynb has no cell to write %r in; generate the exercises first",
                unit,
                unit,
                function,
                location=self.get_location(),
            )
            return []
        attempt, drives = self.options.get("try", ""), self.options.get("drives", "")
        task = self.blocks(self.content, self.content_offset)
        return Box(self.env, unit, function, starter).nodes(task, attempt=attempt, drives=drives)


@dataclass(frozen=True)
class Box:
    """A box on the page that is being read."""

    env: BuildEnvironment
    unit: str
    function: str
    starter: str

    @property
    def name(self) -> str:
        """Its anchor."""
        return f"practise-{self.function.replace('_', '-')}"

    def nodes(self, task: list[nodes.Node], *, attempt: str, drives: str = "") -> list[nodes.Node]:
        """The box with the words of its task; the page notes that it has it."""
        folder = exercise_link.exercises_folder(self.env.srcdir) / self.unit
        self.env.note_dependency(str(folder / f"{self.unit}.ipynb"))
        exercise_link.LinkedUnits.add(self.env, self.unit)
        if drives:
            Driving.add(self.env, drives)
        progress.note(self.env, f"code/{self.unit}/{self.function}", f"Task: write {self.function}", self.name)
        words = nodes.container(classes=["practise-task"])
        words += task
        return [self.opening(folder, attempt, drives), words, self.closing()]

    def opening(self, folder: Path, attempt: str, drives: str) -> nodes.raw:
        """The box's start tag, with what `assets/practise.js` reads from it, and its title."""
        place = self.env.config.practise_pyodide
        attributes = {
            "data-unit": self.unit,
            "data-function": self.function,
            "data-try": attempt,
            "data-files": " ".join(path.name for path in files_beside(folder)),
            "data-drives": drives,
            "data-pyodide": place,
            "data-bytes": str(bytes_to_load(self.env.srcdir) if place == PYODIDE else 0),
        }
        data = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
        return raw(
            f'<practise-box class="practise" id="{self.name}" style="--lines: {self.starter.count(chr(10)) + 1}"'
            f'{data}><p class="practise-title"><span class="exercise-kind">Practise</span> Write '
            f"<code>{escape(self.function)}</code></p>"
        )

    def closing(self) -> nodes.raw:
        """The starting code, the way to the whole exercise, and the box's end tag."""
        up = "../" * self.env.docname.count("/")
        return raw(
            f'<pre class="practise-starter" tabindex="0"><code>{escape(self.starter)}</code></pre>'
            f'<p class="practise-notebook">The whole exercise: '
            f'<a href="{up}downloads/{self.unit}.zip" download>notebook and files (zip)</a></p></practise-box>'
        )


def box_or_link(env: BuildEnvironment, unit: str, function: str, *, attempt: str) -> list[nodes.Node]:
    """A box for a function, a link to it if the page has one; nothing if the exercise has no cell for it."""
    starter = starter_of(exercise_link.exercises_folder(env.srcdir) / unit / f"{unit}.ipynb", function)
    if starter is None:
        return []
    box = Box(env, unit, function, starter)
    if any(name == f"code/{unit}/{function}" for name, *_ in progress.Items.of(env).get(env.docname, ())):
        link = nodes.reference("", "Write it in the box on this page", refid=box.name)
        return [nodes.paragraph("", "", link, nodes.Text("."))]
    words = nodes.paragraph(
        "", "The cell of the exercise. What stands below the function's name says what to return."
    )
    return box.nodes([words], attempt=attempt)


def starter_of(notebook: Path, function: str) -> str | None:
    """The cell in which students write a function, or None."""
    if not notebook.exists():
        return None
    for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code" and cell["metadata"].get("nbgrader", {}).get("grade_id") == function:
            return "".join(cell["source"])
    return None


def files_beside(unit: Path) -> list[Path]:
    """What lies beside a unit's notebook: the check, its cases, the data."""
    return [path for path in exercise_link.files_of(unit) if path.suffix != ".ipynb"]


def fetched(srcdir: str | Path) -> Path:
    """Where `book/pyodide/fetch.py` puts Pyodide."""
    return Path(srcdir).parent / "_build" / "pyodide"


def files_of_the_core() -> list[str]:
    """What Pyodide itself consists of."""
    core = [line.split()[1] for line in (RECORDS / "core.sha256").read_text("utf-8").splitlines()]
    return [name for name in core if not name.endswith(".mjs")]  # the same loader for modules: not needed


def bytes_to_load(srcdir: str | Path) -> int:
    """The size of what a box loads before it can run: Pyodide and NumPy."""
    source = fetched(srcdir)
    lock = json.loads((source / LOCK).read_text("utf-8"))
    packages = with_dependencies(lock["packages"], ("numpy",)).values()
    names = [*files_of_the_core(), *(package["file_name"] for package in packages)]
    return sum((source / name).stat().st_size for name in names)


def place_pyodide(app: Sphinx, config: Config) -> None:
    """Turn the setting into an address: below `_static`, another host's, or none.

    Pages are read again when it changes, so a Pyodide that is fetched later reaches them.
    """
    if config.practise_pyodide == SELF:
        config.practise_pyodide = PYODIDE if (fetched(app.srcdir) / LOCK).exists() else ""
        if not config.practise_pyodide:
            LOGGER.info("practise: no Pyodide in _build/pyodide; boxes will lead to the notebooks (see make book)")
    elif config.practise_pyodide:
        config.practise_pyodide = config.practise_pyodide.rstrip("/") + "/"


def with_dependencies(packages: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The entries of a lock file that some packages need."""
    found: dict[str, Any] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop().replace("_", "-")
        if name not in found:
            found[name] = packages[name]
            waiting += packages[name]["depends"]
    return dict(sorted(found.items()))


def copy_pyodide(source: Path, target: Path, names: tuple[str, ...] | None) -> None:
    """Copy the core and some packages (None: all); the lock names those alone, so nothing else is asked for."""
    lock = json.loads((source / LOCK).read_text("utf-8"))
    if names is not None:
        lock["packages"] = with_dependencies(lock["packages"], names)
    target.mkdir(parents=True, exist_ok=True)
    wanted = files_of_the_core()
    wanted += [package["file_name"] for package in lock["packages"].values()]
    for stray in [path for path in target.iterdir() if path.name not in wanted]:
        stray.unlink()
    for name in wanted:
        if not (target / name).exists() or (target / name).stat().st_size != (source / name).stat().st_size:
            shutil.copyfile(source / name, target / name)
    shutil.copyfile(RECORDS / "NOTICE", target / "NOTICE")
    (target / LOCK).write_text(json.dumps(lock), "utf-8")


def write_files(app: Sphinx, exception: Exception | None) -> None:
    """Put beside the pages what boxes load."""
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    units = exercise_link.exercises_folder(app.srcdir)
    for unit in sorted(path for path in units.iterdir() if path.is_dir()):
        (static / "practise" / unit.name).mkdir(parents=True, exist_ok=True)
        for path in files_beside(unit):
            shutil.copyfile(path, static / "practise" / unit.name / path.name)
    if app.config.practise_pyodide == PYODIDE:
        copy_pyodide(fetched(app.srcdir), static / PYODIDE, None if lite.is_offered(app) else IN_PAGE)


def load_scripts(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Load scripts on pages that have a box, and nowhere else."""
    if any(item.startswith("code/") for item, *_ in progress.Items.of(app.env).get(pagename, ())):
        app.add_js_file("practise.js", loading_method="defer")
    if pagename in Driving.of(app.env):
        app.add_js_file("own-function.js", loading_method="defer", priority=900)  # after the figure and the box


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive and its setting."""
    app.setup_extension("progress")
    app.setup_extension("lite")
    app.add_config_value("practise_pyodide", SELF, "env")
    app.add_directive("practise", Practise)
    app.connect("config-inited", place_pyodide)
    app.add_env_collector(Driving)
    app.connect("html-page-context", load_scripts)
    app.connect("build-finished", write_files, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
