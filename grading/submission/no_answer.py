"""Why a call gave nothing to judge, in words: the student's for what they may quote, our own for all else.

None of these errors is an `Exception`: no ``except Exception`` of a test cell takes a function that was never
written, or that ran out of time, for one that fails as it should.
"""

from __future__ import annotations

import builtins

from grading.printable import printable
from grading.sandbox import StudentError

_BUILTINS = {name for name, value in vars(builtins).items() if isinstance(value, type)}
_KNOWN_ERRORS = _BUILTINS | {"AxisError", "LinAlgError", "DimensionError", "TimeLimitError"}
_PLAIN_TYPES = {
    "int",
    "str",
    "bytes",
    "list",
    "tuple",
    "dict",
    "set",
    "frozenset",
    "ndarray",
    "Series",
    "DataFrame",
}
_KNOWN_TYPES = _BUILTINS | {"function", "generator", "module", "NoneType", "Figure", "Axes", "MaskedArray"}


class NoAnswerError(BaseException):
    """A call gave nothing to compare; the text says why."""

    def __init__(self, text: str, *, missing: str = "") -> None:
        super().__init__(text)
        self.missing = missing  # the name, if there is none


class NotWrittenError(BaseException):
    """The answer cell still holds its stub."""


class MisuseError(TypeError):
    """A test cell does with a function of the student's what says nothing about it."""


def unwritten(error: StudentError) -> bool:
    """Whether a call met a stub."""
    return error.kind == "exception" and error.ename == "NotImplementedError"


def in_words(name: str, error: StudentError) -> str:
    """Say why a call gave no answer, as the student's process tells it."""
    message, ename = printable(" ".join(error.message.split())), printable(error.ename, 80)
    match error.kind:
        case "missing":
            return f"there is no {name}: the name is not defined"
        case "not callable":
            return f"{name} is not a function"
        case "timeout":
            return f"it ran out of time ({message or 'too slow'})"
        case "not plain":
            return _not_plain(f"a {ename}", ename)
        case "died":
            return f"the notebook's process had ended ({message})"
        case _:
            return f"it stopped with {ename}: {message}" if message else f"it stopped with {ename}"


def in_our_words(name: str, error: StudentError) -> str:
    """Say what `in_words` does, with no word that the student's process could have chosen."""
    match error.kind:
        case "timeout":
            return "it ran out of time (too slow)"
        case "not plain":
            return not_plain(error.ename)
        case "died":
            return "its process ended while it was asked"
        case "exception":
            return f"it stopped with {error.ename if error.ename in _KNOWN_ERRORS else 'an exception of its own'}"
        case _:
            return in_words(name, error)


def not_plain(type_name: str) -> str:
    """Say that a value is not what can be compared; of its type's name only what everybody knows."""
    kind = f"a {type_name}" if type_name in _KNOWN_TYPES else "something else"
    return _not_plain(kind, type_name)


def _not_plain(kind: str, type_name: str) -> str:
    if type_name in _PLAIN_TYPES:  # it is plain, so there is too much of it
        return f"it returned {kind} too large, or too deeply nested, to be looked at"
    return f"it returned {kind}; return plain numbers, lists or arrays"
