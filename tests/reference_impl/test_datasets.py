"""Data sets: their known totals, their seeds, their docstrings."""

import dataclasses
import inspect

import numpy as np
import pytest

from reference_impl import InputError, datasets, group_summary, shrinkage_estimate

LOADERS = [getattr(datasets, name) for name in datasets.__all__ if name.islower()]
SIMULATED = [datasets.simulated_schools, datasets.voters, datasets.faculty_salaries, datasets.teachers]


@pytest.mark.parametrize("load", LOADERS, ids=lambda f: f.__name__)
def test_each_returns_a_frozen_dataclass_without_gaps_and_says_what_it_teaches(load):
    data = load()
    assert dataclasses.is_dataclass(data)
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(data, dataclasses.fields(data)[0].name, None)
    for value in vars(data).values():
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            assert np.isfinite(value).all()
    text = inspect.getdoc(load)
    assert "Units:" in text
    assert "Teaches:" in text


@pytest.mark.parametrize("load", SIMULATED, ids=lambda f: f.__name__)
def test_same_seed_same_data_and_a_generator_will_do(load):
    one, two, other = load(seed=5), load(seed=np.random.default_rng(5)), load(seed=6)
    for name, value in vars(one).items():
        np.testing.assert_array_equal(value, getattr(two, name))
    assert any(not np.array_equal(value, getattr(other, name)) for name, value in vars(one).items())


def test_simulated_schools_have_one_school_of_four_and_shrinkage_helps():
    data = datasets.simulated_schools()
    summary = group_summary(data.score, data.school)
    assert summary.labels.tolist() == data.labels.tolist()
    assert summary.n.tolist() == data.n.tolist()
    assert (data.n == 4).sum() == 1
    assert len(set(data.n.tolist())) > 5
    residual = data.score - data.true_mean[np.searchsorted(data.labels, data.school)]
    assert np.var(residual) == pytest.approx(data.sigma2, rel=0.2)
    assert np.var(data.true_mean) == pytest.approx(data.tau2, rel=0.8)
    fit = shrinkage_estimate(data.score, data.school)
    assert np.sum((fit.estimate - data.true_mean) ** 2) < np.sum((fit.mean - data.true_mean) ** 2)


@pytest.mark.parametrize("sizes", [(), (0, 3), ((1, 2), (3, 4))])
def test_sizes_must_be_positive(sizes):
    with pytest.raises(InputError, match="sizes must be"):
        datasets.simulated_schools(sizes=sizes)


@pytest.mark.parametrize("name", ["tau2", "sigma2"])
def test_variances_must_not_be_negative(name):
    with pytest.raises(InputError, match=f"{name} cannot be negative"):
        datasets.simulated_schools(**{name: -1.0})


def test_more_schools_keep_sorted_labels():
    data = datasets.simulated_schools(sizes=(2,) * 120)
    assert sorted(data.labels.tolist()) == data.labels.tolist()


def test_voters_have_cells_of_one_and_of_hundreds():
    data = datasets.voters()
    counted = [[np.sum((data.state == s) & (data.origin == o)) for o in data.origins] for s in data.states]
    assert np.array_equal(counted, data.n)
    assert data.n.min() == 1
    assert data.n.max() > 200
    assert set(data.prefers.tolist()) == {0, 1}


def test_faculty_are_unbalanced_and_near_their_true_lines():
    data = datasets.faculty_salaries()
    j = np.searchsorted(data.labels, data.department)
    assert np.bincount(j).tolist() == data.n.tolist()
    residual = data.salary - data.true_intercept[j] - data.true_slope[j] * data.years
    assert np.var(residual) == pytest.approx(data.sigma2, rel=0.3)


def test_baseball_hits_make_the_printed_averages():
    data = datasets.baseball()
    assert data.hits.sum() == 215
    assert data.average[0] == 0.4
    assert data.average.mean() == pytest.approx(0.265, abs=5e-4)


def test_high_school_and_beyond_has_its_known_size():
    data = datasets.high_school_and_beyond()
    summary = group_summary(data.achievement, data.school)
    assert (summary.n.sum(), summary.n.size, summary.n.min(), summary.n.max()) == (7185, 160, 14, 67)
    assert set(data.sector.tolist()) == {"Public", "Catholic"}


def test_admissions_total():
    data = datasets.admissions()
    assert (data.admitted.sum(), data.rejected.sum()) == (1755, 2771)


def test_fixture_schools_sort_their_labels():
    data = datasets.fixture_schools()
    summary = group_summary(data.y, data.group)
    assert summary.labels.tolist() == ["alpha", "bravo", "charlie", "delta", "echo"]


def test_contraception_has_its_known_size():
    asked = datasets.contraception_by_district()
    assert (asked.district.size, asked.women.sum(), asked.users.sum()) == (60, 1934, 759)
    assert (asked.women.min(), asked.women.max()) == (2, 118)
    assert np.all(asked.users <= asked.women)


def test_teachers_see_their_effects_through_noise():
    study = datasets.teachers()
    assert np.sum(study.true_effect < 0) == 4
    assert np.max(np.abs(study.estimate - study.true_effect) / study.standard_error) < 3
