"""The text in a file of any kind, as lines: code in web pages, strings of notebooks, files in archives."""

from __future__ import annotations

import bz2
import codecs
import gzip
import html
import io
import json
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

DEPTH = 3  # a zip in a zip in a zip
MOST_BYTES = 64 << 20
"""Of one file; what is larger is no text that people wrote."""
TOO_LARGE = "too large to be searched"
CLOSED = "an archive that cannot be opened and searched"
BROKEN = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError),
    *(NotImplementedError, RuntimeError, OSError, ValueError, EOFError),
)
PACKED: dict[bytes, Callable[[io.BytesIO], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
}
"""One file, packed, by how it begins."""
NEVER_OPENED = (b"Rar!\x1a", b"7z\xbc\xaf\x27", b"\x28\xb5\x2f\xfd")
"""How archives begin for which the standard library has no reader."""
BYTE_ORDER = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
READABLE = re.compile(rb"[\t\x20-\x7e\x80-\xff]{6,}")
READABLE_WIDE = re.compile(rb"(?:[\x20-\x7e]\0){6,}")


@dataclass(frozen=True)
class Leaf:
    """A file, or one in an archive; `why` says why it cannot be searched, if so."""

    name: str
    data: bytes = b""
    why: str = ""


def leaves(name: str, data: bytes, depth: int = DEPTH) -> Iterator[Leaf]:
    """A file by name, or each file in it if it is an archive."""
    if len(data) > MOST_BYTES or data.startswith(NEVER_OPENED):
        yield Leaf(name, why=TOO_LARGE if len(data) > MOST_BYTES else CLOSED)
        return
    packed = next((unpack for start, unpack in PACKED.items() if data.startswith(start)), None)
    if packed is None and not data.startswith(b"PK\x03\x04") and data[257:262] != b"ustar":
        yield Leaf(name, data)
        return
    if not depth:
        yield Leaf(name, why="an archive in archives, too deep to be searched")
        return
    try:
        if packed is not None:
            with packed(io.BytesIO(data)) as file:
                inner = file.read(MOST_BYTES + 1)
            yield from leaves(name, inner, depth - 1)
        elif data.startswith(b"PK"):
            yield from _in_zip(name, data, depth)
        else:
            yield from _in_tar(name, data, depth)
    except BROKEN:
        yield Leaf(name, why=CLOSED)


def _in_zip(name: str, data: bytes, depth: int) -> Iterator[Leaf]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in archive.infolist():
            inner = f"{name}/{entry.filename}"
            if entry.file_size > MOST_BYTES:
                yield Leaf(inner, why=TOO_LARGE)
            elif not entry.is_dir():
                yield from leaves(inner, archive.read(entry), depth - 1)


def _in_tar(name: str, data: bytes, depth: int) -> Iterator[Leaf]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for entry in archive:
            file = archive.extractfile(entry) if entry.isfile() else None
            if file is not None:
                yield from leaves(f"{name}/{entry.name}", file.read(), depth - 1)


def text_of(name: str, data: bytes) -> str:
    """A file's text, and beside it what a reader of its kind sees; of a binary file what can be read in it."""
    text = _decoded(data)
    ending = name.rpartition(".")[2].casefold()
    if ending in ("ipynb", "json"):
        try:
            return "\n".join(_strings(json.loads(text)))
        except (ValueError, RecursionError):
            return text
    if ending in ("html", "htm", "xml", "svg"):
        text = f"{text}\n{html.unescape(re.sub(r'<[^>]*>', '', text))}"
    return text.replace("\\n", "\n").replace('\\"', '"')


def _decoded(data: bytes) -> str:
    """Bytes as text in the encoding that they show; of other bytes what is readable, a line for each piece."""
    if data.startswith(b"\x93NUMPY"):
        try:
            return "\n".join(map(repr, np.load(io.BytesIO(data), allow_pickle=False).ravel().tolist()))
        except (ValueError, EOFError):
            pass
    encoding = next((name for mark, name in BYTE_ORDER if data.startswith(mark)), "")
    start = data[:4096]
    zeros = start[0::2].count(0), start[1::2].count(0)
    if not encoding and sum(zeros) > len(start) // 3 and min(zeros) == 0:
        encoding = "utf-16-be" if zeros[0] else "utf-16-le"
    if encoding or b"\0" not in data:
        return data.decode(encoding or "utf-8", "replace")
    wide = (piece.decode("utf-16-le") for piece in READABLE_WIDE.findall(data))
    return "\n".join([*(piece.decode("utf-8", "replace") for piece in READABLE.findall(data)), *wide])


def _strings(value: Any) -> Iterator[str]:
    """Each string in decoded JSON; a list of lines, as notebooks have them, in one piece; numbers as written."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        if value and all(isinstance(part, str) for part in value):
            yield "".join(value) if value[0].endswith("\n") else "\n".join(value)
        else:
            for part in value:
                yield from _strings(part)
    elif isinstance(value, dict):
        for key, part in value.items():
            yield str(key)
            yield from _strings(part)
    elif isinstance(value, float):
        yield repr(value)
