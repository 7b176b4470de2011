"""``personalise``: write each student's exercise with data of their own."""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

from grading.commands import Commands
from grading.course import Course
from grading.errors import CourseError


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "personalise",
        help="write each student's exercise with data of their own",
        description="Write exercises-per-student/<student>/UNIT/ for everybody on the roster: the release of the "
        "unit, with the data files that course.toml names under [per_student.UNIT] drawn for this student.",
    )
    parser.add_argument("unit", metavar="UNIT")
    parser.add_argument(
        "--roster", type=Path, required=True, metavar="FILE", help="CSV file with a column 'student'"
    )
    parser.set_defaults(run=run)


def run(course: Course, args: argparse.Namespace) -> int:
    """Write the folders."""
    from grading.personal import FOLDER, personalise

    folders = personalise(course, course.unit(args.unit), _students(args.roster))
    print(f"{args.unit}: {len(folders)} students, {FOLDER}/<student>/{args.unit}/")
    return 0


def _students(path: Path) -> list[str]:
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(f"{path}: cannot be read ({error})") from None
    students = [(row.get("student") or "").strip() for row in rows]
    if not any(students):
        raise CourseError(f"{path}: no student; the file needs a column 'student' with an id in each row")
    return list(dict.fromkeys(filter(None, students)))
