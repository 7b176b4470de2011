"""A platform's file filled in: whose rows and which columns they are, and what is told of it."""

from __future__ import annotations

import csv
import io

import pytest

from grading.errors import CourseError
from grading.intake.shelf import Provenance, open_shelf
from grading.lms.roster import Person
from grading.marks.class_marks import CellScore
from grading.marks.export_lms import MEANS, _people, fill_gradebook, filled_csv, filled_table
from grading.marks.mark_rows import MarkRow
from grading.marks.sheet import KINDS, SAME, Filled, FilledLine, Options
from tests.grading.conftest import UNIT

CELLS = (CellScore("test_f_ratio", 2.0, 1.0), CellScore("who_moves_most", 3.0, 2.0))
HEADER = "Student,ID,SIS Login ID,Section"


def rows(*students, **changed):
    return [MarkRow(student, "graded", "", "test", CELLS, **changed) for student in students]


def filled(course, tmp_path, titles, **options):
    """Marks of two students in Canvas's file with columns of these titles, of which each counts what it says."""
    names, points = [each.partition(":")[0] for each in titles], [each.partition(":")[2] for each in titles]
    text = f"{HEADER},{','.join(f'{name} ({n})' for n, name in enumerate(names))}\n"
    text += f"    Points Possible,,,,{','.join(points)}\n"
    text += "".join(f"x,{n},student-0{n},s{',' * len(titles)}\n" for n in (1, 2, 3))
    path = tmp_path / "theirs.csv"
    path.write_text(text)
    return fill_gradebook(course, UNIT, rows("student-01", "student-02"), lms="canvas", gradebook=path, **options)


@pytest.mark.parametrize(
    ("titles", "per", "column", "written"),
    [
        pytest.param(["borrowing:5", "Lab:5"], "unit", "", ["3", ""], id="the unit's name"),
        pytest.param(["Lab:5", "Borrowing:5"], "unit", "", ["", "3"], id="its title"),
        pytest.param(["Lab:5", "Borrowing:5"], "unit", "Lab", ["3", ""], id="a column that is named"),
        pytest.param(["who_moves_most:3", "test_f_ratio:2"], "check", "", ["2", "1"], id="the checks' ids"),
        pytest.param(
            ["3b Do the data contradict it?:2", "borrowing who_moves_most:3"],
            "check",
            "",
            ["1", "2"],
            id="headings, and unit and id",
        ),
    ],
)
def test_marks_stand_in_the_column_that_is_meant(course, tmp_path, titles, per, column, written):
    table, found = filled(course, tmp_path, titles, per=per, column=column)
    assert [row.values[4:] for row in table.rows[2:]] == [written, written, ["", ""]]
    assert [line.what for line in found.lines] == ["written", "written", "no submission"]


def test_a_column_that_is_not_meant_takes_no_mark(course, tmp_path):
    with pytest.raises(CourseError, match=r"theirs.csv: two checks fit one column"):
        filled(course, tmp_path, ["test_f_ratio who_moves_most:2"], per="check")
    with pytest.raises(CourseError, match="counts 10 points, the marks 5"):
        filled(course, tmp_path, ["borrowing:10"])
    table, _ = filled(course, tmp_path, ["borrowing:10"], options=Options(scale=True))
    assert table.rows[2].values[4] == "6"


def test_a_unit_goes_by_its_name_with_blanks_and_a_check_without_a_heading_by_its_id(course, tmp_path):
    master = course.master(UNIT)
    course.master("two_words").parent.mkdir(parents=True)
    course.master("two_words").write_text(master.read_text().replace("# Borrowing", "# Something else"))
    path = tmp_path / "theirs.csv"
    path.write_text(f"{HEADER},Two words (1),odd (2)\nx,1,student-01,s,,\n")
    table, _ = fill_gradebook(course, "two_words", rows("student-01"), lms="canvas", gradebook=path)
    assert table.rows[1].values[4:] == ["3", ""]
    odd = [MarkRow("student-01", "graded", "", "test", (CellScore("odd", 1.0, 1.0),))]
    table, _ = fill_gradebook(course, "two_words", odd, lms="canvas", gradebook=path, per="check")
    assert table.rows[1].values[4:] == ["", "1"]


