"""Grade a class: each submission in its own sandboxed process, results kept one by one, marks in batches."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from importlib import import_module
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from grading.autograde.changed_tests import refuse_changed_tests
from grading.autograde.executors import Executor, GradeAll, GraderSetup, processes
from grading.autograde.mark_changes import Stored, mark_changes
from grading.autograde.recorder import Progress, ResultRecorder, Summary
from grading.autograde.watched import OverrunError, Replaced, WatchedProcess, answer_each
from grading.course import Course, one_at_a_time
from grading.files import remove_leftovers
from grading.intake.submitted import odd_times, submitted_folders
from grading.lms.class_list import class_list, gradebook_columns
from grading.nbgrader_bridge import import_nbgrader
from grading.sandbox import Sandbox
from grading.submission.fingerprint import Work, fingerprint_by, version
from grading.submission.grade import failed, unread
from grading.submission.read import read_folder
from grading.submission.recogniser import Recogniser
from grading.submission.results import Result, ResultStore
from grading.units.unit import Unit, load_unit

if TYPE_CHECKING:
    from grading.gradebook.writer import GradebookWriter

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
    """Reads submissions; tells which results of an earlier run still hold, and has the others graded.

    With `mixed` a result of other tests holds too, as long as the submission is the same.
    """

    def __init__(
        self, read: Reader, store: ResultStore, current: Mapping[str, Result], *, again: bool, mixed: bool
    ) -> None:
        self._read, self._store, self._current, self._again, self._mixed = read, store, current, again, mixed
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
            kept = None if self._again else self._kept_result(work)
            # a student may hand in A, B, then A: the notebook that people read must be of the same result
            if kept is not None and self._store.notebook_fingerprint(student) == kept.fingerprint:
                self._kept.append(kept)
            else:
                yield work

    def _kept_result(self, work: Work) -> Result | None:
        kept = self._store.load(work.fingerprint)
        current = self._current.get(work.submission.student)
        if kept is None and self._mixed and current is not None and current.version:
            same = fingerprint_by(work.submission, current.version) == current.fingerprint
            return current if same else None
        return kept

    def _take_kept(self) -> Iterator[tuple[Result, bool]]:
        while self._kept:
            yield self._kept.popleft(), True


def _executor(
    course: Course, setup: GraderSetup, jobs: int, scheduler: str | None, box: Sandbox | None
) -> Executor:
    """Where to grade: on a cluster if one is named, else on this machine."""
    if scheduler is not None:
        from grading.autograde.cluster import cluster  # Dask takes a second to import

        return cluster(course, setup, scheduler)
    return processes(setup, jobs, box)


# ---------------------------------------------------------------- the class


def autograde(course: Course, unit_name: str, **how: Any) -> Summary:
    """Grade the submissions of a unit and enter the marks; parameters are those of `grade_class`.

    Raises
    ------
    CourseError
        If the class was graded by other tests, or another command is at work in the course folder.
    """
    with one_at_a_time(course, f"autograde {unit_name}"):
        return grade_class(course, unit_name, **how)


def grade_class(
    course: Course,
    unit_name: str,
    *,
    students: Sequence[str] = (),
    jobs: int = 1,
    scheduler: str | None = None,
    regrade: bool = False,
    mixed: bool = False,
    unsafe: bool = False,
    preview: Path | None = None,
    box: Sandbox | None = None,
    progress: Progress = lambda result, total: None,
) -> Summary:
    """Grade in a course folder that is locked.

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
        Grade again what was graded already, by the same tests; by default only what is new.
    mixed : bool
        Grade what is new although the tests have changed since others were graded.
    unsafe : bool
        Run without a sandbox where none can be had. Recorded beside the marks.
    preview : Path, optional
        Keep results and notebooks in this folder, and enter no marks.
    box : Sandbox, optional
        One for this unit and `jobs`, started beforehand.
    progress : callable
        Called with each result and the number of submissions.
    """
    folders = submitted_folders(course, unit_name, students)
    python = course.student_python
    store = ResultStore((course.root if preview is None else preview) / "results" / unit_name)
    remove_leftovers([course.root, store.folder, *(store.notebook(student).parent for student in folders)])
    summary = Summary(unit_name, "")
    with ExitStack() as stack:
        unit = load_unit(course, unit_name)
        read = stack.enter_context(reader(course, unit))
        current = store.latest()
        if preview is None:
            refuse_changed_tests(course, unit, current, mixed=mixed)
        executor = _executor(course, GraderSetup(unit, python, unsafe), jobs, scheduler, box)
        open_gradebook = partial(_gradebook, course, unit_name, look_only=preview is not None)
        grade_all, opening = _started(stack, executor, open_gradebook)
        source = _Source(read, store, current, again=regrade, mixed=mixed)
        results = stack.enter_context(closing(source.results(folders, grade_all)))
        first = list(islice(results, 1))
        book = opening.result()
        before = book.marks(folders)
        gc.freeze()  # later collections skip the modules imported so far
        gc.enable()
        stack.callback(gc.unfreeze)
        recorder = ResultRecorder(course, store, book, folders, before, version(unit))
        recorder.record_all(chain(first, results), summary, progress, len(folders))
    summary.odd_times = odd_times(folders, course.timezone)
    return _completed(summary, before)


def _started(
    stack: ExitStack, executor: Executor, open_gradebook: Callable[[], GradebookWriter]
) -> tuple[GradeAll, Future[GradebookWriter]]:
    """The grader, and the gradebook, which is opened meanwhile.

    It takes as long as the sandbox's start and the first submission do.
    """
    beside = stack.enter_context(ThreadPoolExecutor(1))
    beside.submit(_import_gradebook)
    grade_all = stack.enter_context(executor)
    opening = beside.submit(open_gradebook)
    stack.callback(_close, opening)
    return grade_all, opening


def _import_gradebook() -> None:
    import_nbgrader()
    import_module("grading.gradebook.writer")


def _gradebook(course: Course, unit: str, *, look_only: bool) -> GradebookWriter:
    """The gradebook, which knows everybody of the roster by name."""
    from grading.gradebook.students import enter_people
    from grading.gradebook.writer import GradebookWriter

    if not look_only:
        enter_people(course, gradebook_columns(class_list(course)))
    return GradebookWriter(course, unit, look_only=look_only)


def _close(opening: Future[GradebookWriter]) -> None:
    if opening.exception() is None:
        opening.result().close()


def _completed(summary: Summary, before: Stored) -> Summary:
    summary.mode = next((result.sandbox for result in summary.results if result.sandbox), "")
    summary.results.sort(key=lambda result: result.student)
    summary.changes = [change for change in mark_changes(before, summary.results) if change.moved]
    return summary
