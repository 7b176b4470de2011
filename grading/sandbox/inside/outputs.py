"""Collects what a cell shows, in nbformat's shape and within bounds, from IPython's hooks and the text streams."""

from __future__ import annotations

import base64
import io
import json
import os
import sys
from typing import Any, Final

from ..wire.plain import CELL_OUTPUTS, TRACEBACK_LINES

CELL_TEXT: Final = 1 << 20
CELL_RICH: Final = 8 << 20
STRAY_TEXT: Final = 1 << 16
_CUT: Final = "\n[the rest of this cell's output was cut: too long]\n"


class Collector:
    """The outputs of the running cell; text and rich output have budgets, drawn from one for the session."""

    def __init__(self) -> None:
        self.session_left = CELL_TEXT + CELL_RICH
        self._items: list[dict[str, Any]] = []
        self._shown: dict[str, dict[str, Any]] = {}
        self._text_left = self._rich_left = 0
        self._clear_next = False
        self._stray = -1
        self.start()

    def start(self) -> None:
        """Begin a cell."""
        self._items, self._shown = [], {}
        self._text_left = min(CELL_TEXT, self.session_left)
        self._rich_left = min(CELL_RICH, self.session_left)
        self._clear_next = False

    def capture_descriptors(self, scratch: str) -> None:
        """Send what C code writes on descriptors 1 and 2 to a nameless file on the size-limited scratch folder."""
        path = os.path.join(scratch, ".stray")
        stray = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        os.unlink(path)
        os.dup2(stray, 1)
        os.dup2(stray, 2)
        self._stray = stray

    def take(self) -> list[dict[str, Any]]:
        """End the cell and return its outputs."""
        self._collect_stray()
        items = self._items
        for item in items:
            if "pieces" in item:
                item["text"] = "".join(item.pop("pieces"))
        self.start()
        return items

    def _collect_stray(self) -> None:
        try:
            size = os.lseek(self._stray, 0, os.SEEK_END)
            if size:
                text = os.pread(self._stray, STRAY_TEXT, 0).decode("utf-8", "replace")
                os.ftruncate(self._stray, 0)
                self.text("stdout", text)
        except OSError:  # the cell closed every descriptor: there is nothing to collect
            self._stray = -1

    def _before(self) -> bool:
        if self._clear_next:
            self._items.clear()
            self._clear_next = False
        return len(self._items) < CELL_OUTPUTS

    def _spend(self, size: int) -> None:
        self.session_left -= size

    def text(self, name: str, text: str) -> None:
        """Append to a stream, up to the cell's budget."""
        if self._text_left <= 0 or not text or not self._before():
            return
        if len(text) > self._text_left:
            text = text[: self._text_left] + _CUT
        self._text_left -= len(text)
        self._spend(len(text))
        if self._items and self._items[-1].get("name") == name:
            self._items[-1]["pieces"].append(text)
        else:
            self._items.append({"output_type": "stream", "name": name, "pieces": [text]})

    def rich(
        self,
        kind: str,
        data: dict[str, Any],
        *,
        count: int | None = None,
        key: str | None = None,
        update: bool = False,
    ) -> None:
        """Append a display or a result; with ``update``, replace the display of the same key in this cell."""
        bundle = {mime: text for mime, value in data.items() if (text := _as_text(mime, value)) is not None}
        size = sum(map(len, bundle.values()))
        if size > self._rich_left:
            self.text("stderr", "[an output of this cell was dropped: too large]\n")
            return
        if not self._before():
            return
        self._rich_left -= size
        self._spend(size)
        if update:
            if key in self._shown:
                self._shown[key]["data"] = bundle
            return
        item: dict[str, Any] = {"output_type": kind, "data": bundle, "metadata": {}}
        if kind == "execute_result":
            item["execution_count"] = count
        if key is not None:
            self._shown[key] = item
        self._items.append(item)

    def error(self, name: str, message: str, lines: list[str]) -> None:
        """Append an error with its traceback."""
        if not self._before():
            self._items.pop()  # the error says more than the last of two thousand outputs
        room, kept = min(CELL_TEXT, max(self.session_left, 1 << 16)), []
        for line in lines[:TRACEBACK_LINES]:
            kept.append(line[:room])
            room -= len(kept[-1])
        self._spend(sum(map(len, kept)))
        self._items.append(
            {"output_type": "error", "ename": name[:200], "evalue": message[:5000], "traceback": kept}
        )

    def error_unless_shown(self, name: str, message: str) -> None:
        """Append an error that IPython has only printed, such as that there is no such magic, or passed over."""
        if not any(item["output_type"] == "error" for item in self._items):
            self.error(name, message, [f"{name}: {message}"])

    def clear(self, wait: bool) -> None:
        """Forget the cell's outputs, at once or when the next one comes."""
        if wait:
            self._clear_next = True
        else:
            self._items.clear()


def _as_text(mime: object, value: object) -> str | None:
    if type(mime) is not str:
        return None
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, str):
        return str(value)
    try:
        return json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return None


class Stream(io.TextIOBase):
    """A text stream whose text goes to the collector."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, collector: Collector, name: str, descriptor: int) -> None:
        self._collector, self._name, self._descriptor = collector, name, descriptor

    @property
    def name(self) -> str:
        """The stream's name in tracebacks."""
        return f"<{self._name}>"

    def writable(self) -> bool:
        """Say that text can be written."""
        return True

    def fileno(self) -> int:
        """Return the descriptor of the process's own stream."""
        return self._descriptor

    def write(self, text: str) -> int:
        """Collect text."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._collector.text(self._name, text)
        return len(text)


def redirect(collector: Collector) -> None:
    """Point sys.stdout and sys.stderr at the collector."""
    sys.stdout = Stream(collector, "stdout", 1)
    sys.stderr = Stream(collector, "stderr", 2)
