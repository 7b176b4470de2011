"""No submission makes another wait: leases, notices and owners are refused; what honest notebooks need is not."""

from __future__ import annotations

import pytest

from grading.sandbox import Limits, Sandbox

from .conftest import MODES, QUICK

LEASES = """
import fcntl, sys, os, errno
def attempt(path, command, argument):
    with open(path, "rb") as file:
        try:
            return fcntl.fcntl(file, command, argument)
        except OSError as error:
            return errno.errorcode[error.errno]
import matplotlib, numpy
folder = os.path.dirname(matplotlib.__file__)
found = {
    (command, path): attempt(path, command, argument)
    for path in (os.path.join(folder, "animation.py"), matplotlib.__file__, numpy.__file__, sys.executable)
    for command, argument in ((1024, 1), (1024, 0), (1025, 0), (1026, 0x3F), (8, 1), (10, 9), (1031, 1 << 20))
}
loot = sorted(set(map(str, found.values())))
"""


def test_a_file_of_the_packages_cannot_be_leased_or_watched(box: Sandbox) -> None:
    with box.session({}, QUICK, 1) as attacker, box.session({}, QUICK, 2) as victim:
        attacker.run_cell(LEASES)
        assert attacker.get("loot") == ["EPERM"]
        assert victim.run_cell("from matplotlib.animation import FuncAnimation").status == "ok"


WORDS = {
    "a lock on a file": ("fcntl.flock(file, fcntl.LOCK_EX)", "attempt(lambda: fcntl.flock(file, 6))"),
    "a lock on bytes": (
        "fcntl.fcntl(file, fcntl.F_SETLK, struct.pack('hhqqi', fcntl.F_RDLCK, 0, 7, 1, 0))",
        "fcntl.fcntl(file, fcntl.F_GETLK, struct.pack('hhqqi', fcntl.F_WRLCK, 0, 0, 0, 0))",
    ),
    "a lock of an open file": (
        "fcntl.fcntl(file, 37, struct.pack('hhqqi', fcntl.F_RDLCK, 0, 7, 1, 0))",
        "fcntl.fcntl(file, 36, struct.pack('hhqqi', fcntl.F_WRLCK, 0, 0, 0, 0))",
    ),
    "a file that is opened": (
        "open(matplotlib.__file__).read()",
        "(lambda w: (libc.inotify_add_watch(w, matplotlib.__file__.encode(), 0xFFF), "
        "attempt(lambda: os.read(w, 99))))(WATCH)",
    ),
    "the number of threads begun": (
        "[threading.Thread(target=int).start() for _ in range(300)]",
        "attempt(lambda: [line for line in open('/proc/stat') if 'processes' in line])",
    ),
}
TOOLS = """
import ctypes, fcntl, matplotlib, os, struct, threading
libc = ctypes.CDLL(None)
WATCH = libc.inotify_init1(0o4000)
file = open(matplotlib.__file__)
def attempt(action):
    try: return action()
    except OSError as error: return str(error)
"""


@pytest.mark.parametrize(("say", "hear"), WORDS.values(), ids=WORDS.keys())
def test_a_file_that_all_share_carries_no_word(box: Sandbox, say: str, hear: str) -> None:
    with box.session({}, QUICK, 1) as teller, box.session({}, QUICK, 2) as listener:
        heard = []
        for session, source in ((listener, hear), (teller, say), (listener, hear)):
            assert session.run_cell(f"{TOOLS}loot = str({source})").status == "ok"
            heard.append(session.get("loot"))
        assert heard[0] == heard[2]


HONEST = {
    "an animation": (
        "import matplotlib.pyplot as plt\nfrom matplotlib.animation import FuncAnimation\n"
        "figure, axes = plt.subplots(figsize=(2, 2)); (line,) = axes.plot([0, 1])\n"
        "text = FuncAnimation(figure, lambda k: line.set_ydata([0, k]), frames=2).to_jshtml()\nplt.close('all')"
    ),
    "a memory map of a file of one's own": (
        "import numpy as np\nm = np.memmap('m', float, 'w+', shape=(9,)); m[:] = 2.0; m.flush()\n"
        "assert np.memmap('m', float, 'r').sum() == 18"
    ),
    "a table in SQLite": (
        "import sqlite3\nwith sqlite3.connect('t.db') as base:\n    base.execute('pragma journal_mode=wal')\n"
        "    base.execute('create table t (x)'); base.execute('insert into t values (1)')\nbase.close()"
    ),
    "temporary files": (
        "import tempfile\nwith tempfile.NamedTemporaryFile('w+') as f, tempfile.TemporaryDirectory() as d:\n"
        "    f.write('x'); f.flush(); open(d + '/y', 'w').close()"
    ),
    "locks on files of one's own": (
        "import fcntl\nf = open('lock', 'w')\nfcntl.lockf(f, fcntl.LOCK_EX); fcntl.lockf(f, fcntl.LOCK_UN)\n"
        "fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)"
    ),
    "threads with names": (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(4, thread_name_prefix='mine') as pool: assert sum(pool.map(abs, range(9))) == 36"
    ),
    "asyncio": (
        "import asyncio, threading\nasync def f():\n    await asyncio.sleep(0.01)\n"
        "    return await asyncio.to_thread(abs, -1)\n"
        "assert await f() == 1\nanswer = []\n"
        "t = threading.Thread(target=lambda: answer.append(asyncio.run(f()))); t.start(); t.join()\n"
        "assert answer == [1]"
    ),
    "copies and archives": (
        "import shutil, zipfile, gzip\nopen('a', 'w').write('x'); shutil.copyfile('a', 'b')\n"
        "with zipfile.ZipFile('z.zip', 'w') as z: z.write('b')\nwith gzip.open('g.gz', 'wb') as g: g.write(b'x')"
    ),
    "questions about the terminal": (
        "import os, shutil, sys\nsys.stdout.isatty(); os.isatty(1); shutil.get_terminal_size()\n"
        "os.set_blocking(1, True)"
    ),
    "a pipe": "import os\nr, w = os.pipe(); os.set_inheritable(r, True); os.write(w, b'x'); os.read(r, 1)",
    "tables in files": (
        "import pandas as pd\npd.DataFrame({'a': [1]}).to_csv('a.csv'); pd.read_csv('a.csv')\n"
        "pd.DataFrame({'a': [1]}).to_pickle('a.pkl'); pd.read_pickle('a.pkl')"
    ),
    "a saved figure": "import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.savefig('a.pdf')",
}


@pytest.mark.parametrize("source", HONEST.values(), ids=HONEST.keys())
def test_an_honest_notebook_does_not_notice(box: Sandbox, source: str) -> None:
    with box.session({}, Limits(cell_seconds=20), 1) as session:
        result = session.run_cell(source)
        assert result.status == "ok", result.outputs[-1]


@pytest.mark.parametrize("box", MODES[:1], indirect=True)
def test_programs_run_where_forks_are_allowed(box: Sandbox) -> None:
    source = (
        "import subprocess\nfound = subprocess.run('echo x | cat', shell=True, capture_output=True).stdout\n"
        "import multiprocessing\n!ls >out.txt\nassert found == b'x\\n'"
    )
    with box.session({}, Limits(processes=6), 1) as session:
        result = session.run_cell(source)
        assert result.status == "ok", result.outputs
