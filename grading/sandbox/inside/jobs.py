"""One job: its supervisor, outside the walls that it builds, and the child within, which serves the submission."""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import signal
import socket
import sys
import tempfile
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .. import scratch
from ..wire import messages
from . import confine, linux
from .cells import Runner
from .confine import ProcessBounds, Walls
from .processes import Processes
from .shell import COLLECTOR, Shell
from .spares import SupervisorWithSpares
from .supervisor import Child

_CHANNEL: Final = 3
_SET_UP: Final = b"set up"
_REASON: Final = 300


class _ChildNotSetUpError(Exception):
    """A child could not be set up; no code of a student's has run in it."""


@dataclass(frozen=True)
class JobEnvironment:
    """What holds for every job of one warm parent."""

    walls: Walls
    readable: list[str]
    scratch: str
    """Folder of the jobs' scratch folders; with namespaces, the place where each job mounts its own."""
    first_slot: int = 0
    """Number of the first of those folders that is this parent's; its siblings have others."""


@dataclass(frozen=True)
class Job:
    """One submission's limits, as the grader sends them."""

    number: int
    slot: int
    seed: int
    bounds: ProcessBounds

    @classmethod
    def from_message(cls, message: dict[str, Any]) -> Job:
        """Read the grader's request."""
        return cls(message["job"], message["slot"], message["seed"], ProcessBounds(**message["bounds"]))


def supervise(
    job: Job, environment: JobEnvironment, shell: Shell, channel: socket.socket, link: socket.socket
) -> None:
    """Start a job's child and watch it until all is over; runs in a freshly forked process.

    With namespaces this is their first process, so that all ends with it; without, it inherits what is detached.
    """
    folder = _folder(job, environment)
    try:
        child, processes = _set_up(job, environment, shell, channel, link, folder)
    except (OSError, _ChildNotSetUpError) as error:
        clean = environment.walls.namespaces  # all that was begun ends with this process
        if not clean and isinstance(error, _ChildNotSetUpError):  # else the folder may be another's
            kill_descendants()
            scratch.remove(folder)
            clean = True
        link.send(messages.encode({"not set up": str(error), **({"ended": job.number} if clean else {})}))
        os._exit(0 if clean else 98)
    link.send(messages.encode({"set up": True}))
    supervisor = SupervisorWithSpares(child, processes, walls=environment.walls, bounds=job.bounds)
    try:
        supervisor.run()
    finally:
        end = supervisor.end()
    with contextlib.suppress(OSError):
        link.send(messages.encode({"ended": job.number, **end}))


def _set_up(
    job: Job, environment: JobEnvironment, shell: Shell, channel: socket.socket, link: socket.socket, folder: str
) -> tuple[Child, Processes]:
    """Make the job's places, and its child, which has locked itself in when this returns."""
    numbers, processes = -1, Processes()
    if environment.walls.namespaces:
        linux.die_with_parent()
        numbers = confine.build_private_mounts(job.bounds.disk_bytes)
        if os.path.isdir("/proc/self"):  # else nothing could be shown there: the outer one tells as much
            processes = Processes()
    else:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())
        linux.die_with_parent(signal.SIGTERM)  # not at once: the child's copies must end first
        linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
        os.mkdir(folder, 0o700)  # if anything is left there, this job reports nothing
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        try:
            link.close()
            ours.close()
            be_child(job, environment, shell, channel, theirs)
        finally:
            os._exit(99)
    channel.close()
    theirs.close()
    with ours:
        listener = _received(ours)
    return Child(pid, link, listener, folder, numbers), processes


def _received(connection: socket.socket) -> int:
    """Wait until the child is set up, before any code of a student's, and take over the filter's notices.

    Returns
    -------
    int
        Their descriptor; -1 where there is no filter.
    """
    said, descriptors, _, _ = socket.recv_fds(connection, _REASON, 1)
    if said != _SET_UP:
        raise _ChildNotSetUpError(said.decode("utf-8", "replace") or "its process ended before it could say why")
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    return descriptors[0] if descriptors else -1


def _folder(job: Job, environment: JobEnvironment) -> str:
    """Return the job's scratch folder: new for each job, and gone before the job's end is told."""
    if environment.walls.namespaces:
        return environment.scratch
    return os.path.join(environment.scratch, str(environment.first_slot + job.slot), "work")


def kill_descendants() -> None:
    """Kill and reap all children of this process, and those it inherits as a subreaper while doing so."""
    while True:
        kill_children()
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def kill_children(except_for: Container[int] = ()) -> None:
    """Kill all other children of this process."""
    for pid in _children():
        if pid not in except_for:
            os.kill(pid, signal.SIGKILL)


def _children() -> list[int]:
    me = os.getpid()
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                parent = int(Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError, IndexError):  # it has just ended
                continue
            if parent == me:
                found.append(int(entry))
    return found


def be_child(
    job: Job, environment: JobEnvironment, shell: Shell, channel: socket.socket, listening: socket.socket
) -> None:
    """Serve the submission in a freshly forked process, and never return."""
    folder = _folder(job, environment)
    try:
        linux.die_with_parent()
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        listening = _keep_only(channel, listening)
        confine.limit_resources(job.bounds, counted_alone=environment.walls.namespaces)
        os.environ.update(HOME=folder, TMPDIR=folder)
        tempfile.tempdir = folder
        _reseed(job.seed)
        os.chdir(folder)
        COLLECTOR.capture_descriptors(folder)
        notices = confine.lock(
            environment.walls, forks=job.bounds.processes > 0, readable=environment.readable, scratch=folder
        )
    except BaseException as error:
        listening.send(f"{type(error).__name__}: {error}".encode()[:_REASON])
        raise
    # All that a machine may refuse is done, and nothing of the student's has run: how this ends now is theirs.
    with listening:
        socket.send_fds(listening, [_SET_UP], [notices] if notices >= 0 else [])
    if notices >= 0:
        os.close(notices)
    sys.path.insert(0, folder)  # a notebook may import a module that lies beside it
    with socket.socket(fileno=_CHANNEL) as connection:
        Runner(shell, connection, folder).serve()
    os._exit(0)


def _keep_only(channel: socket.socket, listening: socket.socket) -> socket.socket:
    """Close every descriptor but the channel, so that no other job's and no control socket is inherited.

    Returns
    -------
    socket.socket
        To the supervisor; it too is closed before any code of the student's runs.
    """
    nothing = os.open(os.devnull, os.O_RDWR)
    sources = [fcntl.fcntl(connection.detach(), fcntl.F_DUPFD, 16) for connection in (channel, listening)]
    for target, source in enumerate((nothing, nothing, nothing, *sources)):
        os.dup2(source, target)
    os.closerange(_CHANNEL + 2, 1 << 16)
    return socket.socket(fileno=_CHANNEL + 1)


def _reseed(seed: int) -> None:
    """Give each job its own random numbers: forks of one parent would otherwise all draw the same."""
    import numpy as np

    random.seed(seed)
    np.random.seed(seed % 2**32)
