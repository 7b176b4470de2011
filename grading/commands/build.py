"""``build``: make the notebooks from a unit's source."""

from __future__ import annotations

import argparse

from grading.commands import Commands, as_typed
from grading.course import Course


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "build",
        help="make solutions/<unit>/ and exercises/<unit>/ from solutions/<unit>.py",
        description="Make the nbgrader source notebook and the release of each unit. Same source, same bytes.",
    )
    parser.add_argument("units", nargs="*", metavar="UNIT", help="units to build (default: all)")
    parser.set_defaults(run=run)


def run(course: Course, args: argparse.Namespace) -> int:
    """Build the units named, or all."""
    from grading.units.build import build_source, release

    units = [course.unit(unit) for unit in args.units] or course.units
    for unit in units:
        build_source(course, unit)
    release(course, units)
    for unit in units:
        print(f"{unit}: {as_typed(course.release_folder(unit), course.root)}/")
    return 0
