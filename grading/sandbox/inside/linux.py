"""The Linux calls that Python's standard library lacks, by ctypes: a function each, OSError on failure."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Iterable
from typing import Final

NEW_MOUNT: Final = 0x0002_0000
NEW_CGROUP: Final = 0x0200_0000
NEW_IPC: Final = 0x0800_0000
NEW_USER: Final = 0x1000_0000
NEW_PID: Final = 0x2000_0000
NEW_NETWORK: Final = 0x4000_0000

MS_RDONLY: Final = 1
MS_NOSUID: Final = 2
MS_NODEV: Final = 4
MS_NOEXEC: Final = 8
MS_REMOUNT: Final = 32
MS_BIND: Final = 4096
MS_REC: Final = 16384
MS_PRIVATE: Final = 1 << 18

PR_SET_PDEATHSIG: Final = 1
PR_SET_DUMPABLE: Final = 4
PR_CAPBSET_DROP: Final = 24
PR_SET_CHILD_SUBREAPER: Final = 36
PR_SET_NO_NEW_PRIVS: Final = 38
PR_CAP_AMBIENT: Final = 47
PR_CAP_AMBIENT_CLEAR_ALL: Final = 4
_CAPABILITY_VERSION: Final = 0x2008_0522

_CLONE3: Final = 435  # on every architecture
_KCMP: Final = {"x86_64": 312, "aarch64": 272}
_SAME_MEMORY, _SAME_DESCRIPTORS, _SAME_FOLDER = 1, 2, 3
_CLONE_PIDFD, _CLONE_CHILD_CLEARTID, _CLONE_CHILD_SETTID = 0x1000, 0x20_0000, 0x100_0000
# Landlock's three calls have the same numbers on every architecture.
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
FS_EXECUTE, FS_WRITE_FILE, FS_READ_FILE, FS_READ_DIR = 1, 2, 4, 8
_FS_MAKE_NODES: Final = 1 << 6 | 1 << 9 | 1 << 10 | 1 << 11  # character device, socket, fifo, block device
_FS_REFER, _FS_TRUNCATE, _FS_IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_READ: Final = FS_EXECUTE | FS_READ_FILE | FS_READ_DIR

_HUGE, _MADV_COLLAPSE = 2 << 20, 25

_libc: Final = ctypes.CDLL(None, use_errno=True)
_libc.pthread_self.restype = ctypes.c_void_p
_libc_with_gil: Final = ctypes.PyDLL(None, use_errno=True)


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def collapse(start: int, end: int) -> None:
    """Move memory into huge pages, where the kernel can (Linux 6.1); from then on a fork copies fewer entries."""
    first, last = -(-start // _HUGE) * _HUGE, end // _HUGE * _HUGE
    if first < last:
        _libc.madvise(ctypes.c_void_p(first), ctypes.c_size_t(last - first), _MADV_COLLAPSE)


def unshare(flags: int) -> None:
    """Move this process (its children, for a pid namespace) into new namespaces."""
    _check(_libc.unshare(flags), "unshare")


def fork_into(namespaces: int) -> tuple[int, int]:
    """Fork a child that is the first process of new namespaces; with `unshare` that takes two forks.

    It does what glibc's fork does in a process of one thread, and what Python's does around that. Only where
    `can_fork_into` says so.

    Returns
    -------
    tuple of int
        The child's id and a handle (pidfd) on it; in the child, 0 and -1.
    """
    handle = ctypes.c_int(-1)
    flags = namespaces | _CLONE_PIDFD | _CLONE_CHILD_SETTID | _CLONE_CHILD_CLEARTID
    arguments = (flags, ctypes.addressof(handle), _own_thread_id(), 0, signal.SIGCHLD, 0, 0, 0)
    block = (ctypes.c_uint64 * len(arguments))(*arguments)
    ctypes.pythonapi.PyOS_BeforeFork()
    pid = _libc_with_gil.syscall(_CLONE3, block, ctypes.c_size_t(ctypes.sizeof(block)))
    if pid == 0:
        ctypes.pythonapi.PyOS_AfterFork_Child()
        return 0, -1
    number = ctypes.get_errno()
    ctypes.pythonapi.PyOS_AfterFork_Parent()
    if pid < 0:
        raise OSError(number, f"clone: {os.strerror(number)}")
    return pid, handle.value


def can_fork_into() -> bool:
    """Say whether `fork_into` works here, by trying; other threads than the caller's must not exist."""
    try:
        pid, handle = fork_into(0)
    except (OSError, ValueError):  # refused by a container's filter, or another C library
        return False
    if pid == 0:
        os._exit(0)
    os.close(handle)
    return os.waitpid(pid, 0)[1] == 0


