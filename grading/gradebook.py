"""Marks into nbgrader's gradebook: one writer, batches, each batch all or nothing.

Everything goes through nbgrader's own tables, so that formgrader, ``nbgrader export`` and ``generate_feedback``
see what they expect. Marks that a person gave are never touched.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from grading.course import Course
from grading.errors import CourseError
from grading.nbgrader_bridge import config, spare_slow_imports
from grading.results import CellMark, Result


@dataclass(frozen=True)
class StoredMark:
    """A mark as the gradebook has it."""

    auto: float | None
    manual: float | None
    needs_manual: bool
    points: float
    comment: str = ""


def database_url(course: Course) -> str:
    """The gradebook's address: ``c.CourseDirectory.db_url`` of the configuration, else a file of the course."""
    spare_slow_imports()
    from nbgrader.coursedir import CourseDirectory

    return str(CourseDirectory(config=config(course)).db_url)


class GradebookWriter:
    """The one writer of a course's gradebook; use it as a context manager."""

    def __init__(self, course: Course, unit: str) -> None:
        spare_slow_imports()
        from sqlalchemy.exc import SQLAlchemyError

        self._course, self._unit = course, unit
        self._url = database_url(course)
        try:
            _create_atomically(self._url)
            self._save_cells()
            self._book = _open(self._url, str(course.settings["course_id"]))
            self._cells()
        except SQLAlchemyError as error:
            raise self._unusable(error) from error

    def __enter__(self) -> GradebookWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._book.close()

    def _save_cells(self) -> None:
        """Enter the unit's cells and their points, as ``nbgrader generate_assignment`` does."""
        import nbformat
        from nbgrader.preprocessors import ClearSolutions, ComputeChecksums, SaveCells

        notebook = nbformat.read(self._course.master(self._unit), as_version=4)  # type: ignore[no-untyped-call]
        names = {"notebook": self._unit, "assignment": self._unit, "db_url": self._url}
        resources: dict[str, Any] = {"nbgrader": names}
        with _open(self._url, str(self._course.settings["course_id"])) as book:
            book.update_or_create_assignment(self._unit)
        try:
            for step in (ClearSolutions, ComputeChecksums, SaveCells):
                notebook, resources = step().preprocess(notebook, resources)
        except RuntimeError as error:
            raise CourseError(
                f"{self._course.source(self._unit)}: {error}. Give the unit a new name, or start a new gradebook"
            ) from error

    def _cells(self) -> None:
        notebook = self._book.find_notebook(self._unit, self._unit)
        self._assignment = self._book.find_assignment(self._unit)
        self._notebook_id = notebook.id
        self._grade_cells = {cell.name: cell.id for cell in notebook.grade_cells}
        self._solution_cells = {cell.name: cell.id for cell in notebook.solution_cells}
        self._submissions = {
            submission.student_id: submission for submission in self._book.assignment_submissions(self._unit)
        }
        self._students = {student.id for student in self._book.students}

    def students(self) -> set[str]:
        """Ids of all students that the gradebook knows."""
        return set(self._students)

    def _unusable(self, error: BaseException) -> CourseError:
        cure = "; an older nbgrader made it, 'nbgrader db upgrade' mends that" if "column" in str(error) else ""
        return CourseError(f"the gradebook {self._url} cannot be used ({_first_line(error)}){cure}")

    def _notebook(self, submission: Any) -> Any:
        """The submission's copy of the unit's notebook; None if it was entered without, or under another name."""
        return next((book for book in submission.notebooks if book.notebook_id == self._notebook_id), None)

    def marks(self, students: Iterable[str]) -> dict[str, dict[str, StoredMark]]:
        """Stored marks of the unit, by student and grade_id; students without a submission are left out."""
        from sqlalchemy.exc import SQLAlchemyError

        try:
            return self._marks(students)
        except SQLAlchemyError as error:
            raise self._unusable(error) from error

    def _marks(self, students: Iterable[str]) -> dict[str, dict[str, StoredMark]]:
        stored: dict[str, dict[str, StoredMark]] = {}
        for student in students:
            submission = self._submissions.get(student)
            notebook = None if submission is None else self._notebook(submission)
            if notebook is None:
                continue
            comments = {comment.name: comment.manual_comment or "" for comment in notebook.comments}
            stored[student] = {
                grade.name: StoredMark(
                    grade.auto_score,
                    grade.manual_score,
                    grade.needs_manual_grade,
                    grade.max_score,
                    comments.get(grade.name, ""),
                )
                for grade in notebook.grades
            }
        return stored

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
        from sqlalchemy.exc import SQLAlchemyError

        try:
            for result in results:
                self._enter(result, times.get(result.student), changed.get(result.student, set()))
            self._book.db.commit()
        except SQLAlchemyError as error:
            self._book.db.rollback()
            raise CourseError(
                f"the gradebook {self._url} refused marks ({_first_line(error)}); this batch was not written, "
                "run the command again"
            ) from error

    def _enter(self, result: Result, handed_in: datetime | None, changed: set[str]) -> None:
        submission = self._submissions.get(result.student) or self._new_submission(result.student)
        if handed_in is not None:
            submission.timestamp = handed_in.replace(tzinfo=None)
        notebook = self._notebook(submission) or self._new_notebook(submission)
        marks = {mark.grade_id: mark for mark in result.marks}
        for grade in notebook.grades:
            mark = marks.get(grade.name)
            if mark is not None:
                _enter_mark(grade, mark, grade.name in changed)
        note = "" if result.state == "graded" else f"{result.state.capitalize()}: {result.note}"
        for comment in notebook.comments:
            mark = marks.get(comment.name)
            comment.auto_comment = note or (mark.message if mark is not None and mark.message else None)

    def _new_submission(self, student: str) -> Any:
        from nbgrader.api import Student, SubmittedAssignment

        if student not in self._students:
            self._book.db.add(Student(id=student))
            self._students.add(student)
        submission = SubmittedAssignment(assignment=self._assignment, student_id=student)
        self._new_notebook(submission)
        self._submissions[student] = submission
        return submission

    def _new_notebook(self, submission: Any) -> Any:
        from nbgrader.api import Comment, Grade, SubmittedNotebook

        notebook = SubmittedNotebook(notebook_id=self._notebook_id, assignment=submission)
        with self._book.db.no_autoflush:
            for cell in self._grade_cells.values():
                Grade(cell_id=cell, notebook=notebook)
            for cell in self._solution_cells.values():
                Comment(cell_id=cell, notebook=notebook)
            self._book.db.add(submission)
        self._book.db.flush()  # gives grades their cells' names
        return notebook


