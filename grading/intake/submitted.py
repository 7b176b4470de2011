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
    root = course.root / "submitted"
    if not root.is_dir():
        raise CourseError(f"{root}: no such folder; put each submission into submitted/<student>/{unit}/")
    everything = [path for path in sorted(root.glob(f"*/{unit}")) if path.is_dir()]
    folders = [path for path in everything if not path.parent.name.startswith(".")]
    strange = [path.parent.name for path in folders if not harmless_id(path.parent.name)]
    if strange:
        raise CourseError(
            f"{root}: {printable(ascii(strange[0]))} cannot be a student's id; {RULE}; rename the folder"
        )
    found = {path.parent.name: path for path in folders}
    unknown = [student for student in students if student not in found]
    if unknown:
        raise CourseError(f"{root / unknown[0] / unit}: no such folder; is the student's id right?")
    if not found:
        raise CourseError(
            f"{root}: no submission of unit {unit!r}; expected submitted/<student>/{unit}/{unit}.ipynb"
        )
    return {student: found[student] for student in students} if students else found


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
