"""Watches one submission from outside its walls: its process, the copies of it, its limits, and its end.

It obeys the grader on a link of its own; the student's code can neither see nor signal it. The notebook's process
runs first. Then it and all that it started are ended, the copies of it that were parked on the way are looked
through and whatever they could write to is closed, and one after the other is let go, asked and ended.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import signal
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from .. import scratch
from ..wire import messages
from . import confine, linux
from .confine import ProcessBounds, Walls
from .fork_permits import Permits
from .processes import Process, Processes, exit_code, kill

_LOOK_EVERY: Final = 0.05
_PATIENCE: Final = 5.0
_MESSAGE: Final = 1 << 16
_FIRST_NUMBER: Final = 300
"""Numbers of new processes and threads count from here in each copy that is asked: none can count others'."""


@dataclass(frozen=True)
class Child:
    """What a supervisor has of the notebook's process."""

    pid: int
    link: socket.socket
    """To the grader."""
    listener: int
    """Descriptor of the filter's notices; -1 without a filter."""
    folder: str
    numbers: int
    """Descriptor that sets the next process's number; -1 if there is none."""


class Supervisor:
    """One job's watcher; `run` returns when the job is over and nothing of it is left."""

    orders: tuple[str, ...] = ("park", "hold", "stop", "judge", "ask", "done")

    def __init__(self, child: Child, processes: Processes, *, walls: Walls, bounds: ProcessBounds) -> None:
        self.link, self.main, self.listener = child.link, child.pid, child.listener
        self.walls, self.bounds, self.folder, self.numbers = walls, bounds, child.folder, child.numbers
        self.processes = processes
        self.copies: dict[int, Process] = {}
        self.permits = Permits(child.listener, free=bounds.processes > 0, processes=processes)
        self.asked: int | None = None
        self.ending: Process | None = None
        self.judging = False
        self.why = ""
        self.notebook: Process | None = None
        self.temporary = os.path.join(self.folder, f".tmp-{secrets.token_hex(8)}")

    def run(self) -> None:
        """Obey until the grader says that the job is over, or is gone."""
        orders = {name: getattr(self, name) for name in self.orders}
        poll = select.poll()
        poll.register(self.link, select.POLLIN)
        if self.listener >= 0:
            poll.register(self.listener, select.POLLIN)
        look_at = 0.0
        while True:
            looks = self._must_look()
            ready = dict(poll.poll(max(0.0, look_at - time.monotonic()) * 1000 if looks else None))
            while order := self._next_order():  # all, before any call: one may be its permit
                if order["do"] == "end":
                    return
                answer = orders[order["do"]](order)
                if answer is not None:
                    self.link.send(messages.encode(answer))
            event = ready.get(self.listener, 0)
            if event & select.POLLIN:
                self.permits.answer()
            elif event:  # every process with this filter has ended
                poll.unregister(self.listener)
            if looks and time.monotonic() >= look_at:
                self._look()
                look_at = time.monotonic() + _LOOK_EVERY

    def _next_order(self) -> dict[str, Any]:
        """Return an order that waits; nothing if there is none."""
        try:
            data = self.link.recv(_MESSAGE, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return {}
        return messages.decode(data) if data else {"do": "end"}

    # ------------------------------------------------------------ orders

    def park(self, order: dict[str, Any]) -> None:
        """Permit one fork, for a copy."""
        self.permits.forks = 1

    def hold(self, order: dict[str, Any]) -> None:
        """Stop the copy that holds a channel; nothing runs in it until it is asked."""
        self.permits.forks = 0
        for process in self._new():
            if order["channel"] not in self.copies and self._holds(process, order["channel"]):
                self.copies[order["channel"]] = process
                with contextlib.suppress(ProcessLookupError):  # its parent, which has reaped it, is the student's
                    os.kill(process.pid, signal.SIGSTOP)
            elif not self._may_have_forked():  # it took the copy's permit
                kill(process.pid)

    def _new(self) -> list[Process]:
        """Return the processes that are no known copy, nor the notebook's own."""
        if self._may_have_forked() or self.notebook is None:
            found = self.processes.descendants()
            self.notebook = next((process for process in found if process.pid == self.main), None)
            known = {copy.pid for copy in self.copies.values()} | {self.main}
            return [process for process in found if process.pid not in known]
        parents = [self.processes.own(), self.notebook]
        return self.processes.children(parents, {copy.there for copy in [*self.copies.values(), self.notebook]})

    def _holds(self, process: Process, channel: int) -> bool:
        with contextlib.suppress(OSError):
            return f"socket:[{channel}]" in self.processes.held(process)
        return False

    def stop(self, order: dict[str, Any]) -> dict[str, Any]:
        """End the notebook's process, tell how it ended, and keep the zombie: its number is nobody else's then."""
        self.permits.forks = 0
        if order["kill"]:
            kill(self.main)
        deadline = time.monotonic() + (_PATIENCE if order["kill"] else 1.0)
        while (ended := os.waitid(os.P_PID, self.main, os.WEXITED | os.WNOWAIT | os.WNOHANG)) is None:
            if time.monotonic() > deadline:
                if order["kill"]:
                    raise TimeoutError
                return self.stop({"kill": True})
            self.permits.wait()
        return {"status": exit_code(ended), "why": self.why}

    def judge(self, order: dict[str, Any]) -> dict[str, Any]:
        """End all but the copies, look each through, close what could be written; say why not to ask which."""
        self.judging, self.permits.free = True, False
        self.stop({"kill": True})
        self._end_all_but(self.copies.values())
        faults = {channel: self._fault(channel) for channel in self.copies}
        self._end_copies(filter(faults.get, faults))
        if self.copies:
            try:
                self._close()
            except OSError as error:
                faults |= dict.fromkeys(self.copies, f"its files cannot be closed ({error.strerror})")
        return {"faults": faults, "temporary": self.temporary}

    def _fault(self, channel: int) -> str:
        copy = self.copies[channel]
        deadline = time.monotonic() + _PATIENCE
        while (state := self.processes.state(copy)) not in "TXZ" and time.monotonic() < deadline:
            self.permits.wait()
        if state != "T":
            return "it had ended" if state in "XZ" else "it does not stop"
        maps = self._may_have_forked() or self.permits.shared_memory  # else nobody has asked for any
        try:
            fault = self.processes.sharing(copy, channel, maps=maps)
        except OSError as error:
            return f"it cannot be looked through ({error.strerror})"
        others = [other.pid for key, other in self.copies.items() if key != channel]
        # where forks are refused, the filter lets through only the kind that shares nothing
        if not fault and self.bounds.processes > 0 and any(linux.share(copy.pid, other) for other in others):
            return "it shares memory or files with another"
        return fault

    def _close(self) -> None:
        os.mkdir(self.temporary, 0o700)
        if self.walls.namespaces:
            confine.close_private_mounts()
        else:
            scratch.seal(self.folder, self.temporary)

    def ask(self, order: dict[str, Any]) -> None:
        """Let one copy go, with an empty folder for temporary files, when the one before is gone."""
        self._await_last()
        self.asked = order["channel"]
        if self.walls.namespaces:
            confine.mount_temporary(self.temporary, self.bounds.disk_bytes)
        else:  # all copies stand still
            os.chmod(self.folder, 0o700)
            scratch.remove(self.temporary)
            os.mkdir(self.temporary, 0o700)
            os.chmod(self.folder, 0o500)
        if self.numbers >= 0:
            os.pwrite(self.numbers, str(_FIRST_NUMBER).encode(), 0)
        os.kill(self.copies[self.asked].pid, signal.SIGCONT)

    def done(self, order: dict[str, Any]) -> dict[str, Any] | None:
        """End the copy that was asked, and all that it left; with `wait` tell how it ended.

        To give back its memory takes the kernel as long as to judge its answers: only the next copy waits for it.
        """
        if self.asked is not None:
            copy = self.copies.pop(self.asked)
            kill(copy.pid)
            self.asked, self.ending = None, copy
        return {"status": self._await_last(), "why": self.why} if order["wait"] else None

    def _await_last(self) -> int | None:
        """Wait until the copy that was asked last is gone with all that it left; return its exit code."""
        if self.ending is None:
            return None
        status = self._reap(self.ending.pid)
        if self._may_have_forked():
            self._end_all_but(self.copies.values())
        if self.walls.namespaces:
            linux.unmount(self.temporary)
        self.ending = None
        return status

    # ------------------------------------------------------------ ending

    def _end_copies(self, channels: Iterable[int]) -> None:
        for copy in [self.copies.pop(channel) for channel in channels]:
            kill(copy.pid)
            self._reap(copy.pid)

    def _end_all_but(self, kept: Any) -> None:
        keep = {process.pid for process in kept}
        while strangers := [process for process in self.processes.descendants() if process.pid not in keep]:
            for process in strangers:
                kill(process.pid)
            for process in strangers:
                self._reap(process.pid)

    def _reap(self, pid: int) -> int | None:
        """Wait for a killed process and return its exit code, negative for a signal.

        None if it is the notebook's, which stays, or still another process's child.
        """
        deadline = time.monotonic() + _PATIENCE
        while pid != self.main and time.monotonic() < deadline:
            try:
                ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG)
            except ChildProcessError:
                break
            if ended is not None:
                return exit_code(ended)
            self.permits.wait()
        self.permits.wait()
        return None

    def end(self) -> dict[str, Any]:
        """End all that is left; return how the notebook's process ended, and that nothing remains."""
        self.judging, self.permits.free = True, False
        ended = self.stop({"kill": True})
        self.copies = {}
        self._end_all_but(())
        with contextlib.suppress(ChildProcessError):
            while True:
                os.waitpid(-1, 0)
        if not self.walls.namespaces:
            scratch.remove(self.folder)
        return ended

    # ------------------------------------------------------------ limits that the kernel does not enforce

    def _must_look(self) -> bool:
        return not self.walls.namespaces or self.bounds.processes > 0 or bool(self.copies)

    def _may_have_forked(self) -> bool:
        """Say whether there can be processes that were not ordered."""
        return self.bounds.processes > 0 or self.listener < 0

    def _below(self) -> list[Process]:
        """The processes that count towards the limits."""
        if self._may_have_forked() or self.notebook is None:
            return self.processes.descendants()
        return [*self.copies.values(), *([] if self.judging else [self.notebook])]

    def _look(self) -> None:
        """Over a limit kill the notebook's process with what it started; later the copy that is asked, or all."""
        below = self._below()
        most, disk = self.bounds.memory_bytes * (2 if self.copies else 1), self.bounds.disk_bytes
        if (self.copies or self.bounds.processes > 0) and self.processes.memory(below, most) > most:
            why = "memory"
        elif not self.walls.namespaces and self.processes.file_bytes(below, self.folder, disk) > disk:
            why = "disk"
        else:
            return
        copies = {copy.pid for copy in self.copies.values()}
        culprits = {process.pid for process in below} - copies
        if not culprits:
            culprits = copies if self.asked is None else {self.copies[self.asked].pid}
        self.why = why
        for pid in culprits:
            kill(pid)
