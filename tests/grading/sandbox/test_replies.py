"""A reply is rebuilt from known fields; what is not of the expected type is dropped or refused."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.sandbox import WireError, replies

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["output_type", "name", "text", "data", "metadata", "ename", "evalue", "traceback", "execution_count", "x"]
)
TYPES = st.sampled_from(["stream", "display_data", "execute_result", "error", "update_display_data"])
OUTPUT = st.dictionaries(FIELDS, PLAIN, max_size=6) | st.builds(
    lambda kind, rest: {**rest, "output_type": kind}, TYPES, st.dictionaries(FIELDS, PLAIN, max_size=6)
)
CELL, NOTEBOOK = nbformat.v4.new_code_cell(), nbformat.v4.new_notebook()


@settings(max_examples=300, deadline=None)
@given(st.lists(OUTPUT | PLAIN, max_size=5))
def test_whatever_a_child_calls_outputs_becomes_a_valid_notebook(items: list[Any]) -> None:
    cell = {**CELL, "outputs": replies.outputs(items, 10_000)}
    nbformat.validate({**NOTEBOOK, "cells": [cell]})


@settings(max_examples=300, deadline=None)
@given(PLAIN, st.integers(0, 3))
def test_no_reply_breaks_the_reader(reply: Any, number: int) -> None:
    for read in (lambda: replies.fields(reply, number), lambda: replies.outputs(reply, 100)):
        try:
            read()
        except WireError:
            continue
    if type(reply) is dict:
        for question in (replies.failure, replies.status):
            try:
                question(reply)
            except WireError:
                continue


@pytest.mark.parametrize("number", [True, 1.0, "1", None, 2])
def test_only_the_very_number_of_the_question_is_accepted(number: object) -> None:
    assert replies.fields({"id": 1}, 1) == {"id": 1}
    with pytest.raises(WireError):
        replies.fields({"id": number}, 1)


def test_outputs_are_bounded_in_all() -> None:
    item = {"output_type": "stream", "name": "stdout", "text": "x" * 60}
    kept = replies.outputs([item] * 5, 350)  # an output counts for a hundred characters beside its text
    assert [output["name"] for output in kept] == ["stdout", "stdout", "stderr"]
    assert len(replies.outputs([{"output_type": "stream", "text": ""}] * 100_000, 150)) == 2


def test_unknown_mime_types_and_metadata_are_dropped() -> None:
    data = {"text/plain": "a", "application/javascript": "alert()", "text/html": 3, "image/png": "eA=="}
    kept = replies.outputs([{"output_type": "display_data", "data": data, "metadata": {"x": 1}}], 1000)
    assert kept == [
        {"output_type": "display_data", "data": {"text/plain": "a", "image/png": "eA=="}, "metadata": {}}
    ]


def test_control_characters_are_replaced_but_colours_stay() -> None:
    assert replies.text("a\x00b\x1b[31mc\x08\n\t\r", 99) == "a\ufffdb\x1b[31mc\ufffd\n\t\r"
