"""Random histories of a class: export, feedback, report and gradebook tell one total, or nothing goes out."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import pytest

from grading.__main__ import main
from grading.autograde import recorder
from grading.course import Course
from grading.submission.results import ResultStore
from tests.grading.autograde.test_autograde import wrong_weights
from tests.grading.autograde.test_regrade import no_credit
from tests.grading.conftest import UNIT, cell, hand_in, make_course, released, solved
from tests.grading.marks.test_one_record import by_hand, nbgraders_total, run, totals

STUDENTS = ("student-01", "student-02")
WRITTEN = ("draw_shrinkage", "who_moves_most", "when_not_to_borrow")


class History:
    """A class and what happens to it, drawn at random."""

    def __init__(self, course, rng):
        self.course, self.rng = course, rng
        self.changes = 0

    def hand_in(self):
        notebook = self.rng.choice([solved, released, lambda: wrong_weights(solved())])()
        cell(notebook, "who_moves_most")["source"] = f"Answer {self.rng.randrange(3)}."
        hand_in(self.course, self.rng.choice(STUDENTS), notebook)

    def autograde(self):
        run(self.course, "autograde", UNIT, *self.rng.choice([(), ("--mixed",), ("--regrade",)]))

    def mark(self):
        """A person in formgrader."""
        student, name = self.rng.choice(STUDENTS), self.rng.choice([*WRITTEN, "test_f_ratio"])
        score = self.rng.choice([None, 0.0, 1.0, 1.5, 2.0, 9.0])
        with contextlib.suppress(Exception):  # nothing was graded yet
            by_hand(
                self.course,
                student,
                name,
                manual_score=score,
                needs_manual_grade=score is None and name != "test_f_ratio",
                extra_credit=self.rng.choice([None, None, 0.5]),
            )

    def change_tests(self):
        if self.changes < 2:
            self.changes += 1
            no_credit(self.course)

    def preview(self):
        run(self.course, "regrade", UNIT)

    def accept(self):
        run(self.course, "regrade", UNIT, "--accept")

    def touch(self):
        paths = list(self.course.root.rglob("*"))
        self.rng.shuffle(paths)
        for second, path in enumerate(paths):
            os.utime(path, (second, second))

    def copy(self):
        """``cp -r`` and work on in the copy."""
        target = self.course.root.with_name(f"{self.course.root.name}x")
        shutil.copytree(self.course.root, target, copy_function=shutil.copy)
        shutil.rmtree(self.course.root)
        self.course = Course(target)

    def die(self):
        """Grade, and be killed at some step of recording."""
        owner, name = self.rng.choice(
            [
                (recorder, "write_atomically"),
                (ResultStore, "save"),
                (recorder.ResultRecorder, "_enter"),
                (recorder.ResultRecorder, "_confirm"),
                (recorder, "copy_exchange_files"),
            ]
        )
        spared, right = self.rng.randrange(3), getattr(owner, name)
        calls = iter(range(1000))

        def killed(*args, **kwargs):
            if next(calls) >= spared:
                raise KeyboardInterrupt
            return right(*args, **kwargs)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(owner, name, killed)
            self.rng.choice([self.autograde, self.accept])()

    def restore(self):
        """Part of a backup is put back: one of what the three places hold is older than the others."""
        backup = self.course.root.with_name("backup")
        part = self.rng.choice(["gradebook.db", "autograded", f"results/{UNIT}"])
        if not backup.exists():
            shutil.copytree(self.course.root, backup)
            return
        here, there = self.course.root / part, backup / part
        if there.is_dir():
            shutil.rmtree(here, ignore_errors=True)
            shutil.copytree(there, here)
        elif there.exists():
            shutil.copy(there, here)

    def step(self):
        often = [self.hand_in, self.autograde, self.autograde, self.mark, self.mark, self.touch]
        seldom = [self.change_tests, self.preview, self.accept, self.copy, self.die, self.die, self.restore]
        self.rng.choice([*often, *seldom])()


def agree(course, capsys):
    """All ways out tell the same, which is the gradebook's total but for what waits; or all refuse in one line."""
    capsys.readouterr()
    code = main(["--course", str(course.root), "export", "--unit", UNIT, "--force"])
    error = capsys.readouterr().err.strip()
    if code == 1:
        assert len(error.splitlines()) == 1
        for words in (("feedback", UNIT), ("report", UNIT)):
            assert run(course, *words) == 1
        return False
    exported, fed_back, reported = totals(course)
    fed_back_in_class = {student: fed_back.get(student, 0.0) for student in exported}
    assert exported == fed_back_in_class == {student: reported.get(student, 0.0) for student in exported}
    rows = (course.results / f"{UNIT}.csv").read_text().splitlines()
    waiting = rows[0].split(",").index("waiting")
    for row in rows[1:]:
        student, *rest = row.split(",")
        if rest[waiting - 1] == "0" and student in fed_back:
            assert exported[student] == pytest.approx(nbgraders_total(course, student))
    return True


