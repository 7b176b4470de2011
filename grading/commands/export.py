"""``export``: write the marks of a unit."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from grading.commands import NOT_ALL_GRADED, Commands, add_section, add_unit, as_typed
from grading.course import Course, one_at_a_time
from grading.errors import CourseError
from grading.lms import LAYOUTS
from grading.lms.roster import ROSTER
from grading.printable import counted, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grading.marks.class_marks import ClassMarks
    from grading.marks.mark_rows import MarkRow

SHOWN = 40
OUR_FORMATS = ("csv", "json")


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "export",
        help="write the marks of a unit, also into a learning platform's gradebook file",
        description="Write one row per student: state, points before and after the late policy, each task's mark, "
        "what still waits for a person. With a platform's format, fill the marks into the gradebook file that it "
        "exported: columns, ids and all other cells stay. Marks that wait for a person, that differ from a mark "
        "there, or that would be a 0 for nothing gradable are left out and listed, unless you say otherwise.",
    )
    add_unit(parser)
    parser.add_argument("--format", choices=(*OUR_FORMATS, *LAYOUTS), default="csv", help="default: csv")
    parser.add_argument("--gradebook", type=Path, metavar="FILE", help="the file exported from the platform")
    parser.add_argument(
        "--column",
        default="",
        metavar="TITLE",
        help="the unit's column, by title or id, if its name does not tell",
    )
    parser.add_argument(
        "--per", choices=("unit", "check"), help="one mark per unit or per check (default: check in csv and json)"
    )
    add_section(parser)
    parser.add_argument("--roster", type=Path, metavar="FILE", help=f"as for 'collect', beside {ROSTER}")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="default: results/UNIT.csv, results/UNIT-FORMAT..."
    )
    parser.add_argument("--partial", action="store_true", help="write marks although written answers wait")
    parser.add_argument("--zeros", action="store_true", help="write 0 where nothing gradable was handed in")
    parser.add_argument("--overwrite", action="store_true", help="replace other marks in the platform's file")
    parser.add_argument("--scale", action="store_true", help="scale marks to the points of the platform's column")
    parser.add_argument(
        "--force",
        action="store_true",
        help="replace an output file that no export wrote, or that was changed since",
    )
    parser.set_defaults(run=run)


def run(course: Course, args: argparse.Namespace) -> int:
    """Write the marks, with no other command at work in the course folder."""
    with one_at_a_time(course, f"export {args.unit}"):
        return _export(course, args)


def _export(course: Course, args: argparse.Namespace) -> int:
    from grading.files import remove_leftovers
    from grading.intake.times import note_times
    from grading.marks.class_marks import class_marks
    from grading.marks.late_settings import EXTENSIONS, read_agreements
    from grading.marks.mark_rows import unit_marks

    marks = class_marks(course, course.unit(args.unit), section=args.section)
    if args.gradebook is not None and args.format in LAYOUTS:
        timed = note_times(course, args.unit, args.gradebook)
        _print_list(f"times of submission taken from {args.gradebook.name}", timed)
    rows = unit_marks(course, args.unit, marks)
    remove_leftovers([course.results])
    strangers = sorted(set(read_agreements(course, args.unit)) - {row.student for row in rows})
    if strangers and not args.section:
        print(f"  {EXTENSIONS} names {', '.join(strangers)}, of whom there are no marks: are the ids right?")
    code = _ours(course, args, rows) if args.format in OUR_FORMATS else _platform(course, args, rows)
    _print_late(rows)
    _print_remarks(marks)
    to_grade = [row.student for row in rows if row.to_grade]
    again = f"run 'python -m grading autograde {args.unit}'"
    _print_list(f"handed in anew and not graded yet, so that no mark goes out; {again}", to_grade)
    _print_list("marks by hand that are not sent; mend them in formgrader, or give extra credit", marks.troubles)
    return NOT_ALL_GRADED if marks.troubles or to_grade else code


def _ours(course: Course, args: argparse.Namespace, rows: Sequence[MarkRow]) -> int:
    from grading.marks.export import marks_csv, marks_json, write_output
    from grading.marks.sent import record

    if args.gradebook:
        raise CourseError(f"--gradebook is for the platforms' formats; add --format {', '.join(LAYOUTS)}")
    path = args.output or course.results / f"{args.unit}.{args.format}"
    per = args.per or "check"
    text = marks_csv(rows, per=per) if args.format == "csv" else marks_json(args.unit, rows, per=per)
    write_output(course, path, text.encode(), force=args.force)
    final = {row.student: f"{row.score:g}" for row in rows if row.has_submission and not row.waiting}
    record(course, args.unit, "exported", final, to=args.format)
    print(f"{args.unit}: {counted(len(rows), 'student')}, {as_typed(path, course.root)}")
    waiting: dict[int, list[str]] = {}
    for row in rows:
        if row.waiting and not row.to_grade:
            waiting.setdefault(row.waiting, []).append(row.student)
    alike = [f"{listed(who)}: {number}{' each' if len(who) > 1 else ''}" for number, who in waiting.items()]
    _print_list("not final, answers wait for a person", alike)
    return 0


def _print_remarks(marks: ClassMarks) -> None:
    """What the marks of a class have that is out of the ordinary."""
    for version, students in marks.versions.items():
        name = version.partition("-")[2][:8] or "unknown"
        print(f"  graded by version {name} of the tests: {', '.join(students)}")
    if marks.left:
        print(f"  left out, {marks.why_left}: {', '.join(marks.left)}")


def _print_late(rows: Sequence[MarkRow]) -> None:
    from grading.marks.late import UNKNOWN

    late = [f"{row.student}: {row.lateness.note}" for row in rows if row.lateness.note not in ("", UNKNOWN)]
    _print_list("late policy: something to tell", late)
    unknown = sum(row.lateness.note == UNKNOWN for row in rows)
    if unknown:
        print(f"  {UNKNOWN}: {counted(unknown, 'submission')}")
    _print_list("times to look at", [f"{row.student}: {row.odd_time}" for row in rows if row.odd_time])


def _print_list(title: str, lines: Sequence[str]) -> None:
    if lines:
        more = [f"and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
        print(f"  {title} ({len(lines)}):", *lines[:SHOWN], *more, sep="\n      ")


def _platform(course: Course, args: argparse.Namespace, rows: Sequence[MarkRow]) -> int:
    from grading.files import write_atomically
    from grading.marks.export import write_output
    from grading.marks.export_lms import fill_gradebook, filled_csv, filled_table
    from grading.marks.sent import record
    from grading.marks.sheet import SAME, TO_LOOK_AT, WRITTEN, Options

    table, filled = fill_gradebook(
        course,
        args.unit,
        rows,
        lms=args.format,
        gradebook=args.gradebook,
        roster=args.roster,
        per=args.per or "unit",
        column=args.column,
        options=Options(args.overwrite, args.partial, args.zeros, args.scale),
    )
    path = args.output or course.results / f"{args.unit}-{args.format}{args.gradebook.suffix or '.csv'}"
    if path.exists() and path.samefile(args.gradebook):
        raise CourseError(f"{path}: is the platform's own file; give another --output and keep it")
    write_output(course, path, table.data(), force=args.force)
    side = course.results / f"{args.unit}-{args.format}-export.csv"
    write_atomically(side, filled_csv(filled))
    went_out = {line.student for line in (*filled.of(WRITTEN), *filled.of(SAME))}
    ours = {row.student: f"{row.score:g}" for row in rows if row.student in went_out}
    record(course, args.unit, "exported", ours, to=args.format)
    print(filled_table(args.unit, filled))
    print(f"  to import: {as_typed(path, course.root)}; who got what and why: {as_typed(side, course.root)}")
    return NOT_ALL_GRADED if any(filled.of(kind) for kind in TO_LOOK_AT) else 0
