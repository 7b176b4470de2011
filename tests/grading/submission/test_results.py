"""Results on record: read as they were written, those of earlier graders too, and which of several counts."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from grading.errors import CourseError
from grading.oddities import Oddity
from grading.submission.results import CellMark, Result, ResultStore, graded, result_store

MARKS = (
    CellMark("a", 3.0, 1.5, "no", "swapped", given=("b",)),
    CellMark("b", 2.0, None, "", written=True),
    CellMark("c", 1.0, 0.0, "", unwritten=True),
)
RESULT = Result("s1", "unit", "f1", "crashed", Oddity("earlier", detail="why"), MARKS, version="3-abc", run=2)


@pytest.fixture
def course(tmp_path):
    """What results need of one."""
    return SimpleNamespace(results=tmp_path)


@pytest.fixture
def store(tmp_path):
    return ResultStore(tmp_path / "results" / "unit")


def named(store, student, text):
    """The notebook that people read, with this text in it."""
    path = store.notebook(student)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_result_is_read_as_it_was_written_but_for_its_notebook(store):
    result = replace(RESULT, oddities=(Oddity("earlier", "a", "odd"),), seconds=1.5, sandbox="test", notebook="{}")
    store.save(result)
    found = store.load("f1")
    assert (found, found.notebook, found.version, found.run) == (result, "", "3-abc", 2)
    assert (found.note, found.score, found.points) == ("why", 1.5, 6.0)
    assert replace(found, cause=None).note == ""


def test_which_runs_and_tests_a_result_is_of_does_not_make_it_another():
    assert replace(RESULT, version="3-def", run=3, notebook="{}") == RESULT
    assert replace(RESULT, seconds=1.0) != RESULT


@pytest.mark.parametrize(
    ("message", "unwritten"),
    [
        pytest.param("Not written yet.", True, id="not written"),
        pytest.param("No answer was written.", True, id="no answer"),
        pytest.param("f: the name is not defined here", True, id="no name"),
        pytest.param("Wrong.", False, id="wrong"),
    ],
)
def test_a_result_of_an_earlier_grader_is_read(store, message, unwritten):
    store.save(replace(RESULT, cause=None, marks=MARKS[:1], oddities=(Oddity("earlier"),)))
    kept = json.loads(store.path("f1").read_text())
    del kept["run"], kept["version"], kept["cause"], kept["marks"][0]["unwritten"], kept["marks"][0]["given"]
    kept["marks"][0]["message"] = message
    kept |= {"note": "cut off", "oddities": ["odd"]}
    store.path("f1").write_text(json.dumps(kept))
    found = store.load("f1")
    assert (found.note, found.run, found.version) == ("cut off", 0, "")
    assert found.oddities == (Oddity("earlier", detail="odd"),)
    assert found.marks == (replace(MARKS[0], message=message, given=(), unwritten=unwritten),)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"marks": 1}', "\x80"])
def test_a_spoilt_result_counts_as_none(store, text):
    store.save(RESULT)
    store.save(replace(RESULT, student="s2", fingerprint="f2"))
    store.path("f2").write_text(text, encoding="latin-1")
    store.path(".f3").write_text(store.path("f1").read_text().replace("s1", "s3"))  # being written
    assert store.load("f2") is None
    store.path("f2").write_text(store.path("f1").read_text().replace('"run": 2', '"run": "last"'))
    assert store.load("f2") is None
    assert store.load("f4") is None
    assert store.latest() == {"s1": RESULT}


def test_of_several_results_that_of_the_last_run_counts_else_the_named_one(store):
    assert store.latest() == {}
    for fingerprint, run in (("f3", 1), ("f1", 3), ("f2", 2)):
        store.save(replace(RESULT, fingerprint=fingerprint, run=run))
    named(store, "s1", '{"fingerprint": "f2"}')
    assert store.latest()["s1"].fingerprint == "f1"
    for fingerprint in ("f1", "f2", "f3"):
        store.save(replace(RESULT, fingerprint=fingerprint, run=0))
    assert store.latest()["s1"].fingerprint == "f2"
    store.save(replace(RESULT, fingerprint="f1", run=1))
    store.save(replace(RESULT, fingerprint="f2", run=1))
    assert store.latest()["s1"].fingerprint == "f2"
    named(store, "s1", '{"fingerprint": "f1"}')
    assert store.latest()["s1"].fingerprint == "f2"


def test_a_course_without_results_is_told_what_to_run(course):
    store = result_store(course, "unit")
    assert (store.folder, store.accepting.parent) == (course.results / "unit", store.folder)
    with pytest.raises(
        CourseError, match="no graded submission of unit yet; run 'python -m grading autograde unit'"
    ):
        graded(course, "unit")
    store.save(RESULT)
    assert graded(course, "unit") == {"s1": RESULT}


def test_the_result_that_a_notebook_names_stands_behind_its_cells(store):
    assert store.notebook_fingerprint("s1") is None
    assert store.notebook("s1").parts[-4:] == ("autograded", "s1", "unit", "unit.ipynb")
    for text, fingerprint in (
        ('{"cells": ["fingerprint\\": \\"x"], "metadata": {"fingerprint": "f1"}}', "f1"),
        ('{"fingerprint":"f0","fingerprint":"f1"}', "f1"),
        ('{"fingerprint": "f0"}' + " " * 500, None),
        ("{}", None),
    ):
        named(store, "s1", text)
        assert store.notebook_fingerprint("s1") == fingerprint
    store.notebook("s1").write_bytes(b"\xff")
    assert store.notebook_fingerprint("s1") is None
