"""A unit is made known by its files and its name in `course.toml`; nothing else holds a list of units."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from grading.course import Course
from sample_class import make_class
from tests.checks import conftest as proof_of_units
from tests.grading.conftest import OTHER, ROOT, built


@pytest.mark.parametrize(
    ("written", "units"),
    [
        pytest.param('units = ["one"]', "one", id="one"),
        pytest.param('units = ["one", "two_2"]\nbook_url = "three"', "one two_2", id="on one line"),
        pytest.param('units = [\n  "one",  # "old"\n  \'two\',\n]\nname = "three"', "one two", id="on several"),
    ],
)
def test_make_reads_the_units_of_course_toml(tmp_path, written, units):
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "_config.yml", tmp_path)
    (tmp_path / "book").mkdir()
    (tmp_path / "tests" / "grading" / "unit").mkdir(parents=True)
    (tmp_path / "course.toml").write_text(f'course_id = "zero"\n{written}\n')
    command = ["make", "-s", "--eval", "show: ; @echo $(UNITS)", "show"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (f"{units}\n", "")


def test_the_sample_class_can_be_made_of_any_unit(tmp_path, monkeypatch):
    monkeypatch.setattr(make_class, "HERE", built().root)
    make_class.main(tmp_path)
    made = sorted(path.parent.name for path in tmp_path.glob(f"submitted/*/{OTHER}"))
    assert made == [f"student-{number:02}" for number in range(1, len(make_class.COMMON) + 1)]
    notebooks = list(tmp_path.glob(f"submitted/*/{OTHER}/{OTHER}.ipynb"))
    assert len(notebooks) == len(made) - 1  # one handed in nothing
    with pytest.raises(json.JSONDecodeError):  # and one the half of a file
        [json.loads(path.read_text()) for path in notebooks]


def test_a_mistake_that_no_longer_fits_its_unit_is_left_out_in_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(make_class, "HERE", built().root)
    monkeypatch.setattr(make_class, "COMMON", [make_class.everything_right])
    monkeypatch.setattr(make_class, "MISTAKES", {OTHER: [make_class.change("no such text", "")]})
    make_class.main(tmp_path)
    said = capsys.readouterr().err
    assert said == f"make_class: {OTHER}: no answer holds 'no such text'; left out, adapt MISTAKES\n"


def test_a_unit_that_is_not_built_is_named_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(make_class, "HERE", tmp_path)
    with pytest.raises(SystemExit, match=r"make_class: .*new\.ipynb: missing; run 'python -m grading build new'"):
        make_class.solved("new")


def test_what_a_unit_lacks_is_said_in_a_line_each(tmp_path, monkeypatch):
    (tmp_path / "course.toml").write_text('course_id = "c"\nunits = ["new"]\nbook_url = "b"\n')
    (tmp_path / "solutions").mkdir()
    monkeypatch.setattr(proof_of_units, "COURSE", Course(tmp_path))
    lines = proof_of_units.lacking("new")
    assert [line.split("; ")[0] for line in lines] == [
        "solutions/new.py: missing",
        "tests/hidden/new.py: missing",
        "tests/checks/alternatives/new.py: missing",
        "exercises/new/new.ipynb: missing",
    ]
    assert lines[2].endswith("it holds right answers written another way for each check of unit new")


def test_a_check_without_an_alternative_and_one_that_is_gone_are_named(monkeypatch):
    unit = proof_of_units.UNITS[0]
    have = dict(proof_of_units.written(unit))
    gone = next(iter(have))
    have["another"] = have.pop(gone)
    monkeypatch.setattr(proof_of_units, "written", lambda unit: have)
    assert proof_of_units.lacking(unit) == [
        f"tests/checks/alternatives/{unit}.py: no right answer written another way for {gone}",
        f"tests/checks/alternatives/{unit}.py: another is no check of unit {unit}",
    ]
