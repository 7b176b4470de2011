"""What fails a build, and what a build writes."""

from __future__ import annotations

import ast
import base64
import json
import re
import zipfile
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import exercise_link
import figure_lab
import freshness
import lean_css
import lean_scripts
import numpy as np
import page_images
import pandas as pd
import pytest
import render_math
import statsmodels.formula.api as smf
import story
from fontTools.ttLib import TTFont
from PIL import Image
from varying_lines import fit_varying_lines

from reference_impl import design_matrix, fit_random_intercept
from reference_impl.datasets import faculty_salaries, simulated_schools

from .conftest import BOOK, ROOT, Once, build, built, tiny_book, with_pyodide

RAISING = """---
file_format: mystnb
kernelspec: {name: python3, display_name: Python 3}
---
# A page

```{code-cell} python
1 / 0
```
"""
FAULTS = {
    "broken-link": ("[text](no-such-page.md)", "no-such-page"),
    "missing-section": ("[text](#no-such-section)", "no-such-section"),
    "missing-reference": ("See {numref}`no-such-figure`.", "no-such-figure"),
    "missing-equation": ("See {eq}`no-such-equation`.", "no-such-equation"),
    "broken-formula": (r"A formula $\frac{1}{2$.", "Missing close brace"),
    "unknown-macro": ("$$\n\\nosuchmacro\n$$", "Undefined control sequence"),
    "missing-citation": ("{cite}`nobody2026`", "nobody2026"),
    "missing-include": (
        "```{literalinclude} _ext/story.py\n:pyobject: no_such_function\n```",
        "no_such_function",
    ),
    "unknown-figure": ("```{figure-lab} no-such-lab\nwords\n```", "no-such-lab"),
    "figure-without-words": ("```{figure-lab} weights-lab\n```", "no text alternative"),
    "unknown-function": ("```{practise} shrinkage no_such_function\nwords\n```", "no_such_function"),
    "unknown-unit-of-a-function": ("```{practise} no_such_room f\nwords\n```", "no_such_room"),
    "box-without-words": ("```{practise} shrinkage partial_pooling\n```", "Content block expected"),
    "box-that-drives-nothing": (
        "```{practise} shrinkage f_ratio\n:drives: no-such-figure\nwords\n```",
        "no-such-figure",
    ),
    "unknown-exercise": ("```{exercise-link} no_such_unit\n```", "no_such_unit"),
    "question-without-right-answer": (
        "```{self-check} one\n:question: Q?\n- [ ] a :: b\n- [ ] c :: d\n```",
        "a right one",
    ),
    "answer-without-feedback": (
        "```{self-check} two\n:question: Q?\n- [ ] a\n- [x] c :: d\n```",
        "has no feedback",
    ),
    "feedback-that-repeats-its-verdict": (
        "```{self-check} two-verdicts\n:question: Q?\n- [ ] a :: b\n- [x] c :: Right: d\n```",
        "begins with a verdict",
    ),
    "answers-that-print-alike": (
        "```{self-check} twins\n:question: Q?\n- [ ] 0.5 :: b\n- [x] $0.5$ :: d\n```",
        "two answers print alike",
    ),
    "question-without-text": ("```{self-check} three\n- [x] a :: b\n- [ ] c :: d\n```", "no :question:"),
    "numeric-without-else": (
        "```{self-check} four\n:type: numeric\n:question: Q?\n:answer: 1\n- 1 :: yes\n```",
        "- else :: feedback",
    ),
    "repeated-question": (
        "```{self-check} five\n:type: reveal\n:question: Q?\nA.\n```\n\n"
        "```{self-check} five\n:type: reveal\n:question: Q?\nA.\n```",
        "is used twice",
    ),
    "unknown-claim": ("A sentence. {claim}`no_such_claim`", "no_such_claim"),
    "claim-without-mark": ("A sentence.", "marks no sentence"),
    "claim-marked-twice": ("One. {claim}`sound` Two. {claim}`sound`", "marked twice"),
}
CLAIM = '@claim(false_when="never", x=1)\ndef sound(x=0):\n    """Zero is zero."""\n    assert x == 0\n'


