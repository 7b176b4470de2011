"""Files are whole or not there; what a killed writer left goes at the next run; one command at a time."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

import pytest

import grading.course
from grading.__main__ import main
from grading.autograde.run import autograde
from grading.course import one_at_a_time
from grading.errors import CourseError
from grading.files import remove_leftovers, write_atomically, write_bytes_atomically
from grading.units.unit import SECRET_FILE, course_secret
from tests.grading.conftest import UNIT, hand_in, solved

KILLED_WHILE_WRITING = """
import os, signal, sys
from pathlib import Path
import grading.files as files
os.replace = os.link = lambda *names: os.kill(os.getpid(), signal.SIGKILL)
files.write_bytes_atomically(Path(sys.argv[1]), b"new", replace=sys.argv[2] == "True")
"""


def killed_while_writing(path, replace=True):
    done = subprocess.run([sys.executable, "-c", KILLED_WHILE_WRITING, str(path), str(replace)], check=False)
    assert done.returncode == -signal.SIGKILL


def test_a_killed_writer_leaves_the_old_file_and_its_rest_is_removed(tmp_path):
    path = tmp_path / "marks.csv"
    path.write_text("old")
    killed_while_writing(path)
    assert path.read_text() == "old"
    assert len(os.listdir(tmp_path)) == 2
    remove_leftovers([tmp_path, tmp_path / "none"])
    assert os.listdir(tmp_path) == ["marks.csv"]


def test_what_somebody_is_writing_now_is_no_leftover(tmp_path, monkeypatch):
    replace = os.replace

    def slowly(source, target):
        remove_leftovers([tmp_path])
        replace(source, target)

    monkeypatch.setattr(os, "replace", slowly)
    write_atomically(tmp_path / "marks.csv", "whole")
    assert (tmp_path / "marks.csv").read_text() == "whole"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_an_error_names_the_file_and_not_a_scratch_name(tmp_path, monkeypatch, number):
    def refuse(*args, **kwargs):
        raise OSError(number, os.strerror(number), str(tmp_path / ".grading-x.part"))

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    with pytest.raises(OSError, match=r"marks\.csv") as caught:
        write_bytes_atomically(tmp_path / "marks.csv", b"")
    assert caught.value.errno == number
    assert os.listdir(tmp_path) == []


# ---------------------------------------------------------------- the secret


def test_the_secret_is_whole_private_or_not_there(course):
    path = course.root / SECRET_FILE
    killed_while_writing(path, replace=False)
    assert not path.exists()
    hand_in(course, "student-01", solved())
    autograde(course, UNIT)
    assert len(path.read_text().strip()) == 64
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in course.root.glob(".grading-*")] == []


def test_all_who_ask_first_at_once_get_the_same_secret(course):
    found = []
    threads = [threading.Thread(target=lambda: found.append(course_secret(course))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 20
    assert len(set(found)) == 1


# ---------------------------------------------------------------- one command at a time

HOLDS = """
import sys, time
from pathlib import Path
from grading.course import Course, one_at_a_time
with one_at_a_time(Course(Path(sys.argv[1])), "autograde borrowing"):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def held(course):
    """Another process that holds the course's lock."""
    process = subprocess.Popen([sys.executable, "-c", HOLDS, str(course.root)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


COMMANDS = [
    ("autograde", UNIT),
    ("regrade", UNIT),
    ("regrade", UNIT, "--accept"),
    ("export", "--unit", UNIT),
    ("feedback", UNIT),
    ("report", UNIT),
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_the_second_waits_briefly_and_says_who_holds_the_course(course, held, words, monkeypatch, capsys):
    monkeypatch.setattr(grading.course, "LOCK_SECONDS", 0.2)
    hand_in(course, "student-01", solved())
    assert main(["--course", str(course.root), *words]) == 1
    line = capsys.readouterr().err.strip()
    assert len(line.splitlines()) == 1
    assert "'autograde borrowing' of" in line
    assert f"process {held.pid}" in line
    assert not (course.root / "gradebook.db").exists()


def test_the_second_goes_on_when_the_first_ends(course, held):
    threading.Timer(0.3, held.terminate).start()
    started = time.monotonic()
    with one_at_a_time(course, "export"):
        assert 0.2 < time.monotonic() - started < grading.course.LOCK_SECONDS


def test_a_killed_process_holds_nothing(course, held):
    held.kill()
    held.wait()
    with one_at_a_time(course, "export"):
        pass


def test_an_error_inside_lets_the_next_one_in(course):
    for _ in range(2):
        with pytest.raises(CourseError, match="mine"), one_at_a_time(course, "export"):
            raise CourseError("mine")


# ---------------------------------------------------------------- disks that are full or read-only


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
@pytest.mark.parametrize("folder", ["results", "autograded", "."])
def test_a_disk_that_takes_nothing_is_one_line_and_the_next_run_completes(
    course, monkeypatch, capsys, number, folder
):
    hand_in(course, "student-01", solved())
    make, refused = tempfile.mkstemp, (course.root / folder).resolve()

    def mkstemp(*args, dir=None, **kwargs):
        if refused == dir or (folder != "." and refused in dir.parents):
            raise OSError(number, os.strerror(number), str(dir / "scratch"))
        return make(*args, dir=dir, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "mkstemp", mkstemp)
        assert main(["--course", str(course.root), "autograde", UNIT]) == 1
    line = capsys.readouterr().err.strip().splitlines()[-1]
    assert line.startswith(f"grading: {refused}/")
    assert "then run the command again" in line
    assert main(["--course", str(course.root), "autograde", UNIT]) == 0
    assert main(["--course", str(course.root), "export", "--unit", UNIT]) == 0
