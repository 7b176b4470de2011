"""Random inputs within a task's domain: those that its check draws, and those with something unusual about them.

An input belongs to the domain if the reference answers it and every right answer agrees. So no input is asked on
which two right answers may differ, and an edge that some right answer does not mind is none. And what is so in all
that a check draws is meant: a column that is the same number throughout (the ones) stays, and what is nothing but
0 and 1 (labels) has no third value.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from grading.checks import Case, Check
from grading.doctor.prove.answers import Function
from grading.doctor.prove.asking import Questions, TooLongError, in_time

Inputs = dict[str, Any]
Change = Callable[[Inputs, np.random.Generator], Inputs]
_SEEDS = range(1000, 1040)


def questions(
    check: Check, right: Sequence[Function], known: Sequence[Inputs], rng: np.random.Generator, number: int = 200
) -> Questions:
    """Half of them as the check draws them, the others changed; the smallest come first.

    Parameters
    ----------
    check : Check
        It is asked to draw no more than that half: drawing takes longest.
    right : sequence of callable
        Right answers, by whose time wrong ones are limited.
    known : sequence of inputs
        Of the check's cases in some courses: what holds of all of them is meant, and they are changed, too.
    rng : numpy.random.Generator
        For the changes.
    number : int
        How many are wanted.
    """
    meant = _Meant.by(known)
    drawn: list[Inputs] = []
    cases, longest = _in_domain(check, map(meant.within, _noted(_drawn(check), drawn)), right, number // 2)
    changed = _changed([*drawn, *known], rng, 4 * number)
    others, slowest = _in_domain(check, map(meant.within, changed), right, number - len(cases))
    size = lambda case: sum(int(np.size(item["value"])) for item in case["inputs"])  # noqa: E731
    found = Questions(check.table([]), sorted([*cases, *others], key=size))
    return found.limited(max(longest, slowest))


def _drawn(check: Check) -> Iterator[Inputs]:
    """Inputs as the check draws them for one course after another, drawn when somebody asks for them."""
    for seed in _SEEDS:
        yield from (dict(case.inputs) for case in check.fresh(np.random.default_rng(seed)))


@dataclasses.dataclass(frozen=True)
class _Meant:
    """What holds of every input that a check draws."""

    columns: Mapping[tuple[str, int], float]
    """The number that fills a column of a matrix, by the matrix's name and the column's position."""
    labels: Collection[str]
    """Names of the arrays of 0 and 1."""

    @classmethod
    def by(cls, drawn: Sequence[Inputs]) -> _Meant:
        arrays = [(name, np.asarray(value)) for inputs in drawn for name, value in inputs.items()]
        seen: dict[tuple[str, int], set[float]] = {}
        for name, value in arrays:
            for column in range(value.shape[1]) if value.ndim == 2 else ():
                seen.setdefault((name, column), set()).update(value[:, column].tolist())
        others = {name for name, value in arrays if value.ndim != 1 or set(value.tolist()) - {0, 1}}
        columns = {place: values.pop() for place, values in seen.items() if len(values) == 1}
        return cls(columns, {name for name, _ in arrays} - others)

    def within(self, inputs: Inputs) -> Inputs | None:
        """The inputs with these columns as they must be; None if a label is neither 0 nor 1."""
        kept = dict(inputs)
        for (name, column), number in self.columns.items():
            matrix = np.array(inputs[name])
            if matrix.shape[1] > column:
                matrix[:, column] = number
            kept[name] = matrix.tolist() if isinstance(inputs[name], list) else matrix
        strange = any(set(np.asarray(inputs[name]).tolist()) - {0, 1} for name in self.labels)
        return None if strange else kept


def _in_domain(
    check: Check, asked: Iterable[Inputs | None], right: Sequence[Function], number: int
) -> tuple[list[Mapping[str, Any]], float]:
    """So many cases, with the reference's answers, and the longest time that a right answer takes for one.

    Inputs outside the domain are left out.
    """
    cases: list[Mapping[str, Any]] = []
    longest = 0.0
    for inputs in filter(None, asked):
        try:
            with in_time():
                one = Questions.from_table(check.table([Case(inputs)]))
        except (Exception, TooLongError):
            continue
        seconds = one.slowest(right)
        if seconds is not None:
            cases += one.cases
            longest = max(longest, seconds)
        if len(cases) >= number:
            break
    return cases, longest


def _noted(drawn: Iterable[Inputs], kept: list[Inputs]) -> Iterator[Inputs]:
    """The same inputs; those that somebody asked for are kept."""
    for inputs in drawn:
        kept.append(inputs)
        yield inputs


def _changed(bases: Sequence[Inputs], rng: np.random.Generator, number: int) -> Iterator[Inputs]:
    """Inputs in turn, each changed in one or two ways."""
    for k in range(number):
        inputs = bases[k % len(bases)]
        for _ in range(1 + k % 2):
            inputs = {name: v.to_numpy() if isinstance(v, pd.Series) else v for name, v in inputs.items()}
            inputs = CHANGES[int(rng.integers(len(CHANGES)))](inputs, rng)
        yield inputs


# ---------------------------------------------------------------- one change each


def _rows(inputs: Inputs) -> int:
    """How many rows the inputs have that go together: the first axis of the first array."""
    return next((len(v) for v in inputs.values() if isinstance(v, np.ndarray) and v.ndim), 0)


def _take(inputs: Inputs, rows: np.ndarray[Any, Any]) -> Inputs:
    """These rows of every array that has as many as the first."""
    size = _rows(inputs)
    together = {n for n, v in inputs.items() if isinstance(v, np.ndarray) and v.ndim and len(v) == size}
    return {name: value[rows] if name in together else value for name, value in inputs.items()}


def _numbers(inputs: Inputs, rng: np.random.Generator, change: Callable[[Any], Any]) -> Inputs:
    """One of the inputs that hold numbers, changed."""
    names = [n for n, v in inputs.items() if not isinstance(v, bool | str) and np.asarray(v).dtype.kind in "if"]
    if not names:
        return inputs
    name = names[int(rng.integers(len(names)))]
    value = inputs[name]
    changed = change(np.asarray(value, dtype=float))
    return {**inputs, name: changed if isinstance(value, np.ndarray | list) else float(changed)}


def _fewer_rows(inputs: Inputs, rng: np.random.Generator) -> Inputs:
    size = _rows(inputs)
    return (
        _take(inputs, np.sort(rng.permutation(size)[: max(1, int(rng.integers(1, size + 1)))])) if size else inputs
    )


def _other_order(inputs: Inputs, rng: np.random.Generator) -> Inputs:
    return _take(inputs, rng.permutation(_rows(inputs)))


def _repeated_rows(inputs: Inputs, rng: np.random.Generator) -> Inputs:
    size = _rows(inputs)
    return _take(inputs, rng.integers(0, size, size + 2)) if size else inputs


def _zero(inputs: Inputs, rng: np.random.Generator) -> Inputs:
    return _numbers(inputs, rng, lambda value: 0 * value)


def _scaled(inputs: Inputs, rng: np.random.Generator) -> Inputs:
    factor = float(rng.choice([-1.0, 1e-3, 0.1, 3.0, 10.0, 1e3]))
    return _numbers(inputs, rng, lambda value: factor * value)


def _shifted(inputs: Inputs, rng: np.random.Generator) -> Inputs:
    shift = float(rng.choice([-100.0, -3.0, 1.0, 50.0]))
    return _numbers(inputs, rng, lambda value: value + shift)


def _whole(inputs: Inputs, rng: np.random.Generator) -> Inputs:
    return _numbers(inputs, rng, np.round)


def _constant(inputs: Inputs, rng: np.random.Generator) -> Inputs:
    return _numbers(inputs, rng, lambda value: np.full_like(value, value.ravel()[0] if value.size else 0.0))


def _one_zero(inputs: Inputs, rng: np.random.Generator) -> Inputs:
    """One element of an array is 0."""

    def change(value: Any) -> Any:
        other = np.array(value)
        if other.ndim and other.size:
            other.flat[int(rng.integers(other.size))] = 0.0
        return other

    return _numbers(inputs, rng, change)


def _one_far(inputs: Inputs, rng: np.random.Generator) -> Inputs:
    """One element of an array lies far from all others."""

    def change(value: Any) -> Any:
        other = np.array(value)
        if other.ndim and other.size:
            other.flat[int(rng.integers(other.size))] += 5 + 20 * np.ptp(other)
        return other

    return _numbers(inputs, rng, change)


def _lone_label(inputs: Inputs, rng: np.random.Generator) -> Inputs:
    """A group loses all members but one."""
    labels = next((v for v in inputs.values() if isinstance(v, np.ndarray) and v.dtype.kind in "UO"), None)
    if labels is None or not len(labels):
        return inputs
    lone = labels[int(rng.integers(len(labels)))]
    rows = np.flatnonzero(labels == lone)[1:]
    return _take(inputs, np.delete(np.arange(len(labels)), rows))


def _numbered_labels(inputs: Inputs, rng: np.random.Generator) -> Inputs:
    """Labels that are numbers whose order as text is another."""

    def numbered(value: Any) -> Any:
        if isinstance(value, np.ndarray) and value.dtype.kind in "UO":
            return 8 + np.unique(value, return_inverse=True)[1]
        return value

    return {name: numbered(value) for name, value in inputs.items()}


def _as_lists(inputs: Inputs, rng: np.random.Generator) -> Inputs:
    return {name: v.tolist() if isinstance(v, np.ndarray) else v for name, v in inputs.items()}


def _as_columns(inputs: Inputs, rng: np.random.Generator) -> Inputs:
    """Groups and their scores as columns of a table; matrices and what goes with them stay."""
    arrays = [v for v in inputs.values() if isinstance(v, np.ndarray)]
    if not any(v.dtype.kind in "UO" for v in arrays):
        return inputs
    return {name: pd.Series(v) if isinstance(v, np.ndarray) else v for name, v in inputs.items()}


CHANGES: tuple[Change, ...] = (
    _fewer_rows,
    _other_order,
    _repeated_rows,
    _zero,
    _scaled,
    _shifted,
    _whole,
    _constant,
    _one_zero,
    _one_far,
    _lone_label,
    _numbered_labels,
    _as_lists,
    _as_columns,
)
"""What can be unusual about an input."""
