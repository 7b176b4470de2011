"""``new-course``: a course folder that uses this installation."""

from __future__ import annotations

import argparse
from pathlib import Path

from grading.commands import Commands
from grading.course import Course


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "new-course",
        help="make a course folder of its own that uses this installation",
        description="Make DIR: settings, folders, nbgrader's configuration, and a first unit, built. The "
        "students' environment stays this installation's, so nothing has to be installed. Several courses can be "
        "served so; each has its own secret, class and gradebook, and may be a repository of its own.",
        epilog="Then run commands in DIR, or from here with --course DIR.",
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="a new folder, such as ../second-course")
    parser.add_argument("--title", default="", help="what people call the course (default: the folder's name)")
    parser.add_argument(
        "--unit", action="append", default=[], metavar="UNIT", help="begin with this unit of ours; repeatable"
    )
    parser.set_defaults(run=run)


def run(course: Course, args: argparse.Namespace) -> int:
    """Make the folder and say what comes next."""
    from grading.doctor.course_folders.new_course import new_course

    made = new_course(course, args.folder, title=args.title, units=args.unit)
    print(f"{args.folder}: a course with {', '.join(made.units)}, built")
    print(f"  name, units and dates: {args.folder / 'course.toml'}; what comes next: {args.folder / 'README.md'}")
    print(f"  look at it: python -m grading --course {args.folder} doctor")
    return 0
