"""Does with the student's objects what a test cell asks, and tells what came of it.

What is not plain data stays here and is spoken of by number. Everything here shares its process with the student's
code, which can forge every byte that it sends.
"""

from __future__ import annotations

import builtins
import collections
import copy
import importlib
import inspect
import operator
import random
import types
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any, Final
from unittest import mock

import numpy as np

from ..wire.handles import Handle, decode_with, encode_with
from ..wire.plain import ANSWER, WireError, type_name
from .shell import COLLECTOR

Exchange = Callable[[dict[str, Any]], dict[str, Any]]
_OPERATORS: Final = (
    "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and_", "or_", "xor", "lshift", "rshift",
    "lt", "le", "gt", "ge", "eq", "ne", "neg", "pos", "abs", "invert", "getitem", "setitem", "delitem", "contains",
)  # fmt: skip
_BUILTINS: Final = (
    "getattr", "setattr", "len", "iter", "next", "str", "repr", "bool", "int", "float", "complex",
    "round", "format",
)  # fmt: skip
_OPEN: Final = builtins.open  # a notebook may bind something else to this name
_MUTABLE: Final = ("list", "dict", "set", "ndarray", "Series", "DataFrame")
_TYPES: Final = (bool, int, float, complex, str, bytes, list, tuple, set, frozenset, dict)
_WARNINGS, _TEXT = 20, 2000


def _isinstance(value: object, kind: type) -> bool:
    return issubclass(type(value), kind)


def _enter(manager: Any) -> Any:
    return type(manager).__enter__(manager)


def _exit(manager: Any) -> Any:
    return type(manager).__exit__(manager, None, None, None)


def _signature(function: Any) -> list[Any]:
    return [
        [one.name, int(one.kind), one.default is one.empty, None if one.default is one.empty else one.default]
        for one in inspect.signature(function).parameters.values()
    ]


def _read(path: str) -> bytes:
    with _OPEN(path, "rb") as file:
        return file.read(ANSWER.size)


def _write(path: str, data: bytes, mode: str) -> None:
    with _OPEN(path, f"{mode}b") as file:
        file.write(data)


ACTS: Final[dict[str, Callable[..., Any]]] = {
    **{name: getattr(operator, name) for name in _OPERATORS},
    **{name: getattr(builtins, name) for name in _BUILTINS},
    "call": lambda function, *args, **kwargs: function(*args, **kwargs),
    "isinstance": _isinstance,
    "issubclass": issubclass,
    "enter": _enter,
    "exit": _exit,
    "signature": _signature,
    "module": importlib.import_module,
    "read": _read,
    "write": _write,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}
"""All that can be asked, beside the value of a name."""


class MissingError(Exception):
    """A name that the notebook does not bind."""


