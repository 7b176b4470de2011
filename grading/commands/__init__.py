"""The commands of ``python -m grading``, a thin module each: parse, call one function, print what it did.

Each module has ``add(commands)``, which adds its parser and sets ``run``. That is called with the course and the
arguments, returns the exit code, and raises `CourseError` for whatever could not be done.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""Where a command adds its parser."""

NOT_ALL_GRADED = 3
"""Exit code: done, but some submissions need a person's look."""


def add_students(parser: argparse.ArgumentParser) -> None:
    """Let a command be given to some students only."""
    parser.add_argument(
        "--student", action="append", default=[], metavar="ID", help="only this student; repeatable"
    )


def as_typed(path: Path, root: Path) -> str:
    """A path as a person in the course folder would type it."""
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
