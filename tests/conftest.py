"""What tests of several rooms share: one browser, and which layer each test belongs to.

``make quick`` runs what needs neither sandbox nor browser nor built book, ``make verify`` all that a change needs,
``make proof`` what takes long or wants a server: kills, the weaker sandbox modes, clusters, hubs, large classes.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[1]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUICK = (
    "test_architecture.py",
    "test_arrows.py",
    "test_house.py",
    "checks/test_exercise_data.py",
    "checks/test_misconception_numbers.py",
    "checks/test_mutation_proof.py",
    "checks/test_partial_credit.py",
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
    "grading/autograde/test_cluster.py",
    "grading/gradebook/test_postgresql.py",
    "grading/test_class_of_300.py",
    "hub/",
)
"""Those that take long or want a server."""
WEAKER_MODES = {"bubblewrap+landlock", "landlock"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with its layer; what has no mark belongs to ``make verify`` alone."""
    for item in items:
        place = item.path.relative_to(ROOT / "tests").as_posix()
        parameters = getattr(item, "callspec", None)
        values = list(parameters.params.values()) if parameters else []
        if place.startswith(PROOF) or any(isinstance(value, str) and value in WEAKER_MODES for value in values):
            item.add_marker("proof")
        elif place.startswith(QUICK):
            item.add_marker("quick")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With ``-m quick`` do not even import the other tests."""
    if config.option.markexpr != "quick" or collection_path.suffix != ".py":
        return None
    place = collection_path.relative_to(ROOT / "tests").as_posix()
    return None if place.startswith(QUICK) or collection_path.name in ("conftest.py", "__init__.py") else True


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, one for all tests of a process: Playwright's own loop can run only once in it."""
    from playwright.sync_api import sync_playwright  # here: `make quick` needs no browser

    assert CHROMIUM, "no chromium on this machine (sudo apt-get install chromium)"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()
