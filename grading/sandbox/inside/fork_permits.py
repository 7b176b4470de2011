"""Lets a confined process fork when the grader asks it to, and at no other time, by seccomp's notices.

The filter leaves the decision on a plain fork to whoever holds the listener: the supervisor, who grants one fork
for each copy that was ordered. Its flags are in a register, so what is granted is what is done.
"""

from __future__ import annotations

import errno
import fcntl
import select
import struct
from typing import Final

_RECEIVE, _SEND = 0xC050_2100, 0xC018_2101
_NOTICE: Final = struct.Struct("=QIIiIQ6Q")
_ANSWER: Final = struct.Struct("=QqiI")
_CONTINUE: Final = 1


def answer(listener: int, granted: bool) -> bool:
    """Answer one waiting call; say whether it was granted.

    Parameters
    ----------
    listener : int
        The filter's descriptor, on which a notice waits.
    granted : bool
        Whether the call may go on; else it fails with EPERM.
    """
    if not select.select([listener], [], [], 0)[0]:  # answered meanwhile, or its caller has ended
        return False
    notice = bytearray(_NOTICE.size)
    try:
        fcntl.ioctl(listener, _RECEIVE, notice)
        number = _NOTICE.unpack(notice)[0]
        reply = _ANSWER.pack(number, 0, 0, _CONTINUE) if granted else _ANSWER.pack(number, 0, -errno.EPERM, 0)
        fcntl.ioctl(listener, _SEND, reply)
    except OSError:  # the caller has just ended, or was interrupted
        return False
    return granted
