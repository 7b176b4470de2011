"""A run that is killed again and again loses nothing."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

from grading.autograde.run import autograde
from tests.grading.autograde.test_autograde import scores, small_class
from tests.grading.conftest import UNIT, make_course

SIZE = int(os.environ.get("KILLED_CLASS", "12"))  # KILLED_CLASS=200 pytest ... kills more often


def test_a_killed_run_resumes_to_the_same_marks(tmp_path):
    """kill -9 at random moments, the grader and all it started; then a run that comes to its end."""
    undisturbed, killed = (make_course(tmp_path / name) for name in ("undisturbed", "killed"))
    for course in (undisturbed, killed):
        (course.root / ".course_secret").write_text("s" * 64)
        small_class(course, SIZE)
    autograde(undisturbed, UNIT, jobs=2)
    rng = random.Random(20261123)
    command = [sys.executable, "-m", "grading", "--course", str(killed.root), "autograde", UNIT, "--jobs"]
    for attempt in range(SIZE // 2):
        run = subprocess.Popen(
            [*command, str(1 + attempt % 2)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        time.sleep(rng.uniform(0.5, 4))
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate()
        book = killed.root / "gradebook.db"
        if book.exists():
            with sqlite3.connect(book) as database:
                assert database.execute("pragma integrity_check").fetchone() == ("ok",)
    done = subprocess.run([*command, "2"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert scores(killed) == scores(undisturbed)
