"""Why a name is not there: the cell that was to bind it stopped, does not run, or was deleted.

A function that is missing, and every function that needs it, fails with no more than its name. What the student
has to mend is the cell behind it, so the verdict says what became of that cell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from grading.checks.notebook_check import NO_MODULE, Verdict, may_import
from grading.oddities import OWN_CELL, Oddity
from grading.printable import printable
from grading.sandbox import CellResult
from grading.submission.cell_code import CodeReader, bound_names
from grading.submission.rebuild import Step

_UNDEFINED = re.compile(r"\bname '(\w+)' is not defined")  # what Python says in a NameError
_PLACE = re.compile(r"\s*\([^()]*, line \d+\)$")  # of a SyntaxError's text: the line of a file that nobody knows
_LONGEST = 200
_MOST_NAMES = 3


class CellErrors:
    """What became of the cells of one submission, while they run."""

    def __init__(self, absent: Mapping[str, str], importable: Sequence[str]) -> None:
        self._why = dict(absent)
        self._written: set[str] = set()  # names whose cells hold something and stopped
        self._importable = importable
        self._reader = CodeReader()
        self.oddities: list[Oddity] = []
        """Modules that the cells import and that are not there."""

    def ran(self, step: Step, result: CellResult) -> None:
        """Note how a cell ended."""
        self.oddities += [Oddity("missing module", step.grade_id or OWN_CELL, name) for name in result.absent]
        if result.status == "ok":
            for name in self._reader.binds(step.source, frozenset(self._why)):
                del self._why[name]
        else:
            names = bound_names(step.source)
            self._why |= dict.fromkeys(names, self._stopped(result))
            self._written |= names

    def explained(self, verdict: Verdict) -> Verdict:
        """The verdict with what became of the cells whose names it misses, and of modules that are not there."""
        if verdict.passed:
            return verdict
        message = verdict.message
        missed = dict.fromkeys([verdict.absent] if verdict.absent else _UNDEFINED.findall(message))
        reasons = [f"`{name}` is not there: {self._why[name]}." for name in missed if name in self._why]
        modules = dict.fromkeys(NO_MODULE.findall(" ".join([message, *reasons])))
        reasons += [may_import(name, self._importable) for name in modules]
        # a function that is not there at all has no case to show
        text = [] if verdict.unwritten and missed.keys() & self._why.keys() else [message]
        written = missed.keys() & self._written
        message = "\n".join([*text, *reasons[:_MOST_NAMES]])
        return replace(verdict, message=message, unwritten=verdict.unwritten and not written)

    def _stopped(self, result: CellResult) -> str:
        if result.status == "timeout":
            return "its cell ran out of time"
        name, message = result.error
        where = "" if result.line is None else f" in line {result.line}"
        said = printable(" ".join(_PLACE.sub("", message).split()), _LONGEST)
        return f"its cell stopped with {printable(name, 80)}{where}" + (f": {said}" if said else "")
