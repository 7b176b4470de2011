"""How work grows with its size: a ratio of processor times, which other load on the machine does not change."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def growth(work: Callable[[Any], object], small: Any, large: Any) -> float:
    """Processor time of `work` on `large` over that on `small`, the least of three runs each."""
    return _least(work, large) / max(_least(work, small), 1e-4)


def _least(work: Callable[[Any], object], size: Any) -> float:
    times = []
    for _ in range(3):
        started = time.process_time()
        work(size)
        times.append(time.process_time() - started)
    return min(times)
