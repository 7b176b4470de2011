"""Break the modules that decide or carry marks, one place at a time, and see whether their tests notice.

``make mutants`` or ``python -m tests.mutants [MODULE ...]``; no part of ``make test``. A mutant is killed if a
test fails or runs out of time. The tests that run the broken line in their own process are asked, quickest first,
for a minute at most; if none does, all of the module's. What survives is printed, and belongs either into a test
or, with its reason, into `HARMLESS`.

Of a module with many mutants ``--most`` are drawn, always the same ones. A run that was stopped goes on where it
was (``_build/mutants``): as long as a module's text stays, what was killed is killed; survivors are tried again.
"""

from __future__ import annotations

import argparse
import ast
import ctypes
import hashlib
import importlib.abc
import importlib.util
import itertools
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from grading.doctor.prove.faults import CODE
from grading.doctor.prove.mutate import Mutant, mutants

ROOT = Path(__file__).parents[1]
HERE = "tests/grading"
UNITS_OF_SUBMISSION = tuple(
    f"{HERE}/submission/test_{name}.py"
    for name in (
        "read",
        "choose",
        "parse",
        "rebuild",
        "cell_code",
        "autograded_notebook",
        "cell_errors",
        "pictures",
    )
)
"""Tests of what happens before and after the sandbox; they start none."""
JUDGED = tuple(f"{HERE}/submission/test_{name}.py" for name in ("judge", "dialogue", "follow_through"))
ROWS, LATE, EXPORT = (f"{HERE}/marks/test_{name}.py" for name in ("mark_rows", "late", "export"))
MODULES: dict[str, tuple[str, ...]] = {
    "grading/marks/late.py": (ROWS, LATE),
    "grading/checks/notebook_check.py": (
        f"{HERE}/checks/test_same_answer.py",
        f"{HERE}/checks/test_notebook_check.py",
        f"{HERE}/submission/test_judge.py",
    ),
    "grading/gradebook/writer.py": (f"{HERE}/gradebook/test_gradebook.py",),
    "grading/gradebook/stored_mark.py": (ROWS,),
    "grading/tables.py": (f"{HERE}/test_tables.py", ROWS, LATE, EXPORT),
    "grading/submission/rebuild.py": UNITS_OF_SUBMISSION,
    "grading/submission/judge.py": JUDGED,
    "grading/submission/read.py": UNITS_OF_SUBMISSION,
    "grading/submission/choose.py": (f"{HERE}/submission/test_choose.py",),
    "grading/submission/parse.py": (f"{HERE}/submission/test_parse.py",),
    "grading/submission/cells.py": (f"{HERE}/submission/test_cells.py",),
    "grading/submission/locked_cells.py": (f"{HERE}/submission/test_match_cells.py",),
    "grading/submission/match_cells.py": (f"{HERE}/submission/test_match_cells.py",),
    "grading/submission/cell_errors.py": (f"{HERE}/submission/test_cell_errors.py",),
    "grading/submission/grade.py": (f"{HERE}/submission/test_grade.py",),
    "grading/submission/results.py": (f"{HERE}/submission/test_results.py",),
    "grading/marks/class_marks.py": (ROWS, f"{HERE}/marks/test_class_marks.py"),
    "grading/marks/mark_rows.py": (ROWS, EXPORT),
    "grading/marks/sheet.py": (f"{HERE}/marks/test_sheet.py", EXPORT),
    "grading/marks/export.py": (EXPORT,),
    "grading/marks/export_lms.py": (f"{HERE}/marks/test_export_lms.py", EXPORT),
}
"""Each module and the tests that have to notice its faults; those take less than a minute."""
HARMLESS: dict[str, dict[str, str]] = {
    "grading/marks/late.py": {
        "lateness, none for zero: agreed.until is not None -> agreed.until": "a time is never false",
    },
    "grading/submission/rebuild.py": {
        "_Rebuilding, argument wrong: answer_changed(cell.source, self.master.texts[name]) -> "
        "answer_changed(self.master.texts[name], cell.source)": "it compares both ways alike",
        "_Rebuilding, call dropped: tuple(steps) -> steps": "nobody changes the list",
        "_Rebuilding, other logic: step.kind in ('answer', 'helper') and step.cell_type == '... -> "
        "step.cell_type == 'code' and (not step.untouched)": "no locked cell binds an answer's name",
    },
    "grading/checks/notebook_check.py": {
        "_widest, other constant: 0 -> -1": "one more or less of a million letters",
    },
    "grading/submission/read.py": {
        ", other constant: 64 -> 65": "a limit, and no rule",
        ", other constant: 400 -> 401": "a limit, and no rule",
        ", other constant: 20 -> 19": "a limit, and no rule",
    },
    "grading/submission/choose.py": {
        "_fits, other result: return False -> return None": "only its truth is asked",
        "choose, other logic: looked.get(file.data) or looked.setdefault(file.data, rec... -> "
        "looked.setdefault(file.data, recogniser.look(file.data))": "the same look, taken twice",
        "_may_hold_notebook, other logic: '\"cell_type\"'.encode('utf-16-le') in data or '\"cell_type\"... -> "
        "'\"cell_type\"'.encode('utf-16-le') in data and '\"cell_type...": (
            "each stands in the other's text, a byte later"
        ),
        "likely, other constant: 2 -> 3": "the order is the same",
        "likely, other constant: 2 -> 1": "the order is the same",
        "_may_hold_notebook, other logic: data[:100].removeprefix(_MARKS[0]).lstrip().startswith(b'... -> "
        "data[:100].removeprefix(_MARKS[0]).lstrip().startswith(b'...": "a look more, which finds no cells",
        "_may_hold_notebook, other constant: 100 -> 99": "a limit, and no rule",
        "_may_hold_notebook, other slice: :100 -> :": "a limit, and no rule",
    },
    "grading/submission/judge.py": {
        "Judge, none for zero: stand is None -> not stand": "what stands for a name is never false",
    },
    "grading/submission/grade.py": {
        "_NotebookRun, none for zero: self.session.dead is not None -> self.session.dead": "a reason has words",
        "_NotebookRun, call dropped: float(step.points or 0) -> step.points or 0": "3 is 3.0",
        "_NotebookRun, other logic: step.points or 0 -> step.points": "what is graded has points",
        "_without_run, call dropped: float(step.points or 0) -> step.points or 0": "3 is 3.0",
        "_without_run, other logic: step.points or 0 -> step.points": "what is graded has points",
    },
    "grading/submission/cell_errors.py": {
        ", other constant: 200 -> 201": "a limit, and no rule",
        ", other constant: 200 -> 199": "a limit, and no rule",
        "CellErrors, call dropped: sorted(loaded_names(tests)) -> loaded_names(tests)": (
            "of several reasons one is told, and sorting says which"
        ),
    },
    "grading/submission/parse.py": {
        **{
            f", other constant: {limit} -> {limit + more}": "a limit, and no rule"
            for limit in (2_000_000, 2_500_000, 6_000_000)
            for more in (-1, 1)
        },
        "kind_of_text, other constant: 2000 -> 2001": "a limit, and no rule",
        "kind_of_text, other constant: 2000 -> 1999": "a limit, and no rule",
        "_conflict, other result: return 0 -> return None": "only its truth is asked",
        "_saved_outputs, other comparison: named >= 0 -> named > 0": "a name ends behind its first letter",
        "_saved_outputs, none for zero: around is not None -> around": "outside all brackets stands no name",
        "_saved_outputs, other constant: 1 -> 2": "any number below 0 says that there is no name",
        "_saved_outputs, other constant: 0 -> 1": "a name ends behind its first letter",
        "_saved_outputs, other logic: mark == '[' and named >= 0 and (text[named:token.start()]... -> "
        "mark == '[' and text[named:token.start()].strip() == ':'": "without a name the text between is empty",
    },
    "grading/submission/locked_cells.py": {
        "_added, argument wrong: _in_place_of(statement, original) -> _in_place_of(original, statement)": (
            "it compares both ways alike"
        ),
        "additions, other comparison: k < first -> k <= first": "the first that was kept adds nothing",
    },
    "grading/submission/match_cells.py": {
        "_Contents, none for zero: released is not None -> released": "no cell's name is empty",
        "match_cells, none for zero: name is not None -> name": "no cell's name is empty",
        "MasterCells, call dropped: str(cell['id']) -> cell['id']": "an id is a text",
        "MasterCells, call dropped: str(cell['cell_type']) -> cell['cell_type']": "a type is a text",
        "_find_written, none for zero: names[k] is None -> not names[k]": "no cell's name is empty",
        "_chosen_answer, argument wrong: answer_changed(cells[k].source, master.texts[task]) -> "
        "answer_changed(master.texts[task], cells[k].source)": "it compares both ways alike",
        "_find_lost, other branch: for name in names if name is not None -> for name in names": (
            "None is no cell's name"
        ),
        "_find_lost, none for zero: name is not None -> name": "no cell's name is empty",
        "_find_lost, other branch: if missing: -> if True:": "where nothing is missing nothing is found",
        "_find_lost, none for zero: names[k] is None -> not names[k]": "no cell's name is empty",
        "_last_first, other comparison: k < end -> k <= end": "at the end stands the test itself",
        "_last_first, other comparison: k >= end -> k > end": "at the end stands the test itself",
        "_last_first, other branch: for k in places if k >= end -> for k in places": "the first found counts",
    },
    "grading/submission/cells.py": {
        "_cell, argument wrong: entry.get('input', '') -> entry.get('input')": "no text counts as the empty one",
    },
    "grading/marks/class_marks.py": {
        "cell_score, none for zero: stored is None -> not stored": "a mark is never false",
    },
    "grading/marks/sheet.py": {
        "fill, other constant: 80 -> 79": "how much of a title is shown",
        "fill, other constant: 80 -> 81": "how much of a title is shown",
        "_fill_row, argument wrong: _same(row[index], text) -> _same(text, row[index])": (
            "it compares both ways alike"
        ),
    },
    "grading/marks/export_lms.py": {
        "_targets, other constant: 0 -> -1": "a worksheet has one column",
        "filled_table, argument wrong: printable(listed(filled.columns), 200) -> "
        "printable(listed(filled.columns))": "a limit, and no rule",
        "filled_table, other constant: 200 -> 201": "a limit, and no rule",
        "filled_table, other constant: 200 -> 199": "a limit, and no rule",
        "_people, none for zero: roster is not None -> roster": "a path is never false",
    },
    "grading/marks/export.py": {
        "write_output, none for zero: there is None -> not there": "a hash is never empty",
        "marks_json, argument wrong: json.dumps({'unit': unit, 'students': students}, indent=1... -> "
        "json.dumps({'unit': unit, 'students': students}, ensure_a...": "how the lines are laid out",
        "marks_json, other constant: 1 -> 0": "how the lines are laid out",
        "marks_json, other constant: 1 -> 2": "how the lines are laid out",
        "write_output, argument wrong: json.dumps(noted, indent=1) -> json.dumps(noted)": (
            "how the lines are laid out"
        ),
        "write_output, other constant: 1 -> 0": "how the lines are laid out",
        "write_output, other constant: 1 -> 2": "how the lines are laid out",
    },
    "grading/submission/results.py": {
        "ResultStore, none for zero: (result := self.load(path.stem)) is not None -> (result := "
        "self.load(path.stem))": "a result is never false",
        "ResultStore, other constant: 500 -> 501": "a limit, and no rule",
        "ResultStore, other constant: 1 -> 2": "how the lines are laid out",
    },
    "grading/tables.py": {", other constant: 20 -> 21": "a limit, and no rule"},
    "grading/gradebook/writer.py": {
        "GradebookWriter, none for zero: mark is not None -> mark": "a mark is never false",
        "GradebookWriter, none for zero: self._submissions.get(r.student, ('', None))[1] is None -> "
        "not self._submissions.get(r.student, ('', None))[1]": "no notebook's id is empty",
        "GradebookWriter, argument wrong: self._course.master(self._unit).read_text(encoding='utf-8') -> "
        "self._course.master(self._unit).read_text()": "the same wherever the locale is UTF-8",
        "GradebookWriter, argument wrong: rows.join(SubmittedNotebook, kind.notebook_id == Submitte... -> "
        "rows.join(SubmittedNotebook)": "the one foreign key between the tables",
        "GradebookWriter, argument wrong: rows.join(SubmittedAssignment, SubmittedNotebook.assignme... -> "
        "rows.join(SubmittedAssignment)": "the one foreign key between the tables",
        "GradebookWriter, other branch: if rows: -> if True:": "a list without rows updates none",
    },
}
"""Survivors that change no mark, by module: what `_name` says of the mutant, and why."""
LONGEST = 60
"""Seconds that the tests of one mutant may take together."""
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_HEAVY = ("numpy", "pandas", "matplotlib.pyplot", "nbformat", "nbgrader.api", "sqlalchemy", "jinja2", "msgspec")


