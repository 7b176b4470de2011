"""A window of a browser, worked as a reader works it: by address, keys and pointer.

Selenium speaks to Debian's Firefox over WebDriver BiDi, and to WebKitGTK by the WebDriver that comes with it, on a
screen of its own; Playwright speaks to Chromium.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Playwright
from selenium import webdriver
from selenium.webdriver.common.bidi.common import command_builder
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.command import Command
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.remote.websocket_connection import WebSocketConnection

SECONDS = 120
"""How long a window waits for what is expected; a loaded machine is slow, and WebKitGTK's first Python slower."""
AT_REST = """async (found) => {
  for (let last = null, still = 0; still < 6;) {
    found.scrollIntoView({ block: "center", behavior: "instant" });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { y } = found.getBoundingClientRect();
    still = y === last ? still + 1 : 0;
    last = y;
  }
  return found.getBoundingClientRect();
}"""
"""Where an element is in the window once what comes into view with it has been laid out."""
MIDDLE = f"""async (selector, text) => {{
  const found = [...document.querySelectorAll(selector)].find((one) => one.textContent.trim().startsWith(text));
  if (!found) throw new Error(`the page has no ${{selector}} ${{text}}`);
  const {{ x, y, width, height }} = await ({AT_REST})(found);
  return [x + width / 2, y + height / 2];
}}"""
UNTIL = """async (...given) => {{
  const holds = {condition};
  const end = performance.now() + {milliseconds};
  for (;;) {{
    const value = await holds(...given);
    if (value || performance.now() > end) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }}
}}"""
Point = tuple[float, float]


def needed(package: str, *programs: str) -> str:
    """Where a program is, under one of its names; else what to install."""
    found = next(filter(None, map(shutil.which, programs)), None)
    assert found, f"no {programs[0]} on this machine (sudo apt-get install {package})"
    return found


class Window(ABC):
    """What a reader can do; functions of JavaScript see what came of it."""

    site: str
    """Where the book's pages are."""

    @abstractmethod
    def js(self, function: str, *given: Any) -> Any:
        """What a function gives in the page; a promise is waited for."""

    @abstractmethod
    def open(self, address: str) -> None:
        """Go to an address, until the page is loaded."""

    @abstractmethod
    def back(self) -> None:
        """Go back to the page before, which may have been kept."""

    @abstractmethod
    def act(self, *devices: dict[str, Any]) -> None:
        """Let keyboard or pointer do something, as WebDriver's actions say it."""

    @abstractmethod
    def tab(self) -> Window:
        """Another window of the same reader."""

    @abstractmethod
    def close(self) -> None:
        """Close this window."""

    def press(self, *keys: str) -> None:
        """Press keys, one after another; a key is named as in `Control+Enter`, or is what it writes."""
        actions = []
        for key in keys:
            held = [value_of(part) for part in (key.split("+") if len(key) > 1 else [key])]
            actions += [{"type": "keyDown", "value": one} for one in held]
            actions += [{"type": "keyUp", "value": one} for one in reversed(held)]
        self.act({"type": "key", "id": "keys", "actions": actions})

    def pointer(self, *points: Point) -> None:
        """Press the pointer at the first of some points of the window, and release it at the last."""
        ways = [{"type": "pointerMove", "x": round(x), "y": round(y)} for x, y in points]
        actions = [ways[0], {"type": "pointerDown", "button": 0}, *ways[1:], {"type": "pointerUp", "button": 0}]
        self.act({"type": "pointer", "id": "pointer", "actions": actions})

    def go(self, page: str, query: str = "") -> None:
        """Open a page of the book, until its labs are there."""
        self.open(f"{self.site}{page}.html{query}")
        assert self.until("() => !document.querySelector('.figure-lab:not(.lab-ready)')"), "a lab does not come"

    def click(self, selector: str, text: str = "") -> None:
        """Press the first element that a selector finds and whose text begins so."""
        self.pointer(tuple(self.js(MIDDLE, selector, text)))

    def show(self, selector: str) -> None:
        """Scroll an element into view."""
        self.js(f"(selector) => ({AT_REST})(document.querySelector(selector)).then(() => {{}})", selector)

    def focus(self, selector: str) -> None:
        """Put the keyboard there."""
        self.js("(selector) => document.querySelector(selector).focus()", selector)

    def until(self, condition: str, *given: Any) -> Any:
        """Wait until a function gives something that holds; what it gave last."""
        return self.js(UNTIL.format(condition=condition, milliseconds=1000 * SECONDS), *given)

    def text(self, selector: str) -> str:
        """What an element says."""
        words: str = self.js("(selector) => document.querySelector(selector).textContent", selector)
        return words.strip()


