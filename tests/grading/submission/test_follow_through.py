"""What builds on a wrong answer is judged again with right values: which tests, with what, and what is said."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from grading.checks.notebook_check import Verdict
from grading.submission import follow_through
from grading.submission.cells import Cell
from grading.submission.follow_through import FollowThrough, ModelAnswers, RightValues
from grading.submission.judge import Judge
from grading.submission.match_cells import MasterCells
from grading.submission.rebuild import rebuild
from grading.units.master import grade_id_of, nbgrader_of, source_of
from grading.units.unit import load_unit
from tests.grading.conftest import UNIT, built
from tests.grading.submission.student_process import StudentSession

DDOF0 = """
def group_summary(y, group):
    y, group = np.asarray(y, dtype=float), np.asarray(group)
    labels, n = np.unique(group, return_counts=True)
    mean, variance = (np.array([f(y[group == k]) for k in labels]) for f in (np.mean, np.var))
    return labels, n, mean, variance
"""
STUB = "def {0}(*args, **kwargs):\n    raise NotImplementedError"
SPOILT = (
    "\n{0}_before = {0}\ndef {0}(*args, **kwargs):\n    return 2 * np.asarray({0}_before(*args, **kwargs)) + 1"
)


@functools.cache
def the_unit():
    return load_unit(built(), UNIT, secret=b"s" * 32)


def judged(changes):
    """Verdicts by test, and the session, of the model answers with some cells replaced."""
    unit = the_unit()
    solved = {grade_id_of(one): source_of(one) for one in unit.master.cells if nbgrader_of(one).get("solution")}
    texts = {**unit.master.stubs, **solved, **changes}
    cells = [
        Cell(str(one["cell_type"]), texts.get(grade_id_of(one), ""), grade_id_of(one), str(one["id"]))
        for one in unit.master.cells
    ]
    steps = rebuild(unit.master, cells).steps
    answers = [step.source for step in steps if step.kind == "answer" and step.cell_type == "code"]

    def names():
        found = {"np": np}
        for source in answers:
            exec(source, found)
        return found

    session = StudentSession(names)
    judge = Judge(None, unit.checks)
    follow = FollowThrough(unit.master, steps, session, judge)
    tests = [step for step in steps if step.kind == "tests"]
    with np.errstate(all="ignore"):
        found = {step.grade_id.removeprefix("test_"): follow.first(step, None) for step in tests}
        found |= {step.grade_id.removeprefix("test_"): verdict for step, verdict in follow.again()}
    return found, session


def spoilt(name):
    """The model answer, whose result is then changed."""
    return next(source_of(one) for one in the_unit().master.cells if grade_id_of(one) == name) + SPOILT.format(
        name
    )


def test_where_all_is_right_nothing_more_is_asked():
    found, session = judged({})
    assert all(verdict.passed and not verdict.given for verdict in found.values())
    assert (session.asked, session.spares) == (7, 0)


def test_one_slip_costs_its_own_share():
    found, _ = judged({"group_summary": DDOF0})
    assert [name for name, verdict in found.items() if not verdict.passed] == ["group_summary"]
    given = {name: verdict.given for name, verdict in found.items() if verdict.given}
    assert given == dict.fromkeys(
        ("no_pooling_interval", "f_ratio", "between_group_variance", "shrinkage_estimate"), ("group_summary",)
    )
    assert found["f_ratio"].message == "Right, given a right `group_summary`: mend that one first."


def test_an_earlier_answer_that_is_not_written_is_wrong_too():
    found, _ = judged({"group_summary": STUB.format("group_summary")})
    assert found["group_summary"].unwritten
    assert all(verdict.passed for name, verdict in found.items() if name != "group_summary")


def test_what_is_not_written_is_asked_once():
    stubs = dict.fromkeys(("complete_pooling", "f_ratio", "partial_pooling", "between_group_variance"), "")
    stubs |= {"shrinkage_estimate": "", "group_summary": DDOF0}
    found, session = judged(stubs)
    assert (session.asked, session.spares) == (8, 1)
    assert found["no_pooling_interval"].passed


def test_what_no_other_uses_is_no_reason_to_ask_again():
    by_themselves = {name: f"def {name}(*args):\n    return 0" for name in the_unit().checks}
    _, session = judged(by_themselves | {"shrinkage_estimate": STUB.format("shrinkage_estimate")})
    assert (session.asked, session.spares) == (7, 0)


def test_a_slip_of_its_own_earns_nothing():
    found, _ = judged({"group_summary": DDOF0, "f_ratio": spoilt("f_ratio")})
    assert (found["f_ratio"].share, found["f_ratio"].given) == (0.0, ())
    assert "Right, given" not in found["f_ratio"].message


def test_two_wrong_ones_are_both_named_and_what_is_right_given_them_keeps_its_own():
    found, _ = judged({"group_summary": DDOF0, "complete_pooling": spoilt("complete_pooling")})
    assert found["shrinkage_estimate"].given == ("complete_pooling", "group_summary")
    assert found["shrinkage_estimate"].message == (
        "Right, given a right `complete_pooling` and `group_summary`: mend those first."
    )
    # between_group_variance is right given both: it is the student's own that the estimate meets
    assert "between_group_variance" not in found["shrinkage_estimate"].given


def test_a_later_function_is_never_lent_to_an_earlier_one():
    """Whatever the order in which the notebook has them."""
    by_the_later = "def complete_pooling(y):\n    return shrinkage_estimate(y, np.arange(len(y)) % 2, tau2=0.0)[0]"
    wrong = STUB.format("shrinkage_estimate")
    found, _ = judged({"complete_pooling": by_the_later, "shrinkage_estimate": wrong})
    assert not found["complete_pooling"].passed


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("def f_ratio(y, group):\n    return group_summary(y, group)", id="its result"),
        pytest.param("def f_ratio(y, group):\n    return group_summary(y, group)[3][0]", id="a part of it"),
        pytest.param("f_ratio = group_summary", id="itself"),
        pytest.param("def f_ratio(y, group):\n    return f_ratio.__globals__['x']", id="names that are not there"),
    ],
)
def test_who_hands_on_a_right_value_is_not_right(answer):
    found, _ = judged({"group_summary": DDOF0, "f_ratio": answer})
    assert not found["f_ratio"].passed


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        pytest.param([[1.0, 2.0], "/etc/passwd"], TypeError, id="a path"),
        pytest.param([[1.0, 2.0], b"code"], TypeError, id="bytes"),
        pytest.param([[1.0, 2.0]], TypeError, id="too few"),
        pytest.param([["a", "b"], ["a", "b"]], ValueError, id="no numbers"),
    ],
)
def test_a_model_answer_is_run_on_data_and_raises_what_it_raises(arguments, kind):
    right = lent("group_summary")
    with pytest.raises(kind):
        right("group_summary", arguments, {})
    assert right.followed(Verdict(1.0, "")) is None  # it was of no use yet
    assert right("group_summary", [[7, 9, 4], ["b"] * 3], {})[3] == pytest.approx(19 / 3)
    assert right.followed(Verdict(1.0, "")).given == ("group_summary",)
    assert right.followed(Verdict(0.9, "")) is None


def test_what_was_not_lent_is_not_there():
    with pytest.raises(KeyError):
        lent("group_summary")("complete_pooling", [[1.0]], {})


def test_a_model_answer_that_never_ends_is_stopped(monkeypatch):
    monkeypatch.setattr(follow_through, "_SECONDS", 0.05)
    right = lent("group_summary")
    exec("def endless(y):\n    while True: pass", right._functions)
    with pytest.raises(TimeoutError):
        right("endless", [[1.0]], {})


def lent(*names):
    return RightValues(ModelAnswers(MasterCells(the_unit().master)), names)
