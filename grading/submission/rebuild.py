"""Start from the master and transplant the student's answers by grade_id; nothing else of theirs is trusted.

Tags, metadata, locked cells, copies and order of a submission never matter. A student's own cells between the
tasks are kept and run where they stood, after the master cell that they followed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from grading.submission.read import Cell
from grading.units.master import Master, grade_id_of, nbgrader_of, source_of

Kind = Literal["given", "answer", "tests", "text", "helper", "note"]
_IMPORT = re.compile(r"import [\w., ]+|from [\w.]+ import (?:[\w., ]+|\*|\([\w., ]+\))")
_LONGEST_IMPORT = 500


@dataclass(frozen=True)
class Step:
    """One cell of the rebuilt notebook.

    Parameters
    ----------
    kind : {"given", "answer", "tests", "text", "helper", "note"}
        Given, tests and text come from the master; answers, helpers (code) and notes (prose) from the student.
    cell_type : str
        ``code`` or ``markdown``.
    source : str
        What runs. For tests this holds the hidden block: it never reaches the student's process.
    grade_id : str or None
        The master cell's id; None for a student's own cell.
    points : float or None
        Points of a tests cell or of a written answer.
    written : bool
        Graded by hand.
    untouched : bool
        The answer is still the stub that was released.
    """

    kind: Kind
    cell_type: str
    source: str
    grade_id: str | None = None
    points: float | None = None
    written: bool = False
    untouched: bool = False


@dataclass(frozen=True)
class Rebuilt:
    """The notebook that is run, and what a TA should know about the one that was handed in."""

    steps: tuple[Step, ...]
    oddities: tuple[str, ...]


def rebuild(master: Master, cells: Sequence[Cell]) -> Rebuilt:
    """Put the student's answers and own cells into the master."""
    oddities: list[str] = []
    names = _names(master, cells, oddities)
    sorted_out = _sort_out(master, cells, names)
    steps = [_helper(cell) for cell in sorted_out.anchored[None]]
    for cell in master.cells:
        name = str(cell["id"])
        step, imports = _master_step(master, cell, sorted_out, oddities)
        own = sorted_out.anchored[name]
        if step.written and (own or name not in sorted_out.copies):
            step = replace(step, untouched=False)  # the answer may stand in a cell of their own: a person looks
        steps += [*map(_helper, imports), step, *map(_helper, own)]
    order = [name for name in dict.fromkeys(names) if name in master.stubs]
    if order != [name for name in master.stubs if name in order]:
        oddities.append("cells were moved; graded in the original order")
    return Rebuilt(tuple(steps), tuple(oddities))


@dataclass(frozen=True)
class _Sorted:
    """A submission's cells: copies of each master cell, the one that stands for it, the student's own cells."""

    copies: Mapping[str, list[Cell]]
    chosen: Mapping[str, Cell]
    beside: Mapping[str, int]  # how many copies hold something else and run where they stood
    anchored: Mapping[str | None, list[Cell]]  # own cells, by the master cell that they followed
    elsewhere: frozenset[str]  # tasks without a cell whose functions another cell defines


def _names(master: Master, cells: Sequence[Cell], oddities: list[str]) -> list[str | None]:
    """The master cell that each submitted cell is a copy of; None for the student's own."""
    kinds = {str(cell["id"]): str(cell["cell_type"]) for cell in master.cells}
    names = [_name(cell, kinds, master) for cell in cells]
    by_definition = _definitions(master, set(names))
    for k, cell in enumerate(cells):
        if names[k] is None and (name := _defines(cell, by_definition)):
            oddities.append(f"{name}: the cell had lost its id; found by the function it defines")
            names[k] = name
    return names


