"""Where students find the book that a notebook of this site links to."""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx

from grading.course import SETTINGS, Course


def book_place(app: Sphinx) -> tuple[str, str]:
    """`book_url`, by which the exercises link, and this site's address; empty what is not known."""
    root = Path(app.srcdir).parent
    book_url = Course(root).settings.book_url if (root / SETTINGS).is_file() else ""
    return book_url, str(app.config.html_baseurl)
