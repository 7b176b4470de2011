"""A course's day on a real JupyterHub, in a browser: release, fetch, validate, submit, collect, grade, feedback.

Two students and an instructor, each on a server of their own, the exchange between them. The first student's work
is graded and returned by formgrader's buttons, the second's by this course's commands: both ways give the same.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from grading.autograde.run import autograde
from grading.gradebook.writer import GradebookWriter
from tests.grading.conftest import UNIT, cell, solved
from tests.hub.conftest import Hub

STUDENTS = ("student-01", "student-02")


@dataclass
class Day:
    """The hub with its people's pages open, after the day."""

    hub: Hub
    instructor: Page
    students: dict[str, Page]
    validated: str
    feedback: dict[str, str]


def release(page: Page) -> None:
    """The instructor releases the unit in formgrader."""
    page.locator("tr", has_text=UNIT).locator("td.release a").click()
    confirm(page)
    expect(page.locator("tr", has_text=UNIT).locator("td.status")).to_have_text("released")


def confirm(page: Page) -> None:
    """Formgrader says that it went well, and is told that this was read."""
    dialog = page.locator(".modal.show, .modal.in")
    title = dialog.locator(".modal-title")
    expect(title).to_be_visible(timeout=90_000)
    assert title.inner_text().strip() == "Success", dialog.inner_text()
    dialog.get_by_text("OK", exact=True).click()
    expect(dialog).to_have_count(0)


def open_assignments(page: Page) -> None:
    """A student opens the list of assignments from JupyterLab's menu."""
    page.get_by_text("Nbgrader", exact=True).click()
    page.get_by_text("Assignment List", exact=True).click()
    page.locator("#released_assignments_list").get_by_text(UNIT).wait_for()


def fetch(page: Page) -> None:
    """Fetch the exercise."""
    page.get_by_text("Fetch", exact=True).click()
    page.locator("#fetched_assignments_list").get_by_text(UNIT).first.wait_for()


def validate(page: Page) -> str:
    """What the Validate button says."""
    page.locator("#fetched_assignments_list").get_by_text(UNIT).first.click()
    page.get_by_text("Validate", exact=True).click()
    dialog = page.locator(".jp-Dialog", has_text="Validation Results")
    dialog.wait_for()
    told = dialog.inner_text()
    dialog.get_by_text("Ok", exact=True).click()
    return told


def submit(page: Page) -> None:
    """Hand in."""
    page.get_by_text("Submit", exact=True).click()
    page.locator("#submitted_assignments_list").get_by_text(UNIT).first.wait_for()


def collect(hub: Hub, page: Page) -> None:
    """The instructor collects what was handed in."""
    page.locator("tr", has_text=UNIT).locator("td.collect a").click()
    confirm(page)


def grade_by_buttons(hub: Hub, page: Page, student: str) -> None:
    """Autograde, generate and release feedback for one student in formgrader."""
    page.goto(f"{hub.address}/user/instructor-01/formgrader/manage_submissions/{UNIT}")
    for button in ("autograde", "generate-feedback", "release-feedback"):
        page.locator("tr", has_text=student).locator(f"td.{button} a").click()
        confirm(page)


def grade_by_commands(hub: Hub) -> None:
    """The same for everybody, in a terminal."""
    hub.instructor("python", "-m", "grading", "autograde", UNIT)
    hub.instructor("python", "-m", "grading", "feedback", UNIT)
    hub.instructor("nbgrader", "release_feedback", UNIT)


def fetch_feedback(hub: Hub, page: Page, student: str) -> str:
    """Address of the page that a student gets back, on the student's own server."""
    page.locator("#refresh_assignments_list").click()
    page.get_by_text("Fetch Feedback", exact=True).click()
    page.get_by_text("(view feedback)").first.wait_for()
    [path] = (hub.home(student) / UNIT / "feedback").rglob("*.html")
    return f"{hub.address}/user/{student}/files/{path.relative_to(hub.home(student))}"


def answer(hub: Hub, student: str) -> None:
    """What each student writes: the first solves all, the second swaps two weights."""
    notebook = solved()
    if student == "student-02":
        entry = cell(notebook, "partial_pooling")
        entry["source"] = entry["source"].replace("tau2 / (tau2 +", "1 - tau2 / (tau2 +")
    (hub.home(student) / UNIT / f"{UNIT}.ipynb").write_text(json.dumps(notebook))


