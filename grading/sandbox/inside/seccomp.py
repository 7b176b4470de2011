"""The system calls that a student's process may not make, as a classic BPF program for x86-64 and arm64.

A deny-list, since NumPy, matplotlib and glibc use many calls and new versions use others, with three general rules
on top: a foreign calling convention (i386, x32, 32-bit ARM) kills the process, a call newer than those
reviewed here does not exist, and of the calls that are many in one (fcntl, ioctl, prctl) only the listed ones are
allowed. Refused calls fail with EPERM, so honest code sees an ordinary PermissionError.
"""

from __future__ import annotations

import errno
import functools
import os
import platform
import struct
from typing import Final

NEWEST_REVIEWED: Final = 462
"""mseal; numbers from 424 on are the same on both architectures."""

_ARCHITECTURES: Final = {"x86_64": (0, 0xC000_003E), "aarch64": (1, 0xC000_00B7)}

# name: (x86-64, arm64); -1 where the architecture has no such call
Table = dict[str, tuple[int, int]]
_OTHER_PROCESSES: Final[Table] = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "process_madvise": (440, 440), "process_mrelease": (448, 448), "kcmp": (312, 272),
    "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424), "tkill": (200, 130),
    "setpriority": (141, 140), "ioprio_set": (251, 30), "sched_setaffinity": (203, 122),
    "sched_setattr": (314, 274), "sched_setparam": (142, 118), "sched_setscheduler": (144, 119),
    "move_pages": (279, 239), "migrate_pages": (256, 238),
}  # fmt: skip
_WALLS: Final[Table] = {
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "setns": (308, 268),
    "unshare": (272, 97), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "statmount": (457, 457), "listmount": (458, 458), "lsm_set_self_attr": (460, 460),
    "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264), "sethostname": (170, 161),
    "setdomainname": (171, 162), "personality": (135, 92),
}  # fmt: skip
_KERNEL_SURFACE: Final[Table] = {
    "bpf": (321, 280), "perf_event_open": (298, 241), "keyctl": (250, 219), "add_key": (248, 217),
    "request_key": (249, 218), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "userfaultfd": (323, 282), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "quotactl": (179, 60), "quotactl_fd": (443, 443), "swapon": (167, 224),
    "swapoff": (168, 225), "reboot": (169, 142), "settimeofday": (164, 170), "clock_settime": (227, 112),
    "clock_adjtime": (305, 266), "adjtimex": (159, 171), "acct": (163, 89), "syslog": (103, 116),
    "fanotify_init": (300, 262), "fanotify_mark": (301, 263), "mbind": (237, 235), "set_mempolicy": (238, 237),
    "set_mempolicy_home_node": (450, 450), "vmsplice": (278, 75), "vhangup": (153, 58),
    "lookup_dcookie": (212, 18), "nfsservctl": (180, 42), "uselib": (134, -1), "modify_ldt": (154, -1),
    "iopl": (172, -1), "ioperm": (173, -1), "_sysctl": (156, -1), "create_module": (174, -1),
    "get_kernel_syms": (177, -1), "query_module": (178, -1), "map_shadow_stack": (453, 453),
    "seccomp": (317, 277), "sync": (162, 81), "syncfs": (306, 267),
}  # fmt: skip
# one submission could see by them which files another one opens
_WATCHES: Final[Table] = {
    "inotify_init": (253, -1), "inotify_init1": (294, 26), "inotify_add_watch": (254, 27),
}  # fmt: skip
# memory that no limit of the process counts, or that a copy of it would share
_HIDDEN_MEMORY: Final[Table] = {
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "shmat": (30, 196),
    "shmctl": (31, 195), "msgget": (68, 186), "msgsnd": (69, 189), "semget": (64, 190), "mq_open": (240, 180),
    "io_setup": (206, 0),
}  # fmt: skip
_NETWORK: Final[Table] = {
    "socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201), "accept": (43, 202),
    "accept4": (288, 242),
}  # fmt: skip
# landlock does not cover what these change: they need a private mount namespace
_FILE_ATTRIBUTES: Final[Table] = {
    "chmod": (90, -1), "fchmod": (91, 52), "chown": (92, -1), "fchown": (93, 55), "lchown": (94, -1),
    "fchmodat": (268, 53), "fchmodat2": (452, 452), "fchownat": (260, 54), "setxattr": (188, 5),
    "lsetxattr": (189, 6), "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15),
    "fremovexattr": (199, 16), "utime": (132, -1), "utimes": (235, -1), "utimensat": (280, 88),
    "futimesat": (261, -1),
}  # fmt: skip
_NEW_PROGRAMS: Final[Table] = {
    "fork": (57, -1), "vfork": (58, -1), "execve": (59, 221), "execveat": (322, 281),
}  # fmt: skip
_CLONE, _CLONE3, _SOCKETPAIR = (56, 220), (435, 435), (53, 199)
_PRCTL, _PRLIMIT, _SETRLIMIT, _IOCTL, _FCNTL = (157, 167), (302, 261), (160, 164), (16, 29), (72, 25)
_MMAP: Final = (9, 222)
_FLOCK: Final = (73, 32)
_SIGNALS: Final[Table] = {
    "kill": (62, 129), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
}  # fmt: skip
# Commands have the same numbers on both architectures, in the kernel's and in glibc's headers.
_FCNTL_COMMANDS: Final = {
    "F_DUPFD": 0, "F_GETFD": 1, "F_SETFD": 2, "F_GETFL": 3, "F_SETFL": 4, "F_GETLK": 5, "F_OFD_GETLK": 36,
    "F_DUPFD_CLOEXEC": 1030, "F_GETPIPE_SZ": 1032, "F_GET_SEALS": 1034,
}  # fmt: skip
"""Descriptors. Not leases and notices, which make other processes wait or watch them; not owners and signals; not
larger pipes, whose memory is counted for the user, who may be everybody's."""
_FCNTL_LOCKS: Final = (6, 7, 37, 38)  # F_SETLK, F_SETLKW, and the same for open file descriptions
_IOCTL_COMMANDS: Final = {
    "TCGETS": 0x5401, "TCGETS2": 0x802C_542A, "TIOCGPGRP": 0x540F, "TIOCGWINSZ": 0x5413, "FIONREAD": 0x541B,
    "FIONBIO": 0x5421, "FIONCLEX": 0x5450, "FIOCLEX": 0x5451, "FICLONE": 0x4004_9409,
}  # fmt: skip
"""Asking whether this is a terminal and how wide; not waiting; closing on exec; copying a file of one's own."""
_PRCTL_OPTIONS: Final = {
    "PR_GET_PDEATHSIG": 2, "PR_GET_DUMPABLE": 3, "PR_GET_KEEPCAPS": 7, "PR_SET_NAME": 15, "PR_GET_NAME": 16,
    "PR_GET_SECCOMP": 21, "PR_CAPBSET_READ": 23, "PR_GET_TSC": 25, "PR_GET_SECUREBITS": 27,
    "PR_GET_TIMERSLACK": 30, "PR_GET_CHILD_SUBREAPER": 37, "PR_SET_NO_NEW_PRIVS": 38,
    "PR_GET_NO_NEW_PRIVS": 39,
    "PR_GET_TID_ADDRESS": 40,
    "PR_SET_THP_DISABLE": 41, "PR_GET_THP_DISABLE": 42, "PR_SVE_GET_VL": 51, "PR_GET_SPECULATION_CTRL": 52,
    "PR_GET_TAGGED_ADDR_CTRL": 56, "PR_SME_GET_VL": 64, "PR_GET_MDWE": 66, "PR_SET_VMA": 0x5356_4D41,
    "PR_GET_AUXV": 0x4155_5856,
}  # fmt: skip
"""Reading about oneself, naming threads and memory, huge pages. Not PR_SET_PDEATHSIG, the child's tie to its
parent, nor PR_SET_DUMPABLE, nor what makes a process a parent of strangers or lets another trace it."""

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_ALLOW, _KILL, _DENY = 0x7FFF_0000, 0x8000_0000, 0x0005_0000 | errno.EPERM
_ABSENT: Final = 0x0005_0000 | errno.ENOSYS
_NOTIFY: Final = 0x7FC0_0000
_ANY_NEW_NAMESPACE: Final = 0x7E02_0000 | 0x80
_CLONE_THREAD: Final = 0x1_0000
_MAP_SHARED: Final = 1
"""Set in each kind of shared mapping, and in no other."""
_PLAIN_FORK: Final = 0x120_0011
"""What glibc's fork asks for: CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID and SIGCHLD."""
_RLIMIT_CORE: Final = 4

