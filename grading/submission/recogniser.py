"""Whose notebook it is: a unit's is known by its cells and functions, whatever the file is called."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grading.course import Course
from grading.errors import CourseError
from grading.submission.cells import Cell, read_cells
from grading.submission.parse import MalformedError
from grading.units.master import answer_changed, grade_id_of, nbgrader_of, notebook_cells, source_of


@dataclass(frozen=True)
class Recognised:
    """How much of a notebook belongs to each unit."""

    cells: int = 0
    answers: int = 0
    other: str = ""
    trouble: str = ""


class Recogniser:
    """Tells a unit's notebook by its cells, whatever the file is called."""

    def __init__(self, course: Course, unit: str) -> None:
        self.unit = unit
        stubs = {name: _stubs(course, name) for name in course.units if name == unit or _is_built(course, name)}
        self._stubs = stubs[unit]
        self._answer_cells = _answer_cells(course, unit)
        self._functions = {
            function: name for name in self._answer_cells for function in _functions(self._stubs[name])
        }
        self._signs = {name: _signs_of_this_unit_only(name, stubs) for name in stubs}

    def look(self, data: bytes) -> Recognised:
        """How well a notebook fits the unit, and which other unit's it may be."""
        try:
            cells = read_cells(data)
        except MalformedError as error:
            return Recognised(trouble=str(error))
        signs = {sign for cell in cells for sign in _signs(cell)}
        fits = {name: len(signs & its_signs) for name, its_signs in self._signs.items()}
        other = max((name for name in fits if name != self.unit), key=lambda name: fits[name], default="")
        fits_other_better = other and fits[other] > fits[self.unit]
        return Recognised(fits[self.unit], self._answers(cells), other if fits_other_better else "")

    def _answers(self, cells: Sequence[Cell]) -> int:
        """How many of the unit's answer cells hold something else than was released, lost ids or not."""
        return len({name for cell in cells for name in self._answered_by(cell)})

    def _answered_by(self, cell: Cell) -> Iterator[str]:
        ids = {name for name in (cell.grade_id, cell.cell_id) if name and name in self._answer_cells}
        defined = _functions(cell.source) if cell.kind == "code" else []
        for name in ids | {self._functions[function] for function in defined if function in self._functions}:
            if cell.source.strip() and answer_changed(cell.source, self._stubs[name]):
                yield name


def _signs_of_this_unit_only(unit: str, stubs: Mapping[str, Mapping[str, str]]) -> set[str]:
    """What marks a unit: ids of cells and names of functions that no other unit has."""

    def signs(name: str) -> set[str]:
        defined = _functions("\n".join(stubs[name].values()))
        return {*stubs[name], *(f"def {function}" for function in defined)}

    return signs(unit).difference(*(signs(name) for name in stubs if name != unit))


def _signs(cell: Cell) -> set[str]:
    defined = _functions(cell.source) if cell.kind == "code" else []
    return {name for name in (cell.grade_id, cell.cell_id) if name} | {f"def {name}" for name in defined}


def _functions(source: str) -> list[str]:
    """Names of the functions that a cell defines, or would if it had no mistake."""
    return re.findall(r"^def (\w+) *\(", source, re.MULTILINE)


def _is_built(course: Course, unit: str) -> bool:
    return course.release(unit).is_file()


def _stubs(course: Course, unit: str) -> dict[str, str]:
    """The unit's released cells by grade_id."""
    return {grade_id_of(cell): source_of(cell) for cell in _released(course, unit)}


def _answer_cells(course: Course, unit: str) -> set[str]:
    """The ids of the cells that students fill in."""
    return {grade_id_of(cell) for cell in _released(course, unit) if nbgrader_of(cell).get("solution")}


def _released(course: Course, unit: str) -> list[dict[str, Any]]:
    path = course.release(unit)
    try:
        return [cell for cell in notebook_cells(path) if grade_id_of(cell)]
    except (OSError, ValueError):
        raise CourseError(f"{path}: missing or damaged; run 'python -m grading build' first") from None
