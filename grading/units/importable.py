"""What a notebook may import: the packages that the students' lock was made for."""

from __future__ import annotations

import re

from grading.course import Course

_PINNED = re.compile(r"^([A-Za-z0-9][\w.-]*)==", re.MULTILINE)
_ASKED_FOR = re.compile(r"^\s+#.*-r .*\.in\s*$", re.MULTILINE)
_NOTEBOOKS_OWN = ("ipython", "matplotlib-inline")  # what runs a cell; no answer needs it
SENTENCE = (
    "Your notebook may import {packages}, and what Python itself brings. When it is graded there is nothing else."
)


def importable(course: Course) -> tuple[str, ...]:
    """Packages that students' notebooks may import, in the lock's order; none if the course has no lock.

    Those that the lock names as asked for, not what these brought with them; all, if it names none.
    """
    lock = course.student_requirements
    text = lock.read_text(encoding="utf-8") if lock.is_file() else ""
    _, *parts = _PINNED.split(text)
    pinned = dict(zip(parts[::2], parts[1::2], strict=True))
    asked_for = [name for name, rest in pinned.items() if _ASKED_FOR.search(rest)] or list(pinned)
    return tuple(name.replace("-", "_") for name in asked_for if name not in _NOTEBOOKS_OWN)


def told_beforehand(course: Course) -> str:
    """The sentence that a notebook begins with; empty if nobody knows what it may import."""
    *others, last = importable(course) or ("",)
    packages = f"{', '.join(others)} and {last}" if others else last
    return SENTENCE.format(packages=packages) if last else ""
