"""Questions to one process of a submission, answers as untrusted data, and the clock that all of them share."""

from __future__ import annotations

import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from . import replies
from .limits import Limits
from .wire import messages
from .wire.plain import ANSWER, BOUNDS, Opaque, WireBounds, WireError

GRACE: Final = 2.0
"""Seconds beyond a limit for the child to answer by itself before it is killed."""
_REPLY: Final = replace(ANSWER, size=ANSWER.size + 16_384, elements=ANSWER.elements + 20)
"""An answer and what surrounds it."""
_TYPE_NAME: Final = 100
_CALLS_BACK: Final = 20_000
"""How often one call may call functions of the grader's."""
PATIENCE: Final = 2
"""Calls that may run out of time before `Conversation.call_each` gives up."""


@dataclass
class Clock:
    """Seconds that a submission has left, for its cells and all questions."""

    total: float
    left: float


class StudentError(Exception):
    """A question that the student's code did not answer.

    ``kind`` is "missing" (no such name), "not callable", "exception" (``ename`` and ``message`` are the
    student's), "timeout", "not plain" (``ename`` is the type returned) or "died" (the process is gone, and the
    session with it).
    """

    def __init__(self, kind: str, ename: str, message: str) -> None:
        super().__init__(f"{ename}: {message}" if ename else message)
        self.kind, self.ename, self.message = kind, ename, message


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


class Conversation(ABC):
    """One process's end of a channel. Not for use by several threads at once."""

    def __init__(self, channel: socket.socket, limits: Limits, clock: Clock) -> None:
        self._channel, self._limits, self._clock = channel, limits, clock
        self._number = 0
        self.dead: str | None = None
        """Why the process is gone; None while it lives."""
        self.timed_out = False
        """Whether it was ended because a question took too long."""
        self._answer: Callable[..., Any] | None = None

    @abstractmethod
    def _die(self, reason: str | None) -> None:
        """End the process and set `dead`; without a reason, tell how it ended by itself."""

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
        question = {"op": "calls", "name": name, "calls": calls.encoded, "patience": PATIENCE}
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

    def do(self, act: str, asked: bytes, call_back: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
        """Have an act done with the student's objects, and the caller's functions called meanwhile.

        Parameters
        ----------
        act : str
            What to do, one of ``ACTS`` of `inside.objects`.
        asked : bytes
            Its arguments, encoded with handles.
        call_back : callable
            Answers a call of a function of the caller's.

        Returns
        -------
        dict
            The reply, of which no field has been looked at but those that tell of a failure.

        Raises
        ------
        StudentError
            If it ran out of time or the process is gone.
        """
        question = {"op": "do", "act": act, "with": asked}
        for reply in self._replies(question, self._limits.call_seconds, _CALLS_BACK, _REPLY):
            if "back" not in reply:
                try:
                    replies.failure(reply)
                except WireError:
                    break
                return reply
            answer = messages.encode({"op": "return", **call_back(reply)}, strict=True)
            try:
                if _waits(self._channel):
                    raise WireError("it spoke without being asked")
                messages.send_bytes(self._channel, answer, deadline=time.monotonic() + self._limits.call_seconds)
            except (EOFError, OSError, WireError):  # TimeoutError is an OSError
                break
        self._die("it calls back without end, does not listen, or its answer is none")
        raise self._died()

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

    def _ask(
        self, question: dict[str, Any], seconds: float, handed: socket.socket | None = None
    ) -> dict[str, Any]:
        """Send a question, with a socket if one is handed over, and wait for its reply within the time limits.

        Every failure ends the process.
        """
        bounds = BOUNDS if question["op"] == "cell" else _REPLY
        return next(self._replies(question, seconds, 1, bounds, handed))

    def _replies(
        self,
        question: dict[str, Any],
        seconds: float,
        count: int,
        bounds: WireBounds = BOUNDS,
        handed: socket.socket | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Send a question and yield its replies, each within ``seconds``; every failure ends the process."""
        if self.dead is not None:
            raise self._died()
        self._number += 1
        number = self._number  # others may be asked before the last reply to this one
        for received in range(count):
            # every question may overrun by a grace; without this a notebook of n cells could overrun n times
            if self._clock.left <= 0:
                self._time_out(f"{self._clock.total:g} s, the limit of the whole notebook")
                raise StudentError("timeout", "", self.dead or "")
            last = self._clock.left <= seconds
            allowed = max(min(seconds, self._clock.left), 0.001)  # setitimer(0) switches the timer off
            started = time.monotonic()
            try:
                if received == 0:
                    self._send({**question, "id": number, "seconds": allowed}, started + allowed + GRACE, handed)
                reply = self._reply(number, started + allowed + GRACE, bounds)
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
                self._clock.left -= time.monotonic() - started
            yield reply

    def _reply(self, number: int, deadline: float, bounds: WireBounds) -> dict[str, Any]:
        """Wait for a reply; until it comes, answer what the process asks in its turn, if it may ask anything."""
        while True:
            reply = messages.receive(self._channel, deadline=deadline, bounds=bounds)
            reply = replies.fields(reply, number)
            if self._answer is None or "asks" not in reply:
                return reply
            name, args, kwargs = replies.question(reply)
            try:
                value = self._answer(name, args, kwargs)
                answer = messages.encode({"value": value}, strict=True)
            except Exception as error:
                answer = messages.encode({"ename": type(error).__name__})
            messages.send_bytes(self._channel, answer, deadline=deadline)

    def _send(self, question: dict[str, Any], deadline: float, handed: socket.socket | None) -> None:
        try:
            message = messages.encode(question, strict=True)
        except WireError as error:
            raise ValueError(f"this cannot be sent to the sandbox: {error}") from error
        if _waits(self._channel):
            raise WireError("it spoke without being asked")
        messages.send_bytes(self._channel, message, deadline=deadline)
        if handed is not None:
            socket.send_fds(self._channel, [b"\0"], [handed.fileno()])

    def _died(self) -> StudentError:
        return StudentError("died", "", self.dead or "")

    def _time_out(self, limit: str) -> None:
        self.timed_out = True
        self._die(f"no answer within {limit}")


def _waits(channel: socket.socket) -> bool:
    """Say whether bytes wait that answer no question; raises EOFError if the other side is gone."""
    channel.setblocking(False)
    try:
        data = channel.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    if not data:
        raise EOFError
    return True
