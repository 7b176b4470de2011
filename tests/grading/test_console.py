"""What the terminal shows while a class is graded."""

from __future__ import annotations

import io
import sys

import pytest

from grading.autograde.recorder import Summary
from grading.commands.console import ProgressBar, summary_table
from grading.oddities import Oddity
from grading.submission.results import Result


class Stream(io.StringIO):
    """A stderr that is a terminal, or none."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@pytest.mark.parametrize(
    "terminal",
    [pytest.param(True, id="a terminal shows the bar"), pytest.param(False, id="a log stays free of it")],
)
def test_progress_bar(terminal: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    stream = Stream(terminal=terminal)
    monkeypatch.setattr(sys, "stderr", stream)
    result = Result("a", "shrinkage", "fingerprint", "graded", "", ())
    with ProgressBar("shrinkage") as bar:
        bar(result, 2)
        bar(result, 2)
    assert ("2/2" in stream.getvalue()) == terminal
    assert terminal or not stream.getvalue()
    assert not capsys.readouterr().out


def test_one_line_for_each_cause_of_oddities() -> None:
    lost = tuple(Oddity("lost id", f"task_{k}") for k in range(20))
    moved = (Oddity("moved cells"),)
    found = {"student-01": lost, "student-02": moved, "student-03": moved, "student-04": moved}
    results = [Result(name, "unit", name, "graded", None, (), oddities) for name, oddities in found.items()]
    text = summary_table(Summary("unit", "", results))
    below = text.partition("oddities in 4 submissions")[2].splitlines()
    tasks = ", ".join(f"task_{k}" for k in range(8))
    assert [line.strip() for line in below[1:]] == [
        "these cost nothing:",
        f"3 students (student-02, student-03, student-04): {moved[0].text}",
        f"student-01: {lost[0].split()[1]} ({tasks} and 12 more)",
    ]
