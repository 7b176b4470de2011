"""The page that a student reads: where to start, what was handed in and said of it, and where to read again."""

from __future__ import annotations

import base64
import re

import pytest

from grading.__main__ import main
from grading.gradebook.writer import database_url
from grading.oddities import Oddity
from grading.report.feedback import write_feedback
from grading.report.start import MarkedTask, where_to_start
from grading.submission.results import CellMark
from tests.grading.conftest import UNIT, cell, solved
from tests.grading.report.test_report import keep, result, swapped
from tests.grading.submission.test_pictures import drawn

USES = {
    "group_summary": "def group_summary(y):\n    return y",
    "f_ratio": "def f_ratio(y):\n    return group_summary(y)",
    "shrink": "def shrink(y):\n    return f_ratio(y)",
    "apart": "def apart(y):\n    return y",
}


def marked(**right):
    return [MarkedTask(f"test_{name}", f"Task {name}", USES[name], is_right) for name, is_right in right.items()]


def words(html):
    return re.sub("<[^>]*>", "", str(html))


@pytest.mark.parametrize(
    ("tasks", "said"),
    [
        pytest.param([], "", id="nothing was tested"),
        pytest.param(marked(f_ratio=True, apart=True), "All 2 functions are right.", id="all"),
        pytest.param(marked(apart=True), "The function is right.", id="one, right"),
        pytest.param(
            marked(group_summary=False, f_ratio=False, shrink=False, apart=True),
            "1 of 4 functions is right. Start with group_summary: two others use it.",
            id="others use it, one of them through another",
        ),
        pytest.param(
            marked(group_summary=True, f_ratio=False, shrink=True, apart=False),
            "2 of 4 functions are right. Start with f_ratio: one other uses it.",
            id="the first that went wrong",
        ),
        pytest.param(
            marked(f_ratio=False, apart=False),
            "None of the 2 functions is right yet. Start with f_ratio.",
            id="none",
        ),
        pytest.param(marked(apart=False), "The function is not right yet. Start with apart.", id="nobody uses it"),
        pytest.param(
            [MarkedTask("test_x", "A number", "x = 1", False), *marked(apart=True)],
            "1 of 2 tasks is right. Start with A number.",
            id="a task without a function",
        ),
        pytest.param(
            [MarkedTask("test_x", "Broken", "def f(:\n", False)],
            "The task is not right yet. Start with Broken.",
            id="broken",
        ),
    ],
)
def test_the_first_line_says_where_to_start(tasks, said):
    assert words(where_to_start(tasks)) == said


def test_functions_that_call_each_other_come_to_an_end():
    both = [MarkedTask(a, a, f"def {a}():\n    return {b}()", False) for a, b in (("f", "g"), ("g", "f"))]
    assert "one other uses it" in where_to_start(both)


def page_of(course, results, notebooks=None, files=None):
    keep(course, results, notebooks)
    [page] = write_feedback(course, UNIT, students=[results[0].student])
    return page.read_text(encoding="utf-8")


def test_the_page_opens_with_where_to_start_and_the_link_leads_there(course):
    html = page_of(course, [result("student-01", {"test_f_ratio": 0.0}, test_partial_pooling=swapped())])
    start = re.search(r'<p class="start">(.*?)</p>', html)[1]
    assert words(start).startswith("5 of 7 functions are right. Start with f_ratio")
    assert re.search(r'href="#(\w+)"', start)[1] == "test_f_ratio"
    assert 'id="test_f_ratio"' in html


@pytest.mark.parametrize("state", ["malformed", "missing"])
def test_a_submission_that_was_not_read_is_not_told_where_to_start(course, state):
    assert 'class="start"' not in page_of(course, [result("student-01", state=state)])


@pytest.mark.parametrize("state", ["graded", "crashed", "timed out", "malformed", "missing"])
def test_only_where_something_ran_anything_earned_is_kept(course, state):
    html = page_of(course, [result("student-01", state=state)])
    assert ("What was earned before is kept." in html) == (state in ("crashed", "timed out"))


