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

from grading.errors import CourseError
from grading.submission import Cell

Kind = Literal["given", "answer", "tests", "text", "helper", "note"]
_IMPORT = re.compile(r"(?:import|from) [\w.][\w., *]*(?: import [\w., *]+)?")


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


@dataclass(frozen=True)
class Master:
    """A unit's source notebook and the stubs that were released, by grade_id."""

    cells: tuple[Mapping[str, Any], ...]
    stubs: Mapping[str, str]

    @classmethod
    def read(cls, source: Mapping[str, Any], released: Mapping[str, Any]) -> Master:
        """Take the master from the two notebooks that the build made."""
        stubs = {_grade_id(cell): _joined(cell) for cell in released["cells"] if _grade_id(cell)}
        missing = [_grade_id(cell) for cell in source["cells"] if _grade_id(cell) and _grade_id(cell) not in stubs]
        if missing:
            raise CourseError(f"the release lacks cell {missing[0]!r}; build the unit again")
        return cls(tuple(source["cells"]), stubs)


def _grade_id(cell: Mapping[str, Any]) -> str:
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))


def _joined(cell: Mapping[str, Any]) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def rebuild(master: Master, cells: Sequence[Cell]) -> Rebuilt:
    """Put the student's answers and own cells into the master."""
    known = {str(cell["id"]) for cell in master.cells}
    found, anchored, oddities = _sort_out(master, known, cells)
    steps = [_helper(cell) for cell in anchored[None]]
    for cell in master.cells:
        name = str(cell["id"])
        before, step, after = _master_step(master, cell, found.get(name, []), oddities)
        own = [*after, *anchored[name]]
        if step.written and (own or name not in found):
            step = replace(step, untouched=False)  # the answer may stand in a cell of their own: a person looks
        steps += [*map(_helper, before), step, *map(_helper, own)]
    return Rebuilt(tuple(steps), tuple(oddities))


def _sort_out(
    master: Master, known: set[str], cells: Sequence[Cell]
) -> tuple[dict[str, list[Cell]], dict[str | None, list[Cell]], list[str]]:
    """Tell copies of master cells from the student's own cells, and note what each of those followed."""
    found: dict[str, list[Cell]] = defaultdict(list)
    anchored: dict[str | None, list[Cell]] = defaultdict(list)
    oddities: list[str] = []
    identified = {name for cell in cells if (name := _name(cell, known))}
    by_definition = _definitions(master, identified)
    anchor: str | None = None
    for cell in cells:
        name = _name(cell, known)
        if name is None and (name := _defines(cell, by_definition)):
            oddities.append(f"{name}: the cell had lost its id; found by the function it defines")
        if name is None:
            if cell.source.strip():
                anchored[anchor].append(cell)
            continue
        found[name].append(cell)
        anchor = name
    order = [name for name in dict.fromkeys(_name(cell, known) for cell in cells) if name in master.stubs]
    if order != [name for name in master.stubs if name in order]:
        oddities.append("cells were moved; graded in the original order")
    return found, anchored, oddities


def _name(cell: Cell, known: set[str]) -> str | None:
    """The master cell that a submitted cell is a copy of: by grade_id, else by its cell id."""
    if cell.grade_id is not None:
        return cell.grade_id if cell.grade_id in known else None
    return cell.cell_id if cell.cell_id in known else None


def _definitions(master: Master, identified: set[str]) -> dict[str, str]:
    """Function name -> task, for tasks whose cell was not found by its id."""
    tasks = {name: stub for name, stub in master.stubs.items() if name not in identified}
    return {f: name for name, stub in tasks.items() for f in re.findall(r"^def (\w+)\(", stub, re.MULTILINE)}


def _defines(cell: Cell, by_definition: Mapping[str, str]) -> str | None:
    if cell.kind != "code":
        return None
    names = re.findall(r"^def (\w+)\s*\(", cell.source, re.MULTILINE)
    return next((by_definition[name] for name in names if name in by_definition), None)


def _helper(cell: Cell) -> Step:
    kind: Kind = "helper" if cell.kind == "code" else "note"
    return Step(kind, "code" if cell.kind == "code" else "markdown", cell.source)


