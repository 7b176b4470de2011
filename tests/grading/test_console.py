"""What the terminal shows while a class is graded."""

from __future__ import annotations

import io
import sys

import pytest

from grading.commands.console import ProgressBar
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
