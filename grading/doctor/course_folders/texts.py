"""The text in a file of any kind, as lines: code in web pages, strings of notebooks, files in a zip."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any

DEPTH = 3  # a zip in a zip in a zip
MOST_BYTES = 64 << 20
"""Of one file; what is larger is no text that people wrote."""


def leaves(name: str, data: bytes, depth: int = DEPTH) -> Iterator[tuple[str, bytes]]:
    """A file by name, or each file in it if it is a zip."""
    if not (data.startswith(b"PK\x03\x04") and depth):
        yield name, data
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry in archive.infolist():
                if not entry.is_dir() and entry.file_size <= MOST_BYTES:
                    yield from leaves(f"{name}/{entry.filename}", archive.read(entry), depth - 1)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError):
        return


def text_of(name: str, data: bytes) -> str:
    """A file's text, and beside it what a reader of its kind sees; none of a binary file."""
    if len(data) > MOST_BYTES or b"\0" in data[:4096]:
        return ""
    text = data.decode("utf-8", "replace")
    ending = name.rpartition(".")[2].casefold()
    if ending in ("ipynb", "json"):
        try:
            return "\n".join(_strings(json.loads(text)))
        except (ValueError, RecursionError):
            return text
    if ending in ("html", "htm", "xml", "svg"):
        text = f"{text}\n{html.unescape(re.sub(r'<[^>]*>', '', text))}"
    return text.replace("\\n", "\n").replace('\\"', '"')


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