class Objects:
    """The student's objects by number, and the grader's functions as functions here.

    Parameters
    ----------
    names : callable
        Gives the notebook's names.
    exchange : callable
        Sends a call of a function of the grader's and gives its answer.
    """

    def __init__(self, names: Callable[[], dict[str, Any]], exchange: Exchange) -> None:
        self._names, self._exchange = names, exchange
        self._kept: list[Any] = []
        self._numbers: dict[int, int] = {}
        self._theirs: dict[int, int] = {}  # numbers of the grader's functions, by the id of what stands for one
        self.left = b""  # the arguments that the last act had changed when it raised

    def do(self, act: str, asked: bytes) -> dict[str, Any]:
        """Do what is asked and return the fields of a reply."""
        self.left = b""
        args, kwargs, around = self._decoded(asked)
        self._arrange(around)
        if act == "name":
            if args[0] not in self._names():
                raise MissingError(f"the name '{args[0]}' is not defined")
            return {"answer": self._answer([self._names()[args[0]], {}, -1])}
        watched = [*args[1:], *kwargs.values()] if act == "call" else []
        before = [self._plain_bytes(value) for value in watched]
        patched, noted = self._patched(around.get("patches", {})), warnings.catch_warnings(record=True)
        with patched, noted as caught, np.errstate(all="warn"):
            warnings.simplefilter("always")
            try:
                value = ACTS[act](*args, **kwargs)
            except Exception:
                self.left = self._answer([None, self._changed(watched, before), -1])
                raise
        same = next((k for k, one in enumerate(watched) if one is value and before[k]), -1)
        changed = self._changed(watched, before)
        return {"answer": self._answer([value, changed, same]), "warned": _told(caught)}

    def _changed(self, watched: Sequence[Any], before: Sequence[bytes]) -> dict[int, Any]:
        return {k: value for k, value in enumerate(watched) if self._plain_bytes(value) != before[k]}

    @staticmethod
    def printed() -> dict[str, str]:
        """What was printed since this was asked last."""
        items, said = COLLECTOR.take(), {"stdout": "", "stderr": ""}
        for item in items:
            said[str(item.get("name"))] = said.get(str(item.get("name")), "") + item.get("text", "")
        return {"printed": said["stdout"], "complained": said["stderr"]}

    # ------------------------------------------------------------ what travels

    def _answer(self, parts: list[Any]) -> bytes:
        parts[0] = _simple(parts[0])
        try:
            return encode_with(parts, self._refer, bounds=ANSWER)
        except WireError:  # too large, or with objects where none may be: it stays here as a whole
            return encode_with([self._handle(parts[0]), *parts[1:]], self._refer, bounds=ANSWER)

    def _decoded(self, data: bytes) -> Any:
        return decode_with(data, self._referent)

    def _plain_bytes(self, value: object) -> bytes:
        """A value that a function may change in place, as bytes; nothing for any other."""
        if type_name(value) not in _MUTABLE:
            return b""
        try:
            return encode_with(value, self._refer, bounds=ANSWER)
        except WireError:
            return b""

    def _refer(self, value: object) -> Handle:
        return value if type(value) is Handle else self._handle(value)

    def _handle(self, value: Any) -> Handle:
        if any(value is kind for kind in _TYPES):
            return Handle(0, "known", value.__name__)
        if id(value) in self._theirs:
            return Handle(self._theirs[id(value)], "yours")
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self._kept)
            self._kept.append(value)  # so that its id is no other's
        return Handle(number, _kind(value), type_name(value))

    def _referent(self, handle: Handle) -> Any:
        match handle.kind:
            case "known":
                module, _, name = handle.type_name.rpartition(".")
                return getattr(importlib.import_module(module), name)
            case "function" | "iterator":
                made = self._stand_in(handle)
                self._kept.append(made)
                self._theirs[id(made)] = handle.number
                return made
            case _:
                return self._kept[handle.number]

    def _stand_in(self, handle: Handle) -> Any:
        """A function that has the grader's called, or an iterator whose items it gives."""

        def function(*args: Any, **kwargs: Any) -> Any:
            packed = encode_with([list(args), kwargs], self._refer, bounds=ANSWER)
            reply = self._exchange({"back": handle.number, "with": packed, **self.printed()})
            if "raised" in reply:
                raise getattr(builtins, reply["raised"], RuntimeError)(reply["text"])
            return self._decoded(reply["value"])

        function.__name__ = handle.type_name or "function"
        return _Iterator(function) if handle.kind == "iterator" else function

    # ------------------------------------------------------------ what surrounds a call

    def _arrange(self, around: dict[str, Any]) -> None:
        """Take over what the test cell did to names and to random numbers."""
        names = self._names()
        names.update(around.get("names", {}))
        for name in around.get("deleted", ()):
            names.pop(name, None)
        if "random" in around:
            random.setstate(around["random"])
        if "numpy" in around:
            np.random.set_state(around["numpy"])

    @staticmethod
    def _patched(patches: dict[str, Any]) -> Any:
        """Things of modules replaced by the test cell's, for as long as one question is answered."""
        stack = ExitStack()
        for target, replacement in patches.items():
            stack.enter_context(mock.patch(target, replacement))
        return stack


class _Iterator:
    """Gives the items of an iterator of the grader's."""

    def __init__(self, following: Callable[[], Any]) -> None:
        self._following = following

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        more, item = self._following()
        if more:
            return item
        raise StopIteration


def _kind(value: Any) -> str:
    kind = type(value)
    if issubclass(kind, type):
        return "class"
    if kind in (types.FunctionType, types.BuiltinFunctionType, types.MethodType):
        return "function"
    if kind is types.GeneratorType:
        return "generator"
    if kind is types.ModuleType:
        return "module"
    return "callable" if hasattr(kind, "__call__") else "object"  # noqa: B004 - the type is asked, not the object


def _simple(value: Any) -> Any:
    """Kinds of dictionaries as dictionaries and an array of which nothing is masked as an array."""
    if type(value) in (collections.Counter, collections.defaultdict, collections.OrderedDict):
        return dict(value)
    if type(value) is np.ma.MaskedArray and not np.ma.is_masked(value):
        return np.array(value.data)
    return value


def _told(caught: Sequence[warnings.WarningMessage]) -> list[list[str]]:
    return [[(ancestors(one.category) or [""])[0], str(one.message)[:_TEXT]] for one in caught[:_WARNINGS]]


def ancestors(kind: type) -> list[str]:
    """Names of the types of Python's and NumPy's own among a type and its bases, as the types themselves tell."""
    own = (builtins, np.linalg, np.exceptions)
    name = type.__dict__["__name__"].__get__
    found = type.__dict__["__mro__"].__get__(kind)
    return [name(base) for base in found if any(vars(home).get(name(base)) is base for home in own)]
