"""A course folder of its own that uses this installation: settings, folders, a first unit, nothing to install."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from grading.course import SETTINGS, Course
from grading.errors import CourseError
from grading.files import write_atomically
from grading.units.build import build_source, release

TEMPLATE = Path(__file__).with_name("template")
FIRST_UNIT = "first_unit"
"""The unit of the template: one function, one written answer."""


def new_course(course: Course, folder: Path, *, title: str = "", units: Sequence[str] = ()) -> Course:
    """Make a course folder.

    Parameters
    ----------
    course : Course
        The one whose installation, and units if any are named, the new one takes.
    folder : Path
        It is made; empty if it is there.
    title : str
        What people call the course; the folder's name if not given.
    units : sequence of str
        Units of `course` to begin with; without any, a small one to be replaced.

    Raises
    ------
    CourseError
        If the folder holds anything, or is inside of `course`, or there is no such unit.
    """
    for unit in units:
        course.unit(unit)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CourseError(f"{folder}: not empty; give a new folder")
    place = folder.resolve()
    if place.is_relative_to(course.root.resolve()) and not place.is_relative_to(course.root.resolve() / "_build"):
        raise CourseError(f"{folder}: inside another course; give a folder beside it, such as ../{folder.name}")
    python = course.student_python  # or say that there is none, before anything is written
    folder.mkdir(parents=True, exist_ok=True)
    _copy(course, folder, units)
    course_id = re.sub(r"[^\w-]+", "-", place.name).strip("-") or "course"
    write_atomically(folder / SETTINGS, _settings(course_id, title or place.name, list(units), python))
    made = Course(folder)
    for unit in made.units:
        build_source(made, unit)
    release(made, made.units)
    return made


def _copy(course: Course, folder: Path, units: Sequence[str]) -> None:
    """What every course folder has, and the sources of its units."""
    write_atomically(folder / ".gitignore", (TEMPLATE / "gitignore").read_text(encoding="utf-8"))
    write_atomically(folder / "README.md", (TEMPLATE / "README.md").read_text(encoding="utf-8"))
    shutil.copy(course.root / "nbgrader_config.py", folder / "nbgrader_config.py")
    (folder / "requirements").mkdir(exist_ok=True)
    if course.student_requirements.is_file():
        shutil.copy(course.student_requirements, folder / "requirements" / "student.txt")
    for name in ("solutions", "exercises", "tests/hidden"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    if not units:
        shutil.copy(TEMPLATE / "solution.txt", folder / "solutions" / f"{FIRST_UNIT}.py")
        shutil.copy(TEMPLATE / "hidden_tests.txt", folder / "tests" / "hidden" / f"{FIRST_UNIT}.py")
    for unit in units:
        shutil.copy(course.source(unit), folder / "solutions")
        shutil.copy(course.hidden_tests(unit), folder / "tests" / "hidden")
        data = [path for path in course.source_folder(unit).glob("*.csv") if path.is_file()]
        for path in data:
            (folder / "solutions" / unit).mkdir(exist_ok=True)
            shutil.copy(path, folder / "solutions" / unit)


def _settings(course_id: str, title: str, units: Sequence[str], python: Path) -> str:
    """The settings of a new course; `python -m grading` says what else they can hold."""
    listed = json.dumps(list(units) or [FIRST_UNIT])
    return (
        f"# Settings of this course; commands read them from the folder they run in.\n"
        f"course_id = {json.dumps(course_id)}  # in nbgrader's gradebook and exchange\n"
        f"title = {json.dumps(title, ensure_ascii=False)}  # what people call it\n"
        f"units = {listed}\n"
        f"# Where students read the book; links in the notebooks lead there.\n"
        f'book_url = "https://example.org/book"\n'
        f"# The students' environment, of the installation that made this folder.\n"
        f"student_python = {json.dumps(str(python))}\n"
        f'# timezone = "Europe/London"\n\n'
        f"# [dates.{(list(units) or [FIRST_UNIT])[0]}]\n"
        f"# release = 2026-10-02T09:00:00\n"
        f"# deadline = 2026-10-15T23:59:00\n"
    )
