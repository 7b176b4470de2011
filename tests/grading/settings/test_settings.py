"""course.toml: every table and key is known or refused in one line, with the file, the key and the cure."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import get_type_hints

import pytest

from grading.errors import CourseError
from grading.sandbox import Limits
from grading.settings import Settings, read_settings
from grading.settings.definition import FOR_ALL_AND_EACH, FOR_EACH, NUMBERS, ONCE

EXAMPLE = (Path(read_settings.__code__.co_filename).with_name("example.toml")).read_text(encoding="utf-8")
LEAST = 'course_id = "c"\nunits = ["shrinkage", "logistic"]\nbook_url = "https://example.org"\n'


def settings(folder: Path, text: str, least: str = LEAST) -> Settings:
    path = folder / "course.toml"
    path.write_text(least + text, encoding="utf-8")
    return read_settings(path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("[limit]\n", "[limit]: there is no such table; did you mean [limits]?", id="a misspelt table"),
        pytest.param("[lates]\n", "[lates]: there is no such table; did you mean [late]?", id="its plural"),
        pytest.param("[wine]\n", "[wine]: there is no such table; known: cluster, dates, hub", id="an unknown table"),
        pytest.param('book_ulr = "x"', "book_ulr: there is no such key; did you mean book_url?", id="a misspelt key"),
        pytest.param("[late]\nper_days = 0.1", "[late] per_days: there is no such key; did you mean [late] per_day?", id="a misspelt key of a table"),
        pytest.param("[limits.shrinkage]\nmemory = 1", "[limits.shrinkage] memory: there is no such key; did you mean", id="a misspelt key of a unit"),
        pytest.param("[limits.shrinkge]\nmemory_mb = 1", "[limits.shrinkge]: there is no such unit; did you mean [limits.shrinkage]?", id="a misspelt unit"),
        pytest.param("[dates]\ndeadline = 2026-10-01", "[dates] deadline belongs to a unit; write it under", id="a date without a unit"),
        pytest.param("late = 0.1", "late = 0.1; it is a table, write [late]", id="a table written as a key"),
        pytest.param("[timezone]\n", "[timezone]: there is no such table", id="a key written as a table"),
        pytest.param("timezone = 1", "timezone = 1; give a text in quotes", id="a number for a text"),
        pytest.param('[limits]\nmemory_mb = "1 GB"', "[limits.shrinkage] memory_mb = '1 GB'; give a whole number", id="a text for a number"),
        pytest.param("[limits]\nmemory_mb = true", "memory_mb = True; give a whole number", id="a truth for a number"),
        pytest.param("[limits]\ncell_seconds = -1", "limit cell_seconds is -1; give a positive number", id="a negative limit"),
        pytest.param("[late]\nper_day = 10", "per_day = 10; give a number from 0 to 1", id="ten for ten percent"),
        pytest.param('[late]\nof = "all"', "of = 'all'; give \"earned\" or \"maximum\"", id="a word that is none"),
        pytest.param("[late]\ncut_off_days = 1.5", "cut_off_days = 1.5; give a whole number", id="half a day"),
        pytest.param('[late.shrinkage]\ndeadline = "next week"', "[late.shrinkage] deadline = 'next week' is no time", id="a deadline that is no time"),
        pytest.param("[late.shrinkage]\ndeadline = 7", "[late.shrinkage] deadline = 7 is no time", id="a deadline that is a number"),
        pytest.param('[dates.shrinkage]\nreveal = "sometimes"', "reveal = 'sometimes' is no time", id="a reveal that is no time"),
        pytest.param("[dates.shrinkage]\ndeadline = 2026-10-02\nrelease = 2026-10-03", "[dates.shrinkage] deadline lies before release", id="due before it is given out"),
        pytest.param("[dates.shrinkage]\ndeadline = 2026-10-02\nreveal = 2026-10-01", "[dates.shrinkage] reveal lies before deadline", id="answers shown before it is due"),
        pytest.param("[late.shrinkage]\ndeadline = 2026-10-02\n[dates.shrinkage]\ndeadline = 2026-10-03", "both give a deadline; keep it in [dates.shrinkage]", id="a deadline given twice"),
        pytest.param('timezone = "Mars/Base"', "there is no time zone 'Mars/Base'", id="a zone that is none"),
        pytest.param('[per_student.shrinkage]\nfiles = ["a/b"]', "files = ['a/b']; give names of files", id="a path for a file's name"),
        pytest.param("[per_student.shrinkage]\n", "files is missing; give names of files", id="no files"),
        pytest.param("[hub]\ninstructors = []", "[hub] instructors = []; give names of accounts", id="a hub without staff"),
        pytest.param("[cluster]\nwait_seconds = 0", "wait_seconds = 0; give a number of seconds above 0", id="no wait"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_line_with_file_key_and_cure(tmp_path, text, says):
    with pytest.raises(CourseError) as caught:
        settings(tmp_path, text)
    line = str(caught.value)
    assert line.startswith(f"{tmp_path / 'course.toml'}: ")
    assert says in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("least", "says"),
    [
        pytest.param('units = ["u"]\nbook_url = "x"', "course_id is missing; give a text in quotes", id="no name"),
        pytest.param('course_id = "c"\nbook_url = "x"', "units is missing; give names of units", id="no units"),
        pytest.param(
            'course_id = "c"\nbook_url = "x"\nunits = ["a b"]', "units = ['a b']; give names of", id="a space"
        ),
        pytest.param("course_id = ", "not valid TOML", id="no TOML"),
    ],
)
def test_what_is_needed_is_asked_for(tmp_path, least, says):
    with pytest.raises(CourseError, match=re.escape(says)):
        settings(tmp_path, "", least)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(CourseError, match=r"course\.toml: missing; restore it"):
        read_settings(tmp_path / "course.toml")


def test_a_unit_overrides_what_holds_for_all(tmp_path):
    found = settings(tmp_path, "[limits]\nmemory_mb = 512\n[limits.shrinkage]\nmemory_mb = 2048\n")
    assert (found.limits["shrinkage"].memory_mb, found.limits["logistic"].memory_mb) == (2048, 512)


def test_a_limit_is_kept_as_it_was_written_since_results_are_named_by_it(tmp_path):
    found = settings(tmp_path, "[limits]\ncell_seconds = 60\n")
    assert repr(found.limits["shrinkage"]) == repr(Limits(cell_seconds=60))


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("2026-10-01T23:59:00", id="a TOML time"),
        pytest.param("2026-10-01", id="a date"),
        pytest.param('"2026-10-01T23:59:00+02:00"', id="a text with a zone"),
        pytest.param("2026-10-01T23:59:00Z", id="a TOML time in UTC"),
    ],
)
def test_a_time_may_be_written_in_each_of_these_ways(tmp_path, written):
    found = settings(tmp_path, f"[dates.shrinkage]\ndeadline = {written}\nreveal = 'always'\n")
    assert found.dates["shrinkage"].deadline is not None


# ---------------------------------------------------------------- the example


def uncommented() -> str:
    """The example with every key in force."""
    return re.sub(r"^# (?=\[|\w+ = )", "", EXAMPLE, flags=re.MULTILINE)


def test_the_example_is_valid_as_it_stands_and_with_every_key_in_force(tmp_path):
    settings(tmp_path, EXAMPLE, least="")
    found = settings(tmp_path, uncommented(), least="")
    assert found.dates["linear_regression"].release == datetime(2026, 10, 2, 9)


def test_the_example_shows_every_key_of_the_definition_and_its_default(tmp_path):
    shown: dict[str, set[str]] = {}
    table = ""
    for line in uncommented().splitlines():
        if match := re.match(r"\[(\w+)", line):
            table = match[1]
        elif match := re.match(r"(\w+) = ", line):
            shown.setdefault(table, set()).add(match[1])
    tables = {**FOR_ALL_AND_EACH, **FOR_EACH, **ONCE}
    assert shown.pop("") == set(Settings.__struct_fields__) - {*tables, *NUMBERS}
    assert [shown.pop(name) for name in NUMBERS] == [{"shrinkage", "linear_regression"}] * len(NUMBERS)
    assert shown == {name: set(get_type_hints(kind)) for name, kind in tables.items()}
    defaults = settings(tmp_path, "", least=EXAMPLE).limits["shrinkage"]
    assert settings(tmp_path, uncommented(), least="").limits["linear_regression"] == defaults
