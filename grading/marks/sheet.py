"""A platform's table of marks, filled in: which columns hold marks, which rows are whose, what may be written."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from grading.errors import CourseError
from grading.lms.directory import Directory
from grading.lms.layout import Column, Layout, number
from grading.lms.roster import Person, persons
from grading.marks.late import UNKNOWN
from grading.marks.mark_rows import MarkRow
from grading.printable import counted, printable
from grading.tables import Row, Table, harmless_cell, simple


@dataclass(frozen=True)
class Options:
    """What a TA decided: marks over other marks, unfinished marks, zeros, other points."""

    overwrite: bool = False
    partial: bool = False
    zeros: bool = False
    scale: bool = False


@dataclass(frozen=True)
class FilledLine:
    """What became of one student's mark."""

    student: str
    what: str
    before: str = ""
    after: str = ""
    notes: tuple[str, ...] = ()


@dataclass
class Filled:
    """What was written into a table of marks, and what was not."""

    lines: list[FilledLine] = field(default_factory=list)
    columns: tuple[str, ...] = ()  # as the table names those that were filled

    def of(self, what: str) -> list[FilledLine]:
        """Lines of one kind."""
        return [line for line in self.lines if line.what == what]


WRITTEN, SAME, WAITS, TO_GRADE, REFUSED, DIFFERS, NOTHING, LOCKED, EXCUSED, NOT_LISTED, ABSENT, STRANGER = (
    "written",
    "already there",
    "waits for a person",
    "not graded yet",
    "above the maximum",
    "differs",
    "nothing to grade",
    "locked",
    "excused",
    "not in the gradebook",
    "no submission",
    "not in the class",
)
KINDS = (WRITTEN, SAME, WAITS, TO_GRADE, REFUSED, DIFFERS, NOTHING, LOCKED, EXCUSED, NOT_LISTED, ABSENT, STRANGER)
TO_LOOK_AT = (WAITS, TO_GRADE, REFUSED, DIFFERS, NOTHING, LOCKED, NOT_LISTED)


def choose(columns: Sequence[Column], names: Sequence[str], wanted: str, where: str) -> Column:
    """The column for a unit or check: the one wanted by id or title, else the only one that has one of the names.

    Raises
    ------
    CourseError
        If none or several fit; it lists what there is.
    """
    by_id = [column for column in columns if column.id and wanted.strip() in (column.id, column.label)]
    fitting = by_id or _fitting(columns, [simple(name) for name in ([wanted] if wanted else names)])
    if len(fitting) == 1:
        return fitting[0]
    titles = ", ".join(printable(column.label, 60) for column in (fitting or columns)) or "none"
    trouble = "several columns fit" if fitting else "no column fits"
    raise CourseError(
        f"{where}: {trouble} {(wanted or names[0])!r} (columns of marks: {titles}); name it with --column, "
        "by its id or title"
    )


def _fitting(columns: Sequence[Column], keys: Sequence[str]) -> list[Column]:
    """Columns whose title is one of the keys; if there is none, those whose title contains one."""
    titles = [simple(column.title) for column in columns]
    same = [column for column, title in zip(columns, titles, strict=True) if title in keys]
    if same:
        return same
    return [column for column, title in zip(columns, titles, strict=True) if any(key in title for key in keys)]


def fill(
    table: Table,
    layout: Layout,
    targets: Mapping[str, Column],
    rows: Sequence[MarkRow],
    people: Sequence[Person],
    options: Options,
    *,
    closed: bool = False,
) -> Filled:
    """Write marks into the table's cells; whatever stays as it was is told.

    Parameters
    ----------
    table, layout : Table, Layout
        The platform's file, changed in place.
    targets : mapping of str to Column
        The column of each graded cell; of the whole unit under the empty name.
    rows : sequence of MarkRow
        The marks.
    people : sequence of Person
        What is known about the class, to find whose each row is.
    options : Options
        What may be written.
    closed : bool
        Whether `people` are the whole class, so that whoever is none of them is not in it.
    """
    for column in targets.values():
        if column.trouble:
            raise CourseError(f"{table.name}: column {printable(column.label, 80)!r} {column.trouble}")
    marks = {row.student: row for row in rows}
    directory = Directory(people)
    comma = _writes_commas(table, layout)
    columns = tuple(table.header.values[column.index].strip() for column in targets.values())
    filled, seen = Filled(columns=columns), dict[str, int]()
    for row, clues in persons(table):
        match = directory.match(clues)
        if match.person is None:
            label = printable(clues.student or clues.name, 80)
            notes = (match.how,) if match.candidates else ()
            filled.lines.append(FilledLine(label, STRANGER if closed and not notes else ABSENT, notes=notes))
            continue
        student = match.person.student
        if student in seen:
            raise CourseError(
                f"{table.name}: line {row.line}: {student} stands in line {seen[student]} already; mend it"
            )
        seen[student] = row.line
        if student not in marks:  # of the class, and not of the section that is exported
            continue
        filled.lines.append(_fill_row(table, layout, targets, row, marks[student], options, comma))
    filled.lines += [
        FilledLine(student, NOT_LISTED, after=f"{marks[student].score:g}")
        for student in marks
        if student not in seen
    ]
    return filled


