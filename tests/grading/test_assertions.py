"""Ordinary assertions in test cells: each usual pattern is judged right, or refused when built, with a reason."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from contextlib import redirect_stderr
from dataclasses import replace
from typing import Any

import pytest

from grading.commands.command_line import run
from grading.course import Course
from grading.errors import CourseError
from grading.sandbox import Limits, Sandbox
from grading.submission.fingerprint import Work
from grading.submission.grade import grade
from grading.submission.read import Submission
from grading.units.master import Master
from grading.units.sealable import refuse_unsealable
from grading.units.unit import Unit

from .conftest import OTHER, built
from .patterns import GIVEN, PATTERNS, Pattern

STUB = "# YOUR CODE HERE\nraise NotImplementedError()"


def cell(source: str, grade_id: str, *, role: str) -> dict[str, Any]:
    graded = role == "tests"
    nbgrader = {"grade": graded, "solution": role == "task", "locked": role != "task", "grade_id": grade_id}
    metadata = {"nbgrader": {**nbgrader, "schema_version": 3, "task": False, "cell_type": "code"}}
    if graded:
        metadata["nbgrader"]["points"] = 1.0
    return {
        "cell_type": "code", "id": grade_id, "metadata": metadata, "source": source, "outputs": [],
        "execution_count": None,
    }  # fmt: skip


def notebook(patterns: dict[str, Pattern], answers: dict[str, str], *, tests: bool) -> dict[str, Any]:
    cells = [cell(GIVEN, "setup", role="given")]
    for number, (name, pattern) in enumerate(patterns.items()):
        cells.append(cell(answers[name], f"task-{number}", role="task"))
        cells.append(cell(pattern.test if tests else "", f"test-{number}", role="tests"))
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


ALIKE = {"right": lambda one: one.right, "wrong": lambda one: one.wrong, "none": lambda one: STUB}
TESTS = 10
"""In a notebook: each has a copy of the process, and all of them are watched."""


def parts() -> Iterator[dict[str, Pattern]]:
    names = list(PATTERNS)
    for first in range(0, len(names), TESTS):
        yield {name: PATTERNS[name] for name in names[first : first + TESTS]}


def unit_of(patterns: dict[str, Pattern]) -> Unit:
    source = notebook(patterns, {name: one.right for name, one in patterns.items()}, tests=True)
    released = notebook(patterns, dict.fromkeys(patterns, STUB), tests=False)
    limits = Limits(cell_seconds=5, call_seconds=3, total_seconds=60, memory_mb=1024)
    return Unit("patterns", Master.read(source, released), {}, {}, limits, "digest")


def marks_of(
    unit: Unit, patterns: dict[str, Pattern], kind: str, box: Sandbox
) -> dict[str, tuple[float | None, str]]:
    """Score and message of each test cell for a notebook with answers of a kind."""
    answers = {name: ALIKE[kind](one) for name, one in patterns.items()}
    data = json.dumps(notebook(patterns, answers, tests=False)).encode()
    result = grade(Work.of(Submission("student-01", "patterns.ipynb", data), unit), unit, box)
    marks = {mark.grade_id: (mark.score, mark.message) for mark in result.marks}
    return {name: marks[f"test-{number}"] for number, name in enumerate(patterns)}


@pytest.fixture(scope="module")
def earned(warm_parent: Any) -> dict[tuple[str, str], tuple[float | None, str]]:
    """What right answers, plausible wrong ones and none earn."""
    found = {}
    for patterns in parts():
        unit = unit_of(patterns)
        for kind in ALIKE:
            marks = marks_of(unit, patterns, kind, warm_parent())
            found |= {(kind, name): mark for name, mark in marks.items()}
    return found


@pytest.mark.parametrize("name", PATTERNS)
def test_a_right_answer_earns_and_others_do_not(earned: Any, name: str) -> None:
    assert earned["right", name] == (1.0, "Correct.")
    assert earned["wrong", name][0] == 0.0
    assert earned["none", name][0] == 0.0


HOSTILE = {
    "its process ends": Pattern("def f(): pass", "import os\ndef f():\n    os._exit(0)", "try:\n    f()\nexcept BaseException:\n    pass"),
    "no answer in time": Pattern("def f(): pass", "def f():\n    while True: pass", "try:\n    f()\nexcept BaseException:\n    pass"),
    "it calls back without end": Pattern(
        "def f(g): g()", "def f(g):\n    while True: g()", "try:\n    f(lambda: 1)\nexcept BaseException:\n    pass"
    ),
    "a length without end": Pattern(
        "class C:\n    def __len__(self): return 3",
        "class C:\n    def __len__(self):\n        while True: pass", "assert len(C()) == 3"
    ),
    "an answer too large": Pattern("def f(): return 'x'", "def f(): return 'x' * (30 << 20)", "assert f() == 'x'"),
    "a text too large": Pattern(
        "def f(): pass", "def f(): raise ValueError('x' * (30 << 20))", "try:\n    f()\nexcept ValueError as error:\n    assert not str(error)"
    ),
    "printed without end": Pattern(
        "def f(): print(1)", "def f():\n    for _ in range(40): print('x' * (1 << 20))",
        "import io, contextlib\nwith contextlib.redirect_stdout(io.StringIO()) as out:\n    f()\nassert out.getvalue() == '1\\n'",
    ),
    "another sends in its name": Pattern(
        "def f(): return 1",
        "import sys\ndef f():\n    frame = sys._getframe()\n    while 'self' not in frame.f_locals or not hasattr(frame.f_locals['self'], '_connection'):\n"
        "        frame = frame.f_back\n    frame.f_locals['self']._connection().send(b'\\1\\0\\0\\0N')\n    return 2",
        "assert f() == 1",
    ),
    "honest": Pattern("def f(): return 1", "def f(): return 1", "assert f() == 1"),
}  # fmt: skip


def test_what_is_hostile_costs_itself_alone(warm_parent: Any) -> None:
    quick = replace(unit_of(HOSTILE), limits=Limits(cell_seconds=2, call_seconds=0.5, total_seconds=20))
    honest = marks_of(quick, HOSTILE, "right", warm_parent())
    hostile = marks_of(quick, HOSTILE, "wrong", warm_parent())
    assert [name for name, (score, _) in honest.items() if score != 1.0] == []
    assert [name for name, (score, _) in hostile.items() if score != 0.0] == ["honest"]


# ---------------------------------------------------------------- what build refuses

UNSEALABLE = {
    "eval": ("assert eval(show(2)) == 4", "would run here"),
    "exec": ("exec(show(2))", "would run here"),
    "pickle": ("import pickle\nassert pickle.load(open('model.pkl', 'rb'))", "would run here"),
    "a pickle by pandas": ("assert len(pd.read_pickle(save())) == 3", "would run here"),
    "a pickle by NumPy": ("assert np.load(save(), allow_pickle=True) == 3", "would run here"),
    "source text": (
        "import inspect\nassert 'for' not in inspect.getsource(show)",
        "no text of a student's function",
    ),
    "source text by its name": ("from inspect import getsource", "no text of a student's function"),
    "code objects": ("assert show.__code__.co_argcount == 1", "no text of a student's function"),
    "globals": ("assert 'show' in globals()", "the notebook's names are not here"),
    "a module that is not there": ("from nose.tools import assert_equal", "no module nose.tools"),
    "a magic": ("%timeit show(2)", "not Python"),
    "a mocked name of the notebook": (
        "from unittest.mock import patch\nwith patch('__main__.show'): pass",
        "show = ",
    ),
    "a special method asked for by name": ("assert hasattr(Speaker(), '__len__')", "use it"),
    "an abstract type": ("from collections.abc import Iterable\nassert isinstance(Speaker(), Iterable)", "use it"),
    "a helper that students could replace": ("assert close(show(1), '1')", "define it in the test cell"),
    "a subclass of the student's": ("class Loud(Speaker):\n    pass", "derive from"),
}
HELPER = cell("def close(a, b):\n    return a == b", "setup", role="given")
CLASSES = cell("class Speaker:\n    pass\ndef show(x):\n    return str(x)", "show", role="task")


@pytest.mark.parametrize(("source", "reason"), UNSEALABLE.values(), ids=UNSEALABLE.keys())
def test_what_cannot_be_sealed_is_refused_by_its_text(source: str, reason: str) -> None:
    with pytest.raises(CourseError, match=r"tiny\.py: cell test_show, line \d+ \(.*\): ") as refused:
        refuse_unsealable(built(), "tiny", [HELPER, CLASSES, cell(source, "test_show", role="tests")])
    assert reason in str(refused.value)


HEAD = """# %% [markdown]
# # Tiny

