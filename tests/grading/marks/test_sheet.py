"""One row of a platform's table: what may be written into it, what stays, and what is told of either."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grading.errors import CourseError
from grading.lms.layout import Column, Layout
from grading.lms.roster import Person
from grading.marks.class_marks import CellScore
from grading.marks.late import UNKNOWN, Lateness
from grading.marks.mark_rows import MarkRow
from grading.marks.sheet import FilledLine, Options, choose, fill, mark_notes
from grading.tables import parse_table

LAB, QUIZ = Column(2, "Lab", 10.0, id="7"), Column(3, "Quiz", 4.0)
LAYOUT = Layout((LAB, QUIZ), comment=4)
A, B = CellScore("a", 6.0, 4.5), CellScore("b", 4.0, 3.0)
MARK = MarkRow("student-01", "graded", "", "test", (A, B))
LATE = Lateness(late=True, days=1, share=0.1, note="late by 2 h: -10 %")
WAITING = replace(MARK, cells=(A, replace(B, score=None)))
EXTRA = replace(MARK, cells=(A, replace(B, score=8.0, extra=5.0)))
NOTHING = replace(MARK, state="missing", note="nothing handed in", cells=(CellScore("a", 10.0, 0.0),))


def filled(line, mark=MARK, options=None, *, layout=LAYOUT, targets=None, header="student,name,Lab,Quiz,Comment"):
    """The row and what became of it."""
    table = parse_table(f"{header}\nstudent-01,,{line}\n".encode(), "their.csv")
    options = options or Options()
    result = fill(table, layout, targets or {"": LAB}, [mark], [Person("student-01", name="An A")], options)
    return ",".join(table.rows[1].values[2:]), result.lines[0]


@pytest.mark.parametrize(
    ("line", "mark", "options", "what", "after"),
    [
        pytest.param(",,", MARK, {}, "written", "7.5,,", id="an empty cell"),
        pytest.param(" - ,2,", MARK, {}, "written", "7.5,2,", id="a dash, and another column's mark"),
        pytest.param(" 7.50 ,,", MARK, {}, "already there", " 7.50 ,,", id="the same number stays as written"),
        pytest.param("7,,", MARK, {}, "differs", "7,,", id="another mark"),
        pytest.param("7,,", MARK, {"overwrite": True}, "written", "7.5,,", id="another mark, and told to"),
        pytest.param("ex,,", MARK, {"overwrite": True}, "excused", "ex,,", id="excused"),
        pytest.param("n/a,,", MARK, {}, "excused", "n/a,,", id="not assigned"),
        pytest.param(
            ",,", replace(MARK, state="to grade"), {"partial": True}, "not graded yet", ",,", id="to grade"
        ),
        pytest.param(",,", WAITING, {}, "waits for a person", ",,", id="one waits"),
        pytest.param(",,", NOTHING, {}, "nothing to grade", ",,", id="nothing gradable"),
        pytest.param(
            ",,", replace(NOTHING, has_submission=False), {}, "no submission", ",,", id="nothing handed in"
        ),
        pytest.param(
            ",,", NOTHING, {"zeros": True}, "written", "0,,missing: nothing handed in", id="a zero, and told to"
        ),
        pytest.param(
            ",,", EXTRA, {}, "written", "12.5,,extra credit +5 included", id="more than there are, by extra credit"
        ),
    ],
)
def test_a_cell_is_filled_or_stays_and_is_told(line, mark, options, what, after):
    text, told = filled(line, mark, Options(**options))
    assert (told.what, text) == (what, after)
    if what == "written":
        assert (told.before, told.after) == (line.split(",")[0].strip(), after.split(",")[0])


def test_a_comment_is_kept_unless_told_and_is_no_formula():
    late = replace(MARK, lateness=replace(LATE, note="=late"))
    assert filled(",, ", late)[0] == "6.75,,'=late (7.5 before)"
    assert filled(",,well done", late)[0] == "6.75,,well done"
    assert filled(",,well done", late, Options(overwrite=True))[0] == "6.75,,'=late (7.5 before)"
    assert filled(",,well done", MARK, Options(overwrite=True))[0] == "7.5,,well done"
    assert filled("7,,", late)[1].notes == mark_notes(late)
    assert filled(",,", late, layout=Layout((LAB, QUIZ)))[0] == "6.75,,"


@pytest.mark.parametrize(
    ("mark", "notes"),
    [
        pytest.param(MARK, (), id="nothing to tell"),
        pytest.param(replace(MARK, lateness=LATE), ("late by 2 h: -10 % (7.5 before)",), id="late"),
        pytest.param(replace(MARK, lateness=Lateness(note="extended")), ("extended",), id="an extension"),
        pytest.param(replace(MARK, lateness=Lateness(note=UNKNOWN)), (), id="no time, as all of the class"),
        pytest.param(replace(MARK, state="crashed", note="in x"), ("crashed: in x",), id="a state"),
        pytest.param(WAITING, ("1 written answer not marked yet",), id="one waits"),
        pytest.param(
            replace(MARK, cells=(replace(A, score=None, refused=-1.0), replace(B, score=None, extra=1.0))),
            ("-1 points by hand for a, worth 6", "1 written answer not marked yet"),
            id="a mark that cannot be meant is none that waits",
        ),
    ],
)
def test_what_a_mark_alone_does_not_say(mark, notes):
    assert mark_notes(mark) == notes


def test_of_each_check_its_own_mark_in_its_own_column():
    """Late, in the columns' own points: 4.5 of 6 are 7.5 of 10."""
    targets, late = {"a": LAB, "b": QUIZ}, replace(MARK, lateness=replace(LATE, share=0.5))
    text, told = filled("1,,", late, Options(scale=True, overwrite=True), targets=targets)
    assert text.startswith("3.75,1.5,late by")
    assert (told.before, told.after) == ("1; ", "3.75; 1.5")
    assert filled("3.75,1,", late, Options(scale=True), targets=targets)[1].what == "differs"
    assert filled("3.75,-,", late, Options(scale=True), targets=targets)[1].what == "written"
    with pytest.raises(CourseError, match="'Lab' counts 10 points, the marks 6; change it on the platform"):
        filled(",,", late, targets=targets)
    none = replace(MARK, cells=(replace(A, points=0.0), B))
    with pytest.raises(CourseError, match="a is worth 0 points, which cannot be scaled to 10"):
        filled(",,", none, Options(scale=True), targets=targets)
    worth_none = replace(MARK, cells=(CellScore("a", 0.0, 0.0),))
    with pytest.raises(CourseError, match="the unit is worth 0 points"):
        filled(",,", worth_none, Options(scale=True))


