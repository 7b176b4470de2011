"""A question with numbers of its own, as `book/_ext/look_back.py` puts it into a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Rng: TypeAlias = np.random.Generator


@dataclass(frozen=True)
class Wrong:
    """An answer that can be foreseen: what to say to it, and the name of the misconception behind it."""

    answer: float | str
    feedback: str
    misconception: str = ""


@dataclass(frozen=True)
class Number:
    """A question whose answer is a number."""

    question: str
    answer: float
    because: str
    wrong: tuple[Wrong, ...]
    otherwise: str
    tolerance: float = 0.01


@dataclass(frozen=True)
class Choice:
    """A question with answers to choose from."""

    question: str
    answer: str
    because: str
    wrong: tuple[Wrong, ...]


Variant: TypeAlias = Number | Choice


def num(value: float, digits: int = 4) -> str:
    """A number for a sentence: so many significant digits, no more zeros than needed."""
    return f"{float(value):.{digits}g}"


def pick(rng: Rng, *values: float) -> float:
    """One of some numbers."""
    return float(rng.choice(values))


def sample_with(mean: float, variance: float, n: int) -> NDArray[np.float64]:
    """A sample of n with just this mean and this sample variance."""
    shape = np.linspace(-1.0, 1.0, int(n))
    scaled: NDArray[np.float64] = mean + shape / shape.std(ddof=1) * np.sqrt(variance)
    return scaled


def first(values: ArrayLike) -> float:
    """The first of some numbers, or the only one."""
    return float(np.ravel(values)[0])
