"""Percent text -> nbgrader source notebook -> what students receive.

``solutions/<unit>.py`` is written by hand. A cell's role stands on its ``# %%`` line:

=========  =======================================================  ==========
role       the cell                                                 also needs
=========  =======================================================  ==========
task       code that the student writes; the answer between         grade_id
           ``### BEGIN SOLUTION`` and ``### END SOLUTION``
tests      ``check(f)`` and, between ``### BEGIN HIDDEN TESTS``     grade_id,
           and ``### END HIDDEN TESTS``, what grades                points
written    prose or code that is graded by hand                     grade_id,
                                                                    points
given      code that students run and should not change             grade_id
=========  =======================================================  ==========

Prose without a role may say ``{{ points }}`` (of the next graded cell) and ``{{ book }}`` (the book's address).
The prose above the first code ends with what the notebook may import, as the students' lock has it.
The same source always gives the same bytes.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

from grading.checks import notebook_check
from grading.course import Course
from grading.errors import CourseError
from grading.nbgrader_bridge import block_rfc3987_import, generate_assignment
from grading.printable import counted
from grading.units import hidden_tests
from grading.units.dates import dates_line
from grading.units.importable import importable, told_beforehand
from grading.units.sealable import refuse_unsealable

ROLES: dict[str, dict[str, bool]] = {
    "task": {"grade": False, "solution": True, "locked": False},
    "tests": {"grade": True, "solution": False, "locked": True},
    "written": {"grade": True, "solution": True, "locked": False},
    "given": {"grade": False, "solution": False, "locked": True},
}
KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def source_notebook(course: Course, unit: str) -> dict[str, Any]:
    """Parse a unit's percent text into an nbgrader source notebook (nbformat 4.5, as a dictionary)."""
    block_rfc3987_import()
    import jupytext

    path = course.source(unit)
    if not path.is_file():
        raise CourseError(f"{path}: missing; it is the source of unit {unit!r}")
    parsed = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent")
    cells = [_cell(path, number, cell) for number, cell in enumerate(parsed.cells, start=1)]
    _fill_placeholders(course, path, cells)
    _tell_what_to_import(course, cells)
    _tell_dates(course, unit, cells)
    _refuse_duplicates(path, cells)
    refuse_unsealable(course, unit, cells)
    metadata = {**KERNEL, "made_from": f"solutions/{unit}.py; edit that file and run make exercises"}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _cell(path: Path, number: int, cell: Any) -> dict[str, Any]:
    """A cell of the source notebook, made of a cell of the percent text and what its ``# %%`` line says."""
    # jupytext adds lines_to_next_cell by itself
    line = {name: value for name, value in cell.metadata.items() if name != "lines_to_next_cell"}
    role, grade_id, points = line.pop("role", None), line.pop("grade_id", None), line.pop("points", None)
    where = f"{path}: cell {grade_id or number}"
    if line:
        raise CourseError(f"{where} has an unknown mark {sorted(line)[0]!r}; use role, grade_id and points")
    if role is None:
        return _prose(cell, number, where)
    _refuse_wrong_line(role, grade_id, points, where)
    if role in ("task", "written") and "### BEGIN SOLUTION" not in cell.source:
        raise CourseError(
            f"{where} has role {role!r} but no '### BEGIN SOLUTION'; its answer would reach students"
        )
    return _cell_with_role(cell, role, grade_id, points)


def _prose(cell: Any, number: int, where: str) -> dict[str, Any]:
    if cell.cell_type == "code":
        raise CourseError(f"{where} is code without a role; add role=\"given\" and a grade_id to its '# %%' line")
    return {"cell_type": "markdown", "id": f"text-{number:02}", "metadata": {}, "source": cell.source}


def _refuse_wrong_line(role: Any, grade_id: Any, points: Any, where: str) -> None:
    """Refuse a role that there is not, a grade_id that is none, and points too many or too few."""
    if role not in ROLES:
        raise CourseError(f"{where} has role {role!r}; a role is one of {', '.join(ROLES)}")
    if not isinstance(grade_id, str) or not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", grade_id):
        raise CourseError(
            f'{where} has role {role!r} but no grade_id of letters, digits, - and _; add grade_id="..."'
        )
    graded = ROLES[role]["grade"]
    if graded != isinstance(points, int | float):
        cure = "add points=<n>" if graded else "remove points"
        raise CourseError(
            f"{where} has role {role!r} {'but no' if graded else 'and'} points; {cure} on its '# %%' line"
        )


def _cell_with_role(cell: Any, role: str, grade_id: str, points: float | None) -> dict[str, Any]:
    """The cell with what nbgrader's metadata say of its role."""
    nbgrader = {
        **ROLES[role],
        "task": False,
        "schema_version": 3,
        "grade_id": grade_id,
        "cell_type": cell.cell_type,
    }
    if ROLES[role]["grade"]:
        nbgrader["points"] = points
    built: dict[str, Any] = {
        "cell_type": cell.cell_type,
        "id": grade_id,  # jupytext draws ids at random; CI compares bytes
        "metadata": {"nbgrader": nbgrader},
        "source": cell.source,
    }
    if cell.cell_type == "code":
        built |= {"execution_count": None, "outputs": []}
    return built


