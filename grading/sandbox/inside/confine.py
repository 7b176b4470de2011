"""How a forked child locks itself in before it reads one byte of a student's.

Two walls, each enough to keep it from files and from other processes: namespaces (its own users, processes,
mounts, network) and landlock. seccomp and resource limits stand behind both. `modes` finds which a machine offers.
"""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from . import linux, seccomp

SCRATCH: Final = "/box"
OPEN_FILES: Final = 128
THREADS: Final = 64
"""Threads that a submission may run beside its processes, where a user namespace counts them for it alone."""
NAMESPACES: Final = (
    linux.NEW_USER | linux.NEW_PID | linux.NEW_MOUNT | linux.NEW_IPC | linux.NEW_NETWORK | linux.NEW_CGROUP
)
_SHM: Final = "/dev/shm"
_SAFE: Final = linux.MS_NOSUID | linux.MS_NODEV
_OWN_PROC: Final = ("/proc/self", "/proc/cpuinfo", "/proc/meminfo")
_READABLE_DEVICES: Final = ("/dev/urandom", "/dev/random", "/dev/zero")


@dataclass(frozen=True)
class Walls:
    """Which walls this machine lets a child build."""

    namespaces: bool
    landlock: bool
    seccomp: bool = True


NO_WALLS: Final = Walls(namespaces=False, landlock=False, seccomp=False)


@dataclass(frozen=True)
class ProcessBounds:
    """What the kernel enforces on one child."""

    memory_bytes: int
    """Address space beyond what the warm parent already has."""
    disk_bytes: int
    processes: int
    copies: int
    """Copies of the process that the grader may ask for."""
    cpu_seconds: int


def enter_namespaces() -> None:
    """Move into new namespaces; the next child is the first process of the new pid namespace."""
    uid, gid = os.getuid(), os.getgid()
    linux.unshare(NAMESPACES)
    map_user(uid, gid)


def map_user(uid: int, gid: int) -> None:
    """Be the user in the new namespace that this process was outside."""
    linux.prctl(linux.PR_SET_DUMPABLE, 1)  # an undumpable process does not own its own uid_map
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    linux.prctl(linux.PR_SET_DUMPABLE, 0)


def build_private_mounts(disk_bytes: int) -> int:
    """Give this process and its children an empty scratch folder, /dev/shm and /proc that no others share.

    Returns
    -------
    int
        Descriptor by which this process can set what number the next process gets; -1 if it cannot.
    """
    linux.prctl(linux.PR_SET_DUMPABLE, 1)  # for a moment: to own /proc/self/oom_score_adj
    linux.mount("none", "/", None, linux.MS_REC | linux.MS_PRIVATE)
    linux.mount("tmpfs", SCRATCH, "tmpfs", _SAFE, f"size={disk_bytes},nr_inodes=4096,mode=0700")
    if os.path.isdir(_SHM):
        linux.mount("tmpfs", _SHM, "tmpfs", _SAFE, f"size={min(disk_bytes, 8 << 20)},nr_inodes=256,mode=0700")
    try:  # before the new /proc, which nobody may have open to write when it is made read-only
        numbers = os.open("/proc/sys/kernel/ns_last_pid", os.O_WRONLY | os.O_CLOEXEC)
    except OSError:  # a kernel without checkpoints, or masked
        numbers = -1
    _mount_proc()
    linux.prctl(linux.PR_SET_DUMPABLE, 0)
    return numbers


def close_private_mounts() -> None:
    """Let nothing be written where `build_private_mounts` allowed it; nobody may have a file open there."""
    for place in filter(os.path.isdir, (SCRATCH, _SHM)):
        linux.mount("none", place, None, linux.MS_REMOUNT | linux.MS_BIND | linux.MS_RDONLY | _SAFE)


def mount_temporary(folder: str, disk_bytes: int) -> None:
    """Put a new, empty file system in a folder."""
    linux.mount("tmpfs", folder, "tmpfs", _SAFE, f"size={disk_bytes},nr_inodes=256,mode=0700")


def _mount_proc() -> None:
    try:
        linux.mount("proc", "/proc", "proc", _SAFE | linux.MS_NOEXEC)
    except PermissionError:  # parts of the outer /proc are masked (root in some containers): show nothing at all
        linux.mount("tmpfs", "/proc", "tmpfs", _SAFE | linux.MS_RDONLY, "size=4k,nr_inodes=2")
        return
    # No user namespace below this one, whatever seccomp lets through: as bwrap --disable-userns does a level up.
    Path("/proc/sys/user/max_user_namespaces").write_text("0")
    Path("/proc/self/oom_score_adj").write_text("1000")  # if memory runs out, a submission goes before the grader
    linux.mount(
        "none", "/proc", None, linux.MS_REMOUNT | linux.MS_BIND | linux.MS_RDONLY | _SAFE | linux.MS_NOEXEC
    )


def limit_resources(bounds: ProcessBounds, *, counted_alone: bool) -> None:
    """Set the kernel's limits; ``counted_alone``: a user namespace counts this child's processes apart."""
    limits = {
        resource.RLIMIT_CORE: 1,  # no core, also where a program is to take it: that ignores a limit of 0
        resource.RLIMIT_FSIZE: bounds.disk_bytes,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_AS: _address_space() + bounds.memory_bytes,
        resource.RLIMIT_CPU: bounds.cpu_seconds,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    if counted_alone:
        limits[resource.RLIMIT_NPROC] = bounds.processes + bounds.copies + 1 + THREADS  # one supervisor
    for name, value in limits.items():
        _, hard = resource.getrlimit(name)
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(name, (value, value))


def _address_space() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def lock(walls: Walls, *, forks: bool, readable: list[str], scratch: str) -> int:
    """Give up all privileges and close the walls; there is no way back.

    Returns
    -------
    int
        Descriptor of the filter's notices for the supervisor; -1 if there is no filter.
    """
    # dumpable means here: the supervisor may see in /proc what is held and shared; `limit_resources` forbids cores
    linux.prctl(linux.PR_SET_DUMPABLE, 1)
    if walls == NO_WALLS:
        return -1
    linux.drop_capabilities()
    linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    if walls.landlock:
        own = _OWN_PROC if walls.namespaces else ()
        shared_memory = [_SHM] if walls.namespaces else []
        linux.restrict_files([*readable, *_READABLE_DEVICES, *own], [scratch, "/dev/null", *shared_memory])
    return seccomp.install(forks=forks, private_mounts=walls.namespaces) if walls.seccomp else -1


def probe(readable: list[str]) -> Walls:
    """Find by trial, in forked children, which walls can be built here."""
    landlock = linux.landlock_abi() >= 1 and _works(lambda: linux.restrict_files(readable, []))
    namespaces = os.path.isdir(SCRATCH) and _works(_try_namespaces)
    filtering = _works(lambda: lock(Walls(False, False), forks=False, readable=[], scratch="/"))
    return Walls(namespaces=namespaces, landlock=landlock, seccomp=filtering)


def _try_namespaces() -> None:
    enter_namespaces()
    pid = os.fork()
    if pid:
        _, status = os.waitpid(pid, 0)
        os._exit(0 if status == 0 else 1)
    build_private_mounts(1 << 20)


def _works(attempt: object) -> bool:
    """Run a function in a forked child; say whether it returned."""
    pid = os.fork()
    if pid == 0:
        try:
            linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
            attempt()  # type: ignore[operator]
        except BaseException:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    return status == 0
