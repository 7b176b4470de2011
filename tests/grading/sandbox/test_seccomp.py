"""The filter's decisions, by a small interpreter of its instructions, so that both architectures are tested."""

from __future__ import annotations

import errno
import platform
import struct

import pytest

from grading.sandbox.inside import seccomp

ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
ALLOW, KILL, ASK = 0x7FFF0000, 0x80000000, 0x7FC00000
EPERM, ENOSYS, PRETEND = 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS, 0x50000
PID = 77


def decide(program: bytes, number: int, arguments: tuple[int, ...] = (), *, audit: int) -> int:
    """Run the program on one system call."""
    data = struct.pack("<iIQ6Q", number, audit, 0, *(*arguments, 0, 0, 0, 0, 0, 0)[:6])
    steps = [struct.unpack_from("<HBBI", program, at) for at in range(0, len(program), 8)]
    at = accumulator = 0
    while True:
        code, yes, no, k = steps[at]
        at += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, k)
        elif code == 0x54:
            accumulator &= k
        elif code == 0x06:
            return k
        else:
            holds = {0x15: accumulator == k, 0x35: accumulator >= k, 0x45: bool(accumulator & k)}[code]
            at += yes if holds else no


@pytest.fixture(params=ARCHITECTURES)
def machine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def answer(machine: str, pair: tuple[int, int], *arguments: int, forks: bool = False, private: bool = True) -> int:
    column, audit = ARCHITECTURES[machine]
    program = seccomp.program(forks=forks, private_mounts=private, pid=PID, machine=machine)
    assert len(program) // 8 < 4096  # the kernel's limit
    return decide(program, pair[column], arguments, audit=audit)


# (x86-64, arm64), taken from the kernel's own headers and not from the table under test
HARMLESS = {
    "read": (0, 63),
    "write": (1, 64),
    "mmap": (9, 222),
    "openat": (257, 56),
    "futex": (202, 98),
    "clock_gettime": (228, 113),
    "getrandom": (318, 278),
    "rseq": (334, 293),
    "exit_group": (231, 94),
    "epoll_create1": (291, 20),
}
FORBIDDEN = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "mount": (165, 40),
    "unshare": (272, 97),
    "setns": (308, 268),
    "bpf": (321, 280),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "io_uring_setup": (425, 425),
    "userfaultfd": (323, 282),
    "memfd_create": (319, 279),
    "socket": (41, 198),
    "connect": (42, 203),
    "perf_event_open": (298, 241),
    "shmget": (29, 194),
    "pidfd_open": (434, 434),
    "open_by_handle_at": (304, 265),
    "personality": (135, 92),
    "execve": (59, 221),
    "tkill": (200, 130),
    "seccomp": (317, 277),
    "sync": (162, 81),
    "syncfs": (306, 267),
    "io_setup": (206, 0),
    "inotify_init1": (294, 26),
}


@pytest.mark.parametrize("pair", HARMLESS.values(), ids=HARMLESS.keys())
def test_ordinary_calls_pass(machine: str, pair: tuple[int, int]) -> None:
    assert answer(machine, pair) == ALLOW