Instruction = tuple[int, int, int, int]
_allow: Final[Instruction] = (_RETURN, 0, 0, _ALLOW)
_deny: Final[Instruction] = (_RETURN, 0, 0, _DENY)
_ask: Final[Instruction] = (_RETURN, 0, 0, _NOTIFY)
_pretend: Final[Instruction] = (_RETURN, 0, 0, 0x0005_0000)
"""The call does nothing and succeeds."""


def _argument(number: int) -> Instruction:
    """Load the low half of an argument: every argument tested here is a C int or a 32-bit set of flags."""
    return (_LOAD, 0, 0, 16 + 8 * number)


def _only(argument: int, *values: int) -> list[Instruction]:
    """Allow the call only if an argument has one of these values."""
    tests = [step for value in values for step in ((_EQUAL, 0, 1, value), _allow)]
    return [_argument(argument), *tests, _deny]


def _never(argument: int, *values: int) -> list[Instruction]:
    """Refuse the call if an argument has one of these values."""
    tests = [step for value in values for step in ((_EQUAL, 0, 1, value), _deny)]
    return [_argument(argument), *tests, _allow]


def _denied(*, forks: bool, private_mounts: bool) -> Table:
    tables: list[Table] = [_OTHER_PROCESSES, _WALLS, _KERNEL_SURFACE, _HIDDEN_MEMORY, _NETWORK, _WATCHES]
    if not private_mounts:
        tables.append(_FILE_ATTRIBUTES)
    if not forks:
        tables.append(_NEW_PROGRAMS)
    return {name: numbers for table in tables for name, numbers in table.items()}


