"""What an examination finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from grading.course import Course

Level = Literal["ok", "warning", "problem"]


@dataclass(frozen=True)
class Finding:
    """One line: how bad it is, what it is, how to cure it."""

    level: Level
    text: str
    cure: str = ""


Examination: TypeAlias = Callable[[Course], Iterator[Finding]]


def ok(text: str) -> Finding:
    """All is well."""
    return Finding("ok", text)


def warning(text: str, cure: str) -> Finding:
    """Grading works, but somebody should know."""
    return Finding("warning", text, cure)


def problem(text: str, cure: str) -> Finding:
    """Grading does not work, or not as it should."""
    return Finding("problem", text, cure)
