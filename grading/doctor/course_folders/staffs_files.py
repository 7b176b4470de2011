"""Files and folders that only the staff has, by their paths."""

from __future__ import annotations

from fnmatch import fnmatchcase

from grading.units.unit import SECRET_FILE

RECORD = ".collected.json"  # beside work that was collected: whose it is
STAFFS_FILES = (SECRET_FILE, "roster*.csv", "extensions*.csv", "gradebook.db*", "course.toml", RECORD)
STAFFS_FOLDERS = ("feedback", "results", "terms")
STAFFS_FOLDERS_ANYWHERE = ("solutions", "submitted", "autograded", ".students", "tests/hidden")


def staffs_path(path: str) -> str | None:
    """What a path says already: a file or folder that only the staff has."""
    place = f"/{path.casefold()}"
    if any(fnmatchcase(place.rpartition("/")[2], pattern) for pattern in STAFFS_FILES):
        return "a file of the staff's"
    if place.startswith(tuple(f"/{folder}/" for folder in STAFFS_FOLDERS)):
        return "a folder of the staff's"
    if any(f"/{folder}/" in place for folder in STAFFS_FOLDERS_ANYWHERE):
        return "a folder of the staff's"
    return "a repository in it, whose history is not searched" if "/.git/" in place else None