def _own_thread_id() -> int:
    """Return where glibc keeps this thread's id, which a forked child must have anew.

    Raises
    ------
    ValueError
        If the C library does not tell debuggers where that is.
    """
    _, _, offset = (ctypes.c_uint32 * 3).in_dll(_libc, "_thread_db_pthread_tid")
    return int(_libc.pthread_self()) + int(offset)


def mount(source: str, target: str, kind: str | None, flags: int = 0, options: str = "") -> None:
    """Mount a file system."""
    result = _libc.mount(
        source.encode(),
        target.encode(),
        kind.encode() if kind else None,
        ctypes.c_ulong(flags),
        options.encode(),
    )
    _check(result, f"mount {target}")


def unmount(target: str) -> None:
    """Unmount the topmost file system at a path."""
    _check(_libc.umount2(target.encode(), 0), f"umount {target}")


def prctl(option: int, *arguments: int) -> None:
    """Set a property of this process."""
    words = [ctypes.c_ulong(argument) for argument in (*arguments, 0, 0, 0, 0)[:4]]
    _check(_libc.prctl(option, *words), f"prctl {option}")


def die_with_parent(number: int = signal.SIGKILL) -> None:
    """Ask for a signal as soon as the parent thread ends."""
    prctl(PR_SET_PDEATHSIG, number)


def drop_capabilities() -> None:
    """Give up every capability, also those that an exec could bring back."""
    for number in range(64):
        try:
            prctl(PR_CAPBSET_DROP, number)
        except OSError:  # past the kernel's last capability, or no right to drop: no_new_privs covers the latter
            break
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    header = _CAPABILITY_VERSION.to_bytes(4, "little") + bytes(4)
    _check(_libc.capset(header, bytes(24)), "capset")


def install_filter(program: bytes, call: int) -> int:
    """Install a seccomp program, a sequence of 8-byte instructions, in every thread to come.

    Parameters
    ----------
    program : bytes
        The instructions.
    call : int
        The number of the seccomp system call.

    Returns
    -------
    int
        A descriptor on which calls wait that the program leaves to its listener.
    """
    buffer = ctypes.create_string_buffer(program, len(program))
    length = len(program) // 8
    header = length.to_bytes(2, "little") + bytes(6) + ctypes.addressof(buffer).to_bytes(8, "little")
    set_mode_filter, new_listener = 1, 8
    return _check(_libc.syscall(call, set_mode_filter, new_listener, header), "seccomp")


def same(kind: int, one: int, other: int) -> bool:
    """Say whether two processes have memory (kind 1), descriptors (2) or their folder (3) in common.

    A kernel that cannot tell counts as yes.
    """
    number = _KCMP.get(os.uname().machine, -1)
    return bool(_libc.syscall(number, one, other, kind, 0, 0) <= 0)


def share(pid: int, other: int) -> bool:
    """Return whether two processes have memory, descriptors or a current folder in common."""
    return any(same(kind, pid, other) for kind in (_SAME_MEMORY, _SAME_DESCRIPTORS, _SAME_FOLDER))


def landlock_abi() -> int:
    """Return the version of landlock, 0 where the kernel has none."""
    return max(0, int(_libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1)))


def restrict_files(readable: Iterable[str], writable: Iterable[str]) -> None:
    """Confine this process to some paths by landlock and, where the kernel can, its signals to itself.

    A path that does not exist is left out. Device nodes, sockets and fifos cannot be made anywhere.
    """
    abi = landlock_abi()
    if abi < 1:
        raise OSError("landlock is not available")
    every = (1 << 13) - 1
    every |= _FS_REFER if abi >= 2 else 0
    every |= _FS_TRUNCATE if abi >= 3 else 0
    every |= _FS_IOCTL_DEV if abi >= 5 else 0
    words = [every]
    if abi >= 4:
        words.append(3)  # bind and connect TCP
    if abi >= 6:
        words.append(3)  # abstract sockets and signals outside the domain
    attributes = b"".join(word.to_bytes(8, "little") for word in words)
    ruleset = _check(_libc.syscall(_LANDLOCK_CREATE, attributes, ctypes.c_size_t(len(attributes)), 0), "landlock")
    for paths, access in ((readable, _READ), (writable, every & ~_FS_MAKE_NODES)):
        for path in paths:
            _allow_path(ruleset, path, access & every)
    _check(_libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0), "landlock_restrict_self")
    os.close(ruleset)


def _allow_path(ruleset: int, path: str, access: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not os.path.isdir(path):
        access &= FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | _FS_TRUNCATE | _FS_IOCTL_DEV
    rule = access.to_bytes(8, "little") + handle.to_bytes(4, "little", signed=True)
    under_path = 1
    try:
        _check(_libc.syscall(_LANDLOCK_ADD, ruleset, under_path, rule, 0), f"landlock_add_rule {path}")
    finally:
        os.close(handle)
