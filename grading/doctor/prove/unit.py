"""All that is proved of a unit's checks, on all processors, and its counts."""

from __future__ import annotations

import dataclasses
import math
import multiprocessing
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from grading.checks import Check
from grading.course import Course
from grading.doctor.prove.answers import RightAnswer, alternatives, model_answers
from grading.doctor.prove.judged import Judged, Kept, judged, kept
from grading.doctor.prove.survey import Survey, survey
from grading.errors import CourseError
from grading.units import hidden_tests

COLUMNS = {
    "mutants": "mutants",
    "survivors": "unnoticed",
    "wrong": "wrong",
    "passes": "pass",
    "unnamed": "no name",
    "changing": "varies",
    "right": "right",
    "failures": "fail",
    "stray": "furthest",
    "near": "nearest",
}
"""What is counted of a check, and how the printed table heads it; the two last in tolerances."""


@dataclass(frozen=True)
class Proof:
    """What was found of one check."""

    survey: Survey
    judged: Judged

    @property
    def counts(self) -> dict[str, Any]:
        """By the names of `COLUMNS`."""
        mutants = {"mutants": self.survey.counting, "survivors": len(self.survey.survivors)}
        whole = {name: getattr(self.judged, name) for name in COLUMNS if name not in mutants}
        return {**mutants, **{name: len(v) if isinstance(v, list) else v for name, v in whole.items()}}

    def lines(self) -> Iterator[str]:
        """What is to be mended."""
        yield from self.survey.lines()
        yield from self.judged.lines()


def proofs(course: Course, unit: str, only: str | None = None) -> Iterator[Proof]:
    """The proof of every check of a unit, or of one.

    Raises
    ------
    CourseError
        If the unit has no such check, or lacks what is needed.
    """
    checks = _unit(course.root, unit)[0]
    if only and only not in checks:
        raise CourseError(f"unit {unit} has no check of {only!r}; its checks: {', '.join(checks)}")
    names = [name for name in checks if only in (None, name)]
    # what takes long to draw takes long to prove: it begins
    longest_first = sorted(names, key=lambda name: -_drawing(checks[name]))
    # spawned: this process may have threads, which a fork would lose
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)), multiprocessing.get_context("spawn")) as pool:
        found = {
            name: (pool.submit(_survey, course.root, unit, name), pool.submit(_judged, course.root, unit, name))
            for name in longest_first
        }
        for name in names:
            mutants, whole = found[name]
            yield Proof(mutants.result(), whole.result())


def _drawing(check: Check) -> float:
    """Seconds that a course's hidden cases take to draw."""
    start = time.process_time()
    list(check.fresh(np.random.default_rng(1)))
    return time.process_time() - start


@cache
def _unit(root: Path, unit: str) -> tuple[Mapping[str, Check], Sequence[RightAnswer], Mapping[str, Kept]]:
    course = Course(root)
    checks = hidden_tests.checks(course, unit)
    answers = [*model_answers(course, unit, checks), *alternatives(course.alternatives(unit), checks)]
    return checks, answers, kept(course.answers(unit), checks)


def _survey(root: Path, unit: str, name: str) -> Survey:
    checks, answers, _ = _unit(root, unit)
    found = survey(checks[name], [answer for answer in answers if answer.check == name])
    # a module, which an executed answer holds, cannot cross to another process
    found.survivors = [dataclasses.replace(s, answer=dataclasses.replace(s.answer)) for s in found.survivors]
    return found


def _judged(root: Path, unit: str, name: str) -> Judged:
    checks, answers, whole = _unit(root, unit)
    right = {answer.name: answer.function() for answer in answers if answer.check == name}
    return judged(checks[name], right, whole.get(name, Kept()))


def page_column(counts: Sequence[Mapping[str, Any]]) -> list[str]:
    """A unit's column in the table of the book's page on trust."""
    whole = total(counts)

    def share(errors: str, tried: str) -> str:
        low, high = (100 * end for end in interval(whole[errors], whole[tried]))
        return f"{whole[errors]} ({low:.1f}% to {high:.1f}%)"

    return [
        f"{whole['mutants']:,}",
        share("survivors", "mutants"),
        f"{whole['wrong']:,}",
        share("passes", "wrong"),
        f"{whole['unnamed']:,}",
        f"{whole['changing']}",
        f"{whole['right']:,}",
        share("failures", "right"),
        f"{math.ceil(100 * whole['stray']) / 100:g}",
        f"{math.floor(whole['near']):,}",
    ]


def total(counts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The counts of all checks together: sums, the furthest of the right and the nearest of the wrong answers."""
    ends = {"stray": max, "near": min}
    return {name: ends.get(name, sum)(row[name] for row in counts) for name in COLUMNS}


def interval(found: int, tried: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's 95% interval of a share."""
    if not tried:
        return 0.0, 1.0
    share, scale = found / tried, 1 + z * z / tried
    centre = share + z * z / (2 * tried)
    half = z * math.sqrt(share * (1 - share) / tried + z * z / (4 * tried * tried))
    return max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale)
