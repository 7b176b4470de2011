"""A right answer's results as students spoil them, and as they hand them over otherwise: tried on every check.

What is spoiled must not earn everything, if it differs from the truth at all; what is only dressed otherwise must.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

Change = Callable[[Any], Any]


class UnchangedError(Exception):
    """The change says nothing about results of this kind."""


def _parts(value: Any, change: Change) -> Any:
    """Change each thing that was returned."""
    return tuple(change(part) for part in value) if isinstance(value, tuple) else change(value)


def _numbers(change: Callable[[Any], Any]) -> Change:
    """Change numbers wherever they stand; text and truth values stay."""

    def of(value: Any) -> Any:
        array = np.asarray(value)
        if array.dtype.kind not in "iuf":
            return value
        with np.errstate(all="ignore"):
            changed = np.asarray(change(array.astype(float)))
        return changed if array.ndim else changed[()]

    return lambda value: _parts(value, of)


def _arrays(change: Callable[[Any], Any], *, dimensions: tuple[int, ...] = (1, 2), kinds: str = "iufU") -> Change:
    """Change every array that was returned."""

    def of(value: Any) -> Any:
        array = np.asarray(value)
        return change(array) if array.ndim in dimensions and array.dtype.kind in kinds else value

    return lambda value: _parts(value, of)


def _scalars(change: Callable[[Any], Any], kinds: str = "iufb") -> Change:
    """Change every single number that was returned."""

    def of(value: Any) -> Any:
        array = np.asarray(value)
        return change(value) if array.ndim == 0 and array.dtype.kind in kinds else value

    return lambda value: _parts(value, of)


def _several(change: Callable[[tuple[Any, ...]], Any]) -> Change:
    """Change what holds several things."""

    def of(value: Any) -> Any:
        if not isinstance(value, tuple):
            raise UnchangedError
        return change(value)

    return of


def _significant(digits: int) -> Change:
    return _numbers(
        lambda array: (
            np.vectorize(lambda x: float(f"{x:.{digits - 1}e}"), otypes=[float])(array) if array.size else array
        )
    )


def _rounded(decimals: int) -> Change:
    return _numbers(lambda array: np.round(array, decimals))


def _stacked(value: tuple[Any, ...]) -> Any:
    try:
        stacked = np.array([np.asarray(part, dtype=float) for part in value])
    except ValueError:
        raise UnchangedError from None
    return stacked


def _last_lost(array: Any) -> Any:
    other = array.copy()
    other.flat[-1] = np.nan
    return other


SPOILED: Final[Mapping[str, Change]] = {
    **{f"rounded to {decimals} decimals": _rounded(decimals) for decimals in range(5)},
    **{f"{digits} significant digits": _significant(digits) for digits in (2, 3, 4)},
    "in half precision": _numbers(lambda a: a.astype(np.float16).astype(float)),
    "decimals cut off": _numbers(np.trunc),
    "other signs": _numbers(np.negative),
    "without signs": _numbers(np.abs),
    "kept between 0 and 1": _numbers(lambda a: np.clip(a, 0, 1)),
    "NaN turned to 0": _numbers(np.nan_to_num),
    "in percent": _numbers(lambda a: 100 * a),
    "a thousandth too large": _numbers(lambda a: 1.001 * a),
    "0.001 too large": _numbers(lambda a: a + 0.001),
    "complex": _numbers(lambda a: a + 0j),
    "the last never set": _arrays(_last_lost, kinds="f"),
    "the last left out": _arrays(lambda a: a[:-1]),
    "the last twice": _arrays(lambda a: np.concatenate([a, a[-1:]])),
    "backwards": _arrays(lambda a: a[::-1], kinds="iuf"),
    "sorted": _arrays(lambda a: np.sort(a, axis=0), kinds="iuf"),
    "a column": _arrays(lambda a: a[:, None], dimensions=(1,)),
    "a row": _arrays(lambda a: a[None], dimensions=(1,)),
    "flat": _arrays(np.ravel, dimensions=(2,)),
    "their mean": _arrays(np.mean, kinds="iuf"),
    "the first alone": _arrays(lambda a: a[0]),
    "text": _arrays(lambda a: a.astype(str), kinds="iuf"),
    "a dictionary": _arrays(lambda a: dict(enumerate(a.tolist()))),
    "a set": _arrays(lambda a: set(a.ravel().tolist())),
    "an iterator": _arrays(lambda a: iter(a.tolist())),
    "a masked array": _arrays(np.ma.masked_invalid, kinds="iuf"),
    "a frame of one column": _arrays(pd.DataFrame, dimensions=(1,)),
    "a number as text": _scalars(str),
    "a number in a list": _scalars(lambda x: [x]),
    "turned round": _scalars(lambda x: not x, kinds="b"),
    "yes or no": _scalars(lambda x: "yes" if x else "no", kinds="b"),
    "nothing": lambda value: None,
    "one list around it": lambda value: [value],
    "things exchanged": _several(lambda value: value[::-1]),
    "the first thing alone": _several(lambda value: value[0]),
    "the last thing alone": _several(lambda value: value[-1]),
    "one row for each": _several(
        lambda value: list(zip(*(np.asarray(part).tolist() for part in value), strict=True))
    ),
    "things by name": _several(lambda value: {f"part {k}": part for k, part in enumerate(value)}),
}
"""By what became of them."""

REDRESSED: Final[Mapping[str, Change]] = {
    "lists": _arrays(lambda a: a.tolist()),
    "tuples": _arrays(lambda a: tuple(a.tolist())),
    "a column of a table": _arrays(lambda a: pd.Series(a, index=range(len(a), 0, -1)), dimensions=(1,)),
    "a column with missing values' own type": _arrays(
        lambda a: pd.Series(a).convert_dtypes() if a.dtype.kind != "f" else pd.Series(a, dtype="Float64"),
        dimensions=(1,),
        kinds="iuf",
    ),
    "an index": _arrays(pd.Index, dimensions=(1,)),
    "a table": _arrays(pd.DataFrame, dimensions=(2,)),
    "rows in a list": _arrays(list, dimensions=(2,)),
    "objects": _arrays(lambda a: a.astype(object)),
    "read-only, every second place": _arrays(lambda a: np.repeat(a, 2, axis=0)[::2]),
    "single precision": _arrays(lambda a: a.astype(np.float32), kinds="f"),
    "longer precision": _arrays(lambda a: a.astype(np.longdouble), kinds="f"),
    "a number of NumPy": _scalars(lambda x: np.asarray(x)[()]),
    "an array without dimensions": _scalars(np.asarray),
    "a number of Python": _scalars(lambda x: np.asarray(x).item()),
    "a number in single precision": _scalars(lambda x: np.float32(x), kinds="f"),
    "a number in longer precision": _scalars(lambda x: np.longdouble(x), kinds="f"),
    "1 and 0": _scalars(int, kinds="b"),
    "a list of things": _several(list),
    "rows of one array": _several(_stacked),
}
"""By how they are handed over."""
