"""What was there before a change of the class, saved so that the change can be undone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from grading.course import Course
from grading.errors import CourseError
from grading.files import write_atomically, write_bytes_atomically
from grading.gradebook.students import replace_rows, rows_of
from grading.lms.roster import ROSTER
from grading.marks.late_settings import EXTENSIONS
from grading.marks.sent import Sent, rewrite, sent
from grading.marks.students.holdings import digest, results_of, trees_of

FOLDER = ".students"
LISTS = (ROSTER, EXTENSIONS)
ASIDE = ".renaming"
"""In ``submitted/``: where folders wait while they are renamed."""


@dataclass(frozen=True)
class Change:
    """A change of the class.

    Parameters
    ----------
    what : str
        In words, for the list of changes.
    students : list of str
        All ids that it touched.
    when : str
        ISO format in UTC.
    after : str
        Digest of what it left; empty while it is being made.
    """

    what: str
    students: Sequence[str]
    when: str
    after: str = ""


def changes(course: Course) -> list[tuple[Path, Change]]:
    """All changes that can be undone, the last one first."""
    found = []
    for path in sorted((course.root / FOLDER).glob("*/change.json"), reverse=True):
        try:
            found.append((path.parent, Change(**json.loads(path.read_text(encoding="utf-8")))))
        except (OSError, ValueError, TypeError):
            continue
    return found


@contextmanager
def undoable(course: Course, what: str, students: Collection[str]) -> Iterator[Path]:
    """Save all that is kept of some students, then let it be changed; if that fails, put everything back."""
    _mend(course)
    number = 1 + max((int(p.name) for p in (course.root / FOLDER).glob("[0-9]*") if p.name.isdigit()), default=0)
    folder = course.root / FOLDER / f"{number:04}"
    _save(course, folder, students)
    change = Change(what, sorted(students), datetime.now(UTC).isoformat(timespec="seconds"))
    _note(folder, change)
    try:
        yield folder
    except BaseException:
        _restore(course, folder, change)
        shutil.rmtree(folder)
        raise
    _note(folder, Change(change.what, change.students, change.when, digest(course, students)))


def undo(course: Course) -> Change:
    """Put back what was there before the last change.

    Raises
    ------
    CourseError
        If there is none, or something of these students has changed since.
    """
    _mend(course)
    known = changes(course)
    if not known:
        raise CourseError(f"{course.root / FOLDER}: no change of the class to undo")
    folder, change = known[0]
    if digest(course, change.students) != change.after:
        raise CourseError(
            f"{folder}: {change.what}: files, marks or lists of these students have changed since, so nothing was "
            "undone; what was there before lies in that folder"
        )
    _restore(course, folder, change)
    shutil.rmtree(folder)
    return change


def _mend(course: Course) -> None:
    """Take back a change that was cut off."""
    for folder in sorted((course.root / FOLDER).glob("[0-9]*")):
        if not (folder / "change.json").exists():
            shutil.rmtree(folder)  # cut off while it was saved: nothing was changed yet
    for folder, change in changes(course):
        if not change.after:
            _restore(course, folder, change)
            shutil.rmtree(folder)


def _note(folder: Path, change: Change) -> None:
    write_atomically(folder / "change.json", json.dumps(asdict(change), indent=1, ensure_ascii=False) + "\n")


def _save(course: Course, folder: Path, students: Collection[str]) -> None:
    for student in students:
        for tree in trees_of(course, student):
            if not tree.is_symlink():
                shutil.copytree(tree, folder / "files" / tree.relative_to(course.root), symlinks=True)
    for path in (*results_of(course, students), *(course.root / name for name in LISTS)):
        if path.is_file():
            target = folder / "files" / path.relative_to(course.root)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
    folder.mkdir(parents=True, exist_ok=True)
    told = [asdict(each) for each in _of(sent(course), students)]
    write_atomically(folder / "sent.json", json.dumps(told, ensure_ascii=False))
    write_atomically(folder / "gradebook.json", json.dumps(rows_of(course, students), ensure_ascii=False))


def _restore(course: Course, folder: Path, change: Change) -> None:
    """Put back what was saved; doing it again does no harm."""
    students = change.students
    for student in students:
        for tree in trees_of(course, student):
            _remove(tree)
    for path in results_of(course, students):
        path.unlink()
    shutil.rmtree(course.submissions / ASIDE, ignore_errors=True)
    files = folder / "files"
    for name in LISTS:
        if not (files / name).exists():
            (course.root / name).unlink(missing_ok=True)
    for path in sorted(files.rglob("*")):
        target = course.root / path.relative_to(files)
        if path.is_symlink():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(path.readlink())
        elif path.is_file() and target.name in LISTS and target.parent == course.root:
            write_bytes_atomically(target, path.read_bytes())
        elif path.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
    entries = [Sent(**each) for each in json.loads((folder / "sent.json").read_text(encoding="utf-8"))]
    rewrite(course, sorted([*without(sent(course), students), *entries], key=lambda each: each.when))
    replace_rows(course, students, json.loads((folder / "gradebook.json").read_text(encoding="utf-8")))


def _remove(tree: Path) -> None:
    """Remove a student's folder; a link is not followed."""
    if tree.is_symlink():
        tree.unlink()
    else:
        shutil.rmtree(tree)


def remove_all(course: Course, students: Collection[str]) -> None:
    """Remove folders, results, rows and notes of what went out; the lists are left to the caller."""
    for student in students:
        for tree in trees_of(course, student):
            _remove(tree)
    for path in results_of(course, students):
        path.unlink()
    rewrite(course, without(sent(course), students))
    replace_rows(course, students, rows_of(course, ()))


def _of(entries: Sequence[Sent], students: Collection[str]) -> list[Sent]:
    return [each for each in _narrowed(entries, lambda student: student in students) if each.students]


def without(entries: Sequence[Sent], students: Collection[str]) -> list[Sent]:
    """What went out to others."""
    return [each for each in _narrowed(entries, lambda student: student not in students) if each.students]


def _narrowed(entries: Sequence[Sent], chosen: Callable[[str], bool]) -> Iterator[Sent]:
    for each in entries:
        kept = {student: what for student, what in each.students.items() if chosen(student)}
        pages = {student: page for student, page in each.pages.items() if chosen(student)}
        yield replace(each, students=kept, pages=pages)