def _sort_out(master: Master, cells: Sequence[Cell], names: Sequence[str | None]) -> _Sorted:
    """Choose the copy that stands for each master cell, and note which of those each other cell followed."""
    places: dict[str, list[int]] = defaultdict(list)
    for k, name in enumerate(names):
        if name is not None:
            places[name].append(k)
    locked = {name for cell in master.cells if (name := grade_id_of(cell)) and not nbgrader_of(cell)["solution"]}
    chosen, own, beside = {}, {k for k, name in enumerate(names) if name is None}, {}
    for name, numbers in places.items():
        first, others = _choose(master, name, [cells[k] for k in numbers], locked=name in locked)
        chosen[name] = numbers[first]
        beside[name] = len(others)
        own.update(numbers[k] for k in others)
    anchored: dict[str | None, list[Cell]] = defaultdict(list)
    anchor: str | None = None
    for k, (name, cell) in enumerate(zip(names, cells, strict=True)):
        if k in own and cell.source.strip():
            anchored[anchor].append(cell)
        elif name is not None and chosen[name] == k:
            anchor = name
    copies = {name: [cells[k] for k in numbers] for name, numbers in places.items()}
    code = [(name, cell) for name, cell in zip(names, cells, strict=True) if _runs(cell) and name not in locked]
    elsewhere = frozenset(
        name
        for name, functions in _functions(master).items()
        if not any(cell.source.strip() for cell in copies.get(name, ()))
        and any(other != name and _binds(cell.source, functions) for other, cell in code)
    )
    return _Sorted(copies, {name: cells[k] for name, k in chosen.items()}, beside, anchored, elsewhere)


def _choose(master: Master, name: str, copies: Sequence[Cell], *, locked: bool) -> tuple[int, list[int]]:
    """Of copies of one master cell: which stands for it, and which hold something else and run where they stood.

    For a task it is the first that differs from the stub and, for a function, defines it; another try at the same
    function is not run. A pasted copy of any cell may have become a helper cell, and a cell may have been split.
    """
    stub = master.stubs.get(name)
    if stub is None:
        return 0, []
    changed = [k for k, copy in enumerate(copies) if copy.source.strip() and answer_changed(copy.source, stub)]
    if locked:
        first = next((k for k in range(len(copies)) if k not in set(changed)), 0)
        return first, [k for k in changed if k != first and _runs(copies[k])]
    functions = _functions(master).get(name, [])
    defining = [k for k in changed if _binds(copies[k].source, functions)]
    first = (defining or changed or [0])[0]
    return first, [k for k in changed if k != first and k not in set(defining)]


def _name(cell: Cell, kinds: Mapping[str, str], master: Master) -> str | None:
    """The master cell that a submitted cell is a copy of: by grade_id, else by its cell id."""
    name = cell.grade_id if cell.grade_id is not None else cell.cell_id
    if name is None or name not in kinds:
        return None
    turned_into_code = name not in master.stubs and kinds[name] == "markdown" and _runs(cell)
    return None if turned_into_code else name


def _runs(cell: Cell) -> bool:
    return cell.kind == "code"


def _functions(master: Master) -> dict[str, list[str]]:
    """The functions that each task asks for."""
    found = {name: re.findall(r"^def (\w+)\(", stub, re.MULTILINE) for name, stub in master.stubs.items()}
    return {name: functions for name, functions in found.items() if functions}


def _definitions(master: Master, identified: set[str | None]) -> dict[str, str]:
    """Function name -> task, for tasks whose cell was not found by its id."""
    return {f: name for name, wanted in _functions(master).items() if name not in identified for f in wanted}


def _defines(cell: Cell, by_definition: Mapping[str, str]) -> str | None:
    """The one task whose function a cell defines; a cell that defines several stays where it is."""
    if not _runs(cell):
        return None
    names = re.findall(r"^def +(\w+) *\(", cell.source, re.MULTILINE)
    tasks = {by_definition[name] for name in names if name in by_definition}
    return tasks.pop() if len(tasks) == 1 else None


def _helper(cell: Cell) -> Step:
    kind: Kind = "helper" if cell.kind == "code" else "note"
    return Step(kind, "code" if cell.kind == "code" else "markdown", cell.source)


