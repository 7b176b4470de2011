"""Time the grader on one class, beside what it is compared with, in one run.

From submission file to committed mark, per submission, each on the same notebooks, a unit solved by its master:

- the same cells in an already warm IPython, without any fork or wall (the floor that matters);
- ``python -m grading autograde``, one job and two;
- ``nbgrader autograde`` through this course's core;
- stock ``nbgrader autograde``;
- ``otter run`` of otter-grader, on the public cases, if `bench/run` could install it.

Marginal times: the run on the whole class less the run on one submission, over the difference in size, each the
median of some runs. Otter starts anew for every submission, so its time is that of one run. Every class has a
folder of its own, and none is removed before the end: ext4 is slow to make files for minutes after it has removed
thousands.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from grading.course import Course
from sample_class.make_class import copy_course, read, solved

ROOT = Path(__file__).resolve().parent.parent
RUNS = 3

WARM = """
import json, sys, time
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config
config = Config()
config.HistoryManager.enabled = False
import io, contextlib
cells = json.load(open(sys.argv[1])); repeats = int(sys.argv[2])
shell = InteractiveShell.instance(config=config)
def run():
    shell.reset(new_session=True)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for source in cells:
            assert shell.run_cell(source).success, source
import matplotlib; matplotlib.use("module://matplotlib_inline.backend_inline")
run()
start = time.perf_counter()
for _ in range(repeats): run()
print((time.perf_counter() - start) / repeats)
"""


@dataclass(frozen=True)
class Subject:
    """What is graded: a unit with only so many of its given cells that draw."""

    unit: str
    figures: int

    def cut(self, text: str) -> str:
        """A notebook of the unit without the other figures."""
        notebook = json.loads(text)
        dropped = drawing(self.unit)[self.figures :]
        notebook["cells"] = [c for c in notebook["cells"] if c["id"] not in dropped]
        return json.dumps(notebook)

    def solved(self) -> str:
        """What is handed in."""
        return self.cut(json.dumps(solved(self.unit)))


def drawing(unit: str) -> list[str]:
    """Given cells that draw; the last ones of the unit go first."""
    cells = read(ROOT / "exercises" / unit / f"{unit}.ipynb")["cells"]
    given = [c for c in cells if c["metadata"].get("nbgrader", {}).get("locked") and "plt.show" in c["source"]]
    return [c["id"] for c in reversed(given)]


def make_course(folder: Path, size: int, subject: Subject) -> Path:
    """A course with a class of `size` equal submissions."""
    unit = subject.unit
    copy_course(folder, [unit])
    settings = f'student_python = "{ROOT}/.venv-student/bin/python"\n' + (ROOT / "course.toml").read_text()
    (folder / "course.toml").write_text(settings)
    for kind in ("solutions", "exercises"):
        path = folder / kind / unit / f"{unit}.ipynb"
        path.write_text(subject.cut(path.read_text()))
    notebook = subject.solved()
    for number in range(size):
        target = folder / "submitted" / f"student-{number:04}" / unit
        target.mkdir(parents=True)
        (target / f"{unit}.ipynb").write_text(notebook)
    return folder


def seconds(command: list[str], folder: Path) -> float:
    """Wall time of a command, which must succeed."""
    environment = {**os.environ, "PATH": f"{ROOT}/.venv/bin{os.pathsep}{os.environ['PATH']}"}
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stdout[-500:]}{done.stderr[-2000:]}")
    return time.perf_counter() - start


def marginal(command: list[str], size: int, subject: Subject, *, stock: bool = False) -> tuple[float, float]:
    """Seconds per further submission, and for a class of one."""

    def run(count: int) -> float:
        folder = make_course(fresh_folder(), count, subject)
        if stock:
            make_stock(folder, subject.unit)
        return seconds(command, folder)

    one, all_of_them = (statistics.median(run(count) for _ in range(RUNS)) for count in (1, size))
    return (all_of_them - one) / (size - 1), one


def fresh_folder() -> Path:
    """An empty folder that lasts until all is measured."""
    return Path(tempfile.mkdtemp())


def make_stock(folder: Path, unit: str) -> None:
    """Configure nbgrader as it comes; its tests then run in the kernel of the student, on the public cases."""
    config = (folder / "nbgrader_config.py").read_text()
    lines = [line for line in config.splitlines() if "install" not in line]
    (folder / "nbgrader_config.py").write_text("\n".join(lines) + "\n")
    for kind in ("solutions", "exercises"):
        path = folder / kind / unit / f"{unit}.ipynb"
        path.write_text(path.read_text().replace("hidden_check(", "check("))
    seconds(["nbgrader", "generate_assignment", unit, "--force"], folder)


OTTER = ROOT / ".venv-bench/bin/otter"
OTTER_TEST = """OK_FORMAT = True
test = {{"name": "{0}", "points": 1, "suites": [{{"scored": True, "setup": "", "teardown": "", "type": "doctest",
    "cases": [{{"hidden": False, "locked": False, "code": ">>> import check, json\\n"
        ">>> check.public_verdict({0}, json.load(open('public_checks.json'))['checks']).passed\\nTrue"}}]}}]}}
