"""A row for each student, whatever became of the work, and its sums."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from grading.gradebook.stored_mark import StoredMark
from grading.marks.class_marks import CellScore, cell_score
from grading.marks.late import Lateness
from grading.marks.mark_rows import MarkRow, unit_marks
from grading.submission.results import CellMark
from tests.grading.conftest import UNIT, hand_in, solved
from tests.grading.recorded import by_hand, cells, own_notebook, record


@pytest.mark.parametrize(
    ("machine", "auto", "manual", "asks", "extra", "counts", "refused"),
    [
        pytest.param(1.5, 1.5, None, False, 0.0, 1.5, None, id="the machine's"),
        pytest.param(0.0, 0.0, None, False, 0.0, 0.0, None, id="a zero of the machine's"),
        pytest.param(1.5, 1.5, None, False, 0.5, 2.0, None, id="with extra credit"),
        pytest.param(1.5, 1.5, 2.0, False, 0.5, 2.5, None, id="a person's, with extra credit"),
        pytest.param(1.5, 1.5, 0.0, False, 0.0, 0.0, None, id="a zero by hand"),
        pytest.param(1.5, 1.5, 3.0, False, 0.0, 3.0, None, id="all points by hand"),
        pytest.param(1.5, 1.5, 3.01, False, 0.0, None, 3.01, id="more than there are"),
        pytest.param(1.5, 1.5, -0.01, False, 0.5, None, -0.01, id="less than nothing"),
        pytest.param(1.5, 1.5, 2.0, True, 0.5, None, None, id="a person is to look again"),
        pytest.param(None, None, None, True, 0.0, None, None, id="nobody has marked it"),
        pytest.param(None, None, None, False, 0.5, None, None, id="only extra credit"),
    ],
)
def test_which_mark_of_a_cell_counts(machine, auto, manual, asks, extra, counts, refused):
    mark, stored = CellMark("a", 3.0, machine, ""), StoredMark(auto, manual, asks, 3.0, "", extra)
    assert cell_score(mark, stored) == CellScore("a", 3.0, counts, extra, refused)
    assert cell_score(mark, None) == CellScore("a", 3.0, machine)


def test_a_mark_of_0_is_given_and_extra_credit_alone_is_none():
    given = [(None, None), (0.0, None), (None, 0.0), (1.0, 2.0)]
    assert [StoredMark(*pair, False, 3.0, extra=0.5).given for pair in given] == [False, True, True, True]
    assert cell_score(CellMark("a", 3.0, 1.5, ""), StoredMark(1.5, None, False, 3.0)).score == 1.5


def test_the_sums_of_a_row():
    row = MarkRow(
        "student-01",
        "graded",
        "",
        "test",
        (
            CellScore("a", 3.0, 2.2, extra=0.2),
            CellScore("b", 2.0, 0.0),
            CellScore("c", 4.0, None, extra=1.0),
            CellScore("d", 1.0, None, refused=7.5),
            CellScore("e", 2.0, 1.0123456789),
        ),
        Lateness(late=True, days=1, share=0.5),
    )
    assert (row.raw, row.points, row.waiting, row.extra) == (3.212346, 12.0, 2, 0.2)
    assert row.troubles == ("7.5 points by hand for d, worth 1",)
    assert row.score == 1.61
    assert (row.to_grade, row.handed_in_nothing) == (False, False)


def test_a_row_for_everybody(course):
    """Graded on time, graded late, marked by hand, handed in anew, nothing handed in."""
    late = f"\n[late.{UNIT}]\ndeadline = 2026-10-01T12:00:00Z\nper_day = 0.1\n"
    settings = course.root / "course.toml"
    settings.write_text(settings.read_text() + late)
    (course.root / "roster.csv").write_text(
        "student,name\n" + "".join(f"student-0{n},Name {n}\n" for n in range(1, 7))
    )
    at = datetime(2026, 10, 1, 12, tzinfo=UTC)
    for number, when in ((1, at), (2, at.replace(day=3))):
        hand_in(course, f"student-0{number}", own_notebook(f"student-0{number}"))
        (course.submitted(f"student-0{number}", UNIT) / "timestamp.txt").write_text(when.isoformat())
    record(course, [f"student-0{number}" for number in range(1, 5)], 0.5)
    by_hand(course, "student-03", "who_moves_most", manual_score=2.0, extra_credit=0.25)
    hand_in(course, "student-04", solved())
    hand_in(course, "student-05", solved())
    rows = {row.student: row for row in unit_marks(course, UNIT)}
    points = {name: worth for name, worth, _ in cells(course)}
    half = sum(points.values()) / 2

    assert list(rows) == [f"student-0{number}" for number in range(1, 7)]
    assert {row.points for row in rows.values()} == {2 * half}
    assert [row.state for row in rows.values()] == ["graded"] * 3 + ["to grade"] * 2 + ["missing"]
    assert [row.person.name for row in rows.values()] == [f"Name {number}" for number in range(1, 7)]
    assert [row.has_submission for row in rows.values()] == [True] * 5 + [False]
    first, second, third, fourth, fifth, sixth = rows.values()
    assert (first.lateness.late, first.handed_in, first.score, first.waiting) == (False, at, half, 0)
    assert (second.lateness.days, second.handed_in, second.score) == (2, at.replace(day=3), round(half * 0.8, 2))
    assert third.raw == half - points["who_moves_most"] / 2 + 2.25
    assert (third.extra, third.sandbox, third.lateness.note) == (
        0.25,
        "test",
        "time of submission unknown, taken as on time",
    )
    for row in (fourth, fifth):
        assert (row.note, row.waiting, row.to_grade) == (
            f"not graded yet; run 'autograde {UNIT}'",
            len(points),
            True,
        )
    assert (sixth.note, sixth.raw, sixth.waiting, sixth.handed_in_nothing) == ("nothing handed in", 0, 0, True)
    assert [cell.grade_id for cell in sixth.cells] == list(points)
