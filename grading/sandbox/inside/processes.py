"""The processes below this one, as /proc tells of them: who they are, what they hold, what memory they take.

/proc is read through a descriptor, which stays good when something else is mounted there. It may be that of an
outer pid namespace: then a process has one number there (``there``), another by which it is signalled (``pid``).
"""

from __future__ import annotations

import contextlib
import os
import signal
import stat
from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Any, Final

from .. import scratch

_PIECE: Final = 1 << 16


@dataclass(frozen=True)
class Process:
    """A process by its two numbers."""

    there: int
    pid: int


def kill(pid: int) -> None:
    """End a process, if it has not ended."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def exit_code(ended: Any) -> int:
    """Return what `os.waitid` found: the exit code, negative for a signal."""
    return int(ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status)


class Processes:
    """A view of this process's descendants."""

    def __init__(self) -> None:
        self._proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def read(self, path: str) -> str:
        """Return a file of /proc."""
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._proc)
        pieces = []
        try:
            while piece := os.read(descriptor, _PIECE):
                pieces.append(piece)
        finally:
            os.close(descriptor)
        return b"".join(pieces).decode("utf-8", "replace")

    def names(self, path: str) -> list[str]:
        """Return the names in a folder of /proc."""
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=self._proc)
        try:
            return os.listdir(descriptor)
        finally:
            os.close(descriptor)

    def link(self, path: str) -> str:
        """Return where a link of /proc points."""
        return os.readlink(path, dir_fd=self._proc)

    def own(self) -> Process:
        """Return this process."""
        return Process(int(self.link("self")), os.getpid())

    def descendants(self) -> list[Process]:
        """Return all living processes below this one, zombies left out."""
        found: list[Process] = []
        waiting = [self.own().there]
        while waiting:
            for child in self._children(waiting.pop()):
                waiting.append(child)
                found += self._living(child)
        return found

    def children(self, parents: Iterable[Process], known: Container[int]) -> list[Process]:
        """Return the living children of some processes whose number there is not known."""
        found: list[Process] = []
        for parent in parents:
            for child in self._children(parent.there):
                found += [] if child in known else self._living(child)
        return found

    def _living(self, there: int) -> list[Process]:
        """Return the process of a number there; nothing if it has ended."""
        try:
            status = self.read(f"{there}/status")
        except OSError:  # it has just ended
            return []
        fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        if fields["State"].split()[0] in "ZX":
            return []
        return [Process(there, int(fields.get("NSpid", fields["Pid"]).split()[-1]))]

    def _children(self, parent: int) -> list[int]:
        try:
            threads = self.names(f"{parent}/task")
            lists = [self.read(f"{parent}/task/{thread}/children") for thread in threads]
        except FileNotFoundError:  # it has just ended, or the kernel keeps no such lists
            return [] if self._keeps_lists() else self._scanned(parent)
        except OSError:
            return []
        return [int(word) for text in lists for word in text.split()]

    def _keeps_lists(self) -> bool:
        me = self.own().there
        return "children" in self.names(f"{me}/task/{me}")

    def _scanned(self, parent: int) -> list[int]:
        found = []
        for name in self.names("."):
            if name.isdigit():
                try:
                    above = int(self.read(f"{name}/stat").rpartition(")")[2].split()[1])
                except (OSError, ValueError, IndexError):
                    continue
                if above == parent:
                    found.append(int(name))
        return found

    def state(self, process: Process) -> str:
        """Return the letter of a process's state; "X" if it is gone."""
        try:
            return self.read(f"{process.there}/stat").rpartition(")")[2].split()[0]
        except (OSError, IndexError):
            return "X"

    def memory(self, processes: list[Process], limit: int) -> int:
        """Return the bytes that processes take together: an upper bound if that is within ``limit``.

        The sum of what is resident counts a page once for each process that shares it, and is cheap; only if it is
        too high is each page counted once.
        """
        page = os.sysconf("SC_PAGESIZE")
        total = sum(self._resident(process) for process in processes) * page
        return total if total <= limit else sum(self._share(process) for process in processes)

    def _resident(self, process: Process) -> int:
        try:
            _, resident, shared = self.read(f"{process.there}/statm").split()[:3]
        except (OSError, ValueError):  # it has just ended
            return 0
        return int(resident) - int(shared)

    def _share(self, process: Process) -> int:
        try:
            lines = self.read(f"{process.there}/smaps_rollup").splitlines()
        except PermissionError:  # it is not ours to look into: the upper bound counts
            return self._resident(process) * os.sysconf("SC_PAGESIZE")
        except OSError:
            return 0
        sizes = {line.split(":")[0]: int(line.split()[1]) << 10 for line in lines if line.endswith("kB")}
        return sizes.get("Pss_Anon", sizes.get("Pss", 0)) + sizes.get("Pss_Shmem", 0)

    def held(self, process: Process) -> list[str]:
        """Return what a process's descriptors lead to."""
        return [self.link(f"{process.there}/fd/{name}") for name in self.names(f"{process.there}/fd")]

    def file_bytes(self, processes: list[Process], scratch_folder: str, limit: int) -> int:
        """Return the bytes of files in a scratch folder, and of those that processes keep open without a name.

        Files that one has sent and nobody received are counted by nobody: more than one is more than ``limit``.
        """
        sizes, sent = {}, 0
        for folder in (f"{process.there}/fd" for process in processes):
            for name in self._names_or_none(folder):
                with contextlib.suppress(OSError):  # closed meanwhile
                    status = os.stat(f"{folder}/{name}", dir_fd=self._proc)
                    if stat.S_ISREG(status.st_mode) and status.st_nlink == 0:
                        sizes[status.st_dev, status.st_ino] = status.st_blocks * 512
                    elif stat.S_ISSOCK(status.st_mode):
                        _, _, number = self.read(f"{folder}info/{name}").partition("scm_fds:")
                        sent += int(number.split()[0]) if number else 0
        if sent > 1:  # one may be from the grader
            return limit + 1
        return sum(sizes.values()) + scratch.used_bytes(scratch_folder, limit)

    def _names_or_none(self, path: str) -> list[str]:
        with contextlib.suppress(OSError):  # it has just ended
            return self.names(path)
        return []

    def sharing(self, process: Process, channel: int, *, maps: bool) -> str:
        """Say what a stopped process holds beyond its channel; nothing if all is well.

        Parameters
        ----------
        process : Process
            Whom to look through.
        channel : int
            Inode of its socket.
        maps : bool
            Whether it may have memory in common with others.
        """
        if len(self.names(f"{process.there}/task")) != 1:
            return "it runs threads"
        held = self.held(process)
        if held != [f"socket:[{channel}]"]:
            others = sorted(set(held) - {f"socket:[{channel}]"})
            return f"it holds other files ({', '.join(others)[:80] or 'its channel twice'})"
        return "it shares memory that can be written" if maps and self.shares_memory(process) else ""

    def shares_memory(self, process: Process) -> bool:
        """Say whether a process has memory in common with others that can be written."""
        maps = self.read(f"{process.there}/maps").splitlines()
        if not any(line.split(None, 2)[1].endswith("s") for line in maps):
            return False
        smaps = self.read(f"{process.there}/smaps").splitlines()  # slow: it counts every page
        return any("sh" in line.split() for line in smaps if line.startswith("VmFlags"))
