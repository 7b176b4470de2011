"""A row for each student, whatever became of the work, and its sums."""

from __future__ import annotations

from datetime import UTC, datetime

from grading.marks.class_marks import CellScore
from grading.marks.late import Lateness
from grading.marks.mark_rows import MarkRow, unit_marks
from tests.grading.conftest import UNIT, hand_in, solved
from tests.grading.recorded import by_hand, cells, own_notebook, record


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
