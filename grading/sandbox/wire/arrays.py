"""NumPy arrays and scalars on the wire, rebuilt from plain parts only; and which other types `frames` takes apart.

A dtype is named by a short code that must match an allow-list.
"""

from __future__ import annotations

import math
import re
import struct
import sys
from collections.abc import Callable
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any, Final

import numpy as np

from . import frames
from .codec import Decoder, Encoder
from .plain import WireError, type_name

# Little-endian only (the sender converts). No 'O' or 'V': they hold pointers. No long double: its size varies, and
# the sender rounds it to double precision.
_WIDEST: Final = {"f": 8, "c": 16}
_SCALARS: Final = frozenset(np.sctypeDict.values())
_CODE: Final = re.compile(
    r"(\|b1|\|[iu]1|<[iu][248]|<f[248]|<c(8|16)|\|S[0-9]{1,6}|<[Mm]8(\[(Y|M|W|D|h|m|s|ms|us|ns)\])?)"
)


@lru_cache(64)
def _code(dtype: np.dtype[Any]) -> str | None:
    """Return the wire's name of a dtype, or None if it is not allowed to travel."""
    if type(dtype).__module__ != "numpy.dtypes" or dtype.fields is not None:
        return None
    if dtype.kind in "fc":
        dtype = np.dtype(f"{dtype.kind}{min(dtype.itemsize, _WIDEST[dtype.kind])}")
    code = dtype.newbyteorder("<").str
    return code if _CODE.fullmatch(code) else None


def _shape(encoder: Encoder, shape: tuple[int, ...]) -> bytes:
    if len(shape) > encoder.bounds.dimensions:
        raise WireError(f"an array has more than {encoder.bounds.dimensions} dimensions")
    return struct.pack(f"<B{len(shape)}Q", len(shape), *shape)


def _encode_array(encoder: Encoder, array: np.ndarray[Any, Any]) -> None:
    code = _code(array.dtype)
    if code is not None:
        if array.nbytes > encoder.bounds.size:  # before tobytes: a broadcast view can be larger than memory
            raise WireError(f"an array is larger than {encoder.bounds.size} bytes")
        encoder.text(code, b"a")
        encoder.raw(_shape(encoder, array.shape) + array.astype(code, copy=False).tobytes())
    elif array.dtype.kind in "OUT":
        if array.size > encoder.bounds.elements:
            raise WireError(f"an array holds more than {encoder.bounds.elements} elements")
        items = array.ravel().tolist()
        if array.dtype.kind != "O" and all(type(item) is str for item in items):
            lengths = struct.pack(f"<{len(items)}I", *map(len, items))
            encoder.raw(b"U" + _shape(encoder, array.shape) + lengths)
            encoder.text("".join(items))
            return
        encoder.raw(b"o" + _shape(encoder, array.shape))
        for item in items:
            encoder.value(item)
    else:
        encoder.opaque(f"ndarray of {array.dtype.name}")


def _encode_scalar(encoder: Encoder, scalar: np.generic) -> None:
    if type(scalar) is np.str_:
        encoder.text(str.__str__(scalar), b"w")
        return
    code = _code(scalar.dtype)
    if code is None:
        encoder.opaque(type_name(scalar))
        return
    encoder.text(code, b"g")
    data = np.asarray(scalar).astype(code, copy=False).tobytes()
    encoder.raw(struct.pack("<I", len(data)) + data)


def _is_numpy_scalar(value: object) -> bool:
    """Whether the type is one of NumPy's own: a subclass of np.float64 is a student's class."""
    return type(value).__module__ == "numpy" and type(value) in _SCALARS