BOX = "```{practise} shrinkage partial_pooling\nWrite it.\n```\n"
ELSEWHERE = "https://python.example/full"


@pytest.fixture(scope="session")
def broken(once: Once) -> Path:
    """A book with a fault on each page but the first, whose box has Python elsewhere, and what its build said."""

    def make(folder: Path) -> None:
        pages = {
            "index": f"# Sound\n\n{BOX}",
            **{name: f"# Page\n\n{text}\n" for name, (text, _) in FAULTS.items()},
        }
        address = f"practise_pyodide: {ELSEWHERE}"
        tiny_book(folder, pages, change=lambda config: config.replace("practise_pyodide: self", address))
        claims = folder / "book" / "claims"
        claims.mkdir()
        for name in ("claim_without_mark", "claim_marked_twice"):
            (claims / f"{name}.py").write_text(CLAIM, "utf-8")
        done = build(folder, folder)
        assert done.returncode != 0, "a book full of faults was built without one"
        (folder / "said.txt").write_text(re.sub(r"\x1b\[[0-9;]*m", "", done.stderr + done.stdout), "utf-8")

    return once("broken", make)


@pytest.mark.parametrize("name", FAULTS)
def test_fault_fails_the_build_and_is_named_with_its_page(name: str, broken: Path) -> None:
    said = (broken / "said.txt").read_text("utf-8")
    lines = [line for line in said.splitlines() if f"/{name}.md" in line and re.search("WARNING|ERROR", line)]
    assert any(FAULTS[name][1] in line for line in lines), "\n".join(lines) or said[-2000:]


def test_another_address_of_python_goes_into_the_boxes(broken: Path) -> None:
    page = (broken / "_build" / "html" / "index.html").read_text("utf-8")
    assert f'data-pyodide="{ELSEWHERE}/"' in page


def test_a_raising_cell_fails_the_build_and_its_kernel_warns_of_nothing_else(tmp_path: Path) -> None:
    tiny_book(tmp_path, {"index": RAISING})
    done = build(tmp_path, tmp_path)
    assert "IPKernelApp" not in done.stdout + done.stderr
    assert done.returncode != 0
    assert "ZeroDivisionError" in done.stdout + done.stderr
    assert not (tmp_path / "_build" / "html" / "index.html").exists()


START = """# Start

```{exercise-link} shrinkage
```

$$
x < y
$$ (eq-a)
"""


ADDRESS = "https://example.org/course"
COURSE = """
course_id = "c"
title = "A course of ours"
units = ["shrinkage"]
book_url = "x"
[dates.shrinkage]
deadline = 2026-10-15T23:59:00
reveal = "always"
[students]
repository = "https://github.com/example/students"
"""


