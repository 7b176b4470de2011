"""A slot is never reused dirty: what one submission leaves, the next neither sees nor suffers from."""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest

from grading.sandbox import Limits, Sandbox, StudentError

from .conftest import MODES, QUICK, available

BULK = "open('{0}/bulk', 'wb').write(bytes(12 << 20)); open('{0}/answers.txt', 'w').write('mine')"
LEFT = {
    "a locked folder in a folder": "os.mkdir('a'); os.mkdir('a/b', 0); " + BULK.format("a"),
    "a folder that cannot be listed": "os.mkdir('a', 0o300); " + BULK.format("a"),
    "folders that cannot be listed within each other": (
        "os.makedirs('a/b'); " + BULK.format("a/b") + "; os.mkdir('a/b/c', 0o300); os.mkdir('a/b/c/d', 0o300)"
    ),
    "a deep tree with a locked end": (
        "os.mkdir('a'); " + BULK.format("a") + "\nhere = os.getcwd()\nfor _ in range(200):\n"
        "    os.mkdir('d'); os.chdir('d')\nos.mkdir('end', 0); os.chdir(here)"
    ),
    "strange names": (
        "os.mkdir('a'); " + BULK.format("a") + "\nfor name in ('.old-1', 'a/.old-1', '-rf', 'x\\ny', 'z' * 255):\n"
        "    os.mkdir(name, 0)"
    ),
    "another umask": "os.umask(0o777); os.mkdir('a'); open('b', 'w').write('x')",
    "a process that has ended itself": "os.mkdir('a'); os.mkdir('a/b', 0); os._exit(0)",
}


@pytest.mark.parametrize("source", LEFT.values(), ids=LEFT.keys())
def test_the_next_submissions_notice_nothing(box: Sandbox, source: str) -> None:
    for number in range(3):  # two slots: at least one is used again
        with box.session({}, QUICK, 1) as session:
            session.run_cell(f"import os\n{source}")
        with box.session({}, QUICK, 1) as session:
            seen = session.run_cell("import os\nseen = [p for p, _, _ in os.walk('..')], os.listdir('.')")
            assert seen.status == "ok", number
            assert session.get("seen")[1] == []
            full = session.run_cell(f"open('mine', 'wb').write(bytes({12 << 20}))")
            assert (full.status, session.dead) == ("ok", None)


@pytest.mark.parametrize("mode", [0o000, 0o100, 0o300])
def test_the_disk_limit_holds_in_folders_that_cannot_be_listed(box: Sandbox, mode: int) -> None:
    source = (
        f"import os, time\nos.mkdir('d', {mode})\nwritten = 0\ntry:\n    for n in range(100):\n"
        "        written += open(f'd/{n}', 'wb').write(bytes(1 << 20)); time.sleep(0.02)\nexcept OSError: pass"
    )
    with box.session({}, QUICK, 1) as session, suppress(StudentError):  # or it is ended before
        session.run_cell(source)
        assert session.get("written") <= QUICK.disk_mb << 20


def test_a_job_whose_watcher_failed_gives_its_slot_to_nobody(student_python: Path) -> None:
    """The watcher is killed with the job running; the next session is in another parent, in a new folder."""
    if available("landlock").name == "none":
        pytest.skip("this machine has no landlock")
    with Sandbox(student_python, allow=("landlock",)) as box:
        with box.session({}, QUICK, 1) as session:
            session.run_cell("import os\nopen('left', 'w').write('x'); folder = os.getcwd()")
            folder = session.get("folder")
            session.run_cell("me = os.getpid()")
            watcher = Path("/proc", str(session.get("me")), "stat").read_text().rpartition(")")[2].split()[1]
            os.kill(int(watcher), 9)
            deadline = time.monotonic() + 10
            while session.dead is None and time.monotonic() < deadline:  # the kernel ends it in a moment
                session.run_cell("1")
            assert session.lost
        with box.session({}, QUICK, 1) as session:
            session.run_cell("import os\nfolder, names = os.getcwd(), os.listdir()")
            assert session.get("names") == []
            assert session.get("folder") != folder
    assert not Path(folder).exists()


def test_nothing_is_left_where_scratch_folders_are(student_python: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, make = [], tempfile.mkdtemp
    # other tests make folders there meanwhile: these are ours
    monkeypatch.setattr(tempfile, "mkdtemp", lambda *a, **k: made.append(make(*a, **k)) or made[-1])
    for mode in MODES:
        if available(mode).name == "none":
            continue
        with Sandbox(student_python, allow=(mode,)) as box, box.session({}, Limits(), 1) as session:
            session.run_cell("import os\nos.mkdir('a'); os.mkdir('a/b', 0); os.umask(0o777); os.mkdir('c')")
    scratch = [folder for folder in made if "grading-scratch-" in folder]
    assert scratch
    assert not any(Path(folder).exists() for folder in scratch)
