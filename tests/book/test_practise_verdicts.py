"""The page and the notebook judge alike: every reference, alternative and misconception of every check.

The formulas go into Pyodide as they stand in this repository; the boxes of a page check them one after the other.
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser

from grading.checks.notebook_check import Verdict, public_verdict, spoken
from tests.checks.conftest import UNITS, all_checks, all_misconceptions, alternatives

from .conftest import ROOT, watched
from .site_server import SiteServer

SOURCES = (
    "reference_impl",
    "grading/checks/*.py",
    "grading/errors.py",
    "grading/__init__.py",
    "tests/__init__.py",
    "tests/hidden",
    "tests/checks/alternatives",
)
UNPACK = """
import base64, io, sys, zipfile
import pandas
zipfile.ZipFile(io.BytesIO(base64.b64decode("{archive}"))).extractall("/home/pyodide/course")
sys.path.insert(0, "/home/pyodide/course")
"""
ANSWER = """
{find}
def {name}(*args, **kwargs):
    return given(*args, **kwargs)
"""
FIND_CHECK = "from tests.hidden.{unit} import CHECKS\none = next(c for c in CHECKS if c.name == {name!r})"
FIND = {
    "reference": "given = one.reference",
    "misconception": "given = one.misconceptions[{number}].formula",
    "alternative": "from tests.checks.alternatives.{unit} import ALTERNATIVES\n"
    "given = ALTERNATIVES[{name!r}][{number}]",
}
BATCH = """async (rows) => {
  const replies = [];
  for (const {unit, name, code} of rows) {
    const box = document.querySelector(`practise-box[data-unit="${unit}"]`);
    const start = performance.now();
    const task = name ? "check" : "run";
    const reply = await box.ask({task, unit, function: name, code, others: [], scratch: ""});
    replies.push({...reply, took: performance.now() - start});
  }
  return replies;
}"""


def archive() -> str:
    """The course's own code as a zip in base64."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("tests/checks/__init__.py", "")
        for pattern in SOURCES:
            found = ROOT.glob(pattern) if "*" in pattern else [ROOT / pattern]
            for start in found:
                for path in [start] if start.is_file() else start.rglob("*"):
                    if path.suffix in (".py", ".csv"):
                        # Pyodide is a 32-bit machine: what indexes an array there has 32 bits.
                        text = path.read_text("utf-8").replace("np.int64", "np.intp")
                        out.writestr(str(path.relative_to(ROOT)), text)
    return base64.b64encode(memory.getvalue()).decode()


def rows() -> list[dict[str, Any]]:
    """Every formula: where it is found in the page, and itself."""
    found = []
    for where, check in all_checks():
        unit = where.split(".")[0]
        functions = [("reference", 0, check.reference)]
        functions += [("misconception", k, entry.formula) for k, entry in enumerate(check.misconceptions)]
        mine = [f for other, owner, f in alternatives() if owner is check]
        functions += [("alternative", k, function) for k, function in enumerate(mine)]
        for kind, number, function in functions:
            find = FIND_CHECK if kind != "alternative" else ""
            text = f"{find}\n{FIND[kind]}".format(unit=unit, name=check.name, number=number)
            found.append(
                {
                    "id": f"{unit}.{check.name}.{kind}.{getattr(function, '__name__', number)}",
                    "unit": unit,
                    "name": check.name,
                    "code": ANSWER.format(find=text, name=check.name),
                    "function": function,
                }
            )
    return found


ROWS = rows()


@cache
def table(unit: str) -> Any:
    """The public cases, as the page and the notebook read them."""
    return json.loads((ROOT / "exercises" / unit / "public_checks.json").read_text("utf-8"))["checks"]


@pytest.fixture(scope="module")
def replies(browser: Browser, tiny_server: SiteServer) -> Iterator[dict[str, dict[str, Any]]]:
    """What the page says of every formula, in one session."""
    context = browser.new_context()
    page, seen = watched(context)
    page.goto(f"{tiny_server.address}every-unit.html")
    asked = [{key: row[key] for key in ("unit", "name", "code")} for row in ROWS]
    first = {"unit": UNITS[0], "name": "", "code": UNPACK.format(archive=archive())}
    unpacked, *said = page.evaluate(BATCH, [first, *asked])
    assert unpacked["ok"], unpacked
    assert seen.foreign == []
    yield {row["id"]: reply for row, reply in zip(ROWS, said, strict=True)}
    context.close()


def in_the_notebook(row: dict[str, Any]) -> Verdict:
    """The verdict of the notebook's check on the same formula."""

    def given(*args: Any, **kwargs: Any) -> Any:
        return row["function"](*args, **kwargs)

    given.__name__ = row["name"]
    return public_verdict(given, table(row["unit"]))


def test_ids_are_unique() -> None:
    assert len({row["id"] for row in ROWS}) == len(ROWS)
    assert len(ROWS) == len(all_checks()) + len(all_misconceptions()) + len(alternatives())


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # a wrong formula may well divide by zero
@pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in ROWS])
def test_page_and_notebook_give_the_same_verdict(row: dict[str, Any], replies: dict[str, dict[str, Any]]) -> None:
    reply, here = replies[row["id"]], in_the_notebook(row)
    assert reply["text"] == spoken(here)
    assert Verdict(**reply["verdict"]) == here


def test_a_check_in_the_page_takes_less_than_150_ms(replies: dict[str, dict[str, Any]]) -> None:
    assert float(np.median([reply["took"] for reply in replies.values()])) < 150
