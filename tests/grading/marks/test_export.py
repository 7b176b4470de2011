"""Export: round trips through the platforms' own files, no mark lost, overwritten or made up in silence."""

from __future__ import annotations

import csv
import io
import json
import os
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from grading.__main__ import main
from grading.course import Course
from grading.errors import CourseError
from grading.gradebook.writer import GradebookWriter
from grading.intake.shelf import Provenance, open_shelf
from grading.lms import LAYOUTS
from grading.lms.layout import Column
from grading.lms.roster import Person
from grading.marks import export
from grading.marks.class_marks import CellScore
from grading.marks.export_lms import filled_table
from grading.marks.late import Lateness
from grading.marks.mark_rows import MarkRow
from grading.marks.sheet import Options, choose, fill
from grading.submission.results import CellMark, Result, ResultStore
from grading.tables import parse_table
from tests.grading import lms_archives as lms
from tests.grading.conftest import UNIT, hand_in, released

PEOPLE = lms.students(8)
NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
FILES = {
    "canvas": lms.canvas_gradebook(PEOPLE),
    "moodle": lms.moodle_worksheet(PEOPLE),
    "moodle grades": lms.moodle_grades(PEOPLE),
    "blackboard": lms.blackboard_grades(PEOPLE),
}


def mark(student, score=20.5, **changed):
    cells = (CellScore("auto", 25.0, score), CellScore("written", 4.0, 1.0))
    return replace(MarkRow(student, "graded", "", "test", cells), **changed)


def filled(data, rows, lms_name, options=None, people=None):
    table = parse_table(data, "their.csv")
    layout = LAYOUTS[lms_name.split()[0]](table)
    target = choose(layout.columns, [UNIT], "", "x") if len(layout.columns) > 1 else layout.columns[0]
    people = people or [Person(student=row.student) for row in rows]
    return table, fill(table, layout, {"": target}, rows, people, options or Options())


def changed_cells(before, after):
    old, new = parse_table(before, "x"), parse_table(after, "x")
    pairs = zip(old.rows, new.rows, strict=True)
    return {
        (a.line, column): (a.raw[column], b.raw[column])
        for a, b in pairs
        for column in range(len(a.raw))
        if a.raw[column] != b.raw[column] or len(a.raw) != len(b.raw) or a.end != b.end
    }


def test_who_is_in_their_file_and_not_in_the_class_is_no_missing_submission():
    data, rows = FILES["canvas"], [mark(s.id) for s in PEOPLE[:2]]
    people = [Person(student=s.id) for s in PEOPLE[:3]]
    table = parse_table(data, "their.csv")
    layout = LAYOUTS["canvas"](table)
    target = choose(layout.columns, [UNIT], "", "x")
    result = fill(table, layout, {"": target}, rows, people, Options(), closed=True)
    assert {line.student for line in result.of("not in the class")} == {s.id for s in PEOPLE[3:]}


@pytest.mark.parametrize("lms_name", FILES)
def test_only_the_units_cells_change(lms_name):
    data = FILES[lms_name]
    table, result = filled(data, [mark(s.id) for s in PEOPLE[:5]], lms_name)
    changes = changed_cells(data, table.data())
    assert len({column for _, column in changes}) == 1
    assert [new.strip('"') for _, new in changes.values()] == ["21.5"] * 5
    assert [line.student for line in result.of("written")] == [s.id for s in PEOPLE[:5]]
    assert {s.id for s in PEOPLE[5:]} <= {line.student for line in result.of("no submission")}


@pytest.mark.parametrize("lms_name", FILES)
def test_without_marks_the_file_is_the_same_byte_for_byte(lms_name):
    rows = [mark("somebody-else")]
    table, result = filled(FILES[lms_name], rows, lms_name)
    assert table.data() == FILES[lms_name]
    assert [line.student for line in result.of("not in the gradebook")] == ["somebody-else"]
    assert "somebody-else" in filled_table(UNIT, result)


@pytest.mark.parametrize("lms_name", FILES)
def test_a_second_export_into_its_own_output_changes_nothing(lms_name):
    rows = [mark(s.id) for s in PEOPLE]
    once, _ = filled(FILES[lms_name], rows, lms_name)
    twice, result = filled(once.data(), rows, lms_name)
    assert twice.data() == once.data()
    assert len(result.of("already there")) == 8


