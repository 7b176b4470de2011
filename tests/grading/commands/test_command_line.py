"""One way to name a unit in all commands; a shell completes what can be typed."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from grading.__main__ import main
from grading.commands import unit_last
from grading.commands.command_line import COMMANDS, parser
from tests.grading.conftest import UNIT


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        (["export", "--unit", "u", "--per", "check"], ["export", "--per", "check", "u"]),
        (["collect", "a.zip", "--unit=u", "--grade"], ["collect", "a.zip", "--grade", "u"]),
        (["report", "u", "--anonymous"], ["report", "u", "--anonymous"]),
        (["doctor"], ["doctor"]),
        (["--course", "new-course", "report", "--unit", "u"], ["--course", "new-course", "report", "u"]),
        (["--course", "c", "new-course", "d", "--unit", "u"], ["--course", "c", "new-course", "d", "--unit", "u"]),
    ],
)
def test_a_unit_may_be_a_word_or_an_option_anywhere(typed, understood):
    assert unit_last(typed) == understood


@pytest.mark.parametrize(
    "command", ["autograde", "regrade", "feedback", "export", "report", "personalise", "status"]
)
def test_every_command_takes_a_unit_in_both_ways(command):
    one, other = (parser().parse_args(unit_last([command, *words])) for words in (["u"], ["--unit", "u"]))
    assert vars(one) == vars(other)


def test_collect_takes_unit_and_archive_in_either_order(course, capsys):
    assert main(["--course", str(course.root), "collect", UNIT, "gone.zip"]) == 1
    assert "gone.zip: no such file" in capsys.readouterr().err


def test_bash_completes_commands_options_and_units(course, capsys):
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash here")
    assert main(["--course", str(course.root), "completion"]) == 0
    script = capsys.readouterr().out
    for words, wanted in (
        (["ex"], "export"),
        (["export", "--gra"], "--gradebook"),
        (["students", "ren"], "rename"),
        (["report", UNIT[:3]], UNIT),
    ):
        line = f"COMP_WORDS=(grading {' '.join(words)}); COMP_CWORD={len(words)}; _grading; echo ${{COMPREPLY[@]}}"
        done = subprocess.run([bash, "-c", f"{script}\n{line}"], capture_output=True, text=True, check=True)
        assert done.stdout.split() == [wanted]


def test_each_command_says_what_it_is_for():
    named = {module.__name__.rpartition(".")[2] for module in COMMANDS}
    assert {"students", "status", "completion"} <= named
