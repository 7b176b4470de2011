"""Grade one submission: rebuild, run, judge. Bytes in, a `Result` out; no file is read or written."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from grading.checks.notebook_check import Verdict
from grading.oddities import OWN_CELL, Oddity, one_for_each_cause, printable_oddities, printable_oddity
from grading.sandbox import Copy, Sandbox, Session
from grading.submission.autograded_notebook import autograded_notebook
from grading.submission.cell_errors import CellErrors
from grading.submission.cells import read_cells
from grading.submission.fingerprint import Work
from grading.submission.follow_through import FollowThrough
from grading.submission.judge import Judge, not_tested
from grading.submission.parse import MalformedError
from grading.submission.read import Submission
from grading.submission.rebuild import Rebuilt, Step, rebuild, released_steps
from grading.submission.results import CellMark, Result, SubmissionState
from grading.units.personal import OwnAnswers
from grading.units.unit import Unit

MOST_ODDITIES = 30


def grade(work: Work, unit: Unit, sandbox: Sandbox) -> Result:
    """Grade one submission.

    A submission that cannot be read is ``malformed`` and one without a notebook ``missing``; a process that ends
    before its last cell is ``timed out`` or ``crashed`` and keeps what it had earned.
    """
    started = time.monotonic()
    submission = work.submission
    if submission.notebook is None:
        state: SubmissionState = "missing" if submission.notebook_name is None else "malformed"
        cause = submission.oddities[-1] if submission.oddities else Oddity("nothing handed in")
        return _without_run(work, unit, state, cause, started)
    try:
        cells = read_cells(submission.notebook)
    except MalformedError as error:
        cause = Oddity("malformed notebook", str(submission.notebook_name), str(error))
        return _without_run(work, unit, "malformed", cause, started)
    rebuilt = rebuild(unit.master, cells)

    def run_in(session: Session) -> _NotebookRun:
        run = _NotebookRun(session, unit, submission, CellErrors(rebuilt.absent, unit.importable))
        run.steps(rebuilt.steps)
        return run

    files, seed = _files(submission, unit), int(work.fingerprint[:8], 16)
    tests = sum(step.kind == "tests" for step in rebuilt.steps)
    run = sandbox.in_session(run_in, files, unit.limits, seed=seed, copies=tests)
    return _result(work, unit, rebuilt, run, sandbox.mode.name, time.monotonic() - started)


def _files(submission: Submission, unit: Unit) -> dict[str, bytes]:
    """The student's small files, then those that were given out, which win."""
    return {**submission.files, **unit.files_for(submission.student)}


class _NotebookRun:
    """Runs a rebuilt notebook's steps in a session, then judges each test cell by a copy made where it stands.

    Whatever has seen a hidden question ends before anything else is asked or shown: the notebook's cells have run,
    and their outputs are here, when the first one is put.
    """

    def __init__(self, session: Session, unit: Unit, submission: Submission, cell_errors: CellErrors) -> None:
        self.session, self.master = session, unit.master
        self.cell_errors = cell_errors
        self.own_answers = None if unit.personal is None else OwnAnswers(unit.personal, submission.student)
        if self.own_answers is not None:
            self.own_answers.look_at(submission.files)
        self.judge = Judge(session, unit.checks, self.own_answers, unit.bindings)
        self.outputs: dict[int, Sequence[Mapping[str, Any]]] = {}
        self.counts: dict[int, int | None] = {}
        self.copies: dict[int, Copy | None] = {}
        self.marks: dict[str, CellMark] = {}
        self.unanswered: set[str] = set()  # tests that found nothing written
        self.odd: list[Oddity] = []
        self.ended: Oddity | None = None  # where and how the process ended

    @property
    def oddities(self) -> list[Oddity]:
        """What was slow or could not be imported, and what was odd about the student's own data."""
        own = self.own_answers.oddities if self.own_answers else ()
        return one_for_each_cause([*self.odd, *self.cell_errors.oddities, *own])

    def steps(self, steps: Sequence[Step]) -> None:
        """Run them all, then fill in the marks; after the process has ended only the latter."""
        for number, step in enumerate(steps):
            if step.kind == "tests":
                self.copies[number] = self.session.copy()
                self._note_end(step.grade_id or "tests")
            elif step.cell_type == "code":
                self._run(number, step)
        self.session.finish()
        self.follow = FollowThrough(self.master, steps, self.session, self.judge)
        for number, step in enumerate(steps):
            if step.kind == "tests":
                self._judge(step, self.copies[number])
            if step.written:
                self._await_reader(step)
        for step, verdict in self.follow.again():
            self._mark(step, verdict)

    def _run(self, number: int, step: Step) -> None:
        if self.session.dead is not None:
            return
        result = self.session.run_cell(step.source)
        self.outputs[number], self.counts[number] = result.outputs, result.execution_count
        where = step.grade_id or OWN_CELL
        if result.status == "timeout" and self.session.dead is None:
            self.odd.append(Oddity("out of time", where))
        self.cell_errors.ran(step, result)
        self._note_end(where)

    def _judge(self, step: Step, copy: Copy | None) -> None:
        name = step.grade_id or "tests"
        if step.once_more:
            if name not in self.unanswered:
                return
            self.odd.append(Oddity("judged at the end", name))
        if copy is None:
            verdict = not_tested(f"the notebook's process had ended before ({self.session.dead})")
        elif copy.refused:
            verdict = not_tested(f"the notebook as it stood here cannot be asked, since {copy.refused}")
        else:
            verdict = self.follow.first(step, copy)
        if verdict.unwritten:
            self.unanswered.add(name)
        self._mark(step, self.cell_errors.explained(verdict, step.source))

    def _mark(self, step: Step, verdict: Verdict) -> None:
        name, points = step.grade_id or "tests", float(step.points or 0)
        score, named = round(points * verdict.share, 2), verdict.misconception
        self.marks[name] = CellMark(
            name, points, score, verdict.message, named, unwritten=verdict.unwritten, given=verdict.given
        )

    def _await_reader(self, step: Step) -> None:
        """A written answer waits for a person, unless it was left as it was released."""
        name = step.grade_id or "written"
        score, message = (0.0, "No answer was written.") if step.untouched else (None, "")
        points = float(step.points or 0)
        self.marks[name] = CellMark(name, points, score, message, written=True, unwritten=step.untouched)

    def _note_end(self, where: str) -> None:
        if self.session.dead is not None and self.ended is None:
            self.ended = Oddity("process ended", where, self.session.dead)


