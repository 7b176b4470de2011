"""A report's tables as CSV, one file each."""

from __future__ import annotations

from collections.abc import Sequence

from grading.report.findings import Findings
from grading.report.items import OUTCOMES, Task
from grading.tables import Value, csv_text


def tables(findings: Findings) -> dict[str, str]:
    """File name -> text of every table of the report."""
    names = findings.people
    odd = [
        [odd.text, ", ".join(places), names.label(student)]
        for odd in findings.oddities
        for student, places in odd.places.items()
    ]
    return {
        "students.csv": _students(findings),
        "tasks.csv": _tasks(findings.tasks),
        "misconceptions.csv": csv_text(
            ["misconception", "task", "title", "students", "share", "message"],
            [[m.name, m.grade_id, m.title, m.count, m.share, names.text(m.summary)] for m in findings.mistakes],
        ),
        "alike.csv": _pairs(findings),
        "oddities.csv": csv_text(["oddity", "where", "student"], odd),
    }


def _students(findings: Findings) -> str:
    cells = [mark.grade_id for mark in findings.record.cells]
    papers = {paper.student: paper for paper in findings.record.papers}
    notes = {failure.student: failure.note for failure in findings.failures}
    named = bool(findings.record.called) and not findings.people.anonymous
    rows: list[Sequence[Value]] = []
    for student in findings.people.ordered(findings.record.students):
        paper = papers.get(student)
        scores = [paper.scores.get(cell) if paper else None for cell in cells]
        state, seconds = (paper.result.state, paper.result.seconds) if paper else ("missing", None)
        name = [findings.record.called.get(student, "")] if named else []
        start = [findings.people.label(student), *name, state, findings.percents.get(student)]
        rows.append([*start, *scores, seconds, notes.get(student, "")])
    return csv_text(["student", *(["name"] if named else []), "state", "percent", *cells, "seconds", "note"], rows)


def _tasks(tasks: Sequence[Task]) -> str:
    header = ["task", "title", "points", "answers", "waiting", *OUTCOMES, "given_right", "pass_rate", "mean_share"]
    rows: list[Sequence[Value]] = []
    for task in tasks:
        counts = [task.points, task.number, task.waiting, *task.outcomes.values(), task.given]
        shares = [task.passed, task.mean_share, task.lost, task.discrimination, task.why_none]
        rows.append([task.grade_id, task.place.title, *counts, *shares])
    return csv_text([*header, "points_lost", "discrimination", "why_no_discrimination"], rows)


def _pairs(findings: Findings) -> str:
    rows: list[Sequence[Value]] = []
    for pair in findings.alike.pairs:
        one, two = map(findings.people.label, pair.students)
        rows.append([one, two, round(pair.evidence, 1), round(pair.likeness, 3), " ".join(pair.cells)])
    return csv_text(["student", "other_student", "evidence", "likeness", "cells"], rows)
