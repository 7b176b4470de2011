"""`grading status`: who is in which state, what comes next, and the totals of the course."""

from __future__ import annotations

import csv
import json
import shutil

import pytest

from grading.__main__ import main
from grading.marks.sent import path_of_record, record, sent
from grading.marks.status import STATES
from grading.marks.status import _next as next_step
from tests.grading import lms_archives as lms
from tests.grading.conftest import UNIT, hand_in, make_course
from tests.grading.recorded import by_hand, cells, own_notebook
from tests.grading.recorded import record as graded

IDS = [person.id for person in lms.students(4)]


def run(course, *words):
    return main(["--course", str(course.root), *words])


def status(course, capsys, *words):
    capsys.readouterr()
    assert run(course, "status", "--json", *words) == 0
    return json.loads(capsys.readouterr().out)


def counts(told):
    return {state: len(who) for state, who in told["units"][0]["who"].items() if who}


@pytest.fixture
def course(tmp_path):
    made = make_course(tmp_path / "course")
    (made.root / "roster.csv").write_bytes(lms.table_bytes(lms.roster_rows(lms.students(4))))
    return made


def test_each_step_of_the_day_is_told_until_nothing_is_left(course, capsys):
    written = [name for name, _, by_person in cells(course) if by_person]
    told = status(course, capsys)
    assert (counts(told), told["units"][0]["command"]) == ({"missing": 4}, f"grading collect ARCHIVE {UNIT}")
    for student in IDS[:3]:
        hand_in(course, student, own_notebook(student))
    told = status(course, capsys)
    assert (counts(told), told["units"][0]["command"]) == (
        {"handed in": 3, "to grade": 3, "missing": 1},
        f"grading autograde {UNIT}",
    )
    graded(course, IDS[:3], waits=True)
    told = status(course, capsys)
    assert counts(told) == {"handed in": 3, "graded": 3, "waits": 3, "missing": 1}
    assert "formgrader" in told["units"][0]["next"]
    for student in IDS[:3]:
        for name in written:
            by_hand(course, student, name, manual_score=1.0)
    assert status(course, capsys)["units"][0]["command"] == f"grading export {UNIT}"
    assert run(course, "export", UNIT) == 0
    told = status(course, capsys)
    assert (counts(told)["exported"], told["units"][0]["command"]) == (3, f"grading return {UNIT}")
    assert run(course, "return", UNIT, "--lms", "mail") == 0
    told = status(course, capsys)
    assert (counts(told)["returned"], told["units"][0]["next"]) == (3, "")
    assert run(course, "status") == 0
    assert "nothing is left to do" in capsys.readouterr().out
    by_hand(course, IDS[0], written[0], manual_score=0.0)
    assert "the marks of 1 have changed" in status(course, capsys)["units"][0]["next"]
    hand_in(course, IDS[1], own_notebook(IDS[1], "anew"))
    told = status(course, capsys)
    assert (told["units"][0]["who"]["to grade"], told["units"][0]["command"]) == (
        [IDS[1]],
        f"grading autograde {UNIT}",
    )


def returned(course, capsys):
    return status(course, capsys)["units"][0]["who"]["returned"]


def test_returned_is_who_has_what_the_page_would_tell_now(course, capsys):
    written = next(name for name, _, by_person in cells(course) if by_person)
    for student in IDS[:3]:
        hand_in(course, student, own_notebook(student))
    graded(course, IDS[:3])
    assert run(course, "return", UNIT, "--lms", "mail", "--partial") == 0
    assert returned(course, capsys) == IDS[:3]
    graded(course, IDS[:3])  # a run that changes nothing of what they read
    assert run(course, "feedback", UNIT) == 0
    assert returned(course, capsys) == IDS[:3]
    by_hand(course, IDS[1], written, manual_score=1.0)
    assert returned(course, capsys) == [IDS[0], IDS[2]]
    (course.root / "extensions.csv").write_text(f"student,unit,until,penalty,reason\n{IDS[2]},,,0.5,\n")
    assert returned(course, capsys) == [IDS[0]]
    assert "return feedback to 2" in _next(course, capsys)


def test_a_zero_that_goes_out_only_on_purpose_is_no_next_step():
    who = dict.fromkeys(STATES, ()) | {
        "handed in": IDS[:2],
        "graded": IDS[:2],
        "exported": IDS[:1],
        "returned": IDS[:2],
    }
    assert next_step(UNIT, who, []) == ("export the marks of 1", f"grading export {UNIT}")
    assert next_step(UNIT, who, [], {IDS[1]}) == ("", "")


def _next(course, capsys):
    run(course, "export", UNIT)
    return status(course, capsys)["units"][0]["next"]


def test_a_record_that_disagrees_is_told_and_stops_no_other_unit(course, capsys):
    graded(course, IDS[:2])
    shutil.rmtree(course.root / "autograded")
    (course.root / "gradebook.db").unlink()
    assert "no gradebook yet" in status(course, capsys)["units"][0]["next"]


def test_totals_weigh_the_units_and_name_what_is_not_final(course, capsys):
    graded(course, IDS[:2], 0.5)
    graded(course, IDS[2:3], 1.0, waits=True)
    path = course.root / "course.toml"
    path.write_text(path.read_text() + f"\n[weights]\n{UNIT} = 2\n")
    totals = {total["student"]: (total["percent"], total["final"]) for total in status(course, capsys)["totals"]}
    by_person = sum(points for _, points, written in cells(course) if written)
    points = sum(points for _, points, _ in cells(course))
    assert totals[IDS[0]] == (50.0, True)
    assert totals[IDS[2]] == (round(100 * (points - by_person) / points, 2), False)
    assert totals[IDS[3]] == (0.0, True)
    assert run(course, "status", "--totals", "--who") == 0
    with (course.results / "totals.csv").open(encoding="utf-8") as file:
        assert [row["percent"] for row in csv.DictReader(file)][:2] == ["50", "50"]


@pytest.mark.parametrize("torn", ['{"unit": "x', "nonsense\n", "[1]\n", '{"other": 1}\n'])
def test_a_torn_line_of_what_went_out_loses_no_other(course, torn):
    record(course, UNIT, "exported", {IDS[0]: "1"}, to="csv")
    with path_of_record(course).open("a", encoding="utf-8") as file:
        file.write(torn)
    record(course, UNIT, "returned", {IDS[0]: "2"}, to="mail")
    assert [each.what for each in sent(course)] == ["exported", "returned"]
