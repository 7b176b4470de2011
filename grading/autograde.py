"""Grade a class: each submission in its own sandboxed process, results kept one by one, marks in batches."""

from __future__ import annotations

import gc
import json
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from grading.course import Course
from grading.errors import CourseError
from grading.exchange import hand_on
from grading.executors import Executor, Map, Setting, here, processes
from grading.grade import failed
from grading.gradebook import GradebookWriter, StoredMark
from grading.nbgrader_bridge import import_nbgrader
from grading.results import CellMark, Result, ResultStore, State, printable, write_atomically
from grading.submission import TIMESTAMP, Submission, read_folder
from grading.unit import Unit, load_unit

BATCH = 50  # results per transaction
BATCH_SECONDS = 2.0

Progress = Callable[[Result, int], None]


@dataclass(frozen=True)
class Change:
    """A mark that a regrade moved."""

    student: str
    grade_id: str
    before: float
    after: float


@dataclass
class Summary:
    """How a class fared."""

    unit: str
    mode: str
    results: list[Result] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    reused: int = 0

    def students(self, state: State) -> list[Result]:
        """Results in one state."""
        return [result for result in self.results if result.state == state]


def submitted_folders(course: Course, unit: str, students: Sequence[str] = ()) -> dict[str, Path]:
    """Folders ``submitted/<student>/<unit>`` by student."""
    root = course.root / "submitted"
    if not root.is_dir():
        raise CourseError(f"{root}: no such folder; put each submission into submitted/<student>/{unit}/")
    everything = [path for path in sorted(root.glob(f"*/{unit}")) if path.is_dir()]
    folders = [path for path in everything if not path.parent.name.startswith(".")]
    strange = [path.parent.name for path in folders if not harmless(path.parent.name)]
    if strange:
        raise CourseError(
            f"{root}: {printable(ascii(strange[0]))} cannot be a student's id, pages show it; rename or remove it"
        )
    found = {path.parent.name: path for path in folders}
    unknown = [student for student in students if student not in found]
    if unknown:
        raise CourseError(f"{root / unknown[0] / unit}: no such folder; is the student's id right?")
    if not found:
        raise CourseError(
            f"{root}: no submission of unit {unit!r}; expected submitted/<student>/{unit}/{unit}.ipynb"
        )
    return {student: found[student] for student in students} if students else found


def harmless(student: str) -> bool:
    """Whether an id can stand in a page, a table and a terminal: any letters, no markup, no control codes."""
    return student.isprintable() and len(student) <= 128 and not set(student) & set('<>&"`\\')


def student_python(course: Course) -> Path:
    """The interpreter of the students' environment."""
    path = course.root / str(course.settings.get("student_python", ".venv-student/bin/python"))
    if not path.exists():
        raise CourseError(
            f"{path}: missing; 'make' sets up the students' environment from requirements-student.txt"
        )
    return path


# ---------------------------------------------------------------- what was graded before, and what was not


class _Source:
    """Reads submissions; tells which results of an earlier run still hold, and has the others graded."""

    def __init__(self, unit: Unit, store: ResultStore, autograded: Path, again: bool) -> None:
        self._unit, self._store, self._autograded, self._again = unit, store, autograded, again
        self._unread: list[Result] = []

    def results(self, folders: Mapping[str, Path], grade_all: Map) -> Generator[tuple[Result, bool], None, None]:
        """Every submission's result, and whether it was kept from an earlier run; the kept ones come first."""
        waiting = []
        for student, folder in folders.items():
            kept = None if self._again else self._kept(student, folder)
            if kept is None:
                waiting.append(student)
            else:
                yield kept, True
        for result in grade_all(self._submissions((student, folders[student]) for student in waiting)):
            yield result, False
        yield from ((result, False) for result in self._unread)

    def _submissions(self, folders: Iterable[tuple[str, Path]]) -> Iterator[Submission]:
        for student, folder in folders:
            try:
                yield read_folder(folder, student, self._unit.name)
            except Exception as error:  # none stops the class
                self._unread.append(failed(student, self._unit, error))

    def _kept(self, student: str, folder: Path) -> Result | None:
        try:
            submission = read_folder(folder, student, self._unit.name)
        except Exception:
            return None  # it is read again when its turn has come, and told then
        kept = self._store.load(self._unit.fingerprint(submission))
        return kept if kept is not None and self._notebook_is_of(kept) else None

    def _notebook_is_of(self, kept: Result) -> bool:
        """Whether the notebook that people read is the one of this result; a student may hand in A, B, then A."""
        path = self._autograded / kept.student / kept.unit / f"{kept.unit}.ipynb"
        try:
            return kept.fingerprint in path.read_text(encoding="utf-8")[-500:]
        except OSError:
            return False


