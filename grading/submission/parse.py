"""Any bytes become the JSON object that they are meant to be, or a `MalformedError` that says what they are."""

from __future__ import annotations

import json
import re
from typing import Any, Final

MAX_PARTS = 2_000_000  # lists and records of a notebook; each takes 20 times its text in memory
MAX_ITEMS = 2_500_000  # items of lists and fields of records, by their commas; each may take 200 bytes in memory
MAX_TOKENS = 6_000_000  # strings and brackets that are passed over one by one

_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_TOKENS = re.compile(rf"{_STRING.pattern}|[\[\]{{}}]", re.DOTALL)
_OUTPUTS = '"outputs"'
_FILLING = "\0\x1a"  # what file systems and old editors leave behind a text's end
_CONFLICT = tuple(re.compile(pattern, re.MULTILINE) for pattern in ("^<{7} ", "^={7}\r?$", "^>{7} "))

_ARCHIVE: Final = "not a notebook; hand in the notebook itself"
_MAGIC: Final = (
    (b"%PDF", "a PDF, not a notebook"),
    (b"PK\x03\x04", "a zip or office file, not a notebook"),
    (b"PK", "a zip or office file, not a notebook"),
    (b"\x1f\x8b", f"a gzip archive, {_ARCHIVE}"),
    (b"Rar!", f"a RAR archive, {_ARCHIVE}"),
    (b"7z\xbc\xaf\x27\x1c", f"a 7z archive, {_ARCHIVE}"),
    (b"BZh", f"a bzip2 archive, {_ARCHIVE}"),
    (b"\xfd7zXZ", f"an xz archive, {_ARCHIVE}"),
    (b"\xd0\xcf\x11\xe0", "an office file, not a notebook"),
    (b"\x89PNG", "a picture, not a notebook"),
    (b"\xff\xd8\xff", "a picture, not a notebook"),
    (b"{\\rtf", "a text processor's file, not a notebook"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "a shortcut to a file, not the file itself"),
    (b"book\x00\x00\x00\x00mark", "a shortcut to a file, not the file itself"),
    (b"bplist00", "a shortcut or a settings file of macOS, not a notebook"),
)
_SHORTCUT: Final = "a shortcut to a page or file, not the notebook itself"
_TEXTS: Final = (
    (re.compile(r"\[InternetShortcut\]|\[Desktop Entry\]", re.IGNORECASE), _SHORTCUT),
    (re.compile(r"<\?xml[^>]*>\s*<!DOCTYPE plist", re.IGNORECASE), _SHORTCUT),
    (re.compile(r"<!DOCTYPE html|<html|<head", re.IGNORECASE), "a web page, not a notebook"),
    (re.compile(r"<[?!A-Za-z]"), "an XML or HTML file, not a notebook"),
    (re.compile(r"version https://git-lfs"), "a pointer of Git LFS, not the file that it stands for"),
)


class MalformedError(Exception):
    """The submission cannot be read as a notebook; the text says what it is instead."""


def parse(data: bytes) -> dict[str, Any]:
    """The JSON object in a file; saved outputs may be left out of it.

    Time and memory are bounded, in proportion to the file.

    Raises
    ------
    MalformedError
        If there is none.
    """
    if not data.strip():
        raise MalformedError("an empty file")
    if what := kind_by_first_bytes(data):
        raise MalformedError(what)
    text = _bounded(_text(data).rstrip(_FILLING))
    try:
        # whole numbers stay text: Python refuses to convert one of more than 4300 digits, and none is needed
        notebook = json.loads(text, parse_int=str)
    except json.JSONDecodeError as error:
        raise MalformedError(_why_not_json(text, error)) from None
    except RecursionError:
        raise MalformedError("not readable as JSON: nested too deeply for a notebook") from None
    if not isinstance(notebook, dict):
        raise MalformedError(f"JSON, but a {type(notebook).__name__} instead of a notebook")
    return notebook


