"""``personalise``: write each student's exercise with data of their own."""

from __future__ import annotations

import argparse
from pathlib import Path

from grading.commands import Commands, add_unit
from grading.course import Course
from grading.printable import counted


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "personalise",
        help="write each student's exercise with data of their own",
        description="Write exercises-per-student/<student>/UNIT/ for everybody on the roster: the release of the "
        "unit, with the data files that course.toml names under [per_student.UNIT] drawn for this student.",
    )
    add_unit(parser)
    parser.add_argument(
        "--roster",
        type=Path,
        metavar="FILE",
        help="the class, if not roster.csv: a class list that the platform exported",
    )
    parser.set_defaults(run=run)


def run(course: Course, args: argparse.Namespace) -> int:
    """Write the folders."""
    from grading.lms.roster import ROSTER, read_roster
    from grading.units.personal import FOLDER
    from grading.units.personalise import personalise

    folders = personalise(
        course,
        course.unit(args.unit),
        [person.student for person in read_roster(args.roster or course.root / ROSTER)],
    )
    print(f"{args.unit}: {counted(len(folders), 'student')}, {FOLDER}/<student>/{args.unit}/")
    return 0
