"""Whether a class was graded by other tests than today's: then new marks wait for a regrade, or are told apart."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from grading.course import Course
from grading.errors import CourseError
from grading.intake.submitted import submitted_folders
from grading.submission.fingerprint import fingerprint, version
from grading.submission.read import read_folder
from grading.submission.recogniser import Recogniser
from grading.submission.results import Result
from grading.units.master import nbgrader_of
from grading.units.unit import Unit


def refuse_changed_tests(course: Course, unit: Unit, current: Mapping[str, Result], *, mixed: bool) -> None:
    """Refuse to grade by other tests than those that gave the marks which the gradebook has.

    Parameters
    ----------
    course, unit : Course, Unit
        What is about to be graded.
    current : mapping of str to Result
        Each student's current result.
    mixed : bool
        Allow it, as long as the marks are worth the same.

    Raises
    ------
    CourseError
        Naming the regrade that shows first what the change does.
    """
    others = _graded_by_others(course, unit, current)
    if not others:
        return
    from grading.gradebook.writer import marked_students  # takes a second to import, and is seldom needed

    marked = set(others) & marked_students(course, unit.name)
    if not marked:
        return
    changed = (
        f"{unit.name}: tests, points, limits or packages have changed since {len(marked)} of the class were graded"
    )
    preview = f"'python -m grading regrade {unit.name}' shows what that does to the marks, and enters nothing"
    if not mixed:
        raise CourseError(f"{changed}; {preview} (to grade only what is new: autograde --mixed)")
    if any(not others[student].version for student in marked):
        raise CourseError(f"{changed}, by an earlier grader that did not note by which; {preview}")
    if any(_points(others[student]) != _points_of(unit) for student in marked):
        raise CourseError(f"{changed}, and marks would be worth different points; {preview}")


def _graded_by_others(course: Course, unit: Unit, current: Mapping[str, Result]) -> dict[str, Result]:
    """Current results that other tests gave; of those that do not say by which, all or none."""
    # a submission on which the grader failed has no mark; the next run tries it again
    results = {name: result for name, result in current.items() if not result.fingerprint.startswith("failed-")}
    others = {name: result for name, result in results.items() if result.version not in ("", version(unit))}
    unnamed = {name: result for name, result in results.items() if not result.version}
    if unnamed:
        folders = submitted_folders(course, unit.name)
        there = [result for name, result in unnamed.items() if name in folders]
        recogniser = Recogniser(course, unit.name)
        if there and not any(_holds(result, folders[result.student], unit, recogniser) for result in there):
            others |= {result.student: result for result in there}
    return others


def _holds(result: Result, folder: Path, unit: Unit, recogniser: Recogniser) -> bool:
    try:
        return fingerprint(read_folder(folder, result.student, recogniser), unit) == result.fingerprint
    except Exception:  # a folder that cannot be read is told by the run itself
        return False


def _points(result: Result) -> dict[str, float]:
    return {mark.grade_id: mark.points for mark in result.marks}


def _points_of(unit: Unit) -> dict[str, float]:
    cells = [nbgrader_of(cell) for cell in unit.master.cells]
    return {str(cell["grade_id"]): float(cell["points"]) for cell in cells if cell.get("grade")}