@pytest.fixture(scope="module")
def day(hub: Hub) -> Iterator[Day]:
    contexts = {user: hub.sign_in(user) for user in ("instructor-01", *STUDENTS)}  # their servers start together
    instructor = hub.open(contexts["instructor-01"], "instructor-01", "formgrader/manage_assignments")
    release(instructor)
    students = {user: hub.open(contexts[user], user, "lab") for user in STUDENTS}
    validated = ""
    for user, page in students.items():
        open_assignments(page)
        fetch(page)
        answer(hub, user)
        validated = validated or validate(page)
        submit(page)
    collect(hub, instructor)
    grade_by_buttons(hub, instructor, "student-01")
    grade_by_commands(hub)
    feedback = {user: fetch_feedback(hub, page, user) for user, page in students.items()}
    yield Day(hub, instructor, students, validated, feedback)
    for context in contexts.values():
        context.close()


def test_validate_tells_a_student_that_the_public_tests_pass(day):
    assert "Success! Your notebook passes all the tests." in day.validated


def test_a_student_receives_all_files_of_the_exercise(day):
    released = {path.name for path in (day.hub.course.root / "exercises" / UNIT).iterdir()}
    assert {path.name for path in (day.hub.home("student-02") / UNIT).iterdir()} == {*released, "feedback"}


def test_buttons_and_commands_grade_alike(day):
    with GradebookWriter(day.hub.course, UNIT) as book:
        marks = book.marks(STUDENTS)
    assert sum(mark.auto or 0 for mark in marks["student-01"].values()) == 20
    assert 0 < marks["student-02"]["test_partial_pooling"].auto < 4
    assert autograde(day.hub.course, UNIT, regrade=True).changes == []


def test_the_time_of_submission_reaches_the_gradebook(day):
    from nbgrader.api import Gradebook

    from grading.gradebook.writer import database_url

    with Gradebook(database_url(day.hub.course), "test-course") as book:
        for student in STUDENTS:
            stamp = (day.hub.course.root / "submitted" / student / UNIT / "timestamp.txt").read_text()
            assert str(book.find_submission(UNIT, student).timestamp) == stamp.removesuffix(" UTC")


@pytest.mark.parametrize(
    ("student", "says"), [("student-01", "20 of 29 points"), ("student-02", "two weights are swapped")]
)
def test_students_read_their_own_feedback(day, student, says):
    page = day.students[student].context.new_page()
    page.goto(day.feedback[student])
    expect(page.locator("body")).to_contain_text(says)
    expect(page.locator("body")).to_contain_text(student)
    page.close()


def test_a_student_has_the_assignment_list_and_no_formgrader(day):
    page = day.students["student-01"]
    page.get_by_text("Nbgrader", exact=True).click()
    page.get_by_text("Assignment List", exact=True).wait_for()
    assert page.get_by_text("Formgrader").count() == 0
    page.keyboard.press("Escape")
    answered = page.request.get(f"{day.hub.address}/user/student-01/formgrader/manage_assignments")
    assert answered.status == 404


def test_an_instructor_opens_formgrader_from_the_menu(day):
    page = day.hub.open(day.instructor.context, "instructor-01", "lab")
    page.get_by_text("Nbgrader", exact=True).click()
    page.get_by_text("Formgrader", exact=True).click()
    inside = page.frame_locator("#formgrader-iframe iframe")
    expect(inside.locator("tr", has_text=UNIT).locator("td.num-submissions")).to_have_text("2")
    page.close()


@pytest.mark.parametrize("owner", ["instructor-01", "student-02"])
def test_a_student_cannot_reach_the_server_of(day, owner):
    answered = day.students["student-01"].request.get(f"{day.hub.address}/user/{owner}/lab")
    assert answered.status in (403, 404)


def test_students_cannot_list_or_remove_what_others_put_into_the_exchange(day):
    exchange = day.hub.folder / "exchange"
    assert mode(exchange) == 0o1777
    assert mode(exchange / "test-course") & 0o022 == 0
    assert mode(exchange / "test-course" / "inbound") & 0o044 == 0
    assert mode(exchange / "test-course" / "feedback") & 0o066 == 0


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_work_handed_in_again_gets_the_feedback_under_its_new_secret(day):
    """The same notebook again is not graded again, but its feedback must reach the new submission."""
    page = day.students["student-01"]
    submit(page)
    expect(page.locator("#submitted_assignments_list").get_by_text("UTC")).to_have_count(2)
    day.hub.instructor("nbgrader", "collect", UNIT, "--update")
    grade_by_commands(day.hub)
    page.locator("#refresh_assignments_list").click()
    page.get_by_text("Fetch Feedback", exact=True).click()
    expect(page.get_by_text("(view feedback)")).to_have_count(2)
