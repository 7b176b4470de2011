"""One job: a child that builds the walls and serves the submission, and a supervisor outside them if need be."""

from __future__ import annotations

import os
import random
import resource
import select
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
from .shell import COLLECTOR, Shell

_CHANNEL: Final = 3
_LOOK_EVERY: Final = 0.05


@dataclass(frozen=True)
class JobEnvironment:
    """What holds for every job of one warm parent."""

    walls: Walls
    readable: list[str]
    scratch: str
    """Folder of the jobs' scratch folders; with namespaces, the place where each child mounts its own."""
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


def needs_supervisor(job: Job, environment: JobEnvironment) -> bool:
    """Say whether somebody must watch a job: namespaces and limits alone hold one that may not fork."""
    return not environment.walls.namespaces or job.bounds.processes > 0


def supervise(
    job: Job, environment: JobEnvironment, shell: Shell, control: socket.socket, channel: socket.socket
) -> None:
    """Supervise one job's process tree until it is gone; runs in a freshly forked process."""
    linux.die_with_parent()
    if environment.walls.namespaces:
        confine.enter_namespaces()
    else:
        linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)  # a detached grandchild stays a descendant of this process
        os.mkdir(_folder(job, environment), 0o700)  # if anything is left there, this job reports nothing
    pid = os.fork()
    if pid == 0:
        try:
            be_child(job, environment, shell, channel)
        finally:
            os._exit(99)
    channel.close()
    handle = os.pidfd_open(pid)
    socket.send_fds(control, [messages.encode({"started": job.number})], [handle])
    why = _watch(job, environment, handle)
    _, status, usage = os.wait4(pid, 0)
    if not environment.walls.namespaces:  # no pid namespace ends the rest with its first process
        kill_descendants()
        scratch.remove(_folder(job, environment))
    control.send(report(job.number, status, usage, why))


def report(number: int, status: int, usage: resource.struct_rusage, why: str = "") -> bytes:
    """Encode how a job's child ended, and that nothing of it is left; ``why``: over which limit it was killed."""
    record = {
        "ended": number,
        "status": os.waitstatus_to_exitcode(status),
        "why": why,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "memory_kb": usage.ru_maxrss,
    }
    return messages.encode(record)


def _folder(job: Job, environment: JobEnvironment) -> str:
    """Return the job's scratch folder: new for each job, and gone before the job's end is told."""
    if environment.walls.namespaces:
        return environment.scratch
    return os.path.join(environment.scratch, str(environment.first_slot + job.slot), "work")


def _watch(job: Job, environment: JobEnvironment, handle: int) -> str:
    """Wait for the child's end; kill it over a limit that the kernel does not enforce here. Return which one."""
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    while not poll.poll(_LOOK_EVERY * 1000):
        why = ""
        if not environment.walls.namespaces and _disk_is_full(job, environment):
            why = "disk"
        elif environment.walls.namespaces and _memory_of_namespace() > job.bounds.memory_bytes:
            why = "memory"  # the kernel's own limit is per process; this is the sum
        if why:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            poll.poll()
            return why
    return ""


def _disk_is_full(job: Job, environment: JobEnvironment) -> bool:
    return scratch.used_bytes(_folder(job, environment), job.bounds.disk_bytes) > job.bounds.disk_bytes


def _memory_of_namespace() -> int:
    """Return the private resident bytes of all processes that this supervisor's /proc, the job's own, shows."""
    total = 0
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                _, resident, shared = Path("/proc", entry, "statm").read_text().split()[:3]
            except (OSError, ValueError):  # it has just ended
                continue
            total += int(resident) - int(shared)
    return total * os.sysconf("SC_PAGESIZE")


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


def be_child(job: Job, environment: JobEnvironment, shell: Shell, channel: socket.socket) -> None:
    """Serve the submission in a freshly forked process, first of its namespaces if there are any; never return."""
    linux.die_with_parent()
    os.setsid()
    _keep_only(channel)
    walls = environment.walls
    confine.limit_resources(job.bounds, counted_alone=walls.namespaces)
    folder = _folder(job, environment)
    if walls.namespaces:
        confine.build_private_mounts(job.bounds.disk_bytes)
    os.chdir(folder)
    COLLECTOR.capture_descriptors(folder)
    confine.lock(walls, forks=job.bounds.processes > 0, readable=environment.readable, scratch=folder)
    os.environ.update(HOME=folder, TMPDIR=folder)
    tempfile.tempdir = folder
    _reseed(job.seed)
    sys.path.insert(0, folder)  # a notebook may import a module that lies beside it
    with socket.socket(fileno=_CHANNEL) as connection:
        Runner(shell, connection, folder).serve()
    os._exit(0)


def _keep_only(channel: socket.socket) -> None:
    """Close every descriptor but the channel, so that no other job's and no control socket is inherited."""
    nothing = os.open(os.devnull, os.O_RDWR)
    source = channel.detach()
    for target in (0, 1, 2):
        os.dup2(nothing, target)
    os.dup2(source, _CHANNEL)
    os.closerange(_CHANNEL + 1, 1 << 16)


def _reseed(seed: int) -> None:
    """Give each job its own random numbers: forks of one parent would otherwise all draw the same."""
    import numpy as np

    random.seed(seed)
    np.random.seed(seed % 2**32)
