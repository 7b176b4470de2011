"""The sandbox's tests run in every mode that this machine offers; a mode that it lacks is reported as skipped."""

from __future__ import annotations

import functools
import os
import shlex
import subprocess
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


def run_as_ordinary_user(tests: Path, mode: str, places: pytest.TempPathFactory) -> None:
    """Run a file's tests of one mode as user 1000, whose caches last as long as this run."""
    home = places.getbasetemp() / "ordinary-home"
    if not home.exists():
        home.mkdir()
        os.chown(home, 1000, 1000)
        for folder in home.parents:
            if folder.is_relative_to("/tmp") and folder != Path("/tmp"):
                folder.chmod(folder.stat().st_mode | 0o011)
    words = ["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", sys.executable, "-m", "pytest", "-qx"]
    words += ["-n", "0", "-p", "no:cacheprovider", f"--basetemp={home}/{tests.stem}-{mode}", str(tests)]
    words += ["-k", mode.replace("+", " and ") if "+" in mode else f"{mode} and not bubblewrap"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    environment |= {"HOME": str(home), "XDG_CACHE_HOME": f"{home}/cache", "PYTHONDONTWRITEBYTECODE": "1"}
    script = f"{_opened_interpreter()} exec {shlex.join(words)}"
    done = subprocess.run(
        ["unshare", "-m", "sh", "-ec", script],
        cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]


def _opened_interpreter() -> str:
    """Commands that show an interpreter in root's closed home to others, in a mount namespace of their own."""
    python, home = STUDENT_PYTHON.resolve(), Path.home()
    if not python.is_relative_to(home):
        return ""
    top = home / python.relative_to(home).parts[0]
    return (
        f"hold=$(mktemp -d); mount --bind {top} $hold; mount -t tmpfs -o mode=755 none {home}; "
        f"mkdir {top}; mount --bind $hold {top}; umount $hold; rmdir $hold;"
    )
