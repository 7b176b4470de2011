"""Collecting: each platform's naming, each kind of mess reported, later over earlier, nothing lost or dropped."""

from __future__ import annotations

import csv
import json
import random
import subprocess
import sys
import time
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from grading.__main__ import main
from grading.autograde.run import autograde
from grading.course import Course
from grading.errors import CourseError
from grading.intake.collect import collect
from grading.intake.report import report_csv, report_table
from grading.intake.shelf import RECORD, open_shelf, provenance
from grading.intake.submitted import submitted_at
from grading.lms.directory import Directory
from grading.lms.roster import Person, read_roster
from grading.report.handback.outgoing import _another_than
from tests.grading import lms_archives as lms
from tests.grading.conftest import OTHER, UNIT, two_units

PEOPLE = lms.students(12)
NB = f"{UNIT}.ipynb"


@pytest.fixture
def course(tmp_path):
    return two_units(tmp_path / "course")


@pytest.fixture
def roster(course):
    path = course.root / "roster.csv"
    path.write_bytes(lms.table_bytes(lms.roster_rows(PEOPLE)))
    return path


def archive(course, files, name="download.zip", **how):
    path = course.root.parent / name
    path.write_bytes(files if isinstance(files, bytes) else lms.zip_bytes(files, **how))
    return path


def by_student(report):
    return {line.student: line for line in report.lines if line.student}


def submitted(course, student, name=NB):
    return course.root / "submitted" / student / UNIT / name


# ---------------------------------------------------------------- each platform's naming


def test_canvas_names_are_understood(course, roster):
    files = [(lms.canvas_name(s, NB, late=s.number == 3), lms.notebook(s.number)) for s in PEOPLE[:6]]
    files[1] = (lms.canvas_name(PEOPLE[1], f"{UNIT}-1.ipynb"), lms.notebook(2))
    files += [(lms.canvas_name(PEOPLE[0], "notes.csv", number=5), b"1,2\n")]
    report = collect(course, UNIT, archive(course, files), lms="canvas", roster=roster)
    lines = by_student(report)
    assert {s.id for s in PEOPLE[:6]} == {line.student for line in report.of("collected")}
    assert all(lines[s.id].matched == "lms id" for s in PEOPLE[:6])
    assert [line.student for line in lines.values() if line.late] == ["student-03"]
    assert submitted(course, "student-01", "notes.csv").read_bytes() == b"1,2\n"
    assert [line.student for line in report.of("missing")] == [s.id for s in PEOPLE[6:]]
    assert not submitted(course, "student-01", "timestamp.txt").exists()
    assert "Canvas's zip does not tell when" in report_table(report)


def test_canvas_typed_answers_links_and_anonymous_names_are_told(course, roster):
    files = [
        (f"studentone_{PEOPLE[0].canvas}_text.html", b"<p>my answer</p>"),
        (f"studenttwo_LATE_{PEOPLE[1].canvas}_link.html", b"<a>link</a>"),
        (f"anon_Ab3dE_77_{NB}", lms.notebook()),
        (f"anon_LATE_1_{NB}", lms.notebook()),
        ("readme.md", b"?"),
    ]
    report = collect(course, UNIT, archive(course, files), lms="canvas", roster=roster)
    assert ["a typed answer, not graded" in line.notes for line in report.of("no notebook")] == [True, False]
    assert any("anon_Ab3dE" in line.notes[0] for line in report.of("not matched"))
    assert [line.source for line in report.of("not understood")] == ["readme.md"]


def test_a_canvas_student_cannot_pass_for_another_by_a_files_name(course, roster):
    victim = PEOPLE[1]
    forged = f"{PEOPLE[0].canvas}_1_{victim.id}_{victim.canvas}_2_{NB}"
    report = collect(course, UNIT, archive(course, [(f"x_{forged}", lms.notebook())]), lms="canvas", roster=roster)
    assert [line.student for line in report.of("collected")] == [PEOPLE[0].id]


