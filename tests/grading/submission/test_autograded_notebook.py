"""What is kept of a student's markdown and outputs cannot run, link or load."""

import base64
import json
import re

import pytest

from grading.submission.autograded_notebook import as_written, autograded_notebook, safe_markdown, safe_outputs
from grading.submission.read import read_cells
from grading.submission.rebuild import rebuild
from grading.units.unit import load_unit
from tests.grading.conftest import UNIT, built, cell, solved
from tests.grading.submission.test_pictures import drawn
from tests.growth import assert_growth


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

    assert_growth(make_safe, 25_000, 100_000, below=12)  # 16 if it were quadratic


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


def kept_cell(answer, attachments, files):
    """The written answer's cell of the autograded notebook."""
    unit = load_unit(built(), UNIT)
    notebook = solved()
    cell(notebook, "who_moves_most").update(source=answer, attachments=attachments)
    steps = rebuild(unit.master, read_cells(json.dumps(notebook).encode())).steps
    kept = json.loads(autograded_notebook(unit.master, steps, {}, {}, {}, "", files))
    return cell(kept, "who_moves_most")


def as_formgrader_shows(kept):
    """HTML of a markdown cell, made as nbconvert and formgrader make it."""
    from nbconvert.exporters.html import HTMLExporter

    return HTMLExporter().markdown2html({"cell": kept}, kept["source"])


def test_pictures_that_were_handed_in_are_attached_and_shown():
    picture, attached = drawn("GIF"), base64.b64encode(drawn()).decode()
    kept = kept_cell(
        "See ![a <b>](plot.gif), <img src='attachment:x.png' onerror='x'>\n\n![](https://example.org/p.png) <b>",
        {"x.png": {"image/png": attached}, "unused.png": {"text/html": "<script>"}},
        {"plot.gif": picture},
    )
    assert kept["attachments"] == {
        "picture-1.gif": {"image/gif": base64.b64encode(picture).decode()},
        "picture-2.png": {"image/png": attached},
    }
    html = as_formgrader_shows(kept)
    assert re.findall(r'<img[^>]*? src="([^",]*),', html) == ["data:image/gif;base64", "data:image/png;base64"]
    assert html.count("<img") == 2
    assert "onerror" not in html
    assert "(a picture, https://example.org/p.png, is not loaded from elsewhere)" in as_written(kept["source"])


@pytest.mark.parametrize(
    "link", ["![x](attachment:picture-1.png)", "[x](attachment:picture-1.png)", "\u2060[x]\u2060(j:x)"]
)
def test_a_name_of_ours_that_a_student_types_is_no_link(link):
    html = as_formgrader_shows(kept_cell(f"![](plot.png) {link}", {}, {"plot.png": drawn()}))
    assert "<a" not in html
    assert html.count("<img") == 1