def _enter_mark(grade: Any, mark: CellMark, answer_changed: bool) -> None:
    """Set what the machine says; ask a person where one has to look, and only there."""
    before = grade.auto_score
    grade.auto_score = mark.score
    if grade.manual_score is None:
        grade.needs_manual_grade = mark.score is None
    elif mark.written:
        grade.needs_manual_grade = grade.needs_manual_grade or answer_changed
    else:
        grade.needs_manual_grade = grade.needs_manual_grade or before != mark.score


def _open(url: str, course_id: str) -> Any:
    from nbgrader.api import Gradebook

    return Gradebook(url, course_id)


def _create_atomically(url: str) -> None:
    """Make a new gradebook whole or not at all, so that a kill leaves nothing that looks like one."""
    prefix = "sqlite:///"
    if not url.startswith(prefix) or ":memory:" in url:
        _create_tables(url)
        return
    path = Path(url.removeprefix(prefix))
    if path.exists() and path.stat().st_size > 0:
        return
    fresh = path.with_name(f"{path.name}.new-{os.getpid()}")
    fresh.unlink(missing_ok=True)
    _create_tables(f"{prefix}{fresh}")
    try:
        os.link(fresh, path)  # never over one that another command has made in the meantime, and written to
    except FileExistsError:
        if path.stat().st_size == 0:
            fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _create_tables(url: str) -> None:
    """Create nbgrader's tables, and note their version where ``nbgrader db upgrade`` looks for it.

    `Gradebook` would do so itself, but by starting another Python to ask for the version, which takes a second.
    """
    import nbgrader
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from nbgrader.api import Base
    from sqlalchemy import create_engine, inspect, text

    engine = create_engine(url)
    try:
        if inspect(engine).get_table_names():
            return
        migrations = Config()
        migrations.set_main_option("script_location", str(Path(nbgrader.__file__).with_name("alembic")))
        version = ScriptDirectory.from_config(migrations).get_current_head()
        with engine.begin() as connection:
            Base.metadata.create_all(connection)
            connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            connection.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": version})
    finally:
        engine.dispose()


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
