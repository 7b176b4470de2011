"""Which ids a student can have: an id names a folder, stands in pages and tables, and is typed into a terminal."""

from __future__ import annotations


def harmless(student: str) -> bool:
    """Whether an id can stand in a page, a table and a terminal: any letters, no markup, no control codes."""
    return student.isprintable() and len(student) <= 128 and not set(student) & set('<>&"`\\')


FORBIDDEN = set('<>&"`\\/')


def harmless_id(student: str) -> bool:
    """Whether an id can name a folder and stand in a page, a table and a terminal."""
    return (
        0 < len(student) <= 128
        and student.isprintable()
        and not set(student) & FORBIDDEN
        and student[0] not in ".'-=+@"
        and student == student.strip()
        and len(student.encode()) <= 200
    )
