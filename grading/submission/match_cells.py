"""Find the master cell that each submitted cell is a copy of, and the copy that stands for it.

A cell is known by its grade_id, else by its cell id. Where those are lost it is known by what it holds: the text
that was released, the check that it calls, the one task whose function it defines, or its place below a question.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from grading.oddities import Oddity
from grading.submission.cell_code import CodeReader, all_bound, bound_names, loaded_names, statements
from grading.submission.read import Cell
from grading.units.master import Master, answer_changed, grade_id_of, nbgrader_of, source_of, tidy


class MasterCells:
    """What matching needs to know of a master's cells, by their names; use `of`."""

    @staticmethod
    @lru_cache(maxsize=4)
    def of(master: Master) -> MasterCells:
        """The one of a master: a class is matched to the same cells again and again."""
        return MasterCells(master)

    def __init__(self, master: Master) -> None:
        self.cells = {str(cell["id"]): cell for cell in master.cells}
        self.kinds = {name: str(cell["cell_type"]) for name, cell in self.cells.items()}
        self.texts = {name: master.stubs.get(name, source_of(cell)) for name, cell in self.cells.items()}
        marks = {name: nbgrader_of(cell) for name, cell in self.cells.items() if grade_id_of(cell)}
        self.locked = {name for name, mark in marks.items() if not mark["solution"]}
        self.tests = {name for name in self.locked if marks[name]["grade"]}
        self.answers = {name for name, mark in marks.items() if mark["solution"]}
        self.written = {name for name in self.answers if marks[name]["grade"]}

    @cached_property
    def asked(self) -> dict[str, frozenset[str]]:
        """For each test cell, the names of answers that it looks up."""
        answers = frozenset(name for names in self.names.values() for name in names)
        return {
            test: loaded_names(source_of(self.cells[test])) & answers for test in self.cells if test in self.tests
        }

    @cached_property
    def names(self) -> dict[str, frozenset[str]]:
        """For each task, the names that its answer binds: functions of its stub, and what tests ask of it."""
        looked_up = frozenset(name for test in self.tests for name in loaded_names(source_of(self.cells[test])))
        tasks = [name for name in self.cells if name in self.answers and self.kinds[name] == "code"]
        return {
            task: _functions(self.texts[task]) | (bound_names(source_of(self.cells[task])) & looked_up)
            for task in tasks
        }

    @cached_property
    def task_of(self) -> dict[str, str]:
        """Name that an answer binds -> its task."""
        return {name: task for task, names in self.names.items() for name in names}


def _functions(stub: str) -> frozenset[str]:
    """Functions and classes that a stub defines."""
    found = statements(stub) or []
    return all_bound([one for one in found if one.defines])


@dataclass(frozen=True)
class MatchedCells:
    """Of a submission's cells: the master cell that each is a copy of, and which copy stands for each."""

    names: Sequence[str | None]
    chosen: Mapping[str, int]
    copies: Mapping[str, Sequence[int]]


def match_cells(
    master: MasterCells, cells: Sequence[Cell], reader: CodeReader, oddities: list[Oddity]
) -> MatchedCells:
    """Name each submitted cell, and choose the copy that stands for each master cell."""
    names = [_by_id(cell, master) for cell in cells]
    lost = _find_lost(master, cells, names, reader)
    oddities += [
        Oddity("lost id", name) for name in master.cells if name in lost & (master.locked | master.answers)
    ]
    copies: dict[str, list[int]] = defaultdict(list)
    for k, name in enumerate(names):
        if name is not None:
            copies[name].append(k)
    chosen = {name: _chosen_locked(master, name, cells, places) for name, places in copies.items()}
    end = {
        task: max((chosen.get(test, 0) for test in _tests_of(master, task)), default=0) for task in master.names
    }
    for task in master.answers & set(copies):
        chosen[task] = _chosen_answer(master, task, cells, copies[task], end.get(task, 0) or len(cells), reader)
    return MatchedCells(names, chosen, copies)


def _tests_of(master: MasterCells, task: str) -> list[str]:
    return [test for test, asked in master.asked.items() if asked & master.names[task]]


# ---------------------------------------------------------------- which master cell a cell is a copy of


