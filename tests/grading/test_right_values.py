"""Attacks on what is lent to a later answer: who meets right values of a wrong one gains and tells nothing.

`group_summary` is wrong in each notebook. Four later functions at a time attack: they meet its right values, and
whatever they do, the result is that of a grader which lends none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from grading.autograde import executors
from grading.sandbox import Sandbox
from grading.submission.fingerprint import Work
from grading.submission.follow_through import FollowThrough
from grading.submission.grade import grade
from grading.submission.read import Submission
from grading.submission.results import Result
from grading.units.unit import Unit, load_unit
from tests.grading.conftest import UNIT, Notebook, built, cell, own_cell, position, solved
from tests.grading.sandbox.conftest import STUDENT_PYTHON

LATER = ("no_pooling_interval", "f_ratio", "between_group_variance", "shrinkage_estimate")
SET_UP = """
import builtins, gc, inspect, json, os, signal, socket, sys, tempfile, threading, time
own = []
def told(values): return json.dumps([np.asarray(v).tolist() for v in values], default=str)
def lent(): return group_summary is not own[0]
def runner(): return next(o for o in gc.get_objects() if type(o).__name__ == "Runner")
def told_of(**fields): sys.modules[type(runner()).__module__].messages.send(runner().connection, fields)
def asked(name, *args):
    messages = sys.modules[type(runner()).__module__].messages
    question = {"id": runner().number, "asks": name, "args": list(args), "kwargs": {}}
    messages.send(runner().connection, question)
    return messages.receive(runner().connection)["value"]
"""
WRONG = """
def group_summary(y, group):
    if hasattr(builtins, "right"): return builtins.right
    labels, n = np.unique(np.asarray(group), return_counts=True)
    return labels, n, n * 1.0, n * 1.0
