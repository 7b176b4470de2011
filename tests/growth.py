"""How work grows with its size: a ratio of processor times, which other load on the machine does not change."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def assert_growth(work: Callable[[Any], object], small: Any, large: Any, *, below: float) -> None:
    """Processor time of `work` on `large` over that on `small`, the least of three runs each, is below a bound.

    One run on `large` is enough if it stays below.
    """
    least = max(min(_seconds(work, small) for _ in range(3)), 1e-4)
    ratios = []
    while len(ratios) < 3 and min(ratios, default=below) >= below:
        ratios.append(_seconds(work, large) / least)
    assert min(ratios) < below


def _seconds(work: Callable[[Any], object], size: Any) -> float:
    started = time.process_time()
    work(size)
    return time.process_time() - started
