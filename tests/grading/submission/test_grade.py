"""One submission from its cells to its marks, by a session in this process: what each step and each end gives."""

from __future__ import annotations

import contextlib
import copy
import itertools
import json
import re
from types import SimpleNamespace

import pytest

from grading.checks.notebook_check import Verdict
from grading.oddities import Oddity
from grading.sandbox import CellResult, Limits
from grading.submission import grade as grading
from grading.submission.fingerprint import Work
from grading.submission.grade import MOST_ODDITIES, failed, grade, overran, unread
from grading.submission.read import Submission
from grading.submission.results import CellMark, Result
from grading.units.master import Master
from grading.units.unit import Unit
from tests.grading.submission.student_process import StudentProcess


def master_cell(name, kind, source, **mark):
    nbgrader = {"grade_id": name, "solution": False, "grade": False, **mark} if mark else None
    return {"id": name, "cell_type": kind, "source": source, "metadata": {"nbgrader": nbgrader} if mark else {}}


STUB = "def {}(x):\n    raise NotImplementedError"
PARTS = (
    master_cell("setup", "code", "import math", locked=True),
    master_cell("f", "code", "def f(x):\n    return x + 1", solution=True),
    master_cell("test f", "code", "assert f(1) == 2, 'not one more'", grade=True, points=3),
    master_cell("g", "code", "def g(x):\n    return 2 * f(x)", solution=True),
    master_cell("test g", "code", "assert g(1) == 4", grade=True, points=2),
    master_cell("why", "markdown", "because", solution=True, grade=True, points=4),
)
SOLVED = {part["id"]: part["source"] for part in PARTS}
STUBS = SOLVED | {"f": STUB.format("f"), "g": STUB.format("g"), "why": "Write here."}
LIMITS = Limits()
UNIT = Unit("lab", Master(PARTS, STUBS), {"data.csv": b"1"}, {}, LIMITS, "d" * 64, importable=("numpy",))
FILES = {"data.csv": b"mine", "own.csv": b"2"}


class Session:
    """Runs cells in this process; a copy is the names as they are. Some cells may end it, or take too long."""

    def __init__(self, **ends):
        self.names, self.ends = {}, ends
        self.dead, self.timed_out, self.finished, self.refused = None, False, False, ""
        self.cells = []

    def run_cell(self, source):
        assert not self.finished
        self.cells.append(source)
        status, outputs = "ok", [{"output_type": "stream", "name": "stdout", "text": "ran"}]
        for words, end in self.ends.items():
            if words in source:
                status = "timeout" if end in ("slow", "late") else "died"
                self.timed_out = end == "late"
                self.dead = None if end == "slow" else f"it {end}"
        if status == "ok":
            try:
                exec(source, self.names)
            except Exception as error:
                status, told = "error", {"ename": type(error).__name__, "evalue": str(error), "traceback": []}
                outputs.append({"output_type": "error", **told})
        return CellResult(outputs, len(self.cells), status, 0.0)

    def copy(self):
        if "copy" in self.ends:
            self.dead = self.ends["copy"]
        return None if self.dead else SimpleNamespace(refused=self.refused, names=dict(self.names))

    def spare(self):
        return SimpleNamespace(refused="", names=None)

    def finish(self):
        self.finished = True

    def leave_time(self):
        pass

    @contextlib.contextmanager
    def asking(self, parked, *, spare=None):
        assert self.finished
        process = StudentProcess()
        process.names = parked.names
        if spare is not None:
            spare.names = {}
            for name, value in parked.names.items():  # functions of the spare look their globals up there
                known = getattr(value, "__code__", None)
                spare.names[name] = type(value)(known, spare.names) if known else value
        yield process


class Box:
    """A sandbox of one session."""

    mode = SimpleNamespace(name="here")

    def __init__(self, session):
        self.session = session

    def in_session(self, run, files, limits, *, seed, copies):
        self.asked = (files, limits, seed, copies)
        return run(self.session)


def work_of(sources, *, kinds=(), order=None, **changed):
    """The work of a student whose notebook holds these sources, by name."""
    notebook = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    for name in order or sources:
        part = next((copy.deepcopy(part) for part in PARTS if part["id"] == name), None)
        part = part or {"id": name, "cell_type": "code", "metadata": {}}
        notebook["cells"].append({**part, "source": sources[name], **dict(kinds).get(name, {})})
    given = {"notebook_name": "lab.ipynb", "notebook": json.dumps(notebook).encode(), "files": FILES}
    return Work.of(Submission("student-01", **{**given, **changed}), UNIT)


