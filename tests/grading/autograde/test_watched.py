"""The trusted side has a clock: a submission that makes it slow or large costs that submission, nobody else's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

import grading.autograde.executors as executors
import grading.autograde.run as grading_autograde
import grading.autograde.watched as watched
import grading.submission.grade as grading_of_one
from grading.autograde.run import autograde
from grading.errors import CourseError
from grading.units.unit import load_unit
from tests.conftest import descendants
from tests.grading.conftest import UNIT, hand_in, released, solved

ODD = "student-01"


@pytest.fixture
def small(course):
    """Four students of whom one is odd, and a unit whose own limit is short."""
    for number in range(4):
        hand_in(course, f"student-{number:02}", solved())
    return course


@pytest.fixture
def short(monkeypatch):
    """Let the trusted side have four seconds and 200 MB for a submission."""
    monkeypatch.setattr(executors, "ALLOWANCE", 4.0 - 12)  # the limit of the unit itself is 12 s
    monkeypatch.setattr(grading_autograde, "READ_SECONDS", 4.0)
    monkeypatch.setattr(watched, "MEMORY_BYTES", 200 << 20)


def sleep(*_):
    time.sleep(1000)


def compute(*_):
    while True:
        pass


def swell(*_):
    kept = []
    while True:
        kept.append(b"x" * (1 << 20))


def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def only_on_the_odd(right, wrong, of=lambda first, *_: first):
    def one(*args):
        return wrong(*args) if of(*args) == ODD else right(*args)

    return one


def states(summary):
    return {result.student: (result.state, result.score) for result in summary.results}


def others_are_graded(summary):
    return [state for student, state in states(summary).items() if student != ODD] == [("graded", 20)] * 3


def test_a_grader_that_was_never_opened_ends_without_a_sandbox_of_its_own(course, monkeypatch, tmp_path):
    started = tmp_path / "started"
    monkeypatch.setattr(executors, "answer_each", lambda *_: started.touch())  # what is done once there is one
    executors.Grader(executors.GraderSetup(load_unit(course, UNIT), course.student_python)).close()
    assert not started.exists()


@pytest.mark.parametrize(
    ("wrong", "jobs", "state", "says"),
    [
        pytest.param(sleep, 2, "timed out", "more than 4 s", id="waits for ever"),
        pytest.param(compute, 1, "timed out", "more than 4 s", id="computes for ever"),
        pytest.param(swell, 2, "malformed", "more than 200 MB of memory", id="takes memory without end"),
        pytest.param(die, 1, "crashed", "the process that graded it ended, signal 9", id="ends its process"),
    ],
)
def test_a_submission_that_grading_cannot_finish_costs_nobody_else(
    small, short, monkeypatch, wrong, jobs, state, says
):
    student = lambda work, *_: work.submission.student  # noqa: E731
    monkeypatch.setattr(executors, "grade", only_on_the_odd(executors.grade, wrong, student))
    summary = autograde(small, UNIT, jobs=jobs)
    odd = next(result for result in summary.results if result.student == ODD)
    assert (odd.state, odd.score) == (state, 0)
    assert says in odd.note
    assert others_are_graded(summary)


@pytest.mark.parametrize(
    ("wrong", "state", "says"),
    [
        pytest.param(compute, "timed out", "more than 4 s", id="for ever"),
        pytest.param(swell, "malformed", "more than 200 MB of memory", id="memory without end"),
        pytest.param(die, "crashed", "the process that read it ended, signal 9", id="its process ends"),
    ],
)
def test_files_that_cannot_be_read_within_bounds_cost_nobody_else(small, short, monkeypatch, wrong, state, says):
    right = grading_autograde.read_folder
    student = lambda folder, student, *_: student  # noqa: E731
    monkeypatch.setattr(grading_autograde, "read_folder", only_on_the_odd(right, wrong, student))
    summary = autograde(small, UNIT)
    odd = next(result for result in summary.results if result.student == ODD)
    assert odd.state == state
    assert says in odd.note
    assert others_are_graded(summary)
    monkeypatch.setattr(grading_autograde, "read_folder", right)
    assert states(autograde(small, UNIT))[ODD] == ("graded", 20)  # it was never kept


@pytest.mark.parametrize("stage", ["read_cells", "rebuild"])
def test_the_clock_runs_in_every_stage_of_grading(small, short, monkeypatch, stage):
    right = getattr(grading_of_one, stage)

    def slow(*args):
        if any("MARK" in str(getattr(cell, "source", cell)) for arg in args for cell in _cells(arg)):
            sleep()
        return right(*args)

    notebook = solved()
    notebook["cells"][-1]["source"] += "\n# MARK"
    hand_in(small, ODD, notebook)
    monkeypatch.setattr(grading_of_one, stage, slow)
    summary = autograde(small, UNIT)
    assert states(summary)[ODD] == ("timed out", 0)
    assert others_are_graded(summary)


def _cells(argument):
    if isinstance(argument, bytes):
        return [argument.decode()]
    return argument if isinstance(argument, list) else []


def test_an_overrun_is_kept_and_a_regrade_tries_again(small, short, monkeypatch):
    student = lambda work, *_: work.submission.student  # noqa: E731
    right = executors.grade
    monkeypatch.setattr(executors, "grade", only_on_the_odd(right, sleep, student))
    autograde(small, UNIT)
    monkeypatch.setattr(executors, "grade", right)
    again = autograde(small, UNIT)
    assert again.reused == 4
    assert states(again)[ODD] == ("timed out", 0)
    assert states(autograde(small, UNIT, regrade=True))[ODD] == ("graded", 20)


@pytest.mark.cold_start
def test_a_sandbox_ends_with_the_process_that_is_killed(small, short, monkeypatch):
    before = {process.pid for process in psutil.process_iter()}
    student = lambda work, *_: work.submission.student  # noqa: E731
    monkeypatch.setattr(executors, "grade", only_on_the_odd(executors.grade, sleep, student))
    autograde(small, UNIT)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and (left := _ours(before)):
        time.sleep(0.1)
    assert not left


def _ours(before):
    mine = descendants()
    return [process for process in mine if process.pid not in before]


def test_processes_that_end_again_and_again_end_the_run_with_one_line(small, monkeypatch):
    monkeypatch.setattr(executors, "grade", die)
    with pytest.raises(CourseError, match="ended by themselves 3 times in a row"):
        autograde(small, UNIT)


def test_no_process_outlives_a_run_that_is_killed(small):
    notebook = released()
    notebook["cells"].insert(1, {"cell_type": "code", "metadata": {}, "source": "import time\ntime.sleep(60)"})
    for number in range(4):
        hand_in(small, f"student-{number:02}", notebook)
    command = [sys.executable, "-m", "grading", "--course", str(small.root), "autograde", UNIT, "--jobs", "2"]
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while len(started := psutil.Process(run.pid).children(recursive=True)) < 5 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert len(started) >= 5
    run.kill()
    run.wait()
    _, alive = psutil.wait_procs(started, timeout=10)
    assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


def test_a_watched_process_holds_no_end_of_another(tmp_path):
    def serve(connection):
        watched.answer_each(connection, lambda task: task)

    first, second = watched.WatchedProcess(serve), watched.WatchedProcess(serve)
    try:
        ends = [os.readlink(f"/proc/self/fd/{process.connection.fileno()}") for process in (first, second)]
        assert second.ask("?", 10) == "?"  # it serves, so it has closed what it inherited
        held = [os.readlink(path) for path in Path(f"/proc/{second._pid}/fd").iterdir()]
        assert not set(ends) & set(held)
    finally:
        first.close()
        second.close()
