"""Data of each student's own: drawn from a keyed hash of student and unit, and drawn again when grading.

A unit has them if ``course.toml`` has a table ``[per_student.<unit>]`` with ``files``, the files' names. Then
``tests/hidden/<unit>.py`` defines two functions:

``student_files(rng)``
    gives the text of each file, drawn from a `numpy.random.Generator` that belongs to one student;
``student_answers(files)``
    gives, from these texts, the right value of each variable or function that ``own_answer`` asks for.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from grading.checks.notebook_check import Verdict, mismatch
from grading.course import SETTINGS, Course
from grading.errors import CourseError
from grading.oddities import Oddity
from grading.units.hidden_tests import load

FOLDER = "exercises-per-student"
MOST_NAMED = 3  # do not name others if more than this many share the answer

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Personal:
    """How a unit's personal data are drawn; plain data, so that it travels to other processes.

    Parameters
    ----------
    unit : str
        The unit.
    key : bytes
        What the students' generators are derived from.
    path, source : str
        The unit's hidden tests: where they lie, and their text.
    root : str
        The course folder, which hidden tests import from.
    files : tuple of str
        Names of the files that each student gets.
    roster : tuple of str
        Everybody who has data; whose they are is looked up here.
    """

    unit: str
    key: bytes = field(repr=False)
    path: str
    source: str = field(repr=False)
    root: str
    files: tuple[str, ...]
    roster: tuple[str, ...] = field(default=(), compare=False)

    def files_of(self, student: str) -> dict[str, bytes]:
        """The student's own files."""
        digest = hmac.digest(self.key, student.encode("utf-8", "surrogatepass"), "sha256")
        rng = np.random.default_rng(int.from_bytes(digest, "big"))
        drawn = self._call("student_files", rng)
        if not isinstance(drawn, dict) or set(drawn) != set(self.files):
            raise CourseError(f"{self.path}: student_files must give exactly: {', '.join(self.files)}")
        return {
            name: text.encode("utf-8") if isinstance(text, str) else bytes(text) for name, text in drawn.items()
        }

    def answers_of(self, student: str) -> dict[str, Any]:
        """The right answers for the student's own files."""
        texts = {name: data.decode("utf-8") for name, data in self.files_of(student).items()}
        answers = self._call("student_answers", texts)
        if not isinstance(answers, dict):
            raise CourseError(f"{self.path}: student_answers must give a dictionary")
        return answers

    def _call(self, name: str, argument: Any) -> Any:
        function = getattr(load(self.path, self.source, self.root), name, None)
        if function is None:
            raise CourseError(f"{self.path}: [per_student.{self.unit}] of {SETTINGS} needs a function {name} here")
        try:
            return function(argument)
        except Exception as error:
            raise CourseError(f"{self.path}: {name} failed ({type(error).__name__}: {error})") from error


@lru_cache(maxsize=2)
def _all_data(personal: Personal, roster: tuple[str, ...]) -> dict[str, tuple[dict[str, bytes], dict[str, Any]]]:
    """Files and answers of all students; worked out once a process, and only when somebody's do not fit."""
    return {student: (personal.files_of(student), personal.answers_of(student)) for student in roster}


def everybody(course: Course, unit: str) -> set[str]:
    """Who got data or handed in."""
    return {path.parent.name for top in ("submitted", FOLDER) for path in course.root.glob(f"{top}/*/{unit}")}


def personal_data(course: Course, unit: str, secret: bytes) -> Personal | None:
    """How the unit's personal data are drawn; None if it has none."""
    table = course.settings.per_student.get(unit)
    if table is None:
        return None
    path = course.hidden_tests(unit)
    return Personal(
        unit=unit,
        key=hmac.digest(secret, f"per-student/{unit}".encode(), "sha256"),
        path=str(path),
        source=path.read_text(encoding="utf-8"),
        root=str(course.root),
        files=tuple(sorted(table.files)),
        roster=tuple(sorted(everybody(course, unit))),
    )


class OwnAnswers:
    """Judges one student's answers against that student's data, and notes whose data a wrong one fits."""

    def __init__(self, personal: Personal, student: str) -> None:
        self._personal, self._student = personal, student
        self.oddities: list[Oddity] = []

    def look_at(self, handed_in: Files) -> None:
        """Note a personal file that is not the student's; it is not used in any case."""
        own_files = self._personal.files_of(self._student)
        for name in self._personal.files:
            if name in handed_in and handed_in[name] != own_files[name]:
                whose = [s for s, (files, _) in self._others() if files[name] == handed_in[name]]
                kind = "another's file" if whose else "other file"
                self.oddities.append(Oddity(kind, name, ", ".join(whose)))

    def verdict(self, name: str, value: Any, *, rtol: float, atol: float) -> Verdict:
        """Full points for the value that the student's own data give, else none."""
        answers = self._personal.answers_of(self._student)
        if name not in answers:
            raise CourseError(f"{self._personal.path}: student_answers gives no {name!r}, which a test asks for")
        if mismatch(value, answers[name], rtol=rtol, atol=atol) is None:
            return Verdict(1.0, f"{name}: correct for your data.")
        whose = [
            s for s, (_, theirs) in self._others() if mismatch(value, theirs[name], rtol=rtol, atol=atol) is None
        ]
        if 0 < len(whose) <= MOST_NAMED:
            self.oddities.append(Oddity("another's answer", name, ", ".join(whose)))
        return Verdict(0.0, f"{name}: not what your own data give. Work it out from the files you were given.")

    def _others(self) -> Iterable[tuple[str, tuple[dict[str, bytes], dict[str, Any]]]]:
        data = _all_data(self._personal, self._personal.roster)
        return [(student, theirs) for student, theirs in data.items() if student != self._student]
