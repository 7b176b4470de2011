"""Match a submission's cells to the master's: copies of which, which copy counts, which are the student's own.

A cell is known by its grade_id, else by its cell id, else by the one task whose function it defines.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grading.oddities import Oddity
from grading.submission.read import Cell
from grading.units.master import Master, answer_changed, grade_id_of, nbgrader_of


@dataclass(frozen=True)
class MatchedCells:
    """A submission's cells: copies of each master cell, the one that stands for it, the student's own cells."""

    copies: Mapping[str, list[Cell]]
    chosen: Mapping[str, Cell]
    other_copies: Mapping[str, int]  # how many copies hold something else and run where they stood
    student_cells: Mapping[str | None, list[Cell]]  # own cells, by the master cell that they followed
    elsewhere: frozenset[str]  # tasks without a cell whose functions another cell defines


# ---------------------------------------------------------------- which master cell a cell is a copy of


def master_names(master: Master, cells: Sequence[Cell], oddities: list[Oddity]) -> list[str | None]:
    """The master cell that each submitted cell is a copy of; None for the student's own."""
    kinds = {str(cell["id"]): str(cell["cell_type"]) for cell in master.cells}
    names = [_name(cell, kinds, master) for cell in cells]
    tasks = _tasks_without_cell(master, set(names))
    for k, cell in enumerate(cells):
        if names[k] is None and (name := _defines(cell, tasks)):
            oddities.append(Oddity("lost id", name))
            names[k] = name
    return names


def _name(cell: Cell, kinds: Mapping[str, str], master: Master) -> str | None:
    """The master cell that a submitted cell is a copy of: by grade_id, else by its cell id."""
    name = cell.grade_id if cell.grade_id is not None else cell.cell_id
    if name is None or name not in kinds:
        return None
    turned_into_code = name not in master.stubs and kinds[name] == "markdown" and _runs(cell)
    return None if turned_into_code else name


def _tasks_without_cell(master: Master, identified: set[str | None]) -> dict[str, str]:
    """Function name -> task, for tasks whose cell was not found by its id."""
    lost = {task: functions for task, functions in _functions(master).items() if task not in identified}
    return {function: task for task, functions in lost.items() for function in functions}


def _defines(cell: Cell, tasks: Mapping[str, str]) -> str | None:
    """The one task whose function a cell defines; a cell that defines several stays where it is."""
    if not _runs(cell):
        return None
    functions = re.findall(r"^def +(\w+) *\(", cell.source, re.MULTILINE)
    defined = {tasks[function] for function in functions if function in tasks}
    return defined.pop() if len(defined) == 1 else None


# ---------------------------------------------------------------- which copy stands for a master cell


def match_cells(master: Master, cells: Sequence[Cell], names: Sequence[str | None]) -> MatchedCells:
    """Choose the copy that stands for each master cell, and note which of those each other cell followed."""
    locked = {name for cell in master.cells if (name := grade_id_of(cell)) and not nbgrader_of(cell)["solution"]}
    places = _places(names)
    copies = {name: [cells[k] for k in numbers] for name, numbers in places.items()}
    chosen, others = _choose_each(master, copies, places, locked)
    return MatchedCells(
        copies=copies,
        chosen={name: cells[k] for name, k in chosen.items()},
        other_copies={name: len(numbers) for name, numbers in others.items()},
        student_cells=_anchor_student_cells(cells, names, chosen, others),
        elsewhere=_answered_elsewhere(master, cells, names, copies, locked),
    )


def _places(names: Sequence[str | None]) -> dict[str, list[int]]:
    """Where the copies of each master cell stand in the submission."""
    places: dict[str, list[int]] = defaultdict(list)
    for k, name in enumerate(names):
        if name is not None:
            places[name].append(k)
    return places


