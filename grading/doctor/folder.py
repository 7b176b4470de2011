"""Examinations of the course folder: configuration, units, gradebook, secret."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grading.course import SETTINGS, Course
from grading.doctor.course_folders.repository import of_course
from grading.doctor.finding import Finding, ok, problem, warning
from grading.errors import CourseError
from grading.nbgrader_bridge import config, generate_assignment, installs
from grading.printable import counted
from grading.units.build import source_files
from grading.units.unit import SECRET_FILE, load_unit

SERVER_CURE = "is the server running, and db_url in nbgrader_config.py right?"
BACKUP = "secret_backup"
"""Where course.toml says a copy of the secret is."""


def nbgrader_config(course: Course) -> Iterator[Finding]:
    """Whether nbgrader's own commands work on this course and grade through this package."""
    from nbgrader.coursedir import CourseDirectory

    path = course.root / "nbgrader_config.py"
    directories = CourseDirectory(config=config(course))
    for setting, wanted in (("source_directory", "solutions"), ("release_directory", "exercises")):
        if getattr(directories, setting) != wanted:
            yield problem(
                f"{path}: {setting} is {getattr(directories, setting)!r}",
                f'write c.CourseDirectory.{setting} = "{wanted}"',
            )
    if not installs(course):
        yield problem(
            f"{path}: 'nbgrader autograde' and formgrader's button would grade without the sandbox",
            "add 'from grading.nbgrader_plugin import install' and 'install()'",
        )
    elif directories.source_directory == "solutions":
        yield ok("nbgrader's commands and formgrader grade through this package")


def units(course: Course) -> Iterator[Finding]:
    """Whether each unit is built, from the sources as they are, and its tests load."""
    for unit in course.units:
        try:
            yield _unit(course, unit)
        except CourseError as error:
            yield problem(str(error), f"then run 'python -m grading build {unit}'")


def _unit(course: Course, unit: str) -> Finding:
    for path, text in source_files(course, unit).items():
        if not path.is_file():
            return problem(f"{unit} is not built: {path} is missing", f"run 'python -m grading build {unit}'")
        if path.read_text(encoding="utf-8") != text:
            return problem(
                f"{unit} is out of date: {path} is not what its source gives",
                f"run 'python -m grading build {unit}'",
            )
    with tempfile.TemporaryDirectory() as scratch:
        made = generate_assignment(course, unit, Path(scratch))
        stale = _differing(made, course.release_folder(unit))
    if stale is not None:
        return problem(f"{unit}: {stale} is not what the build gives", f"run 'python -m grading build {unit}'")
    loaded = load_unit(course, unit, secret=b"only to see that it loads" * 2)
    if loaded.personal is not None:
        loaded.personal.answers_of("nobody")  # the two functions of the hidden tests run, or raise CourseError
    return ok(f"{unit} is built and fresh, its tests load")


def _differing(made: Path, released: Path) -> Path | None:
    """The first file of a release that differs, is missing or does not belong there."""
    names = sorted(
        {p.name for p in made.iterdir()} | ({p.name for p in released.iterdir()} if released.is_dir() else set())
    )
    for name in names:
        one, other = made / name, released / name
        if not one.is_file() or not other.is_file() or one.read_bytes() != other.read_bytes():
            return other
    return None


def writable(course: Course) -> Iterator[Finding]:
    """Whether every folder that grading writes into can be written."""
    folders = [
        course.root,
        course.submissions,
        course.root / "autograded",
        course.root / "feedback",
        course.results,
    ]
    folders += [course.results / unit for unit in course.units]
    refused = False
    for folder in folders:
        try:
            if folder.is_dir():
                tempfile.TemporaryFile(dir=folder).close()
        except OSError as error:
            refused = True
            yield problem(
                f"{folder}: nothing can be written there ({error.strerror})",
                "give yourself the right to write there, and look at the disk ('mount' shows what is read-only)",
            )
    if not refused:
        yield ok("the folders that grading writes into can be written")


