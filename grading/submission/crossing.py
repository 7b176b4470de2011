"""What may cross the wall by name: exceptions, things of libraries, what a test cell may replace over there."""

from __future__ import annotations

import builtins
import math
import operator
import random
import statistics
import sys
import time
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any, Final

import numpy as np

from grading.sandbox import WireError
from grading.sandbox.wire import messages

ERRORS: Final[dict[str, type[BaseException]]] = {
    **{
        name: kind
        for name, kind in vars(builtins).items()
        if isinstance(kind, type) and issubclass(kind, Exception | SystemExit)
    },
    "LinAlgError": np.linalg.LinAlgError,
    "AxisError": np.exceptions.AxisError,
}
"""Exceptions that may come across, by name; among them the warnings."""
LIBRARIES: Final[dict[str, ModuleType]] = {
    module.__name__: module for module in (builtins, math, operator, random, statistics, time, np, np.random)
}
_REPLACED: Final = {
    "builtins": ("input", "print"),
    "time": ("sleep", "time", "perf_counter", "monotonic"),
    "random": ("random", "randint", "randrange", "uniform", "gauss", "choice", "choices", "sample", "shuffle"),
}
ORIGINALS: Final[dict[str, Any]] = {
    f"{module}.{name}": getattr(LIBRARIES[module], name) for module, names in _REPLACED.items() for name in names
}
"""What a test cell may replace here, and thereby replaces for the student's functions as well."""
TYPES: Final = {
    kind.__name__: kind for kind in (bool, int, float, complex, str, bytes, list, tuple, set, frozenset, dict)
}
"""Types that may come across, as values."""
_TEXT, _PARTS = 2000, 4


def known_name(value: object) -> str:
    """The dotted name of a function or type of a library that both sides have; empty if it is none."""
    name = getattr(value, "__name__", None)
    if type(name) is str:
        for home, module in LIBRARIES.items():
            if vars(module).get(name) is value:
                return f"{home}.{name}"
    return ""


def error_like(kind: type[BaseException], arguments: object, text: str) -> BaseException:
    """An exception of a type, made of the arguments that another was made of, or of its text."""
    try:
        made = kind(*_plain(arguments))
    except Exception:  # its arguments did not come, or do not make one
        try:
            made = kind(text[:_TEXT])
        except Exception:  # it cannot be made of a text
            made = ValueError(text[:_TEXT])
    return made


def _plain(arguments: object) -> list[Any]:
    parts = messages.decode(arguments) if type(arguments) is bytes else None
    if type(parts) is not list or any(type(part) not in (str, int, float, bool, type(None)) for part in parts):
        raise WireError("the arguments of an exception are not plain")
    return [part[:_TEXT] if type(part) is str else part for part in parts[:_PARTS]]


def typed_line(prompt: object = "") -> str:
    """A line of what a test cell put in the place of the keyboard."""
    line = sys.stdin.readline()
    if not line:
        raise EOFError("EOF when reading a line")
    return line.rstrip("\n")


def patches(cell: Mapping[str, Any], stdin: object) -> dict[str, Any]:
    """By their places, what a test cell put in the place of things of modules, and of the keyboard."""
    found = {
        target: now
        for target, original in ORIGINALS.items()
        if (now := getattr(LIBRARIES[target.partition(".")[0]], target.partition(".")[2])) is not original
    }
    found |= {f"builtins.{name}": cell[name] for name in ("input", "print") if name in cell}
    return found if sys.stdin is stdin else {**found, "builtins.input": typed_line}


def functions_of(cell: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Functions that a test cell has bound to some names."""
    bound = {name: cell[name] for name in names if name in cell}
    return {name: value for name, value in bound.items() if callable(value) and not isinstance(value, type)}
