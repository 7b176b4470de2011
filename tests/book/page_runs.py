"""What the code cells of a page show when they are run in order: here, and in a page by Pyodide."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import listings
from playwright.sync_api import Page

BOOK = Path(__file__).parents[2] / "book"
NUMBER = re.compile(r"-?\d+\.?\d*(?:e[+-]?\d+)?")
ROUNDING = re.compile(r"qr\d|normal\d|wrong$")  # what `linear-regression` shows of rounding differs by machine
PROBE = """
import json as _json, numpy as _np, listing_runner as _runner

def _flat(values):
    return [float(value) for value in _np.ma.filled(_np.ma.asarray(values, dtype=float), _np.nan).ravel()]

def _drawn(figure):
    for ax in figure.axes:
        for line in ax.lines:
            _data.append(["line", _flat(line.get_xydata())])
        for one in ax.collections:
            _data.append(["points", _flat(one.get_offsets())])
            _data.append(["paths", [v for path in one.get_paths() for v in _flat(path.vertices)]])
        for patch in ax.patches:
            _data.append(["patch", _flat(patch.get_patch_transform().transform(patch.get_path().vertices))])
        for text in ax.texts:
            _data.append([text.get_text(), _flat(text.get_position()) if text.get_text() else []])
        for image in ax.images:
            _data.append(["image", _flat(image.get_array())])

_data = []
_runner.on_figure[:] = [_drawn]
"""
TOLD = """
class _Told:
    def _repr_html_(self):
        numbers = (int, float, _np.number)
        glued = {name: float(value) for name, value in _runner.glued.items() if isinstance(value, numbers)}
        _runner.glued.clear()
        return _json.dumps([_data, glued])
_Told()
"""
ASK = """async ([page, code]) => {
  const printed = [];
  const about = document.querySelector("course-listings").dataset;
  const reply = await coursePython.python.ask(about, { task: "listing", page, code }, {}, (message) => {
    if (message.kind === "output") printed.push(message.text);
  });
  return { ...reply, printed: printed.join("") };
}"""
Run = list[Any]


def here(name: str) -> Run:
    """Run a page's cells with the packages that build the book."""
    sys.path.insert(0, str(BOOK / "assets"))
    os.environ["MATPLOTLIBRC"] = str(BOOK / "matplotlibrc")
    import listing_runner

    folder = Path.cwd()

    def ask(page: str, code: str) -> dict[str, Any]:
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            reply = listing_runner.run(page, code)
        return reply | {"printed": printed.getvalue()}

    theirs = sys.modules.pop("myst_nb", None)  # in a page there is only what stands for it
    try:
        return run(name, ask)
    finally:
        os.chdir(folder)
        sys.modules.pop("myst_nb", None)
        if theirs:
            sys.modules["myst_nb"] = theirs


def in_page(name: str, page: Page) -> Run:
    """Run them in a page of the book that is open."""
    return run(name, lambda where, code: page.evaluate(ASK, [where, code]))


def run(name: str, ask: Any) -> Run:
    """What each cell prints and shows; then the figures' data and the numbers of the text."""
    assert ask("probe", PROBE)["ok"]
    done: Run = []
    for number, code in listings.code_cells(BOOK / f"{name}.md").items():
        reply = ask(name, code)
        assert reply["ok"], f"{name}, cell {number}: {reply['text']}"
        done.append([reply["printed"], *(one["text"] for one in reply["shown"] if one["kind"] != "picture")])
    return [done, json.loads(ask("probe", TOLD)["shown"][0]["text"])]


def differences(one: Any, other: Any, where: str = "") -> list[str]:
    """Where two runs differ: numbers by more than 1e-9 of their size, or of 1; texts in a word."""
    if isinstance(one, dict) and isinstance(other, dict):
        one, other = (
            [pair for pair in sorted(run.items()) if not ROUNDING.match(pair[0])] for run in (one, other)
        )
    if isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
        return [
            said
            for k, pair in enumerate(zip(one, other, strict=True))
            for said in differences(*pair, f"{where}/{k}")
        ]
    if isinstance(one, float) and isinstance(other, float):
        same = abs(one - other) <= 1e-9 * max(1, abs(one)) or (one != one and other != other)
        return [] if same else [f"{where}: {one!r}, {other!r}"]
    if isinstance(one, str) and isinstance(other, str):
        numbers = [[float(value) for value in NUMBER.findall(text)] for text in (one, other)]
        if NUMBER.sub("#", one) != NUMBER.sub("#", other):
            return [f"{where}: {one[:200]!r}, {other[:200]!r}"]
        return differences(*numbers, where)
    return [] if one == other else [f"{where}: {one!r:.200}, {other!r:.200}"]
