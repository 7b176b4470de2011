"""Right answers to a unit's checks: the model answer, and those written another way."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from grading.course import Course
from grading.errors import CourseError
from grading.units.master import nbgrader_of, notebook_cells, source_of

Function = Callable[..., Any]
_IMPORTS = "import math\nimport numpy as np\nimport pandas as pd\n"


@dataclass(frozen=True)
class RightAnswer:
    """One function that earns everything, with the text that it stands in.

    Parameters
    ----------
    check : str
        Name of the check, which is that of the student's function.
    name : str
        Name of this function in its text.
    where : str
        "model answer" or the file.
    text : str
        Python that defines it, and what it uses.
    """

    check: str
    name: str
    where: str
    text: str

    @functools.cached_property
    def module(self) -> ModuleType:
        """The text, executed."""
        module = ModuleType("answer")
        exec(compile(self.text, self.where, "exec"), module.__dict__)
        return module

    def function(self, definition: str | None = None) -> Function:
        """The function as the text, or another definition in its place, has it."""
        names = self.module.__dict__
        if definition is not None:
            names = dict(names)
            exec(compile(definition, self.where, "exec"), names)
        found: Function = names[self.name]
        return found


def model_answers(course: Course, unit: str, checks: Mapping[str, object]) -> list[RightAnswer]:
    """The answers of the unit's source notebook, each with those it builds on.

    Raises
    ------
    CourseError
        If the notebook is not built, or defines no function for a check.
    """
    path = course.master(unit)
    try:
        cells = [cell for cell in notebook_cells(path) if cell["cell_type"] == "code"]
    except (OSError, ValueError) as error:
        raise CourseError(f"{path}: cannot be read ({error}); run 'python -m grading build {unit}'") from error
    answers = [source_of(cell) for cell in cells if nbgrader_of(cell).get("solution")]
    text = _IMPORTS + "\n\n".join(source for source in answers if _functions(source))
    lacking = sorted(set(checks) - _functions(text))
    if lacking:
        raise CourseError(f"{course.source(unit)}: no answer cell defines {lacking[0]}, which a check is about")
    return [RightAnswer(name, name, "model answer", text) for name in checks]


def alternatives(path: Path, checks: Mapping[str, object]) -> list[RightAnswer]:
    """What a file's table ``ALTERNATIVES`` (lists of functions by check) says; nothing without such a file."""
    if not path.is_file():
        return []
    text = path.read_text(encoding="utf-8")
    module = ModuleType("alternatives")
    exec(compile(text, str(path), "exec"), module.__dict__)
    table: Mapping[str, list[Function]] = getattr(module, "ALTERNATIVES", {})
    if unknown := sorted(set(table) - set(checks)):
        raise CourseError(f"{path}: ALTERNATIVES names {unknown[0]!r}, which is no check of this unit")
    return [
        RightAnswer(check, function.__name__, path.name, text)
        for check, functions in table.items()
        for function in functions
    ]


def _functions(source: str) -> set[str]:
    return {node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
