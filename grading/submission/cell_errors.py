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
from grading.submission.cell_code import CodeReader, bound_names, loaded_names
from grading.submission.rebuild import Step

_UNDEFINED = re.compile(r"\bname '(\w+)' is not defined")  # what Python says in a NameError
_PLACE = re.compile(r"\s*\((?:[^()]*, line \d+|/[^()]*)\)$")  # the file of a SyntaxError or ImportError: ours
_MAGIC = re.compile(r"\s*(%%\w+)")
_REFUSED = (
    (re.compile(r"PermissionError: \[Errno 1\]"), "other programs, such as pip, are not run while this is graded"),
    (re.compile(r"urlopen error|name resolution|getaddrinfo"), "there is no network while this is graded"),
)
_RAISES = "raise NotImplementedError"
_STILL_RAISES = f"Its cell was changed, and `{_RAISES}()` still stands in it: take that line out."
_UNDONE = "It is written in one cell, but a later one holds what was released again: delete that one."
_LONGEST = 200
_MOST_NAMES = 3


class CellErrors:
    """What became of the cells of one submission, while they run."""

    def __init__(self, absent: Mapping[str, str], importable: Sequence[str]) -> None:
        self._why = dict(absent)
        self._written: set[str] = set()  # names whose cells hold something and stopped
        self._importable = importable
        self._code: list[Step] = []  # that ran to its end
        self._by_star: list[str] = []  # modules that are not there, of which a cell wanted all names
        self._reader = CodeReader()
        self.oddities: list[Oddity] = []
        """Modules that the cells import and that are not there."""

    def ran(self, step: Step, result: CellResult) -> None:
        """Note how a cell ended."""
        for name in result.absent:
            self.oddities.append(Oddity("missing module", step.grade_id or OWN_CELL, name))
            if re.search(rf"\bfrom\s+{re.escape(name)}\b.*\bimport\s*\*", step.source):
                self._by_star.append(name)
        if result.status == "ok":
            self._code.append(step)
            for name in self._reader.binds(step.source, frozenset(self._why)):
                del self._why[name]
        else:
            names = bound_names(step.source)
            self._why |= dict.fromkeys(names, self._stopped(result))
            self._written |= names
        self._note_magic(step.source)

    def explained(self, verdict: Verdict, tests: str = "") -> Verdict:
        """The verdict of some tests with what became of cells whose names it misses, and of missing modules."""
        if verdict.passed:
            return verdict
        message = verdict.message
        asked = sorted(loaded_names(tests)) if verdict.unwritten else []
        if why := next(filter(None, map(self._why_unwritten, asked)), ""):
            return replace(verdict, message=f"{message}\n{why}")
        missed = dict.fromkeys([verdict.absent] if verdict.absent else _UNDEFINED.findall(message))
        reasons = [_sentence(f"`{name}` is not there: {self._why[name]}") for name in missed if name in self._why]
        named = NO_MODULE.findall(" ".join([message, *reasons]))
        by_star = self._by_star if missed.keys() - self._why.keys() else []
        modules = dict.fromkeys([*named, *by_star])
        reasons += [may_import(name, self._importable) for name in modules]
        # a function that is not there at all has no case to show
        text = [] if verdict.unwritten and missed.keys() & self._why.keys() else [message]
        written = missed.keys() & self._written
        message = "\n".join([*text, *reasons[:_MOST_NAMES]])
        return replace(verdict, message=message, unwritten=verdict.unwritten and not written)

    def _why_unwritten(self, name: str) -> str:
        """Why a function still raises what the stub raises, although something was written."""
        binding = [step for step in self._code if self._reader.binds(step.source, frozenset({name}))]
        if not binding or _RAISES not in binding[-1].source:
            return ""
        if any(_RAISES not in step.source for step in binding):
            return _UNDONE
        return _STILL_RAISES if any(step.kind == "answer" and not step.untouched for step in binding) else ""

    def _note_magic(self, source: str) -> None:
        """Note the names that a cell would define if it did not begin with a magic such as ``%%timeit``."""
        magic = _MAGIC.match(source)
        if magic and not bound_names(source):
            names = bound_names(source[magic.end() :].partition("\n")[2])
            self._why |= dict.fromkeys(names, f"its cell begins with {magic[1]}, under which it defines nothing")
            self._written |= names

    def _stopped(self, result: CellResult) -> str:
        if result.status == "timeout":
            return "its cell ran out of time"
        name, message = result.error
        where = "" if result.line is None else f" in line {result.line}"
        said = printable(" ".join(_PLACE.sub("", message).split()), _LONGEST)
        stopped = f"its cell stopped with {printable(name, 80)}{where}" + (f": {said}" if said else "")
        why = next((why for pattern, why in _REFUSED if pattern.search(f"{name}: {said}")), "")
        return f"{stopped} ({why})" if why else stopped


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."
