"""ARCHITECTURE.md and README.md are true of the tree: paths, rooms, layers, file formats, tags."""

from __future__ import annotations

import ast
import dataclasses
import json
import re
import tomllib
from pathlib import Path

import pytest

from grading.intake.shelf import Provenance
from grading.oddities import Oddity
from grading.sandbox.wire import arrays, codec, handles
from grading.submission.results import CellMark, Result

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
TOP = {path.name for path in ROOT.iterdir()}


def quoted(text: str) -> list[str]:
    """What stands in backticks outside fenced blocks."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def blocks(text: str) -> list[str]:
    return re.findall(r"```\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "README.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_every_path_that_a_page_names_exists(page):
    named = [
        word for word in quoted((ROOT / page).read_text("utf-8")) if word.split("/")[0] in TOP and "<" not in word
    ]
    assert [word for word in named if not list(ROOT.glob(word.rstrip("/")))] == []
    assert named


def test_the_layers_drawn_are_those_that_the_contract_proves():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = {contract["id"]: contract for contract in settings["tool"]["importlinter"]["contracts"]}
    drawn = [block.strip().splitlines() for block in blocks(PAGE)]
    assert contracts["rooms"]["layers"] in drawn
    sandbox = next(lines for lines in drawn if lines[0].startswith("client"))
    assert [re.split(r"\s{2,}", line)[0] for line in sandbox if line[0] != "-"] == contracts["sandbox"]["layers"]


def test_every_room_of_grading_has_a_sentence_and_no_other_is_named():
    rows = re.findall(r"^\| (`[\w`, ]+`) \| ", PAGE, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)} - {"__main__"}
    rooms = {
        path.stem
        for path in (ROOT / "grading").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert named == rooms - {"__init__", "__main__"}
    assert len(rooms) <= 24


@pytest.mark.parametrize(
    "room", sorted(p.parent for p in (ROOT / "grading").rglob("__init__.py")), ids=lambda p: p.name
)
def test_each_room_says_in_a_paragraph_what_it_is_for(room):
    text = ast.get_docstring(ast.parse((room / "__init__.py").read_text("utf-8"))) or ""
    assert len(text.split()) >= 25


def row(file: str) -> list[str]:
    line = next(line for line in PAGE.splitlines() if line.startswith("| `") and file in line.split("|")[1])
    return re.findall(r"`(\w+)`", line.split("|")[3])


@pytest.mark.parametrize(
    ("file", "fields"),
    [
        pytest.param(
            "<fingerprint>.json",
            [
                f.name
                for f in (*dataclasses.fields(Result), *dataclasses.fields(CellMark), *dataclasses.fields(Oddity))
            ],
            id="results and marks",
        ),
        pytest.param(".collected.json", [f.name for f in dataclasses.fields(Provenance)], id="provenance"),
        pytest.param("preview.json", ["digest", "before", "results"], id="previews"),
    ],
)
def test_the_fields_of_a_kept_file(file, fields):
    assert row(file) == fields


def test_the_fields_of_the_public_checks():
    table = json.loads(next(ROOT.glob("exercises/*/public_checks.json")).read_text("utf-8"))
    named = row("public_checks.json")
    assert named[:4] == list(table)
    assert named[4:10] == list(next(iter(table["checks"].values())))


def test_every_tag_of_the_wire_is_named_once():
    text = PAGE[PAGE.index("On the wire") : PAGE.index("## Ten words")]
    named = re.findall(r"`([A-Za-z])`", text)
    assert sorted(named) == sorted(tag.decode() for tag in (*codec._READERS, *arrays.DECODERS, handles.TAG))