def _clone(forks: bool, counted: bool) -> list[Instruction]:
    rules: list[Instruction] = [_argument(0), (_ANY_BIT, 0, 1, _ANY_NEW_NAMESPACE), _deny]
    if not forks:
        rules += [(_EQUAL, 0, 1, _PLAIN_FORK), _ask, (_ANY_BIT, 1, 0, _CLONE_THREAD), _deny]
    return [*rules, _allow if counted else _ask]


def _mapping() -> list[Instruction]:
    """Memory to be shared is had, and known to the supervisor."""
    return [_argument(3), (_ANY_BIT, 0, 1, _MAP_SHARED), _ask, _allow]


def _signal(pid: int, forks: bool) -> list[Instruction]:
    """Signals to itself; to others only where it may fork, and then as the supervisor decides."""
    return [_argument(0), (_EQUAL, 0, 1, pid), _allow, _ask if forks else _deny]


@functools.cache
def program(*, forks: bool, private_mounts: bool, pid: int, machine: str | None = None) -> bytes:
    """Return the filter for one process.

    Parameters
    ----------
    forks : bool
        Whether the process may start others; threads it may always start.
    private_mounts : bool
        Whether it has namespaces of its own, so that changing a file's attributes harms nobody, and its threads
        are counted apart.
    pid : int
        The process's own number, the only one it may signal by itself.
    machine : str, optional
        The architecture as ``uname -m`` names it; this machine's by default.

    Raises
    ------
    OSError
        If the architecture has no table.
    """
    machine = machine or platform.machine()
    if machine not in _ARCHITECTURES:
        raise OSError(f"no table of system calls for {machine}; supported: {', '.join(_ARCHITECTURES)}")
    column, audit = _ARCHITECTURES[machine]
    rules: dict[int, list[Instruction]] = {
        numbers[column]: [_deny] for numbers in _denied(forks=forks, private_mounts=private_mounts).values()
    }
    rules[_CLONE3[column]] = [
        (_RETURN, 0, 0, _ABSENT)
    ]  # its flags are behind a pointer; glibc falls back to clone
    rules[_CLONE[column]] = _clone(forks, counted=private_mounts)
    # a lock on a file that others can open would carry a word to them, and who is alone needs none
    lock = _allow if forks else _pretend
    rules[_FLOCK[column]] = [lock]
    if not forks:
        rules[_MMAP[column]] = _mapping()
    # asyncio wakes itself through a stream pair; a datagram socket could still name an address to send to
    rules[_SOCKETPAIR[column]] = [
        _argument(0), (_EQUAL, 1, 0, 1), _deny,
        _argument(1), (_AND, 0, 0, 0xF), (_EQUAL, 0, 1, 1), _allow, _deny,
    ]  # fmt: skip
    for numbers in _SIGNALS.values():
        rules[numbers[column]] = _signal(pid, forks)
    # the limit of cores stays what `confine` made it: it alone keeps a crash from dumping one
    rules[_SETRLIMIT[column]] = _never(0, _RLIMIT_CORE)
    rules[_PRLIMIT[column]] = [
        _argument(1), (_EQUAL, 0, 1, _RLIMIT_CORE), _deny, *_only(0, 0, pid)
    ]  # fmt: skip
    rules[_PRCTL[column]] = _only(0, *_PRCTL_OPTIONS.values())
    rules[_IOCTL[column]] = _only(1, *_IOCTL_COMMANDS.values())
    locks = [step for command in _FCNTL_LOCKS for step in ((_EQUAL, 0, 1, command), lock)]
    rules[_FCNTL[column]] = [_argument(1), *locks, *_only(1, *_FCNTL_COMMANDS.values())]
    return _assemble(rules, audit, column)


