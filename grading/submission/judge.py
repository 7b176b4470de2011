"""Run test cells outside the sandbox: questions go in, answers come out, and a verdict is data.

A test cell is the instructor's ordinary code and runs in this trusted process. Names that only the student defines
are bound to proxies; calling one sends plain inputs into the sandbox and brings plain data back. What hidden cases
expect, comparison code and the reference are therefore never within reach of the student's code.

Who has seen a hidden input must not speak: of what a process says when it fails after that, only words of our own
go into a verdict.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import CodeType
from typing import Any

import numpy as np
import pandas as pd

from grading.checks.notebook_check import Answer, Verdict, weigh
from grading.errors import CourseError
from grading.sandbox import PATIENCE, Conversation, StudentError
from grading.submission.cell_names import CellNames
from grading.submission.dialogue import Dialogue
from grading.submission.no_answer import (
    MisuseError,
    NoAnswerError,
    NotWrittenError,
    in_our_words,
    in_words,
    unwritten,
)
from grading.submission.stand_ins import StudentCallable, stand_of
from grading.units.bindings import Bindings
from grading.units.hidden_cases import HiddenCheck
from grading.units.personal import OwnAnswers

MESSAGE_LENGTH = 4000


class CheckedFunction:
    """A function of the student's, asked all cases of a check at once."""

    def __init__(self, process: Conversation, name: str) -> None:
        self._process, self._name = process, name

    def answers(self, check: HiddenCheck) -> list[Answer]:
        """What the function gives for each case of a check: the public ones first, while it knows no other."""
        known = list(self._process.call_each(self._name, check.public))
        slow = [outcome for outcome in known if isinstance(outcome, StudentError) and outcome.kind == "timeout"]
        if len(slow) >= PATIENCE:
            hidden = slow[:1] * len(check.hidden)
        else:
            hidden = self._process.call_each(self._name, check.hidden)
        return [
            *(self._answer(outcome, in_words) for outcome in known),
            *(self._answer(outcome, in_our_words) for outcome in hidden),
        ]

    def _answer(self, outcome: Any, words: Callable[[str, StudentError], str]) -> Answer:
        if not isinstance(outcome, StudentError):
            return Answer(value=outcome)
        return Answer(
            trouble=words(self._name, outcome),
            unwritten=unwritten(outcome),
            missing=outcome.kind == "missing",
        )


@dataclass(frozen=True)
class Statement:
    """One statement of a test cell, what it ended with, and the names of the student's that it used."""

    node: ast.stmt
    error: BaseException | None
    used: frozenset[str]


