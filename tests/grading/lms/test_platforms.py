"""Platforms by their own rules: Moodle in any language, columns by id, locked rows, any names of folders."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from grading.errors import CourseError
from grading.intake.collect import collect
from grading.intake.report import report_table
from grading.lms import LAYOUTS, recognised
from grading.lms.archives import open_archive
from grading.lms.download import ReaderContext
from grading.lms.layout import Column
from grading.lms.moodle import moment, moments
from grading.lms.named_in import NamedIn
from grading.lms.roster import Person, read_roster
from grading.lms.worksheet import number_of
from grading.marks.class_marks import CellScore
from grading.marks.mark_rows import MarkRow
from grading.marks.sheet import Options, choose, fill
from grading.tables import parse_table
from tests.grading import lms_archives as lms
from tests.grading.conftest import UNIT, two_units

PEOPLE = lms.students(4)
GERMAN = (
    "Identifier,Vollständiger Name,E-Mail-Adresse,Status,Bewertung,Höchstbewertung,Bewertung kann geändert werden,"
    "Zuletzt geändert (Abgabe),Zuletzt geändert (Bewertung),Feedback als Kommentar"
)


def german(*, marks=("", "", "", ""), changeable="Ja", title="ID", names=True):
    """A worksheet of a German site; the words are the site's, the order is Moodle's."""
    rows = [GERMAN.split(",")]
    rows[0][0] = title
    for s, mark in zip(PEOPLE, marks, strict=True):
        row = [f"Teilnehmer/in{s.participant}", s.name, s.email, "Zur Bewertung abgegeben", mark, "29,00"]
        can = changeable if s.number == 1 else "Ja"
        rows.append([*row, can, f"Donnerstag, {s.number}. Oktober 2026, 14:05", "-", ""])
    if not names:
        rows = [[row[0], *row[3:]] for row in rows]
    return lms.table_bytes(rows, encoding="utf-8-sig", end="\r\n")


def mark(student, score=20.5):
    return MarkRow(student, "graded", "", "test", (CellScore("auto", 25.0, score), CellScore("written", 4.0, 1.0)))


def filled(data, rows, platform, options=None, wanted=""):
    table = parse_table(data, "their.csv")
    layout = LAYOUTS[platform](table)
    target = layout.columns[0] if layout.only_total else choose(layout.columns, [UNIT], wanted, "x")
    people = [Person(student=s.id, email=s.email, lms_id=s.participant) for s in PEOPLE]
    return table, fill(table, layout, {"": target}, rows, people, options or Options())


# ---------------------------------------------------------------- Moodle in any language


@pytest.mark.parametrize("names", [True, False], ids=["with names", "blind"])
def test_a_worksheet_of_another_language_is_filled_by_what_its_columns_hold(names):
    table, result = filled(german(names=names), [mark(s.id) for s in PEOPLE], "moodle")
    assert [line.student for line in result.of("written")] == [s.id for s in PEOPLE]
    grade = table.header.values.index("Bewertung")
    assert [row[grade] for row in table.rows[1:]] == ["21,5"] * 4


def test_a_worksheet_of_another_language_tells_who_and_when(tmp_path):
    path = tmp_path / "worksheet.csv"
    path.write_bytes(german())
    people = read_roster(path)
    assert [(p.name, p.email, p.lms_id) for p in people] == [(s.name, s.email, s.participant) for s in PEOPLE]
    assert moments([p.time for p in people], UTC) == [
        datetime(2026, 10, s.number, 14, 5, tzinfo=UTC) for s in PEOPLE
    ]


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [
        ("jueves, 1 de octubre de 2026, 14:05", "es", 1),
        ("jeudi 1 octobre 2026, 14:05", "fr", 1),
        ("czwartek, 1 października 2026, 14:05", "pl", 1),
        ("Thursday, 1 October 2026, 2:05 PM", "en", 1),
        ("October 1, 2026, 2:05 p.m.", "en", 1),
    ],
)
def test_times_are_read_in_the_sites_language(text, language, day):
    assert moment(text, UTC, language) == datetime(2026, 10, day, 14, 5, tzinfo=UTC)
    assert moments([text], UTC) == [datetime(2026, 10, day, 14, 5, tzinfo=UTC)]


@pytest.mark.parametrize(
    "identifier",
    ["Participant 4711", "Participant4711", "Teilnehmer/in4711", "Participante 4711", "4711", "参加者4711"],
)
def test_a_participants_number_stands_behind_any_word(identifier):
    assert number_of(identifier) == "4711"


def test_a_file_that_is_no_worksheet_in_any_language_is_named():
    data = german().replace(b"29,00", b"")
    with pytest.raises(CourseError, match="in any language"):
        LAYOUTS["moodle"](parse_table(data, "x"))


def test_a_locked_mark_is_told_and_left(tmp_path):
    for data in (german(changeable="Nein"), lms.moodle_worksheet(PEOPLE).replace(b",Yes,", b",No,", 1)):
        table, result = filled(data, [mark(s.id) for s in PEOPLE], "moodle")
        assert [line.student for line in result.of("locked")] == [PEOPLE[0].id]
        assert len(result.of("written")) == 3
        assert table.rows[1].raw == parse_table(data, "x").rows[1].raw


@pytest.mark.parametrize(
    ("platform", "data", "state"),
    [
        ("moodle", lms.moodle_worksheet(PEOPLE), "above the maximum"),
        ("canvas", lms.canvas_gradebook(PEOPLE), "written"),
    ],
)
def test_a_mark_above_the_columns_maximum_goes_only_where_it_is_taken(platform, data, state):
    above = replace(mark(PEOPLE[0].id), cells=(CellScore("auto", 29.0, 31.0, extra=2.0),))
    _, result = filled(data, [above], platform)
    assert [line.student for line in result.of(state)] == [PEOPLE[0].id]


# ---------------------------------------------------------------- columns


TWINS = {
    "canvas": lms.canvas_gradebook(PEOPLE)
    .replace(b"Homework 0 (811)", b"Borrowing (811)")
    .replace(b",5.00,29", b",29,29"),
    "blackboard": b"Username\tBorrowing [Total Pts: 29 Score] |811\tBorrowing [Total Pts: 29 Score] |812\n"
    + b"".join(f"{s.id}\t\t\n".encode() for s in PEOPLE),
}


@pytest.mark.parametrize("platform", TWINS)
@pytest.mark.parametrize("wanted", ["812", "Borrowing (812)"])
def test_of_two_columns_of_one_title_the_id_chooses(platform, wanted):
    columns = LAYOUTS[platform](parse_table(TWINS[platform], "x")).columns
    for ambiguous in ("", "Borrowing"):
        with pytest.raises(CourseError, match=r"Borrowing \(811\), Borrowing \(812\)"):
            choose(columns, [UNIT], ambiguous, "x")
    assert choose(columns, [UNIT], wanted, "x").id == "812"


def test_a_title_that_is_another_columns_id_is_told_by_the_id():
    columns = [Column(1, "812", id="811"), Column(2, "Borrowing", id="812")]
    assert choose(columns, [UNIT], "812", "x").index == 2


@pytest.mark.parametrize("kind", ["Percentage", "Complete/Incomplete", "Letter", "Text"])
def test_a_column_that_shows_no_points_takes_none(kind):
    data = f"Username\tBorrowing [Total Pts: 29 {kind}] |811\n{PEOPLE[0].id}\t\n".encode()
    with pytest.raises(CourseError, match="set its primary display to Score"):
        filled(data, [mark(PEOPLE[0].id)], "blackboard")


# ---------------------------------------------------------------- folders with any names


@pytest.fixture
def course(tmp_path):
    return two_units(tmp_path / "course")


FOLDERS = {
    "D2L": lambda s: f"{s.number}2345-67890 - {s.name} - Oct {s.number}, 2026 105 PM/my work.ipynb",
    "ILIAS": lambda s: f"Exercise/{s.sortable.replace(', ', '_')}_{s.id}_{s.canvas}/work.ipynb",
    "Sakai": lambda s: f"Assignment 9/{s.sortable}({s.id})/Submission attachment(s)/work.ipynb",
    "GitHub Classroom": lambda s: f"{UNIT}-submissions/{UNIT}-{s.id}/{UNIT}.ipynb",
    "zip_collect": lambda s: f"{UNIT}_{s.id}_attempt_2026-10-01-13-05-2{s.number}_{UNIT}.ipynb",
    "nbgrader": lambda s: f"submitted/{s.id}/{UNIT}/{UNIT}.ipynb",
    "side by side": lambda s: f"{UNIT}_{s.sis}.ipynb",
    "addresses": lambda s: f"{s.email}/x.ipynb",
}


def put(course, files, name="any.zip"):
    (course.root / "roster.csv").write_bytes(lms.table_bytes(lms.roster_rows(PEOPLE)))
    path = course.root / name
    path.write_bytes(lms.zip_bytes(files))
    return path


@pytest.mark.parametrize("style", FOLDERS)
def test_a_name_that_holds_one_person_is_theirs(course, style):
    path = put(course, [(FOLDERS[style](s), lms.notebook(s.number)) for s in PEOPLE])
    report = collect(course, UNIT, path)  # nor is --lms needed
    assert report.lms == ("blackboard" if style == "zip_collect" else "folder")  # the former's names are alike
    assert sorted(line.student for line in report.of("collected")) == [s.id for s in PEOPLE]
    for s in PEOPLE:
        assert json.loads((course.submitted(s.id, UNIT) / f"{UNIT}.ipynb").read_bytes()) == json.loads(
            lms.notebook(s.number)
        )


def test_times_in_names_tell_the_later_attempt(course):
    files = [
        (f"2345-67890 - {PEOPLE[0].name} - Oct {day}, 2026 1105 AM/x.ipynb", lms.notebook(day)) for day in (2, 1)
    ]
    collect(course, UNIT, put(course, files), lms="folder")
    folder = course.submitted(PEOPLE[0].id, UNIT)
    assert json.loads((folder / f"{UNIT}.ipynb").read_bytes()) == json.loads(lms.notebook(2))
    assert (folder / "timestamp.txt").read_text().startswith("2026-10-02 10:05")  # summer time in London


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(f"{PEOPLE[0].id} and {PEOPLE[1].id}/x.ipynb", id="two people in one name"),
        pytest.param(f"somebody else/{PEOPLE[0].id}_{UNIT}.ipynb", id="a name within a stranger's folder"),
    ],
)
def test_a_name_that_might_be_anothers_is_nobodys(course, path):
    files = [(f"{s.id}/{UNIT}.ipynb", lms.notebook(s.number)) for s in PEOPLE[2:]]
    report = collect(course, UNIT, put(course, [*files, (path, lms.notebook(9))]), lms="folder")
    assert sorted(line.student for line in report.of("collected")) == [s.id for s in PEOPLE[2:]]
    assert report.of("not understood") or report.of("not matched")
    assert not course.submitted(PEOPLE[0].id, UNIT).exists()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ana-maria work", {"ana-maria"}),
        ("ana work", {"ana"}),
        ("anabel", set()),
        ("Doe, Jane (jane2)", {"jane2"}),
        ("Doe, Jane", {"jane1", "jane2"}),
        ("jane1 for John Smith", {"jane1", "john"}),
        ("SMITH_JOHN_4711", {"john"}),
        ("Smith", set()),
    ],
)
def test_who_a_name_holds(text, found):
    people = [Person("ana"), Person("ana-maria"), Person("jane1", "Jane Doe"), Person("jane2", "Jane Doe")]
    assert NamedIn([*people, Person("john", "John Smith", login="jsmith")]).people(text) == found


# ---------------------------------------------------------------- which platform it is, and what it says


ARCHIVES = {
    "canvas": [(lms.canvas_name(s, f"{UNIT}.ipynb"), lms.notebook(s.number)) for s in PEOPLE],
    "moodle": [(lms.moodle_name(s, f"{UNIT}.ipynb"), lms.notebook(s.number)) for s in PEOPLE],
    "blackboard": [
        file for s in PEOPLE for file in lms.blackboard_files(s, [(f"{UNIT}.ipynb", lms.notebook(s.number))])
    ],
    "gradescope": [
        (
            "export/submission_metadata.yml",
            lms.gradescope_metadata([(s.number, [s], "2026-10-01 12:00:00 Z") for s in PEOPLE]),
        ),
        *((f"export/submission_{s.number}/{UNIT}.ipynb", lms.notebook(s.number)) for s in PEOPLE),
    ],
}


@pytest.mark.parametrize("platform", ARCHIVES)
def test_the_archive_tells_its_platform(course, platform):
    path = put(course, ARCHIVES[platform])
    with open_archive(path) as archive:
        assert list(recognised(archive.entries, ReaderContext(UNIT, course.units, UTC))) == [platform]
    report = collect(course, UNIT, path)
    assert (report.lms, len(report.of("collected"))) == (platform, 4)


def test_an_archive_that_does_not_tell_is_asked_about(course):
    path = put(course, [("a/b.txt", b"x")])
    with pytest.raises(CourseError, match="--lms canvas, moodle"):
        collect(course, UNIT, path)


def test_what_canvas_calls_a_file_handed_in_again_is_no_oddity(course):
    files = [(lms.canvas_name(PEOPLE[0], f"{UNIT}-1.ipynb"), lms.notebook())]
    both = [
        (lms.canvas_name(PEOPLE[1], name, number=k), lms.notebook(k))
        for k, name in ((5, "a.ipynb"), (6, "a-1.ipynb"))
    ]
    report = collect(course, UNIT, put(course, [*files, *both]))
    (first,) = [line for line in report.of("collected") if line.student == PEOPLE[0].id]
    assert first.notes == ()
    assert "a-1.ipynb" in report_table(report)


def test_a_table_of_times_serves_where_the_platform_tells_none(course):
    path = put(course, ARCHIVES["canvas"])
    times = course.root / "times.csv"
    times.write_text("student,handed in\n" + "".join(f"{s.id},2026-10-0{s.number}T12:00\n" for s in PEOPLE))
    report = collect(course, UNIT, path, roster=times)
    assert "handed in" not in report_table(report)
    assert (course.submitted(PEOPLE[1].id, UNIT) / "timestamp.txt").read_text().startswith("2026-10-02 11:00")