def test_canvas_names_match_without_ids(course, tmp_path):
    roster = tmp_path / "names.csv"
    roster.write_bytes(lms.table_bytes([["student", "name"], *([s.id, s.name] for s in PEOPLE)]))
    files = [(lms.canvas_name(s, NB), lms.notebook(s.number)) for s in PEOPLE]
    report = collect(course, UNIT, archive(course, files), lms="canvas", roster=roster)
    assert [line.student for line in report.of("collected")] == [s.id for s in PEOPLE]
    assert {line.matched for line in report.of("collected")} <= {"name", "name without accents"}


@pytest.mark.parametrize("flat", [False, True], ids=["folders", "flat"])
def test_moodle_names_are_understood(course, tmp_path, flat):
    worksheet = tmp_path / "worksheet.csv"
    times = lms.moodle_times(PEOPLE)
    worksheet.write_bytes(lms.moodle_worksheet(PEOPLE, times=times, late={10: "20 hours"}))
    files = [(lms.moodle_name(s, NB, flat=flat), lms.notebook(s.number)) for s in PEOPLE]
    files.append((lms.moodle_name(PEOPLE[0], "onlinetext.html", flat=flat, kind="onlinetext"), b"<p>hello</p>"))
    report = collect(course, UNIT, archive(course, files), lms="moodle", roster=worksheet)
    lines = by_student(report)
    assert [line.student for line in report.of("collected")] == [s.id for s in PEOPLE]
    assert "a typed answer, not graded" in lines["student-01"].notes
    assert [line.student for line in lines.values() if line.late] == ["student-10"]
    stamp = submitted_at(submitted(course, "student-10").parent)
    assert stamp == datetime(2026, 10, 2, 18, 59, tzinfo=UTC)  # 19:59 in London's summer


def test_a_moodle_student_cannot_pass_for_another_by_a_folders_name(course, roster):
    inner = lms.moodle_name(PEOPLE[1], NB)
    for flat in (False, True):
        files = [
            (lms.moodle_name(PEOPLE[0], inner, flat=flat), lms.notebook()),
            (lms.moodle_name(PEOPLE[2], NB), lms.notebook()),
        ]
        report = collect(course, UNIT, archive(course, files), lms="moodle", roster=roster, force=True)
        assert [line.student for line in report.of("collected")] == [PEOPLE[0].id, PEOPLE[2].id]


def test_a_number_that_canvas_gave_is_none_of_moodles(course, roster):
    """The roster's ids are Canvas's; a participant's number may happen to be another student's."""
    name = f"{PEOPLE[0].name}_{PEOPLE[1].canvas}_assignsubmission_file_/{NB}"
    report = collect(course, UNIT, archive(course, [(name, lms.notebook())]), lms="moodle", roster=roster)
    assert [(line.student, line.matched) for line in report.of("collected")] == [("student-01", "name")]


@dataclass(frozen=True)
class Namesake(lms.Student):
    """One of several students of one name."""

    @property
    def name(self):
        return "Alex Student"


def test_moodles_worksheet_tells_namesakes_apart_once_and_a_later_collect_knows_it(course, tmp_path):
    people = [Namesake(1), Namesake(2), lms.Student(3)]
    (course.root / "roster.csv").write_bytes(lms.table_bytes(lms.roster_rows(people)))
    worksheet = tmp_path / "w.csv"
    worksheet.write_bytes(lms.moodle_worksheet(people, times=dict.fromkeys((1, 2, 3), lms.DEADLINE)))
    path = archive(course, [(lms.moodle_name(s, NB), lms.notebook(s.number)) for s in people])
    report = collect(course, UNIT, path, lms="moodle", roster=worksheet)
    assert [line.student for line in report.of("collected")] == [s.id for s in people]
    told = {s.id: provenance(submitted(course, s.id).parent) for s in people}
    directory = Directory(read_roster(course.root / "roster.csv"))

    def hers(student):
        origin = provenance(submitted(course, student).parent)
        return not _another_than(student, directory.match(Person(student=student)).person, origin, directory)

    assert all(hers(s.id) for s in people)
    report = collect(course, UNIT, path, lms="moodle", roster=None)
    assert {line.student: line.change for line in report.lines} == dict.fromkeys(told, "unchanged")
    assert {s.id: provenance(submitted(course, s.id).parent) for s in people} == told
    assert told["student-03"].handed_in
    assert submitted(course, "student-03", "timestamp.txt").exists()
    later = [(lms.moodle_name(s, NB), lms.notebook(s.number + 10)) for s in people]
    path = archive(course, later, "later.zip", date=datetime(2026, 10, 5))
    report = collect(course, UNIT, path, lms="moodle", roster=None)
    assert {line.student: line.change for line in report.lines} == dict.fromkeys(told, "updated")
    assert all(f"# number {s.number + 10}" in submitted(course, s.id).read_text() for s in people)
    assert all(hers(s.id) for s in people)


