"""The strongest mode is found by trying; a machine without any is refused; a failed warm parent is replaced."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from grading.errors import CourseError
from grading.sandbox import Limits, Sandbox, Session, detect

from .conftest import QUICK, available


def test_a_machine_without_walls_is_refused_with_the_cure(student_python: Path) -> None:
    with pytest.raises(CourseError) as caught, Sandbox(student_python, allow=("a wall of another kind",)):
        pass
    for word in ("apt-get install bubblewrap", "dnf install bubblewrap", "landlock", "--unsafe"):
        assert word in str(caught.value)


def test_without_bubblewrap_landlock_is_used_and_the_reason_told(
    student_python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if available("landlock").name == "none":
        pytest.skip("this machine has no landlock")
    monkeypatch.setenv("PATH", str(tmp_path))
    mode = detect(student_python)
    assert mode.name == "landlock"
    assert "bubblewrap is not installed" in "; ".join(mode.problems)


def test_a_bubblewrap_that_may_not_work_is_named(
    student_python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    mode = detect(student_python)
    assert mode.name in ("landlock", "none")
    assert "Permission denied" in "; ".join(mode.problems)


def test_unsafe_runs_without_walls_and_says_so(student_python: Path) -> None:
    with Sandbox(student_python, unsafe=True) as box:
        assert box.mode.name == "unsafe"
        assert "--unsafe" in "; ".join(box.mode.problems)
        with box.session({"a.txt": b"x"}, QUICK, 1) as session:
            assert session.run_cell("text = open('a.txt').read()").status == "ok"
            assert session.get("text") == "x"


def test_unsafe_still_ends_what_a_submission_started(student_python: Path) -> None:
    with Sandbox(student_python, unsafe=True) as box, box.session({}, Limits(processes=4), 1) as session:
        session.run_cell("import subprocess\npid = subprocess.Popen(['sleep', '600'], start_new_session=True).pid")
        pid = session.get("pid")
        assert Path("/proc", str(pid)).exists()
        session.close()
        assert not Path("/proc", str(pid)).exists()


def test_a_python_that_does_not_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"requirements/student\.txt"):
        detect(tmp_path / "python")


def test_a_sandbox_needs_at_least_one_job(student_python: Path) -> None:
    with pytest.raises(CourseError, match="jobs"):
        Sandbox(student_python, jobs=0)


def test_caches_that_others_can_write_are_not_used(
    student_python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = tmp_path / "grading-sandbox"
    planted.mkdir()
    planted.chmod(0o777)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with Sandbox(student_python) as box, box.session({}, QUICK, 1) as session:
        assert session.run_cell("1").status == "ok"
    assert list(planted.iterdir()) == []


def kill_parent(box: Sandbox) -> None:
    warm = box._warm
    assert warm is not None
    warm.kill()
    deadline = time.monotonic() + 5
    while not warm.lost and time.monotonic() < deadline:
        time.sleep(0.01)


def lives(session: Session) -> bool:
    return session.run_cell("1").status == "ok"


def test_a_lost_parent_is_told_from_a_students_crash_and_replaced(student_python: Path) -> None:
    with Sandbox(student_python) as box:
        with box.session({}, QUICK, 1) as session:
            assert lives(session)
            kill_parent(box)
            assert session.run_cell("1").status == "died"
            assert session.lost
        with box.session({}, QUICK, 1) as session:
            assert lives(session)
            session.run_cell("import os; os._exit(0)")
            assert session.dead is not None
            assert not session.lost


def test_a_parent_that_dies_again_and_again_ends_the_run(student_python: Path) -> None:
    with Sandbox(student_python) as box:
        for _ in range(3):
            with box.session({}, QUICK, 1):
                kill_parent(box)
        with pytest.raises(CourseError, match="in a row"), box.session({}, QUICK, 1):
            pass


def test_a_session_may_be_opened_from_any_thread(student_python: Path) -> None:
    """bubblewrap dies with the thread that starts it, so no worker's thread may be that one."""
    with Sandbox(student_python) as box:
        kill_parent(box)

        def first() -> None:
            with box.session({}, QUICK, 1) as session:
                assert lives(session)

        worker = threading.Thread(target=first)
        worker.start()
        worker.join()
        time.sleep(0.3)
        assert box._warm is not None
        assert not box._warm.lost
        with box.session({}, QUICK, 1) as session:
            assert lives(session)
