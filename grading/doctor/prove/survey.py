"""Try a check on mutants of its right answers: a classifier of answers has an error rate, and this measures it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grading.checks import Check
from grading.checks.notebook_check import show
from grading.doctor.prove import domain
from grading.doctor.prove.answers import Function, RightAnswer
from grading.doctor.prove.asking import Questions, TooLongError, silence
from grading.doctor.prove.faults import NUMERICAL
from grading.doctor.prove.mutate import Mutant, mutants

SECRETS = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Survivor:
    """A mutant that earns everything on some secret and is wrong: the input shows it."""

    answer: RightAnswer
    mutant: Mutant
    secrets: tuple[int, ...]
    """Those on which it is not noticed."""
    inputs: Mapping[str, Any]
    expected: Any

    def __str__(self) -> str:
        """Say what slips through, and the smallest input that tells it from the reference."""
        given = ", ".join(f"{name} = {show(value)}" for name, value in self.inputs.items())
        seldom = "" if len(self.secrets) == len(SECRETS) else f" on {len(self.secrets)} of {len(SECRETS)} secrets"
        text = (
            f"{self.answer.check}: {self.answer.where}, {self.answer.name}, {self.mutant} earns everything{seldom}"
        )
        return f"{text}\n    ask {given}: expected {show(self.expected)}"


@dataclass
class Survey:
    """What became of the mutants of one check's right answers."""

    check: str
    killed: int = 0
    equal: int = 0
    """Mutants that agree with the reference on all inputs of the domain: they do not count."""
    survivors: list[Survivor] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """Each kind of survivor once: those that the same input tells from the reference are alike."""
        alike: dict[str, list[Survivor]] = {}
        for survivor in self.survivors:
            alike.setdefault(repr((survivor.inputs, survivor.mutant.fault)), []).append(survivor)
        for first, *others in alike.values():
            yield f"{first}\n    and {len(others)} more like it" if others else str(first)

    @property
    def counting(self) -> int:
        """Mutants that are wrong on some input of the domain."""
        return self.killed + len(self.survivors)


def survey(check: Check, answers: Sequence[RightAnswer], *, inputs: int = 200) -> Survey:
    """Judge every mutant of every right answer on every secret; those that differ nowhere do not count."""
    asked = [Questions.of(check, seed) for seed in SECRETS]
    found = Survey(check.name)
    with silence():
        right = [answer.function() for answer in answers]
        everywhere = domain.questions(check, right, np.random.default_rng(0), inputs)
        for answer in answers:
            for mutant in mutants(answer.text, NUMERICAL, within={answer.name}):
                _try(answer, mutant, asked, everywhere, found)
    return found


def _try(
    answer: RightAnswer, mutant: Mutant, asked: Sequence[Questions], everywhere: Questions, found: Survey
) -> None:
    try:
        function = answer.function(mutant.source)
    except Exception:  # it does not even define the function
        found.killed += 1
        return
    unnoticed = tuple(
        seed for seed, questions in zip(SECRETS, asked, strict=True) if not _fails(questions, function)
    )
    if not unnoticed:
        found.killed += 1
        return
    different = next(_different(everywhere, function), None)
    if different is None and len(unnoticed) == len(SECRETS):
        found.equal += 1
    elif different is None:  # the cases of another secret tell
        other = next(q for s, q in zip(SECRETS, asked, strict=True) if s not in unnoticed)
        different = next(_different(other, function), None)
    if different is not None:
        values = {item["name"]: item["value"] for item in different["inputs"]}
        found.survivors.append(Survivor(answer, mutant, unnoticed, values, different["expected"]))


def _fails(questions: Questions, function: Function) -> bool:
    try:
        return questions.first_failure(function) is not None
    except TooLongError:
        return True


def _different(questions: Questions, function: Function) -> Iterator[Mapping[str, Any]]:
    for case in questions.cases:
        try:
            if Questions(questions.table, [case]).first_failure(function) is not None:
                yield case
        except TooLongError:
            yield case