@pytest.mark.parametrize("told", ["nothing", "another assignment", "another's name"])
def test_namesakes_of_whom_nothing_sure_was_told_are_asked_about_and_not_called_missing(course, told):
    people = [Namesake(1), Namesake(2), lms.Student(3)]
    (course.root / "roster.csv").write_bytes(lms.table_bytes(lms.roster_rows(people)))
    held = course.root / "submitted" / "student-01" / (OTHER if told == "another assignment" else UNIT)
    held.mkdir(parents=True)
    name = people[2].name if told == "another's name" else people[0].name
    record = {"lms": "moodle", "lms_id": people[0].participant, "name": name}
    (held / RECORD).write_text(json.dumps(record if told != "nothing" else {}))
    path = archive(course, [(lms.moodle_name(s, NB), lms.notebook(s.number)) for s in people[:2]])
    report = collect(course, UNIT, path, lms="moodle")
    assert len(report.of("not matched")) == 2
    assert "worksheet" in report.of("not matched")[0].notes[0]
    assert [line.student for line in report.of("missing")] == ["student-03"]


def test_numbers_that_the_roster_has_the_wrong_way_round_put_nobodys_work_under_anothers_id(course):
    rows = lms.roster_rows(people := lms.students(3))
    column = rows[0].index("lms_id")
    rows[1][column], rows[2][column] = rows[2][column], rows[1][column]
    (course.root / "roster.csv").write_bytes(lms.table_bytes(rows))
    path = archive(course, [(lms.canvas_name(s, NB), lms.notebook(s.number)) for s in people])
    report = collect(course, UNIT, path, lms="canvas")
    assert [line.student for line in report.of("collected")] == ["student-03"]
    assert "by lms id it is student-02, by name student-01" in report.of("not matched")[0].notes[0]
    assert not report.of("missing")


@pytest.mark.parametrize("platform", ["canvas", "moodle"])
@pytest.mark.parametrize("both", [True, False], ids=["beside their own", "alone"])
def test_an_account_of_ones_name_with_another_number_is_not_taken_for_theirs(course, tmp_path, platform, both):
    """A second account, or somebody of the same name who is not in the class."""
    people, other = lms.students(2), lms.Student(2)
    name, table = {
        "canvas": (lms.canvas_name, lms.canvas_gradebook),
        "moodle": (lms.moodle_name, lms.moodle_worksheet),
    }[platform]
    numbers = (other.canvas, other.participant)
    listed = tmp_path / "list.csv"
    listed.write_bytes(table(people))
    strange = name(other, NB).replace(numbers[0], "79").replace(numbers[1], "79")
    files = [(strange, lms.notebook(9)), *([(name(other, NB), lms.notebook(2))] if both else [])]
    report = collect(course, UNIT, archive(course, files), lms=platform, roster=listed)
    assert [line.student for line in report.of("collected")] == (["student-02"] if both else [])
    assert "another person or account" in report.of("not matched")[0].notes[0]
    assert [line.student for line in report.of("missing")] == ["student-01"]


def test_times_without_a_zone_are_told_to_be_read_as_utc(course, roster):
    settings = course.root / "course.toml"
    settings.write_text(settings.read_text().replace('timezone = "Europe/London"', ""))
    path = archive(course, lms.blackboard_files(PEOPLE[0], [(NB, lms.notebook())]))
    report = collect(Course(course.root), UNIT, path, lms="blackboard", roster=roster)
    assert "read as UTC" in report_table(report)