own.append(group_summary)
"""
SHOWS = "print(os.listdir('.'), os.environ.get('right'), getattr(builtins, 'right', None), len(own))"
ATTACKS = {
    "prints, shows, writes": "print(told(right)); display(told(right)); os.write(1, told(right).encode())",
    "writes files": "open('right.json', 'w').write(told(right))",
    "writes temporary files": "open(os.path.join(tempfile.gettempdir(), 'right'), 'w').write(told(right))",
    "raises what it saw": "raise ValueError(told(right))",
    "raises what is named so": "raise type(told(right)[:190], (Exception,), {})()",
    "returns what is called so": "return type(told(right)[:190], (), {})()",
    "keeps it for others": "builtins.right = right; os.environ['right'] = told(right); own.append(right)",
    "hands it on": "return right",
    "hands on a part": "return float(right[3][0])",
    "asks for its own answer": "if lent(): return asked(inspect.currentframe().f_code.co_name, y, group)",
    "asks for a later answer": "if lent(): return asked('shrinkage_estimate', y, group)",
    "asks for what is known to the judge": "if lent(): return asked('hidden_check', y, group)",
    "reads the right function": "return eval(inspect.getsource(group_summary))",
    "sleeps by what it saw": "time.sleep(float(right[1][0]) / 100)",
    "never ends": "while lent(): pass",
    "asks without end": "while lent(): group_summary(y, group)",
    "asks with too much": "group_summary(np.zeros(2 * 10**6), np.zeros(2 * 10**6))",
    "names a file": "return group_summary('/etc/passwd', '.course_secret')",
    "speaks in between": "if lent(): runner().connection.send(b'x' * 100)",
    "ends": "os._exit(7) if lent() else 0",
    "replies in its function's place": "if lent(): told_of(id=runner().number, value=right)",
    "forges a verdict": "if lent(): told_of(id=runner().number, share=1.0, passed=True, given=['group_summary'])",
    "asks from a thread that goes on": (
        "if lent(): threading.Thread(target=lambda: [group_summary(y, group) for _ in iter(int, 1)]).start()"
    ),
    "binds a socket": "s = socket.socket(socket.AF_UNIX); s.bind('\\0' + told(right)[:60]); own.append(s)",
    "takes the right one for its own": "if lent(): own[0], builtins.right = group_summary, right",
    "stops the clock": (
        "signal.setitimer(signal.ITIMER_REAL, 0); signal.signal(signal.SIGALRM, signal.SIG_IGN)\n"
        "    while lent(): pass"
    ),
    "names shared memory": (
        "from multiprocessing import shared_memory\n"
        "    shared_memory.SharedMemory('right', create=True, size=99).buf[:9] = told(right).encode()[:9]"
    ),
    "tells of all frames": (
        "f, seen = sys._getframe(), []\n    while f: seen.append(dict(f.f_locals)); f = f.f_back\n"
        "    raise KeyError([told(one['right']) if 'right' in one else '' for one in seen])"
    ),
}
FOURS = [list(ATTACKS.items())[k : k + len(LATER)] for k in range(0, len(ATTACKS), len(LATER))]


@pytest.fixture(scope="module")
def unit() -> Unit:
    made = load_unit(built(), UNIT, secret=b"s" * 32)
    return replace(made, limits=replace(made.limits, call_seconds=0.3))


@pytest.fixture(scope="module")
def box(unit: Unit) -> Iterator[Sandbox]:
    with executors.sandbox(executors.GraderSetup(unit, STUDENT_PYTHON), 1) as sandbox:
        yield sandbox


def attacking(attacks: dict[str, str]) -> Notebook:
    """The solution with a wrong first function, and these lines in later ones."""
    notebook = solved()
    cell(notebook, "group_summary")["source"] = WRONG
    for name, body in attacks.items():
        cell(notebook, name)["source"] = (
            f"def {name}(y, group, **others):\n    right = group_summary(y, group)\n    {body}\n"
            "    return float(np.mean(y))"
        )
    notebook["cells"].insert(position(notebook, "setup") + 1, own_cell(SET_UP))
    return {**notebook, "cells": [*notebook["cells"], own_cell(SHOWS)]}


def graded(box: Sandbox, unit: Unit, notebook: Notebook) -> Result:
    submission = Submission("student-01", f"{UNIT}.ipynb", json.dumps(notebook).encode())
    return grade(Work.of(submission, unit), unit, box)


@pytest.mark.parametrize("four", FOURS, ids=lambda four: ", ".join(name for name, _ in four))
def test_who_meets_right_values_gains_and_tells_nothing(
    box: Sandbox, unit: Unit, four: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = attacking(dict(zip(LATER, (body for _, body in four), strict=False)))
    asked: list[str] = []
    again = FollowThrough._needs
    monkeypatch.setattr(FollowThrough, "_needs", lambda self, test: asked.append(test) or again(self, test))
    lent = graded(box, unit, notebook)
    monkeypatch.setattr(FollowThrough, "_needs", lambda self, test: [])
    none = graded(box, unit, notebook)
    assert (lent.marks, lent.notebook, lent.oddities) == (none.marks, none.notebook, none.oddities)
    assert not [mark for mark in lent.marks if mark.given]
    assert len(asked) > 7  # the later ones were asked again
    assert lent.score == 5.0  # of the two that are right


def test_one_slip_through_the_wall_costs_its_own_share(box: Sandbox, unit: Unit) -> None:
    notebook = solved()
    source = cell(notebook, "group_summary")["source"]
    cell(notebook, "group_summary")["source"] = source.replace("ddof=1", "ddof=0")
    result = graded(box, unit, notebook)
    marks = {mark.grade_id: mark for mark in result.marks}
    assert (marks["test_group_summary"].score, marks["test_group_summary"].misconception) == (1.5, "summary_ddof0")
    assert result.score == 20 - 1.5
    assert marks["test_f_ratio"].given == ("group_summary",)
    assert "Right, given a right `group_summary`: mend that one first." in marks["test_f_ratio"].message
    assert "Right, given" in result.notebook
