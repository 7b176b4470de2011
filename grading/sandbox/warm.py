"""The trusted side's handle on a warm parent and on the jobs that it has forked."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from grading.errors import CourseError

from .launch import Place
from .limits import Limits
from .wire import messages
from .wire.plain import WireError

_READY_SECONDS: Final = 120.0
_SET_UP_SECONDS: Final = 30.0
_END_SECONDS: Final = 10.0
_MESSAGE: Final = 1 << 16


class JobHandle:
    """One job: the channel to its child, and the link to its supervisor, which starts and ends what the job is."""

    def __init__(self, number: int, warm: WarmParentHandle, channel: socket.socket, link: socket.socket) -> None:
        self.number = number
        self.channel = channel
        self.closed = threading.Event()
        self.report: dict[str, Any] = {}
        """How the child ended; it comes when nothing of the job is left."""
        self.lost = False
        self.fault = "its supervisor did not start"
        """Why its child could not be set up, by no fault of a submission's; empty once it is."""
        self._link = link
        self._warm = warm

    def await_set_up(self) -> None:
        """Wait until its child has locked itself in; if it cannot, the job is lost, and `fault` tells why."""
        try:
            self._link.settimeout(_SET_UP_SECONDS)
            said = messages.decode(self._link.recv(_MESSAGE))
        except (OSError, WireError):
            self.lost = True
        else:
            self.fault = said.get("not set up", "")
            if self.fault:
                self.lost, self.report = True, said

    def tell(self, what: str, **details: Any) -> None:
        """Give the supervisor an order that it does not answer; it obeys in the order of its orders."""
        if self.lost:
            return
        try:
            self._link.settimeout(_END_SECONDS)
            self._link.send(messages.encode({"do": what, **details}))
        except OSError:
            self.lost = True

    def order(self, what: str, **details: Any) -> dict[str, Any]:
        """Give the supervisor an order and return its answer; if it gives none, the job is lost."""
        self.tell(what, **details)
        if self.lost:
            return {}
        try:
            answer: dict[str, Any] = messages.decode(self._link.recv(_MESSAGE))
        except (OSError, WireError):
            self.lost = True
            return {}
        return answer

    def end(self) -> None:
        """End all that the job is, and wait until nothing of it is left."""
        if not self.closed.is_set():
            self.report = self.order("end") or self.report
            self._link.close()
            if not self.closed.wait(_END_SECONDS):
                self._warm.tell({"kill": self.number})
                self.closed.wait(_END_SECONDS)
        self.channel.close()
        self._link.close()
        self._warm.forget(self.number)

    def lose(self) -> None:
        """Let no more be asked: the warm parent has ended, and whatever still answers ends in a moment."""
        if not self.closed.is_set():
            self.lost = True
            with contextlib.suppress(OSError):
                self.channel.shutdown(socket.SHUT_RDWR)

    @property
    def clean(self) -> bool:
        """Whether its end was told by who watched it: then its scratch folder is gone, and its slot free."""
        return self.closed.is_set() and "ended" in self.report


