"""Change who is in the class: add, remove, rename, merge, or let the roster rename those whom it recognises.

Each change is one entry of the journal, and can be undone. Pages of feedback, which tell an id, are removed with a
rename and made again by ``feedback``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from grading.course import Course
from grading.errors import CourseError
from grading.intake.same_people import held_under
from grading.intake.submitted import submitted_at
from grading.lms.class_list import as_listed, change_class, class_list, write_class
from grading.lms.directory import Directory
from grading.lms.roster import ROSTER, Person, read_roster
from grading.marks.students.holdings import everybody, results_of, trees_of
from grading.marks.students.journal import remove_all, undoable
from grading.marks.students.moving import drop_unit, move, rename_extensions, rename_lists
from grading.printable import listed as listed_ids
from grading.student_ids import RULE, harmless_id


def add(course: Course, people: Sequence[Person]) -> list[str]:
    """Take people into the roster; a course without one gets it, with all whose work it holds.

    Raises
    ------
    CourseError
        If an id cannot be one, or is somebody's already.
    """
    listed = class_list(course)
    for person in people:
        if not harmless_id(person.student):
            raise CourseError(f"{person.student!a} cannot be a student's id; {RULE}")
        if person.student in listed:
            raise CourseError(f"{course.root / ROSTER}: {person.student} is in the class already")
    ids = [person.student for person in people]
    if not ids:
        return []
    first = [] if listed else [Person(student=name) for name in everybody(course) if name not in ids]
    with undoable(course, f"added {listed_ids(ids)}", ids):
        change_class(course, add=[*first, *people])
    return ids


def add_from(course: Course, path: Path) -> list[str]:
    """Take in those of a platform's class list whom the roster does not have; without a roster it becomes that."""
    listed, people = class_list(course), read_roster(path)
    if listed:
        directory = Directory(listed.values())
        return add(course, [as_listed(person) for person in people if directory.match(person).person is None])
    ids = [person.student for person in people]
    with undoable(course, f"roster of {len(ids)} from {path.name}", ids):
        write_class(course, [as_listed(person) for person in people])
    return ids


def remove(course: Course, students: Sequence[str], *, keep_work: bool = False) -> None:
    """Take students out of the class: their line of the roster, and unless it is kept all of their work.

    Work that is kept stays where it is; no export, page or report has it.

    Raises
    ------
    CourseError
        If nothing is known of one of them, or work is to be kept of which no roster says that it does not count.
    """
    listed, known = class_list(course), set(everybody(course))
    for student in students:
        if student not in known:
            raise CourseError(f"{student}: nothing of such a student is here; 'grading students list' names all")
    if keep_work and not listed:
        raise CourseError(
            f"{course.root / ROSTER}: missing; without a roster whoever's work is here is in the class"
        )
    if listed and not set(listed) - set(students):
        raise CourseError(f"{course.root / ROSTER}: that would leave nobody in the class; remove the file instead")
    with undoable(course, f"removed {listed_ids(students)}", students):
        if not keep_work:
            remove_all(course, students)
            rename_extensions(course, dict.fromkeys(students))
        if listed:
            change_class(course, remove=students)


def rename(course: Course, new_ids: Mapping[str, str]) -> None:
    """Give students other ids, everywhere at once; two may exchange theirs.

    Raises
    ------
    CourseError
        If an id is somebody else's, or the student has data of their own, which are drawn by the id.
    """
    known, targets = set(everybody(course)), list(new_ids.values())
    for old, new in new_ids.items():
        if old not in known:
            raise CourseError(f"{old}: nothing of such a student is here; 'grading students list' names all")
        if not harmless_id(new):
            raise CourseError(f"{new!a} cannot be a student's id; {RULE}")
        if targets.count(new) > 1 or (new in known and new not in new_ids and _has_work(course, new)):
            raise CourseError(f"{new}: there is work under this id already; 'grading students merge {old} {new}'")
        _refuse_personal(course, old)
    both = {*new_ids, *targets}
    words = ", ".join(f"{old} to {new}" for old, new in list(new_ids.items())[:3])
    more = f" and {len(new_ids) - 3} more" if len(new_ids) > 3 else ""
    with undoable(course, f"renamed {words}{more}", both):
        move(course, new_ids)
        rename_lists(course, new_ids)


def merge(course: Course, old: str, into: str, *, keep: str = "") -> None:
    """Make one student of two ids. Of a unit that both handed in the later work counts, or that of the id to keep.

    Raises
    ------
    CourseError
        If one of them is not known, or it cannot be told which work is later.
    """
    known = set(everybody(course))
    for student in (old, into):
        if student not in known:
            raise CourseError(f"{student}: nothing of such a student is here; 'grading students list' names all")
        _refuse_personal(course, student)
    if old == into or keep not in ("", old, into):
        raise CourseError(f"{old} and {into}: name two ids, and with --keep one of them")
    lost = {unit: _loser(course, unit, old, into, keep) for unit in course.units}
    with undoable(course, f"merged {old} into {into}", (old, into)):
        for unit, student in lost.items():
            if student:
                drop_unit(course, student, unit)
        move(course, {old: into})
        rename_lists(course, {old: into})


def recognised(course: Course) -> dict[str, str]:
    """Who has work under an id that is not in the roster, though the platform's record of it names one who is."""
    listed = class_list(course)
    if not listed:
        raise CourseError(f"{course.root / ROSTER}: missing; it says who is in the class and under which id")
    directory = Directory(listed.values())
    found = held_under(course, set(everybody(course)) - set(listed))
    matches = {student: directory.match(person).person for student, person in found.items()}
    return {student: person.student for student, person in matches.items() if person is not None}


# ---------------------------------------------------------------- how


def _has_work(course: Course, student: str) -> bool:
    return bool(trees_of(course, student) or results_of(course, [student]))


def _refuse_personal(course: Course, student: str) -> None:
    for unit in course.settings.per_student:
        if course.submitted(student, unit).exists():
            raise CourseError(
                f"{unit}: each student's data are drawn by the id, so {student}, with work of it, keeps theirs"
            )


def _loser(course: Course, unit: str, old: str, into: str, keep: str) -> str:
    """Whose work of a unit does not count; empty if at most one of them has any."""
    there = [student for student in (old, into) if course.submitted(student, unit).exists()]
    if len(there) < 2:
        return ""
    if keep:
        return into if keep == old else old
    times = {student: submitted_at(course.submitted(student, unit), course.timezone) for student in there}
    if times[old] is None or times[into] is None or times[old] == times[into]:
        raise CourseError(
            f"{unit}: both {old} and {into} handed in, and it is not known which is later; add --keep {into} or "
            f"--keep {old}"
        )
    return min(there, key=lambda student: times[student])  # type: ignore[arg-type,return-value]
