"""A real JupyterHub with the course's recipe: its own proxy, servers as processes, accounts of the hub's own."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from grading.course import Course
from tests.grading.conftest import ROOT, make_course

HERE = Path(__file__).parent
expect.set_options(timeout=60_000)  # a busy machine is no failure
PROXY = ROOT / "hub/node_modules/configurable-http-proxy"


def free_ports(*names: str) -> dict[str, int]:
    """A port for each name, all different."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in names]
    ports = {name: int(probe.getsockname()[1]) for name, probe in zip(names, probes, strict=True)}
    for probe in probes:
        probe.close()
    return ports


@dataclass
class Hub:
    """A running hub and its course."""

    course: Course
    folder: Path
    address: str
    browser: Browser

    def home(self, user: str) -> Path:
        return self.folder / "homes" / user

    def sign_in(self, user: str, **options: object) -> BrowserContext:
        """A browser of a user's own, signed in, their server starting."""
        context = self.browser.new_context(**options)  # type: ignore[arg-type]
        context.set_default_timeout(90_000)
        page = context.new_page()
        page.goto(f"{self.address}/hub/login")
        page.fill("#username_input", user)
        page.click("#login_submit")
        page.wait_for_url("**/spawn-pending/**")
        page.close()
        return context

    def open(self, context: BrowserContext, user: str, path: str) -> Page:
        """A page of the user's own server, once that is up."""
        page = context.new_page()
        page.goto(f"{self.address}/hub/spawn-pending/{user}")
        page.wait_for_url(f"**/user/{user}/**")
        page.goto(f"{self.address}/user/{user}/{path}")
        return page

    def instructor(self, *words: str) -> None:
        """A command in the instructor's terminal on the hub."""
        environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.home("instructor-01")),
            "JUPYTER_CONFIG_PATH": str(ROOT / "hub/instructor"),
            "COURSE_FOLDER": str(self.course.root),
            "COURSE_EXCHANGE": str(self.folder / "exchange"),
        }
        done = subprocess.run(
            words, cwd=self.course.root, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="package")
def hub(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Hub]:
    """The hub, up."""
    missing = importlib.util.find_spec("jupyterhub") is None or not PROXY.is_dir()
    assert not missing, "JupyterHub and its proxy are not installed; run 'make hub'"
    folder = tmp_path_factory.mktemp("hub")
    course = make_course(folder / "course")
    with (course.root / "course.toml").open("a") as file:
        file.write(f'[hub]\ninstructors = ["instructor-01"]\nexchange = "{folder / "exchange"}"\n')
    ports = free_ports("site", "hub", "proxy")
    (folder / "ports.json").write_text(json.dumps(ports))
    environment = {
        **os.environ,
        "HUB_TEST_FOLDER": str(folder),
        "HUB_RECIPE": str(ROOT / "hub"),
        "COURSE_FOLDER": str(course.root),
    }
    with (folder / "hub.log").open("w") as log:
        command = [sys.executable, "-m", "jupyterhub", "-f", str(HERE / "jupyterhub_config.py")]
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{ports['site']}"
    try:
        wait_until_up(f"{address}/hub/health", process, folder / "hub.log")
        yield Hub(course, folder, address, browser)
    finally:
        process.terminate()
        process.wait(60)


def wait_until_up(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when an address answers."""
    deadline = time.monotonic() + 90
    while True:
        try:
            urllib.request.urlopen(address, timeout=10).close()
            return
        except OSError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
