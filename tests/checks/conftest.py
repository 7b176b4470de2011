"""All checks of all units, found the way the grader finds them."""

import importlib
from pathlib import Path

from grading.checks import Check, Misconception
from grading.course import Course
from grading.units import hidden_tests

COURSE = Course(Path(__file__).parents[2])
CHECKS: dict[str, dict[str, Check]] = {unit: hidden_tests.checks(COURSE, unit) for unit in COURSE.units}


def all_checks() -> list[tuple[str, Check]]:
    return [(f"{unit}.{name}", check) for unit, checks in CHECKS.items() for name, check in checks.items()]


def all_misconceptions() -> list[tuple[str, Check, Misconception]]:
    return [(f"{where}.{m.name}", check, m) for where, check in all_checks() for m in check.misconceptions]


def alternatives() -> list[tuple[str, Check, object]]:
    """Correct answers written another way: tests/checks/alternatives/<unit>.py lists them per check."""
    found = []
    for unit, checks in CHECKS.items():
        written = importlib.import_module(f"tests.checks.alternatives.{unit}").ALTERNATIVES
        assert set(written) == set(checks), f"{unit}: every check needs alternatives"
        for name, functions in written.items():
            found += [(f"{unit}.{name}.{f.__name__}", checks[name], f) for f in functions]
    return found
