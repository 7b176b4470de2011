"""The gradebook on a real PostgreSQL server."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from grading.autograde.run import autograde
from grading.gradebook.writer import GradebookWriter
from tests.grading.conftest import UNIT, hand_in, released, solved


def program(name: str) -> str:
    """A server program; Debian keeps them off the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    path = shutil.which(name) or (str(found[-1]) if found else None)
    assert path, f"no {name} on this machine; sudo apt-get install postgresql"
    return path


@pytest.fixture
def database():
    """A server of its own on a free port, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))  # pytest's own folders are closed to other users
    as_user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
    if as_user:  # the server refuses to run as root
        shutil.chown(folder, "nobody", "nogroup")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = folder / "data"
    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off"
    control = [*as_user, program("pg_ctl"), "-D", str(data), "-s", "-w"]

    def run(*words: str) -> None:
        subprocess.run(words, check=True, cwd=folder, stdout=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C"})

    run(*as_user, program("initdb"), "-D", str(data), "-U", "grader", "-A", "trust", "-E", "UTF8")
    run(*control, "-o", options, "-l", str(folder / "log"), "start")
    yield f"postgresql+psycopg://grader@127.0.0.1:{port}/postgres"
    run(*control, "-m", "immediate", "stop")
    shutil.rmtree(folder)


def test_the_same_marks_as_in_sqlite(course, database):
    hand_in(course, "student-01", solved())
    hand_in(course, "student-02", released())
    in_sqlite = autograde(course, UNIT)
    config = course.root / "nbgrader_config.py"
    config.write_text(config.read_text() + f"\nc.CourseDirectory.db_url = {database!r}\n")
    in_postgresql = autograde(course, UNIT)
    assert in_postgresql.reused == 2
    assert in_postgresql.results == in_sqlite.results
    with GradebookWriter(course, UNIT) as book:
        marks = book.marks(["student-01", "student-02"])
    assert {s: sum(m.auto or 0 for m in found.values()) for s, found in marks.items()} == {
        "student-01": 20,
        "student-02": 0,
    }
    assert autograde(course, UNIT, regrade=True).changes == []
