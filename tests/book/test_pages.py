"""Every page of the book: no other host, no error, formulas set, accessible in light and dark, fit for a phone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from .conftest import AXE, BOOK, Opener, pages_of_the_module, pages_of_toc, watched
from .site_server import SiteServer, packed

PAGES = [*pages_of_toc(), "search", "404"]
FIRST_PAGE_LIMIT = 204_800  # bytes over the wire, gzipped
PAINT_LIMITS = {"book.css": 30_000, "book.js": 28_000, "before-paint.js": 1000}  # gzipped as well
SCRIPT = re.compile(r'(<script[^>]*src="([^"]+)"[^>]*>)')
STYLE_SHEET = re.compile(r'<link href="([^"]+)" rel="stylesheet"')
#: Rules of WCAG 2.2 at levels A and AA, and axe's own good practice.
AXE_RUN = """(only) => axe.run(document, {resultTypes: ['violations'], ...(only.length && {runOnly: only})})
  .then((result) => result.violations)"""
OF_COLOURS = ["color-contrast", "link-in-text-block"]


@dataclass(frozen=True)
class Visit:
    """What one look at a page found."""

    status: int
    foreign: list[str]
    errors: list[str]
    unset_math: int
    broken_math: list[str]
    without_alt: list[str]
    wider_than_phone: list[str]
    growth: float
    violations: dict[str, list[str]]


def summary(violations: list[dict[str, Any]]) -> list[str]:
    """Rule and places, short enough to read."""
    return [
        f"{violation['id']}: {violation['help']} {[node['target'] for node in violation['nodes'][:3]]}"
        for violation in violations
    ]


WIDER = """() => [...document.querySelectorAll("main *")].filter((element) => {
  const box = element.getBoundingClientRect();
  const scrolls = element.closest(
    "pre, .math, .lab-scroll, .output, .cell_output, table, .pst-scrollable-table-container, .bd-sidebar-secondary"
  );
  return box.width > 0 && box.right > innerWidth + 1 && !scrolls
    && getComputedStyle(element).position !== "absolute";
}).map((element) => element.outerHTML.slice(0, 90)).slice(0, 3)"""
#: What may be wider must scroll by itself, or it makes the whole page wider.
PAGE_WIDTH = "document.documentElement.scrollWidth"
GROWTH = """() => {
  let grows = 0;
  for (const part of document.querySelectorAll("[style*='--wide']")) {
    grows += part.getBoundingClientRect().height - parseFloat(part.style.getPropertyValue("--wide"));
  }
  return grows / document.documentElement.scrollHeight;
}"""
#: By what share a page grows while its parts are laid out.


def named(address: str) -> str:
    """The name of the file at an address."""
    return address.partition("?")[0].rpartition("/")[2]


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    yield made
    made.close()


@pytest.fixture(scope="module")
def root_server(site: Path) -> Iterator[SiteServer]:
    with SiteServer(site) as running:
        yield running


@pytest.fixture(scope="module")
def visits() -> dict[str, Visit]:
    """Pages that were visited; filled by `visit`."""
    return {}


@pytest.fixture
def visit(
    name: str, visits: dict[str, Visit], context: BrowserContext, server: SiteServer, root_server: SiteServer
) -> Visit:
    if name not in visits:
        # The page for wrong addresses is told the site's path at deployment; built without one it fits the root.
        address = root_server.address if name == "404" else server.address
        visits[name] = look(context, f"{address}{name}.html")
    return visits[name]


def look(context: BrowserContext, address: str) -> Visit:
    """Open a page once and gather everything that the tests below judge."""
    page, seen = watched(context)
    try:
        response = page.goto(address)
        assert response is not None
        page.add_script_tag(path=str(AXE))
        # Theme colours fade in; axe must see where they end.
        page.add_style_tag(
            content="*, *::before, *::after { transition: none !important; animation: none !important;"
            " content-visibility: visible !important }"
        )
        # Everything comes into view, so everything is measured and judged.
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": 1280, "height": height})
        page.wait_for_timeout(100)
        violations = {}
        for theme, only in (("light", []), ("dark", OF_COLOURS)):  # nothing else changes with the theme
            page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
            page.wait_for_timeout(60)
            violations[theme] = summary(page.evaluate(AXE_RUN, only))
        growth = page.evaluate(GROWTH)
        unset = page.evaluate(
            "[...document.querySelectorAll('.math')].filter((m) => !m.querySelector('mjx-container')).length"
        )
        broken = page.evaluate(
            "[...document.querySelectorAll('mjx-merror, [data-mjx-error]')].map((m) => m.outerHTML.slice(0, 120))"
        )
        alts = page.evaluate(
            "[...document.images].filter((i) => !(i.getAttribute('alt') || '').trim()).map((i) => i.src)"
        )
        page.set_viewport_size({"width": 360, "height": 800})
        page.wait_for_timeout(80)
        wide = page.evaluate(WIDER)
        if (width := page.evaluate(PAGE_WIDTH)) > 361:
            wide.append(f"the page itself: {width} pixels")
        violations["on a phone"] = summary(page.evaluate(AXE_RUN, []))
        return Visit(response.status, seen.foreign, seen.errors, unset, broken, alts, wide, growth, violations)
    finally:
        page.close()


@pytest.mark.parametrize("name", PAGES)
class TestPage:
    def test_asks_no_other_host(self, name: str, visit: Visit) -> None:
        assert visit.status == 200
        assert visit.foreign == []

    def test_raises_no_error(self, name: str, visit: Visit) -> None:
        assert visit.errors == []

    def test_sets_every_formula(self, name: str, visit: Visit) -> None:
        assert (visit.unset_math, visit.broken_math) == (0, [])

    def test_describes_every_image(self, name: str, visit: Visit) -> None:
        assert visit.without_alt == []

    @pytest.mark.parametrize("theme", ["light", "dark", "on a phone"])
    def test_has_no_violation(self, name: str, theme: str, visit: Visit) -> None:
        assert visit.violations[theme] == []

    def test_fits_a_phone(self, name: str, visit: Visit) -> None:
        assert visit.wider_than_phone == []

    def test_grows_and_shrinks_little_as_one_scrolls(self, name: str, visit: Visit) -> None:
        assert abs(visit.growth) < 0.1


def test_images_say_more_than_their_file_name(site: Path) -> None:
    poor = {}
    for page in site.glob("*.html"):
        for tag in re.findall(r"<img[^>]*>", page.read_text("utf-8")):
            alt = re.search(r'alt="([^"]*)"', tag)
            if alt is None or len(alt[1].split()) < 3 or "_images" in alt[1]:
                poor.setdefault(page.name, []).append(tag[:120])
    assert poor == {}


def test_no_file_names_another_host_to_load_from(site: Path) -> None:
    loads = re.compile(
        r"""<(?:script|img|iframe|link(?![^>]*rel="(?:canonical|edit|license)"))[^>]*(?:src|href)="https?://[^"]+"""
    )
    found = {page.name: loads.findall(page.read_text("utf-8")) for page in site.rglob("*.html")}
    assert {name: tags for name, tags in found.items() if tags} == {}


def test_first_page_is_light(site: Path, browser: Browser) -> None:
    with SiteServer(site) as counting:
        context = browser.new_context()
        page, _ = watched(context)
        page.goto(counting.address)
        page.wait_for_load_state("networkidle")
        context.close()
        assert sum(counting.sent.values()) < FIRST_PAGE_LIMIT, counting.sent


def test_few_and_small_files_hold_up_the_first_paint(site: Path) -> None:
    """On a phone's connection each file costs a round trip, and nothing is shown before CSS is there."""
    for page in site.glob("*.html"):
        head = page.read_text("utf-8").partition("</head>")[0]
        scripts = [(tag, src) for tag, src in SCRIPT.findall(head) if "searchtools" not in tag]
        blocking = [src for tag, src in scripts if "defer" not in tag]
        deferred = [src for tag, src in scripts if "defer" in tag]
        assert [*map(named, STYLE_SHEET.findall(head)), *map(named, blocking)] == ["book.css", "before-paint.js"]
        assert named(deferred[0]) == "book.js"
        assert len(deferred) <= (5 if page.stem != "search" else 6), page.name
        assert "bootstrap.js" not in head
    sizes = {name: len(packed((site / "_static" / name).read_bytes())) for name in PAINT_LIMITS}
    assert {name: size for name, size in sizes.items() if size > PAINT_LIMITS[name]} == {}


