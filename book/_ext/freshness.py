"""Rebuild what is stale: pages after a change of these extensions, results after a change of what cells import.

Sphinx compares pages with their sources, and executed results are cached by the text of their cells. Neither
sees a changed formula in `reference_impl`, a changed plot style, or a newer library.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import kept
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

from grading.units import code_shape

LOGGER = logging.getLogger(__name__)
BOOK = Path(__file__).parents[1]
ROOT = BOOK.parent


def fingerprint(paths: Iterable[Path], root: Path | None = None) -> str:
    """Digest of the names and contents of files of the course, or of those below another folder."""
    digest = hashlib.sha256()
    for path in sorted(path for path in paths if path.is_file()):
        digest.update(path.relative_to(root or ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def what_cells_use() -> list[Path]:
    """Files that executed cells depend on without naming them."""
    code = [path for path in (ROOT / "reference_impl").rglob("*") if path.suffix in (".py", ".csv")]
    drawing = [BOOK / "matplotlibrc", BOOK / "two_widths.py", *(BOOK / "assets" / "fonts").glob("*.ttf")]
    return [*code, *drawing, ROOT / "requirements.txt"]


def what_pages_use() -> list[Path]:
    """Files that pages depend on without naming them."""
    ours = (
        path
        for folder in ("_ext", "_ext/templates", "assets", "assets/fonts", "demo")
        for path in (BOOK / folder).iterdir()
    )
    return [*what_cells_use(), *ours, *(BOOK / "_ext" / "mathjax").rglob("*.js")]


def what_makes() -> str:
    """Digest of the code of this build, and of what it calls in `grading` for `kept` values."""
    folder = Path(code_shape.__file__).parent
    return f"{fingerprint(what_pages_use())} {fingerprint(folder.glob('*.py'), folder)} {sys.version}"


def drop_stale_results(app: Sphinx, config: Config) -> None:
    """Empty the cache of executed cells if what they use has changed since it was filled."""
    cache = Path(config.nb_execution_cache_path or Path(app.outdir).parent / ".jupyter_cache")
    mark = cache / "what-cells-use.sha256"
    now = fingerprint(what_cells_use())
    if cache.exists() and (not mark.exists() or mark.read_text("utf-8") != now):
        LOGGER.info("freshness: what the cells use has changed; executing every page again")
        shutil.rmtree(cache)
    cache.mkdir(parents=True, exist_ok=True)
    mark.write_text(now, "utf-8")


def take_turn(app: Sphinx, config: Config) -> None:
    """Wait until no other edition executes cells; its results are in the cache then."""
    folder = Path(app.outdir).parent
    folder.mkdir(parents=True, exist_ok=True)
    turn = (folder / ".reading").open("w")
    fcntl.flock(turn, fcntl.LOCK_EX)
    for event in ("env-updated", "build-finished"):
        app.connect(event, lambda *_: turn.close())


def setup(app: Sphinx) -> dict[str, int | bool]:
    """Connect to the build; a new `env_version` makes Sphinx read every page again."""
    app.connect("config-inited", take_turn, priority=400)  # when the edition knows what it leaves out
    app.connect("config-inited", drop_stale_results)
    kept.connect(app, what_makes())
    version = int(fingerprint(what_pages_use())[:12], 16)
    return {"env_version": version, "parallel_read_safe": True, "parallel_write_safe": True}
