"""What works on this machine and in this course folder, and how to cure what does not.

`finding` says what a finding is, `machine` looks at the machine, `folder` at the course, `personal_data` at
whether people's data could get into a repository.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from grading.course import Course
from grading.doctor import folder, machine
from grading.doctor.finding import Examination, Finding
from grading.doctor.personal_data import personal_data
from grading.errors import CourseError

__all__ = ["EXAMINATIONS", "Finding", "diagnose"]

EXAMINATIONS: dict[str, Examination] = {
    "python": machine.python,
    "sandbox": machine.sandbox,
    "students' environment": machine.student_environment,
    "disk": machine.disk,
    "memory": machine.memory,
    "clock": machine.clock,
    "nbgrader": folder.nbgrader_config,
    "units": folder.units,
    "folders": folder.writable,
    "people": personal_data,
    "gradebook": folder.gradebook,
    "course secret": folder.secret,
    "students' repository": folder.repository,
}


def diagnose(course: Course, examinations: Sequence[str] = tuple(EXAMINATIONS)) -> Iterable[tuple[str, Finding]]:
    """Examine one thing after the other; yield what was examined, with each finding."""
    for name in examinations:
        try:
            for finding in EXAMINATIONS[name](course):
                yield name, finding
        except CourseError as error:
            yield name, Finding("problem", str(error))
        except Exception as error:  # an examination that fails must not hide what the others find
            yield name, Finding("problem", f"could not be examined ({type(error).__name__}: {error})")
