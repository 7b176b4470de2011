"""``doctor``: what works here, and how to cure what does not."""

from __future__ import annotations

import argparse

from grading.commands import Commands
from grading.course import Course


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "doctor",
        help="tell what works on this machine and how to cure what does not",
        description="Examine the machine and the course folder: Python, sandbox, the students' environment, disk, "
        "memory, clock, nbgrader, units, gradebook, secret. Exit code 1 if there is a problem.",
    )
    parser.set_defaults(run=run)


def run(course: Course, args: argparse.Namespace) -> int:
    """Print a line per finding, each cure below its line."""
    from grading.doctor import diagnose

    counts = {"ok": 0, "warning": 0, "problem": 0}
    for name, finding in diagnose(course):
        counts[finding.level] += 1
        print(f"{finding.level:<8} {name}: {finding.text}", flush=True)
        if finding.cure:
            print(f"{'':<8}   cure: {finding.cure}")
    print(f"{counts['ok']} ok, {counts['warning']} to know about, {counts['problem']} to mend")
    return 1 if counts["problem"] else 0
