"""``export``: write the marks of a unit."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from grading.commands import NOT_ALL_GRADED, Commands, as_typed
from grading.course import Course
from grading.errors import CourseError
from grading.lms import LAYOUTS
from grading.lms.roster import ROSTER

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    parser.add_argument("--unit", required=True, metavar="UNIT")
    parser.add_argument("--format", choices=(*OUR_FORMATS, *LAYOUTS), default="csv", help="default: csv")
    parser.add_argument("--gradebook", type=Path, metavar="FILE", help="the file exported from the platform")
    parser.add_argument(
        "--column", default="", metavar="TITLE", help="the unit's column, if its name does not tell"
    )
    parser.add_argument(
        "--per", choices=("unit", "check"), help="one mark per unit or per check (default: check in csv and json)"
    )
    parser.add_argument("--roster", type=Path, metavar="FILE", help=f"as for 'collect' (default: {ROSTER})")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="default: results/UNIT.csv, results/UNIT-FORMAT..."
    )
    parser.add_argument("--partial", action="store_true", help="write marks although written answers wait")
    parser.add_argument("--zeros", action="store_true", help="write 0 where nothing gradable was handed in")
    parser.add_argument("--overwrite", action="store_true", help="replace other marks in the platform's file")
    parser.add_argument("--scale", action="store_true", help="scale marks to the points of the platform's column")
    parser.add_argument("--force", action="store_true", help="replace an output file that has other content")
    parser.set_defaults(run=run)


def run(course: Course, args: argparse.Namespace) -> int:
    """Write the marks."""
    from grading.marks.export import marks_csv, marks_json, write_output
    from grading.marks.late_settings import EXTENSIONS, read_agreements
    from grading.marks.mark_rows import unit_marks

    rows = unit_marks(course, course.unit(args.unit))
    strangers = sorted(set(read_agreements(course, args.unit)) - {row.student for row in rows})
    if strangers:
        print(f"  {EXTENSIONS} names {', '.join(strangers)}, of whom there are no marks: are the ids right?")
    if args.format not in ("csv", "json"):
        return _platform(course, args, rows)
    if args.gradebook:
        raise CourseError(f"--gradebook is for the platforms' formats; add --format {', '.join(LAYOUTS)}")
    suffix = "csv" if args.format == "csv" else "json"
    path = args.output or course.results / f"{args.unit}.{suffix}"
    per = args.per or "check"
    text = marks_csv(rows, per=per) if args.format == "csv" else marks_json(args.unit, rows, per=per)
    write_output(path, text.encode(), force=args.force)
    print(f"{args.unit}: {len(rows)} students, {as_typed(path, course.root)}")
    _print_late(rows)
    return 0


def _print_late(rows: Sequence[MarkRow]) -> None:
    from grading.marks.late import UNKNOWN

    late = [row for row in rows if row.lateness.note and row.lateness.note != UNKNOWN]
    if late:
        print(f"  late policy: something to tell about {len(late)}")
        for row in late[:SHOWN]:
            print(f"      {row.student}: {row.lateness.note}")
        if len(late) > SHOWN:
            print(f"      and {len(late) - SHOWN} more, in the column 'late'")
    unknown = sum(row.lateness.note == UNKNOWN for row in rows)
    if unknown:
        print(f"  {UNKNOWN}: {unknown} submissions")


def _platform(course: Course, args: argparse.Namespace, rows: Sequence[MarkRow]) -> int:
    from grading.files import write_atomically
    from grading.marks.export import write_output
    from grading.marks.export_lms import fill_gradebook, filled_csv, filled_table
    from grading.marks.sheet import TO_LOOK_AT, Options

    roster = args.roster or course.root / ROSTER
    table, filled = fill_gradebook(
        course,
        args.unit,
        rows,
        lms=args.format,
        gradebook=args.gradebook,
        roster=roster if args.roster or roster.exists() else None,
        per=args.per or "unit",
        column=args.column,
        options=Options(args.overwrite, args.partial, args.zeros, args.scale),
    )
    path = args.output or course.results / f"{args.unit}-{args.format}{args.gradebook.suffix or '.csv'}"
    if path.exists() and path.samefile(args.gradebook):
        raise CourseError(f"{path}: is the platform's own file; give another --output and keep it")
    write_output(path, table.data(), force=args.force)
    side = course.results / f"{args.unit}-{args.format}-export.csv"
    write_atomically(side, filled_csv(filled))
    print(filled_table(args.unit, filled))
    _print_late(rows)
    print(f"  to import: {as_typed(path, course.root)}; who got what and why: {as_typed(side, course.root)}")
    return NOT_ALL_GRADED if any(filled.of(kind) for kind in TO_LOOK_AT) else 0
