"""Runs a submission's cells and answers calls of its functions, inside the child.

Everything here shares its process with the student's code, which can forge every byte it sends. It serves honest
submissions; the trusted side treats each reply as untrusted data.
"""

from __future__ import annotations

import contextlib
import os
import random
import socket
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from IPython.core.interactiveshell import ExecutionResult

from ..wire import messages
from ..wire.codec import Encoded
from ..wire.plain import ANSWER, WireError, type_name
from . import files
from .dialogue import Alarm, Dialogue, failure, text_of
from .shell import COLLECTOR, Shell
from .stand_ins import stand_in

_MESSAGE = 2000
MODULES: dict[str, bytes] = {}
"""Files beside the notebook that the warm parent has imported: by name, with their contents."""
_CHANNEL = 3
_SILENCE: dict[str, Any] = {}
"""No reply."""


def run_cell(shell: Shell, source: str, *, store_history: bool = False) -> ExecutionResult:
    """Run a cell; its errors are shown, not raised."""
    result: ExecutionResult = shell.run_cell(source, store_history=store_history)  # type: ignore[no-untyped-call]
    return result


class _RefusedError(Exception):
    """A call that cannot be made: the name is missing or not a function."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Runner:
    """Answers the grader's requests one at a time, in the order they come."""

    def __init__(self, shell: Shell, connection: socket.socket, scratch: str) -> None:
        self.shell = shell
        self.connection = connection
        self.scratch = Path(scratch)
        self.alarm = Alarm()
        self.dialogue = Dialogue(lambda: shell.user_ns, lambda: self.connection, self.alarm)
        self.number = 0  # of the request that is being answered
        self.files: list[files.OpenFile] = []  # that were open when the last copy was made

    def serve(self) -> None:
        """Answer until the grader hangs up."""
        actions: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "begin": self.begin,
            "cell": self.cell,
            "call": self.call,
            "calls": self.calls,
            "do": self.dialogue.do,
            "get": self.get,
            "park": self.park,
            "wake": self.wake,
            "replace": self.replace,
        }
        while True:
            try:
                request = messages.receive(self.connection)
            except (EOFError, ConnectionError):
                return
            self.number = request["id"]
            reply = actions[request["op"]](request)
            if reply is not _SILENCE:
                messages.send(self.connection, {"id": request["id"], **reply})

    def begin(self, request: dict[str, Any]) -> dict[str, Any]:
        """Write the submission's files and set the session's budget of output."""
        for name, data in request["files"].items():
            path = self.scratch / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        for name, source in MODULES.items():
            if request["files"].get(name) == source:
                sys.modules[Path(name).stem].__file__ = str(self.scratch / name)
            else:
                del sys.modules[Path(name).stem]
        COLLECTOR.session_left = request["output_bytes"]
        COLLECTOR.start()
        self.shell.commands_allowed = request["forks"]
        return {}

    def cell(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run one cell."""
        status, line = "ok", None
        self.shell.imports.absent.clear()
        self.alarm.set(request["seconds"])
        try:
            try:
                result = run_cell(self.shell, request["source"], store_history=True)
            finally:
                self.alarm.stop()
            status = "ok" if result.success else "error"
            error = result.error_before_exec or result.error_in_exec
            line = _line(self.shell, error)
            if error is not None:
                COLLECTOR.error_unless_shown(type_name(error), text_of(error))
        except BaseException as error:  # IPython shows almost all errors itself; these came while it did
            status = "error"
            COLLECTOR.error(type_name(error), text_of(error), [text_of(error)])
        if self.alarm.rang:
            status = "timeout"
        return {
            "status": status,
            "line": line,
            "absent": [*self.shell.imports.absent],
            "count": self.shell.execution_count - 1,
            "outputs": COLLECTOR.take(),
        }

    def park(self, request: dict[str, Any]) -> dict[str, Any]:
        """Fork a copy of this process, which is asked on a channel of its own when the notebook has run."""
        _, (channel, *_), _, _ = socket.recv_fds(self.connection, 1, 1)
        self.files = files.open_files(self.scratch, above=_CHANNEL) or self.files  # a copy holds none
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # threads of the student's do not go with the copy
                state = random.getstate()
                pid = os.fork()
        except OSError as error:
            os.close(channel)
            return {"failed": str(error)}
        if pid:
            os.close(channel)
            return {}
        random.setstate(state)  # Python seeds it anew in a forked process
        self._hold_only(channel)
        messages.send(self.connection, {"parked": True})
        return _SILENCE

    def _hold_only(self, channel: int) -> None:
        """Close every descriptor but a channel: what processes hold in common, one could use to tell another."""
        os.dup2(channel, _CHANNEL)
        os.closerange(0, _CHANNEL)
        os.closerange(_CHANNEL + 1, 1 << 16)
        self.connection.detach()
        self.connection = socket.socket(fileno=_CHANNEL)

    def wake(self, request: dict[str, Any]) -> dict[str, Any]:
        """Make ready for questions: streams that lead nowhere, a new folder, and the files that were open."""
        for _ in range(3):
            os.open(os.devnull, os.O_RDWR)
        own = Path(request["temporary"])
        os.environ["TMPDIR"] = tempfile.tempdir = str(own / "tmp")
        (own / "tmp").mkdir()
        files.open_again(self.files)
        files.go_on_in(own / "here")
        return _SILENCE

    def replace(self, request: dict[str, Any]) -> dict[str, Any]:
        """Let functions of the student's be answered by the grader from now on."""
        for name in request["names"]:
            self.shell.user_ns[name] = stand_in(name, self.connection, lambda: self.number)
        return {}

    def call(self, request: dict[str, Any]) -> dict[str, Any]:
        """Call one of the student's functions with plain arguments."""
        return self._call(request["name"], request["args"], request["kwargs"], request["seconds"])

    def calls(self, request: dict[str, Any]) -> dict[str, Any]:
        """Call one function many times, a reply each; the last one is returned, not sent."""
        patience = request["patience"]
        reply: dict[str, Any] | None = None
        for args, kwargs in messages.decode(request["calls"]):
            if reply is not None:
                messages.send(self.connection, {"id": request["id"], **reply})
            if patience:
                reply = self._call(request["name"], args, kwargs, request["seconds"])
                patience -= reply.get("kind") == "timeout"
            else:
                reply = failure("timeout", "", "not tried, since other calls had run out of time")
        return reply or {}

    def _call(self, name: str, args: list[Any], kwargs: dict[str, Any], seconds: float) -> dict[str, Any]:
        def ask() -> object:
            function = self._lookup(name)
            if not callable(function):
                raise _RefusedError("not callable", f"'{name}' is a {type_name(function)}, not a function")
            with _quietly():
                return function(*args, **kwargs)

        reply = self._answer(ask, seconds)
        _close_figures()
        return reply

    def get(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send a variable's value."""
        return self._answer(lambda: self._lookup(request["name"]), request["seconds"])

    def _lookup(self, name: str) -> object:
        try:
            return self.shell.user_ns[name]
        except KeyError:
            raise _RefusedError("missing", f"the name '{name}' is not defined") from None

    def _answer(self, ask: Callable[[], object], seconds: float) -> dict[str, Any]:
        """Run ``ask`` within a time limit; its value must fit the wire, its output is dropped."""
        self.alarm.set(seconds)
        try:
            try:
                value = ask()
                encoded = messages.encode(value, bounds=ANSWER)
            finally:
                self.alarm.stop()
        except _RefusedError as refusal:
            reply = failure(refusal.kind, "", str(refusal))
        except WireError as error:
            reply = failure("not plain", type_name(value), str(error))
        except BaseException as error:
            kind = "timeout" if self.alarm.rang else "exception"
            reply = failure(kind, type_name(error), text_of(error))
        else:
            reply = {"value": Encoded(encoded)}
        COLLECTOR.take()
        return reply


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Let a warning be no answer, whatever an earlier cell made of warnings; the student's own check does so."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def _line(shell: Shell, error: BaseException | None) -> int | None:
    """The line of the cell at which it stopped."""
    if isinstance(error, SyntaxError):
        return error.lineno
    trace = error.__traceback__ if error is not None else None
    while trace is not None:
        if trace.tb_frame.f_globals is shell.user_ns and trace.tb_frame.f_code.co_name == "<module>":
            return trace.tb_lineno
        trace = trace.tb_next
    return None


def _close_figures() -> None:
    """Close what a called function drew: outside a cell nothing shows it, and fifty open figures warn."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None and pyplot.get_fignums():
        pyplot.close("all")