def failed(student: str, unit: Unit, error: Exception) -> Result:
    """The result of a submission on which the grader itself failed: a person looks at it, and it is never kept.

    Its fingerprint is one that no submission has, so that the next run tries again.
    """
    cause = Oddity("grader failed", detail=f"{type(error).__name__}: {error}")
    result = _without_run(_nameless(student, unit), unit, "crashed", cause, time.monotonic())
    return replace(result, marks=tuple(replace(mark, score=None) for mark in result.marks))


def overran(work: Work, unit: Unit, what: Literal["time", "memory"], limit: str) -> Result:
    """The result of a submission for which this side, not its own code, took more time or memory than it may."""
    state: SubmissionState = "timed out" if what == "time" else "malformed"
    return _without_run(work, unit, state, Oddity(f"over the grader's {what}", detail=limit), time.monotonic())


def unread(student: str, unit: Unit, what: Literal["time", "memory"], limit: str) -> Result:
    """The result of files that could not even be read within bounds; the next run tries again, as for `failed`."""
    return overran(_nameless(student, unit), unit, what, limit)


def _nameless(student: str, unit: Unit) -> Work:
    """Work with a fingerprint that no submission has, so that no later run takes its result for one that holds."""
    work = Work.of(Submission(student, None, None), unit)
    return replace(work, fingerprint=f"failed-{work.fingerprint}")


def _result(work: Work, unit: Unit, rebuilt: Rebuilt, run: _NotebookRun, sandbox: str, seconds: float) -> Result:
    submission = work.submission
    state: SubmissionState = "graded"
    if run.ended is not None:
        state = "timed out" if run.session.timed_out else "crashed"
    return Result(
        student=submission.student,
        unit=unit.name,
        fingerprint=work.fingerprint,
        state=state,
        cause=run.ended and printable_oddity(run.ended),
        marks=tuple(run.marks.values()),
        oddities=printable_oddities([*submission.oddities, *rebuilt.oddities, *run.oddities], most=MOST_ODDITIES),
        seconds=round(seconds, 3),
        sandbox=sandbox,
        notebook=autograded_notebook(
            unit.master, rebuilt.steps, run.outputs, run.counts, run.marks, work.fingerprint, submission.files
        ),
    )


def _without_run(work: Work, unit: Unit, state: SubmissionState, cause: Oddity, started: float) -> Result:
    """A result with every mark at 0, none of them silent."""
    submission = work.submission
    steps = released_steps(unit.master)
    graded = [step for step in steps if step.points is not None]
    marks = {
        str(step.grade_id): CellMark(
            str(step.grade_id),
            float(step.points or 0),
            0.0,
            f"{state.capitalize()}: {printable_oddity(cause).text}.",
            written=step.written,
        )
        for step in graded
    }
    others = [oddity for oddity in submission.oddities if oddity != cause]
    return Result(
        student=submission.student,
        unit=unit.name,
        fingerprint=work.fingerprint,
        state=state,
        cause=printable_oddity(cause),
        marks=tuple(marks.values()),
        oddities=printable_oddities(others, most=MOST_ODDITIES),
        seconds=round(time.monotonic() - started, 3),
        notebook=autograded_notebook(unit.master, steps, {}, {}, marks, work.fingerprint),
    )
