"""One submission's conversation: cells to run, questions to answer, and the end of its process."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from . import replies
from .limits import Limits
from .warm import JobHandle
from .wire import messages
from .wire.plain import ANSWER, BOUNDS, Opaque, WireBounds, WireError

GRACE: Final = 2.0
"""Seconds beyond a limit for the child to answer by itself before it is killed."""
_START_SECONDS: Final = 30.0
_LONGEST_SOURCE: Final = 4 << 20
_REPLY: Final = replace(ANSWER, size=ANSWER.size + 16_384, elements=ANSWER.elements + 20)
"""An answer and what surrounds it."""
_TYPE_NAME: Final = 100
_PATIENCE: Final = 2
"""Calls that may run out of time before `Session.call_each` gives up."""


class StudentError(Exception):
    """A question that the student's code did not answer.

    ``kind`` is "missing" (no such name), "not callable", "exception" (``ename`` and ``message`` are the
    student's), "timeout", "not plain" (``ename`` is the type returned) or "died" (the process is gone, and the
    session with it).
    """

    def __init__(self, kind: str, ename: str, message: str) -> None:
        super().__init__(f"{ename}: {message}" if ename else message)
        self.kind, self.ename, self.message = kind, ename, message


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


class Calls:
    """Arguments of many calls, encoded once to be asked of many sessions.

    Parameters
    ----------
    arguments : sequence of (list, dict)
        Positional and keyword arguments of each call, plain data.

    Raises
    ------
    ValueError
        If they are not plain data.
    """

    def __init__(self, arguments: Sequence[tuple[Sequence[Any], Mapping[str, Any]]]) -> None:
        self._length = len(arguments)
        try:
            self.encoded = messages.encode([[list(args), dict(kwargs)] for args, kwargs in arguments], strict=True)
        except WireError as error:
            raise ValueError(f"this cannot be sent to the sandbox: {error}") from error

    def __len__(self) -> int:
        return self._length


class Session:
    """One submission's process. Not for use by several threads at once."""

    def __init__(self, job: JobHandle, limits: Limits) -> None:
        self._job, self._limits = job, limits
        self._number = 0
        self._left = float(limits.total_seconds)
        self._output_left = limits.output_bytes
        self.dead: str | None = None
        """Why the process is gone; None while it lives."""
        self.timed_out = False
        """Whether it was ended because a question took too long."""
        self.lost = False
        """Whether the sandbox itself failed, by no fault of this submission: run it again in a new session."""

    def begin(self, files: Mapping[str, bytes]) -> None:
        """Hand over the submission's files; `Sandbox.session` does this."""
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

    def call(self, name: str, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None) -> Any:
        """Call the student's function ``name`` with plain arguments and return its plain value.

        Raises
        ------
        StudentError
            If there is no answer that can be judged.
        ValueError
            If an argument is not plain data: the caller's mistake.
        """
        question = {"op": "call", "name": name, "args": list(args), "kwargs": dict(kwargs or {})}
        return self._value(self._question(question))

    def call_each(self, name: str, calls: Calls) -> list[Any]:
        """Call the student's function once per entry of ``calls``, in one exchange.

        Returns
        -------
        list
            Each call's plain value, or the `StudentError` that `call` would have raised. After two calls that ran
            out of time the others are not made.
        """
        question = {"op": "calls", "name": name, "calls": calls.encoded, "patience": _PATIENCE}
        outcomes: list[Any] = []
        try:
            for reply in self._replies(question, self._limits.call_seconds, len(calls), _REPLY):
                try:
                    outcomes.append(self._value(self._checked(reply)))
                except StudentError as error:
                    outcomes.append(error)
        except StudentError as error:  # the process is gone; what it had answered stands
            outcomes += [error] * (len(calls) - len(outcomes))
        return outcomes[: len(calls)]

    def get(self, name: str) -> Any:
        """Return a variable's plain value; raises as `call` does."""
        return self._value(self._question({"op": "get", "name": name}))

    def _question(self, question: dict[str, Any]) -> dict[str, Any]:
        """Ask, and raise StudentError for everything that is no answer."""
        return self._checked(self._ask(question, self._limits.call_seconds))

    def _checked(self, reply: dict[str, Any]) -> dict[str, Any]:
        try:
            failed = replies.failure(reply)
        except WireError as problem:
            self._die(f"its answer is none ({problem})")
            raise self._died() from None
        if failed is not None:
            raise StudentError(*failed)
        return reply

    def _value(self, reply: dict[str, Any]) -> Any:
        value = reply.get("value")
        if type(value) is Opaque:
            name = replies.text(value.type_name, _TYPE_NAME).replace("\n", " ")
            raise StudentError("not plain", name, "the value is not plain data")
        return value

    def _ask(self, question: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Send a question and wait for its reply within the time limits; every failure ends the process."""
        bounds = BOUNDS if question["op"] == "cell" else _REPLY
        return next(self._replies(question, seconds, 1, bounds))

    def _replies(
        self, question: dict[str, Any], seconds: float, count: int, bounds: WireBounds = BOUNDS
    ) -> Iterator[dict[str, Any]]:
        """Send a question and yield its replies, each within ``seconds``; every failure ends the process."""
        if self.dead is not None:
            raise self._died()
        self._number += 1
        for received in range(count):
            # every question may overrun by a grace; without this a notebook of n cells could overrun n times
            if self._left <= 0:
                self._time_out(f"{self._limits.total_seconds:g} s, the limit of the whole notebook")
                raise StudentError("timeout", "", self.dead or "")
            last = self._left <= seconds
            allowed = max(min(seconds, self._left), 0.001)  # setitimer(0) switches the timer off
            started = time.monotonic()
            try:
                if received == 0:
                    self._send({**question, "id": self._number, "seconds": allowed}, started + allowed + GRACE)
                reply = messages.receive(self._job.channel, deadline=started + allowed + GRACE, bounds=bounds)
                reply = replies.fields(reply, self._number)
            except TimeoutError:
                self._time_out(f"{allowed:.3g} s" + (", the limit of the whole notebook" if last else ""))
                raise StudentError("timeout", "", self.dead or "") from None
            except (EOFError, OSError):
                self._die(None)
                raise self._died() from None
            except WireError as problem:
                self._die(f"its answer is none ({problem})")
                raise self._died() from None
            finally:
                self._left -= time.monotonic() - started
            yield reply

    def _send(self, question: dict[str, Any], deadline: float) -> None:
        try:
            message = messages.encode(question, strict=True)
        except WireError as error:
            raise ValueError(f"this cannot be sent to the sandbox: {error}") from error
        if self._job.has_pending():
            raise WireError("it spoke without being asked")
        messages.send_bytes(self._job.channel, message, deadline=deadline)

    def _died(self) -> StudentError:
        return StudentError("died", "", self.dead or "")

    def _time_out(self, limit: str) -> None:
        self._die(f"no answer within {limit}")
        self.timed_out = not self.lost

    def _die(self, reason: str | None) -> None:
        """End the process and all that it started; without a reason, tell how it ended by itself."""
        if self.dead is not None:
            return
        if reason is not None:
            self._job.kill()
        end = self._job.wait()
        self.lost = self._job.lost
        self.dead = "the sandbox itself stopped" if self.lost else reason or end
        self._job.close()

    def close(self) -> None:
        """End the process and all that it started."""
        self._die("the session is over")
