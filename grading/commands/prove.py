"""``prove``: try whether a unit grades what it claims to grade."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import Any

from grading.commands import Commands
from grading.course import Course

_NOT_PROVED = 1


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "prove",
        help="try a unit's checks on right and wrong answers",
        description="Run this after editing a unit. It grades the model answer (which must earn everything) and "
        "the untouched release (nothing) as students' work is graded; then it breaks the model answer, and right "
        "answers written another way, in one place at a time, and says which of these mutants still earn all, "
        "with the smallest input that tells each from the reference. It also judges whole answers, wrong and "
        "right. Exit code 1 if there is anything to mend.",
    )
    parser.add_argument("units", nargs="*", metavar="UNIT", help="units to prove (default: all)")
    parser.add_argument("--only", metavar="FUNCTION", help="the check of this function alone")
    parser.add_argument("--json", action="store_true", help="print the counts as JSON")
    parser.set_defaults(run=run)


def run(course: Course, args: argparse.Namespace) -> int:
    """Prove the units named, or all; print what to mend."""
    from grading.doctor.prove.claims import unasked
    from grading.doctor.prove.unit import proofs
    from grading.units.hidden_tests import checks

    units = [course.unit(unit) for unit in args.units] or list(course.units)
    counts: dict[str, dict[str, dict[str, Any]]] = {}
    faults: list[str] = []
    for unit in units:
        if not args.only:
            faults += _behind_the_wall(course, unit)
            faults += [f"{unit}: {line}" for line in unasked(course, unit, checks(course, unit))]
        found = list(proofs(course, unit, args.only))
        counts[unit] = {proof.survey.check: proof.counts for proof in found}
        faults += [f"{unit}: {line}" for proof in found for line in proof.lines()]
        if not args.json:
            print(_table(unit, counts[unit]), flush=True)
    if args.json:
        print(json.dumps(counts, indent=2))
    else:
        print("\n".join(faults) if faults else "nothing to mend")
    return _NOT_PROVED if faults else 0


def _behind_the_wall(course: Course, unit: str) -> list[str]:
    """What the model answer and the untouched notebook show when they are judged as submissions are."""
    from grading.doctor.prove.assertions import faults_of_assertions
    from grading.doctor.prove.sealed import faults_of_sealed_path
    from grading.sandbox import Sandbox

    with Sandbox(course.student_python) as sandbox:
        faults = [f"{unit}: {line}" for line in faults_of_sealed_path(course, unit, sandbox)]
        return faults + faults_of_assertions(course, unit, sandbox)


def _table(unit: str, counts: Mapping[str, Mapping[str, Any]]) -> str:
    """One line per check: how many answers were tried, and how many of them were misjudged."""
    from grading.doctor.prove.unit import COLUMNS, interval, total

    whole = total(list(counts.values()))
    lines = [f"{unit:<24}" + "".join(f"{head:>10}" for head in COLUMNS.values())]
    for check, row in [*counts.items(), ("all", whole)]:
        lines.append(
            f"  {check:<22}"
            + "".join(
                f"{row[name]:>10.3g}" if isinstance(row[name], float) else f"{row[name]:>10}" for name in COLUMNS
            )
        )
    for what, errors, tried in (
        ("mutants unnoticed", whole["survivors"], whole["mutants"]),
        ("wrong answers that pass", whole["passes"], whole["wrong"]),
        ("right answers that fail", whole["failures"], whole["right"]),
    ):
        low, high = interval(errors, tried)
        lines.append(f"  {what}: {errors} of {tried}, 95% interval {low:.2%} to {high:.2%}")
    return "\n".join(lines)
