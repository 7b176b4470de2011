"""Read what a student handed in: any bytes become a list of cells, or a `MalformedError` that says why not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grading.oddities import Oddity

TIMESTAMP = "timestamp.txt"
# nbgrader writes them; they are no part of the student's work
EXCHANGE_FILES = (TIMESTAMP, "submission_secret.txt")
MAX_NOTEBOOK_BYTES = 64 << 20
MAX_PARTS = 2_000_000  # lists and records of a notebook; each takes 20 times its text in memory
MAX_ITEMS = 2_500_000  # items of lists and fields of records, by their commas; each may take 200 bytes in memory
MAX_EXTRA_BYTES = 8 << 20
MAX_EXTRA_FILES = 40
MAX_FOLDERS = 20


class MalformedError(Exception):
    """The submission cannot be read as a notebook; the text says what it is instead."""


@dataclass(frozen=True)
class Cell:
    """One cell of a submitted notebook, reduced to what can matter."""

    kind: str  # "code", "markdown" or "raw"
    source: str
    grade_id: str | None = None
    cell_id: str | None = None
    attachments: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Submission:
    """One student's files for one unit, as bytes."""

    student: str
    notebook_name: str | None
    notebook: bytes | None
    files: Mapping[str, bytes] = field(default_factory=dict)
    oddities: tuple[Oddity, ...] = ()


def read_folder(folder: Path, student: str, unit: str) -> Submission:
    """Read ``submitted/<student>/<unit>/``: the notebook, and small files that it may import or read.

    Links, devices, and files that cannot be read or have names of no known encoding are left out and reported.
    """
    if folder.is_symlink() or folder.parent.is_symlink():
        return Submission(student, None, None, oddities=(Oddity("linked folder"),))
    oddities: list[Oddity] = []
    paths = _handed_in(folder, oddities)
    notebooks = [path for path in paths if _is_notebook(path)]
    chosen = _choose(notebooks, unit, oddities)
    others = [path for path in paths if path not in notebooks and path.name not in EXCHANGE_FILES]
    files = _small_files(folder if chosen is None else chosen.parent, others, oddities)
    if chosen is None:
        names = ", ".join(path.name for path in paths[:5])
        oddities.append(Oddity("no notebook" if names else "no file", f"{unit}.ipynb", names))
        return Submission(student, None, None, oddities=tuple(oddities))
    notebook = _notebook_bytes(chosen, oddities)
    return Submission(student, chosen.name, notebook, files, tuple(oddities))


def _handed_in(folder: Path, oddities: list[Oddity]) -> list[Path]:
    """Files of a submission; one folder deeper too where an archive was unpacked into a folder of its own."""
    paths = _readable_files(folder, oddities)
    if any(map(_is_notebook, paths)):
        return paths
    deeper = _files_in_folders(folder, oddities)
    notebooks = [path for path in deeper if _is_notebook(path)]
    oddities += [Oddity("one folder deeper", f"{path.parent.name}/{path.name}") for path in notebooks]
    return paths + deeper


def _notebook_bytes(path: Path, oddities: list[Oddity]) -> bytes | None:
    """The chosen notebook; None, and the reason among the oddities, if it is too large or cannot be read."""
    try:
        megabytes = path.stat().st_size >> 20
        if megabytes < MAX_NOTEBOOK_BYTES >> 20:
            return path.read_bytes()
        size = f"{megabytes} MB, more than {MAX_NOTEBOOK_BYTES >> 20} MB"
        oddities.append(Oddity("large notebook", path.name, size))
    except OSError as error:
        oddities.append(Oddity("unreadable file", path.name, str(error.strerror)))
    return None


def _files_in_folders(folder: Path, oddities: list[Oddity]) -> list[Path]:
    return [path for inner in _folders(folder) for path in _readable_files(inner, oddities)]


def _readable_files(folder: Path, oddities: list[Oddity]) -> list[Path]:
    try:
        return [path for path in sorted(folder.iterdir()) if _readable(path, oddities)]
    except OSError as error:
        oddities.append(Oddity("unreadable file", f"{folder.name}/", str(error.strerror)))
        return []


def _folders(folder: Path) -> list[Path]:
    """Folders in a folder, without links and what file managers and Jupyter leave behind."""
    try:
        inner = [path for path in sorted(folder.iterdir()) if path.is_dir() and not path.is_symlink()]
    except OSError:  # _readable_files() has reported it already
        return []
    return [p for p in inner if not p.name.startswith((".", "__")) and p.name.isprintable()][:MAX_FOLDERS]


def _is_notebook(path: Path) -> bool:
    # some browsers append .txt or .json when saving
    return path.name.lower().endswith((".ipynb", ".ipynb.txt", ".ipynb.json"))