def test_moodle_groups_hand_in_for_each_member(course, tmp_path):
    roster = tmp_path / "r.csv"
    rows = [["student", "name", "group"], *([s.id, s.name, "Group-A" if s.number < 3 else "B"] for s in PEOPLE)]
    roster.write_bytes(lms.table_bytes(rows))
    files = [(f"Group-A-{s.name}_{s.participant}_assignsubmission_file_/{NB}", lms.notebook()) for s in PEOPLE[:3]]
    report = collect(course, UNIT, archive(course, files), lms="moodle", roster=roster)
    assert [line.student for line in report.of("collected")] == ["student-01", "student-02"]
    assert len(report.of("not matched")) == 1


def test_moodles_times_are_read_in_both_orders_and_others_are_told(course, tmp_path):
    worksheet = tmp_path / "w.csv"
    text = lms.moodle_worksheet(PEOPLE[:3], times={1: lms.DEADLINE, 2: lms.DEADLINE, 3: lms.DEADLINE}).decode(
        "utf-8-sig"
    )
    rows = list(csv.reader(text.splitlines()))
    rows[2][8], rows[3][8] = "Thursday, October 1, 2026, 12:30 AM", "Donnerstag, 1. Oktober 2026, 13:05"
    worksheet.write_bytes(lms.table_bytes(rows))
    files = [(lms.moodle_name(s, NB), lms.notebook()) for s in PEOPLE[:3]]
    lines = by_student(collect(course, UNIT, archive(course, files), lms="moodle", roster=worksheet))
    assert f"{lines['student-02'].handed_in:%H:%M}" == "00:30"
    assert lines["student-03"].handed_in is None
    assert any("time not understood" in note for note in lines["student-03"].notes)


def test_blackboard_attempts_are_understood_and_the_latest_counts(course, roster):
    early, late = lms.DEADLINE - timedelta(days=1), lms.DEADLINE + timedelta(hours=3)
    files = lms.blackboard_files(PEOPLE[0], [(NB, lms.notebook(1))], when=early)
    files += lms.blackboard_files(
        PEOPLE[0], [("my work.ipynb", lms.notebook(2))], when=late, comment="sorry, late!"
    )
    files += lms.blackboard_files(PEOPLE[1], [(NB, lms.notebook(3))], when=early)
    files += lms.blackboard_files(PEOPLE[1], [("oops.pdf", b"%PDF")], when=late)
    report = collect(course, UNIT, archive(course, files), lms="blackboard", roster=roster)
    lines = by_student(report)
    assert b"# number 2" in submitted(course, "student-01").read_bytes()
    assert "wrote to the marker: sorry, late!" in lines["student-01"].notes
    assert any(note.startswith("another attempt, not graded") for note in lines["student-01"].notes)
    assert submitted_at(submitted(course, "student-01").parent) == datetime(2026, 10, 2, 1, 59, tzinfo=UTC)
    assert b"# number 3" in submitted(course, "student-02").read_bytes()
    assert any("an earlier one is taken" in note for note in lines["student-02"].notes)


def test_a_blackboard_student_cannot_pass_for_another_or_change_the_time(course, roster):
    forged = f"x_{PEOPLE[1].id}_attempt_2020-01-01-00-00-00_{NB}"
    files = lms.blackboard_files(PEOPLE[0], [(forged, lms.notebook())])
    report = collect(course, UNIT, archive(course, files), lms="blackboard", roster=roster)
    assert [(line.student, line.handed_in.replace(tzinfo=None)) for line in report.of("collected")] == [
        ("student-01", lms.DEADLINE)
    ]


