"""Grading on a Dask cluster: the marks of a local run, whoever is killed, and nobody uninvited.

Scheduler and workers are processes of their own on this machine and talk over TLS, with a certificate made here.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grading.__main__ import main
from grading.autograde.executors import GraderSetup, in_flight
from grading.autograde.run import autograde
from grading.errors import CourseError
from grading.submission.read import Submission
from grading.units.unit import load_unit
from tests.grading.conftest import ROOT, UNIT, hand_in, make_course, released, solved, with_cell

PAGE = (ROOT / "book/large-classes.md").read_text(encoding="utf-8")
CERTIFICATE = next(line for line in PAGE.replace("\\\n", "").splitlines() if line.startswith("openssl req"))
DASK = str(ROOT / ".venv/bin/dask") if (ROOT / ".venv/bin/dask").exists() else "dask"
TLS = ["--tls-ca-file", "cluster.crt", "--tls-cert", "cluster.crt", "--tls-key", "cluster.key"]
LOOPBACK = ["--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0"]
CLUSTER = """
[cluster]
tls_ca_file = "../../tls/cluster.crt"
tls_cert = "../../tls/cluster.crt"
tls_key = "../../tls/cluster.key"
wait_seconds = 15
"""
DEADLY = "student-03"
PRELOAD = f"""
import os, signal
import grading.autograde.executors

def deadly(work, unit, sandbox, grade=grading.autograde.executors.grade):
    if work.submission.student == "{DEADLY}":
        os.kill(os.getppid(), signal.SIGKILL)
    return grade(work, unit, sandbox)

grading.autograde.executors.grade = deadly
"""
ENDLESS = (
    PRELOAD.replace("os.kill(os.getppid(), signal.SIGKILL)", "signal.pause()")
    + """
grading.autograde.executors.ALLOWANCE = 3.0 - 12  # the unit's own limit is 12 s
"""
)
OTHER_VERSION = """
import grading.autograde.cluster

def other(python, versions=grading.autograde.cluster.versions):
    return versions(python) | {"the students' numpy": "1.0"}

