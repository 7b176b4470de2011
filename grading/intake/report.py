"""The report of a collection: what a TA reads in the terminal, and the same in full as CSV."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, get_args

from grading.intake.shelf import ShelfChange
from grading.printable import counted, listed
from grading.tables import csv_text

CollectState = Literal[
    "collected",
    "unreadable",
    "other unit",
    "no notebook",
    "missing",
    "not matched",
    "refused",
    "not understood",
    "passed over",
]
STATES: tuple[CollectState, ...] = get_args(CollectState)
TO_LOOK_AT: tuple[CollectState, ...] = (
    "unreadable",
    "other unit",
    "no notebook",
    "not matched",
    "refused",
    "not understood",
)
SHOWN = 40  # lines of a kind in the terminal; the CSV has all
MEANS = {
    "collected": "the unit's notebook is in place",
    "unreadable": "a notebook that cannot be read is in place; grading will say 'malformed'",
    "other unit": "no notebook of this unit; grading will say 'missing'",
    "no notebook": "something else was handed in; grading will say 'missing'",
    "missing": "in the roster, not in the archive",
    "not matched": "in the archive, not put anywhere",
    "refused": "entries of the archive that could do harm",
    "not understood": "entries that fit no pattern",
    "passed over": "files of operating systems, autosaves, other units",
}


@dataclass(frozen=True)
class CollectLine:
    """One line of the report: a student, or an entry of the archive that belongs to none."""

    state: CollectState
    student: str = ""
    change: ShelfChange | None = None
    matched: str = ""
    notebook: str = ""
    handed_in: datetime | None = None
    late: bool = False
    source: str = ""
    notes: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()  # whose it may be, where that is not clear


@dataclass
class CollectReport:
    """What became of an archive."""

    unit: str
    lms: str
    archive: str
    roster: int = 0
    lines: list[CollectLine] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def of(self, state: CollectState) -> list[CollectLine]:
        """Lines in one state."""
        return [line for line in self.lines if line.state == state]

    @property
    def clean(self) -> bool:
        """Whether nothing needs a person's look."""
        return not any(line.state in TO_LOOK_AT or line.change == "kept" for line in self.lines)


def report_table(report: CollectReport) -> str:
    """How many ended in each state, who, and what is odd."""
    students = [line for line in report.lines if line.student and line.state != "missing"]
    known = f", {counted(report.roster, 'student')} in the roster" if report.roster else ", no roster"
    lines = [f"{report.unit}: {counted(len(students), 'submission')} in {report.archive} ({report.lms}){known}"]
    for state in STATES:
        lines += _state_lines(state, report.of(state))
    lines += _oddity_lines([line for line in report.of("collected") if line.notes])
    lines += _late_lines([line.student for line in students if line.late])
    return "\n".join([*lines, *(f"  {note}" for note in report.notes)])


def _state_lines(state: CollectState, members: Sequence[CollectLine]) -> list[str]:
    """How many are in a state, and who, if a person has to know; nothing of a state in which nobody is."""
    if state == "collected":
        return [f"  {state:<15}{len(members):>5}  {_changes(members)}"]
    if not members:
        return []
    count = f"  {state:<15}{len(members):>5}  {MEANS[state]}"
    if state == "missing":
        return [count, *_wrapped([line.student for line in members])]
    if state in TO_LOOK_AT:
        return [count, *_some([f"{line.student or line.source}: {'; '.join(line.notes)}" for line in members])]
    return [count]


def _oddity_lines(odd: Sequence[CollectLine]) -> list[str]:
    if not odd:
        return []
    whose: dict[str, list[str]] = {}
    for line in odd:
        whose.setdefault("; ".join(line.notes), []).append(line.student)
    notes = [
        f"{who[0] if len(who) == 1 else f'{len(who)} students ({listed(who)})'}: {note}"
        for note, who in whose.items()
    ]
    return [f"  oddities in {counted(len(odd), 'collected submission')}:", *_some(notes)]


def _late_lines(late: Sequence[str]) -> list[str]:
    return [f"  marked late by the platform: {len(late)}", *_wrapped(late)] if late else []


def _changes(collected: Sequence[CollectLine]) -> str:
    changes = Counter(line.change for line in collected)
    ways = Counter(line.matched for line in collected)
    told = ", ".join(f"{count} {change}" for change, count in changes.items())
    by = ", ".join(f"{way} ({count})" for way, count in ways.most_common())
    return f"{told}; matched by {by}" if by else told


def _some(lines: Sequence[str]) -> list[str]:
    more = [f"      and {len(lines) - SHOWN} more, see the CSV"] if len(lines) > SHOWN else []
    return [*(f"      {line}" for line in lines[:SHOWN]), *more]


def _wrapped(students: Sequence[str]) -> list[str]:
    return _some([", ".join(students[start : start + 6]) for start in range(0, len(students), 6)])


def report_csv(report: CollectReport) -> str:
    """Every line of the report."""
    header = (
        "student",
        "state",
        "change",
        "matched_by",
        "notebook",
        "handed_in_utc",
        "marked_late",
        "found_in",
        "notes",
    )
    rows = []
    for line in report.lines:
        handed_in = f"{line.handed_in.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if line.handed_in else ""
        cells = [line.student, line.state, line.change or "", line.matched, line.notebook, handed_in]
        rows.append([*cells, "late" if line.late else "", line.source, "; ".join(line.notes)])
    return csv_text(header, rows)
