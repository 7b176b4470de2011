"""Rosters: own and exported, in every encoding and delimiter; errors name file, line, cure; matching by name."""

from __future__ import annotations

import unicodedata

import pytest

from grading.errors import CourseError
from grading.lms.directory import Directory
from grading.lms.roster import Person, read_roster
from tests.grading import lms_archives as lms

OWN = "student{0}name{0}email\nstudent-01{0}Ünïcode Student-01{0}a@x.example\nstudent-02{0}Student-02{0}\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_a_roster_is_read_in_any_encoding_with_any_delimiter(tmp_path, encoding, delimiter):
    path = tmp_path / "roster.csv"
    path.write_bytes(OWN.format(delimiter).encode(encoding))
    people = read_roster(path)
    assert [(p.student, p.name) for p in people] == [
        ("student-01", "Ünïcode Student-01"),
        ("student-02", "Student-02"),
    ]


def test_a_line_of_excel_that_names_the_delimiter_is_no_header(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_bytes(b"sep=;\r\nstudent;name\r\nstudent-01;A\r\n")
    assert read_roster(path)[0].student == "student-01"


def test_a_roster_of_one_section_is_no_worksheet_in_another_language(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_bytes(b"student,name,email,section\nlab01,A,,1\nlab02,B,,1\n")
    assert [(p.student, p.name, p.section) for p in read_roster(path)] == [
        ("lab01", "A", "1"),
        ("lab02", "B", "1"),
    ]


def test_ends_of_lines_within_a_cell_are_blanks(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_bytes(b'student,name,email\n"student-01\r\n","A\n B\rC","a@x.example\n"\n')
    (person,) = read_roster(path)
    assert (person.student, person.name, person.email) == ("student-01", "A B C", "a@x.example")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"", "line 1: the file is empty", id="empty"),
        pytest.param(b"student,name\n", "line 1: only a header", id="header only"),
        pytest.param(b"who,name\na,b\n", "line 1: no column 'student'", id="no column student"),
        pytest.param(b"student\na\nb\nA\n", "line 4: student 'a' stands in line 2", id="an id twice"),
        pytest.param(
            b"student,email\na,x@y\nb,X@y\n", "line 3: email 'x@y' stands in line 2", id="an address twice"
        ),
        pytest.param(b"student,name\na,x\n,y\n", "line 3: no id", id="no id"),
        pytest.param(b"student\n../x\n", "line 2: '../x' cannot be a student's id", id="an id that climbs"),
        pytest.param(b"student\n=1+1\n", "line 2", id="an id that is a formula"),
        pytest.param(b'student,name\na,"x\nb,y\n', "line 2: a quote is opened and not closed", id="an open quote"),
        pytest.param(b"student\na\n\x81\x8d\n", "line 3: text in an unknown encoding", id="an unknown encoding"),
        pytest.param(b"PK\x03\x04 ...", "an Excel workbook", id="a workbook"),
        pytest.param(b"student,name,name\na,x,y\n", "line 1: 'name' stands twice", id="a title twice"),
        pytest.param(
            b"student,name,email\na,Doe, Jo,j@x\n", "line 2: 'j@x' has no title above it", id="a bare comma"
        ),
        pytest.param(b"student\n\0a\n", "not a text file", id="a byte of zero"),
    ],
)
def test_an_error_is_one_line_that_names_file_line_and_cure(tmp_path, data, words):
    path = tmp_path / "roster.csv"
    path.write_bytes(data)
    with pytest.raises(CourseError) as caught:
        read_roster(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert words in message
    assert len(message.splitlines()) == 1


def test_a_missing_roster_is_named(tmp_path):
    with pytest.raises(CourseError, match="no such file"):
        read_roster(tmp_path / "nobody.csv")


PEOPLE = lms.students(12)


@pytest.mark.parametrize(
    ("data", "field", "wanted"),
    [
        pytest.param(lms.canvas_gradebook(PEOPLE), "lms_id", [s.canvas for s in PEOPLE], id="Canvas gradebook"),
        pytest.param(
            lms.moodle_worksheet(PEOPLE), "lms_id", [s.participant for s in PEOPLE], id="Moodle worksheet"
        ),
        pytest.param(lms.moodle_grades(PEOPLE), "email", [s.email for s in PEOPLE], id="Moodle grades"),
        pytest.param(
            lms.blackboard_grades(PEOPLE), "sis_id", [s.sis for s in PEOPLE], id="Blackboard grade centre"
        ),
    ],
)
def test_a_platforms_own_list_serves_as_roster(tmp_path, data, field, wanted):
    path = tmp_path / "list.csv"
    path.write_bytes(data)
    people = read_roster(path)
    assert [getattr(person, field) for person in people] == wanted
    assert [person.student for person in people][:12] == [s.id for s in PEOPLE]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        pytest.param("First Last", "a", id="as it is"),
        pytest.param("Last, First", "a", id="last name first"),
        pytest.param("lastfirst", "a", id="squeezed as Canvas does"),
        pytest.param("FIRST  last", "a", id="case and spaces"),
        pytest.param(unicodedata.normalize("NFD", "Ünï Code"), "b", id="decomposed"),
        pytest.param("Uni Code", "b", id="without accents"),
        pytest.param("طالب تسعة", "c", id="right to left"),
        pytest.param("‏طالب تسعة‎", "c", id="with invisible marks of direction"),
        pytest.param("Twin Name", None, id="two of this name"),
        pytest.param("Some Body", None, id="nobody"),
    ],
)
def test_names_match_in_any_spelling_that_means_one_person(name, found):
    people = [("a", "First Last"), ("b", "Ünï Code"), ("c", "طالب تسعة"), ("d", "Twin Name"), ("e", "Name, Twin")]
    directory = Directory(Person(student=student, name=full) for student, full in people)
    match = directory.match(Person(name=name))
    assert (match.person.student if match.person else None) == found


def test_an_id_counts_before_a_name():
    directory = Directory(
        [Person(student="a", name="One", lms_id="1"), Person(student="b", name="Two", lms_id="2")]
    )
    match = directory.match(Person(name="One", lms_id="2"))
    assert match.person is not None
    assert (match.person.student, match.how) == ("b", "lms id")
