"""A gradebook's tables: made as nbgrader makes them, whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import nbgrader
from nbgrader.api import Base
from sqlalchemy import create_engine, inspect, text

from grading.errors import CourseError


def must_exist(url: str) -> None:
    """Refuse a gradebook file that is not there; opening it would make an empty one."""
    path = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:///") and ":memory:" not in url and not path.exists():
        raise CourseError(f"{path}: no gradebook yet; 'python -m grading autograde UNIT' makes it")


def create_atomically(url: str) -> None:
    """Make a new gradebook whole or not at all, so that a kill leaves nothing that looks like one."""
    prefix = "sqlite:///"
    if not url.startswith(prefix) or ":memory:" in url:
        _create_tables(url)
        return
    path = Path(url.removeprefix(prefix))
    if path.exists() and path.stat().st_size > 0:
        return
    fresh = path.with_name(f"{path.name}.new-{os.getpid()}")
    fresh.unlink(missing_ok=True)
    _create_tables(f"{prefix}{fresh}")
    try:
        # link() fails if another command has made the gradebook meanwhile; rename() would replace its marks
        os.link(fresh, path)
    except FileExistsError:
        if path.stat().st_size == 0:
            fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def schema_version() -> str:
    """Version of the tables that this nbgrader works with."""
    # alembic takes half a second to import, and only a new gradebook and the doctor need it
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    migrations = Config()
    migrations.set_main_option("script_location", str(Path(nbgrader.__file__).with_name("alembic")))
    return str(ScriptDirectory.from_config(migrations).get_current_head())


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
