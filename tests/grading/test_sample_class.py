"""The sample class is remade whenever `make` finds that what grades it has changed."""

from __future__ import annotations

import pytest

from grading.course import Course
from grading.submission.fingerprint import version
from grading.units.unit import load_unit
from sample_class import make_class
from tests.grading import recorded
from tests.grading.conftest import UNIT


@pytest.mark.parametrize("same", [True, False])
def test_marks_that_other_tests_gave_are_forgotten(
    course: Course, monkeypatch: pytest.MonkeyPatch, same: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(recorded, "VERSION", version(load_unit(course, UNIT)) if same else "3-abc")
    recorded.record(course, ["student-01"])
    make_class.forget_other_tests(course)
    for name in ("gradebook.db", "results", "autograded"):
        assert (course.root / name).exists() == same
    assert (f"{UNIT} has changed" in capsys.readouterr().err) != same
    assert course.submitted("student-01", UNIT).exists()