def value_of(key: str) -> str:
    """A key as WebDriver names it: `ArrowDown` is `Keys.ARROW_DOWN`."""
    named: str = getattr(Keys, re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).upper(), key)
    return named


AWAITED = """const given = [...arguments];
const done = given.pop();
Promise.resolve().then(() => ({function})(...given)).then(
  (value) => done({{ value }}), (error) => done({{ error: `${{error}}` }}));"""


@dataclass
class WebDriverWindow(Window):
    """By WebDriver: of WebKitGTK's small browser."""

    site: str
    driver: webdriver.Remote
    handle: str

    @property
    def here(self) -> webdriver.Remote:
        """The driver, with this window before it."""
        if self.driver.current_window_handle != self.handle:
            self.driver.switch_to.window(self.handle)
        return self.driver

    def js(self, function: str, *given: Any) -> Any:
        reply = self.here.execute_async_script(AWAITED.format(function=function), *given)
        assert "error" not in reply, reply["error"]
        return reply.get("value")

    def open(self, address: str) -> None:
        self.here.get(address)

    def back(self) -> None:
        self.here.back()

    def act(self, *devices: dict[str, Any]) -> None:
        self.here.execute(Command.W3C_ACTIONS, {"actions": devices})

    def tab(self) -> Window:
        self.here.switch_to.new_window("tab")
        return WebDriverWindow(self.site, self.driver, self.driver.current_window_handle)

    def close(self) -> None:
        self.here.close()
        self.driver.switch_to.window(self.driver.window_handles[0])


