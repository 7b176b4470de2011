"""No mutant of a right answer earns everything: what a check cannot tell from the truth it does not grade."""

import json

import pytest

from grading.commands.command_line import run
from tests.checks.conftest import COURSE, UNITS

ENOUGH = 1000
"""Mutants that a unit's checks are measured by; a measure of a few says little."""


@pytest.mark.parametrize("unit", UNITS)
def test_no_mutant_goes_unnoticed(unit, capfd):
    code = run(["--course", str(COURSE.root), "prove", unit, "--json"])
    counts = json.loads(capfd.readouterr().out)[unit]
    assert {name: row["survivors"] for name, row in counts.items() if row["survivors"]} == {}
    assert sum(row["mutants"] for row in counts.values()) >= ENOUGH
    assert code == 0
