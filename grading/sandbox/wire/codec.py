"""Bounded binary form of Python's plain values: one tag byte, then a payload.

Both sides of the wall use this module, so it imports the standard library only. Types are compared exactly
(``type(x) is float``): an instance of a subclass can lie about its value, so it is never written as its base class
but as an `Opaque` marker that holds nothing except the type's name. (What a named tuple holds is read without
asking it, and a fraction or a decimal, of exactly that type, is written as a float.)
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Hashable
from typing import Any, Final

from .plain import BOUNDS, Opaque, WireBounds, WireError, type_name, undressed

_LOOK_EVERY: Final = 1024
"""Elements between two looks at the clock."""
_COUNT: Final = struct.Struct("<I")
_HEAD: Final = struct.Struct("<cI")
_FLOAT: Final = struct.Struct("<cd")
_INTEGER: Final = struct.Struct("<cH")


class Encoded(bytes):
    """A value that has been encoded already; it is written as it is."""


class Encoder:
    """Appends values to ``out``; ``extension`` writes the types that this module does not know.

    With ``strict`` a value that is not plain raises `WireError`; without, it becomes an `Opaque` marker.
    """

    def __init__(
        self, extension: Callable[[Encoder, object], bool], *, strict: bool, bounds: WireBounds = BOUNDS
    ) -> None:
        self.out = bytearray()
        self.extension = extension
        self.strict = strict
        self.bounds = bounds
        self.elements = 0
        self.hashed = 0
        self.depth = 0
        self.closed = 0  # levels of keys, arrays and frames that this is in: no handle belongs there

    def raw(self, piece: bytes) -> None:
        """Append bytes as they are."""
        out = self.out
        if len(out) + len(piece) > self.bounds.size:
            raise WireError(f"the value is larger than {self.bounds.size} bytes")
        out += piece

    def head(self, tag: bytes, number: int) -> None:
        """Append a tag and a length."""
        self.raw(_HEAD.pack(tag, number))

    def text(self, value: str, tag: bytes = b"") -> None:
        """Append a string; a lone surrogate, which no file can hold, becomes a question mark."""
        data = value.encode("utf-8", "replace")
        self.raw(tag + _COUNT.pack(len(data)) + data)

    def value(self, value: object) -> None:
        """Append one value of any type."""
        self.elements += 1
        if self.elements > self.bounds.elements:
            raise WireError(f"the value holds more than {self.bounds.elements} elements")
        self.depth += 1
        if self.depth > self.bounds.depth:
            raise WireError(f"the value is nested deeper than {self.bounds.depth} levels")
        writer = _WRITERS.get(type(value))
        if writer is not None:
            writer(self, value)
        elif not self.extension(self, value):
            plain = None if self.strict else undressed(value)
            self.opaque(type_name(value)) if plain is None else _WRITERS[type(plain)](self, plain)
        self.depth -= 1

    def opaque(self, name: str) -> None:
        """Append the marker of a value that is not plain."""
        if self.strict:
            raise WireError(f"a value of type {name} is not plain data")
        self.text(name, b"O")

    def integer(self, value: int) -> None:
        """Append an integer of bounded size."""
        length = value.bit_length() // 8 + 1
        if length > self.bounds.int_bytes:
            raise WireError(f"an integer has more than {8 * self.bounds.int_bytes} bits")
        self.raw(_INTEGER.pack(b"i", length) + value.to_bytes(length, "little", signed=True))

    def items(self, value: list[Any] | tuple[Any, ...] | set[Any] | frozenset[Any]) -> None:
        """Append a container; a list of floats or of ints travels packed, being the commonest answer by far."""
        if self.elements + len(value) > self.bounds.elements:  # known before a second is spent on writing it
            raise WireError(f"the value holds more than {self.bounds.elements} elements")
        if type(value) is list and self._packed(value):
            return
        self.head(_TAG_OF[type(value)], len(value))
        put = self.key if isinstance(value, set | frozenset) else self.value
        for item in value:
            put(item)

    def _packed(self, value: list[Any]) -> bool:
        kinds = set(map(type, value))
        if len(kinds) != 1 or (packing := _PACKED.get(kinds.pop())) is None:
            return False
        tag, code = packing
        try:
            data = struct.pack(f"<{len(value)}{code}", *value)
        except struct.error:  # an integer beyond 64 bits
            return False
        self.elements += len(value)
        self.head(tag, len(value))
        self.raw(data)
        return True

    def mapping(self, value: dict[Any, Any]) -> None:
        """Append a dict in its own order."""
        self.head(b"d", len(value))
        for key, item in value.items():
            self.key(key)
            self.value(item)

    def key(self, value: object) -> None:
        """Append a dict's key or a set's item."""
        before = self.elements
        self.closed += 1
        self.value(value)
        self.closed -= 1
        if type(value) is not str:
            self.spend_keys(self.elements - before)

    def spend_keys(self, number: int) -> None:
        """Account for values that the reader will hash."""
        self.hashed += number
        _check_keys(self.hashed, self.bounds)


def _check_keys(number: int, bounds: WireBounds) -> None:
    if number > bounds.keys:
        raise WireError(f"more than {bounds.keys} keys, set items or labels that are no text")


_PACKED: Final = {float: (b"L", "d"), int: (b"J", "q")}
_TAG_OF: Final[dict[type, bytes]] = {list: b"l", tuple: b"t", set: b"S", frozenset: b"z"}


_WRITERS: Final[dict[type, Callable[[Encoder, Any], None]]] = {
    type(None): lambda encoder, value: encoder.raw(b"N"),
    bool: lambda encoder, value: encoder.raw(b"T" if value else b"F"),
    int: Encoder.integer,
    float: lambda encoder, value: encoder.raw(_FLOAT.pack(b"f", value)),
    complex: lambda encoder, value: encoder.raw(b"c" + struct.pack("<dd", value.real, value.imag)),
    str: lambda encoder, value: encoder.text(value, b"s"),
    bytes: lambda encoder, value: encoder.raw(_HEAD.pack(b"b", len(value)) + value),
    list: Encoder.items,
    tuple: Encoder.items,
    set: Encoder.items,
    frozenset: Encoder.items,
    dict: Encoder.mapping,
    Opaque: lambda encoder, value: encoder.opaque(value.type_name),
    Encoded: lambda encoder, value: encoder.raw(value),
}


class Decoder:
    """Reads values back; ``extension`` gives the reader for the tag of a type that this module does not know."""

    def __init__(
        self,
        data: bytes,
        extension: Callable[[bytes], Callable[[Decoder], Any] | None],
        *,
        bounds: WireBounds = BOUNDS,
        deadline: float | None = None,
    ) -> None:
        self.deadline = deadline
        self._look_at = 0  # elements after which to look at the clock, and at the bounds
        self.data = data
        self.position = 0
        self.extension = extension
        self.bounds = bounds
        self.elements = 0
        self.hashed = 0
        self.depth = 0
        self.closed = 0

    def raw(self, size: int) -> bytes:
        """Take the next ``size`` bytes."""
        start = self.position
        end = start + size
        if size < 0 or end > len(self.data):
            raise WireError("the message is cut short")
        self.position = end
        return self.data[start:end]

    def count(self) -> int:
        """Take a length, at most the bytes that are left since every item needs one."""
        number = int.from_bytes(self.raw(4), "little")
        if number > len(self.data) - self.position:
            raise WireError("a length exceeds the message")
        return number

    def text(self) -> str:
        """Take a string."""
        length = int.from_bytes(self.data[self.position : self.position + 4], "little")
        self.position += 4
        try:
            return self.raw(length).decode("utf-8")
        except UnicodeDecodeError as error:
            raise WireError("a string is not UTF-8") from error

    def spend(self, number: int) -> None:
        """Account for elements before they are made, and look at the clock now and then."""
        self.elements += number
        if self.elements < self._look_at:
            return
        if self.elements > self.bounds.elements:
            raise WireError(f"more than {self.bounds.elements} elements")
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise TimeoutError
        self._look_at = min(self.elements + _LOOK_EVERY, self.bounds.elements + 1)

    def spend_keys(self, number: int) -> None:
        """Account for values before they are hashed."""
        self.hashed += number
        _check_keys(self.hashed, self.bounds)

    def value(self) -> Any:
        """Take one value of any type."""
        self.elements += 1
        if self.elements >= self._look_at:
            self.spend(0)
        self.depth += 1
        if self.depth > self.bounds.depth:
            raise WireError(f"nested deeper than {self.bounds.depth} levels")
        tag = self.data[self.position : self.position + 1]
        self.position += 1
        reader = _READERS.get(tag) or self.extension(tag)
        if reader is None:
            raise WireError(f"unknown tag {tag!r}")
        value = reader(self)
        self.depth -= 1
        return value

    def integer(self) -> int:
        """Take an integer."""
        length = int.from_bytes(self.raw(2), "little")
        if length > self.bounds.int_bytes:
            raise WireError("an integer is too long")
        return int.from_bytes(self.raw(length), "little", signed=True)

    def items(self) -> list[Any]:
        """Take a container's items."""
        return [self.value() for _ in range(self.count())]

    def packed(self, code: str) -> list[Any]:
        """Take a packed list of numbers."""
        number = self.count()
        self.spend(number)
        return list(struct.unpack(f"<{number}{code}", self.raw(8 * number)))

    def key(self) -> Hashable:
        """Take a dict's key or a set's item."""
        if self.data[self.position : self.position + 1] == b"s":
            return self.value()  # type: ignore[no-any-return]
        before = self.elements
        self.closed += 1
        key = self.value()
        self.closed -= 1
        try:
            hash(key)
        except TypeError as error:
            raise WireError("a key is not hashable") from error
        if type(key) is complex or isinstance(key, Opaque):
            raise WireError("a key is not plain")
        self.spend_keys(self.elements - before)
        return key  # type: ignore[no-any-return]


_READERS: Final[dict[bytes, Callable[[Decoder], Any]]] = {
    b"N": lambda decoder: None,
    b"T": lambda decoder: True,
    b"F": lambda decoder: False,
    b"i": Decoder.integer,
    b"f": lambda decoder: struct.unpack("<d", decoder.raw(8))[0],
    b"c": lambda decoder: complex(*struct.unpack("<dd", decoder.raw(16))),
    b"s": Decoder.text,
    b"b": lambda decoder: decoder.raw(decoder.count()),
    b"l": Decoder.items,
    b"t": lambda decoder: tuple(decoder.items()),
    b"L": lambda decoder: decoder.packed("d"),
    b"J": lambda decoder: decoder.packed("q"),
    b"S": lambda decoder: {decoder.key() for _ in range(decoder.count())},
    b"z": lambda decoder: frozenset(decoder.key() for _ in range(decoder.count())),
    b"d": lambda decoder: {decoder.key(): decoder.value() for _ in range(decoder.count())},
    b"O": lambda decoder: Opaque(decoder.text()),
}
