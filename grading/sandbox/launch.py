"""Starts the warm parent, inside the outer wall or without it, and keeps the caches it reads."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from grading.errors import CourseError

from . import bubblewrap
from .bubblewrap import Interpreter

FOLDERS: Final = ("inside", "wire")
"""The folders of this package that run beside a student; with `scratch` they import no other of ours."""
_HERE: Final = Path(__file__).parent
_NOBODY: Final = 65534
_START: Final = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from sandbox.inside.warm_parent import main; main({}, sys.argv[1])"
)
_PREPARE_SECONDS: Final = 300


@dataclass(frozen=True)
class Place:
    """Where the warm parent lives: in bubblewrap's wall of some variant, or (None) beside the grader."""

    interpreter: Interpreter
    variant: str | None
    slots: int = 1
    slot_bytes: int = 64 << 20
    protected: bool = True
    only_landlock: bool = False
    modules: Mapping[str, str] = field(default_factory=dict)
    scratch: Path | None = field(default=None)
    """Holds the jobs' scratch folders where there is no bubblewrap."""

    def start(self, task: str, cache: Path, control: socket.socket | None) -> subprocess.Popen[bytes]:
        """Start the warm parent; the caller's thread must outlive it, since its end kills bubblewrap."""
        inside = self.variant is not None
        seen = bubblewrap.CACHE if inside else str(cache)
        box = bubblewrap.SCRATCH if inside else str(self.scratch or cache)
        words: list[str] = []
        if self.variant is not None:
            words = bubblewrap.command(
                self.interpreter,
                cache,
                variant=self.variant,
                slots=self.slots,
                slot_bytes=self.slot_bytes,
                writable_cache=task == "prepare",
            )
        descriptor = control.fileno() if control is not None else -1
        words += [str(self.interpreter.python), "-s", "-P", "-c", _START.format(descriptor), f"{seen}/code"]
        environment = (
            {"PATH": os.environ.get("PATH", "/usr/bin:/bin")}
            if inside
            else bubblewrap.environment(seen, f"{box}/{bubblewrap.OWN_FOLDER}")
        )
        if task == "prepare":
            _unset("PYTHONDONTWRITEBYTECODE", words, environment)
        elif task == "probe":  # its cache is empty: read the bytecode that came with Python
            _unset("PYTHONPYCACHEPREFIX", words, environment)
        return subprocess.Popen(
            [*words, json.dumps(self._settings(task, seen, box))],
            env=environment,
            cwd="/",
            pass_fds=[descriptor] if control is not None else [],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if task != "serve" else subprocess.DEVNULL,
            start_new_session=True,
        )

    def _settings(self, task: str, seen: str, box: str) -> dict[str, Any]:
        """Return what the warm parent is told; see `warm_parent.main`."""
        return {
            "task": task,
            "readable": [*self.interpreter.readable, seen],
            "scratch": box,
            "own_folder": f"{box}/{bubblewrap.OWN_FOLDER}",
            "user": _NOBODY if self.variant == "root" and task != "prepare" else None,
            "protected": self.protected,
            "only_landlock": self.only_landlock,
            "modules": dict(self.modules),
        }


def _unset(name: str, words: list[str], environment: dict[str, str]) -> None:
    if name in words:
        at = words.index(name)
        words[at - 1 : at + 2] = []  # "--setenv", the name, the value
    environment.pop(name, None)


def _key(interpreter: Interpreter) -> str:
    """Return a name that changes with the interpreter, its packages and the sandbox's own code."""
    digest = hashlib.sha256(repr((interpreter.folders, interpreter.version)).encode())
    for folder in interpreter.folders:
        for packages in sorted(Path(folder).glob("lib/python3*/site-packages")):
            digest.update(str(packages.stat().st_mtime_ns).encode())
    for path in _code():
        digest.update(str(path.relative_to(_HERE)).encode() + path.read_bytes())
    return digest.hexdigest()[:20]


def _code() -> list[Path]:
    """The modules that run beside a student."""
    return [_HERE / "scratch.py", *(path for folder in FOLDERS for path in sorted((_HERE / folder).glob("*.py")))]


def cache_home() -> Path:
    """Return the folder of this user's caches for the sandbox, made if need be.

    Raises
    ------
    OSError
        If there is no such place, or other users could plant code in it.
    """
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    home = Path(base, "grading-sandbox")
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = home.stat()
    if status.st_uid != os.geteuid() or status.st_mode & 0o022:
        raise PermissionError(f"{home} belongs to, or can be written by, somebody else")
    return home


@contextlib.contextmanager
def code_only(interpreter: Interpreter) -> Generator[Path, None, None]:
    """Yield a folder with the sandbox's code and empty caches, for a short probe."""
    with tempfile.TemporaryDirectory(prefix="grading-probe-") as folder:
        _write_code(Path(folder))
        yield Path(folder)


def _write_code(folder: Path) -> None:
    package = folder / "code" / "sandbox"
    for path in _code():
        target = package / path.relative_to(_HERE)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    (package / "__init__.py").write_text("")
    for name in ("bytecode", "matplotlib"):
        (folder / name).mkdir()


def known_cache(place: Place, home: Path) -> Path | None:
    """Return the cache folder for a place's interpreter, if there is one."""
    final = home / _key(place.interpreter)
    return final if final.is_dir() else None


def prepared_cache(place: Place, home: Path) -> Path:
    """Return the cache folder for a place's interpreter under ``home``, filled on the first use.

    Raises
    ------
    CourseError
        If the students' packages cannot be imported.
    """
    if (known := known_cache(place, home)) is not None:
        return known
    final = home / _key(place.interpreter)
    fresh = Path(tempfile.mkdtemp(prefix="new-", dir=home))
    try:
        _write_code(fresh)
        _fill(place, fresh)
        for path in (fresh, *fresh.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)  # the warm parent may be another user
        fresh.rename(final)
    except OSError:
        if not final.is_dir():  # not merely another process that was faster
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return final


def _fill(place: Place, folder: Path) -> None:
    process = place.start("prepare", folder, None)
    try:
        _, problem = process.communicate(timeout=_PREPARE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise CourseError(f"{place.interpreter.python}: importing the students' packages took too long") from None
    if process.returncode != 0:
        last = problem.decode("utf-8", "replace").strip().splitlines()[-1:] or ["no message"]
        raise CourseError(
            f"{place.interpreter.python}: the students' packages cannot be imported ({last[0]}); "
            "install requirements/student.txt into its environment"
        )
