"""The one record of a class's marks, which export, feedback and report all read; refused if its parts disagree.

A student's marks stand in three places: the result on record, the notebook that names it, and the gradebook, where
people mark. A run that was killed, or a part that was restored from a backup, leaves them different; then nothing
goes out until a run has entered the marks again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grading.course import Course
from grading.errors import CourseError
from grading.gradebook.stored_mark import StoredMark
from grading.gradebook.writer import GradebookWriter
from grading.lms.class_list import class_list, section_members
from grading.lms.roster import ROSTER, Person
from grading.student_ids import harmless_id
from grading.submission.fingerprint import fingerprint_by
from grading.submission.read import read_folder
from grading.submission.recogniser import Recogniser
from grading.submission.results import CellMark, Result, ResultStore, graded, result_store


@dataclass(frozen=True)
class CellScore:
    """The mark of one graded cell.

    Parameters
    ----------
    grade_id, points : str, float
        The cell, and what it is worth.
    score : float or None
        What counts, extra credit included; None while it waits for a person.
    extra : float
        Extra credit, which a person gave beside the mark.
    refused : float or None
        A mark by hand that cannot be meant: above what the cell is worth, or below 0.
    """

    grade_id: str
    points: float
    score: float | None
    extra: float = 0.0
    refused: float | None = None

    @property
    def trouble(self) -> str:
        """What a person has to mend, in words; empty if there is nothing."""
        if self.refused is None:
            return ""
        return f"{self.refused:g} points by hand for {self.grade_id}, worth {self.points:g}"


@dataclass(frozen=True)
class StudentMarks:
    """A student's result, and what counts per graded cell, in the result's order."""

    result: Result
    cells: tuple[CellScore, ...]
    comments: Mapping[str, str]

    @property
    def troubles(self) -> tuple[str, ...]:
        """Marks that a person has to mend."""
        return tuple(cell.trouble for cell in self.cells if cell.trouble)


@dataclass(frozen=True)
class ClassMarks:
    """A class's marks.

    Parameters
    ----------
    of : mapping of str to StudentMarks
        By student.
    students : sequence of str
        Everybody of the class, with a result or without.
    left : sequence of str
        Who has a result on record and is not in the class: not in the roster, or, without one, with neither a
        submission nor marks in the gradebook.
    private : sequence of str
        Names and addresses that the gradebook or the roster holds.
    stale : collection of str
        Whose result is of an earlier submission than the one that lies in ``submitted/``.
    people : mapping of str to Person
        What the roster tells of them; empty without one.
    """

    of: Mapping[str, StudentMarks]
    students: Sequence[str]
    left: Sequence[str]
    private: Sequence[str]
    stale: Collection[str] = ()
    people: Mapping[str, Person] = field(default_factory=dict)

    @property
    def why_left(self) -> str:
        """What is said of those who are left out."""
        return f"not in {ROSTER}" if self.people else "neither in submitted/ nor in the gradebook"

    @property
    def troubles(self) -> list[str]:
        """Marks that are not sent, with whose they are."""
        return [f"{name}: {trouble}" for name, marks in self.of.items() for trouble in marks.troubles]

    @property
    def versions(self) -> dict[str, list[str]]:
        """Who was graded by which version of the tests, the largest group first; empty if it was one."""
        groups: dict[str, list[str]] = {}
        for student, marks in self.of.items():
            groups.setdefault(marks.result.version, []).append(student)
        return dict(sorted(groups.items(), key=lambda group: -len(group[1]))) if len(groups) > 1 else {}


def class_marks(course: Course, unit: str, students: Sequence[str] = (), section: str = "") -> ClassMarks:
    """The marks of a unit; with `students` only theirs, with `section` only those of its members.

    Raises
    ------
    CourseError
        If nothing was graded yet, one of `students` was not or is not in the class, or the record disagrees.
    """
    results, people = graded(course, unit), class_list(course)
    _refuse_strangers(course, unit, students, results, people)
    with GradebookWriter(course, unit, look_only=True) as book:
        known, private = book.students(), book.private_names()
        stored = book.marks(known | set(results))
    if people:
        everybody = set(people)
        told = {text for person in people.values() for text in (person.name, person.email)}
        private = sorted({*private, *told} - {""})
    else:
        gone = {name for name in results if not stored.get(name) and not course.submitted(name, unit).is_dir()}
        everybody = (known | set(results) | _handed_in(course, unit)) - (gone - set(students))
    left = sorted(set(results) - everybody)
    if section:
        everybody &= section_members(course, section)
    chosen = sorted(set(students) or set(results) & everybody)
    if not chosen:
        where = f"in section {section!r}" if section else "in the class any more"
        raise CourseError(f"{unit}: nobody with a graded submission is {where}; nothing was written")
    looked_at = students or sorted(everybody)
    _refuse_disagreement(course, unit, {name: results.get(name) for name in looked_at}, stored)
    of = {name: _marks_of(results[name], stored.get(name, {})) for name in chosen}
    return ClassMarks(of, sorted(everybody), left, private, handed_in_anew(course, unit, of), people)


def _refuse_strangers(
    course: Course,
    unit: str,
    students: Sequence[str],
    results: Mapping[str, Result],
    people: Mapping[str, Person],
) -> None:
    """Refuse a named student without marks, or one who is not in the class."""
    for student in students:
        if people and student not in people:
            raise CourseError(
                f"{course.root / ROSTER}: {student} is not in the class; 'grading students add {student}' "
                "takes them in"
            )
        if student not in results:
            raise CourseError(
                f"{student}: no graded submission of {unit}; run 'python -m grading autograde {unit}'"
            )


def _handed_in(course: Course, unit: str) -> set[str]:
    """Whoever has a folder in ``submitted/``, graded or not."""
    folders = course.submissions.glob(f"*/{unit}")
    return {path.parent.name for path in folders if path.is_dir() and harmless_id(path.parent.name)}


def handed_in_anew(course: Course, unit: str, marks: Mapping[str, StudentMarks]) -> list[str]:
    """Students whose marks are of an earlier submission than the one that lies in ``submitted/``."""
    recogniser = Recogniser(course, unit)

    def is_of(result: Result, folder: Path) -> bool:
        found = fingerprint_by(read_folder(folder, result.student, recogniser), result.version)
        return result.fingerprint == found or result.fingerprint.startswith("failed-")

    there = {student: course.submitted(student, unit) for student in marks}
    # results of earlier graders do not say by which tests, so that their fingerprint cannot be worked out again
    told = [student for student, each in marks.items() if each.result.version and there[student].is_dir()]
    return [student for student in told if not is_of(marks[student].result, there[student])]


def _marks_of(result: Result, stored: Mapping[str, StoredMark]) -> StudentMarks:
    cells = tuple(cell_score(mark, stored.get(mark.grade_id)) for mark in result.marks)
    return StudentMarks(result, cells, {name: mark.comment for name, mark in stored.items() if mark.comment})


def cell_score(mark: CellMark, stored: StoredMark | None) -> CellScore:
    """What counts: a person's mark, else the machine's, and extra credit with either, as in nbgrader's totals.

    Nothing counts yet where the gradebook asks for a person, or where a person's mark cannot be meant.
    """
    if stored is None:
        return CellScore(mark.grade_id, mark.points, mark.score)
    if stored.manual is not None and not 0 <= stored.manual <= mark.points:
        return CellScore(mark.grade_id, mark.points, None, stored.extra, stored.manual)
    score = mark.score if stored.manual is None else stored.manual
    if score is None or stored.needs_manual:
        return CellScore(mark.grade_id, mark.points, None, stored.extra)
    return CellScore(mark.grade_id, mark.points, score + stored.extra, stored.extra)


# ---------------------------------------------------------------- do the parts agree?


def _refuse_disagreement(
    course: Course,
    unit: str,
    results: Mapping[str, Result | None],
    stored: Mapping[str, Mapping[str, StoredMark]],
) -> None:
    store = result_store(course, unit)
    if store.accepting.exists():
        raise CourseError(
            f"{unit}: marks of a regrade were being entered when that was interrupted, and nothing was written; "
            f"run 'python -m grading regrade {unit} --accept', or first the preview again if that is refused"
        )
    found = {name: _difference(store, result, stored.get(name, {})) for name, result in results.items()}
    different = {name: difference for name, difference in found.items() if difference}
    if not different:
        return
    name, difference = next(iter(different.items()))
    more = f" (and of {len(different) - 1} more)" if len(different) > 1 else ""
    cure = f"run 'python -m grading autograde {unit}', which enters the marks again"
    if not course.submitted(name, unit).is_dir():
        cure = (
            f"nothing of {name} lies in submitted/: restore that, or 'python -m grading students remove {name}' "
            "if they have left"
        )
    raise CourseError(
        f"{unit}: the record of {name}{more} does not agree: {difference}; nothing was written; {cure}"
    )


def _difference(store: ResultStore, result: Result | None, stored: Mapping[str, StoredMark]) -> str:
    """Where a student's result, notebook and gradebook differ, in words; empty if they agree."""
    return next(_differences(store, result, stored), "")


def _differences(store: ResultStore, result: Result | None, stored: Mapping[str, StoredMark]) -> Iterator[str]:
    if result is None:
        if any(mark.given for mark in stored.values()):
            yield "the gradebook has marks, results/ has none"
        return
    named = store.notebook_fingerprint(result.student)
    if named not in (None, result.fingerprint):
        yield "the notebook in autograded/ is not the one of the result in results/"
    if not stored:
        yield "results/ has marks, the gradebook has none"
        return
    for mark in result.marks:
        entered = stored.get(mark.grade_id)
        if entered is None:
            yield f"the gradebook has no {mark.grade_id}"
        elif entered.auto != mark.score:
            yield f"{mark.grade_id} {_words(mark.score)} in results/, {_words(entered.auto)} in the gradebook"
        elif entered.points != mark.points:
            yield f"{mark.grade_id} worth {mark.points:g} in results/, {entered.points:g} in the gradebook"


def _words(score: float | None) -> str:
    return "not marked" if score is None else f"{score:g}"