def _fill_row(
    table: Table,
    layout: Layout,
    targets: Mapping[str, Column],
    row: Row,
    mark: MarkRow,
    options: Options,
    comma: bool,
) -> FilledLine:
    """Write one student's marks, or leave the row as it is and tell why."""
    notes = mark_notes(mark)
    standing = [row[column.index].strip() for column in targets.values()]
    before = "; ".join(standing)
    reason = LOCKED if layout.locked(row) else _reason_to_leave(mark, standing, options)
    if reason is not None:
        return FilledLine(mark.student, reason, before, before, notes)
    scores = {column: _scaled(mark, name, column, row, layout, table, options) for name, column in targets.items()}
    if above := _above(scores, row, layout):
        return FilledLine(mark.student, REFUSED, before, before, (*notes, above))
    wanted = {column.index: _number(score, comma) for column, score in scores.items()}
    after = "; ".join(wanted.values())
    changed = {index: text for index, text in wanted.items() if not _same(row[index], text)}
    replaces = any(not layout.no_mark.fullmatch(row[index]) for index in changed)
    if replaces and not options.overwrite:
        return FilledLine(mark.student, DIFFERS, before, after, notes)
    for index, text in changed.items():
        table.put(row, index, text)
    _comment(table, layout, row, notes, options)
    return FilledLine(mark.student, WRITTEN if changed else SAME, before, after, notes)


def _above(scores: Mapping[Column, float], row: Row, layout: Layout) -> str:
    """What a platform would not take, since it is above its maximum; empty if there is nothing."""
    for column, score in scores.items():
        most = _maximum(column, row, layout)
        if most is not None and score > most and not layout.takes_more:
            return f"{score:g} of {most:g}, which the platform would not take"
    return ""


def _reason_to_leave(mark: MarkRow, standing: Sequence[str], options: Options) -> str | None:
    """Why a student's cells stay as they are, whatever the mark is; None if the mark may be written."""
    if any(text.upper() in ("EX", "N/A") for text in standing):
        return EXCUSED
    if mark.to_grade:
        return TO_GRADE
    if mark.troubles:
        return REFUSED
    if mark.handed_in_nothing and not options.zeros:
        return NOTHING if mark.has_submission else ABSENT
    if mark.waiting and not options.partial:
        return WAITS
    return None


def mark_notes(mark: MarkRow) -> tuple[str, ...]:
    """What a mark alone does not say: a state, lateness, answers that wait."""
    state = () if mark.state == "graded" else (f"{mark.state}: {mark.note}",)
    late: tuple[str, ...] = ()
    if mark.lateness.share:
        late = (f"{mark.lateness.note} ({mark.raw:g} before)",)
    elif mark.lateness.note not in ("", UNKNOWN):
        late = (mark.lateness.note,)
    extra = (f"extra credit {mark.extra:+g} included",) if mark.extra else ()
    waiting = mark.waiting - len(mark.troubles)
    waits = (f"{counted(waiting, 'written answer')} not marked yet",) if waiting else ()
    return (*state, *late, *extra, *mark.troubles, *waits)


def _comment(table: Table, layout: Layout, row: Row, notes: tuple[str, ...], options: Options) -> None:
    """Tell the student, where the platform has a column for it and nobody has written there."""
    if layout.comment is None or not notes:
        return
    if not row[layout.comment].strip() or options.overwrite:
        table.put(row, layout.comment, harmless_cell("; ".join(notes)))


def _scaled(
    mark: MarkRow, name: str, column: Column, row: Row, layout: Layout, table: Table, options: Options
) -> float:
    """The mark in the points of the platform's column."""
    cell = next((cell for cell in mark.cells if cell.grade_id == name), None)
    points = cell.points if cell else mark.points
    score = mark.lateness.apply(cell.score or 0.0, cell.points) if cell else mark.score
    there = _maximum(column, row, layout)
    if there is not None and not 0 < there < math.inf:
        raise CourseError(
            f"{table.name}: {printable(column.title, 80)!r} counts {there:g} points, so no mark can stand in it; "
            f"give it {points:g} points on the platform, or name another with --column"
        )
    if there is None or there == points:
        return score
    if not options.scale:
        raise CourseError(
            f"{table.name}: {printable(column.title, 80)!r} counts {there:g} points, the marks {points:g}; "
            "change it on the platform, or scale the marks with --scale"
        )
    if not points:
        raise CourseError(
            f"{table.name}: {name or 'the unit'} is worth 0 points, which cannot be scaled to {there:g}"
        )
    return round(score * there / points, 2)


def _maximum(column: Column, row: Row, layout: Layout) -> float | None:
    """What the platform's column counts, for this row; None if the file does not tell."""
    return number(row[layout.maximum]) if layout.maximum is not None else column.points


def _number(value: float, comma: bool) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return text.replace(".", ",") if comma else text


def _same(there: str, text: str) -> bool:
    return number(there) is not None and number(there) == number(text)


def _writes_commas(table: Table, layout: Layout) -> bool:
    """Whether marks in the file have a decimal comma."""
    places = [column.index for column in layout.columns]
    places += [] if layout.maximum is None else [layout.maximum]
    cells = [row[place] for place in places for row in table.rows[1:]]
    return any(re.fullmatch(r"\s*\d+,\d+\s*", cell) for cell in cells)
