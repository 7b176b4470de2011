"""Which master cell each submitted cell is a copy of, with its ids or by what it holds, and which copy counts."""

from __future__ import annotations

import pytest

from grading.oddities import Oddity
from grading.submission.cell_code import CodeReader
from grading.submission.locked_cells import Additions, additions
from grading.submission.match_cells import MasterCells, match_cells
from grading.submission.read import Cell
from grading.units.master import Master


def master_cell(name, kind, source, *, solution=None, grade=False):
    mark = {} if solution is None else {"nbgrader": {"grade_id": name, "solution": solution, "grade": grade}}
    return {"id": name, "cell_type": kind, "source": source, "metadata": mark}


SETUP, STUB = (
    "import math\n\nA = 1\nB = 2\nC = 3\n",
    "K = 2\ndef f(x):\n    raise NotImplementedError\ndef extra(): pass",
)
PARTS = (
    master_cell("title", "markdown", "# Lab"),
    master_cell("setup", "code", SETUP, solution=False),
    master_cell("f", "code", "def f(x):\n    return helper(x)\nhelper = abs", solution=True),
    master_cell("test f", "code", "check(f)\nassert f(1) == 1", solution=False, grade=True),
    master_cell("test f again", "code", "assert f(2) == 2\nx = f(3)\nassert x == 3", solution=False, grade=True),
    master_cell("g", "code", "slope = 3", solution=True),
    master_cell("test g", "code", "check('slope')\nassert A == 1", solution=False, grade=True),
    master_cell("why", "markdown", "because", solution=True, grade=True),
    master_cell("how", "markdown", "so", solution=True, grade=True),
    master_cell("draw", "code", "plot()", solution=True, grade=True),
)
STUBS = {part["id"]: part["source"] for part in PARTS if part["metadata"]}
STUBS |= {"f": STUB, "g": "your code, no (", "why": "Write here.", "how": "Write here.", "draw": "# Draw here."}
MASTER = MasterCells(Master(PARTS, STUBS))
WRITTEN = {"why", "how", "draw"}
TESTS = {"test f", "test f again", "test g"}


def code(source, name=None, **ids):
    return Cell("code", source, grade_id=name, **ids)


def prose(source, name=None):
    return Cell("markdown", source, grade_id=name)


def matched(*cells):
    oddities = []
    return match_cells(MASTER, cells, CodeReader(), oddities), oddities


def named(*cells):
    return list(matched(*cells)[0].names)


def test_what_a_master_is_made_of():
    whole = Master(PARTS, STUBS)
    assert MasterCells.of(whole) is MasterCells.of(whole)
    assert vars(MasterCells.of(whole)).items() <= vars(MASTER).items()
    assert (MASTER.locked, MASTER.tests) == ({"setup", *TESTS}, TESTS)
    assert (MASTER.answers, MASTER.written) == ({"f", "g", *WRITTEN}, WRITTEN)
    assert MASTER.names == {"f": {"f", "extra"}, "g": {"slope"}, "draw": set()}
    assert MASTER.asked == {"test f": {"f"}, "test f again": {"f"}, "test g": {"slope"}}
    assert MASTER.task_of == {"f": "f", "extra": "f", "slope": "g"}
    assert MASTER.texts["title"] == "# Lab"


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        pytest.param(code("x", "f"), "f", id="by its grade_id"),
        pytest.param(code("x", cell_id="f"), "f", id="by its cell id"),
        pytest.param(code("x", "f", cell_id="g"), "f", id="the grade_id before the cell id"),
        pytest.param(code("x", "elsewhere", cell_id="g"), None, id="a grade_id of another notebook"),
        pytest.param(prose("x", "elsewhere"), None, id="prose of another notebook"),
        pytest.param(prose("x", "f"), "f", id="an answer turned to prose"),
        pytest.param(prose("x", "title"), "title", id="prose"),
        pytest.param(code("x", "title"), None, id="prose turned to code"),
        pytest.param(code(STUB + "  \n"), "f", id="by the text that was released"),
        pytest.param(prose(STUB), None, id="that text as prose"),
        pytest.param(prose("# Lab"), "title", id="prose by its text"),
        pytest.param(code("# Lab"), None, id="that text as code"),
        pytest.param(code("def f(y): return y"), "f", id="by the function that it defines"),
        pytest.param(code("slope = 1"), "g", id="by the name that it binds"),
        pytest.param(code("f(slope)"), None, id="what binds neither"),
        pytest.param(code("def f(x): return x\nslope = 1"), None, id="two answers in one cell"),
        pytest.param(code("A = 1\nimport math"), "setup", id="half of a locked cell's lines, blank ones left out"),
        pytest.param(code("A = 1\nA = 1\n\nx"), None, id="one line of four, and a blank one"),
        pytest.param(code("check(f)"), "test f", id="half of a test's lines"),
        pytest.param(code("assert f(2) == 2"), None, id="a third of a test's lines"),
        pytest.param(code("check(f)\ncheck('slope')"), None, id="halves of two tests"),
        pytest.param(prose("A = 1\nimport math"), None, id="a locked cell's lines as prose"),
        pytest.param(code(" \n"), None, id="an empty cell"),
        pytest.param(prose("Write here."), None, id="a text that several cells had"),
    ],
)
def test_a_cell_is_known_by_its_ids_else_by_what_it_holds(cell, name):
    assert named(cell) == [name]


