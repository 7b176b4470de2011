"""What an upload holds: zips in it opened, the unit's notebook found among its files, the rest told."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from grading.course import Course
from grading.errors import CourseError
from grading.lms.archives import UnreadableError, left_behind, nested, path_trouble
from grading.lms.download import Part
from grading.printable import printable
from grading.submission.read import MAX_EXTRA_BYTES, MAX_EXTRA_FILES, TIMESTAMP, Cell, MalformedError, read_cells
from grading.units.master import answer_changed

DEPTH = 2  # a zip in a zip in the download
MAX_FILES = 400  # of one upload, after unpacking
MAX_UPLOAD = 256 << 20  # bytes of one upload, zips and what was in them
MOST_REFUSED = 8  # told by name, of one zip
NOT_GRADED = ".not-graded"

ContentsState = Literal["notebook", "unreadable", "other unit", "no notebook"]


@dataclass(frozen=True)
class File:
    """A file of an upload, unpacked."""

    name: str
    data: bytes

    @property
    def base(self) -> str:
        """The name without folders."""
        return self.name.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """The folder it lies in, empty at the top."""
        return self.name.rpartition("/")[0]


@dataclass(frozen=True)
class Contents:
    """What is to lie in ``submitted/<student>/<unit>/``.

    Parameters
    ----------
    state : str
        Whether there is a notebook of this unit.
    files : mapping of str to bytes
        Files by name, the notebook under the unit's.
    notebook : str
        What the student called the notebook.
    notes : tuple of str
        What a TA should know.
    """

    state: ContentsState
    files: Mapping[str, bytes]
    notebook: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recognised:
    """How much of a notebook belongs to each unit."""

    cells: int = 0
    answers: int = 0
    other: str = ""
    trouble: str = ""


class Recogniser:
    """Tells a unit's notebook by its cells, whatever the file is called."""

    def __init__(self, course: Course, unit: str) -> None:
        self.unit = unit
        stubs = {name: _stubs(course, name) for name in course.units if name == unit or _is_built(course, name)}
        self._stubs = stubs[unit]
        self._own = {name: self._only_in(name, stubs) for name in stubs}

    @staticmethod
    def _only_in(unit: str, stubs: Mapping[str, Mapping[str, str]]) -> set[str]:
        """What marks a unit: ids of cells and names of functions that no other unit has."""

        def signs(name: str) -> set[str]:
            defined = re.findall(r"^def (\w+)\(", "\n".join(stubs[name].values()), re.MULTILINE)
            return {*stubs[name], *(f"def {function}" for function in defined)}

        return signs(unit) - {sign for name in stubs if name != unit for sign in signs(name)}

    def look(self, data: bytes) -> Recognised:
        """How well a notebook fits the unit, and which other unit's it may be."""
        try:
            cells = read_cells(data)
        except MalformedError as error:
            return Recognised(trouble=str(error))
        signs = {sign for cell in cells for sign in _signs(cell)}
        fits = {name: len(signs & own) for name, own in self._own.items()}
        other = max((name for name in fits if name != self.unit), key=lambda name: fits[name], default="")
        answers = sum(
            answer_changed(cell.source, self._stubs[name])
            for cell in cells
            if (name := cell.grade_id or cell.cell_id or "") in self._stubs and cell.source.strip()
        )
        return Recognised(fits[self.unit], answers, other if other and fits[other] > fits[self.unit] else "")


def _signs(cell: Cell) -> set[str]:
    defined = re.findall(r"^def (\w+)\s*\(", cell.source, re.MULTILINE) if cell.kind == "code" else []
    return {name for name in (cell.grade_id, cell.cell_id) if name} | {f"def {name}" for name in defined}


def _is_built(course: Course, unit: str) -> bool:
    return (course.release_folder(unit) / f"{unit}.ipynb").is_file()


def _stubs(course: Course, unit: str) -> dict[str, str]:
    """The unit's released cells by grade_id."""
    path = course.release_folder(unit) / f"{unit}.ipynb"
    try:
        cells: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError):
        raise CourseError(f"{path}: missing or damaged; run 'python -m grading build' first") from None
    marked = [(cell["metadata"].get("nbgrader", {}).get("grade_id"), cell) for cell in cells]
    return {name: "".join(cell["source"]) for name, cell in marked if name}


# ---------------------------------------------------------------- unpacking


@dataclass
class _Unpacked:
    files: list[File] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    read: int = 0

    @property
    def full(self) -> bool:
        """Whether the upload holds more than anybody hands in; the first time it says so."""
        reached = len(self.files) >= MAX_FILES or self.read > MAX_UPLOAD
        told = f"more than {MAX_FILES} files or {MAX_UPLOAD >> 20} MB, the rest not looked at"
        if reached and told not in self.notes:
            self.notes.append(told)
        return reached

    def add(self, name: str, data: bytes, depth: int) -> None:
        """Take a file in, and open it if it is a zip."""
        self.read += len(data)
        if name.casefold().endswith(".zip") or (data.startswith(b"PK\x03\x04") and _is_notebook(name)):
            self._open(name, data, depth)
        else:
            self.files.append(File(name, data))

    def _open(self, name: str, data: bytes, depth: int) -> None:
        shown = printable(name, 120)
        if depth >= DEPTH:
            self.notes.append(f"{shown}: a zip in a zip in a zip, not opened")
            return
        try:
            archive = nested(data)
        except UnreadableError as error:
            self.notes.append(f"{shown}: {error}")
            self.files.append(File(name, data))
            return
        self.notes += [f"{shown}: {inner} refused ({why})" for inner, why in archive.refused[:MOST_REFUSED]]
        more = len(archive.refused) - MOST_REFUSED
        self.notes += [f"{shown}: {more} more files refused"] if more > 0 else []
        self.notes += [f"{shown}: {_count(archive.passed_over)} passed over"] if archive.passed_over else []
        if not archive.entries:
            self.files.append(File(name, data))  # so that grading can say what was handed in
        for entry in archive.entries:
            if self.full:
                return
            try:
                self.add(f"{name}/{entry.path}", entry.read(), depth + 1)
            except UnreadableError as error:
                self.notes.append(f"{shown}: {printable(entry.path)}: {error}")


