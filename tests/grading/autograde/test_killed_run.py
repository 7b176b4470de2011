"""A run that is killed again and again loses nothing."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from grading.autograde.run import autograde
from tests.grading.autograde.test_autograde import scores, small_class
from tests.grading.conftest import UNIT, make_course


@pytest.mark.parametrize(("jobs", "size", "kills"), [("1", 12, 6), ("2", 50, 20)])
def test_a_killed_run_resumes_to_the_same_marks(tmp_path, jobs, size, kills):
    """kill -9 at random moments, the grader and all it started; then a run that comes to its end."""
    undisturbed, killed = (make_course(tmp_path / name) for name in ("undisturbed", "killed"))
    for course in (undisturbed, killed):
        (course.root / ".course_secret").write_text("s" * 64)
        small_class(course, size)
    autograde(undisturbed, UNIT, jobs=2)
    rng = random.Random(20261123)
    command = [sys.executable, "-m", "grading", "--course", str(killed.root), "autograde", UNIT, "--jobs", jobs]
    for _attempt in range(kills):
        run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        time.sleep(rng.uniform(0.5, 4))
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate()
        book = killed.root / "gradebook.db"
        if book.exists():
            with sqlite3.connect(book) as database:
                assert database.execute("pragma integrity_check").fetchone() == ("ok",)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert scores(killed) == scores(undisturbed)