def _choose_each(
    master: Master, copies: Mapping[str, Sequence[Cell]], places: Mapping[str, Sequence[int]], locked: set[str]
) -> tuple[dict[str, int], dict[str, list[int]]]:
    """For each master cell, the place of the copy that stands for it, and of those that run where they stood."""
    chosen, others = {}, {}
    for name, numbers in places.items():
        choose = _choose_locked if name in locked else _choose_answer
        first, rest = choose(master, name, copies[name])
        chosen[name] = numbers[first]
        others[name] = [numbers[k] for k in rest]
    return chosen, others


def _choose_locked(master: Master, name: str, copies: Sequence[Cell]) -> tuple[int, list[int]]:
    """Of copies of a locked cell the first that was left as it was; code pasted into another one runs there."""
    changed = _changed(master, name, copies)
    unchanged = set(range(len(copies))) - set(changed)
    first = min(unchanged, default=0)
    return first, [k for k in changed if k != first and _runs(copies[k])]


def _choose_answer(master: Master, name: str, copies: Sequence[Cell]) -> tuple[int, list[int]]:
    """Of copies of a task's cell the first that differs from the stub and, for a function, defines it.

    Another try at the same function is not run. A pasted copy may have become a helper cell, and a cell may have
    been split: what holds something else runs where it stood.
    """
    functions = _functions(master).get(name, [])
    changed = _changed(master, name, copies)
    defining = [k for k in changed if _binds(copies[k].source, functions)]
    first = (defining or changed or [0])[0]
    return first, [k for k in changed if k != first and k not in set(defining)]


def _changed(master: Master, name: str, copies: Sequence[Cell]) -> list[int]:
    """Which copies of a cell hold something, and something else than what was released."""
    stub = master.stubs.get(name)
    if stub is None:  # prose without a grade_id
        return []
    return [k for k, copy in enumerate(copies) if copy.source.strip() and answer_changed(copy.source, stub)]


# ---------------------------------------------------------------- what is the student's own


def _anchor_student_cells(
    cells: Sequence[Cell],
    names: Sequence[str | None],
    chosen: Mapping[str, int],
    others: Mapping[str, Sequence[int]],
) -> Mapping[str | None, list[Cell]]:
    """The student's own cells by the master cell that they followed; None before the first of those."""
    moved = {k for numbers in others.values() for k in numbers}
    anchored: dict[str | None, list[Cell]] = defaultdict(list)
    anchor: str | None = None
    for k, (name, cell) in enumerate(zip(names, cells, strict=True)):
        if (name is None or k in moved) and cell.source.strip():
            anchored[anchor].append(cell)
        elif name is not None and chosen[name] == k:
            anchor = name
    return anchored


def _answered_elsewhere(
    master: Master,
    cells: Sequence[Cell],
    names: Sequence[str | None],
    copies: Mapping[str, Sequence[Cell]],
    locked: set[str],
) -> frozenset[str]:
    """Tasks whose own cell is gone or empty and whose functions another cell of code defines."""
    named = list(zip(names, cells, strict=True))
    code = [(name, cell) for name, cell in named if _runs(cell) and name not in locked]
    empty = {
        task: functions
        for task, functions in _functions(master).items()
        if not any(cell.source.strip() for cell in copies.get(task, ()))
    }
    return frozenset(
        task
        for task, functions in empty.items()
        if any(name != task and _binds(cell.source, functions) for name, cell in code)
    )


# ---------------------------------------------------------------- what a cell does


def _runs(cell: Cell) -> bool:
    return cell.kind == "code"


def _functions(master: Master) -> dict[str, list[str]]:
    """The functions that each task asks for."""
    defined = {name: re.findall(r"^def (\w+)\(", stub, re.MULTILINE) for name, stub in master.stubs.items()}
    return {name: functions for name, functions in defined.items() if functions}


def _binds(source: str, functions: Sequence[str]) -> bool:
    """Whether a cell defines, or assigns to, one of some functions."""
    return any(
        re.search(rf"^(?:(?:async +)?def +{f} *\(|class +{f} *[(:]|{f} *(?:=(?!=)|:))", source, re.MULTILINE)
        for f in functions
    )
