"""What nbgrader's exchange puts beside a submission, handed on with it: release_feedback looks for these files."""

from __future__ import annotations

from pathlib import Path

from grading.results import write_atomically
from grading.submission import EXCHANGE_FILES

_MOST_BYTES = 1000


def hand_on(source: Path, target: Path) -> None:
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
