"""The class report: its figures on classes of every size, its escaping, its pseudonyms, in a real browser."""

from __future__ import annotations

import csv
import dataclasses
import json
import math
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from grading.__main__ import main
from grading.errors import CourseError
from grading.files import write_atomically
from grading.gradebook.writer import GradebookWriter
from grading.oddities import Oddity
from grading.report import write_report
from grading.report.figures import WIDE, outcome_bars
from grading.report.people import people, pseudonym
from grading.submission.autograded_notebook import autograded_notebook
from grading.submission.read import read_cells
from grading.submission.rebuild import rebuild
from grading.submission.results import CellMark, Result, ResultStore
from grading.units.unit import load_unit
from tests.grading.conftest import UNIT, cell, make_course, solved

TASKS = {
    "test_group_summary": 3,
    "test_no_pooling_interval": 2,
    "test_complete_pooling": 1,
    "test_f_ratio": 2,
    "test_partial_pooling": 4,
    "test_between_group_variance": 3,
    "test_shrinkage_estimate": 5,
}
WRITTEN = {"draw_shrinkage": 3, "who_moves_most": 3, "when_not_to_borrow": 3}
AXE = Path(__file__).parents[2] / "book" / "vendor" / "axe.min.js"
SWAPPED = "The two weights are swapped.\npartial_pooling, on these inputs:\n    tau2 = 3\n  expected 1, got 2"


KILLED = Oddity("process ended", "f_ratio", "killed")


def malformed(file):
    return Oddity("malformed notebook", file, "an empty file")


def result(student, shares=None, *, state="graded", cause=None, oddities=(), **marks):
    """A kept result: `shares` of the points per task, all right by default; `marks` replace cells' marks."""
    shares = shares or {}
    found = [
        CellMark(name, points, round(points * shares.get(name, 1.0), 2), f"{name}: correct on all 9 cases.")
        for name, points in TASKS.items()
    ]
    found += [CellMark(name, points, None, "", written=True) for name, points in WRITTEN.items()]
    if state in ("missing", "malformed"):
        found = [dataclasses.replace(mark, score=0.0) for mark in found]
    found = [marks.get(mark.grade_id, mark) for mark in found]
    return Result(student, UNIT, f"{hash(student) & 0xFFFFFFFF:032x}", state, cause, tuple(found), oddities, 0.5)


def swapped(message=SWAPPED):
    return CellMark("test_partial_pooling", 4, 1.2, message, "pooling_swapped_weights")


def keep(course, results, notebooks=None):
    """Keep results and notebooks as grading does, and enter the marks."""
    notebooks = notebooks or {}
    unit = load_unit(course, UNIT)
    store = ResultStore(course.root / "results" / UNIT)
    plain = solved()
    for entry in results:
        cells = read_cells(json.dumps(notebooks.get(entry.student, plain)).encode())
        text = autograded_notebook(unit.master, rebuild(unit.master, cells).steps, {}, {}, {}, entry.fingerprint)
        write_atomically(course.root / "autograded" / entry.student / UNIT / f"{UNIT}.ipynb", text)
        store.save(entry)
    with GradebookWriter(course, UNIT) as book:
        book.record(results, times={}, changed={})
    return course


def report(course, **options):
    made = write_report(course, UNIT, **options)
    return made, made.page.read_text(encoding="utf-8")


def table(made, name):
    path = next(path for path in made.tables if path.name == f"{name}.csv")
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def number(student):
    return f"student-{student:03}"


# ---------------------------------------------------------------- what it says


def test_the_dearest_task_comes_first_with_the_misconception_and_its_message(course):
    results = [result(number(k), test_partial_pooling=swapped()) for k in range(5)]
    results += [result(number(k), {"test_f_ratio": 0.5}) for k in range(5, 8)]
    made, page = report(keep(course, results))
    assert [(t.grade_id, t.lost) for t in made.findings.reteach] == [
        ("test_partial_pooling", 14),
        ("test_f_ratio", 3),
    ]
    top = page[page.index('id="reteach"') : page.index('id="marks"')]
    assert top.index("4 The compromise") < top.index("3b Do the data contradict it?")
    assert "pooling_swapped_weights" in top
    assert "The two weights are swapped." in top
    assert 'href="https://book.example.org/compromise.html"' in top


