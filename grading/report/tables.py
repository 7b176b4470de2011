"""A report's tables as CSV, one file each."""

from __future__ import annotations

from collections.abc import Sequence

from grading.report.findings import Findings
from grading.report.items import OUTCOMES, Task
from grading.tables import Value, csv_text


def tables(found: Findings) -> dict[str, str]:
    """File name -> text of every table of the report."""
    shown = found.people
    odd = [[odd.text, shown.label(student)] for odd in found.oddities for student in odd.students]
    return {
        "students.csv": _students(found),
        "tasks.csv": _tasks(found.tasks),
        "misconceptions.csv": csv_text(
            ["misconception", "task", "title", "students", "share", "message"],
            [[m.name, m.grade_id, m.title, m.count, m.share, shown.text(m.summary)] for m in found.mistakes],
        ),
        "alike.csv": _pairs(found),
        "oddities.csv": csv_text(["oddity", "student"], odd),
    }


def _students(found: Findings) -> str:
    cells = [mark.grade_id for mark in found.record.cells]
    papers = {paper.student: paper for paper in found.record.papers}
    notes = {failure.student: failure.note for failure in found.failures}
    rows: list[Sequence[Value]] = []
    for student in found.people.ordered(found.record.students):
        paper = papers.get(student)
        scores = [paper.scores.get(cell) if paper else None for cell in cells]
        state, seconds = (paper.result.state, paper.result.seconds) if paper else ("missing", None)
        start = [found.people.label(student), state, found.percents.get(student)]
        rows.append([*start, *scores, seconds, notes.get(student, "")])
    return csv_text(["student", "state", "percent", *cells, "seconds", "note"], rows)


def _tasks(found: Sequence[Task]) -> str:
    header = ["task", "title", "points", "answers", "waiting", *OUTCOMES, "pass_rate", "mean_share"]
    rows: list[Sequence[Value]] = []
    for task in found:
        counts = [task.points, task.number, task.waiting, *task.outcomes.values()]
        shares = [task.passed, task.mean_share, task.lost, task.discrimination, task.why_none]
        rows.append([task.grade_id, task.place.title, *counts, *shares])
    return csv_text([*header, "points_lost", "discrimination", "why_no_discrimination"], rows)


def _pairs(found: Findings) -> str:
    rows: list[Sequence[Value]] = []
    for pair in found.alike.pairs:
        one, two = map(found.people.label, pair.students)
        rows.append([one, two, round(pair.evidence, 1), round(pair.likeness, 3), " ".join(pair.cells)])
    return csv_text(["student", "other_student", "evidence", "likeness", "cells"], rows)
