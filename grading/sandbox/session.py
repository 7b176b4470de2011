"""One submission's conversation: cells to run, copies to ask, and the end of its processes."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from . import replies
from .conversation import Clock, Conversation, StudentError
from .limits import Limits
from .warm import JobHandle
from .wire import messages
from .wire.plain import BOUNDS, WireError

_START_SECONDS: Final = 30.0
_COPY_SECONDS: Final = 10.0
_LONGEST_SOURCE: Final = 4 << 20


@dataclass(frozen=True)
class CellResult:
    """One executed cell."""

    outputs: list[dict[str, Any]]
    """In nbformat 4's shape, rebuilt from known fields and bounded."""
    execution_count: int | None
    status: str
    """One of "ok", "error", "timeout", "died"."""
    seconds: float
    line: int | None = None
    """Where it stopped with an error."""
    absent: tuple[str, ...] = ()
    """Modules that it imports and that are not there; it ran on without them."""

    @property
    def error(self) -> tuple[str, str]:
        """Name and message of the error that it stopped with, empty if there is none."""
        failed = [output for output in self.outputs if output["output_type"] == "error"]
        return (failed[-1]["ename"], failed[-1]["evalue"]) if failed else ("", "")


@dataclass(eq=False)
class Copy:
    """A copy of the notebook's process as it stood at one point, parked until it is asked."""

    channel: socket.socket
    theirs: socket.socket
    """The other end, closed here once the copy has it."""
    inode: int
    """Names the copy's end of its channel; the supervisor asks no process that holds anything else."""
    refused: str = ""
    """Why it cannot be asked."""


class _Copied(Conversation):
    """A process that forks a copy of itself."""

    def _forked(self, ours: socket.socket, theirs: socket.socket) -> str:
        """Let it fork a copy that holds the other end of a channel of ours; return why there is none."""
        try:
            with theirs:
                reply = self._ask({"op": "park"}, _COPY_SECONDS, theirs)
            if type(reply.get("failed")) is str:
                return f"it could not be copied ({replies.text(reply['failed'], 200)})"
            messages.receive(ours, deadline=time.monotonic() + _COPY_SECONDS, bounds=BOUNDS)
        except StudentError:
            return "it ended while it was copied"
        except (TimeoutError, EOFError, OSError, WireError):
            return "it did not let itself be copied"
        return ""


class CopyInUse(_Copied):
    """A copy that answers questions. It knows nothing of other copies' questions, and ends with its own."""

    def __init__(
        self, job: JobHandle, copy: Copy, temporary: str, limits: Limits, clock: Clock, spare: Copy | None
    ) -> None:
        super().__init__(copy.channel, limits, clock)
        self._job = job
        if spare is not None:
            self._split(copy, spare)
        if self.dead is not None:
            return
        with contextlib.suppress(OSError):  # whether it is gone, the first question finds out
            messages.send(copy.channel, {"op": "wake", "id": 0, "temporary": temporary})
        job.tell("ask", channel=copy.inode)

    def _die(self, reason: str | None) -> None:
        if self.dead is None:
            if reason is None:
                self.dead = _in_words(self._job.order("done", wait=True))
            else:
                self.dead = reason
                self._job.tell("done", wait=False)
            self._channel.close()

    def _split(self, copy: Copy, spare: Copy) -> None:
        self._job.order("split", channel=copy.inode)
        refused = self._forked(spare.channel, spare.theirs)
        faults = self._job.order("spare", channel=spare.inode, of=copy.inode)
        spare.refused = refused or faults.get("channel", "")
        if fault := faults.get("of", ""):
            self._die(fault)

    def replace(self, names: Sequence[str], answer: Callable[..., Any]) -> None:
        """Let some functions return, or raise, what ``answer(name, args, kwargs)`` does."""
        self._answer = answer
        with contextlib.suppress(StudentError):  # self.dead now holds the reason
            self._ask({"op": "replace", "names": list(names)}, _START_SECONDS)

    def close(self) -> None:
        """End the copy."""
        self._die("it has been asked")


