"""``collect``: put what a learning platform's archive holds into ``submitted/``."""

from __future__ import annotations

import argparse
from pathlib import Path

from grading.commands import NOT_ALL_GRADED, Commands, add_unit, as_typed
from grading.commands.autograde import grade_class
from grading.course import Course
from grading.lms import READERS
from grading.lms.roster import ROSTER


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "collect",
        help="put the submissions of a downloaded archive in place",
        description="Match the files of a learning platform's bulk download to students, find each one's notebook "
        "of the unit, put it into submitted/<student>/UNIT/, and report what was odd, unreadable, missing or "
        "refused, also in results/UNIT-collect.csv. Running it again, or with a later archive, updates what is "
        f"there; nothing newer or changed by hand is replaced. {ROSTER} says who is in the class; a course "
        "without one gets it from the list of --roster, if that has names.",
    )
    parser.add_argument("archive", type=Path, metavar="ARCHIVE", help="the zip, or the folder it was unpacked to")
    add_unit(parser)
    parser.add_argument(
        "--lms", default="", choices=READERS, help="where it comes from, if the archive does not tell"
    )
    parser.add_argument(
        "--roster",
        type=Path,
        metavar="FILE",
        help=f"the platform's class list or gradebook, for what it tells beside {ROSTER}: names, numbers, times",
    )
    parser.add_argument(
        "--beside",
        action="store_true",
        help="collect people who seem to have work in place under other ids as other people",
    )
    parser.add_argument("--force", action="store_true", help="replace also what is newer or was changed by hand")
    parser.add_argument("--grade", action="store_true", help="then grade the unit, as 'autograde' does")
    parser.add_argument(
        "--jobs", type=int, default=1, metavar="N", help="with --grade: submissions graded at once"
    )
    parser.set_defaults(run=run)


def run(course: Course, args: argparse.Namespace) -> int:
    """Collect, report, and grade if asked to."""
    from grading.files import write_atomically
    from grading.intake.collect import collect
    from grading.intake.report import report_csv, report_table
    from grading.lms.class_list import make_roster

    if args.archive.name in course.units and args.unit not in course.units:
        args.archive, args.unit = Path(args.unit), args.archive.name  # 'collect UNIT ARCHIVE'
    report = collect(
        course,
        course.unit(args.unit),
        args.archive,
        lms=args.lms,
        roster=args.roster,
        force=args.force,
        beside=args.beside,
    )
    if args.roster is not None and (number := make_roster(course, args.roster)):
        report.notes.append(f"{ROSTER} made from {args.roster}: these {number} are the class from now on")
    path = course.results / f"{args.unit}-collect.csv"
    write_atomically(path, report_csv(report))
    print(report_table(report))
    print(f"  all of it: {as_typed(path, course.root)}")
    code = 0 if report.clean else NOT_ALL_GRADED
    if not args.grade:
        return code
    return max(code, grade_class(course, args.unit, jobs=args.jobs))
