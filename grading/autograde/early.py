"""Starts the sandbox before all else; imports nothing that takes long."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager

from grading.course import Course
from grading.sandbox import Sandbox


@contextmanager
def started(course: Course, unit: str, jobs: int, *, unsafe: bool) -> Generator[Sandbox, None, None]:
    """Yield a sandbox for a unit that starts meanwhile, and end it on leaving.

    Raises
    ------
    CourseError
        If the students' Python does not run.
    """
    gc.disable()  # until the class is graded: what is imported stays, so collecting meanwhile is wasted
    modules = {path.name: path.read_text(encoding="utf-8") for path in course.release_folder(unit).glob("*.py")}
    box = Sandbox(course.student_python, jobs=jobs, unsafe=unsafe, modules=modules)
    try:
        yield box.start()
    finally:
        gc.enable()
        box.close()
