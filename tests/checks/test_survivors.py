"""A check's error rates: no mutant of a right answer earns everything, no wrong answer passes, no right one fails.

What a check cannot tell from the truth it does not grade. The table on the page on trust is this run's.
"""

import json
import re

import pytest

from grading.commands.command_line import run
from grading.doctor.prove.unit import page_column
from tests.checks.conftest import COURSE, UNITS

ENOUGH = {"mutants": 1000, "wrong": 400, "right": 150}
"""Answers of each kind that a unit's checks are measured by; a measure of a few says little."""

PAGE = (COURSE.root / "book" / "trust.md").read_text(encoding="utf-8")
TABLE = re.search(r"^\| \| `.*?(?=\n\n)", PAGE, re.MULTILINE | re.DOTALL)
COLUMNS = zip(*(re.split(r" *\| *", row)[2:-1] for row in TABLE[0].splitlines()), strict=True) if TABLE else ()
STATED = {unit.strip("`"): cells for unit, _, *cells in COLUMNS}
"""The columns of the table on the page on trust: a unit has one as soon as its checks have been measured."""


def test_the_units_of_the_module_are_measured():
    module = {"shrinkage", "linear_regression", "logistic_regression"}
    assert module.intersection(UNITS) <= set(STATED)


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_has_the_error_rates_that_the_page_on_trust_states(unit, capfd):
    code = run(["--course", str(COURSE.root), "prove", unit, "--json"])
    counts = json.loads(capfd.readouterr().out)[unit]
    bound = ("survivors", "passes", "failures") if unit in STATED else ("failures",)
    for errors in bound:
        assert {name: row[errors] for name, row in counts.items() if row[errors]} == {}
    if unit not in STATED:
        return
    for kind, enough in ENOUGH.items():
        assert sum(row[kind] for row in counts.values()) >= enough
    assert code == 0
    column = page_column(list(counts.values()))
    assert numbers(STATED[unit]) == pytest.approx(numbers(column), rel=0.05), f"write into book/trust.md: {column}"


def numbers(column):
    """What a column of the table states; one case more or less may change a few counts by a few mutants."""
    return [float(number.replace(",", "")) for cell in column for number in re.findall(r"\d[\d,.]*", cell)]
