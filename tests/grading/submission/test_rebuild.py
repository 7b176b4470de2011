"""The master with the student's answers in it: what is taken, what is not, and what a TA is told."""

import copy
import json
import time

import pytest

from grading.oddities import Oddity
from grading.submission.read import MalformedError, read_cells
from grading.submission.rebuild import rebuild
from grading.units.master import Master
from tests.grading.conftest import UNIT, built, cell, own_cell, position, read, released, solved


@pytest.fixture(scope="module")
def master():
    return Master.read(read(built().master(UNIT)), released())


def steps(master, notebook):
    return rebuild(master, read_cells(json.dumps(notebook).encode()))


def answer(rebuilt, name):
    return next(step for step in rebuilt.steps if step.grade_id == name)


def test_an_untouched_release_holds_no_answer_and_nothing_odd(master):
    rebuilt = steps(master, released())
    assert all(step.untouched for step in rebuilt.steps if step.kind == "answer")
    assert rebuilt.oddities == ()


def test_answers_are_taken_and_nothing_is_odd(master):
    rebuilt = steps(master, solved())
    assert "tau2 / (tau2 +" in answer(rebuilt, "partial_pooling").source
    assert not answer(rebuilt, "partial_pooling").untouched
    assert rebuilt.oddities == ()


def test_no_answer_of_the_master_is_ever_used(master):
    for step in steps(master, released()).steps:
        assert "SOLUTION" not in step.source
        assert step.kind != "answer" or "tau2 / (tau2 +" not in step.source


def test_tests_come_from_the_master(master):
    notebook = solved()
    cell(notebook, "test_partial_pooling")["source"] = "100"
    rebuilt = steps(master, notebook)
    assert "hidden_check(partial_pooling)" in answer(rebuilt, "test_partial_pooling").source
    assert rebuilt.oddities == (Oddity("locked cell edited", "test_partial_pooling"),)


def test_an_own_cell_stays_after_the_cell_it_followed(master):
    notebook = solved()
    notebook["cells"].insert(position(notebook, "f_ratio") + 1, own_cell("helper = 1"))
    names = [step.grade_id or step.source for step in steps(master, notebook).steps]
    assert names.index("helper = 1") == names.index("f_ratio") + 1


def with_copies(notebook, name, *sources):
    """Replace a cell by copies of it that hold these sources."""
    at = position(notebook, name)
    copies = [{**copy.deepcopy(notebook["cells"][at]), "source": source} for source in sources]
    notebook["cells"][at : at + 1] = copies
    return notebook


TRY = "def f_ratio(y, group):\n    return {}"


def test_of_two_tries_the_first_counts_and_the_other_is_not_run(master):
    stub = cell(released(), "f_ratio")["source"]
    rebuilt = steps(master, with_copies(released(), "f_ratio", stub, TRY.format(1), TRY.format(2)))
    assert answer(rebuilt, "f_ratio").source == TRY.format(1)
    assert TRY.format(2) not in {step.source for step in rebuilt.steps}
    assert rebuilt.oddities == (Oddity("several answers", "f_ratio", "3"),)


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param(["import math", TRY.format("math.pi")], id="an import first"),
        pytest.param([TRY.format("half()"), "def half(): return 0.5"], id="a helper last"),
        pytest.param(["a = 1", TRY.format("a + b"), "b = 2"], id="in three"),
    ],
)
def test_a_cell_split_in_two_runs_whole(master, parts):
    rebuilt = steps(master, with_copies(released(), "f_ratio", *parts))
    sources = [step.source for step in rebuilt.steps]
    at = sources.index(parts[0])
    assert sources[at : at + len(parts)] == parts
    assert answer(rebuilt, "f_ratio").source == next(part for part in parts if "def f_ratio" in part)
    assert rebuilt.oddities[0].kind == "answer in parts"


def test_the_parts_of_a_split_written_answer_are_all_shown(master):
    rebuilt = steps(master, with_copies(released(), "who_moves_most", "The smallest,", "because ..."))
    shown = [step.source for step in rebuilt.steps]
    assert shown.index("because ...") == shown.index("The smallest,") + 1


def test_imports_typed_into_a_locked_cell_run_and_nothing_else_of_it_does(master):
    notebook = solved()
    cell(notebook, "setup")["source"] += "\nimport math\nfrom os import path as p, sep\nimport os; exit()\nx = 1"
    rebuilt = steps(master, notebook)
    own = [step.source for step in rebuilt.steps if step.kind == "helper"]
    assert own == ["import math", "from os import path as p, sep"]
    assert rebuilt.oddities == (Oddity("imports added", "setup"),)


def test_a_line_that_looks_like_many_imports_is_read_in_no_time(master):
    notebook = solved()
    cell(notebook, "setup")["source"] += "\nfrom " + "a import " * 100_000 + "!"
    started = time.process_time()
    steps(master, notebook)
    assert time.process_time() - started < 1


def test_a_pasted_copy_that_became_a_helper_runs_where_it_stands(master):
    notebook = solved()
    for name in ("f_ratio", "setup"):
        helper = {**copy.deepcopy(cell(notebook, name)), "source": f"def of_{name}(): return 1"}
        notebook["cells"].insert(position(notebook, "setup") + 1, helper)
    names = [step.grade_id or step.source for step in steps(master, notebook).steps]
    at = names.index("setup")
    assert names[at + 1 : at + 3] == ["def of_setup(): return 1", "def of_f_ratio(): return 1"]


def test_a_moved_cell_is_run_where_it_belongs_and_reported(master):
    notebook = solved()
    notebook["cells"].append(notebook["cells"].pop(position(notebook, "f_ratio")))
    rebuilt = steps(master, notebook)
    order = [step.grade_id for step in rebuilt.steps if step.grade_id]
    assert order == [step.grade_id for step in steps(master, solved()).steps if step.grade_id]
    assert Oddity("moved cells") in rebuilt.oddities


def test_a_written_answer_in_a_cell_of_its_own_waits_for_a_person(master):
    notebook = released()
    notebook["cells"].insert(
        position(notebook, "who_moves_most") + 1, own_cell("School 01, because ...", "markdown")
    )
    rebuilt = steps(master, notebook)
    assert not answer(rebuilt, "who_moves_most").untouched
    assert answer(rebuilt, "when_not_to_borrow").untouched


def test_a_deleted_answer_is_named(master):
    notebook = solved()
    notebook["cells"].pop(position(notebook, "f_ratio"))
    assert Oddity("answer deleted", "f_ratio") in steps(master, notebook).oddities


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"", "an empty file", id="empty"),
        pytest.param(b"%PDF-1.7 ...", "a PDF", id="a PDF"),
        pytest.param(b"PK\x03\x04...", "a zip", id="a zip"),
        pytest.param(b"{", "not JSON", id="cut off"),
        pytest.param(b"[1]", "a list instead of a notebook", id="a list"),
        pytest.param(b'{"a": 1}', "no list of cells", id="no cells"),
        pytest.param(b"\xff\x00\xfa", "not UTF-8", id="not text"),
        pytest.param(b"[" * 100_000, "not readable as JSON", id="nested too deep"),
    ],
)
def test_a_file_that_is_no_notebook_is_told_what_it_is(data, words):
    with pytest.raises(MalformedError, match=words):
        read_cells(data)