@pytest.mark.parametrize(
    ("score", "most", "takes_more", "what", "there"),
    [
        pytest.param(10.0, "10", False, "written", "10,10", id="its maximum"),
        pytest.param(10.5, "10", False, "above the maximum", ",10", id="more, which it would not take"),
        pytest.param(10.5, "10", True, "written", "10.5,10", id="more, which it takes"),
        pytest.param(10.5, "", False, "written", "10.5,", id="no maximum told"),
    ],
)
def test_a_mark_above_a_rows_own_maximum(score, most, takes_more, what, there):
    layout = Layout((LAB,), maximum=3, takes_more=takes_more)
    mark = replace(MARK, cells=(CellScore("a", 10.0, score),))
    text, told = filled(f",{most}", mark, layout=layout, header="student,name,Lab,Most")
    assert (told.what, text) == (what, there)
    above = ("10.5 of 10, which the platform would not take",)
    assert told.notes == (above if what == "above the maximum" else ())


@pytest.mark.parametrize("most", ["0", "-1", "inf", "nan"])
def test_a_column_in_which_no_mark_can_stand(most):
    layout = Layout((LAB,), maximum=3)
    with pytest.raises(CourseError, match=f"counts {most} points, so no mark can stand in it; give it 10 points"):
        filled(f",{most}", options=Options(scale=True), layout=layout, header="student,name,Lab,Most")