def test_of_several_notebooks_the_student_reads_which_did_not_count(course):
    second = Oddity("other notebook", "copy <2>.ipynb", "a second notebook, with 3 answers")
    html = page_of(course, [result("student-01", oddities=(Oddity("moved cells"), second))])
    assert "copy &lt;2&gt;.ipynb: a second notebook, with 3 answers, not graded." in html
    assert "moved" not in words(html)
    assert "One notebook counts" not in page_of(course, [result("student-02")])


def test_a_written_task_that_waits_says_so_once(course):
    html = page_of(course, [result("student-01")])
    sections = re.findall(r"<section.*?</section>", html, re.DOTALL)
    assert [section.count("to be marked by a person") for section in sections] == [0] * 7 + [1] * 3


def test_what_was_written_is_rendered_with_its_pictures(course):
    notebook = solved()
    answer = cell(notebook, "who_moves_most")
    answer["source"] = (
        "**School 01**: $\\hat\\mu_j$, a <b>tag</b>, a [link](javascript:x)\n\n"
        "![mine](attachment:x.png) ![](y.heic)"
    )
    answer["attachments"] = {"x.png": {"image/png": base64.b64encode(drawn()).decode()}}
    html = page_of(course, [result("student-01")], {"student-01": notebook})
    assert "<strong>School 01</strong>: <math" in html
    assert "a &lt;b&gt;tag&lt;/b&gt;, a [link](javascript:x)" in html
    assert f'<img alt="mine" src="data:image/png;base64,{base64.b64encode(drawn()).decode()}">' in html
    assert "(a picture, y.heic, cannot be shown here: no such file was handed in)" in html
    assert "\u2060" not in html


def test_a_markers_comment_is_rendered(course):
    from nbgrader.api import Gradebook

    keep(course, [result("student-01")])
    with Gradebook(database_url(course), "test-course") as book:
        found = book.find_comment("who_moves_most", UNIT, UNIT, "student-01")
        found.manual_comment = "Say **why**: $v_j = s_j^2/n_j$"
        book.db.commit()
    [page] = write_feedback(course, UNIT)
    html = page.read_text(encoding="utf-8")
    assert "Say <strong>why</strong>: <math" in html
    assert "**why**" not in html


def test_symbols_of_a_message_look_like_formulas(course):
    wrong = CellMark("test_group_summary", 3, 0.0, "The variance divides by n_j.\n  on y = [n_j]")
    html = page_of(course, [result("student-01", test_group_summary=wrong)])
    assert "The variance divides by <math" in html
    assert "<pre>  on y = [n_j]</pre>" in html


def local_book(course):
    """The course without an address of its book."""
    settings = course.root / "course.toml"
    settings.write_text(settings.read_text().replace("https://book.example.org", "../../_build/html"))
    text = course.master(UNIT).read_text(encoding="utf-8")
    course.master(UNIT).write_text(text.replace("https://book.example.org", "../../_build/html"), encoding="utf-8")
    return type(course)(course.root)


def test_read_again_is_a_link_to_the_book_on_the_web(course):
    html = page_of(course, [result("student-01", test_partial_pooling=swapped())])
    assert 'Read again: <a href="https://book.example.org/compromise.html">The compromise</a>' in html


def test_read_again_leads_to_the_book_beside_and_the_command_says_so(course, capsys):
    course = local_book(course)
    wrong = [result("student-01", test_partial_pooling=swapped())]
    assert "Read again: The compromise, in the book" in page_of(course, wrong)
    assert main(["--course", str(course.root), "feedback", UNIT]) == 0
    assert "book_url" not in capsys.readouterr().out
    built = course.root / "_build/html/compromise.html"
    built.parent.mkdir(parents=True)
    built.write_text("")
    html = page_of(course, wrong)
    link = re.search(r'Read again: <a href="([^"]*)">The compromise</a>', html)[1]
    assert (course.feedback_page("student-01", UNIT).parent / link).resolve() == built.resolve()
    assert main(["--course", str(course.root), "feedback", UNIT]) == 0
    assert "book_url" in capsys.readouterr().out