@pytest.mark.parametrize("lms_name", FILES)
def test_another_mark_there_stays_unless_told(lms_name):
    first, _ = filled(FILES[lms_name], [mark(s.id) for s in PEOPLE], lms_name)
    again = [mark(s.id, 3.0) for s in PEOPLE]
    table, result = filled(first.data(), again, lms_name)
    assert table.data() == first.data()
    assert [(line.before, line.after) for line in result.of("differs")] == [("21.5", "4")] * 8
    assert "21.5 -> 4" in filled_table(UNIT, result)
    table, result = filled(first.data(), again, lms_name, Options(overwrite=True))
    assert len(result.of("written")) == 8
    assert "21.5 -> 4" in filled_table(UNIT, result)


def test_what_waits_is_no_final_mark():
    rows = [mark("student-01", None), mark("student-02")]
    table, result = filled(FILES["canvas"], rows, "canvas")
    assert [line.student for line in result.of("waits for a person")] == ["student-01"]
    assert "1 written answer not marked yet" in filled_table(UNIT, result)
    assert table.rows[2][6] == ""
    table, _ = filled(FILES["canvas"], rows, "canvas", Options(partial=True))
    assert table.rows[2][6] == "1"


def test_what_is_to_be_told_of_many_is_told_once():
    _, result = filled(FILES["canvas"], [mark(s.id, None) for s in PEOPLE[:5]], "canvas")
    told = [line.strip() for line in filled_table(UNIT, result).splitlines() if "not marked yet" in line]
    names = ", ".join(line.student for line in result.of("waits for a person"))
    assert told == [f"5 students ({names}): 1 written answer not marked yet"]


def test_nothing_gradable_is_no_silent_zero():
    bad = mark("student-01", 0.0, state="malformed", note="cut off")
    gone = mark("student-02", 0.0, state="missing", note="nothing handed in", has_submission=False)
    pdf = mark("student-03", 0.0, state="missing", note="expected borrowing.ipynb, found a.pdf")
    table, result = filled(FILES["canvas"], [bad, gone, pdf], "canvas")
    assert table.data() == FILES["canvas"]
    assert [line.student for line in result.of("nothing to grade")] == ["student-01", "student-03"]
    assert "malformed: cut off" in filled_table(UNIT, result)
    table, _ = filled(FILES["canvas"], [bad, gone, pdf], "canvas", Options(zeros=True))
    assert [table.rows[k][6] for k in (2, 3, 4)] == ["1", "1", "1"]  # the other cell's point


def test_a_crash_keeps_what_was_earned_and_shows():
    table, result = filled(FILES["moodle"], [mark("student-01", state="crashed", note="in x")], "moodle")
    row = table.rows[1]
    assert (row[5], row[10]) == ("21.5", "crashed: in x")
    assert "crashed: in x" in filled_table(UNIT, result)


def test_lateness_is_taken_and_both_marks_are_visible():
    late = Lateness(late=True, days=1, share=0.1, note="late by 2 h: -10 %")
    table, result = filled(FILES["moodle"], [mark("student-01", lateness=late)], "moodle")
    assert table.rows[1][5] == "19.35"
    assert table.rows[1][10] == "late by 2 h: -10 % (21.5 before)"
    assert "(21.5 before)" in filled_table(UNIT, result)


def test_a_teachers_comment_stays():
    data = FILES["moodle"].replace(b",29.00,Yes,-,-,\r\n", b',29.00,Yes,-,-,"Well done, really"\r\n', 1)
    late = Lateness(late=True, days=1, share=0.1, note="late")
    table, _ = filled(data, [mark("student-01", lateness=late)], "moodle")
    assert table.rows[1][10] == "Well done, really"


def test_excused_students_stay_excused():
    data = lms.canvas_gradebook(PEOPLE, marks={1: "EX", 2: "N/A"})
    table, result = filled(data, [mark(s.id) for s in PEOPLE], "canvas", Options(overwrite=True))
    assert [line.student for line in result.of("excused")] == ["student-01", "student-02"]
    assert [table.rows[k][6] for k in (2, 3, 4)] == ["EX", "N/A", "21.5"]


def test_a_decimal_comma_is_kept():
    data = lms.canvas_gradebook(PEOPLE, marks={1: "12,50"}).replace(b"29.00", b'"29,00"')
    table, _ = filled(data, [mark("student-02")], "canvas")
    assert table.rows[3][6] == "21,5"