def gradebook(course: Course) -> Iterator[Finding]:
    """Whether the gradebook can be reached and written, and has the tables that this nbgrader expects."""
    # imported here: if they are missing, the other examinations still run
    from sqlalchemy import create_engine, inspect, text
    from sqlalchemy.exc import SQLAlchemyError

    from grading.gradebook.schema import cure_of, schema_version, sqlite_file
    from grading.gradebook.writer import database_url

    url = database_url(course)
    file = sqlite_file(url)
    if file is not None and not file.exists():
        yield ok(f"{file}: no gradebook yet; the first 'autograde' makes it")
        return
    engine = create_engine(url, connect_args={"timeout": 2} if file is not None else {})
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                yield problem(
                    f"{url}: no gradebook of nbgrader", "move it away, or mend db_url in nbgrader_config.py"
                )
                return
            version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            if version != schema_version():
                yield problem(
                    f"{url}: its tables have version {version}, nbgrader expects {schema_version()}",
                    "copy it to a safe place, then run 'nbgrader db upgrade' in the course folder",
                )
            connection.execute(text("UPDATE assignment SET name = name WHERE 1 = 0"))
            connection.rollback()
            count = connection.execute(text("SELECT COUNT(*) FROM student")).scalar_one()
            yield ok(f"{url} can be read and written ({counted(count, 'student')})")
    except SQLAlchemyError as error:
        yield problem(f"{url} cannot be used: {_said(error)}", cure_of(_said(error)) or SERVER_CURE)
    finally:
        engine.dispose()


def _said(error: Any) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]


def secret(course: Course) -> Iterator[Finding]:
    """Whether the secret that hidden cases are drawn from is there, private, and kept somewhere else too."""
    path = course.root / SECRET_FILE
    if not path.is_file():
        yield warning(
            f"{path}: not there yet; the first grading makes it",
            "if this class was graded elsewhere, copy it from there, else hidden cases and pseudonyms change",
        )
        return
    text = path.read_text(encoding="ascii", errors="replace").strip()
    if len(text) < 32:
        yield problem(
            f"{path}: too short to be a secret", "restore it from its backup, or delete it to get a new one"
        )
        return
    if path.stat().st_mode & 0o077:
        yield warning(f"{path}: others on this machine may read it", f"chmod 600 {path}")
    if _in_version_control(path):
        yield problem(
            f"{path}: it is under version control, so whoever has the repository has it",
            f"'git rm --cached {SECRET_FILE}', delete it to get a new one, and grade again",
        )
    yield _backup(course, path, text)


def _backup(course: Course, path: Path, text: str) -> Finding:
    backup = course.settings.secret_backup
    if not backup:
        return warning(
            f"{path}: no backup is known; without it a regrade would draw other hidden cases",
            f'copy it to a safe place and name the copy in {SETTINGS}: {BACKUP} = "/path/of/the/copy"',
        )
    copy = course.root / str(backup)
    if not copy.is_file():
        return problem(f"{copy}: the backup that {SETTINGS} names is not there", f"copy {path} there")
    if copy.read_text(encoding="ascii", errors="replace").strip() != text:
        return problem(
            f"{copy}: not a copy of {path}", "find out which one graded the class before you replace any"
        )
    return ok(f"{path} is there and backed up")


def _in_version_control(path: Path) -> bool:
    git = shutil.which("git")
    if git is None:
        return False
    listed = subprocess.run(
        [git, "-C", path.parent, "ls-files", "--error-unmatch", path.name], capture_output=True, check=False
    )
    return listed.returncode == 0


def repository(course: Course) -> Iterator[Finding]:
    """Whether the book's buttons open the students' repository, not the one that holds the answers."""
    students = of_course(course)
    if students is None:
        yield ok("no button of the book opens a repository")
    else:
        yield ok(f"the book's buttons open {students.repository}, which is not this folder's")
