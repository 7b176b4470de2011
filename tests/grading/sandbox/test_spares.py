"""A copy of a copy: made before the first is asked anything, and asked with functions that are answered here."""

from __future__ import annotations

import time
from typing import Any

import pytest

from grading.sandbox import Limits, Sandbox, Session, StudentError

from .conftest import QUICK
from .test_copies import SECRET, copies_of, living

ADDS = "def add(k): return k\ndef f(k): return [add(k), add(k=1)]"


@pytest.fixture
def session(box: Sandbox) -> Any:
    with box.session({}, QUICK, 1, copies=8) as fresh:
        yield fresh


def answer(name: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
    assert name == "add"
    return sum([*args, *kwargs.values()]) + 100


def outcome(process: Any, name: str, *args: Any) -> Any:
    try:
        return process.call(name, args)
    except StudentError as error:
        return error.ename or error.kind


def twice(session: Session, source: str, *, first: str = "f", second: str = "f", after: str = "") -> list[Any]:
    """What a copy answers, then its spare with `add` answered from here, then another copy."""
    copy, other = copies_of(session, source, after or "1")
    session.finish()
    spare = session.spare()
    with session.asking(copy, spare=spare) as process:
        found = [outcome(process, first, SECRET)]
    if spare.refused:
        return [*found, spare.refused]
    with session.asking(spare) as process:
        process.replace(["add"], answer)
        found.append(outcome(process, second, 7))
    with session.asking(other) as process:
        return [*found, outcome(process, "f", 1)]


def test_a_spare_is_answered_and_others_are_not(session: Session) -> None:
    assert twice(session, ADDS) == [[SECRET, 1], [107, 101], [1, 1]]


def test_a_spare_knows_nothing_of_the_first(session: Session) -> None:
    source = (
        "import os, tempfile\nkept = []\ndef add(k): return k\n"
        "def f(k):\n    seen = [*kept, *os.listdir(tempfile.gettempdir())]\n    kept.append(k)\n"
        "    open(os.path.join(tempfile.gettempdir(), 'leak'), 'w').write(str(k))\n    return seen"
    )
    assert twice(session, source) == [[], [], []]


def test_many_calls_data_frames_and_errors_cross_and_come_back(session: Session) -> None:
    source = (
        "import numpy as np, pandas as pd\ndef add(k): return k\n"
        "def f(k):\n    s = sum(add(i) for i in range(200))\n"
        "    try: add('no number')\n    except TypeError as error: s += len(str(error)) > 0\n"
        "    try: add(lambda: 1)\n    except TypeError: s += 1\n"
        "    return [s, add(np.arange(3)), add(pd.Series([1, 2]))]"
    )
    first, second, _ = twice(session, source)
    assert second[0] == sum(range(200)) + 200 * 100 + 2
    assert second[1].tolist() == [100, 101, 102]
    assert second[2].tolist() == [101, 102]
    assert first != second


FORGED = {
    "another function": "return ask({'id': runner().number, 'asks': 'secret', 'args': [], 'kwargs': {}})",
    "no name": "return ask({'id': runner().number, 'asks': 5, 'args': [], 'kwargs': {}})",
    "no arguments": "return ask({'id': runner().number, 'asks': 'add'})",
    "another request": "return ask({'id': 99, 'asks': 'add', 'args': [1], 'kwargs': {}})",
    "without end": "\n    while True: ask({'id': runner().number, 'asks': 'add', 'args': [1], 'kwargs': {}})",
}
FORGES = """
import gc, sys
def add(k): return k
def runner():
    return next(o for o in gc.get_objects() if type(o).__name__ == "Runner")
def ask(question):
    messages = sys.modules[type(runner()).__module__].messages
    messages.send(runner().connection, question)
    return repr(messages.receive(runner().connection))
def f(k):
    if k != 7: return k
    """


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED.keys())
def test_what_a_spare_may_not_ask_is_not_answered(box: Sandbox, forged: str) -> None:
    limits = Limits(cell_seconds=3, call_seconds=1, total_seconds=60, memory_mb=512, disk_mb=16)
    with box.session({}, limits, 1, copies=8) as session:
        first, second, other = twice(session, FORGES + forged)
    assert (first, other) == (SECRET, 1)
    assert second in ("{'ename': 'AssertionError'}", "died", "TimeLimitError")


HOOKS = {
    "a file": "kept.append(open('/dev/null'))",
    "shared memory": "import mmap; kept.append(mmap.mmap(-1, 4096))",
    "a thread": "import threading; threading.Thread(target=lambda: [0 for _ in iter(int, 1)]).start()",
    "the permit": "os.fork()",
    "its end": "os._exit(3)",
}


@pytest.mark.parametrize("when", ["before", "after_in_child", "after_in_parent"])
@pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS.keys())
def test_a_spare_that_holds_more_is_not_asked_and_costs_only_itself(
    session: Session, hook: str, when: str
) -> None:
    source = (
        "import os\nkept, forks, mine = [], [], os.getpid()\n"
        "def hook():\n    forks.append(1)\n"
        f"    if os.getpid() == mine or len(forks) < {1 + ('child' in when)}: return\n"
        f"    os.closerange = lambda *a: None\n    {hook}\nos.register_at_fork({when}=hook)"
    )
    before = living()
    other, copy = copies_of(session, ADDS, source)
    session.finish()
    spare = session.spare()
    with session.asking(copy, spare=spare) as process:
        outcome(process, "f", 1)
    if not spare.refused:
        with session.asking(spare) as process:
            assert outcome(process, "f", 2) == [2, 1]
    with session.asking(other) as process:
        assert outcome(process, "f", 3) == [3, 1]
    deadline = time.monotonic() + 2  # who was killed may take a moment to end
    while living() > before and time.monotonic() < deadline:
        time.sleep(0.02)
    assert living() <= before
