"""The rows of interactions in Firefox and WebKitGTK, behind a strict policy, every other host out of reach."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .interactions import WithThePages
from .interactions_with_python import WithPython
from .strict_site import StrictSite
from .windows import Window, firefox, webkit


@pytest.fixture(scope="class")
def book(site: Path) -> Iterator[StrictSite]:
    """The teachers' edition, which holds every page."""
    with StrictSite(site, "/some/course/") as running:
        yield running


@pytest.fixture(scope="class")
def window(request: pytest.FixtureRequest, book: StrictSite) -> Iterator[Window]:
    """One for all rows: what takes the time is Python."""
    with request.cls.opened(book.address, book.host) as opened:
        yield opened


class TestFirefox(WithPython, WithThePages):
    opened = staticmethod(firefox)


class TestWebKit(WithPython, WithThePages):
    opened = staticmethod(webkit)
