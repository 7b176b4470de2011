"""The late policy: boundaries to the second, clocks that change, extensions, unknown times, a TA's decision."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from grading.errors import CourseError
from grading.marks.late import UNKNOWN, Agreement, Policy, days_late, lateness
from grading.marks.late_settings import read_agreements, read_policy

LONDON = ZoneInfo("Europe/London")
DUE = datetime(2026, 10, 1, 23, 59, tzinfo=LONDON)
POLICY = Policy(deadline=DUE, grace=timedelta(minutes=15), per_day=0.1, cap=0.5, cut_off_days=7)


@pytest.mark.parametrize(
    ("after", "days", "share"),
    [
        pytest.param(timedelta(hours=-3), 0, 0, id="before the deadline"),
        pytest.param(timedelta(0), 0, 0, id="exactly at the deadline"),
        pytest.param(timedelta(minutes=15), 0, 0, id="at the end of the grace"),
        pytest.param(timedelta(minutes=15, seconds=1), 1, 0.1, id="one second past the grace"),
        pytest.param(timedelta(days=1, minutes=15), 1, 0.1, id="at the end of the first day and its grace"),
        pytest.param(timedelta(days=1, minutes=15, seconds=1), 2, 0.2, id="one second into the second day"),
        pytest.param(timedelta(days=6), 6, 0.5, id="capped"),
        pytest.param(timedelta(days=7), 7, 0.5, id="at the cut-off"),
        pytest.param(timedelta(days=7, minutes=16), 8, 1.0, id="past the cut-off"),
        pytest.param(timedelta(days=4000), 4000, 1.0, id="years late"),
    ],
)
def test_days_and_share(after, days, share):
    found = lateness((DUE.astimezone(UTC) + after), POLICY)
    assert (found.days, found.share, found.late) == (days, share, days > 0)


@pytest.mark.parametrize(
    ("handed_in", "days"),
    [
        pytest.param(
            datetime(2026, 10, 25, 23, 59, tzinfo=LONDON), 1, id="25 hours on are one day when clocks go back"
        ),
        pytest.param(datetime(2026, 10, 26, 0, 0, tzinfo=LONDON), 2, id="a minute later is the second"),
    ],
)
def test_a_day_ends_at_the_deadlines_time_of_day(handed_in, days):
    assert days_late(handed_in.astimezone(UTC), datetime(2026, 10, 24, 23, 59, tzinfo=LONDON)) == days


def test_a_day_is_23_hours_when_clocks_go_forward():
    due = datetime(2026, 3, 28, 12, 0, tzinfo=LONDON)
    assert days_late(datetime(2026, 3, 29, 12, 0, tzinfo=LONDON), due) == 1
    assert days_late(datetime(2026, 3, 29, 12, 0, 1, tzinfo=LONDON), due) == 2


def test_a_missing_time_is_not_late_and_says_so():
    found = lateness(None, POLICY)
    assert (found.late, found.share, found.note) == (False, 0, UNKNOWN)


def test_a_platforms_late_mark_without_a_time_counts_as_the_policy_says():
    assert lateness(None, POLICY, marked_late=True).share == 0.1
    assert "counted as 1 day" in lateness(None, POLICY, marked_late=True).note
    lenient = Policy(deadline=DUE, per_day=0.1, late_mark_days=0)
    found = lateness(None, lenient, marked_late=True)
    assert (found.share, found.late) == (0, False)
    assert "please look" in found.note


def test_a_known_time_counts_before_a_late_mark():
    assert lateness(DUE, POLICY, marked_late=True).share == 0


def test_an_extension_moves_the_deadline_of_one_student():
    until = DUE + timedelta(days=2)
    on_time, late = (lateness(until + timedelta(minutes=m), POLICY, Agreement(until=until)) for m in (0, 16))
    assert (on_time.share, late.share) == (0, 0.1)
    assert "extended to 2026-10-03 23:59" in on_time.note
    unknown = lateness(None, POLICY, Agreement(until=until), marked_late=True)
    assert (unknown.share, "please look" in unknown.note) == (0, True)


@pytest.mark.parametrize("before", [timedelta(days=30), timedelta(minutes=1), timedelta(0)])
@pytest.mark.parametrize("after", [-timedelta(hours=1), timedelta(hours=1), timedelta(days=3), timedelta(days=20)])
@pytest.mark.parametrize("marked_late", [False, True])
def test_an_extension_never_shortens_a_deadline(before, after, marked_late):
    """The class's deadline may have been moved beyond it since."""
    agreed = Agreement(until=DUE - before)
    found = lateness(DUE + after, POLICY, agreed, marked_late=marked_late)
    plain = lateness(DUE + after, POLICY, marked_late=marked_late)
    assert (found.share, found.days, found.late, found.of) == (plain.share, plain.days, plain.late, plain.of)
    assert "extended to" not in found.note
    assert lateness(None, POLICY, agreed, marked_late=marked_late) == lateness(
        None, POLICY, marked_late=marked_late
    )


