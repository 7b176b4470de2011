"""Ask a function that may be wrong in any way, within a time limit, and compare what it says."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from grading.checks import Check
from grading.checks.notebook_check import Answer, Verdict, answer_to, arguments, decoded_cases, mismatch, weigh
from grading.doctor.prove.answers import Function
from grading.doctor.prove.margins import distance

SECRETS = (1, 2, 3, 4, 5)
"""Courses in which a check is tried: each draws its hidden cases anew."""
LONGEST = 1.0
"""Seconds of computing that a function has for a case, if nothing is known of right answers."""
_TIMES, _SHORTEST = 20, 0.03


class TooLongError(BaseException):
    """It did not end in time; no Exception, so that what is asked cannot catch it by accident."""


@contextmanager
def in_time(seconds: float = LONGEST) -> Iterator[None]:
    """Raise `TooLongError` in a block that computes longer; no warning and no floating-point error shows."""
    with quietly_in_time(seconds) as begin:
        begin()
        yield


@contextmanager
def quietly_in_time(seconds: float) -> Iterator[Callable[[], None]]:
    """The same for a block that calls what is given to it whenever the time begins anew."""

    def ring(*_: object) -> None:
        raise TooLongError

    def begin() -> None:
        signal.setitimer(signal.ITIMER_PROF, seconds)

    before = signal.signal(signal.SIGPROF, ring)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield begin
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


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
    seconds: float = LONGEST

    @classmethod
    def of(cls, check: Check, seed: int) -> Questions:
        """The public and hidden cases of a course with this seed, as JSON hands them on."""
        return cls.from_table(check.hidden_table(np.random.default_rng(seed)))

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Questions:
        """What a table asks."""
        plain = json.loads(json.dumps(table))
        return cls(plain, decoded_cases(plain))

    def only(self, cases: Sequence[Mapping[str, Any]]) -> Questions:
        """Some of these cases."""
        return dataclasses.replace(self, cases=cases)

    def timed(self, right: Sequence[Function]) -> Questions:
        """The same questions, with no more time for one than right answers need many times over."""
        return self.limited(max((self.only([case]).slowest(right) or 0.0 for case in self.cases), default=0.0))

    def limited(self, longest: float) -> Questions:
        """The same; whoever needs many times as long for one as right answers do at most is taken to hang."""
        return dataclasses.replace(self, seconds=max(_SHORTEST, _TIMES * longest))

    def slowest(self, right: Sequence[Function]) -> float | None:
        """The longest time that one of the functions takes to answer all; None if one does not answer rightly."""
        longest = 0.0
        for function in right:
            start = time.process_time()
            if self.first_failure(function) is not None:
                return None
            longest = max(longest, time.process_time() - start)
        return longest

    def verdict(self, function: Function) -> Verdict:
        """What the grader says."""
        return self.weighed(function)[0]

    def weighed(self, function: Function) -> tuple[Verdict, float]:
        """What the grader says, and the largest error of all cases in tolerances."""
        rtol, atol = self.table["rtol"], self.table["atol"]
        answers, far = [], 0.0
        with quietly_in_time(LONGEST) as again:
            for case in self.cases:
                again()
                try:
                    answers.append(answer_to(case, lambda args, kwargs: function(*args, **kwargs)))
                except TooLongError:
                    answers.append(Answer(trouble="it ran out of time"))
                value = answers[-1].value
                wrong = answers[-1].trouble is not None
                far = math.inf if wrong else max(far, distance(value, case["expected"], rtol=rtol, atol=atol))
        return weigh(self.table, self.cases, answers), far

    def first_failure(self, function: Function) -> Mapping[str, Any] | None:
        """The first case that the function does not answer rightly, or not in time; None if it answers all."""
        case = None
        try:
            with quietly_in_time(self.seconds) as again:
                for case in self.cases:
                    again()
                    if self.differs(function, case):
                        return case
        except TooLongError:
            return case
        return None

    def differs(self, function: Function, case: Mapping[str, Any]) -> bool:
        """Whether the function's answer to a case is not the expected one."""
        args, kwargs = arguments(case)
        try:
            value = function(*map(_own, args), **{name: _own(value) for name, value in kwargs.items()})
        except Exception:
            return True
        table = self.table
        rtol, atol, parts = table["rtol"], table["atol"], table["parts"]
        return mismatch(value, case["expected"], rtol=rtol, atol=atol, parts=parts) is not None


def _own(value: Any) -> Any:
    """A copy of an input, which the function may change."""
    return value.copy() if isinstance(value, np.ndarray) else copy.deepcopy(value)
