"""``autograde``: grade a class."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from typing import Any

from grading.autograde.early import started
from grading.commands import NOT_ALL_GRADED, Commands, add_students, add_unit, as_typed, to_grade
from grading.course import Course
from grading.errors import CourseError


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "autograde",
        help="grade the submissions of a unit",
        description="Grade submitted/<student>/UNIT/ for every student: rebuild the notebook from the master, run "
        "it in the sandbox, judge its answers outside it, enter the marks into the gradebook. Interrupted? Run it "
        "again: what was graded is kept. Marks given by hand are never changed. If tests have changed since "
        "others were graded, it grades nothing: 'regrade' shows first what that does.",
    )
    add_unit(parser)
    add_students(parser)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--jobs", type=int, default=1, metavar="N", help="submissions graded at once (default: 1)")
    where.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="grade on the workers of a Dask cluster: tls://HOST:PORT, or tcp://127.0.0.1:PORT on this machine",
    )
    parser.add_argument(
        "--regrade",
        action="store_true",
        help="grade again, by the same tests, what is graded already, and show the marks that moved",
    )
    parser.add_argument(
        "--mixed",
        action="store_true",
        help="grade what is new although the tests have changed since others were graded; recorded in their marks",
    )
    parser.add_argument(
        "--unsafe",
        action="store_true",
        help="run students' code WITHOUT a sandbox, with your rights; recorded beside the marks",
    )
    parser.set_defaults(run=run)


def run(course: Course, args: argparse.Namespace) -> int:
    """Grade a class, after a warning if it is to run without a wall."""
    if args.unsafe:
        print(
            "grading: --unsafe: students' code runs with your rights and may read or delete your files",
            file=sys.stderr,
        )
    return grade_class(
        course,
        args.unit,
        students=to_grade(course, course.unit(args.unit), args),
        jobs=args.jobs,
        scheduler=args.scheduler,
        regrade=args.regrade,
        mixed=args.mixed,
        unsafe=args.unsafe,
    )


def grade_class(course: Course, unit: str, *, jobs: int, regrade: bool = False, **how: Any) -> int:
    """Grade with `grading.autograde.autograde`, show progress, end with a table; return the exit code."""
    if jobs < 1:
        raise CourseError(f"--jobs {jobs}: give at least 1")
    with ExitStack() as stack:
        if how.get("scheduler") is None:  # it starts while the modules below are imported, which takes as long
            unsafe = how.get("unsafe", False)
            how["box"] = stack.enter_context(started(course, course.unit(unit), jobs, unsafe=unsafe))
        from grading.autograde.run import autograde
        from grading.commands.console import ProgressBar, changes_table, summary_table

        bar = stack.enter_context(ProgressBar(unit))
        summary = autograde(course, course.unit(unit), jobs=jobs, regrade=regrade, progress=bar, **how)
    if regrade or summary.changes:
        print(changes_table(summary))
    print(summary_table(summary))
    if any(mark.score is None for result in summary.results for mark in result.marks):
        from grading.report.marking_guide import write_marking_guide

        if (page := write_marking_guide(course, unit)) is not None:
            print(f"  rubric and model answers, for those who mark: {as_typed(page, course.root)}")
    return 0 if len(summary.students("graded")) == len(summary.results) else NOT_ALL_GRADED
