"""The pages' claims: each holds, each fails where it would be false, and pages and claims match."""

from __future__ import annotations

import ast
import importlib
import re
import sys
from pathlib import Path

import claim_marks
import pytest
from claims.claim import Claim, claim

from .conftest import BOOK, pages_of_toc

PAGES = [page for page in pages_of_toc() if claim_marks.claims_of(claim_marks.module_of(BOOK, page))]
MARK = re.compile(r"\{claim\}`([^`]*)`")


def claims_of(page: str) -> dict[str, Claim]:
    module = importlib.import_module(f"claims.{page.replace('-', '_')}")
    return {name: value for name, value in vars(module).items() if isinstance(value, Claim)}


CLAIMS = [pytest.param(found, id=f"{page}: {name}") for page in PAGES for name, found in claims_of(page).items()]
OPPOSITES = [
    pytest.param(found, id=f"{page}: not {name} when {found.false_when}")
    for page in PAGES
    for name, found in claims_of(page).items()
]


@pytest.mark.parametrize("found", CLAIMS)
def test_holds(found: Claim) -> None:
    found.holds_on_the_page()


@pytest.mark.parametrize("found", OPPOSITES)
def test_fails_where_it_would_be_false(found: Claim) -> None:
    assert found.fails_elsewhere()


@pytest.mark.parametrize("page", PAGES)
def test_page_marks_each_of_its_claims_once(page: str) -> None:
    marks = MARK.findall((BOOK / f"{page}.md").read_text("utf-8"))
    assert sorted(marks) == sorted(claims_of(page))


@pytest.mark.parametrize("page", PAGES)
def test_claim_says_its_sentence(page: str) -> None:
    assert not [name for name, found in claims_of(page).items() if not (found.check.__doc__ or "").endswith(".")]


def test_every_mark_has_a_module() -> None:
    marked = {path.stem for path in BOOK.glob("*.md") if MARK.search(path.read_text("utf-8"))}
    assert marked == set(PAGES)


@pytest.mark.parametrize("path", [pytest.param(path, id=path.name) for path in sorted(BOOK.glob("claims/*.py"))])
def test_claims_import_the_reference_numpy_and_what_it_is_compared_with(path: Path) -> None:
    taken = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            taken |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            taken.add(str(node.module).split(".")[0])
    assert taken <= {"claims", "numpy", "reference_impl", "statsmodels", *sys.stdlib_module_names}


class TestClaim:
    def test_error_in_a_check_is_no_refutation(self) -> None:
        @claim(false_when="the divisor is 0", divisor=0)
        def divides(divisor: int = 1) -> None:
            assert 1 / divisor

        with pytest.raises(ZeroDivisionError):
            divides.fails_elsewhere()

    def test_situation_needs_its_arguments(self) -> None:
        with pytest.raises(TypeError, match="needs the arguments"):
            claim(false_when="never")