def _count(names: Sequence[str]) -> str:
    return f"{len(names)} file{'s' if len(names) > 1 else ''} of an operating system or of Jupyter's autosave"


def _is_notebook(name: str) -> bool:
    return name.casefold().endswith(".ipynb")


def look_into(parts: Sequence[Part], recogniser: Recogniser) -> Contents:
    """Find the unit's notebook in an upload, and the files to lie beside it."""
    unpacked = _Unpacked()
    for part in parts:
        if unpacked.full:
            break
        trouble = path_trouble(part.name)
        if trouble:
            unpacked.notes.append(f"{printable(part.name, 120)}: refused ({trouble})")
            continue
        if left_behind(part.name):
            unpacked.notes.append(f"{printable(part.name, 120)}: passed over, not the student's")
            continue
        try:
            unpacked.add(part.name, part.entry.read(), 0)
        except UnreadableError as error:
            unpacked.notes.append(f"{printable(part.name, 120)}: {error}")
    return _sorted(unpacked.files, unpacked.notes, recogniser)


def _sorted(files: Sequence[File], notes: list[str], recogniser: Recogniser) -> Contents:
    unit = recogniser.unit
    looked = [(recogniser.look(file.data), file) for file in files if _is_notebook(file.name)]
    fitting = [(seen, file) for seen, file in looked if seen.cells and not seen.other]
    if fitting:
        best = max(fitting, key=lambda pair: _rank(pair[0], pair[1], unit))[1]
        return _with_notebook("notebook", best, files, notes, looked, unit)
    broken = [file for seen, file in looked if seen.trouble]
    if broken:
        best = max(broken, key=lambda file: (unit in file.base.casefold(), len(file.data)))
        notes.append(f"{printable(best.base, 120)}: {next(s.trouble for s, f in looked if f is best)}")
        return _with_notebook("unreadable", best, files, notes, looked, unit)
    if looked:
        for seen, file in looked:
            what = f"the notebook of unit {seen.other}" if seen.other else f"no cell of unit {unit} in it"
            notes.append(f"{printable(file.base, 120)}: {what}, not graded")
        kept = {f"{file.base}{NOT_GRADED}": file.data for _, file in looked}
        return Contents("other unit", _beside(kept, files, "", notes), "", tuple(notes))
    found = ", ".join(printable(file.base, 60) for file in files[:5]) or "nothing"
    notes.append(f"no notebook; found {found}")
    return Contents("no notebook", _beside({}, files, "", notes, keep_all=True), "", tuple(notes))


def _rank(seen: Recognised, file: File, unit: str) -> tuple[int, int, bool, int, str]:
    """The copy with the most work in it; then the one that bears the unit's name, then the shortest name."""
    return (seen.answers, seen.cells, file.base.casefold() == f"{unit}.ipynb", -len(file.name), file.name)


def _with_notebook(
    state: ContentsState,
    best: File,
    files: Sequence[File],
    notes: list[str],
    looked: Sequence[tuple[Recognised, File]],
    unit: str,
) -> Contents:
    if best.base != f"{unit}.ipynb":
        notes.append(f"the notebook is called {printable(best.base, 120)}")
    if best.folder:
        notes.append(f"found in {printable(best.folder, 120)}")
    for seen, file in looked:
        if file is not best:
            same = "the same once more" if file.data == best.data else _second(seen)
            notes.append(f"{printable(file.name, 120)}: {same}, not graded")
    kept = {f"{unit}.ipynb": best.data}
    return Contents(state, _beside(kept, files, best.folder, notes), best.base, tuple(notes))


def _second(seen: Recognised) -> str:
    if seen.trouble:
        return f"a second notebook, unreadable ({seen.trouble})"
    if seen.other:
        return f"the notebook of unit {seen.other}"
    return f"a second notebook, with {seen.answers} answers" if seen.cells else "a notebook of something else"


def _beside(
    kept: dict[str, bytes], files: Sequence[File], folder: str, notes: list[str], *, keep_all: bool = False
) -> dict[str, bytes]:
    """Add the files that lie in the notebook's folder, within bounds, under names that can do no harm."""
    room, names = MAX_EXTRA_BYTES, {_folded(name) for name in kept}
    for file in files:
        if _is_notebook(file.name):
            continue
        shown = printable(file.name, 120)
        if file.folder != folder and not keep_all:
            notes.append(f"{shown}: in another folder than the notebook, not taken")
        elif (why := _unfit(file.base)) is not None:
            notes.append(f"{shown}: {why}, not taken")
        elif _folded(file.base) in names:
            notes.append(f"{shown}: a second file of this name, not taken")
        elif len(file.data) > room or len(kept) > MAX_EXTRA_FILES:
            notes.append(f"{shown}: too large or one file too many, not taken")
        else:
            kept[file.base] = file.data
            names.add(_folded(file.base))
            room -= len(file.data)
    return kept


def _unfit(name: str) -> str | None:
    if _folded(name) == TIMESTAMP:
        return "a name that the grader reserves"
    if name.startswith("."):
        return "a hidden file"
    if not name.isprintable():
        return "invisible characters in the name"
    return None


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
