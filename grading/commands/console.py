"""What a TA sees in the terminal: the progress bar and the closing tables."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from grading.oddities import MAY_COST, by_cause
from grading.printable import counted, listed
from grading.submission.results import STATES, Result, SubmissionState

if TYPE_CHECKING:
    from grading.autograde.mark_changes import MarkChange
    from grading.autograde.recorder import Summary
    from grading.autograde.regrade import Preview


class ProgressBar:
    """A bar with the time left; its call is the `progress` of `autograde`."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._bar: Any = None  # made at the first result, when the total is known

    def __enter__(self) -> ProgressBar:
        return self

    def __call__(self, result: Result, total: int) -> None:
        """Advance by one submission."""
        if self._bar is None:
            # disable=None: tqdm draws nothing where stderr is no terminal, such as a log
            self._bar = tqdm(total=total, desc=self._label, unit=" submissions", file=sys.stderr, disable=None)
        self._bar.update()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()


def summary_table(summary: Summary) -> str:
    """How many submissions ended in each state, who, and what to look at next."""
    lines = [
        f"{summary.unit}: {counted(len(summary.results), 'submission')} (sandbox: {summary.mode or 'not needed'})"
    ]
    if summary.reused:
        lines.append(f"{summary.reused} were graded before and kept")
    for state in STATES:
        lines += _state_lines(state, summary.students(state))
    lines += _marks_lines(summary.students("graded"))
    lines += _oddity_lines([result for result in summary.results if result.oddities])
    if summary.odd_times:
        lines.append(f"  times of {counted(len(summary.odd_times), 'submission')} to look at:")
        lines += [f"      {student}: {remark}" for student, remark in summary.odd_times.items()]
    return "\n".join(lines)


def _state_lines(state: SubmissionState, results: Sequence[Result]) -> list[str]:
    """How many are in a state, and who, if they did not run to their end."""
    notes = [] if state == "graded" else [f"      {result.student}: {result.note}" for result in results]
    return [f"  {state:<10} {len(results):>5}", *notes]


def _marks_lines(graded: Sequence[Result]) -> list[str]:
    """The mean of what the machine marked, and for how many a person has to."""
    if not graded:
        return []
    points = sum(mark.points for mark in graded[0].marks if not mark.written)
    marks = [mark for result in graded for mark in result.marks]
    mean = sum(mark.score or 0.0 for mark in marks if not mark.written) / len(graded)
    lines = [f"  mean of the automatic marks {mean:.2f} of {points:g}"]
    waiting = sum(any(mark.score is None for mark in result.marks) for result in graded)
    if waiting:
        lines.append(
            f"  {counted(waiting, 'has', 'have')} written answers to mark: nbgrader's formgrader, Manual Grading"
        )
    return lines


def _oddity_lines(odd: Sequence[Result]) -> list[str]:
    if not odd:
        return []
    lines = [f"  oddities in {counted(len(odd), 'submission')}:"]
    for head, may_cost in (("these may bear on a mark", True), ("these cost nothing", False)):
        chosen = ((r.student, [o for o in r.oddities if (o.kind in MAY_COST) == may_cost]) for r in odd)
        causes = by_cause(chosen)
        texts = [f"      {_whose(one.students)}: {one.text}{one.where and f' ({one.where})'}" for one in causes]
        lines += [f"    {head}:", *texts] if texts else []
    return lines


def _whose(students: Sequence[str]) -> str:
    return students[0] if len(students) == 1 else f"{len(students)} students ({listed(students)})"


def changes_table(summary: Summary) -> str:
    """Marks that moved, per student and check; falling ones are pointed out."""
    if not summary.changes:
        return f"{summary.unit}: no mark moved"
    by_student = _grouped(summary.changes, lambda change: change.student)
    fallen = {change.student for change in summary.changes if change.kind == "fell"}
    lines = [
        f"{summary.unit}: marks of {counted(len(by_student), 'student')} moved; of {len(fallen)} at least one fell"
    ]
    for student, changes in sorted(by_student.items()):
        lines += [f"  {student}", *(f"    {_line(change)}" for change in changes)]
    return "\n".join(lines)


MOST_STUDENTS = 40  # listed one by one; the file has all


def preview_table(preview: Preview) -> str:
    """What a regrade would change: per check, then per student, falling marks pointed out."""
    moved = preview.moved
    fallen = {move.student for move in moved if move.kind == "fell"}
    movers = counted(len({move.student for move in moved}), "student")
    lines = [
        f"{preview.unit}: marks of {movers} would move; of {len(fallen)} at least one falls"
        if moved
        else f"{preview.unit}: no mark of {counted(len(preview.summary.results), 'student')} would move"
    ]
    lines += [_check_line(name, moves) for name, moves in _grouped(moved, lambda move: move.grade_id).items()]
    by_student = _grouped(moved, lambda move: move.student)
    first = sorted(by_student, key=lambda student: (student not in fallen, student))
    for student in first[:MOST_STUDENTS]:
        lines += [f"  {student}", *(f"    {_line(move)}" for move in by_student[student])]
    if len(first) > MOST_STUDENTS:
        lines.append(f"  and {counted(len(first) - MOST_STUDENTS, 'student')} more")
    lines += [
        f"  {move.student}: {move.by_hand:g} points by hand for {move.grade_id}, now worth {move.points_after:g}"
        for move in preview.above
    ]
    failed = [result for result in preview.summary.results if result.state != "graded"]
    return "\n".join([*lines, *(f"  {result.student}: {result.state}, {result.note}" for result in failed)])


def _grouped(changes: Iterable[MarkChange], by: Callable[[MarkChange], str]) -> dict[str, list[MarkChange]]:
    groups: dict[str, list[MarkChange]] = defaultdict(list)
    for change in changes:
        groups[by(change)].append(change)
    return groups


def _check_line(name: str, changes: Sequence[MarkChange]) -> str:
    kinds = ", ".join(f"{number} {kind}" for kind, number in Counter(change.kind for change in changes).items())
    worth = {(change.points_before, change.points_after) for change in changes if change.points_before is not None}
    points = [f", worth {old:g} -> {new:g}" for old, new in worth if old is not None and old != new]
    return f"  {name}: {kinds}{''.join(points)}"


def _line(change: MarkChange) -> str:
    def mark(value: float | None) -> str:
        return "none" if value is None else f"{value:g}"

    ends = {"fell": "  FELL", "by hand": f"  (by hand {mark(change.by_hand)}, stays)"}
    return f"{change.grade_id:<40} {mark(change.before):>6} -> {mark(change.after)}{ends.get(change.kind, '')}"
