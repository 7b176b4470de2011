"""pandas Series, DataFrames and indexes on the wire, taken apart and put together again.

The sender makes arrays and strings of them and the receiver builds its own, so no object of the student's ever
arrives.
"""

from __future__ import annotations

import sys
from typing import Any, Final

import numpy as np

from .codec import Decoder, Encoder
from .plain import WireError

_LEVELS: Final = 16
_SMALL: Final = 1 << 62
_SPARSE: Final = 16
"""Labels are close together if one in so many of those possible is there."""
_COLUMNS: Final = 1000  # each is an object of a kilobyte, however short


def plain_column(values: Any) -> np.ndarray[Any, Any]:
    """Return the values of a Series or Index as a plain array; masked numbers become floats with NaN."""
    pandas = sys.modules["pandas"]
    dtype = values.dtype
    if isinstance(dtype, np.dtype):
        return np.asarray(values.to_numpy())
    if isinstance(dtype, pandas.DatetimeTZDtype):
        return np.asarray(values.array.tz_convert("UTC").tz_localize(None).to_numpy())
    if _is_text(dtype):
        return np.asarray(values.to_numpy(dtype=object, na_value=None))
    if isinstance(dtype, pandas.CategoricalDtype):
        return np.asarray(values.to_numpy())
    masked = getattr(dtype, "numpy_dtype", None)
    if masked is not None and dtype.kind in "biuf":
        if not values.isna().any():
            return np.asarray(values.to_numpy(dtype=masked))
        if dtype.kind != "b":
            return np.asarray(values.to_numpy(dtype=float, na_value=np.nan))
    return np.asarray(values.to_numpy(dtype=object))


def _is_text(dtype: object) -> bool:
    return isinstance(dtype, sys.modules["pandas"].StringDtype)


def _encode_column(encoder: Encoder, values: Any) -> None:
    encoder.raw(b"T" if _is_text(values.dtype) else b"F")
    encoder.value(plain_column(values))


def _encode_index(encoder: Encoder, index: Any) -> None:
    """Append an index: its levels' names, then its values (tuples where it has several levels)."""
    encoder.value(list(index.names))
    if index.nlevels > 1:
        encoder.raw(b"M")
        encoder.spend_keys(sum(_hashed(plain_column(level)) for level in index.levels))
        encoder.value([tuple(item) for item in index.tolist()])
    else:
        encoder.spend_keys(_hashed(plain_column(index)))
        _encode_column(encoder, index)


def _hashed(labels: Any) -> int:
    """Return how many of an index's labels count as keys, since pandas hashes them when they are looked up.

    Text is hashed with a secret. Integers and times that lie close together, evenly spaced or nearly so, leave
    nobody the choice of ones that collide.
    """
    kind = labels.dtype.kind
    if kind in "bUST":
        return 0
    if kind == "O":
        others = [item for item in labels.ravel().tolist() if type(item) not in (str, bytes, bool, type(None))]
        if not all(type(item) is int and abs(item) < _SMALL for item in others):
            return len(others)
        labels, kind = np.array(others, dtype=np.int64), "i"
    if kind not in "iuMm" or labels.size == 0:
        return int(labels.size)
    numbers = labels.astype(np.int64).ravel()
    numbers = numbers[np.abs(numbers) < _SMALL]  # not what stands for no time
    if numbers.size == 0:
        return int(labels.size)
    above = numbers - numbers.min()
    step = max(1, int(np.gcd.reduce(above)))
    close = int(above.max()) // step < _SPARSE * numbers.size + _SPARSE
    return 0 if close else int(labels.size)


def encode_series(encoder: Encoder, series: Any) -> None:
    """Append a Series: its name, its index, its values."""
    encoder.raw(b"R")
    encoder.value(series.name)
    _encode_index(encoder, series.index)
    _encode_column(encoder, series)


def encode_frame(encoder: Encoder, frame: Any) -> None:
    """Append a DataFrame: its columns' names, its index, each column's values."""
    encoder.raw(b"D")
    _encode_index(encoder, frame.columns)
    _encode_index(encoder, frame.index)
    for number in range(frame.shape[1]):
        _encode_column(encoder, frame.iloc[:, number])


