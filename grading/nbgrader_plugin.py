"""Make nbgrader's own commands and formgrader's buttons grade through this package.

``nbgrader_config.py`` calls `install`. nbgrader has no setting that replaces a whole converter, so the ``start``
of two converters is replaced: ``nbgrader autograde`` and the Autograde button then give the very marks of
``python -m grading autograde``, ``nbgrader generate_feedback`` the same pages. ``nbgrader collect`` and its button
copy what students handed in without following links. Other commands are left alone.
"""

from __future__ import annotations

import fnmatch
from pathlib import Path
from typing import Any

from grading.course import Course
from grading.errors import CourseError, what_failed
from grading.nbgrader_bridge import block_rfc3987_import, only_noted


def install() -> None:
    """Let nbgrader's autograde, generate_feedback and collect use this package; again, nothing changes."""
    if only_noted():
        return
    block_rfc3987_import()
    from nbgrader.converters import Autograde, GenerateFeedback
    from nbgrader.exchange.default import ExchangeCollect

    ExchangeCollect.do_copy = _collect
    Autograde.start = _autograde
    GenerateFeedback.start = _generate_feedback


def _autograde(converter: Any) -> None:
    """What ``nbgrader autograde`` does in a course folder with this configuration."""
    from grading.autograde.run import autograde
    from grading.intake.submitted import submitted_folders

    course, unit = _course(converter)
    try:
        folders = submitted_folders(course, unit)
    except (CourseError, OSError) as error:
        raise _refusal(converter, error) from error
    students = _matching(converter, folders)
    try:
        summary = autograde(
            course,
            unit,
            students=students,
            regrade=bool(converter.force),
            progress=lambda result, total: converter.log.info(
                "%s: %s %s", result.student, result.state, result.note
            ),
        )
    except (CourseError, OSError) as error:
        raise _refusal(converter, error) from error
    for student, remark in summary.odd_times.items():
        converter.log.warning("%s: %s", student, remark)
    for result in summary.results:
        if result.state != "graded":
            converter.log.warning("%s: %s, %s", result.student, result.state, result.note)


def _generate_feedback(converter: Any) -> None:
    """What ``nbgrader generate_feedback`` does in a course folder with this configuration."""
    from grading.report.feedback import write_feedback
    from grading.submission.results import result_store

    course, unit = _course(converter)
    results = result_store(course, unit).latest()
    try:
        write_feedback(course, unit, students=_matching(converter, results), tell=converter.log.warning)
    except (CourseError, OSError) as error:
        raise _refusal(converter, error) from error


def _collect(exchange: Any, source: str, target: str, log: Any = None) -> None:
    """Copy one submission out of the exchange; one that cannot be copied stops no other."""
    from nbgrader.utils import ignore_patterns

    from grading.intake.exchange import copy_files

    course = exchange.coursedir
    if exchange.get_size(source) > 1000 * course.max_dir_size:
        exchange.log.error("%s: larger than %s kB, not collected", source, course.max_dir_size)
        return
    ignored = ignore_patterns(course.ignore, course.include, course.max_file_size, exchange.log)
    for name in copy_files(Path(source), Path(target), ignored):
        exchange.log.warning("%s: %s is a link or no ordinary file, not collected", source, name)
    if course.groupshared:
        for path in [Path(target), *Path(target).rglob("*")]:
            path.chmod(path.stat().st_mode | (0o2770 if path.is_dir() else 0o660))


def _course(converter: Any) -> tuple[Course, str]:
    try:
        course = Course(Path(converter.coursedir.root))
        return course, course.unit(converter.coursedir.assignment_id)
    except CourseError as error:
        raise _refusal(converter, error) from error


def _matching(converter: Any, students: Any) -> list[str]:
    """The students that nbgrader's ``--student`` pattern names, without those it excludes."""
    pattern = converter.coursedir.student_id or "*"
    excluded = set((converter.coursedir.student_id_exclude or "").split(","))
    matching = [
        student for student in students if fnmatch.fnmatchcase(student, pattern) and student not in excluded
    ]
    if not matching:
        unit = converter.coursedir.assignment_id
        raise _refusal(converter, CourseError(f"no submission of {unit} matches student {pattern!r}"))
    return matching


def _refusal(converter: Any, error: CourseError | OSError) -> Exception:
    """The error as nbgrader reports errors: logged, and an exception that ends its command."""
    from nbgrader.converters.base import NbGraderException

    text = what_failed(error) if isinstance(error, OSError) else str(error)
    converter.log.error("%s", text)
    refusal: Exception = NbGraderException(text)
    return refusal