def test_who_is_known_by_an_id_is_not_looked_for_by_what_it_holds():
    assert named(code("x", "f"), code("def f(x): return 1"), code(STUB)) == ["f", None, None]


def test_a_written_answer_is_the_prose_below_what_precedes_it():
    test = code("check('slope')", "test g")
    assert named(test, prose("my why"), prose("my how"), prose("more")) == ["test g", "why", "how", None]
    assert named(test, prose(" "), prose("my how")) == ["test g", None, None]
    assert named(test, code("x = 1"), prose("a note")) == ["test g", None, None]
    assert named(prose("a note"), test) == [None, "test g"]
    assert named(prose("w", "why"), prose("my how")) == ["why", "how"]
    assert named(prose("w", "why"), test, prose("a note")) == ["why", "test g", None]
    assert named(prose("a note")) == [None]
    assert named(code("d", "draw"), prose("a note")) == ["draw", None]
    assert named(test, prose("so", "how")) == ["test g", "how"]
    assert named(prose("h", "how"), prose("a note")) == ["how", None]


def test_only_tasks_and_locked_cells_that_lost_their_ids_are_told_of():
    _, told = matched(prose("# Lab"), code("slope = 1"), code(SETUP), code("x", "f"))
    assert told == [Oddity("lost id", "setup"), Oddity("lost id", "g")]
    assert matched(code("x", "f"))[1] == []


TRIES = (code("f = 1", "f"), code("f = 2", "f"))


