"""Hidden questions leave no trace: they are put to copies of a process, and nothing that saw one can tell another.

Each attack tries to bring what a hidden question holds, `SECRET`, to another copy, which would tell it.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from grading.sandbox import Copy, Limits, Sandbox, Session, StudentError
from tests.conftest import descendants

from .conftest import MODES, QUICK

SECRET = 7919


def copies_of(session: Session, *sources: str) -> list[Copy]:
    """Run each cell and copy the process after it."""
    found = []
    for source in sources:
        result = session.run_cell(source)
        assert result.status == "ok", result.outputs
        copy = session.copy()
        assert copy is not None
        found.append(copy)
    return found


def asked(session: Session, copy: Copy, name: str, *arguments: Any) -> Any:
    """One question to a copy: its answer, or the error."""
    if copy.refused:
        return copy.refused
    with session.asking(copy) as process:
        try:
            return process.call(name, arguments)
        except StudentError as error:
            return error


@pytest.fixture
def session(box: Sandbox) -> Any:
    with box.session({"given.txt": b"given"}, QUICK, 1, copies=8) as fresh:
        yield fresh


def test_a_copy_stands_as_the_process_stood(session: Session) -> None:
    first, second = copies_of(
        session, "import random\nx = [1]\ndef f(k): return [x, k, random.random()]", "x.append(2)"
    )
    session.run_cell("x.clear(); drawn = random.random()")
    drawn = session.get("drawn")
    session.finish()
    assert asked(session, second, "f", 1) == [[1, 2], 1, drawn]
    assert asked(session, first, "f", 2) == [[1], 2, drawn]


def test_a_copy_reads_files_and_has_a_place_for_temporary_ones(session: Session) -> None:
    source = (
        "import tempfile, os, numpy as np\nopen('mine.txt', 'w').write('mine')\n"
        "def f(k):\n    with tempfile.NamedTemporaryFile('w+') as file:\n"
        "        file.write('x' * k); file.flush(); n = os.path.getsize(file.name)\n"
        "    print('said'); os.write(1, b'said')\n"
        "    return [n, open('given.txt').read(), open('mine.txt').read()]"
    )
    (copy,) = copies_of(session, source)
    session.finish()
    assert asked(session, copy, "f", 5) == [5, "given", "mine"]


def test_what_a_function_writes_beside_the_notebook_is_lost_with_its_copy(session: Session) -> None:
    source = (
        "import os\nos.mkdir('out')\n"
        "log, table = open('log.txt', 'w'), open('given.txt')\nlog.write('begun'); log.flush(); table.read(2)\n"
        "def f(k):\n    print('asked', file=log, flush=True)\n    found = table.read()\n"
        "    with open('out/mine.txt', 'a') as mine, open('log.txt', 'a') as new:\n"
        "        mine.write('mine'); new.write(str(k))\n"
        "    return [found, open('out/mine.txt').read(), open('log.txt').read()]"
    )
    first, second = copies_of(session, source, "table.read(1)")
    session.finish()
    assert asked(session, first, "f", 5) == ["ven", "mine", "begun5"]
    assert asked(session, second, "f", 6) == ["en", "mine", "begun6"]


def test_after_the_process_has_ended_its_copies_are_asked_all_the_same(session: Session) -> None:
    (copy,) = copies_of(session, "import os\ndef f(k): return k")
    session.run_cell("os._exit(3)")
    assert session.dead == "it ended by itself (exit code 3)"
    assert session.copy() is None
    session.finish()
    assert session.dead == "it ended by itself (exit code 3)"
    assert asked(session, copy, "f", 1) == 1


def test_when_time_is_up_copies_made_before_are_asked_all_the_same(box: Sandbox) -> None:
    with box.session({}, Limits(cell_seconds=1, call_seconds=1, total_seconds=1.5), 1, copies=1) as session:
        (copy,) = copies_of(session, "def f(k): return k")
        for _ in range(2):
            session.run_cell("while True: pass")
        session.finish()
        assert asked(session, copy, "f", 1) == 1


def test_a_copy_that_ends_or_loops_costs_only_itself(box: Sandbox) -> None:
    deaf = "def f(k):\n  while True:\n    try:\n      while True: pass\n    except BaseException: pass"
    with box.session({}, Limits(call_seconds=0.5), 1, copies=3) as session:
        ends, loops, fine = copies_of(session, "import os\ndef f(k): os._exit(k)", deaf, "def f(k): return k")
        session.finish()
        started = time.monotonic()
        assert asked(session, ends, "f", 4).message == "it ended by itself (exit code 4)"
        assert asked(session, loops, "f", 4).kind == "timeout"
        assert time.monotonic() - started < 8
        assert asked(session, fine, "f", 4) == 4


def test_a_fork_is_refused_as_ever(session: Session) -> None:
    (copy,) = copies_of(session, "import os\ndef f(k): return os.fork()")
    assert session.run_cell("os.fork()").outputs[-1]["ename"] == "PermissionError"
    session.finish()
    assert asked(session, copy, "f", 1).ename == "PermissionError"


def living() -> int:
    """How many processes there are below this one; what has ended and waits to be reaped is none."""
    number = 0
    for process in descendants():
        with contextlib.suppress(psutil.NoSuchProcess):
            number += process.status() != psutil.STATUS_ZOMBIE
    return number


def test_a_fork_that_was_permitted_is_one(box: Sandbox) -> None:
    """A thread that tries to fork all the time takes the copy's place at best: there is one process, or none."""
    source = """
import ctypes, threading
libc = ctypes.CDLL(None)
def steal():
    while True:
        if libc.syscall(56, 0x1200011, 0, 0, 0, 0) == 0:
            while True: pass
for _ in range(3): threading.Thread(target=steal, daemon=True).start()
"""
    with box.session({}, QUICK, 1, copies=4) as session:
        session.run_cell(source)
        before = living()
        for _ in range(3):
            session.copy()
        assert living() <= before + 3
        session.finish()  # the notebook's process ends
        assert living() <= before + 2


