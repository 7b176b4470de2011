"""The class is the roster: names reach every way out; a change of the class is whole, everywhere, and undone."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
from argparse import Namespace
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grading.__main__ import main
from grading.commands import to_grade
from grading.course import Course
from grading.errors import CourseError
from grading.gradebook.students import rows_of
from grading.lms.class_list import class_list
from grading.marks.students import changes, journal, moving
from grading.marks.students.holdings import digest, everybody
from tests.grading import lms_archives as lms
from tests.grading.conftest import ROOT, UNIT, hand_in, make_course
from tests.grading.recorded import by_hand, cells, own_notebook, record

PEOPLE = lms.students(4)
IDS = [person.id for person in PEOPLE]


def run(course, *words):
    return main(["--course", str(course.root), *words])


def roster(course, people=PEOPLE, sections=()):
    """roster.csv, with a remark of the teacher's in a column that no command knows."""
    rows = lms.roster_rows(people)
    rows = [
        [*row, ("section" if k == 0 else dict(sections).get(row[0], "")), "" if k else "remark"]
        for k, row in enumerate(rows)
    ]
    (course.root / "roster.csv").write_bytes(lms.table_bytes(rows))


def exported(course, *words):
    """Each student's row of the CSV export."""
    assert run(course, "export", UNIT, *words) in (0, 3)
    with (course.results / f"{UNIT}.csv").open(encoding="utf-8") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def scores(course):
    return {student: row["score"] for student, row in exported(course).items()}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Four people in the roster, three graded; the first's written answers are marked by hand."""
    course = make_course(tmp_path_factory.mktemp("class") / "course")
    roster(course)
    for share, student in enumerate(IDS[:3], 1):
        record(course, [student], share / 4)
    name = next(name for name, _, written in cells(course) if written)
    by_hand(course, IDS[0], name, manual_score=1.0)
    (course.root / "extensions.csv").write_text(f"student,unit,penalty\n{IDS[1]},{UNIT},0\n")
    return course


@pytest.fixture
def course(made, tmp_path):
    shutil.copytree(made.root, tmp_path / "course")
    return Course(tmp_path / "course")


# ---------------------------------------------------------------- names, and who handed in nothing


def test_names_and_addresses_reach_the_gradebook_the_export_the_page_and_the_report(course):
    from grading.gradebook.students import enter_people
    from grading.lms.class_list import gradebook_columns

    enter_people(course, gradebook_columns(class_list(course)))
    rows = {row["id"]: row for row in rows_of(course, IDS)["student"]}
    assert [rows[s.id]["email"] for s in PEOPLE] == [s.email for s in PEOPLE]
    assert (rows[IDS[0]]["first_name"], rows[IDS[0]]["last_name"]) == ("Student", "Number-01")
    row = exported(course)[IDS[0]]
    assert (row["name"], row["email"]) == (PEOPLE[0].name, PEOPLE[0].email)
    assert run(course, "feedback", UNIT) == 0
    page = course.feedback_page(IDS[0], UNIT).read_text(encoding="utf-8")
    assert f"Feedback for {PEOPLE[0].name} ({IDS[0]})" in page
    assert run(course, "report", UNIT) == 0
    assert PEOPLE[0].name in (course.results / f"{UNIT}-report" / "students.csv").read_text(encoding="utf-8")
    assert run(course, "report", UNIT, "--anonymous") == 0
    for path in (course.results / f"{UNIT}-report-anonymous").glob("*.csv"):
        assert PEOPLE[0].name not in path.read_text(encoding="utf-8")


def test_who_handed_in_nothing_has_a_row_and_a_zero_only_if_told(course):
    assert exported(course)[IDS[3]]["state"] == "missing"
    theirs = course.root.parent / "gradebook.csv"
    theirs.write_bytes(lms.canvas_gradebook(PEOPLE, points=f"{sum(points for _, points, _ in cells(course)):g}"))
    words = ("export", UNIT, "--format", "canvas", "--gradebook", str(theirs))
    for more, mark in (((), ""), (("--zeros",), "0")):
        assert run(course, *words, *more) == 0
        lines = (course.results / f"{UNIT}-canvas.csv").read_text().splitlines()
        line = next(line for line in lines if f",{IDS[3]}," in line)
        assert line.split(",")[-3] == mark