def test_other_points_are_an_error_unless_scaled():
    data = lms.canvas_gradebook(PEOPLE, points="10.00")
    with pytest.raises(CourseError, match="counts 10 points, the marks 29"):
        filled(data, [mark("student-01")], "canvas")
    table, _ = filled(data, [mark("student-01")], "canvas", Options(scale=True))
    assert table.rows[2][6] == "7.41"


ZERO = {
    "canvas": lms.canvas_gradebook(PEOPLE, points="0.0"),
    "moodle": FILES["moodle"].replace(b",29.00,", b",0.00,"),
    "blackboard": lms.blackboard_grades(PEOPLE, points="0"),
}


@pytest.mark.parametrize("lms_name", ZERO)
@pytest.mark.parametrize("options", [Options(), Options(scale=True), Options(overwrite=True, scale=True)])
def test_a_column_of_zero_points_takes_no_mark(lms_name, options):
    assert ZERO[lms_name] != FILES[lms_name]
    with pytest.raises(CourseError, match="counts 0 points, so no mark can stand in it"):
        filled(ZERO[lms_name], [mark("student-01")], lms_name, options)


@pytest.mark.parametrize("lms_name", FILES)
def test_a_mark_above_the_maximum_is_listed_and_not_sent(lms_name):
    cells = (CellScore("auto", 25.0, 20.5), CellScore("written", 4.0, None, refused=13.0))
    rows = [replace(mark("student-01"), cells=cells), mark("student-02")]
    for options in (Options(), Options(partial=True, overwrite=True)):
        table, result = filled(FILES[lms_name], rows, lms_name, options)
        assert [line.student for line in result.of("above the maximum")] == ["student-01"]
        assert len(changed_cells(FILES[lms_name], table.data())) == 1
        assert "13 points by hand for written, worth 4" in filled_table(UNIT, result)


def test_canvas_rows_that_are_no_students_stay():
    data = FILES["canvas"].replace(b"    Points", b",,,,,Manual Posting,,,\n    Points", 1)
    table, _ = filled(data, [mark(s.id) for s in PEOPLE], "canvas")
    assert table.data().split(b"\n")[:3] == data.split(b"\n")[:3]


def test_read_only_totals_are_no_columns_of_marks():
    columns = LAYOUTS["canvas"](parse_table(FILES["canvas"], "x")).columns
    assert [(column.title, column.points) for column in columns] == [("Homework 0", 5.0), (lms.TITLE, 29.0)]
    columns = LAYOUTS["moodle"](parse_table(FILES["moodle grades"], "x")).columns
    assert [column.title for column in columns] == [lms.TITLE]
    columns = LAYOUTS["blackboard"](parse_table(FILES["blackboard"], "x")).columns
    assert [column.title for column in columns] == ["Weighted Total", lms.TITLE]


@pytest.mark.parametrize(
    ("titles", "wanted", "found"),
    [
        pytest.param(["Homework", "borrowing"], "", 1, id="the unit's name"),
        pytest.param(["Homework", "Week 3: Borrowing lab"], "", 1, id="a title that holds it"),
        pytest.param(["Borrowing", "Borrowing again"], "", 0, id="the exact one before others"),
        pytest.param(["Borrowing a", "Borrowing b"], "Borrowing b", 1, id="the one named"),
        pytest.param(["Borrowing a", "Borrowing b"], "", "several columns fit", id="two that might be"),
        pytest.param(["Homework"], "", "no column fits", id="none"),
    ],
)
def test_the_column_is_found_or_asked_for(titles, wanted, found):
    columns = [Column(index, title) for index, title in enumerate(titles)]
    if isinstance(found, int):
        assert choose(columns, [UNIT], wanted, "x").index == found
    else:
        with pytest.raises(CourseError, match=found):
            choose(columns, [UNIT], wanted, "x")


def test_a_student_who_stands_twice_is_an_error():
    line = FILES["canvas"].split(b"\n")[2] + b"\n"
    with pytest.raises(CourseError, match="line 12: student-01 stands in line 3 already"):
        filled(FILES["canvas"] + line, [mark("student-01")], "canvas")


