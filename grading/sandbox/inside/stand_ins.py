"""A function of the student's, replaced in one copy of the process: what it returns is worked out outside."""

from __future__ import annotations

import builtins
import socket
from collections.abc import Callable
from typing import Any

import numpy as np

from ..wire import messages
from ..wire.plain import ANSWER, WireError


def stand_in(name: str, connection: socket.socket, number: Callable[[], int]) -> Callable[..., Any]:
    """Return what to call instead of a function: it puts its arguments to the grader and returns the answer.

    Parameters
    ----------
    name : str
        The function.
    connection : socket.socket
        The channel, on which the grader waits for the reply to request ``number()``.
    number : callable
        Tells which request is being answered.
    """

    def ask(*args: Any, **kwargs: Any) -> Any:
        question = {"id": number(), "asks": name, "args": list(args), "kwargs": kwargs}
        try:
            encoded = messages.encode(question, strict=True, bounds=ANSWER)
        except WireError as error:
            raise TypeError(f"{name} was given what is not plain data ({error})") from None
        messages.send_bytes(connection, encoded)
        reply = messages.receive(connection)
        if "value" in reply:
            return reply["value"]
        raise _kind(reply["ename"])(f"{name} has no answer to these arguments")

    ask.__name__ = ask.__qualname__ = name
    return ask


def _kind(name: str) -> type[Exception]:
    """The class of an error that Python or NumPy's linear algebra has; a ValueError in place of every other."""
    found = np.linalg.LinAlgError if name == "LinAlgError" else getattr(builtins, name, None)
    return found if isinstance(found, type) and issubclass(found, Exception) else ValueError
