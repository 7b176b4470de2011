"""Ask a function that may be wrong in any way, within a time limit, and compare what it says."""

from __future__ import annotations

import copy
import json
import os
import signal
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from grading.checks import Check
from grading.checks.notebook_check import Verdict, arguments, decoded_cases, judge, mismatch
from grading.doctor.prove.answers import Function

LONGEST = 0.25
"""Seconds that one function has for all that it is asked at once; a right answer takes some thousandths of one."""


class TooLongError(BaseException):
    """It did not end in time; no Exception, so that what is asked cannot catch it by accident."""


@contextmanager
def in_time(seconds: float = LONGEST) -> Iterator[None]:
    """Raise `TooLongError` in a block that takes longer; no warning and no floating-point error shows."""

    def ring(*_: object) -> None:
        raise TooLongError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def silence() -> Iterator[None]:
    """Let nothing reach the terminal: a compiled library complains of wrong input past Python's own streams."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for descriptor, target in zip(kept, (1, 2), strict=True):
            os.dup2(descriptor, target)
            os.close(descriptor)
        os.close(nothing)


@dataclass(frozen=True)
class Questions:
    """The cases of a check in one course, or others with the expected values that its reference gives."""

    table: Mapping[str, Any]
    cases: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, check: Check, seed: int) -> Questions:
        """The public and hidden cases of a course with this seed, as JSON hands them on."""
        table = json.loads(json.dumps(check.hidden_table(np.random.default_rng(seed))))
        return cls(table, decoded_cases(table))

    def verdict(self, function: Function) -> Verdict:
        """What the grader says."""
        with in_time():
            return judge(self.table, lambda args, kwargs: function(*args, **kwargs))

    def first_failure(self, function: Function) -> int | None:
        """Number of the first case that the function does not answer rightly; None if it answers all."""
        with in_time():
            return next((k for k, case in enumerate(self.cases) if self.differs(function, case)), None)

    def differs(self, function: Function, case: Mapping[str, Any]) -> bool:
        """Whether the function's answer to a case is not the expected one."""
        args, kwargs = copy.deepcopy(arguments(case))
        try:
            value = function(*args, **kwargs)
        except Exception:
            return True
        table = self.table
        rtol, atol, parts = table["rtol"], table["atol"], table["parts"]
        return mismatch(value, case["expected"], rtol=rtol, atol=atol, parts=parts) is not None
