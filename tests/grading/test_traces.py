"""A submission that remembers every input it is given can neither show nor tell nor keep one that is hidden."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from grading.autograde import executors
from grading.sandbox import Sandbox
from grading.submission.fingerprint import Work
from grading.submission.grade import grade
from grading.submission.read import Submission
from grading.submission.results import Result
from grading.units.unit import Unit, load_unit
from tests.grading.conftest import UNIT, Notebook, built, cell, own_cell, position, solved
from tests.grading.hostile import TASKS
from tests.grading.sandbox.conftest import STUDENT_PYTHON

SPY = """
import functools, json, os, sys
import numpy as np
seen = []
def plain(x): return np.asarray(x).tolist() if not np.isscalar(x) else x
def spying(function):
    @functools.wraps(function)
    def wrapped(*args, **kwargs):
        seen.append([[plain(a) for a in args], {k: plain(v) for k, v in kwargs.items()}])
        TELL
        return function(*args, **kwargs)
    return wrapped
"""
SHOW = {
    "nothing more": "",
    "prints, shows and writes": """
print(json.dumps(seen), file=sys.stderr); print(json.dumps(seen))
display({"image/png": json.dumps(seen).encode(), "text/plain": json.dumps(seen)}, raw=True)
os.write(1, json.dumps(seen).encode())
open("seen.json", "w").write(json.dumps(seen))
for name in os.listdir("."): print(name, open(name, errors="replace").read() if os.path.isfile(name) else "")
""",
    "raises": "raise ValueError(json.dumps(seen))",
    "draws": "import matplotlib.pyplot as plt\nplt.plot([len(str(s)) for s in seen]); plt.title(str(len(seen)))",
    "shows at the end": "import atexit\natexit.register(lambda: print(seen))\nlen(seen)",
}
TELL = {
    "keeps": "pass",
    "raises": "if len(seen) > 3: raise ValueError(json.dumps(seen))",
    "raises what is named so": "if len(seen) > 3: raise type(json.dumps(seen)[:190], (Exception,), {})()",
    "returns what is called so": "if len(seen) > 3: return type(json.dumps(seen)[:190], (), {})()",
    "prints": "print(json.dumps(seen)); open('seen.json', 'w').write(json.dumps(seen)) if len(seen) > 3 else 0",
}


@pytest.fixture(scope="module")
def unit() -> Unit:
    return load_unit(built(), UNIT, secret=b"s" * 32)


@pytest.fixture(scope="module")
def box(unit: Unit) -> Iterator[Sandbox]:
    with executors.sandbox(executors.GraderSetup(unit, STUDENT_PYTHON), 1) as sandbox:
        yield sandbox


def spied(tell: str, show: str) -> Notebook:
    """The solution, with every function spied upon and a showing cell after every cell."""
    notebook = solved()
    for name in TASKS:
        source = cell(notebook, name)["source"]
        cell(notebook, name)["source"] = re.sub(
            rf"^def {name}", f"@spying\ndef {name}", source, flags=re.MULTILINE
        )
    cells = notebook["cells"]
    cells.insert(position(notebook, "setup") + 1, own_cell(SPY.replace("TELL", tell)))
    for at in range(len(cells), position(notebook, "setup") + 2, -3):
        cells.insert(at, own_cell(show))
    return notebook


def graded(box: Sandbox, unit: Unit, notebook: Notebook) -> Result:
    submission = Submission("student-01", f"{UNIT}.ipynb", json.dumps(notebook).encode())
    return grade(Work.of(submission, unit), unit, box)


def hidden_numbers(unit: Unit) -> set[str]:
    """Long enough numbers of hidden inputs, as they would be printed, without those that students know."""
    known, hidden = set(), set()
    for table in unit.tables.values():
        for number, case in enumerate(table["cases"]):
            found = re.findall(r"\d\.\d{7,}", json.dumps(case["inputs"]))
            (known if number < table["public"] else hidden).update(found)
    assert len(hidden - known) > 20
    return hidden - known


@pytest.mark.parametrize("show", SHOW.values(), ids=SHOW.keys())
def test_what_later_cells_show_holds_no_hidden_input(box: Sandbox, unit: Unit, show: str) -> None:
    result = graded(box, unit, spied("pass", show))
    assert sum(mark.score or 0 for mark in result.marks) == 20
    text = result.notebook + json.dumps([str(oddity) for oddity in result.oddities])
    assert not [number for number in hidden_numbers(unit) if number in text]


def test_pictures_are_those_of_a_notebook_that_is_not_asked(box: Sandbox, unit: Unit) -> None:
    """A picture is a channel, too: it must not depend on the hidden cases."""
    other = load_unit(built(), UNIT, secret=b"t" * 32)

    def pictures(of: Unit) -> list[str]:
        notebook = json.loads(graded(box, of, spied("pass", SHOW["draws"])).notebook)
        outputs = [output for entry in notebook["cells"] for output in entry.get("outputs", ())]
        return [output["data"]["image/png"] for output in outputs if "image/png" in output.get("data", {})]

    assert pictures(unit) == pictures(other) != []


@pytest.mark.parametrize("tell", TELL.values(), ids=TELL.keys())
def test_what_functions_tell_holds_no_hidden_input_but_the_case_that_is_shown(
    box: Sandbox, unit: Unit, tell: str
) -> None:
    result = graded(box, unit, spied(tell, SHOW["prints, shows and writes"]))
    for mark in result.marks:
        said = mark.message.rpartition("\n")[2]  # after the inputs of the case that is shown
        assert not [number for number in hidden_numbers(unit) if number[:12] in said], mark
    assert not [
        number for number in hidden_numbers(unit) if number in json.dumps(json.loads(result.notebook)["cells"])
    ]


def test_a_function_that_counts_its_calls_learns_nothing(box: Sandbox, unit: Unit) -> None:
    """By heart: the k-th answer of another run, given without looking, earns what it does by luck."""
    other = load_unit(built(), UNIT, secret=b"t" * 32)
    for name, table in unit.tables.items():
        cases, others = table["cases"][table["public"] :], other.tables[name]["cases"][table["public"] :]
        same = sum(one["inputs"] == two["inputs"] for one, two in zip(cases, others, strict=True))
        assert same <= len(cases) // 2, name
