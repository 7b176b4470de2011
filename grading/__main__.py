"""``python -m grading``: thin commands over the pipeline."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from grading.build import build_source, release
from grading.course import Course
from grading.errors import CourseError


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="python -m grading",
        description="Build the exercises of a course and grade what students hand in.",
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
    return top


def run_build(course: Course, args: argparse.Namespace) -> int:
    """Build the units named, or all."""
    units = [course.unit(unit) for unit in args.units] or course.units
    for unit in units:
        build_source(course, unit)
    release(course, units)
    for unit in units:
        print(f"{unit}: {course.release_folder(unit).relative_to(course.root)}/")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Parse, call one function, turn a `CourseError` into one line and exit code 1."""
    args = parser().parse_args(argv)
    try:
        code: int = args.run(Course(args.course.resolve()), args)
    except CourseError as error:
        print(f"grading: {error}", file=sys.stderr)
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
