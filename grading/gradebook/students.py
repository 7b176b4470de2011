"""Students in the gradebook: names entered, and all rows of some of them read, removed, put back or renamed.

Rows are plain data, so that they can be kept in a file; the tables are nbgrader's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from nbgrader.api import Assignment, Comment, Grade, Student, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import DateTime, Interval, delete, insert, select, text, update

from grading.course import Course
from grading.gradebook.schema import create_atomically, sqlite_file
from grading.gradebook.writer import REFUSALS, database_url, open_gradebook, unusable

Rows: TypeAlias = dict[str, list[dict[str, Any]]]
"""By table, the rows by column."""
TABLES = {kind.__tablename__: kind for kind in (Student, SubmittedAssignment, SubmittedNotebook, Grade, Comment)}
"""From what others refer to, to what refers to it."""


@contextmanager
def _database(course: Course) -> Iterator[Any]:
    """A session in which all is done or nothing; None if there is no gradebook."""
    url = database_url(course)
    file = sqlite_file(url)
    if file is not None and not file.exists():
        yield None
        return
    try:
        with open_gradebook(url, course.settings.course_id) as book:
            yield book.db
            book.db.commit()
    except REFUSALS as error:
        raise unusable(url, error) from error


def enter_people(course: Course, people: Mapping[str, Mapping[str, str | None]]) -> None:
    """Enter a class, by id the columns of nbgrader's table that are known; make a gradebook if there is none."""
    if not people:
        return
    create_atomically(database_url(course))
    with _database(course) as db:
        there = {row.id: row for row in db.execute(select(Student.__table__))}
        new = [{"id": student, **columns} for student, columns in people.items() if student not in there]
        if new:
            db.execute(insert(Student), new)
        for student, columns in people.items():
            row = there.get(student)
            told = {name: value for name, value in columns.items() if value}
            if row is not None and any(getattr(row, name) != value for name, value in told.items()):
                db.execute(update(Student).where(Student.id == student).values(**told))


def students_in_gradebook(course: Course) -> set[str]:
    """Ids of all students that the gradebook knows; none if there is no gradebook."""
    with _database(course) as db:
        return set(db.scalars(select(Student.id))) if db is not None else set()


def rows_of(course: Course, students: Collection[str]) -> Rows:
    """All that the gradebook holds of some students."""
    with _database(course) as db:
        if db is None:
            return {name: [] for name in TABLES}
        found: Rows = {"student": _read(db, Student, Student.id, students)}
        found["submitted_assignment"] = _read(db, SubmittedAssignment, SubmittedAssignment.student_id, students)
        submissions = [row["id"] for row in found["submitted_assignment"]]
        found["submitted_notebook"] = _read(db, SubmittedNotebook, SubmittedNotebook.assignment_id, submissions)
        notebooks = [row["id"] for row in found["submitted_notebook"]]
        for kind in (Grade, Comment):
            found[kind.__tablename__] = _read(db, kind, kind.notebook_id, notebooks)
        return found


def units_of(course: Course) -> dict[str, str]:
    """Names of the units by the ids that rows have."""
    with _database(course) as db:
        if db is None:
            return {}
        return {str(key): str(name) for key, name in db.execute(select(Assignment.id, Assignment.name))}


def replace_rows(course: Course, students: Collection[str], rows: Mapping[str, list[dict[str, Any]]]) -> None:
    """Remove all rows of some students and put these in their place, at once or not at all."""
    held = rows_of(course, students)
    with _database(course) as db:
        if db is None:
            return
        for name, kind in reversed(TABLES.items()):
            if ids := [row["id"] for row in held[name]]:
                db.execute(delete(kind).where(kind.id.in_(ids)))
        for name, kind in TABLES.items():
            if new := [
                {column: _given(kind, column, value) for column, value in row.items()} for row in rows[name]
            ]:
                db.execute(insert(kind.__table__), new)


def wipe_free_space(course: Course) -> None:
    """Overwrite what a gradebook file still holds of removed rows."""
    if sqlite_file(database_url(course)) is None:
        return
    with _database(course) as db:
        if db is not None:
            db.commit()
            db.execute(text("VACUUM"))


def _read(db: Any, kind: Any, column: Any, wanted: Collection[str]) -> list[dict[str, Any]]:
    rows = db.execute(select(kind.__table__).where(column.in_(list(wanted)))).mappings()
    return [{name: _kept(value) for name, value in row.items()} for row in rows]


def _kept(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, datetime):
        return value.isoformat()
    return value.total_seconds() if isinstance(value, timedelta) else value


def _given(kind: Any, column: str, value: Any) -> Any:
    """A value as the table's column wants it."""
    type_ = kind.__table__.columns[column].type
    if value is None:
        return None
    if isinstance(type_, DateTime):
        return datetime.fromisoformat(value)
    return timedelta(seconds=value) if isinstance(type_, Interval) else value