def graded(sources=(), unit=UNIT, session=None, **how):
    return grade(work_of({**STUBS, **dict(sources)}, **how), unit, Box(session or Session()))


def scores(result):
    return {mark.grade_id: mark.score for mark in result.marks}


def test_a_solved_notebook_is_graded_whole():
    box, work = Box(Session()), work_of(SOLVED)
    result = grade(work, UNIT, box)
    assert result == Result(
        "student-01",
        "lab",
        work.fingerprint,
        "graded",
        None,
        (
            CellMark("test f", 3.0, 3.0, "Correct."),
            CellMark("test g", 2.0, 2.0, "Correct."),
            CellMark("why", 4.0, None, "", written=True),
        ),
        seconds=result.seconds,
        sandbox="here",
    )
    assert 0 <= result.seconds < 60
    assert result.seconds == round(result.seconds, 3)
    assert box.asked == ({"data.csv": b"1", "own.csv": b"2"}, LIMITS, int(work.fingerprint[:8], 16), 2)
    assert box.session.cells == [SOLVED["setup"], SOLVED["f"], SOLVED["g"]]
    notebook = json.loads(result.notebook)
    assert notebook["metadata"]["grading"] == {"fingerprint": work.fingerprint}
    shown = {cell["id"]: [output["text"] for output in cell.get("outputs", ())] for cell in notebook["cells"]}
    assert shown["f"] == ["ran"]
    assert shown["test f"] == ["3 of 3 points. Correct.\n"]
    assert [cell["execution_count"] for cell in notebook["cells"] if cell["id"] in ("setup", "f", "g")] == [
        1,
        2,
        3,
    ]


def test_who_judges_and_who_keeps_the_notebook_get_all_that_they_need(monkeypatch):
    asked = []
    for name in ("Judge", "autograded_notebook"):
        made = getattr(grading, name)
        monkeypatch.setattr(grading, name, lambda *given, _made=made: asked.append(given) or _made(*given))
    session = Session()
    graded(SOLVED, session=session)
    assert asked[0] == (session, UNIT.checks, None, UNIT.bindings)
    assert (asked[1][0], asked[1][-1]) == (UNIT.master, FILES)


@pytest.mark.parametrize("changed", [{}, {"notebook": b""}])
def test_how_long_it_took_is_told_in_thousandths_of_a_second(monkeypatch, changed):
    monkeypatch.setattr(grading, "time", SimpleNamespace(monotonic=itertools.count(10.0, 1.23456).__next__))
    assert graded(SOLVED, **changed).seconds == 1.235


def test_what_is_worth_nothing_earns_nothing():
    free = [{**part, "metadata": copy.deepcopy(part["metadata"])} for part in PARTS]
    for part in free:
        part["metadata"]["nbgrader"] |= {"points": 0} if part["metadata"]["nbgrader"]["grade"] else {}
    unit = Unit("lab", Master(tuple(free), STUBS), {}, {}, LIMITS, "d" * 64)
    for result in (graded(SOLVED, unit), graded(SOLVED, unit, notebook=None)):
        assert [mark.points for mark in result.marks] == [0.0] * 3


def test_an_untouched_notebook_earns_nothing_and_waits_for_nobody():
    assert graded().marks == (
        CellMark("test f", 3.0, 0.0, "Not written yet.", unwritten=True),
        CellMark("test g", 2.0, 0.0, "Not written yet.", unwritten=True),
        CellMark("why", 4.0, 0.0, "No answer was written.", written=True, unwritten=True),
    )


def test_a_share_of_the_points_is_rounded_and_a_misconception_is_named(monkeypatch):
    monkeypatch.setattr(grading.FollowThrough, "first", lambda *_: Verdict(1 / 3, "no", misconception="swapped"))
    assert graded(SOLVED).marks[1] == CellMark("test g", 2.0, 0.67, "no", "swapped")


