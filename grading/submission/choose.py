"""Which of the files handed in is the unit's notebook: one rule, by content, for what is collected and graded.

1. A notebook of the unit is told by its cells and functions, whatever the file is called; one that holds none of
   them is the unit's only under the unit's own name. Notebooks of other units are never taken.
2. Of several the one with most answers counts, so a solved copy wins over an untouched release. Of equals it is
   the one with the unit's name, then one whose name holds it, the least deep, the one with most of the unit's
   cells, the highest number of a copy, the shortest name.
3. If there is none, a file called a notebook that cannot be read counts: as malformed, not as missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from grading.printable import counted
from grading.submission.parse import kind_by_first_bytes, kind_of_text
from grading.submission.recogniser import Recognised, Recogniser

ENDINGS: Final = (".ipynb", ".ipynb.txt", ".ipynb.json")  # some browsers append .txt or .json when saving
_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")

ChoiceState = Literal["notebook", "unreadable", "other unit", "no notebook"]


@dataclass(frozen=True)
class File:
    """A file that was handed in; its name may have folders. With `trouble`, its content was not read, and why."""

    name: str
    data: bytes
    trouble: str = ""

    @property
    def base(self) -> str:
        """The name without folders."""
        return self.name.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """The folder it lies in, empty at the top."""
        return self.name.rpartition("/")[0]

    @property
    def kind(self) -> str:
        """What it is if its content tells at once, in brackets; empty if not."""
        what = kind_by_first_bytes(self.data) or kind_of_text(self.data[:2000].decode("utf-8-sig", "replace"))
        return f" ({what})" if what and self.data else ""


@dataclass(frozen=True)
class Candidate:
    """A file that may be a notebook, and what the recogniser says of it."""

    file: File
    recognised: Recognised

    @property
    def what(self) -> str:
        """What it is, if it is not the one that counts."""
        seen = self.recognised
        if seen.trouble:
            return f"a second notebook, unreadable ({seen.trouble})"
        if seen.other:
            return f"the notebook of unit {seen.other}"
        return (
            f"a second notebook, with {counted(seen.answers, 'answer')}"
            if seen.cells
            else "a notebook of something else"
        )


@dataclass(frozen=True)
class Choice:
    """The file that counts, if there is one, and all that may have been meant."""

    state: ChoiceState
    best: Candidate | None = None
    candidates: Sequence[Candidate] = field(default=())

    @property
    def others(self) -> list[tuple[File, str]]:
        """Candidates that do not count, and what they are."""
        best = self.best
        return [
            (each.file, "the same once more" if best and each.file.data == best.file.data else each.what)
            for each in self.candidates
            if each is not best
        ]


def is_called_notebook(name: str) -> bool:
    """Whether a file's name is a notebook's."""
    return name.casefold().endswith(ENDINGS)


def choose(files: Iterable[File], recogniser: Recogniser) -> Choice:
    """The notebook of the recogniser's unit among files."""
    looked: dict[bytes, Recognised] = {}
    candidates = []
    for file in files:
        called = is_called_notebook(file.name)
        if not called and not _may_hold_notebook(file.data):
            continue
        if file.trouble:
            seen = Recognised(trouble=file.trouble)
        else:
            seen = looked.get(file.data) or looked.setdefault(file.data, recogniser.look(file.data))
        if called or (seen.cells and not seen.other):
            candidates.append(Candidate(file, seen))
    return _best(candidates, recogniser.unit)


def _best(candidates: Sequence[Candidate], unit: str) -> Choice:
    fitting = [each for each in candidates if _fits(each, unit)]
    if fitting:
        return Choice("notebook", max(fitting, key=lambda each: _rank(each, unit)), candidates)
    broken = [each for each in candidates if each.recognised.trouble]
    if broken:
        best = max(broken, key=lambda each: (likely(each.file.name, unit), len(each.file.data), each.file.name))
        return Choice("unreadable", best, candidates)
    return Choice("other unit" if candidates else "no notebook", None, candidates)


def _fits(candidate: Candidate, unit: str) -> bool:
    seen = candidate.recognised
    if seen.trouble or seen.other:
        return False
    return bool(seen.cells) or candidate.file.base.casefold() == f"{unit}.ipynb".casefold()


def likely(name: str, unit: str) -> tuple[int, int]:
    """How likely a name is the unit's notebook's: by the name itself, then by how deep it lies."""
    base = name.rpartition("/")[2].casefold()
    exact = base == f"{unit}.ipynb".casefold()
    return 2 * exact + (unit.casefold() in base), -name.count("/")


def _rank(candidate: Candidate, unit: str) -> tuple[int, tuple[int, int], int, int, int, str]:
    seen, name = candidate.recognised, candidate.file.name
    digits = re.findall(r"[0-9]{1,9}", candidate.file.base)
    number = int(digits[-1]) if digits else 0
    return seen.answers, likely(name, unit), seen.cells, number, -len(name), name


def _may_hold_notebook(data: bytes) -> bool:
    """Whether a file of another name is worth a look: JSON that names the type of a cell."""
    if data.startswith(_MARKS[1:]):
        return '"cell_type"'.encode("utf-16-le") in data or '"cell_type"'.encode("utf-16-be") in data
    return data[:100].removeprefix(_MARKS[0]).lstrip().startswith(b"{") and b'"cell_type"' in data
