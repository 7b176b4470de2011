"""``import``: make units of the notebooks of an nbgrader course."""

from __future__ import annotations

import argparse
from pathlib import Path

from grading.commands import Commands, as_typed
from grading.course import Course


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "import",
        help="make units of the source notebooks of an nbgrader course",
        description="Turn each notebook of an nbgrader course's source/ folder into a unit: solutions/<unit>.py "
        "with the roles and points that its cells have, tests/hidden/<unit>.py without checks, and the data files "
        "that it names. Tests stay the assertions that they are; 'build' tries them on the model answer and on an "
        "untouched notebook, and names what they cannot say here.",
    )
    parser.add_argument(
        "notebooks", nargs="+", type=Path, metavar="NOTEBOOK", help="such as source/ps1/problem1.ipynb"
    )
    parser.set_defaults(run=run)


def run(course: Course, args: argparse.Namespace) -> int:
    """Import, and say what comes next."""
    from grading.doctor.course_folders.adopt import adopt, units_line

    made = [adopt(course, path) for path in args.notebooks]
    for one in made:
        print(f"{one.unit}: {', '.join(as_typed(path, course.root) for path in one.files)}")
        print("".join(f"  {note}\n" for note in one.notes), end="")
    print(f"Next, in course.toml: {units_line(course, [one.unit for one in made])}")
    print("then 'python -m grading build', which says what else a unit needs")
    return 0
