"""Listings on the pages: lines that fit the column, and the same program."""

from __future__ import annotations

import ast
import re

import pytest
from docutils import nodes
from docutils.utils import new_document
from myst_nb.sphinx_ import HideCodeCellNode

from .conftest import ROOT  # puts book/_ext on the path

import code_lines  # isort: skip


def program(code: str) -> str:
    """What Python reads, docstrings with their white space evened out."""
    return re.sub(r"(?:\\n|\s)+", " ", ast.dump(ast.parse(code)))


@pytest.mark.parametrize("name", ["shrinkage", "linear", "simulated_data", "logistic"])
def test_a_fitted_listing_is_the_same_program(name: str) -> None:
    code = (ROOT / "reference_impl" / f"{name}.py").read_text("utf-8")
    fitted = code_lines.fitted(code)
    assert program(fitted) == program(code)
    long = [line.strip() for line in fitted.split("\n") if len(line) > code_lines.COLUMNS]
    assert all(line.startswith(('"', 'f"')) for line in long), "only a string, which cannot be broken, sticks out"


def test_a_comment_that_makes_a_line_too_long_stands_above_it() -> None:
    code = f"if x:\n    y = {'a + ' * 8}b  # {'why ' * 12}so"
    fitted = code_lines.fitted(code).split("\n")
    assert fitted[1].startswith("    # why why")
    assert all(len(line) <= code_lines.COLUMNS for line in fitted)


@pytest.mark.parametrize("code", ["def f(:  # " + "x" * 90, "%magic " + "x" * 90])
def test_what_is_no_python_stays_as_it_is(code: str) -> None:
    assert code_lines.fitted(code) == code


def test_what_fits_stays_as_it_is() -> None:
    assert code_lines.fitted("x=1") == "x=1"


def test_code_stands_below_what_it_draws_and_boxes_of_code_are_one_line_too() -> None:
    document = new_document("a page")
    cell = nodes.container("", HideCodeCellNode("", nodes.literal_block("", "x = 1")), nodes.image())
    cell["hide_mode"] = "input"
    title = nodes.title("", "The code: a.py")
    box = nodes.admonition("", title, nodes.literal_block("", "y = 2"), classes=["dropdown"])
    document += [cell, box]
    fold = object.__new__(code_lines.FoldCode)
    fold.document = document
    fold.run()
    assert [type(node).__name__ for node in cell] == ["image", "raw", "literal_block", "raw"]
    assert [type(node).__name__ for node in document] == ["container", "raw", "literal_block", "raw"]
    assert document[1].astext() == '<details class="code-fold"><summary>The code: a.py</summary>'
    assert not document[1]["classes"], "a raw node with classes would get an element of its own"
