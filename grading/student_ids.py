"""Which ids a student can have: an id names a folder, stands in pages and tables, and is typed into a terminal."""

from __future__ import annotations

LONGEST = 128
RULE = "it names a folder: use letters, digits, - . _ @, and begin with a letter or digit"
"""What an error says after naming an id that cannot be."""
_FORBIDDEN = set('<>&"`\\/')
_NO_BEGINNING = ".'-=+@"
"""Hidden files, options of commands, formulas of spreadsheets."""


def harmless_id(student: str) -> bool:
    """Whether an id can name a folder and stand in a page, a table and a terminal; any letters will do."""
    return (
        0 < len(student) <= LONGEST
        and student.isprintable()
        and not set(student) & _FORBIDDEN
        and student[0] not in _NO_BEGINNING
        and student == student.strip()
        and len(student.encode()) <= 200  # a file system's name has 255 bytes
    )
