"""Run test cells outside the sandbox: questions go in, answers come out, and a verdict is data.

A test cell is the instructor's ordinary code and runs in this trusted process. Names that only the student defines
are bound to proxies; calling one sends plain inputs into the sandbox and brings plain data back. What hidden cases
expect, comparison code and the reference are therefore never within reach of the student's code.

Who has seen a hidden input must not speak: of what a process says when it fails after that, only words of our own
go into a verdict.
"""

from __future__ import annotations

import builtins
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import CodeType
from typing import Any

import numpy as np
import pandas as pd

from grading.checks.notebook_check import Answer, Verdict, weigh
from grading.errors import CourseError
from grading.printable import printable
from grading.sandbox import PATIENCE, Conversation, StudentError
from grading.units.hidden_cases import HiddenCheck
from grading.units.personal import OwnAnswers

MESSAGE_LENGTH = 4000
_BUILTINS = {name for name, value in vars(builtins).items() if isinstance(value, type)}
_KNOWN_ERRORS = _BUILTINS | {"AxisError", "LinAlgError", "DimensionError", "TimeLimitError"}
_KNOWN_TYPES = _BUILTINS | {"function", "generator", "module", "NoneType", "Figure", "Axes", "MaskedArray"}


class NoAnswerError(Exception):
    """A call gave nothing to compare; the text says why."""

    def __init__(self, text: str, *, missing: str = "") -> None:
        super().__init__(text)
        self.missing = missing  # the name, if there is none


class NotWrittenError(Exception):
    """The answer cell still holds its stub."""


class MisuseError(TypeError):
    """A test cell does with a function of the student's what says nothing about it."""


class StudentFunction:
    """Stands for a name that only the student's process can resolve; calling it asks the process being judged."""

    def __init__(self, judge: Judge, name: str) -> None:
        self._judge = judge
        self.__name__ = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the student's function with plain inputs and return plain data."""
        try:
            return self._judge.process.call(self.__name__, args, kwargs)
        except StudentError as error:
            if _unwritten(error):
                raise NotWrittenError from None
            text = _in_our_words(self.__name__, error)
            raise NoAnswerError(text, missing=self.__name__ if error.kind == "missing" else "") from None

    def answers(self, check: HiddenCheck) -> list[Answer]:
        """What the function gives for each case of a check: the public ones first, while it knows no other."""
        known = list(self._judge.process.call_each(self.__name__, check.public))
        slow = [outcome for outcome in known if isinstance(outcome, StudentError) and outcome.kind == "timeout"]
        if len(slow) >= PATIENCE:
            hidden = slow[:1] * len(check.hidden)
        else:
            hidden = self._judge.process.call_each(self.__name__, check.hidden)
        return [
            *(self._answer(outcome, _in_words) for outcome in known),
            *(self._answer(outcome, _in_our_words) for outcome in hidden),
        ]

    def _answer(self, outcome: Any, in_words: Callable[[str, StudentError], str]) -> Answer:
        if not isinstance(outcome, StudentError):
            return Answer(value=outcome)
        return Answer(
            trouble=in_words(self.__name__, outcome),
            unwritten=_unwritten(outcome),
            missing=outcome.kind == "missing",
        )

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        """Refuse: a test that compares the function itself, not what it returns, would pass by accident."""
        raise MisuseError(f"{self.__name__} is a function; call it and compare what it returns")

    def __bool__(self) -> bool:
        """Refuse, for the same reason."""
        raise MisuseError(f"{self.__name__} is a function; call it and test what it returns")


def _unwritten(error: StudentError) -> bool:
    return error.kind == "exception" and error.ename == "NotImplementedError"


def _in_words(name: str, error: StudentError) -> str:
    message, ename = printable(" ".join(error.message.split())), printable(error.ename, 80)
    match error.kind:
        case "missing":
            return f"there is no {name}: the name is not defined"
        case "not callable":
            return f"{name} is not a function"
        case "timeout":
            return f"it ran out of time ({message or 'too slow'})"
        case "not plain":
            return f"it returned a {ename}; return plain numbers, lists or arrays"
        case "died":
            return f"the notebook's process had ended ({message})"
        case _:
            return f"it stopped with {ename}: {message}" if message else f"it stopped with {ename}"


def _in_our_words(name: str, error: StudentError) -> str:
    """Say what `_in_words` does, with no word that the student's process could have chosen."""
    match error.kind:
        case "timeout":
            return "it ran out of time (too slow)"
        case "not plain":
            kind = f"a {error.ename}" if error.ename in _KNOWN_TYPES else "something else"
            return f"it returned {kind}; return plain numbers, lists or arrays"
        case "died":
            return "its process ended while it was asked"
        case "exception":
            return f"it stopped with {error.ename if error.ename in _KNOWN_ERRORS else 'an exception of its own'}"
        case _:
            return _in_words(name, error)