@pytest.fixture(scope="class")
def placed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book that knows its address, its repository and where notebooks run, JupyterLite among the places."""
    folder = tmp_path_factory.mktemp("placed")

    def change(config: str) -> str:
        config = config.replace('  url: ""', "  url: https://github.com/example/course")
        config = config.replace('jupyterhub_url: ""', "jupyterhub_url: https://hub.example.org")
        config = config.replace("practise_lite: false", "practise_lite: true")
        return config.replace('colab_url: ""', "colab_url: https://colab.example.org")

    tiny_book(folder, {"index": START, "more": "# {{ course }}\n"}, change=change)
    (folder / "solutions").mkdir()
    (folder / "course.toml").write_text(COURSE, "utf-8")
    with_pyodide(folder, lite=True)
    return built(folder, BOOK_URL=ADDRESS)


LITE = 'href="lite/lab/index.html?path=shrinkage/shrinkage.ipynb"'


class TestPlacedSite:
    def test_sitemap_lists_every_page(self, placed: Path) -> None:
        locations = [element.text for element in ElementTree.parse(placed / "sitemap.xml").iter() if element.text]
        assert [text.strip() for text in locations if text.strip()] == [
            "https://example.org/course/index.html",
            "https://example.org/course/more.html",
        ]

    def test_edit_button_leads_to_the_source(self, placed: Path) -> None:
        page = (placed / "more.html").read_text("utf-8")
        assert "https://github.com/example/course/edit/main/book/more.md" in page

    def test_card_offers_the_places_that_are_configured_and_opens_the_students_repository(
        self, placed: Path
    ) -> None:
        page = (placed / "index.html").read_text("utf-8")
        hub = (
            "https://hub.example.org/hub/user-redirect/git-pull?repo=https%3A%2F%2Fgithub.com%2Fexample%2Fstudents"
        )
        assert hub in page
        assert "colab.example.org/github/example/students/blob/main/exercises/shrinkage/shrinkage.ipynb" in page
        assert "Binder" not in page
        for path in placed.glob("*.html"):
            text = path.read_text("utf-8")
            assert not re.search(r"(colab|hub)\.example\.org[^\"]*example(/|%2F)course", text), path

    def test_card_tells_when_the_exercise_is_due(self, placed: Path) -> None:
        page = (placed / "index.html").read_text("utf-8")
        assert "Hand in by: <strong>Thursday 15 October 2026, 23:59 (UTC)</strong>" in page

    def test_the_book_is_called_what_the_course_is_called(self, placed: Path) -> None:
        page = (placed / "more.html").read_text("utf-8")
        assert "<title>A course of ours" in page
        assert ">A course of ours<a" in page
        assert "{{" not in page.partition("<body")[2].partition("<script")[0]

    def test_card_opens_the_notebook_in_jupyterlite_where_it_was_built_and_asked_for(self, placed: Path) -> None:
        assert LITE in (placed / "index.html").read_text("utf-8")
        assert (placed / "lite" / "lab" / "index.html").exists()
        packages = json.loads((placed / "_static/vendor/pyodide/pyodide-lock.json").read_text("utf-8"))["packages"]
        assert {"matplotlib", "ipython", "jedi", "micropip", "ssl", "sqlite3"} <= set(packages)

    def test_preview_has_an_absolute_image(self, placed: Path) -> None:
        page = (placed / "index.html").read_text("utf-8")
        assert '<meta property="og:image" content="https://example.org/course/_static/social-preview.png"' in page
        assert (placed / "_static" / "social-preview.png").is_file()

    def test_missing_page_finds_its_assets_from_anywhere(self, placed: Path) -> None:
        assert 'href="/course/_static/book.css' in (placed / "404.html").read_text("utf-8")

    def test_a_formula_keeps_its_number_and_anchor(self, placed: Path) -> None:
        page = (placed / "index.html").read_text("utf-8")
        opening = '<div class="math notranslate nohighlight" id="equation-eq-a">\n<span class="eqno">(1)<a '
        _, found, rest = page.partition(opening)
        assert found
        assert "</a></span><mjx-container" in rest
        assert "<mo>&lt;</mo>" in rest.partition("</div>")[0]

    def test_unchanged_it_builds_again_and_stays_whole(self, placed: Path) -> None:
        before = {path: path.read_bytes() for path in (placed / "_static").rglob("*") if path.is_file()}
        page = placed / "index.html"
        written = page.stat().st_mtime_ns
        built(placed.parents[1], BOOK_URL=ADDRESS)
        assert page.stat().st_mtime_ns == written
        assert {path: path.read_bytes() for path in before} == before


PLAIN = f"# Start\n\nOne is one. {{claim}}`unity`\n\n```{{exercise-link}} shrinkage\n```\n\n{BOX}"


@pytest.fixture(scope="class")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book whose settings ask for what `make book` fetches, and that has none of it."""
    folder = tmp_path_factory.mktemp("bare")
    lite = "practise_lite: true"
    tiny_book(
        folder, {"index": PLAIN, "more": "# More\n"}, change=lambda c: c.replace("practise_lite: false", lite)
    )
    (folder / "book" / "claims").mkdir()
    (folder / "book" / "claims" / "index.py").write_text(CLAIM.replace("sound", "unity"), "utf-8")
    return built(folder)


