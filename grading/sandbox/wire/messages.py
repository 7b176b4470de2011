"""Messages over a socket: a length, then one plain value. No pickle, no code, no objects.

Used on both sides of the wall. What the trusted side reads may have been written by a student's program, so
`decode` answers any bytes with a value within its bounds or with `WireError`.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable
from typing import Any, Final

from .codec import Decoder, Encoder
from .plain import BOUNDS, Opaque, WireBounds, WireError

__all__ = ["BOUNDS", "Opaque", "WireBounds", "WireError", "decode", "encode", "receive", "send", "send_bytes"]

_LENGTH: Final = struct.Struct("<I")
_CHUNK: Final = 1 << 20


def write_extension(encoder: Encoder, value: object) -> bool:
    """Append a value of NumPy's or pandas' types; return False for any other type."""
    from . import arrays  # here: the control messages of a process that only tries its walls need no NumPy

    return arrays.encode_extension(encoder, value)


def read_extension(tag: bytes) -> Callable[[Decoder], Any] | None:
    """The reader of a tag of NumPy's or pandas' types."""
    from . import arrays

    return arrays.DECODERS.get(tag)


def encode(value: object, *, strict: bool = False, bounds: WireBounds = BOUNDS) -> bytes:
    """Return a plain value as bytes.

    Parameters
    ----------
    value : object
        None, bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset, NumPy array or scalar,
        pandas Series or DataFrame, of exactly these types.
    strict : bool
        Refuse a value that is not plain instead of sending an `Opaque` marker in its place.
    bounds : WireBounds
        Limits of size, depth and number of elements.

    Raises
    ------
    WireError
        If the value exceeds the bounds, or is not plain and ``strict`` is set.
    """
    encoder = Encoder(write_extension, strict=strict, bounds=bounds)
    try:
        encoder.value(value)
    except RecursionError as error:
        raise WireError("the value is nested too deeply") from error
    return bytes(encoder.out)


def decode(data: bytes, *, bounds: WireBounds = BOUNDS, deadline: float | None = None) -> Any:
    """Return the value that ``data`` stands for.

    Raises
    ------
    WireError
        For every malformed or oversized input, and only that.
    TimeoutError
        If it is not decoded by the deadline, on the monotonic clock.
    """
    if len(data) > bounds.size:
        raise WireError(f"a message of {len(data)} bytes is larger than {bounds.size}")
    decoder = Decoder(data, read_extension, bounds=bounds, deadline=deadline)
    try:
        value = decoder.value()
    except (WireError, TimeoutError):
        raise
    except Exception as error:  # pandas may refuse an odd index in ways of its own; the sender is to blame for all
        raise WireError(f"malformed message: {type(error).__name__}") from error
    if decoder.position != len(data):
        raise WireError("a message has bytes left over")
    return value


def send(connection: socket.socket, value: object, *, strict: bool = False, deadline: float | None = None) -> None:
    """Send one value; ``deadline`` is on the monotonic clock, and passing it raises TimeoutError."""
    send_bytes(connection, encode(value, strict=strict), deadline=deadline)


def send_bytes(connection: socket.socket, payload: bytes, *, deadline: float | None = None) -> None:
    """Send a value that is encoded already."""
    view = memoryview(_LENGTH.pack(len(payload)) + payload)
    while view:
        _await(connection, deadline)
        view = view[connection.send(view[:_CHUNK]) :]


def receive(connection: socket.socket, *, deadline: float | None = None, bounds: WireBounds = BOUNDS) -> Any:
    """Receive one value.

    Raises
    ------
    EOFError
        If the other side has closed the connection.
    TimeoutError
        If the message is not complete, and decoded, by the deadline.
    WireError
        If it is malformed or exceeds the bounds.
    """
    (size,) = _LENGTH.unpack(_exactly(connection, _LENGTH.size, deadline))
    if size > bounds.size:
        raise WireError(f"a message of {size} bytes is larger than {bounds.size}")
    return decode(_exactly(connection, size, deadline), bounds=bounds, deadline=deadline)


def _await(connection: socket.socket, deadline: float | None) -> None:
    if deadline is None:
        return
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    connection.settimeout(left)


def _exactly(connection: socket.socket, size: int, deadline: float | None) -> bytes:
    pieces, missing = [], size
    while missing:
        _await(connection, deadline)
        piece = connection.recv(min(missing, _CHUNK))
        if not piece:
            raise EOFError
        pieces.append(piece)
        missing -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
