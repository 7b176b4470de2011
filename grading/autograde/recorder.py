"""Records a class's results as they come: notebooks, result files, and marks in batches."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from grading.autograde.mark_changes import MarkChange, Stored
from grading.files import write_atomically
from grading.intake.exchange import copy_exchange_files
from grading.intake.submitted import submitted_at
from grading.submission.results import CellMark, Result, ResultStore, SubmissionState

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

    def students(self, state: SubmissionState) -> list[Result]:
        """Results in one state."""
        return [result for result in self.results if result.state == state]


class ResultRecorder:
    """Writes each result's files below `root` as it comes, and marks to the gradebook in batches."""

    def __init__(
        self,
        root: Path,
        unit: str,
        store: ResultStore,
        book: GradebookWriter,
        folders: Mapping[str, Path],
        before: Stored,
    ) -> None:
        self._root, self._unit, self._store, self._book = root, unit, store, book
        self._folders, self._before = folders, before
        self._batch: list[Result] = []
        self._told: dict[CellMark, CellMark] = {}
        self._changed: dict[str, set[str]] = {}
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
        if reused:
            self._store.confirm(result.fingerprint)
        else:
            path = self._root / "autograded" / result.student / self._unit / f"{self._unit}.ipynb"
            marked = {name for name, m in self._before.get(result.student, {}).items() if m.manual is not None}
            if marked:
                self._changed[result.student] = marked & _changed_answers(path, result.notebook)
            write_atomically(path, result.notebook)
            self._store.save(result)  # after the notebook: a kept result promises that its notebook is there
        target = self._root / "autograded" / result.student / self._unit
        copy_exchange_files(self._folders[result.student], target)  # the same work may be handed in again
        self._batch.append(self._lean(result))
        if len(self._batch) >= BATCH or time.monotonic() - self._written_at > BATCH_SECONDS:
            self._commit()

    def _commit(self) -> None:
        if self._batch and not self._book.look_only:
            times = {result.student: submitted_at(self._folders[result.student]) for result in self._batch}
            self._book.record(self._batch, times=times, changed=self._changed)
        self._batch, self._written_at = [], time.monotonic()


def _changed_answers(old: Path, new: str) -> set[str]:
    """Cells whose source differs between the notebook graded before and the one graded now."""

    def sources(text: str) -> dict[str, str]:
        return {str(cell.get("id")): str(cell.get("source")) for cell in json.loads(text)["cells"]}

    try:
        before = sources(old.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError):
        return set()
    return {name for name, source in sources(new).items() if before.get(name) != source}
