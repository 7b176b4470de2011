"""A gradebook's tables: made as nbgrader makes them, whole or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbgrader
from nbgrader.api import Base
from sqlalchemy import Engine, create_engine, event, inspect, text

from grading.errors import CourseError

_CURES = {
    "column": "an older nbgrader made it, 'nbgrader db upgrade' mends that",
    "locked": "another program holds it; end other grading commands, or stop and start JupyterLab",
    "readonly": "give yourself the right to write the file and its folder",
    "unable to open": "give yourself the right to write the file and its folder",
    "disk I/O": "look at the disk and at your right to write the file and its folder",
    "full": "free some space, then run the command again",
    "not a database": "restore it from a backup, or move it away and grade again (marks by hand would be lost)",
    "malformed": "restore it from a backup, or move it away and grade again (marks by hand would be lost)",
}


def cure_of(said: str) -> str:
    """What mends a gradebook of which the database says this; empty if that is not known."""
    return next((cure for words, cure in _CURES.items() if words in said), "")


def sqlite_file(url: str) -> Path | None:
    """The file that holds the gradebook; None if a server does."""
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") and ":memory:" not in url else None


def must_exist(url: str) -> None:
    """Refuse a gradebook file that is not there; opening it would make an empty one."""
    path = sqlite_file(url)
    if path is not None and not path.exists():
        raise CourseError(f"{path}: no gradebook yet; 'python -m grading autograde UNIT' makes it")


def create_atomically(url: str, fill: Callable[[str], None] = lambda url: None) -> bool:
    """Make a new gradebook whole or not at all, so that a kill leaves nothing that looks like one.

    Parameters
    ----------
    url : str
        Where.
    fill : callable
        Enters, at the address that it is given, what a new gradebook holds.

    Returns
    -------
    bool
        Whether it was made now.
    """
    path = sqlite_file(url)
    if path is None:
        _create_tables(url)
        return False
    if path.exists() and path.stat().st_size > 0:
        return False
    for left in path.parent.glob(f"{path.name}.new-*"):  # a killed command's; the course is locked
        left.unlink(missing_ok=True)
    fresh = path.with_name(f"{path.name}.new-{os.getpid()}")
    try:
        with _written_once():
            _create_tables(f"sqlite:///{fresh}")
            fill(f"sqlite:///{fresh}")
        with fresh.open("rb") as file:
            os.fsync(file)
        # link() fails if another command has made the gradebook meanwhile; rename() would replace its marks
        os.link(fresh, path)
    except FileExistsError:
        if path.stat().st_size > 0:
            return False
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return True


@contextmanager
def _written_once() -> Iterator[None]:
    """Let SQLite not wait for the disk at each commit, forty of them, to a file that is nobody's yet."""

    def connected(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA synchronous = OFF")

    event.listen(Engine, "connect", connected)
    try:
        yield
    finally:
        event.remove(Engine, "connect", connected)


def schema_version() -> str:
    """Version of the tables that this nbgrader works with: of its migrations the one that none follows.

    alembic would say so too, and takes half a second to import.
    """
    texts = [path.read_text() for path in Path(nbgrader.__file__).parent.glob("alembic/versions/*.py")]
    known, followed = (
        {version for text in texts for version in re.findall(rf"^{name} = '(\w+)'", text, re.MULTILINE)}
        for name in ("revision", "down_revision")
    )
    (head,) = known - followed
    return str(head)


def _create_tables(url: str) -> None:
    """Create nbgrader's tables, and note their version where ``nbgrader db upgrade`` looks for it.

    `Gradebook` would do so itself, but by starting another Python to ask for the version, which takes a second.
    """
    engine = create_engine(url)
    try:
        if inspect(engine).get_table_names():
            return
        with engine.begin() as connection:
            Base.metadata.create_all(connection)
            connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            connection.execute(
                text("INSERT INTO alembic_version VALUES (:version)"), {"version": schema_version()}
            )
    finally:
        engine.dispose()