@pytest.mark.parametrize(
    "lms_name",
    [pytest.param(name, id=f"{name}: a file of something else") for name in ("canvas", "moodle", "blackboard")],
)
def test_a_file_of_something_else_is_named(lms_name):
    with pytest.raises(CourseError, match="line 1: "):
        LAYOUTS[lms_name](parse_table(b"a,b\n1,2\n", "x"))


# ---------------------------------------------------------------- the command


@pytest.fixture
def graded(course):
    """Eight students with marks, without running anything."""
    store = ResultStore(course.root / "results" / UNIT)
    cells = json.loads(course.master(UNIT).read_text())["cells"]
    graded = [c["metadata"]["nbgrader"] for c in cells if c["metadata"].get("nbgrader", {}).get("grade")]
    results = []
    for s in PEOPLE:
        hand_in(course, s.id, released())
        marks = tuple(CellMark(m["grade_id"], m["points"], m["points"] / 2, "ok") for m in graded)
        results.append(Result(s.id, UNIT, f"{s.number:032x}", "graded", None, marks, sandbox="test"))
        store.save(results[-1])
    with GradebookWriter(course, UNIT) as book:
        book.record(results, times={}, changed={})
    return course


def run(course, *words):
    return main(["--course", str(course.root), "export", "--unit", UNIT, *words])


def test_csv_and_json_say_the_same(graded):
    assert run(graded) == 0
    assert run(graded, "--format", "json") == 0
    rows = list(csv.DictReader(io.StringIO((graded.root / "results" / f"{UNIT}.csv").read_text())))
    data = json.loads((graded.root / "results" / f"{UNIT}.json").read_text())
    assert (
        [row["student"] for row in rows]
        == [each["student"] for each in data["students"]]
        == [s.id for s in PEOPLE]
    )
    assert {row["score"] for row in rows} == {"14.5"} == {f"{each['score']:g}" for each in data["students"]}
    assert list(rows[0])[:7] == ["student", "state", "score", "raw", "points", "waiting", "late"]
    assert set(data["students"][0]["checks"]) <= set(rows[0])
    assert run(graded, "--per", "unit", "--output", str(graded.root / "u.csv")) == 0
    assert (graded.root / "u.csv").read_text().splitlines()[0].endswith("late,sandbox,note")


NAMED = replace(mark("student-01", None), person=Person(name="Ünï", section="x"), note="note", handed_in=NOON)
LATER = replace(mark("student-02", None), state="to grade", cells=(CellScore("other", 2.0, None),))


def test_a_table_of_ours_tells_what_is_known_and_no_more():
    header, first, second = csv.reader(io.StringIO(export.marks_csv([NAMED, LATER])))
    told = ["student", "name", "section", "state", "score", "raw", "points", "waiting", "late"]
    assert header == [*told, "auto", "written", "other", "sandbox", "note"]
    assert first == ["student-01", "Ünï", "x", "graded", "1", "1", "29", "1", "", "", "1", "", "test", "note"]
    assert second == ["student-02", "", "", "to grade", "", "", "2", "1", "", "", "", "", "test", ""]
    assert export.marks_csv([LATER], per="unit").splitlines()[0] == ",".join([told[0], *told[3:], "sandbox,note"])


def test_json_of_ours_tells_what_is_known_and_no_more():
    text = export.marks_json(UNIT, [NAMED, LATER])
    assert "Ünï" in text
    assert text.endswith("}\n")
    first, second = json.loads(text)["students"]
    assert first == {
        "student": "student-01",
        "name": "Ünï",
        "section": "x",
        "state": "graded",
        "score": 1.0,
        "raw": 1.0,
        "points": 29.0,
        "waiting": 1,
        "late": "",
        "handed_in": NOON.isoformat(),
        "note": "note",
        "checks": {"auto": {"score": None, "points": 25.0}, "written": {"score": 1.0, "points": 4.0}},
    }
    assert [second[name] for name in ("score", "raw", "points", "handed_in")] == [None, None, 2.0, None]
    assert "checks" not in export.marks_json(UNIT, [NAMED], per="unit")


def test_whether_anything_was_written_is_told_and_all_that_exports_wrote_is_known(course):
    course.results.mkdir(exist_ok=True)
    path = course.results / "a.csv"
    written = [export.write_output(course, path, data, force=False) for data in (b"1", b"1", b"2")]
    assert written == [True, False, True]
    before = path.stat().st_mtime_ns
    export.write_output(course, path, b"2", force=False)
    assert path.stat().st_mtime_ns == before
    path.write_bytes(b"mine")
    with pytest.raises(CourseError, match="is not as an export left it"):
        export.write_output(course, path, b"3", force=False)
    assert export.write_output(course, path, b"mine", force=False) is False
    other = course.results / "b.csv"
    other.write_bytes(b"1")
    with pytest.raises(CourseError, match=r"b.csv: exists and is not as an export left it"):
        export.write_output(course, other, b"3", force=False)


