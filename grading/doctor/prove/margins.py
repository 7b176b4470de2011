"""How far an answer lies from the truth, measured in what a check tolerates: 1 is the border."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from grading.checks.notebook_check import as_array, mismatch, unnamed


def distance(got: Any, expected: Any, *, rtol: float, atol: float) -> float:
    """The largest error in tolerances; infinity where not numbers differ but shape, kind, or what is finite."""
    if isinstance(expected, tuple):
        got = unnamed(got)
        several = type(got) in (tuple, list) or (type(got) is np.ndarray and got.ndim > 0)
        if not several or len(got) != len(expected):
            return math.inf
        return max(distance(one, other, rtol=rtol, atol=atol) for one, other in zip(got, expected, strict=True))
    theirs, ours = as_array([got] if np.ndim(expected) == 0 else got), np.atleast_1d(np.asarray(expected))
    if isinstance(theirs, str) or theirs.shape != ours.shape or {theirs.dtype.kind, ours.dtype.kind} & {*"USc"}:
        return 0.0 if mismatch(got, expected, rtol=rtol, atol=atol) is None else math.inf
    ours, theirs = ours.astype(float), theirs.astype(float)
    finite = np.isfinite(ours)
    with np.errstate(all="ignore"):
        error = np.abs(theirs - ours)
        same = np.where(finite, np.isfinite(theirs), (theirs == ours) | (np.isnan(theirs) & np.isnan(ours)))
        ratio = np.where(error > 0, error / (rtol * np.abs(ours) + atol), 0.0)[finite]
    return float(np.max(ratio, initial=0.0)) if np.all(same) else math.inf