def test_copies_are_bounded_together_in_memory(box: Sandbox) -> None:
    with box.session({}, Limits(memory_mb=200), 1, copies=8) as session:
        session.run_cell("import os\nx = []\ndef f(k): return len(x)")
        taken = []
        for _ in range(8):
            session.run_cell("x = None\nx = [bytearray(os.urandom(1 << 20)) for _ in range(120)]")
            taken.append(session.copy())
            time.sleep(0.15)
        assert session.dead == "it used more memory than it may"
        session.finish()


def test_what_copies_share_is_counted_once(box: Sandbox) -> None:
    with box.session({}, Limits(memory_mb=300), 1, copies=8) as session:
        session.run_cell("import numpy as np\nx = np.ones(20_000_000)\ndef f(k): return float(x[k])")
        taken = [session.copy() for _ in range(8)]
        time.sleep(0.3)
        assert session.dead is None
        session.finish()
        assert [asked(session, copy, "f", 1) for copy in taken if copy] == [1.0] * 8


LEAK = "import os\nleak = os.path.abspath('leak')\n"
CHANNELS = {
    "a module's variable": ("kept = []\ndef put(k): kept.append(k)\ndef get(k): return list(kept)", [[]]),
    "a file": (
        f"{LEAK}def put(k): open(leak, 'w').write(str(k))\ndef get(k): return open(leak).read()",
        ["FileNotFoundError"],
    ),
    "a file beside the notebook": (
        "def put(k): open('leak', 'w').write(str(k))\ndef get(k): return open('leak').read()",
        ["FileNotFoundError"],
    ),
    "a file that is there": (
        f"{LEAK}open(leak, 'w').write('x')\ndef put(k): open(leak, 'w').write(str(k))\n"
        "def get(k): return open(leak).read() + open('leak').read()",
        ["xx"],
    ),
    "a file's times and rights": (
        f"{LEAK}open(leak, 'w').close()\n"
        "def put(k):\n    for action in (lambda: os.utime(leak, (k, k)), lambda: os.chmod(leak, 0o777)):\n"
        "        try: action()\n        except OSError: pass\n"
        "def get(k): return [int(os.stat(leak).st_mtime) == 7919, os.stat(leak).st_mode & 0o777 == 0o777]",
        [[False, False]],
    ),
    "a file's time of reading": (
        f"{LEAK}open(leak, 'w').write('x'); os.stat(leak)\ntime_before = None\n"
        "def put(k): return [open(leak).read() for _ in range(3)]\n"
        "def get(k): return os.stat(leak).st_atime_ns",
        None,
    ),
    "a folder for temporary files": (
        "import tempfile, os\ndef put(k): open(os.path.join(tempfile.gettempdir(), 'leak'), 'w').write(str(k))\n"
        "def get(k): return os.listdir(tempfile.gettempdir())",
        [[]],
    ),
    "shared memory's folder": (
        "import os\ndef put(k): open('/dev/shm/leak', 'w').write(str(k))\n"
        "def get(k): return open('/dev/shm/leak').read()",
        ["FileNotFoundError", "PermissionError"],
    ),
    "the numbers of threads": (
        "import threading\n"
        "def put(k):\n    for _ in range(50):\n        t = threading.Thread(target=int); t.start(); t.join()\n"
        "def get(k):\n    seen = []\n"
        "    t = threading.Thread(target=lambda: seen.append(threading.get_native_id()))\n"
        "    t.start(); t.join(); return seen[0]",
        None,
    ),
    "a lock on a file": (
        "import fcntl, sys\nfile = None\n"
        "def put(k):\n    global file\n    file = open(sys.executable)\n"
        "    fcntl.flock(file, fcntl.LOCK_EX)\n"
        "def get(k):\n    put(k); fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB); return 'free'",
        ["free"],
    ),
    "a signal": (
        "import os, signal\nheard = []\nsignal.signal(signal.SIGUSR1, lambda *_: heard.append(1))\n"
        "def put(k):\n    for pid in range(1, 400):\n        if pid != os.getpid():\n"
        "            try: os.kill(pid, signal.SIGUSR1)\n            except OSError: pass\n"
        "def get(k): return len(heard)",
        [0],
    ),
    "a process that stays": (
        "import os, threading, time\n"
        "def put(k):\n    threading.Thread(target=time.sleep, args=(60,)).start()\n"
        "    try: os.fork()\n    except OSError: pass\n"
        "def get(k): return threading.active_count() > 2",
        [False],
    ),
    "a terminal's or a pipe's end": (
        "import os\ndef put(k):\n    for fd in range(0, 200):\n        if fd != 3:\n"
        "            try: os.write(fd, b'leak')\n            except OSError: pass\n"
        "def get(k):\n    found = []\n    for fd in range(0, 200):\n        if fd > 3:\n"
        "            try: found.append(os.read(fd, 9))\n            except OSError: pass\n    return found",
        [[]],
    ),
}


