"""Judge whole answers on every secret: right ones earn everything, wrong ones do not, and no verdict changes."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from grading.checks import Check, remembered
from grading.checks.notebook_check import Verdict, arguments
from grading.doctor.prove.answers import Function
from grading.doctor.prove.asking import SECRETS, Questions, silence
from grading.doctor.prove.results import REDRESSED, SPOILED, Change, UnchangedError
from grading.errors import CourseError

Answers = Mapping[str, Function]


@dataclass(frozen=True)
class Kept:
    """Answers to one check that nobody made from its right ones, by what they do."""

    wrong: Answers = field(default_factory=dict)
    right: Answers = field(default_factory=dict)


@dataclass
class Judged:
    """What became of the whole answers to one check."""

    check: str
    wrong: int = 0
    right: int = 0
    unnamed: int = 0
    """Wrong answers that no misconception names: the student reads the case alone."""
    passes: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    changing: list[str] = field(default_factory=list)
    """Wrong answers whose share of the points, or name, depends on the secret."""
    stray: float = 0.0
    """Largest error of a right answer, in tolerances."""
    nearest: str = ""
    near: float = math.inf
    """Smallest error of a wrong answer, in tolerances: of its worst case, on the secret where it comes nearest."""

    def lines(self) -> Iterator[str]:
        """What is to be mended."""
        yield from (f"{self.check}: a wrong answer earns everything: {name}" for name in self.passes)
        yield from (f"{self.check}: a right answer does not earn everything: {name}" for name in self.failures)
        yield from (f"{self.check}: what an answer earns depends on the secret: {note}" for note in self.changing)


def kept(path: Path, checks: Mapping[str, object]) -> Mapping[str, Kept]:
    """What a file's tables ``WRONG`` and ``RIGHT`` (answers by description, by check) say; nothing without it."""
    if not path.is_file():
        return {}
    module = ModuleType("answers")
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), module.__dict__)
    tables: list[Mapping[str, Answers]] = [getattr(module, table, {}) for table in ("WRONG", "RIGHT")]
    if unknown := sorted({*tables[0], *tables[1]} - set(checks)):
        raise CourseError(f"{path}: {unknown[0]!r} is no check of this unit")
    return {name: Kept(*(table.get(name, {}) for table in tables)) for name in checks}


def judged(check: Check, right: Answers, known: Kept) -> Judged:
    """Judge the misconceptions, the kept answers, and what becomes of the reference's results.

    Parameters
    ----------
    check : Check
    right : mapping of str to callable
        Right answers beside the kept ones.
    known : Kept
    """
    found = Judged(check.name)
    with silence():
        courses = [Questions.of(check, seed) for seed in SECRETS]
        reference = remembered(check.reference)  # some sixty changes of its results put the same questions to it
        misconceptions = {m.name: m.formula for m in check.misconceptions if m.credit < 1}
        wrong = {**misconceptions, **known.wrong, **_changed(check, reference, SPOILED)}
        for name, function in wrong.items():
            _wrong(name, function, courses, found)
        accepted = {m.name: m.formula for m in check.misconceptions if m.credit >= 1}
        redressed = _changed(check, reference, REDRESSED)
        for name, function in {**right, **accepted, **known.right, **redressed}.items():
            _right(name, [course.weighed(function) for course in courses], found)
    return found


def _changed(check: Check, reference: Function, changes: Mapping[str, Change]) -> dict[str, Function]:
    """The reference with results that are changed, wherever the change says anything about them."""
    first = next(iter(check.public or check.fresh(np.random.default_rng(SECRETS[0]))))
    inputs = Questions.from_table(check.table([first])).cases[0]
    return {
        f"the reference's results: {name}": function
        for name, change in changes.items()
        if _applies(function := _after(reference, change), inputs)
    }


def _after(function: Function, change: Change) -> Function:
    return lambda *args, **kwargs: change(_plain(function(*args, **kwargs)))


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return tuple(getattr(value, part.name) for part in dataclasses.fields(value))
    return value


def _applies(function: Function, case: Mapping[str, Any]) -> bool:
    args, kwargs = arguments(case)
    try:
        function(*args, **kwargs)
    except UnchangedError:
        return False
    return True


def _wrong(name: str, function: Function, courses: Sequence[Questions], found: Judged) -> None:
    """Two courses say what it earns and is called, all of them whether it passes."""
    verdicts = [course.weighed(function) for course in courses[:2]]
    if name.startswith("the reference") and all(far == 0 for _, far in verdicts):
        return  # what a change leaves as it was is not wrong
    found.wrong += 1
    found.unnamed += any(verdict.misconception is None for verdict, _ in verdicts)
    passed = [verdict.passed for verdict, _ in verdicts]
    passed += [course.first_failure(function) is None for course in courses[2:]]
    if any(passed):
        found.passes.append(f"{name} (on {sum(passed)} of {len(passed)} secrets)")
    _note_change(name, verdicts, found)
    nearest = min(far for _, far in verdicts)
    if nearest < found.near:
        found.near, found.nearest = nearest, name


def _right(name: str, verdicts: Sequence[tuple[Verdict, float]], found: Judged) -> None:
    found.right += 1
    missed = next((verdict for verdict, _ in verdicts if not verdict.passed), None)
    if missed is not None:
        found.failures.append(f"{name}: {missed.share:g}: {' '.join(missed.message.split())[:300]}")
    else:
        found.stray = max(found.stray, *(far for verdict, far in verdicts if verdict.misconception is None), 0.0)


def _note_change(name: str, verdicts: Sequence[tuple[Verdict, float]], found: Judged) -> None:
    outcomes = list(dict.fromkeys((verdict.share, verdict.misconception) for verdict, _ in verdicts))
    if len(outcomes) > 1:
        found.changing.append(
            f"{name}: " + ", ".join(f"{share:g} {label or ''}".strip() for share, label in outcomes)
        )
