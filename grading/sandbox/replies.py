"""What comes back from a student's process, made safe: rebuilt from known fields of the types expected.

Whoever writes these bytes may be the student's program. Nothing here is trusted except that it has been decoded.
"""

from __future__ import annotations

import re
from typing import Any, Final

from .wire.plain import CELL_OUTPUTS, TRACEBACK_LINES, WireError

MIME_TYPES: Final = (
    "text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg", "image/svg+xml",
    "application/json",
)  # fmt: skip
_STATUSES: Final = ("ok", "error", "timeout")
_KINDS: Final = ("missing", "not callable", "not plain", "exception", "timeout")
_NAME, _MESSAGE, _LONGEST = 200, 5000, 16 << 20
_MODULES: Final = 20
_OVERHEAD: Final = 100  # counted for each output, so that empty ones are bounded
# characters that XML and terminals cannot hold; ESC stays, since tracebacks are coloured with it
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f\ufffe\uffff]")


def fields(reply: object, number: int) -> dict[str, Any]:
    """Return a reply's fields if it answers request ``number``.

    Raises
    ------
    WireError
        If it is no reply, or to another request.
    """
    if type(reply) is not dict or any(type(key) is not str for key in reply):
        raise WireError("the reply is not a record")
    if type(reply.get("id")) is not int or reply["id"] != number:
        raise WireError("the reply is to another question")
    return reply


def status(reply: dict[str, Any]) -> str:
    """Return how a cell ended."""
    found = reply.get("status")
    if type(found) is not str or found not in _STATUSES:
        raise WireError("the reply has no status")
    return found


def count(value: object) -> int | None:
    """Return an execution count, None if it is not one."""
    return value if type(value) is int and 0 <= value < 1_000_000 else None


def line(value: object) -> int | None:
    """Return the number of a cell's line, None if it is none."""
    return value if type(value) is int and 0 < value < 1_000_000 else None


def modules(value: object) -> tuple[str, ...]:
    """Return names of modules that were not there; anything else is left out."""
    named = [text(name, _NAME) for name in value[:_MODULES]] if type(value) is list else []
    return tuple(dict.fromkeys(name for name in named if name.replace(".", "_").isidentifier()))


def names(value: object) -> list[str]:
    """Return names of types; anything else is left out."""
    return [text(name, _NAME) for name in value[:_MODULES]] if type(value) is list else []


def pairs(value: object) -> list[tuple[str, str]]:
    """Return names and texts of warnings; anything else is left out."""
    found = value[:_MODULES] if type(value) is list else []
    return [
        (text(pair[0], _NAME), text(pair[1], _MESSAGE)) for pair in found if type(pair) is list and len(pair) == 2
    ]


def failure(reply: dict[str, Any]) -> tuple[str, str, str] | None:
    """Return kind, exception name and message of a call that failed, None if it did not."""
    if "kind" not in reply:
        return None
    kind = reply["kind"]
    if type(kind) is not str or kind not in _KINDS:
        raise WireError("the reply names no known failure")
    return kind, text(reply.get("ename"), _NAME), text(reply.get("message"), _MESSAGE)


def question(reply: dict[str, Any]) -> tuple[str, list[Any], dict[str, Any]]:
    """Return what a process asks before it replies: a function's name and its arguments."""
    name, args, kwargs = reply.get("asks"), reply.get("args"), reply.get("kwargs")
    if type(name) is not str or type(args) is not list or type(kwargs) is not dict:
        raise WireError("the reply asks for nothing")
    if any(type(key) is not str for key in kwargs):
        raise WireError("an argument's name is no text")
    return name, args, kwargs


def text(value: object, limit: int) -> str:
    """Return a string of bounded length without control characters; anything else is empty."""
    return _CONTROL.sub("\ufffd", value[:limit]) if type(value) is str else ""


def outputs(value: object, budget: int) -> list[dict[str, Any]]:
    """Return a cell's outputs in nbformat 4's shape, up to ``budget`` characters in all."""
    if type(value) is not list:
        raise WireError("the reply has no outputs")
    kept: list[dict[str, Any]] = []
    for item in value[: CELL_OUTPUTS + 10]:
        output = _output(item) if type(item) is dict else None
        if output is None:
            continue
        budget -= size(output)
        if budget < 0:
            kept.append(stream("stderr", "[the rest of the output was dropped: too large]\n"))
            break
        kept.append(output)
    return kept


def stream(name: str, content: str) -> dict[str, Any]:
    """Return a stream output."""
    return {"output_type": "stream", "name": name, "text": content}


def error(name: str, message: str) -> dict[str, Any]:
    """Return an error output without a traceback's lines."""
    return {"output_type": "error", "ename": name, "evalue": message, "traceback": [f"{name}: {message}"]}


def size(output: dict[str, Any]) -> int:
    """Return about how many characters an output takes."""
    parts = [*output.get("data", {}).values(), *output.get("traceback", ()), output.get("text", "")]
    return sum(map(len, parts)) + len(output.get("ename", "")) + len(output.get("evalue", "")) + _OVERHEAD


def _output(item: dict[Any, Any]) -> dict[str, Any] | None:
    kind = item.get("output_type")
    if type(kind) is not str:
        return None
    if kind == "stream":
        return stream("stderr" if item.get("name") == "stderr" else "stdout", text(item.get("text"), _LONGEST))
    if kind in ("display_data", "execute_result"):
        output: dict[str, Any] = {"output_type": kind, "data": _bundle(item.get("data")), "metadata": {}}
        if kind == "execute_result":
            output["execution_count"] = count(item.get("execution_count"))
        return output
    if kind == "error":
        lines = item.get("traceback")
        return {
            "output_type": kind,
            "ename": text(item.get("ename"), _NAME),
            "evalue": text(item.get("evalue"), _MESSAGE),
            "traceback": [text(line, _LONGEST) for line in lines[:TRACEBACK_LINES]] if type(lines) is list else [],
        }
    return None


def _bundle(data: object) -> dict[str, str]:
    if type(data) is not dict:
        return {}
    return {mime: text(data[mime], len(data[mime])) for mime in MIME_TYPES if type(data.get(mime)) is str}
