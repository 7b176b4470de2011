"""Start from the master and transplant the student's answers by grade_id; nothing else of theirs is trusted.

Tags, metadata, locked cells, copies and order of a submission never matter. A student's own cells between the
tasks are kept and run where they stood, after the master cell that they followed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from grading.oddities import Oddity
from grading.submission.match_cells import MatchedCells, master_names, match_cells
from grading.submission.read import Cell
from grading.units.master import Master, answer_changed, grade_id_of, nbgrader_of, source_of

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
    attachments : mapping
        What the student's cell had attached, as it was handed in.
    """

    kind: Kind
    cell_type: str
    source: str
    grade_id: str | None = None
    points: float | None = None
    written: bool = False
    untouched: bool = False
    attachments: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Rebuilt:
    """The notebook that is run, and what a TA should know about the one that was handed in."""

    steps: tuple[Step, ...]
    oddities: tuple[Oddity, ...]


def rebuild(master: Master, cells: Sequence[Cell]) -> Rebuilt:
    """Put the student's answers and own cells into the master."""
    oddities: list[Oddity] = []
    names = master_names(master, cells, oddities)
    matched = match_cells(master, cells, names)
    steps = [_helper(cell) for cell in matched.student_cells[None]]
    for cell in master.cells:
        name = str(cell["id"])
        step, imports = _master_step(master, cell, matched, oddities)
        student_cells = matched.student_cells[name]
        if step.written and (student_cells or name not in matched.copies):
            step = replace(step, untouched=False)  # a person looks: the answer may stand in a cell of their own
        steps += [*map(_helper, imports), step, *map(_helper, student_cells)]
    order = [name for name in dict.fromkeys(names) if name in master.stubs]
    if order != [name for name in master.stubs if name in order]:
        oddities.append(Oddity("moved cells"))
    return Rebuilt(tuple(steps), tuple(oddities))


def _helper(cell: Cell) -> Step:
    kind: Kind = "helper" if cell.kind == "code" else "note"
    cell_type = "code" if cell.kind == "code" else "markdown"
    return Step(kind, cell_type, cell.source, attachments=cell.attachments)


def _master_step(
    master: Master, cell: Mapping[str, Any], matched: MatchedCells, oddities: list[Oddity]
) -> tuple[Step, list[Cell]]:
    """A cell of the master with what is the student's in it, and the imports of theirs that run before it."""
    source, cell_type = source_of(cell), str(cell["cell_type"])
    if not grade_id_of(cell):
        return Step("text", cell_type, source, str(cell["id"])), []
    nbgrader = nbgrader_of(cell)
    name, points = str(nbgrader["grade_id"]), nbgrader.get("points")
    if not nbgrader["solution"]:
        imports = _note_locked(master, nbgrader, name, matched, oddities)
        return Step("tests" if nbgrader["grade"] else "given", cell_type, source, name, points), imports
    answer = _answer(name, master.stubs[name], matched, oddities)
    if answer is not None and answer.kind != cell_type:
        oddities.append(Oddity("other cell type", name, f"{cell_type} cell had become a {answer.kind}"))
    step = Step(
        "answer",
        cell_type,
        master.stubs[name] if answer is None else answer.source,
        name,
        points,
        written=bool(nbgrader["grade"]),
        untouched=answer is None,
        attachments={} if answer is None else answer.attachments,
    )
    return step, []


def _note_locked(
    master: Master, nbgrader: Mapping[str, Any], name: str, matched: MatchedCells, oddities: list[Oddity]
) -> list[Cell]:
    """Tell what became of a locked cell; return the imports that were typed into it, which answers may need."""
    copies = matched.copies.get(name, [])
    if not copies:
        oddities.append(Oddity("locked cell deleted", name))
        return []
    if len(copies) > 1:
        others = matched.other_copies[name]
        reused = Oddity("locked cell reused", name, str(others))
        oddities.append(reused if others else Oddity("locked cell copied", name))
    chosen = matched.chosen[name]
    if chosen.kind != nbgrader["cell_type"]:
        oddities.append(Oddity("locked cell retyped", name))
    if not answer_changed(chosen.source, master.stubs[name]):
        return []
    imports = _added_imports(chosen.source, master.stubs[name])
    oddities.append(Oddity("imports added" if imports else "locked cell edited", name))
    return [Cell("code", line) for line in imports]


def _added_imports(source: str, stub: str) -> list[str]:
    """Lines that import, which the stub did not have."""
    released = {line.strip() for line in stub.splitlines()}
    lines = dict.fromkeys(line.strip() for line in source.splitlines())
    return [line for line in lines if line not in released and _imports(line)]


def _imports(line: str) -> bool:
    """Whether a line imports and does nothing else."""
    if len(line) > _LONGEST_IMPORT:
        return False
    return all(_IMPORT.fullmatch(part.strip()) for part in line.partition("#")[0].split(";"))


def _answer(name: str, stub: str, matched: MatchedCells, oddities: list[Oddity]) -> Cell | None:
    """The copy that stands for the task if it holds an answer; nothing to run if the answer is elsewhere."""
    copies = matched.copies.get(name, [])
    if not copies:
        oddities.append(Oddity("answer deleted", name))
    if name in matched.elsewhere:  # running the stub would overwrite the answer that stands in another cell
        oddities.append(Oddity("answered elsewhere", name))
        return Cell("code", "# answered in another cell")
    if not copies:
        return None
    chosen = matched.chosen[name]
    if not chosen.source.strip() or not answer_changed(chosen.source, stub):
        return None
    if len(copies) > 1:
        others = matched.other_copies[name]
        in_parts = Oddity("answer in parts", name, str(others))
        oddities.append(in_parts if others else Oddity("several answers", name, str(len(copies))))
    return chosen
