"""What is kept of a student's markdown and outputs cannot run, link or load."""

import pytest

from grading.submission.autograded_notebook import as_written, safe_markdown, safe_outputs
from tests.growth import growth


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<script>alert(1)</script>", id="a tag"),
        pytest.param("[x](javascript:alert(1))", id="a link"),
        pytest.param("[x][1]\n\n[1]: javascript:alert(1)", id="a reference"),
        pytest.param("![x](https://evil.example.org/p.png)", id="a picture"),
        pytest.param("<javascript:alert(1)>", id="an autolink"),
        pytest.param("see https://evil.example.org/p?q=1", id="a bare address"),
        pytest.param("HTTP://EVIL.EXAMPLE.ORG, https:// evil", id="an address in capitals"),
        pytest.param("`x`https://evil.example.org", id="an address after code"),
        pytest.param("- www.evil.example.org\n- ftp://evil.example.org", id="addresses in a list"),
    ],
)
def test_markdown_keeps_no_tag_script_link_or_picture(text):
    from nbconvert.filters import markdown2html_mistune

    html = markdown2html_mistune(safe_markdown(text))
    assert not any(mark in html.lower() for mark in ("<script", "<img", "<a ", "href="))
    from mistune import create_markdown

    assert "<a " not in create_markdown(plugins=["url"])(safe_markdown(text))


@pytest.mark.parametrize(
    "text", ["$\\href{javascript:x}{y}$", "$&#92;href{javascript:x}{y}$", "$&bsol;href{x}{y}$"]
)
def test_tex_commands_that_link_are_spelt_out(text):
    import html

    from nbconvert.filters import markdown2html_mistune

    assert "\\href" not in html.unescape(html.unescape(markdown2html_mistune(safe_markdown(text))))


@pytest.mark.parametrize(
    "text", ["$x < y$ and a <- 5", "`a & b` or $a &= b$", "a list: [1, 2] and f(x)[0]", "$\\bar y_j$ & more"]
)
def test_ordinary_answers_read_as_they_were_written(text):
    assert safe_markdown(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "<b>bold</b> & a<b, <!-- x --> and [a](b), [a][b], [a]: b",
        "&lt; and &#60;",
        "$\\href{x}{y} \\text{\\style{a}{b}}$",
    ],
)
def test_prose_looks_as_it_was_written_and_can_be_had_again(text):
    import unicodedata

    safe = safe_markdown(text)
    assert as_written(safe) == text
    assert {unicodedata.category(c) for c in safe if c not in text} <= {"Cf"}  # not seen


def test_long_markdown_takes_time_in_proportion():
    def make_safe(n):
        safe_markdown("](" * n + " " * n + "&a" * n + "<" * n)

    assert growth(make_safe, 25_000, 100_000) < 12  # 16 if it were quadratic


def test_outputs_keep_text_and_pictures_only():
    data = {
        "text/plain": "a",
        "text/html": "<b>",
        "image/svg+xml": "<svg/>",
        "image/png": "eA==",
        "text/latex": "$x$",
    }
    kept = safe_outputs([{"output_type": "display_data", "data": data, "metadata": {}}])
    assert kept[0]["data"] == {"text/plain": "a", "image/png": "eA=="}
    assert (
        safe_outputs([{"output_type": "display_data", "data": {"image/png": "'onerror="}, "metadata": {}}]) == []
    )