class TestBareSite:
    def test_mark_of_a_claim_shows_nothing(self, bare: Path) -> None:
        page = (bare / "index.html").read_text("utf-8")
        assert "<p>One is one. </p>" in page
        assert "unity" not in page

    def test_boxes_lead_to_the_notebooks(self, bare: Path) -> None:
        page = (bare / "index.html").read_text("utf-8")
        assert 'data-pyodide=""' in page
        assert 'href="downloads/shrinkage.zip"' in page
        assert not (bare / "_static" / "vendor" / "pyodide").exists()
        assert (bare / "_static" / "practise" / "shrinkage" / "check.py").exists()

    def test_card_offers_no_jupyterlite(self, bare: Path) -> None:
        assert LITE not in (bare / "index.html").read_text("utf-8")
        assert not (bare / "lite").exists()

    def test_a_new_claim_is_missed_on_an_unchanged_page(self, bare: Path) -> None:
        folder = bare.parents[1]
        module = folder / "book" / "claims" / "index.py"
        before = module.read_text("utf-8")
        module.write_text(before + CLAIM.replace("sound", "later"), "utf-8")
        again = build(folder, folder)
        module.write_text(before, "utf-8")
        assert again.returncode != 0
        assert "'later' of claims/index.py marks no sentence" in again.stdout + again.stderr


class TestPlainSite:
    def test_without_an_address_there_is_no_sitemap_and_no_button(self, tiny_site: Path) -> None:
        page = (tiny_site / "questions.html").read_text("utf-8")
        assert not (tiny_site / "sitemap.xml").exists()
        assert "/edit/" not in page
        assert "Open in" not in page

    def test_card_offers_no_jupyterlite_that_nobody_asked_for(self, tiny_site: Path) -> None:
        assert (tiny_site.parent / "lite" / "lab" / "index.html").exists()
        page = (tiny_site / "questions.html").read_text("utf-8")
        assert 'class="exercise-card"' in page
        assert "lite/lab/index.html" not in page
        assert not (tiny_site / "lite").exists()

    def test_carries_no_trace_of_what_was_left_out(self, tiny_site: Path) -> None:
        page = (tiny_site / "questions.html").read_text("utf-8")
        assert not re.search(r"thebe|fontawesome\.js|unpkg|jsdelivr", page)
        assert not list((tiny_site / "_static").rglob("*.map"))


class TestFormulas:
    def test_stand_in_the_page_for_eyes_and_for_screen_readers(self, tiny_site: Path) -> None:
        page = (tiny_site / "questions.html").read_text("utf-8")
        assert page.count("<mjx-container") == page.count("<math ") >= 5
        assert r"\(" not in re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)

    def test_are_not_parted_from_the_punctuation_around_them(self) -> None:
        formula = '<span class="math notranslate nohighlight"><mjx-container>x</mjx-container></span>'
        done = render_math.keep_punctuation(f"(or {formula}), “{formula}”, {formula} and {formula}.")
        kept = '<span class="unbroken">{}</span>'.format
        assert (
            done == f"(or {kept(formula + '),')} {kept('“' + formula + '”,')} {formula} and {kept(formula + '.')}"
        )

    @pytest.mark.parametrize(
        ("tex", "expected"),
        [
            pytest.param("x", "x", id="one line stays"),
            pytest.param("x \\\\ y", r"\begin{split}x \\ y\end{split}", id="lines are split"),
            pytest.param(
                "x\n\ny",
                r" \begin{align}\begin{aligned}x\\y\end{aligned}\end{align} ",
                id="paragraphs become rows",
            ),
        ],
    )
    def test_lines_are_aligned(self, tex: str, expected: str) -> None:
        assert render_math.aligned(tex) == expected

    def test_what_cannot_be_set_is_named_with_its_line(self, broken: Path) -> None:
        said = (broken / "said.txt").read_text("utf-8")
        assert "/broken-formula.md:3: WARNING: formula: Missing close brace" in said


