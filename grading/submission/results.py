"""What grading one submission gives, and the files that remember it."""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from grading.course import Course
from grading.errors import CourseError
from grading.files import write_atomically
from grading.oddities import Oddity

SubmissionState = Literal["graded", "timed out", "crashed", "malformed", "missing"]
STATES: tuple[SubmissionState, ...] = ("graded", "timed out", "crashed", "malformed", "missing")


@dataclass(frozen=True)
class CellMark:
    """The mark of one graded cell.

    Parameters
    ----------
    grade_id : str
        The cell.
    points : float
        What it is worth.
    score : float or None
        What was earned; None while a written answer waits for a person.
    message : str
        What the student should hear.
    misconception : str or None
        Name of the known-wrong formula that the answer follows.
    written : bool
        Graded by hand.
    unwritten : bool
        There is no answer yet, so that none can be wrong.
    given : tuple of str
        Earlier functions that are wrong: with right ones in their place this answer is right, and so counts.
    """

    grade_id: str
    points: float
    score: float | None
    message: str
    misconception: str | None = None
    written: bool = False
    unwritten: bool = False
    given: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """Outcome of one submission: a state, a mark per graded cell, oddities for the TA, the executed notebook.

    Which of a student's results counts is told by `run`, the number of the run that recorded it, and never by a
    file's time; `version` names the tests that it was graded by. Results of earlier graders have neither.
    """

    student: str
    unit: str
    fingerprint: str
    state: SubmissionState
    cause: Oddity | None
    marks: tuple[CellMark, ...]
    oddities: tuple[Oddity, ...] = ()
    seconds: float = 0.0
    sandbox: str = ""
    notebook: str = field(default="", compare=False)
    version: str = field(default="", compare=False)
    run: int = field(default=0, compare=False)

    @property
    def note(self) -> str:
        """Why it is not simply graded, in words."""
        return self.cause.text if self.cause is not None else ""

    @property
    def score(self) -> float:
        """Points earned so far."""
        return float(sum(mark.score or 0.0 for mark in self.marks))

    @property
    def points(self) -> float:
        """Points there are."""
        return float(sum(mark.points for mark in self.marks))


_FINGERPRINT = re.compile(r'"fingerprint": ?"([^"]*)"')


@dataclass(frozen=True)
class ResultStore:
    """Folder ``results/<unit>`` with one JSON file per result, named by the hash of what decided its marks.

    The notebooks of the results lie in ``autograded/`` of the same course folder, or preview.
    """

    folder: Path

    def path(self, fingerprint: str) -> Path:
        """Where a result lies."""
        return self.folder / f"{fingerprint}.json"

    def notebook(self, student: str) -> Path:
        """Where the notebook lies that people read."""
        unit = self.folder.name
        return self.folder.parents[1] / "autograded" / student / unit / f"{unit}.ipynb"

    def notebook_fingerprint(self, student: str) -> str | None:
        """The result that the student's notebook names; None if there is no notebook, or none that says so."""
        try:
            text = self.notebook(student).read_text(encoding="utf-8")
        except (OSError, ValueError):
            return None
        found = _FINGERPRINT.findall(text[-500:])  # the notebook's metadata stand behind its cells
        return found[-1] if found else None

    @property
    def accepting(self) -> Path:
        """Where a note lies while the marks of a regrade are being entered."""
        return self.folder / ".accepting"

    def save(self, result: Result) -> None:
        """Keep a result; its notebook lies elsewhere."""
        record = dataclasses.asdict(dataclasses.replace(result, notebook=""))
        write_atomically(self.path(result.fingerprint), json.dumps(record, indent=1) + "\n")

    def load(self, fingerprint: str) -> Result | None:
        """The kept result, or None; an unreadable file counts as none."""
        try:
            record: dict[str, Any] = json.loads(self.path(fingerprint).read_text(encoding="utf-8"))
            marks = tuple(_mark(mark) for mark in record.pop("marks"))
            oddities = tuple(_oddity(oddity) for oddity in record.pop("oddities"))
            cause = record.pop("cause", None) or record.pop("note", None)
            record["run"] = int(record.get("run", 0))
            return Result(**record, cause=_oddity(cause) if cause else None, marks=marks, oddities=oddities)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def latest(self) -> dict[str, Result]:
        """Each student's current result: the one that the last run recorded.

        Of results without a run's number the one counts that the student's notebook names.
        """
        paths = [path for path in self.folder.glob("*.json") if path.name[0] != "."]
        loaded = [result for path in paths if (result := self.load(path.stem)) is not None]
        loaded.sort(key=lambda result: (result.run, self._is_named(result), result.fingerprint))
        return {result.student: result for result in loaded}

    def _is_named(self, result: Result) -> bool:
        return not result.run and self.notebook_fingerprint(result.student) == result.fingerprint


def _oddity(record: Any) -> Oddity:
    """An oddity from a file; results made before oddities were data hold sentences."""
    return Oddity("earlier", detail=record) if isinstance(record, str) else Oddity(**record)


def _mark(record: dict[str, Any]) -> CellMark:
    """A mark from a file; results made before marks said so tell by their message that nothing was written."""
    message = record["message"]
    absent = message.endswith(("ot written yet.", "o answer was written.")) or "the name is not defined" in message
    return CellMark(**{"unwritten": absent, **record, "given": tuple(record.get("given", ()))})


def result_store(course: Course, unit: str) -> ResultStore:
    """Where a course keeps the results of a unit."""
    return ResultStore(course.results / unit)


def graded(course: Course, unit: str) -> dict[str, Result]:
    """Each student's current result.

    Raises
    ------
    CourseError
        If nothing was graded yet.
    """
    results = result_store(course, unit).latest()
    if not results:
        raise CourseError(f"no graded submission of {unit} yet; run 'python -m grading autograde {unit}'")
    return results
