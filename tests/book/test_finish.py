"""Small things on a finished page: signs, punctuation, headers of rows, descriptions, expected heights."""

from __future__ import annotations

import re
from pathlib import Path

import accessibility
import expected_heights
import page_heads
import pytest
import typography
from docutils.core import publish_doctree

CODE = '<code class="docutils literal notranslate"><span class="pre">x</span></code>'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<td>-3.9</td>", "<td>\N{MINUS SIGN}3.9</td>"),
        ("<p>from -1 to (-.5)</p>", "<p>from \N{MINUS SIGN}1 to (\N{MINUS SIGN}.5)</p>"),
        ("<p>1-2, x-1, 2026-11-28, a -b</p>", "<p>1-2, x-1, 2026-11-28, a -b</p>"),
        ("<pre>a <span>-1</span> -2</pre><code>-3</code>", "<pre>a <span>-1</span> -2</pre><code>-3</code>"),
    ],
)
def test_negative_numbers_have_a_minus_sign_but_not_in_code(body: str, expected: str) -> None:
    assert typography.with_minus_signs(body) == expected


def test_punctuation_stays_with_the_code_before_it() -> None:
    assert typography.tied(f"a {CODE}, b") == f'a <span class="tied">{CODE},</span> b'
    assert (
        typography.tied(f'(<a href="#x">{CODE}</a>).') == f'<span class="tied">(<a href="#x">{CODE}</a>).</span>'
    )
    assert typography.tied(f"a {CODE} b") == f"a {CODE} b"


def test_a_table_with_an_empty_corner_has_headers_of_rows() -> None:
    rows = "<tbody><tr><td>a</td><td>1</td></tr></tbody></table>"
    context = {"body": f"<table><thead><tr><th></th><th>n</th></tr></thead>{rows}"}
    accessibility.mend(None, "", "", context, None)  # type: ignore[arg-type]
    assert '<tr><th scope="row">a</th><td>1</td></tr>' in context["body"]
    context = {"body": f"<table><thead><tr><th>name</th><th>n</th></tr></thead>{rows}"}
    accessibility.mend(None, "", "", context, None)  # type: ignore[arg-type]
    assert "scope" not in context["body"]


def test_a_description_is_made_of_the_page_s_own_words() -> None:
    page = ".. note:: A box.\n\nOne :math:`x`.\n\nTwo words.\n\n" + "Three more. " * 40
    said = page_heads.description_of(publish_doctree(page))
    assert said.startswith("Two words. Three more.")
    assert said.endswith(" …")
    assert len(said) <= page_heads.LONGEST + 2


def test_what_is_laid_out_late_carries_its_expected_height() -> None:
    def page(inside: str) -> str:
        return f"<article><section><section id='a'><h2>A</h2>{inside}</section></section></article>"

    paragraph = f"<p>{'word ' * 60}</p>"
    done = expected_heights.with_heights(page(paragraph))
    narrow = expected_heights.heights(page(paragraph), expected_heights.NARROW)
    wide = expected_heights.heights(page(paragraph), expected_heights.WIDE)
    assert re.findall(r"<(\w+)[^>]*--narrow", done) == ["section"]
    measured = expected_heights.with_heights(page(f'{paragraph}<div class="self-check">{paragraph}</div>'))
    assert re.findall(r"<(\w+)[^>]*--narrow", measured) == ["p"], "what a checker measures was not laid out"
    assert all(narrow[at] > wide[at] > 0 for at in narrow)
    assert sum(expected_heights.heights(page(2 * paragraph), expected_heights.NARROW).values()) > sum(
        narrow.values()
    )
    assert expected_heights.with_heights(done) == done


def test_a_figure_in_two_widths_counts_once_on_each_screen() -> None:
    figure = '<picture><source width="336" height="700" /><img width="672" height="400" /></picture>'
    page = f"<section><section><h2>A</h2>{figure}</section></section>"
    without = page.replace(figure, "")

    def taken(screen: expected_heights.Screen) -> int:
        (tall,), (short,) = (expected_heights.heights(one, screen).values() for one in (page, without))
        return tall - short

    assert taken(expected_heights.NARROW) == 700
    assert taken(expected_heights.WIDE) == 400


def test_what_a_site_of_students_holds_is_noted_whole(tiny_site: Path) -> None:
    page = (tiny_site / "search.html").read_text("utf-8")
    assert '<meta name="description"' in page
    assert not (tiny_site / "genindex.html").exists()
