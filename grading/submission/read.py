"""Read what a student handed in: the notebook, chosen by its content, and the small files beside it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grading.oddities import Oddity
from grading.submission.cells import Cell, read_cells
from grading.submission.choose import File, choose, is_called_notebook, likely
from grading.submission.parse import MalformedError
from grading.submission.recogniser import Recogniser

__all__ = ["Cell", "MalformedError", "Submission", "read_cells", "read_folder"]

TIMESTAMP = "timestamp.txt"
# nbgrader writes them; they are no part of the student's work
EXCHANGE_FILES = (TIMESTAMP, "submission_secret.txt")
MAX_NOTEBOOK_BYTES = 64 << 20
TOO_LARGE = f"more than {MAX_NOTEBOOK_BYTES >> 20} MB"
MAX_LOOKED_FILES = 400  # as many as of an upload that is collected
MAX_LOOKED_BYTES = 256 << 20
MOST_NAMED = 20  # notebooks that do not count
MAX_EXTRA_BYTES = 8 << 20
MAX_EXTRA_FILES = 40
MAX_FOLDERS = 20
MAX_DEPTH = 5  # folders within each other, such as the path on a hub that a zip has kept


@dataclass(frozen=True)
class Submission:
    """One student's files for one unit, as bytes."""

    student: str
    notebook_name: str | None
    notebook: bytes | None
    files: Mapping[str, bytes] = field(default_factory=dict)
    oddities: tuple[Oddity, ...] = ()


def read_folder(folder: Path, student: str, recogniser: Recogniser) -> Submission:
    """Read ``submitted/<student>/<unit>/``: the notebook, and small files that it may import or read.

    The notebook is the one that `choose` takes, of those in the folder and in folders below it. Links, devices,
    and files that cannot be read or have names of no known encoding are left out and reported.
    """
    unit = recogniser.unit
    if folder.is_symlink() or folder.parent.is_symlink():
        return Submission(student, None, None, oddities=(Oddity("linked folder"),))
    oddities: list[Oddity] = []
    paths = _readable_files(folder, oddities)
    deeper = _files_in_folders(folder, oddities)
    choice = choose(_files(folder, [*paths, *deeper], unit, oddities), recogniser)
    for file, what in choice.others[:MOST_NAMED]:
        oddities.append(Oddity("other notebook", file.name, what))
    best = None if choice.best is None else choice.best.file
    base = folder if best is None else folder / best.folder
    beside = [path for path in paths if best is None or path != folder / best.name]
    extra = _small_files(base, beside, best, oddities)
    if best is None:
        left = _not_nbgraders([*paths, *deeper]) or _hidden(folder)
        names = ", ".join(map(_described, left[:5]))
        oddities.append(Oddity("no notebook" if names else "no file", f"{unit}.ipynb", names))
        return Submission(student, None, None, oddities=tuple(oddities))
    if best.folder:
        oddities.append(Oddity("one folder deeper", best.name))
    if best.base != f"{unit}.ipynb":
        oddities.append(Oddity("other name", best.base, f"{unit}.ipynb"))
    if best.trouble:
        oddities.append(Oddity("malformed notebook", best.base, best.trouble))
        return Submission(student, best.base, None, extra, tuple(oddities))
    return Submission(student, best.base, best.data, extra, tuple(oddities))


def _files(folder: Path, paths: Sequence[Path], unit: str, oddities: list[Oddity]) -> Iterator[File]:
    """Files that may be the notebook, the likely ones first, as many as can be looked at."""
    names = {path.relative_to(folder).as_posix(): path for path in paths if path.name not in EXCHANGE_FILES}
    room, left_out = MAX_LOOKED_BYTES, 0
    for number, name in enumerate(sorted(names, key=lambda name: likely(name, unit), reverse=True)):
        called = is_called_notebook(name)
        if number >= MAX_LOOKED_FILES or room < 0:
            left_out += called
            continue
        file = _file(name, names[name])
        room -= len(file.data)
        if file.trouble == TOO_LARGE and not called:
            continue  # data that is left out, and reported, with the small files
        yield file
    if left_out:
        oddities.append(Oddity("notebooks not looked at", f"{MAX_LOOKED_FILES}", str(left_out)))