def test_who_is_in_no_roster_is_not_in_the_class(course, tmp_path):
    def strangers(**options):
        return [line.what for line in filled(course, tmp_path, ["borrowing:5"], **options)[1].lines][-1]

    assert strangers() == "no submission"
    (tmp_path / "list.csv").write_text("student\nstudent-01\nstudent-02\n")
    assert strangers(roster=tmp_path / "list.csv") == "not in the class"
    (tmp_path / "list.csv").replace(course.root / "roster.csv")
    assert strangers() == "not in the class"


def test_what_the_archive_and_the_roster_tell_of_a_person(course, tmp_path):
    """The archive's word first, the roster's where it has none; Moodle's number is of one assignment."""
    told = {"name": "A A", "email": "a@x.example", "login": "aa", "lms_id": "7"}
    with open_shelf(course.submissions, UNIT) as shelf:
        shelf.put("student-01", {"a": b""}, Provenance(lms="moodle", **told))
        shelf.put("student-02", {"a": b""}, Provenance(lms="moodle"))
    person = Person("s", name="B B", sis_id="5", lms_id="9")
    two = rows("student-01", person=person) + rows("student-02", person=person)
    first, second = _people(course, UNIT, two, "moodle", None)
    assert first == Person("student-01", "A A", "a@x.example", "7", "aa", "5")
    assert second == Person("student-02", "B B", lms_id="9", sis_id="5")
    assert _people(course, UNIT, two[:1], "canvas", None) == [Person("student-01", "B B", lms_id="9", sis_id="5")]
    (tmp_path / "list.csv").write_text("student,name,section\nstudent-01,C C,s\nstudent-08,D D,\n")
    assert _people(course, UNIT, two[:1], "canvas", tmp_path / "list.csv") == [
        Person("student-01", "C C", section="s"),
        Person("student-08", "D D"),
    ]
    (course.root / "roster.csv").write_text("student,name\nstudent-01,A\nstudent-09,E E\n")
    assert [each.student for each in _people(course, UNIT, two[:1], "canvas", None)] == [
        "student-01",
        "student-09",
    ]


def test_what_became_of_each_mark_is_told():
    lines = [
        FilledLine("s1", "written", "", "3"),
        FilledLine("s2", "written", "-", "3", ("late",)),
        FilledLine("s3", "written", "2", "3"),
        FilledLine("s4", "already there", "3", "3", ("late",)),
        FilledLine("s5", "differs", "2", "3"),
        FilledLine("s6", "differs", "2", "3"),
        FilledLine("s7", "no submission"),
        FilledLine("s9", "excused", "EX", "EX"),
        FilledLine("s8", "no submission", notes=("two of this name",)),
    ]
    assert filled_table("u", Filled(lines, ("Lab", "Quiz"))) == "\n".join(
        [
            "u: 3 marks written, 1 there already; column Lab, Quiz",
            "  written                   3  (those with something to tell:)",
            "      s2 - -> 3: late",
            "      s3 2 -> 3",
            f"  differs                   2  {MEANS['differs']}",
            "      2 students (s5, s6) 2 -> 3",
            f"  excused                   1  {MEANS['excused']}",
            f"  no submission             2  {MEANS['no submission']}",
            "      s8: two of this name",
        ]
    )
    assert list(csv.reader(io.StringIO(filled_csv(Filled(lines[1:3])))))[1:] == [
        ["s2", "written", "'-", "3", "late"],
        ["s3", "written", "2", "3", ""],
    ]
    one = [FilledLine("s1", "not in the gradebook", "", "3")]
    assert filled_table("u", Filled(one)).splitlines()[-1] == "      s1 nothing -> 3"
    assert set(KINDS) - {SAME} == set(MEANS)


@pytest.mark.parametrize(("number", "more"), [(40, []), (42, ["      and 2 more"])])
def test_of_many_only_the_first_forty_are_shown(number, more):
    lines = [FilledLine(f"s{n}", "differs", str(n), "3.5") for n in range(number)]
    shown = filled_table("u", Filled(lines)).splitlines()
    assert len(shown) == 2 + 40 + len(more)
    assert shown[42:] == more
