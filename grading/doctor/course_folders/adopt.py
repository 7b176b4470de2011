"""Turns a notebook of an nbgrader course into the source of a unit, so that a course of others can go on here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grading.course import Course
from grading.errors import CourseError
from grading.files import write_atomically, write_bytes_atomically
from grading.nbgrader_bridge import block_rfc3987_import
from grading.printable import printable

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
SCHEME = re.compile(r"=== BEGIN MARK SCHEME ===(.*?)=== END MARK SCHEME ===", re.DOTALL)
NO_CHECKS = '''"""Hidden tests of the unit ``{unit}``: ordinary assertions stand in its notebook."""

CHECKS = ()
'''
MOST_DATA = 4 << 20

Cell = dict[str, Any]


@dataclass
class Adopted:
    """What became of a notebook: the unit, the files written, and what a person should look at."""

    unit: str
    files: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def adopt(course: Course, path: Path) -> Adopted:
    """Write ``solutions/<unit>.py``, ``tests/hidden/<unit>.py`` and the data files that a source notebook reads.

    Raises
    ------
    CourseError
        If it is no nbgrader source notebook, or there is such a unit.
    """
    block_rfc3987_import()
    import jupytext
    import nbformat

    unit = re.sub(r"\W+", "_", path.stem).strip("_")
    made = Adopted(unit)
    for file in (course.source(unit), course.hidden_tests(unit)):
        if file.exists():
            raise CourseError(f"{file}: exists; rename the notebook, or take that file away first")
    try:
        read = nbformat.reads(path.read_text("utf-8"), as_version=4)  # type: ignore[no-untyped-call]
    except FileNotFoundError:
        raise CourseError(f"{path}: no such file; give a notebook of nbgrader's source/ folder") from None
    except (ValueError, OSError, AttributeError, nbformat.ValidationError) as error:
        raise CourseError(f"{path}: no notebook ({printable(str(error), 100)})") from None
    if not any("nbgrader" in cell.metadata for cell in read.cells):
        raise CourseError(f"{path}: no cell of nbgrader in it; give a notebook of nbgrader's source/ folder")
    cells = list(_cells(read.cells, made))
    plain = {"cells": cells, "metadata": {"jupytext": {"notebook_metadata_filter": "-all"}},
             "nbformat": 4, "nbformat_minor": 4}  # fmt: skip
    text = jupytext.writes(nbformat.from_dict(plain), fmt="py:percent")  # type: ignore[no-untyped-call]
    write_atomically(course.source(unit), text.lstrip("\n"))
    write_atomically(course.hidden_tests(unit), NO_CHECKS.format(unit=unit))
    made.files += [course.source(unit), course.hidden_tests(unit), *_data(course, path, text, made)]
    return made


def _cells(cells: list[Any], made: Adopted) -> Iterator[Cell]:
    """Each cell with its role on its line, as a unit's source has it."""
    taken: set[str] = set()
    for number, cell in enumerate(cells, start=1):
        marks: Mapping[str, Any] = cell.metadata.get("nbgrader", {})
        name = _name(str(marks.get("grade_id") or f"cell-{number:02}"), taken)
        if cell.cell_type == "raw":
            made.notes.append(f"{name}: a raw cell, left out")
        elif marks.get("task"):
            yield from _of_task(cell.source, name, marks)
            made.notes.append(f"{name}: a task of nbgrader's is now prose with a written answer below it")
        else:
            yield _with_role(cell, name, marks, made)


def _with_role(cell: Any, name: str, marks: Mapping[str, Any], made: Adopted) -> Cell:
    grade, solution = bool(marks.get("grade")), bool(marks.get("solution"))
    role = "written" if grade and solution else "task" if solution else "tests" if grade else "given"
    source = cell.source
    if role == "tests" and cell.cell_type != "code":
        raise CourseError(f"cell {name}: prose with points and no answer; make it a manually graded answer first")
    if role == "given" and cell.cell_type == "markdown":
        return _made("markdown", source, {})
    if role == "given" and not marks:
        made.notes.append(
            f"{name}: code without a role is now given code; what students change in it has no effect"
        )
    if solution and BEGIN not in source:  # nbgrader takes the whole cell for the answer
        source = f"{BEGIN}\n{source}\n{END}"
    line: dict[str, Any] = {"role": role, "grade_id": name}
    return _made(cell.cell_type, source, line | ({"points": _points(marks)} if grade else {}))


def _of_task(source: str, name: str, marks: Mapping[str, Any]) -> Iterator[Cell]:
    scheme = "\n".join(part.strip() for part in SCHEME.findall(source))
    yield _made("markdown", SCHEME.sub("", source).strip(), {})
    line = {"role": "written", "grade_id": name, "points": _points(marks)}
    yield _made("markdown", f"{BEGIN}\n{scheme}\n{END}", line)


def _made(kind: str, source: str, line: Mapping[str, Any]) -> Cell:
    code: Cell = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "metadata": dict(line), "source": source, **code}


def _points(marks: Mapping[str, Any]) -> float:
    points = float(marks.get("points") or 0)
    return int(points) if points.is_integer() else points


def _name(wanted: str, taken: set[str]) -> str:
    """A grade_id as a unit's source takes it, each once."""
    plain = re.sub(r"[^a-zA-Z0-9_-]+", "-", wanted)[:60] or "cell"
    name = next(each for k in range(len(taken) + 1) if (each := f"{plain}-{k}" if k else plain) not in taken)
    taken.add(name)
    return name


def _data(course: Course, path: Path, text: str, made: Adopted) -> Iterator[Path]:
    """Text files beside the notebook that it names, copied."""
    for file in sorted(path.parent.iterdir()):
        if file.suffix == ".ipynb" or not file.is_file() or file.is_symlink() or file.name not in text:
            continue
        data = file.read_bytes()
        if len(data) > MOST_DATA or b"\0" in data:
            made.notes.append(f"{file.name}: no small text file, left out; a unit's pictures lie on the web")
            continue
        target = course.source_folder(made.unit) / file.name
        write_bytes_atomically(target, data)
        yield target


def units_line(course: Course, adopted: list[str]) -> str:
    """What is to stand in ``course.toml``."""
    return f"units = {json.dumps([*course.units, *(unit for unit in adopted if unit not in course.units)])}"
