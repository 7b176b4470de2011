"""``report``: what to reteach, and everything else that a class's marks tell."""

from __future__ import annotations

import argparse
from pathlib import Path

from grading.commands import NOT_ALL_GRADED, Commands, add_section, add_unit, as_typed
from grading.course import Course
from grading.printable import counted


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "report",
        help="write the class report of a unit",
        description="Write one web page about a graded class, with its tables as CSV beside it: what to reteach, "
        "the distribution of marks, each task, named misconceptions, failures, answers that look alike, oddities.",
    )
    add_unit(parser)
    add_section(parser)
    parser.add_argument(
        "--anonymous",
        action="store_true",
        help="leave names out; a student has the same pseudonym in every report",
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="default: results/UNIT-report.html")
    parser.set_defaults(run=run)


def run(course: Course, args: argparse.Namespace) -> int:
    """Write the report and say where it is."""
    from grading.report import write_report

    unit = course.unit(args.unit)
    report = write_report(course, unit, page=args.output, anonymous=args.anonymous, section=args.section)
    page, folder = report.page, report.page.with_suffix("")
    print(
        f"{args.unit}: {as_typed(page, course.root)}; {counted(len(report.tables), 'table')} in "
        f"{as_typed(folder, course.root)}/"
    )
    for task in report.findings.reteach[:3]:
        print(f"  {task.lost:g} points lost: {task.place.title}")
    for remark in report.findings.remarks:
        print(f"  {remark}")
    return NOT_ALL_GRADED if any(paper.troubles for paper in report.findings.record.papers) else 0
