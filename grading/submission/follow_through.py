"""Judge what builds on a wrong answer once more, with right values of that answer.

A later task may be right although it builds on an earlier function that is wrong. It is then asked once more, in a
copy of the student's process that knows none of its questions. There, what the wrong functions return is what the
model answers return, worked out here from the arguments that the copy sends. The copy ends with its answers; only
whether all of them are right leaves it, and that when everything else has been judged.
"""

from __future__ import annotations

import ast
import re
import signal
import threading
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from types import FrameType
from typing import Any, Final

import numpy as np

from grading.checks.notebook_check import Verdict, given_right
from grading.sandbox import Copy, Session
from grading.submission.cell_code import Statement, loaded_names, statements
from grading.submission.judge import Judge
from grading.submission.match_cells import MasterCells
from grading.submission.rebuild import Step
from grading.units.master import Master, source_of

_SECONDS: Final = 2.0
"""Of computing, for one call of a model answer: it may be given anything."""


class FollowThrough:
    """Asks the tests of one submission, each by its copy, then some of them again.

    Parameters
    ----------
    master : Master
        The unit's.
    steps : sequence of Step
        The submission, as it was run.
    session, judge : Session, Judge
        Whose copies are asked, and who asks them.
    """

    def __init__(self, master: Master, steps: Sequence[Step], session: Session, judge: Judge) -> None:
        self._master, self._steps = MasterCells.of(master), steps
        self._session, self._judge = session, judge
        self._passed: dict[str, bool] = {}
        self._spares: dict[str, tuple[Step, Copy]] = {}

    def first(self, step: Step, copy: Copy) -> Verdict:
        """The verdict of a test by its copy; if others may be to blame for it, a spare is kept."""
        test = str(step.grade_id)
        spare = self._session.spare() if self._needs(test) else None
        with self._session.asking(copy, spare=spare) as self._judge.process:
            verdict = self._judge.verdict(step.source, test)
        self._passed[test] = verdict.passed
        if spare is not None and not spare.refused and not verdict.passed:
            self._spares[test] = step, spare
        return verdict

    def again(self) -> Iterator[tuple[Step, Verdict]]:
        """The tests that pass with right values, when all have been asked once: nobody is asked anything later."""
        model = None
        for test in self._tests:
            if test in self._spares and not self._passed[test] and (needs := self._needs(test)):
                model = model or ModelAnswers(self._master)
                step, spare = self._spares[test]
                right = RightValues(model, needs)
                self._session.leave_time()
                with self._session.asking(spare) as process:
                    process.replace(right.names, right)
                    self._judge.process = process
                    verdict = right.followed(self._judge.verdict(step.source, test))
                if verdict is not None:
                    self._passed[test] = True  # what builds on it meets the student's own
                    yield step, verdict

    def _needs(self, test: str) -> list[str]:
        """Functions that may make this test fail: asked by earlier tests that failed, written or not, and used.

        Earlier is what stands above in the master. Names in the student's text tell what may be used; more than
        is needs some time, and no more.
        """
        asked = self._master.asked
        earlier = [other for other in self._tests[: self._tests.index(test)] if other in self._passed]
        if all(self._passed[other] for other in earlier) or not any(name in self._written for name in asked[test]):
            return []
        right = frozenset().union(*(asked[other] for other in earlier if self._passed[other]))
        wrong = frozenset().union(*(asked[other] for other in earlier if not self._passed[other]))
        return sorted(name for name in wrong - right - asked[test] if self._used(name))

    @cached_property
    def _tests(self) -> list[str]:
        return list(self._master.asked)

    @cached_property
    def _written(self) -> str:
        """All code that is the student's own."""
        own = [step for step in self._steps if step.kind in ("answer", "helper") and not step.untouched]
        return "\n".join(step.source for step in own if step.cell_type == "code")

    def _used(self, name: str) -> bool:
        """Whether a name stands anywhere but where it is defined."""
        everywhere = len(re.findall(rf"\b{name}\b", self._written))
        return everywhere > len(re.findall(rf"\bdef +{name}\b", self._written))


class ModelAnswers:
    """The functions of a master, with what they import and call; nothing else of it runs."""

    def __init__(self, master: MasterCells) -> None:
        code = [name for name in master.cells if master.kinds[name] == "code" and name not in master.tests]
        found = [one for name in code for one in statements(source_of(master.cells[name])) or []]
        self._definitions = [one for one in found if one.defines]
        looked_up = frozenset().union(*(loaded_names(one.text) for one in self._definitions))
        self._imports = [one for one in found if one.imports and one.binds & looked_up]

    def fresh(self) -> dict[str, Any]:
        """Names and what they stand for, made anew; what cannot be imported or made is not there."""
        names: dict[str, Any] = {"__name__": "model_answers"}
        for one in (*self._imports, *self._definitions):
            with suppress(Exception):
                exec(_compiled(one), names)
        return names


def _compiled(statement: Statement) -> Any:
    return compile(ast.Module([statement.node], []), "model answer", "exec")


class RightValues:
    """Answers one copy's calls of some functions by the model answers; knows which of them were of use."""

    def __init__(self, model: ModelAnswers, names: Collection[str]) -> None:
        known = model.fresh()
        self._functions = {name: known[name] for name in names if callable(known.get(name))}
        self._used: set[str] = set()

    @property
    def names(self) -> Sequence[str]:
        """Functions that it has."""
        return sorted(self._functions)

    def __call__(self, name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Return what the right function returns, or raise what it raises."""
        function = self._functions[name]
        if any(type(value) in (str, bytes) and not _is_name(value) for value in (*args, *kwargs.values())):
            raise TypeError("a text that may name a file, or be code, is nothing to compute with")
        with _in_time():
            value = function(*args, **kwargs)
        self._used.add(name)
        return value

    def followed(self, verdict: Verdict) -> Verdict | None:
        """What to say of an answer that was judged with these values: it counts if it is right and needed them."""
        return given_right(verdict, sorted(self._used)) if verdict.passed and self._used else None


def _is_name(value: str | bytes) -> bool:
    return isinstance(value, str) and value.isidentifier()


class _TooLongError(BaseException):
    """It did not end in time; no Exception, so that what is asked cannot catch it by accident."""


@contextmanager
def _in_time() -> Iterator[None]:
    """Raise TimeoutError in a block that computes too long; no warning shows."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise _TooLongError

    in_main = threading.current_thread() is threading.main_thread()  # no other can be interrupted
    before = signal.signal(signal.SIGPROF, ring) if in_main else None
    if in_main:
        signal.setitimer(signal.ITIMER_PROF, _SECONDS)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    except _TooLongError:
        raise TimeoutError from None
    finally:
        if in_main:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)