def test_gradescope_groups_times_and_missing_folders(course, roster):
    metadata = lms.gradescope_metadata(
        [
            (11, PEOPLE[:1], "2026-10-01 21:10:22.340823000 Z"),
            (12, PEOPLE[1:3], "2026-10-02 07:00:00.000000000 -07:00"),
            (13, PEOPLE[3:4], "2026-10-01 21:10:22 Z"),
        ]
    )
    files = [("assignment_5_export/submission_metadata.yml", metadata)]
    files += [(f"assignment_5_export/submission_11/{NB}", lms.notebook(1))]
    files += [(f"assignment_5_export/submission_12/answers/{NB}", lms.notebook(2))]
    files += [(f"assignment_5_export/submission_99/{NB}", lms.notebook(2))]
    report = collect(course, UNIT, archive(course, files), lms="gradescope", roster=roster)
    lines = by_student(report)
    assert [line.student for line in report.of("collected")] == ["student-01", "student-02", "student-03"]
    assert "handed in by a group of 2" in lines["student-02"].notes
    assert lines["student-03"].handed_in.astimezone(UTC) == datetime(2026, 10, 2, 14, 0, tzinfo=UTC)
    assert lines["student-04"].state == "no notebook"
    assert [line.source for line in report.of("not understood")] == [f"assignment_5_export/submission_99/{NB}"]


@pytest.mark.parametrize(
    "metadata",
    [b"", b"- a\n- b\n", b"a: [", b"!!python/object/apply:os.system ['true']", b"\xff\xfe\x00", b"a: &a [*a, *a]"],
    ids=["empty", "a list", "not YAML", "a command", "not text", "a loop"],
)
def test_gradescopes_list_may_be_anything(course, metadata):
    path = archive(course, [("submission_metadata.yml", metadata), (f"submission_1/{NB}", lms.notebook())])
    with pytest.raises(CourseError):
        collect(course, UNIT, path, lms="gradescope")


@pytest.mark.parametrize(
    "name",
    [
        "{s}/{nb}",
        "{s}/{unit}/{nb}",
        "{s}_{nb}",
        "{s}-{unit}.ipynb",
        "{s}.ipynb",
        "wrapped/{s}/{nb}",
        "wrapped/{s}_{unit}-final.ipynb",
    ],
)
def test_folders_are_understood(course, roster, name):
    files = [(name.format(s=s.id, nb=NB, unit=UNIT), lms.notebook(s.number)) for s in PEOPLE[:3]]
    report = collect(course, UNIT, archive(course, files), lms="folder", roster=roster)
    assert [line.student for line in report.of("collected")] == [s.id for s in PEOPLE[:3]]
    assert not report.of("not understood")


def test_a_folder_of_one_student_is_not_taken_for_a_wrapper(course, roster):
    report = collect(
        course, UNIT, archive(course, [(f"student-01/{NB}", lms.notebook())]), lms="folder", roster=roster
    )
    assert [line.student for line in report.of("collected")] == ["student-01"]


def test_an_unpacked_folder_serves_as_well_and_a_stamp_beside_the_notebook_counts(course, tmp_path):
    for s in PEOPLE[:2]:
        folder = tmp_path / "unpacked" / s.id / UNIT
        folder.mkdir(parents=True)
        (folder / NB).write_bytes(lms.notebook())
        (folder / "timestamp.txt").write_text("2026-10-01 20:00:00 UTC")
        other = tmp_path / "unpacked" / s.id / OTHER
        other.mkdir()
        (other / f"{OTHER}.ipynb").write_bytes(b"{}")
    report = collect(course, UNIT, tmp_path / "unpacked", lms="folder")
    assert [line.student for line in report.of("collected")] == ["student-01", "student-02"]
    assert len(report.of("passed over")) == 2
    assert submitted_at(submitted(course, "student-01").parent) == datetime(2026, 10, 1, 20, tzinfo=UTC)


def test_without_a_roster_students_are_called_as_the_platform_calls_them(course):
    report = collect(
        course, UNIT, archive(course, [(lms.canvas_name(PEOPLE[0], NB), lms.notebook())]), lms="canvas"
    )
    assert [line.student for line in report.of("collected")] == [PEOPLE[0].canvas]
    files = [(lms.moodle_name(s, NB), lms.notebook()) for s in PEOPLE]
    report = collect(course, UNIT, archive(course, files), lms="moodle")
    assert len(report.of("collected")) == 12
    twins = [(f"Twin Name_{number}_assignsubmission_file_/{NB}", lms.notebook(number)) for number in (1, 2)]
    report = collect(course, UNIT, archive(course, twins), lms="moodle")
    assert [line.state for line in report.lines] == ["not matched", "not matched"]
    assert "2 accounts fit Twin Name (1, 2)" in report.lines[0].notes[0]