def kind_by_first_bytes(data: bytes) -> str:
    """What a file is if its first bytes tell; empty if they do not."""
    if not data[:4096].strip(b"\0"):
        return "nothing but zero bytes: it was not saved or copied completely"
    return next((what for magic, what in _MAGIC if data.startswith(magic)), "")


def kind_of_text(text: str) -> str:
    """What a text that is no JSON is if its beginning tells; empty if it does not."""
    start = text[:2000].lstrip()
    return next((what for pattern, what in _TEXTS if pattern.match(start)), "")


def _text(data: bytes) -> str:
    encoding = json.detect_encoding(data)  # UTF-8, 16 or 32, with or without a byte order mark
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if data.lstrip().startswith(b"{") and b'"cell_type"' in data:  # an editor saved it in Windows' encoding
            return data.decode("cp1252", "replace")
        name = "UTF-8" if encoding.startswith("utf-8") else encoding.upper()
        raise MalformedError(f"not text: byte {error.start} is not {name}") from None


def _why_not_json(text: str, error: json.JSONDecodeError) -> str:
    if line := _conflict(text):
        return (
            f"an unresolved merge conflict of git, from line {line} on; "
            "keep one side, take the marks <<<<<<<, =======, >>>>>>> out, and hand it in again"
        )
    if what := kind_of_text(text):
        return what
    at_end = error.pos >= len(error.doc.rstrip()) - 1 and not error.msg.startswith("Extra data")
    hint = " (cut off?)" if at_end or error.msg.startswith("Unterminated string") else ""
    return f"not JSON: {error.msg.removesuffix(' at')} at line {error.lineno}, column {error.colno}{hint}"


def _conflict(text: str) -> int:
    """The line on which git's marks of a conflict begin; 0 if they do not stand there one after the other."""
    begins, end = -1, 0
    for mark in _CONFLICT:
        found = mark.search(text, end)
        if found is None:
            return 0
        begins, end = begins if begins >= 0 else found.start(), found.end()
    return text.count("\n", 0, begins) + 1


def _bounded(text: str) -> str:
    """The text; without saved outputs if it has so many commas or brackets that it could be large in memory."""
    if not _too_much_of(text):
        return text
    kept, start = [], 0
    for opening, closing in _saved_outputs(text):
        kept += [text[start:opening], "\n" * text.count("\n", opening, closing)]  # lines keep their numbers
        start = closing
    text = "".join([*kept, text[start:]])
    if _too_much_of(text) and (much := _too_much_of(_STRING.sub("", text))):
        raise MalformedError(f"{much} beside its outputs, not a notebook that anybody wrote")
    return text


def _too_much_of(text: str) -> str:
    """What there is more of than a notebook may have; counts in strings, too, if there are any."""
    if text.count("{") + text.count("[") > MAX_PARTS:
        return f"more than {MAX_PARTS} lists and records"
    return f"more than {MAX_ITEMS} items" if text.count(",") > MAX_ITEMS else ""


def _saved_outputs(text: str) -> list[tuple[int, int]]:
    """Where the lists under the name ``outputs`` begin and end; lists of this name within them are theirs."""
    found: list[tuple[int, int]] = []
    depth = begun = 0
    around: int | None = None  # the depth around the outputs that are passed over
    named = -1  # where the name ended to which the next token belongs
    for number, token in enumerate(_TOKENS.finditer(text)):
        if number > MAX_TOKENS:
            raise MalformedError(f"more than {MAX_TOKENS} strings, lists and records, too much for a notebook")
        mark = text[token.start()]
        if mark in "[{":
            if mark == "[" and named >= 0 and text[named : token.start()].strip() == ":":
                around, begun = depth, token.end()
            depth += 1
        elif mark in "]}":
            depth -= 1
            if depth == around:
                found.append((begun, token.start()))
                around = None
        named = token.end() if around is None and token[0] == _OUTPUTS else -1
    if around is not None:
        raise MalformedError("not JSON: it ends within the saved outputs of a cell (cut off?)")
    return found
