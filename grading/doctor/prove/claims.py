"""What a task's text and docstring say of inputs and results, beside the cases that ask it.

A claim without a case is graded by nobody; a case without its claim asks what no text says. Both are told.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from grading.checks import Case, Check
from grading.course import Course
from grading.doctor.prove.asking import SECRETS
from grading.units.master import nbgrader_of, notebook_cells, source_of

Holds = Callable[[Case, Any], bool]
"""Whether a case asks it: by the inputs, and by what the reference returns."""


@dataclass(frozen=True)
class Claim:
    """One kind of thing that a text can say."""

    words: str
    """A regular expression: a text that it matches says so."""
    what: str
    holds: Holds
    unsaid: bool = False
    """Whether a case that asks it needs the words, too."""


def _inputs(test: Callable[[Any], bool]) -> Holds:
    return lambda case, _: any(test(value) for value in case.inputs.values())


def _result(test: Callable[[Any], bool]) -> Holds:
    return lambda _, result: any(test(part) for part in (result if isinstance(result, tuple) else (result,)))


def _kind(value: Any) -> str:
    return np.asarray(value).dtype.kind


def _nan(value: Any) -> bool:
    return _kind(value) == "f" and bool(np.isnan(value).any())


CLAIMS: Final = (
    Claim(r"\bas lists\b|\blists?, arrays?\b|sequence of", "a list", _inputs(lambda v: type(v) is list), True),
    Claim(r"\bcolumns? of a\s+table|\bSeries\b", "a column", _inputs(lambda v: isinstance(v, pd.Series)), True),
    Claim(r"labels?,? (may be )?text", "labels that are text", _inputs(lambda v: _kind(v) in "UO"), True),
    Claim(
        r"text.{0,60}or\s+numbers",
        "labels that are numbers",
        lambda case, _: "group" in case.inputs and _kind(case.inputs["group"]) in "if",
    ),
    Claim(r"one pupil", "a group of one", lambda case, _: _smallest_group(case) == 1),
    Claim(r"\b(return|are)\s+`?nan\b", "a result with NaN", _result(_nan), True),
    Claim(
        r"be\s+negative where",
        "negative numbers",
        _inputs(lambda v: _kind(v) in "if" and bool(np.any(np.less(v, 0)))),
    ),
    Claim(r"have\s+decimals", "decimals", _inputs(lambda v: _kind(v) == "f" and bool(np.any(np.mod(v, 1))))),
    Claim(r"False or True|False and True", "labels False and True", _inputs(lambda v: _kind(v) == "b"), True),
    Claim(r"return\w* `True` if|True or False", "the answer True", _result(lambda v: v is True)),
    Claim(r"return\w* `True` if|True or False", "the answer False", _result(lambda v: v is False)),
    Claim(r"\bnever negative\b", "a result of 0", _result(lambda v: np.ndim(v) == 0 and v == 0)),
    Claim(
        r"\b800 gives 1\b",
        "log-odds of 800",
        _inputs(lambda v: _kind(v) in "if" and bool(np.any(np.equal(v, 800)))),
    ),
)
_VALUE = re.compile(r"^\s*(?P<names>\w+(?:, \w+)*) : (?P<text>.*)$", re.MULTILINE)
_VALUES: Final[Mapping[str, tuple[str, Callable[[Any], bool]]]] = {
    r"one may be 0": ("with a 0 among them", lambda v: bool(np.any(np.equal(v, 0)))),
    r"(?<!one )may be 0|0 or more": ("of 0", lambda v: v is not None and np.ndim(v) == 0 and v == 0),
    r"may be negative": ("below 0", lambda v: v is not None and bool(np.any(np.less(v, 0)))),
    r"\bor None\b": ("of None", lambda v: v is None),
}
"""What a docstring can say of one parameter's values."""


def unasked(course: Course, unit: str, checks: Mapping[str, Check]) -> Iterator[str]:
    """Each claim of a text that no case asks, and each case whose claim no text makes."""
    texts = _texts(course, unit)
    said = ""
    for name, check in checks.items():
        said += texts.get(name, "")  # what a task says of labels or scores goes for those below it
        yield from _of_check(check, texts.get(name, ""), said)


def _of_check(check: Check, own: str, said: str) -> Iterator[str]:
    asked = [(case, check.reference(**case.inputs)) for case in _cases(check)]
    for claim in CLAIMS:
        some = any(claim.holds(case, result) for case, result in asked)
        if re.search(claim.words, own, re.IGNORECASE) and not some:
            yield f"{check.name}: the text speaks of {claim.what}, and no case asks it"
        if some and claim.unsaid and not re.search(claim.words, said, re.IGNORECASE):
            yield f"{check.name}: a case asks {claim.what}, of which no text speaks"
    for line in _VALUE.finditer(own):
        for words, (what, holds) in _VALUES.items():
            for name in line["names"].split(", ") if re.search(words, line["text"]) else ():
                if not any(holds(case.inputs.get(name)) for case, _ in asked):
                    yield f"{check.name}: the docstring speaks of {name} {what}, and no case asks it"


def _cases(check: Check) -> Sequence[Case]:
    return [*check.public, *check.fresh(np.random.default_rng(SECRETS[0]))]


def _smallest_group(case: Case) -> int:
    group = case.inputs.get("group")
    return 0 if group is None else int(np.unique(np.asarray(group), return_counts=True)[1].min())


def _texts(course: Course, unit: str) -> dict[str, str]:
    """By function: the prose since the answer before it, and its cell with the docstring."""
    found: dict[str, str] = {}
    prose = ""
    for cell in notebook_cells(course.master(unit)):
        if cell["cell_type"] == "markdown":
            prose += source_of(cell) + "\n"
        elif nbgrader_of(cell).get("solution"):
            for name in re.findall(r"^def (\w+)", source_of(cell), re.MULTILINE):
                found[name] = prose + inspect.cleandoc(_docstring(source_of(cell), name)) + "\n"
            prose = ""
    return found


def _docstring(source: str, name: str) -> str:
    match = re.search(rf'^def {name}\(.*?"""(.*?)"""', source, re.MULTILINE | re.DOTALL)
    return match[1] if match else ""