def test_discrimination_is_the_correlation_with_the_other_tasks(course):
    rng = np.random.default_rng(7)
    shares = [{name: round(float(rng.uniform()), 1) for name in TASKS} for _ in range(12)]
    made, _ = report(keep(course, [result(number(k), share) for k, share in enumerate(shares)]))
    scores = np.array([[round(p * share[name], 2) for name, p in TASKS.items()] for share in shares])
    expected = [
        np.corrcoef(scores[:, k], np.delete(scores, k, axis=1).sum(axis=1))[0, 1] for k in range(len(TASKS))
    ]
    found = [float(row["discrimination"]) for row in table(made, "tasks") if row["task"] in TASKS]
    assert found == pytest.approx(expected, abs=1e-9)
    passed = [float(row["pass_rate"]) for row in table(made, "tasks") if row["task"] in TASKS]
    assert passed == pytest.approx([np.mean([s[name] == 1.0 for s in shares]) for name in TASKS])


def test_a_mark_given_by_hand_counts_and_a_waiting_answer_does_not(course):
    keep(course, [result(number(k)) for k in range(3)])
    from nbgrader.api import Gradebook

    from grading.gradebook.writer import database_url

    with Gradebook(database_url(course), "test-course") as book:
        grade = book.find_grade("who_moves_most", UNIT, UNIT, number(1))
        grade.manual_score, grade.needs_manual_grade = 1.5, False  # as formgrader does
        book.db.commit()
    made, _ = report(course)
    row = next(row for row in table(made, "tasks") if row["task"] == "who_moves_most")
    assert (row["answers"], row["waiting"], row["mean_share"], row["points_lost"]) == ("1", "2", "0.5", "1.5")
    assert made.findings.reteach == []  # not while most answers wait


def test_the_page_of_a_book_on_this_machine_is_linked_if_it_is_there(course):
    for path in (course.root / "course.toml", course.master(UNIT)):
        path.write_text(path.read_text().replace("https://book.example.org", "../../_build/html"))
    keep(course, [result("student-1", {"test_partial_pooling": 0})])
    assert "The compromise, in the book" in report(course)[1]
    page = course.root / "_build" / "html" / "compromise.html"
    page.parent.mkdir(parents=True)
    page.touch()
    assert '<a href="../_build/html/compromise.html">The compromise</a>' in report(course)[1]


# ---------------------------------------------------------------- classes of every size


def test_an_ungraded_class_is_refused_with_the_command_to_run(course):
    with pytest.raises(CourseError, match="run 'python -m grading autograde borrowing'"):
        write_report(course, UNIT)


@pytest.mark.parametrize(
    ("results", "said"),
    [
        pytest.param([result("student-1")], "fewer than two answers", id="one student has no discrimination"),
        pytest.param(
            [result("student-1"), result("student-2")], "all have the same mark", id="two equal students"
        ),
        pytest.param(
            [result("student-1"), result("student-2", {"test_f_ratio": 0})],
            "all have the same marks elsewhere",
            id="two students who differ in one task",
        ),
        pytest.param(
            [result("student-1"), result("student-2", dict.fromkeys(TASKS, 0.5))],
            "with two it is always 1 or -1",
            id="a correlation of two is said to be none",
        ),
        pytest.param([result(number(k)) for k in range(30)], "all have the same mark", id="all marks equal"),
        pytest.param(
            [result(number(k), state="missing", cause=Oddity("no file", "borrowing.ipynb")) for k in range(5)],
            "No notebook ran to its end",
            id="everyone missing",
        ),
    ],
)
def test_small_and_flat_classes_give_words_and_never_nan(course, results, said):
    made, page = report(keep(course, results))
    assert said in page
    words = [page, *(path.read_text(encoding="utf-8") for path in made.tables)]
    assert not [text for text in words if "nan" in text.lower().replace("anova", "").replace("finan", "")]


def test_failures_are_named_and_left_out_of_the_figures(course):
    results = [result(number(k)) for k in range(4)]
    results.append(result("student-900", dict.fromkeys(TASKS, 0), state="crashed", cause=KILLED))
    results.append(
        result(
            "student-901",
            state="malformed",
            cause=malformed("borrowing.ipynb"),
        )
    )
    made, page = report(keep(course, results))
    assert made.findings.reteach == []
    assert [(f.student, f.state) for f in made.findings.failures] == [
        ("student-900", "crashed"),
        ("student-901", "malformed"),
    ]
    assert "an empty file" in page


def test_a_student_of_the_gradebook_without_a_submission_is_missing(course):
    keep(course, [result("student-1")])
    from nbgrader.api import Gradebook

    from grading.gradebook.writer import database_url

    with Gradebook(database_url(course), "test-course") as book:
        book.add_student("student-2")
    made, _ = report(course)
    assert [(f.student, f.state) for f in made.findings.failures] == [("student-2", "missing")]


