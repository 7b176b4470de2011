"""Loads a unit's hidden tests, ``tests/hidden/<unit>.py``, from their text: a worker elsewhere has no file."""

from __future__ import annotations

import sys
from functools import lru_cache
from types import ModuleType

from grading.checks import Check
from grading.course import Course
from grading.errors import CourseError


@lru_cache(maxsize=8)
def load(path: str, source: str, root: str) -> ModuleType:
    """Run hidden tests that stand in `source`; they import ``reference_impl`` from the course folder `root`."""
    module = ModuleType("hidden_tests")
    module.__file__ = path
    sys.path.insert(0, root)
    sys.modules[module.__name__] = module  # dataclasses look their module up there
    try:
        exec(compile(source, path, "exec"), module.__dict__)
    finally:
        sys.path.remove(root)
        del sys.modules[module.__name__]
    return module


def checks(course: Course, unit: str) -> dict[str, Check]:
    """The unit's checks by the name of the function they judge."""
    path = course.hidden_tests(unit)
    if not path.is_file():
        raise CourseError(f"{path}: missing; a unit's checks belong there, in a tuple CHECKS")
    found = getattr(load(str(path), path.read_text(encoding="utf-8"), str(course.root)), "CHECKS", None)
    if not isinstance(found, tuple) or not all(isinstance(check, Check) for check in found):
        raise CourseError(f"{path}: defines no tuple CHECKS of Check objects")
    return {check.name: check for check in found}