def _decode_column(decoder: Decoder) -> Any:
    """Take a column: an array of one dimension, or pandas' own strings."""
    import pandas as pd

    is_text = decoder.raw(1) == b"T"
    values = decoder.value()
    if type(values) is not np.ndarray or values.ndim != 1:
        raise WireError("a column is not an array of one dimension")
    if is_text:
        if not all(item is None or type(item) is str for item in values):
            raise WireError("a text column holds something else")
        return pd.array(values.tolist(), dtype=pd.StringDtype(na_value=np.nan))
    return values


def _decode_index(decoder: Decoder) -> Any:
    import pandas as pd

    names = decoder.value()
    if type(names) is not list or len(names) > _LEVELS:
        raise WireError("an index has no list of names, or too many")
    if decoder.data[decoder.position : decoder.position + 1] == b"M":
        decoder.raw(1)
        return _decode_levels(decoder, names)
    if len(names) != 1:
        raise WireError("an index has several names")
    values = _decode_column(decoder)
    decoder.spend_keys(_hashed(values) if type(values) is np.ndarray else 0)
    dtype = object if type(values) is np.ndarray and values.dtype == object else None
    return pd.Index(values, dtype=dtype, name=names[0], tupleize_cols=False)


def _decode_levels(decoder: Decoder, names: list[Any]) -> Any:
    """Take an index of several levels, without hashing its labels."""
    import pandas as pd

    if decoder.raw(1) != b"l":
        raise WireError("an index of several levels has no rows")
    levels = [_Level() for _ in names]
    for _ in range(decoder.count()):
        if decoder.raw(1) != b"t" or decoder.count() != len(names):
            raise WireError("an index of several levels is malformed")
        for level in levels:
            level.take(decoder)
    labels, codes = zip(*(level.sorted() for level in levels), strict=True)
    indexes = [pd.Index(label, tupleize_cols=False) for label in labels]
    decoder.spend_keys(sum(_hashed(plain_column(index)) for index in indexes))
    return pd.MultiIndex(levels=indexes, codes=list(codes), names=names, verify_integrity=False)


class _Level:
    """One level of an index: its labels, each once, and each row's place among them; equal have equal bytes."""

    def __init__(self) -> None:
        self.seen: dict[bytes, int] = {}
        self.labels: list[Any] = []
        self.codes: list[int] = []

    def take(self, decoder: Decoder) -> None:
        """Take the label of the next row; None and NaN are no labels."""
        start = decoder.position
        label = decoder.value()
        if label is None or (type(label) is float and label != label):
            self.codes.append(-1)
            return
        code = self.seen.setdefault(decoder.data[start : decoder.position], len(self.labels))
        if code == len(self.labels):
            self.labels.append(label)
        self.codes.append(code)

    def sorted(self) -> tuple[list[Any], list[int]]:
        """Return the labels in ascending order, as pandas would have them, and the codes."""
        order = _order(self.labels)
        rank = {code: place for place, code in enumerate(order)} | {-1: -1}
        return [self.labels[code] for code in order], [rank[code] for code in self.codes]


def _order(labels: list[Any]) -> list[int]:
    """Return the places of labels in ascending order; as they came, where they have none."""
    try:
        return sorted(range(len(labels)), key=labels.__getitem__)
    except (TypeError, ValueError):
        return list(range(len(labels)))


def decode_series(decoder: Decoder) -> Any:
    """Take a Series."""
    import pandas as pd

    name = decoder.value()
    index = _decode_index(decoder)
    values = _decode_column(decoder)
    return _series(pd, values, index, name)


def _series(pandas: Any, values: Any, index: Any, name: Any = None) -> Any:
    if len(values) != len(index):
        raise WireError("a series and its index differ in length")
    dtype = values.dtype if type(values) is np.ndarray and values.dtype.kind in "OM" else None
    return pandas.Series(values, index=index, name=name, dtype=dtype)


def decode_frame(decoder: Decoder) -> Any:
    """Take a DataFrame."""
    import pandas as pd

    columns = _decode_index(decoder)
    index = _decode_index(decoder)
    if len(columns) > _COLUMNS:
        raise WireError(f"a frame has more than {_COLUMNS} columns")
    parts = {number: _series(pd, _decode_column(decoder), index) for number in range(len(columns))}
    frame = pd.DataFrame(parts, index=index)
    frame.columns = columns  # set last: names may repeat
    return frame
