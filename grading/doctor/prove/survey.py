"""Try a check on mutants of its right answers: a classifier of answers has an error rate, and this measures it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grading.checks import Check
from grading.checks.notebook_check import show
from grading.doctor.prove import domain
from grading.doctor.prove.answers import Function, RightAnswer
from grading.doctor.prove.asking import SECRETS, Questions, silence
from grading.doctor.prove.faults import NUMERICAL
from grading.doctor.prove.mutate import Mutant, mutants


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
    found = Survey(check.name)
    with silence():
        asked = _Asked.of(check, [answer.function() for answer in answers], inputs)
        for answer in answers:
            for mutant in mutants(answer.text, NUMERICAL, within={answer.name}):
                _try(answer, mutant, asked, found)
    return found


@dataclass(frozen=True)
class _Asked:
    """All that a mutant is asked: first what is the same in every course."""

    public: Questions
    hidden: Mapping[int, Questions]
    everywhere: Questions

    @classmethod
    def of(cls, check: Check, right: Sequence[Function], inputs: int) -> _Asked:
        check = dataclasses.replace(check, misconceptions=())  # only a verdict needs their values
        courses = {seed: Questions.of(check, seed) for seed in SECRETS}
        same = len(check.public)
        public = courses[SECRETS[0]].only(courses[SECRETS[0]].cases[:same])
        hidden = {seed: course.only(course.cases[same:]).timed(right) for seed, course in courses.items()}
        known = [_inputs(case) for course in courses.values() for case in course.cases]
        everywhere = domain.questions(check, right, known, np.random.default_rng(0), inputs)
        return cls(public.timed(right), hidden, everywhere)


def _try(answer: RightAnswer, mutant: Mutant, asked: _Asked, found: Survey) -> None:
    try:
        function = answer.function(mutant.changed)
    except Exception:  # it does not even define the function
        found.killed += 1
        return
    if asked.public.first_failure(function) is not None:
        found.killed += 1
        return
    failures = {seed: questions.first_failure(function) for seed, questions in asked.hidden.items()}
    unnoticed = tuple(seed for seed, failure in failures.items() if failure is None)
    if not unnoticed:
        found.killed += 1
        return
    # what a course notices is wrong there, and the others of its kind should see it too
    noticed = next((failure for failure in failures.values() if failure is not None), None)
    different = asked.everywhere.first_failure(function) or noticed
    if different is None:
        found.equal += 1
        return
    found.survivors.append(Survivor(answer, mutant, unnoticed, _inputs(different), different["expected"]))


def _inputs(case: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of a decoded case by name."""
    return {item["name"]: item["value"] for item in case["inputs"]}