def _fill_placeholders(course: Course, path: Path, cells: list[dict[str, Any]]) -> None:
    points: float | None = None
    for cell in reversed(cells):
        points = cell["metadata"].get("nbgrader", {}).get("points", points)
        if "{{ points }}" in cell["source"]:
            if points is None:
                raise CourseError(f"{path}: cell {cell['id']} says {{{{ points }}}} but no graded cell follows it")
            text = counted(points, "point")
            cell["source"] = cell["source"].replace("{{ points }}", text)
        cell["source"] = cell["source"].replace("{{ book }}", course.settings.book_url.rstrip("/"))


def _tell_what_to_import(course: Course, cells: list[dict[str, Any]]) -> None:
    """Add to the prose above the first code what the notebook may import."""
    above = next((k for k, cell in enumerate(cells) if cell["cell_type"] == "code"), 0) - 1
    sentence = told_beforehand(course)
    if sentence and above >= 0 and not cells[above]["metadata"]:
        cells[above]["source"] += f"\n\n{sentence}"


def _tell_dates(course: Course, unit: str, cells: list[dict[str, Any]]) -> None:
    """Add to the first prose when the unit is given out and due."""
    line = dates_line(course, unit)
    first = next((cell for cell in cells if not cell["metadata"]), None)
    if line and first is not None:
        first["source"] += f"\n\n{line}"


def _refuse_duplicates(path: Path, cells: list[dict[str, Any]]) -> None:
    seen: set[str] = set()
    for cell in cells:
        if cell["id"] in seen:
            raise CourseError(f"{path}: cell {cell['id']}: its grade_id stands twice; every cell needs its own")
        seen.add(cell["id"])


def public_checks(course: Course, unit: str) -> dict[str, Any]:
    """The unit's public cases with expected values and each misconception's values."""
    checks = hidden_tests.checks(course, unit)
    return {
        "made_from": f"tests/hidden/{unit}.py",
        "unit": unit,
        "may_import": [*importable(course)],
        "checks": {name: _rounded(check.public_table()) for name, check in checks.items()},
    }


def _rounded(value: Any) -> Any:
    """Numbers to 10 digits: last bits depend on the machine's linear algebra, and the file's bytes must not."""
    if isinstance(value, float):
        return float(f"{value:.10g}")
    if isinstance(value, list):
        return [_rounded(part) for part in value]
    return {key: _rounded(part) for key, part in value.items()} if isinstance(value, dict) else value


def source_files(course: Course, unit: str) -> dict[Path, str]:
    """What ``solutions/<unit>/`` should hold: the source notebook and the files students receive beside it."""
    notebook = source_notebook(course, unit)
    folder = course.source_folder(unit)
    tables = json.dumps(public_checks(course, unit), separators=(",", ":"), ensure_ascii=False)
    return {
        course.master(unit): json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n",
        folder / notebook_check.TABLE_FILE: tables + "\n",
        folder / "check.py": Path(notebook_check.__file__).read_text(encoding="utf-8"),
    }


def build_source(course: Course, unit: str) -> None:
    """Write ``solutions/<unit>/``."""
    course.source_folder(unit).mkdir(exist_ok=True)
    for path, text in source_files(course, unit).items():
        _write(path, text)


def _write(path: Path, text: str) -> None:
    """Write only what changed, so that nothing later looks out of date."""
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8", newline="\n")


def release(course: Course, units: Iterable[str]) -> None:
    """Run nbgrader's ``generate_assignment`` on the built sources and write ``exercises/<unit>/``."""
    with tempfile.TemporaryDirectory() as scratch:
        for unit in units:
            made = generate_assignment(course, unit, Path(scratch))
            target = course.release_folder(unit)
            target.mkdir(parents=True, exist_ok=True)
            wanted = {path.name for path in made.iterdir()}
            for stray in [path for path in target.iterdir() if path.name not in wanted]:
                shutil.rmtree(stray) if stray.is_dir() else stray.unlink()
            for path in made.iterdir():
                _write(target / path.name, path.read_text(encoding="utf-8"))


@contextmanager
def as_before(course: Course, units: Iterable[str]) -> Iterator[None]:
    """Put the built files of units back as they were, if what is done with them fails."""
    folders = [folder for unit in units for folder in (course.source_folder(unit), course.release_folder(unit))]
    before = {path: path.read_bytes() for path in _files(folders)}
    try:
        yield
    except BaseException:
        for path in set(_files(folders)) - set(before):
            path.unlink()
        for path, data in before.items():
            if not path.is_file() or path.read_bytes() != data:
                path.write_bytes(data)
        raise


def _files(folders: Iterable[Path]) -> list[Path]:
    return [path for path in chain.from_iterable(folder.rglob("*") for folder in folders) if path.is_file()]