def test_a_canvas_group_hands_in_for_its_members(course, tmp_path):
    roster = tmp_path / "r.csv"
    roster.write_bytes(b"student,group\nstudent-01,Blue Team\nstudent-02,Blue Team\nstudent-03,Red\n")
    report = collect(
        course, UNIT, archive(course, [(f"blueteam_991_5_{NB}", lms.notebook())]), lms="canvas", roster=roster
    )
    assert [(line.student, line.matched) for line in report.of("collected")] == [
        ("student-01", "group Blue Team"),
        ("student-02", "group Blue Team"),
    ]


def test_names_in_utf8_without_the_flag_and_in_either_normal_form_match(course, roster):
    files = [
        (unicodedata.normalize(form, lms.moodle_name(s, NB)), lms.notebook())
        for s, form in zip(PEOPLE[6:10], ("NFC", "NFD") * 2, strict=True)
    ]
    path = archive(course, lms.unflagged(lms.zip_bytes(files)))
    report = collect(course, UNIT, path, lms="moodle", roster=roster)
    assert [line.student for line in report.of("collected")] == [s.id for s in PEOPLE[6:10]]


def test_the_wrong_platform_is_named(course):
    path = archive(course, [(lms.moodle_name(s, NB), lms.notebook()) for s in PEOPLE])
    with pytest.raises(CourseError, match="it looks like moodle's: --lms moodle"):
        collect(course, UNIT, path, lms="blackboard")


# ---------------------------------------------------------------- each kind of mess


@pytest.mark.parametrize("mess", [pytest.param(mess, id=mess.name) for mess in lms.MESSES])
@pytest.mark.parametrize("platform", ["canvas", "moodle"])
def test_each_oddity_is_reported(course, roster, mess, platform):
    name = lms.canvas_name if platform == "canvas" else lms.moodle_name
    files = [(name(PEOPLE[0], file), data) for file, data in mess.files(lms.notebook(77))]
    report = collect(course, UNIT, archive(course, files), lms=platform, roster=roster)
    line = by_student(report)["student-01"]
    assert line.state == mess.state
    assert mess.says in "; ".join(line.notes)
    assert mess.says in report_csv(report).replace('""', '"')
    held = submitted(course, "student-01")
    assert held.is_file() == (mess.state in ("collected", "unreadable"))
    if mess.state == "collected":
        assert b"# number 77" in held.read_bytes()
    graded = {path.name for path in held.parent.iterdir()} - {NB, RECORD}
    assert not any(name.endswith(".ipynb") or name == "timestamp.txt" for name in graded)


def test_what_collect_cannot_read_grading_names(course, roster):
    files = [(lms.canvas_name(s, f), d) for s, made, _ in lms.class_of(12) for f, d in made]
    collect(course, UNIT, archive(course, files), lms="canvas", roster=roster)
    results = {result.student: result for result in autograde(course, UNIT).results}
    for student, _, mess in lms.class_of(12):
        states = {"collected": "graded", "unreadable": "malformed"}
        assert results[student.id].state == states.get(mess.state, "missing"), mess.name
    assert "found homework.pdf" in results["student-04"].note


def test_nothing_of_the_archive_is_dropped_silently(course, roster):
    files = [(lms.canvas_name(s, f), d) for s, made, _ in lms.class_of(12) for f, d in made]
    files += [("stray.txt", b""), ("__MACOSX/._x", b""), ("../up.ipynb", b"")]
    report = collect(course, UNIT, archive(course, files), lms="canvas", roster=roster)
    told = report_csv(report)
    for name, _ in files:
        owner = next((s.id for s in PEOPLE if f"_{s.canvas}_" in name), None)
        assert name in told or (owner is not None and owner in told), name
    rows = list(csv.DictReader(told.splitlines()))
    assert {row["state"] for row in rows} >= {
        "collected",
        "unreadable",
        "refused",
        "not understood",
        "passed over",
    }