def test_what_builds_on_a_wrong_answer_counts_with_the_right_one():
    wrong = graded({"f": "def f(x):\n    return x", "g": SOLVED["g"]})
    assert scores(wrong) == {"test f": 0.0, "test g": 2.0, "why": 0.0}
    assert [mark.given for mark in wrong.marks] == [(), ("f",), ()]
    assert wrong.marks[0].message == "not one more"


@pytest.mark.parametrize(
    ("end", "state"),
    [pytest.param("died", "crashed", id="dead"), pytest.param("late", "timed out", id="out of time")],
)
def test_a_process_that_ends_keeps_what_it_had_earned(end, state):
    session = Session(**{"2 * f": end, "never": "died again"})
    result = graded({**SOLVED, "own": "never", "late": "1"}, session=session)
    assert (result.state, result.cause) == (state, Oddity("process ended", "g", f"it {end}"))
    assert scores(result) == {"test f": 3.0, "test g": 0.0, "why": None}
    assert result.marks[1].message == f"Not tested: the notebook's process had ended before (it {end})."
    assert len(session.cells) == 3
    assert result.oddities == ()
    assert session.finished


def test_a_process_that_ends_in_a_cell_of_the_students_own_or_when_it_is_copied_says_where():
    order = ["setup", "own", "f", "test f", "g", "test g", "why"]
    result = graded({**SOLVED, "own": "boom"}, session=Session(boom="died"), order=order)
    assert result.cause == Oddity("process ended", "a cell that was added", "it died")
    result = graded(SOLVED, session=Session(copy="it ended"))
    assert result.cause == Oddity("process ended", "test f", "it ended")
    assert scores(result) == {"test f": 0.0, "test g": 0.0, "why": None}


def test_a_copy_that_cannot_be_asked_earns_nothing_and_says_why():
    session = Session()
    session.refused = "it holds a file"
    result = graded(SOLVED, session=session)
    said = "Not tested: the notebook as it stood here cannot be asked, since it holds a file."
    assert [(mark.score, mark.message) for mark in result.marks[:2]] == [(0.0, said)] * 2
    assert (result.state, result.cause) == ("graded", None)


def test_a_cell_that_is_stopped_is_told_and_the_others_run():
    result = graded(
        {**SOLVED, "own": "slow"}, session=Session(slow="slow"), order=["setup", "own", *list(SOLVED)[1:]]
    )
    assert result.oddities == (Oddity("out of time", "a cell that was added"),)
    assert (result.state, scores(result)["test g"]) == ("graded", 2.0)
    result = graded(SOLVED, session=Session(**{"2 * f": "slow"}))
    assert result.oddities == (Oddity("out of time", "g"),)
    assert result.marks[1].message == "`g` is not there: its cell ran out of time."


def test_a_cell_that_stops_says_so_where_its_name_is_missed():
    result = graded({**SOLVED, "f": "1 / 0\ndef f(x): return 1"})
    assert (
        result.marks[0].message == "`f` is not there: its cell stopped with ZeroDivisionError: division by zero."
    )
    assert not result.marks[0].unwritten


def test_an_answer_below_its_test_is_judged_at_the_end_if_none_was_written_above():
    order = ["setup", "test f", "f", "g", "test g", "why"]
    result = graded(SOLVED, order=order)
    assert scores(result)["test f"] == 3.0
    assert Oddity("judged at the end", "test f") in result.oddities
    first = ["setup", "own", "test f", "f", "g", "test g", "why"]
    result = graded({**SOLVED, "own": "f = lambda x: 5"}, order=first)
    assert scores(result)["test f"] == 0.0
    assert "judged at the end" not in {oddity.kind for oddity in result.oddities}


def test_personal_data_are_compared_and_odd_ones_are_told():
    personal = SimpleNamespace(
        files=("data.csv",),
        files_of=lambda student: {"data.csv": f"of {student}".encode()},
        roster=(),
        path="x",
        answers_of=lambda student: {"size": 3},
    )
    unit = Unit("lab", UNIT.master, {}, {}, LIMITS, "d" * 64, personal)
    parts = [*PARTS[:2], master_cell("test f", "code", "own_answer('size')", grade=True, points=3), *PARTS[3:]]
    unit = Unit("lab", Master(tuple(parts), STUBS), {}, {}, LIMITS, "d" * 64, personal)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("grading.units.personal._all_data", lambda *_: {})
        box = Box(Session())
        result = grade(work_of({**SOLVED, "f": "size = 3"}), unit, box)
        assert scores(result)["test f"] == 3.0
        assert Oddity("other file", "data.csv") in result.oddities
        assert box.asked[0] == {"data.csv": b"of student-01", "own.csv": b"2"}