@dataclass
class BiDiWindow(Window):
    """By WebDriver BiDi: of Firefox."""

    site: str
    connection: WebSocketConnection
    context: str

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command; its result."""
        result: dict[str, Any] = self.connection.execute(
            command_builder(method, {"context": self.context} | parameters)
        )
        return result

    def js(self, function: str, *given: Any) -> Any:
        value = f"{{ value: await ({function})(...JSON.parse(given)) }}"
        reply = self.ask(
            "script.callFunction",
            functionDeclaration=f"async (given) => JSON.stringify({value})",
            arguments=[{"type": "string", "value": json.dumps(given)}],
            target={"context": self.context},
            awaitPromise=True,
        )
        assert reply["type"] == "success", reply["exceptionDetails"]["text"]
        return json.loads(reply["result"]["value"]).get("value")

    def open(self, address: str) -> None:
        self.ask("browsingContext.navigate", url=address, wait="complete")

    def back(self) -> None:
        self.ask("browsingContext.traverseHistory", delta=-1)

    def act(self, *devices: dict[str, Any]) -> None:
        self.ask("input.performActions", actions=devices)

    def tab(self) -> Window:
        created = self.ask("browsingContext.create", type="tab", background=True)
        return BiDiWindow(self.site, self.connection, created["context"])

    def close(self) -> None:
        self.ask("browsingContext.close")


@dataclass
class PlaywrightWindow(Window):
    """By Playwright: of Chromium."""

    site: str
    page: Page

    def js(self, function: str, *given: Any) -> Any:
        return self.page.evaluate(f"(given) => ({function})(...given)", list(given))

    def open(self, address: str) -> None:
        self.page.goto(address)

    def back(self) -> None:
        self.page.go_back()

    def act(self, *devices: dict[str, Any]) -> None:
        raise NotImplementedError("Playwright has its own keyboard and mouse")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def pointer(self, *points: Point) -> None:
        mouse = self.page.mouse
        mouse.move(*points[0])
        mouse.down()
        for point in points[1:]:
            mouse.move(*point)
        mouse.up()

    def tab(self) -> Window:
        return PlaywrightWindow(self.site, self.page.context.new_page())

    def close(self) -> None:
        self.page.close()


@contextmanager
def chromium(playwright: Playwright, site: str, proxy: str) -> Iterator[Window]:
    """A window of Chromium."""
    program = needed("chromium", "chromium", "chromium-browser", "google-chrome")
    browser = playwright.chromium.launch(
        executable_path=program, args=["--no-sandbox"], proxy={"server": f"http://{proxy}"}
    )
    try:
        yield PlaywrightWindow(site, browser.new_page())
    finally:
        browser.close()


PREFERENCES = """user_pref("focusmanager.testmode", true);
user_pref("services.settings.server", "data:,#remote-settings-dummy/v1");
user_pref("media.gmp-manager.updateEnabled", false);
"""
"""The window has the focus though nobody sees it, and Firefox itself asks its makers for nothing."""


def manual(proxy: str) -> dict[str, Any]:
    """The capability that sends there what is not for this machine."""
    return {"proxyType": "manual", "httpProxy": proxy, "sslProxy": proxy, "noProxy": ["127.0.0.1"]}


@contextmanager
def firefox(site: str, proxy: str) -> Iterator[Window]:
    """A window of Firefox."""
    program = needed("firefox-esr", "firefox-esr", "firefox")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        Path(profile, "user.js").write_text(PREFERENCES, "utf-8")
        command = [program, "--headless", "--remote-debugging-port=0", "--profile", profile]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(command, env=os.environ | {"MOZ_REMOTE_SETTINGS_DEVTOOLS": "1"}, **quiet) as running:
            try:
                where = told(Path(profile, "WebDriverBiDiServer.json"), running)
                connection = WebSocketConnection(
                    f"ws://{where['ws_host']}:{where['ws_port']}/session", 2 * SECONDS, 0.01
                )
                window = BiDiWindow(site, connection, "")
                window.ask("session.new", capabilities={"alwaysMatch": {"proxy": manual(proxy)}})
                window.context = window.ask("browsingContext.create", type="window")["context"]
                window.ask("browsingContext.setViewport", viewport={"width": 1280, "height": 900})
                yield window
                connection.close()
            finally:
                running.terminate()


def told(path: Path, running: subprocess.Popen[bytes]) -> Any:
    """What a browser writes into a file once it is ready."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and running.poll() is None:
        try:
            return json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):  # not there yet, or not whole
            time.sleep(0.05)
    raise AssertionError(f"the browser did not start: {running.args}")


@contextmanager
def screen() -> Iterator[str]:
    """A screen that nobody sees: its name for DISPLAY."""
    command = [needed("xvfb", "Xvfb"), "-displayfd", "1", "-screen", "0", "1280x1000x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout
            yield f":{server.stdout.readline().strip()}"
        finally:
            server.terminate()


WITHOUT_A_GRAPHICS_CARD = {"WEBKIT_DISABLE_COMPOSITING_MODE": "1"}
"""Layers cost WebKitGTK half of its time where the processor draws them."""


@contextmanager
def webkit(site: str, proxy: str) -> Iterator[Window]:
    """A window of WebKitGTK."""
    program = needed("webkit2gtk-driver", "WebKitWebDriver")
    with screen() as display:
        service = webdriver.WebKitGTKService(
            program, env=os.environ | {"DISPLAY": display} | WITHOUT_A_GRAPHICS_CARD
        )
        service.start()
        options = webdriver.WebKitGTKOptions()
        options.set_capability("proxy", manual(proxy))
        try:
            driver = webdriver.Remote(
                RemoteConnection(client_config=ClientConfig(service.service_url)), options=options
            )
            driver.set_script_timeout(2 * SECONDS)
            yield WebDriverWindow(site, driver, driver.current_window_handle)
            driver.quit()
        finally:
            service.stop()
