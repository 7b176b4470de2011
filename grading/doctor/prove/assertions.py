"""Try ordinary assertions: each must hold for the model answer, and none that asks for an answer without one."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from typing import Any

from grading.course import Course
from grading.doctor.prove.sealed import solved
from grading.sandbox import Sandbox, Session
from grading.submission.cells import read_cells
from grading.submission.judge import Judge, Statement
from grading.submission.no_answer import MisuseError, NoAnswerError, NotWrittenError
from grading.submission.rebuild import rebuild
from grading.units.bindings import bound_names
from grading.units.master import grade_id_of, read_notebook, source_of
from grading.units.sealable import is_test, place
from grading.units.unit import Unit, load_unit

_OWN = {"check", "hidden_check", "own_answer"}
_PAGE = "see 'What may be written in a hidden block' on the page Edit a unit"
_SECRET = b"grading build, not the course's own secret"
Tried = dict[str, list[Statement]]


def has_assertions(course: Course, unit: str) -> bool:
    """Whether a test cell of a built unit holds more than checks."""
    return any(_ordinary(source_of(cell)) for cell in read_notebook(course.master(unit))["cells"] if is_test(cell))


def faults_of_assertions(course: Course, unit: str, sandbox: Sandbox) -> list[str]:
    """Say what is wrong with a unit's assertions, each by its place, the reason and the cure."""
    if not has_assertions(course, unit):
        return []
    loaded = load_unit(course, unit, secret=_SECRET)
    released = read_notebook(course.release(unit))
    model = _tried(loaded, solved(released, loaded), sandbox)
    untouched = _tried(loaded, released, sandbox)
    lines = []
    for cell in filter(is_test, loaded.master.cells):
        name = grade_id_of(cell)
        failed = next((one for one in model.get(name, ()) if one.error is not None), None)
        if failed is not None and failed.error is not None:
            where = place(course, unit, cell, failed.node.lineno)
            why = _why(failed.error) + _kept_here(source_of(cell), loaded.bindings.answers)
            lines.append(f"{where}: the model answer fails here, {why}; {_PAGE}")
        for node in _idle(untouched.get(name, []), loaded.bindings.answers):
            where = place(course, unit, cell, node.lineno)
            lines.append(f"{where}: an untouched notebook passes this; assert what only an answer gives")
    return lines


def _tried(unit: Unit, notebook: Mapping[str, Any], sandbox: Sandbox) -> Tried:
    """What became of each statement of each test cell, asked of copies of a notebook's process."""
    steps = rebuild(unit.master, read_cells(json.dumps(notebook).encode())).steps
    tests = [step for step in steps if step.kind == "tests" and not step.once_more]

    def run(session: Session) -> Tried:
        copies = {}
        for step in steps:
            if step in tests:
                copies[step.grade_id] = session.copy() if _ordinary(step.source) else None
            elif step.cell_type == "code" and step.kind != "tests":
                session.run_cell(step.source)
        session.finish()
        judge, found = Judge(session, {}, None, unit.bindings), Tried()
        for step in tests:
            copy = copies[step.grade_id]
            if copy is not None and not copy.refused:
                with session.asking(copy) as judge.process:
                    found[str(step.grade_id)] = list(
                        judge.each_statement(_without_checks(step.source), str(step.grade_id))
                    )
        return found

    return sandbox.in_session(run, unit.files_for("model-answer"), unit.limits, copies=len(tests))


def _ordinary(source: str) -> list[ast.stmt]:
    """The statements of a test cell that are more than a check."""
    return [node for node in ast.parse(source).body if not _is_check(node)]


def _is_check(node: ast.stmt) -> bool:
    call = node.value if isinstance(node, ast.Expr) else None
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in _OWN


def _without_checks(source: str) -> str:
    """A test cell without its checks, its lines where they were."""
    lines = source.splitlines()
    for node in filter(_is_check, ast.parse(source).body):
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1):
            lines[number - 1] = ""
    return "\n".join(lines)


def _idle(tried: list[Statement], answers: frozenset[str]) -> Iterator[ast.stmt]:
    """Assertions that hold although they ask for something that a student is to write."""
    told: set[str] = set()  # names of the cell's that hold what an untouched answer gave
    helpers = {one.node.name for one in tried if isinstance(one.node, ast.FunctionDef)}
    for one in tried:
        if one.error is not None:
            continue
        loaded = {node.id for node in ast.walk(one.node) if isinstance(node, ast.Name)}
        if not one.used & answers and not loaded & told:
            continue
        if _asserts(one.node, helpers):
            yield one.node
        elif isinstance(one.node, ast.Assign):
            told |= bound_names(one.node)


def _asserts(node: ast.stmt, helpers: set[str]) -> bool:
    """Whether a statement is an assertion, holds one, or calls a function of the cell's that may."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
        return False
    for one in ast.walk(node):
        if isinstance(one, ast.Assert | ast.Raise):
            return True
        if isinstance(one, ast.Call):
            name = one.func.attr if isinstance(one.func, ast.Attribute) else getattr(one.func, "id", "")
            if name.startswith(("assert", "raises", "fail")) or name in helpers:
                return True
    return False


def _kept_here(source: str, answers: frozenset[str]) -> str:
    """Which of the notebook's names a test cell binds anew: its functions do not see a value that is none."""
    names = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)]
    stored = sorted({one.id for one in names if isinstance(one.ctx, ast.Store)} & answers)
    return f" (a value for {', '.join(stored)} stays on this side: hand it over as an argument)" if stored else ""


def _why(error: BaseException) -> str:
    """Why a statement fails with the model answer, which has nothing to hide."""
    if isinstance(error, NotWrittenError):
        return "since a function is not written, or raises NotImplementedError, which means the same here"
    if isinstance(error, NoAnswerError | MisuseError):
        return f"since {error}"
    text = " ".join(str(error).split())
    if isinstance(error, AssertionError):
        return f"since it does not hold ({text})" if text else "since it does not hold"
    return f"with {type(error).__name__}" + (f": {text}" if text else "")
