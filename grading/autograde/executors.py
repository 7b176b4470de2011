"""Where submissions are graded: in this process, in processes of this machine, or (`cluster`) by Dask workers.

An executor is a context manager that yields a `GradeAll`: submissions go in as they are read, results come out as
they are ready, and only a bounded number is in flight, so that a class of any size takes the same memory.
"""

from __future__ import annotations

import gc
import itertools
import multiprocessing
import socket
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.util import Finalize
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

from grading.errors import CourseError
from grading.sandbox import Mode, Sandbox, SiblingParent
from grading.submission.fingerprint import Work
from grading.submission.grade import failed, grade
from grading.submission.results import Result
from grading.units.unit import Unit

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
    """Holds one unit and one sandbox and grades submissions with them, from one thread or several.

    The sandbox starts with the first submission or with `open`, and ends with `close` once nobody uses it.
    """

    def __init__(self, setup: GraderSetup, *, threads: int = 1, sibling: SiblingParent | None = None) -> None:
        self._setup, self._threads, self._sibling = setup, threads, sibling
        self._lock = threading.Lock()
        self._sandbox: Sandbox | None = None
        self._users = 0
        self._closed = False

    def __enter__(self) -> Grader:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __call__(self, work: Work) -> Result:
        """The result of one submission; none stops the class."""
        sandbox = self._borrow()
        try:
            return grade(work, self._setup.unit, sandbox)
        except CourseError:  # what holds for every submission: no sandbox, a unit that does not fit together
            raise
        except Exception as error:
            return failed(work.submission.student, self._setup.unit, error)
        finally:
            self._give_back()

    def open(self) -> None:
        """Start the sandbox now."""
        self._borrow()
        self._give_back()

    def close(self) -> None:
        """End the sandbox: now, or when the last submission in it is done."""
        with self._lock:
            self._closed = True
            self._end_if_idle()

    def _borrow(self) -> Sandbox:
        with self._lock:
            if self._closed:
                raise CourseError("this run is over: another one has taken its place")
            if self._sandbox is None:
                self._sandbox = sandbox(self._setup, self._threads, self._sibling).__enter__()
            self._users += 1
            return self._sandbox

    def _give_back(self) -> None:
        with self._lock:
            self._users -= 1
            self._end_if_idle()

    def _end_if_idle(self) -> None:
        if self._closed and not self._users and self._sandbox is not None:
            self._sandbox.__exit__(None, None, None)
            self._sandbox = None


@contextmanager
def in_this_process(setup: GraderSetup) -> Generator[GradeAll, None, None]:
    """Grade in this process, one submission after the other."""
    with Grader(setup) as grader:
        yield lambda submissions: map(grader, submissions)


@contextmanager
def processes(setup: GraderSetup, jobs: int) -> Generator[GradeAll, None, None]:
    """Grade in `jobs` processes of this machine, each with a sibling of one warm parent."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["grading.autograde.executors"])
    forkserver.ensure_running()  # its imports take as long as the sandbox's start
    with (
        sandbox(setup, jobs) as shared,
        _siblings(shared) as siblings,
        ProcessPoolExecutor(
            jobs, mp_context=context, initializer=_start, initargs=(setup, shared.mode, siblings)
        ) as pool,
    ):

        def results(submissions: Iterable[Work]) -> Iterator[Result]:
            try:
                for _, future in in_flight(lambda one: pool.submit(_work, one), submissions, lambda: 2 * jobs):
                    yield future.result()
            except BrokenProcessPool as error:
                raise CourseError(
                    "a grading worker ended unexpectedly; what was graded is kept, run again"
                ) from error

        yield results


@contextmanager
def _siblings(shared: Sandbox) -> Generator[socket.socket, None, None]:
    """Yield a socket on which worker processes ask for a sibling of `shared`'s warm parent, and get its socket."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    thread = threading.Thread(target=_hand_out, args=(shared, ours))
    with ours:
        with theirs:
            thread.start()
            yield theirs
        thread.join()  # every worker has closed its end, so recv() returns b"" and the thread ends


def _hand_out(shared: Sandbox, asked: socket.socket) -> None:
    with suppress(OSError, CourseError):
        for slot in itertools.takewhile(lambda _: asked.recv(1), itertools.count()):
            with shared.sibling(slot) as control:
                socket.send_fds(asked, [b"!"], [control.fileno()])
    asked.shutdown(socket.SHUT_RDWR)  # whoever still asks starts a warm parent of its own


def _ask(siblings: socket.socket, mode: Mode) -> SiblingParent | None:
    """Ask for a sibling; None if there is no more."""
    with suppress(OSError):
        siblings.send(b"?")
        _, descriptors, _, _ = socket.recv_fds(siblings, 1, 1)
        if descriptors:
            return SiblingParent(mode, socket.socket(fileno=descriptors[0]))
    return None


_grader: Grader | None = None


def _start(setup: GraderSetup, mode: Mode, siblings: socket.socket) -> None:
    global _grader  # one grader per worker process, which is what a pool's initializer is for
    _grader = Grader(setup, sibling=_ask(siblings, mode))
    gc.freeze()  # later collections skip the modules imported so far
    Finalize(_grader, _grader.close, exitpriority=1)  # multiprocessing leaves out Python's own atexit


def _work(work: Work) -> Result:
    assert _grader is not None
    return _grader(work)


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
