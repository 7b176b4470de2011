"""Notebooks that leave the course folder link to nothing that is not there."""

from __future__ import annotations

import pytest

from grading.units.book_links import led_to

LOCAL = "../../_build/html"
SOURCE = b'"source": [\n "Read first: [Why](../../_build/html/why.html#a-b), see [0] and [this](data.csv)."\n]'


@pytest.mark.parametrize(
    ("book_url", "there", "link"),
    [
        pytest.param(LOCAL, "", b"*Why* (a page of the book)", id="nowhere: the page in words"),
        pytest.param(
            f"{LOCAL}/", "https://example.org/b/", b"[Why](https://example.org/b/why.html#a-b)", id="a site"
        ),
        pytest.param(LOCAL, "../../docs", b"[Why](../../docs/why.html#a-b)", id="a folder that goes along"),
        pytest.param(
            "https://example.org", "", b"[Why](../../_build/html/why.html#a-b)", id="not ours: as it was"
        ),
        pytest.param("", "", b"[Why](../../_build/html/why.html#a-b)", id="no book: as it was"),
    ],
)
def test_a_link_leads_to_where_the_book_is(book_url: str, there: str, link: bytes) -> None:
    assert led_to(SOURCE, book_url, there) == SOURCE.replace(b"[Why](../../_build/html/why.html#a-b)", link)