def _file(name: str, path: Path) -> File:
    try:
        size = path.stat().st_size
        if size > MAX_NOTEBOOK_BYTES:
            return File(name, b"", TOO_LARGE)
        return File(name, path.read_bytes())
    except OSError as error:
        return File(name, b"", f"cannot be read ({error.strerror})")


def _not_nbgraders(paths: Sequence[Path]) -> list[Path]:
    """Files without those that nbgrader, or `collect`, writes beside a student's."""
    return [path for path in paths if path.name not in EXCHANGE_FILES]


def _hidden(folder: Path) -> list[Path]:
    """Hidden files that are called after a notebook, such as the stand-in for one that only a cloud has."""
    try:
        return [path for path in sorted(folder.glob(".*")) if ".ipynb" in path.name and path.is_file()]
    except OSError:
        return []


def _described(path: Path) -> str:
    """A file's name, and what it is if its first bytes tell."""
    try:
        with path.open("rb") as file:
            return f"{path.name}{File(path.name, file.read(4096)).kind}"
    except OSError:
        return path.name


def _files_in_folders(folder: Path, oddities: list[Oddity]) -> list[Path]:
    return [path for inner in _folders(folder) for path in _readable_files(inner, oddities)]


def _readable_files(folder: Path, oddities: list[Oddity]) -> list[Path]:
    try:
        return [path for path in sorted(folder.iterdir()) if _readable(path, oddities)]
    except OSError as error:
        oddities.append(Oddity("unreadable file", f"{folder.name}/", str(error.strerror)))
        return []


def _folders(folder: Path) -> list[Path]:
    """Folders in a folder and in each other, the least deep first."""
    found: list[Path] = []
    level = [folder]
    for _ in range(MAX_DEPTH):
        level = [inner for each in level for inner in _folders_in(each)][: MAX_FOLDERS - len(found)]
        found += level
    return found


def _folders_in(folder: Path) -> list[Path]:
    """Folders in a folder, without links and what file managers and Jupyter leave behind."""
    try:
        inner = [path for path in sorted(folder.iterdir()) if path.is_dir() and not path.is_symlink()]
    except OSError:  # _readable_files() has reported it already
        return []
    return [path for path in inner if not path.name.startswith((".", "__")) and _ordinary(path.name)]


def _ordinary(name: str) -> bool:
    """Whether a name has no control characters; spaces of every width are no reason against it."""
    return all(letter.isprintable() or unicodedata.category(letter) == "Zs" for letter in name)


def _readable(path: Path, oddities: list[Oddity]) -> bool:
    """Whether a path is an ordinary file with an ordinary name; folders are passed over."""
    name = path.name.encode("utf-8", "backslashreplace").decode("utf-8")
    if name.startswith("."):  # file managers leave hidden files behind; macOS "._shrinkage.ipynb"
        return False
    if path.is_symlink():
        oddities.append(Oddity("link", name))
    elif name != path.name or not _ordinary(name):
        oddities.append(Oddity("odd file name", name))
    elif not path.is_file() and not path.is_dir():
        oddities.append(Oddity("no ordinary file", name))
    else:
        return path.is_file()
    return False


def _small_files(
    base: Path, beside: Sequence[Path], notebook: File | None, oddities: list[Oddity]
) -> dict[str, bytes]:
    """Contents of other small files, and of those in folders of `base`, by the path that a notebook there uses."""
    files: dict[str, bytes] = {}
    room = MAX_EXTRA_BYTES
    for path in dict.fromkeys([*beside, *_readable_files(base, []), *_files_in_folders(base, [])]):
        if is_called_notebook(path.name) or path.name in EXCHANGE_FILES:
            continue
        name = path.relative_to(base).as_posix() if path.is_relative_to(base) else path.name
        if notebook is not None and name == notebook.base:
            continue
        try:
            if len(files) >= MAX_EXTRA_FILES or path.stat().st_size > room:
                oddities.append(Oddity("file left out", path.name))
                continue
            files[name] = path.read_bytes()
            room -= len(files[name])
        except OSError as error:
            oddities.append(Oddity("unreadable file", path.name, str(error.strerror)))
    return files
