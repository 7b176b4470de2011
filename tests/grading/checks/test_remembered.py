"""A function that remembers: computed once for each input, and nobody can spoil what the next one gets."""

import numpy as np
import pytest

from grading.checks import remembered


@pytest.fixture
def asked():
    """Inputs for which the function below has computed."""
    return []


@pytest.fixture
def doubled(asked):
    @remembered
    def doubled(x, *, shift=0.0):
        """Twice x."""
        asked.append((np.asarray(x).tolist(), shift))
        if not len(x):
            raise ValueError("nothing")
        return 2 * np.asarray(x) + shift

    return doubled


def test_the_same_inputs_are_computed_once(doubled, asked):
    for _ in range(3):
        assert doubled(np.array([1.0, 2.0])).tolist() == [2.0, 4.0]
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [([[1.0, 3.0]], {}), ([[1.0, 2.0]], {"shift": 1.0}), ([(1.0, 2.0)], {}), ([np.array([1, 2])], {})],
    ids=["other numbers", "another keyword", "a tuple", "whole numbers"],
)
def test_other_inputs_are_computed(args, kwargs, doubled, asked):
    doubled([1.0, 2.0])
    assert doubled(*args, **kwargs).tolist() == (2 * np.asarray(args[0]) + kwargs.get("shift", 0.0)).tolist()
    assert len(asked) == 2


def test_who_changes_an_answer_or_an_input_spoils_none(doubled):
    x = np.array([1.0, 2.0])
    doubled(x)[:] = 0.0
    assert doubled(x).tolist() == [2.0, 4.0]
    x[0] = 5.0
    assert doubled(x).tolist() == [10.0, 4.0]


def test_an_error_comes_each_time(doubled):
    for _ in range(2):
        with pytest.raises(ValueError, match="nothing"):
            doubled([])


def test_it_bears_the_functions_name_and_message(doubled):
    assert (doubled.__name__, doubled.__doc__) == ("doubled", "Twice x.")
