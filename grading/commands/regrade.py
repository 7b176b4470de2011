"""``regrade``: see what a changed test would do to the marks, then enter them."""

from __future__ import annotations

import argparse

from grading.commands import NOT_ALL_GRADED, Commands, add_students, add_unit, as_typed, to_grade
from grading.course import Course
from grading.errors import CourseError
from grading.printable import counted


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "regrade",
        help="see what changed tests or points do to the marks, then enter them",
        description="Grade a class anew and show each mark before and after, without entering any. Then, with "
        "--accept, enter exactly what was shown; refused if tests, submissions or marks have changed since.",
    )
    add_unit(parser)
    add_students(parser)
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="submissions graded at once (default: 1)")
    parser.add_argument(
        "--unsafe", action="store_true", help="run students' code WITHOUT a sandbox, with your rights"
    )
    parser.add_argument("--accept", action="store_true", help="enter the marks of the last preview")
    parser.set_defaults(run=run)


def run(course: Course, args: argparse.Namespace) -> int:
    """Preview, or accept."""
    unit = course.unit(args.unit)
    if args.accept:
        if args.student or args.section:
            raise CourseError("--accept enters the whole preview; say to the preview whose it is")
        from grading.autograde.regrade import accept

        print(f"{unit}: marks of {counted(accept(course, unit), 'student')} entered")
        return 0
    from grading.autograde.regrade import preview
    from grading.commands.console import ProgressBar, preview_table

    if args.jobs < 1:
        raise CourseError(f"--jobs {args.jobs}: give at least 1")
    students = to_grade(course, unit, args)
    with ProgressBar(unit) as bar:
        seen = preview(course, unit, students=students, jobs=args.jobs, unsafe=args.unsafe, progress=bar)
    print(preview_table(seen))
    print(f"  every mark: {as_typed(seen.table, course.root)}")
    print(f"Nothing was entered. To enter these marks: python -m grading regrade {unit} --accept")
    return 0 if len(seen.summary.students("graded")) == len(seen.summary.results) else NOT_ALL_GRADED
