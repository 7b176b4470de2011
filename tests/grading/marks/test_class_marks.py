"""Which record counts: whose marks there are, whether the parts of one agree, and what is said if they do not."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from grading.course import Course
from grading.errors import CourseError
from grading.gradebook.stored_mark import StoredMark
from grading.lms.roster import Person
from grading.marks.class_marks import (
    CellScore,
    ClassMarks,
    StudentMarks,
    _difference,
    _refuse_disagreement,
    class_marks,
    handed_in_anew,
)
from grading.submission.results import CellMark, Result, ResultStore, result_store
from tests.grading.conftest import UNIT, hand_in, solved
from tests.grading.recorded import VERSION, by_hand, cells, own_notebook, record

RESULT = Result(
    "student-01", UNIT, "f" * 32, "graded", None, (CellMark("a", 3.0, 1.5, ""), CellMark("b", 2.0, None, ""))
)
STORED = {"a": StoredMark(1.5, None, False, 3.0), "b": StoredMark(None, None, True, 2.0)}


def marks_of(student, version, *scores):
    return student, StudentMarks(replace(RESULT, student=student, version=version), scores, {})


def test_what_is_told_of_a_class():
    wrong = CellScore("b", 2.0, None, refused=7.5)
    of = dict(
        [marks_of("s1", "1-a"), marks_of("s2", "1-b", wrong, CellScore("a", 3.0, 1.0)), marks_of("s3", "1-b")]
    )
    marks = ClassMarks(of, list(of), [], [])
    assert list(marks.versions.items()) == [("1-b", ["s2", "s3"]), ("1-a", ["s1"])]
    assert ClassMarks({"s1": of["s1"]}, ["s1"], [], []).versions == {}
    assert marks.troubles == ["s2: 7.5 points by hand for b, worth 2"]
    assert marks.why_left == "neither in submitted/ nor in the gradebook"
    assert replace(marks, people={"s1": Person("s1")}).why_left == "not in roster.csv"


@pytest.mark.parametrize(
    ("result", "named", "stored", "said"),
    [
        pytest.param(RESULT, "f" * 32, STORED, "", id="they agree"),
        pytest.param(RESULT, None, STORED, "", id="no notebook"),
        pytest.param(
            RESULT, "e" * 32, STORED, "the notebook in autograded/ is not the one", id="another notebook"
        ),
        pytest.param(RESULT, None, {}, "results/ has marks, the gradebook has none", id="no marks entered"),
        pytest.param(RESULT, None, {"a": STORED["a"]}, "the gradebook has no b", id="one is not entered"),
        pytest.param(
            RESULT,
            None,
            STORED | {"b": replace(STORED["b"], auto=0.0)},
            "b not marked in results/, 0 in the gradebook",
            id="another mark",
        ),
        pytest.param(
            RESULT,
            None,
            STORED | {"a": replace(STORED["a"], points=4.0)},
            "a worth 3 in results/, 4 in the gradebook",
            id="other points",
        ),
        pytest.param(None, None, {"b": STORED["b"]}, "", id="no result and no mark"),
        pytest.param(
            None,
            None,
            {"b": replace(STORED["b"], manual=0.0)},
            "the gradebook has marks, results/",
            id="no result",
        ),
    ],
)
def test_where_the_parts_of_a_record_differ(tmp_path, result, named, stored, said):
    store = ResultStore(tmp_path / "results" / UNIT)
    if named:
        store.notebook("student-01").parent.mkdir(parents=True)
        store.notebook("student-01").write_text(f'{{"metadata": {{"grading": {{"fingerprint": "{named}"}}}}}}')
    found = _difference(store, result, stored)
    assert found.startswith(said)
    assert bool(found) == bool(said)


def test_a_record_that_disagrees_is_refused_with_a_cure(tmp_path):
    (tmp_path / "solutions").mkdir()
    (tmp_path / "course.toml").write_text('course_id = "c"\nunits = []\n')
    course, results = Course(tmp_path), {name: replace(RESULT, student=name) for name in ("s1", "s2", "s3")}
    stored = dict.fromkeys(results, STORED)
    _refuse_disagreement(course, UNIT, results, stored)
    course.submitted("s2", UNIT).mkdir(parents=True)
    with pytest.raises(
        CourseError, match=r"record of s2 does not agree: .*; nothing was written; run '.*autograde"
    ):
        _refuse_disagreement(course, UNIT, results, stored | {"s2": {}})
    with pytest.raises(CourseError, match=r"record of s2 \(and of 1 more\) .*'python -m grading autograde"):
        _refuse_disagreement(course, UNIT, results, stored | {"s2": {}, "s3": {}})
    with pytest.raises(
        CourseError, match=r"nothing of s1 lies in submitted/: restore that, or .*students remove s1"
    ):
        _refuse_disagreement(course, UNIT, results, {})
    accepting = result_store(course, UNIT).accepting
    accepting.parent.mkdir(parents=True)
    accepting.write_text("")
    with pytest.raises(CourseError, match="marks of a regrade were being entered"):
        _refuse_disagreement(course, UNIT, results, stored)


def test_whose_marks_there_are(course):
    """Graded; graded and handed in anew; handed in only; left; and with a roster that is the class."""
    record(course, ["student-01", "student-02", "student-03"], 0.5)
    hand_in(course, "student-02", solved())
    hand_in(course, "student-04", own_notebook("student-04"))
    hand_in(course, "=1+1", solved())
    shutil.rmtree(course.root / "submitted" / "student-03")
    by_hand(course, "student-03", "who_moves_most", manual_score=1.0)
    marks = class_marks(course, UNIT)
    ids = [f"student-0{number}" for number in range(1, 5)]
    assert (list(marks.of), marks.students, marks.left, marks.stale) == (ids[:3], ids, [], ["student-02"])
    assert [cell.grade_id for cell in marks.of["student-01"].cells] == [name for name, _, _ in cells(course)]
    with pytest.raises(CourseError, match="student-04: no graded submission of"):
        class_marks(course, UNIT, ["student-04"])
    right = result_store(course, UNIT).latest()["student-01"]
    result_store(course, UNIT).save(replace(right, marks=(replace(right.marks[0], score=0.25), *right.marks[1:])))
    with pytest.raises(CourseError, match="record of student-01 does not agree"):
        class_marks(course, UNIT)
    assert list(class_marks(course, UNIT, ["student-02"]).of) == ["student-02"]
    result_store(course, UNIT).path(right.fingerprint).unlink()
    with pytest.raises(CourseError, match="student-01 does not agree: the gradebook has marks, results/ has none"):
        class_marks(course, UNIT)
    result_store(course, UNIT).save(right)
    (course.root / "roster.csv").write_text(
        "student,name,email,section\nstudent-01,Ann A,,x\nstudent-02,Bo B,b@x.example,y\nstudent-04,,,z\n"
    )
    marks = class_marks(course, UNIT)
    assert (list(marks.of), list(marks.students)) == (ids[:2], [ids[0], ids[1], ids[3]])
    assert (marks.left, list(marks.people)) == (["student-03"], list(marks.students))
    assert {"Ann A", "Bo B", "b@x.example"} <= set(marks.private)
    assert "" not in marks.private
    marks = class_marks(course, UNIT, section="y")
    assert (list(marks.of), marks.students, marks.left) == (["student-02"], ["student-02"], ["student-03"])
    with pytest.raises(CourseError, match="nobody with a graded submission is in section 'z'"):
        class_marks(course, UNIT, section="z")
    with pytest.raises(CourseError, match=r"roster.csv: student-03 is not in the class"):
        class_marks(course, UNIT, ["student-03"])
    (course.root / "roster.csv").write_text("student\nstudent-09\n")
    with pytest.raises(CourseError, match="nobody with a graded submission is in the class any more"):
        class_marks(course, UNIT)
    (course.root / "gradebook.db").unlink()
    with pytest.raises(CourseError, match="no gradebook yet"):
        class_marks(course, UNIT)


def test_whose_marks_are_of_an_earlier_submission(course):
    record(course, ["student-01", "student-02"])
    latest = result_store(course, UNIT).latest()
    of = {name: StudentMarks(result, (), {}) for name, result in latest.items()}
    assert handed_in_anew(course, UNIT, of) == []
    for name in of:
        hand_in(course, name, solved())
    assert handed_in_anew(course, UNIT, of) == ["student-01", "student-02"]
    failed = replace(latest["student-01"], fingerprint="failed-" + "f" * 25)
    earlier = replace(latest["student-02"], version="")
    assert latest["student-02"].version == VERSION
    assert handed_in_anew(course, UNIT, {r.student: StudentMarks(r, (), {}) for r in (failed, earlier)}) == []
    shutil.rmtree(course.root / "submitted" / "student-02")
    assert handed_in_anew(course, UNIT, of) == ["student-01"]
