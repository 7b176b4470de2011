"""The code cells of a page run where they stand, and show what the same cells show outside a browser."""

from __future__ import annotations

from pathlib import Path

import listings
import pytest
from answers import Answers, Graded

from .conftest import BOOK, Opener
from .page_runs import differences, here, in_page
from .site_server import SiteServer

WITH_CELLS = [page.stem for page in sorted(BOOK.glob("*.md")) if listings.code_cells(page)]
SHORT = "small-groups"


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name == SHORT else [pytest.mark.proof_only]) for name in WITH_CELLS]
)
def test_the_page_gives_the_numbers_and_figures_of_the_same_cells_run_here(
    name: str, server: SiteServer, open_page: Opener
) -> None:
    page = open_page(f"{server.address}{name}.html")
    page.set_default_timeout(240_000)
    assert differences(here(name), in_page(name, page)) == []


def test_a_reader_changes_and_runs_a_cell(server: SiteServer, open_page: Opener) -> None:
    page = open_page(f"{server.address}index.html")
    page.locator("details summary", has_text="code").first.click()
    cell = page.locator(".cell[class*='listing-no-']").first
    cell.get_by_role("button", name="Change").click()
    cell.locator(".cm-content").fill('print("seen", 6 * 7)')
    cell.get_by_role("button", name="Run").click()
    cell.locator(".listing-output", has_text="seen 42").wait_for(timeout=60_000)
    cell.get_by_role("button", name="Start over").click()
    assert "seen" not in cell.locator(".cm-content").inner_text()
    assert page.watch.foreign == page.watch.errors == []  # type: ignore[attr-defined]


ACTING = """
class Table:
    def _repr_html_(self):
        return "<table onclick='acted()'><tr><td>seen 42<img src='x' onerror='acted()'><script>acted()</script>"

Table()
"""


def test_what_code_shows_as_html_is_a_table_and_does_nothing(server: SiteServer, open_page: Opener) -> None:
    page = open_page(f"{server.address}index.html")
    page.locator("details summary", has_text="code").first.click()
    cell = page.locator(".cell[class*='listing-no-']").first
    cell.get_by_role("button", name="Change").click()
    cell.locator(".cm-content").fill(ACTING)
    cell.get_by_role("button", name="Run").click()
    shown = cell.locator(".listing-output td", has_text="seen 42")
    shown.wait_for(timeout=60_000)
    assert shown.inner_html().strip() == "seen 42"
    assert cell.locator(".listing-output table").get_attribute("onclick") is None
    assert page.watch.foreign == page.watch.errors == []  # type: ignore[attr-defined]


CODE = "def mean_of(y):\n    total = sum(y)\n    count = len(y)\n    return total / count - 0 * total\n"


def test_what_is_withheld_is_hollow_and_calls_the_reader_s_own() -> None:
    answers = Answers(frozenset({"unit"}))
    assert listings.hollow(CODE, answers) == CODE
    answers.graded.append(Graded("unit", "mean_of", "", "", ""))
    done = listings.hollow(f"x = 1\n{CODE}", answers)
    assert "total" not in done
    assert "held_back.own('mean_of', y)" in done
    assert "x = 1" in done


def test_the_same_package_gives_the_same_archive(tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        listings.write_package(BOOK.parent / "reference_impl", tmp_path / name, Answers())
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
