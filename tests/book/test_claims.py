"""The pages' claims: each holds, each fails where it would be false, and pages and claims match."""

from __future__ import annotations

import ast
import importlib
import re
import sys
from pathlib import Path

import claim_marks
import numpy as np
import pytest
from claims.claim import Claim, claim
from claims.worlds import Worlds, classical_estimate, draw_worlds, mean_squares

from reference_impl import anova, datasets, shrinkage_estimate
from reference_impl.groups import group_summary

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
def test_claims_import_the_reference_and_numpy_only(path: Path) -> None:
    taken = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            taken |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            taken.add(str(node.module).split(".")[0])
    assert taken <= {"claims", "numpy", "reference_impl", *sys.stdlib_module_names}


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


class TestWorlds:
    def test_classical_estimate_is_that_of_the_reference(self) -> None:
        schools = datasets.simulated_schools()
        seen = group_summary(schools.score, schools.school)
        one = Worlds(seen.n, schools.true_mean[None], seen.mean[None], seen.variance[None])
        for pooled, sigma2 in ((False, "separate"), (True, "pooled")):
            expected = shrinkage_estimate(schools.score, schools.school, sigma2=sigma2)
            got = classical_estimate(one, pooled=pooled)
            np.testing.assert_allclose(got.estimate[0], expected.estimate, rtol=1e-12)
            np.testing.assert_allclose(got.standard_error[0], expected.standard_error, rtol=1e-12)
        table = anova(schools.score, schools.school)
        np.testing.assert_allclose(np.ravel(mean_squares(one)), [table.ms_between, table.ms_within], rtol=1e-12)

    def test_moments_drawn_directly_are_those_of_scores(self) -> None:
        drawn = draw_worlds(worlds=200_000, tau=0.0, sizes=(4,))
        scores = np.random.default_rng(5).normal(50.0, 10.0, (200_000, 4))
        for levels, direct, sampled in (
            ([0.05, 0.5, 0.95], drawn.mean, scores.mean(axis=1)),
            ([0.05, 0.5, 0.95], drawn.variance, scores.var(axis=1, ddof=1)),
        ):
            np.testing.assert_allclose(np.quantile(direct, levels), np.quantile(sampled, levels), rtol=0.02)
