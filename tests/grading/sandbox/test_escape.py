"""Hostile submissions: nothing outside is read, written or reached, and nothing is left running.

Each attack records what it got in ``loot``; the prelude's ``attempt`` turns a refusal into the name of its error.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from grading.sandbox import Limits, Sandbox, Session
from grading.sandbox.inside import seccomp

from .conftest import QUICK, REPOSITORY

PRELUDE = """
import ctypes, errno, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)

def attempt(action):
    try:
        return "got: %r" % (action(),)
    except BaseException as error:
        return type(error).__name__

def system_call(number, *arguments):
    result = libc.syscall(number, *arguments)
    return errno.errorcode[ctypes.get_errno()] if result < 0 else "got: %r" % result
"""


def loot(session: Session, source: str) -> object:
    """Run an attack and return what it says it got."""
    session.run_cell(PRELUDE)
    result = session.run_cell(source)
    assert result.status == "ok", result.outputs
    return session.get("loot")


def refused(found: object) -> bool:
    return isinstance(found, str) and not found.startswith("got:")


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.txt"
    path.write_text("the answer is 42")
    return path


def test_the_attempts_helper_sees_what_succeeds(session: Session) -> None:
    assert loot(session, "loot = attempt(lambda: 1 + 1)") == "got: 2"


READS = [
    "/etc/passwd",
    "/etc/shadow",
    str(Path.home() / ".bashrc"),
    str(REPOSITORY / "pyproject.toml"),
    str(REPOSITORY),
]


@pytest.mark.parametrize("path", READS, ids=["accounts", "passwords", "home", "course file", "course folder"])
def test_the_machines_files_are_not_read(session: Session, path: str) -> None:
    source = f"path = {path!r}\nloot = [attempt(lambda: open(path).read(9)), attempt(lambda: os.listdir(path))]"
    found = loot(session, source)
    assert isinstance(found, list)
    assert all(map(refused, found))


@pytest.mark.parametrize(
    "way", ["{0}", "/proc/self/root{0}", "/proc/1/root{0}", "../../../../../..{0}", "/proc/1/cwd{0}"]
)
def test_a_secret_elsewhere_is_not_read_by_any_road(session: Session, secret: Path, way: str) -> None:
    assert refused(loot(session, f"loot = attempt(lambda: open({way.format(secret)!r}).read())"))


def test_a_symbolic_or_hard_link_opens_no_road(session: Session, secret: Path) -> None:
    source = (
        f"os.symlink({str(secret)!r}, 'soft')\n"
        "loot = [attempt(lambda: open('soft').read()), attempt(lambda: open('soft', 'w')),"
        f" attempt(lambda: os.link({str(secret)!r}, 'hard'))]"
    )
    found = loot(session, source)
    assert isinstance(found, list)
    assert all(map(refused, found))
    assert secret.read_text() == "the answer is 42"


def test_a_file_handle_opens_no_road(session: Session) -> None:
    number = seccomp._WALLS["open_by_handle_at"][0]
    assert loot(session, f"loot = system_call({number}, 0, 0, 0)") == "EPERM"


WRITES = [
    "/",
    "/usr/lib",
    "/usr/bin",
    "/etc",
    "/tmp/..",
    "/proc",
    "/dev",
    "/cache",
    "/cache/code",
    "/cache/bytecode",
    sys.base_prefix,
]


@pytest.mark.parametrize("folder", [*WRITES, str(REPOSITORY), str(REPOSITORY / ".venv-student")])
def test_nothing_is_written_outside_the_scratch_folder(session: Session, folder: str) -> None:
    source = f"loot = attempt(lambda: open(os.path.join({folder!r}, 'planted'), 'w'))"
    assert refused(loot(session, source))


def test_the_code_and_caches_of_the_sandbox_cannot_be_changed(session: Session) -> None:
    source = (
        "import cProfile, numpy\n"
        "inside = [m.__file__ for n, m in sys.modules.items() if n.startswith('sandbox.')]\n"
        "paths = [*inside, numpy.__file__, numpy.__cached__, cProfile.__file__]\n"
        "loot = [attempt(lambda: open(path, 'r+b')) for path in paths] + [attempt(lambda: os.unlink(inside[0]))]"
    )
    found = loot(session, source)
    assert isinstance(found, list)
    assert len(found) > 10
    assert all(map(refused, found))


def test_file_attributes_outside_cannot_be_changed(session: Session, secret: Path) -> None:
    before = secret.stat()
    actions = [
        f"os.chmod({str(secret)!r}, 0o777)",
        f"os.utime({str(secret)!r}, (0, 0))",
        f"os.setxattr({str(secret)!r}, 'user.a', b'x')",
        f"os.chmod({sys.executable!r}, 0o777)",
        "os.chmod(sys.executable, 0o777)",
        "os.utime(sys.executable)",
        "os.truncate(sys.executable, 0)",
    ]
    found = loot(session, f"loot = [{', '.join(f'attempt(lambda: {action})' for action in actions)}]")
    assert isinstance(found, list)
    assert all(map(refused, found))
    assert secret.stat() == before


FAMILIES = {
    "internet": 2,
    "internet 6": 10,
    "local": 1,
    "netlink": 16,
    "packet": 17,
    "vsock": 40,
    "kernel crypto": 38,
}


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES.keys())
def test_no_socket_of_any_family_can_be_made(session: Session, family: int) -> None:
    for kind in (1, 2, 3):
        assert loot(session, f"loot = attempt(lambda: socket.socket({family}, {kind}))") == "PermissionError"


def test_the_channels_own_socket_reaches_nobody_else(session: Session) -> None:
    source = (
        "mine = socket.socket(fileno=os.dup(3))\n"
        "pair = lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
        "loot = [attempt(lambda: mine.sendto(b'x', b'\\0other')), attempt(lambda: mine.connect(b'\\0other')),\n"
        "        attempt(lambda: mine.bind(b'\\0me')), attempt(pair)]"
    )
    found = loot(session, source)
    assert isinstance(found, list)
    assert all(map(refused, found))


HERE = seccomp._ARCHITECTURES[os.uname().machine][0]
CALLS = {
    name: pair[HERE]
    for table in (seccomp._OTHER_PROCESSES, seccomp._WALLS, seccomp._KERNEL_SURFACE, seccomp._HIDDEN_MEMORY)
    for name, pair in table.items()
    if pair[HERE] >= 0
}
CLONE, CLONE3 = seccomp._CLONE[HERE], seccomp._CLONE3[HERE]
FORKS = [seccomp._NEW_PROGRAMS[name][HERE] for name in ("fork", "vfork") if seccomp._NEW_PROGRAMS[name][HERE] >= 0]
PRCTL, PRLIMIT, SETRLIMIT = (pair[HERE] for pair in (seccomp._PRCTL, seccomp._PRLIMIT, seccomp._SETRLIMIT))


def test_every_system_call_of_the_table_is_refused_by_the_kernel(session: Session) -> None:
    source = f"loot = {{name: system_call(number, 0, 0, 0, 0, 0) for name, number in {CALLS!r}.items()}}"
    assert loot(session, source) == dict.fromkeys(CALLS, "EPERM")


def test_no_new_namespace_and_no_fork(session: Session) -> None:
    source = (
        f"loot = [system_call({CLONE}, 0x10000000 | 17, 0, 0, 0, 0), system_call({CLONE3}, 0, 0),\n"
        f"        *(system_call(number) for number in {FORKS}), attempt(os.fork),\n"
        "        attempt(lambda: os.execv('/bin/ls', ['ls'])),\n"
        "        attempt(lambda: os.posix_spawn('/bin/ls', ['ls'], {}))]"
    )
    found = loot(session, source)
    assert found == ["EPERM", "ENOSYS", *["EPERM" for _ in FORKS], *["PermissionError"] * 3]


def test_no_descriptor_is_inherited_but_the_channel(session: Session) -> None:
    source = (
        "import stat\nfound = {}\nfor n in range(4096):\n"
        "    try: found[n] = os.fstat(n)\n    except OSError: pass\n"
        "kinds = {n: stat.S_IFMT(status.st_mode) for n, status in found.items()}\n"
        "loot = [[n for n, kind in kinds.items() if kind == stat.S_IFSOCK], len(kinds)]"
    )
    sockets, number = loot(session, source)  # type: ignore[misc]
    assert sockets == [3]
    assert number <= 5  # null, the two streams and the nameless file they share, the channel


def test_no_core_can_be_dumped(session: Session) -> None:
    source = (
        "import resource\nlimits = resource.RLIMIT_CORE\n"  # 1, not 0, holds for programs that take cores
        "loot = [attempt(lambda: open('/proc/self/limits').read()),\n"
        "        attempt(lambda: resource.setrlimit(limits, (0, 0))), "
        f"system_call({SETRLIMIT}, 4, b'\\0' * 16),\n"
        f"        system_call({PRLIMIT}, 0, 4, b'\\0' * 16, 0), system_call({PRCTL}, 4, 1, 0, 0, 0)]"
    )
    limits, *tries = loot(session, source)  # type: ignore[misc]
    assert tries == ["ValueError", "EPERM", "EPERM", "EPERM"]
    assert limits == "PermissionError" or re.search(r"Max core file size +1 +1 ", limits)


def test_files_elsewhere_cannot_be_watched(box: Sandbox, session: Session, tmp_path: Path) -> None:
    source = (
        f"watch = libc.inotify_init1(0)\nloot = libc.inotify_add_watch(watch, {os.fsencode(tmp_path)!r}, 0xFFF)"
    )
    assert loot(session, source) == -1


def test_no_privilege_is_left(session: Session) -> None:
    source = (
        "class Data(ctypes.Structure): _fields_ = [('word', ctypes.c_uint32 * 6)]\n"
        "data = Data(); header = (ctypes.c_uint32 * 2)(0x20080522, 0)\n"
        "libc.capget(header, ctypes.byref(data))\n"
        "loot = [list(data.word), libc.prctl(39, 0, 0, 0, 0), attempt(lambda: os.setuid(0) or os.getuid())]"
    )
    found = loot(session, source)
    assert isinstance(found, list)
    assert found[0] == [0] * 6
    assert found[1] == 1  # no_new_privs


def test_the_environment_tells_nothing_of_the_graders(box: Sandbox, session: Session) -> None:
    source = (
        "loot = [sorted(os.environ), attempt(lambda: open('/proc/1/environ').read()), sys.argv, sys.orig_argv]\n"
    )
    found = str(loot(session, source))
    for name in ("PYTEST_CURRENT_TEST", "SUDO_USER", "VIRTUAL_ENV", "LOGNAME", "SSH_AUTH_SOCK"):
        assert name not in found


def test_a_secret_in_the_graders_environment_is_nowhere(
    student_python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADING_SECRET", "hunter2")
    source = (
        "import glob\nfound = [repr(dict(os.environ))]\n"
        "for path in glob.glob('/proc/*/environ') + glob.glob('/proc/*/cmdline'):\n"
        "    found.append(attempt(lambda: open(path).read()))\n"
        "loot = ' '.join(found)"
    )
    with Sandbox(student_python) as fresh, fresh.session({}, QUICK, 1) as session:
        found = loot(session, source)
    assert "hunter2" not in str(found)
    assert "HOME" in str(found)


@pytest.fixture
def pair(box: Sandbox) -> Iterator[tuple[Session, Session]]:
    with box.session({}, QUICK, 1) as victim, box.session({}, QUICK, 2) as attacker:
        victim.run_cell(
            "import os\nname = 'sibling' + '-secret'\nopen('answers.txt', 'w').write(name)\ndef f(): return name"
        )
        yield victim, attacker


def test_a_sibling_is_neither_read_nor_stopped(pair: tuple[Session, Session]) -> None:
    victim, attacker = pair
    source = """
