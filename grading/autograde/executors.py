"""Where submissions are graded: in processes of this machine, or (`cluster`) in those of Dask workers.

An executor is a context manager that yields a `GradeAll`: submissions go in as they are read, results come out as
they are ready, and only a bounded number is in flight, so that a class of any size takes the same memory.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle, send_handle
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Final, TypeAlias

from grading.autograde.watched import OverrunError, Replaced, WatchedProcess, answer_each
from grading.errors import CourseError
from grading.sandbox import Mode, Sandbox, SiblingParent
from grading.submission.fingerprint import Work
from grading.submission.grade import failed, grade, overran
from grading.submission.results import Result
from grading.units.unit import Unit

ALLOWANCE: Final = 60.0
"""Seconds that reading, rebuilding and judging one submission may take beyond the limit of its own code."""
START_SECONDS: Final = 600.0  # the first start on a machine compiles the students' packages

GradeAll: TypeAlias = Callable[[Iterable[Work]], Iterator[Result]]
"""Grades submissions; the results come in any order."""
Executor: TypeAlias = AbstractContextManager[GradeAll]


@dataclass(frozen=True)
class GraderSetup:
    """What whoever grades a unit must hold; plain data that travels to other processes and machines."""

    unit: Unit
    python: Path
    unsafe: bool = False


def sandbox(setup: GraderSetup, jobs: int, sibling: SiblingParent | None = None) -> Sandbox:
    """Return the sandbox that a setup asks for."""
    return Sandbox(setup.python, jobs=jobs, unsafe=setup.unsafe, modules=setup.unit.modules, sibling=sibling)


class Grader:
    """Grades submissions of one unit, asked by one thread or several; watched processes with a sandbox do it.

    Parameters
    ----------
    setup : GraderSetup
        What to grade, and with what.
    threads : int
        How many processes there are. They are forked now, as copies of this one.
    shared : bool
        Whether their sandboxes are siblings of one warm parent, which starts once instead of in each.
    box : Sandbox, optional
        Whose warm parent that is, if it has been started already.
    """

    def __init__(
        self, setup: GraderSetup, *, threads: int = 1, shared: bool = False, box: Sandbox | None = None
    ) -> None:
        self._setup, self._box = setup, box
        self._closing = ExitStack()
        self._lock = threading.Lock()
        self._users = 0
        self._begun = self._opened = self._closed = False
        self._first = [WatchedProcess(partial(_serve, setup)) for _ in range(threads)]
        self._all = [Replaced(partial(_started, setup), one) for one in self._first]
        self._free: SimpleQueue[Replaced] = SimpleQueue()
        for process in self._all:
            self._free.put(process)
        self._shared = box is not None or (shared and threads > 1)

    def __enter__(self) -> Grader:
        try:
            self.open()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def __call__(self, work: Work) -> Result:
        """The result of one submission; none stops the class."""
        self.open()
        with self._lock:
            self._refuse_if_closed()
            self._users += 1
        process = self._free.get()
        unit, student = self._setup.unit, work.submission.student
        try:
            result: Result = process.ask(work, unit.limits.total_seconds + ALLOWANCE)
            return result
        except OverrunError as error:
            if error.what == "ended":
                return failed(student, unit, RuntimeError(f"the process that graded it ended, {error.detail}"))
            return overran(work, unit, error.what, error.detail)
        finally:
            self._free.put(process)
            with self._lock:
                self._users -= 1
                self._end_if_idle()

    def open(self) -> None:
        """Start the sandboxes, unless that has been done."""
        with self._lock:
            self._refuse_if_closed()
            if self._opened:
                return
            box = None
            if self._shared:
                box = self._closing.enter_context(self._box or sandbox(self._setup, len(self._all)))
            self._begun = True
            for slot, process in enumerate(self._first):
                _send_sibling(process, box, slot)
            for process in self._first:
                _wait_until_ready(process)
            self._opened = True

    def close(self) -> None:
        """End the processes: now, or when the last submission in them is done."""
        with self._lock:
            self._closed = True
            self._end_if_idle()

    def end(self) -> None:
        """End the processes now, whatever they do."""
        with self._lock:
            self._closed = True
            if self._users:
                for process in self._all:
                    process.kill()
            self._end_if_idle()

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise CourseError("this run is over: another one has taken its place")

    def _end_if_idle(self) -> None:
        if self._closed and not self._users:
            for process in self._all:
                if self._begun:
                    process.close()
                else:
                    process.kill()  # it holds nothing, and would take what ends it for word to start
            self._closing.close()


def processes(setup: GraderSetup, jobs: int, box: Sandbox | None = None) -> Executor:
    """Grade in `jobs` processes of this machine, which are forked now: before there are threads, and cheaply.

    The one thread of a sandbox that has been started listens, and holds nothing that they need.
    """
    return _graded_by(Grader(setup, threads=jobs, shared=True, box=box), jobs)


@contextmanager
def _graded_by(grader: Grader, jobs: int) -> Generator[GradeAll, None, None]:
    with ThreadPoolExecutor(jobs) as pool, grader:  # the grader ends first, so that no thread waits for it

        def results(submissions: Iterable[Work]) -> Iterator[Result]:
            for _, future in in_flight(lambda one: pool.submit(grader, one), submissions, lambda: 2 * jobs):
                yield future.result()

        yield results


# ---------------------------------------------------------------- in a watched process


def _serve(setup: GraderSetup, connection: Connection) -> None:
    """Hold a sandbox, and grade what comes."""
    try:
        mode: Mode | None = connection.recv()
        sibling = None if mode is None else SiblingParent(mode, socket.socket(fileno=recv_handle(connection)))
        with sandbox(setup, 1, sibling) as box:
            connection.send((True, None))
            answer_each(connection, partial(_graded, setup.unit, box))
    except CourseError as error:
        connection.send((False, error))


def _graded(unit: Unit, box: Sandbox, work: Work) -> Result:
    try:
        return grade(work, unit, box)
    except CourseError:  # what holds for every submission: no sandbox, a unit that does not fit together
        raise
    except Exception as error:
        return failed(work.submission.student, unit, error)


def _send_sibling(process: WatchedProcess, box: Sandbox | None, slot: int) -> None:
    """Give a process a sibling of `box`'s warm parent; without one it starts a sandbox of its own."""
    with suppress(OSError):  # a process that is gone is seen when it is waited for
        control = None
        if box is not None:
            with suppress(CourseError):  # the warm parent is gone already
                control = box.sibling(slot)
        if box is None or control is None:
            process.connection.send(None)
            return
        with control:
            process.connection.send(box.mode)
            send_handle(process.connection, control.fileno(), None)


