"""Records a class's results as they come: notebooks, result files, and marks in batches."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from grading.autograde.mark_changes import MarkChange, Stored
from grading.course import Course
from grading.files import write_atomically
from grading.intake.exchange import copy_exchange_files
from grading.intake.submitted import submitted_at
from grading.submission.results import CellMark, Result, ResultStore, SubmissionState
from grading.units.master import nbgrader_of, notebook_cells, source_of

if TYPE_CHECKING:
    from grading.gradebook.writer import GradebookWriter

BATCH = 50  # results per transaction
BATCH_SECONDS = 2.0

Progress = Callable[[Result, int], None]


@dataclass
class Summary:
    """How a class fared."""

    unit: str
    mode: str
    results: list[Result] = field(default_factory=list)
    changes: list[MarkChange] = field(default_factory=list)
    reused: int = 0
    odd_times: dict[str, str] = field(default_factory=dict)

    def students(self, state: SubmissionState) -> list[Result]:
        """Results in one state."""
        return [result for result in self.results if result.state == state]


class ResultRecorder:
    """Writes each result's files as it comes, and marks to the gradebook in batches.

    `version` names the tests that new results are graded by. The course must be locked: results get the number
    that follows the last run's.
    """

    def __init__(
        self,
        course: Course,
        store: ResultStore,
        book: GradebookWriter,
        folders: Mapping[str, Path],
        before: Stored,
        version: str,
    ) -> None:
        self._store, self._book, self._folders, self._before = store, book, folders, before
        self._zone = course.timezone
        self._version, self._current = version, store.latest()
        self._run = 1 + max((result.run for result in self._current.values()), default=0)
        self._batch: list[Result] = []
        self._told: dict[CellMark, CellMark] = {}
        self._written_at = time.monotonic()

    def record_all(
        self, results: Iterable[tuple[Result, bool]], summary: Summary, progress: Progress, total: int
    ) -> None:
        """Record every result; what was recorded stays so if a later one fails."""
        try:
            for result, reused in results:
                self._record(result, reused)
                summary.reused += reused
                summary.results.append(self._lean(result))
                progress(result, total)
        finally:
            self._commit()

    def _lean(self, result: Result) -> Result:
        """A result without its notebook, and its marks shared with whoever got the same: classes can be large."""
        marks = tuple(self._told.setdefault(mark, mark) for mark in result.marks)
        return replace(result, notebook="", marks=marks)

    def _record(self, result: Result, reused: bool) -> None:
        path = self._store.notebook(result.student)
        if reused:
            self._confirm(result)
        else:
            self._ask_again(path, result)
            write_atomically(path, result.notebook)
            # after the notebook: a kept result promises that its notebook is there
            self._store.save(replace(result, version=self._version, run=self._run))
        copy_exchange_files(self._folders[result.student], path.parent)  # the same work may be handed in again
        self._batch.append(self._lean(result))
        if len(self._batch) >= BATCH or time.monotonic() - self._written_at > BATCH_SECONDS:
            self._commit()

    def _confirm(self, kept: Result) -> None:
        """Make a kept result its student's current one, and note by which tests, if that is not on record."""
        current = self._current.get(kept.student)
        if current is None or current.fingerprint != kept.fingerprint or not kept.version:
            self._store.save(replace(kept, version=kept.version or self._version, run=self._run))

    def _ask_again(self, path: Path, result: Result) -> None:
        """Ask for another look at marks by hand whose answers changed, while the notebook still tells which."""
        marked = {name for name, m in self._before.get(result.student, {}).items() if m.manual is not None}
        changed = marked & _changed_answers(path, result.notebook) if marked else set()
        if changed and not self._book.look_only:
            self._enter([self._lean(result)], {result.student: changed})

    def _commit(self) -> None:
        if self._batch and not self._book.look_only:
            self._enter(self._batch, {})
        self._batch, self._written_at = [], time.monotonic()

    def _enter(self, results: Sequence[Result], changed: Mapping[str, set[str]]) -> None:
        times = {result.student: submitted_at(self._folders[result.student], self._zone) for result in results}
        self._book.record(results, times=times, changed=changed)


def _changed_answers(old: Path, new: str) -> set[str]:
    """Graded cells whose answer differs between the notebook graded before and the one graded now.

    All of them, if the notebook graded before is gone.
    """
    cells = json.loads(new)["cells"]
    try:
        before = {cell["id"]: source_of(cell) for cell in notebook_cells(old)}
    except (OSError, ValueError, KeyError):
        before = {}
    changed, answer_changed = set(), False
    for cell in cells:
        nbgrader = nbgrader_of(cell)
        if nbgrader and nbgrader["solution"]:
            answer_changed = before.get(cell["id"]) != source_of(cell)
        if nbgrader and nbgrader["grade"] and (answer_changed or not before):
            changed.add(str(cell["id"]))
    return changed