def test_names_of_buttons_come_when_a_reader_points_at_them(site: Path, browser: Browser) -> None:
    with SiteServer(site) as counting:
        context = browser.new_context()
        page, seen = watched(context)
        page.goto(counting.address)
        page.wait_for_load_state("networkidle")
        assert [path for path in counting.sent if "bootstrap" in path] == []
        page.locator(".bd-header-article .theme-switch-button").hover()
        expect(page.get_by_role("tooltip")).to_have_text("Color mode")
        page.mouse.move(600, 600)
        expect(page.get_by_role("tooltip")).to_have_count(0)
        page.locator(".bd-header-article .primary-toggle").focus()
        expect(page.get_by_role("tooltip")).to_have_text("Toggle primary sidebar")
        assert seen.errors == []
        context.close()


MENU = """<div class="dropdown"><button data-bs-toggle="dropdown" aria-expanded="false">Open</button>
<ul class="dropdown-menu"><li>In a notebook</li></ul></div>"""


def test_a_menu_opens_at_the_first_touch(server: SiteServer, open_page: Opener) -> None:
    """As those of the theme for repositories and launch buttons, which this site is built without."""
    page = open_page(f"{server.address}index.html", has_touch=True)
    page.evaluate("menu => document.querySelector('article').insertAdjacentHTML('afterbegin', menu)", MENU)
    page.get_by_role("button", name="Open").tap()
    expect(page.get_by_role("button", name="Open")).to_have_attribute("aria-expanded", "true")
    page.get_by_role("button", name="Open").tap()
    expect(page.get_by_role("button", name="Open")).to_have_attribute("aria-expanded", "false")
    assert page.watch.errors == []  # type: ignore[attr-defined]


