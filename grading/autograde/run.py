"""Grade a class: each submission in its own sandboxed process, results kept one by one, marks in batches."""

from __future__ import annotations

import gc
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TypeAlias

from grading.autograde.executors import Executor, GradeAll, GraderSetup, processes
from grading.autograde.mark_changes import mark_changes
from grading.autograde.recorder import Progress, ResultRecorder, Summary
from grading.autograde.watched import OverrunError, Replaced, WatchedProcess, answer_each
from grading.course import Course
from grading.intake.submitted import submitted_folders
from grading.submission.fingerprint import Work
from grading.submission.grade import failed, unread
from grading.submission.read import read_folder
from grading.submission.recogniser import Recogniser
from grading.submission.results import Result, ResultStore
from grading.units.unit import Unit, load_unit

READ_SECONDS = 60.0  # for the files of one submission
Reader: TypeAlias = Callable[[Path, str], Work | Result]
"""Reads a student's folder; if that cannot be done, it gives the result that says so."""


@contextmanager
def reader(course: Course, unit: Unit) -> Generator[Reader, None, None]:
    """Read submissions in a watched process, so that none of them can hold up or swell this one."""
    recogniser = Recogniser(course, unit.name)

    def start() -> WatchedProcess:
        return WatchedProcess(lambda connection: answer_each(connection, partial(_read, unit, recogniser)))

    def read(folder: Path, student: str) -> Work | Result:
        try:
            found: Work | Result = process.ask((folder, student), READ_SECONDS)
            return found
        except OverrunError as error:
            if error.what == "ended":
                return failed(student, unit, RuntimeError(f"the process that read it ended, {error.detail}"))
            return unread(student, unit, error.what, error.detail)

    with Replaced(start, start()) as process:
        yield read


def _read(unit: Unit, recogniser: Recogniser, task: tuple[Path, str]) -> Work | Result:
    folder, student = task
    try:
        return Work.of(read_folder(folder, student, recogniser), unit)
    except Exception as error:  # one unreadable folder must not end the run: it becomes a failed result
        return failed(student, unit, error)


# ---------------------------------------------------------------- what was graded before, and what was not


class _Source:
    """Reads submissions; tells which results of an earlier run still hold, and has the others graded."""

    def __init__(self, read: Reader, store: ResultStore, autograded: Path, again: bool) -> None:
        self._read, self._store, self._autograded, self._again = read, store, autograded, again
        self._unread: list[Result] = []
        self._kept: deque[Result] = deque()

    def results(
        self, folders: Mapping[str, Path], grade_all: GradeAll
    ) -> Generator[tuple[Result, bool], None, None]:
        """Every submission's result, and whether it was kept from an earlier run."""
        for result in grade_all(self._to_grade(folders)):
            yield from self._take_kept()
            yield result, False
        yield from self._take_kept()
        yield from ((result, False) for result in self._unread)

    def _to_grade(self, folders: Mapping[str, Path]) -> Iterator[Work]:
        """Read each submission once; pass on those that no earlier result holds for."""
        for student, folder in folders.items():
            work = self._read(folder, student)
            if isinstance(work, Result):
                self._unread.append(work)
                continue
            kept = None if self._again else self._store.load(work.fingerprint)
            if kept is not None and self._notebook_is_of(kept):
                self._kept.append(kept)
            else:
                yield work

    def _take_kept(self) -> Iterator[tuple[Result, bool]]:
        while self._kept:
            yield self._kept.popleft(), True

    def _notebook_is_of(self, kept: Result) -> bool:
        """Whether the notebook that people read is the one of this result; a student may hand in A, B, then A."""
        path = self._autograded / kept.student / kept.unit / f"{kept.unit}.ipynb"
        try:
            return kept.fingerprint in path.read_text(encoding="utf-8")[-500:]
        except OSError:
            return False


def _executor(course: Course, setup: GraderSetup, jobs: int, scheduler: str | None) -> Executor:
    """Where to grade: on a cluster if one is named, else on this machine."""
    if scheduler is not None:
        from grading.autograde.cluster import cluster  # Dask takes a second to import

        return cluster(course, setup, scheduler)
    return processes(setup, jobs)


def _import_gradebook() -> None:
    import grading.gradebook.writer  # noqa: F401


# ---------------------------------------------------------------- the class


def autograde(
    course: Course,
    unit_name: str,
    *,
    students: Sequence[str] = (),
    jobs: int = 1,
    scheduler: str | None = None,
    regrade: bool = False,
    unsafe: bool = False,
    preview: Path | None = None,
    progress: Progress = lambda result, total: None,
) -> Summary:
    """Grade the submissions of a unit and enter the marks.

    Parameters
    ----------
    course, unit_name : Course, str
        What to grade.
    students : sequence of str
        Only these; all by default.
    jobs : int
        Submissions graded at once on this machine.
    scheduler : str, optional
        Address of a Dask scheduler whose workers grade instead.
    regrade : bool
        Grade again what was graded already; by default only what is new or whose tests changed.
    unsafe : bool
        Run without a sandbox where none can be had. Recorded beside the marks.
    preview : Path, optional
        Keep results and notebooks in this folder, and enter no marks.
    progress : callable
        Called with each result and the number of submissions.
    """
    folders = submitted_folders(course, unit_name, students)
    python = course.student_python
    root = course.root if preview is None else preview
    store = ResultStore(root / "results" / unit_name)
    summary = Summary(unit_name, "")
    with ExitStack() as stack:
        unit = load_unit(course, unit_name)
        read = stack.enter_context(reader(course, unit))
        executor = _executor(course, GraderSetup(unit, python, unsafe), jobs, scheduler)
        importing = threading.Thread(target=_import_gradebook)  # takes a second, as the sandbox's start does
        importing.start()
        stack.callback(importing.join)
        grade_all = stack.enter_context(executor)
        importing.join()
        from grading.gradebook.writer import GradebookWriter

        book = stack.enter_context(GradebookWriter(course, unit_name, look_only=preview is not None))
        before = book.marks(folders)
        gc.freeze()  # later collections skip the modules imported so far
        stack.callback(gc.unfreeze)
        source = _Source(read, store, root / "autograded", regrade)
        recorder = ResultRecorder(root, unit_name, store, book, folders, before)
        results = stack.enter_context(closing(source.results(folders, grade_all)))
        recorder.record_all(results, summary, progress, len(folders))
    summary.mode = next((result.sandbox for result in summary.results if result.sandbox), "")
    summary.results.sort(key=lambda result: result.student)
    summary.changes = [change for change in mark_changes(before, summary.results) if change.moved]
    return summary