def test_work_handed_in_anew_has_no_mark_until_it_is_graded(course, capsys):
    hand_in(course, IDS[0], own_notebook(IDS[0], "anew"))
    hand_in(course, IDS[3], own_notebook(IDS[3]))
    rows = exported(course)
    assert {rows[s]["state"] for s in (IDS[0], IDS[3])} == {"to grade"}
    assert {rows[s]["score"] for s in (IDS[0], IDS[3])} == {""}
    theirs = course.root.parent / "gradebook.csv"
    theirs.write_bytes(lms.canvas_gradebook(PEOPLE, points=f"{sum(points for _, points, _ in cells(course)):g}"))
    words = ("--format", "canvas", "--gradebook", str(theirs), "--zeros", "--partial", "--overwrite")
    assert run(course, "export", UNIT, *words) == 3
    assert "not graded yet          2" in re.sub(r"(yet) +", r"\1          ", capsys.readouterr().out)
    lines = (course.results / f"{UNIT}-canvas.csv").read_text().splitlines()
    assert [line.split(",")[-3] for line in lines if f",{IDS[0]}," in line or f",{IDS[3]}," in line] == ["", ""]
    assert run(course, "feedback", UNIT) == 3
    assert sorted(path.name for path in (course.root / "feedback").iterdir()) == IDS[1:3]


# ---------------------------------------------------------------- add, remove, rename, merge, undo


def everything(course):
    """All that the folder holds, but for the lock."""
    kept = {}
    for path in sorted(course.root.rglob("*")):
        name = str(path.relative_to(course.root))
        if path.is_file() and not name.startswith(
            (".students", ".grading.lock", "gradebook.db", "submitted/.collect")
        ):
            kept[name] = path.read_bytes()
    rows = rows_of(course, everybody(course))
    return kept, {name: sorted(map(str, each)) for name, each in rows.items()}


CHANGES = {
    "add": ("add", "student-09", "--name", "Student Nine"),
    "remove": ("remove", IDS[0], IDS[3]),
    "remove, work kept": ("remove", IDS[0], "--keep-work"),
    "rename": ("rename", IDS[0], "U-77"),
    "merge": ("merge", IDS[1], IDS[0], "--keep", IDS[0]),
}


@pytest.mark.parametrize("words", CHANGES.values(), ids=CHANGES)
def test_each_change_is_undone_to_the_last_byte_but_for_pages_made_again(course, words):
    before = everything(course)
    assert run(course, "students", *words) == 0
    assert everything(course) != before
    assert run(course, "students", "undo") == 0
    assert everything(course) == before
    assert run(course, "students", "undo") == 1


