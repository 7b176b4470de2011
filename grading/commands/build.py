"""``build``: make the notebooks from a unit's source."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from grading.commands import Commands, as_typed
from grading.course import Course
from grading.errors import CourseError


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
    """Build the units named, or all; one whose assertions do not do what they should stays as it was."""
    from grading.units.build import as_before, build_source, release

    units = [course.unit(unit) for unit in args.units] or list(course.units)
    with as_before(course, units):
        for unit in units:
            build_source(course, unit)
        release(course, units)
        _try_assertions(course, units)
    for unit in units:
        print(f"{unit}: {as_typed(course.release_folder(unit), course.root)}/")
    return 0


def _try_assertions(course: Course, units: Sequence[str]) -> None:
    """Try what is more than a check on the model answer and on an untouched notebook, behind the wall."""
    from grading.doctor.prove.assertions import faults_of_assertions, has_assertions
    from grading.sandbox import Sandbox

    asserting = [unit for unit in units if has_assertions(course, unit)]
    if not asserting:
        return
    with ExitStack() as stack:
        try:
            sandbox = stack.enter_context(Sandbox(course.student_python))
        except CourseError as error:
            print(f"{', '.join(asserting)}: assertions of test cells were not tried: {error}", file=sys.stderr)
            return
        faults = [fault for unit in asserting for fault in faults_of_assertions(course, unit, sandbox)]
    if faults:
        raise CourseError("\n".join(faults))
