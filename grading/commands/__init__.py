"""The commands of ``python -m grading``, a thin module each: parse, call one function, print what it did.

Each module has ``add(commands)``, which adds its parser and sets ``run``. That is called with the course and the
arguments, returns the exit code, and raises `CourseError` for whatever could not be done.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from grading.course import Course
from grading.errors import CourseError

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""Where a command adds its parser."""

NOT_ALL_GRADED = 3
"""Exit code: done, but some submissions need a person's look."""


def add_students(parser: argparse.ArgumentParser) -> None:
    """Let a command be given to some students, or to one section of the class, only."""
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        "--student", action="append", default=[], metavar="ID", help="only this student; repeatable"
    )
    add_section(either)


def to_grade(course: Course, unit: str, args: argparse.Namespace) -> list[str]:
    """Students of ``--student``, or those of ``--section`` who handed in; nobody's name means everybody.

    Raises
    ------
    CourseError
        If there is no such section, or nobody of it handed in.
    """
    if not args.section:
        named: list[str] = args.student
        return named
    from grading.intake.submitted import submitted_folders
    from grading.lms.class_list import section_members

    members = section_members(course, args.section)
    handed_in = [student for student in submitted_folders(course, unit) if student in members]
    if not handed_in:
        raise CourseError(f"{course.submissions}: nobody of section {args.section!r} handed in {unit}")
    return handed_in


def add_unit(parser: argparse.ArgumentParser) -> None:
    """Let a command be given a unit."""
    parser.add_argument("unit", metavar="UNIT", help="the unit; '--unit UNIT' anywhere says the same")


def add_section(parser: argparse._ActionsContainer) -> None:
    """Let a command be given one section of the class only."""
    parser.add_argument("--section", default="", metavar="NAME", help="only this section of roster.csv")


def unit_last(words: Sequence[str]) -> list[str]:
    """The words of a command with ``--unit NAME`` turned into NAME at their end; ``new-course`` has its own."""
    rest, named = list(words), ""
    named_first = (word for before, word in zip(["", *words], words, strict=False) if before != "--course")
    if next((word for word in named_first if not word.startswith("-")), "") == "new-course":
        return rest
    for at, word in enumerate(words):
        if word == "--unit" and at + 1 < len(words):
            named = words[at + 1]
            del rest[at : at + 2]
            break
        if word.startswith("--unit="):
            named = word.removeprefix("--unit=")
            del rest[at]
            break
    return [*rest, named] if named else rest


def as_typed(path: Path, root: Path) -> str:
    """A path as a person in the course folder would type it."""
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
