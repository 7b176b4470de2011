"""Marks into nbgrader's gradebook: one writer, batches, each batch all or nothing.

Everything goes through nbgrader's own tables, so that formgrader, ``nbgrader export`` and ``generate_feedback``
see what they expect. Marks that a person gave are never touched.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any

from nbformat.reader import reads
from nbgrader.api import (
    Comment,
    Grade,
    Gradebook,
    InvalidEntry,
    MissingEntry,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearSolutions, ComputeChecksums, SaveCells
from sqlalchemy import insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from grading.course import Course
from grading.errors import CourseError
from grading.gradebook.schema import create_atomically, cure_of, must_exist, sqlite_file
from grading.gradebook.stored_mark import StoredMark
from grading.nbgrader_bridge import config
from grading.submission.results import CellMark, Result


def database_url(course: Course) -> str:
    """The gradebook's address: ``c.CourseDirectory.db_url`` of the configuration, else a file of the course."""
    return str(CourseDirectory(config=config(course)).db_url)


REFUSALS = (SQLAlchemyError, InvalidEntry, MissingEntry)
"""What SQLAlchemy and nbgrader raise if a gradebook is locked, damaged, full, or changed by another program."""


def marked_students(course: Course, unit: str) -> set[str]:
    """Ids of the students with marks of a unit; none if there is no gradebook, or no such unit in it."""
    url = database_url(course)
    file = sqlite_file(url)
    if file is not None and not file.exists():
        return set()
    try:
        with open_gradebook(url, course.settings.course_id) as book:
            if not any(assignment.name == unit for assignment in book.assignments):
                return set()
    except REFUSALS as error:
        raise unusable(url, error) from error
    with GradebookWriter(course, unit, look_only=True) as writer:
        marks = writer.marks(writer.students())
    return {student for student, found in marks.items() if any(mark.given for mark in found.values())}


