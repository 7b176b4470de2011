"""One job: a child that builds the walls and serves the submission, and a keeper outside them if it needs one."""

from __future__ import annotations

import os
import random
import resource
import select
import signal
import socket
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..wire import messages
from . import confine, linux, scratch
from .cells import Runner
from .confine import Bounds, Walls
from .shell import COLLECTOR, Shell

_CHANNEL: Final = 3
_LOOK_EVERY: Final = 0.05


@dataclass(frozen=True)
class Setting:
    """What holds for every job of one warm parent."""

    walls: Walls
    readable: list[str]
    scratch: str
    """Folder of the jobs' scratch folders; with namespaces, the place where each child mounts its own."""
    first_slot: int = 0
    """Number of the first of those folders that is this parent's; its twins have others."""


@dataclass(frozen=True)
class Job:
    """One submission's limits, as the grader sends them."""

    number: int
    slot: int
    seed: int
    bounds: Bounds

    @classmethod
    def from_message(cls, message: dict[str, Any]) -> Job:
        """Read the grader's request."""
        return cls(message["job"], message["slot"], message["seed"], Bounds(**message["bounds"]))


def needed(job: Job, setting: Setting) -> bool:
    """Say whether somebody must watch a job: namespaces and limits alone hold one that may not fork."""
    return not setting.walls.namespaces or job.bounds.processes > 0


def run(job: Job, setting: Setting, shell: Shell, control: socket.socket, channel: socket.socket) -> None:
    """Be the keeper of one job until nothing of it is left; runs in a freshly forked process."""
    linux.die_with_parent()
    if setting.walls.namespaces:
        confine.enter_namespaces()
    else:
        linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)  # a detached grandchild stays a descendant of this process
    pid = os.fork()
    if pid == 0:
        try:
            be_child(job, setting, shell, channel)
        finally:
            os._exit(99)
    channel.close()
    handle = os.pidfd_open(pid)
    socket.send_fds(control, [messages.encode({"started": job.number})], [handle])
    why = _watch(job, setting, handle)
    _, status, usage = os.wait4(pid, 0)
    if (
        not setting.walls.namespaces
    ):  # a pid namespace ends with its first process; here the rest must be hunted down
        kill_descendants()
        scratch.empty(_slot(job, setting))
    control.send(report(job.number, status, usage, why))


def report(number: int, status: int, usage: resource.struct_rusage, why: str = "") -> bytes:
    """Encode how a job's child ended, for the grader; ``why``: over which limit it was killed."""
    told = {
        "ended": number,
        "status": os.waitstatus_to_exitcode(status),
        "why": why,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "memory_kb": usage.ru_maxrss,
    }
    return messages.encode(told)


def _slot(job: Job, setting: Setting) -> str:
    return os.path.join(setting.scratch, str(setting.first_slot + job.slot))


def _watch(job: Job, setting: Setting, handle: int) -> str:
    """Wait for the child's end; kill it over a limit that the kernel does not enforce here. Return which one."""
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    while not poll.poll(_LOOK_EVERY * 1000):
        why = ""
        if not setting.walls.namespaces and _disk_is_full(job, setting):
            why = "disk"
        elif setting.walls.namespaces and _memory_of_namespace() > job.bounds.memory_bytes:
            why = "memory"  # the kernel's own limit is per process; this is the sum
        if why:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            poll.poll()
            return why
    return ""


def _disk_is_full(job: Job, setting: Setting) -> bool:
    return scratch.used_bytes(_slot(job, setting), job.bounds.disk_bytes) > job.bounds.disk_bytes


def _memory_of_namespace() -> int:
    """Return the private resident bytes of all processes that this keeper's /proc, the job's own, shows."""
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
        for pid in _children():
            os.kill(pid, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


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


def be_child(job: Job, setting: Setting, shell: Shell, channel: socket.socket) -> None:
    """Serve the submission in a freshly forked process, first of its namespaces if there are any; never return."""
    linux.die_with_parent()
    os.setsid()
    _keep_only(channel)
    walls = setting.walls
    confine.limit_resources(job.bounds, counted_alone=walls.namespaces)
    folder = _slot(job, setting)
    if walls.namespaces:
        folder = setting.scratch
        confine.build_private_mounts(job.bounds.disk_bytes)
    os.chdir(folder)
    COLLECTOR.capture_descriptors(folder)
    confine.lock(walls, forks=job.bounds.processes > 0, readable=setting.readable, scratch=folder)
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