def test_an_output_with_other_content_is_not_replaced_in_silence(graded, capsys):
    path = graded.root / "results" / f"{UNIT}.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine\n")
    assert run(graded) == 1
    assert "--force replaces it" in capsys.readouterr().err
    assert path.read_text() == "mine\n"
    assert run(graded, "--force") == 0
    assert run(graded) == 0  # the same content


@pytest.mark.parametrize("name", ["csv", "json", "canvas", "moodle", "blackboard"])
def test_a_second_export_replaces_what_the_first_one_wrote_and_nothing_else(graded, name, capsys):
    words = ["--format", name]
    if name in FILES:
        theirs = graded.root.parent / "theirs.csv"
        theirs.write_bytes(FILES[name])
        words += ["--gradebook", str(theirs)]
    path = graded.results / (f"{UNIT}-{name}.csv" if name in FILES else f"{UNIT}.{name}")
    assert run(graded, *words) == 0
    first = path.read_bytes()
    late(graded)
    os.utime(path, (1, 1))
    assert run(graded, *words) == 0
    assert path.read_bytes() != first
    path.write_bytes(first)  # as the last export but one left it, or a backup
    assert run(graded, *words) == 0
    path.write_bytes(first + b"a remark\n")
    capsys.readouterr()
    assert run(graded, *words) == 1
    assert "--force replaces it" in capsys.readouterr().err
    assert path.read_bytes() == first + b"a remark\n"
    assert run(graded, *words, "--force") == 0
    assert run(graded, *words) == 0


def late(course):
    """Everybody loses a tenth."""
    (course.root / "extensions.csv").write_text("student,penalty\n" + "".join(f"{s.id},0.1\n" for s in PEOPLE))