def test_search_finds_a_word(server: SiteServer, open_page: Opener) -> None:
    page = open_page(f"{server.address}index.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("shrinkage")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=shrinkage*")
    page.wait_for_selector("#search-results li a", timeout=15_000)
    assert page.locator("#search-results li a").count() >= 2
    assert page.watch.errors == []  # type: ignore[attr-defined]


def test_theme_button_changes_the_theme_and_remembers(server: SiteServer, open_page: Opener) -> None:
    page = open_page(f"{server.address}index.html", color_scheme="light")
    theme = "document.documentElement.dataset.theme"
    assert page.evaluate(theme) == "light"
    page.locator(".theme-switch-button").first.click()
    assert page.evaluate(theme) == "dark"
    page.reload()
    assert page.evaluate(theme) == "dark"


def test_dark_mode_is_known_before_the_first_paint(server: SiteServer, open_page: Opener) -> None:
    page = open_page(f"{server.address}index.html", color_scheme="dark")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_unknown_address_shows_the_book_s_own_page(server: SiteServer, open_page: Opener) -> None:
    page = open_page(f"{server.address}no-such-page.html")
    assert "404" in page.title() or "not found" in page.title().lower()


@pytest.mark.parametrize("name", [PAGES[0], "demo"])
def test_works_from_a_file(name: str, site: Path, open_page: Opener) -> None:
    """Search works too; what a file page cannot do is keep a figure's state in its address on every browser."""
    page = open_page((site / f"{name}.html").as_uri())
    assert [error for error in page.watch.errors if "replaceState" not in error] == []  # type: ignore[attr-defined]
    assert page.evaluate("getComputedStyle(document.body).fontFamily") != ""
    for lab in page.locator(".figure-lab").all():
        assert "lab-ready" in (lab.get_attribute("class") or "")


TEACHING = pages_of_the_module()


def article(site: Path, name: str) -> str:
    """What a page of the module says, without its frame."""
    page = (site / f"{name}.html").read_text("utf-8")
    return page[page.index("<article") : page.index("</article>")]


@pytest.mark.parametrize("name", TEACHING)
class TestTeachingPage:
    """What every page of the module holds."""

    def test_names_its_goals(self, name: str, site: Path) -> None:
        assert re.search("After this page you can|What you will be able to do", article(site, name))

    def test_shows_a_picture_before_the_first_formula(self, name: str, site: Path) -> None:
        page = article(site, name)
        formula = re.search('<div class="math', page)
        assert page.index("<img ") < (formula.start() if formula else len(page))

    def test_asks_twice_and_answers_every_answer(self, name: str, site: Path) -> None:
        assert article(site, name).count('class="self-check"') >= 2

    def test_leads_to_an_exercise(self, name: str, site: Path) -> None:
        assert 'class="exercise-card"' in article(site, name)


@pytest.mark.parametrize("name", TEACHING)
def test_a_page_shows_the_course_s_own_code_by_inclusion(name: str) -> None:
    source = (BOOK / f"{name}.md").read_text("utf-8")
    assert "{literalinclude} ../reference_impl/" in source


def test_every_exercise_card_leads_to_a_zip(site: Path) -> None:
    linked = {
        match
        for page in site.glob("*.html")
        for match in re.findall(r'href="(downloads/[^"]+\.zip)"', page.read_text("utf-8"))
    }
    assert linked, "no page has an exercise card"
    assert [path for path in linked if not (site / path).is_file()] == []


def test_question_ids_are_kept(site: Path) -> None:
    """Readers' answers are remembered under these ids; each is used once in the book."""
    ids = [
        found
        for page in site.glob("*.html")
        for found in re.findall(r'data-check="([^"]+)"', page.read_text("utf-8"))
    ]
    assert len(ids) == len(set(ids))


def test_figures_have_their_data(site: Path) -> None:
    for page in site.glob("*.html"):
        for block in re.findall(
            r'<script type="application/json">(.*?)</script>', page.read_text("utf-8"), re.DOTALL
        ):
            assert json.loads(block)


def test_what_goes_on_beyond_the_edge_of_a_phone_fades_until_its_end_is_seen(
    browser: Browser, server: SiteServer
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{server.address}why.html")
    code = page.locator(".cell > .cell_input pre").first
    code.scroll_into_view_if_needed()
    expect(code).to_have_attribute("data-goes-on", "")
    assert "gradient" in code.evaluate("element => getComputedStyle(element).maskImage")
    code.evaluate("element => { element.scrollLeft = element.scrollWidth }")
    expect(code).not_to_have_attribute("data-goes-on", "")
    context.close()