def test_pictures_get_their_size_and_wait_their_turn(tmp_path: Path) -> None:
    (tmp_path / "_images").mkdir()
    Image.new("RGB", (30, 20)).save(tmp_path / "_images" / "a.png")
    page = '<p><img alt="one" src="_images/a.png" /><img alt="two" src="_images/a.png"/></p>'
    done = page_images.with_sizes(page, tmp_path)
    assert done == (
        '<p><img alt="one" src="_images/a.png" width="30" height="20" fetchpriority="low" />'
        '<img alt="two" src="_images/a.png" width="30" height="20" loading="lazy" fetchpriority="low"/></p>'
    )
    assert page_images.with_sizes(done, tmp_path) == done


def test_a_figure_is_parted_in_two_files_and_shown_as_either(tmp_path: Path) -> None:
    (tmp_path / "_images").mkdir()
    wide, narrow = (f'<svg viewBox="0 0 {width} 300">' for width in (504, 252))
    figure = tmp_path / "_images" / "f.svg"
    figure.write_text(f"{wide}\n<!--narrow\n{narrow}-->\n", "utf-8")
    page_images.part(figure)
    assert page_images.narrow_of(figure).read_text("utf-8") == narrow
    done = page_images.with_sizes('<img alt="a" src="_images/f.svg" />', tmp_path)
    assert done == (
        '<picture><source media="(max-width: 36rem)" srcset="_images/f-narrow.svg" width="336" height="400" />'
        '<img alt="a" src="_images/f.svg" width="672" height="400" fetchpriority="low" /></picture>'
    )
    assert page_images.with_sizes(done, tmp_path) == done


def embedded(pixels: np.ndarray[Any, Any]) -> str:
    """An SVG file's picture in the picture."""
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return f'<image href="data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"/>'


@pytest.mark.parametrize(("colours", "cut"), [(200, True), (2000, False)], ids=["few colours", "too many"])
def test_a_picture_in_a_figure_gets_a_palette_and_keeps_its_pixels(colours: int, cut: bool) -> None:
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (colours, 4), np.uint8)[rng.integers(0, colours, (60, 80))]
    before = embedded(pixels)
    after = page_images.PNG_INSIDE.sub(page_images.smaller, before)
    assert (len(after) < len(before) / 2) == cut
    found = page_images.PNG_INSIDE.search(after)
    assert found
    shown = Image.open(BytesIO(base64.b64decode(found["data"]))).convert("RGBA")
    np.testing.assert_array_equal(np.asarray(shown), pixels)


class TestZip:
    def test_same_files_give_the_same_bytes(self, tmp_path: Path) -> None:
        unit = ROOT / "exercises" / "shrinkage"
        first, second = tmp_path / "a" / "shrinkage.zip", tmp_path / "b" / "shrinkage.zip"
        exercise_link.write_zip(unit, first)
        exercise_link.write_zip(unit, second)
        assert first.read_bytes() == second.read_bytes()

    def test_holds_what_a_student_needs(self, tiny_site: Path) -> None:
        with zipfile.ZipFile(tiny_site / "downloads" / "shrinkage.zip") as archive:
            assert archive.testzip() is None
            names = set(archive.namelist())
        assert {"shrinkage/shrinkage.ipynb", "shrinkage/check.py", "shrinkage/public_checks.json"} <= names

    def test_links_to_a_local_book_lead_to_the_site_that_has_an_address(self, tmp_path: Path) -> None:
        unit, target = ROOT / "exercises" / "shrinkage", tmp_path / "shrinkage.zip"
        exercise_link.write_zip(unit, target, local="../../_build/html", site="https://example.org/book")
        with zipfile.ZipFile(target) as archive:
            notebook = archive.read("shrinkage/shrinkage.ipynb").decode()
        assert "../../_build/html" not in notebook
        assert "](https://example.org/book/" in notebook

    def test_names_the_page_where_the_book_has_no_address(self, tmp_path: Path) -> None:
        unit, target = ROOT / "exercises" / "shrinkage", tmp_path / "shrinkage.zip"
        exercise_link.write_zip(unit, target, local="../../_build/html")
        with zipfile.ZipFile(target) as archive:
            notebook = archive.read("shrinkage/shrinkage.ipynb").decode()
        assert "_build" not in notebook
        assert "Read first: *The compromise* (a page of the book)." in notebook
        assert json.loads(notebook)["cells"]

    def test_leaves_caches_out(self, tmp_path: Path) -> None:
        unit = tmp_path / "unit"
        for name in ("unit.ipynb", "__pycache__/check.pyc", ".ipynb_checkpoints/unit.ipynb"):
            (unit / name).parent.mkdir(parents=True, exist_ok=True)
            (unit / name).write_text("x", "utf-8")
        assert [path.name for path in exercise_link.files_of(unit)] == ["unit.ipynb"]


