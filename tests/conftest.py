"""What tests of several rooms share: what is made once in a run, one browser, the layer and the turn of each test.

``make quick`` runs what needs neither sandbox nor browser nor built book, ``make verify`` all that a change needs,
``make proof`` what takes long or wants a server: kills, the weaker sandbox modes, clusters, hubs, large classes,
other browsers, the cells of every page.
"""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from grading.nbgrader_bridge import block_rfc3987_import

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

block_rfc3987_import()  # seconds of each process, which a test module that imports nbformat first would spend
ROOT = Path(__file__).parents[1]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUICK = (
    "test_architecture.py",
    "test_arrows.py",
    "test_house.py",
    "checks/test_exercise_data.py",
    "checks/test_misconception_numbers.py",
    "checks/test_mutation_proof.py",
    "grading/lms/test_roster.py",
    "grading/marks/test_late.py",
    "grading/sandbox/test_replies.py",
    "grading/sandbox/test_scratch.py",
    "grading/sandbox/test_seccomp.py",
    "grading/sandbox/test_wire.py",
    "grading/settings/",
    "grading/submission/",
    "grading/test_tables.py",
    "reference_impl/",
)
"""Files and folders of tests that need neither sandbox nor browser nor built book."""
PROOF = (
    "book/test_other_browsers.py",
    "checks/test_survivors.py",
    "grading/autograde/test_cluster.py",
    "grading/autograde/test_killed_run.py",
    "grading/gradebook/test_postgresql.py",
    "grading/test_class_of_300.py",
    "hub/",
)
"""Those that take long or want a server."""
PROOF_ONLY = ("book/test_other_browsers.py",)
"""Those that `make test` leaves to `make proof`: two more browsers take minutes, as do the cells of every page."""
WEAKER_MODES = {"bubblewrap+landlock", "landlock"}
LONG = {
    "book/test_pages.py::TestPage": 130,
    "book/test_other_browsers.py::TestWebKit": 125,
    "grading/autograde/test_cluster.py": 120,
    "hub/test_day.py": 110,
    "checks/test_survivors.py": 100,
    "grading/autograde/test_autograde.py": 80,
    "grading/test_class_of_300.py": 70,
    "grading/sandbox/test_escape.py": 60,
    "book/test_other_browsers.py::TestFirefox": 60,
    "grading/sandbox/test_limits.py": 60,
    "grading/commands/test_page_commands.py": 60,
    "grading/test_class_run.py": 50,
    "grading/marks/test_histories.py": 50,
    "grading/autograde/test_watched.py": 45,
    "grading/sandbox/test_ordinary_user.py": 45,
    "grading/sandbox/test_session.py": 40,
    "grading/autograde/test_killed_run.py": 30,
    "book/test_practise.py": 30,
    "grading/test_run_all.py": 30,
    "book/test_practise_verdicts.py": 27,
    "book/test_own_function.py": 26,
    "grading/report/test_report.py": 25,
    "grading/doctor/test_doctor.py": 25,
    "grading/test_formgrader.py": 25,
    "grading/sandbox/test_copies.py": 25,
    "book/test_practise.py::TestRunning": 24,
    "book/test_claims.py": 23,
    "book/test_questions.py": 22,
    "book/test_build.py": 21,
    "book/test_progress.py": 21,
    "book/test_figures.py::TestEveryFigure": 20,
    "book/test_practise.py::TestWithoutPython": 20,
    "grading/intake/test_collect.py": 20,
    "grading/sandbox/test_sibling_parent.py": 20,
    "grading/sandbox/test_modes.py": 20,
    "checks/test_mutation_proof.py": 18,
    "book/test_pages.py": 18,
    "grading/autograde/test_regrade.py": 18,
    "book/test_practise.py::TestStopping": 16,
    "grading/units/test_personal.py": 15,
    "grading/gradebook/test_postgresql.py": 15,
    "book/test_practise.py::TestAnotherAddress": 14,
    "book/test_practise.py::TestEditor": 14,
    "book/test_build.py::TestBareSite": 13,
    "book/test_practise.py::TestMemory": 12,
    "checks/test_notebooks.py": 10,
}
"""Seconds that modules and classes take, those of ten or more: the longest begin, the short ones fill up the end.

``pytest --durations=0`` tells; a time that is out of date costs a little at the end of a run, and nothing else.
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort modules and classes by how long they take, and mark each test with its layer.

    What has no mark belongs to ``make verify`` alone.
    """
    items.sort(key=lambda item: -LONG.get(item.nodeid.split("[")[0].rpartition("::")[0].removeprefix("tests/"), 0))
    for item in items:
        place = item.path.relative_to(ROOT / "tests").as_posix()
        parameters = getattr(item, "callspec", None)
        values = list(parameters.params.values()) if parameters else []
        if place.startswith(PROOF_ONLY):
            item.add_marker("proof_only")
        if (
            place.startswith(PROOF)
            or item.get_closest_marker("proof_only")
            or any(isinstance(value, str) and value in WEAKER_MODES for value in values)
        ):
            item.add_marker("proof")
        elif place.startswith(QUICK):
            item.add_marker("quick")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With ``-m quick`` do not even import the other tests, nor what they share."""
    if config.option.markexpr != "quick" or collection_path.name in ("conftest.py", "__init__.py"):
        return None
    place = collection_path.relative_to(ROOT / "tests").as_posix()
    if collection_path.is_dir():
        return None if f"{place}/".startswith(QUICK) or any(n.startswith(f"{place}/") for n in QUICK) else True
    return None if place.startswith(QUICK) else True


@pytest.fixture(scope="session")
def once(
    tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Callable[[str, Callable[[Path], None]], Path]:
    """Make a folder once in a run: the process that asks first makes it, the others wait for it."""
    own = tmp_path_factory.getbasetemp()
    home = own if worker_id == "master" else own.parent  # the parent is that of all processes of this run

    def shared(name: str, make: Callable[[Path], None]) -> Path:
        folder, made = home / name, home / f"{name}.made"
        with (home / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                shutil.rmtree(folder, ignore_errors=True)  # what a failed attempt left
                folder.mkdir()
                make(folder)
                made.touch()
        return folder

    return shared


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """One for all tests of a process: its own loop can run only once in it."""
    from playwright.sync_api import sync_playwright  # here: `make quick` needs no browser

    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium, one for all tests of a process."""
    assert CHROMIUM, "no chromium on this machine (sudo apt-get install chromium)"
    running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    yield running
    running.close()


def descendants() -> list[psutil.Process]:
    """What this process has started, and they again, but for the browser that other tests of it use."""
    found: list[psutil.Process] = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess):  # it ended meanwhile
            if child.name() != "node":  # Playwright's driver
                found += [child, *child.children(recursive=True)]
    return found
