"""Which code answers what the units grade: found from the units' own hidden tests, so that no list can go stale.

The answers to a check are its reference, every function of ours that this calls, however deep, and what the unit's
solution writes under the same name; but a function that our package offers under a name of its own, and that no
check takes as its reference, is a thing in itself. A cell that writes a task out in other words bears the tag
`answers-<unit>`, and such a function of our package says so in its docstring (`MARK`). Code is recognised by its
syntax tree with docstrings, annotations and local names left out, so a copy that is only renamed is an answer too.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import sys
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
from kept import kept

from grading.checks import Check
from grading.course import Course
from grading.units import hidden_tests
from grading.units.code_shape import (
    FunctionNode,
    computed,
    functions_of,
    functions_of_file,
    named_by,
    node_of,
    normalised,
    parsed,
    results,
    size,
    telling,
    without_words,
)
from grading.units.reached_code import calls

TAG = "answers-"  # and a unit: marks a cell of which the code answers a task
SMALL = 14  # nodes of a body; a smaller one answers only under its own name
normalised_once = cache(normalised)  # for what is defined in a file, whose tree lasts as long
MARK = re.compile(r"the task `(\w+)` in other words")
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
    """Code that answers graded functions: by name, by body, by line."""

    withheld: frozenset[str] = frozenset()
    """Units whose answers are not to be shown."""
    graded: list[Graded] = field(default_factory=list)
    bodies: dict[str, dict[Graded, int]] = field(default_factory=dict)
    """How far each body is from the references of the functions that it helps to answer."""
    lines: dict[str, set[str]] = field(default_factory=dict)
    """In which bodies each line stands."""
    formulas: dict[str, str] = field(default_factory=dict)
    results: dict[str, set[str]] = field(default_factory=dict)
    """Units of which a solution, or another right answer, returns an expression of each shape."""

    def of(self, code: str, *, ours: bool = False) -> list[Graded]:
        """The withheld function that each function of a listing answers, the nearest if there are several.

        `ours`: the listing is taken from a file that holds answers, so a single line of one tells.
        """
        tree = parsed(code)
        nodes = functions_of(tree)
        found = [graded for node in nodes for graded in self.of_function(node)[:1]]
        names = set(named_by(tree)) - {node.name for node in nodes}
        found += [graded for graded in self.graded if graded.name in names and graded.unit in self.withheld]
        if not nodes and (tree is None or ours):
            known = [body for line in telling(code) for body in sorted(self.lines.get(line, ()))[:1]]
            found += self.nearest(known[0])[:1] if len(known) >= (1 if ours else 2) else []
        return list(dict.fromkeys(found))

    def of_function(self, node: FunctionNode) -> list[Graded]:
        """The withheld functions that a function answers: by its body if that is known, else by its name."""
        named = [graded for graded in self.graded if graded.name == node.name]
        body = normalised(node)
        if body in self.bodies and (named or size(node) >= SMALL):
            return self.nearest(body)
        return [graded for graded in named if graded.unit in self.withheld]

    def held(self, code: str) -> list[Graded]:
        """The withheld functions that a text answers by what it does, not by names: a stub bears them too."""
        names = {graded.name for graded in self.graded}
        told = json.loads(functions_in(code))
        known = [body for name, nodes, body in told if (nodes >= SMALL or name in names) and body in self.bodies]
        return [graded for body in known for graded in self.nearest(body)[:1]]

    def copied(self, code: str) -> set[str]:
        """Withheld units of which a result is computed in a text, under whatever names and in whatever place."""
        units = [self.results[shape] for shape in json.loads(shapes_in(code)) if shape in self.results]
        return set().union(*(known for known in units if known <= self.withheld))

    def tagged(self, tags: Iterable[str]) -> bool:
        """Whether the tags of a cell say that its code answers a task that is withheld."""
        return any(f"{TAG}{unit}" in tags for unit in self.withheld)

    def nearest(self, body: str) -> list[Graded]:
        """The withheld functions among those that a body answers, or helps most closely to answer."""
        distance = self.bodies[body]
        least = min(distance.values())
        return [graded for graded, far in distance.items() if far == least and graded.unit in self.withheld]

    def formula(self, code: str, graded: Graded) -> str:
        """The formula that a listing's functions tell, else that of the graded function."""
        told = (self.formulas.get(node.name) for node in functions_of(parsed(code)))
        return next(filter(None, told), graded.formula)

    def add(self, graded: Graded, node: FunctionNode, distance: int) -> None:
        """Take up a function as an answer, or as a part of one."""
        body = normalised_once(node)
        far = self.bodies.setdefault(body, {})
        far[graded] = min(distance, far.get(graded, distance))
        for line in telling(ast.unparse(without_words(node))):
            self.lines.setdefault(line, set()).add(body)


@kept
def functions_in(code: str) -> str:
    """Name, size and body of each function in a text, as JSON."""
    return json.dumps([[node.name, size(node), normalised(node)] for node in functions_of(parsed(code))])


@kept
def shapes_in(code: str) -> str:
    """Shapes of all that a text computes, as JSON."""
    return json.dumps(sorted(computed(parsed(code))))


def answers_of(course: Course, withheld: Iterable[str]) -> Answers:
    """What answers the checks of a course, of which some units' answers are withheld.

    Raises
    ------
    CourseError
        If a unit has no checks.
    """
    found = Answers(frozenset(withheld))
    for unit in course.units:
        for check in hidden_tests.checks(course, unit).values():
            reached = dict(calls(check.reference))
            graded = Graded(unit, check.name, *worked(check), formula_of(reached))
            found.graded.append(graded)
            for function, distance in reached.items():
                if (node := node_of(function)) is not None and not (distance and is_offered(function)):
                    found.add(graded, node, distance)
                    if text := formula_in(function):
                        found.formulas[node.name] = text
        take_written(found, course, unit)
    take_marked(found, course.root)
    return found


def is_offered(function: FunctionType) -> bool:
    """Whether a package of ours offers a function to everybody, under its own name."""
    package = sys.modules[function.__module__.split(".")[0]]
    return getattr(package, function.__name__, None) is function


def take_written(found: Answers, course: Course, unit: str) -> None:
    """Take up what the solution writes under the names of the unit's functions."""
    for path in (course.source(unit), course.alternatives(unit)):
        for node in functions_of_file(str(path)):
            for shape in results(node):
                found.results.setdefault(shape, set()).add(unit)
    path = course.source(unit)
    for node in functions_of_file(str(path)):
        for graded in found.graded:
            if (graded.unit, graded.name) == (unit, node.name):
                found.add(graded, node, 0)


def take_marked(found: Answers, root: Path) -> None:
    """Take up functions of our package that say that they write a task out in other words."""
    for path in sorted((root / "reference_impl").glob("*.py")):
        for node in functions_of_file(str(path)):
            task = MARK.search(ast.get_docstring(node) or "")
            for graded in found.graded:
                if task and graded.name == task[1]:
                    found.add(graded, node, 0)


def formula_in(function: FunctionType) -> str:
    """The formulas of a docstring, as LaTeX."""
    found = MATH.finditer(inspect.getdoc(function) or "")
    parts = [
        textwrap.dedent(match["first"].strip() + "\n" + textwrap.dedent(match["rest"])).strip() for match in found
    ]
    return r" \\ ".join(part.rstrip(",.") for part in parts if part)


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