@pytest.mark.parametrize(
    ("cells", "name", "chosen"),
    [
        pytest.param([code("x", "setup"), code("A = 1", "setup")], "setup", 1, id="the first that kept a line"),
        pytest.param([code("A = 1", "setup"), code(SETUP, "setup")], "setup", 0, id="of two that did the first"),
        pytest.param([code("x\n\n", "setup"), code("y\n\nz", "setup")], "setup", 0, id="of none the first"),
        pytest.param(
            [code("check(f)", "test f"), code("check(f)", "test f")], "test f", 1, id="of a test the last"
        ),
        pytest.param([code("check(f)", "test f"), code("x", "test f")], "test f", 0, id="that kept a line"),
        pytest.param(
            [*TRIES, code("check(f)", "test f"), code("f = 3", "f")],
            "f",
            1,
            id="the last before its test",
        ),
        pytest.param([*TRIES], "f", 1, id="without a test the last"),
        pytest.param([*TRIES, code("slope = 1", "g"), code("slope = 2", "g")], "f", 1, id="of each answer"),
        pytest.param([code("slope = 1", "g"), code("slope = 2", "g"), *TRIES], "g", 1, id="of another answer"),
        pytest.param([code("f = 1", "f"), code("x = 2", "f")], "f", 0, id="that binds the answer"),
        pytest.param([code("f = 1", "f"), prose("f = 2", "f")], "f", 0, id="in code"),
        pytest.param([code("f = 1", "f"), code(STUB, "f"), code(" ", "f")], "f", 0, id="that was changed"),
        pytest.param(
            [code("x = 1", "f"), code("x = 2", "f"), code(STUB, "f")], "f", 1, id="else the last changed"
        ),
        pytest.param([code(STUB, "f"), code(STUB, "f")], "f", 0, id="else the first"),
        pytest.param(
            [code(STUB, "f"), code("check(f)", "test f"), code("f = 1", "f"), code("f = 2", "f")],
            "f",
            2,
            id="behind its test the first",
        ),
        pytest.param(
            [
                code("f = 1", "f"),
                code("", "test f"),
                code("f = 2", "f"),
                code("", "test f again"),
                code("f = 3", "f"),
            ],
            "f",
            2,
            id="the last before its last test",
        ),
        pytest.param(
            [code("slope = 1", "g"), code("check(f)", "test f"), code("slope = 2", "g")],
            "g",
            2,
            id="another task's test is no end",
        ),
        pytest.param([prose("a", "why"), prose("b", "why")], "why", 1, id="of a written answer the last"),
        pytest.param([code("a", "draw"), code("b", "draw")], "draw", 1, id="of a written answer in code too"),
        pytest.param([prose("a", "why"), prose(" ", "why")], "why", 0, id="that holds something"),
        pytest.param([code("a", "why"), prose("b", "why")], "why", 1, id="in prose or in code"),
    ],
)
def test_which_copy_counts(cells, name, chosen):
    found, _ = matched(*cells)
    assert found.chosen[name] == chosen
    assert found.copies[name] == [k for k, cell in enumerate(cells) if cell.grade_id == name]


LOCKED = "import math\nimport os as o\npath = 'a.csv'\nshow(path)\nshow(path)"


@pytest.mark.parametrize(
    ("source", "before", "after"),
    [
        pytest.param(LOCKED, "", "", id="the original"),
        pytest.param(f"x = 1\n{LOCKED}\ny = 2\nz = 3", "x = 1", "y = 2\nz = 3", id="above and below"),
        pytest.param("x = 1\ny = 2", "x = 1\ny = 2", "", id="nothing of the original kept"),
        pytest.param(LOCKED.replace("'a.csv'", "'b.csv'"), "", "", id="another value of the same name"),
        pytest.param(f"{LOCKED}\npath = 'b.csv'", "", "path = 'b.csv'", id="a second value of the same name"),
        pytest.param(f"{LOCKED}\nimport math", "", "import math", id="an import once more"),
        pytest.param(LOCKED.replace("show(path)", "print(path)"), "", "", id="other values shown"),
        pytest.param(f"{LOCKED}\nprint(path)", "", "print(path)", id="one value more shown"),
        pytest.param(
            LOCKED.replace("\nshow(path)", "", 1) + "\nprint(path)\nprint(path, 2)",
            "",
            "print(path, 2)",
            id="one for one shown",
        ),
        pytest.param(LOCKED.replace("math", "random"), "import random", "", id="another import"),
        pytest.param(
            LOCKED.replace("import os as o", "from os import (\n    path as o)"),
            "",
            "from os import (\n    path as o)",
            id="another import under the same name, as it was typed",
        ),
        pytest.param(
            LOCKED.replace("'a.csv'", "'b.csv'\npath = 'c.csv'"), "", "", id="two values in an original's place"
        ),
        pytest.param(
            LOCKED.replace("path = 'a.csv'", "try:\n    import math\n    import re\n    path = 1\nexcept E: pass"),
            "import math\nimport os as o\ntry:\n    import math\n    import re\n    path = 1\nexcept E: pass",
            "",
            id="in an original's place, with an import beyond the original's: down to it",
        ),
        pytest.param("this is (", "", "", id="no code"),
    ],
)
def test_what_a_locked_cell_holds_beyond_the_original(source, before, after):
    assert additions(source, LOCKED) == Additions(before, after)


def test_nothing_is_added_to_an_original_that_is_no_code():
    assert additions("x = 1", "this is (") == Additions()
