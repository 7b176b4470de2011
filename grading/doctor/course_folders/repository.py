"""Which repository the book's buttons may open: the students' own, never the one that holds the answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from grading.course import SETTINGS, Course
from grading.doctor.course_folders.history import git
from grading.errors import CourseError
from grading.settings.definition import Students

BOOK_SETTINGS = "_config.yml"
ADDRESSES = ("jupyterhub_url", "binderhub_url", "colab_url", "deepnote_url")
CURE = (
    "write the students' folder with 'python -m grading publish', make it a repository of its own, and name that "
    f"in {SETTINGS}: [students] repository"
)


def students_repository(course: Course, buttons: Mapping[str, Any], staffs: str = "") -> Students | None:
    """The repository that the book's buttons open; None if none is named and no button asked for.

    Parameters
    ----------
    course : Course
        The staff's folder.
    buttons : mapping of str to object
        ``launch_buttons`` of the book's settings.
    staffs : str
        The repository that its pages can be edited in.

    Raises
    ------
    CourseError
        If a button is asked for and no students' repository is named, or the one named is the staff's.
    """
    named = course.settings.students
    wanted = [name for name in ADDRESSES if buttons.get(name)]
    if named is None:
        if wanted:
            raise CourseError(
                f"{BOOK_SETTINGS}: launch_buttons, {wanted[0]}: the button would open the repository of this "
                f"folder, which holds solutions/; {CURE}"
            )
        return None
    if _place(named.repository) in {_place(staffs), *map(_place, _remotes(course.root))} - {""}:
        raise CourseError(
            f"{course.root / SETTINGS}: [students] repository = {named.repository!r} is the repository of this "
            f"folder, which holds solutions/; {CURE}"
        )
    return named


def of_course(course: Course) -> Students | None:
    """The same by the settings of the book that lies in a course folder, if there is one."""
    path = course.root / BOOK_SETTINGS
    settings: Any = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if not isinstance(settings, dict):
        raise CourseError(f"{path}: no settings of a book; restore it")
    repository = settings.get("repository") or {}
    return students_repository(course, settings.get("launch_buttons") or {}, str(repository.get("url") or ""))


def _remotes(root: Path) -> list[str]:
    """Addresses of the repository that a folder is, or lies in; none without git."""
    try:
        told = git(root, "config", "--get-regexp", r"^remote\..*\.(url|pushurl)$")
    except CourseError:  # no repository, or one without remotes
        return []
    return [line.partition(" ")[2] for line in told.decode("utf-8", "replace").splitlines()]


def _place(address: str) -> str:
    """Host and path of an address, however it is written: ``git@host:a/b.git`` is ``https://host/a/b``."""
    plain = re.sub(r"^\w+://", "", address.strip().casefold())
    plain = re.sub(r"^[^@/]*@", "", plain)
    plain = re.sub(r"^([^/:]+):(?!\d+/)", r"\1/", plain)
    plain = re.sub(r"^([^/:]+):\d+/", r"\1/", plain)
    return plain.rstrip("/").removesuffix(".git").rstrip("/")
