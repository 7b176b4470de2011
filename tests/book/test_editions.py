"""Two editions: the students' holds no answer to what a unit grades before its time, and all of them after it."""

from __future__ import annotations

import ast
import html
import inspect
import io
import json
import re
import textwrap
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import audit
import editions
import moved
import pytest
import reveal
from answers import answers_of
from playwright.sync_api import expect

import reference_impl
import reference_impl.worlds
from grading.course import Course
from grading.units import hidden_tests

from .conftest import ROOT, Once, Opener, built, tiny_book

COURSE = Course(ROOT)
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
TEXTS = (".html", ".js", ".json", ".py", ".md", ".ipynb", ".txt", ".toml", ".csv", ".xml")


# ---------------------------------------------------------------- what an answer is, told without the extensions


def squeezed(text: str) -> str:
    """Text without white space, the markup of listings, and the escapes of JSON."""
    plain = html.unescape(re.sub(r"</?(?:span|a|code)[^>]*>", "", text))
    return "".join(plain.replace("\\n", "").replace('\\"', '"').split())


def bodies_of(code: str) -> Iterator[tuple[str, str, str]]:
    """Name, syntax tree and text of the body of each function in a text, docstrings aside."""
    code = textwrap.dedent(code)
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            lines = code.splitlines()[body[0].lineno - 1 : body[-1].end_lineno] if body else []
            yield node.name, ast.dump(ast.Module(body, [])), squeezed("\n".join(lines))


@cache
def answers_to(unit: str) -> dict[str, tuple[str, str]]:
    """What answers a unit's functions, by name: the solution's, and those of the reference that checks call."""
    graded = hidden_tests.checks(COURSE, unit)
    source = COURSE.source(unit).read_text("utf-8")
    found = {f"{unit}: {name}": both for name, *both in bodies_of(source) if name in graded}
    for check in graded.values():
        text = inspect.getsource(inspect.unwrap(check.reference))
        for called in {*re.findall(r"reference_impl\.(\w+)", text), check.name}:
            function = getattr(reference_impl, called, None)
            if inspect.isfunction(function):
                ((_, *both),) = bodies_of(inspect.getsource(function))
                found[f"{unit}: reference_impl.{called}"] = both
    return found


