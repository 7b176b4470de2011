"""The master with the student's answers in it: what is taken, what is not, and what a TA is told."""

import copy
import json
import time

import pytest

from grading.oddities import Oddity
from grading.submission.read import Cell, MalformedError, read_cells
from grading.submission.rebuild import rebuild
from grading.units.master import Master
from tests.grading.conftest import UNIT, built, cell, own_cell, position, read, released, solved
from tests.growth import assert_growth


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


def test_all_tries_run_and_the_last_before_the_test_stands_for_the_answer(master):
    stub = cell(released(), "f_ratio")["source"]
    rebuilt = steps(master, with_copies(released(), "f_ratio", stub, TRY.format(1), TRY.format(2)))
    sources = [step.source for step in rebuilt.steps]
    at = sources.index(stub)
    assert sources[at : at + 3] == [stub, TRY.format(1), TRY.format(2)]
    assert answer(rebuilt, "f_ratio").source == TRY.format(2)
    assert rebuilt.oddities == (Oddity("several cells", "f_ratio"),)


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
    assert rebuilt.oddities == (Oddity("several cells", "f_ratio"),)


def test_the_parts_of_a_split_written_answer_are_all_shown(master):
    rebuilt = steps(master, with_copies(released(), "who_moves_most", "The smallest,", "because ..."))
    shown = [step.source for step in rebuilt.steps]
    assert shown.index("because ...") == shown.index("The smallest,") + 1


def typed_into(master, name, source):
    """What runs before and after a locked cell that holds `source`, and what a TA is told."""
    notebook = solved()
    entry = cell(notebook, name)
    entry["source"] = source.replace("{}", entry["source"])
    rebuilt = steps(master, notebook)
    at = next(k for k, step in enumerate(rebuilt.steps) if step.grade_id == name)
    sides = [rebuilt.steps[k].source if rebuilt.steps[k].kind == "helper" else "" for k in (at - 1, at + 1)]
    return *sides, [oddity.kind for oddity in rebuilt.oddities]


@pytest.mark.parametrize(
    ("source", "before", "after"),
    [
        pytest.param("import math\n{}", "import math", "", id="an import above"),
        pytest.param("{}\nfrom math import (\n    pi,\n)", "", "from math import (\n    pi,\n)", id="brackets"),
        pytest.param("{}\nx = 1  # one\ny = 2", "", "x = 1\ny = 2", id="constants below"),
        pytest.param("%matplotlib inline\n{}\n!ls", "%matplotlib inline", "!ls", id="magics"),
        pytest.param("%%time\n{}\nx = 1", "", "x = 1", id="under a magic that runs the cell"),
        pytest.param("@f\ndef g():\n    pass\n{}", "@f\ndef g():\n    pass", "", id="a decorator"),
        pytest.param("ü = 'ü'; v = 2\n{}", "ü = 'ü'\nv = 2", "", id="several on a line"),
        pytest.param("{}\nawait later()", "", "await later()", id="await"),
    ],
)
def test_what_is_added_to_a_locked_cell_runs_beside_it(master, source, before, after):
    assert typed_into(master, "setup", source) == (before, after, ["code added"])


DATA, SHOWN = 'schools = pd.read_csv("schools.csv")', 'schools.groupby("school")["score"]'


@pytest.mark.parametrize(
    ("old", "new", "bound"),
    [
        pytest.param(DATA, f"if True:\n    {DATA}\n    Z = 1", "Z = 1", id="an if around an original"),
        pytest.param(DATA, f"try:\n    {DATA}\nexcept OSError:\n    pass\nelse:\n    Z = 1", "Z = 1", id="a try"),
        pytest.param(DATA, f"with open('x') as Z:\n    {DATA}", "open('x') as Z", id="a with"),
        pytest.param(DATA, f"Z = {DATA}", f"Z = {DATA}", id="a second name"),
        pytest.param(
            SHOWN, f"globals().update(Z=1)\n{SHOWN[:7]}.size, {SHOWN}", "globals()", id="a call of its own"
        ),
    ],
)
def test_what_a_changed_statement_binds_beside_the_original_is_not_lost(master, old, new, bound):
    setup = cell(solved(), "setup")["source"]
    assert old in setup
    before, after, told = typed_into(master, "setup", setup.replace(old, new) + "\nW = Z")
    assert bound in before or after.startswith(bound)
    assert after.endswith("W = Z")
    assert told == ["code added"]


def test_what_stands_below_a_changed_statement_runs_below_the_original(master):
    typed = "fig, ax = plt.subplots()\nax.plot([1], [2])\nwidth = 3"
    assert typed_into(master, "show_intervals", typed) == ("", "ax.plot([1], [2])\nwidth = 3", ["code added"])


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("{}\nthis is (", id="no code as a whole"),
        pytest.param("import matplotlib.pyplot as plt", id="statements deleted"),
        pytest.param("{}# a remark", id="a remark"),
        pytest.param("%%html\n{}", id="another language"),
    ],
)
def test_a_locked_cell_in_which_nothing_was_added_is_the_original(master, source):
    assert typed_into(master, "setup", source) == ("", "", ["locked cell edited"])


