"""One definition of a check: it grades submissions, answers students in the notebook, and serves the book.

A `Check` names a reference function, cases to try, tolerances, and its misconceptions. What compares and judges is
`notebook_check`, which sees tables of values only; this module fills those tables by calling the reference and the
misconceptions. It knows no formula itself: the hidden tests under ``tests/hidden`` bring them.
"""

from __future__ import annotations

import copy
import dataclasses
import functools
import inspect
import pickle
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import numpy as np

from grading.checks.notebook_check import Call, Json, Verdict, encode, judge
from grading.errors import CourseError

__all__ = ["Case", "Check", "Misconception", "Verdict", "remembered", "wrong"]

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Case:
    """One question to ask of a function.

    Parameters
    ----------
    inputs : mapping of str to value
        Arguments by name, in the order of the signature.
    claim : str
        What this case shows, in the student's words; required of edge cases.
    cost : float
        Share of the points lost when this claim alone fails: 1 for a typical case, less for an edge case.
    """

    inputs: Mapping[str, Any]
    claim: str = ""
    cost: float = 1.0


@dataclass(frozen=True)
class Misconception:
    """A known-wrong formula: its docstring is the message, `credit` the share of the points it earns."""

    formula: Callable[..., Any]
    credit: float = 0.0
    kind: Literal["wrong", "convention"] = "wrong"

    @property
    def name(self) -> str:
        """The formula's name, as reports print it."""
        return self.formula.__name__

    @property
    def message(self) -> str:
        """The formula's docstring on one line."""
        text = inspect.getdoc(self.formula)
        if not text:
            raise CourseError(
                f"misconception {self.name!r} has no docstring; write there what a student should hear"
            )
        return " ".join(text.split())


def wrong(*formulas: Callable[..., Any], credit: float = 0.0) -> tuple[Misconception, ...]:
    """Misconceptions that share one credit."""
    return tuple(Misconception(formula, credit) for formula in formulas)


def remembered(function: Callable[..., Answer]) -> Callable[..., Answer]:
    """The same function, which computes once for the same inputs.

    For what takes long and is asked of one case again and again: by the drawing, by the reference, and by one
    misconception after another. Each who asks gets an answer of his own, which he may change.
    """

    @functools.lru_cache(maxsize=1024)
    def answer(asked: bytes) -> Answer:
        args, kwargs = pickle.loads(asked)
        return function(*args, **kwargs)

    @functools.wraps(function)
    def ask(*args: Any, **kwargs: Any) -> Answer:
        return copy.deepcopy(answer(pickle.dumps((args, kwargs))))

    return ask


@dataclass(frozen=True)
class Check:
    """How one function of a student is judged.

    Parameters
    ----------
    reference : callable
        The right answer; its name and signature are the student's. Keyword-only parameters are passed by keyword.
    public : sequence of Case
        Cases that students see, with their expected values.
    fresh : callable
        ``fresh(rng)`` draws the hidden cases from a `numpy.random.Generator`, typical and edge cases both.
    misconceptions : sequence of Misconception
        Known-wrong formulas with the reference's signature.
    rtol, atol : float
        Relative and absolute tolerance of every comparison. The default lets single precision pass.
    parts : sequence of str
        Names of the things returned, where the function returns a tuple.
    """

    reference: Callable[..., Any]
    public: Sequence[Case]
    fresh: Callable[[np.random.Generator], Iterable[Case]]
    misconceptions: Sequence[Misconception] = field(default=())
    rtol: float = 1e-5
    atol: float = 1e-9
    parts: Sequence[str] = ()

    @property
    def name(self) -> str:
        """Name of the student's function."""
        return self.reference.__name__

    def public_table(self) -> dict[str, Json]:
        """The table that students receive."""
        return self.table(self.public)

    def hidden_table(self, rng: np.random.Generator) -> dict[str, Json]:
        """The table that grades: the public cases and fresh ones."""
        return self.table([*self.public, *self.fresh(rng)])

    def judge(self, call: Call, rng: np.random.Generator) -> Verdict:
        """Judge ``call(args, kwargs)`` on hidden cases."""
        return judge(self.hidden_table(rng), call)

    def table(self, cases: Sequence[Case]) -> dict[str, Json]:
        """Inputs, expected values and each misconception's values, as plain JSON."""
        return {
            "name": self.name,
            "rtol": self.rtol,
            "atol": self.atol,
            "parts": list(self.parts),
            "cases": [self._row(case) for case in cases],
            "misconceptions": self._misconceptions(cases),
        }

    def _misconceptions(self, cases: Sequence[Case]) -> list[Json]:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return [
                {
                    "name": entry.name,
                    "message": entry.message,
                    "credit": entry.credit,
                    "kind": entry.kind,
                    "values": [self._value(entry.formula, case) for case in cases],
                }
                for entry in self.misconceptions
            ]

    def _row(self, case: Case) -> dict[str, Json]:
        parameters = _parameters(self.reference)
        inputs = [
            {
                "name": name,
                "value": encode(value),
                "keyword": parameters[name].kind is inspect.Parameter.KEYWORD_ONLY,
            }
            for name, value in case.inputs.items()
        ]
        expected = _plain(_call(self.reference, case))
        return {"inputs": inputs, "claim": case.claim, "cost": case.cost, "expected": encode(expected)}

    @staticmethod
    def _value(formula: Callable[..., Any], case: Case) -> Json:
        """What a misconception answers; None where it has no answer."""
        try:
            return encode(_plain(_call(formula, case)))
        except (ArithmeticError, ValueError, IndexError, np.linalg.LinAlgError):
            return None


@functools.lru_cache(256)
def _parameters(formula: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(formula).parameters


def _call(formula: Callable[..., Any], case: Case) -> Any:
    parameters = _parameters(formula)
    unknown = set(case.inputs) - set(parameters)
    if unknown:
        raise CourseError(
            f"{formula.__name__} has no parameter {sorted(unknown)[0]!r}, which a case of its check passes"
        )
    by_keyword = {n: v for n, v in case.inputs.items() if parameters[n].kind is inspect.Parameter.KEYWORD_ONLY}
    return formula(*(v for n, v in case.inputs.items() if n not in by_keyword), **by_keyword)


def _plain(value: Any) -> Any:
    """Dataclasses become tuples of their fields, everything else stays."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return tuple(getattr(value, part.name) for part in dataclasses.fields(value))
    return value