@pytest.mark.parametrize(("source", "harmless"), CHANNELS.values(), ids=CHANNELS.keys())
def test_what_one_copy_was_asked_no_other_knows(
    box: Sandbox, session: Session, source: str, harmless: list[Any] | None
) -> None:
    if "get_native_id" in source and box.mode.name != MODES[0]:
        pytest.skip("numbers of threads are the machine's: trust.md says so")
    before, first, second = copies_of(session, source, "1", "2")
    session.finish()
    untouched = asked(session, before, "get", 0)
    asked(session, first, "put", SECRET)
    found = asked(session, second, "get", 0)
    said = found.ename if isinstance(found, StudentError) else found
    if harmless is None:
        assert said == untouched
    else:
        assert said in harmless


@pytest.mark.skipif(
    os.geteuid() != 0,
    reason="the sandbox closes its processes to their own user: the kernel shows their memory maps to root alone",
)
def test_no_memory_is_shared_from_the_start(session: Session) -> None:
    """So copies of a process that asked for none need no look at their memory."""
    session.run_cell("1")
    flags = [
        line.split()
        for child in descendants()
        if "warm_parent" in " ".join(child.cmdline())
        for line in Path(f"/proc/{child.pid}/smaps").read_text().splitlines()
        if line.startswith("VmFlags")
    ]
    assert flags
    assert not [words for words in flags if "sh" in words]


