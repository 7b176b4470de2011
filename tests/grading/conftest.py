"""A course folder of its own for tests, with quick limits, and notebooks to hand in.

Its units are those of `tests/grading/unit`, not the module's: whoever changes a unit of the module breaks no test
of the grader.
"""

from __future__ import annotations

import atexit
import copy
import functools
import itertools
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from grading.autograde import early, executors
from grading.course import Course
from grading.sandbox import Sandbox, SiblingParent
from grading.units.build import build_source, release
from sample_class.make_class import as_handed_in, read

ROOT = Path(__file__).parents[2]
STUDENT_PYTHON = ROOT / ".venv-student/bin/python"
JOBS = 2  # the most that tests ask for
SPARE = 4
"""Slots for processes that take the place of those that were killed: what these left may lie in their own."""
UNIT = "borrowing"
OTHER = "spread"
"""A second unit, so that its notebook can be recognised."""
Notebook = dict[str, Any]

SETTINGS = f"""
course_id = "test-course"
units = ["{UNIT}"]
book_url = "https://book.example.org"
student_python = "{STUDENT_PYTHON}"
[limits]
cell_seconds = 4
call_seconds = 2
total_seconds = 12
memory_mb = 512
disk_mb = 32
"""


@functools.cache
def built() -> Course:
    """Both units, built once for all tests of a process; not to be written into."""
    folder = Path(tempfile.mkdtemp(prefix="units-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    without = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(__file__).parent / "unit", folder, ignore=without, dirs_exist_ok=True)
    (folder / "requirements").mkdir()
    for name in ("nbgrader_config.py", "requirements/student.txt"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "course.toml").write_text(SETTINGS.replace(f'["{UNIT}"]', f'["{UNIT}", "{OTHER}"]'))
    course = Course(folder)
    for unit in course.units:
        build_source(course, unit)
    release(course, course.units)
    return course


@functools.cache
def unit_modules() -> dict[str, str]:
    """What the warm parent of a run imports beside the students' packages."""
    return {path.name: path.read_text("utf-8") for path in built().release_folder(UNIT).glob("*.py")}


@pytest.fixture(scope="session")
def warm_parent() -> Iterator[Callable[[], Sandbox]]:
    """A sandbox whose warm parent lends siblings to all tests of a process; it starts when one is asked for."""
    with ExitStack() as stack:
        yield functools.cache(
            lambda: stack.enter_context(Sandbox(STUDENT_PYTHON, jobs=JOBS + SPARE, modules=unit_modules()))
        )


@pytest.fixture(scope="session", autouse=True)
def grading_starts_warm(warm_parent: Callable[[], Sandbox]) -> Iterator[dict[tuple[object, str], Any]]:
    """What this process has graded begins with siblings of one warm parent, else each run imports for seconds.

    So one job begins as two do. Runs with other packages, files or walls start as for a user, as do all of a test
    with the mark `cold_start`, and all that are processes of their own. Yields what was patched.
    """
    right, init, start_again = Sandbox, executors.Grader.__init__, executors._started
    this_process, spare = os.getpid(), itertools.cycle(range(JOBS, JOBS + SPARE))

    def usual(box: Sandbox) -> bool:
        asks = (box._python, box._unsafe, box._modules, box._jobs <= JOBS)
        return os.getpid() == this_process and asks == (STUDENT_PYTHON, False, unit_modules(), True)

    class Lent(Sandbox):
        """Begins with a sibling when it is entered, and with nothing before."""

        def start(self) -> Sandbox:
            return self if usual(self) else super().start()

        def __enter__(self) -> Sandbox:
            if self._sibling is None and usual(self):
                self._sibling = SiblingParent(warm_parent().mode, warm_parent().sibling(0))
            return super().__enter__()

    def shared(self: executors.Grader, setup: executors.GraderSetup, **options: Any) -> None:
        init(self, setup, **options)
        self._shared |= usual(executors.sandbox(setup, options.get("threads", 1)))

    def started(setup: executors.GraderSetup) -> executors.WatchedProcess:
        """In place of one that was killed."""
        if not usual(executors.sandbox(setup, 1)):
            return start_again(setup)
        process = executors.WatchedProcess(functools.partial(executors._serve, setup))
        executors._send_sibling(process, warm_parent(), next(spare))
        executors._wait_until_ready(process)
        return process

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(early, "Sandbox", Lent)
        patch.setattr(executors, "Sandbox", Lent)
        patch.setattr(executors, "_started", started)
        patch.setattr(executors.Grader, "__init__", shared)
        yield {
            (early, "Sandbox"): right,
            (executors, "Sandbox"): right,
            (executors, "_started"): start_again,
            (executors.Grader, "__init__"): init,
        }


@pytest.fixture(autouse=True)
def cold_start(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    grading_starts_warm: dict[tuple[object, str], Any],
) -> None:
    """A test with this mark grades as for a user."""
    if request.node.get_closest_marker("cold_start"):
        for (owner, name), original in grading_starts_warm.items():
            monkeypatch.setattr(owner, name, original)


def make_course(folder: Path) -> Course:
    """A course folder with the unit's built files, no submissions yet."""
    # a test may have loaded a unit of the shared folder, which makes a secret there
    without = shutil.ignore_patterns("__pycache__", OTHER, f"{OTHER}.py", "course.toml", ".course_secret")
    shutil.copytree(built().root, folder, ignore=without, dirs_exist_ok=True)
    (folder / "course.toml").write_text(SETTINGS)
    return Course(folder)


def two_units(folder: Path) -> Course:
    """A course that knows a second unit, so that its notebook can be recognised."""
    course = make_course(folder)
    shutil.copytree(built().release_folder(OTHER), course.release_folder(OTHER))
    settings = (folder / "course.toml").read_text()
    settings = settings.replace(
        f'units = ["{UNIT}"]', f'timezone = "Europe/London"\nunits = ["{UNIT}", "{OTHER}"]'
    )
    (folder / "course.toml").write_text(settings)
    return course


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return make_course(tmp_path / "course")


def released() -> Notebook:
    """The notebook as students get it."""
    return read(built().release_folder(UNIT) / f"{UNIT}.ipynb")


def solved() -> Notebook:
    """The release with every answer right."""
    return as_handed_in(read(built().master(UNIT)), released())


def cell(notebook: Notebook, name: str) -> dict[str, Any]:
    """The cell with this id."""
    return next(entry for entry in notebook["cells"] if entry["id"] == name)


def position(notebook: Notebook, name: str) -> int:
    return notebook["cells"].index(cell(notebook, name))


def own_cell(source: str, kind: str = "code") -> dict[str, Any]:
    """A cell that a student added."""
    added: dict[str, Any] = {"cell_type": kind, "id": "own", "metadata": {}, "source": source}
    if kind == "code":
        added |= {"outputs": [], "execution_count": None}
    return added


def with_cell(notebook: Notebook, source: str, *, after: str = "setup") -> Notebook:
    """The notebook with a code cell of the student's after the named one."""
    notebook = copy.deepcopy(notebook)
    notebook["cells"].insert(position(notebook, after) + 1, own_cell(source))
    return notebook


def hand_in(course: Course, student: str, notebook: Notebook | bytes | None, **files: bytes) -> Path:
    """Put a submission into submitted/<student>/<unit>/."""
    folder = course.root / "submitted" / student / UNIT
    folder.mkdir(parents=True, exist_ok=True)
    if notebook is not None:
        data = notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode()
        (folder / f"{UNIT}.ipynb").write_bytes(data)
    for name, data in files.items():
        (folder / name.replace("__", ".")).write_bytes(data)
    return folder


Edit = Callable[[Notebook], Notebook | bytes]
