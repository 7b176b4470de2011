"""Values of slow functions, kept from one build to the next and shared by the editions.

A value is found by all that it was made from: the code of these extensions and of what they call, the function's
name and its arguments. So none can be stale, and without the file, `_build/.kept.sqlite`, a build is only slower.
"""

from __future__ import annotations

import functools
import hashlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from sphinx.application import Sphinx

P = ParamSpec("P")
Value = TypeVar("Value", str, bytes)
FILE = ".kept.sqlite"
SECONDS = 60  # that one edition waits for the other


class Shelf:
    """Where a build finds values; each is there whole or not at all, whenever a build is killed."""

    def __init__(self, path: Path, made_by: str) -> None:
        self.made_by = made_by
        try:
            self._open(path)
        except sqlite3.DatabaseError:  # the machine crashed while it was written
            path.unlink()
            self._open(path)

    def _open(self, path: Path) -> None:
        self.rows = sqlite3.connect(path, timeout=SECONDS, isolation_level=None)
        self.rows.execute("PRAGMA synchronous = OFF")  # a kill harms nothing; waiting for the disk takes seconds
        self.rows.execute("CREATE TABLE IF NOT EXISTS kept (made_by TEXT, inputs TEXT PRIMARY KEY, value)")
        self.rows.execute("DELETE FROM kept WHERE made_by != ?", [self.made_by])

    def find(self, inputs: str) -> str | bytes | None:
        """The value of these inputs."""
        row = self.rows.execute("SELECT value FROM kept WHERE inputs = ?", [inputs]).fetchone()
        return row[0] if row else None

    def keep(self, inputs: str, value: str | bytes) -> None:
        """Keep a value."""
        self.rows.execute("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", [self.made_by, inputs, value])


shelves: list[Shelf] = []  # the build's, while one runs


def kept(make: Callable[P, Value]) -> Callable[P, Value]:
    """Let a function find its values of earlier builds.

    It depends on its arguments alone: texts, bytes, numbers, and tuples of them; what it raises is not kept.
    """

    @functools.wraps(make)
    def found(*args: P.args, **kwargs: P.kwargs) -> Value:
        if not shelves:
            return make(*args, **kwargs)
        written = repr((make.__module__, make.__qualname__, args, sorted(kwargs.items())))
        inputs = hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()
        value = shelves[-1].find(inputs)
        if value is None:
            value = make(*args, **kwargs)
            shelves[-1].keep(inputs, value)
        return value  # type: ignore[return-value]

    return found


def connect(app: Sphinx, made_by: str) -> None:
    """Keep values during this build."""
    folder = Path(app.outdir).parent
    folder.mkdir(parents=True, exist_ok=True)
    shelf = Shelf(folder / FILE, made_by)
    shelves.append(shelf)

    def end(app: Sphinx, exception: Exception | None) -> None:
        shelves.remove(shelf)
        shelf.rows.close()

    app.connect("build-finished", end, priority=999)
