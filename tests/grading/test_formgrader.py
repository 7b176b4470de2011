"""nbgrader's formgrader in a real browser: a TA marks a written answer, the Autograde button grades alike."""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from grading.autograde.run import autograde
from grading.gradebook.writer import GradebookWriter, database_url
from grading.report.feedback import write_feedback
from tests.grading.conftest import ROOT, UNIT, cell, hand_in, make_course, solved
from tests.grading.submission.test_pictures import drawn

EVIL = (
    "School 01 moves most. <script>document.title = 'owned'</script> "
    "<img src=x onerror=\"document.title = 'owned'\"> "
    "$\\href{javascript:document.title='owned'}{click}$ [click](javascript:alert(1)) and $x<y$\n\n"
    "![beside the notebook](plot.png) <img src='attachment:x.png' alt='attached'> ![](https://example.org/p.png)"
)
ALT = ("beside the notebook", "attached")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def submission_id(course, student) -> str:
    """How formgrader, which shows no names while marking, calls a student's notebook."""
    from nbgrader.api import Gradebook

    with Gradebook(database_url(course), "test-course") as book:
        return book.find_submission_notebook(UNIT, UNIT, student).id


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A graded class, and formgrader on it."""
    course = make_course(tmp_path_factory.mktemp("formgrader") / "course")
    notebook = solved()
    answer = cell(notebook, "who_moves_most")
    answer["source"] = EVIL
    answer["attachments"] = {"x.png": {"image/png": base64.b64encode(drawn("PNG", (7, 5))).decode()}}
    hand_in(course, "student-01", notebook, plot__png=drawn("GIF"))
    autograde(course, UNIT)
    hand_in(course, "student-02", solved())  # for the button
    port = free_port()
    home = course.root.parent / "home"
    home.mkdir()
    environment = {
        **os.environ,
        "PATH": f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")),
    }
    log = (home / "server.log").open("w")
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyter", "server", "--no-browser", f"--port={port}", "--ServerApp.token=t"]
        + [f"--ServerApp.root_dir={course.root}", "--ServerApp.port_retries=0"]
        + (["--allow-root"] if os.geteuid() == 0 else []),
        cwd=course.root,
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    address = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{address}/formgrader/api/assignments?token=t", timeout=30).close()
            break
        except OSError:
            assert server.poll() is None, (home / "server.log").read_text()
            time.sleep(0.1)
    yield course, address
    server.terminate()
    server.wait(20)
    log.close()


@pytest.fixture(scope="module")
def page(served, browser):
    page = browser.new_page()
    page.route("**/*", lambda route: route.continue_() if "127.0.0.1" in route.request.url else route.abort())
    page.goto(f"{served[1]}/formgrader/manage_assignments?token=t")
    page.get_by_text("Manage Assignments").first.wait_for()
    yield page
    page.close()


def saved(course, student, name):
    """Whether a person's mark and comment have reached the gradebook."""
    with GradebookWriter(course, UNIT) as book:
        mark = book.marks([student])[student][name]
    return mark.manual is not None and mark.comment


def test_the_autograde_button_gives_the_same_marks(served, page):
    course, address = served
    page.goto(f"{address}/formgrader/manage_submissions/{UNIT}")
    row = page.locator("tr", has_text="student-02")
    row.locator("td.autograde a").click()
    page.get_by_text("Success").first.wait_for(timeout=120_000)
    with GradebookWriter(course, UNIT) as book:
        marks = book.marks(["student-01", "student-02"])
    assert {name: mark.auto for name, mark in marks["student-02"].items()} == {
        name: mark.auto for name, mark in marks["student-01"].items()
    }
    assert sum(mark.auto or 0 for mark in marks["student-02"].values()) == 20


def test_a_person_marks_a_written_answer_and_the_student_reads_it(served, page):
    course, address = served
    page.goto(f"{address}/formgrader/submissions/{submission_id(course, 'student-01')}/")
    page.get_by_text("School 01 moves most.").wait_for()
    page.wait_for_load_state("networkidle")  # formgrader fetches the marks last; what is typed before is lost
    box = page.locator(".nbgrader_cell", has_text="School 01 moves most.").last
    box.locator("input.score").fill("2.5")
    box.locator("input.score").blur()
    box.locator("textarea.comment").fill("Say why the share differs.")
    box.locator("textarea.comment").blur()
    deadline = time.monotonic() + 30  # formgrader saves in the background and says so only by a fading mark
    while not saved(course, "student-01", "who_moves_most") and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    page_text = write_feedback(course, UNIT, students=["student-01"])[0].read_text(encoding="utf-8")
    assert "2.5 of 3" in page_text
    assert "Say why the share differs." in page_text


def test_a_person_sees_the_pictures_of_a_written_answer(served, page):
    course, address = served
    page.goto(f"{address}/formgrader/submissions/{submission_id(course, 'student-01')}/")
    page.get_by_text("School 01 moves most.").wait_for()
    widths = {name: page.get_by_alt_text(name).evaluate("i => i.naturalWidth") for name in ALT}
    assert widths == {"beside the notebook": 3, "attached": 7}
    assert "(a picture, https://example.org/p.png, is not loaded from elsewhere)" in page.content().replace(
        "\u2060", ""
    )


def test_nothing_of_the_students_is_alive_in_formgrader(served, page):
    course, address = served
    page.goto(f"{address}/formgrader/submissions/{submission_id(course, 'student-01')}/")
    page.get_by_text("School 01 moves most.").wait_for()
    assert page.title() != "owned"
    assert page.locator("img[src='x']").count() == 0
    assert page.locator("a[href^='javascript:']", has_text="click").count() == 0
    assert "<script>document.title = 'owned'</script>" in page.locator("body").inner_text().replace("\u2060", "")
    page.get_by_text("Hint 1").first.wait_for()  # our own folded hints stay folded hints
    assert page.locator("details").count() > 0