# ---------------------------------------------------------------- one run of tests, in a child


class _Broken(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Imports one module from another text than its file's."""

    def __init__(self, name: str, path: Path, source: str) -> None:
        self.name, self.path, self.source = name, path, source

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
        return importlib.util.spec_from_loader(name, self, origin=str(self.path)) if name == self.name else None

    def get_source(self, fullname: str) -> str:
        return self.source

    def exec_module(self, module: Any) -> None:
        module.__file__ = str(self.path)
        exec(compile(self.source, str(self.path), "exec"), module.__dict__)


class _Lines:
    """Which lines of a file each test runs, and how long each test takes."""

    def __init__(self, path: Path) -> None:
        self._file = str(path)
        self.lines: dict[str, set[int]] = defaultdict(set)
        self.seconds: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        found = self.lines[item.nodeid]

        def inside(frame: Any, event: str, _: object) -> Any:
            found.add(frame.f_lineno)
            return inside

        def called(frame: Any, event: str, _: object) -> Any:
            return inside(frame, event, None) if frame.f_code.co_filename == self._file else None

        started = time.perf_counter()
        sys.settrace(called)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            self.seconds[item.nodeid] = time.perf_counter() - started


def _in_child(work: Any, seconds: float) -> int:
    """Fork, run, and return the exit code; the child and all it started end after some seconds."""
    pid = os.fork()
    if pid == 0:
        os.setsid()
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nothing, descriptor)
        try:
            os._exit(int(work()))
        except BaseException:
            os._exit(97)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return 98