class GradebookWriter:
    """The one writer of a course's gradebook; use it as a context manager.

    With `look_only` nothing is created or changed, not even the cells' points; then there must be a gradebook.
    """

    def __init__(self, course: Course, unit: str, *, look_only: bool = False) -> None:
        self._course, self._unit, self.look_only = course, unit, look_only
        self._url = database_url(course)
        try:
            if look_only:
                must_exist(self._url)
            else:
                made = create_atomically(self._url, self._save_cells)
                if not made:
                    self._save_cells(self._url)
            self._book = open_gradebook(self._url, course.settings.course_id)
            self._cells()
        except REFUSALS as error:
            raise unusable(self._url, error) from error

    def __enter__(self) -> GradebookWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the gradebook."""
        self._book.close()

    def _save_cells(self, url: str) -> None:
        """Enter the unit's cells and their points, as ``nbgrader generate_assignment`` does."""
        # not by nbformat.read(), which makes a validator first: the build made this file
        text = self._course.master(self._unit).read_text(encoding="utf-8")
        notebook = reads(text)  # type: ignore[no-untyped-call]
        names = {"notebook": self._unit, "assignment": self._unit, "db_url": url}
        resources: dict[str, Any] = {"nbgrader": names}
        with open_gradebook(url, self._course.settings.course_id) as book:
            book.update_or_create_assignment(self._unit)
        try:
            for step in (ClearSolutions, ComputeChecksums, SaveCells):
                notebook, resources = step().preprocess(notebook, resources)
        except RuntimeError as error:
            raise CourseError(
                f"{self._course.source(self._unit)}: {error}. Give the unit a new name, or start a new gradebook"
            ) from error

    def _cells(self) -> None:
        """Note the ids that marks are entered by; nbgrader's objects know how to add up whole classes, and do."""
        try:
            notebook = self._book.find_notebook(self._unit, self._unit)
        except MissingEntry:
            raise CourseError(
                f"the gradebook {self._url} knows no unit {self._unit}; "
                f"run 'python -m grading autograde {self._unit}'"
            ) from None
        self._assignment_id, self._notebook_id = notebook.assignment_id, notebook.id
        self._points = {cell.name: cell.max_score for cell in notebook.grade_cells}
        self._grade_cells = {cell.id: cell.name for cell in notebook.grade_cells}
        self._solution_cells = {cell.id: cell.name for cell in notebook.solution_cells}
        rows = select(SubmittedAssignment.student_id, SubmittedAssignment.id, SubmittedNotebook.id)
        its_notebook = (SubmittedNotebook.assignment_id == SubmittedAssignment.id) & (
            SubmittedNotebook.notebook_id == self._notebook_id
        )
        rows = rows.outerjoin(SubmittedNotebook, its_notebook)
        rows = rows.where(SubmittedAssignment.assignment_id == self._assignment_id)
        self._submissions: dict[str, tuple[str, str | None]] = {
            student: (submission, notebook_of_it)
            for student, submission, notebook_of_it in self._book.db.execute(rows)
        }
        """By student: ids of submission and notebook; one that was entered by other means may lack the latter."""
        self._students = {student.id for student in self._book.students}
        self._book.db.remove()  # the thread that records may be another

    def students(self) -> set[str]:
        """Ids of all students that the gradebook knows."""
        return set(self._students)

    def private_names(self) -> list[str]:
        """Names and mail addresses of students, as far as the gradebook has them."""
        try:
            names = [(student.first_name, student.last_name, student.email) for student in self._book.students]
        except REFUSALS as error:
            raise unusable(self._url, error) from error
        return sorted({name for of_student in names for name in of_student} - {None, ""})

    def marks(self, students: Iterable[str]) -> dict[str, dict[str, StoredMark]]:
        """Stored marks of the unit, by student and grade_id; students without a submission are left out."""
        stored: dict[str, dict[str, StoredMark]] = {
            student: {} for student in students if student in self._submissions
        }
        try:
            comments = {(student, cell): text for student, cell, text in self._comments()}
            grades = list(self._grades())
        except REFUSALS as error:
            raise unusable(self._url, error) from error
        for student, cell, auto, manual, needs_manual, extra in grades:
            if student in stored:
                name = self._grade_cells[cell]
                comment = comments.get((student, name), "")
                mark = StoredMark(auto, manual, needs_manual, self._points[name], comment, extra or 0.0)
                stored[student][name] = mark
        return stored

    def _grades(self) -> Iterable[Any]:
        columns = (Grade.auto_score, Grade.manual_score, Grade.needs_manual_grade, Grade.extra_credit)
        return self._of_all(Grade, self._grade_cells, *columns)

    def _comments(self) -> Iterator[tuple[str, str, str]]:
        for student, cell, text in self._of_all(Comment, self._solution_cells, Comment.manual_comment):
            if text:
                yield student, self._solution_cells[cell], text

    def _of_all(self, kind: Any, cells: Mapping[str, str], *columns: Any) -> Iterable[Any]:
        """Student, cell and some columns of the unit's grades or comments.

        Named by their cells, since that is what nbgrader's tables have an index for: by submission, each look-up
        would read the whole table.
        """
        rows = select(SubmittedAssignment.student_id, kind.cell_id, *columns).select_from(kind)
        rows = rows.join(SubmittedNotebook, kind.notebook_id == SubmittedNotebook.id)
        rows = rows.join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        entries: Iterable[Any] = self._book.db.execute(rows.where(kind.cell_id.in_(cells)))
        return entries

    def _of_these(self, kind: Any, cells: Mapping[str, str], notebooks: Iterable[str]) -> Iterable[Any]:
        """Some submissions' grades or comments, found as in `_of_all`."""
        rows = select(kind).where(kind.cell_id.in_(cells), kind.notebook_id.in_(list(notebooks)))
        entries: Iterable[Any] = self._book.db.scalars(rows)
        return entries

    def record(
        self, results: Sequence[Result], *, times: Mapping[str, datetime | None], changed: Mapping[str, set[str]]
    ) -> None:
        """Enter a batch of results in one transaction.

        Parameters
        ----------
        results : sequence of Result
            At most one per student.
        times : mapping of str to datetime or None
            When each student handed in, in UTC.
        changed : mapping of str to set of str
            Per student, the written answers that differ from the ones a person has already marked.
        """
        try:
            self._enter(results, changed)
            self._note_times({student: time for student, time in times.items() if time is not None})
            self._book.db.commit()
        except REFUSALS as error:
            self._book.db.rollback()
            raise CourseError(
                f"the gradebook {self._url} refused marks ({_reason(error)}); this batch was not written, "
                "run the command again"
            ) from error

    def _enter(self, results: Sequence[Result], changed: Mapping[str, set[str]]) -> None:
        self._add([r.student for r in results if self._submissions.get(r.student, ("", None))[1] is None])
        of = {str(self._submissions[result.student][1]): result for result in results}
        marks = {notebook: {mark.grade_id: mark for mark in result.marks} for notebook, result in of.items()}
        for grade in self._of_these(Grade, self._grade_cells, of):
            name = self._grade_cells[grade.cell_id]
            if name in (its := marks[grade.notebook_id]):
                _enter_mark(grade, its[name], name in changed.get(of[grade.notebook_id].student, set()))
        for comment in self._of_these(Comment, self._solution_cells, of):
            result = of[comment.notebook_id]
            note = "" if result.state == "graded" else f"{result.state.capitalize()}: {result.note}"
            mark = marks[comment.notebook_id].get(self._solution_cells[comment.cell_id])
            comment.auto_comment = note or (mark.message if mark is not None and mark.message else None)

    def _note_times(self, times: Mapping[str, datetime]) -> None:
        rows = [
            {"id": self._submissions[student][0], "timestamp": time.replace(tzinfo=None)}
            for student, time in times.items()
        ]
        if rows:
            self._book.db.execute(update(SubmittedAssignment), rows)

    def _add(self, students: Sequence[str]) -> None:
        """Enter students, or what they lack, with all that nbgrader makes of a submission, still without marks."""
        new = {student: uuid.uuid4().hex for student in students if student not in self._submissions}
        ids = {
            student: (new.get(student) or self._submissions[student][0], uuid.uuid4().hex) for student in students
        }
        rows: dict[Any, list[dict[str, Any]]] = {
            Student: [{"id": student} for student in students if student not in self._students],
            SubmittedAssignment: [
                {"id": submission, "assignment_id": self._assignment_id, "student_id": student}
                for student, submission in new.items()
            ],
            SubmittedNotebook: [
                {"id": notebook, "notebook_id": self._notebook_id, "assignment_id": submission}
                for submission, notebook in ids.values()
            ],
        }
        for kind, cells in ((Grade, self._grade_cells), (Comment, self._solution_cells)):
            rows[kind] = [
                {"cell_id": cell, "notebook_id": notebook} for _, notebook in ids.values() for cell in cells
            ]
        for kind, entries in rows.items():
            if entries:
                self._book.db.execute(insert(kind), entries)
        self._students.update(students)
        self._submissions.update(ids)


def _enter_mark(grade: Any, mark: CellMark, answer_changed: bool) -> None:
    """Set what the machine says; ask a person where one has to look, and only there."""
    before = grade.auto_score
    grade.auto_score = mark.score
    if grade.manual_score is None:
        grade.needs_manual_grade = mark.score is None
    elif mark.written:
        grade.needs_manual_grade = grade.needs_manual_grade or answer_changed
    else:
        grade.needs_manual_grade = grade.needs_manual_grade or answer_changed or before != mark.score


def open_gradebook(url: str, course_id: str) -> Any:
    """Open nbgrader's gradebook, a context manager."""
    return Gradebook(url, course_id)


def unusable(url: str, error: BaseException) -> CourseError:
    """What to say if it cannot be opened or read."""
    return CourseError(f"the gradebook {url} cannot be used ({_reason(error)})")


def _reason(error: BaseException) -> str:
    """The first line of an error, and what mends it if that is known."""
    said = str(getattr(error, "orig", None) or error) or type(error).__name__
    line = said.splitlines()[0]
    return f"{line}: {cure}" if (cure := cure_of(line)) else line
