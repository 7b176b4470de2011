"""Examinations of the machine: Python, sandbox, the students' environment, disk, memory, clock."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from grading.course import Course
from grading.doctor.finding import Finding, ok, problem, warning
from grading.errors import CourseError
from grading.sandbox import Sandbox, detect
from grading.sandbox.modes import CURE

OLDEST_PYTHON = (3, 11)
WALLS = {
    "bubblewrap+namespaces": "an empty machine for each submission: own processes, network, sized disk; seccomp",
    "bubblewrap+landlock": "one empty machine for the submissions in flight; landlock and seccomp between them",
    "landlock": "landlock and seccomp on the machine itself; whether a file of a known path exists can be seen",
}
LITTLE_DISK, TOO_LITTLE_DISK = 2 << 30, 200 << 20
PARENT_MB = 150  # the warm parent, which submissions are forked from
CLOCK_SLACK = 120  # seconds
_LISTING = (
    "import importlib.metadata as m, json, platform, sys; "
    "print(json.dumps([platform.python_version(), {d.metadata['Name']: d.version for d in m.distributions()}]))"
)


def python(course: Course) -> Iterator[Finding]:
    """The interpreter that runs the course, and its packages."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST_PYTHON:
        yield problem(f"Python {version} is too old", "install Python 3.11 or newer, then 'make clean' and 'make'")
    else:
        yield ok(f"Python {version}")
    path = course.root / "requirements.txt"
    if path.is_file():
        yield _fits("this environment", path, Path(sys.executable), extras=False)


def sandbox(course: Course) -> Iterator[Finding]:
    """Every kind of sandbox, tried."""
    interpreter = course.student_python
    modes = {name: detect(interpreter, allow=(name,)) for name in WALLS}
    working = [name for name, mode in modes.items() if mode.name == name]
    for name, mode in modes.items():
        if mode.name == name:
            used = " (the one that is used)" if name == working[0] else ""
            fault = _cell_fault(interpreter, name) if used else ""
            if fault:
                yield problem(f"{name} can be built, but no cell runs in it: {fault}", "mend what it names")
            else:
                yield ok(f"{name} works{used}: {WALLS[name]}")
        elif working and working[0] != name and list(WALLS).index(working[0]) < list(WALLS).index(name):
            yield ok(f"{name} does not work here and is not needed")
        else:
            why = next(iter(mode.problems), "it does not start")
            yield (warning if working else problem)(f"{name} does not work: {why}", CURE)


def _cell_fault(interpreter: Path, mode: str) -> str:
    """Why a cell does not run as one of a submission would; empty if it does."""
    try:
        with Sandbox(interpreter, allow=(mode,)) as box:
            done = box.in_session(lambda session: session.run_cell("1 + 1"), copies=1)
    except (CourseError, OSError, RuntimeError) as error:
        return str(error)
    return "" if done.status == "ok" else ": ".join(done.error)


def student_environment(course: Course) -> Iterator[Finding]:
    """The environment that submissions run in."""
    path = course.student_requirements
    if not path.is_file():
        yield problem(f"{path}: missing", "take it from the course's repository; it says what students may import")
        return
    yield _fits("the students' environment", path, course.student_python, extras=True)


def _fits(what: str, path: Path, interpreter: Path, *, extras: bool) -> Finding:
    """Whether an environment holds what a lock file pins, and with `extras`, nothing else."""
    cure = "run 'make'; if that says it is up to date, 'make clean' first"
    done = subprocess.run(
        [interpreter, "-I", "-c", _LISTING], capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
        return problem(f"{interpreter} does not start: {last}", cure)
    version, installed = json.loads(done.stdout)
    wanted = _pinned(path, version)
    has = {_normal(name): number for name, number in installed.items()}
    differ = [f"{n} {has.get(n, 'missing')} instead of {v}" for n, v in wanted.items() if has.get(n) != v]
    if differ:
        more = f" and {len(differ) - 3} more" if len(differ) > 3 else ""
        return problem(f"{what} is not what {path.name} says: {', '.join(differ[:3])}{more}", cure)
    beyond = sorted(set(has) - set(wanted) - {"pip", "setuptools", "wheel"})
    if extras and beyond:
        return warning(f"{what} also holds {', '.join(beyond[:5])}, which {path.name} does not name", cure)
    return ok(f"{what} holds what {path.name} says ({len(wanted)} packages, Python {version})")


def _pinned(path: Path, python_version: str) -> dict[str, str]:
    """Name -> version of what a lock file pins for this machine and an interpreter of that version."""
    environment = {
        "python_full_version": python_version,
        "python_version": ".".join(python_version.split(".")[:2]),
    }
    pinned: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if not re.match(r"[A-Za-z0-9]", line):
            continue
        requirement = Requirement(line.removesuffix("\\").strip())
        if requirement.marker is None or requirement.marker.evaluate(environment):
            pinned[_normal(requirement.name)] = str(requirement.specifier).removeprefix("==")
    return pinned


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def disk(course: Course) -> Iterator[Finding]:
    """Room where results and scratch files go."""
    for what, path in (("the course folder", course.root), ("temporary files", Path(tempfile.gettempdir()))):
        free = shutil.disk_usage(path).free
        room = f"{free / (1 << 30):.1f} GB free for {what} ({path})"
        if free < TOO_LITTLE_DISK:
            yield problem(room, "make room: graded notebooks of a class of 300 take about 100 MB")
        elif free < LITTLE_DISK:
            yield warning(room, "make room before you grade a large class")
        else:
            yield ok(room)


def memory(course: Course) -> Iterator[Finding]:
    """How many submissions fit into memory at once."""
    needed = max(course.settings.limits[unit].memory_mb for unit in course.units) + PARENT_MB
    free = available_mb()
    cores = len(os.sched_getaffinity(0))
    jobs = min(free // needed, cores)
    text = f"{free} MB available; a submission may take {needed} MB"
    if jobs < 1:
        yield problem(
            f"{text}: not even one fits", "close programs, or lower memory_mb under [limits] in course.toml"
        )
    else:
        yield ok(f"{text}, and there are {cores} cores: up to --jobs {jobs}")


def available_mb(meminfo: Path = Path("/proc/meminfo"), cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """Memory that may still be used, by the machine and by the container if this is one."""
    kilobytes: Mapping[str, Any] = dict(re.findall(r"^(\w+):\s+(\d+) kB", meminfo.read_text(), re.MULTILINE))
    free = int(kilobytes["MemAvailable"]) >> 10
    try:
        most, now = ((cgroup / name).read_text().strip() for name in ("memory.max", "memory.current"))
    except OSError:  # no container, or control groups of version 1
        return free
    return free if most == "max" else min(free, max(0, int(most) - int(now)) >> 20)


def clock(course: Course) -> Iterator[Finding]:
    """Whether the clock can be right: lateness is counted with it."""
    now = datetime.now(UTC)
    watched = [course.root / "gradebook.db", *course.root.glob("submitted/*/*"), *course.root.glob("results/*")]
    newest = max((p for p in watched if p.exists()), key=lambda p: p.stat().st_mtime, default=None)
    local = now.astimezone()
    text = f"{local:%Y-%m-%d %H:%M} {local.tzname()} (UTC {now:%H:%M})"
    if newest is not None and newest.stat().st_mtime > now.timestamp() + CLOCK_SLACK:
        ahead = datetime.fromtimestamp(newest.stat().st_mtime, UTC)
        yield problem(
            f"{text}, but {newest} was written at {ahead:%Y-%m-%d %H:%M} UTC, which lies ahead",
            "set the clock ('timedatectl set-ntp true')",
        )
    else:
        yield ok(text)
