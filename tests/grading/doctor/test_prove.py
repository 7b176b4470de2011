"""`grading prove`: right answers earn everything, an untouched notebook nothing; what slips through is shown."""

import dataclasses
import itertools
import shutil

import numpy as np
import pytest

from grading.checks import Case
from grading.commands.command_line import run
from grading.course import Course
from grading.doctor.prove import domain, survey
from grading.doctor.prove.answers import alternatives, model_answers
from grading.doctor.prove.asking import Questions, TooLongError, in_time
from grading.doctor.prove.judged import Kept, judged
from grading.doctor.prove.margins import distance
from grading.doctor.prove.sealed import faults_of_sealed_path
from grading.doctor.prove.unit import interval
from grading.sandbox import Sandbox
from grading.units import hidden_tests
from grading.units.build import build_source, release
from tests.grading.conftest import OTHER, STUDENT_PYTHON, built

CHECKS = hidden_tests.checks(built(), OTHER)
ANSWERS = [
    *model_answers(built(), OTHER, CHECKS),
    *alternatives(built().alternatives(OTHER), CHECKS),
]


def of(name):
    return [answer for answer in ANSWERS if answer.check == name]


def test_every_right_answer_is_found_with_its_text():
    assert {answer.check for answer in ANSWERS} == set(CHECKS)
    for answer in ANSWERS:
        assert Questions.of(CHECKS[answer.check], 1).verdict(answer.function()).passed


def test_a_check_without_its_edge_case_lets_more_through():
    check = CHECKS["sample_variance"]
    whole = survey(check, of("sample_variance"), inputs=60)
    weak = dataclasses.replace(
        check, public=check.public[:1], fresh=lambda rng: [Case({"y": np.array([4.0, 7.0])})]
    )
    found = survey(weak, of("sample_variance"), inputs=60)
    assert whole.counting > 20
    assert len(found.survivors) > len(whole.survivors)


def test_a_survivor_comes_with_the_smallest_input_that_tells_it():
    check = CHECKS["sample_variance"]
    weak = dataclasses.replace(check, public=(), fresh=lambda rng: [Case({"y": rng.gamma(4, 2, 5).round(1)})])
    found = survey(weak, of("sample_variance"), inputs=60)
    rounded = [s for s in found.survivors if "np.round(y, 1)" in str(s.mutant)]
    assert rounded
    assert any(score != round(score, 1) for score in rounded[0].inputs["y"])
    assert "np.round(y, 1)" in "\n".join(found.lines())
    assert "expected" in "\n".join(found.lines())


def test_half_of_the_inputs_are_drawn_and_no_more_than_that():
    sets = []

    def fresh(rng):
        sets.append([Case({"y": rng.normal(size=5).round(2)}) for _ in range(10)])
        return sets[-1]

    check = dataclasses.replace(CHECKS["sample_variance"], fresh=fresh)
    right = [answer.function() for answer in of("sample_variance")]
    known = [dict(case.inputs) for case in check.public]
    found = domain.questions(check, right, known, np.random.default_rng(0), 60)
    drawn = {case.inputs["y"].tobytes() for case in itertools.chain(*sets)}
    asked = [np.asarray(case["inputs"][0]["value"], dtype=float).tobytes() for case in found.cases]
    assert (len(sets), len(asked)) == (3, 60)
    assert len(drawn.intersection(asked)) == 30


def test_what_does_not_end_counts_as_noticed():
    def endless():
        with in_time(0.05):
            while True:
                pass

    with pytest.raises(TooLongError):
        endless()


@pytest.fixture
def course(tmp_path):
    shutil.copytree(built().root, tmp_path / "course", dirs_exist_ok=True)
    return Course(tmp_path / "course")


def _edit(course, before, after):
    path = course.source(OTHER)
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))
    build_source(course, OTHER)
    release(course, [OTHER])


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(STUDENT_PYTHON) as started:
        yield started


def test_the_shipped_fixture_passes_the_sealed_path(course, sandbox):
    assert faults_of_sealed_path(course, OTHER, sandbox) == []


def test_a_wrong_model_answer_is_named_by_its_cell(course, sandbox):
    _edit(course, "ddof=1", "ddof=0")
    lines = faults_of_sealed_path(course, OTHER, sandbox)
    assert any("in cell test_sample_variance" in line and "earns" in line for line in lines)


def test_a_test_that_an_untouched_notebook_passes_is_named(course, sandbox):
    _edit(course, "hidden_check(sample_variance)", "assert True")
    lines = faults_of_sealed_path(course, OTHER, sandbox)
    assert [line for line in lines if line.startswith("an untouched notebook earns")]


def test_an_unknown_function_is_one_line(course, capsys):
    assert run(["--course", str(course.root), "prove", OTHER, "--only", "nothing"]) == 1
    assert "has no check of 'nothing'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("got", "expected", "far"),
    [
        pytest.param(1.0 + 2e-5, 1.0, 2.0, id="a number two tolerances off"),
        pytest.param([1.0, 2.0 - 1e-5], np.array([1.0, 2.0]), 0.5, id="the worst element counts"),
        pytest.param(([1.0], [3.0]), (np.array([1.0]), np.array([2.0])), 5e4, id="the worst thing counts"),
        pytest.param([np.nan], np.array([np.nan]), 0.0, id="NaN where it belongs"),
        pytest.param([np.nan], np.array([1.0]), np.inf, id="NaN where it does not"),
        pytest.param([[1.0]], np.array([1.0]), np.inf, id="another shape"),
        pytest.param("1", 1.0, np.inf, id="another kind"),
        pytest.param((1.0,), (1.0, 2.0), np.inf, id="a thing too few"),
        pytest.param(["a"], np.array(["b"]), np.inf, id="other text"),
        pytest.param(1, True, 0.0, id="1 for True"),
    ],
)
def test_errors_are_measured_in_tolerances(got, expected, far):
    assert distance(got, expected, rtol=1e-5, atol=0.0) == pytest.approx(far, rel=1e-6)


def test_whole_answers_are_judged_and_the_nearest_wrong_one_measured():
    check = CHECKS["sample_variance"]
    known = Kept(
        wrong={"by n": lambda y: float(np.var(y)), "not wrong at all": check.reference},
        right={
            "by sums": lambda y: float(np.sum((y - np.mean(y)) ** 2) / (len(y) - 1)),
            "by n": lambda y: np.var(y),
        },
    )
    found = judged(check, {}, known)
    assert "not wrong at all" in [line.split(" (")[0] for line in found.passes]
    assert "by n" not in [line.split(" (")[0] for line in found.passes]
    assert [line.split(":")[0] for line in found.failures] == ["by n"]
    assert found.wrong > 15
    assert found.right > 5
    assert found.near < 1


def test_a_check_that_rounding_slips_past_is_told():
    check = dataclasses.replace(CHECKS["sample_variance"], rtol=0.1, misconceptions=())
    assert any("rounded to 4 decimals" in line for line in judged(check, {}, Kept()).passes)


@pytest.mark.parametrize(
    ("found", "tried", "low", "high"),
    [pytest.param(0, 100, 0.0, 0.036994, id="none of 100"), pytest.param(5, 50, 0.043476, 0.213602, id="5 of 50")],
)
def test_the_interval_is_wilsons(found, tried, low, high):
    assert interval(found, tried) == pytest.approx((low, high), abs=2e-5)
