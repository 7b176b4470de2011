"""The proof that the hidden tests grade what they claim to grade; `proof` says what that is.

A failing test lists in words which claims fail, on which cases. ``pytest tests/checks -k NAME`` proves one unit,
one check or one misconception.
"""

import pytest

from grading.checks.notebook_check import Verdict
from tests.checks import proof
from tests.checks.conftest import UNITS, all_checks, all_misconceptions, alternatives, lacking


def params(rows):
    return [pytest.param(*rest, id=name) for name, *rest in rows]


def none_of(faults):
    if faults:
        pytest.fail("\n".join(faults), pytrace=False)


@pytest.mark.parametrize("unit", UNITS)
def test_the_unit_has_all_that_a_unit_needs(unit):
    none_of(lacking(unit))


@pytest.mark.parametrize("check", params(all_checks()))
def test_the_reference_earns_everything(check):
    none_of(proof.faults_of_reference(check))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # a wrong formula may well divide by zero
@pytest.mark.parametrize(("check", "misconception"), params(all_misconceptions()))
def test_each_misconception_is_caught_and_named_in_secret_and_in_the_notebook(check, misconception):
    none_of(proof.faults_of_misconception(check, misconception))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("check", "function"), params(alternatives()))
def test_correct_answers_written_another_way_pass(check, function):
    none_of(proof.faults_of_answer(check, function))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("check", params(all_checks()))
def test_what_only_looks_like_an_answer_earns_nothing(check):
    none_of(proof.faults_of_lookalikes(check))


@pytest.mark.parametrize("check", params(all_checks()))
def test_a_constant_or_an_input_handed_back_earns_nothing(check):
    none_of(proof.faults_of_constants(check))


@pytest.mark.parametrize("check", params(all_checks()))
def test_the_public_answers_by_heart_are_not_enough(check):
    none_of(proof.faults_of_answers_by_heart(check))


@pytest.mark.parametrize("check", params(all_checks()))
def test_hidden_cases_differ_between_courses_and_edge_cases_say_what_they_show(check):
    none_of(proof.faults_of_cases(check))


def test_an_unwritten_answer_is_told_so():
    _, check = all_checks()[0]

    def stub(*args, **kwargs):
        raise NotImplementedError

    assert proof.public(check, stub) == Verdict(0.0, f"{check.name}: not written yet.", unwritten=True)
