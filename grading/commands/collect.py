"""``collect``: put what a learning platform's archive holds into ``submitted/``."""

from __future__ import annotations

import argparse
from pathlib import Path

from grading.commands import NOT_ALL_GRADED, Commands, as_typed
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
        "there; nothing newer or changed by hand is replaced.",
    )
    parser.add_argument("archive", type=Path, metavar="ARCHIVE", help="the zip, or the folder it was unpacked to")
    parser.add_argument("--unit", required=True, metavar="UNIT")
    parser.add_argument("--lms", required=True, choices=READERS, help="where it comes from")
    parser.add_argument(
        "--roster",
        type=Path,
        metavar="FILE",
        help=f"CSV of the class, or the platform's class list or gradebook (default: {ROSTER}, if there is one)",
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

    roster = args.roster or course.root / ROSTER
    report = collect(
        course,
        course.unit(args.unit),
        args.archive,
        lms=args.lms,
        roster=roster if args.roster or roster.exists() else None,
        force=args.force,
    )
    path = course.results / f"{args.unit}-collect.csv"
    write_atomically(path, report_csv(report))
    print(report_table(report))
    print(f"  all of it: {as_typed(path, course.root)}")
    code = 0 if report.clean else NOT_ALL_GRADED
    if not args.grade:
        return code
    return max(code, grade_class(course, args.unit, jobs=args.jobs))