HISTORIES = int(os.environ.get("HISTORIES", "3"))  # HISTORIES=100 pytest ... tries more of them
SEEDS = [pytest.param(seed, marks=[pytest.mark.proof] if seed > 1 else []) for seed in range(HISTORIES)]


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happened_the_ways_out_agree_or_refuse_and_one_command_mends_it(tmp_path, capsys, seed):
    rng = random.Random(seed)
    history = History(make_course(tmp_path / "course"), rng)
    for student in STUDENTS:
        hand_in(history.course, student, solved())
    run(history.course, "autograde", UNIT)
    for _ in range(5):
        history.step()
        history.step()
        agree(history.course, capsys)
    if run(history.course, "autograde", UNIT) == 1:  # tests have changed
        assert run(history.course, "regrade", UNIT) == 0
        assert run(history.course, "regrade", UNIT, "--accept") == 0
    assert agree(history.course, capsys)
    assert [p for p in history.course.root.rglob(".grading-*") if p.name != ".grading.lock"] == []


# ---------------------------------------------------------------- kill -9 at any moment

KILLS = int(os.environ.get("KILLS", "2"))  # of each command; KILLS=20 pytest ... tries more of them
STARTS = 2.0
"""Seconds in which a command as a process of its own begins, beyond those that its work takes here."""


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("kills") / "course")
    (course.root / ".course_secret").write_text("s" * 64)
    for number in range(6):
        notebook = [solved, released, lambda: wrong_weights(solved())][number % 3]()
        hand_in(course, f"student-{number:02}", notebook)
    return course


@pytest.fixture(scope="module")
def graded(handed_in, tmp_path_factory):
    """That class after an autograde that nothing disturbed."""
    course = Course(shutil.copytree(handed_in.root, tmp_path_factory.mktemp("graded") / "course"))
    assert run(course, *COMMANDS["autograde"][0]) == 0
    return course


def outputs(course):
    """What goes out."""
    for words in (("export", "--unit", UNIT, "--force"), ("feedback", UNIT)):
        assert run(course, *words) == 0
    pages = {str(p.relative_to(course.root)): p.read_text() for p in (course.root / "feedback").rglob("*.html")}
    return (course.results / f"{UNIT}.csv").read_text(), pages


COMMANDS = {
    "autograde": [("autograde", UNIT, "--jobs", "2")],
    "regrade": [("regrade", UNIT), ("regrade", UNIT, "--accept")],
    "export": [("export", "--unit", UNIT)],
    "feedback": [("feedback", UNIT)],
    "report": [("report", UNIT)],
}


@pytest.mark.proof
@pytest.mark.parametrize("command", COMMANDS)
def test_kills_of_a_command_and_a_run_to_its_end_give_the_same(handed_in, graded, tmp_path, command):
    start = handed_in if command == "autograde" else graded
    killed, calm = (Course(shutil.copytree(start.root, tmp_path / name)) for name in ("killed", "calm"))
    if command == "regrade":
        no_credit(killed)
        no_credit(calm)
    rng = random.Random(command)
    for words in COMMANDS[command]:
        began = time.monotonic()
        assert run(calm, *words) == 0
        most = STARTS + 1.5 * (time.monotonic() - began)
        line = [sys.executable, "-m", "grading", "--course", str(killed.root), *words]
        for _ in range(KILLS):
            process = subprocess.Popen(
                line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
            )
            try:
                process.wait(rng.uniform(0.3, most))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        code = run(killed, *words)
        assert code == 0 or words[-1] == "--accept"  # an accept that had come to its end has no preview any more
    assert outputs(killed) == outputs(calm)
    run(killed, "autograde", UNIT)
    left = [p for p in killed.root.rglob(".grading-*") if p.name != ".grading.lock"]
    assert [*left, *killed.root.glob("gradebook.db.new-*")] == []
