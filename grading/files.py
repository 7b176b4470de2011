"""Files written whole or not at all, and what a killed writer left."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_SCRATCH, _PART = ".grading-", ".part"


def write_atomically(path: Path, data: str) -> None:
    """Write a text so that a reader, or a rerun after a crash, sees all of it or none."""
    write_bytes_atomically(path, data.encode())


def write_bytes_atomically(path: Path, data: bytes, *, mode: int = 0o644, replace: bool = True) -> None:
    """Write a file so that a reader, or a rerun after a crash, sees all of it or none.

    With `replace` false a file that is there stays: FileExistsError. Other errors name `path`.
    """
    scratch = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, scratch = tempfile.mkstemp(dir=path.parent, prefix=_SCRATCH, suffix=_PART)
        with os.fdopen(descriptor, "wb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)  # as long as it is held, `remove_leftovers` leaves the file
            file.write(data)
            file.flush()
            os.chmod(scratch, mode)
            if replace:
                os.replace(scratch, path)
            else:
                os.link(scratch, path)  # unlike rename(), link() fails if the file has been made meanwhile
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        if scratch:
            Path(scratch).unlink(missing_ok=True)


def remove_leftovers(folders: Iterable[Path]) -> None:
    """Remove what writers that were killed have left half-written in some folders."""
    for folder in folders:
        for path in folder.glob(f"{_SCRATCH}*{_PART}"):
            with suppress(OSError), path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
