"""The doctor: each thing is broken once, found, and its cure named."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

import pytest

from grading import doctor
from grading.__main__ import main
from grading.course import Course
from grading.doctor import diagnose, machine
from grading.gradebook.writer import GradebookWriter
from grading.sandbox import modes, warm
from grading.units.build import build_source, release
from tests.grading.conftest import UNIT, hand_in, make_course, solved

SECRET = "s" * 64


@pytest.fixture(scope="module")
def built_once(tmp_path_factory):
    """A course in which nothing is wrong but its secret."""
    course = make_course(tmp_path_factory.mktemp("built") / "course")
    build_source(course, UNIT)
    release(course, [UNIT])
    with GradebookWriter(course, UNIT):
        pass
    return course


@pytest.fixture
def healthy(built_once, tmp_path):
    """A course in which nothing is wrong."""
    course = Course(shutil.copytree(built_once.root, tmp_path / "course"))
    (course.root / ".course_secret").write_text(SECRET)
    (course.root / ".course_secret").chmod(0o600)
    (course.root / "backup").write_text(SECRET)
    settings = course.root / "course.toml"
    settings.write_text(f'secret_backup = "{course.root / "backup"}"\n' + settings.read_text())
    return course


def levels(course, *names):
    return {
        (name, finding.level)
        for name, finding in diagnose(Course(course.root), names or tuple(doctor.EXAMINATIONS))
    }


def bad(course, name):
    """The one finding of an examination that is not ok."""
    (found,) = [finding for _, finding in diagnose(Course(course.root), (name,)) if finding.level != "ok"]
    return found


def test_a_healthy_course_has_no_problem_and_exit_code_0(healthy, capsys):
    assert main(["--course", str(healthy.root), "doctor"]) == 0
    said = capsys.readouterr().out
    assert "problem" not in said
    assert "the one that is used" in said
    assert {name for name, _ in levels(healthy)} == set(doctor.EXAMINATIONS)


def test_a_problem_gives_exit_code_1_and_its_cure(healthy, capsys):
    healthy.master(UNIT).unlink()
    assert main(["--course", str(healthy.root), "doctor"]) == 1
    assert f"cure: run 'python -m grading build {UNIT}'" in capsys.readouterr().out


def test_looking_changes_nothing(healthy):
    files = {
        p: p.stat().st_mtime_ns for p in healthy.root.rglob("*") if p.is_file() and "__pycache__" not in p.parts
    }
    levels(healthy)
    after = {
        p: p.stat().st_mtime_ns for p in healthy.root.rglob("*") if p.is_file() and "__pycache__" not in p.parts
    }
    assert after == files


# ---------------------------------------------------------------- the machine


def test_an_old_python_is_told(healthy, monkeypatch):
    monkeypatch.setattr(machine.sys, "version_info", (3, 9, 2))
    assert "3.9.2 is too old" in bad(healthy, "python").text


def test_without_bubblewrap_the_weaker_wall_is_told_with_the_cure(healthy, monkeypatch):
    monkeypatch.setattr(modes.shutil, "which", lambda name: None)
    found = [finding for _, finding in diagnose(healthy, ("sandbox",))]
    assert [finding.level for finding in found] == ["warning", "warning", "ok"]
    assert "bubblewrap is not installed" in found[0].text
    assert "apt-get install bubblewrap" in found[0].cure


def test_no_wall_at_all_is_a_problem(healthy, monkeypatch):
    monkeypatch.setattr(modes, "_probe", lambda place: ({}, "refused here"))
    found = [finding for _, finding in diagnose(healthy, ("sandbox",))]
    assert [finding.level for finding in found] == ["problem"] * 3
    assert "refused here" in found[0].text
    assert "apt-get install bubblewrap" in found[0].cure


def settings(course, *lines):
    path = course.root / "course.toml"
    kept = [
        line
        for line in path.read_text().splitlines()
        if line.split(" ")[0] not in [x.split(" ")[0] for x in lines]
    ]
    path.write_text("\n".join([*lines, *kept]))


def test_a_missing_students_environment_is_told(healthy):
    settings(healthy, 'student_python = "/nowhere/python"')
    found = bad(healthy, "students' environment")
    assert "/nowhere/python: missing" in found.text
    assert "'make' sets up" in found.text


def test_an_environment_with_another_version_is_told(healthy):
    path = healthy.root / "requirements/student.txt"
    path.write_text(path.read_text().replace("numpy==", "numpy==99."))
    found = bad(healthy, "students' environment")
    assert "instead of 99." in found.text
    assert "make" in found.cure


def test_an_environment_with_more_than_was_promised_is_told(healthy):
    path = healthy.root / "requirements/student.txt"
    lines = path.read_text().splitlines(keepends=True)
    start = next(k for k, line in enumerate(lines) if line.startswith("wcwidth=="))
    path.write_text("".join(lines[:start]))
    found = bad(healthy, "students' environment")
    assert (found.level, "also holds wcwidth" in found.text) == ("warning", True)


def test_a_python_that_does_not_start_is_told(healthy, tmp_path):
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho no such luck >&2\nexit 3\n")
    broken.chmod(0o755)
    settings(healthy, f'student_python = "{broken}"')
    assert "does not start: no such luck" in bad(healthy, "students' environment").text


@pytest.mark.parametrize(("free", "level"), [(1 << 30, "warning"), (1 << 20, "problem")])
def test_little_room_is_told(healthy, monkeypatch, free, level):
    usage = shutil.disk_usage("/")._replace(free=free)
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda path: usage)
    assert levels(healthy, "disk") == {("disk", level)}


def test_memory_for_no_submission_is_told(healthy):
    settings(healthy, "memory_mb = 512")  # so that the table's own is gone
    path = healthy.root / "course.toml"
    path.write_text(path.read_text().replace("memory_mb = 512", "") + "\nmemory_mb = 99999999\n")
    assert "not even one fits" in bad(healthy, "memory").text


@pytest.mark.parametrize(
    ("limit", "used", "expected"),
    [("max", "5", 1000), (str(600 << 20), str(100 << 20), 500), (str(9 << 40), "0", 1000)],
    ids=["no limit", "a container's limit", "a limit above the machine"],
)
def test_a_containers_limit_counts(tmp_path, limit, used, expected):
    (tmp_path / "meminfo").write_text(f"MemTotal: 9 kB\nMemAvailable:  {1000 << 10} kB\n")
    (tmp_path / "memory.max").write_text(limit)
    (tmp_path / "memory.current").write_text(used)
    assert machine.available_mb(tmp_path / "meminfo", tmp_path) == expected


def test_a_file_of_the_future_means_a_wrong_clock(healthy):
    folder = hand_in(healthy, "student-01", solved())
    os.utime(folder, (time.time() + 9e4,) * 2)
    found = bad(healthy, "clock")
    assert "lies ahead" in found.text
    assert "timedatectl" in found.cure


# ---------------------------------------------------------------- the course folder


def test_a_config_without_our_grader_is_told(healthy):
    from nbgrader.converters import Autograde

    from grading.nbgrader_plugin import install

    path = healthy.root / "nbgrader_config.py"
    path.write_text(path.read_text().replace("install()", ""))
    done = subprocess.run(
        [sys.executable, "-m", "grading", "--course", healthy.root, "doctor"],
        capture_output=True,
        text=True,
        check=False,
    )  # a process of its own: ours has the grader installed by other tests
    assert "would grade without the sandbox" in done.stdout
    assert done.returncode == 1
    install()
    assert Autograde.start.__module__ == "grading.nbgrader_plugin"


def test_a_config_with_other_folders_is_told(healthy):
    path = healthy.root / "nbgrader_config.py"
    path.write_text(path.read_text().replace('"solutions"', '"source"'))
    assert "source_directory is 'source'" in bad(healthy, "nbgrader").text


def test_a_missing_config_is_told(healthy):
    (healthy.root / "nbgrader_config.py").unlink()
    assert "missing" in bad(healthy, "nbgrader").text


def edit_source(course):
    path = course.source(UNIT)
    path.write_text(path.read_text() + "\n# %% [markdown]\n# One more word.\n")


def edit_release(course):
    path = course.release_folder(UNIT) / f"{UNIT}.ipynb"
    path.write_text(path.read_text().replace("Done?", "Done!"))


def stray_release(course):
    (course.release_folder(UNIT) / "answers.txt").touch()


def edit_tests(course):
    path = course.hidden_tests(UNIT)
    path.write_text(path.read_text().replace("CHECKS = (", "CHECK = ("))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(edit_source, "not what its source gives", id="source edited after the build"),
        pytest.param(edit_release, "not what the build gives", id="release edited by hand"),
        pytest.param(
            stray_release, "answers.txt is not what the build gives", id="a file that students should not get"
        ),
        pytest.param(edit_tests, "defines no tuple CHECKS", id="hidden tests that do not load"),
    ],
)
def test_a_stale_unit_is_told(healthy, change, said):
    change(healthy)
    found = bad(healthy, "units")
    assert said in found.text
    assert "python -m grading build" in found.cure


@pytest.mark.parametrize("folder", [".", "submitted", "autograded", "feedback", "results", f"results/{UNIT}"])
def test_a_folder_that_cannot_be_written_is_told(healthy, monkeypatch, folder):
    make, refused = tempfile.TemporaryFile, healthy.root / folder
    refused.mkdir(parents=True, exist_ok=True)

    def read_only(*args, dir=None, **kwargs):
        if dir == refused:
            raise OSError(errno.EROFS, "Read-only file system", str(dir))
        return make(*args, dir=dir, **kwargs)

    monkeypatch.setattr(tempfile, "TemporaryFile", read_only)
    found = bad(healthy, "folders")
    assert (found.level, found.text) == (
        "problem",
        f"{refused}: nothing can be written there (Read-only file system)",
    )
    assert "right to write" in found.cure


def test_a_gradebook_of_another_version_is_told(healthy):
    with sqlite3.connect(healthy.root / "gradebook.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'older'")
    connection.close()
    found = bad(healthy, "gradebook")
    assert "version older" in found.text
    assert "nbgrader db upgrade" in found.cure


def test_a_locked_gradebook_is_told(healthy):
    connection = sqlite3.connect(healthy.root / "gradebook.db")
    connection.execute("BEGIN EXCLUSIVE")
    try:
        found = bad(healthy, "gradebook")
    finally:
        connection.close()
    assert "locked" in found.text
    assert "another program holds it" in found.cure


def test_a_gradebook_that_is_no_database_is_told(healthy):
    (healthy.root / "gradebook.db").write_bytes(b"scribble" * 1000)
    found = bad(healthy, "gradebook")
    assert "not a database" in found.text
    assert "backup" in found.cure


def test_a_database_of_something_else_is_told(healthy):
    (healthy.root / "gradebook.db").unlink()
    with sqlite3.connect(healthy.root / "gradebook.db") as connection:
        connection.execute("CREATE TABLE other (x)")
    connection.close()
    assert "no gradebook of nbgrader" in bad(healthy, "gradebook").text


def test_a_server_that_is_not_there_is_told(healthy):
    path = healthy.root / "nbgrader_config.py"
    address = 'c.CourseDirectory.db_url = "postgresql+psycopg://x@127.0.0.1:1/x"\n'
    path.write_text(path.read_text().replace("install()  #", address + "install()  #"))
    found = bad(healthy, "gradebook")
    assert found.level == "problem"


def missing(secret):
    secret.unlink()


def readable(secret):
    secret.chmod(0o644)


def short(secret):
    secret.write_text("short")


def no_copy(secret):
    (secret.parent / "backup").unlink()


def other_copy(secret):
    (secret.parent / "backup").write_text("t" * 64)


def unnamed_copy(secret):
    settings = secret.parent / "course.toml"
    settings.write_text(settings.read_text().partition("\n")[2])


def tracked(secret):
    for command in (("init", "-q"), ("add", secret.name)):
        subprocess.run(["git", "-C", secret.parent, *command], check=True)


@pytest.mark.parametrize(
    ("change", "level", "said"),
    [
        pytest.param(missing, "warning", "not there yet", id="not made yet"),
        pytest.param(readable, "warning", "others on this machine may read it", id="others may read it"),
        pytest.param(short, "problem", "too short", id="too short"),
        pytest.param(no_copy, "problem", "is not there", id="backup gone"),
        pytest.param(other_copy, "problem", "not a copy", id="backup of another course"),
        pytest.param(unnamed_copy, "warning", "no backup is known", id="no backup"),
        pytest.param(tracked, "problem", "under version control", id="in git"),
    ],
)
def test_a_secret_that_is_not_safe_is_told(healthy, change, level, said):
    change(healthy.root / ".course_secret")
    found = bad(healthy, "course secret")
    assert (found.level, said in found.text) == (level, True), found
    assert found.cure


def test_an_examination_that_fails_does_not_hide_the_others(healthy, monkeypatch):
    def fails(course):
        raise ZeroDivisionError("oops")

    monkeypatch.setitem(doctor.EXAMINATIONS, "disk", fails)
    assert "could not be examined (ZeroDivisionError: oops)" in bad(healthy, "disk").text
    assert levels(healthy, "disk", "memory") == {("disk", "problem"), ("memory", "ok")}


def test_personal_data_that_git_would_take_in_is_told(tmp_path):
    from grading.doctor.personal_data import personal_data

    course = make_course(tmp_path / "course")
    (course.root / "roster.csv").write_text("student\na\n")
    assert [finding.level for finding in personal_data(course)] == ["ok"]  # no repository
    subprocess.run(["git", "init", "-q", str(course.root)], check=True)
    (finding,) = personal_data(course)
    assert (finding.level, finding.cure) == ("problem", "add to .gitignore: roster.csv")
    (course.root / ".gitignore").write_text("/roster.csv\n")
    assert [finding.level for finding in personal_data(course)] == ["ok"]


def test_a_process_that_cannot_be_set_up_is_a_problem(healthy, monkeypatch):
    whole = warm._fork_order
    monkeypatch.setattr(warm, "_fork_order", lambda *at, **named: whole(*at, **named) | {"seed": None})
    found = [finding for _, finding in diagnose(healthy, ("sandbox",))]
    assert "no cell runs in it: this machine cannot set up" in found[0].text
    assert found[0].level == "problem"