def _pytest(tests: Sequence[str], *plugins: object) -> int:
    slow = ("cacheprovider", "anyio", "hypothesispytest")  # plugins that no test of these needs, at 0.8 s a run
    options = ["-x", "-q", "-n", "0", "-m", "not proof", "--no-header", *(f"-pno:{name}" for name in slow)]
    return int(pytest.main([*options, *tests], plugins=list(plugins)))


# ---------------------------------------------------------------- one module


@dataclass
class Report:
    """What became of one module's mutants."""

    module: str
    seconds: float
    tried: int = 0
    survivors: list[Mutant] = field(default_factory=list)

    @property
    def killed(self) -> float:
        """Share of the mutants that a test noticed; those that are harmless by their reason do not count."""
        return 1 - len(self.survivors) / max(1, self.tried)


def examine(module: str, most: int, jobs: int) -> Report:
    """Try the mutants of one module, or a sample of them."""
    path, tests = ROOT / module, MODULES[module]
    tracer = _Lines(path)
    with tempfile.NamedTemporaryFile("r+", suffix=".json") as record:

        def baseline() -> int:
            code = _pytest(tests, tracer)
            Path(record.name).write_text(
                json.dumps([{n: sorted(v) for n, v in tracer.lines.items()}, tracer.seconds])
            )
            return code

        started = time.monotonic()
        if code := _in_child(baseline, 600):
            raise SystemExit(f"{module}: its tests fail as they are (exit code {code}): {' '.join(tests)}")
        seconds = time.monotonic() - started
        lines, durations = json.loads(Path(record.name).read_text())
    known, found = HARMLESS.get(module, {}), list(mutants(path.read_text(), CODE))
    if len(found) > most:
        found = random.Random(module).sample(found, most)
    found = [mutant for mutant in found if _name(mutant) not in known]
    report = Report(module, seconds, len(found))
    killed = _Killed(path)

    def survives(mutant: Mutant) -> bool:
        if killed.has(mutant):
            return False
        touching = [test for test, at in lines.items() if mutant.line in at]
        touching.sort(key=lambda test: durations[test])
        total = itertools.accumulate(durations[test] for test in touching)
        chosen = [test for test, until in zip(touching, total, strict=True) if until < LONGEST] or tests
        alive = _in_child(lambda: _with_fault(module, mutant, chosen), 3 * seconds + 20) == 0
        if not alive:
            killed.add(mutant)
        return alive

    with ThreadPoolExecutor(jobs) as pool:
        for number, (mutant, alive) in enumerate(zip(found, pool.map(survives, found), strict=True), 1):
            if alive:
                report.survivors.append(mutant)
                print(f"  {module}, {mutant}", flush=True)
            if sys.stderr.isatty():
                print(f"\r{module}: {number} of {len(found)}", end="", file=sys.stderr, flush=True)
    return report


