"""Dates of course.toml reach students in words, and no mark depends on them."""

from __future__ import annotations

import pytest

from grading.course import Course
from grading.units.build import build_source, release, source_notebook
from grading.units.dates import dates_of, without_dates
from grading.units.master import answer_changed, notebook_cells, source_of
from grading.units.unit import load_unit
from tests.grading.conftest import UNIT, make_course

DATES = f"[dates.{UNIT}]\nrelease = 2026-10-02T09:00:00\ndeadline = 2026-10-15T23:59:00+02:00\n"
GIVEN, DUE = "Friday 2 October 2026, 09:00 (Europe/London)", "Thursday 15 October 2026, 22:59 (Europe/London)"
LINE = f"**Given out:** {GIVEN}. **Hand in by:** {DUE}."


def with_settings(course: Course, text: str) -> Course:
    settings = (course.root / "course.toml").read_text()
    (course.root / "course.toml").write_text(f'timezone = "Europe/London"\n{settings}{text}')
    return Course(course.root)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("", {}, id="none"),
        pytest.param(DATES, {"Given out": GIVEN, "Hand in by": DUE}, id="both, one in another zone"),
        pytest.param(
            f"[late.{UNIT}]\ndeadline = 2026-10-15\n",
            {"Hand in by": "Thursday 15 October 2026, 23:59 (Europe/London)"},
            id="the policy's deadline, a date",
        ),
    ],
)
def test_dates_are_in_the_courses_zone(course, text, found):
    assert dates_of(with_settings(course, text), UNIT) == found


def test_the_first_cell_tells_them_and_a_deadline_that_moves_makes_no_mark_stale(tmp_path):
    plain = make_course(tmp_path / "plain")
    dated = with_settings(make_course(tmp_path / "dated"), DATES)
    for course in (plain, dated):
        (course.root / ".course_secret").write_text("5" * 64)
        build_source(course, UNIT)
    cells = source_notebook(dated, UNIT)["cells"]
    assert cells[0]["source"].endswith(f"\n\n{LINE}")
    release(dated, [UNIT])
    assert source_of(notebook_cells(dated.release(UNIT))[0]).endswith(LINE)
    assert load_unit(plain, UNIT).digest == load_unit(dated, UNIT).digest
    assert not answer_changed(cells[0]["source"], source_notebook(plain, UNIT)["cells"][0]["source"])


def test_only_the_line_itself_is_left_out():
    assert without_dates(f"a\n{LINE}\nb") == "a\n\nb"
    for kept in ("Hand in by: tomorrow", "see **Hand in by:** above", "**Hand in by:**"):
        assert without_dates(kept) == kept
