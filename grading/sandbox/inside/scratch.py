"""A job's scratch folder where it has no private mount: how much it holds, and how to empty it all the same."""

from __future__ import annotations

import os

MOST_FILES = 4096


def used_bytes(folder: str, limit: int) -> int:
    """Return the bytes that a folder's files take; stop counting past ``limit`` bytes or `MOST_FILES` files."""
    used = files = 0
    waiting = [folder]
    while waiting and used <= limit:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    files += 1
                    if files > MOST_FILES:
                        return limit + 1
                    used += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except OSError:  # a file removed meanwhile, or a path too long to open; the next look finds the rest
            continue
    return used


def empty(folder: str) -> None:
    """Remove everything in a folder without recursion: a tree may be deeper than Python's stack or any path."""
    serial = 0
    while names := os.listdir(folder):
        for name in names:
            path = os.path.join(folder, name)
            if not os.path.isdir(path) or os.path.islink(path):
                os.unlink(path)
                continue
            os.chmod(path, 0o700)
            for child in os.listdir(path):
                serial += 1
                os.rename(os.path.join(path, child), _free_name(folder, serial))
            os.rmdir(path)


def _free_name(folder: str, serial: int) -> str:
    while os.path.lexists(path := os.path.join(folder, f".old-{serial}")):
        serial += 1 << 20
    return path
