"""Write each student's own copy of a unit whose data are personal."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from grading.course import SETTINGS, Course
from grading.errors import CourseError
from grading.student_ids import RULE, harmless_id
from grading.units.personal import FOLDER
from grading.units.unit import load_unit


def personalise(course: Course, unit: str, students: Iterable[str]) -> list[Path]:
    """Write ``exercises-per-student/<student>/<unit>/``: the release, with the student's own data in it.

    Raises
    ------
    CourseError
        If the unit has no personal data, was not built, or an id cannot be a folder's name.
    """
    made = load_unit(course, unit)
    if made.personal is None:
        raise CourseError(f"{SETTINGS}: unit {unit} has no personal data; add a table [per_student.{unit}]")
    folders = []
    for student in students:
        if not harmless_id(student):
            raise CourseError(f"{student!a} cannot be a student's id; {RULE}")
        folder = course.root / FOLDER / student / unit
        folder.mkdir(parents=True, exist_ok=True)
        notebook = course.release(unit)
        for name, data in {notebook.name: notebook.read_bytes(), **made.files_for(student)}.items():
            (folder / name).write_bytes(data)
        folders.append(folder)
    return folders
