"""Any bytes are read as the notebook that they are, or told truly what they are instead, in bounded time."""

from __future__ import annotations

import gzip
import json
from contextlib import suppress

import pytest

import grading.submission.parse as parsing
from grading.submission.parse import MalformedError, parse
from grading.submission.read import read_cells
from tests.growth import assert_growth


def notebook(outputs="[]", source='"answer = 1"'):
    cell = f'{{"cell_type": "code", "metadata": {{}}, "outputs": {outputs}, "source": {source}}}'
    return f'{{"cells": [{cell}],\n "metadata": {{}}, "nbformat": 4, "nbformat_minor": 5}}'


def sources(text):
    data = text if isinstance(text, bytes) else text.encode()
    return [cell.source for cell in read_cells(data)]


@pytest.fixture
def small_bounds(monkeypatch):
    monkeypatch.setattr(parsing, "MAX_ITEMS", 100)
    monkeypatch.setattr(parsing, "MAX_PARTS", 100)


STREAM = '[{"output_type": "stream", "name": "stdout", "text": %s}]'


@pytest.mark.parametrize(
    "outputs",
    [
        pytest.param(STREAM % json.dumps("[0.5, 1.5], {2, 3}" * 200), id="printed lists"),
        pytest.param(STREAM % json.dumps('"a", \\ "b", \\" [' * 200), id="quotes and backslashes"),
        pytest.param(STREAM % json.dumps(["[1, 2]\n"] * 200), id="many printed lines"),
        pytest.param(f'[{{"data": {{"plot": [{"1," * 300}1]}}}}]', id="a figure's numbers"),
        pytest.param(f'[{{"data": {{"plot": [{"NaN," * 300}-Infinity]}}}}]', id="a figure's NaN"),
        pytest.param(f'[{{"outputs": [{"[]," * 300}[1]]}}]', id="lists called outputs in outputs"),
        pytest.param(f'[{{"outputs": []}}, {"1," * 300} 1]', id="a list called outputs before others in outputs"),
        pytest.param("[" + '{"text": ["\\ud800", "\\"]"]},' * 99 + '{"text": "]"}]', id="lone surrogates"),
    ],
)
def test_saved_outputs_are_no_reason_against_a_notebook(small_bounds, outputs):
    assert sources(notebook(outputs)) == ["answer = 1"]
    assert sources(notebook(outputs).replace('"outputs":', '"outputs" \n :')) == ["answer = 1"]


def test_commas_in_a_source_are_no_reason_either(small_bounds):
    source = "x = [" + "1, " * 300 + "{[]}" * 300 + "]"
    assert sources(notebook(source=json.dumps(source))) == [source]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f'{{"cells": [{"{}," * 300}{{}}]}}', id="cells"),
        pytest.param(f'{{"cells": [], "metadata": [{"1," * 300}1]}}', id="metadata"),
        pytest.param(f'{{"cells": ["outputs", [{"1," * 300}1]]}}', id="beside the word outputs"),
        pytest.param("[" * 300, id="brackets only"),
    ],
)
def test_too_much_of_anything_else_is_told_as_that(small_bounds, text):
    with pytest.raises(MalformedError, match="not a notebook that anybody wrote"):
        parse(text.encode())


MANY = "1," * 101 + "1"


@pytest.mark.parametrize(
    ("text", "much"),
    [
        pytest.param(f'{{"a": [{MANY[2:]}]}}', "", id="as many items as there may be"),
        pytest.param(f'{{"a": [{MANY}]}}', "more than 100 items", id="an item more"),
        pytest.param(f'{{"a": [{"{}," * 97}[]]}}', "", id="as many lists and records as there may be"),
        pytest.param(f'{{"a": [{"[]," * 98}{{}}]}}', "more than 100 lists and records", id="one more"),
        pytest.param(f'{{"outputs": [{MANY}], "outputs": 3, "a": [1, 2]}}', "", id="outputs"),
        pytest.param(f'{{"outputs": {{"a": [{MANY}]}}}}', "more than 100 items", id="outputs, no list"),
        pytest.param(f'["outputs", [{MANY}]]', "more than 100 items", id="a text, no name"),
        pytest.param(f'{{"outputs": [], "a": [{MANY}], "outputs": []}}', "more than 100 items", id="beside them"),
    ],
)
def test_how_much_a_notebook_may_hold(small_bounds, text, much):
    if much:
        with pytest.raises(MalformedError, match=f"^{much} beside its outputs"):
            parse(text.encode())
    else:
        assert isinstance(parse(text.encode()), dict | list)


