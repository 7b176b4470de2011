"""Scratch folders that have no mount of their own: how much one holds, and how to remove it whatever it holds.

Used on both sides of the wall, like `wire`: a supervisor measures and removes, and the grader removes what a lost
one left.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from typing import Final

MOST_FILES: Final = 4096


def used_bytes(folder: str, limit: int) -> int:
    """Return the bytes that a folder's files take; stop counting past ``limit`` bytes or `MOST_FILES` files.

    What cannot be listed counts as more than ``limit``: a folder without the right to read, a path too long.
    """
    used = files = 0
    waiting = [folder]
    while waiting and used <= limit:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    files += 1
                    if files > MOST_FILES:
                        return limit + 1
                    used += _size(entry)
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except (FileNotFoundError, NotADirectoryError):  # removed meanwhile
            continue
        except OSError:
            return limit + 1
    return used


def _size(entry: os.DirEntry[str]) -> int:
    with contextlib.suppress(FileNotFoundError):
        return entry.stat(follow_symlinks=False).st_blocks * 512
    return 0


def seal(folder: str, kept: str) -> None:
    """Take the right to write from a folder and all in it, but one; reading changes no time of it either.

    For processes that may change no rights themselves.

    Raises
    ------
    OSError
        If something stays open.
    """
    waiting = [folder]
    later = time.time_ns() + 3600 * 10**9  # a time of reading in the future is not brought up to date
    while waiting:
        here = waiting.pop()
        os.chmod(here, 0o700)
        with os.scandir(here) as entries:
            for entry in entries:
                if entry.path == kept or entry.is_symlink():
                    continue
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    os.chmod(entry.path, 0o400)
                    os.utime(entry.path, ns=(later, entry.stat(follow_symlinks=False).st_mtime_ns))
        os.utime(here, ns=(later, os.stat(here).st_mtime_ns))
        os.chmod(here, 0o500)


def remove(folder: str) -> None:
    """Remove a folder with everything in it, whatever the modes, the depth and the names; nobody may write to it.

    Nothing is visited below the second level: what is there moves up first, since a tree may be deeper than
    Python's stack or any path. A folder must be writable to be moved, so it is unlocked before.

    Raises
    ------
    OSError
        If something stays.
    """
    with contextlib.suppress(FileNotFoundError):
        os.chmod(folder, 0o700)
        top = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            _empty(top)
        finally:
            os.close(top)
        os.rmdir(folder)


def _empty(top: int) -> None:
    serial = 0
    while names := os.listdir(top):
        for name in names:
            if not _unlocked_folder(name, top):
                os.unlink(name, dir_fd=top)
                continue
            inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=top)
            try:
                for child in os.listdir(inner):
                    if not _unlocked_folder(child, inner):
                        os.unlink(child, dir_fd=inner)
                        continue
                    serial = _free_number(top, serial + 1)
                    os.rename(child, f".old-{serial}", src_dir_fd=inner, dst_dir_fd=top)
            finally:
                os.close(inner)
            os.rmdir(name, dir_fd=top)


def _unlocked_folder(name: str, parent: int) -> bool:
    """Say whether a name is a folder's; if so, give its owner every right to it."""
    mode = os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode
    if not stat.S_ISDIR(mode):
        return False
    if mode & 0o700 != 0o700:
        os.chmod(name, 0o700, dir_fd=parent)
    return True


def _free_number(top: int, serial: int) -> int:
    while True:
        try:
            os.stat(f".old-{serial}", dir_fd=top, follow_symlinks=False)
        except FileNotFoundError:
            return serial
        serial += 1 << 20
