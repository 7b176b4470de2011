"""Files written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_atomically(path: Path, data: str) -> None:
    """Write a text so that a reader, or a rerun after a crash, sees all of it or none."""
    write_bytes_atomically(path, data.encode())


def write_bytes_atomically(path: Path, data: bytes) -> None:
    """Write a file so that a reader, or a rerun after a crash, sees all of it or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.chmod(scratch, 0o644)
        os.replace(scratch, path)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise
