"""Text of a student's, made safe for a terminal, a table and a message."""

from __future__ import annotations

from collections.abc import Iterable


def printable(text: str, length: int = 300) -> str:
    """Text of a student's that is safe to print: no line ends or control characters, not too long."""
    visible = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[: length + 1])
    return visible if len(visible) <= length else visible[:length] + "..."


def printable_notes(notes: Iterable[str], *, most: int, length: int = 300) -> tuple[str, ...]:
    """Notes that are safe to print, each once; of those after the first `most` only how many there are."""
    distinct = list(dict.fromkeys(printable(note, length) for note in notes))
    more = [f"and {len(distinct) - most} more"] if len(distinct) > most else []
    return (*distinct[:most], *more)


def listed(names: Iterable[str], most: int = 8) -> str:
    """Names in a row; of those after the first `most` only how many there are."""
    names = list(names)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def counted(number: float, one: str, more: str = "") -> str:
    """A number with its noun: "1 page", "2 pages"; `more` is the plural where an s does not make it."""
    return f"{number:.10g} {one if number == 1 else more or f'{one}s'}"
