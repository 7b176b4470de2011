"""The one error that a command turns into a line on stderr and a non-zero exit."""

from __future__ import annotations

import errno

_RIGHTS = "give yourself the right to write there, then run the command again"
_ROOM = "free some space, then run the command again; what was done is kept"
_CURES = {
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: _RIGHTS,
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
}


class CourseError(Exception):
    """Something a user can mend: the text names what is wrong, where, and the cure."""


def what_failed(error: OSError) -> str:
    """An error of the system in one line: the file, what happened, and the cure if it is known."""
    text = f"{error.filename or 'this machine'}: {error.strerror or error}"
    cure = _CURES.get(error.errno or 0)
    return f"{text}; {cure}" if cure else text
