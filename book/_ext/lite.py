"""JupyterLite beside the book, if the setting `practise_lite` is on: whole exercises, run in the reader's browser.

`book/lite/build.py` makes it; here it is put into the site. It runs on the Pyodide of the practice boxes, so it is
offered only where the site has that.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from book_place import book_place
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

from grading.units.book_links import led_to

PYODIDE = "vendor/pyodide/"  # the site's own, below _static
LOGGER = logging.getLogger(__name__)


def built(app: Sphinx) -> Path:
    """Where `book/lite/build.py` puts it."""
    return Path(app.srcdir).parent / "_build" / "lite"


def decide(app: Sphinx, config: Config) -> None:
    """Keep the setting on only if there is something to offer; pages are read again when that changes."""
    if not config.practise_lite:
        return
    config.practise_lite = config.practise_pyodide == PYODIDE and (built(app) / "lab" / "index.html").exists()
    if not config.practise_lite:
        LOGGER.info("lite: no JupyterLite; it needs practise_pyodide: self, and `make book` builds it")


def is_offered(app: Sphinx) -> bool:
    """Whether this build has JupyterLite."""
    return bool(app.config.practise_lite)


def address(unit: str) -> str:
    """The page that opens a unit's notebook, seen from the root of the site."""
    return f"lite/lab/index.html?path={unit}/{unit}.ipynb"


def write(app: Sphinx, exception: Exception | None) -> None:
    """Copy it into the site, or take it away."""
    if exception or app.builder.format != "html":
        return
    target = Path(app.outdir, "lite")
    if is_offered(app):
        shutil.copytree(built(app), target, dirs_exist_ok=True)
        for notebook in sorted(target.glob("files/**/*.ipynb")):
            notebook.write_bytes(led_to(notebook.read_bytes(), *book_place(app)))
    else:
        shutil.rmtree(target, ignore_errors=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the setting."""
    app.add_config_value("practise_lite", False, "env")
    app.connect("config-inited", decide, priority=600)  # after the place of Pyodide is known
    app.connect("build-finished", write, priority=960)  # after what looks through the book's own pages
    return {"parallel_read_safe": True, "parallel_write_safe": True}
