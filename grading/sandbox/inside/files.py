"""What a copy of the notebook's process has of its files: a folder that it may write to, and what was open.

Nothing that it writes lasts: the folder ends with the copy, and a file that was open for writing leads nowhere.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

_SMALL: Final = 1 << 20
"""Bytes of a file that is copied to where functions may write, not linked."""
_MOST_COPIED: Final = 100
"""Entries of one folder that are copied."""
_DEEPER: Final = 2
"""Folders within each other that are."""
_MOST_OPEN: Final = 100


class OpenFile(NamedTuple):
    """A descriptor of a file, and how to open the file anew: where it lies, and how far it was read."""

    descriptor: int
    path: str
    place: int


def open_files(folder: Path, *, above: int) -> list[OpenFile]:
    """Files that are open under descriptors greater than `above`: to be written, or to be read if in `folder`."""
    found = []
    paths: dict[int, str] = {}
    for descriptor in _ready(range(above + 1, above + 1 + _MOST_OPEN)):
        with contextlib.suppress(OSError):
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                continue
            if fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY:
                found.append(OpenFile(descriptor, os.devnull, 0))
                continue
            paths = paths or {entry.inode(): entry.path for entry in os.scandir(folder)}
            if status.st_ino in paths:
                found.append(OpenFile(descriptor, paths[status.st_ino], os.lseek(descriptor, 0, os.SEEK_CUR)))
    return found


def _ready(descriptors: Iterable[int]) -> list[int]:
    """Those that are open and need not be waited for, as no ordinary file need be: by one call of the system."""
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor)
    return sorted(descriptor for descriptor, event in poll.poll(0) if not event & select.POLLNVAL)


def open_again(files: list[OpenFile]) -> None:
    """Open files under the descriptors that they had, to be read; what was only written leads nowhere."""
    for file in files:
        with contextlib.suppress(OSError):
            new = os.open(file.path, os.O_WRONLY if file.path == os.devnull else os.O_RDONLY)
            if file.place:
                os.lseek(new, file.place, os.SEEK_SET)
            if new != file.descriptor:
                os.dup2(new, file.descriptor, inheritable=False)
                os.close(new)


def go_on_in(there: Path) -> None:
    """Make a new folder the current one, with what lay in that: small files and folders as copies, else links."""
    with contextlib.suppress(OSError):  # then it cannot write, and what it does will say so
        _fill(str(there), os.getcwd(), but=str(there.parent), deeper=_DEEPER)
        os.chdir(there)


def _fill(there: str, here: str, *, but: str, deeper: int) -> None:
    os.mkdir(there)
    for number, entry in enumerate(os.scandir(here)):
        target = os.path.join(there, entry.name)
        copied = number < _MOST_COPIED and not entry.is_symlink()
        if entry.path == but:
            continue
        if copied and deeper and entry.is_dir():
            _fill(target, entry.path, but=but, deeper=deeper - 1)
        elif copied and entry.is_file() and entry.stat().st_size <= _SMALL:
            with open(entry.path, "rb") as old, open(target, "wb") as new:
                new.write(old.read(_SMALL))
        else:
            os.symlink(entry.path, target)