def _executor(course: Course, setting: Setting, jobs: int, scheduler: str | None) -> Executor:
    """Where to grade: on a cluster if one is named, else on this machine."""
    if scheduler is not None:
        from grading.cluster import cluster  # Dask takes a second to import

        return cluster(course, setting, scheduler)
    return here(setting) if jobs == 1 else processes(setting, jobs)


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
    python = student_python(course)
    root = course.root if preview is None else preview
    store = ResultStore(root / "results" / unit_name)
    summary = Summary(unit_name, "")
    with ExitStack() as stack:
        unit = load_unit(course, unit_name)
        importing = threading.Thread(target=import_nbgrader)  # takes a second, as the sandbox's start does
        importing.start()
        stack.callback(importing.join)
        grade_all = stack.enter_context(_executor(course, Setting(unit, python, unsafe), jobs, scheduler))
        importing.join()
        book = stack.enter_context(GradebookWriter(course, unit_name, look_only=preview is not None))
        before = book.marks(folders)
        gc.freeze()  # what was imported is no garbage: let no collection walk through it again
        stack.callback(gc.unfreeze)
        source = _Source(unit, store, root / "autograded", regrade)
        keeper = Keeper(root, unit_name, store, book, folders, before)
        results = stack.enter_context(closing(source.results(folders, grade_all)))
        keeper.all(results, summary, progress, len(folders))
    summary.mode = next((result.sandbox for result in summary.results if result.sandbox), "")
    summary.results.sort(key=lambda result: result.student)
    summary.changes = _changes(before, summary.results)
    return summary


class Keeper:
    """Writes each result's files below `root` as it comes, and marks to the gradebook in batches."""

    def __init__(
        self,
        root: Path,
        unit: str,
        store: ResultStore,
        book: GradebookWriter,
        folders: Mapping[str, Path],
        before: Mapping[str, Mapping[str, StoredMark]],
    ) -> None:
        self._root, self._unit, self._store, self._book = root, unit, store, book
        self._folders, self._before = folders, before
        self._batch: list[Result] = []
        self._told: dict[CellMark, CellMark] = {}
        self._changed: dict[str, set[str]] = {}
        self._written_at = time.monotonic()

    def all(
        self, results: Iterable[tuple[Result, bool]], summary: Summary, progress: Progress, total: int
    ) -> None:
        """Keep every result; what was kept stays kept if a later one fails."""
        try:
            for result, reused in results:
                self._keep(result, reused)
                summary.reused += reused
                summary.results.append(self._lean(result))
                progress(result, total)
        finally:
            self._commit()

    def _lean(self, result: Result) -> Result:
        """A result without its notebook, and its marks shared with whoever got the same: classes can be large."""
        marks = tuple(self._told.setdefault(mark, mark) for mark in result.marks)
        return replace(result, notebook="", marks=marks)

    def _keep(self, result: Result, reused: bool) -> None:
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
        hand_on(self._folders[result.student], target)  # the same work may be handed in again
        self._batch.append(self._lean(result))
        if len(self._batch) >= BATCH or time.monotonic() - self._written_at > BATCH_SECONDS:
            self._commit()

    def _commit(self) -> None:
        if self._batch and not self._book.look_only:
            times = {result.student: handed_in(self._folders[result.student]) for result in self._batch}
            self._book.record(self._batch, times=times, changed=self._changed)
        self._batch, self._written_at = [], time.monotonic()


def handed_in(folder: Path) -> datetime | None:
    """Time in ``timestamp.txt``, in UTC; None if there is none or it cannot be read."""
    path = folder / TIMESTAMP
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > 100:
            return None
        stamp = datetime.fromisoformat(path.read_text(encoding="utf-8").strip().removesuffix(" UTC"))
        return (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).astimezone(UTC)
    except (OSError, ValueError, OverflowError):
        return None


def _changed_answers(old: Path, new: str) -> set[str]:
    """Cells whose source differs between the notebook graded before and the one graded now."""

    def sources(text: str) -> dict[str, str]:
        return {str(cell.get("id")): str(cell.get("source")) for cell in json.loads(text)["cells"]}

    try:
        before = sources(old.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError):
        return set()
    return {name for name, source in sources(new).items() if before.get(name) != source}


def _changes(before: Mapping[str, Mapping[str, StoredMark]], results: Sequence[Result]) -> list[Change]:
    """Automatic marks that differ from the ones in the gradebook."""
    changes = []
    for result in results:
        for mark in result.marks:
            stored = before.get(result.student, {}).get(mark.grade_id)
            if stored is None or stored.auto is None or mark.score is None or stored.auto == mark.score:
                continue
            changes.append(Change(result.student, mark.grade_id, stored.auto, mark.score))
    return changes
