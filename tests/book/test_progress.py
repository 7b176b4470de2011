"""What is done: the list at the foot of a page, the overview, saving, loading, forgetting."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .conftest import Opener
from .site_server import SiteServer

KEPT = "hierarchical-models/"


@pytest.fixture
def page(tiny_server: SiteServer, open_page: Opener) -> Page:
    return open_page(f"{tiny_server.address}practise.html")


def answer(page: Page, choice: str) -> None:
    question = page.locator('[data-check="ready"]')
    question.get_by_label(choice).check()
    question.get_by_role("button", name="Check answer").click()


def state(page: Page, item: str) -> str:
    return page.locator(f'[data-item="{item}"] .course-state').inner_text()


def total(page: Page) -> str:
    return page.locator(".course-total").text_content() or ""


def open_list(page: Page) -> None:
    page.locator(".course-progress summary").click()


def test_everything_is_open_at_first(page: Page) -> None:
    open_list(page)
    assert page.locator(".course-progress .course-count").inner_text() == "0 of 6 done"
    assert state(page, "self-check/ready") == "open"


def test_right_answer_is_done_and_a_wrong_one_tried(page: Page) -> None:
    open_list(page)
    answer(page, "no")
    assert state(page, "self-check/ready") == "tried"
    answer(page, "yes")
    assert state(page, "self-check/ready") == "done"
    assert page.locator(".course-progress .course-count").inner_text() == "1 of 6 done"


def test_starting_a_question_again_opens_it(page: Page) -> None:
    open_list(page)
    answer(page, "yes")
    page.locator('[data-check="ready"]').get_by_role("button", name="Start again").click()
    assert state(page, "self-check/ready") == "open"


def test_revealing_is_done(page: Page) -> None:
    open_list(page)
    page.locator('[data-check="later"]').get_by_label("Your prediction").fill("more")
    assert state(page, "self-check/later") == "tried"
    page.locator('[data-check="later"] summary').click()
    expect(page.locator('[data-item="self-check/later"] .course-state')).to_have_text("done")


def test_progress_is_kept_and_shown_on_other_pages(page: Page, tiny_server: SiteServer) -> None:
    answer(page, "yes")
    page.goto(f"{tiny_server.address}questions.html")
    page.goto(f"{tiny_server.address}practise.html")
    assert total(page).startswith("1 of ")


def test_a_task_on_two_pages_counts_once(page: Page) -> None:
    """`partial_pooling` stands on this page and on the page of the lab."""
    page.evaluate("courseMemory.note('code/borrowing/partial_pooling', 'right')")
    assert total(page).startswith("1 of ")


def test_links_lead_to_the_questions(page: Page) -> None:
    open_list(page)
    page.locator('[data-item="self-check/ready"] a').click()
    assert page.url.endswith("#check-ready")


def test_saved_file_brings_everything_back(page: Page, tmp_path: Path) -> None:
    answer(page, "yes")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save to a file").click()
    saved = tmp_path / "saved.json"
    download.value.save_as(saved)
    assert json.loads(saved.read_text("utf-8"))["kept"] == {
        "self-check/ready": "0",
        "done/self-check/ready": "right",
    }
    page.get_by_role("button", name="Forget everything").click()
    expect(page.locator(".course-book [role=status]")).to_contain_text("Press again")
    assert page.evaluate("localStorage.length") > 0
    page.get_by_role("button", name="Yes, forget everything").click()
    assert page.evaluate(f"Object.keys(localStorage).filter((key) => key.startsWith('{KEPT}'))") == []
    assert total(page).startswith("0 of ")
    page.locator('.course-book input[type="file"]').set_input_files(saved)
    expect(page.locator(".course-book [role=status]")).to_contain_text("Loaded saved.json")
    assert total(page).startswith("1 of ")


@pytest.mark.parametrize("content", ["not JSON", "[]", '{"course": "another", "kept": {"a": "b"}}', '{"kept": 3}'])
def test_other_files_are_refused(content: str, page: Page, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text(content, "utf-8")
    page.locator('.course-book input[type="file"]').set_input_files(wrong)
    expect(page.locator(".course-book [role=status]")).to_have_text("wrong.json holds no progress of this book.")
    assert page.evaluate(f"Object.keys(localStorage).filter((key) => key.startsWith('{KEPT}'))") == []


def test_the_first_page_goes_on_where_the_reader_was_last(page: Page) -> None:
    first, start = page.url, page.locator(".course-start a")
    expect(start).to_have_text("Start: the first page")
    page.goto(first.replace("practise", "own"))
    page.goto(first)
    expect(start).to_have_text("Continue: The reader\N{RIGHT SINGLE QUOTATION MARK}s own function")
    assert start.get_attribute("href") == "own.html"
    page.get_by_role("button", name="Forget everything").click()
    page.get_by_role("button", name="Yes, forget everything").click()
    page.reload()
    expect(start).to_have_text("Start: the first page")


def test_a_page_is_ticked_once_all_of_it_is_done(page: Page) -> None:
    link = page.locator('.course-chapters a[href="questions.html"]')
    items = page.locator(".course-book li", has_text="Questions").get_attribute("data-items")
    assert items is not None
    first, *others = items.split(" ")
    for item in others:
        page.evaluate("item => courseMemory.note(item, 'right')", item)
    expect(link).not_to_contain_class("done")
    page.evaluate("item => courseMemory.note(item, 'right')", first)
    expect(link).to_contain_class("done")


def test_keyboard_alone_opens_the_list_and_saves(page: Page) -> None:
    page.locator(".course-progress summary").focus()
    page.keyboard.press("Enter")
    assert page.locator(".course-progress li").first.is_visible()
    page.get_by_role("button", name="Save to a file").focus()
    with page.expect_download():
        page.keyboard.press("Enter")
