"""All that a course folder holds of a student: folders, results, rows of the gradebook, lines of its lists."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

from grading.course import Course
from grading.gradebook.students import Rows, rows_of, students_in_gradebook
from grading.lms.class_list import class_list
from grading.lms.roster import ROSTER
from grading.marks.late_settings import EXTENSIONS
from grading.marks.sent import path_of_record, sent
from grading.student_ids import harmless_id
from grading.tables import find_column, read_table
from grading.units.personal import FOLDER as PERSONAL

TREES = ("submitted", "autograded", "feedback", PERSONAL)
"""Folders that have a folder for each student."""


@dataclass
class Holding:
    """What is kept of one student.

    Parameters
    ----------
    student : str
        Whose.
    listed : bool
        Whether they are in the roster.
    places : list of (str, int)
        Where something lies, and how many files, rows or lines.
    newest : datetime or None
        When the youngest file of theirs was written.
    """

    student: str
    listed: bool
    places: list[tuple[str, int]] = field(default_factory=list)
    newest: datetime | None = None

    def until(self, keep_days: int | None) -> datetime | None:
        """When it is to be deleted; None if the course names no time."""
        return self.newest + timedelta(days=keep_days) if keep_days is not None and self.newest else None


def trees_of(course: Course, student: str) -> list[Path]:
    """The student's folders."""
    return [path for name in TREES if (path := course.root / name / student).is_dir() or path.is_symlink()]


def results_of(course: Course, students: Collection[str]) -> list[Path]:
    """Files of results of these students, those of previews too."""
    return [path for path, student in _results(course) if student in students]


def _results(course: Course) -> Iterator[tuple[Path, str]]:
    for unit in course.units:
        folder = course.results / unit
        for path in sorted([*folder.glob("*.json"), *folder.glob("preview/results/*/*.json")]):
            try:
                student = json.loads(path.read_text(encoding="utf-8")).get("student", "")
            except (OSError, ValueError, AttributeError):
                continue
            yield path, str(student)


def everybody(course: Course) -> list[str]:
    """Everybody of whom anything is kept, or who is in the roster."""
    ids = set(class_list(course)) | students_in_gradebook(course) | {student for _, student in _results(course)}
    for name in TREES:
        ids |= {path.name for path in (course.root / name).glob("*") if path.is_dir() and path.name[0] != "."}
    return sorted(student for student in ids if harmless_id(student))


def holdings(course: Course, students: Collection[str]) -> list[Holding]:
    """What is kept of these students."""
    people = class_list(course)
    results = list(_results(course))
    rows, lines = rows_of(course, students), extension_lines(course)
    told = [student for each in sent(course) for student in each.students]
    found = []
    for student in sorted(students):
        holding = Holding(student, student in people)
        files = {name: _files(course.root / name / student) for name in TREES}
        own = [path for path, whose in results if whose == student]
        numbers = {
            **{f"{name}/{student}/": len(paths) for name, paths in files.items()},
            "results/": len(own),
            "gradebook": _count(rows, student),
            ROSTER: int(holding.listed),
            EXTENSIONS: lines.count(student),
            str(path_of_record(course).relative_to(course.root)): told.count(student),
        }
        holding.places = [(place, number) for place, number in numbers.items() if number]
        times = [path.stat().st_mtime for path in (*chain(*files.values()), *own)]
        holding.newest = datetime.fromtimestamp(max(times), UTC) if times else None
        found.append(holding)
    return found


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _count(rows: Rows, student: str) -> int:
    ids = [row["id"] for row in rows["student"]] + [row["student_id"] for row in rows["submitted_assignment"]]
    return ids.count(student)


def extension_lines(course: Course) -> list[str]:
    """Whom each line of the extensions is about."""
    path = course.root / EXTENSIONS
    if not path.exists():
        return []
    table = read_table(path)
    column = find_column(table.header.values, "student")
    return [] if column is None else [row[column].strip() for row in table.rows[1:] if not row.empty]


def digest(course: Course, students: Collection[str]) -> str:
    """A hash of all that is kept of some students, and of the lists that they stand in."""
    parts: list[object] = []
    for student in sorted(students):
        for tree in trees_of(course, student):
            parts += [[str(p.relative_to(course.root)), _hash(p)] for p in sorted(tree.rglob("*")) if p.is_file()]
    parts += [[str(path.relative_to(course.root)), _hash(path)] for path in results_of(course, students)]
    parts += [_hash(course.root / name) for name in (ROSTER, EXTENSIONS)]
    rows = rows_of(course, students)
    parts.append({name: sorted(each, key=lambda row: str(row["id"])) for name, each in rows.items()})
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
