"""``status``: how far each unit is, and what to do next."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from grading.commands import Commands, add_section, as_typed
from grading.course import Course
from grading.printable import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grading.marks.status import Total, UnitStatus


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "status",
        help="how far each unit is, and what to do next",
        description="Print a table of the units with how many students are in each state, and the command that "
        "comes next. 'to grade': handed in and not graded, or handed in anew; 'to look at': the notebook did not "
        "run to its end, or a mark by hand cannot be meant; 'waits': written answers for a person; 'exported' and "
        "'returned': with the marks that count now. A student can be in several.",
    )
    parser.add_argument("units", nargs="*", metavar="UNIT", help="only these units (default: all)")
    add_section(parser)
    parser.add_argument("--who", action="store_true", help="name the students in each state")
    parser.add_argument(
        "--totals",
        action="store_true",
        help="write each student's total over the units, by [weights] of course.toml, to results/totals.csv",
    )
    parser.add_argument("--json", action="store_true", help="print all of it as JSON")
    parser.set_defaults(run=run)


def run(course: Course, args: argparse.Namespace) -> int:
    """Print the table."""
    from grading.marks.status import course_status, totals

    units = course_status(course, [course.unit(unit) for unit in args.units], args.section)
    found = totals(course, units)
    if args.json:
        print(json.dumps(_as_json(units, found), indent=1, ensure_ascii=False))
        return 0
    print(_table(units))
    for unit in units:
        if args.who:
            print(_who(unit))
        if unit.next:
            print(f"{unit.unit}: {unit.next}{unit.command and f': {unit.command}'}")
    if not any(unit.next for unit in units):
        print("nothing is left to do")
    if found:
        mean = sum(total.percent for total in found) / len(found)
        print(f"over the graded units: {counted(len(found), 'student')}, mean {mean:.1f} %")
    if args.totals:
        _write_totals(course, units, found)
    return 0


def _write_totals(course: Course, units: Sequence[UnitStatus], found: Sequence[Total]) -> None:
    from grading.files import write_atomically
    from grading.marks.status import totals_csv

    path = course.results / "totals.csv"
    write_atomically(path, totals_csv(course, units, found))
    print(f"each student's total: {as_typed(path, course.root)}")


def _table(units: Sequence[UnitStatus]) -> str:
    from grading.marks.status import STATES

    width = max(len(unit.unit) for unit in units)
    head = f"{'unit':<{width}}  {'class':>6}" + "".join(f"  {state:>9}" for state in STATES)
    lines = [head]
    for unit in units:
        counts = "".join(f"  {len(unit.who[state]) or '-':>9}" for state in STATES)
        lines.append(f"{unit.unit:<{width}}  {unit.students:>6}{counts}")
    return "\n".join(lines)


def _who(unit: UnitStatus) -> str:
    lines = [f"  {state}: {', '.join(students)}" for state, students in unit.who.items() if students]
    return "\n".join([unit.unit, *lines])


def _as_json(units: Sequence[UnitStatus], found: Sequence[Total]) -> dict[str, Any]:
    return {
        "units": [
            {
                "unit": unit.unit,
                "students": unit.students,
                "who": {state: list(students) for state, students in unit.who.items()},
                "next": unit.next,
                "command": unit.command,
            }
            for unit in units
        ],
        "totals": [
            {
                "student": total.student,
                "name": total.name,
                "section": total.section,
                "scores": dict(total.scores),
                "percent": total.percent,
                "final": total.final,
            }
            for total in found
        ],
    }