HOLDS = {
    "an open file": "file = open('a', 'w')",
    "a descriptor that was kept": "import os\nos.close = os.closerange = lambda *a: None\nkept = os.dup(1)",
    "a pipe": "import os\nr, w = os.pipe()",
    "a pair of sockets": "import socket\na, b = socket.socketpair()",
    "shared memory": "import mmap\nm = mmap.mmap(-1, 4096)",
    "a file in memory": (
        "import mmap\nf = open('a', 'w+b'); f.truncate(4096); m = mmap.mmap(f.fileno(), 4096); f.close()"
    ),
    "a file in memory, to be opened for writing later": (
        "import mmap\nf = open('a', 'w+b'); f.truncate(4096)\n"
        "m = mmap.mmap(f.fileno(), 4096, prot=mmap.PROT_READ); f.close()"
    ),
    "NumPy's map of a file": "import numpy as np\nm = np.memmap('m', float, 'w+', shape=(9,))",
    "other copies' channels": (
        "import socket, os\nhonest = socket.recv_fds\n"
        "def keep(*a):\n    got = honest(*a); os.dup(got[1][0]); return got\nsocket.recv_fds = keep"
    ),
    "a thread with descriptors of its own": (
        "import ctypes, threading\nlibc = ctypes.CDLL(None)\nstop = []\n"
        "import os\nhonest = os.fork\n"
        "def fork():\n    pid = honest()\n"
        "    if pid == 0: threading.Thread(target=lambda: [None for _ in iter(int, 1)]).start()\n"
        "    return pid\nos.fork = fork"
    ),
}
KEEPS = "\nimport os\nos.closerange = lambda *a: None\ndef f(k): return k"


@pytest.mark.parametrize("source", HOLDS.values(), ids=HOLDS.keys())
def test_a_copy_that_holds_what_it_could_share_is_not_asked(session: Session, source: str) -> None:
    session.run_cell(source + KEEPS)
    copy = session.copy()
    session.finish()
    assert copy is not None
    assert copy.refused.startswith(
        ("it holds other files", "it shares memory", "it runs threads", "it did not let")
    )


HONEST_HOLDS = {
    "open files, pipes and sockets": (
        "import os, socket\nfile, pair, ends = open('a', 'w'), socket.socketpair(), os.pipe()"
    ),
    "an open figure": "import matplotlib.pyplot as plt\nplt.plot([1, 2])",
    "threads": "import threading, time\nthreading.Thread(target=time.sleep, args=(9,), daemon=True).start()",
    "a pool of threads": (
        "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(2); pool.submit(int)"
    ),
    "a loop of asyncio": "import asyncio\nawait asyncio.sleep(0)",
    "NumPy's map of a file to read": (
        "import numpy as np\nnp.ones(9).tofile('m')\nm, c = np.memmap('m', float, 'r'), np.memmap('m', float, 'c')"
    ),
    "a database": "import sqlite3\nbase = sqlite3.connect('t.db'); base.execute('create table t (x)')",
    "warnings that are errors": "import warnings\nwarnings.simplefilter('error')",
}


@pytest.mark.parametrize("source", HONEST_HOLDS.values(), ids=HONEST_HOLDS.keys())
def test_an_honest_copy_is_asked_whatever_the_notebook_holds(session: Session, source: str) -> None:
    (copy,) = copies_of(session, source + "\ndef f(k): return k")
    session.finish()
    assert (copy.refused, asked(session, copy, "f", 1)) == ("", 1)


def test_copies_that_wait_do_not_run(session: Session) -> None:
    spin = (
        "import os, time\nhonest, ticks = os.fork, []\n"
        "def fork():\n    pid = honest()\n    if pid == 0: ticks.append(time.process_time())\n"
        "    return pid\nos.fork = fork\n"
        "def f(k): return time.process_time() - ticks[0]"
    )
    (copy,) = copies_of(session, spin)
    time.sleep(0.5)
    session.finish()
    assert asked(session, copy, "f", 1) < 0.2


def test_nothing_of_copies_is_left(box: Sandbox) -> None:
    with box.session({}, QUICK, 1):
        pass
    before = {child.pid for child in descendants()}
    for finish in (True, False):
        with box.session({}, QUICK, 1, copies=3) as session:
            copies_of(session, "def f(k): return k", "1", "2")
            if finish:
                session.finish()
    left = [child for child in descendants() if child.pid not in before]
    assert psutil.wait_procs(left, timeout=2)[1] == []
