"""``next-term``: put a term's class away."""

from __future__ import annotations

import argparse

from grading.commands import Commands
from grading.course import Course, one_at_a_time
from grading.errors import CourseError


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "next-term",
        help="put the class away and begin a new term with a new secret",
        description="Move all that is of this term's class into terms/NAME/: submissions, graded notebooks, "
        "feedback, results and what went out, the gradebook, roster, extensions, and the secret that hidden cases "
        "are drawn from, so that no page of this term shows a case of the next. Units, settings and the book "
        "stay. Nothing is deleted or overwritten; a run that was interrupted is taken up by the next. --undo NAME "
        "brings a term back.",
    )
    parser.add_argument("name", nargs="?", default="", metavar="NAME", help="of the term that ends: 2026-autumn")
    parser.add_argument("--undo", default="", metavar="NAME", help="bring this term back")
    parser.set_defaults(run=run)


def run(course: Course, args: argparse.Namespace) -> int:
    """Put a term away, or bring one back."""
    from grading.doctor.course_folders.terms import bring_back, end_term

    if bool(args.name) == bool(args.undo):
        raise CourseError("next-term: give the NAME of the term that ends, or --undo NAME")
    with one_at_a_time(course, "next-term"):
        term = bring_back(course, args.undo) if args.undo else end_term(course, args.name)
    where = term.folder.relative_to(course.root)
    print(f"{'back from' if args.undo else 'moved to'} {where}/: {', '.join(term.moved)}")
    if not args.undo:
        print("  the course has a new secret and no class; 'next-term --undo NAME' brings this one back")
    print("".join(f"  {line}\n" for line in term.to_do), end="")
    return 0