def test_strings_and_brackets_are_passed_over_up_to_a_number(small_bounds, monkeypatch):
    text = notebook("[" + "1," * 300 + "1]")
    tokens = len(parsing._TOKENS.findall(text))
    monkeypatch.setattr(parsing, "MAX_TOKENS", tokens - 1)
    assert sources(text) == ["answer = 1"]
    monkeypatch.setattr(parsing, "MAX_TOKENS", tokens - 2)
    with pytest.raises(MalformedError, match=f"more than {tokens - 2} strings, lists and records, too much"):
        parse(text.encode())


def test_what_stands_between_outputs_stays(small_bounds):
    cells = [{"cell_type": "code", "source": f"a = {n}", "outputs": [[0] * 60], "metadata": {}} for n in range(3)]
    assert sources(json.dumps({"cells": cells})) == ["a = 0", "a = 1", "a = 2"]


def test_lines_keep_their_numbers_when_outputs_are_left_out(small_bounds):
    text = notebook("[\n" + "1,\n" * 300 + "1]") + "x"
    line = text.count("\n") + 1
    with pytest.raises(MalformedError, match=f"Extra data at line {line},"):
        parse(text.encode())


def test_a_file_that_ends_in_its_outputs_is_cut_off(small_bounds):
    with pytest.raises(MalformedError, match=r"within the saved outputs of a cell \(cut off\?\)"):
        parse(notebook("[" + "1," * 300).split("1]")[0][:600].encode())


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        pytest.param(notebook().encode("utf-8-sig"), "answer = 1", id="byte order mark"),
        pytest.param(notebook().encode("utf-16"), "answer = 1", id="UTF-16"),
        pytest.param(notebook().encode("utf-16-le"), "answer = 1", id="UTF-16 without a mark"),
        pytest.param(notebook().encode("utf-32"), "answer = 1", id="UTF-32"),
        pytest.param(notebook(source='"\\ud800 = 1"').encode(), "? = 1", id="lone surrogate"),
        pytest.param(notebook(source='"# Größe"').encode("cp1252"), "# Größe", id="Windows' encoding"),
        pytest.param(notebook().encode() + b"\0" * 500, "answer = 1", id="zeros behind the end"),
        pytest.param(notebook().encode() + b"\r\n\x1a", "answer = 1", id="Ctrl-Z behind the end"),
        pytest.param(notebook(f'[{{"n": {"9" * 5000}}}]').encode(), "answer = 1", id="a number of 5000 digits"),
        pytest.param(notebook(source='"a", "source": "b"').encode(), "b", id="a name twice: the last counts"),
    ],
)
def test_what_tools_write_is_read(data, answer):
    assert sources(data) == [answer]