def encode_extension(encoder: Encoder, value: object) -> bool:
    """Append a value of NumPy's or pandas' types; return False for any other type."""
    kind = type(value)
    if kind is np.ndarray:
        _encode_array(encoder, value)  # type: ignore[arg-type]
        return True
    if _is_numpy_scalar(value):
        _encode_scalar(encoder, value)  # type: ignore[arg-type]
        return True
    pandas = sys.modules.get("pandas")  # a process that has not imported pandas holds no frame
    if pandas is None:
        return False
    if kind is pandas.Series:
        frames.encode_series(encoder, value)
        return True
    if kind is pandas.DataFrame:
        frames.encode_frame(encoder, value)
        return True
    own_array = kind in (pandas.Index, pandas.RangeIndex, pandas.CategoricalIndex, pandas.Categorical)
    if own_array or getattr(pandas.arrays, type_name(value), None) is kind:  # what .unique() and .values give
        encoder.value(frames.plain_column(value))
        return True
    if kind is pandas.Timestamp and value.tz is None:  # type: ignore[attr-defined]
        _encode_scalar(encoder, value.to_datetime64())  # type: ignore[attr-defined]
        return True
    return False


def _decode_shape(decoder: Decoder) -> tuple[tuple[int, ...], int]:
    """Take a shape; return it with its number of elements, computed in Python's integers (no overflow)."""
    dimensions = decoder.raw(1)[0]
    if dimensions > decoder.bounds.dimensions:
        raise WireError("an array has too many dimensions")
    shape = tuple(int.from_bytes(decoder.raw(8), "little") for _ in range(dimensions))
    # a shape such as (0, 10**18) has no data, so the size check below would pass
    if math.prod(max(1, length) for length in shape) > decoder.bounds.size:
        raise WireError("an array's shape is too large")
    return shape, math.prod(shape)


def _dtype(decoder: Decoder) -> np.dtype[Any]:
    return _named(decoder.text())


@lru_cache(64)
def _named(code: str) -> np.dtype[Any]:
    if not _CODE.fullmatch(code):
        raise WireError("an array's dtype is not allowed")
    return np.dtype(code)


def _from_bytes(data: bytes, dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    if dtype.itemsize == 0:
        raise WireError("an array's items have no size")
    if dtype.kind == "b":  # any byte but 0 and 1 in a boolean array is undefined behaviour in C
        return np.asarray(np.frombuffer(data, np.uint8) != 0)
    return np.frombuffer(data, dtype).copy()


def _decode_array(decoder: Decoder) -> np.ndarray[Any, Any]:
    dtype = _dtype(decoder)
    shape, size = _decode_shape(decoder)
    array = _from_bytes(decoder.raw(size * dtype.itemsize), dtype)
    return _reshape(array, shape)


def _reshape(array: np.ndarray[Any, Any], shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    try:
        return array.reshape(shape)
    except ValueError as error:
        raise WireError("an array's shape is impossible") from error


def _decode_objects(decoder: Decoder) -> np.ndarray[Any, Any]:
    shape, size = _decode_shape(decoder)
    if size > len(decoder.data):
        raise WireError("an array exceeds the message")
    array = np.empty(size, dtype=object)
    for number in range(size):
        array[number] = decoder.value()
    return _reshape(array, shape)


def _decode_strings(decoder: Decoder) -> np.ndarray[Any, Any]:
    """Take the strings' lengths, then all of them as one."""
    shape, size = _decode_shape(decoder)
    decoder.spend(min(size, len(decoder.data)))
    lengths = struct.unpack(f"<{size}I", decoder.raw(4 * size))
    if max(lengths, default=0) * size > decoder.bounds.size:  # one long string would widen every other
        raise WireError("a string array is too large")
    text, ends = decoder.text(), list(accumulate(lengths, initial=0))
    if ends[-1] != len(text):
        raise WireError("the strings of an array and their lengths differ")
    items = [text[start:end] for start, end in pairwise(ends)]
    return _reshape(np.array(items, dtype=np.str_), shape)


def _decode_scalar(decoder: Decoder) -> Any:
    dtype = _dtype(decoder)
    data = decoder.raw(decoder.count())
    if len(data) != dtype.itemsize:
        raise WireError("a scalar has the wrong size")
    return _from_bytes(data, dtype)[0]


DECODERS: Final[dict[bytes, Callable[[Decoder], Any]]] = {
    b"a": _decode_array,
    b"o": _decode_objects,
    b"U": _decode_strings,
    b"g": _decode_scalar,
    b"w": lambda decoder: np.str_(decoder.text()),
    b"R": frames.decode_series,
    b"D": frames.decode_frame,
}
