"""What a practice box does with a reader's code, inside Pyodide: run it, check it, call it for a figure.

`practise-worker.js` calls `answer` with a request and gets a reply, both as JSON. What judges is the `check.py`
that students get with the notebook, on the same `public_checks.json`: this module only brings the two together.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib
import importlib.util
import json
import math
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

FILE = "your code"
HOME = Path.home()
Names = dict[str, Any]


def counting(function: Callable[..., Any], place: int) -> Callable[..., Any]:
    """A function of NumPy that takes counts or places, also where these are wider than the machine's addresses.

    WebAssembly's have 32, and NumPy refuses there what it takes everywhere else.
    """

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        given = np.asarray(args[place]) if len(args) > place else None
        if given is not None and given.dtype.kind in "iu":
            args = (*args[:place], given.astype(np.intp), *args[place + 1 :])
        return function(*args, **kwargs)

    return call


if sys.maxsize < 2**32:
    for name, place in (("bincount", 0), ("repeat", 1), ("take", 1)):
        setattr(np, name, counting(getattr(np, name), place))


class UnwrittenError(Exception):
    """The code lacks the function that was asked for."""


class Watched:
    """A function that remembers where in the reader's code it first stopped."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.line: int | None = None
        functools.update_wrapper(self, function)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function."""
        try:
            return self.function(*args, **kwargs)
        except NotImplementedError:  # not written yet, which is no error
            raise
        except Exception as error:
            self.line = self.line or line_of(error)
            raise


def line_of(error: BaseException) -> int | None:
    """Line of the reader's code where an error arose, counted from 1."""
    if isinstance(error, SyntaxError) and error.filename == FILE:
        return error.lineno
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == FILE]
    return frames[-1].lineno if frames else None


def trouble(error: BaseException, code: str) -> dict[str, Any]:
    """The reply to code that stopped: the line, what stands there, and Python's own last words."""
    line = line_of(error)
    words = traceback.format_exception_only(error)
    said = words[-1].strip()
    lines = code.splitlines()
    if line is not None and 1 <= line <= len(lines):
        said = f"Line {line}: {lines[line - 1].strip()}\n{said}"
    return {"ok": False, "text": said, "line": line}


def definitions(code: str) -> Iterator[ast.stmt]:
    """Functions and imports of another box; nothing of one that is not Python yet."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef | ast.Import | ast.ImportFrom):
            yield statement


@functools.lru_cache(maxsize=1)
def defined(code: str, others: tuple[str, ...]) -> Names:
    """Names that the code defines, where NumPy and the functions of the unit's other boxes are at hand."""
    names: Names = {"__name__": "__main__", "np": np}
    if importlib.util.find_spec("pandas"):  # the worker loads it when code mentions it
        names["pd"] = importlib.import_module("pandas")
    for statement in (found for other in others for found in definitions(other)):
        # An import that fails there is no fault of the code here.
        with contextlib.suppress(Exception):
            exec(compile(ast.Module([statement], []), "another box", "exec"), names)
    exec(compile(code, FILE, "exec"), names)
    return names


def function_of(asked: dict[str, Any]) -> Watched:
    """The function that the request is about."""
    name = asked["function"]
    function = defined(asked["code"], tuple(asked["others"])).get(name)
    if not callable(function):
        raise UnwrittenError(
            f"Your code defines no function called {name}. Keep the name that the exercise gives it."
        )
    return Watched(function)


@functools.cache
def engine_of(unit: str) -> ModuleType:
    """The unit's own `check.py`."""
    spec = importlib.util.spec_from_file_location("check", HOME / unit / "check.py")
    assert spec
    assert spec.loader
    module = sys.modules["check"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(asked: dict[str, Any]) -> dict[str, Any]:
    """Run the code, then show the value of the line below it."""
    defined.cache_clear()
    engine = engine_of(asked["unit"])  # first: then the code can import it, as in the notebook
    names = defined(asked["code"], tuple(asked["others"]))
    names.setdefault("check", engine.check)
    line = asked["scratch"].strip()
    if line:
        exec(compile(ast.parse(line, "the line to try", "single"), "the line to try", "single"), names)
    return {"ok": True, "text": ""}


def check(asked: dict[str, Any]) -> dict[str, Any]:
    """Judge the function as the notebook's `check` does."""
    defined.cache_clear()
    engine = engine_of(asked["unit"])
    function = function_of(asked)
    verdict = engine.public_verdict(function, engine.public_tables(HOME / asked["unit"]))
    return {
        "ok": verdict.passed,
        "text": engine.spoken(verdict),
        "line": None if verdict.passed else function.line,
        "verdict": {"share": verdict.share, "message": verdict.message, "misconception": verdict.misconception},
    }


def estimate(asked: dict[str, Any]) -> dict[str, Any]:
    """Call the function on a figure's numbers; the reply's `values` has null where there is no finite number."""
    inputs = [np.array(values, dtype=float) for values in asked["arrays"]]
    with np.errstate(all="ignore"):
        got = function_of(asked)(*inputs, **asked["keywords"])
    values = engine_of(asked["unit"]).as_array(got)
    if isinstance(values, str) or values.shape != inputs[0].shape or values.dtype.kind not in "biuf":
        return {"ok": False, "text": f"it must return {inputs[0].size} numbers.", "line": None}
    return {
        "ok": True,
        "values": [value if math.isfinite(value) else None for value in values.astype(float).tolist()],
    }


def answer(request: str) -> str:
    """Do what the request asks; whatever the reader's code raises becomes a reply."""
    asked = json.loads(request)
    os.chdir(HOME / asked["unit"])
    try:
        reply = {"run": run, "check": check, "estimate": estimate}[asked["task"]](asked)
    except UnwrittenError as error:
        reply = {"ok": False, "text": str(error), "line": None}
    except NotImplementedError as error:
        reply = {"ok": False, "text": f"{asked['function']}: not written yet.", "line": line_of(error)}
    except BaseException as error:  # SystemExit and KeyboardInterrupt too: the worker must go on
        reply = trouble(error, asked["code"])
    sys.stdout.flush()
    sys.stderr.flush()
    return json.dumps(reply)