class _Killed:
    """What earlier runs have killed of a module, kept as long as its text is the same."""

    def __init__(self, path: Path) -> None:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        self._file = ROOT / "_build/mutants" / f"{path.stem}-{digest}"
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._known = set(self._file.read_text().split()) if self._file.exists() else set()

    def has(self, mutant: Mutant) -> bool:
        return self._key(mutant) in self._known

    def add(self, mutant: Mutant) -> None:
        with self._file.open("a") as file:
            file.write(f"{self._key(mutant)}\n")

    @staticmethod
    def _key(mutant: Mutant) -> str:
        return hashlib.sha256(mutant.source.encode()).hexdigest()[:16]


def _name(mutant: Mutant) -> str:
    """A mutant by what it changes, not by its line, which moves."""
    owner = getattr(ast.parse(mutant.changed).body[0], "name", "")
    return f"{owner}, {str(mutant).partition(', ')[2]}"


def _with_fault(module: str, mutant: Mutant, tests: Sequence[str]) -> int:
    name = module.removesuffix(".py").replace("/", ".")
    sys.meta_path.insert(0, _Broken(name, ROOT / module, mutant.source))
    for loaded in [key for key in sys.modules if key.split(".")[0] in ("grading", "tests")]:
        del sys.modules[loaded]
    return _pytest(tests)


def main() -> None:
    """Examine the modules named, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"of {', '.join(MODULES)} (default: all)")
    parser.add_argument("--most", type=int, default=10_000, metavar="N", help="sample at most N mutants a module")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    arguments = parser.parse_args()
    os.chdir(ROOT)
    for name in _HEAVY:
        importlib.import_module(name)
    reports = []
    for module in arguments.modules or MODULES:
        if module not in MODULES:
            parser.error(f"no tests are listed for {module}; see MODULES in tests/mutants.py")
        reports.append(examine(module, arguments.most, arguments.jobs))
        done = reports[-1]
        print(
            f"{module}: {done.killed:.1%} of {done.tried} killed; its tests take {done.seconds:.0f} s", flush=True
        )
    sys.exit(min(report.killed for report in reports) < 0.95)


if __name__ == "__main__":
    main()
