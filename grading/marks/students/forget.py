"""Delete for good what a course folder holds of a student."""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection
from pathlib import Path

from grading.course import Course
from grading.gradebook.students import wipe_free_space
from grading.lms.class_list import change_class, class_list
from grading.lms.roster import ROSTER
from grading.marks.students.holdings import everybody
from grading.marks.students.journal import changes, remove_all
from grading.marks.students.moving import rename_extensions


def forget(course: Course, students: Collection[str]) -> list[str]:
    """Delete all that is kept of some students; return what else was deleted since it tells of them.

    Folders, results, rows of the gradebook, lines of the lists, notes of what went out, and saved states of the
    class that hold something of theirs. Tables and pages in ``results/`` that name them are deleted whole: a
    command makes each again without them. Deleting again what was cut off does no harm.
    """
    others = [*_saved_states(course, students), *_tables(course, students)]
    remove_all(course, students)
    rename_extensions(course, dict.fromkeys(students))
    listed = class_list(course)
    if gone := set(students) & set(listed):
        if set(listed) == gone:
            (course.root / ROSTER).unlink()
        else:
            change_class(course, remove=gone)
    for path in others:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    wipe_free_space(course)
    return [str(path.relative_to(course.root)) for path in others]


def known(course: Course) -> set[str]:
    """Everybody of whom anything is kept, in a saved state too."""
    return {*everybody(course), *(student for _, change in changes(course) for student in change.students)}


def _saved_states(course: Course, students: Collection[str]) -> list[Path]:
    """Saved states that hold something of these students: their own, and lists of the class."""
    every = [folder for folder, _ in changes(course)]
    named = re.compile("|".join(rf"(?<![\w.@-]){re.escape(name)}(?![\w@-])" for name in students))
    return [f for f in every if any(named.search(_text(path)) for path in f.rglob("*") if path.is_file())]


def _tables(course: Course, students: Collection[str]) -> list[Path]:
    """Tables and pages in ``results/`` that name one of these students."""
    named = re.compile("|".join(rf"(?<![\w.@-]){re.escape(name)}(?![\w@-])" for name in students))
    folders = [course.results, *(path for path in course.results.glob("*-report*") if path.is_dir())]
    paths = [path for folder in folders for path in sorted(folder.glob("[!.]*"))]
    return [path for path in paths if path.is_file() and named.search(_text(path))]


def _text(path: Path) -> str:
    data = path.read_bytes()
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    return f"{path.name} {data.decode('utf-16' if utf16 else 'utf-8', 'replace')}"
