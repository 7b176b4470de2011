"""Memory, disk, output, processes and time are bounded, and reaching a bound ends at most the one submission."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import replace
from typing import Any

import psutil
import pytest

from grading.errors import CourseError
from grading.sandbox import Limits, Sandbox, StudentError
from tests.conftest import descendants

from .conftest import MODES, QUICK


@contextlib.contextmanager
def unharmed(box: Sandbox) -> Any:
    """Check that a neighbour and the next submission do not notice."""
    before = {child.pid for child in descendants()}
    with box.session({}, QUICK, 1) as neighbour:
        neighbour.run_cell("import numpy as np\ndef f(x): return np.asarray(x) + 1")
        yield
        assert neighbour.call("f", [[1.0]]).tolist() == [2.0]
    with box.session({}, QUICK, 1) as following:
        assert following.run_cell("open('a', 'w').write('x' * 1000)").status == "ok"
    left = [child for child in descendants() if child.pid not in before]
    _, alive = psutil.wait_procs(left, timeout=2)  # a supervisor leaves a moment after it has told of the end
    assert alive == []


MEMORY = {
    "one array": "import numpy as np\nx = np.ones(3 * 2**30 // 8)",
    "a growing list": "x = []\nwhile True: x.append(bytearray(2**20))",
    "shared maps": "import mmap\nx = [mmap.mmap(-1, 2**26) for _ in range(50)]\nfor m in x: m.write(bytes(2**26))",
    "a long string": "x = 'ab' * 2**31",
}


@pytest.mark.parametrize("source", MEMORY.values(), ids=MEMORY.keys())
def test_memory_is_bounded(box: Sandbox, source: str) -> None:
    limits = Limits(cell_seconds=10, memory_mb=300)
    with unharmed(box), box.session({}, limits, 1) as session:
        result = session.run_cell(source)
        assert result.status in ("error", "died")
        if result.status == "error":
            assert result.outputs[-1]["ename"] in ("MemoryError", "_ArrayMemoryError", "OSError")
            session.run_cell("x = None")
            assert session.run_cell("1").status == "ok"


FILL = """
import errno, os
written, number = 0, 0
def fill(folder):
    global written, number
    try:
        while written < 2**29:
            number += 1
            with open(os.path.join(folder, f'{number}'), 'wb', buffering=0) as file:
                for _ in range(4):
                    written += file.write(bytes(2**20))
    except OSError as error:
        return errno.errorcode[error.errno]
