"""A term ends: all that is of its class moves into ``terms/<name>/``, and back again if that was a mistake.

Each thing is moved by one rename, after a list of all of them is on disk, so a run that was cut off is taken up
where it was. Nothing is deleted or overwritten.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grading.course import SETTINGS, Course
from grading.errors import CourseError
from grading.files import write_atomically
from grading.gradebook.schema import sqlite_file
from grading.gradebook.writer import GradebookWriter, database_url
from grading.printable import counted
from grading.units.unit import SECRET_FILE, course_secret

TERMS = "terms"
LIST = "moved.json"
OF_A_TERM = (
    "submitted",
    "autograded",
    "feedback",
    "results",
    "exercises-per-student",
    "gradebook.db*",
    ".students",
    SECRET_FILE,
    *("*.csv", "*.tsv", "*.xls", "*.xlsx", "*.zip"),  # roster, extensions, and what platforms export
)
"""What belongs to a term's class; patterns of names in the course folder."""


@dataclass
class Term:
    """A term that was put away, or brought back: where it lies, what moved, what a person has to do."""

    folder: Path
    moved: list[str] = field(default_factory=list)
    to_do: list[str] = field(default_factory=list)


def end_term(course: Course, name: str) -> Term:
    """Put the class of a term away; the caller keeps other commands out of the folder.

    A run that was cut off is ended first, whatever name it is given now.

    Raises
    ------
    CourseError
        If the name cannot be, there is such a term, there is nothing to put away, or the gradebook is no file.
    """
    unfinished = _unfinished(course)
    folder = unfinished or course.root / TERMS / _checked(name)
    if unfinished is None:
        if folder.exists():
            raise CourseError(f"{folder}: there is a term of this name; give another")
        things = sorted({path.name for pattern in OF_A_TERM for path in course.root.glob(pattern)})
        if not things:
            raise CourseError(f"{course.root}: no class here to put away; nothing was moved")
        _refuse_gradebook_elsewhere(course)
        folder.mkdir(parents=True)
        _write_list(folder, things, done=False)
        write_atomically(folder / SETTINGS, (course.root / SETTINGS).read_text(encoding="utf-8"))
    things = _read_list(folder)[0]
    for thing in things:
        _move(course.root / thing, folder / thing)
    _write_list(folder, things, done=True)
    course_secret(course)  # the next class gets hidden cases that no page of this one shows
    return Term(folder, things, list(_left_to_do(course)))


def bring_back(course: Course, name: str) -> Term:
    """Bring a term back that was put away; the caller keeps other commands out of the folder.

    Raises
    ------
    CourseError
        If there is no such term, or a class is here that would be in its way.
    """
    folder = course.root / TERMS / _checked(name)
    if not (folder / LIST).is_file():
        known = sorted(path.parent.name for path in (course.root / TERMS).glob(f"*/{LIST}"))
        raise CourseError(f"{folder}: no such term; there are: {', '.join(known) or 'none'}")
    things, _ = _read_list(folder)
    waiting = [thing for thing in things if (folder / thing).exists()]
    in_the_way = [thing for thing in waiting if thing != SECRET_FILE and _holds_something(course.root / thing)]
    if in_the_way:
        raise CourseError(
            f"{course.root / in_the_way[0]}: is in the way, of the class that is here now; put that away first, "
            "with 'python -m grading next-term NAME', then bring this one back"
        )
    _write_list(folder, things, done=False, back=True)
    for thing in waiting:
        _move(course.root / thing, folder / "of-the-next-term" / thing)  # an empty folder, or a lock
        _move(folder / thing, course.root / thing)
    (folder / LIST).rename(folder / "brought-back.json")
    return Term(
        folder, waiting, [f"{SETTINGS} is as it was left; that of the term lies in {folder.name}/{SETTINGS}"]
    )


def _checked(name: str) -> str:
    if not re.fullmatch(r"\w[\w.-]{0,60}", name):
        raise CourseError(f"{name!r} cannot name a term: letters, digits, - and _, such as 2026-autumn")
    return name


def _move(source: Path, target: Path) -> None:
    """Move what is there; what was moved by an earlier run stays where it is."""
    if not _exists(source):
        return
    if _exists(target):
        raise CourseError(f"{target}: stands already where {source} should go; nothing was overwritten")
    target.parent.mkdir(parents=True, exist_ok=True)
    source.rename(target)


def _exists(path: Path) -> bool:
    return path.is_symlink() or path.exists()


def _holds_something(path: Path) -> bool:
    """Whether there is anything of a class in a folder, or a file."""
    if not path.is_dir():
        return _exists(path)
    return any(not inner.is_dir() and not inner.name.endswith(".lock") for inner in path.rglob("*"))


def _write_list(folder: Path, things: Sequence[str], *, done: bool, back: bool = False) -> None:
    text = json.dumps({"moved": list(things), "done": done, "back": back}, indent=1) + "\n"
    write_atomically(folder / LIST, text)


def _read_list(folder: Path) -> tuple[list[str], str]:
    """What a term moved, and where it stands: "done", or what was cut off."""
    try:
        listed = json.loads((folder / LIST).read_text(encoding="utf-8"))
        things = [str(thing) for thing in listed["moved"]]
        state = "done" if listed["done"] else "coming back" if listed.get("back") else "going"
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CourseError(
            f"{folder / LIST}: cannot be read ({error}); move the folder's contents back by hand"
        ) from None
    if any("/" in thing or thing in ("", ".", "..") for thing in things):
        raise CourseError(f"{folder / LIST}: names what no term moves; move the folder's contents back by hand")
    return things, state


def _unfinished(course: Course) -> Path | None:
    """The term that a run which was cut off was putting away."""
    for path in sorted((course.root / TERMS).glob(f"*/{LIST}")):
        state = _read_list(path.parent)[1]
        if state == "coming back":
            raise CourseError(
                f"{path.parent}: bringing it back was interrupted; run 'python -m grading next-term --undo "
                f"{path.parent.name}' again first"
            )
        if state == "going":
            return path.parent
    return None


def _refuse_gradebook_elsewhere(course: Course) -> None:
    """Refuse a gradebook that cannot move along and holds somebody."""
    url = database_url(course)
    file = sqlite_file(url)
    if file is not None and (file.parent.resolve() == course.root.resolve() or not file.exists()):
        return
    with GradebookWriter(course, course.units[0], look_only=True) as book:
        people = len(book.students())
    if people:
        raise CourseError(
            f"{url}: the gradebook does not lie in the course folder and holds {counted(people, 'student')}, so "
            "it cannot move along; name a new one in nbgrader_config.py (db_url), keep this one, run this again"
        )


def _left_to_do(course: Course) -> Iterable[str]:
    """What no command can know of the next term."""
    settings = course.settings
    with_dates = sorted(set(settings.dates) | {unit for unit, late in settings.late.items() if late.deadline})
    if with_dates:
        yield f"{SETTINGS}: the dates of {', '.join(with_dates)} are still those of the term that ended"
    if settings.secret_backup:
        yield f"{SECRET_FILE} is new: keep {settings.secret_backup} with the old term, and copy the new one"
    if settings.hub is not None:
        yield (
            f"{settings.hub.exchange}/{settings.course_id}, if a hub used it, holds this class: move it away, or "
            f"give the term a course_id of its own in {SETTINGS}"
        )
    yield "downloads of other names, unpacked or elsewhere, are where you put them"
    yield "roster.csv: save the new class there, then release the units"
