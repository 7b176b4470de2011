"""Which code answers what the units grade: found from the units' own hidden tests, so that no list can go stale.

The answers to a check are its reference, every function of ours that this calls, however deep, and what the unit's
solution writes under the same name. Code is recognised by its syntax tree with docstrings, annotations and local
names left out, so a copy that is only renamed is an answer too.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

import numpy as np
from code_shape import FunctionNode, functions_of, node_of, normalised, parsed, size, telling, without_words
from reached_code import calls

from grading.checks import Check
from grading.course import Course
from grading.units import hidden_tests

SMALL = 14  # nodes of a body; a smaller one answers only under its own name
MATH = re.compile(
    r"^(?P<indent> *)\.\. math::(?P<first>[^\n]*)\n(?P<rest>(?:(?P=indent) +[^\n]*\n|\s*\n)*)", re.MULTILINE
)


@dataclass(frozen=True)
class Graded:
    """A function that a unit grades, with what a page says in place of its code."""

    unit: str
    name: str
    call: str
    result: str
    formula: str


@dataclass
class Answers:
    """Code that answers graded functions: by body, by name, by line."""

    graded: list[Graded] = field(default_factory=list)
    bodies: dict[str, dict[Graded, int]] = field(default_factory=dict)
    """How far each body is from the references of the functions that it helps to answer."""
    lines: dict[str, set[Graded]] = field(default_factory=dict)
    formulas: dict[str, str] = field(default_factory=dict)

    def of(self, code: str, *, ours: bool = False) -> list[Graded]:
        """The graded function that each function of a listing answers, the nearest if there are several.

        `ours`: the listing is taken from a file that holds answers, so a single line of one tells.
        """
        tree = parsed(code)
        found = [self._of_function(node) for node in functions_of(tree)]
        if not any(found) and (tree is None or ours):
            found.append(self._of_lines(code, least=1 if ours else 2))
        return list(dict.fromkeys(several[0] for several in found if several))

    def formula(self, code: str, graded: Graded) -> str:
        """The formula of the function in a listing if its docstring tells one, else of the graded function."""
        names = [node.name for node in functions_of(parsed(code))]
        return next((self.formulas[name] for name in names if name in self.formulas), graded.formula)

    def _of_function(self, node: FunctionNode) -> list[Graded]:
        named = [graded for graded in self.graded if graded.name == node.name]
        distance = self.bodies.get(normalised(node), {})
        if named or not distance:
            return named
        if size(node) < SMALL:
            return []
        nearest = min(distance.values())
        return [graded for graded, far in distance.items() if far == nearest]

    def _of_lines(self, code: str, *, least: int) -> list[Graded]:
        known = [self.lines[line] for line in telling(code) if line in self.lines]
        return sorted(set().union(*known), key=self.graded.index) if len(known) >= least else []

    def add(self, graded: Graded, node: FunctionNode, distance: int) -> None:
        """Take up a function as an answer, or as a part of one."""
        far = self.bodies.setdefault(normalised(node), {})
        far[graded] = min(distance, far.get(graded, distance))
        for line in telling(ast.unparse(without_words(node))):
            self.lines.setdefault(line, set()).add(graded)


def answers_of(course: Course, units: Iterable[str]) -> Answers:
    """What answers the checks of some units.

    Raises
    ------
    CourseError
        If a unit has no checks.
    """
    found = Answers()
    for unit in units:
        for check in hidden_tests.checks(course, unit).values():
            reached = dict(calls(check.reference))
            graded = Graded(unit, check.name, *worked(check), formula_of(reached))
            found.graded.append(graded)
            for function, distance in reached.items():
                if (node := node_of(function)) is not None:
                    found.add(graded, node, distance)
                    if text := formula_in(function):
                        found.formulas[node.name] = text
        take_written(found, course, unit)
    return found


def take_written(found: Answers, course: Course, unit: str) -> None:
    """Take up what the solution writes under the names of the unit's functions."""
    path = course.source(unit)
    for node in functions_of(parsed(path.read_text("utf-8")) if path.is_file() else None):
        for graded in found.graded:
            if (graded.unit, graded.name) == (unit, node.name):
                found.add(graded, node, 0)


def formula_in(function: FunctionType) -> str:
    """The formulas of a docstring, as LaTeX."""
    found = MATH.finditer(inspect.getdoc(function) or "")
    parts = [
        textwrap.dedent(match["first"].strip() + "\n" + textwrap.dedent(match["rest"])).strip() for match in found
    ]
    return r" \\ ".join(part for part in parts if part)


def formula_of(reached: Mapping[FunctionType, int]) -> str:
    """The formula of the nearest function that tells one."""
    return next((text for function in reached if (text := formula_in(function))), "")


def worked(check: Check) -> tuple[str, str]:
    """A call with small numbers, and its result, both as Python writes them."""
    row = min(
        (case for case in check.public if not case.claim),
        key=lambda case: len(written(list(case.inputs.values()))),
    )
    parameters = inspect.signature(check.reference).parameters
    given = [
        written(value)
        if parameters[name].kind is not inspect.Parameter.KEYWORD_ONLY
        else f"{name}={written(value)}"
        for name, value in row.inputs.items()
    ]
    by_keyword = {
        name: row.inputs[name] for name in row.inputs if parameters[name].kind is inspect.Parameter.KEYWORD_ONLY
    }
    got = check.reference(*(value for name, value in row.inputs.items() if name not in by_keyword), **by_keyword)
    return f"{check.name}({', '.join(given)})", written(got)


def written(value: Any) -> str:
    """A value as short Python: arrays as lists, numbers with five digits."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        inner = ", ".join(map(written, value))
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
    if isinstance(value, bool | np.bool_ | str) or value is None:
        return repr(bool(value) if isinstance(value, np.bool_) else value)
    return f"{value:.5g}"
