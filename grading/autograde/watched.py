"""Processes that do one task at a time for the grader, and are ended when a task takes too much time or memory.

What students hand in is read, rebuilt and judged by trusted code, but nobody can promise that no bytes make it
slow or large. So it runs in a process of its own, a fork of this one, and a task that overruns costs itself alone.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TypeAlias

from grading.errors import CourseError

MEMORY_BYTES = 2 << 30  # of the trusted side, for one submission, beyond what its process had when it started
_LOOK_EVERY = 0.1  # seconds between two looks at a busy process
_END_SECONDS = 20.0  # for a process to end by itself, with its sandbox
_PAGE = os.sysconf("SC_PAGESIZE")

Serve: TypeAlias = Callable[[Connection], None]


class OverrunError(Exception):
    """A task was not finished: it took too much ``time`` or ``memory``, or its process ``ended`` by itself."""

    def __init__(self, what: Literal["time", "memory", "ended"], detail: str) -> None:
        super().__init__(detail)
        self.what, self.detail = what, detail


class WatchedProcess:
    """A fork of this process that runs `serve`, and is asked one thing at a time.

    Parameters
    ----------
    serve : callable
        What the process does with its end of the connection. It ends when `serve` returns, when `close` or `kill`
        is called, and at once when this process is gone.
    """

    def __init__(self, serve: Serve) -> None:
        self._connection, theirs = Pipe()
        with theirs, warnings.catch_warnings():
            # from 3.12 on Python warns if there are threads: the child takes no lock that they could hold
            warnings.simplefilter("ignore", DeprecationWarning)
            self._pid = os.fork()
            if self._pid == 0:
                _be_child(serve, theirs)
        self._handle = os.pidfd_open(self._pid)
        self._most = _resident(self._pid) + MEMORY_BYTES
        self._lock = threading.Lock()  # one thread may kill while another asks
        self._status: int | None = None

    @property
    def connection(self) -> Connection:
        """The asking end; what is sent before the first task is between the caller and `serve`."""
        return self._connection

    def ask(self, task: Any, seconds: float) -> Any:
        """What the process answers.

        Raises
        ------
        OverrunError
            If it took more than `seconds`, or too much memory, or the process is gone; it is not used again then.
        CourseError
            If that is its answer.
        """
        with suppress(BrokenPipeError, ConnectionResetError):  # recv() tells that it is gone
            self._connection.send(task)
        return self.answer(seconds)

    def answer(self, seconds: float) -> Any:
        """Wait for an answer; errors are those of `ask`."""
        deadline = time.monotonic() + seconds
        try:
            while not self._connection.poll(_LOOK_EVERY):
                if time.monotonic() > deadline:
                    self.kill()
                    raise OverrunError("time", f"{seconds:g} s")
                if _resident(self._pid) > self._most:
                    self.kill()
                    raise OverrunError("memory", f"{MEMORY_BYTES >> 20} MB")
            answered, value = self._connection.recv()
        except (EOFError, OSError):
            self.kill()
            raise OverrunError("ended", _how(self._status)) from None
        if not answered:
            raise value
        return value

    def close(self) -> None:
        """Let the process end by itself, or end it."""
        with self._lock:
            if self._status is None:
                with suppress(OSError):
                    self._connection.send(None)
                poll = select.poll()
                poll.register(self._handle, select.POLLIN)
                poll.poll(1000 * _END_SECONDS)
        self.kill()

    def kill(self) -> None:
        """End the process; the sandbox that it holds ends with it."""
        with self._lock:
            if self._status is None:
                with suppress(ProcessLookupError):
                    signal.pidfd_send_signal(self._handle, signal.SIGKILL)
                _, status = os.waitpid(self._pid, 0)
                self._status = os.waitstatus_to_exitcode(status)
                os.close(self._handle)

    @property
    def ended(self) -> bool:
        """Whether it was ended, or found ended."""
        return self._status is not None


class Replaced:
    """A watched process that is replaced once it has ended; asked by one thread at a time.

    Parameters
    ----------
    start : callable
        Makes a new process, ready to be asked.
    first : WatchedProcess, optional
        What to begin with.
    """

    MOST_ENDS = 3
    """How often in a row the process may end by itself before that is no submission's fault."""

    def __init__(self, start: Callable[[], WatchedProcess], first: WatchedProcess | None = None) -> None:
        self._start, self._process = start, first
        self._ends = 0
        self._closed = False

    def __enter__(self) -> Replaced:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(self, task: Any, seconds: float) -> Any:
        """What a process answers; errors are those of `WatchedProcess.ask`."""
        if self._process is None or self._process.ended:
            if self._closed:
                raise CourseError("this run is over: another one has taken its place")
            if self._ends >= self.MOST_ENDS:
                raise CourseError(
                    f"grading processes have ended by themselves {self._ends} times in a row (is there enough "
                    "memory?); what was graded is kept, run again"
                )
            self._process = self._start()
        try:
            value = self._process.ask(task, seconds)
        except OverrunError as error:
            self._ends = self._ends + 1 if error.what == "ended" else 0
            raise
        self._ends = 0
        return value

    def close(self) -> None:
        """Let the process end; there will be no other."""
        self._closed = True
        if self._process is not None:
            self._process.close()

    def kill(self) -> None:
        """End the process now, whatever it does; there will be no other."""
        self._closed = True
        if self._process is not None:
            self._process.kill()


def answer_each(connection: Connection, work: Callable[[Any], Any]) -> None:
    """In the process: answer one task after the other until there are no more; a CourseError is an answer."""
    while (task := connection.recv()) is not None:
        try:
            outcome = (True, work(task))
        except CourseError as error:
            outcome = (False, error)
        del task  # it may be large, and the next one comes when it comes
        connection.send(outcome)
        del outcome


def _be_child(serve: Serve, connection: Connection) -> None:
    """Serve, and never return: no object of this process's is finalised here."""
    try:
        os.setpgid(0, 0)  # Ctrl-C is the grader's to handle
        _keep_only(connection.fileno())
        gc.freeze()  # later collections skip what there was before
        gc.enable()
        threading.Thread(target=_end_with_grader, args=(connection,), daemon=True).start()
        serve(connection)
    except BaseException:
        os._exit(1)
    os._exit(0)


def _keep_only(descriptor: int) -> None:
    """Close what was inherited: a socket or a lock held here would outlive its owner."""
    last = max(map(int, os.listdir("/proc/self/fd")))
    os.closerange(3, descriptor)
    os.closerange(descriptor + 1, last + 1)


def _end_with_grader(connection: Connection) -> None:
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLRDHUP)
    poll.poll()
    os._exit(1)


def _resident(pid: int) -> int:
    """Bytes of memory that a process has at the moment; 0 once it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def _how(status: int | None) -> str:
    return f"signal {-status}" if status is not None and status < 0 else f"exit code {status}"
