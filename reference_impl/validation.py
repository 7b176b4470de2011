"""The public door: turn what a caller passes into clean float arrays, or say precisely what is wrong.

Containers are recognised by what they do (`numpy.asarray` works on them), never by importing their library.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reference_impl.errors import InputError, MissingValueError

FloatArray = NDArray[np.float64]


def is_missing(value: object) -> bool:
    """Whether `value` is None, a NaN of any type, NaT or pandas' NA."""
    if value is None:
        return True
    try:
        return bool(value != value)
    except (TypeError, ValueError):  # pandas.NA refuses to say whether it differs from itself
        return True


def require_unmasked(values: object, name: str) -> None:
    """Raise if a masked array hides any of its values."""
    if not isinstance(values, np.ma.MaskedArray):
        return
    hidden = int(np.sum(np.ma.getmaskarray(values)))
    if hidden:
        raise MissingValueError(
            f"{name} is a masked array with {hidden} masked value(s); drop them with .compressed() first"
        )


def _floats_from_objects(array: NDArray[Any], name: str) -> FloatArray:
    flat = array.ravel()
    for position, value in enumerate(flat):
        if is_missing(value):
            raise MissingValueError(
                f"{name} has a missing value ({value!r}) at position {position}; drop or impute it first"
            )
        if isinstance(value, (str, bytes)) or not (isinstance(value, Real) or hasattr(value, "__float__")):
            raise InputError(
                f"{name} must hold numbers; found {value!r} of type {type(value).__name__} at position {position}"
            )
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{name} must hold real numbers that fit a float: {error}") from error


def as_floats(values: ArrayLike, name: str, *, allow_inf: bool = False) -> FloatArray:
    """Convert to float64 of any shape, refusing text, complex, missing and (unless allowed) infinite values.

    Parameters
    ----------
    values : array_like
        Numbers in any container that NumPy can read; booleans and integers are promoted.
    name : str
        What to call the argument in an error.
    allow_inf : bool, default False
        Whether infinite values may pass.

    Returns
    -------
    ndarray of float64

    Raises
    ------
    InputError
        If the values are ragged or not real numbers.
    MissingValueError
        If a value is missing, masked or (unless allowed) infinite.
    """
    require_unmasked(values, name)
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise InputError(f"{name} is ragged: its rows have different lengths") from error
    if array.dtype.kind == "O":
        array = _floats_from_objects(array, name)
    if array.dtype.kind not in "biuf":
        kind = "text" if array.dtype.kind in "US" else array.dtype.name
        raise InputError(f"{name} must hold real numbers, not {kind}; recode or convert it first")
    with np.errstate(over="ignore"):  # a longdouble beyond the range of a float becomes inf, caught below
        floats: FloatArray = array.astype(np.float64, copy=False)
    if not np.all(np.isfinite(floats)):
        _refuse_non_finite(floats, name, allow_inf=allow_inf)
    return floats


def _refuse_non_finite(floats: FloatArray, name: str, *, allow_inf: bool) -> None:
    bad = np.isnan(floats) if allow_inf else ~np.isfinite(floats)
    if not bad.any():
        return
    where = tuple(int(i) for i in np.argwhere(bad)[0])
    place = "" if not where else f" at position {where[0] if len(where) == 1 else where}"
    kind = "missing" if allow_inf else "missing or infinite"
    raise MissingValueError(
        f"{name} has {int(bad.sum())} {kind} value(s), the first ({floats[where]}){place}; "
        "drop or impute them first"
    )


def as_vector(values: ArrayLike, name: str, *, allow_inf: bool = False) -> FloatArray:
    """Convert to a non-empty 1-D float array; see `as_floats`."""
    vector = as_floats(values, name, allow_inf=allow_inf)
    if vector.ndim != 1:
        raise InputError(f"{name} must be 1-dimensional, not of shape {vector.shape}; pass one column")
    if vector.size == 0:
        raise InputError(f"{name} is empty; at least one value is needed")
    return vector


def as_design(X: ArrayLike) -> FloatArray:
    """Convert to a non-empty 2-D float array of shape (n, p); see `as_floats`."""
    design = as_floats(X, "X")
    if design.ndim != 2:
        raise InputError(
            f"X must be 2-dimensional (rows are observations), not of shape {design.shape}; "
            "build it with design_matrix"
        )
    if design.shape[0] == 0 or design.shape[1] == 0:
        raise InputError(f"X is empty: its shape is {design.shape}")
    return design


def require_same_length(first: NDArray[Any], first_name: str, second: NDArray[Any], second_name: str) -> None:
    """Raise unless both arrays have the same number of rows."""
    if first.shape[0] != second.shape[0]:
        raise InputError(
            f"{first_name} has {first.shape[0]} values but {second_name} has {second.shape[0]}; "
            "they must describe the same observations"
        )


def require_nonnegative(values: FloatArray, name: str) -> None:
    """Raise unless every value is at least zero."""
    if not np.all(values >= 0):
        worst = float(np.min(values))
        raise InputError(f"{name} cannot be negative (got {worst}); variances and weights are at least 0")


def as_number(value: ArrayLike, name: str, *, allow_inf: bool = False) -> float:
    """Convert to one float; see `as_floats`."""
    number = as_floats(value, name, allow_inf=allow_inf)
    if number.ndim != 0:
        raise InputError(f"{name} must be a single number, not an array of shape {number.shape}")
    return float(number)


def as_critical_value(z: ArrayLike) -> float:
    """Convert the normal quantile of an interval, such as 1.96, to a positive float."""
    number = as_number(z, "z")
    if not number > 0:
        raise InputError(f"z must be positive (got {number}); 1.96 gives a 95% interval")
    return number


def require_choice(value: object, name: str, choices: Iterable[str]) -> str:
    """Return `value` if it is one of `choices`, else raise with the list of them."""
    allowed = tuple(choices)
    if not isinstance(value, str) or value not in allowed:
        raise InputError(f"{name} must be one of {', '.join(map(repr, allowed))}, not {value!r}")
    return value


def require_finite(values: FloatArray, what: str, cure: str) -> None:
    """Raise if a result is too large for a number."""
    if not np.all(np.isfinite(values)):
        raise InputError(f"{what} too large for a number; {cure}")


def power_of_two(size: float) -> float:
    """The power of two just below a positive size (1 for 0), so that dividing by it is exact."""
    return math.ldexp(1.0, math.frexp(size)[1] - 1) if size > 0 else 1.0
