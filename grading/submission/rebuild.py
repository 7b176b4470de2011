"""What is run and judged: the student's notebook in the student's order, with our locked cells and tests in it.

What the student's own *Run All* shows is what counts. So every cell of theirs runs where it stands, copies too,
and of several answers the last before its test is the one that is judged. Locked cells and tests are the master's,
put where the student's copies stand, and put back where there is none. Tags and metadata never matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from grading.oddities import Oddity, one_for_each_cause
from grading.submission.cell_code import CodeReader
from grading.submission.locked_cells import additions
from grading.submission.match_cells import MasterCells, MatchedCells, match_cells
from grading.submission.read import Cell
from grading.units.master import Master, answer_changed, nbgrader_of, source_of

Kind = Literal["given", "answer", "tests", "text", "helper", "note"]


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
    once_more : bool
        Tests that stand above the answer: judged here, at the end, if nothing was written where they stand.
    """

    kind: Kind
    cell_type: str
    source: str
    grade_id: str | None = None
    points: float | None = None
    written: bool = False
    untouched: bool = False
    attachments: Mapping[str, Any] = field(default_factory=dict, compare=False)
    once_more: bool = False


@dataclass(frozen=True)
class Rebuilt:
    """The notebook that is run, and what a TA should know about the one that was handed in."""

    steps: tuple[Step, ...]
    oddities: tuple[Oddity, ...]
    absent: Mapping[str, str] = field(default_factory=dict)
    """Names of answers that no cell defines, and why."""


def rebuild(master: Master, cells: Sequence[Cell]) -> Rebuilt:
    """Put the master's locked cells and tests into the student's notebook."""
    return _Rebuilding(MasterCells.of(master), cells).rebuilt()


def released_steps(master: Master) -> tuple[Step, ...]:
    """The notebook as it was released, for a student of whom there is none."""
    blank = _Rebuilding(MasterCells.of(master), ())
    return tuple(blank.original(name) for name in blank.master.cells)


