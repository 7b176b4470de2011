"""What lies in ``submitted/``: whose folders there are, and when each was handed in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from grading.course import Course
from grading.errors import CourseError
from grading.printable import printable
from grading.student_ids import RULE, harmless_id
from grading.submission.read import TIMESTAMP


def submitted_folders(course: Course, unit: str, students: Sequence[str] = ()) -> dict[str, Path]:
    """Folders ``submitted/<student>/<unit>`` by student."""
    root = course.submissions
    if not root.is_dir():
        raise CourseError(f"{root}: no such folder; put each submission into submitted/<student>/{unit}/")
    folders = _folders(root, unit)
    unknown = [student for student in students if student not in folders]
    if unknown:
        raise CourseError(f"{course.submitted(unknown[0], unit)}: no such folder; is the student's id right?")
    if not folders:
        raise CourseError(
            f"{root}: no submission of unit {unit!r}; expected submitted/<student>/{unit}/{unit}.ipynb"
        )
    return {student: folders[student] for student in students} if students else folders


def _folders(root: Path, unit: str) -> dict[str, Path]:
    """Every student's folder of a unit by the student's id; hidden folders are passed over."""
    paths = [path for path in sorted(root.glob(f"*/{unit}")) if path.is_dir()]
    folders = {path.parent.name: path for path in paths if not path.parent.name.startswith(".")}
    for student in folders:
        if not harmless_id(student):
            raise CourseError(
                f"{root}: {printable(ascii(student))} cannot be a student's id; {RULE}; rename the folder"
            )
    return folders


def submitted_at(folder: Path) -> datetime | None:
    """Time in ``timestamp.txt``, in UTC; None if there is none or it cannot be read."""
    path = folder / TIMESTAMP
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > 100:
            return None
        stamp = datetime.fromisoformat(path.read_text(encoding="utf-8").strip().removesuffix(" UTC"))
        return (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).astimezone(UTC)
    except (OSError, ValueError, OverflowError):
        return None