def test_the_page_of_a_thousand_students_stays_small(course):
    rng = np.random.default_rng(3)
    results = [
        result(number(k), {name: float(rng.choice([0, 0.5, 1])) for name in TASKS}, test_partial_pooling=swapped())
        for k in range(1000)
    ]
    keep(course, results)
    made, page = report(course)
    assert len(table(made, "students")) == 1000
    assert len(page) < 400_000


# ---------------------------------------------------------------- hostile text


EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"


class Elements(HTMLParser):
    def __init__(self):
        super().__init__()
        self.alive = []

    def handle_starttag(self, tag, attrs):
        fetches = [v for k, v in attrs if k in ("src", "href") and not str(v).startswith(("#", "https://book."))]
        if tag in ("script", "img", "iframe", "object", "link", "form") or fetches:
            self.alive.append((tag, attrs))
        self.alive += [(tag, k) for k, _ in attrs if k.startswith("on")]


def test_nothing_of_a_students_is_alive_in_the_page(course):
    notebooks = {}
    for k in range(9):
        notebook = solved()
        if k < 2:  # two who share odd code, so that it is shown
            lines = "\n".join(f"    v{j} = [{j} * w for w in y if w > {j}]" for j in range(20))
            source = f"def f_ratio(y, group):\n    t = '{EVIL}\u202e'\n{lines}\n    return 0"
            cell(notebook, "f_ratio")["source"] = source
        notebooks[f"student-{k}"] = notebook
    odd = Oddity("second notebook", f"{EVIL}.ipynb")
    results = [
        result(name, oddities=(odd,), test_partial_pooling=swapped(f"{EVIL}\n{EVIL}"))
        for name in sorted(notebooks)
    ]
    results.append(result("student-99", state="malformed", note=f"{EVIL}.ipynb: not JSON"))
    made, page = report(keep(course, results, notebooks))
    assert made.findings.alike.found >= 1
    assert "&lt;script&gt;" in page
    assert "\u202e" not in page  # it would turn the rest of the line round
    elements = Elements()
    elements.feed(page)
    assert elements.alive == []


def test_a_students_text_is_no_formula_in_a_table(course):
    made, _ = report(keep(course, [result("student-9", state="malformed", cause=malformed("=HYPERLINK(1)"))]))
    assert table(made, "students")[0]["note"] == "'=HYPERLINK(1): an empty file"


# ---------------------------------------------------------------- without names


def test_a_pseudonym_is_stable_and_depends_on_the_secret():
    assert pseudonym(b"s" * 32, "student-01") == pseudonym(b"s" * 32, "student-01")
    assert pseudonym(b"s" * 32, "student-01") != pseudonym(b"t" * 32, "student-01")
    assert len({pseudonym(b"s" * 32, number(k)) for k in range(2000)}) == 2000


def test_oddities_of_one_cause_are_one_row_with_where_and_whose(course):
    lost = tuple(Oddity("lost id", f"task_{k}") for k in range(20))
    anothers = tuple(Oddity("another's answer", name, "student-9") for name in ("a", "b"))
    keep(course, [result("student-1", oddities=lost), result("student-2", oddities=(*lost[:1], *anothers))])
    made, html = report(course)
    cause = lost[0].split()[1]
    rows = table(made, "oddities")
    assert [(row["oddity"], row["student"]) for row in rows if row["oddity"] == cause] == [
        (cause, "student-1"),
        (cause, "student-2"),
    ]
    assert rows[0]["where"] == ", ".join(f"task_{k}" for k in range(20))
    assert html.count(cause) == 1
    assert "task_7 and 12 more" in html
    assert all(html.count(oddity.text.replace("'", "&#39;")) >= 1 for oddity in anothers)  # each to be looked at
    assert "Nothing here cost a point" not in html


def test_the_anonymous_report_holds_no_name(course):
    named = "zorro.vega"
    notebooks = {f"student-{k}": solved() for k in range(8)} | {named: solved(), "other.fox": solved()}
    lines = "\n".join(f"    v{j} = [{j} * w for w in y if w > {j}]  # by Zorro Vega" for j in range(20))
    for name in (named, "other.fox"):
        said = '    """By Zorro Vega."""\n    t = "Zorro Vega", b"Zorro Vega"'
        source = f"def f_ratio(y, group):\n{said}\n{lines}\n    return 0"
        cell(notebooks[name], "f_ratio")["source"] = source
    results = [result(name) for name in sorted(notebooks) if name != named]
    oddities = (
        Oddity("second notebook", "Zorro Vega hw.ipynb"),
        Oddity("other name", "Zorro-Vega.ipynb", "borrowing.ipynb"),
        Oddity("earlier", detail="something that an earlier version said about Zorro Vega"),
        Oddity("locked cell edited", "test_f_ratio"),
    )
    results.append(
        result(named, oddities=oddities, test_partial_pooling=swapped("Swapped.\n  got 'zorro.vega'")),
    )
    results.append(result("vega2", state="malformed", cause=malformed("Zorro Vega.ipynb")))
    made, page = report(keep(course, results, notebooks), anonymous=True)
    assert made.findings.alike.found >= 1
    everything = [page, made.page.name, *(path.read_text(encoding="utf-8") for path in made.tables)]
    for text in everything:
        assert "zorro" not in text.lower()
        assert "vega" not in text.lower()
        assert "student-" not in text
    assert "the notebook is not called borrowing.ipynb" in page
    assert "locked, but edited" in page
    assert Oddity("earlier").impersonal in page
    labels = [row["student"] for row in table(made, "students")]
    assert labels == sorted(labels)  # the order of the ids would tell who is who