class _Rebuilding:
    """One submission while it is put together."""

    def __init__(self, master: MasterCells, cells: Sequence[Cell]) -> None:
        self.master, self.cells = master, cells
        self.reader = CodeReader()
        self.oddities: list[Oddity] = []
        self.matched: MatchedCells = match_cells(master, cells, self.reader, self.oddities)
        self.absent: dict[str, str] = {}

    def rebuilt(self) -> Rebuilt:
        steps = self._with_missing(self._in_place())
        steps += self._judged_once_more(steps)
        self._note_order()
        return Rebuilt(tuple(steps), tuple(one_for_each_cause(self.oddities)), self.absent)

    # ------------------------------------------------------------ the student's cells, in their order

    def _in_place(self) -> list[list[Step]]:
        """For each of the student's cells, what is run in its place."""
        for name in (name for name in self.master.cells if len(self.matched.copies.get(name, ())) > 1):
            self._note_copies(name)
        return [self._steps(k, name) for k, name in enumerate(self.matched.names)]

    def _steps(self, k: int, name: str | None) -> list[Step]:
        cell = self.cells[k]
        if name is None:
            return [_own(cell)] if cell.source.strip() else []
        if self.matched.chosen[name] == k:
            return self._standing_for(name, cell, k)
        released = not answer_changed(cell.source, self.master.texts[name])
        # a copy of a test that is as it was released only shows; prose that was not changed need not stand twice
        silent = released and (name in self.master.tests or self.master.kinds[name] != "code")
        return [] if silent or not cell.source.strip() else [_own(cell)]

    def _standing_for(self, name: str, cell: Cell, k: int) -> list[Step]:
        """The steps for the copy that stands for a master cell."""
        changed = answer_changed(cell.source, self.master.texts[name])
        if name in self.master.answers:
            return [self._answer(name, cell, k, changed)]
        original = self.original(name)
        if not changed and cell.kind == self.master.kinds[name]:
            return [original]
        if name not in self.master.locked:  # prose that students may change, perhaps to answer in it
            return [original, _own(cell)] if changed and cell.source.strip() else [original]
        return self._locked(name, cell, original, changed)

    def _locked(self, name: str, cell: Cell, original: Step, changed: bool) -> list[Step]:
        if cell.kind != self.master.kinds[name]:
            self.oddities.append(Oddity("locked cell retyped", name))
            return [original]
        added = additions(cell.source, self.master.texts[name])
        if changed:
            kind = "code added" if added.before or added.after else "locked cell edited"
            self.oddities.append(Oddity(kind, name))
        before, after = (_own(Cell("code", code)) for code in (added.before, added.after))
        return [step for step in (before, original, after) if step.source]

    def _answer(self, name: str, cell: Cell, k: int, changed: bool) -> Step:
        kind = self.master.kinds[name]
        empty = not cell.source.strip()
        if cell.kind != kind:
            self.oddities.append(Oddity("other cell type", name, f"{kind} cell had become a {cell.kind} cell"))
            self._absent(name, f"its cell is a {cell.kind} cell, which does not run")
        elif empty:
            self._absent(name, "its cell is empty")
        written = name in self.master.written
        untouched = empty or not changed
        if written and untouched and self._beside(k):
            untouched = False  # a person looks: the answer may stand in a cell of their own
            self.oddities.append(Oddity("written beside", name))
        # code in a cell that was none runs no more than it did
        source = cell.source if cell.kind == kind or kind == "markdown" else _as_remarks(cell.source)
        return replace(self.original(name), source=source, untouched=untouched, attachments=cell.attachments)

    def _beside(self, k: int) -> bool:
        """Whether a cell of the student's own stands right above or below a place."""
        beside = (j for j in (k - 1, k + 1) if 0 <= j < len(self.cells))
        return any(self.matched.names[j] is None and self.cells[j].source.strip() for j in beside)

    def original(self, name: str) -> Step:
        """A master cell as a step; an answer is the stub that was released."""
        cell = self.master.cells[name]
        kind, points = self.master.kinds[name], nbgrader_of(cell).get("points")
        if name in self.master.answers:
            written = name in self.master.written
            return Step("answer", kind, self.master.texts[name], name, points, written=written, untouched=True)
        if name in self.master.locked:
            return Step("tests" if name in self.master.tests else "given", kind, source_of(cell), name, points)
        return Step("text", kind, source_of(cell), name)

    # ------------------------------------------------------------ what was deleted

    def _with_missing(self, groups: list[list[Step]]) -> list[Step]:
        """The steps with the master cells that were deleted, each below the one that precedes it."""
        put_back: dict[int, list[Step]] = {}
        place = -1
        for name in self.master.cells:
            if name in self.matched.chosen:
                place = self.matched.chosen[name]
            else:
                put_back.setdefault(place, []).append(self._put_back(name))
        steps = put_back.pop(-1, [])
        waiting: list[Step] = []
        for k, group in enumerate(groups):
            standing_for = self.matched.names[k]
            if standing_for is not None and self.matched.chosen[standing_for] == k:
                steps += waiting
                waiting = put_back.get(k, [])
            steps += group
        return steps + waiting

    def _put_back(self, name: str) -> Step:
        """A master cell that was deleted; an answer's stub does not run: it might undo what stands elsewhere."""
        step = self.original(name)
        if name in self.master.locked:
            self.oddities.append(Oddity("locked cell deleted", name))
        elif step.kind == "answer":
            self.oddities.append(Oddity("answer deleted", name))
            self._absent(name, "its cell was deleted")
            if step.cell_type == "code":
                return replace(step, source="# this answer cell was deleted")
        return step

    def _absent(self, task: str, why: str) -> None:
        self.absent |= dict.fromkeys(self.master.names.get(task, ()), why)

    # ------------------------------------------------------------ answers below their tests

    def _judged_once_more(self, steps: Sequence[Step]) -> list[Step]:
        """Tests below which a cell binds the name that they ask for, to be judged at the end as well."""
        names = frozenset(self.master.task_of)
        below: set[str] = set()
        again: list[Step] = []
        for step in reversed(steps):
            if step.kind == "tests" and self.master.asked[str(step.grade_id)] & below:
                again.append(replace(step, once_more=True))
            elif step.kind in ("answer", "helper") and step.cell_type == "code" and not step.untouched:
                below |= self.reader.binds(step.source, names)
        for name in below:
            self.absent.pop(name, None)
        return again[::-1]

    # ------------------------------------------------------------ what a TA is told

    def _note_copies(self, name: str) -> None:
        places = self.matched.copies[name]
        if name in self.master.answers:
            filled = [k for k in places if self.cells[k].source.strip()]
            if len(filled) > 1:
                self.oddities.append(Oddity("several cells", name))
        elif name in self.master.locked:
            self.oddities.append(Oddity("locked cell copied", name))

    def _note_order(self) -> None:
        known = [name for name in self.master.cells if name in self.matched.chosen and name in self._marked]
        if known != sorted(known, key=self.matched.chosen.__getitem__):
            self.oddities.append(Oddity("moved cells"))

    @property
    def _marked(self) -> set[str]:
        return self.master.locked | self.master.answers


def _as_remarks(source: str) -> str:
    return "\n".join(f"# {line}" for line in source.split("\n"))


def _own(cell: Cell) -> Step:
    """A cell of the student's own."""
    kind: Kind = "helper" if cell.kind == "code" else "note"
    cell_type = "code" if cell.kind == "code" else "markdown"
    return Step(kind, cell_type, cell.source, attachments=cell.attachments)