def test_a_change_that_fails_half_way_changes_nothing(course, monkeypatch):
    before = everything(course)
    with monkeypatch.context() as patch:
        patch.setattr(moving, "replace_rows", lambda *_: (_ for _ in ()).throw(OSError(28, "no space", "x")))
        assert run(course, "students", "rename", IDS[0], "U-77") == 1
    assert everything(course) == before
    with monkeypatch.context() as patch:  # a kill: not even the cleaning up runs
        patch.setattr(moving, "replace_rows", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        patch.setattr(journal, "_restore", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert run(course, "students", "rename", IDS[0], "U-77") == 130
    assert everything(course) != before
    assert run(course, "students", "undo") == 1  # mends it first, and then there is nothing to undo
    assert everything(course) == before


def test_undo_refuses_what_has_changed_since(course, capsys):
    assert run(course, "students", "remove", IDS[0]) == 0
    roster(course, PEOPLE[:2])
    assert run(course, "students", "undo") == 1
    assert "have changed since" in capsys.readouterr().err


def test_a_removed_student_is_in_nothing_that_goes_out(course, capsys):
    assert run(course, "students", "remove", IDS[0]) == 0
    assert IDS[0] not in exported(course)
    assert run(course, "feedback", UNIT) == 0
    assert run(course, "report", UNIT) == 0
    assert not (course.root / "feedback" / IDS[0]).exists()
    assert IDS[0] not in (course.results / f"{UNIT}-report.html").read_text(encoding="utf-8")
    assert run(course, "feedback", UNIT, "--student", IDS[0]) == 1
    assert f"{IDS[0]} is not in the class" in capsys.readouterr().err


def test_work_of_somebody_not_in_the_roster_stays_and_is_told(course, capsys):
    assert run(course, "students", "remove", IDS[0], "--keep-work") == 0
    assert IDS[0] not in exported(course)
    assert f"left out, not in roster.csv: {IDS[0]}" in capsys.readouterr().out
    assert course.submitted(IDS[0], UNIT).exists()


def test_marks_follow_a_new_id_and_ids_that_are_exchanged(course):
    before = scores(course)
    assert run(course, "students", "rename", IDS[0], "U-77") == 0
    assert scores(course) == {**{s: before[s] for s in IDS[1:]}, "U-77": before[IDS[0]]}
    changes.rename(course, {IDS[1]: IDS[2], IDS[2]: IDS[1]})
    now = scores(course)
    assert (now[IDS[1]], now[IDS[2]]) == (before[IDS[2]], before[IDS[1]])
    assert {row["state"] for s, row in exported(course).items() if s != IDS[3]} == {"graded"}
    assert (course.root / "extensions.csv").read_text().splitlines()[1].startswith(IDS[2])
    assert (
        (course.root / "roster.csv")
        .read_text()
        .startswith("student,name,email,lms_id,login,sis_id,section,remark")
    )


def test_stale_work_is_stale_under_a_new_id_too(course):
    hand_in(course, IDS[0], own_notebook(IDS[0], "anew"))
    assert run(course, "students", "rename", IDS[0], "U-77") == 0
    assert exported(course)["U-77"]["state"] == "to grade"


def test_of_two_ids_the_later_work_counts_or_that_of_the_id_to_keep(course, capsys):
    before = scores(course)
    assert run(course, "students", "merge", IDS[0], IDS[1]) == 1
    assert "it is not known which is later" in capsys.readouterr().err
    for student, day in ((IDS[0], 2), (IDS[1], 1)):
        (course.submitted(student, UNIT) / "timestamp.txt").write_text(f"2026-10-0{day} 12:00:00 UTC")
    assert run(course, "students", "merge", IDS[0], IDS[1]) == 0
    assert scores(course) == {IDS[1]: before[IDS[0]], IDS[2]: before[IDS[2]], IDS[3]: before[IDS[3]]}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("remove", "student-99"), "nothing of such a student"),
        (("rename", IDS[0], IDS[1]), "there is work under this id already"),
        (("rename", IDS[0], "../x"), "cannot be a student's id"),
        (("add", IDS[0]), "is in the class already"),
        (("add",), "name one student, or a list"),
        (("merge", IDS[0], IDS[0]), "name two ids"),
        (("remove", *IDS), "would leave nobody"),
        (("forget", "student-99", "--yes"), "nothing of such a student"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_changes_nothing(course, capsys, words, says):
    before = everything(course)
    assert run(course, "students", *words) == 1
    said = capsys.readouterr().err
    assert says in said
    assert len(said.splitlines()) == 1
    assert everything(course) == before


STEP = st.one_of(
    st.tuples(st.just("remove"), st.sampled_from(IDS)),
    st.tuples(st.just("rename"), st.sampled_from(IDS), st.sampled_from(["a", "b", *IDS])),
    st.tuples(st.just("merge"), st.sampled_from(IDS), st.sampled_from(IDS)),
    st.tuples(st.just("add"), st.sampled_from(["a", "b"])),
)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEP, min_size=2, max_size=4))
def test_any_history_is_undone_step_by_step(made, tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("history") / "course"
    shutil.copytree(made.root, folder)
    course, states = Course(folder), []
    for step in steps:
        states.append(digest(course, everybody(course)))
        more = ["--keep", step[2]] if step[0] == "merge" else []
        if run(course, "students", *step, *more) != 0:
            assert digest(course, everybody(course)) == states.pop()
    for state in reversed(states):
        assert run(course, "students", "undo") == 0
        assert digest(course, everybody(course)) == state


# ---------------------------------------------------------------- the same people under other ids


@pytest.fixture
def without_roster(tmp_path):
    course = make_course(tmp_path / "course")
    archive = course.root / "submissions.zip"
    files = [(lms.canvas_name(s, f"{UNIT}.ipynb"), json.dumps(own_notebook(s.id)).encode()) for s in PEOPLE]
    archive.write_bytes(lms.zip_bytes(files))
    (course.root / "gradebook.csv").write_bytes(lms.canvas_gradebook(PEOPLE))
    assert run(course, "collect", str(archive), UNIT) == 0
    return course


def folders(course):
    return sorted(path.name for path in course.submissions.iterdir() if path.name[0] != ".")


def test_collecting_the_same_people_under_other_ids_is_refused_before_anything_is_written(without_roster, capsys):
    course = without_roster
    before = folders(course)
    capsys.readouterr()
    words = ("collect", str(course.root / "submissions.zip"), UNIT, "--roster", str(course.root / "gradebook.csv"))
    assert run(course, *words) == 1
    said = capsys.readouterr().err
    assert "4 people have work in place under another id" in said
    assert folders(course) == before
    assert not (course.root / "roster.csv").exists()
    assert run(course, "students", "add", "--from", str(course.root / "gradebook.csv")) == 3
    assert run(course, *words) == 1
    assert run(course, "students", "match") == 0
    assert folders(course) == IDS
    assert run(course, *words) == 0
    assert folders(course) == IDS
    assert run(course, "students", "undo") == 0
    assert folders(course) == before


def test_files_that_nobody_recorded_are_the_same_people_if_most_are_the_same(without_roster, capsys):
    course = without_roster
    for path in course.submissions.glob("*/*/.collected.json"):
        path.unlink()
    roster(course)
    assert run(course, "collect", str(course.root / "submissions.zip"), UNIT) == 1
    assert "under another id" in capsys.readouterr().err
    assert run(course, "collect", str(course.root / "submissions.zip"), UNIT, "--beside") == 0
    assert len(folders(course)) == 8


def test_a_platforms_list_beside_the_roster_keeps_the_rosters_ids(course):
    worksheet = course.root.parent / "worksheet.csv"
    rows = lms.moodle_worksheet(PEOPLE, times=lms.moodle_times(PEOPLE)).decode("utf-8-sig")
    worksheet.write_text(re.sub(r",student-(\d\d),", r",X\1,", rows))  # other numbers than the roster's
    archive = course.root.parent / "download.zip"
    files = [(lms.moodle_name(s, f"{UNIT}.ipynb"), json.dumps(own_notebook(s.id)).encode()) for s in PEOPLE]
    archive.write_bytes(lms.zip_bytes(files))
    assert run(course, "collect", str(archive), UNIT, "--roster", str(worksheet), "--force") == 0
    assert folders(course) == IDS
    assert (course.submitted(IDS[0], UNIT) / "timestamp.txt").exists()


def test_a_course_without_a_roster_gets_it_from_the_list_of_its_first_collection(tmp_path):
    course = make_course(tmp_path / "course")
    (course.root / "worksheet.csv").write_bytes(lms.moodle_worksheet(PEOPLE))
    archive = course.root / "download.zip"
    archive.write_bytes(lms.zip_bytes([(lms.moodle_name(PEOPLE[0], f"{UNIT}.ipynb"), lms.notebook())]))
    assert run(course, "collect", str(archive), UNIT, "--roster", str(course.root / "worksheet.csv")) == 0
    people = class_list(course)
    assert list(people) == IDS
    assert {person.lms_id for person in people.values()} == {""}  # Moodle's number is of this assignment only


# ---------------------------------------------------------------- sections


def test_a_section_is_filtered_and_has_a_deadline_of_its_own(course, capsys):
    roster(course, sections={IDS[0]: "Monday", IDS[1]: "Tuesday", IDS[2]: "Monday"})
    path = course.root / "course.toml"
    path.write_text(
        path.read_text() + f"\n[late]\nper_day = 0.1\n[dates.{UNIT}]\ndeadline = 2026-10-01T12:00:00Z\n"
        'sections = { "Tuesday" = 2026-10-03T12:00:00Z }\n'
    )
    for student in IDS[:3]:
        (course.submitted(student, UNIT) / "timestamp.txt").write_text("2026-10-02 10:00:00 UTC")
    (course.root / "extensions.csv").unlink()
    late = {student: row["late"] for student, row in exported(course).items()}
    assert (late[IDS[0]], late[IDS[1]]) == ("late by 22 h: -10 %", "")
    assert list(exported(course, "--section", "Monday")) == [IDS[0], IDS[2]]
    assert run(course, "report", UNIT, "--section", "Monday") == 0
    assert (course.results / f"{UNIT}-report-Monday.html").exists()
    capsys.readouterr()
    assert run(course, "return", UNIT, "--lms", "mail", "--section", "Tuesday", "--partial") == 0
    assert "1 page on the way home" in capsys.readouterr().out
    for command in ("export", "autograde", "regrade", "return --lms mail"):
        assert run(course, *command.split(), UNIT, "--section", "Friday") == 1
        assert "there are: Monday, Tuesday" in capsys.readouterr().err


def test_a_section_is_graded_by_those_of_it_who_handed_in(course):
    roster(course, sections={IDS[0]: "Monday", IDS[1]: "Tuesday", IDS[2]: "Monday", IDS[3]: "Friday"})
    asked = Namespace(student=[], section="Monday")
    assert to_grade(course, UNIT, asked) == [IDS[0], IDS[2]]
    assert to_grade(course, UNIT, Namespace(student=[IDS[1]], section="")) == [IDS[1]]
    with pytest.raises(CourseError, match="nobody of section 'Friday' handed in"):
        to_grade(course, UNIT, Namespace(student=[], section="Friday"))


# ---------------------------------------------------------------- what is kept, and for how long


def test_all_that_is_personal_is_ignored_by_git(course):
    names = [
        "roster.csv",
        "extensions.csv",
        "submitted/x",
        "results/x",
        ".students/0001/change.json",
        "gradebook.csv",
        *("download (1).zip", "gradecentre.xls"),
    ]
    done = subprocess.run(["git", "check-ignore", *names], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == names


def test_what_is_kept_of_whom_and_until_when(course, capsys):
    path = course.root / "course.toml"
    path.write_text("keep_days = 30\n" + path.read_text())
    capsys.readouterr()
    assert run(course, "students", "kept", IDS[0], "--json") == 0
    (kept,) = json.loads(capsys.readouterr().out)
    assert {"roster.csv", "gradebook", "results/", f"submitted/{IDS[0]}/"} <= set(kept["kept"])
    until = datetime.fromisoformat(kept["until"]) - datetime.fromisoformat(kept["newest"])
    assert until.days == 30
    assert run(course, "students", "forget", "--expired", "--yes") == 1  # nobody's time is over


def test_who_is_forgotten_is_nowhere_in_the_folder(course, capsys):
    assert run(course, "feedback", UNIT) == 0
    exported(course)
    assert run(course, "report", UNIT) == 0
    assert run(course, "students", "rename", IDS[1], "U-77") == 0
    assert run(course, "students", "forget", IDS[0]) == 0
    assert course.submitted(IDS[0], UNIT).exists()  # only told so far
    assert run(course, "students", "forget", IDS[0], "--yes") == 0
    words = re.compile(rb"(?<![\w.-])" + re.escape(IDS[0].encode()) + rb"(?![\w-])|" + PEOPLE[0].email.encode())
    left = [path for path in course.root.rglob("*") if path.is_file() and words.search(path.read_bytes())]
    assert left == []
    assert IDS[0] not in str(list(course.root.rglob("*")))
    assert set(scores(course)) == {"U-77", IDS[2], IDS[3]}


def test_a_homonym_is_matched_by_nothing_but_ids(course):
    from grading.lms.directory import Directory
    from grading.lms.roster import Person

    people = [Person("a", "Student One", email="a@x.example"), Person("b", "Student Two", email="b@x.example")]
    directory = Directory(people)
    assert directory.match(Person(name="Student One", email="c@x.example")).person is None
    assert directory.match(Person(login="a", email="b@x.example", student="a")).candidates == ("b", "a")