def _readable(path: Path, oddities: list[Oddity]) -> bool:
    """Whether a path is an ordinary file with an ordinary name; folders are passed over."""
    name = path.name.encode("utf-8", "backslashreplace").decode("utf-8")
    if name.startswith("."):  # file managers leave hidden files behind; macOS "._shrinkage.ipynb"
        return False
    if path.is_symlink():
        oddities.append(Oddity("link", name))
    elif name != path.name or not name.isprintable():
        oddities.append(Oddity("odd file name", name))
    elif not path.is_file() and not path.is_dir():
        oddities.append(Oddity("no ordinary file", name))
    else:
        return path.is_file()
    return False


def _choose(notebooks: list[Path], unit: str, oddities: list[Oddity]) -> Path | None:
    """The notebook to grade: the one with the unit's name, else the only one that can be meant."""
    chosen = next((path for path in notebooks if path.name == f"{unit}.ipynb"), None)
    if chosen is None:
        likely = [path for path in notebooks if unit in path.stem] or notebooks
        if len(likely) == 1:
            chosen = likely[0]
            oddities.append(Oddity("other name", chosen.name, f"{unit}.ipynb"))
    if chosen is not None:
        oddities += [Oddity("second notebook", path.name) for path in notebooks if path != chosen]
    return chosen


def _small_files(base: Path, others: Iterable[Path], oddities: list[Oddity]) -> dict[str, bytes]:
    """Contents of other small files, and of those in folders of `base`, by the path that a notebook there uses."""
    files: dict[str, bytes] = {}
    room = MAX_EXTRA_BYTES
    for path in dict.fromkeys([*others, *_files_in_folders(base, oddities)]):
        try:
            if len(files) >= MAX_EXTRA_FILES or path.stat().st_size > room:
                oddities.append(Oddity("file left out", path.name))
                continue
            data = path.read_bytes()
            room -= len(data)
            files[path.relative_to(base).as_posix() if path.is_relative_to(base) else path.name] = data
        except OSError as error:
            oddities.append(Oddity("unreadable file", path.name, str(error.strerror)))
    return files


def read_cells(data: bytes) -> list[Cell]:
    """Cells of a notebook file of nbformat 3 or 4, in order; whatever is not a cell is left out."""
    notebook = _parse(data)
    if isinstance(notebook.get("cells"), list):
        raw = notebook["cells"]
    elif isinstance(notebook.get("worksheets"), list):  # nbformat 3 and older
        sheets = [sheet for sheet in notebook["worksheets"] if isinstance(sheet, dict)]
        raw = [cell for sheet in sheets for cell in _list(sheet.get("cells"))]
    else:
        raise MalformedError("JSON, but not a notebook: it has no list of cells")
    return [_cell(entry) for entry in raw if isinstance(entry, dict)]


def _parse(data: bytes) -> dict[str, Any]:
    if not data.strip():
        raise MalformedError("an empty file")
    if data.startswith(b"%PDF"):
        raise MalformedError("a PDF, not a notebook")
    if data.startswith(b"PK"):
        raise MalformedError("a zip or office file, not a notebook")
    if data.count(b"{") + data.count(b"[") > MAX_PARTS:
        raise MalformedError(f"more than {MAX_PARTS} lists and records, not a notebook that anybody wrote")
    if data.count(b",") > MAX_ITEMS:
        raise MalformedError(f"more than {MAX_ITEMS} items, not a notebook that anybody wrote")
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        notebook = json.loads(data.decode(encoding))
    except UnicodeDecodeError as error:
        raise MalformedError(f"not text: byte {error.start} is not UTF-8") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        hint = " (cut off?)" if error.pos >= len(error.doc.rstrip()) - 1 else ""
        raise MalformedError(f"not JSON: {error.msg} at {where}{hint}") from None
    except (RecursionError, ValueError) as error:
        raise MalformedError(f"not readable as JSON: {type(error).__name__}") from None
    if not isinstance(notebook, dict):
        raise MalformedError(f"JSON, but a {type(notebook).__name__} instead of a notebook")
    return notebook


def _cell(entry: Mapping[str, Any]) -> Cell:
    metadata = entry.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    kind, attachments = entry.get("cell_type"), entry.get("attachments")
    return Cell(
        kind=kind if kind in ("code", "markdown") else "raw",
        source=_text(entry.get("source", entry.get("input", ""))),
        grade_id=grade_id if isinstance(grade_id, str) else None,
        cell_id=entry.get("id") if isinstance(entry.get("id"), str) else None,
        attachments=attachments if isinstance(attachments, dict) else {},
    )


def _text(value: Any) -> str:
    """A cell's source, which may be a string or a list of lines; Windows line ends and lone surrogates mended."""
    text = "".join(part for part in value if isinstance(part, str)) if isinstance(value, list) else value
    if not isinstance(text, str):
        return ""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.encode("utf-8", "replace").decode("utf-8")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
