"""What lies in ``submitted/``: whose folders there are, and when each was handed in."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from grading.course import Course
from grading.errors import CourseError
from grading.printable import printable
from grading.settings.moments import stamped_moment
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


def submitted_at(folder: Path, zone: tzinfo = UTC) -> datetime | None:
    """Time in ``timestamp.txt``, in UTC; None if there is none or it cannot be read.

    `zone` is the course's: abbreviations such as CEST are read as its own.
    """
    return _read_time(folder, zone)[0]


def odd_times(folders: Mapping[str, Path], zone: tzinfo) -> dict[str, str]:
    """What a person should know of each ``timestamp.txt`` that cannot be read, or was read with a guess."""
    remarks = {student: _read_time(folder, zone)[1] for student, folder in folders.items()}
    return {student: remark for student, remark in remarks.items() if remark}


def _read_time(folder: Path, zone: tzinfo) -> tuple[datetime | None, str]:
    text = _time_text(folder)
    if text is None:
        return None, ""
    try:
        moment, remark = stamped_moment(text, zone)
        moment = moment and moment.astimezone(UTC)
    except OverflowError:  # before the year 1 or after 9999 in UTC
        moment, remark = None, "no time"
    return moment, remark and f"{TIMESTAMP} {printable(text, 60)!r}: {remark}"


def _time_text(folder: Path) -> str | None:
    """What ``timestamp.txt`` says; None if there is none."""
    path = folder / TIMESTAMP
    try:
        if not os.path.lexists(path):
            return None
        if path.is_symlink() or not path.is_file() or path.stat().st_size > 100:
            return "no small ordinary file"
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
