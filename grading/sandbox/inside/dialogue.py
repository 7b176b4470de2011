"""A test cell's questions, one within another, and the clock that ends what takes too long."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

from ..wire import messages
from ..wire.handles import encode_with
from ..wire.plain import ANSWER, type_name
from .objects import MissingError, Objects, ancestors

MESSAGE: Final = 2000
_ARGUMENTS: Final = 4000  # bytes of what an exception was made of


class TimeLimitError(BaseException):
    """A cell or call took longer than its limit; no Exception, so ``except Exception`` does not hide it."""


class Alarm:
    """Interrupts Python code after some seconds. Code that ignores it is killed from outside a little later."""

    def __init__(self) -> None:
        self.rang = False
        self._seconds = 0.0

    def _ring(self, number: int, frame: FrameType | None) -> None:
        self.rang = True
        raise TimeLimitError(f"stopped after {self._seconds:g} s")

    def set(self, seconds: float) -> None:
        """Start the clock."""
        self.rang, self._seconds = False, seconds
        signal.signal(signal.SIGALRM, self._ring)  # each time: an earlier cell may have used the signal itself
        signal.setitimer(signal.ITIMER_REAL, seconds)

    def stop(self) -> None:
        """Stop the clock."""
        signal.setitimer(signal.ITIMER_REAL, 0)


class Dialogue:
    """Answers what a test cell asks.

    Parameters
    ----------
    names : callable
        Gives the notebook's names.
    connection : callable
        Gives the channel to the grader.
    alarm : Alarm
        The clock of the outermost question.
    """

    def __init__(
        self, names: Callable[[], dict[str, Any]], connection: Callable[[], socket.socket], alarm: Alarm
    ) -> None:
        self._connection, self._alarm = connection, alarm
        self._objects = Objects(names, self._call_back)
        self._asked: list[int] = []  # numbers of the questions that wait for an answer, each asked by the last

    def do(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do with the student's objects what is asked; it may be asked while such a call calls back."""
        if not self._asked:
            self._alarm.set(request["seconds"])
        self._asked.append(request["id"])
        try:
            try:
                reply = self._objects.do(request["act"], request["with"])
            finally:
                self._asked.pop()
                if not self._asked:
                    self._alarm.stop()
        except MissingError as error:
            reply = failure("missing", "", str(error))
        except BaseException as error:
            kind = "timeout" if self._alarm.rang else "exception"
            told = failure(kind, type_name(error), text_of(error))
            reply = {**told, **_raised(error), "left": self._objects.left}
        return {**reply, **self._objects.printed()}

    def _call_back(self, call: dict[str, Any]) -> dict[str, Any]:
        """Have a function of the grader's called, and answer what is asked until it returns."""
        messages.send(self._connection(), {"id": self._asked[-1], **call})
        while True:
            request: dict[str, Any] = messages.receive(self._connection())
            if request["op"] == "return":
                return request
            messages.send(self._connection(), {"id": request["id"], **self.do(request)})


def _raised(error: BaseException) -> dict[str, Any]:
    """The fields of a reply that tell of an exception: Python's own types that it has, and its arguments."""
    try:
        arguments = encode_with(list(error.args[:4]), _nothing, strict=True, bounds=ANSWER)
    except Exception:  # what it was made of is not plain, or is no longer there
        arguments = b""
    return {"types": ancestors(type(error)), "arguments": arguments if len(arguments) < _ARGUMENTS else b""}


def _nothing(value: object) -> None:
    """Refer to nothing."""


def failure(kind: str, name: str, message: str) -> dict[str, Any]:
    """The fields of a reply to what could not be answered."""
    return {"kind": kind, "ename": name, "message": message}


def text_of(error: BaseException) -> str:
    """An exception's text."""
    try:
        return str(error)[:MESSAGE]
    except BaseException:  # a student's exception may fail to print itself
        return "<the exception cannot be printed>"
