"""The `exercise-link` directive: a card for one exercise, and the zip that it offers.

Titles and times are read from the notebooks, so they are written once.
"""

from __future__ import annotations

import json
import re
import zipfile
from html import escape
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

import lite
from book_place import book_place
from docutils import nodes
from docutils.parsers.rst import directives
from html_directive import raw
from page_notes import PageNotes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from grading.course import SETTINGS, Course
from grading.doctor.course_folders.repository import students_repository
from grading.errors import CourseError
from grading.units.book_links import led_to
from grading.units.dates import dates_of

LOGGER = logging.getLogger(__name__)
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold: same files, same bytes
TITLE = re.compile(r"^# (?P<title>.+)$", re.MULTILINE)
TIME = re.compile(r"\*\*Time:\*\* (?P<time>[^.*]+)")


def exercises_folder(srcdir: str | Path) -> Path:
    """Where the generated exercises lie, beside the book."""
    return Path(srcdir).parent / "exercises"


def files_of(unit: Path) -> list[Path]:
    """What a student receives, in a fixed order."""
    return sorted(
        path
        for path in unit.rglob("*")
        if path.is_file() and not any(part.startswith((".", "__")) for part in path.relative_to(unit).parts)
    )


class LinkedUnits(PageNotes):
    """Units that each page links to."""

    attribute = "linked_units"


class ExerciseLink(SphinxDirective):
    """A card that leads to the exercise of the unit that the argument names."""

    required_arguments = 1
    option_spec: ClassVar = {"practise": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """Build the card."""
        unit = self.arguments[0]
        folder = exercises_folder(self.env.srcdir) / unit
        notebook = folder / f"{unit}.ipynb"
        if not notebook.exists():
            LOGGER.warning(
                "exercise-link: there is no exercises/%s/%s.ipynb; generate the exercises first (make exercises)",
                unit,
                unit,
                location=self.get_location(),
            )
            return []
        self.env.note_dependency(str(notebook))
        LinkedUnits.add(self.env, unit)
        opening = opening_of(notebook)
        time = TIME.search(opening)
        up = "../" * self.env.docname.count("/")
        heading = escape(title_of(notebook, unit))
        parts = [
            '<div class="exercise-card">',
            f'<p class="exercise-title"><span class="exercise-kind">Exercise</span> {heading}</p>',
        ]
        if "practise" in self.options:
            parts.append(f"<p>{escape(self.options['practise'])}</p>")
        if time:
            parts.append(f'<p class="exercise-time">Time: {escape(time["time"].strip())}</p>')
        for name, words in self.dates(unit).items():
            parts.append(f'<p class="exercise-date">{name}: <strong>{escape(words)}</strong></p>')
        parts.append('<ul class="exercise-actions">')
        parts.append(
            f'<li><a class="exercise-download" href="{up}downloads/{unit}.zip" download>Download the notebook '
            f'and its files<span class="exercise-format"> (zip)</span></a></li>'
        )
        if lite.is_offered(self.env.app):
            parts.append(f'<li><a href="{up}{lite.address(unit)}">Open it in this browser</a></li>')
        for label, address in launch_links(self.config.launch_places, unit):
            parts.append(f'<li><a href="{escape(address)}">Open in {label}</a></li>')
        parts.append("</ul></div>")
        return [raw("".join(parts))]

    def dates(self, unit: str) -> dict[str, str]:
        """When the unit is given out and due, by the settings; when they change, the page is read again."""
        root = Path(self.env.srcdir).parent
        if not (root / SETTINGS).is_file():
            return {}
        self.env.note_dependency(str(root / SETTINGS))
        course = Course(root)
        return dates_of(course, unit) if unit in course.units else {}


def opening_of(notebook: Path) -> str:
    """The words that a notebook begins with; none if it is not there."""
    cells = json.loads(notebook.read_text("utf-8"))["cells"] if notebook.exists() else []
    return "".join("".join(cell["source"]) + "\n" for cell in cells[:3] if cell["cell_type"] == "markdown")


def title_of(notebook: Path, unit: str) -> str:
    """A unit's title: what its notebook is headed, else its name."""
    title = TITLE.search(opening_of(notebook))
    return title["title"] if title else unit.replace("_", " ").capitalize()


def take_buttons(app: Sphinx, config: Config) -> None:
    """Let the exercises' buttons open the students' repository, and take the theme's, for pages, away."""
    options, root = config.html_theme_options, Path(app.srcdir).parent
    buttons = options.pop("launch_buttons", None) or {}
    if not (root / SETTINGS).is_file():  # a book that is no course's
        return
    try:
        students = students_repository(Course(root), buttons, str(options.get("repository_url") or ""))
    except CourseError as error:
        raise ConfigError(str(error)) from None
    if students is not None:
        config.launch_places = {**buttons, "repository": students.repository, "branch": students.branch}


def launch_links(places: dict[str, Any], unit: str) -> list[tuple[str, str]]:
    """Places to open the notebook in, for those whose address is configured."""
    repository = str(places.get("repository") or "").rstrip("/").removesuffix(".git")
    if not repository:
        return []
    branch, buttons = places["branch"], places
    path = f"exercises/{unit}/{unit}.ipynb"
    name = repository.rsplit("/", 1)[-1]
    links = []
    if hub := buttons.get("jupyterhub_url"):
        query = urlencode({"repo": repository, "branch": branch, "urlpath": f"lab/tree/{name}/{path}"})
        links.append(("the course's JupyterHub", f"{hub.rstrip('/')}/hub/user-redirect/git-pull?{query}"))
    if repository.startswith("https://github.com/"):
        slug = repository.removeprefix("https://github.com/")
        if colab := buttons.get("colab_url"):
            links.append(("Colab", f"{colab.rstrip('/')}/github/{slug}/blob/{branch}/{path}"))
        if binder := buttons.get("binderhub_url"):
            place = quote(f"lab/tree/{path}", safe="")
            links.append(("Binder", f"{binder.rstrip('/')}/v2/gh/{slug}/{branch}?urlpath={place}"))
    return links


def write_zip(unit: Path, target: Path, *, local: str = "", site: str = "") -> None:
    """Zip a unit's folder; the same files give the same bytes. Links to a `local` book lead to the `site`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w") as archive:
        for path in files_of(unit):
            entry = zipfile.ZipInfo(f"{unit.name}/{path.relative_to(unit).as_posix()}", EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            content = path.read_bytes()
            if path.suffix == ".ipynb":
                content = led_to(content, local, site)
            archive.writestr(entry, content, compresslevel=9)


def write_zips(app: Sphinx, exception: Exception | None) -> None:
    """Write the zip of every unit that has a card."""
    if exception or app.builder.format != "html":
        return
    local, site = book_place(app)
    for unit in sorted(set().union(*LinkedUnits.of(app.env).values())):
        target = Path(app.outdir, "downloads", f"{unit}.zip")
        write_zip(exercises_folder(app.srcdir) / unit, target, local=local, site=site)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("exercise-link", ExerciseLink)
    app.add_config_value("launch_places", {}, "env", types=[dict])  # found, not set
    app.add_env_collector(LinkedUnits)
    app.connect("config-inited", take_buttons, priority=10)
    app.connect("build-finished", write_zips)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