def test_results_are_dropped_when_a_formula_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    formula = tmp_path / "reference_impl" / "formula.py"
    formula.parent.mkdir()
    monkeypatch.setattr(freshness, "ROOT", tmp_path)
    monkeypatch.setattr(freshness, "BOOK", tmp_path / "book")
    app = SimpleNamespace(outdir=str(tmp_path / "_build" / "html"))
    config = SimpleNamespace(nb_execution_cache_path="")
    result = tmp_path / "_build" / ".jupyter_cache" / "result"

    def kept_after(text: str) -> bool:
        formula.write_text(text, "utf-8")
        freshness.drop_stale_results(app, config)
        kept = result.exists()
        result.touch()
        return kept

    assert [kept_after("x = 1"), kept_after("x = 1"), kept_after("x = 2")] == [False, True, False]


@pytest.mark.parametrize(
    ("css", "expected"),
    [
        pytest.param(".a{x:1}.b{x:2}", ".a{x:1}", id="an unknown class goes"),
        pytest.param(".b,.a>p{x:1}", ".a>p{x:1}", id="one of several selectors goes"),
        pytest.param(".a:not(.b){x:1}", ".a:not(.b){x:1}", id="what is excluded need not exist"),
        pytest.param(":is(.a,.b) p{x:1}", ":is(.a,.b) p{x:1}", id="alternatives stay"),
        pytest.param("@media print{.b{x:1}}", "", id="an empty block goes"),
        pytest.param("@media print{.a{x:1}.b{x:1}}", "@media print{.a{x:1}}", id="blocks are searched"),
        pytest.param("@keyframes k{from{x:1}to{x:2}}", "@keyframes k{from{x:1}to{x:2}}", id="other at-rules stay"),
        pytest.param('p::after{content:"}.b{"}', 'p::after{content:"}.b{"}', id="braces in strings are text"),
        pytest.param(".dept-3{x:1}", ".dept-3{x:1}", id="a script may complete a name"),
        pytest.param(r".md\:a{x:1}", "", id="an escaped name is compared unescaped"),
        pytest.param("p{x:1}#z{y:1}dl{x:1}#y{y:1}", "p{x:1}\n#z{y:1}", id="so do unknown elements and ids"),
        pytest.param("P::before:hover{x:1}", "P::before:hover{x:1}", id="what follows a colon is no element"),
        pytest.param("[data-x]{y:2}*{y:3}", "[data-x]{y:2}\n*{y:3}", id="other selectors stay"),
    ],
)
def test_purge(css: str, expected: str) -> None:
    assert lean_css.purge(css, {".a", ".dept-", "p", "#z"}) == expected


