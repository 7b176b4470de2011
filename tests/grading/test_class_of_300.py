"""A class of 300 with over twenty kinds of mess: from the platform's zip to an importable file in two steps."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import shutil

import pytest

from grading.__main__ import main
from tests.grading import lms_archives as lms
from tests.grading.conftest import UNIT, two_units

SIZE = 300
ABSENT = (299, 300)
NB = f"{UNIT}.ipynb"
TASKS = """# %% [markdown]
# # Borrowing

# %% role="given" grade_id="setup"
import numpy as np
from check import check

# %% role="task" grade_id="complete_pooling"
def complete_pooling(y):
    ### BEGIN SOLUTION
    return float(np.mean(np.asarray(y, dtype=float)))
    ### END SOLUTION

# %% role="tests" grade_id="test_complete_pooling" points=29
check(complete_pooling)
### BEGIN HIDDEN TESTS
hidden_check(complete_pooling)
### END HIDDEN TESTS
"""
"""The unit with one quick task: what a task costs is not what these tests are about."""


class Outcome:
    """What the two commands left behind."""

    def __init__(self, course, platform, codes, out):
        self.course, self.codes, self.out = course, codes, out
        results = course.root / "results"
        self.collected = self._rows(results / f"{UNIT}-collect.csv")
        self.exported = self._rows(results / f"{UNIT}-{platform}-export.csv")
        self.file = (results / f"{UNIT}-{platform}.csv").read_bytes()

    @staticmethod
    def _rows(path):
        rows = csv.DictReader(path.read_text("utf-8").splitlines())
        return {row["student"]: row for row in rows if row["student"] not in ("", lms.TEST_STUDENT)}


def two_commands(course, platform, archive, roster, gradebook):
    base = ["--course", str(course.root)]
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        codes = _both(base, platform, archive, roster, gradebook)
    return Outcome(course, platform, codes, out.getvalue())


def _both(base, platform, archive, roster, gradebook):
    return [
        main([*base, "collect", str(archive), "--unit", UNIT, "--lms", platform, "--roster", str(roster),
              "--grade", "--jobs", "2"]),
        main([*base, "export", "--unit", UNIT, "--format", platform, "--gradebook", str(gradebook),
              "--roster", str(roster)]),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def quick_course(tmp_path_factory):
    course = two_units(tmp_path_factory.mktemp("class") / "course")
    course.source(UNIT).write_text(TASKS)
    (course.root / "course.toml").write_text(
        (course.root / "course.toml").read_text()
        + f"\n[late]\nper_day = 0.1\n[late.{UNIT}]\ndeadline = {lms.DEADLINE.isoformat()}\n"
    )
    assert main(["--course", str(course.root), "build", UNIT]) == 0
    return course


@pytest.fixture(scope="module")
def class_(quick_course):
    base = json.loads((quick_course.release_folder(UNIT) / NB).read_text())
    return lms.class_of(SIZE, absent=ABSENT, base=base)


@pytest.fixture(scope="module")
def canvas(quick_course, class_):
    files = []
    for student, made, _ in class_:
        late = student.number % 10 == 0
        files += [
            (lms.canvas_name(student, n, late=late, number=9000 * k + student.number), d)
            for k, (n, d) in enumerate(made, 1)
        ]
    files += [("__MACOSX/._x", b""), ("../../escape.ipynb", b""), ("stray.txt", b"?")]
    archive = quick_course.root.parent / "submissions.zip"
    archive.write_bytes(lms.zip_bytes(files))
    gradebook = quick_course.root.parent / "gradebook.csv"
    gradebook.write_bytes(lms.canvas_gradebook(lms.students(SIZE)))
    return two_commands(quick_course, "canvas", archive, gradebook, gradebook)


@pytest.fixture(scope="module")
def moodle(quick_course, canvas, class_, tmp_path_factory):
    """The same class from Moodle; what Canvas's class was graded for is kept, so this takes little."""
    root = tmp_path_factory.mktemp("moodle") / "course"
    shutil.copytree(quick_course.root, root, ignore=shutil.ignore_patterns("submitted"))
    course = type(quick_course)(root)
    files = [(lms.moodle_name(s, n, flat=s.number % 2 == 0), d) for s, made, _ in class_ for n, d in made]
    files += [("__MACOSX/._x", b""), ("../../escape.ipynb", b""), ("stray.txt", b"?")]
    archive = root.parent / "download.zip"
    archive.write_bytes(lms.unflagged(lms.zip_bytes(files)))
    people = lms.students(SIZE)
    times = {n: t for n, t in lms.moodle_times(people).items() if n not in ABSENT}
    worksheet = root.parent / "worksheet.csv"
    worksheet.write_bytes(
        lms.moodle_worksheet(people, times=times, late={n: "20 hours" for n in times if n % 10 == 0})
    )
    return two_commands(course, "moodle", archive, worksheet, worksheet)


