"""Cells of a submitted notebook, reduced to what can matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from grading.submission.parse import MalformedError, parse


@dataclass(frozen=True)
class Cell:
    """One cell of a submitted notebook, reduced to what can matter."""

    kind: str  # "code", "markdown" or "raw"
    source: str
    grade_id: str | None = None
    cell_id: str | None = None
    attachments: Mapping[str, Any] = field(default_factory=dict, compare=False)


def read_cells(data: bytes) -> list[Cell]:
    """Cells of a notebook file of nbformat 3 or 4, in order; whatever is not a cell is left out."""
    notebook = parse(data)
    if isinstance(notebook.get("cells"), list):
        raw = notebook["cells"]
    elif isinstance(notebook.get("worksheets"), list):  # nbformat 3 and older
        sheets = [sheet for sheet in notebook["worksheets"] if isinstance(sheet, dict)]
        raw = [cell for sheet in sheets for cell in _list(sheet.get("cells"))]
    else:
        raise MalformedError(_other_json(notebook))
    return [_cell(entry) for entry in raw if isinstance(entry, dict)]


def _other_json(found: Mapping[str, Any]) -> str:
    if "doc_id" in found or str(found.get("url")).startswith(("http://", "https://")):
        return "a link to a file in a web storage, not the file itself; download the notebook and hand that in"
    return "JSON, but not a notebook: it has no list of cells"


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
