"""A new course folder: it uses this installation, is built, fresh, and harms nothing that is there."""

from __future__ import annotations

import json

import pytest

from grading.__main__ import main
from grading.autograde.run import autograde
from grading.course import Course
from grading.doctor import diagnose
from grading.doctor.course_folders.new_course import FIRST_UNIT, new_course
from grading.errors import CourseError
from sample_class.make_class import as_handed_in, read
from tests.grading.conftest import UNIT, built, make_course


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    return make_course(tmp_path_factory.mktemp("installation") / "course")


def test_a_new_course_is_built_fresh_and_grades(installation, tmp_path, capsys):
    folder = tmp_path / "second-course"
    words = ["new-course", str(folder), "--title", 'The "Second" course']
    assert main(["--course", str(installation.root), *words]) == 0
    assert "doctor" in capsys.readouterr().out
    course = Course(folder)
    assert (course.settings.course_id, course.settings.name) == ("second-course", 'The "Second" course')
    found = list(diagnose(course, ["nbgrader", "units", "folders", "gradebook", "students' repository"]))
    assert not [finding for _, finding in found if finding.level == "problem"], found
    right = as_handed_in(read(course.master(FIRST_UNIT)), read(course.release(FIRST_UNIT)))
    handed_in = course.submitted("student-01", FIRST_UNIT) / f"{FIRST_UNIT}.ipynb"
    handed_in.parent.mkdir(parents=True)
    handed_in.write_text(json.dumps(right))
    [result] = autograde(course, FIRST_UNIT).results
    assert [mark.score for mark in result.marks] == [2.0, None]


def test_it_may_begin_with_units_of_ours(installation, tmp_path):
    course = new_course(installation, tmp_path / "third", units=[UNIT])
    assert course.units == [UNIT]
    names = [sorted(path.name for path in each.release_folder(UNIT).iterdir()) for each in (course, built())]
    assert names[0] == names[1]
    assert course.student_python == installation.student_python


@pytest.mark.parametrize(
    ("place", "units", "says"),
    [
        pytest.param("full", (), "not empty; give a new folder", id="something is there"),
        pytest.param("course/inside", (), "inside another course", id="inside the first"),
        pytest.param("new", ("no_such",), "there is no unit 'no_such'", id="no such unit"),
    ],
)
def test_what_would_harm_is_refused(installation, place, units, says):
    root = installation.root.parent
    (root / "full").mkdir(exist_ok=True)
    (root / "full" / "file").touch()
    with pytest.raises(CourseError, match=says):
        new_course(installation, root / place, units=units)
    assert not (root / "new").exists()