@pytest.fixture(params=["canvas", "moodle"])
def outcome(request):
    return request.getfixturevalue(request.param)


def expected_mark(student, mess, platform):
    """29 or 0; the unanswered ones wait for nobody; every tenth is a day late."""
    if mess is not None and mess.state != "collected":
        return None
    return 0.0 if student.number % 3 == 0 else 26.1 if student.number % 10 == 0 else 29.0


def test_there_are_at_least_twenty_kinds_of_mess():
    assert len({mess.says for mess in lms.MESSES}) >= 20


def test_both_commands_end_and_say_that_somebody_should_look(outcome):
    assert outcome.codes == [3, 3]


def test_every_student_is_accounted_for(outcome, class_):
    assert len(outcome.collected) == SIZE
    assert {s.id for s in lms.students(SIZE) if s.number in ABSENT} == {
        student for student, row in outcome.collected.items() if row["state"] == "missing"
    }


def test_each_oddity_is_reported_at_its_student(outcome, class_):
    for student, _, mess in class_:
        row = outcome.collected[student.id]
        assert row["state"] == (mess.state if mess else "collected"), student
        assert (mess.says if mess else "") in row["notes"], student
        if mess is None:
            assert row["notes"] == ""


def test_each_oddity_is_reported_in_the_terminal(outcome):
    for mess in lms.MESSES:
        assert mess.says in outcome.out, mess.name
    for words in ("../../escape.ipynb: a path that climbs", "stray.txt: not named as", "passed over"):
        assert words in outcome.out


def marks_in(data, column, key, encoding):
    rows = csv.DictReader(io.StringIO(data.decode(encoding), newline=""))
    return {row[key]: row[column] for row in rows}


@pytest.mark.parametrize(
    ("platform", "column", "key", "encoding"),
    [
        pytest.param("canvas", f"{lms.TITLE} (812)", "SIS Login ID", "utf-8", id="Canvas"),
        pytest.param("moodle", "Grade", "ID number", "utf-8-sig", id="Moodle"),
    ],
)
def test_the_file_to_import_holds_each_deserved_mark_and_no_other(
    request, class_, platform, column, key, encoding
):
    outcome = request.getfixturevalue(platform)
    marks = marks_in(outcome.file, column, key, encoding)
    for student, _, mess in class_:
        wanted = expected_mark(student, mess, platform)
        assert marks[student.id] == ("" if wanted is None else f"{wanted:g}"), (student, mess and mess.name)
    assert all(marks[f"student-{number}"] == "" for number in ABSENT)


def test_nobody_without_a_mark_is_left_unexplained(outcome, class_):
    for student, _, mess in class_:
        what = outcome.exported[student.id]["what"]
        assert what == ("written" if mess is None or mess.state == "collected" else "nothing to grade"), mess
    assert {outcome.exported[f"student-{number}"]["what"] for number in ABSENT} == {"no submission"}


def test_apart_from_the_marks_the_file_is_the_platforms(canvas):
    before = (canvas.course.root.parent / "gradebook.csv").read_bytes().split(b"\n")
    after = canvas.file.split(b"\n")
    assert len(before) == len(after)
    for old, new in zip(before, after, strict=True):
        assert old == new or old.split(b",")[:6] == new.split(b",")[:6]