@pytest.mark.parametrize(
    ("css", "expected"),
    [
        pytest.param("p{--a:1;--b:2;x:var(--b)}", "p{--b:2;x:var(--b)}", id="what nothing reads goes"),
        pytest.param(
            "p{--a:1;--b:var(--a)}@media print{p{x:var( --b,2)}}",
            "p{--a:1;--b:var(--a)}\n@media print{p{x:var( --b,2)}}",
            id="what is read by what is read stays",
        ),
        pytest.param("p{--a:var(--b);--b:var(--a)}", "", id="rings go, and empty rules"),
        pytest.param("p{--in-a-script:1;--done-1: }", "p{--in-a-script:1;--done-1: }", id="scripts may read, too"),
        pytest.param(
            "p{--a:1}@keyframes k{to{x:var(--a)}}", "p{--a:1}\n@keyframes k{to{x:var(--a)}}", id="keyframes read"
        ),
        pytest.param("p{x : 1 ! important; y:2}", "p{x:1!important;y:2}", id="other declarations stay"),
        pytest.param("p{--a:1;&:hover{x:1}}", "p{--a:1;&:hover{x:1}}", id="rules within rules stay as they are"),
    ],
)
def test_properties_that_nothing_reads_go(css: str, expected: str) -> None:
    assert lean_css.without_unread(css, {"--in-a-script", "--done-"}) == expected


def test_of_bootstrap_only_the_parts_that_pages_name_count() -> None:
    words = ["tooltip-inner", "modal-dialog", "show", "carousel"]
    page = '<button data-bs-toggle="tooltip">'
    assert lean_css.of_bootstrap(words, [page]) == {"tooltip-inner", "show", "bs-tooltip-"}


def test_scripts_of_all_pages_become_one_without_those_that_no_page_needs(tmp_path: Path) -> None:
    parts = {
        "a.js": "a()\n//# sourceMappingURL=a.js.map\n",
        "design-tabs.js": "tabs()",
        "copybutton.js": "b() // B",
    }
    for name, text in parts.items():
        (tmp_path / name).write_text(text, "utf-8")
    later = "setTimeout(() => {\nb() // B\n});\n"
    assert lean_scripts.joined(tmp_path, [*parts], {"note"}) == f"a()\n;\n{later}"
    assert lean_scripts.joined(tmp_path, [*parts], {"sd-tab-set"}) == f"a()\n;\ntabs()\n;\n{later}"


@pytest.mark.parametrize("css", [r'a{content:"\f0f3"}', 'a{--icon:"\uf0f3"}'], ids=["escaped", "as it is"])
def test_icons_are_found(css: str) -> None:
    assert lean_css.icons_of(lean_css.purge(css, set())) == {0xF0F3}


def test_icon_font_holds_every_icon_of_the_style_sheet(tiny_site: Path) -> None:
    static = tiny_site / "_static"
    wanted = lean_css.icons_of((static / lean_css.BUNDLE).read_text("utf-8"))
    fonts = [TTFont(path) for path in (static / lean_css.FONTS).glob("*.woff")]
    held = set().union(*(font.getBestCmap() or () for font in fonts))  # none of brands may be in use
    assert {0xF002, 0xF0F3} <= wanted  # the search button's and the note's
    assert {icon for icon in wanted if 0xE000 <= icon <= 0xF8FF} <= held


def test_fonts_of_formulas_hold_what_the_formulas_need_and_little_else(tiny_site: Path) -> None:
    static = tiny_site / "_static"
    wanted = lean_css.characters_of_formulas((static / lean_css.BUNDLE).read_text("utf-8"))
    assert wanted
    for name in ("MathJax_Main-Regular.woff", "MathJax_Math-Italic.woff", "MathJax_Size1-Regular.woff"):
        whole, cut = (
            TTFont(folder / lean_css.MATH_FONTS / name).getBestCmap() for folder in (BOOK / "assets", static)
        )
        assert cut.keys() == whole.keys() & wanted


def test_figure_scripts_hold_no_module_syntax() -> None:
    for name in figure_lab.LABS:
        script = figure_lab.bundle(name, BOOK / "demo")
        assert not re.search(r"^\s*(import|export)\b", script, re.MULTILINE)
        assert f'customElements.define("{name}"' in script