def _by_id(cell: Cell, master: MasterCells) -> str | None:
    """The master cell that a submitted cell is a copy of: by grade_id, else by its cell id."""
    name = cell.grade_id if cell.grade_id is not None else cell.cell_id
    if name is None or name not in master.kinds:
        return None
    is_prose = name not in master.locked | master.answers
    return None if is_prose and cell.kind == "code" else name


def _find_lost(
    master: MasterCells, cells: Sequence[Cell], names: list[str | None], reader: CodeReader
) -> set[str]:
    """Name the cells that are copies of master cells not found by id, by what they hold; tell which those are."""
    missing = set(master.cells) - {name for name in names if name is not None}
    if missing:
        contents = _Contents(master, missing, reader)
        for k, cell in enumerate(cells):
            if names[k] is None and cell.source.strip():
                names[k] = contents.name(cell)
        _find_written(master, cells, names, missing & master.written)
    return missing.intersection(names)


class _Contents:
    """Tells which of some master cells a cell is a copy of, by what it holds."""

    def __init__(self, master: MasterCells, missing: set[str], reader: CodeReader) -> None:
        self._master, self._reader = master, reader
        self._functions = frozenset(name for name, task in master.task_of.items() if task in missing)
        texts = {name: tidy(text) for name, text in master.texts.items() if name in missing}
        often = Counter(texts.values())
        self._released = {text: name for name, text in texts.items() if often[text] == 1}
        self._sizes = {name: len({*texts[name]} - {""}) for name in missing & master.locked}
        self._lines: dict[str, list[str]] = defaultdict(list)
        for name in self._sizes:
            for line in {*texts[name]} - {""}:
                self._lines[line].append(name)

    def name(self, cell: Cell) -> str | None:
        """The cell with just this text; for code, the task whose functions it binds, or the locked cell it was."""
        released = self._released.get(tidy(cell.source))
        if released is not None and self._master.kinds[released] == cell.kind:
            return released
        if cell.kind != "code":
            return None
        functions = self._reader.binds(cell.source, self._functions)
        return _only({self._master.task_of[name] for name in functions} or self._locked(cell.source))

    def _locked(self, source: str) -> set[str]:
        """Locked cells of which a text holds at least half of the lines."""
        shared = Counter(name for line in set(tidy(source)) for name in self._lines.get(line, ()))
        return {name for name, number in shared.items() if number * 2 >= self._sizes[name]}


def _only(names: set[str]) -> str | None:
    """The one name; None if there are several, since a cell that defines several is nobody's copy."""
    return next(iter(names)) if len(names) == 1 else None


def _find_written(master: MasterCells, cells: Sequence[Cell], names: list[str | None], missing: set[str]) -> None:
    """Name the prose that stands below the cell which precedes a written answer in the master."""
    order = list(master.cells)
    places = {name: k for k, name in enumerate(names) if name is not None}
    for name in (name for name in order if name in missing and master.kinds[name] == "markdown"):
        above = order[order.index(name) - 1]
        k = places.get(above, len(cells)) + 1
        if k < len(cells) and names[k] is None and cells[k].kind == "markdown" and cells[k].source.strip():
            names[k] = name
            places[name] = k


# ---------------------------------------------------------------- which copy stands for a master cell


def _chosen_locked(master: MasterCells, name: str, cells: Sequence[Cell], places: Sequence[int]) -> int:
    """Of copies of a locked cell the first that kept its lines, of a test the last; else the first."""
    lines = {line for line in tidy(master.texts[name]) if line}
    order = reversed(places) if name in master.tests else places
    return next((k for k in order if lines.intersection(tidy(cells[k].source))), places[0])


def _chosen_answer(
    master: MasterCells, task: str, cells: Sequence[Cell], places: Sequence[int], end: int, reader: CodeReader
) -> int:
    """Of copies of an answer cell the last before its test that binds the answer, else one that holds it."""
    changed = [
        k for k in places if cells[k].source.strip() and answer_changed(cells[k].source, master.texts[task])
    ]
    names = master.names.get(task, frozenset())
    binding = [k for k in _last_first(changed, end) if cells[k].kind == "code"]
    found = next((k for k in binding if reader.binds(cells[k].source, names)), None)
    return found if found is not None else next(iter(_last_first(changed, end)), places[0])


def _last_first(places: Sequence[int], end: int) -> list[int]:
    """Places from the last before `end` backwards, then those behind it."""
    return [*(k for k in reversed(places) if k < end), *(k for k in places if k >= end)]