def test_a_locked_row_and_a_column_in_trouble_take_no_mark():
    locked = replace(LAYOUT, locked=lambda row: row[3] == "locked")
    assert filled(",locked,", layout=locked)[1].what == "locked"
    assert filled(",open,", layout=locked)[1].what == "written"
    with pytest.raises(CourseError, match=r"their.csv: column 'Lab \(7\)' is closed"):
        filled(",,", targets={"": replace(LAB, trouble="is closed")})


@pytest.mark.parametrize(
    ("other", "writes"),
    [
        pytest.param('" 3,5 "', "7,5", id="a mark with a comma"),
        pytest.param("3.5", "7.5", id="a mark with a point"),
        pytest.param('"3,5,6"', "7.5", id="no number"),
        pytest.param('"a 3,5"', "7.5", id="a text"),
    ],
)
def test_marks_are_written_with_the_files_own_decimal_sign(other, writes):
    assert filled(f",{other},")[0].startswith(f"{writes},")


def test_a_maximum_with_a_comma_tells_the_decimal_sign_and_a_title_does_not():
    layout = Layout((LAB,), maximum=3)
    assert filled(',"10,0"', layout=layout, header='student,name,"1,5",Most')[0] == "7,5,10,0"
    assert filled(",10.0", layout=layout, header='student,name,"1,5","1,5"')[0] == "7.5,10.0"


def test_whose_row_it_is():
    """Known with a mark, known without one, two of a name, a stranger; and one who is not listed."""
    people = [Person(f"student-0{n}", name=name) for n, name in enumerate(("A A", "B B", "C C", "C C", "D D"), 1)]
    text = b"student,name,Lab\nx1,A A,\nx2,B B,\nx3,C C,\nx4,E E,\n"
    rows = [MARK, replace(MARK, student="student-05")]
    for closed in (True, False):
        table = parse_table(text, "their.csv")
        result = fill(table, Layout((LAB,)), {"": LAB}, rows, people, Options(), closed=closed)
        assert [row[2] for row in table.rows] == ["Lab", "7.5", "", "", ""]
        assert result.columns == ("Lab",)
        found = [(line.student, line.what, bool(line.notes)) for line in result.lines]
        assert found == [
            ("student-01", "written", False),
            ("x3", "no submission", True),
            ("x4", "not in the class" if closed else "no submission", False),
            ("student-05", "not in the gradebook", False),
        ]
        assert result.lines[-1] == FilledLine("student-05", "not in the gradebook", after="7.5")


@pytest.mark.parametrize("wanted", ["7", " 7 ", "Lab (7)"])
def test_a_column_is_named_by_its_id_or_label(wanted):
    others = [Column(5, "7"), Column(6, "Lab", id="8"), QUIZ]
    assert choose([*others, LAB], ["quiz"], wanted, "x") is LAB
    assert choose([*others, LAB], ["quiz", "lab"], "quiz", "x") is QUIZ


def test_a_column_that_is_not_sure_is_asked_for_with_those_that_fit():
    titles = r"\(columns of marks: Lab \(7\), Lab \(8\)\); name it with --column"
    with pytest.raises(CourseError, match=f"x: several columns fit 'lab' {titles}"):
        choose([QUIZ, LAB, Column(6, "Lab", id="8")], ["lab", "b"], "", "x")
    with pytest.raises(CourseError, match=r"x: no column fits 'exam' \(columns of marks: Quiz, Lab \(7\)\)"):
        choose([QUIZ, LAB], ["lab"], "exam", "x")
    with pytest.raises(CourseError, match=r"no column fits 'lab' \(columns of marks: none\)"):
        choose([], ["lab"], "", "x")