result = {folder: fill(folder) for folder in %r}
"""
PLACES = [
    ".",
    "/tmp",
    "/box",
    "/box/0",
    "/box/1",
    "/box/warm",
    "/dev",
    "/dev/shm",
    "/dev/mqueue",
    "/run",
    "/cache",
    "/var/tmp",
]


def test_the_disk_is_bounded_wherever_one_can_write(box: Sandbox) -> None:
    with unharmed(box), box.session({}, QUICK, 1) as session:
        result = session.run_cell(FILL % (PLACES,))
        if result.status == "ok":
            assert session.get("written") <= 2 * QUICK.disk_mb << 20
            assert None not in session.get("result").values()
        else:  # no private mount: the supervisor sees it and ends the session
            assert result.status == "died"
            assert session.dead is not None
            assert "disk" in session.dead


def test_many_small_files_are_bounded(box: Sandbox) -> None:
    with unharmed(box), box.session({}, QUICK, 1) as session:
        result = session.run_cell("for n in range(200_000): open(str(n), 'w').close()")
        assert result.status in ("error", "died")


def characters(outputs: list[dict[str, Any]]) -> int:
    return len(repr(outputs))


FLOODS = {
    "a line of 60 MB": "print('x' * 60_000_000)",
    "many lines": "for _ in range(300_000): print('flood' * 12)",
    "stderr": "import sys\nfor _ in range(60): sys.stderr.write('x' * 10**6)",
    "a result": "'x' * 60_000_000",
    "displays": "for n in range(20_000): display(n)",
    "large displays": "from IPython.display import HTML\nfor n in range(40): display(HTML('x' * 10**6))",
    "a traceback": "raise ValueError('x' * 60_000_000)",
    "a deep traceback": "def f(n): return f(n + 1)\nf(0)",
    "an exception's name": "raise type('x' * 10**6, (Exception,), {})",
    "past Python": "import os\ntry:\n    for _ in range(60): os.write(1, b'x' * 10**6)\nexcept OSError: pass",
    "figures": "import matplotlib.pyplot as plt\nfor _ in range(15): plt.figure(figsize=(9, 9)).gca()",
}


@pytest.mark.parametrize("source", FLOODS.values(), ids=FLOODS.keys())
def test_output_is_bounded_and_costs_nobody_the_session(box: Sandbox, source: str) -> None:
    limits = Limits(cell_seconds=30, disk_mb=64, memory_mb=1024)
    with unharmed(box), box.session({}, limits, 1) as session:
        result = session.run_cell(source)
        assert result.status in ("ok", "error")
        assert characters(result.outputs) < 12 << 20
        assert session.run_cell("print('still here')").outputs[0]["text"] == "still here\n"


def test_output_is_bounded_over_all_cells(box: Sandbox) -> None:
    with box.session({}, Limits(output_bytes=100_000), 1) as session:
        total = sum(characters(session.run_cell("print('x' * 30_000)").outputs) for _ in range(10))
        assert 60_000 < total < 200_000
        assert session.run_cell("x = 1").status == "ok"
        assert session.get("x") == 1


def test_a_child_that_lies_about_its_bounds_is_cut_off(box: Sandbox) -> None:
    source = (
        "import sys\ncollector = sys.modules['sandbox.inside.shell'].COLLECTOR\nclass Liar(dict): pass\n"
        "collector.take = lambda: [{'output_type': 'stream', 'name': 'stdout', 'text': 'x' * 10**6}] * 25\n"
    )
    with box.session({}, Limits(output_bytes=10**6), 1) as session:
        session.run_cell(source)
        assert characters(session.run_cell("1").outputs) < 2 * 10**6


def test_a_very_long_cell_is_not_run(box: Sandbox) -> None:
    with box.session({}, QUICK, 1) as session:
        result = session.run_cell("x = '" + "a" * 60_000_000 + "'")
        assert result.status == "error"
        assert result.outputs[0]["ename"] == "CellTooLong"
        assert session.run_cell("1").status == "ok"


def test_threads_are_bounded(box: Sandbox) -> None:
    source = (
        "import threading, time\nfor _ in range(5000): threading.Thread(target=time.sleep, args=(60,)).start()"
    )
    with unharmed(box), box.session({}, Limits(cell_seconds=10, memory_mb=300), 1) as session:
        assert session.run_cell(source).outputs[-1]["ename"] in ("RuntimeError", "MemoryError")
        count = session.run_cell("threading.active_count()").outputs[0]["data"]["text/plain"]
        assert int(count) < 400


def test_threads_with_small_stacks_are_bounded(box: Sandbox) -> None:
    source = (
        "import _thread, threading\nthreading.stack_size(32768)\nwait = _thread.allocate_lock(); wait.acquire()\n"
        "for begun in range(1000): _thread.start_new_thread(wait.acquire, ())"
    )
    with unharmed(box), box.session({}, QUICK, 1) as session:
        assert session.run_cell(source).outputs[-1]["ename"] == "RuntimeError"
        assert 16 < session.get("begun") < 200


KEPT = {
    "open": "kept.append(file)",
    "sent": "a, b = socket.socketpair(); socket.send_fds(a, [b'x'], [file.fileno()]); kept += [a, b]",
}


@pytest.mark.parametrize("where", KEPT.values(), ids=KEPT.keys())
def test_files_without_a_name_count(box: Sandbox, where: str) -> None:
    source = (
        "import os, socket, time\nkept = []\ntry:\n    for n in range(30):\n"
        "        file = open('f', 'w+b'); os.unlink('f'); file.write(bytes(4 << 20)); file.flush()\n"
        f"        {where}\n        time.sleep(0.06)\nexcept OSError: pass"
    )
    with (
        unharmed(box),
        box.session({}, QUICK, 1) as session,
        contextlib.suppress(StudentError),
    ):  # or it is ended before
        session.run_cell(source)  # it may be ended before it is asked
        assert session.get("n") <= QUICK.disk_mb // 4


def test_open_files_are_bounded(box: Sandbox) -> None:
    with unharmed(box), box.session({}, QUICK, 1) as session:
        assert session.run_cell("x = [open('/dev/null') for _ in range(10_000)]").outputs[-1]["ename"] == "OSError"
        session.run_cell("x = None")
        assert session.run_cell("1").status == "ok"


def test_forks_are_refused_by_default(box: Sandbox) -> None:
    with unharmed(box), box.session({}, QUICK, 1) as session:
        for source in ("import os; os.fork()", "import subprocess; subprocess.run(['ls'])"):
            assert session.run_cell(source).outputs[-1]["ename"] == "PermissionError"


@pytest.mark.parametrize("box", MODES[1:], indirect=True)
def test_forks_are_refused_where_they_cannot_be_counted(box: Sandbox) -> None:
    with pytest.raises(CourseError, match="processes"), box.session({}, Limits(processes=4), 1):
        pass


FORKING = Limits(processes=8, cell_seconds=5, memory_mb=400)
only_namespaces = pytest.mark.parametrize("box", MODES[:1], indirect=True)


@only_namespaces
def test_commands_run_where_forks_are_allowed(box: Sandbox) -> None:
    with box.session({"a.txt": b""}, FORKING, 1) as session:
        result = session.run_cell(
            "!ls\nimport subprocess; print(subprocess.run(['ls'], capture_output=True).stdout)"
        )
        assert result.status == "ok"
        assert result.outputs[0]["text"].count("a.txt") == 2


BOMBS = {
    "fork bomb": "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
    "detached": "import os,time\nif os.fork() == 0:\n  os.setsid()\n  os.fork() or time.sleep(600)\n  os._exit(0)",
    "in the background": "import subprocess\nx = subprocess.Popen(['sleep', '600'], start_new_session=True)",
}


@only_namespaces
@pytest.mark.parametrize("source", BOMBS.values(), ids=BOMBS.keys())
def test_a_tree_of_processes_is_bounded_and_gone(box: Sandbox, source: str) -> None:
    with unharmed(box), box.session({}, replace(FORKING, cell_seconds=2), 1) as session:
        before = len(descendants())
        session.run_cell(source)
        assert len(descendants()) < before + 100


@only_namespaces
def test_memory_of_a_tree_is_bounded_in_sum(box: Sandbox) -> None:
    source = (
        "import os, time\nfor _ in range(6):\n    if os.fork() == 0:\n        x = bytearray(b'x' * (200 << 20))\n"
        "        time.sleep(60)\ntime.sleep(4)"
    )
    with unharmed(box), box.session({}, FORKING, 1) as session:
        assert session.run_cell(source).status == "died"
        assert session.dead is not None
        assert "memory" in session.dead


def test_a_call_that_cannot_be_interrupted_is_killed(box: Sandbox) -> None:
    source = (
        "import time\ndef f():\n    while True:\n        try:\n            while True: time.sleep(1)\n"
        "        except BaseException: pass"
    )
    with unharmed(box), box.session({}, Limits(call_seconds=1), 1) as session:
        session.run_cell(source)
        started = time.monotonic()
        with pytest.raises(StudentError) as caught:
            session.call("f")
        assert caught.value.kind == "timeout"
        assert time.monotonic() - started < 5
        assert session.dead is not None


def test_the_graders_own_memory_stays_flat(box: Sandbox) -> None:
    process = psutil.Process()
    for _ in range(3):
        with box.session({}, QUICK, 1):
            pass
    before = process.memory_info().rss, process.num_fds()
    for _ in range(20):
        with box.session({}, QUICK, 1) as session:
            session.run_cell("print('x' * 100_000)")
    assert process.memory_info().rss - before[0] < 20 << 20
    assert process.num_fds() <= before[1]
    assert os.getpid() == process.pid


def test_cells_that_each_outstay_their_time_do_not_outstay_the_notebooks(box: Sandbox) -> None:
    source = "import time\ntry:\n    while True: pass\nexcept BaseException: time.sleep(1)"
    started = time.monotonic()
    with box.session({}, Limits(cell_seconds=1, total_seconds=2), 1) as session:
        for _ in range(8):
            session.run_cell(source)
    assert time.monotonic() - started < 5
    assert session.dead == "no answer within 2 s, the limit of the whole notebook"
