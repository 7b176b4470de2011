"""Class runs: hostile submissions with plain ones after them, and honest but odd ones.

No attacker gains a point, every honest student has exactly the deserved marks, nothing outside the sandbox is
read, written or left running, and both runs complete.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest

from grading.autograde.run import autograde
from grading.course import Course
from grading.report.feedback import write_feedback
from grading.submission.results import Result
from tests.grading.conftest import UNIT, hand_in, make_course, released, solved
from tests.grading.hostile import HOSTILE
from tests.grading.odd import ODD

FULL = 20.0
SECRET = "the-canary-that-nobody-may-see"


def slug(kind, name):
    return f"{kind}-{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}"


def snapshot(folder: Path) -> dict[str, str]:
    """Hash of every file that grading has no reason to change."""
    watched = [
        p for top in ("submitted", "solutions", "exercises", "tests") for p in sorted((folder / top).rglob("*"))
    ]
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in watched if p.is_file()}


def orphans() -> set[str]:
    """Sandbox processes whose grader is gone: climbing to the first parent of another kind leads to init."""
    parents, sandboxed = {}, set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                if b"inside.warm_parent" in (entry / "cmdline").read_bytes():
                    sandboxed.add(int(entry.name))
            except OSError:
                continue
    found = set()
    for process in sandboxed:
        ancestor = process
        while ancestor in sandboxed:
            ancestor = parents.get(ancestor, 1)
        if ancestor == 1:
            found.add(str(process))
    return found


class Elements(HTMLParser):
    """Collects what a browser would run or fetch."""

    def __init__(self):
        super().__init__()
        self.alive = []

    def handle_starttag(self, tag, attrs):
        fetches = [
            v
            for k, v in attrs
            if k in ("src", "href") and not v.startswith(("data:image/png", "https://book.", "#"))
        ]
        handlers = [k for k, _ in attrs if k.startswith("on")]
        if tag in ("script", "iframe", "object", "embed", "link", "svg", "form") or fetches or handlers:
            self.alive.append((tag, attrs))


SHORT = {
    "cell_seconds = 4": "cell_seconds = 1.5",
    "call_seconds = 2": "call_seconds = 1",
    "total_seconds = 12": "total_seconds = 4",
}
"""Limits of the attackers' class: most attacks that take time take all they may."""


def course_of_attackers(folder: Path) -> Course:
    """Attacks, and plain submissions after them."""
    course = make_course(folder)
    settings = (folder / "course.toml").read_text()
    for usual, short in SHORT.items():
        assert usual in settings
        settings = settings.replace(usual, short)
    (folder / "course.toml").write_text(settings)
    for name, edit in HOSTILE.items():
        hand_in(course, slug("attack", name), edit(released()))
    hand_in(course, "attack-own-check-file", released(), check__py=b"def check(f): print('correct')\n")
    hand_in(
        course, "attack-own-numpy", released(), numpy__py=b"def __getattr__(name): return lambda *a, **k: 0.0\n"
    )
    for number in range(3):
        hand_in(course, f"zz-plain-{number}", solved())
    hand_in(course, "nothing-handed-in", None)
    return course


def course_of_honest(folder: Path) -> Course:
    course = make_course(folder)
    for name, edit in ODD.items():
        hand_in(course, slug("honest", name), edit(solved()))
    return course


@dataclass
class Graded:
    """Both classes, graded one after the other."""

    courses: list[Course]
    results: dict[str, Result]
    changed: bool
    left: set[str]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    courses = [course_of_attackers(folder / "attackers"), course_of_honest(folder / "honest")]
    for course in courses:
        (course.root / "canary.txt").write_text(SECRET)
    before, running = [snapshot(course.root) for course in courses], orphans()
    os.environ["GRADER_SECRET"] = SECRET
    try:
        summaries = [autograde(course, UNIT, jobs=2) for course in courses]
    finally:
        del os.environ["GRADER_SECRET"]
    results = {result.student: result for summary in summaries for result in summary.results}
    changed = before != [snapshot(course.root) for course in courses]
    return Graded(courses, results, changed, orphans() - running)


def kept_notebooks(graded):
    return [path for course in graded.courses for path in (course.root / "autograded").rglob("*.ipynb")]


def attacks():
    return [pytest.param(slug("attack", name), id=name) for name in HOSTILE]


def honest():
    return [pytest.param(slug("honest", name), id=name) for name in ODD]


@pytest.mark.parametrize("student", [*attacks(), "attack-own-check-file", "attack-own-numpy"])
def test_no_attack_gains_a_point(graded, student):
    result = graded.results[student]
    automatic = [mark for mark in result.marks if not mark.written]
    assert [(mark.grade_id, mark.score) for mark in automatic if mark.score] == []
    assert sum(mark.points for mark in automatic) == FULL


@pytest.mark.parametrize("student", honest())
def test_honest_work_gets_what_it_deserves(graded, student):
    result = graded.results[student]
    assert {m.grade_id: m.message for m in result.marks if not m.written and m.score != m.points} == {}
    assert result.score == FULL
    assert result.state == "graded", result.note


def test_the_students_after_the_attackers_are_graded_in_full(graded):
    assert [graded.results[f"zz-plain-{number}"].score for number in range(3)] == [FULL] * 3


def test_every_submission_has_a_result_in_a_known_state(graded):
    results = graded.results
    assert len(results) == len(HOSTILE) + len(ODD) + 6
    assert results["nothing-handed-in"].state == "missing"
    assert results[slug("attack", "no JSON")].state == "malformed"
    assert results[slug("attack", "an empty file")].state == "malformed"
    assert results[slug("attack", "the process exits")].state == "crashed"
    assert results[slug("attack", "a loop that swallows interrupts")].state == "timed out"
    for result in results.values():
        assert result.state == "graded" or result.note


def test_nothing_in_the_course_folder_was_changed(graded):
    assert not graded.changed


def test_nothing_was_seen_of_the_machine(graded):
    for path in kept_notebooks(graded):
        text = path.read_text(encoding="utf-8")
        assert SECRET not in text, path
        assert "root:" not in text, path
        assert "connected" not in [line.strip() for line in text.split("\\n")], path


def test_nothing_is_left_running(graded):
    assert graded.left == set()


def test_the_kept_notebooks_hold_no_live_html(graded):
    for path in kept_notebooks(graded):
        for entry in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for output in entry.get("outputs", []):
                assert set(output.get("data", {})) <= {"text/plain", "image/png", "image/jpeg"}
            if entry["cell_type"] == "markdown" and not entry["id"].startswith("text-"):
                assert not re.search(r"<[A-Za-z/!?]|\][(\[:]", entry["source"])


def test_the_feedback_pages_hold_no_live_html_and_no_hidden_test(graded):
    for page in [page for course in graded.courses for page in write_feedback(course, UNIT)]:
        text = page.read_text(encoding="utf-8")
        page_elements = Elements()
        page_elements.feed(text)
        assert page_elements.alive == [], page
        assert "hidden_check" not in text.replace("hidden_check = lambda", ""), page
        assert "Traceback" not in text, page
