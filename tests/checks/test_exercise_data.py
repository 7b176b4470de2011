"""Students receive the simulated data of the book, and the stories told in the notebooks are true of them."""

import numpy as np
import pandas as pd
import pytest

import reference_impl
from reference_impl import datasets
from tests.checks.exercise_data import SOLUTIONS, files, text


@pytest.mark.parametrize("place", files())
def test_the_file_is_what_the_data_set_gives(place):
    on_disk = (SOLUTIONS / place).read_bytes().decode("utf-8")
    assert on_disk == text(files()[place]), (
        f"{place} is not the book's data set; if it should be, run 'python -m tests.checks.exercise_data', "
        "and if the unit has data of its own now, take it out of tests/checks/exercise_data.py"
    )


@pytest.mark.parametrize("place", files())
def test_pandas_reads_every_number_back(place):
    table = pd.read_csv(SOLUTIONS / place)
    assert list(table.columns) == list(files()[place])
    for name, column in files()[place].items():
        assert table[name].tolist() == column


def test_shrinkage_twelve_schools_some_large_one_with_four_pupils():
    n = datasets.simulated_schools().n
    assert len(n) == 12
    assert np.sum(n == 4) == 1
    assert n.min() == 4
    assert np.sum(n >= 30) >= 3


def test_linear_regression_departments_differ_more_than_chance_allows():
    data = datasets.faculty_salaries()
    X = reference_impl.design_matrix(data.years)
    fit = reference_impl.fit_linear(X, data.salary)
    means = np.array([fit.residuals[data.department == label].mean() for label in data.labels])
    assert (len(data.labels), len(data.salary), data.n.min()) == (5, 104, 4)
    assert np.max(np.abs(means) / np.sqrt(fit.sigma2 / data.n)) > 4
    dummies = np.column_stack([data.department == label for label in data.labels[1:]])
    within = reference_impl.fit_linear(reference_impl.design_matrix(data.years, dummies), data.salary)
    assert within.sigma2 < fit.sigma2 / 3
    assert within.se[1] < fit.se[1] / 1.5


def test_logistic_regression_a_state_with_a_separated_pair_of_origins():
    data = datasets.voters()
    few = (data.state == "Maple") & (data.origin != "Country B")
    X = reference_impl.design_matrix(data.origin[few] == "Country C")
    y = data.prefers[few]
    assert 5 <= few.sum() <= 12
    with pytest.raises(reference_impl.SeparationError):
        reference_impl.fit_logistic(X, y)
    assert np.min((2 * y - 1) * (X @ np.array([1.0, -2.0]))) > 0


def test_logistic_regression_origins_differ():
    data = datasets.voters()
    X = reference_impl.design_matrix(data.origin == "Country B", data.origin == "Country C")
    ratios = reference_impl.odds_ratios(reference_impl.fit_logistic(X, data.prefers))
    assert np.all(ratios.upper[1:] < 1)
    assert (len(data.states), len(data.prefers)) == (10, 1050)
    found = [ratios.estimate[1], ratios.lower[1], ratios.upper[1]]
    np.testing.assert_allclose(found, [0.37, 0.28, 0.49], atol=0.005)  # the rubric quotes them
