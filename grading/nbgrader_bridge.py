"""The few places where nbgrader's own machinery is called: its configuration and its converters."""

from __future__ import annotations

import importlib
import logging
import sys
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from grading.course import Course
from grading.errors import CourseError

_SERVERS: Final = ("assignment_list", "course_list", "validate_assignment", "formgrader")
_LATER: Final = (
    *(f"nbgrader.server_extensions.{name}" for name in _SERVERS),
    *("bs4", "requests", "setuptools.archive_util"),
)
"""Modules of which nbgrader, and nbconvert below it, call functions that a grading command never needs."""
_FORMATS: Final = ("fqdn", "isoduration", "rfc3339_validator", "rfc3986_validator", "uri_template", "webcolors")
"""What jsonschema checks optional formats with, which no notebook's schema names."""


def block_rfc3987_import() -> None:
    """Keep jsonschema from building a grammar of internationalised URLs that no notebook needs.

    `nbformat` imports `jsonschema`, whose optional format checks import `rfc3987_syntax`: 3 of the 4 seconds that
    a grading command would spend starting. Without it that one format is not checked; the schema still is.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


class _Later(ModuleType):
    """Stands for a module whose functions import it when they are called."""

    def __getattr__(self, name: str) -> Any:
        """Return a function that calls the module's own."""
        if name.startswith("__"):
            raise AttributeError(name)
        return partial(_call, self.__name__, name)


def _call(module: str, function: str, *args: Any, **kwargs: Any) -> Any:
    return getattr(importlib.import_module(module), function)(*args, **kwargs)


def import_nbgrader() -> None:
    """Import nbgrader's gradebook without two thirds of what nbgrader imports; that comes if it is called."""
    block_rfc3987_import()
    if "nbgrader" in sys.modules:
        return
    stubs: dict[str, Any] = {name: _Later(name) for name in _LATER} | dict.fromkeys(_FORMATS)
    stubs = {name: stub for name, stub in stubs.items() if name not in sys.modules}
    sys.modules.update(stubs)
    try:
        for module in ("nbgrader", "nbgrader.api", "nbgrader.preprocessors"):
            importlib.import_module(module)
    finally:
        for name in stubs:
            del sys.modules[name]


_asked: ContextVar[list[bool] | None] = ContextVar("_asked", default=None)


def only_noted() -> bool:
    """Whether a configuration is read for its settings alone; then it is noted that it installs this package."""
    asked = _asked.get()
    if asked is None:
        return False
    asked.append(True)
    return True


def installs(course: Course) -> bool:
    """Whether the course's ``nbgrader_config.py`` has nbgrader's own commands grade through this package."""
    return _read(course)[1]


def config(course: Course, **sections: dict[str, Any]) -> Any:
    """The course's ``nbgrader_config.py`` as a traitlets configuration, with `sections` laid over it."""
    loaded, _ = _read(course)
    loaded.CourseDirectory.root = str(course.root)
    loaded.CourseDirectory.course_id = course.settings.course_id
    for section, values in sections.items():
        loaded[section].update(values)
    return loaded


def _read(course: Course) -> tuple[Any, bool]:
    block_rfc3987_import()
    from traitlets.config import Config
    from traitlets.config.loader import PyFileConfigLoader

    path = course.root / "nbgrader_config.py"
    if not path.is_file():
        raise CourseError(f"{path}: missing; restore it, it tells nbgrader where things lie")
    asked: list[bool] = []
    reading = _asked.set(asked)
    try:
        return Config(PyFileConfigLoader(path.name, path=str(path.parent)).load_config()), bool(asked)
    finally:
        _asked.reset(reading)


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
