"""Runs the code cells of a page inside Pyodide as the build ran them: one after another, with figures and tables.

`practise-worker.js` calls `run_listing` with a request and gets a reply, both as JSON. What a cell shows is what a
notebook would: printed text, the value of its last line, the figures that it drew.
"""

from __future__ import annotations

import ast
import base64
import io
import json
import logging
import os
import sys
import traceback
import types
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["MPLBACKEND"] = "agg"
FILE = "this cell"
HOME = Path.home()
OWN = "reference_impl.held_back"
DPI = 130
Names = dict[str, Any]
Shown = dict[str, str]

pages: dict[str, Names] = {}
glued: Names = {}
on_figure: list[Callable[[Any], None]] = []
"""What is told of each figure before it becomes a picture; for tests."""


def stand_in_for_glue() -> None:
    """Pages hand numbers to their text by `glue`, which the book's own tool brings; here they are only noted."""
    if "myst_nb" not in sys.modules:
        module = types.ModuleType("myst_nb")
        module.glue = lambda name, value, display=True: glued.__setitem__(name, value)  # type: ignore[attr-defined]
        sys.modules["myst_nb"] = module


def figures() -> list[Shown]:
    """The figures that are open, as pictures; they are closed."""
    plt = sys.modules.get("matplotlib.pyplot")
    if plt is None:
        return []
    shown = []
    for number in plt.get_fignums():
        figure = plt.figure(number)
        for tell in on_figure:
            tell(figure)
        picture = io.BytesIO()
        figure.savefig(picture, format="png", dpi=DPI)
        shown.append({"kind": "picture", "text": base64.b64encode(picture.getvalue()).decode()})
    plt.close("all")
    return shown


def as_shown(value: Any) -> Shown:
    """A value as a notebook shows it."""
    table = getattr(value, "_repr_html_", None)
    text = table() if callable(table) else None
    return {"kind": "text", "text": repr(value)} if text is None else {"kind": "html", "text": text}


def execute(code: str, names: Names) -> list[Shown]:
    """Run a cell; what it shows beside what it prints."""
    body = ast.parse(code, FILE).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    silent = code.rstrip().endswith(";")
    exec(compile(ast.Module(body, []), FILE, "exec"), names)
    shown = []
    if isinstance(last, ast.Expr):
        value = eval(compile(ast.Expression(last.value), FILE, "eval"), names)
        if value is not None and not silent:
            shown.append(as_shown(value))
    return [*shown, *figures()]


def take_own(own: dict[str, str]) -> None:
    """Hand the reader's functions to those of the course that are held back."""
    if OWN in sys.modules:
        sys.modules[OWN].take(own)


def style() -> None:
    """Give figures the book's style."""
    path = HOME / "matplotlibrc"
    if "matplotlib" not in sys.modules and path.exists():
        os.environ["MATPLOTLIBRC"] = str(path)
    warnings.filterwarnings(
        "ignore", "FigureCanvasAgg is non-interactive"
    )  # plt.show(): they are shown in any case
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # it looks for fonts once, and says so


def line_of(error: BaseException) -> int | None:
    """Line of the cell where an error arose, counted from 1."""
    if isinstance(error, SyntaxError) and error.filename == FILE:
        return error.lineno
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == FILE]
    return frames[-1].lineno if frames else None


def run(page: str, code: str, own: dict[str, str] | None = None) -> dict[str, Any]:
    """Run a cell of a page after those that were run before it."""
    stand_in_for_glue()
    style()
    names = pages.setdefault(page, {"__name__": "__main__"})
    os.chdir(HOME)
    try:
        if own:
            __import__(OWN.partition(".")[0])
            take_own(own)
        reply = {"ok": True, "text": "", "line": None, "shown": execute(code, names)}
    except BaseException as error:  # SystemExit and KeyboardInterrupt too: the worker must go on
        words = traceback.format_exception_only(error)[-1].strip()
        line = line_of(error)
        reply = {"ok": False, "text": f"Line {line}: {words}" if line else words, "line": line, "shown": []}
        if plt := sys.modules.get("matplotlib.pyplot"):
            plt.close("all")
    sys.stdout.flush()
    sys.stderr.flush()
    return reply


def run_listing(request: str) -> str:
    """Do what the request asks."""
    asked = json.loads(request)
    return json.dumps(run(asked["page"], asked["code"], asked.get("own")))
