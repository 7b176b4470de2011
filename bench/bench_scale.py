"""Grade one class locally and on a Dask cluster of several sizes: cost per submission, memory, and the same marks.

Scheduler and workers are processes of this machine, one thread each, and talk over TLS. More workers than the
machine has cores cannot be faster; the runs show what the cluster itself costs. By hand, on a quiet machine:

    .venv/bin/python -m bench.bench_scale --size 10000
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.bench_grader import ROOT, UNIT, make_course, proportional_memory

BIN = Path(sys.executable).parent
TLS = ["--tls-ca-file", "cluster.crt", "--tls-cert", "cluster.crt", "--tls-key", "cluster.key"]
CERTIFICATE = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
    "-subj /CN=grading-cluster -keyout cluster.key -out cluster.crt"
)
SETTINGS = '\n[cluster]\ntls_ca_file = "cluster.crt"\ntls_cert = "cluster.crt"\ntls_key = "cluster.key"\n'


def make_class(folder: Path, size: int) -> Path:
    """A course whose students differ: a third each solves all, swaps two weights, hands in the stubs."""
    course = make_course(folder, size, figures=0)
    full = json.loads((course / "submitted" / "student-0000" / UNIT / f"{UNIT}.ipynb").read_text())
    wrong = json.dumps(full).replace("tau2 / (tau2 +", "1 - tau2 / (tau2 +")
    stubs = (course / "exercises" / UNIT / f"{UNIT}.ipynb").read_text()
    for number in range(size):
        path = course / "submitted" / f"student-{number:04}" / UNIT / f"{UNIT}.ipynb"
        if number % 3:
            path.write_text([wrong, stubs][number % 3 - 1])
    with (course / "course.toml").open("a") as file:
        file.write(SETTINGS)
    subprocess.run(CERTIFICATE.split(), cwd=course, check=True, capture_output=True)
    return course


@contextmanager
def cluster(course: Path, workers: int) -> Iterator[tuple[str, list[int]]]:
    """A scheduler and workers; its address and the processes, the scheduler first."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    address = f"tls://127.0.0.1:{port}"
    common = ["--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0", *TLS]
    commands = [["scheduler", "--protocol", "tls", "--port", str(port)]]
    commands += [
        ["worker", address, "--nthreads", "1", "--local-directory", str(course / f"worker-{number}")]
        for number in range(workers)
    ]
    running = [
        subprocess.Popen(
            [str(BIN / "dask"), *words, *common], cwd=course, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for words in commands
    ]
    try:
        yield address, [process.pid for process in running]
    finally:
        for process in reversed(running):
            process.terminate()
        for process in running:
            process.wait(30)


def run(course: Path, options: list[str], others: dict[str, list[int]]) -> dict[str, list[float]]:
    """Grade the class; memory (MB) of this side and of the others, sampled on the way."""
    for name in ("results", "autograded"):
        shutil.rmtree(course / name, ignore_errors=True)
    (course / "gradebook.db").unlink(missing_ok=True)
    command = [sys.executable, "-m", "grading", "autograde", UNIT, *options]
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.Popen(
        command, cwd=course, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    samples: dict[str, list[float]] = {name: [] for name in ("client", *others)}

    def sample() -> None:
        while done.poll() is None:
            samples["client"].append(proportional_memory(done.pid))
            for name, pids in others.items():
                samples[name].append(sum(map(proportional_memory, pids)))
            time.sleep(1)

    watcher = threading.Thread(target=sample)
    watcher.start()
    told, _ = done.communicate()
    watcher.join()
    if done.returncode not in (0, 3):
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}: {told.decode()[-2000:]}")
    return samples


def outcome(course: Path) -> dict[str, object]:
    """State and marks of every student."""
    found = {}
    for path in (course / "results" / UNIT).glob("*.json"):
        record = json.loads(path.read_text())
        found[record["student"]] = (record["fingerprint"], record["state"], record["note"], record["marks"])
    return found


def pace(course: Path) -> list[float]:
    """Seconds per submission in each fifth of the run, by when the results were written."""
    times = sorted(path.stat().st_mtime for path in (course / "results" / UNIT).glob("*.json"))
    cuts = [round(fifth * (len(times) - 1) / 5) for fifth in range(6)]
    return [(times[end] - times[start]) / max(1, end - start) for start, end in itertools.pairwise(cuts)]


def growth(samples: list[float]) -> str:
    """Largest in the second fifth and in the last: the first is what starting takes."""
    fifth = max(1, len(samples) // 5)
    return f"{max(samples[fifth : 2 * fifth] or samples):.0f} -> {max(samples[-fifth:]):.0f}"


def main() -> None:
    """Print a line for each run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1000, help="submissions in the class (default: 1000)")
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2, 4], help="clusters (default: 1 2 4)")
    parser.add_argument("--jobs", type=int, nargs="*", default=[1], help="local runs before them (default: 1)")
    parser.add_argument("--folder", type=Path, help="where to work (default: a folder that is removed afterwards)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        course = make_class((args.folder or Path(scratch)) / "course", args.size)
        print(f"{args.size} submissions of {UNIT} without figures, {os.cpu_count()} cores")
        heads = ("MB client", "MB a worker", "MB scheduler")
        print(f"{'':12} {'ms per submission, by fifths':36} {' '.join(f'{head:>14}' for head in heads)}")
        first: dict[str, object] = {}
        for jobs in args.jobs:
            samples = run(course, ["--jobs", str(jobs)], {})
            first = report(course, f"{jobs} local", samples, 1, first)
        for workers in args.workers:
            with cluster(course, workers) as (address, pids):
                others = {"scheduler": pids[:1], "workers": pids[1:]}
                samples = run(course, ["--scheduler", address], others)
            first = report(course, f"{workers} worker{'s' * (workers > 1)}", samples, workers, first)


def report(
    course: Path, name: str, samples: dict[str, list[float]], workers: int, first: dict[str, object]
) -> dict[str, object]:
    """Print a run's line; return the outcome that all must equal."""
    paces = " ".join(f"{1000 * each:6.0f}" for each in pace(course))
    memory = [growth(samples["client"])]
    if "workers" in samples:
        memory += [growth([total / workers for total in samples["workers"]]), growth(samples["scheduler"])]
    found = outcome(course)
    same = "" if not first else "  same marks" if found == first else "  OTHER MARKS"
    print(f"{name:12} {paces:36} {' '.join(f'{text:>14}' for text in memory)}{same}", flush=True)
    if first and found != first:
        raise SystemExit("the marks differ")
    return found


if __name__ == "__main__":
    assert (ROOT / "course.toml").is_file()
    main()