def test_names_that_the_gradebook_holds_are_left_out_too():
    shown = people(["s1"], secret=b"s" * 32, private=["Zorro", "z@example.org"])
    assert shown.text("got 'Zorro', z@example.org, zorroaster") == "got '...', ..., zorroaster"


# ---------------------------------------------------------------- the command, the browser


def test_the_command_says_where_the_page_is_and_what_costs_most(course, capsys):
    keep(course, [result(number(k), test_partial_pooling=swapped()) for k in range(3)])
    assert main(["--course", str(course.root), "report", UNIT]) == 0
    said = capsys.readouterr().out
    assert "results/borrowing-report.html" in said
    assert "8.4 points lost: 4 The compromise" in said


def test_an_output_that_is_no_page_is_refused(course, capsys):
    keep(course, [result("student-1")])
    assert main(["--course", str(course.root), "report", UNIT, "--output", str(course.root / "r.csv")]) == 1
    assert "ends in .html" in capsys.readouterr().err


def test_looking_makes_no_gradebook(course):
    store = ResultStore(course.root / "results" / UNIT)
    store.save(result("student-1"))
    with pytest.raises(CourseError, match="no gradebook yet"):
        write_report(course, UNIT)
    assert not (course.root / "gradebook.db").exists()


@pytest.fixture(scope="module")
def rich_page(tmp_path_factory):
    """A report in which every section has something to show."""
    course = make_course(tmp_path_factory.mktemp("rich") / "course")
    rng = np.random.default_rng(5)
    notebooks = {number(k): solved() for k in range(12)}
    lines = "\n".join(f"    v{j} = [{j} * w for w in y if w > {j}]" for j in range(20))
    for k in range(2):
        cell(notebooks[number(k)], "f_ratio")["source"] = f"def f_ratio(y, group):\n{lines}\n    return 0"
    results = [
        result(
            name,
            {task: float(rng.choice([0, 0.5, 1])) for task in TASKS},
            test_partial_pooling=swapped(),
            oddities=(Oddity("moved cells"),),
        )
        for name in notebooks
    ]
    results.append(result("student-900", state="timed out", cause=KILLED))
    made, _ = report(keep(course, results, notebooks))
    return made.page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible_self_contained_and_fits_a_phone(rich_page, browser, scheme):
    page = browser.new_page(viewport={"width": 360, "height": 800}, color_scheme=scheme, bypass_csp=True)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    try:
        page.goto(rich_page.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.add_script_tag(path=str(AXE))
        found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)")
        assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found] == []
        assert [url for url in asked if not url.startswith("file:")] == []
        assert len(asked) == 1
    finally:
        page.close()


def test_a_percent_histogram_counts_every_student_once(course):
    shares = [dict.fromkeys(TASKS, share) for share in (0, 0.1, 0.5, 0.99, 1, 1)]
    made, _ = report(keep(course, [result(number(k), share) for k, share in enumerate(shares)]))
    assert sum(made.findings.bins) == 6
    assert made.findings.bins[-1] == 3
    assert made.findings.marks is not None
    assert math.isclose(made.findings.marks.highest, 100)


def test_bars_share_one_scale_with_what_still_waits():
    some = {"full marks": 3, "some": 0, "none": 1, "not written": 0, "to be marked": 0}
    waiting = {"full marks": 0, "some": 0, "none": 0, "not written": 1, "to be marked": 3}
    drawn = str(outcome_bars([("one", some), ("another", waiting)], "words"))
    widths = [float(width) for width in re.findall(r'width="([\d.]+)" height="15"', drawn)]
    assert widths == [WIDE * share - 2 for share in (0.75, 0.25, 0.25, 0.75)]
    assert "1 not written, 3 to be marked" in drawn
