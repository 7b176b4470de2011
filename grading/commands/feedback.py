"""``feedback``: write each student's page."""

from __future__ import annotations

import argparse

from grading.commands import NOT_ALL_GRADED, Commands, add_students, add_unit
from grading.course import Course
from grading.printable import counted


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "feedback",
        help="write each student's feedback page",
        description="Write feedback/<student>/UNIT/UNIT.html for every student with marks: points and message per "
        "task, comments on written answers. No hidden test, nothing of the student's that a browser would run.",
    )
    add_unit(parser)
    add_students(parser)
    parser.set_defaults(run=run)


def run(course: Course, args: argparse.Namespace) -> int:
    """Write the feedback pages."""
    from grading.report.book_link import leads_beside
    from grading.report.feedback import write_feedback

    to_mend: list[str] = []
    unit = course.unit(args.unit)
    pages = write_feedback(course, unit, students=args.student, section=args.section, tell=to_mend.append)
    print(f"{args.unit}: {counted(len(pages), 'page')}, feedback/<student>/{args.unit}/{args.unit}.html")
    if leads_beside(course, args.unit):
        print("'Read again' leads to the book in this folder; before pages are sent, set book_url in course.toml")
    if to_mend:
        print("  to mend; a mark shows as not marked yet until it is mended in formgrader:")
        print("\n".join(f"      {line}" for line in to_mend))
    return NOT_ALL_GRADED if to_mend else 0
