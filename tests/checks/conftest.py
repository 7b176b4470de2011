"""All checks of all units, found the way the grader finds them: the units are those of `course.toml`.

A unit that lacks a file is no error here, so that the proof of the others runs; `lacking` says what it lacks.
"""

import importlib
import importlib.util
from pathlib import Path

from grading.checks import Check, Misconception
from grading.course import Course
from grading.units import hidden_tests

COURSE = Course(Path(__file__).parents[2])
UNITS = COURSE.units
CHECKS: dict[str, dict[str, Check]] = {
    unit: hidden_tests.checks(COURSE, unit) for unit in UNITS if COURSE.hidden_tests(unit).is_file()
}


def all_checks() -> list[tuple[str, Check]]:
    return [(f"{unit}.{name}", check) for unit, checks in CHECKS.items() for name, check in checks.items()]


def all_misconceptions() -> list[tuple[str, Check, Misconception]]:
    return [(f"{where}.{m.name}", check, m) for where, check in all_checks() for m in check.misconceptions]


def written(unit: str) -> dict[str, list]:
    """Correct answers written another way: tests/checks/alternatives/<unit>.py lists them per check."""
    module = f"tests.checks.alternatives.{unit}"
    return importlib.import_module(module).ALTERNATIVES if importlib.util.find_spec(module) else {}


def alternatives() -> list[tuple[str, Check, object]]:
    found = []
    for unit, checks in CHECKS.items():
        for name, functions in written(unit).items():
            found += [(f"{unit}.{name}.{f.__name__}", checks[name], f) for f in functions if name in checks]
    return found


def lacking(unit: str) -> list[str]:
    """What a unit still needs, one line for each thing."""
    alternatives_file = f"tests/checks/alternatives/{unit}.py"
    needed = {
        COURSE.source(unit): "it is the source of the unit",
        COURSE.hidden_tests(unit): "a unit's checks belong there, in a tuple CHECKS",
        COURSE.root
        / alternatives_file: f"it holds right answers written another way for each check of unit {unit}",
        COURSE.release_folder(unit) / f"{unit}.ipynb": f"not built yet; run 'python -m grading build {unit}'",
    }
    lines = [
        f"{path.relative_to(COURSE.root)}: missing; {why}" for path, why in needed.items() if not path.is_file()
    ]
    if not lines:
        checks, have = set(CHECKS[unit]), set(written(unit))
        lines += [
            f"{alternatives_file}: no right answer written another way for {n}" for n in sorted(checks - have)
        ]
        lines += [f"{alternatives_file}: {n} is no check of unit {unit}" for n in sorted(have - checks)]
    return lines
