"""Lets a confined process fork when the grader asks it to, and at no other time, by seccomp's notices.

The filter leaves the decision on a plain fork to whoever holds the listener: the supervisor, who grants one fork
for each copy that was ordered, and hears of memory that is to be shared. Where the kernel does not count a
submission's threads apart, each new one is asked for too. Flags are in a register, so what is granted is what is
done.
"""

from __future__ import annotations

import errno
import fcntl
import select
import struct
from typing import Final

from . import seccomp
from .confine import THREADS
from .processes import Processes

_RECEIVE, _SEND = 0xC050_2100, 0xC018_2101
_NOTICE: Final = struct.Struct("=QIIiIQ6Q")
_ANSWER: Final = struct.Struct("=QqiI")
_CONTINUE: Final = 1


class Permits:
    """Answers the calls that a filter leaves to its listener.

    Parameters
    ----------
    listener : int
        The filter's descriptor; -1 without a filter.
    free : bool
        Whether the submission may fork and send signals among its own, until that is taken back.
    processes : Processes
        Where threads are counted.
    """

    def __init__(self, listener: int, *, free: bool, processes: Processes) -> None:
        self.listener, self.free, self._processes = listener, free, processes
        self.forks = 0
        """How many forks are granted."""
        self.shared_memory = False
        """Whether memory was asked for that is shared."""

    def answer(self) -> None:
        """Answer one waiting call; one that is not granted fails with EPERM."""
        if not select.select([self.listener], [], [], 0)[0]:  # answered meanwhile, or its caller has ended
            return
        notice = bytearray(_NOTICE.size)
        try:
            fcntl.ioctl(self.listener, _RECEIVE, notice)
            number, caller, _, call, _, _, first, *_ = _NOTICE.unpack(notice)
            mapping, thread = seccomp.maps(call), seccomp.starts_thread(call, first)
            self.shared_memory |= mapping  # known before there is any
            granted = mapping or self.free or (self._room(caller) if thread else self.forks > 0)
            reply = (number, 0, 0, _CONTINUE) if granted else (number, 0, -errno.EPERM, 0)
            fcntl.ioctl(self.listener, _SEND, _ANSWER.pack(*reply))
        except OSError:  # the caller has just ended, or was interrupted
            return
        if granted and not mapping and not thread:
            self.forks = max(0, self.forks - 1)

    def _room(self, caller: int) -> bool:
        """Say whether the process of a thread may have one more."""
        return len(self._processes.names(f"{caller}/task")) < THREADS

    def wait(self) -> None:
        """Sleep a little; a process that waits for an answer from here cannot end or stop otherwise."""
        if self.listener >= 0 and select.select([self.listener], [], [], 0.0005)[0]:
            self.answer()