def test_a_useless_extension_is_told_where_it_matters():
    found = lateness(DUE + timedelta(days=1), POLICY, Agreement(until=DUE - timedelta(days=2)))
    assert found.note == "late by 1 day: -10 %; the extension to 2026-09-29 23:59 does not go beyond the deadline"


def test_a_ta_may_set_the_penalty():
    waived = lateness(DUE + timedelta(days=3), POLICY, Agreement(penalty=0.0, reason="ill"))
    assert (waived.share, waived.late) == (0, True)
    assert waived.note == "late by 3 days; penalty set by hand (ill): 0 %"
    assert lateness(DUE, POLICY, Agreement(penalty=0.25)).share == 0.25


@pytest.mark.parametrize(
    ("of", "score", "expected"),
    [
        pytest.param("earned", 10, 8, id="of what was earned"),
        pytest.param("maximum", 10, 6, id="of the maximum"),
        pytest.param("maximum", 1, 0, id="never below zero"),
        pytest.param("earned", 0, 0, id="of nothing"),
    ],
)
def test_what_is_taken(of, score, expected):
    policy = Policy(deadline=DUE, per_day=0.2, of=of)
    assert lateness(DUE + timedelta(hours=1), policy).apply(score, 20) == expected


def test_the_note_tells_how_late_and_what_it_costs():
    found = lateness(DUE + timedelta(days=1, hours=2), Policy(deadline=DUE, per_day=0.05))
    assert found.note == "late by 1 day 2 h: -10 %"
    assert lateness(DUE + timedelta(seconds=20), Policy(deadline=DUE, per_day=0.05)).note == "late by 20 s: -5 %"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.2, "1 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3599.5, "1 h"),
        (3659, "1 h"),
        (3660, "1 h 1 min"),
        (86400 - 60, "23 h 59 min"),
        (86400 + 120, "1 day"),
        (2 * 86400 + 3600, "2 days 1 h"),
    ],
)
def test_how_late_is_told_in_the_units_that_matter(seconds, told):
    found = lateness(DUE + timedelta(seconds=seconds), Policy(deadline=DUE, per_day=0.05, cut_off_days=9))
    assert found.note.startswith(f"late by {told}: -")


def test_without_a_policy_nothing_is_late():
    assert lateness(DUE, Policy()).note == ""
    assert lateness(None, Policy(), marked_late=True).note == ""


def settings(course, text):
    path = course.root / "course.toml"
    lines = path.read_text().split("[limits]")
    path.write_text(f'timezone = "Europe/London"\n{lines[0]}\n{text}\n[limits]{lines[1]}')
    return course


def test_course_toml_gives_the_policy(course):
    text = "[late]\ngrace_minutes = 5\nper_day = 0.1\n[late.borrowing]\ndeadline = 2026-10-01T23:59:00\ncap = 0.3"
    policy = read_policy(settings(course, text), "borrowing")
    assert policy == Policy(DUE, timedelta(minutes=5), 0.1, "earned", 0.3)
    assert policy.deadline.utcoffset() == timedelta(hours=1)


def test_a_date_means_its_last_second_and_an_offset_is_kept(course):
    settings(course, "[late.borrowing]\ndeadline = 2026-10-01")
    assert read_policy(course, "borrowing").deadline == datetime(2026, 10, 1, 23, 59, 59, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("[late.borrowing]\ndeadline = 'soon'", "is no time", id="no time"),
        pytest.param(
            "[late.borrowing]\ndeadline = 2026-10-01\nper_day = 10", "number from 0 to 1", id="a percentage"
        ),
        pytest.param("[late]\nper_week = 1", "[late] per_week: there is no such key", id="an unknown key"),
        pytest.param(
            "[late.borrowing]\ndeadline = 2026-10-01\nof = 'all'", 'give "earned" or "maximum"', id="of what?"
        ),
    ],
)
def test_a_wrong_setting_is_named(course, text, words):
    with pytest.raises(CourseError) as caught:
        read_policy(settings(course, text), "borrowing")
    assert words in str(caught.value)


def test_extensions_are_read_and_errors_name_the_line(course):
    path = course.root / "extensions.csv"
    head = "student,unit,until,penalty,reason\n"
    path.write_text(head + "a,borrowing,2026-10-08T12:00,,ill\nb,,,5%,\na,,2026-12-01,,never used\n")
    found = read_agreements(settings(course, ""), "borrowing")
    assert found["a"] == Agreement(datetime(2026, 10, 8, 12, tzinfo=LONDON), None, "ill")
    assert found["b"].penalty == 0.05
    for line, words in [
        ("a,other,2026-10-08,,", "there is no unit 'other'"),
        ("a,,soon,,", "is no time"),
        ("a,,,7,", "give a share from 0 to 1"),
        ("a,,,,", "neither until nor penalty"),
        (",,2026-10-08,,", "no student"),
    ]:
        path.write_text(head + "z,,2026-10-08,,\n" + line + "\n")
        with pytest.raises(CourseError, match="line 3") as caught:
            read_agreements(course, "borrowing")
        assert words in str(caught.value)
