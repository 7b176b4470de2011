"""What may cross the wall: the bounds of a message, and the marker for a value that is not plain data."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, Final, cast


class WireError(Exception):
    """The bytes or the value cannot cross the wall: malformed, too large, too deep, or not plain data."""


@dataclass(frozen=True)
class WireBounds:
    """What one message may hold; the decoder enforces it against any bytes."""

    size: int = 32 << 20
    """Bytes in a message."""
    depth: int = 32
    elements: int = 1_000_000
    """Values in all, counting every item of every container."""
    keys: int = 4096
    """Values that are hashed and are no text, in all, with what they hold: keys, set items, labels of an index.
    Ones chosen to collide make building a dict or set quadratic. (Text is hashed with a secret of this process.)
    """
    int_bytes: int = 512
    dimensions: int = 16


BOUNDS: Final = WireBounds()
ANSWER: Final = WireBounds(size=4 << 20, elements=50_000)
"""Of one answer to a call: the grader holds those of all cases of a check at once."""
NAME_LENGTH: Final = 200


class Opaque:
    """Stands for a value that is not plain data; equal to nothing, not even to itself."""

    __slots__ = ("type_name",)
    __hash__ = object.__hash__
    __array_ufunc__ = None  # NumPy then leaves ==, + and the rest to this class instead of looping over it

    def __init__(self, type_name: str) -> None:
        self.type_name = type_name[:NAME_LENGTH]

    def __eq__(self, other: object) -> bool:
        return False

    def __ne__(self, other: object) -> bool:
        return True

    def __bool__(self) -> bool:
        raise TypeError(f"{self!r} is neither true nor false")

    def __repr__(self) -> str:
        return f"<not plain data: {self.type_name}>"


def type_name(value: object) -> str:
    """Return the name of a value's type; a student's metaclass may refuse to tell it."""
    try:
        name = type.__getattribute__(type(value), "__name__")
    except Exception:
        return "?"
    return name[:NAME_LENGTH] if type(name) is str else "?"


_EXACT: Final = (("fractions", "Fraction"), ("decimal", "Decimal"))


def undressed(value: object) -> tuple[object, ...] | float | None:
    """What a named tuple holds, a fraction or decimal as a float, without asking a student's method; else None."""
    parents = type.__getattribute__(type(value), "__mro__")
    if tuple in parents and any("_fields" in type.__getattribute__(one, "__dict__") for one in parents):
        return tuple(tuple.__iter__(cast("tuple[object, ...]", value)))
    if any(type(value) is getattr(sys.modules.get(home), name, None) for home, name in _EXACT):
        try:
            return float(cast(Any, value))
        except (OverflowError, ValueError):
            return None  # no float is as large, or it is Decimal's signalling NaN
    return None


CELL_OUTPUTS: Final = 2000


TRACEBACK_LINES: Final = 200