def test_what_took_the_place_of_an_original_statement_is_not_run(master):
    notebook = solved()
    setup = cell(notebook, "setup")
    setup["source"] = setup["source"].replace('"schools.csv"', '"C:/schools.csv"') + "\nx = 1"
    assert [step.source for step in steps(master, notebook).steps if step.kind == "helper"] == ["x = 1"]


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


def test_moved_cells_run_where_they_stand_and_their_tests_are_judged_at_the_end_too(master):
    notebook, moved, tests = solved(), ["f_ratio", "complete_pooling"], ["test_complete_pooling", "test_f_ratio"]
    for name in moved:
        notebook["cells"].append(notebook["cells"].pop(position(notebook, name)))
    rebuilt = steps(master, notebook)
    assert [step.grade_id for step in rebuilt.steps[-4:]] == moved + tests
    assert [step.grade_id for step in rebuilt.steps if step.once_more] == tests
    assert rebuilt.oddities == (Oddity("moved cells"),)


def test_one_cause_is_one_line(master):
    notebook = solved()
    for entry in notebook["cells"]:
        entry["metadata"] = {}
        entry.pop("id")
    (told,) = steps(master, notebook).oddities
    assert told.kind == "lost id"
    assert told.where.endswith("more")


@pytest.mark.parametrize("name", ["setup", "f_ratio", "test_f_ratio", None])
def test_many_copies_of_a_cell_take_time_in_proportion(master, name):
    def copies(number):
        source = "def f_ratio(y, group): return {}" if name == "f_ratio" else "check(f_ratio)\nx = {}"
        return [Cell("code", source.format(k), grade_id=name) for k in range(number)]

    few, many = copies(1_000), copies(4_000)
    assert_growth(lambda cells: rebuild(master, cells), few, many, below=8)  # 16 if it were quadratic


@pytest.mark.parametrize("source", ["", " \n\t\n"])
def test_an_answer_whose_cell_is_empty_is_absent_and_says_why(master, source):
    notebook = solved()
    cell(notebook, "f_ratio")["source"] = source
    rebuilt = steps(master, notebook)
    assert rebuilt.absent == {"f_ratio": "its cell is empty"}
    assert answer(rebuilt, "f_ratio").untouched


def test_each_absent_answer_says_its_own_why(master):
    notebook = solved()
    cell(notebook, "f_ratio")["source"] = ""
    cell(notebook, "partial_pooling")["cell_type"] = "markdown"
    notebook["cells"].pop(position(notebook, "complete_pooling"))
    assert steps(master, notebook).absent == {
        "f_ratio": "its cell is empty",
        "partial_pooling": "its cell is a markdown cell, which does not run",
        "complete_pooling": "its cell was deleted",
    }


def test_prose_that_was_changed_is_shown_below_the_original(master):
    notebook = released()
    prose = next(c for c in notebook["cells"] if "Summarise" not in c["source"] and "## 1 Each" in c["source"])
    original = prose["source"]
    prose["source"] += "\n\nMy answer: they differ."
    rebuilt = steps(master, notebook)
    at = next(k for k, step in enumerate(rebuilt.steps) if step.source == original)
    assert [step.kind for step in rebuilt.steps[at : at + 2]] == ["text", "note"]
    assert rebuilt.steps[at + 1].source.endswith("My answer: they differ.")
    assert rebuilt.oddities == ()


@pytest.mark.parametrize("below", [0, 1])
def test_a_written_answer_in_a_cell_of_its_own_waits_for_a_person(master, below):
    notebook = released()
    del notebook["cells"][position(notebook, "when_not_to_borrow") + 1 :]
    for name in ("who_moves_most", "f_ratio"):
        notebook["cells"].insert(position(notebook, name) + below, own_cell("School 01, because ...", "markdown"))
    rebuilt = steps(master, notebook)
    assert not answer(rebuilt, "who_moves_most").untouched
    assert answer(rebuilt, "when_not_to_borrow").untouched
    assert answer(rebuilt, "f_ratio").untouched  # code answers by itself


@pytest.mark.parametrize(
    ("name", "source"),
    [
        pytest.param("f_ratio", "# this answer cell was deleted", id="code, whose stub does not run"),
        pytest.param("who_moves_most", "YOUR ANSWER HERE", id="prose, as it was released"),
    ],
)
def test_a_deleted_answer_is_named(master, name, source):
    notebook = solved()
    notebook["cells"].pop(position(notebook, name))
    rebuilt = steps(master, notebook)
    assert rebuilt.oddities == (Oddity("answer deleted", name),)
    assert answer(rebuilt, name).source == source


@pytest.mark.parametrize("name", ["text-01", "test_f_ratio", "text-32"])
def test_a_deleted_cell_is_put_back_below_what_stands_in_its_place(master, name):
    notebook = solved()
    order = [entry["id"] for entry in notebook["cells"]]
    at = position(notebook, name)
    notebook["cells"][at : at + 1] = [own_cell("own = 1")] if at else []  # nothing precedes the first
    order[at:at] = [None] if at else []
    assert [step.grade_id for step in steps(master, notebook).steps] == order


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
