"""The book as one PDF: every page of the edition that is printed, with its answers open."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from print_pdf import BROWSERS, pages_in_order, print_book
from pypdf import PdfReader


@pytest.fixture
def two_pages(site: Path, tmp_path: Path) -> Path:
    """An edition that has two of the book's pages."""
    for name in ("notation", "index"):
        (tmp_path / f"{name}.html").symlink_to(site / f"{name}.html")
    return tmp_path


def test_pages_stand_in_the_books_order_and_those_of_the_other_edition_are_left_out(two_pages: Path) -> None:
    assert [page.stem for page in pages_in_order(two_pages)] == ["index", "notation"]


def test_each_page_is_printed_under_its_title_with_its_answers_open(two_pages: Path) -> None:
    browser = next(filter(None, map(shutil.which, BROWSERS)))
    sheets = print_book(two_pages, two_pages / "book.pdf", browser)
    printed = PdfReader(two_pages / "book.pdf")
    assert [item["/Title"] for item in printed.outline] == ["Introduction to hierarchical models", "Notation"]
    assert len(printed.pages) == sheets
    text = "\n".join(page.extract_text() for page in printed.pages)
    assert "Not this one." in text
    assert "The best bet is the own mean" in text, "a prediction's answer is folded"
    assert "Check answer" not in text, "a button is printed"
