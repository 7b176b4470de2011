"""nbgrader's exchange: collecting without following links, and what leads feedback back to its student."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Collection
from pathlib import Path

from grading.files import write_atomically
from grading.submission.read import EXCHANGE_FILES

_MOST_BYTES = 1000


def copy_files(
    source: Path, target: Path, ignored: Callable[[str, list[str]], Collection[str]] = lambda folder, names: ()
) -> list[str]:
    """Copy a student's folder: ordinary files and folders only; return what was left out.

    A link could name what the student may not read and the copier may: a solution, a hidden test. Every file is
    opened so that no link is followed, even one that takes the file's place while this runs.
    """
    left_out: list[str] = []
    for folder, folders, files, handle in os.fwalk(source, follow_symlinks=False):
        passed_over = set(ignored(folder, [*folders, *files]))
        folders[:] = [name for name in folders if name not in passed_over]
        here = Path(folder).relative_to(source)
        (target / here).mkdir(parents=True, exist_ok=True)
        for name in files:
            if name not in passed_over and not _copy_file(name, handle, target / here / name):
                left_out.append(str(here / name))
        left_out += [str(here / name) for name in folders if _is_link(name, handle)]
    return left_out if target.is_dir() else ["the folder itself"]


def _copy_file(name: str, folder: int, target: Path) -> bool:
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except OSError:
        return False
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return False
        with target.open("xb") as copy:
            shutil.copyfileobj(file, copy)
    return True


def _is_link(name: str, folder: int) -> bool:
    return stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)


def copy_exchange_files(source: Path, target: Path) -> None:
    """Give `target` the time and the secret of the submission in `source`, and none of an earlier one.

    The secret is how the exchange knows whose feedback a page is: a page goes to the submission that it is about.
    """
    for name in EXCHANGE_FILES:
        text = _text(source / name)
        if text is not None:
            write_atomically(target / name, text)
        else:
            (target / name).unlink(missing_ok=True)


def _text(path: Path) -> str | None:
    """Content of a small ordinary file; None for anything else that a student may have put there."""
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > _MOST_BYTES:
            return None
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