def test_varying_intercepts_alone_are_the_course_s_own_reml() -> None:
    data = simulated_schools()
    ones = np.ones((data.score.size, 1))
    fit = fit_varying_lines(data.score, ones, ones, data.school)
    reference = fit_random_intercept(data.score, data.school)
    np.testing.assert_allclose(
        fit.tau2, [reference.tau2], rtol=1e-7
    )  # EM stops within 1e-11 of a step, not of the root
    np.testing.assert_allclose(fit.sigma2, reference.sigma2, rtol=1e-8)
    np.testing.assert_allclose(fit.coef[0] + fit.effects[:, 0], reference.estimate, rtol=1e-7)


def test_varying_lines_are_the_best_linear_predictions() -> None:
    """Against the textbook form with the full covariance matrix, which the fit never builds."""
    data = faculty_salaries()
    X = design_matrix(data.years)
    fit = fit_varying_lines(data.salary, X, X, data.department)
    same = np.equal.outer(data.department, data.department)
    covariance = same * ((X * fit.tau2) @ X.T) + fit.sigma2 * np.eye(len(X))
    weighted = np.linalg.solve(covariance, X)
    coef = np.linalg.solve(X.T @ weighted, weighted.T @ data.salary)
    np.testing.assert_allclose(fit.coef, coef, rtol=1e-7)
    residual = np.linalg.solve(covariance, data.salary - X @ coef)
    for j, name in enumerate(np.unique(data.department)):
        mine = data.department == name
        np.testing.assert_allclose(fit.effects[j], fit.tau2 * (X[mine].T @ residual[mine]), rtol=1e-5, atol=1e-7)


def fitted_lines(model: Any, departments: list[str], ends: np.ndarray) -> np.ndarray:
    """What a statsmodels model says of each department at both ends of experience."""
    fit = model.fit()
    if not hasattr(fit, "random_effects"):
        grid = pd.DataFrame(
            [(name, year) for name in departments for year in ends], columns=["department", "years"]
        )
        return fit.predict(grid).to_numpy().reshape(-1, 2)
    effects = [fit.random_effects[name] for name in departments]
    start = [effect.get("department", 0.0) for effect in effects]
    rise = [effect.get("years", effect.get("years[years]", 0.0)) for effect in effects]
    average = fit.params["Intercept"] + fit.params["years"] * ends
    return average + np.array(start)[:, None] + np.array(rise)[:, None] * ends


@pytest.mark.parametrize("key", ["complete", "separate", "intercepts", "slopes", "both", "compare"])
def test_python_of_a_step_draws_the_lines_of_the_step(key: str) -> None:
    import figure_data

    data = figure_data.story()
    departments = data["departments"]
    columns = {"department": [departments[j] for j in data["member"]], "years": data["years"]}
    names = {"smf": smf, "staff": pd.DataFrame(columns | {"salary": data["salary"]})}
    (step,) = [one for one in story.steps(data) if one.key == key]
    calls = ast.parse(step.python.strip()).body
    ends = np.array([0.0, 30.0])
    drawn = ["separate", "complete", "both"] if key == "compare" else [key]
    assert len(calls) == len(drawn)
    for call, name in zip(calls, drawn, strict=True):
        model = eval(ast.unparse(call), names)  # the page's own code
        lines = np.array(data["lines"][name])
        expected = lines[:, [0]] + lines[:, [1]] * ends
        np.testing.assert_allclose(fitted_lines(model, departments, ends), expected, rtol=2e-4)


def test_code_of_the_story_fits_its_column() -> None:
    import figure_data

    for step in story.steps(figure_data.story()):
        for source in (step.python, step.r):
            assert max(map(len, source.strip().splitlines())) <= 40, source


def test_story_names_a_state_of_the_figure_at_every_step() -> None:
    import figure_data

    keys = [step.key for step in story.steps(figure_data.story())]
    states = re.findall(
        r"^  (?:(\w+): \[|(\w+): \[\], (\w+): \[\])", (BOOK / "demo" / "story-demo.js").read_text("utf-8"), re.M
    )
    assert keys[0] == "scatter"
    assert len(keys) == len(set(keys)) == 8
    assert states