def test_oddities_of_reading_rebuilding_and_running_are_told_in_that_order_up_to_a_number():
    read = tuple(Oddity("link", f"{number}") for number in range(2))
    result = graded({**SOLVED, "setup": "x = 1", "own": "slow"}, session=Session(slow="slow"), oddities=read)
    assert [oddity.kind for oddity in result.oddities] == ["link", "link", "code added", "out of time"]
    many = tuple(Oddity("link", f"{number}") for number in range(2 * MOST_ODDITIES))
    assert len(graded(SOLVED, oddities=many).oddities) == MOST_ODDITIES + 1


ZERO = {"test f": 0.0, "test g": 0.0, "why": 0.0}
GONE = Oddity("no file", "lab.ipynb")


@pytest.mark.parametrize(
    ("changed", "state", "cause", "others"),
    [
        pytest.param(
            {"notebook": None, "notebook_name": None}, "missing", Oddity("nothing handed in"), (), id="none"
        ),
        pytest.param(
            {"notebook": None, "notebook_name": None, "oddities": (Oddity("link", "a"), GONE)},
            "missing",
            GONE,
            (Oddity("link", "a"),),
            id="none, and why",
        ),
        pytest.param(
            {"notebook": None, "oddities": (Oddity("malformed notebook", "lab.ipynb", "too large"),)},
            "malformed",
            Oddity("malformed notebook", "lab.ipynb", "too large"),
            (),
            id="not read",
        ),
        pytest.param(
            {"notebook": b"", "oddities": (Oddity("link", "a"),)},
            "malformed",
            Oddity("malformed notebook", "lab.ipynb", "an empty file"),
            (Oddity("link", "a"),),
            id="no notebook",
        ),
    ],
)
def test_what_cannot_be_run_has_every_mark_at_zero_and_says_why(changed, state, cause, others):
    work = work_of(SOLVED, **changed)
    result = grade(work, UNIT, None)
    assert (result.state, result.cause, result.oddities) == (state, cause, others)
    assert (result.student, result.unit, result.fingerprint, result.sandbox) == (
        "student-01",
        "lab",
        work.fingerprint,
        "",
    )
    assert scores(result) == ZERO
    said = f"{state.capitalize()}: {cause.text}."
    assert [mark.message for mark in result.marks] == [said] * 3
    assert [(mark.points, mark.written, mark.unwritten) for mark in result.marks] == [
        (3.0, False, False),
        (2.0, False, False),
        (4.0, True, False),
    ]
    assert 0 <= result.seconds < 60
    assert result.seconds == round(result.seconds, 3)
    notebook = json.loads(result.notebook)
    assert [cell["source"] for cell in notebook["cells"]] == [STUBS[part["id"]] for part in PARTS]
    assert notebook["metadata"]["grading"] == {"fingerprint": work.fingerprint}
    assert re.search(r"0 of 3 points. ", result.notebook)


def test_a_submission_on_which_the_grader_failed_waits_for_a_person():
    result = failed("student-01", UNIT, ValueError("no"))
    assert (result.state, result.cause) == ("crashed", Oddity("grader failed", detail="ValueError: no"))
    assert set(scores(result).values()) == {None}
    assert result.fingerprint.startswith("failed-")
    assert result.fingerprint != failed("student-02", UNIT, ValueError("no")).fingerprint


@pytest.mark.parametrize(
    ("what", "state"),
    [pytest.param("time", "timed out", id="time"), pytest.param("memory", "malformed", id="memory")],
)
def test_what_takes_the_grader_too_much_costs_itself(what, state):
    work = work_of(SOLVED)
    for result, fingerprint in (
        (overran(work, UNIT, what, "9"), work.fingerprint),
        (unread("student-01", UNIT, what, "9"), failed("student-01", UNIT, ValueError()).fingerprint),
    ):
        assert (result.state, result.cause) == (state, Oddity(f"over the grader's {what}", detail="9"))
        assert (scores(result), result.fingerprint, result.student) == (ZERO, fingerprint, "student-01")
