"""Everything that grading a unit needs, read once: master, release files, hidden tables, limits."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from grading.checks.notebook_check import Json
from grading.course import Course
from grading.errors import CourseError
from grading.files import write_bytes_atomically
from grading.sandbox import Limits
from grading.units import hidden_tests
from grading.units.bindings import Bindings
from grading.units.dates import without_dates
from grading.units.hidden_cases import HiddenCheck, hidden_tables
from grading.units.importable import importable
from grading.units.master import Master, read_notebook, source_of
from grading.units.personal import Personal, personal_data

SECRET_FILE = ".course_secret"


@dataclass(frozen=True)
class Unit:
    """A unit as the grader sees it; plain data, so that it travels to other processes."""

    name: str
    master: Master
    files: Mapping[str, bytes]
    tables: Mapping[str, Mapping[str, Json]]
    limits: Limits
    digest: str
    personal: Personal | None = None
    importable: tuple[str, ...] = ()
    """What a notebook may import."""

    def files_for(self, student: str) -> dict[str, bytes]:
        """The files that the student's notebook finds beside it."""
        return {**self.files, **(self.personal.files_of(student) if self.personal is not None else {})}

    @cached_property
    def checks(self) -> dict[str, HiddenCheck]:
        """The tables made ready for asking."""
        return {name: HiddenCheck.prepare(table) for name, table in self.tables.items()}

    @cached_property
    def bindings(self) -> Bindings:
        """What the source notebook binds to names."""
        return Bindings.of(self.master.cells)

    @property
    def modules(self) -> dict[str, str]:
        """Sources of the Python files that lie beside the notebook."""
        return {name: data.decode() for name, data in self.files.items() if name.endswith(".py")}


def course_secret(course: Course) -> bytes:
    """The course's secret, made on first use; hidden cases are drawn from it."""
    path = course.root / SECRET_FILE
    if not path.exists():
        with suppress(FileExistsError):  # another command has made it meanwhile
            data = f"{secrets.token_hex(32)}\n".encode("ascii")
            write_bytes_atomically(path, data, mode=0o600, replace=False)
    secret = path.read_text(encoding="ascii").strip()
    if len(secret) < 32:
        raise CourseError(
            f"{path}: too short to be a secret; delete it to get a new one (hidden cases will change)"
        )
    return secret.encode("ascii")


def load_unit(course: Course, name: str, *, secret: bytes | None = None) -> Unit:
    """Read a built unit; its hidden cases are drawn from the course's secret unless another is given.

    Raises
    ------
    CourseError
        If the unit was not built, or its files do not fit together.
    """
    course.unit(name)
    source = _notebook(course.master(name))
    released = _notebook(course.release(name))
    files = {p.name: p.read_bytes() for p in sorted(course.release_folder(name).iterdir()) if p.suffix != ".ipynb"}
    secret = secret or course_secret(course)
    tables = hidden_tables(hidden_tests.checks(course, name), secret, name)
    personal = personal_data(course, name, secret)
    bounds = course.settings.limits[name]
    asked = [_undated(source), _undated(released), tables, repr(bounds)]
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode())
    for file, data in files.items():
        digest.update(file.encode() + data)
    digest.update(course.student_requirements.read_bytes() if course.student_requirements.is_file() else b"")
    if personal is not None:
        digest.update(personal.key + repr((personal.source, personal.files)).encode())
    master = Master.read(source, released)
    return Unit(name, master, files, tables, bounds, digest.hexdigest(), personal, importable(course))


def _undated(notebook: dict[str, Any]) -> dict[str, Any]:
    """A notebook without the words on when it is due: a deadline that moves makes no mark stale."""
    return {**notebook, "cells": [_undated_cell(cell) for cell in notebook["cells"]]}


def _undated_cell(cell: dict[str, Any]) -> dict[str, Any]:
    source = source_of(cell)
    kept = without_dates(source).rstrip()
    if kept == source.rstrip():
        return cell
    return {**cell, "source": kept if isinstance(cell["source"], str) else kept.splitlines(keepends=True)}


def _notebook(path: Path) -> dict[str, Any]:
    try:
        return read_notebook(path)
    except FileNotFoundError:
        raise CourseError(f"{path}: missing; run 'python -m grading build' first") from None
    except json.JSONDecodeError as error:
        raise CourseError(f"{path}: not a notebook ({error}); run 'python -m grading build' again") from None