def _master_step(
    master: Master, cell: Mapping[str, Any], found: _Sorted, oddities: list[str]
) -> tuple[Step, list[Cell]]:
    """A cell of the master with what is the student's in it, and the imports of theirs that run before it."""
    source, cell_type = source_of(cell), str(cell["cell_type"])
    if not grade_id_of(cell):
        return Step("text", cell_type, source, str(cell["id"])), []
    nbgrader = nbgrader_of(cell)
    name, points = str(nbgrader["grade_id"]), nbgrader.get("points")
    if not nbgrader["solution"]:
        imports = _note_locked(master, nbgrader, name, found, oddities)
        return Step("tests" if nbgrader["grade"] else "given", cell_type, source, name, points), imports
    answer = _answer(name, master.stubs[name], found, oddities)
    if answer is not None and answer.kind != cell_type:
        oddities.append(f"{name}: the {cell_type} cell had become a {answer.kind} cell")
    step = Step(
        "answer",
        cell_type,
        master.stubs[name] if answer is None else answer.source,
        name,
        points,
        written=bool(nbgrader["grade"]),
        untouched=answer is None,
    )
    return step, []


def _note_locked(
    master: Master, nbgrader: Mapping[str, Any], name: str, found: _Sorted, oddities: list[str]
) -> list[Cell]:
    """Tell what became of a locked cell; return the imports that were typed into it, which answers may need."""
    stub, copies = master.stubs[name], found.copies.get(name, [])
    if not copies:
        oddities.append(f"{name}: this cell was deleted; put back")
        return []
    if len(copies) > 1:
        kept = f"; {found.beside[name]} that hold something else are" if found.beside[name] else ""
        oddities.append(f"{name}: this cell was copied; the copies are not run{kept}")
    chosen = found.chosen[name]
    if chosen.kind != nbgrader["cell_type"]:
        oddities.append(f"{name}: this locked cell had changed its type; the original is used")
    if not answer_changed(chosen.source, stub):
        return []
    known = {line.strip() for line in stub.splitlines()}
    lines = dict.fromkeys(line.strip() for line in chosen.source.splitlines())
    imports = [line for line in lines if line not in known and _imports(line)]
    kept = ", with the imports that were added" if imports else ""
    oddities.append(f"{name}: this locked cell was edited; the original is used{kept}")
    return [Cell("code", line) for line in imports]


def _imports(line: str) -> bool:
    """Whether a line imports and does nothing else."""
    if len(line) > _LONGEST_IMPORT:
        return False
    return all(_IMPORT.fullmatch(part.strip()) for part in line.partition("#")[0].split(";"))


def _answer(name: str, stub: str, found: _Sorted, oddities: list[str]) -> Cell | None:
    """The copy that stands for the task if it holds an answer; nothing to run if the answer is elsewhere."""
    copies = found.copies.get(name, [])
    if not copies:
        oddities.append(f"{name}: the answer cell was deleted")
    if name in found.elsewhere:  # the stub would undo it
        oddities.append(f"{name}: answered in another cell")
        return Cell("code", "# answered in another cell")
    if not copies or not found.chosen[name].source.strip() or not answer_changed(found.chosen[name].source, stub):
        return None
    if len(copies) > 1:
        beside = f"; {found.beside[name]} of the others run where they stood" if found.beside[name] else ""
        oddities.append(f"{name}: {len(copies)} cells with this id; the first with an answer counts{beside}")
    return found.chosen[name]


def _binds(source: str, functions: Sequence[str]) -> bool:
    """Whether a cell defines, or assigns to, one of some functions."""
    return any(
        re.search(rf"^(?:(?:async +)?def +{f} *\(|class +{f} *[(:]|{f} *(?:=(?!=)|:))", source, re.MULTILINE)
        for f in functions
    )


def answer_changed(source: str, stub: str) -> bool:
    """Whether a cell differs from what was released by more than white space at the ends of lines."""

    def tidy(text: str) -> list[str]:
        return [line.rstrip() for line in text.strip().splitlines()]

    return tidy(source) != tidy(stub)
