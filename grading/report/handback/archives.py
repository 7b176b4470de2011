"""The zip that Moodle or Canvas takes back in one upload: each page where its student's files were."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from grading.report.handback.addresses import Address
from grading.report.handback.outgoing import Outgoing

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip can hold: the same pages give the same bytes."""


def moodle_zip(pages: Iterable[tuple[Outgoing, Address]]) -> bytes:
    """What Moodle's "Upload multiple feedback files in a zip" takes: a folder for each participant."""
    return _zip((address.name, out.html) for out, address in pages)


def canvas_zip(unit: str, pages: Iterable[tuple[Outgoing, Address]]) -> bytes:
    """What Canvas's "Upload Submissions" takes: each page under the name of the file that was handed in.

    Canvas shows it to the student under that file's name, whatever it is called in the zip, so it is made what the
    name says: a notebook for a notebook.
    """
    return _zip(
        (address.name, _as_kind(unit, out, Path(address.name).suffix.casefold())) for out, address in pages
    )


def _as_kind(unit: str, out: Outgoing, suffix: str) -> bytes:
    return KINDS[suffix](unit, out)


def _zip(files: Iterable[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, data in files:
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            made.writestr(entry, data)
    return buffer.getvalue()


def _notebook(unit: str, out: Outgoing) -> bytes:
    """The page's words as a notebook of prose: nothing in it runs, and no grader takes it for a submission."""
    first, *others = out.words
    texts = [f"# Feedback\n\n{_escaped(first)}", *map(_escaped, others)]
    cells = [
        {"cell_type": "markdown", "id": f"feedback-{number}", "metadata": {}, "source": text}
        for number, text in enumerate(texts)
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()


def _escaped(line: str) -> str:
    """A line that Markdown shows as it stands, its task set off."""
    task, colon, rest = line.partition(": ")
    return f"**{_plain(task)}{colon.strip()}** {_plain(rest)}" if colon else _plain(line)


def _plain(text: str) -> str:
    return re.sub(r"([\\`*_\[\]#$~|])", r"\\\1", html.escape(text, quote=False))


KINDS: Mapping[str, Callable[[str, Outgoing], bytes]] = {
    ".ipynb": _notebook,
    ".zip": lambda unit, out: _zip([(f"{unit}-feedback.html", out.html)]),
    ".html": lambda unit, out: out.html,
    ".htm": lambda unit, out: out.html,
    ".txt": lambda unit, out: as_text(out.words),
    ".md": lambda unit, out: as_text([_escaped(line) for line in out.words]),
}
"""What opens under a file name's ending."""


def as_text(lines: Sequence[str]) -> bytes:
    """Plain lines, an empty one between two."""
    return ("\n\n".join(lines) + "\n").encode()
