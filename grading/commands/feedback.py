"""``feedback``: write each student's page."""

from __future__ import annotations

import argparse

from grading.commands import NOT_ALL_GRADED, Commands, add_students
from grading.course import Course


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "feedback",
        help="write each student's feedback page",
        description="Write feedback/<student>/UNIT/UNIT.html for every student with marks: points and message per "
        "task, comments on written answers. No hidden test, nothing of the student's that a browser would run.",
    )
    parser.add_argument("unit", metavar="UNIT")
    add_students(parser)
    parser.set_defaults(run=run)


def run(course: Course, args: argparse.Namespace) -> int:
    """Write the feedback pages."""
    from grading.report.book_link import leads_beside
    from grading.report.feedback import write_feedback

    to_mend: list[str] = []
    pages = write_feedback(course, course.unit(args.unit), students=args.student, tell=to_mend.append)
    print(f"{args.unit}: {len(pages)} pages, feedback/<student>/{args.unit}/{args.unit}.html")
    if leads_beside(course, args.unit):
        print("'Read again' leads to the book in this folder; before pages are sent, set book_url in course.toml")
    if to_mend:
        print("  shown as not marked yet; mend the mark in formgrader, or give extra credit there:")
        print("\n".join(f"      {line}" for line in to_mend))
    return NOT_ALL_GRADED if to_mend else 0
