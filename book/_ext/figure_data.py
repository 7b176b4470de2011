"""Data that the interactive figures show, computed by `reference_impl` when the book is built."""

from __future__ import annotations

from typing import Any


def for_lab(name: str) -> dict[str, Any] | None:
    """Data of one figure, or None if it needs none."""
    return None