# ---------------------------------------------------------------- again, later, earlier


def one(course, number, *, order=1, date=None, name="a.zip"):
    return archive(course, [(lms.canvas_name(PEOPLE[0], NB, number=order), lms.notebook(number))], name, date=date)


def change(report):
    return by_student(report)["student-01"].change


def test_collecting_again_changes_nothing(course, roster):
    path = one(course, 1)
    assert change(collect(course, UNIT, path, lms="canvas", roster=roster)) == "new"
    before = submitted(course, "student-01").stat().st_mtime_ns
    assert change(collect(course, UNIT, path, lms="canvas", roster=roster)) == "unchanged"
    assert submitted(course, "student-01").stat().st_mtime_ns == before
    assert [p.name for p in (course.root / "submitted").iterdir() if p.name.startswith(".collect-")] == []


def test_a_later_archive_updates_and_an_earlier_one_does_not(course, roster):
    first, second = one(course, 1, order=10, name="a.zip"), one(course, 2, order=20, name="b.zip")
    collect(course, UNIT, first, lms="canvas", roster=roster)
    assert change(collect(course, UNIT, second, lms="canvas", roster=roster)) == "updated"
    report = collect(course, UNIT, first, lms="canvas", roster=roster)
    assert change(report) == "kept"
    assert "a later one is there already, from b.zip" in by_student(report)["student-01"].notes[0]
    assert b"# number 2" in submitted(course, "student-01").read_bytes()
    assert change(collect(course, UNIT, first, lms="canvas", roster=roster, force=True)) == "updated"
    assert b"# number 1" in submitted(course, "student-01").read_bytes()


def test_archives_without_numbers_or_times_are_ordered_by_their_files_dates(course, roster):
    def made(number, day):
        files = [(lms.moodle_name(PEOPLE[0], NB), lms.notebook(number))]
        return archive(course, files, f"{day}.zip", date=datetime(2026, 10, day))

    first, second = made(1, 1), made(2, 2)
    changes = [change(collect(course, UNIT, path, lms="moodle", roster=roster)) for path in (first, second, first)]
    assert changes == ["new", "updated", "kept"]


def test_what_was_put_or_changed_by_hand_stays(course, roster):
    place = submitted(course, "student-01")
    place.parent.mkdir(parents=True)
    place.write_bytes(b"{}")
    report = collect(course, UNIT, one(course, 1), lms="canvas", roster=roster)
    assert change(report) == "kept"
    assert "not put there by 'collect'" in report_table(report)
    assert change(collect(course, UNIT, one(course, 1), lms="canvas", roster=roster, force=True)) == "updated"
    place.write_bytes(place.read_bytes() + b" ")
    report = collect(course, UNIT, one(course, 2, order=99), lms="canvas", roster=roster)
    assert change(report) == "kept"
    assert "changed by hand" in by_student(report)["student-01"].notes[0]


def test_a_run_cut_off_between_two_renames_is_mended(course):
    root = course.root / "submitted"
    old = root / ".collect-dead" / "old" / "student-01" / UNIT
    old.mkdir(parents=True)
    (old / NB).write_bytes(b"{}")
    with open_shelf(root, UNIT):
        pass
    assert (root / "student-01" / UNIT / NB).read_bytes() == b"{}"
    assert not (root / ".collect-dead").exists()


def test_killed_runs_lose_nothing(course):
    people = lms.students(60)
    made = [[(lms.canvas_name(s, NB, number=k), lms.notebook(k)) for s in people] for k in (1, 2)]
    first, second = archive(course, made[0], "1.zip"), archive(course, made[1], "2.zip")
    collect(course, UNIT, first, lms="canvas", roster=None)
    rng = random.Random(20261125)
    command = [
        sys.executable,
        "-m",
        "grading",
        "--course",
        course.root,
        "collect",
        second,
        "--unit",
        UNIT,
        "--lms",
        "canvas",
    ]
    for _ in range(4):
        run = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL)
        time.sleep(rng.uniform(0.4, 1.0))
        run.kill()
        run.wait()
        with open_shelf(course.root / "submitted", UNIT):
            pass
        found = [submitted(course, s.canvas).read_bytes() for s in people]
        assert all(data in (lms.notebook(1), lms.notebook(2)) for data in found)
    collect(course, UNIT, second, lms="canvas", roster=None)
    assert {submitted(course, s.canvas).read_bytes() for s in people} == {lms.notebook(2)}


