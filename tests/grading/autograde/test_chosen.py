"""The notebook that is chosen is the one that is graded, and what was handed in instead is called what it is."""

from __future__ import annotations

import pytest

from grading.autograde.run import autograde
from tests.grading.conftest import OTHER, UNIT, two_units
from tests.grading.submission.test_choose import NB, OTHERS, RELEASED, SOLVED, placed


@pytest.fixture
def course(tmp_path):
    return two_units(tmp_path / "course")


def test_what_was_handed_in_instead_is_named_for_what_it_is(course):
    placed(course, {f"{NB}.url": b"[InternetShortcut]\n", "x.docx": b"PK\x03\x04", "c.ipynb": OTHERS})
    (result,) = autograde(course, UNIT).results
    assert result.state == "missing"
    assert f"{NB}.url (a shortcut to a page or file, not the notebook itself)" in result.note
    assert f"c.ipynb: the notebook of unit {OTHER}, not graded" in [oddity.text for oddity in result.oddities]


def test_a_solved_copy_earns_what_it_is_worth(course):
    placed(course, {NB: RELEASED, f"{UNIT}-Copy1.ipynb": SOLVED})
    (result,) = autograde(course, UNIT).results
    assert (result.score, result.state) == (20, "graded")


def test_a_notebook_that_is_too_large_is_malformed(course, monkeypatch):
    monkeypatch.setattr("grading.submission.read.MAX_NOTEBOOK_BYTES", 1000)
    placed(course, {NB: SOLVED})
    (result,) = autograde(course, UNIT).results
    assert (result.state, result.score) == ("malformed", 0)
    assert "more than 64 MB" in result.note