import glob
found = []
for pid in range(1, 400):
    if pid == os.getpid():
        continue
    for name in ('mem', 'environ', 'cmdline', 'maps'):
        found.append(attempt(lambda: open(f'/proc/{pid}/{name}', 'rb').read(9)))
    for signal in (0, 9, 19):
        found.append(attempt(lambda: os.kill(pid, signal)))
for signal in (9, 19):
    found.append(attempt(lambda: os.kill(-1, signal)))
    found.append(attempt(lambda: os.killpg(1, signal)))
for folder in ('..', '../..', '/box', '/box/0', '/box/1', '/box/warm', '/dev/shm', '/tmp'):
    for path in glob.glob(folder + '/**/answers.txt', recursive=True):
        found.append(attempt(lambda: open(path).read()))
loot = [item for item in found if item.startswith('got')]
"""
    assert loot(attacker, source) == []
    assert victim.call("f") == "sibling-secret"


def test_one_submissions_files_are_gone_for_the_next(box: Sandbox) -> None:
    with box.session({}, QUICK, 1) as session:
        session.run_cell(
            "import os\nopen('left.txt', 'w').write('x')\nos.mkdir('locked', 0o000)\nd = '.'\n"
            "for _ in range(300):\n    d += '/deeper'\n    os.mkdir(d)\n"
        )
    with box.session({}, QUICK, 1) as session:
        assert loot(session, "loot = sorted(os.listdir('.'))") == []


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("import os; os._exit(0)", id="leave at once"),
        pytest.param("import ctypes; ctypes.string_at(0)", id="segmentation fault"),
        pytest.param("import os, signal; os.abort()", id="abort"),
        pytest.param("import os; os.closerange(0, 1024)", id="close every descriptor"),
        pytest.param("import os; os.write(3, b'junk' * 100)", id="junk on the channel"),
        pytest.param("import os; os.write(3, b'\\xff' * 8)", id="an endless frame on the channel"),
        pytest.param("import os; os.write(3, b'\\x01\\x00\\x00\\x00N')", id="a forged frame on the channel"),
        pytest.param("import os\nos.read(3, 1)", id="reading the grader's questions"),
        pytest.param("import sys; sys.modules.clear(); 1 / 0", id="no modules"),
        pytest.param("import builtins; builtins.len = builtins.isinstance = None", id="no builtins"),
        pytest.param("import sys; sys.settrace(lambda *a: 1 / 0)", id="a hostile trace"),
        pytest.param(
            "import gc\nfor o in gc.get_objects():\n    if isinstance(o, dict) and o is not globals(): o.clear()",
            id="empty every dict",
        ),
        pytest.param(
            "import sys\nsys.setrecursionlimit(10**9)\ndef f(n): return f(n + 1)\nf(0)", id="deep recursion"
        ),
        pytest.param("import sys; sys.stdout = sys.stderr = None; print(1)", id="no streams"),
        pytest.param("import os; os.kill(os.getpid(), 19)", id="stop itself"),
        pytest.param("import socket\nsocket.socket(fileno=3).shutdown(2)", id="shut the channel down"),
    ],
)
def test_a_process_that_wrecks_itself_harms_only_itself(box: Sandbox, source: str) -> None:
    with box.session({}, Limits(cell_seconds=1, call_seconds=1, memory_mb=256), 1) as session:
        session.run_cell(source)
        session.run_cell("1")
    with box.session({}, QUICK, 1) as session:
        assert session.run_cell("import numpy as np; np.ones(2).sum()").status == "ok"


DEAF = """
import signal, threading
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
def spin():
    while True: pass
