"""Regrade a class in two steps: look at what would change, then enter exactly that.

The preview grades everything anew into a folder of its own; the gradebook is only read. What it saw of the tests,
the submissions and the marks is noted, and accepting refuses if any of them has changed since.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from grading.autograde.mark_changes import MarkChange, Stored, mark_changes
from grading.autograde.recorder import Progress, ResultRecorder, Summary
from grading.autograde.run import grade_class, reader
from grading.course import Course, one_at_a_time
from grading.errors import CourseError
from grading.files import write_atomically
from grading.gradebook.stored_mark import StoredMark
from grading.gradebook.writer import GradebookWriter
from grading.intake.submitted import submitted_folders
from grading.submission.fingerprint import version
from grading.submission.results import Result, ResultStore, result_store
from grading.tables import csv_text
from grading.units.unit import Unit, load_unit


@dataclass(frozen=True)
class Preview:
    """What a regrade would do."""

    unit: str
    summary: Summary
    moves: tuple[MarkChange, ...]
    table: Path

    @property
    def moved(self) -> list[MarkChange]:
        """Checks whose mark would change."""
        return [move for move in self.moves if move.kind != "same"]

    @property
    def above(self) -> list[MarkChange]:
        """Marks by hand that exceed what the check would be worth."""
        return [move for move in self.moves if move.by_hand is not None and move.by_hand > move.points_after]


def preview_folder(course: Course, unit: str) -> Path:
    """Where a preview keeps what it found."""
    return course.results / unit / "preview"


def preview(
    course: Course,
    unit: str,
    *,
    students: Sequence[str] = (),
    jobs: int = 1,
    unsafe: bool = False,
    progress: Progress = lambda result, total: None,
) -> Preview:
    """Grade a class anew without entering a mark.

    Parameters are those of `grading.autograde.run.grade_class`.

    Raises
    ------
    CourseError
        If there are no marks to compare with, or the set of graded cells has changed.
    """
    with one_at_a_time(course, f"regrade {unit}"):
        return _preview(course, unit, students=students, jobs=jobs, unsafe=unsafe, progress=progress)


def _preview(course: Course, unit: str, **how: Any) -> Preview:
    folder = preview_folder(course, unit)
    if _note(folder).exists():  # a finished preview; what an interrupted one found is used again
        shutil.rmtree(folder)
    loaded = load_unit(course, unit)
    before = _stored(course, unit, submitted_folders(course, unit, how["students"]))
    summary = grade_class(course, unit, preview=folder, **how)
    _refuse_other_cells(course, unit, before, summary.results)
    moves = tuple(mark_changes(before, summary.results))
    note = {
        "digest": loaded.digest,
        "before": {
            student: {name: [m.auto, m.manual] for name, m in found.items()} for student, found in before.items()
        },
        "results": {
            result.student: [result.fingerprint, _digest(*_kept(folder, result))] for result in summary.results
        },
    }
    table = course.results / f"{unit}-regrade.csv"
    write_atomically(table, _table(moves))
    write_atomically(_note(folder), json.dumps(note) + "\n")
    return Preview(unit, summary, moves, table)


def accept(course: Course, unit: str) -> int:
    """Enter the marks of the last preview; return of how many students.

    Raises
    ------
    CourseError
        If there is no preview, or if tests, submissions, marks or the kept results have changed since.
    """
    with one_at_a_time(course, f"regrade {unit} --accept"):
        return _accept(course, unit)


def _accept(course: Course, unit: str) -> int:
    folder = preview_folder(course, unit)
    again = f"run 'python -m grading regrade {unit}' again"
    try:
        note: dict[str, Any] = json.loads(_note(folder).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CourseError(
            f"there is no finished preview of {unit}; run 'python -m grading regrade {unit}'"
        ) from None
    loaded = load_unit(course, unit)
    if loaded.digest != note["digest"]:
        raise CourseError(f"{unit}: its tests, points or limits have changed since the preview; {again}")
    folders = submitted_folders(course, unit, tuple(note["results"]))
    results = list(_previewed(course, loaded, folders, note, again))
    with GradebookWriter(course, unit, look_only=True) as book:
        _refuse_other_marks(book.marks(folders), note["before"], results, again)
    store = result_store(course, unit)
    write_atomically(store.accepting, "")  # as long as it lies there, no mark of the class goes out
    whole = ((replace(result, notebook=_kept(folder, result)[1]), False) for result in results)  # one at a time
    with GradebookWriter(course, unit) as book:
        recorder = ResultRecorder(course, store, book, folders, book.marks(folders), version(loaded))
        recorder.record_all(whole, Summary(unit, ""), lambda result, total: None, len(results))
    store.accepting.unlink()
    shutil.rmtree(folder)
    return len(results)


def _note(folder: Path) -> Path:
    return folder / "preview.json"


def _stored(course: Course, unit: str, folders: Mapping[str, Path]) -> dict[str, dict[str, StoredMark]]:
    with GradebookWriter(course, unit, look_only=True) as book:
        return book.marks(folders)


def _refuse_other_cells(course: Course, unit: str, before: Stored, results: Sequence[Result]) -> None:
    """Say before anybody accepts that a gradebook with marks takes no other set of graded cells."""
    had = {name for found in before.values() for name in found}
    has = {mark.grade_id for result in results for mark in result.marks}
    if had and had != has:
        which = ", ".join(sorted(had ^ has))
        raise CourseError(
            f"{course.source(unit)}: the graded cells are not those that have marks (differ: {which}); "
            "keep their grade_ids, give the unit a new name, or start a new gradebook"
        )


def _table(moves: Sequence[MarkChange]) -> str:
    header = ["student", "check", "change", "before", "after", "points_before", "points_after", "by_hand"]
    rows = [
        [m.student, m.grade_id, m.kind, m.before, m.after, m.points_before, m.points_after, m.by_hand]
        for m in moves
    ]
    return csv_text(header, rows)


def _kept(folder: Path, result: Result) -> tuple[str, str]:
    """A previewed result and its notebook, as text."""
    store = ResultStore(folder / "results" / result.unit)
    notebook = folder / "autograded" / result.student / result.unit / f"{result.unit}.ipynb"
    kept = store.load(result.fingerprint)
    return json.dumps(asdict(kept)) if kept else "", notebook.read_text(encoding="utf-8")


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()


def _previewed(
    course: Course, unit: Unit, folders: Mapping[str, Path], note: Mapping[str, Any], again: str
) -> Iterator[Result]:
    """The results of the preview, each the result of what still lies in ``submitted/``."""
    folder = preview_folder(course, unit.name)
    store = ResultStore(folder / "results" / unit.name)
    with reader(course, unit) as read:
        now = {student: read(folders[student], student).fingerprint for student in note["results"]}
    for student, (previewed, digest) in note["results"].items():
        if now[student] != previewed:
            raise CourseError(f"{folders[student]}: changed since the preview, or could not be graded; {again}")
        result = store.load(previewed)
        if result is None:
            raise CourseError(f"{store.path(previewed)}: gone or unreadable; {again}")
        if _digest(*_kept(folder, result)) != digest:
            raise CourseError(f"{folder}: what the preview kept of {student} was changed; {again}")
        yield result


def _refuse_other_marks(now: Stored, before: Mapping[str, Any], results: Sequence[Result], again: str) -> None:
    """Refuse if somebody marked or graded since; what an interrupted accept has entered already is no change."""
    for result in results:
        found = now.get(result.student, {})
        after = {mark.grade_id: mark.score for mark in result.marks}
        for name, (auto, manual) in before.get(result.student, {}).items():
            mark = found.get(name)
            if mark is None or mark.manual != manual or mark.auto not in (auto, after.get(name)):
                raise CourseError(f"{result.student}: the mark of {name} has changed since the preview; {again}")
