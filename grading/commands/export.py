"""``export``: write the marks of a unit."""

from __future__ import annotations

import argparse
from pathlib import Path

from grading.commands import Commands
from grading.course import Course


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "export",
        help="write the marks of a unit as CSV",
        description="Write one row per student: state, points, each task's mark, what still waits for a person.",
    )
    parser.add_argument("--unit", required=True, metavar="UNIT")
    parser.add_argument("--output", type=Path, metavar="FILE", help="default: results/UNIT.csv")
    parser.set_defaults(run=run)


def run(course: Course, args: argparse.Namespace) -> int:
    """Write the marks as CSV."""
    from grading.export import write_csv

    path = args.output or course.root / "results" / f"{args.unit}.csv"
    rows = write_csv(course, course.unit(args.unit), path)
    print(f"{args.unit}: {rows} students, {path}")
    return 0
