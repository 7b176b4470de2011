"""Times as nbgrader stamps submissions: by zone, abbreviation, offset; and what is no time."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from grading.settings.moments import stamped_moment

NEW_YORK, BERLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")


def by_nbgrader(text: str) -> datetime:
    """What nbgrader takes it for."""
    from nbgrader.utils import parse_utc  # hundreds of modules: only the process that asks imports them

    return parse_utc(text)


@pytest.mark.parametrize("zone", [UTC, NEW_YORK, BERLIN], ids=str)
@pytest.mark.parametrize(
    "text",
    [
        "2015-02-02 14:58:23.948203 America/Los_Angeles",
        "2015-07-02 14:58:23.948203 America/Los_Angeles",
        "2015-07-02 14:58:23.948203 UTC",
        "2015-07-02 14:58:23 GMT",
        "2015-07-02 14:58:23 Europe/London",
        "2015-07-02 14:58:23",
        "2015-07-02 14:58",
        "2015-07-02T14:58:23Z",
        "2015-07-02 14:58:23.5+02:00",
        "2015-07-02 14:58:23 EST5EDT",
        "2015-07-02 14:58:23 EST",
        "Thu Jul  2 14:03:00 2015",
    ],
)
def test_it_is_read_as_nbgrader_reads_it(text, zone):
    moment, remark = stamped_moment(text, zone)
    assert moment.astimezone(UTC).replace(tzinfo=None) == by_nbgrader(text)
    assert remark == ""


@pytest.mark.parametrize("text", ["2015-07-02 14:58:23 EDT", "2015-07-02 14:58:23.1 CEST", "2015-07-02 9:58 PDT"])
def test_an_abbreviation_that_nobody_knows_is_read_as_nbgrader_does_and_told(text):
    moment, remark = stamped_moment(text, UTC)
    assert moment.replace(tzinfo=None) == by_nbgrader(text)
    assert "is not known, read as UTC" in remark


@pytest.mark.parametrize(
    ("text", "zone", "hour"),
    [
        pytest.param("2015-07-02 12:00:00 EDT", NEW_YORK, 16, id="summer"),
        pytest.param("2015-12-02 12:00:00 EST", NEW_YORK, 17, id="winter"),
        pytest.param("2015-07-02 12:00:00 CEST", BERLIN, 10, id="Berlin"),
        pytest.param("2015-11-01 01:30:00 EDT", NEW_YORK, 5, id="the hour that comes twice, first"),
        pytest.param("2015-11-01 01:30:00 EST", NEW_YORK, 6, id="the hour that comes twice, second"),
        pytest.param("2015-07-02 12:00:00 +0200", UTC, 10, id="an offset"),
        pytest.param("2 July 2015 12:00 CEST", BERLIN, 10, id="another format of nbgrader's"),
        pytest.param("2015-07-02 12:00:00 -03", UTC, 15, id="hours alone"),
    ],
)
def test_the_courses_own_abbreviations_and_offsets_mean_what_they_say(text, zone, hour):
    moment, remark = stamped_moment(text, zone)
    assert (moment.astimezone(UTC).hour, remark) == (hour, "")


@pytest.mark.parametrize(
    "text", ["", " ", "soon", "5", "12:30", "2015-07-02 14:58:23 /etc/passwd", "2015-07-02 14:58:23 ../UTC", "\0"]
)
def test_what_is_no_time_is_told(text):
    assert stamped_moment(text, UTC) == (None, "no time")


def test_a_moment_is_aware():
    assert stamped_moment("2015-07-02 14:58", BERLIN)[0] == datetime(2015, 7, 2, 14, 58, tzinfo=UTC)
