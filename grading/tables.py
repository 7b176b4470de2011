"""Delimited text: one that another program wrote, read and changed cell by cell, or a new one.

Of another program's file every byte stays as it was but for the cells that are changed.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grading.errors import CourseError

MAX_BYTES = 64 << 20
DELIMITERS = ",;\t"
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_NO_TEXT = ((b"PK\x03\x04", "an Excel workbook or zip"), (b"\xd0\xcf\x11\xe0", "an old Excel workbook"))


@dataclass
class Row:
    """One record: its fields as they stand in the file, quotes included, and what ended it."""

    line: int
    raw: list[str]
    end: str

    def __getitem__(self, column: int) -> str:
        """The text of a field; empty where the record is too short."""
        return _unquoted(self.raw[column]) if column < len(self.raw) else ""

    @property
    def values(self) -> list[str]:
        """The text of every field."""
        return [_unquoted(field) for field in self.raw]

    @property
    def empty(self) -> bool:
        """Whether no field says anything."""
        return not any(value.strip() for value in self.values)


@dataclass
class Table:
    """A file of delimited text.

    Parameters
    ----------
    name : str
        The file, for messages.
    encoding, bom, delimiter : str, bytes, str
        As found.
    rows : list of Row
        All records, the header first.
    before : str
        A line ``sep=;`` that Excel writes before the header.
    guessed : bool
        Whether the encoding had to be guessed (Windows-1252).
    """

    name: str
    encoding: str
    bom: bytes
    delimiter: str
    rows: list[Row] = field(default_factory=list)
    before: str = ""
    guessed: bool = False

    @property
    def header(self) -> Row:
        """The first record."""
        return self.rows[0]

    def put(self, row: Row, column: int, text: str) -> None:
        """Set a field; it is quoted if it was, or if it has to be."""
        row.raw += [""] * (column + 1 - len(row.raw))
        text = text.encode(self.encoding, "replace").decode(self.encoding)
        quoted = row.raw[column].startswith('"') or any(c in text for c in f'"{self.delimiter}\r\n')
        row.raw[column] = '"' + text.replace('"', '""') + '"' if quoted else text

    def data(self) -> bytes:
        """The whole file."""
        text = self.before + "".join(self.delimiter.join(row.raw) + row.end for row in self.rows)
        return self.bom + text.encode(self.encoding)


def read_table(path: Path) -> Table:
    """Read a CSV or tab-separated file in UTF-8, UTF-16 or Windows-1252, delimited by comma, semicolon or tab.

    Raises
    ------
    CourseError
        If the file is missing, empty, no text, or a quote in it is not closed.
    """
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= MAX_BYTES else b""
    except FileNotFoundError:
        raise CourseError(f"{path}: no such file; is the path right?") from None
    except OSError as error:
        raise CourseError(f"{path}: cannot be read ({error.strerror})") from None
    if size > MAX_BYTES:
        raise CourseError(f"{path}: {size >> 20} MB, no table of a class; give the CSV file itself")
    return parse_table(data, str(path))


def parse_table(data: bytes, name: str) -> Table:
    """The table that a file's bytes hold; see `read_table`."""
    encoding, bom, guessed = _encoding(data, name)
    text = data[len(bom) :].decode(encoding)
    if not text.strip(" \r\n\t,;"):
        raise CourseError(f"{name}: line 1: the file is empty; export it again")
    if "\0" in text:
        raise CourseError(f"{name}: not a text file; save it as CSV (UTF-8)")
    before = re.match(r"sep=([,;\t])\r?\n", text)
    start = before.end() if before else 0
    delimiter = before[1] if before else _delimiter(text)
    table = Table(name, encoding, bom, delimiter, before=text[:start], guessed=guessed)
    table.rows = _records(text, start, delimiter, name, 2 if before else 1)
    return table


def _encoding(data: bytes, name: str) -> tuple[str, bytes, bool]:
    """Encoding, byte order mark, and whether the encoding is a guess."""
    for start, what in _NO_TEXT:
        if data.startswith(start):
            raise CourseError(f"{name}: {what}, not text; save it as CSV (UTF-8)")
    bom, encoding = next(((bom, name) for bom, name in _BOMS if data.startswith(bom)), (b"", ""))
    if not encoding and len(data) > 3 and 0 in data[:4]:
        encoding = "utf-16-le" if data[1] == 0 else "utf-16-be"
    for candidate in [encoding] if encoding else ["utf-8", "cp1252"]:
        try:
            data[len(bom) :].decode(candidate)
            return candidate, bom, candidate == "cp1252"
        except UnicodeDecodeError as error:
            line = data[: len(bom) + error.start].count(b"\n") + 1
    raise CourseError(
        f"{name}: line {line}: text in an unknown encoding, neither UTF-8, UTF-16 nor Windows-1252; "
        "save it as CSV (UTF-8)"
    )


def _delimiter(text: str) -> str:
    """The delimiter that the header has most of, outside quotes."""
    bare = re.sub(r'"[^"]*+"', "", text.lstrip("\r\n").splitlines()[0])
    return max(DELIMITERS, key=bare.count)


def _records(text: str, start: int, delimiter: str, name: str, line: int) -> list[Row]:
    token = re.compile(
        rf'("(?:[^"]++|"")*+"[^{re.escape(delimiter)}\r\n]*+|[^{re.escape(delimiter)}\r\n]*+)'
        rf"({re.escape(delimiter)}|\r\n|\n|\r|\Z)"
    )
    rows: list[Row] = []
    fields: list[str] = []
    begun = line
    position = start
    while position < len(text) or fields:
        match = token.match(text, position)
        if match is None or (match[1].startswith('"') and not _closed(match[1])):
            raise CourseError(f"{name}: line {line}: a quote is opened and not closed; export the file again")
        fields.append(match[1])
        line += len(re.findall(r"\r\n|\n|\r", match[0]))
        position = match.end()
        if match[2] != delimiter:
            rows.append(Row(begun, fields, match[2]))
            fields, begun = [], line
    return rows


def _closed(raw: str) -> bool:
    return len(raw) > 1 and '"' in raw[1:] and raw.count('"') % 2 == 0


def _unquoted(raw: str) -> str:
    if not raw.startswith('"'):
        return raw
    end = raw.rindex('"')
    return raw[1:end].replace('""', '"') + raw[end + 1 :]


def harmless_cell(text: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


Value = str | float | int | None


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Value]]) -> str:
    """A new table as CSV; None is empty, and no text is taken for a formula."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(header)
    table.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: Value) -> str:
    if value is None:
        return ""
    return harmless_cell(value) if isinstance(value, str) else f"{value:.10g}"


def find_column(header: Sequence[str], *names: str) -> int | None:
    """Position of the first column that has one of the names, whatever its case; names are tried in order."""
    squeezed = [simple(title) for title in header]
    return next((squeezed.index(simple(name)) for name in names if simple(name) in squeezed), None)


def simple(title: str) -> str:
    """A column's title without case, underscores and repeated spaces."""
    return " ".join(title.replace("_", " ").casefold().split())
