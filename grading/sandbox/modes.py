"""Which walls this machine offers, found by building them once in a process that then ends."""

from __future__ import annotations

import dataclasses
import os
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from grading.errors import CourseError

from . import launch
from .bubblewrap import interpreter
from .launch import Place
from .wire import messages
from .wire.plain import WireError

_PROBE_SECONDS: Final = 20
CURE: Final = (
    "install bubblewrap (Debian, Ubuntu: 'sudo apt-get install bubblewrap'; "
    "Fedora: 'sudo dnf install bubblewrap') or use Linux 5.13 or newer with landlock enabled; "
    "'--unsafe' runs submissions without any protection and is meant for your own work only"
)


@dataclass(frozen=True)
class Mode:
    """How submissions are held on this machine.

    ``name`` is one of:

    bubblewrap+namespaces
        Each submission has an empty machine of its own: processes, network, size-limited disk.
    bubblewrap+landlock
        The submissions in flight share one empty machine; landlock and seccomp keep each from the others' files
        and processes. Changing a file's mode or times is refused, and so are limits with ``processes`` above 0.
    landlock
        The same on the machine itself. What a file holds is closed, but whether a file of a known path exists
        and how large it is are not. The disk limit is enforced by looking every 50 ms, so it can be overrun for a
        moment.
    unsafe
        No wall at all: ``--unsafe``.
    none
        No wall can be built: refused.
    """

    name: str
    problems: tuple[str, ...]
    """Why it is not a stronger one, the first that was tried first."""
    place: Place = dataclasses.field(repr=False, compare=False)
    """Where the warm parent runs in this mode."""


def detect(student_python: Path, *, allow: tuple[str, ...] | None = None) -> Mode:
    """Return the strongest mode that works here, by trying.

    Parameters
    ----------
    student_python : Path
        The interpreter that submissions run in.
    allow : tuple of str, optional
        Consider only the modes of these names; for tests, and for who distrusts one of them.
    """
    python = interpreter(student_python)
    problems = {} if shutil.which("bwrap") else {"bubblewrap is not installed": None}
    for place in _places(Place(python, None)):
        name = _name(place)
        if allow is not None and name not in allow:
            continue
        walls, problem = _probe(place)
        if all(walls.get(wall) for wall in needed(place)):
            return Mode(name, tuple(problems), place)
        missing = " and no ".join(wall for wall in needed(place) if not walls.get(wall))
        problems[problem or f"{name}: no {missing}"] = None
    return Mode("none", tuple(problems), Place(python, None))


def likeliest(student_python: Path, *, allow: tuple[str, ...] | None = None) -> Mode | None:
    """Return the strongest mode of all, untried; None where it cannot be had or is not allowed."""
    strongest = _places(Place(interpreter(student_python), None))[0]
    name = _name(strongest)
    return None if strongest.only_landlock or name not in (allow or (name,)) else Mode(name, (), strongest)


def needed(place: Place) -> tuple[str, str]:
    """Return the walls that make a place's mode."""
    return ("seccomp", "landlock") if place.only_landlock else ("seccomp", "namespaces")


def unsafe(student_python: Path) -> Mode:
    """Return the mode without walls, for ``--unsafe``."""
    return Mode(
        "unsafe",
        ("submissions run without any protection, because --unsafe was given",),
        Place(interpreter(student_python), None, protected=False),
    )


def required(student_python: Path, allow: tuple[str, ...] | None = None) -> Mode:
    """Return the strongest mode.

    Raises
    ------
    CourseError
        If there is none: it names what is missing and the cure.
    """
    mode = detect(student_python, allow=allow)
    if mode.name == "none":
        problems = "; ".join([*mode.problems, CURE])
        raise CourseError(f"no sandbox works on this machine: {problems}")
    return mode


def _places(place: Place) -> list[Place]:
    """Return what to try, strongest first."""
    tries = []
    if shutil.which("bwrap"):
        variants = ["root", "user"] if os.geteuid() == 0 else ["user", "setuid"]
        tries = [dataclasses.replace(place, variant=variant) for variant in variants]
    return [*tries, *(dataclasses.replace(shared, only_landlock=True) for shared in (*tries, place))]


def _name(place: Place) -> str:
    if place.variant is None:
        return "landlock"
    return "bubblewrap+landlock" if place.only_landlock else "bubblewrap+namespaces"


def _probe(place: Place) -> tuple[dict[str, bool], str]:
    """Start a warm parent that only tries its walls; return them, and what went wrong if it did not start."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, launch.code_only(place.interpreter) as folder:
        with theirs:
            process = place.start("probe", folder, theirs)
        ours.settimeout(_PROBE_SECONDS)
        try:
            answer = ours.recv(1 << 16)
            walls: Any = messages.decode(answer)["walls"] if answer else {}
        except (TimeoutError, WireError, KeyError):
            process.kill()
            walls = {}
        return walls, _problem(process, place, bool(walls))


def _problem(process: subprocess.Popen[bytes], place: Place, started: bool) -> str:
    try:
        _, said = process.communicate(timeout=_PROBE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        _, said = process.communicate()
    if started:
        return ""
    lines = said.decode("utf-8", "replace").strip().splitlines()
    who = "bubblewrap" if place.variant else "the students' Python"
    return f"{who} does not start: {lines[-1] if lines else 'it says nothing'}"