class Judge:
    """Runs the test cells of one submission in order; what a test cell defines stays for the next ones."""

    def __init__(
        self, process: Conversation, checks: Mapping[str, HiddenCheck], own_answers: OwnAnswers | None = None
    ) -> None:
        self.process = process
        """Whom the next test cell asks: the student's process as it stood there."""
        self._checks = checks
        self._own_answers = own_answers
        self._recorded: list[Verdict] = []
        # a test cell may rebind a name of the student's: then _names holds another value than this
        self._student_values: dict[str, Any] = {}
        self._names: dict[str, Any] = {
            "__builtins__": builtins,
            "__name__": "sealed_tests",
            "check": lambda function: None,  # does nothing: hidden_check() asks the public cases, too
            "hidden_check": self._hidden_check,
            "own_answer": self._own_answer,
            "np": np,
            "pd": pd,
        }

    def verdict(self, source: str, where: str) -> Verdict:
        """Run one test cell and return its verdict: the mean of its hidden checks, 0 if an assertion fails."""
        if self.process.dead is not None:
            return not_tested(f"the notebook's process had ended before ({self.process.dead})")
        self._recorded.clear()
        try:
            code = compile(source, where, "exec")
            self._bind(code)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                exec(code, self._names)
        except AssertionError as error:
            return _bounded(Verdict(0.0, str(error) or "An assertion of this test did not hold."))
        except NotWrittenError:
            return Verdict(0.0, "Not written yet.", unwritten=True)
        except NoAnswerError as error:
            return _bounded(
                Verdict(0.0, f"No answer: {error}.", unwritten=bool(error.missing), absent=error.missing)
            )
        except CourseError:
            raise
        except Exception as error:
            said = f": {error}" if isinstance(error, MisuseError) else ""  # another's text may hold the answer
            message = f"This test could not use the answer ({type(error).__name__}{said})."
            return _bounded(Verdict(0.0, message))
        if not self._recorded:
            return Verdict(1.0, "Correct.")
        if len(self._recorded) == 1:
            return _bounded(self._recorded[0])
        share = float(np.mean([verdict.share for verdict in self._recorded]))
        worst = min(self._recorded, key=lambda verdict: verdict.share)
        return _bounded(replace(worst, share=share))

    def _hidden_check(self, function: Any) -> None:
        if not isinstance(function, StudentFunction):
            raise NoAnswerError("the name to be checked does not hold a function")
        hidden = self._checks.get(function.__name__)
        if hidden is None:
            raise CourseError(f"a test cell asks for a hidden check {function.__name__!r}, which does not exist")
        self._recorded.append(weigh(hidden.table, hidden.cases, function.answers(hidden)))

    def _own_answer(self, name: str, *, rtol: float = 1e-5, atol: float = 1e-9) -> None:
        """Judge a variable, or a function without arguments, that depends on the student's own data."""
        if self._own_answers is None:
            raise CourseError(
                "a test cell asks for an own_answer, but course.toml gives this unit no [per_student]"
            )
        value = self._value(name)
        if isinstance(value, StudentFunction):
            value = value()
        self._recorded.append(self._own_answers.verdict(name, value, rtol=rtol, atol=atol))

    def _bind(self, code: CodeType) -> None:
        """Bind each name that neither Python nor a test cell defines to what the student's process has."""
        ours = {name for name, value in self._names.items() if self._student_values.get(name, self) is not value}
        for name in {*_names(code)} - ours:
            if not hasattr(builtins, name):
                self._names[name] = self._student_values[name] = self._value(name)

    def _value(self, name: str) -> Any:
        """A variable of the student's as plain data, everything else as something to call."""
        try:
            return self.process.get(name)
        except StudentError:  # a function, an undefined name, or a value that is not plain data
            return StudentFunction(self, name)


def not_tested(reason: str) -> Verdict:
    """The verdict of a test cell at which nobody could be asked."""
    return Verdict(0.0, f"Not tested: {reason}.")


def _bounded(verdict: Verdict) -> Verdict:
    """A verdict whose message is no longer than a person reads."""
    if len(verdict.message) <= MESSAGE_LENGTH:
        return verdict
    return replace(verdict, message=verdict.message[:MESSAGE_LENGTH] + " ...")


def _names(code: CodeType) -> Iterator[str]:
    """All names that a cell's code, and the functions in it, may look up."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
