"""A sibling of the warm parent keeps its submissions to itself, ends with the first, and is replaced if lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from grading.sandbox import Sandbox, Session, SiblingParent
from tests.conftest import descendants

from .conftest import MODES, QUICK, available
from .test_modes import kill_parent, lives

WRITE = "from pathlib import Path\nPath('mine').write_text('1')\nhere = str(Path('mine').resolve())"


@pytest.fixture(params=MODES)
def shared(request: pytest.FixtureRequest, student_python: Path) -> Iterator[Sandbox]:
    """The sandbox whose warm parent forks the siblings."""
    if available(request.param).name == "none":
        pytest.skip(f"this machine has no mode {request.param}")
    with Sandbox(student_python, jobs=2, allow=(request.param,)) as box:
        yield box


@contextmanager
def sibling(shared: Sandbox, slot: int = 0) -> Iterator[Sandbox]:
    control = shared.sibling(slot)
    with Sandbox(Path(shared.mode.place.interpreter.python), sibling=SiblingParent(shared.mode, control)) as box:
        yield box


def reads(session: Session, path: str) -> bool:
    return session.run_cell(f"open({path!r}).read()").status == "ok"


def processes() -> set[int]:
    return {process.pid for process in descendants()}


def runs(pid: int) -> bool:
    """Whether a process lives, whoever its parent is by now."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def ends(pids: set[int]) -> bool:
    deadline = time.monotonic() + 5
    while any(map(runs, pids)) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not any(map(runs, pids))


def test_submissions_of_two_siblings_do_not_see_each_other(shared: Sandbox) -> None:
    with (
        sibling(shared, 0) as first,
        sibling(shared, 1) as second,
        first.session({}, QUICK, 1) as one,
        second.session({}, QUICK, 1) as other,
    ):
        assert one.run_cell(WRITE).status == other.run_cell(WRITE).status == "ok"
        one.run_cell("Path('one').write_text('1')")
        folder = str(Path(one.get("here")).parent)
        assert reads(one, f"{folder}/one")
        assert not reads(other, f"{folder}/one")
        assert reads(other, other.get("here"))


def test_a_sibling_starts_nothing_anew_and_leaves_nothing_running(shared: Sandbox) -> None:
    before = processes()
    with sibling(shared) as box:
        assert len(processes() - before) == 1
        with box.session({}, QUICK, 1) as session:
            assert lives(session)
            started = processes() - before
    assert ends(started)


def test_a_lost_sibling_is_replaced_by_a_parent_of_its_own(shared: Sandbox) -> None:
    with sibling(shared) as box:
        with box.session({}, QUICK, 1) as session:
            kill_parent(box)
            assert not lives(session)
            assert session.lost
        with box.session({}, QUICK, 1) as session:
            assert lives(session)


def test_a_sibling_ends_with_the_parent_that_forked_it(shared: Sandbox) -> None:
    before = processes()
    with sibling(shared) as box, box.session({}, QUICK, 1) as session:
        assert lives(session)
        its_own = processes() - before
        kill_parent(shared)
        assert ends(its_own)
        assert not lives(session)
        assert session.lost


def test_a_sibling_that_is_gone_before_it_is_used_is_no_trouble(student_python: Path) -> None:
    with Sandbox(student_python, jobs=2) as shared:
        mode, control = shared.mode, shared.sibling(0)
    with (
        Sandbox(student_python, sibling=SiblingParent(mode, control)) as box,
        box.session({}, QUICK, 1) as session,
    ):
        assert lives(session)