@pytest.mark.parametrize("pair", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_dangerous_calls_are_refused(machine: str, pair: tuple[int, int]) -> None:
    assert answer(machine, pair) == EPERM


CLONE, KILL_CALL, TGKILL, PRCTL, PRLIMIT = (56, 220), (62, 129), (234, 131), (157, 167), (302, 261)
MMAP, FLOCK = (9, 222), (73, 32)
SOCKETPAIR, FCNTL, IOCTL, FCHMOD, EXECVE = (53, 199), (72, 25), (16, 29), (91, 52), (59, 221)
THREAD_FLAGS, FORK_FLAGS, NEW_USER = 0x3D0F00, 0x1200011, 0x10000000


@pytest.mark.parametrize(
    ("pair", "arguments", "forks", "private", "want"),
    [
        pytest.param(CLONE, (THREAD_FLAGS,), False, True, ALLOW, id="a thread"),
        pytest.param(CLONE, (THREAD_FLAGS,), False, False, ASK, id="a thread that the kernel does not count"),
        pytest.param(CLONE, (FORK_FLAGS,), False, True, ASK, id="a fork, as the supervisor decides"),
        pytest.param(CLONE, (FORK_FLAGS | 0x100,), False, True, EPERM, id="a fork that shares memory"),
        pytest.param(CLONE, (FORK_FLAGS | 0x400,), False, True, EPERM, id="a fork that shares descriptors"),
        pytest.param(CLONE, (FORK_FLAGS | 0x8000,), False, True, EPERM, id="a fork for its parent"),
        pytest.param(CLONE, (17,), False, True, EPERM, id="a fork not by the library"),
        pytest.param(CLONE, (FORK_FLAGS,), True, True, ALLOW, id="a fork where forks are allowed"),
        pytest.param(CLONE, (FORK_FLAGS | NEW_USER,), True, True, EPERM, id="a fork into a namespace"),
        pytest.param(CLONE, (THREAD_FLAGS | NEW_USER,), False, True, EPERM, id="a thread into a namespace"),
        pytest.param((435, 435), (), True, True, ENOSYS, id="clone3, whose flags cannot be seen"),
        pytest.param(EXECVE, (), True, True, ALLOW, id="a program where forks are allowed"),
        pytest.param(KILL_CALL, (PID, 15), False, True, ALLOW, id="a signal to itself"),
        pytest.param(KILL_CALL, (PID + 1, 9), False, True, EPERM, id="a signal to another"),
        pytest.param(KILL_CALL, (2**32 - 1, 9), False, True, EPERM, id="a signal to everyone"),
        pytest.param(TGKILL, (PID, 5, 6), False, True, ALLOW, id="abort"),
        pytest.param(KILL_CALL, (PID + 1, 9), True, True, ASK, id="a signal to another where forks are allowed"),
        pytest.param(MMAP, (0, 9, 3, 0x22), False, True, ALLOW, id="memory of its own"),
        pytest.param(MMAP, (0, 9, 3, 0x21), False, True, ASK, id="memory to share"),
        pytest.param(MMAP, (0, 9, 3, 3), False, True, ASK, id="memory to share, checked"),
        pytest.param(PRLIMIT, (0, 4), False, True, EPERM, id="its limit of cores"),
        pytest.param((160, 164), (4,), False, True, EPERM, id="its limit of cores, as it was set once"),
        pytest.param((160, 164), (7,), False, True, ALLOW, id="its limit of files, as it was set once"),
        pytest.param(PRCTL, (1, 0), False, True, EPERM, id="untying itself from its parent"),
        pytest.param(PRCTL, (15, 0), False, True, ALLOW, id="naming a thread"),
        pytest.param(PRLIMIT, (0, 7), False, True, ALLOW, id="its own limits"),
        pytest.param(PRLIMIT, (1, 7), False, True, EPERM, id="another's limits"),
        pytest.param(SOCKETPAIR, (1, 0x80801), False, True, ALLOW, id="asyncio's pair of streams"),
        pytest.param(SOCKETPAIR, (1, 2), False, True, EPERM, id="a pair of datagram sockets"),
        pytest.param(SOCKETPAIR, (16, 1), False, True, EPERM, id="a pair of another family"),
        pytest.param(FCNTL, (3, 8, 1), False, True, EPERM, id="asking for another's SIGIO"),
        pytest.param(FCNTL, (3, 1, 1), False, True, ALLOW, id="close on exec"),
        pytest.param(FCNTL, (3, 6), False, True, PRETEND, id="a lock, which nobody sees"),
        pytest.param(FCNTL, (3, 38), False, True, PRETEND, id="a lock of an open file, which nobody sees"),
        pytest.param(FLOCK, (3, 2), False, False, PRETEND, id="a lock of a file, which nobody sees"),
        pytest.param(FCNTL, (3, 6), True, True, ALLOW, id="a lock where forks are allowed"),
        pytest.param(IOCTL, (0, 0x5412), False, True, EPERM, id="typing into a terminal"),
        pytest.param(IOCTL, (0, 0x5401), False, True, ALLOW, id="asking for a terminal"),
        pytest.param(FCHMOD, (3, 0o777), False, True, ALLOW, id="chmod on private mounts"),
        pytest.param(FCHMOD, (3, 0o777), False, False, EPERM, id="chmod on shared mounts"),
        pytest.param((452, 452), (), False, False, EPERM, id="fchmodat2 on shared mounts"),
        pytest.param((463, 463), (), False, True, ENOSYS, id="a call newer than the table"),
    ],
)
def test_calls_are_judged_by_their_arguments(
    machine: str, pair: tuple[int, int], arguments: tuple[int, ...], forks: bool, private: bool, want: int
) -> None:
    assert answer(machine, pair, *arguments, forks=forks, private=private) == want


# numbers from the kernel's headers (fcntl.h, prctl.h, ioctls.h), not from the table under test
REFUSED_COMMANDS = {
    "F_SETOWN": (FCNTL, 1, 8),
    "F_GETOWN": (FCNTL, 1, 9),
    "F_SETSIG": (FCNTL, 1, 10),
    "F_SETOWN_EX": (FCNTL, 1, 15),
    "F_SETLEASE": (FCNTL, 1, 1024),
    "F_GETLEASE": (FCNTL, 1, 1025),
    "F_NOTIFY": (FCNTL, 1, 1026),
    "F_CANCELLK": (FCNTL, 1, 1029),
    "F_SETPIPE_SZ": (FCNTL, 1, 1031),
    "F_ADD_SEALS": (FCNTL, 1, 1033),
    "F_SET_RW_HINT": (FCNTL, 1, 1036),
    "F_SETDELEG": (FCNTL, 1, 1040),
    "a command to come": (FCNTL, 1, 1999),
    "PR_SET_PDEATHSIG": (PRCTL, 0, 1),
    "PR_SET_DUMPABLE": (PRCTL, 0, 4),
    "PR_SET_SECCOMP": (PRCTL, 0, 22),
    "PR_SET_TIMERSLACK": (PRCTL, 0, 29),
    "PR_SET_MM": (PRCTL, 0, 35),
    "PR_SET_CHILD_SUBREAPER": (PRCTL, 0, 36),
    "PR_SET_IO_FLUSHER": (PRCTL, 0, 57),
    "PR_SCHED_CORE": (PRCTL, 0, 62),
    "PR_SET_PTRACER": (PRCTL, 0, 0x59616D61),
    "an option to come": (PRCTL, 0, 999),
    "TIOCSTI": (IOCTL, 1, 0x5412),
    "TIOCLINUX": (IOCTL, 1, 0x541C),
    "TIOCSCTTY": (IOCTL, 1, 0x540E),
    "TIOCSETD": (IOCTL, 1, 0x5423),
    "FIOASYNC": (IOCTL, 1, 0x5452),
    "FIOSETOWN": (IOCTL, 1, 0x8901),
    "SIOCSPGRP": (IOCTL, 1, 0x8902),
    "FS_IOC_SETFLAGS": (IOCTL, 1, 0x40086602),
    "FIFREEZE": (IOCTL, 1, 0xC0045877),
    "LOOP_SET_FD": (IOCTL, 1, 0x4C00),
    "SECCOMP_IOCTL_NOTIF_SEND": (IOCTL, 1, 0xC0182101),
}
ALLOWED_COMMANDS = {
    "F_DUPFD_CLOEXEC": (FCNTL, 1, 1030),
    "F_SETFL": (FCNTL, 1, 4),
    "F_GETLK": (FCNTL, 1, 5),
    "TCGETS": (IOCTL, 1, 0x5401),
    "FIONBIO": (IOCTL, 1, 0x5421),
    "FIOCLEX": (IOCTL, 1, 0x5451),
    "PR_SET_NAME": (PRCTL, 0, 15),
    "PR_SET_VMA": (PRCTL, 0, 0x53564D41),
}


@pytest.mark.parametrize("forks", [False, True], ids=["alone", "with forks"])
@pytest.mark.parametrize("private", [False, True], ids=["shared mounts", "private mounts"])
@pytest.mark.parametrize(
    ("command", "want"),
    [pytest.param(command, EPERM, id=name) for name, command in REFUSED_COMMANDS.items()]
    + [pytest.param(command, ALLOW, id=name) for name, command in ALLOWED_COMMANDS.items()],
)
def test_of_calls_that_are_many_in_one_the_listed_ones_pass(
    machine: str, command: tuple[tuple[int, int], int, int], want: int, forks: bool, private: bool
) -> None:
    pair, argument, value = command
    for high in (0, 1 << 32, 0xFFFF_FFFF << 32):  # the kernel reads the low half only, as the filter does
        arguments = [0] * argument + [high | value]
        assert answer(machine, pair, *arguments, forks=forks, private=private) == want


def test_a_foreign_calling_convention_is_death() -> None:
    program = seccomp.program(forks=False, private_mounts=True, pid=PID, machine="x86_64")
    assert decide(program, 5, audit=0x40000003) == KILL  # i386
    assert decide(program, 0x40000000 + 59, audit=0xC000003E) == KILL  # x32
    arm = seccomp.program(forks=False, private_mounts=True, pid=PID, machine="aarch64")
    assert decide(arm, 5, audit=0x40000028) == KILL  # 32-bit ARM
    assert decide(arm, 5, audit=0xC000003E) == KILL


def test_an_unknown_architecture_is_refused() -> None:
    with pytest.raises(OSError, match="riscv64"):
        seccomp.program(forks=False, private_mounts=True, pid=PID, machine="riscv64")


def test_this_machine_has_a_table() -> None:
    assert seccomp.program(forks=False, private_mounts=True, pid=PID, machine=platform.machine())
