"""Text of a student's, made safe for a terminal, a table and a message."""

from __future__ import annotations


def printable(text: str, length: int = 300) -> str:
    """Text of a student's that is safe to print: no line ends or control characters, not too long."""
    visible = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[: length + 1])
    return visible if len(visible) <= length else visible[:length] + "..."
