"""Whose notebook it is: a unit's is known by its cells and functions, whatever the file is called."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grading.course import Course
from grading.errors import CourseError
from grading.submission.parse import MalformedError
from grading.submission.read import Cell, read_cells
from grading.units.master import answer_changed, grade_id_of, notebook_cells, source_of


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
        """How many cells hold something else than what was released."""
        named = [(cell.grade_id or cell.cell_id or "", cell.source) for cell in cells]
        return sum(
            answer_changed(source, self._stubs[name])
            for name, source in named
            if name in self._stubs and source.strip()
        )


def _signs_of_this_unit_only(unit: str, stubs: Mapping[str, Mapping[str, str]]) -> set[str]:
    """What marks a unit: ids of cells and names of functions that no other unit has."""

    def signs(name: str) -> set[str]:
        defined = re.findall(r"^def (\w+)\(", "\n".join(stubs[name].values()), re.MULTILINE)
        return {*stubs[name], *(f"def {function}" for function in defined)}

    return signs(unit).difference(*(signs(name) for name in stubs if name != unit))


def _signs(cell: Cell) -> set[str]:
    defined = re.findall(r"^def (\w+)\s*\(", cell.source, re.MULTILINE) if cell.kind == "code" else []
    return {name for name in (cell.grade_id, cell.cell_id) if name} | {f"def {name}" for name in defined}


def _is_built(course: Course, unit: str) -> bool:
    return course.release(unit).is_file()


def _stubs(course: Course, unit: str) -> dict[str, str]:
    """The unit's released cells by grade_id."""
    path = course.release(unit)
    try:
        cells = notebook_cells(path)
    except (OSError, ValueError):
        raise CourseError(f"{path}: missing or damaged; run 'python -m grading build' first") from None
    return {grade_id_of(cell): source_of(cell) for cell in cells if grade_id_of(cell)}
