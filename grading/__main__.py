"""``python -m grading``: thin commands over the pipeline."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from grading.course import Course
from grading.errors import CourseError

NOT_ALL_GRADED = 3


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="python -m grading",
        description="Build the exercises of a course and grade what students hand in.",
        epilog="'python -m grading COMMAND --help' tells more. Exit codes: 0 done, 1 could not be done (one line "
        f"says why), {NOT_ALL_GRADED} done, but some submissions could not be graded in full.",
    )
    top.add_argument("--course", type=Path, default=Path.cwd(), help="course folder (default: this folder)")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    build = commands.add_parser(
        "build",
        help="make solutions/<unit>/ and exercises/<unit>/ from solutions/<unit>.py",
        description="Make the nbgrader source notebook and the release of each unit. Same source, same bytes.",
    )
    build.add_argument("units", nargs="*", metavar="UNIT", help="units to build (default: all)")
    build.set_defaults(run=run_build)

    grade = commands.add_parser(
        "autograde",
        help="grade the submissions of a unit",
        description="Grade submitted/<student>/UNIT/ for every student: rebuild the notebook from the master, run "
        "it in the sandbox, judge its answers outside it, enter the marks into the gradebook. Interrupted? Run it "
        "again: what was graded is kept. Marks given by hand are never changed.",
    )
    grade.add_argument("unit", metavar="UNIT")
    grade.add_argument(
        "--student", action="append", default=[], metavar="ID", help="only this student; repeatable"
    )
    grade.add_argument("--jobs", type=int, default=1, metavar="N", help="submissions graded at once (default: 1)")
    grade.add_argument(
        "--regrade", action="store_true", help="grade again what is graded already, and show the marks that moved"
    )
    grade.add_argument(
        "--unsafe",
        action="store_true",
        help="run students' code WITHOUT a sandbox, with your rights; recorded beside the marks",
    )
    grade.set_defaults(run=run_autograde)

    feedback = commands.add_parser(
        "feedback",
        help="write each student's feedback page",
        description="Write feedback/<student>/UNIT/UNIT.html for every student with marks: points and message per "
        "task, comments on written answers. No hidden test, nothing of the student's that a browser would run.",
    )
    feedback.add_argument("unit", metavar="UNIT")
    feedback.add_argument(
        "--student", action="append", default=[], metavar="ID", help="only this student; repeatable"
    )
    feedback.set_defaults(run=run_feedback)

    export = commands.add_parser(
        "export",
        help="write the marks of a unit as CSV",
        description="Write one row per student: state, points, each task's mark, what still waits for a person.",
    )
    export.add_argument("--unit", required=True, metavar="UNIT")
    export.add_argument("--output", type=Path, metavar="FILE", help="default: results/UNIT.csv")
    export.set_defaults(run=run_export)
    return top


def run_build(course: Course, args: argparse.Namespace) -> int:
    """Build the units named, or all."""
    from grading.build import build_source, release

    units = [course.unit(unit) for unit in args.units] or course.units
    for unit in units:
        build_source(course, unit)
    release(course, units)
    for unit in units:
        print(f"{unit}: {course.release_folder(unit).relative_to(course.root)}/")
    return 0


def run_autograde(course: Course, args: argparse.Namespace) -> int:
    """Grade a class, show progress, end with a table."""
    from grading.autograde import autograde
    from grading.console import ProgressBar, changes_table, summary_table

    if args.jobs < 1:
        raise CourseError(f"--jobs {args.jobs}: give at least 1")
    if args.unsafe:
        print(
            "grading: --unsafe: students' code runs with your rights and may read or delete your files",
            file=sys.stderr,
        )
    with ProgressBar(args.unit) as bar:
        summary = autograde(
            course,
            course.unit(args.unit),
            students=args.student,
            jobs=args.jobs,
            regrade=args.regrade,
            unsafe=args.unsafe,
            progress=bar,
        )
    if args.regrade or summary.changes:
        print(changes_table(summary))
    print(summary_table(summary))
    return 0 if len(summary.students("graded")) == len(summary.results) else NOT_ALL_GRADED


def run_feedback(course: Course, args: argparse.Namespace) -> int:
    """Write the feedback pages."""
    from grading.feedback import write_feedback

    pages = write_feedback(course, course.unit(args.unit), students=args.student)
    print(f"{args.unit}: {len(pages)} pages, feedback/<student>/{args.unit}/{args.unit}.html")
    return 0


def run_export(course: Course, args: argparse.Namespace) -> int:
    """Write the marks as CSV."""
    from grading.export import write_csv

    path = args.output or course.root / "results" / f"{args.unit}.csv"
    rows = write_csv(course, course.unit(args.unit), path)
    print(f"{args.unit}: {rows} students, {path}")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Parse, call one function, turn a `CourseError` into one line and exit code 1."""
    args = parser().parse_args(argv)
    try:
        code: int = args.run(Course(args.course.resolve()), args)
    except CourseError as error:
        print(f"grading: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("grading: interrupted; what was graded is kept, run the command again to go on", file=sys.stderr)
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
