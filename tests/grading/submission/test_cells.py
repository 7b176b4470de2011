"""Cells of any JSON that may be a notebook: what can matter of each, whatever else stands there."""

from __future__ import annotations

import json

import pytest

from grading.submission.cells import Cell, read_cells
from grading.submission.parse import MalformedError


def cells(*entries, **around):
    return read_cells(json.dumps({"cells": list(entries), **around}).encode())


@pytest.mark.parametrize(
    ("entry", "cell"),
    [
        pytest.param({"cell_type": "code", "source": "a"}, Cell("code", "a"), id="code"),
        pytest.param({"cell_type": "markdown", "source": "a"}, Cell("markdown", "a"), id="markdown"),
        pytest.param({"cell_type": "heading", "source": "a"}, Cell("raw", "a"), id="another kind"),
        pytest.param({"cell_type": ["code"], "source": "a"}, Cell("raw", "a"), id="a kind that is none"),
        pytest.param({"source": ["a\r\n", None, "b\r"]}, Cell("raw", "a\nb\n"), id="lines, one of them none"),
        pytest.param({"source": {"a": 1}}, Cell("raw", ""), id="no source"),
        pytest.param({"input": "a"}, Cell("raw", "a"), id="a source of nbformat 3"),
        pytest.param({}, Cell("raw", ""), id="nothing"),
        pytest.param({"source": "a", "input": "b"}, Cell("raw", "a"), id="both"),
        pytest.param({"source": "\ud800"}, Cell("raw", "?"), id="half a character"),
        pytest.param(
            {"id": "x", "metadata": {"nbgrader": {"grade_id": "g"}}}, Cell("raw", "", "g", "x"), id="ids"
        ),
        pytest.param(
            {"id": 1.5, "metadata": {"nbgrader": {"grade_id": []}}}, Cell("raw", ""), id="ids that are none"
        ),
        pytest.param({"metadata": {"nbgrader": "x"}}, Cell("raw", ""), id="nbgrader's data that are none"),
        pytest.param({"metadata": ["nbgrader"]}, Cell("raw", ""), id="metadata that are none"),
    ],
)
def test_what_can_matter_of_a_cell(entry, cell):
    assert cells(entry) == [cell]


def test_what_is_attached_is_kept_and_makes_no_other_cell():
    (some,), (none,) = cells({"attachments": {"a.png": {}}}), cells({"attachments": ["a.png"]})
    assert (some.attachments, none.attachments) == ({"a.png": {}}, {})
    assert some == none


def test_what_is_no_cell_is_left_out_and_sheets_follow_each_other():
    assert cells("x", {"source": "a"}, None, worksheets=[{"cells": [{}]}]) == [Cell("raw", "a")]
    sheets = [{"cells": [{"input": "a"}]}, 1, {}, {"cells": "x"}, {"cells": [{"input": "b"}, 2]}]
    assert read_cells(json.dumps({"cells": 1, "worksheets": sheets}).encode()) == [
        Cell("raw", "a"),
        Cell("raw", "b"),
    ]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        pytest.param({"doc_id": "1"}, "^a link to a file in a web storage", id="an id of a document"),
        pytest.param({"url": "http://example.org"}, "^a link to a file in a web storage", id="an address"),
        pytest.param({"url": "https://example.org"}, "^a link to a file in a web storage", id="a safe address"),
        pytest.param({"url": "see http://"}, "^JSON, but not a notebook", id="a text that holds one"),
        pytest.param({"url": None}, "^JSON, but not a notebook", id="no address"),
        pytest.param({"url": 5}, "^JSON, but not a notebook", id="a number"),
        pytest.param({}, "^JSON, but not a notebook: it has no list of cells", id="nothing"),
    ],
)
def test_what_has_no_cells_is_told_what_it_is(found, said):
    with pytest.raises(MalformedError, match=said):
        read_cells(json.dumps(found).encode())