"""


def otter(subject: Subject) -> float:
    """Seconds that ``otter run`` takes on one submission, with the student's own checks as its tests."""
    notebook = subject.solved()
    tasks = [c["id"].removeprefix("test_") for c in json.loads(notebook)["cells"] if c["id"].startswith("test_")]
    folder = fresh_folder()
    (folder / "tests").mkdir()
    (folder / "marks").mkdir()
    (folder / "submission.ipynb").write_text(notebook)
    for task in tasks:
        (folder / "tests" / f"{task}.py").write_text(OTTER_TEST.format(task))
    released = ROOT / "exercises" / subject.unit
    files = [p.name for p in released.iterdir() if p.suffix in (".py", ".json", ".csv")]
    for name in files:
        shutil.copy(released / name, folder)
    bare = ["--no-requirements", "--no-environment", "--no-config"]
    seconds([str(OTTER), "generate", "-t", "tests", "-o", "tests.zip", *bare, *files], folder)
    run = [str(OTTER), "run", "submission.ipynb", "-a", "tests.zip", "-o", "marks", "--no-logo"]
    took = seconds(run, folder)
    marks = json.loads((folder / "marks" / "results.json").read_text())["tests"]
    if sum(mark.get("score", 0.0) for mark in marks) != len(tasks):
        raise SystemExit("otter did not pass every task")
    return took


def memory(command: list[str], size: int, subject: Subject) -> tuple[float, float, float]:
    """Largest memory (MB) of the command and all its processes, in the first and the last third, and seconds."""
    folder = make_course(fresh_folder(), size, subject)
    environment = {**os.environ, "PATH": f"{ROOT}/.venv/bin{os.pathsep}{os.environ['PATH']}"}
    start = time.perf_counter()
    quiet = subprocess.DEVNULL
    run = subprocess.Popen(command, cwd=folder, env=environment, stdout=quiet, stderr=quiet)
    samples = []
    while run.poll() is None:
        samples.append(proportional_memory(run.pid))
        time.sleep(0.5)
    if run.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {run.returncode}")
    third = len(samples) // 3
    return max(samples[:third]), max(samples[-third:]), time.perf_counter() - start


def proportional_memory(root: int) -> float:
    """MB of a process and its descendants; what several share is counted once."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                parents.setdefault(parent, []).append(int(entry.name))
    total, waiting = 0.0, [root]
    while waiting:
        pid = waiting.pop()
        waiting += parents.get(pid, [])
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) / 1024
    return total


def warm_ipython(size: int, subject: Subject) -> float:
    """Seconds per run of the same cells in one warm IPython of the students' environment."""
    beside = make_course(fresh_folder(), 1, subject) / "exercises" / subject.unit
    notebook = json.loads(subject.solved())
    cells = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    (beside / "cells.json").write_text(json.dumps(cells))
    command = [f"{ROOT}/.venv-student/bin/python", "-c", WARM, "cells.json", str(size)]
    done = subprocess.run(command, cwd=beside, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return float(done.stdout)


def main() -> None:
    """Measure in a folder that is removed at the end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=100, help="submissions in the class (default: 100)")
    parser.add_argument("--stock-size", type=int, default=6, help="submissions for stock nbgrader (default: 6)")
    parser.add_argument("--large", type=int, default=1000, help="class whose memory is watched; 0 for none")
    units = Course(ROOT).units
    default = next((unit for unit in units if drawing(unit)), units[0])
    parser.add_argument("--unit", choices=units, default=default, help=f"the unit graded (default: {default})")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-grader-") as tempfile.tempdir:
        measure(args)


def measure(args: argparse.Namespace) -> None:
    """Print a table for each number of figures, then the memory of a large class."""
    grading = [sys.executable, "-m", "grading", "autograde", args.unit]
    all_figures = len(drawing(args.unit))
    for figures in range(all_figures, -1, -1):
        subject = Subject(args.unit, figures)
        print(f"\n{args.unit} with {figures} figures, class of {args.size}")
        floor = warm_ipython(args.size, subject)
        rows = [("warm IPython, no fork, no wall", floor, 0.0)]
        one = marginal(grading, args.size, subject)
        rows.append(("grading autograde", *one))
        two = marginal([*grading, "--jobs", "2"], args.size, subject)
        rows.append(("grading autograde --jobs 2", *two))
        nbgrader = ["nbgrader", "autograde", args.unit]
        rows.append(("nbgrader autograde, our core", *marginal(nbgrader, args.size, subject)))
        stock = marginal(nbgrader, args.stock_size, subject, stock=True)
        rows.append(("nbgrader autograde, stock", *stock))
        if OTTER.exists():
            each = otter(subject)
            rows.append(("otter run", each, each))
        print(f"{'':34} {'s/submission':>13} {'x warm':>8} {'stock/it':>9} {'class of 1':>11}")
        for name, each, alone in rows:
            print(f"{name:34} {each:13.3f} {each / floor:8.2f} {stock[0] / each:9.1f} {alone:10.2f}s")
        print(f"two jobs are {one[0] / two[0]:.2f}x one job")
    if args.large:
        early, late, took = memory([*grading, "--jobs", "2"], args.large, Subject(args.unit, all_figures))
        print(f"\nclass of {args.large}, two jobs: {took:.0f} s, memory {early:.0f} MB early, {late:.0f} MB late")


if __name__ == "__main__":
    main()
