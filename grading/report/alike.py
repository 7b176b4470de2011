"""Which submissions are suspiciously alike: those that share code which hardly anybody else wrote.

An index from fingerprint to students gives the candidates, so pairs that share nothing rare are never looked at.
What the stub holds counts nothing, nor what more than `USUAL_SHARE` of the class wrote; the rarer a print, the
more it counts. Likeness is no proof.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from grading.report.prints import Print, fingerprints

SMALLEST_CLASS = 8  # submissions below which nothing can be called usual
USUAL_SHARE = 0.1
SMALL_CIRCLE = 5  # students whose common code is not called usual, if they are at most a quarter of the class
EVIDENCE = 15.0  # rare prints that two must share before a person is asked to look
LIKENESS = 0.4
MOST_PAIRS = 20
MOST_CODE = 200_000  # characters of one submission

Code = Mapping[str, str]
"""The code of one submission: cell -> source."""


@dataclass(frozen=True)
class Side:
    """One of two answers: its lines, and whether each is part of what the two share."""

    lines: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Pair:
    """Two submissions that share rare code.

    Parameters
    ----------
    students : tuple of str
        Who.
    evidence : float
        How many rare prints both have, the rarest counting 1.
    likeness : float
        The part of the rare code of the one that has less of it which the other has too.
    cells : mapping of str to (Side, Side)
        The cells where they are alike, by name.
    """

    students: tuple[str, str]
    evidence: float
    likeness: float
    cells: Mapping[str, tuple[Side, Side]]


@dataclass(frozen=True)
class Alikeness:
    """The pairs to look at, strongest first, and what could not be compared."""

    pairs: tuple[Pair, ...]
    compared: int
    unreadable: int
    found: int


def alike(codes: Mapping[str, Code], common: Iterable[str], known: frozenset[str]) -> Alikeness:
    """Find pairs of students whose code is suspiciously alike.

    Parameters
    ----------
    codes : mapping of str to Code
        Each student's cells.
    common : iterable of str
        Code that everybody was given.
    known : frozenset of str
        Names that everybody was given.
    """
    prints, unreadable = _all_prints(codes, known)
    given = {mark.value for source in common for mark in fingerprints(source, known) or ()}
    written = {student: _values(cells) - given for student, cells in prints.items()}
    compared = sum(bool(values) for values in written.values())
    if compared < SMALLEST_CLASS:
        return Alikeness((), compared, unreadable, 0)
    weights = _weights(written.values(), compared)
    rare = {student: values & weights.keys() for student, values in written.items()}
    strong = _strong(_shared(rare, weights), _total_weights(rare, weights))
    pairs = tuple(
        Pair((one, two), evidence, likeness, _cells_alike(codes, prints, (one, two), rare[one] & rare[two]))
        for evidence, likeness, one, two in strong[:MOST_PAIRS]
    )
    return Alikeness(pairs, compared, unreadable, len(strong))


def _all_prints(codes: Mapping[str, Code], known: frozenset[str]) -> tuple[dict[str, dict[str, list[Print]]], int]:
    prints: dict[str, dict[str, list[Print]]] = {}
    unreadable = 0
    for student, cells in codes.items():
        room = MOST_CODE
        prints[student] = {}
        for name, source in cells.items():
            room -= len(source)
            marks = fingerprints(source, known) if room >= 0 else None
            unreadable += marks is None
            prints[student][name] = marks or []
    return prints, unreadable


def _values(cells: Mapping[str, Sequence[Print]]) -> set[int]:
    return {mark.value for marks in cells.values() for mark in marks}


def _weights(written: Iterable[set[int]], class_size: int) -> dict[int, float]:
    """What a print counts: 1 if one student has it, less the more have it, absent where it is usual."""
    owners = Counter(value for values in written for value in values)
    most = max(3, min(SMALL_CIRCLE, class_size // 4), math.floor(USUAL_SHARE * class_size))
    return {
        value: math.log(class_size / count) / math.log(class_size)
        for value, count in owners.items()
        if count <= most and count < class_size
    }


def _total_weights(rare: Mapping[str, set[int]], weights: Mapping[int, float]) -> dict[str, float]:
    """Weight of all rare code of each student."""
    return {student: sum(weights[value] for value in values) for student, values in rare.items()}


def _shared(rare: Mapping[str, set[int]], weights: Mapping[int, float]) -> dict[tuple[str, str], float]:
    """Weight of what each pair has in common, through an index from print to students."""
    index: dict[int, list[str]] = defaultdict(list)
    for student in sorted(rare):
        for value in rare[student]:
            index[value].append(student)
    shared: dict[tuple[str, str], float] = defaultdict(float)
    for value, students in index.items():
        for pair in combinations(students, 2):
            shared[pair] += weights[value]
    return shared


def _strong(
    shared: Mapping[tuple[str, str], float], total: Mapping[str, float]
) -> list[tuple[float, float, str, str]]:
    """Evidence and likeness of the pairs that a person should look at, the strongest first."""
    strong = []
    for (one, two), evidence in shared.items():
        smaller = min(total[one], total[two])
        if evidence >= EVIDENCE and evidence >= LIKENESS * smaller:
            strong.append((evidence, evidence / smaller, one, two))
    return sorted(strong, key=lambda entry: (-entry[0], entry[2:]))


def _cells_alike(
    codes: Mapping[str, Code],
    prints: Mapping[str, Mapping[str, Sequence[Print]]],
    pair: tuple[str, str],
    shared: set[int],
) -> dict[str, tuple[Side, Side]]:
    """The cells in which both have something of what they share."""
    one, two = pair
    cells = {}
    for name in codes[one]:
        if name in codes[two]:
            marks, other_marks = prints[one][name], prints[two][name]
            in_both = shared & {mark.value for mark in marks} & {mark.value for mark in other_marks}
            if in_both:
                side = _side(codes[one][name], marks, in_both)
                cells[name] = side, _side(codes[two][name], other_marks, in_both)
    return cells


def _side(source: str, marks: Sequence[Print], shared: set[int]) -> Side:
    spans = [range(mark.first, mark.last + 1) for mark in marks if mark.value in shared]
    alike = {line for span in spans for line in span}
    lines = source.splitlines()
    return Side(
        tuple((text, number in alike and bool(text.strip())) for number, text in enumerate(lines, start=1))
    )