def test_two_collections_at_once_are_refused(course, roster):
    with open_shelf(course.root / "submitted", UNIT), pytest.raises(CourseError, match="another 'collect'"):
        collect(course, UNIT, one(course, 1), lms="canvas", roster=roster)


def test_where_a_submission_came_from_lies_beside_it_and_damage_to_that_hurts_nobody(course, roster):
    collect(course, UNIT, one(course, 1), lms="canvas", roster=roster)
    folder = submitted(course, "student-01").parent
    origin = provenance(folder)
    assert (origin.lms, origin.lms_id, origin.archive) == ("canvas", PEOPLE[0].canvas, "a.zip")
    for junk in ("", "[]", "{}", '{"lms": 1, "files": 2, "late": []}', "{"):
        (folder / RECORD).write_text(junk)
        assert change(collect(course, UNIT, one(course, 2, order=99), lms="canvas", roster=roster)) in (
            "kept",
            "updated",
        )


# ---------------------------------------------------------------- the command


def test_the_command_reports_and_its_exit_code_tells(course, roster, capsys):
    base = ["--course", str(course.root), "collect", "--unit", UNIT, "--lms", "canvas"]
    assert main([*base, str(one(course, 1))]) == 0
    out = capsys.readouterr().out
    assert "1 submission in a.zip (canvas), 12 students in the roster" in out
    assert "missing           11" in out
    bad = archive(course, [(lms.canvas_name(PEOPLE[1], "x.pdf"), b"%PDF")], "b.zip")
    assert main([*base, str(bad)]) == 3
    assert "student-02: no notebook; found x.pdf" in capsys.readouterr().out
    rows = list(csv.DictReader((course.root / "results" / f"{UNIT}-collect.csv").read_text("utf-8").splitlines()))
    assert [row["student"] for row in rows if row["state"] == "no notebook"] == ["student-02"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(None, "no such file", id="no archive"),
        pytest.param(b"", "an empty file", id="an empty archive"),
        pytest.param(b"%PDF-1.7", "a PDF, not a zip", id="a PDF"),
        pytest.param(
            lms.zip_bytes([("a_1_2_x.ipynb", b"{}")])[:60], "a damaged zip, perhaps cut off", id="cut off"
        ),
        pytest.param(lms.zip_bytes([]), "no file in it", id="a zip of nothing"),
        pytest.param(lms.zip_bytes([("a.txt", b"")]), "no file is named as canvas names", id="something else"),
    ],
)
def test_trouble_is_one_line(course, capsys, data, words):
    path = course.root.parent / "x.zip"
    if data is not None:
        path.write_bytes(data)
    assert main(["--course", str(course.root), "collect", "--unit", UNIT, "--lms", "canvas", str(path)]) == 1
    error = capsys.readouterr().err.strip()
    assert words in error
    assert len(error.splitlines()) == 1
    assert not list(Path(course.root).glob("submitted/*/*"))


def test_what_the_report_shows_of_a_file_name_is_harmless(course, roster):
    files = [(lms.canvas_name(PEOPLE[0], "=cmd()\u202e.csv"), b"1"), ("=HYPERLINK(1).txt", b"")]
    files += [(lms.canvas_name(PEOPLE[1], NB), lms.notebook())]
    report = collect(course, UNIT, archive(course, files), lms="canvas", roster=roster)
    assert "\n'=HYPERLINK" not in report_csv(report)
    assert ",'=HYPERLINK(1).txt," in report_csv(report)
    assert all(line.isprintable() for line in report_table(report).splitlines())


def test_a_record_is_plain_json(course, roster):
    collect(course, UNIT, one(course, 1), lms="canvas", roster=roster)
    record = json.loads((submitted(course, "student-01").parent / RECORD).read_text("utf-8"))
    assert set(record["files"]) == {NB}
