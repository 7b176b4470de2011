"""What a notebook may import is what the students' lock was made for."""

from types import SimpleNamespace

import pytest

from grading.units.importable import importable, told_beforehand

ASKED = "    # via\n    #   -c requirements.txt\n    #   -r requirements/student.in\n"
BROUGHT = "    # via\n    #   -c requirements.txt\n    #   numpy\n"


def course(tmp_path, text):
    lock = tmp_path / "student.txt"
    if text is not None:
        lock.write_text(text)
    return SimpleNamespace(student_requirements=lock)


@pytest.mark.parametrize(
    ("lock", "packages"),
    [
        pytest.param(
            f"ipython==9 \\\n{ASKED}numpy==2\n{ASKED}six==1\n{BROUGHT}scikit-learn==1\n{ASKED}",
            ("numpy", "scikit_learn"),
            id="what was asked for, not what it brought",
        ),
        pytest.param("numpy==2\nsix==1\n", ("numpy", "six"), id="all, where nothing says who asked"),
        pytest.param(f"colorama==0.4 ; sys_platform == 'win32' \\\n{ASKED}", ("colorama",), id="with a marker"),
        pytest.param(None, (), id="no lock"),
    ],
)
def test_packages_of_a_lock(tmp_path, lock, packages):
    assert importable(course(tmp_path, lock)) == packages


@pytest.mark.parametrize(
    ("lock", "start"),
    [
        pytest.param("a==1\nb==1\nc==1\n", "Your notebook may import a, b and c, and", id="three"),
        pytest.param("a==1\n", "Your notebook may import a, and", id="one"),
        pytest.param("", "", id="none"),
    ],
)
def test_the_sentence_that_notebooks_begin_with(tmp_path, lock, start):
    sentence = told_beforehand(course(tmp_path, lock))
    assert sentence.startswith(start)
    assert bool(sentence) == bool(start)
