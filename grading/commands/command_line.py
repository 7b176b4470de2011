"""The command line: its parser, and how an error becomes one line and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from grading.commands import (
    NOT_ALL_GRADED,
    adopt,
    autograde,
    build,
    collect,
    completion,
    doctor,
    export,
    feedback,
    handback,
    new_course,
    next_term,
    personalise,
    prove,
    publish,
    regrade,
    report,
    status,
    students,
    unit_last,
)
from grading.course import Course
from grading.errors import CourseError, what_failed

COMMANDS = (
    *(new_course, adopt, build, prove, personalise, publish, students),
    *(collect, autograde, status, regrade, feedback, handback, export, report),
    *(next_term, doctor, completion),
)
"""In the order of a course's day."""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="grading" if Path(sys.argv[0]).name == "grading" else "python -m grading",
        description="Build the exercises of a course and grade what students hand in.",
        epilog="'python -m grading COMMAND --help' tells more. Exit codes: 0 done, 1 could not be done (one line "
        f"says why), {NOT_ALL_GRADED} done, but some submissions need a look.",
    )
    top.add_argument("--course", type=Path, default=Path.cwd(), help="course folder (default: this folder)")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return top


def run(argv: Sequence[str] | None = None) -> int:
    """Parse, call one function, turn an error into one line and exit code 1."""
    args = parser().parse_args(unit_last(sys.argv[1:] if argv is None else argv))
    try:
        code: int = args.run(Course(args.course.resolve()), args)
    except CourseError as error:
        print(f"grading: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # who reads it, such as head, has seen enough
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - so that nothing is written at the end either
        return 0
    except OSError as error:  # a full disk, a folder that may not be written
        print(f"grading: {what_failed(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("grading: interrupted; what was done is kept, run the command again to go on", file=sys.stderr)
        return 130
    return code
