"""The reader's own `partial_pooling` in the shrinkage lab: its points, the gaps, and the words for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from .conftest import Opener, watched
from .site_server import SiteServer

HEAD = "def partial_pooling(group_means, sampling_variances, *, grand_mean, tau2):\n"
RIGHT = (
    HEAD + "    w = tau2 / (tau2 + sampling_variances)\n    return grand_mean + w * (group_means - grand_mean)\n"
)
SWAPPED = RIGHT.replace("w = tau2 /", "w = sampling_variances /")
#: The largest distance between the crosses, and between crosses and diamonds, in pixels of the plot.
GAPS = """(lab) => [...lab.querySelectorAll(".lab-own-gap")].map((gap) =>
  Math.abs(gap.getAttribute("x2") - gap.getAttribute("x1")))"""


@pytest.fixture(scope="module")
def window(browser: Browser, tiny_server: SiteServer) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    page, seen = watched(context)
    page.goto(f"{tiny_server.address}own.html")
    page.wait_for_selector("shrinkage-lab.lab-ready")
    page.get_by_role("button", name="Show what pooling does").click()
    yield page
    context.close()
    assert seen.foreign == []
    assert seen.errors == []


@pytest.fixture
def lab(window: Page) -> Locator:
    window.get_by_label("my function").uncheck()
    window.locator(".lab-controls button").click()
    return window.locator("shrinkage-lab")


def write(page: Page, code: str) -> None:
    page.locator("practise-box").evaluate(
        "(box, text) => box.upgrade().then(() => { box.view.text = text; box.keep(); })", code
    )


def said(page: Page, text: str) -> None:
    expect(page.locator(".lab-own-said")).to_contain_text(text)


def test_the_book_s_own_page_has_the_switch(server: SiteServer, open_page: Opener) -> None:
    """The lab of that page is laid out late, when the reader comes near it."""
    page = open_page(f"{server.address}shrinkage-lab.html")
    page.get_by_role("button", name="Show what pooling does").click()
    write(page, SWAPPED)
    page.get_by_label("my function").check()
    said(page, "the largest gap to the course's is ")
    assert len(page.locator("shrinkage-lab").evaluate(GAPS)) == 12


def test_right_function_lies_on_the_course_s_points(window: Page, lab: Locator) -> None:
    write(window, RIGHT)
    window.get_by_label("my function").check()
    said(window, "every point lies on the course's.")
    gaps = lab.evaluate(GAPS)
    assert len(gaps) == 12
    assert max(gaps) < 1e-6


def test_wrong_function_shows_its_gaps_and_names_the_largest(window: Page, lab: Locator) -> None:
    write(window, SWAPPED)
    window.get_by_label("my function").check()
    said(window, "the largest gap to the course's is ")
    assert max(lab.evaluate(GAPS)) > 20
    largest = lab.evaluate(
        """(lab) => {
          const { separate, samplingVariances: v, grandMean, tau2, partial, n } = lab.numbers;
          const own = separate.map((y, j) => grandMean + v[j] / (tau2 + v[j]) * (y - grandMean));
          const gaps = own.map((value, j) => Math.abs(value - partial[j]));
          const at = gaps.indexOf(Math.max(...gaps));
          return `${lab.amount(gaps[at])}, at ${lab.set.labels[at]} (n = ${n[at]}).`;
        }"""
    )
    said(window, largest)
    assert largest in (lab.locator("svg").first.get_attribute("aria-label") or "")


def test_it_follows_the_sliders(window: Page, lab: Locator) -> None:
    write(window, SWAPPED)
    window.get_by_label("my function").check()
    said(window, "the largest gap to the course's is ")
    before = lab.evaluate(GAPS)
    lab.get_by_label("Spread of groups").focus()
    for _ in range(20):
        window.keyboard.press("ArrowRight")
    window.wait_for_function(
        "(before) => JSON.stringify([...document.querySelectorAll('.lab-own-gap')].map((gap) =>"
        " Math.abs(gap.getAttribute('x2') - gap.getAttribute('x1')))) !== before",
        arg=str(before),
    )
    assert len(lab.evaluate(GAPS)) == 12


def test_edited_code_changes_the_picture(window: Page, lab: Locator) -> None:
    write(window, SWAPPED)
    window.get_by_label("my function").check()
    said(window, "the largest gap to the course's is ")
    write(window, RIGHT)
    said(window, "every point lies on the course's.")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        pytest.param(HEAD + "    raise NotImplementedError()\n", "not written yet", id="unwritten"),
        pytest.param(HEAD + "    return group_means[:3]\n", "must return 12 numbers", id="too few"),
        pytest.param(HEAD + "    return missing\n", "NameError", id="an error"),
        pytest.param(HEAD + "    return group_means * np.nan\n", "no number for 12 of 12 groups", id="nan"),
        pytest.param(HEAD + "    while True: pass\n", "It took too long and was stopped.", id="endless"),
    ],
)
def test_what_gives_no_points_is_told(code: str, words: str, window: Page, lab: Locator) -> None:
    write(window, code)
    window.get_by_label("my function").check()
    said(window, words)
    assert lab.evaluate(GAPS) == []


def test_states_are_no_means(window: Page, lab: Locator) -> None:
    write(window, RIGHT)
    window.get_by_label("my function").check()
    said(window, "every point lies on the course's.")
    lab.get_by_label("Data", exact=True).select_option("states")
    window.evaluate("document.querySelector('shrinkage-lab').reveal()")
    said(window, "it is about means; choose schools to see it.")
    assert lab.evaluate(GAPS) == []
    lab.get_by_label("Data", exact=True).select_option("other")
    window.evaluate("document.querySelector('shrinkage-lab').reveal()")
    said(window, "every point lies on the course's.")


def test_keyboard_switches_it_off(window: Page, lab: Locator) -> None:
    write(window, RIGHT)
    window.get_by_label("my function").focus()
    window.keyboard.press("Space")
    said(window, "every point lies on the course's.")
    window.keyboard.press("Space")
    expect(window.locator(".lab-own-said")).to_have_text("")
    assert lab.evaluate(GAPS) == []
    assert "Your function" not in (lab.locator("svg").first.get_attribute("aria-label") or "")
