"""Handles on the wire: names of objects that stay on their side, where a message may hold them at all.

Messages hold none unless both sides give `encode_with` and `decode_with` a function that knows objects by number.
A handle is no key and no item of an array or frame: nothing hashes or compares what it stands for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from .codec import Decoder, Encoder
from .messages import read_extension, write_extension
from .plain import BOUNDS, NAME_LENGTH, WireBounds, WireError

TAG: Final = b"h"
KINDS: Final = ("object", "function", "class", "generator", "module", "callable", "iterator", "known", "yours")
"""What a handle may stand for; ``known`` is a library's, by its dotted name, ``yours`` is the reader's own."""


@dataclass(frozen=True)
class Handle:
    """The name of an object: its number on the side that keeps it, what it is, and its type's name."""

    number: int
    kind: str
    type_name: str = ""


def encode_with(
    value: object, refer: Callable[[object], Handle | None], *, strict: bool = False, bounds: WireBounds = BOUNDS
) -> bytes:
    """Return a value as bytes; what is not plain goes as the handle that ``refer`` gives, if it gives one.

    Raises
    ------
    WireError
        As `messages.encode` does, and for a handle where none may be.
    """

    def extension(encoder: Encoder, item: object) -> bool:
        encoder.closed += 1
        known = write_extension(encoder, item)
        encoder.closed -= 1
        handle = None if known else refer(item)
        if handle is None:
            return known
        if encoder.closed:
            raise WireError("a key, or an item of an array, is not plain data")
        encoder.raw(TAG + handle.number.to_bytes(4, "little") + bytes([KINDS.index(handle.kind)]))
        encoder.text(handle.type_name[:NAME_LENGTH])
        return True

    encoder = Encoder(extension, strict=strict, bounds=bounds)
    try:
        encoder.value(value)
    except RecursionError as error:
        raise WireError("the value is nested too deeply") from error
    return bytes(encoder.out)


def decode_with(data: bytes, referent: Callable[[Handle], Any], *, bounds: WireBounds = BOUNDS) -> Any:
    """Return the value that ``data`` stands for, with what ``referent`` gives in the place of each handle.

    Raises
    ------
    WireError
        As `messages.decode` does, and if ``referent`` raises it.
    """

    def handle(decoder: Decoder) -> Any:
        if decoder.closed:
            raise WireError("a handle is a key, or an item of an array")
        number, kind = int.from_bytes(decoder.raw(4), "little"), decoder.raw(1)[0]
        if kind >= len(KINDS):
            raise WireError("a handle is of no known kind")
        return referent(Handle(number, KINDS[kind], decoder.text()[:NAME_LENGTH]))

    def extension(tag: bytes) -> Callable[[Decoder], Any] | None:
        if tag == TAG:
            return handle
        reader = read_extension(tag)
        return None if reader is None else lambda decoder: _closed(decoder, reader)

    if len(data) > bounds.size:
        raise WireError(f"a message of {len(data)} bytes is larger than {bounds.size}")
    decoder = Decoder(data, extension, bounds=bounds)
    try:
        value = decoder.value()
    except WireError:
        raise
    except Exception as error:  # as in `messages.decode`
        raise WireError(f"malformed message: {type(error).__name__}") from error
    if decoder.position != len(data):
        raise WireError("a message has bytes left over")
    return value


def _closed(decoder: Decoder, reader: Callable[[Decoder], Any]) -> Any:
    decoder.closed += 1
    value = reader(decoder)
    decoder.closed -= 1
    return value