class Session(_Copied):
    """One submission: the process of its notebook, and the copies made of it."""

    def __init__(self, job: JobHandle, limits: Limits) -> None:
        super().__init__(job.channel, limits, Clock(float(limits.total_seconds), float(limits.total_seconds)))
        self._job = job
        self._copies: list[Copy] = []
        self._output_left = limits.output_bytes
        self._temporary = ""

    @property
    def lost(self) -> bool:
        """Whether the sandbox itself failed, by no fault of this submission: run it again in a new session."""
        return self._job.lost

    @property
    def fault(self) -> str:
        """Why this machine could not set up its process: nothing of the submission's has run, nor can it."""
        return self._job.fault

    def begin(self, files: Mapping[str, bytes]) -> None:
        """Hand over the submission's files; `Sandbox.session` does this."""
        self._job.await_set_up()
        if self.lost:
            self._die(None)
            return
        question = {
            "op": "begin",
            "files": dict(files),
            "output_bytes": self._limits.output_bytes,
            "forks": self._limits.processes > 0,
        }
        try:
            self._ask(question, _START_SECONDS)
        except StudentError:  # self.dead now holds the reason
            return

    def run_cell(self, source: str) -> CellResult:
        """Run one cell; never raises for what the cell does."""
        started = time.monotonic()
        if len(source) > _LONGEST_SOURCE:
            message = f"the cell is longer than {_LONGEST_SOURCE} characters and was not run"
            return CellResult([replies.error("CellTooLong", message)], None, "error", 0.0)
        try:
            reply = self._ask({"op": "cell", "source": source}, self._limits.cell_seconds)
            status = replies.status(reply)
            outputs = replies.outputs(reply.get("outputs"), self._output_left)
        except StudentError as problem:
            return self._stopped("timeout" if problem.kind == "timeout" else "died", started)
        except WireError as problem:
            self._die(f"its answer is none ({problem})")
            return self._stopped("died", started)
        self._output_left = max(0, self._output_left - sum(map(replies.size, outputs)))
        return CellResult(
            outputs,
            replies.count(reply.get("count")),
            status,
            time.monotonic() - started,
            replies.line(reply.get("line")),
            replies.modules(reply.get("absent")),
        )

    def _stopped(self, status: str, started: float) -> CellResult:
        name = "TimeLimitError" if status == "timeout" else "ProcessEnded"
        return CellResult([replies.error(name, self.dead or "")], None, status, time.monotonic() - started)

    def copy(self) -> Copy | None:
        """Copy the process as it stands, to be asked when the notebook has run; None if it has ended."""
        if self.dead is not None:
            return None
        copy = self._new_copy()
        self._job.tell("park")
        copy.refused = self._forked(copy.channel, copy.theirs)
        self._job.tell("hold", channel=copy.inode)
        return copy

    def _new_copy(self) -> Copy:
        ours, theirs = socket.socketpair()
        self._copies.append(Copy(ours, theirs, os.fstat(theirs.fileno()).st_ino))
        return self._copies[-1]

    def finish(self) -> None:
        """End the notebook's process; from now on only its copies can be asked.

        Some seconds are left for them even if the notebook used up its time: what was written before counts.
        """
        self._die("the notebook has been run")
        answer = self._job.order("judge")
        faults, self._temporary = answer.get("faults", {}), answer.get("temporary", "")
        for copy in self._copies:
            copy.refused = copy.refused or faults.get(copy.inode, "it did not let itself be copied")
        self.leave_time()

    def leave_time(self) -> None:
        """Leave some seconds for questions, whatever was used up before."""
        self._clock.left = max(self._clock.left, float(self._limits.call_seconds))

    def spare(self) -> Copy:
        """A copy to be made of another one, by `asking`, when that has been asked nothing yet."""
        return self._new_copy()

    @contextlib.contextmanager
    def asking(self, copy: Copy, *, spare: Copy | None = None) -> Iterator[CopyInUse]:
        """Let a copy go on, to be asked; it ends on leaving. What `spare` gave becomes another like it before."""
        asked = CopyInUse(self._job, copy, self._temporary, self._limits, self._clock, spare)
        try:
            yield asked
        finally:
            asked.close()

    def _die(self, reason: str | None) -> None:
        if self.dead is None:
            end = self._job.order("stop", kill=reason is not None)
            self.timed_out = self.timed_out and not self.lost
            self.dead = "the sandbox itself stopped" if self.lost else reason or _in_words(end)
            self._channel.close()

    def close(self) -> None:
        """End all processes of the submission."""
        if self.dead is None:
            self.dead = "the session is over"
        for copy in self._copies:
            copy.channel.close()
        self._job.end()


def _in_words(end: dict[str, Any]) -> str:
    """Return how a process ended, from its supervisor's report."""
    why, status = end.get("why"), end.get("status")
    if why:
        return f"it used more {why} than it may"
    if type(status) is not int or status == -signal.SIGKILL:
        return "it was stopped"
    if status < 0:
        return f"it crashed ({_signal_name(-status)})"
    return f"it ended by itself (exit code {status})"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # real-time signals have no names
        return f"signal {number}"
