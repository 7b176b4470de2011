"""Delimited text: what is not changed keeps every byte, whatever wrote it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.errors import CourseError
from grading.tables import csv_text, find_column, harmless_cell, parse_table

SAMPLES = {
    "plain": b"a,b\n1,2\n",
    "no line end at the end": b"a,b\n1,2",
    "Windows line ends": b"a,b\r\n1,2\r\n",
    "old Mac line ends": b"a,b\r1,2\r",
    "mixed line ends": b"a,b\r\n1,2\n3,4\r",
    "quotes everywhere": b'"a","b"\n"1","2"\n',
    "quotes here and there": b'a,"b, c"\n1,"say ""hi"""\n',
    "a line end in a cell": b'a,b\n"x\r\ny",2\n',
    "rows of unequal length": b"a,b,c\n1\n1,2,3,4\n\n,,\n",
    "UTF-8 with a mark": b"\xef\xbb\xbfa,\xc3\xbc\n1,2\n",
    "UTF-16 with a mark": b"\xff\xfe" + "a\tü\r\n1\t2".encode("utf-16-le"),
    "UTF-16 without a mark": "a\tb\r\n1\t2".encode("utf-16-le"),
    "Windows-1252": "a;ü\n1;é\n".encode("cp1252"),
    "Excel's first line": b"sep=;\r\na;b\r\n1;2\r\n",
    "spaces around": b" a , b \n 1 , 2 \n",
}


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in SAMPLES.items()])
def test_what_is_read_is_written_byte_for_byte(data):
    assert parse_table(data, "x").data() == data


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in SAMPLES.items()])
def test_a_changed_cell_changes_nothing_else(data):
    table = parse_table(data, "x")
    before = [list(row.raw) for row in table.rows]
    table.put(table.rows[1], 1, "27.5")
    again = parse_table(table.data(), "x")
    assert again.rows[1][1] == "27.5"
    for number, (old, new) in enumerate(zip(before, (row.raw for row in again.rows), strict=True)):
        assert old == new or number == 1


cells = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]) | st.sampled_from('",;\r\n'), max_size=8)


@settings(deadline=None)  # the machine may be busy
@given(st.lists(st.lists(cells, min_size=2, max_size=4), min_size=2, max_size=5), st.sampled_from(",;\t"))
def test_any_cell_survives_being_put_and_read(rows, delimiter):
    table = parse_table(f"h{delimiter}k\n".encode() + f"{delimiter}\n".encode() * len(rows), "x")
    for row, values in zip(table.rows[1:], rows, strict=True):
        for column, value in enumerate(values):
            table.put(row, column, value)
    again = parse_table(table.data(), "x")
    assert [row.values for row in again.rows[1:]] == rows


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_one_error(data):
    try:
        table = parse_table(data, "x")
    except CourseError:
        return
    assert table.data() == data


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1"])
def test_a_formula_is_defused(text):
    assert harmless_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("data", "line"),
    [
        pytest.param(b'a,b\n1,2\n"x', 3, id="a quote at the end"),
        pytest.param(b'a,b\n1,"x""\n3,4\n', 2, id="a quote that doubles"),
        pytest.param(b'sep=;\r\na;b\r\n1;"', 3, id="a quote below Excel's first line"),
        pytest.param(b"a\nb\n\x81\nc\nd\n", 3, id="bytes of no encoding"),
        pytest.param(b"\xef\xbb\xbfa\nb\n\x81\nc\nd\ne\n", 3, id="bytes of no encoding below a mark"),
    ],
)
def test_an_error_names_the_line(data, line):
    with pytest.raises(CourseError, match=rf"^their\.csv: line {line}: "):
        parse_table(data, "their.csv")


def test_a_new_table_has_empty_cells_numbers_and_no_formulas():
    assert csv_text(["a", "=b"], [[None, "=1"], [1 / 3, 12], ["x,y", 0.0]]) == (
        'a,=b\n,\'=1\n0.3333333333,12\n"x,y",0\n'
    )


def test_a_column_is_found_by_the_first_of_its_names():
    header = ["Student  Name", "SIS_User ID", "id"]
    assert find_column(header, "sis user id", "id") == 1
    assert find_column(header, "nothing", "ID") == 2
    assert find_column(header, "student name") == 0
    assert find_column(header, "mail") is None
