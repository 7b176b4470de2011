"""What an upload holds: zips in it opened, the unit's notebook found among its files, the rest told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from grading.lms.archives import UnreadableError, nested
from grading.lms.download import Part
from grading.lms.file_names import folded, left_behind, path_trouble
from grading.printable import printable
from grading.submission.choose import Choice, ChoiceState, File, choose, is_called_notebook
from grading.submission.read import MAX_EXTRA_BYTES, MAX_EXTRA_FILES, TIMESTAMP
from grading.submission.recogniser import Recogniser

DEPTH = 2  # a zip in a zip in the download
MAX_FILES = 400  # of one upload, after unpacking
MAX_UPLOAD = 256 << 20  # bytes of one upload, zips and what was in them
MOST_REFUSED = 8  # files of one zip that are named; of the others only their number is told
NOT_GRADED = ".not-graded"


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

    state: ChoiceState
    files: Mapping[str, bytes]
    notebook: str = ""
    notes: tuple[str, ...] = ()


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
        note = f"more than {MAX_FILES} files or {MAX_UPLOAD >> 20} MB, the rest not looked at"
        if reached and note not in self.notes:
            self.notes.append(note)
        return reached

    def add(self, name: str, data: bytes, depth: int) -> None:
        """Take a file in, and open it if it is a zip."""
        self.read += len(data)
        if name.casefold().endswith(".zip") or (data.startswith(b"PK\x03\x04") and is_called_notebook(name)):
            self._open(name, data, depth)
        else:
            self.files.append(File(name, data))

    def _open(self, name: str, data: bytes, depth: int) -> None:
        label = printable(name, 120)
        if depth >= DEPTH:
            self.notes.append(f"{label}: a zip in a zip in a zip, not opened")
            return
        try:
            archive = nested(data)
        except UnreadableError as error:
            self.notes.append(f"{label}: {error}")
            self.files.append(File(name, data))
            return
        self.notes += [f"{label}: {inner} refused ({why})" for inner, why in archive.refused[:MOST_REFUSED]]
        more = len(archive.refused) - MOST_REFUSED
        self.notes += [f"{label}: {more} more files refused"] if more > 0 else []
        self.notes += [f"{label}: {_count(archive.passed_over)} passed over"] if archive.passed_over else []
        if not archive.entries:
            self.files.append(File(name, data))  # kept, so that grading can name what was handed in
        for entry in archive.entries:
            if self.full:
                return
            try:
                self.add(f"{name}/{entry.path}", entry.read(), depth + 1)
            except UnreadableError as error:
                self.notes.append(f"{label}: {printable(entry.path)}: {error}")


def _count(names: Sequence[str]) -> str:
    return f"{len(names)} file{'s' if len(names) > 1 else ''} of an operating system or of Jupyter's autosave"


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
    return _sort_out(unpacked.files, unpacked.notes, recogniser)


def notebook_path(parts: Sequence[Part], notebook: str) -> str:
    """Where in the archive the notebook lay, alone or in a zip; empty if none of the files can be either."""
    bases = [(part.name.rpartition("/")[2], part.entry.path) for part in parts]
    alone = [path for base, path in bases if notebook and base == notebook]
    zipped = [path for base, path in bases if base.casefold().endswith(".zip")]
    return next(iter(alone + zipped), "")


# ---------------------------------------------------------------- which file is the notebook


def _sort_out(files: Sequence[File], notes: list[str], recogniser: Recogniser) -> Contents:
    """Take the notebook that counts; without one, keep what there is under names that are not graded."""
    choice = choose(files, recogniser)
    if choice.best is not None:
        return _with_notebook(choice, choice.best.file, files, notes, recogniser.unit)
    if choice.state == "other unit":
        return _of_another_unit(choice, files, notes, recogniser.unit)
    names = ", ".join(f"{printable(file.base, 60)}{file.kind}" for file in files[:5]) or "nothing"
    notes.append(f"no notebook; found {names}")
    return Contents("no notebook", _with_files({}, files, "", notes, keep_all=True), "", tuple(notes))


def _of_another_unit(choice: Choice, files: Sequence[File], notes: list[str], unit: str) -> Contents:
    """Keep notebooks of something else under names that are not graded."""
    for each in choice.candidates:
        other = each.recognised.other
        what = f"the notebook of unit {other}" if other else f"no cell of unit {unit} in it"
        notes.append(f"{printable(each.file.base, 120)}: {what}, not graded")
    taken = {f"{each.file.base}{NOT_GRADED}": each.file.data for each in choice.candidates}
    return Contents("other unit", _with_files(taken, files, "", notes), "", tuple(notes))


def _with_notebook(choice: Choice, best: File, files: Sequence[File], notes: list[str], unit: str) -> Contents:
    if choice.state == "unreadable" and choice.best is not None:
        notes.append(f"{printable(best.base, 120)}: {choice.best.recognised.trouble}")
    if best.base != f"{unit}.ipynb":
        notes.append(f"the notebook is called {printable(best.base, 120)}")
    if choice.state == "notebook" and choice.best is not None and not choice.best.recognised.answers:
        notes.append("nothing is answered in it")
    if best.folder:
        notes.append(f"found in {printable(best.folder, 120)}")
    notes += [f"{printable(file.name, 120)}: {what}, not graded" for file, what in choice.others]
    beside = [file for file in files if file is not best]
    taken = {f"{unit}.ipynb": best.data}
    return Contents(choice.state, _with_files(taken, beside, best.folder, notes), best.base, tuple(notes))


def _with_files(
    taken: dict[str, bytes], files: Sequence[File], folder: str, notes: list[str], *, keep_all: bool = False
) -> dict[str, bytes]:
    """Add the files that lie in the notebook's folder, within bounds, under names that can do no harm."""
    room, names = MAX_EXTRA_BYTES, {folded(name) for name in taken}
    for file in files:
        if is_called_notebook(file.name):
            continue
        label = printable(file.name, 120)
        if file.folder != folder and not keep_all:
            notes.append(f"{label}: in another folder than the notebook, not taken")
        elif (why := _unfit(file.base)) is not None:
            notes.append(f"{label}: {why}, not taken")
        elif folded(file.base) in names:
            notes.append(f"{label}: a second file of this name, not taken")
        elif len(file.data) > room or len(taken) > MAX_EXTRA_FILES:
            notes.append(f"{label}: too large or one file too many, not taken")
        else:
            taken[file.base] = file.data
            names.add(folded(file.base))
            room -= len(file.data)
    return taken


def _unfit(name: str) -> str | None:
    if folded(name) == TIMESTAMP:
        return "a name that the grader reserves"
    if name.startswith("."):
        return "a hidden file"
    if not name.isprintable():
        return "invisible characters in the name"
    return None
