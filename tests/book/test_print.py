"""The book as one PDF: every page of the edition that is printed, with its answers open."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from print_pdf import pages_in_order
from pypdf import PdfReader

from .conftest import BOOK


@pytest.fixture
def two_pages(site: Path, tmp_path: Path) -> Path:
    """An edition that has two of the book's pages."""
    for name in ("notation", "index"):
        (tmp_path / f"{name}.html").symlink_to(site / f"{name}.html")
    return tmp_path


def test_pages_stand_in_the_books_order_and_those_of_the_other_edition_are_left_out(two_pages: Path) -> None:
    assert [page.stem for page in pages_in_order(two_pages)] == ["index", "notation"]


def test_each_page_is_printed_under_its_title_with_its_answers_open(two_pages: Path) -> None:
    target = two_pages / "book.pdf"
    command = [sys.executable, str(BOOK / "print_pdf.py"), str(two_pages), str(target)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    printed = PdfReader(target)
    assert said == f"{target}: {len(printed.pages)} pages\n"
    assert [item["/Title"] for item in printed.outline] == ["Introduction to hierarchical models", "Notation"]
    text = "\n".join(page.extract_text() for page in printed.pages)
    assert "Not this one." in text
    assert "The best bet is the own mean" in text, "a prediction's answer is folded"
    assert "Check answer" not in text, "a button is printed"
