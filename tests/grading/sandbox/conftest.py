"""The sandbox's tests run in every mode that this machine offers; a mode that it lacks is reported as skipped."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from grading.sandbox import Limits, Mode, Sandbox, Session, detect

REPOSITORY = Path(__file__).parents[3]
STUDENT_PYTHON = REPOSITORY / ".venv-student" / "bin" / "python"
MODES = ("bubblewrap+namespaces", "bubblewrap+landlock", "landlock")
MODULES = {"beside.py": "from pathlib import Path\nhere = lambda: Path(__file__).parent", "fails.py": "1 / 0"}
QUICK = Limits(cell_seconds=3, call_seconds=2, total_seconds=60, memory_mb=512, disk_mb=16)


@functools.cache
def available(name: str) -> Mode:
    return detect(STUDENT_PYTHON, allow=(name,))


@pytest.fixture(scope="session")
def student_python() -> Path:
    if not STUDENT_PYTHON.exists():
        pytest.fail(f"{STUDENT_PYTHON} is missing: make the students' environment first")
    return STUDENT_PYTHON


@pytest.fixture(scope="session", params=MODES)
def box(request: pytest.FixtureRequest, student_python: Path) -> Iterator[Sandbox]:
    """A sandbox for two submissions at once, in each mode in turn."""
    if not sys.platform.startswith("linux"):
        pytest.skip("the sandbox is Linux's")
    mode = available(request.param)
    if mode.name == "none":
        pytest.skip(f"this machine has no mode {request.param}: {mode.problems}")
    with Sandbox(student_python, jobs=2, modules=MODULES, allow=(request.param,)) as sandbox:
        yield sandbox


@pytest.fixture
def session(box: Sandbox) -> Iterator[Session]:
    """A fresh submission with short limits."""
    with box.session({}, QUICK, 1) as fresh:
        yield fresh