for _ in range(3): threading.Thread(target=spin).start()
while True:
    try:
        while True: pass
    except BaseException: pass
"""


def test_a_loop_that_ignores_every_signal_is_killed_at_its_limit(box: Sandbox) -> None:
    with box.session({}, Limits(cell_seconds=1), 1) as session:
        started = time.monotonic()
        result = session.run_cell(DEAF)
        assert result.status == "timeout"
        assert time.monotonic() - started < 5
        assert session.dead is not None
        assert session.run_cell("1").status == "died"
    with box.session({}, QUICK, 1) as session:
        assert session.run_cell("1").status == "ok"


def test_a_forged_answer_is_only_data(session: Session) -> None:
    session.run_cell("def f(): return 1")
    source = """
import sys
wire = sys.modules['sandbox.wire.messages']
honest = wire.send
def forged(connection, value, **options):
    value['value'] = 42
    value['status'] = 'ok'
    data = {'text/plain': 'all correct', 'application/x': 'y'}
    result = {'output_type': 'execute_result', 'data': data, 'metadata': {'evil': 1}, 'extra': 1}
    value['outputs'] = [result, {'output_type': 'code'}, 7, None]
    honest(connection, value, **options)
wire.send = forged
"""
    result = session.run_cell(source)
    assert result.outputs == [
        {
            "output_type": "execute_result",
            "execution_count": None,
            "data": {"text/plain": "all correct"},
            "metadata": {},
        }
    ]
    assert session.call("f") == 42


def test_monkeypatches_last_for_one_submission(box: Sandbox) -> None:
    with box.session({}, QUICK, 1) as session:
        session.run_cell(
            "import numpy as np, json, socket\nnp.mean = lambda x: 99\njson.dumps = None\nnp.ndarray = list"
        )
    with box.session({}, QUICK, 1) as session:
        assert loot(session, "import numpy as np, json\nloot = [float(np.mean([1.0])), json.dumps(1)]") == [
            1.0,
            "1",
        ]


def descendants(pid: int) -> set[int]:
    return {child.pid for child in psutil.Process(pid).children(recursive=True)}


def test_nothing_is_left_running_after_a_session(box: Sandbox) -> None:
    before = descendants(os.getpid())
    with box.session({}, Limits(cell_seconds=1), 1) as session:
        session.run_cell(
            "import threading, time\nfor _ in range(5): threading.Thread(target=time.sleep, args=(600,)).start()"
        )
        assert len(descendants(os.getpid())) > len(before)
        session.run_cell(DEAF)
    assert descendants(os.getpid()) <= before


def test_nothing_is_left_running_when_the_grader_is_killed(student_python: Path, tmp_path: Path) -> None:
    script = tmp_path / "grader.py"
    script.write_text(
        "import sys, time\nfrom pathlib import Path\nfrom grading.sandbox import Sandbox\n"
        "with Sandbox(Path(sys.argv[1]), allow=(sys.argv[2],)) as box, box.session() as s:\n"
        "    s.run_cell('x = 1'); print('open', flush=True); time.sleep(60)\n"
    )
    from .conftest import MODES, available

    for mode in MODES:
        if available(mode).name == "none":
            continue
        words = [sys.executable, str(script), str(student_python), mode]
        with subprocess.Popen(words, stdout=subprocess.PIPE, cwd=REPOSITORY) as grader:
            assert grader.stdout is not None
            assert grader.stdout.readline() == b"open\n"
            family = descendants(grader.pid)
            assert family
            places = {Path("/proc", str(pid), "cwd").readlink() for pid in family}
            scratch = [place for place in places if "grading-scratch-" in str(place)]  # of this grader alone
            assert scratch or mode != "landlock"
            grader.send_signal(signal.SIGKILL)
        deadline = time.monotonic() + 5
        while (
            alive := {pid for pid in family if Path("/proc", str(pid)).exists()}
        ) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not alive, mode
        assert not any(place.exists() for place in scratch), mode
