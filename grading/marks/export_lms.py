"""A unit's marks in a platform's own gradebook file: its columns, ids and bytes stay, marks are filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from grading.course import Course
from grading.errors import CourseError
from grading.intake.same_people import people_of
from grading.intake.shelf import provenance
from grading.lms import HOW_TO_EXPORT, LAYOUTS
from grading.lms.class_list import class_list
from grading.lms.layout import Column, Layout
from grading.lms.roster import Person, merged
from grading.marks.mark_rows import MarkRow
from grading.marks.sheet import KINDS, SAME, TO_LOOK_AT, WRITTEN, Filled, FilledLine, Options, choose, fill
from grading.printable import counted, listed, printable
from grading.tables import Table, csv_text, read_table
from grading.units.places import unit_places

SHOWN = 40


def fill_gradebook(
    course: Course,
    unit: str,
    rows: Sequence[MarkRow],
    *,
    lms: str,
    gradebook: Path | None,
    roster: Path | None = None,
    per: str = "unit",
    column: str = "",
    options: Options | None = None,
) -> tuple[Table, Filled]:
    """Fill a unit's marks into the file that the platform exported.

    Parameters
    ----------
    course, unit, rows : Course, str, sequence of MarkRow
        The marks.
    lms : str
        A key of `LAYOUTS`.
    gradebook : Path or None
        The platform's file; it is read only.
    roster : Path or None
        Who is who, if the ids in ``submitted/`` are not the platform's.
    per : {"unit", "check"}
        One mark for the unit, or one per graded cell into the column of that name.
    column : str
        Title of the unit's column, if its name does not tell.
    options : Options or None
        What may be written.
    """
    if gradebook is None:
        raise CourseError(f"--format {lms} needs --gradebook FILE, which is filled in ({HOW_TO_EXPORT[lms]})")
    table = read_table(gradebook)
    layout = LAYOUTS[lms](table)
    targets = _targets(course, unit, rows, layout, per, column, table.name)
    people = _people(course, unit, rows, lms, roster)
    closed = roster is not None or bool(class_list(course))
    return table, fill(table, layout, targets, rows, people, options or Options(), closed=closed)


def _targets(
    course: Course, unit: str, rows: Sequence[MarkRow], layout: Layout, per: str, column: str, where: str
) -> dict[str, Column]:
    title, places = unit_places(course, unit)
    if per == "unit":
        return {
            "": layout.columns[0] if layout.only_total else choose(layout.columns, [unit, title], column, where)
        }
    if layout.only_total:
        raise CourseError(
            f"{where}: a grading worksheet has room for one mark only; use --per unit, or a grade export"
        )
    targets: dict[str, Column] = {}
    for cell in rows[0].cells:
        place = places.get(cell.grade_id)
        names = [cell.grade_id, f"{unit} {cell.grade_id}", *([place.title] if place else [])]
        targets[cell.grade_id] = choose(layout.columns, names, "", where)
    if len({target.index for target in targets.values()}) < len(targets):
        raise CourseError(f"{where}: two checks fit one column; name the columns by the checks' ids")
    return targets


def _people(course: Course, unit: str, rows: Sequence[MarkRow], lms: str, roster: Path | None) -> list[Person]:
    """What the collected archives tell about each student, else the roster; the others of the class last."""
    listed = {person.student: person for person in people_of(course, roster)[0]} if roster is not None else {}
    people = []
    for row in rows:
        person = Person(student=row.student)
        origin = provenance(course.submitted(row.student, unit))
        if origin is not None and origin.lms == lms:
            person = replace(
                person, name=origin.name, email=origin.email, login=origin.login, lms_id=origin.lms_id
            )
        people.append(merged(person, listed.get(row.student, row.person)))
    with_marks = {row.student for row in rows}
    return people + [person for name, person in (listed or class_list(course)).items() if name not in with_marks]


def filled_table(unit: str, filled: Filled) -> str:
    """What was written and what was not, for the terminal."""
    into = printable(listed(filled.columns), 200)
    lines = [
        f"{unit}: {counted(len(filled.of(WRITTEN)), 'mark')} written, {len(filled.of(SAME))} there already; "
        f"column {into}"
    ]
    for kind in KINDS:
        members = filled.of(kind)
        if not members or kind == SAME:
            continue
        lines.append(f"  {kind:<22}{len(members):>5}  {MEANS[kind]}")
        texts = _in_words([line for line in members if _is_listed(line)])
        more = [f"      and {len(texts) - SHOWN} more"] if len(texts) > SHOWN else []
        lines += [*(f"      {text}" for text in texts[:SHOWN]), *more]
    return "\n".join(lines)


def _is_listed(line: FilledLine) -> bool:
    """Whether a person should read of this one: something to look at, to know, or a mark that was replaced."""
    replaced = line.what == WRITTEN and bool(line.before.strip("-; "))
    return line.what in TO_LOOK_AT or bool(line.notes) or replaced


MEANS = {
    WRITTEN: "(those with something to tell:)",
    "waits for a person": "written answers are not marked: cell left as it was; --partial writes what there is",
    "not graded yet": "what was handed in last has no mark: cell left as it was; run 'autograde'",
    "above the maximum": "or below 0: cell left as it was; mend it in formgrader",
    "differs": "the platform has another mark: left as it was; --overwrite replaces it",
    "nothing to grade": "handed in, but nothing gradable: cell left as it was; --zeros writes 0",
    "locked": "the platform says that this mark cannot be changed: cell left as it was",
    "excused": "excused or not assigned on the platform: left as it was",
    "not in the gradebook": "have marks here and no line in the platform's file",
    "not in the class": "have a line there and none in the roster: left as it was",
    "no submission": "nothing handed in: cell left as it was; --zeros writes 0 for those whom the course knows",
}


def _in_words(lines: Sequence[FilledLine]) -> list[str]:
    """A line for each student, or one for all of whom the same is to be told."""
    students: dict[str, list[str]] = {}
    for line in lines:
        marks = f" {line.before or 'nothing'} -> {line.after}" if line.before != line.after else ""
        notes = f": {'; '.join(line.notes)}" if line.notes else ""
        students.setdefault(f"{marks}{notes}", []).append(line.student)
    return [
        f"{who[0]}{told}" if len(who) == 1 else f"{len(who)} students ({listed(who)}){told}"
        for told, who in students.items()
    ]


def filled_csv(filled: Filled) -> str:
    """The same in full, for the side file."""
    rows = [[line.student, line.what, line.before, line.after, "; ".join(line.notes)] for line in filled.lines]
    return csv_text(["student", "what", "before", "after", "notes"], rows)