class Judge:
    """Runs the test cells of one submission in order; what a test cell defines stays for the next ones."""

    def __init__(
        self,
        process: Conversation,
        checks: Mapping[str, HiddenCheck],
        own_answers: OwnAnswers | None = None,
        bindings: Bindings | None = None,
    ) -> None:
        self.process = process
        """Whom the next test cell asks: the student's process as it stood there."""
        self._checks = checks
        self._own_answers = own_answers
        self._recorded: list[Verdict] = []
        self._bindings = bindings or Bindings()
        ours = {
            "__name__": "sealed_tests",
            "check": lambda *_, **__: None,  # does nothing: hidden_check() asks the public cases, too
            "hidden_check": self._hidden_check,
            "own_answer": self._own_answer,
            "np": np,
            "pd": pd,
        }
        self._names = CellNames(ours, self._bindings)

    def verdict(self, source: str, where: str) -> Verdict:
        """Run one test cell and return its verdict: the mean of its hidden checks, 0 if an assertion fails.

        The same cell (`where`) may be asked again, whatever other cells have bound in between.
        """
        if self.process.dead is not None:
            return not_tested(f"the notebook's process had ended before ({self.process.dead})")
        self._recorded.clear()
        error = self._run(source, where)
        if error is not None:
            return _bounded(self._failed(error))
        if not self._recorded:
            return Verdict(1.0, "Correct.")
        if len(self._recorded) == 1:
            return _bounded(self._recorded[0])
        share = float(np.mean([verdict.share for verdict in self._recorded]))
        worst = min(self._recorded, key=lambda verdict: verdict.share)
        return _bounded(replace(worst, share=share))

    def each_statement(self, source: str, where: str) -> Iterator[Statement]:
        """Run a test cell's statements one by one, whatever became of those before, to try what each is worth."""
        tree = ast.parse(source, where)
        self._begin(compile(tree, where, "exec"), where)
        for node in tree.body:
            self._names.dialogue.trouble = None
            self._names.owed.clear()
            self._names.looked_up.clear()
            error = self._executed(compile(ast.Module([node], []), where, "exec"))
            yield Statement(node, error, frozenset(self._names.looked_up))

    def _run(self, source: str, where: str) -> BaseException | None:
        """Run a test cell; return what ended it, None if it came to its end and owed nothing."""
        try:
            code = compile(source, where, "exec")
        except (SyntaxError, ValueError) as error:
            self._begin(None, where)
            return error
        self._begin(code, where)
        return self._executed(code)

    def _begin(self, code: CodeType | None, where: str) -> None:
        names, known = self._names, self._bindings
        names.words.update(_words(code) if code else ())
        dialogue = Dialogue(
            self.process,
            names,
            classes=known.classes,
            errors=names.errors,
            words=names.words,
            answers=known.answers,
        )
        names.begin(dialogue, where)

    def _executed(self, code: CodeType) -> BaseException | None:
        names = self._names
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                exec(code, names)
            for name in sorted(names.owed):
                names.dialogue.named(name)()
        except (CourseError, KeyboardInterrupt):
            raise
        except BaseException as error:
            return names.dialogue.trouble or error
        return names.dialogue.trouble

    def _failed(self, error: BaseException) -> Verdict:
        """The verdict of a test cell that did not come to its end."""
        raised = self._names.dialogue.raised
        if any(error is one for one in raised):
            told = StudentError("exception", type(error).__name__, "")
            return Verdict(0.0, f"No answer: {in_our_words('', told)}.")
        if isinstance(error, NotWrittenError):
            return Verdict(0.0, "Not written yet.", unwritten=True)
        if isinstance(error, NoAnswerError):
            return Verdict(0.0, f"No answer: {error}.", unwritten=bool(error.missing), absent=error.missing)
        if isinstance(error, AssertionError) or _of_pytest(error):
            message = str(error) or "An assertion of this test did not hold."
            for text in sorted(_quoted(raised), key=len, reverse=True):
                message = message.replace(text, "...")
            return Verdict(0.0, message)
        said = f": {error}" if isinstance(error, MisuseError) else ""  # another's text may hold the answer
        return Verdict(0.0, f"This test could not use the answer ({type(error).__name__}{said}).")

    def _hidden_check(self, function: Any) -> None:
        stand = stand_of(function)
        if stand is None or not stand.name:
            raise NoAnswerError("the name to be checked does not hold a function")
        self._names.owed.discard(stand.name)
        hidden = self._checks.get(stand.name)
        if hidden is None:
            raise CourseError(f"a test cell asks for a hidden check {stand.name!r}, which does not exist")
        answers = CheckedFunction(self.process, stand.name).answers(hidden)
        self._recorded.append(weigh(hidden.table, hidden.cases, answers))

    def _own_answer(self, name: str, *, rtol: float = 1e-5, atol: float = 1e-9) -> None:
        """Judge a variable, or a function without arguments, that depends on the student's own data."""
        if self._own_answers is None:
            raise CourseError(
                "a test cell asks for an own_answer, but course.toml gives this unit no [per_student]"
            )
        value = self._names.students(name)
        if isinstance(value, StudentCallable):
            value = value()
        self._recorded.append(self._own_answers.verdict(name, value, rtol=rtol, atol=atol))


def _of_pytest(error: BaseException) -> bool:
    """Whether it says for pytest that a test failed; pytest's own exceptions tell a false module."""
    return any(kind.__module__ == "_pytest.outcomes" for kind in type(error).__mro__)


def _quoted(raised: Sequence[BaseException]) -> set[str]:
    """What a message may quote of exceptions of the student's: a library quotes a text as `repr` gives it."""
    said = [text for error in raised for text in (str(error), *error.args)]
    told = {text for text in said if isinstance(text, str)}
    return (told | {form(text).strip("'\"") for text in told for form in (repr, ascii)}) - {""}


def not_tested(reason: str) -> Verdict:
    """The verdict of a test cell at which nobody could be asked."""
    return Verdict(0.0, f"Not tested: {reason}.")


def _bounded(verdict: Verdict) -> Verdict:
    """A verdict whose message is no longer than a person reads."""
    if len(verdict.message) <= MESSAGE_LENGTH:
        return verdict
    return replace(verdict, message=verdict.message[:MESSAGE_LENGTH] + " ...")


def _words(code: CodeType) -> Iterator[str]:
    """All names and attributes that a cell's code, and the functions in it, may look up, and words in quotes."""
    yield from code.co_names
    constants = list(code.co_consts)
    while constants:
        constant = constants.pop()
        if isinstance(constant, CodeType):
            yield from _words(constant)
        elif isinstance(constant, tuple | frozenset):
            constants += constant
        elif isinstance(constant, str) and constant.isidentifier():
            yield constant