# %% role="given" grade_id="setup"
import inspect
import numpy as np
data = np.arange(3.0)

# %% role="task" grade_id="double"
def double(x):
    \"\"\"Twice x.\"\"\"
    ### BEGIN SOLUTION
    if isinstance(x, str):
        raise TypeError("no text")
    return 2 * x
    ### END SOLUTION

# %% role="task" grade_id="scaled"
### BEGIN SOLUTION
rate = 2
def scaled(x):
    return rate * x
### END SOLUTION

# %% role="task" grade_id="counter"
class Counter:
    \"\"\"Counts.\"\"\"
    ### BEGIN SOLUTION
    def __init__(self):
        self.n = 0
    ### END SOLUTION
"""
IDLE = "an untouched notebook passes this"
REFUSED = {
    "assert double.__doc__": IDLE,
    "text = double.__doc__\nassert text": IDLE,
    "assert callable(double)": IDLE,
    "assert list(inspect.signature(double).parameters) == ['x']": IDLE,
    "def documented(f):\n    assert f.__doc__\ndocumented(double)": IDLE,
    "assert double(2) == 4\nassert double.__doc__": IDLE,
    "try:\n    double.__doc__.upper()\nexcept Exception:\n    raise AssertionError('no text')": IDLE,
    "assert double(3) == 7, 'twice three'": "does not hold (twice three)",
    "import pytest\nwith pytest.raises(NotImplementedError):\n    double('a')": "fails here, with TypeError",
    "import pytest\nwith pytest.raises(ValueError):\n    double('a')": "fails here",
    "import pytest\nwith pytest.raises(ZeroDivisionError):\n    double(1)": "DID NOT RAISE",
    "from fractions import Fraction\nassert double(Fraction(1, 2)) == 1": "type Fraction is not plain data",
    "assert type(Counter()).__name__ == 'Counter'": "does not hold",
    "assert Counter().m == 0": "has no attribute 'm'",
    "kept = Counter()\nassert kept.n == 0": "",
    "assert kept.n == 0": "fails here",
    "assert tripple(2) == 6": "there is no tripple",
    "rate = 3\nassert scaled(2) == 6": "hand it over as an argument",
    "before = data.copy()\ndouble(data)\nassert (data == before).all()": "",
    "import pandas as pd\nassert len(pd.read_csv('waits.csv')) == double(6)": "FileNotFoundError",
}


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> tuple[Course, str]:
    """What build says of a unit with all of these, a test cell each."""
    folder = tmp_path_factory.mktemp("refused")
    shutil.copytree(built().root, folder, dirs_exist_ok=True)
    course = Course(folder)
    tests = [
        f'# %% role="tests" grade_id="test-{k}" points=1\n{source}\n' for k, source in enumerate(REFUSED, start=10)
    ]
    course.source(OTHER).write_text("\n".join([HEAD, *tests]))
    course.hidden_tests(OTHER).write_text("CHECKS = ()\n")
    said = io.StringIO()
    with redirect_stderr(said):
        assert run(["--course", str(folder), "build", OTHER]) == 1
    return course, said.getvalue()


@pytest.mark.parametrize(("source", "reason"), REFUSED.items())
def test_build_names_the_cell_the_line_and_the_reason(refused: Any, source: str, reason: str) -> None:
    course, said = refused
    name = f"cell test-{[*REFUSED].index(source) + 10}, line "
    lines = [line for line in said.splitlines() if name in line]
    assert [line.split(": ")[-1] for line in lines if reason in line] or not reason, said
    assert len(lines) == bool(reason)
    for line in lines:
        number = int(line.split(name)[1].split()[0])
        written = course.source(OTHER).read_text().splitlines()[number - 1]
        assert f"({written})" in line


def test_what_build_refuses_is_not_released(refused: Any) -> None:
    course, _ = refused
    assert "double" not in course.release(OTHER).read_text()
    assert course.release(OTHER).read_bytes() == built().release(OTHER).read_bytes()
