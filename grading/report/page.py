"""The report as one HTML page that needs no script and no other file, and its tables as CSV beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grading.course import Course, one_at_a_time
from grading.errors import CourseError
from grading.files import write_atomically
from grading.printable import counted, printable
from grading.report import figures
from grading.report.alike import EVIDENCE, SMALLEST_CLASS, USUAL_SHARE, Pair, Side
from grading.report.book_link import book_link
from grading.report.findings import Findings, find
from grading.report.gather import OWN_CELLS
from grading.report.items import Task
from grading.report.page_templates import environment
from grading.report.tables import tables

MOST_COSTLY = 5  # tasks in the list at the top
MOST_LINES = 120  # of one answer that is shown
FOLD_NAMES_ABOVE = 8  # students named without unfolding


@dataclass(frozen=True)
class Report:
    """What was written."""

    page: Path
    tables: tuple[Path, ...]
    findings: Findings


def write_report(
    course: Course, unit: str, *, page: Path | None = None, anonymous: bool = False, section: str = ""
) -> Report:
    """Write the report on a unit.

    Parameters
    ----------
    course, unit : Course, str
        The class.
    page : Path, optional
        Where to write it; by default ``results/<unit>-report.html``. The tables go into a folder of the same name.
    anonymous : bool
        Leave out names.
    section : str
        Only the members of this section of the class.

    Raises
    ------
    CourseError
        If nothing was graded yet.
    """
    part = f"-{re.sub(r'[^0-9A-Za-z]+', '-', section).strip('-')}" if section else ""
    name = f"{unit}-report{part}-anonymous.html" if anonymous else f"{unit}-report{part}.html"
    page = course.results / name if page is None else page
    if page.suffix not in (".html", ".htm"):
        raise CourseError(f"--output {page}: a report is a web page; give a name that ends in .html")
    with one_at_a_time(course, f"report {unit}"):
        findings = find(course, unit, anonymous=anonymous, section=section)
        folder = page.with_suffix("")
        written = []
        for file, text in tables(findings).items():
            write_atomically(folder / file, text)
            written.append(folder / file)
        write_atomically(page, render(course, findings, page))
    return Report(page, tuple(written), findings)


def render(course: Course, findings: Findings, page: Path) -> str:
    """The page as HTML."""
    pages = environment()
    pages.filters["number"] = _number
    pages.filters["percent"] = lambda value: "\N{EN DASH}" if value is None else f"{100 * value:.0f} %"
    rows = [(task.place.title, {**task.outcomes, figures.TO_BE_MARKED: task.waiting}) for task in findings.tasks]
    names = findings.people
    lost = [task.lost for task in findings.reteach]
    return pages.get_template("report.html").render(
        findings=findings,
        record=findings.record,
        people=names,
        most_costly=findings.reteach[:MOST_COSTLY],
        most_lost=max(lost, default=1.0),
        all_lost=sum(lost),
        graded=len(findings.record.ran),
        histogram=figures.histogram(findings.bins, _histogram_words(findings)),
        bars=figures.outcome_bars(
            rows, "For each task, what the answers earned; the table below has the numbers."
        ),
        key=figures.key(),
        link=lambda place: book_link(course, findings.record.unit, place, page),
        pairs=[_pair(findings, pair) for pair in findings.alike.pairs],
        tables=page.with_suffix("").name,
        fold_names_above=FOLD_NAMES_ABOVE,
        usual_percent=round(100 * USUAL_SHARE),
        smallest_class=SMALLEST_CLASS,
        evidence=EVIDENCE,
        why_lost=_why_lost,
    )


def _number(value: float | None, digits: int = 2) -> str:
    if value is None:
        return "\N{EN DASH}"
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _histogram_words(findings: Findings) -> str:
    if findings.marks is None:
        return "No submission has a mark."
    marks = findings.marks
    return (
        f"Marks of {counted(marks.number, 'student')} in percent, from {marks.lowest:.0f} to {marks.highest:.0f}, "
        f"half of them at {marks.median:.0f} or more. The numbers are in the table."
    )


def _why_lost(task: Task) -> str:
    """What stands behind lost points that no named misconception explains."""
    named = sum(mistake.count for mistake in task.mistakes)
    unwritten = task.outcomes["not written"]
    other = max(0, task.number - task.outcomes["full marks"] - unwritten - named)
    parts = [f"{unwritten} left it unwritten"] if unwritten else []
    parts += [f"{other} went wrong in a way that has no name"] if other and not task.written else []
    return "; ".join(parts)


def _pair(findings: Findings, pair: Pair) -> dict[str, Any]:
    names = findings.people
    cells = []
    for name, sides in pair.cells.items():
        place = next((p for p in findings.record.places.values() if p.answer_id == name), None)
        title = place.title if place is not None else name
        cells.append(
            ("Cells of their own" if name == OWN_CELLS else title, [_side(findings, side) for side in sides])
        )
    return {
        "students": [names.label_and_name(student) for student in pair.students],
        "evidence": pair.evidence,
        "likeness": pair.likeness,
        "cells": cells,
    }


def _side(findings: Findings, side: Side) -> dict[str, Any]:
    """The lines of one answer; without names it is written anew from its structure, and no line is pointed at."""
    if findings.people.anonymous:
        text = findings.people.code("\n".join(line for line, _ in side.lines))
        lines = [(line, False) for line in text.splitlines()]
    else:
        lines = list(side.lines)
    visible = [(printable(line.expandtabs(4)), same) for line, same in lines[:MOST_LINES]]
    return {"lines": visible, "more": max(0, len(lines) - MOST_LINES)}