def code_in(name: str, text: str) -> list[str]:
    """Pieces of a file that may be Python."""
    if name.endswith(".html"):
        pieces = re.findall(r"<pre[^>]*>(.*?)</pre>", text, re.DOTALL)
        return [html.unescape(re.sub(r"<[^>]*>", "", piece)) for piece in pieces]
    if name.endswith(".ipynb"):
        return ["".join(cell["source"]) for cell in json.loads(text)["cells"]]
    if name.endswith(".md"):
        return re.findall(r"^```.*?\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return [text] if name.endswith(".py") else []


def files(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """A file, or what is in it if it is an archive."""
    if content[:4] != b"PK\3\4":
        yield name, content
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.namelist():
            yield from files(f"{name}/{member}", archive.read(member))


def held(site: Path, *units: str) -> dict[str, set[str]]:
    """Answers to some units that a site holds, and where: as Python, as plain text, as compiled code."""
    trees = {tree: name for unit in units for name, (tree, _) in answers_to(unit).items()}
    lines = {text: name for unit in units for name, (_, text) in answers_to(unit).items()}
    found: dict[str, set[str]] = {}
    for path in (path for path in sorted(site.rglob("*")) if path.is_file()):
        for name, content in files(path.relative_to(site).as_posix(), path.read_bytes()):
            if b"reference_impl" in content and not name.endswith(TEXTS):
                found.setdefault("compiled", set()).add(name)  # bytecode names its file
            if b"return" not in content or not name.endswith(TEXTS) or "/pyodide/" in name:
                continue
            text = content.decode("utf-8")
            in_code = [tree for piece in code_in(name, text) for _, tree, _ in bodies_of(piece)]
            flat = squeezed(text)
            for answer in {trees[tree] for tree in in_code if tree in trees}:
                found.setdefault(answer, set()).add(name)
            for answer in {lines[line] for line in lines if line in flat}:
                found.setdefault(answer, set()).add(name)
    return found


def whole(*units: str) -> set[str]:
    """The answers that a site holds if it holds all of what solutions write."""
    return {name for unit in units for name in answers_to(unit) if "reference_impl" not in name}


# ---------------------------------------------------------------- this book


def withheld() -> list[str]:
    """This course's units whose answers are withheld today."""
    return reveal.withheld_units(ROOT, datetime.now(UTC))


def test_students_edition_holds_no_graded_answer_before_its_time(site: Path) -> None:
    assert withheld(), "course.toml reveals every unit, so nothing is proved here"
    assert held(site.parent / "html", *withheld()) == {}


IN_OTHER_WORDS = [
    "X.T@(X*(probability*(1-probability))[:,None])",
    "X.T@(y-probability)",
    "np.sqrt(np.diag(np.linalg.inv(",
    "Z.T@(Z*(p*(1-p))[:,None])",
    "voted*eta-np.logaddexp(0,eta)",
    "gap**2@drawn.n/(groups-1)",
]


def test_students_edition_holds_no_task_in_other_words(site: Path) -> None:
    found = []
    for path in sorted(path for path in (site.parent / "html").rglob("*") if path.is_file()):
        if {"vendor", "pyodide", "downloads"} & {*path.parts}:  # the last holds the exercises themselves
            continue
        for name, content in files(path.name, path.read_bytes()):
            text = squeezed(content.decode("utf-8", "replace")) if name.endswith(TEXTS) else ""
            found += [(name, line) for line in IN_OTHER_WORDS if line in text]
    assert found == []


def test_what_says_that_it_is_a_task_in_other_words_is_an_answer() -> None:
    answers = answers_of(COURSE, COURSE.units)
    code = inspect.getsource(reference_impl.worlds.mean_squares).replace("gap", "distance")
    assert [one.name for one in answers.held(code)] == ["f_ratio"]


COPIED = """
def path_of(design, outcome):
    at = np.zeros(design.shape[1])
    for _ in range(9):
        chance = logistic(design @ at)
        bend = design.T @ (design * (chance * (1 - chance))[:, None])
        at = at + np.linalg.solve(bend, SLOPE)
    return at
"""
OTHER = (
    "fit = design @ coef\nshares = np.array([voted[age == k].mean() for k in range(6)])\nprint(w * (y - m) ** 2)\n"
)


def test_a_copy_of_a_computation_in_another_function_or_loop_is_found(tmp_path: Path) -> None:
    answers = answers_of(COURSE, COURSE.units)
    assert answers.copied(COPIED.replace("SLOPE", "design.T @ (outcome - chance)")) == {"logistic_regression"}
    assert answers.copied("se = np.sqrt(np.diag(np.linalg.inv(bend)))") == {"logistic_regression"}
    assert answers.copied(OTHER) == set()
    (tmp_path / "page.html").write_text(f"<pre>{COPIED.replace('SLOPE', 'slope')}</pre>", "utf-8")
    assert audit.found_in(tmp_path, answers) == [
        "page.html (computes what a task of logistic_regression asks for)"
    ]


def test_what_bears_a_name_of_its_own_answers_nothing() -> None:
    answers = answers_of(COURSE, COURSE.units)
    for function in (reference_impl.shrinkage_factor, reference_impl.heterogeneity_variance):
        assert answers.of(inspect.getsource(function), ours=True) == []


def test_teachers_edition_holds_every_graded_answer(site: Path) -> None:
    assert whole(*COURSE.units) <= held(site, *COURSE.units).keys()


# ---------------------------------------------------------------- a course of which some answers are out

DATES = """
course_id = "c"
units = ["shrinkage", "linear_regression", "logistic_regression"]
book_url = "https://book.example.org"
[dates.shrinkage]
reveal = "always"
[dates.linear_regression]
reveal = 2020-10-01T09:00:00
[dates.logistic_regression]
reveal = 2999-10-01T09:00:00
"""
OUT, IN = ("shrinkage", "linear_regression"), ("logistic_regression",)
TYPED = """---
file_format: mystnb
kernelspec: {name: python3, display_name: Python 3}
language_info: {name: python, pygments_lexer: python}
mystnb: {execution_mode: "off"}
---
# Typed

```{code-cell} python
RENAMED
```

```python
fitted_probabilities = lambda X, y: sigmoid(X @ fit_logistic(X, y))
```

A fragment of a file:

```{literalinclude} ../reference_impl/logistic.py
:lines: FROM-TO
```

````{admonition} Words that stay
With a listing:
```{literalinclude} ../reference_impl/logistic.py
:pyobject: log_likelihood
```
````

````{admonition} The code: sigmoid
:class: dropdown
```{literalinclude} ../reference_impl/logistic.py
:pyobject: sigmoid
```
````

```{literalinclude} demo/formulas.js
:lines: 1-20
```

```{code-cell} python
:tags: [hide-input, answers-logistic_regression]
tagged_code = 1
```

```{code-cell} python
:tags: [answers-shrinkage]
of_a_unit_that_is_out = 1
```

````{teachers}
For teachers alone: [their page](theirs.md).
````
"""


def typed() -> str:
    """A page that shows a withheld answer in every way but by its name."""
    (node,) = ast.parse(inspect.getsource(reference_impl.log_likelihood)).body
    text = ast.unparse(node).replace("def log_likelihood", "def renamed")
    text = re.sub(r"\bX\b", "table", re.sub(r"\by\b", "outcome", text))
    lines, first = inspect.getsourcelines(reference_impl.fit_logistic)
    last = first + len(lines)
    return TYPED.replace("RENAMED", text).replace("FROM", str(last - 8)).replace("TO", str(last - 1))


def listings(units: tuple[str, ...]) -> str:
    """A page with a listing of each function that checks call, whole."""
    blocks = ["# Listings\n"]
    for name in sorted(name for unit in units for name in answers_to(unit) if "reference_impl." in name):
        function = name.rpartition(".")[2]
        path = inspect.getsourcefile(getattr(reference_impl, function))
        blocks.append(f"```{{literalinclude}} ../reference_impl/{Path(path).name}\n:pyobject: {function}\n```\n")
    return "\n".join(blocks)


@pytest.fixture(scope="module")
def mixed(once: Once) -> Path:
    """The students' edition of a course of which one unit is open, one was due and one is not."""

    def make(folder: Path) -> None:
        pages = {"index": "# Start\n\n```{answers}\n```\n", "out": listings(OUT), "in": listings(IN)}
        old = {"gone": "out", "gone#there": "in#listings", "typed#away": "out#listings", "gone#theirs": "theirs"}
        renamed = {"self-check/old": "self-check/new"}
        url = "  url: https://github.com/example/course"
        change = lambda text: text.replace('  url: ""', url)  # noqa: E731
        pages |= {"typed": typed(), "theirs": "# Theirs\n"}
        tiny_book(folder, pages, change=change, moved=old, renamed=renamed)
        toc = "format: jb-book\nroot: index\nparts:\n- caption: All\n  chapters:\n"
        toc += "".join(f"  - file: {name}\n" for name in ("out", "in", "typed"))
        (folder / "book" / "_toc.yml").write_text(
            toc + "- caption: For teachers\n  chapters: [{file: theirs}]\n", "utf-8"
        )
        for name in ("reference_impl", "solutions", "tests"):
            (folder / name).symlink_to(ROOT / name, target_is_directory=True)
        (folder / "course.toml").write_text(DATES, "utf-8")
        built(folder)

    return once("mixed", make) / "_build" / "html"


class TestMixedCourse:
    def test_what_is_withheld_stands_nowhere(self, mixed: Path) -> None:
        assert held(mixed, *IN) == {}

    def test_what_is_out_stands_there(self, mixed: Path) -> None:
        assert set().union(*map(answers_to, OUT)) == set(held(mixed, *OUT))

    def test_a_formula_a_number_and_a_box_stand_instead(self, mixed: Path) -> None:
        page = (mixed / "in.html").read_text("utf-8")
        assert 'id="practise-sigmoid"' in page
        assert "mjx-container" in page
        assert "A worked number" in page

    @pytest.mark.parametrize("left", ["Words that stay", "With a listing", "A fragment of a file"])
    def test_words_around_code_stay(self, left: str, mixed: Path) -> None:
        assert left in (mixed / "typed.html").read_text("utf-8")

    @pytest.mark.parametrize(
        "gone", ["renamed", "lambda", "Weights on the own mean", "For teachers alone", "tagged_code"]
    )
    def test_no_other_way_leads_round(self, gone: str, mixed: Path) -> None:
        page = (mixed / "typed.html").read_text("utf-8")
        article = page[page.index("<article") : page.index("</article>")]
        assert gone not in re.sub(r'<pre class="practise-starter".*?</pre>', "", article, flags=re.DOTALL)

    def test_a_tag_holds_a_cell_back_until_its_unit_is_out(self, mixed: Path) -> None:
        page = (mixed / "typed.html").read_text("utf-8")
        assert page.count(editions.LATER) == 1
        article = page[page.index("<article") : page.index("</article>")]
        assert article.count("<pre") - article.count('<pre class="practise-starter"') == 1
        assert "of_a_unit_that_is_out" in page
        assert "tagged_code" not in "".join(
            path.read_text("utf-8")
            for path in mixed.rglob("*.*")
            if path.suffix in (".html", ".js", ".py", ".json")
        )

    def test_the_teachers_part_and_the_sources_are_left_out(self, mixed: Path) -> None:
        assert not (mixed / "theirs.html").exists()
        assert not (mixed / "_sources").exists()

    def test_no_button_leads_to_the_repository(self, mixed: Path) -> None:
        assert [
            page.name for page in mixed.glob("*.html") if "github.com/example" in page.read_text("utf-8")
        ] == []

    def test_the_search_index_knows_no_word_of_an_answer(self, mixed: Path) -> None:
        words = (mixed / "searchindex.js").read_text("utf-8")
        assert "softplu" not in words


def test_an_answer_that_comes_in_another_way_is_found(tmp_path: Path) -> None:
    """As a file, in a wheel, in a notebook, compiled; what is out, or is only a stub, is none."""
    code = inspect.getsource(reference_impl.shrinkage_estimate)
    stub = "def shrinkage_estimate(y, group):\n    raise NotImplementedError\n\n\ndef f():\n    return 1\n"
    (tmp_path / "copied.py").write_text(re.sub(r"\bmoments\b", "m", code), "utf-8")
    (tmp_path / "stub.py").write_text(stub, "utf-8")
    (tmp_path / "out.py").write_text(inspect.getsource(reference_impl.fit_linear), "utf-8")
    (tmp_path / "code.pyc").write_bytes(b"\0reference_impl/shrinkage.py\0")
    notebook = {"cells": [{"cell_type": "code", "source": code.splitlines(keepends=True)}]}
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as wheel:
        wheel.writestr("b/c.py", code)
        wheel.writestr("b/n.ipynb", json.dumps(notebook))
    found = audit.found_in(tmp_path, answers_of(COURSE, ["shrinkage"]))
    assert [one.partition(" ")[0] for one in found] == ["a.whl/b/c.py", "a.whl/b/n.ipynb", "code.pyc", "copied.py"]
    assert "(answers shrinkage: shrinkage_estimate)" in found[0]


@pytest.mark.parametrize(
    ("written", "revealed"),
    [
        pytest.param("", False, id="no table"),
        pytest.param('reveal = "always"', True, id="always"),
        pytest.param("reveal = 2026-11-01T11:59:00", True, id="a minute ago"),
        pytest.param("reveal = 2026-11-01T12:01:00", False, id="in a minute"),
        pytest.param("reveal = 2026-11-01T13:30:00+02:00", True, id="another zone, past"),
        pytest.param("reveal = 2026-11-01T11:30:00-02:00", False, id="another zone, to come"),
        pytest.param("reveal = 2026-10-31", True, id="yesterday's date"),
        pytest.param("release = 2020-01-01", False, id="other dates"),
    ],
)
def test_answers_are_out_from_their_time_on(written: str, revealed: bool, tmp_path: Path) -> None:
    (tmp_path / "solutions").mkdir()
    table = f"[dates.u]\n{written}\n" if written else ""
    (tmp_path / "course.toml").write_text(f'course_id = "c"\nunits = ["u"]\nbook_url = "b"\n{table}', "utf-8")
    assert reveal.is_revealed(Course(tmp_path), "u", NOW) is revealed


# ---------------------------------------------------------------- old addresses


LEAD_ON = {
    "gone.html": "out.html",
    "gone.html#there": "in.html#listings",
    "gone.html#anything": "out.html#anything",
    "typed.html#away": "out.html#listings",
    "typed.html#typed": "typed.html#typed",
}


class TestMoved:
    def test_old_addresses_lead_on_and_renamed_progress_is_found(self, mixed: Path, open_page: Opener) -> None:
        page = open_page(f"{mixed.as_uri()}/out.html")
        page.evaluate("courseMemory.write('self-check/old', '2'); courseMemory.note('self-check/old', 'right')")
        for old, new in LEAD_ON.items():
            page.goto("about:blank")
            page.goto(f"{mixed.as_uri()}/{old}")
            expect(page).to_have_url(f"{mixed.as_uri()}/{new}")
        read = "[courseMemory.read('self-check/new'), courseMemory.state('self-check/new'), courseMemory.names()]"
        assert page.evaluate(read) == ["2", "right", ["done/self-check/new", "self-check/new"]]

    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            ("a", "b", "the page a is still there"),
            ("gone#x", "b", "the page gone is gone, so it needs a line of its own"),
            ("a#x", "c", "there is no page c"),
            ("a#x", "b#y", "there is no section b#y"),
            ("a#here", "b", "the section a#here is still there"),
        ],
    )
    def test_a_line_that_cannot_be_followed_is_refused(
        self, old: str, new: str, told: str, tmp_path: Path
    ) -> None:
        for page in "ab":
            (tmp_path / f"{page}.html").write_text('<h1 id="here">', "utf-8")
        config = SimpleNamespace(moved={old: new}, teachers_pages=[])
        app = SimpleNamespace(config=config, env=SimpleNamespace(found_docs={"a", "b"}), outdir=tmp_path)
        assert moved.faults_of(app, old, new) == [told]
