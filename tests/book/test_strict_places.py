"""The pages where browser, host or network grant less: no script, no storage, a strict policy, a silent host."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from .conftest import LABS, Opener, watched
from .site_server import SiteServer
from .strict_site import POLICY
from .test_practise import RIGHT, act, box_of, output, verdict, write

REFUSED = """Object.defineProperty(window, "localStorage", {
  configurable: true, get() { throw new DOMException("denied", "SecurityError"); },
})"""
FULL = """Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); }"""


BOX = "document.querySelector('practise-box[data-function=partial_pooling]')"
FOLLOW = """e => new MutationObserver(() => remember(e.textContent)).observe(
  e, { childList: true, characterData: true, subtree: true })"""


@pytest.fixture(scope="module")
def strict(browser: Browser, tiny_site: Path) -> Iterator[tuple[Page, str]]:
    with SiteServer(tiny_site, headers={"Content-Security-Policy": POLICY}) as server:
        page, seen = watched(browser.new_context())
        yield page, server.address
        page.context.close()
        assert seen.errors == []  # a script, a style, a picture that is blocked is an error in the console


class TestPolicy:
    """Under the policy that the manual names, nothing is blocked and everything works."""

    @pytest.mark.parametrize("name", [*LABS, "questions", "search"])
    def test_page(self, name: str, strict: tuple[Page, str]) -> None:
        page, address = strict
        page.goto(f"{address}{name}.html")
        if name in LABS:
            page.wait_for_selector(f"{name}.lab-ready")
        assert page.locator("script:not([src]):not([type='application/json'])").count() == 0

    def test_python(self, strict: tuple[Page, str]) -> None:
        page, address = strict
        page.goto(f"{address}practise.html")
        write(box_of(page), RIGHT)
        act(box_of(page), "check")
        assert verdict(box_of(page)).startswith("✓")


class TestWithoutScript:
    """What colours and frames are made of is there without JavaScript."""

    @pytest.mark.parametrize(("page_name", "selector"), [("questions", ".self-check"), ("practise", ".practise")])
    def test_cards_have_frame_and_ground(
        self, page_name: str, selector: str, tiny_server: SiteServer, open_page: Opener
    ) -> None:
        page = open_page(f"{tiny_server.address}{page_name}.html", java_script_enabled=False)
        style = page.locator(selector).first.evaluate(
            "e => [getComputedStyle(e)].flatMap((s) => [s.borderTopColor, s.borderTopStyle, s.backgroundColor])"
        )
        assert style[1] == "solid"
        assert "rgba(0, 0, 0, 0)" not in style


class TestStorage:
    """Where nothing can be kept, everything works as long as the page is open, and the reader is told."""

    def test_refused(self, tiny_server: SiteServer, open_page: Opener) -> None:
        page = open_page("about:blank")
        page.add_init_script(REFUSED)
        page.goto(f"{tiny_server.address}practise.html")
        write(box_of(page), RIGHT)
        box_of(page).evaluate("box => box.keep()")
        assert page.evaluate("courseMemory.names('code/').length") == 1
        expect(page.locator(".course-trouble").first).to_contain_text("keeps nothing for this site")
        themes = set()
        for _ in range(3):
            page.locator(".theme-switch-button").first.click()
            themes.add(page.evaluate("document.documentElement.dataset.mode"))
        assert themes == {"light", "dark", "auto"}
        assert page.watch.errors == []  # type: ignore[attr-defined]

    def test_full(self, tiny_server: SiteServer, open_page: Opener) -> None:
        page = open_page("about:blank")
        page.add_init_script(FULL)
        page.goto(f"{tiny_server.address}practise.html")
        page.locator('[data-check="ready"]').get_by_label("yes").check()
        page.locator('[data-check="ready"]').get_by_role("button", name="Check answer").click()
        assert page.evaluate("courseMemory.state('self-check/ready')") == "right"
        write(box_of(page), RIGHT)
        box_of(page).evaluate("box => box.keep()")
        expect(box_of(page).locator(".practise-status")).to_contain_text("full")
        expect(page.locator(".course-trouble").first).to_contain_text("full")


class TestTwoTabs:
    """One function, open in two tabs of a browser."""

    @pytest.fixture
    def tabs(self, tiny_server: SiteServer, open_page: Opener) -> tuple[Page, Page]:
        first = open_page(f"{tiny_server.address}practise.html")
        second = first.context.new_page()
        second.goto(f"{tiny_server.address}practise.html")
        return first, second

    def test_one_follows_the_other(self, tabs: tuple[Page, Page]) -> None:
        first, second = tabs
        write(box_of(first), RIGHT)
        box_of(first).evaluate("box => box.keep()")
        second.wait_for_function(f"{BOX}.text.includes('weight')")
        first.evaluate(f"courseMemory.note({BOX}.item, 'right')")
        expect(box_of(second).locator(".practise-done")).to_have_text("✓ done")

    def test_what_both_have_changed_is_kept_twice(self, tabs: tuple[Page, Page]) -> None:
        first, second = tabs
        box_of(second).evaluate("box => { box.put('# second'); box.unsaved = box.text; }")
        box_of(first).evaluate("box => box.put('# first!')")
        expect(box_of(second).locator(".practise-status")).to_contain_text("in another tab")
        assert box_of(second).evaluate("box => box.text") == "# second"
        box_of(second).get_by_role("button", name="Exchange").click()
        assert box_of(second).evaluate("box => box.text") == "# first!"


class TestNetwork:
    """A host that serves badly."""

    def test_wasm_of_a_wrong_type_runs(self, tiny_server: SiteServer, open_page: Opener) -> None:
        page = open_page("about:blank")

        def mislabel(route: Route) -> None:
            answer = route.fetch()
            route.fulfill(response=answer, headers={**answer.headers, "content-type": "text/plain"})

        page.context.route("**/*.wasm", mislabel)
        page.goto(f"{tiny_server.address}practise.html")
        write(box_of(page), RIGHT)
        shown: list[str] = []
        page.expose_function("remember", lambda text: shown.append(text))
        box_of(page).locator(".practise-status").evaluate(FOLLOW)
        act(box_of(page), "check")
        assert verdict(box_of(page)).startswith("✓")
        assert any("MB, once: " in text and "%" in text for text in shown), shown
        assert page.watch.errors == []  # type: ignore[attr-defined]

    def test_a_file_that_never_comes_is_told_within_ten_seconds(
        self, tiny_server: SiteServer, open_page: Opener
    ) -> None:
        page = open_page("about:blank")
        page.context.route("**/pyodide.asm.wasm", lambda route: None)  # never answered
        page.goto(f"{tiny_server.address}practise.html")
        assert act(box_of(page), "check") < 14_000
        assert "pyodide.asm.wasm did not come within 10 seconds" in verdict(box_of(page))
        assert (
            box_of(page)
            .locator(".practise-verdict")
            .get_by_role("link", name="Download the notebook")
            .is_visible()
        )


def test_a_function_that_runs_on_is_told_so(tiny_server: SiteServer, open_page: Opener) -> None:
    page = open_page(f"{tiny_server.address}practise.html")
    act(box_of(page), "run")
    write(box_of(page), "while True:\n    pass\n")
    box_of(page).get_by_role("button", name="Run", exact=True).click()
    expect(box_of(page).locator(".practise-status")).to_have_text("Still running. Stop ends it.")
    box_of(page).get_by_role("button", name="Stop").click()
    expect(box_of(page).locator(".practise-status")).to_contain_text("Stopped")
    assert output(box_of(page)) == ""