CONFLICT = notebook().replace(
    '"metadata": {}, "nbformat"',
    '\n<<<<<<< HEAD\n "metadata": {},\n=======\n "metadata": {"a": 1},\n>>>>>>> other\n "nbformat"',
)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(CONFLICT, "merge conflict of git, from line 3 on", id="a conflict"),
        pytest.param(CONFLICT.replace("\n", "\r\n"), "merge conflict of git, from line 3 on", id="Windows lines"),
        pytest.param(" \n\t", "an empty file", id="white space"),
        pytest.param("\0" * 5000, "nothing but zero bytes", id="zeros"),
        pytest.param(gzip.compress(b"{}"), "a gzip archive", id="gzip"),
        pytest.param("\n<!doctype HTML>\n<html>", "a web page", id="a web page"),
        pytest.param("\ufeff<HTML lang=en>", "a web page", id="a web page with a mark"),
        pytest.param("[InternetShortcut]\r\nURL=https://example.org", "a shortcut", id=".url"),
        pytest.param(b"L\0\0\0\x01\x14\x02\0" + bytes(60), "a shortcut", id=".lnk"),
        pytest.param('<?xml version="1.0"?>\n<!DOCTYPE plist>', "a shortcut", id=".webloc"),
        pytest.param('{"url": "https://example.org/open?id=1", "doc_id": "1"}', "a link to a file", id="Drive"),
        pytest.param("version https://git-lfs.github.com/spec/v1", "a pointer of Git LFS", id="Git LFS"),
        pytest.param('{"cells": [', r"not JSON: .*\(cut off\?\)", id="cut off"),
        pytest.param('{"cells": ["a', r"not JSON: .* starting at line 1.*\(cut off\?\)", id="cut off in a text"),
        pytest.param(notebook() + "\n}", r"not JSON: Extra data at line 3, column 1$", id="one bracket too many"),
        pytest.param("import numpy as np", "not JSON: .* at line 1, column 1$", id="Python"),
        pytest.param('{"cells": [],\n x}', "not JSON: .* at line 2, column 2$", id="a fault in its midst"),
        pytest.param('{"cells": []} x ', r"not JSON: .* column 15$", id="a letter behind it"),
        pytest.param("[1]", "^JSON, but a list instead of a notebook$", id="a list"),
        pytest.param('{"a": ' + "[" * 90_000, "nested too deeply", id="nested"),
        pytest.param(b'{"\xff": 1}', "^not text: byte 2 is not UTF-8$", id="bytes"),
        pytest.param(b"{\0\0\xd8", "^not text: byte 2 is not UTF-16-LE$", id="bytes of UTF-16"),
        pytest.param("<note/>", "an XML or HTML file", id="XML"),
        pytest.param(" " * 2001 + "<html>", "^not JSON", id="a page far down"),
        pytest.param("\0" * 4096 + "a", "nothing but zero bytes", id="zeros, and more far down"),
        pytest.param("\0" * 4095 + "a", "^not JSON|^not text", id="zeros, and more"),
        pytest.param("PK", "a zip or office file", id="zip"),
    ],
)
def test_what_is_no_notebook_is_told_what_it_is(data, words):
    with pytest.raises(MalformedError, match=words):
        read_cells(data if isinstance(data, bytes) else data.encode())


def test_a_conflict_in_the_text_of_an_answer_is_none():
    source = "<<<<<<< HEAD\n=======\n>>>>>>> other"
    assert sources(notebook(source=json.dumps(source))) == [source]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(lambda n: notebook("[" + "1.5," * n + "1]"), id="numbers"),
        pytest.param(lambda n: notebook('["' + "\\n," * n + '"]'), id="escapes"),
        pytest.param(lambda n: notebook('["' + '\\"[,' * n), id="a string without end"),
        pytest.param(lambda n: '"' * n, id="quotes"),
        pytest.param(lambda n: "<<<<<<< a\n" * n, id="marks of a conflict"),
        pytest.param(lambda n: "<<<<<<< a\n=======\n" * n, id="marks of half a conflict"),
        pytest.param(lambda n: '{"cells": [' + '{"outputs": []},' * n + "{}]}", id="cells"),
    ],
)
def test_time_grows_in_proportion(small_bounds, monkeypatch, text):
    monkeypatch.setattr(parsing, "MAX_PARTS", 10**9)
    monkeypatch.setattr(parsing, "MAX_ITEMS", 10**4)

    def read(n):
        with suppress(MalformedError):
            parse(text(n).encode())

    assert_growth(read, 50_000, 200_000, below=12)  # 16 if it were quadratic
