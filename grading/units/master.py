"""The master of a unit: its source notebook with answers and tests, and the stubs that were released."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grading.errors import CourseError
from grading.units.dates import without_dates


@dataclass(frozen=True, eq=False)
class Master:
    """A unit's source notebook and the stubs that were released, by grade_id; equal to itself only."""

    cells: tuple[Mapping[str, Any], ...]
    stubs: Mapping[str, str]

    @classmethod
    def read(cls, source: Mapping[str, Any], released: Mapping[str, Any]) -> Master:
        """Take the master from the two notebooks that the build made."""
        stubs = {grade_id_of(cell): source_of(cell) for cell in released["cells"] if grade_id_of(cell)}
        missing = [
            grade_id_of(cell) for cell in source["cells"] if grade_id_of(cell) and grade_id_of(cell) not in stubs
        ]
        if missing:
            raise CourseError(f"the release lacks cell {missing[0]!r}; build the unit again")
        return cls(tuple(source["cells"]), stubs)


def read_notebook(path: Path) -> dict[str, Any]:
    """A notebook file that this program wrote; OSError or ValueError if it is missing or damaged."""
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def notebook_cells(path: Path) -> list[dict[str, Any]]:
    """Cells of a notebook file that this program wrote; OSError or ValueError if it is missing or damaged."""
    try:
        cells: list[dict[str, Any]] = read_notebook(path)["cells"]
    except KeyError:
        raise ValueError(f"{path}: no list of cells") from None
    return cells


def answer_changed(source: str, stub: str) -> bool:
    """Whether a cell differs from what was released by more than white space at the ends of lines."""
    return tidy(source) != tidy(stub)


def tidy(source: str) -> tuple[str, ...]:
    """The lines of a cell without white space at their ends, empty ones around them, or the unit's dates."""
    return tuple(line.rstrip() for line in without_dates(source).strip().splitlines())


def nbgrader_of(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    """What nbgrader's metadata say of a cell; empty if there are none."""
    metadata: Mapping[str, Any] = cell["metadata"].get("nbgrader", {})
    return metadata


def grade_id_of(cell: Mapping[str, Any]) -> str:
    """The cell's ``grade_id``; empty if nbgrader knows nothing of it."""
    return str(nbgrader_of(cell).get("grade_id", ""))


def source_of(cell: Mapping[str, Any]) -> str:
    """The cell's source, which a notebook file may hold as a list of lines."""
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)