def _wait_until_ready(process: WatchedProcess) -> None:
    try:
        process.answer(START_SECONDS)
    except OverrunError as error:
        raise CourseError(f"a grading process does not start ({error.detail}); run again") from None


def _started(setup: GraderSetup) -> WatchedProcess:
    """A process in place of one that was ended; its sandbox is its own."""
    process = WatchedProcess(partial(_serve, setup))
    _send_sibling(process, None, 0)
    try:
        _wait_until_ready(process)
    except CourseError:
        process.kill()
        raise
    return process


def in_flight(
    submit: Callable[[Work], Future[Result]],
    submissions: Iterable[Work],
    most: Callable[[], int],
    *,
    patience: float | None = None,
    nothing_yet: Callable[[], None] = lambda: None,
) -> Iterator[tuple[Work, Future[Result]]]:
    """Submit submissions, no more than `most` at a time; yield each with its future when that is done.

    Parameters
    ----------
    submit : callable
        Starts one.
    submissions : iterable of Work
        Read one by one, as there is room for them.
    most : callable
        How many may be in flight, asked again and again since clusters grow and shrink.
    patience : float, optional
        Seconds without a result after which `nothing_yet` is called, again and again.
    nothing_yet : callable
        May raise what ends the waiting.
    """
    running: dict[Future[Result], Work] = {}
    coming = iter(submissions)
    more = True
    try:
        while more or running:
            while more and len(running) < most():
                work = next(coming, None)
                if work is None:
                    more = False
                else:
                    running[submit(work)] = work
            done, _ = wait(running, timeout=patience, return_when=FIRST_COMPLETED)
            for future in done:
                yield running.pop(future), future
            if running and not done:
                nothing_yet()
    finally:
        for future in running:
            future.cancel()
