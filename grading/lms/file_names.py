"""File names that strangers chose: which must not be used, which mean nothing, which are one on some disks."""

from __future__ import annotations

import re
import unicodedata


def path_trouble(name: str) -> str | None:
    """Why a path must not be used; None if it is harmless."""
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in name):
        return "control characters in the name"
    if "\\" in name:
        return "a backslash in the name"
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return "an absolute path"
    parts = name.split("/")
    if ".." in parts or "." in parts:
        return "a path that climbs out of its folder"
    if not all(parts):
        return "an empty part in the path"
    if len(parts) > 30 or any(len(part.encode()) > 255 for part in parts):
        return "a name that is too long"
    return None


def left_behind(name: str) -> bool:
    """Whether a file comes from an operating system or from Jupyter's autosave, not from a person."""
    parts = name.split("/")
    folders = {"__MACOSX", ".ipynb_checkpoints", "__pycache__", ".git", ".Trashes"}
    return (
        bool(folders & set(parts))
        or parts[-1].startswith("._")
        or parts[-1] in (".DS_Store", "Thumbs.db", "desktop.ini")
    )


def folded(name: str) -> str:
    """A key that two names share if some disk takes them for one: without case, accents composed."""
    return unicodedata.normalize("NFC", name).casefold()
