"""A machine on which a submission's process cannot be set up is told from a submission that ends its own."""

from __future__ import annotations

from typing import Any

import pytest

from grading.errors import CourseError
from grading.sandbox import Sandbox, Session, warm

from .conftest import QUICK

BROKEN = {
    "in the child": {"seed": None},
    "by a limit that is refused": {"memory_bytes": "much"},
    "before there is a child": {"disk_bytes": "much"},
}
CRASHES = {
    "in its first cell": {},
    "by a module beside the notebook": {f"{name}.py": b"import os\nos._exit(0)" for name in ("json", "socket")},
}


def broken(monkeypatch: pytest.MonkeyPatch, fault: dict[str, Any], times: int = 99) -> None:
    """Let a number of orders for a process hold what no machine can do."""
    whole, made = warm._fork_order, []

    def order(*positional: Any, **named: Any) -> dict[str, Any]:
        made.append(whole(*positional, **named))
        if len(made) <= times:
            bounds = made[-1]["bounds"]
            made[-1] |= {name: value for name, value in fault.items() if name not in bounds}
            bounds |= {name: value for name, value in fault.items() if name in bounds}
        return made[-1]

    monkeypatch.setattr(warm, "_fork_order", order)


def status(session: Session) -> str:
    return session.run_cell("1").status


@pytest.mark.parametrize("fault", BROKEN.values(), ids=BROKEN.keys())
def test_a_process_that_cannot_be_set_up_is_the_machines_fault(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, fault: dict[str, Any]
) -> None:
    broken(monkeypatch, fault)
    with pytest.raises(CourseError, match=r"this machine cannot set up .+ \(.+\); .*'doctor'") as told:
        box.in_session(status, limits=QUICK)
    assert len(str(told.value).splitlines()) == 1
    monkeypatch.undo()
    assert box.in_session(status, limits=QUICK) == "ok"


def test_a_fault_that_passes_costs_nothing(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch, {"seed": None}, times=2)
    assert box.in_session(status, limits=QUICK) == "ok"


@pytest.mark.parametrize("files", CRASHES.values(), ids=CRASHES.keys())
def test_a_submission_that_ends_its_process_has_crashed(box: Sandbox, files: dict[str, bytes]) -> None:
    def end(session: Session) -> tuple[bool, str, str | None]:
        session.run_cell("import os\nos.kill(os.getpid(), 9)")
        return session.lost, session.fault, session.dead

    lost, fault, dead = box.in_session(end, files, QUICK)
    assert (lost, fault) == (False, "")
    assert dead is not None


def test_a_sandbox_that_is_lost_again_and_again_is_the_graders_failure(box: Sandbox) -> None:
    tried = []

    def lose(session: Session) -> None:
        tried.append(session.run_cell("1").status)
        session._job.lose()

    with pytest.raises(RuntimeError, match="lost 3 times"):
        box.in_session(lose, limits=QUICK)
    assert tried == ["ok"] * 3
    assert box.in_session(status, limits=QUICK) == "ok"