class WarmParentHandle:
    """A running warm parent. One thread starts it and listens: bubblewrap dies with the thread that made it.

    Parameters
    ----------
    place, cache : Place, Path
        Where it is to live, and its caches.
    sibling : socket.socket, optional
        Control socket of a sibling parent, which already serves; if that has ended, `lost` is True at once.
    """

    def __init__(self, place: Place, cache: Path, sibling: socket.socket | None = None) -> None:
        theirs = None
        if sibling is None:
            self._control, theirs = _control_sockets()
        else:
            self._control = sibling
        self._lock = threading.Lock()
        self._jobs: dict[int, JobHandle] = {}
        self._count = 0
        self._introduced, self._ready = threading.Event(), threading.Event()
        self.lost = False
        self.walls: dict[str, bool] = {}
        self.threads = 0
        self._handle = -1
        self.process: subprocess.Popen[bytes] | None = None
        self._is_sibling = sibling is not None
        self._thread = threading.Thread(target=self._run, args=(place, cache, theirs), daemon=True)
        self._thread.start()

    def has(self, walls: Sequence[str]) -> bool:
        """Say whether it has some walls, as soon as it has tried them; it goes on to start meanwhile."""
        self._introduced.wait(_READY_SECONDS)
        return all(self.walls.get(wall) for wall in walls)

    def await_ready(self) -> None:
        """Wait until it serves.

        Raises
        ------
        CourseError
            If it does not start.
        """
        if not self._ready.wait(_READY_SECONDS) or (self.lost and not self._is_sibling):
            self.close()
            raise CourseError("the sandbox does not start; 'doctor' tells what this machine offers")

    def _run(self, place: Place, cache: Path, theirs: socket.socket | None) -> None:
        try:
            if theirs is not None:
                with theirs:
                    self.process = place.start("serve", cache, theirs)
            while self._listen():
                pass
        except (OSError, WireError, LookupError):
            pass  # however the parent failed: its jobs are lost, and a new one starts when it is needed
        finally:
            self._lose()

    def _listen(self) -> bool:
        data, handles, _, _ = socket.recv_fds(self._control, _MESSAGE, 1)
        if not data:
            return False
        message = messages.decode(data)
        if "walls" in message:
            self.walls = message["walls"]
            self._handle = handles[0]
            self._introduced.set()
        elif "ready" in message:
            self.threads = message["threads"]
            self._ready.set()
        elif "closed" in message and (job := self._jobs.get(message["closed"])):
            job.closed.set()
        else:
            for handle in handles:
                os.close(handle)
        return True

    def _lose(self) -> None:
        """Mark everything lost: the parent has ended, and each wall sees to it that its children have too."""
        self._lose_jobs()  # before anybody is told: no question is answered after that
        self.lost = True
        self.kill()
        if self.process is not None:
            try:
                self.process.wait(_END_SECONDS)  # bubblewrap ends last, when its whole pid namespace has
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        elif self._handle >= 0:
            select.select([self._handle], [], [], _END_SECONDS)
        for job in self._lose_jobs():
            job.closed.set()
        self._introduced.set()
        self._ready.set()

    def _lose_jobs(self) -> list[JobHandle]:
        with self._lock:
            jobs = list(self._jobs.values())
        for job in jobs:
            job.lose()
        return jobs

    def kill(self) -> None:
        """End the warm parent and, by the walls, every child."""
        if self._handle >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
        elif self.process is not None:  # it has not introduced itself yet
            self.process.kill()

    def job(self, limits: Limits, *, seed: int, slot: int, copies: int) -> JobHandle:
        """Start a job: a supervisor, and a child that is confined and waits for its first question."""
        (ours, theirs), (link, their_link) = socket.socketpair(), _control_sockets()
        with self._lock:
            self._count += 1
            job = self._jobs[self._count] = JobHandle(self._count, self, ours, link)
        with theirs, their_link:
            self._order(_fork_order(job.number, limits, seed=seed, slot=slot, copies=copies), theirs, their_link)
        if self.lost:
            job.lost = True
            job.closed.set()
        return job

    def sibling(self, slot: int) -> socket.socket:
        """Fork a second warm parent; return the socket by which another process has it (`WarmParentHandle`).

        Parameters
        ----------
        slot : int
            The first scratch folder that is the sibling's.
        """
        ours, theirs = _control_sockets()
        with theirs:
            self._order({"sibling": slot}, theirs)
        return ours

    def _order(self, message: dict[str, Any], *sockets: socket.socket) -> None:
        with contextlib.suppress(OSError):  # the parent is gone: the listening thread marks every job lost
            socket.send_fds(self._control, [messages.encode(message)], [given.fileno() for given in sockets])

    def tell(self, message: dict[str, Any]) -> None:
        """Send an order without a channel."""
        with contextlib.suppress(OSError):
            self._control.send(messages.encode(message))

    @property
    def idle(self) -> bool:
        """Whether no job is left."""
        return not self._jobs

    def forget(self, number: int) -> None:
        """Drop a job that is over."""
        with self._lock:
            self._jobs.pop(number, None)

    def close(self) -> None:
        """End the warm parent and wait for it."""
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        self._thread.join(_END_SECONDS)
        self.kill()
        self._thread.join()
        self._control.close()
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def _control_sockets() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def _fork_order(number: int, limits: Limits, *, seed: int, slot: int, copies: int) -> dict[str, Any]:
    return {
        "job": number,
        "slot": slot,
        "seed": seed,
        "bounds": {
            "memory_bytes": limits.memory_mb << 20,
            "disk_bytes": limits.disk_mb << 20,
            "processes": limits.processes,
            "copies": copies,
            # the wall clock is what counts; this stops threads that burn while nothing is asked of the submission
            "cpu_seconds": int(2 * limits.total_seconds) + 10,
        },
    }