grading.autograde.cluster.versions = other
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Cluster:
    """A scheduler and workers, each a process of its own."""

    def __init__(self, folder: Path, scheme: str = "tls", *, options: list[str] = LOOPBACK) -> None:
        self.folder, self.address = folder, f"{scheme}://127.0.0.1:{free_port()}"
        self._tls = TLS if scheme == "tls" else []
        self._running: list[subprocess.Popen[bytes]] = []
        port = self.address.rpartition(":")[2]
        self.scheduler = self._start("scheduler", "--protocol", scheme, "--port", port, *options)

    def worker(self, *options: str, preload: str = "") -> subprocess.Popen[bytes]:
        """One more worker; its nanny starts it anew when it ends."""
        number = len(self._running)
        words = [
            "--nworkers",
            "1",
            "--death-timeout",
            "10",
            "--local-directory",
            str(self.folder / f"worker-{number}"),
        ]
        if preload:
            path = self.folder / f"preload_{number}.py"
            path.write_text(preload)
            words += ["--preload", str(path)]
        return self._start("worker", self.address, *LOOPBACK, *words, *(options or ("--nthreads", "1")))

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{words[0]}-{len(self._running)}.log").open("wb")
        environment = {
            **os.environ,
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
            "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s",  # else 30 s to see that a killed worker is gone
        }
        process = subprocess.Popen(
            [DASK, *words, *self._tls], cwd=self.folder, env=environment, stdout=log, stderr=log
        )
        log.close()
        self._running.append(process)
        return process

    def stop(self) -> None:
        for processes in (
            self._running[1:],
            self._running[:1],
        ):  # workers first, while they can say so
            for process in processes:
                process.terminate()
            for process in processes:
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def work_of(nanny: subprocess.Popen[bytes]) -> int:
    """The process that grades for a worker: its nanny's child, not a helper of multiprocessing."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == nanny.pid and b"spawn_main" in (entry / "cmdline").read_bytes():
                    return int(entry.name)
            except OSError:
                continue
    raise AssertionError("the worker is not there")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a certificate."""
    assert shutil.which("openssl"), "no openssl on this machine; sudo apt-get install openssl"
    folder = tmp_path_factory.mktemp("cluster") / "tls"
    folder.mkdir()
    subprocess.run(CERTIFICATE.split(), cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def two_workers(folder):
    running = Cluster(folder)
    running.worker("--nthreads", "2", "--no-nanny")
    running.worker("--nthreads", "1", "--no-nanny")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def local(folder):
    """The class, graded on this machine."""
    return graded_class(folder.parent / "local" / "course")


def new_class(path: Path):
    course = make_course(path)
    (course.root / "course.toml").write_text((course.root / "course.toml").read_text() + CLUSTER)
    (course.root / ".course_secret").write_text("s" * 64)
    for number in range(4):
        hand_in(course, f"student-{number:02}", [solved, released][number % 2]())
    hand_in(course, "student-06", with_cell(released(), "import os; os._exit(1)"))
    hand_in(course, "student-07", b"no notebook")
    hand_in(course, "student-08", None)
    hand_in(
        course, "student-09", with_cell(released(), "import time; time.sleep(2)")
    )  # is graded while others end
    return course


def graded_class(path: Path, **options):
    course = new_class(path)
    return course, autograde(course, UNIT, **options)


def told(summary):
    """All that two runs must have in common."""
    return [
        (result.student, result.state, result.note, result.fingerprint, result.marks, result.oddities)
        for result in summary.results
    ]


def notebooks(course):
    return {path.parts[-3]: path.read_text() for path in (course.root / "autograded").rglob("*.ipynb")}


def command(course, address):
    """``autograde`` in a process of its own: to be killed, or since Dask leaves lost connections open."""
    words = [sys.executable, "-m", "grading", "--course", str(course.root), "autograde", UNIT]
    pipe = subprocess.PIPE
    return subprocess.Popen([*words, "--scheduler", address], stdout=pipe, stderr=pipe, text=True)


def wait_for(condition, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def assert_kept(course, *, least):
    """A run on this machine takes all that is there as it is."""
    graded = {json.loads(path.read_text())["student"] for path in (course.root / "results").rglob("*.json")}
    assert len(graded) >= least
    assert autograde(course, UNIT, students=sorted(graded)).reused == len(graded)


def test_the_marks_and_notebooks_are_those_of_a_local_run(folder, two_workers, local):
    course, summary = graded_class(folder.parent / "both" / "course", scheduler=two_workers.address)
    assert told(summary) == told(local[1])
    assert notebooks(course) == notebooks(local[0])
    assert {result.state for result in summary.results} == {"graded", "crashed", "malformed", "missing"}
    again = autograde(course, UNIT, scheduler=two_workers.address)
    assert again.reused == len(again.results)


def test_workers_keep_no_samples_of_their_stacks_while_they_grade(folder, two_workers):
    from grading.autograde.cluster import cluster
    from grading.autograde.cluster_access import cluster_settings, connected, security_for

    def sampling(client):
        active = lambda dask_worker: [n for n, c in dask_worker.periodic_callbacks.items() if c.is_running()]  # noqa: E731
        return ["profile" in names for names in client.run(active).values()]

    course = new_class(folder.parent / "samples" / "course")
    settings, address = cluster_settings(course), two_workers.address
    setup = GraderSetup(load_unit(course, UNIT), course.student_python)
    with connected(address, security_for(settings, address), settings) as client:
        client.wait_for_workers(2)
        assert sampling(client) == [True, True]
        with cluster(course, setup, address):
            assert sampling(client) == [False, False]
        assert sampling(client) == [True, True]


def test_a_killed_worker_loses_nothing(folder, two_workers, local):
    nanny = two_workers.worker()
    killed = []

    def kill(result, total):
        if not killed:
            killed.append(work_of(nanny))
            os.kill(killed[0], signal.SIGKILL)

    course = new_class(folder.parent / "worker" / "course")
    wait_for(lambda: b"Registered to" in (two_workers.folder / "worker-3.log").read_bytes())
    summary = autograde(course, UNIT, scheduler=two_workers.address, progress=kill)
    assert killed
    assert told(summary) == told(local[1])


def test_a_killed_client_resumes_to_the_same_marks(folder, two_workers, local):
    course = new_class(folder.parent / "client" / "course")
    run = command(course, two_workers.address)
    wait_for(lambda: len(list((course.root / "results").rglob("*.json"))) >= 2)
    run.kill()
    run.communicate()
    summary = autograde(course, UNIT, scheduler=two_workers.address)
    assert 2 <= summary.reused < len(summary.results)
    assert told(summary) == told(local[1])


def test_a_submission_that_ends_its_workers_is_crashed_and_costs_nobody_else(folder, local):
    cluster = Cluster(folder)
    try:
        cluster.worker(preload=PRELOAD)
        cluster.worker(preload=PRELOAD)
        _, summary = graded_class(folder.parent / "deadly" / "course", scheduler=cluster.address)
    finally:
        cluster.stop()
    [deadly] = [result for result in summary.results if result.student == DEADLY]
    assert deadly.state == "crashed"
    assert "every worker that graded it ended" in deadly.note
    assert {mark.score for mark in deadly.marks} == {None}
    others = [[one for one in told(each) if one[0] != DEADLY] for each in (summary, local[1])]
    assert others[0] == others[1]


def test_a_submission_without_end_is_ended_by_the_clock_of_its_worker_also_over_plain_tcp_on_loopback(
    folder, local
):
    cluster = Cluster(folder, "tcp")
    try:
        cluster.worker("--nthreads", "2", "--no-nanny", preload=ENDLESS)
        _, summary = graded_class(folder.parent / "endless" / "course", scheduler=cluster.address)
    finally:
        cluster.stop()
    [endless] = [result for result in summary.results if result.student == DEADLY]
    assert endless.state == "timed out"
    assert "took more than 3 s and was ended" in endless.note
    others = [[one for one in told(each) if one[0] != DEADLY] for each in (summary, local[1])]
    assert others[0] == others[1]


def test_a_lost_scheduler_is_one_line_and_what_was_graded_is_kept(folder):
    cluster = Cluster(folder)
    course = new_class(folder.parent / "scheduler" / "course")
    cluster.worker("--nthreads", "1", "--no-nanny")
    run = command(course, cluster.address)
    try:
        wait_for(lambda: len(list((course.root / "results").rglob("*.json"))) >= 2)
        cluster.scheduler.kill()
        _, told = run.communicate(timeout=60)
    finally:
        cluster.stop()
    assert run.returncode == 1
    [line] = [line for line in told.splitlines() if "submissions/s" not in line and line.strip()]
    assert re.fullmatch(r"grading: tls://\S+: the cluster is gone .*; what was graded is kept, run .*", line), told
    assert_kept(course, least=2)


def test_a_cluster_that_lost_its_last_worker_is_one_line_and_what_was_graded_is_kept(folder):
    cluster = Cluster(folder)
    course = new_class(folder.parent / "deserted" / "course")
    settings = course.root / "course.toml"
    settings.write_text(settings.read_text().replace("wait_seconds = 15", "wait_seconds = 3"))
    worker = cluster.worker("--nthreads", "1", "--no-nanny")
    wait_for(lambda: b"Registered to" in (folder / "worker-1.log").read_bytes())
    try:
        with pytest.raises(CourseError, match=r"no worker for 3 seconds.*what was graded is kept"):
            autograde(course, UNIT, scheduler=cluster.address, progress=lambda result, total: worker.kill())
    finally:
        cluster.stop()
    assert_kept(course, least=1)


def test_a_worker_with_other_versions_is_refused(folder):
    cluster = Cluster(folder)
    course = new_class(folder.parent / "versions" / "course")
    try:
        cluster.worker("--nthreads", "1", "--no-nanny", preload=OTHER_VERSION)
        with pytest.raises(CourseError, match=r"worker tls://.*the students' numpy is 1\.0 there and 2\.\S+ here"):
            autograde(course, UNIT, scheduler=cluster.address)
    finally:
        cluster.stop()


def test_the_pages_commands_grade_on_this_machine(tmp_path):
    course = make_course(tmp_path / "course")
    [settings] = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (course.root / "course.toml").write_text((course.root / "course.toml").read_text() + settings)
    hand_in(course, "student-01", solved())
    commands = "set -e\n" + "\n".join(re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
    port, pages = free_port(), free_port()
    commands = commands.replace("8786", str(port)).replace("8787", str(pages)).replace("shrinkage", UNIT)
    environment = {**os.environ, "PATH": f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}"}
    with (tmp_path / "told").open("wb") as told:  # not a pipe: what runs in the background would hold it open
        run = ["bash", "-c", f"{commands}\nwait"]
        subprocess.run(run, cwd=course.root, env=environment, stdout=told, stderr=told, timeout=120, check=False)
    assert re.search(r"graded +1$", (tmp_path / "told").read_text(), re.MULTILINE), (tmp_path / "told").read_text()


def test_plain_tcp_is_refused_where_the_network_reaches_it(folder):
    course = new_class(folder.parent / "open" / "course")
    cluster = Cluster(folder, "tcp", options=["--dashboard-address", "127.0.0.1:0"])
    try:
        cluster.worker("--nthreads", "1", "--no-nanny")
        with pytest.raises(CourseError, match=r"anybody on the network can run code"):
            autograde(course, UNIT, scheduler=cluster.address)
    finally:
        cluster.stop()


def elsewhere(folder, path):
    """A course that waits a second for a cluster."""
    course = make_course(path / "course")
    text = CLUSTER.replace("../../tls", str(folder)).replace("= 15", "= 1")
    (course.root / "course.toml").write_text((course.root / "course.toml").read_text() + text)
    hand_in(course, "student-01", solved())
    return course


@pytest.mark.parametrize(
    ("address", "says"),
    [
        pytest.param("tcp://10.0.0.5:8786", "plain tcp lets anybody", id="tcp over a network"),
        pytest.param("10.0.0.5:8786", "not an address of a scheduler", id="no scheme"),
        pytest.param("inproc://1", "not an address of a scheduler", id="another scheme"),
    ],
)
def test_an_address_that_cannot_serve_is_one_line(folder, address, says, tmp_path, capsys):
    words = ["--course", str(elsewhere(folder, tmp_path).root), "autograde", UNIT, "--scheduler", address]
    assert main(words) == 1
    error = capsys.readouterr().err
    assert re.fullmatch(rf"grading: {re.escape(address)}: .*{says}.*\n", error), error


def test_where_nobody_serves_is_one_line(folder, tmp_path):
    run = command(elsewhere(folder, tmp_path), "tls://127.0.0.1:9")
    _, error = run.communicate(timeout=60)
    assert run.returncode == 1
    assert re.fullmatch(r"grading: tls://127\.0\.0\.1:9: .*no Dask scheduler to talk to.*\n", error), error


def test_tls_without_a_certificate_says_where_to_name_one(course):
    hand_in(course, "student-01", solved())
    with pytest.raises(CourseError, match=r"no certificate to show; name tls_ca_file.* in course\.toml"):
        autograde(course, UNIT, scheduler="tls://127.0.0.1:8786")


def test_another_certificate_is_refused(folder, two_workers, tmp_path):
    subprocess.run(CERTIFICATE.split(), cwd=tmp_path, check=True, capture_output=True)
    course = make_course(tmp_path / "course")
    text = CLUSTER.replace("../../tls", "..").replace("= 15", "= 2")
    (course.root / "course.toml").write_text((course.root / "course.toml").read_text() + text)
    hand_in(course, "student-01", solved())
    _, error = command(course, two_workers.address).communicate(timeout=60)
    assert re.fullmatch(r"grading: tls://\S+: no Dask scheduler to talk to \(.*\)\n", error), error


def test_an_unknown_setting_is_named(course):
    (course.root / "course.toml").write_text((course.root / "course.toml").read_text() + "[cluster]\nport = 1\n")
    hand_in(course, "student-01", solved())
    with pytest.raises(CourseError, match=r"\[cluster\] port: there is no such key"):
        autograde(course, UNIT, scheduler="tls://127.0.0.1:8786")


def test_dask_is_imported_only_when_asked_for():
    code = "import sys, grading.autograde.run, grading.commands.autograde; assert 'dask' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_no_more_than_a_few_submissions_are_in_flight():
    waiting = [0]

    def submissions():
        for number in range(100):
            waiting[0] += 1
            yield Submission(f"student-{number}", None, None)

    with ThreadPoolExecutor(2) as pool:
        for _ in in_flight(lambda one: pool.submit(lambda: one), submissions(), lambda: 4):
            assert waiting[0] <= 4 + 1
            waiting[0] -= 1
    assert waiting[0] == 0