def _master_step(
    master: Master, cell: Mapping[str, Any], copies: list[Cell], oddities: list[str]
) -> tuple[list[Cell], Step, list[Cell]]:
    """A cell of the master with what is the student's in it, and what of theirs runs before and after it."""
    marks = cell["metadata"].get("nbgrader")
    source, cell_type = _joined(cell), str(cell["cell_type"])
    if marks is None:
        return [], Step("text", cell_type, source, str(cell["id"])), []
    name, points = str(marks["grade_id"]), marks.get("points")
    if not marks["solution"]:
        imports = _note_locked(master, marks, name, copies, oddities)
        return imports, Step("tests" if marks["grade"] else "given", cell_type, source, name, points), []
    before, answer, after = _answer(name, master.stubs[name], copies, oddities)
    if answer is not None and answer.kind != cell_type:
        oddities.append(f"{name}: the {cell_type} cell had become a {answer.kind} cell")
    step = Step(
        "answer",
        cell_type,
        master.stubs[name] if answer is None else answer.source,
        name,
        points,
        written=bool(marks["grade"]),
        untouched=answer is None,
    )
    return before, step, after


def _note_locked(
    master: Master, marks: Mapping[str, Any], name: str, copies: list[Cell], oddities: list[str]
) -> list[Cell]:
    """Tell what became of a locked cell; return the imports that were typed into it, which answers may need."""
    stub = master.stubs[name]
    if not copies:
        oddities.append(f"{name}: this cell was deleted; put back")
    elif len(copies) > 1:
        oddities.append(f"{name}: this cell was copied; the copies are not run")
    if any(copy.kind != marks["cell_type"] for copy in copies):
        oddities.append(f"{name}: this locked cell had changed its type; the original is used")
    if not any(answer_changed(copy.source, stub) for copy in copies):
        return []
    lines = dict.fromkeys(line.rstrip() for copy in copies for line in copy.source.splitlines())
    known = {line.rstrip() for line in stub.splitlines()}
    imports = [line for line in lines if _IMPORT.fullmatch(line) and line not in known]
    kept = ", with the imports that were added" if imports else ""
    oddities.append(f"{name}: this locked cell was edited; the original is used{kept}")
    return [Cell("code", line) for line in imports]


def _answer(
    name: str, stub: str, copies: list[Cell], oddities: list[str]
) -> tuple[list[Cell], Cell | None, list[Cell]]:
    """The first copy that differs from the stub and, for a function, defines it; and the parts around it.

    A cell may have been split in two: a copy that defines no function of the task runs where it stood. Another try
    at the same function does not.
    """
    changed = [copy for copy in copies if copy.source.strip() and answer_changed(copy.source, stub)]
    if not copies:
        oddities.append(f"{name}: the answer cell was deleted")
    if not changed:
        return [], None, []
    functions = re.findall(r"^def (\w+)", stub, re.MULTILINE)
    at = next((k for k, copy in enumerate(changed) if _binds(copy.source, functions)), 0)
    others = [not _binds(copy.source, functions) for copy in changed]
    before = [copy for copy, kept in zip(changed[:at], others[:at], strict=True) if kept]
    after = [copy for copy, kept in zip(changed[at + 1 :], others[at + 1 :], strict=True) if kept]
    if len(copies) > 1:
        beside = f"; {len(before) + len(after)} of the others run beside it" if before or after else ""
        oddities.append(f"{name}: {len(copies)} cells with this id; the first with an answer counts{beside}")
    return before, changed[at], after


def _binds(source: str, functions: Sequence[str]) -> bool:
    """Whether a cell defines, or assigns to, one of some functions."""
    name = f"(?:{'|'.join(functions)})"
    return bool(functions) and re.search(rf"^(?:(?:async )?def |class )?{name}\s*[(=:]", source, re.M) is not None


def answer_changed(source: str, stub: str) -> bool:
    """Whether a cell differs from what was released by more than white space at the ends of lines."""

    def tidy(text: str) -> list[str]:
        return [line.rstrip() for line in text.strip().splitlines()]

    return tidy(source) != tidy(stub)
