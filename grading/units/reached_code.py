"""Functions of ours that a reference calls, however deep: found from the functions themselves; none is called."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import Any

OURS = ("reference_impl", "hidden_tests")


def calls(start: Any) -> Iterator[tuple[FunctionType, int]]:
    """Functions of ours that a reference reaches, nearest first; steps within the hidden tests do not count."""
    seen: set[FunctionType] = set()
    level, distance = list(functions_in(start)), 0
    while level:
        following: list[FunctionType] = []
        while level:
            function = level.pop()
            if function in seen:
                continue
            seen.add(function)
            yield function, distance
            hidden = function.__module__ == "hidden_tests"
            (level if hidden else following).extend(used_by(function))
        level, distance = following, distance + 1


def functions_in(value: Any) -> Iterator[FunctionType]:
    """Functions of ours that a value is, wraps or holds."""
    if isinstance(value, Mapping | list | tuple):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from functions_in(part)
        return
    value = inspect.unwrap(value) if callable(value) else value
    if isinstance(value, FunctionType):
        if is_ours(value):
            yield value
        return
    kind = value if isinstance(value, type) else type(value)
    if is_ours(kind):
        for member in vars(kind).values():
            member = (
                getattr(member, "fget", None)
                or getattr(member, "func", None)
                or getattr(member, "__func__", member)
            )
            if (
                isinstance(member, FunctionType) and member.__code__.co_filename != "<string>"
            ):  # not dataclasses' own
                yield member


def is_ours(thing: Any) -> bool:
    """Whether a function or class is of the reference or of hidden tests."""
    return str(getattr(thing, "__module__", "")).split(".")[0] in OURS


def used_by(function: FunctionType) -> Iterator[FunctionType]:
    """Functions of ours that the code of a function names."""
    names = sorted(names_in(function.__code__))
    values = [function.__globals__[name] for name in names if name in function.__globals__]
    values += [cell.cell_contents for cell in function.__closure__ or ()]
    for value in values:
        if isinstance(value, ModuleType):
            if value.__name__.split(".")[0] in OURS:
                for name in names:
                    yield from functions_in(getattr(value, name, None))
        else:
            yield from functions_in(value)


def names_in(code: CodeType) -> set[str]:
    """Global names and attributes of a function and of what is defined in it."""
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return set(code.co_names).union(*map(names_in, inner))
