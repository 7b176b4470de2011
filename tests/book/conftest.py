"""The built book, a tiny book that shows every directive, and a browser that reaches no other host."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from grading.course import Course
from tests.grading import conftest as fixture_units

from .site_server import SiteServer

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "book"
HERE = Path(__file__).parent
LABS = ("story-demo", "welcome-lab", "shrinkage-lab", "compromise-lab", "weights-lab", "logistic-lab")
PYODIDE = ROOT / "_build" / "pyodide"
AXE = HERE / "vendor" / "axe.min.js"

expect.set_options(timeout=60_000)  # a wait ends as soon as what is expected is there; a loaded machine is slow

pytest.register_assert_rewrite("tests.book.interactions", "tests.book.interactions_with_python")

sys.path.insert(0, str(BOOK / "_ext"))  # the extensions, as Sphinx finds them
sys.path.insert(0, str(BOOK))  # `claims`, as its modules import one another


def pages_of_toc() -> list[str]:
    """Names of all pages of the book, known before it is built."""
    toc = (BOOK / "_toc.yml").read_text("utf-8")
    return re.findall(r"^\s*(?:root:|- file:)\s*(\S+)", toc, re.MULTILINE)


def pages_of_the_module() -> list[str]:
    """Names of the first page and of those of the first part, which teach."""
    toc = yaml.safe_load((BOOK / "_toc.yml").read_text("utf-8"))
    return [toc["root"], *(chapter["file"] for chapter in toc["parts"][0]["chapters"])]


def box_of_every_unit() -> str:
    """A page with a practice box for the first function of each unit, so that every unit's files are at hand."""
    boxes = ["# A box of every unit\n"]
    for unit in Course(ROOT).units:
        tables = ROOT / "exercises" / unit / "public_checks.json"
        functions = (
            [*json.loads(tables.read_text("utf-8"))["checks"]] if tables.exists() else []
        )  # else: not built
        boxes += [f"```{{practise}} {unit} {function}\nIts words.\n```\n" for function in functions[:1]]
    return "\n".join(boxes)


Once = Callable[[str, Callable[[Path], None]], Path]
"""The fixture `once`."""


def build(folder: Path, out: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Build the book whose `_config.yml` lies in `folder`, as `make book` does without a slow import."""
    block = "from grading.nbgrader_bridge import block_rfc3987_import; block_rfc3987_import(); "
    start = f"{block}from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", start, "build", "book", "--config", "_config.yml"]
    command += ["--path-output", str(out), "-W", "--keep-going", "-n"]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env=os.environ | environment, timeout=300
    )


def tiny_book(folder: Path, pages: dict[str, str], *, change: Callable[[str], str] = str, **settings: Any) -> Path:
    """A small book with this book's settings, extensions and assets; its units, and those of tests."""
    book = folder / "book"
    book.mkdir(parents=True)
    for name in ("_ext", "assets", "demo"):
        (book / name).symlink_to(BOOK / name, target_is_directory=True)
    (folder / "exercises").mkdir()
    for exercises in (ROOT / "exercises", fixture_units.built().root / "exercises"):
        for unit in exercises.iterdir():
            (folder / "exercises" / unit.name).symlink_to(unit, target_is_directory=True)
    config = yaml.safe_load(change((ROOT / "_config.yml").read_text("utf-8")))
    config["sphinx"]["config"] |= {"moved": {}, "renamed": {}} | settings  # the book's own lead to its pages
    (folder / "_config.yml").write_text(yaml.safe_dump(config), "utf-8")
    (book / "references.bib").write_text("", "utf-8")
    first, *others = pages
    chapters = "".join(f"\n  - file: {name}" for name in others)
    toc = f"format: jb-book\nroot: {first}" + (f"\nchapters:{chapters}\n" if chapters else "\n")
    (book / "_toc.yml").write_text(toc, "utf-8")
    for name, text in pages.items():
        (book / f"{name}.md").write_text(text, "utf-8")
    return folder


def built(folder: Path, **environment: str) -> Path:
    """The pages of a small book, built; what a build says of a fault fails the test."""
    done = build(folder, folder, **environment)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return folder / "_build" / "html"


def with_pyodide(folder: Path, *, lite: bool = False) -> None:
    """Give a small book what `make book` fetches: Python for its boxes; `lite`: what stands for JupyterLite."""
    assert (PYODIDE / "pyodide-lock.json").exists(), "no Pyodide for the practice boxes; `make book` fetches it"
    (folder / "_build").mkdir()
    (folder / "_build" / "pyodide").symlink_to(PYODIDE, target_is_directory=True)
    if lite:
        (folder / "_build" / "lite" / "lab").mkdir(parents=True)
        (folder / "_build" / "lite" / "lab" / "index.html").write_text("<!doctype html>", "utf-8")


@pytest.fixture(scope="session")
def site() -> Path:
    """The teachers' edition of the book, which holds everything; both are built now if it is not there."""
    out = Path(os.environ.get("BOOK_HTML", ROOT / "_build" / "html-teachers"))
    if not (out / "index.html").exists():
        command = [sys.executable, "book/build.py"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return out


@pytest.fixture(scope="session")
def tiny_site(once: Once) -> Path:
    """A page with every kind of question and card, pages with practice boxes, and a page for each figure.

    JupyterLite lies there and is not asked for.
    """

    def make(folder: Path) -> None:
        pages = {
            name: (HERE / "pages" / f"{name}.md").read_text("utf-8") for name in ("questions", "practise", "own")
        }
        pages["every-unit"] = box_of_every_unit()
        pages |= {lab: f"# {lab}\n\n```{{figure-lab}} {lab}\nIts words.\n```\n" for lab in LABS}
        tiny_book(folder, pages)
        with_pyodide(folder, lite=True)
        built(folder)

    return once("tiny", make) / "_build" / "html"


@pytest.fixture(scope="session")
def server(site: Path) -> Iterator[SiteServer]:
    """The book, below a path as on a project's site."""
    with SiteServer(site, "/some/course/") as running:
        yield running


@pytest.fixture(scope="session")
def tiny_server(tiny_site: Path) -> Iterator[SiteServer]:
    """The tiny book, at the root of its host."""
    with SiteServer(tiny_site) as running:
        yield running


@dataclass
class Watch:
    """What went wrong on a page, and where it tried to go."""

    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def watched(context: BrowserContext) -> tuple[Page, Watch]:
    """A page whose context refuses every other host and remembers the attempt."""
    seen = Watch()

    def refuse(route: Route) -> None:
        address = urlsplit(route.request.url)
        if address.scheme in ("data", "blob", "file") or address.hostname == "127.0.0.1":
            route.fallback()
        else:
            seen.foreign.append(route.request.url)
            route.abort()

    context.route("**/*", refuse)
    page = context.new_page()
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.on("console", lambda message: seen.errors.append(message.text) if message.type == "error" else None)
    page.on("websocket", lambda socket: seen.foreign.append(socket.url))
    return page, seen


Opener = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Opener]:
    """Open an address in a context of its own; options are those of a browser context."""
    contexts: list[BrowserContext] = []

    def opened(address: str, **options: Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page, seen = watched(context)
        page.goto(address)
        page.watch = seen  # type: ignore[attr-defined]
        return page

    yield opened
    for context in contexts:
        context.close()