def test_an_export_that_was_killed_before_it_wrote_is_no_foreign_file(graded, monkeypatch):
    assert run(graded) == 0
    late(graded)
    with monkeypatch.context() as patch:
        patch.setattr(
            export, "write_bytes_atomically", lambda path, data: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        assert run(graded) == 130
    assert run(graded) == 0
    assert "penalty set by hand" in (graded.results / f"{UNIT}.csv").read_text()


@pytest.mark.parametrize("spoilt", [b"", b"[]", b"{", b"\xff"])
def test_a_spoilt_note_of_exports_forgets_them(graded, spoilt):
    assert run(graded) == 0
    (graded.results / ".exported.json").write_bytes(spoilt)
    late(graded)
    assert run(graded) == 1
    assert run(graded, "--force") == 0


@pytest.mark.parametrize("text", ["soon", "2026-10-02 14:00:00 XYZT", ""])
def test_a_time_that_cannot_be_read_is_told(graded, capsys, text):
    path = graded.root / "course.toml"
    path.write_text(path.read_text() + f"\n[late]\n[late.{UNIT}]\ndeadline = 2026-10-01T12:00:00Z\n")
    (graded.root / "submitted" / "student-03" / UNIT / "timestamp.txt").write_text(text)
    run(graded)
    said = capsys.readouterr().out
    assert f"times to look at (1):\n      student-03: timestamp.txt '{text}': " in said


@pytest.mark.parametrize("lms_name", ["canvas", "moodle", "blackboard"])
def test_the_command_fills_the_platforms_file_and_leaves_that_alone(graded, capsys, lms_name):
    theirs = graded.root.parent / "their file.csv"
    theirs.write_bytes(FILES[lms_name])
    words = ["--format", lms_name, "--gradebook", str(theirs)]
    assert run(graded, *words) == 0
    assert "8 marks written" in capsys.readouterr().out
    assert theirs.read_bytes() == FILES[lms_name]
    made = (graded.root / "results" / f"{UNIT}-{lms_name}.csv").read_bytes()
    assert len(changed_cells(FILES[lms_name], made)) == 8
    assert run(graded, *words, "--output", str(theirs)) == 1
    assert "is the platform's own file" in capsys.readouterr().err


def test_a_platforms_format_needs_its_file(graded, capsys):
    assert run(graded, "--format", "canvas") == 1
    assert "needs --gradebook FILE" in capsys.readouterr().err


def test_per_check_fills_a_column_for_each_check_or_names_the_one_that_lacks(graded, capsys):
    cells = [
        c["metadata"]["nbgrader"]
        for c in json.loads(graded.master(UNIT).read_text())["cells"]
        if c["metadata"].get("nbgrader", {}).get("grade")
    ]
    header = ["Student", "ID", "SIS Login ID", "Section", *(f"{c['grade_id']} ({k})" for k, c in enumerate(cells))]
    points = ["    Points Possible", "", "", "", *(c["points"] for c in cells)]
    rows = [header, points, *([s.sortable, s.canvas, s.id, "A", *[""] * len(cells)] for s in PEOPLE)]
    theirs = graded.root.parent / "checks.csv"
    theirs.write_bytes(lms.table_bytes(rows))
    assert run(graded, "--format", "canvas", "--gradebook", str(theirs), "--per", "check") == 0
    made = parse_table((graded.root / "results" / f"{UNIT}-canvas.csv").read_bytes(), "x")
    assert [float(value) for value in made.rows[2].values[4:]] == [c["points"] / 2 for c in cells]
    theirs.write_bytes(FILES["moodle"])
    assert run(graded, "--format", "moodle", "--gradebook", str(theirs), "--per", "check") == 1
    assert "room for one mark only" in capsys.readouterr().err


def test_rows_are_found_by_what_the_collected_archive_told(graded):
    """Students called by Moodle's full names in submitted/, in a worksheet without names."""
    with open_shelf(graded.root / "submitted", UNIT, force=True) as shelf:
        for s in PEOPLE:
            shelf.put(s.id, {f"{UNIT}.ipynb": b"{}"}, Provenance(lms="moodle", lms_id=s.participant))
    rows = [["Identifier", "Status", "Grade", "Maximum Grade", "Last modified (grade)"]]
    rows += [[f"Participant {s.participant}", "", "", "29.00", "-"] for s in PEOPLE]
    theirs = graded.root.parent / "blind.csv"
    theirs.write_bytes(lms.table_bytes(rows))
    assert run(graded, "--format", "moodle", "--gradebook", str(theirs)) == 0
    made = parse_table((graded.root / "results" / f"{UNIT}-moodle.csv").read_bytes(), "x")
    assert [row[2] for row in made.rows[1:]] == ["14.5"] * 8


def test_the_late_policy_shows_in_export_and_feedback(graded, capsys):
    from grading.report.feedback import write_feedback

    path = graded.root / "course.toml"
    path.write_text(
        path.read_text() + f"\n[late]\nper_day = 0.1\n[late.{UNIT}]\ndeadline = 2026-10-01T12:00:00Z\n"
    )
    (graded.root / "extensions.csv").write_text(
        "student,unit,until,penalty,reason\nstudent-03,,,0,ill\nstudent-99,,,0,typing error\n"
    )
    for s in PEOPLE[:3]:
        (graded.root / "submitted" / s.id / UNIT / "timestamp.txt").write_text("2026-10-02 14:00:00 UTC")
    assert run(graded) == 0
    assert "extensions.csv names student-99, of whom there are no marks" in capsys.readouterr().out
    rows = list(csv.DictReader(io.StringIO((graded.root / "results" / f"{UNIT}.csv").read_text())))
    assert [(row["raw"], row["score"]) for row in rows[:4]] == [
        ("14.5", "11.6"),
        ("14.5", "11.6"),
        ("14.5", "14.5"),
        ("14.5", "14.5"),
    ]
    assert [row["late"] for row in rows[1:4]] == [
        "late by 1 day 2 h: -20 %",
        "late by 1 day 2 h; penalty set by hand (ill): 0 %",
        "time of submission unknown, taken as on time",
    ]
    pages = {page.parent.parent.name: page.read_text() for page in write_feedback(Course(graded.root), UNIT)}
    assert "Late by 1 day 2 h: -20 %." in pages["student-01"]
    assert "<strong>11.6</strong> of 29 points (14.5 before the late policy)" in pages["student-01"]
    assert "penalty set by hand (ill): 0 %." in pages["student-03"]
    assert 'class="late"' not in pages["student-04"]
