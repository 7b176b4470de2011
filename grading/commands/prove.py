"""``prove``: try whether a unit grades what it claims to grade."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from grading.commands import Commands
from grading.course import Course

if TYPE_CHECKING:
    from grading.doctor.prove import Survey

_NOT_PROVED = 1


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "prove",
        help="try a unit's checks on right and wrong answers",
        description="Run this after editing a unit. It grades the model answer (which must earn everything) and "
        "the untouched release (nothing) as students' work is graded; then it breaks the model answer, and right "
        "answers written another way, in one place at a time, and says which of these mutants still earn all, "
        "with the smallest input that tells each from the reference. Exit code 1 if there is anything to mend.",
    )
    parser.add_argument("units", nargs="*", metavar="UNIT", help="units to prove (default: all)")
    parser.add_argument("--only", metavar="FUNCTION", help="the check of this function alone")
    parser.add_argument("--json", action="store_true", help="print the counts as JSON")
    parser.set_defaults(run=run)


def run(course: Course, args: argparse.Namespace) -> int:
    """Prove the units named, or all; print what to mend."""
    from grading.doctor.prove.assertions import faults_of_assertions, has_assertions
    from grading.doctor.prove.sealed import faults_of_sealed_path
    from grading.sandbox import Sandbox

    units = [course.unit(unit) for unit in args.units] or list(course.units)
    counts: dict[str, dict[str, Any]] = {}
    faults: list[str] = []
    for unit in units:
        if not args.only:
            with Sandbox(course.student_python) as sandbox:
                faults += [f"{unit}: {line}" for line in faults_of_sealed_path(course, unit, sandbox)]
                if has_assertions(course, unit):
                    faults += faults_of_assertions(course, unit, sandbox)
        found = list(_surveys(course, unit, args.only))
        counts[unit] = {s.check: {"mutants": s.counting, "survivors": len(s.survivors)} for s in found}
        faults += [f"{unit}: {line}" for survey in found for line in survey.lines()]
        if not args.json:
            print(_table(unit, found), flush=True)
    if args.json:
        print(json.dumps(counts, indent=2))
    else:
        print("\n".join(faults) if faults else "nothing to mend")
    return _NOT_PROVED if faults else 0


def _surveys(course: Course, unit: str, only: str | None) -> Iterator[Survey]:
    from grading.doctor.prove.answers import alternatives, model_answers
    from grading.doctor.prove.survey import survey
    from grading.errors import CourseError
    from grading.units import hidden_tests

    checks = hidden_tests.checks(course, unit)
    if only and only not in checks:
        raise CourseError(f"unit {unit} has no check of {only!r}; its checks: {', '.join(checks)}")
    answers = [*model_answers(course, unit, checks), *alternatives(course.alternatives(unit), checks)]
    for name, check in checks.items():
        if only in (None, name):
            yield survey(check, [answer for answer in answers if answer.check == name])


def _table(unit: str, found: Sequence[Survey]) -> str:
    """One line per check: how many mutants are wrong somewhere, how many are not, how many earn everything."""
    rows = [(survey.check, survey.counting, survey.equal, len(survey.survivors)) for survey in found]
    total = ("all", *(sum(row[column] for row in rows) for column in (1, 2, 3)))  # type: ignore[misc]
    head = f"{unit:<30} {'mutants':>8} {'no fault':>9} {'unnoticed':>10}"
    return "\n".join([head, *(f"  {n:<28} {c:>8} {e:>9} {u:>10}" for n, c, e, u in [*rows, total])])
