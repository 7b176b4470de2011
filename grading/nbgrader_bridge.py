"""The few places where nbgrader's own machinery is called: its configuration and its converters."""

from __future__ import annotations

import importlib
import logging
import sys
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from grading.course import Course
from grading.errors import CourseError

_SERVERS: Final = ("assignment_list", "course_list", "validate_assignment", "formgrader")


def block_rfc3987_import() -> None:
    """Keep jsonschema from building a grammar of internationalised URLs that no notebook needs.

    `nbformat` imports `jsonschema`, whose optional format checks import `rfc3987_syntax`: 3 of the 4 seconds that
    a grading command would spend starting. Without it that one format is not checked; the schema still is.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def import_nbgrader() -> None:
    """Import nbgrader without its pages' servers, half of all that it imports; they come if they are loaded."""
    block_rfc3987_import()
    if "nbgrader" in sys.modules:
        return
    servers = [f"nbgrader.server_extensions.{name}" for name in _SERVERS]
    for name in servers:
        sys.modules[name] = stub = ModuleType(name)
        stub.load_jupyter_server_extension = partial(_load_server, name)  # type: ignore[attr-defined]
    try:
        importlib.import_module("nbgrader")
    finally:
        for name in servers:
            del sys.modules[name]


def _load_server(name: str, app: Any) -> None:
    importlib.import_module(name).load_jupyter_server_extension(app)


def config(course: Course, **sections: dict[str, Any]) -> Any:
    """The course's ``nbgrader_config.py`` as a traitlets configuration, with `sections` laid over it."""
    block_rfc3987_import()
    from traitlets.config import Config
    from traitlets.config.loader import PyFileConfigLoader

    path = course.root / "nbgrader_config.py"
    if not path.is_file():
        raise CourseError(f"{path}: missing; restore it, it tells nbgrader where things lie")
    loaded = Config(PyFileConfigLoader(path.name, path=str(path.parent)).load_config())
    loaded.CourseDirectory.root = str(course.root)
    loaded.CourseDirectory.course_id = course.settings.course_id
    for section, values in sections.items():
        loaded[section].update(values)
    return loaded


def generate_assignment(course: Course, unit: str, release_directory: Path) -> Path:
    """Run nbgrader's ``generate_assignment`` for a unit without a gradebook; return the folder it made."""
    block_rfc3987_import()
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory

    steps = GenerateAssignment.preprocessors.default_args[0]
    settings = config(
        course,
        CourseDirectory={"release_directory": str(release_directory), "assignment_id": unit},
        GenerateAssignment={
            "no_database": True,
            "force": True,
            # SaveCells opens the gradebook even with no_database
            "preprocessors": [step for step in steps if step.__name__ != "SaveCells"],
        },
    )
    log = logging.getLogger("grading.nbgrader")
    log.setLevel(logging.ERROR)
    try:
        GenerateAssignment(coursedir=CourseDirectory(config=settings), config=settings, log=log).start()
    except (Exception, SystemExit) as error:  # start() calls sys.exit() on any error, after logging it
        raise CourseError(f"{course.master(unit)}: nbgrader could not make the release ({error})") from error
    return release_directory / unit


def feedback_name(secret: str, notebook: str) -> str:
    """The name of a page in the exchange, from the secret of its submission."""
    block_rfc3987_import()
    from nbgrader.utils import notebook_hash

    return str(notebook_hash(secret=secret, notebook_id=notebook))
