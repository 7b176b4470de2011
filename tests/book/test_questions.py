"""The self-check questions: feedback, memory, keyboard, and what is left without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page

from .conftest import Opener
from .site_server import SiteServer


@pytest.fixture
def page(tiny_server: SiteServer, open_page: Opener) -> Page:
    opened = open_page(f"{tiny_server.address}questions.html")
    return opened


def question(page: Page, name: str) -> Locator:
    return page.locator(f'[data-check="{name}"]')


def feedback(page: Page, name: str) -> str:
    return question(page, name).locator(".self-check-feedback").inner_text()


def test_right_choice_is_said_to_be_right(page: Page) -> None:
    question(page, "choose").get_by_label("none").check()
    question(page, "choose").get_by_role("button", name="Check answer").click()
    assert feedback(page, "choose").startswith("✓ Right. Every school gets")


def test_wrong_choice_gets_its_own_feedback(page: Page) -> None:
    question(page, "choose").get_by_label("a half").check()
    question(page, "choose").get_by_role("button", name="Check answer").click()
    assert feedback(page, "choose").startswith("✗ Not this one. Only if")


def test_feedback_is_announced(page: Page) -> None:
    assert question(page, "choose").locator(".self-check-feedback").get_attribute("role") == "status"


def test_no_choice_asks_for_one(page: Page) -> None:
    question(page, "choose").get_by_role("button", name="Check answer").click()
    assert feedback(page, "choose") == "Choose an answer first."


def test_formulas_in_feedback_are_set(page: Page) -> None:
    question(page, "choose").get_by_label("none").check()
    question(page, "choose").get_by_role("button", name="Check answer").click()
    assert question(page, "choose").locator(".self-check-feedback mjx-container").count() == 1


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        pytest.param("0.855", "✓ Right.", id="exact"),
        pytest.param("0.86", "✓ Right.", id="at the edge of the tolerance"),
        pytest.param("0,855", "✓ Right.", id="decimal comma"),
        pytest.param(" .855 ", "✓ Right.", id="no leading zero, spaces"),
        pytest.param("0.8605", "✗ Not yet. It is below", id="just outside the tolerance"),
        pytest.param("0.95", "✗ Not this one. That holds", id="foreseen wrong answer"),
        pytest.param("-3", "✗ Not yet.", id="anything else"),
        pytest.param("much", "Type a number", id="not a number"),
        pytest.param("", "Type a number", id="nothing"),
    ],
)
def test_number(page: Page, typed: str, expected: str) -> None:
    question(page, "count").get_by_label("Your answer").fill(typed)
    page.keyboard.press("Enter")
    assert feedback(page, "count").startswith(expected)


def test_answers_are_remembered_and_can_be_forgotten(page: Page) -> None:
    question(page, "choose").get_by_label("none").check()
    question(page, "choose").get_by_role("button", name="Check answer").click()
    question(page, "guess").get_by_label("Your prediction").fill("the one with four pupils")
    page.reload()
    assert question(page, "choose").get_by_label("none").is_checked()
    assert feedback(page, "choose").startswith("✓ Right.")
    assert question(page, "guess").get_by_label("Your prediction").input_value() == "the one with four pupils"
    question(page, "choose").get_by_role("button", name="Start again").click()
    assert feedback(page, "choose") == ""
    page.reload()
    assert not question(page, "choose").get_by_label("none").is_checked()


def test_keyboard_alone_answers(page: Page) -> None:
    question(page, "choose").get_by_label("none").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert feedback(page, "choose").startswith("✗ Not this one. That is the limit")


def test_focus_is_visible(page: Page) -> None:
    question(page, "choose").get_by_label("none").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_works_without_storage(tiny_server: SiteServer, open_page: Opener) -> None:
    page = open_page("about:blank")
    page.context.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('refused'); } })"
    )
    page.goto(f"{tiny_server.address}questions.html")
    question(page, "choose").get_by_label("none").check()
    question(page, "choose").get_by_role("button", name="Check answer").click()
    assert feedback(page, "choose").startswith("✓ Right.")


def test_answers_can_be_read_without_javascript(tiny_server: SiteServer, open_page: Opener) -> None:
    page = open_page(f"{tiny_server.address}questions.html", java_script_enabled=False)
    answers = question(page, "choose").locator("details")
    answers.locator("summary").click()
    assert "That is the limit" in answers.inner_text()
    assert question(page, "choose").get_by_role("button", name="Check answer").is_disabled()
