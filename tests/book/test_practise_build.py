"""What the build does for the practice boxes: fetching Pyodide, the directive, what is served beside them."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import practise
import progress
import pytest

from grading.course import Course

from .conftest import BOOK, PYODIDE, ROOT


@pytest.fixture(scope="module")
def fetch() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fetch", BOOK / "pyodide" / "fetch.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestFetching:
    def test_every_file_of_the_distribution_has_its_digest(self, fetch: ModuleType) -> None:
        digests = fetch.digests()
        assert {"pyodide.asm.wasm", "pyodide.js", "python_stdlib.zip"} <= set(digests)
        assert any(name.startswith("numpy-") for name in digests)
        assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in digests.values())

    def test_what_was_fetched_is_what_pyodide_published(self, fetch: ModuleType) -> None:
        assert [
            name for name, digest in fetch.digests().items() if not fetch.is_intact(PYODIDE / name, digest)
        ] == []

    def test_another_content_under_the_right_name_is_refused(self, fetch: ModuleType, tmp_path: Path) -> None:
        good, bad = b"as published", b"tampered with"
        with zipfile.ZipFile(tmp_path / "carrier.whl", "w") as archive:
            archive.writestr("some/where/good.js", good)
            archive.writestr("some/where/bad.js", bad)
            archive.writestr("some/where/other.js", b"")
        wanted = {"good.js": hashlib.sha256(good).hexdigest(), "bad.js": hashlib.sha256(good).hexdigest()}
        target = tmp_path / "out"
        target.mkdir()
        assert fetch.unpack(tmp_path / "carrier.whl", target, wanted) == ["bad.js"]
        assert [path.name for path in target.iterdir()] == ["good.js"]

    def test_a_damaged_file_is_not_intact(self, fetch: ModuleType, tmp_path: Path) -> None:
        (tmp_path / "one").write_bytes(b"x")
        assert not fetch.is_intact(tmp_path / "one", hashlib.sha256(b"y").hexdigest())

    def test_without_the_carrier_it_says_what_to_do_and_does_not_fail(self, tmp_path: Path) -> None:
        command = [sys.executable, str(BOOK / "pyodide" / "fetch.py"), str(tmp_path / "pyodide")]
        nowhere = {"PIP_INDEX_URL": (tmp_path / "no-index").as_uri(), "PIP_CONFIG_FILE": "/dev/null"}
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=nowhere, timeout=60)
        assert "No Pyodide: " in done.stdout
        assert "set practise_pyodide in _config.yml to https://" in done.stdout
        assert not (tmp_path / "pyodide" / "pyodide-lock.json").exists()

    def test_the_address_that_is_proposed_is_of_the_same_version(self, fetch: ModuleType) -> None:
        version = json.loads((BOOK / "pyodide" / "lock.json").read_text("utf-8"))["info"]["version"]
        assert f"/v{version}/" in fetch.PUBLIC
        assert fetch.PUBLIC in (ROOT / "_config.yml").read_text("utf-8")


def test_starting_code_is_the_notebook_s_cell() -> None:
    starter = practise.starter_of(ROOT / "exercises" / "shrinkage" / "shrinkage.ipynb", "partial_pooling")
    assert starter is not None
    assert starter.startswith("def partial_pooling(group_means, sampling_variances, *, grand_mean, tau2):")
    assert "raise NotImplementedError()" in starter


def test_page_and_notebook_have_the_same_files(tiny_site: Path) -> None:
    for unit in Course(ROOT).units:
        for name in ("check.py", "public_checks.json"):
            served = tiny_site / "_static" / "practise" / unit / name
            assert served.read_bytes() == (ROOT / "exercises" / unit / name).read_bytes()


def test_served_lock_names_what_is_served(tiny_site: Path) -> None:
    folder = tiny_site / "_static" / "vendor" / "pyodide"
    packages = json.loads((folder / "pyodide-lock.json").read_text("utf-8"))["packages"]
    assert {"numpy", "pandas"} <= set(packages)
    for package in packages.values():
        assert hashlib.sha256((folder / package["file_name"]).read_bytes()).hexdigest() == package["sha256"]


def test_what_is_no_longer_wanted_leaves_the_site(tmp_path: Path) -> None:
    practise.copy_pyodide(PYODIDE, tmp_path, None)
    assert list(tmp_path.glob("matplotlib-*.whl"))
    practise.copy_pyodide(PYODIDE, tmp_path, ("numpy",))
    assert not list(tmp_path.glob("matplotlib-*.whl"))
    assert list(tmp_path.glob("numpy-*.whl"))


def test_licences_are_served(tiny_site: Path) -> None:
    assert "Mozilla Public License" in (tiny_site / "_static" / "vendor" / "pyodide" / "NOTICE").read_text("utf-8")
    assert "MIT License" in (tiny_site / "_static" / "vendor" / "codemirror" / "LICENSE").read_text("utf-8")


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        pytest.param("Which *school* moves?", "Which school moves?", id="markup goes"),
        pytest.param("What is $n_j$?", "", id="formulas are not shown"),
        pytest.param("See [the page](why.md), please", "See the page, please", id="links become words"),
        pytest.param("word " * 30, "word " * 14 + "…", id="cut between words"),
    ],
)
def test_beginning_of_a_question(question: str, shown: str) -> None:
    assert progress.short(question) == shown