def _assemble(rules: dict[int, list[Instruction]], audit: int, column: int) -> bytes:
    number_at, architecture_at, x32_bit = 0, 4, 0x4000_0000
    steps: list[Instruction] = [
        (_LOAD, 0, 0, architecture_at), (_EQUAL, 1, 0, audit), (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, number_at), (_AT_LEAST, 0, 1, x32_bit), (_RETURN, 0, 0, _KILL),
        (_AT_LEAST, 0, 1, NEWEST_REVIEWED + 1), (_RETURN, 0, 0, _ABSENT),
    ]  # fmt: skip
    for number, block in sorted(rules.items()):
        if number >= 0:
            steps += [(_EQUAL, 0, len(block), number), *block]
    steps.append(_allow)
    return b"".join(struct.pack("<HBBI", *step) for step in steps)


def maps(call: int) -> bool:
    """Say whether a call's number, on this machine, is that of a new mapping."""
    return call == _MMAP[_ARCHITECTURES[platform.machine()][0]]


def starts_thread(call: int, flags: int) -> bool:
    """Say whether a call's number, on this machine, and its first argument are those of a new thread."""
    return call == _CLONE[_ARCHITECTURES[platform.machine()][0]] and bool(flags & _CLONE_THREAD)


def install(*, forks: bool, private_mounts: bool) -> int:
    """Filter this process's system calls from now on; return the descriptor that gives its notices."""
    from . import linux

    machine = _ARCHITECTURES[platform.machine()][0]
    filter_program = program(forks=forks, private_mounts=private_mounts, pid=os.getpid())
    return linux.install_filter(filter_program, _KERNEL_SURFACE["seccomp"][machine])
