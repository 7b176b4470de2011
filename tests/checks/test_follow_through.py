"""Every pair of functions of every unit: a wrong answer costs its own share, and a wrong one on it earns nothing.

A function is made wrong by spoiling each number that its model answer returns; it still calls what it builds on.
"""

from __future__ import annotations

import functools
import itertools

import numpy as np
import pytest

from grading.submission.cells import Cell
from grading.submission.follow_through import FollowThrough, ModelAnswers
from grading.submission.judge import Judge
from grading.submission.match_cells import MasterCells
from grading.submission.rebuild import rebuild
from grading.units.master import grade_id_of, source_of
from grading.units.unit import load_unit
from tests.checks.conftest import CHECKS, COURSE
from tests.grading.submission.student_process import StudentSession


@functools.cache
def the_unit(unit):
    return load_unit(COURSE, unit, secret=b"every pair" * 4)


def spoilt(function):
    """The function with every number that it returns changed, as no tolerance forgives."""

    def wrong(value):
        if isinstance(value, tuple):
            return tuple(map(wrong, value))
        if isinstance(value, bool):
            return not value
        array = np.asarray(value)
        return 1.5 * array + 0.1 if array.dtype.kind == "f" else value

    @functools.wraps(function)
    def answer(*args, **kwargs):
        return wrong(function(*args, **kwargs))

    return answer


@functools.cache
def submission(unit):
    master = the_unit(unit).master
    cells = [
        Cell(str(one["cell_type"]), source_of(one), grade_id_of(one) or None, str(one["id"]))
        for one in master.cells
    ]
    return rebuild(master, cells).steps, ModelAnswers(MasterCells(master))


def judged(unit, spoil, only):
    """Verdicts on some functions of the model answers, of which some are spoilt."""
    steps, model = submission(unit)

    def names():
        found = model.fresh()
        found.update({name: spoilt(found[name]) for name in spoil})
        return found

    session = StudentSession(names)
    follow = FollowThrough(the_unit(unit).master, steps, session, Judge(None, the_unit(unit).checks))
    tests = [step for step in steps if step.kind == "tests" and step.grade_id.removeprefix("test_") in only]
    with np.errstate(all="ignore"):
        found = {step.grade_id: follow.first(step, None) for step in tests}
        found |= {step.grade_id: verdict for step, verdict in follow.again()}
    return {test.removeprefix("test_"): verdict for test, verdict in found.items()}


EARLIER = [(unit, name) for unit, checks in CHECKS.items() for name in checks]


@pytest.mark.parametrize(("unit", "earlier"), EARLIER, ids=lambda value: value)
def test_wrong_earlier_right_later(unit, earlier):
    """All that stands below it is right, and earns everything; it loses what it loses alone."""
    names = list(CHECKS[unit])
    found = judged(unit, [earlier], names[names.index(earlier) :])
    assert not found.pop(earlier).passed
    assert {name: verdict.share for name, verdict in found.items()} == dict.fromkeys(found, 1.0)
    assert {verdict.given for verdict in found.values()} <= {(), (earlier,)}


PAIRS = [(unit, *pair) for unit, checks in CHECKS.items() for pair in itertools.combinations(checks, 2)]


@pytest.mark.parametrize(("unit", "earlier", "later"), PAIRS, ids=lambda value: value)
def test_wrong_earlier_wrong_later(unit, earlier, later):
    """The later one is not right with right values either, and earns no more than without them."""
    found = judged(unit, [earlier, later], {earlier, later})
    assert not found[earlier].passed
    assert found[later].share < 1
    assert found[later].given == ()
