"""Examination of the roster, and of whether people's data could get under version control."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

from grading.course import Course
from grading.doctor.finding import Finding, ok, problem

PERSONAL = (
    "roster.csv",
    "extensions.csv",
    "submitted",
    "autograded",
    "feedback",
    "results",
    "gradebook.db",
    ".students",
)


def personal_data(course: Course) -> Iterator[Finding]:
    """Whether git would take in a file with people's names, marks or reasons."""
    there = [name for name in PERSONAL if (course.root / name).exists()]
    git = shutil.which("git")
    if git is None or not there:
        yield ok("no version control looks at people's data")
        return
    asked = [git, "-C", str(course.root), "check-ignore", "--no-index", *there]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):  # no repository
        yield ok("the course folder is in no git repository")
        return
    open_to_git = [name for name in there if name not in done.stdout.split()]
    if open_to_git:
        names = ", ".join(open_to_git)
        yield problem(f"git would take in {names}: people's data", f"add to .gitignore: {names}")
    else:
        yield ok("git ignores people's data")
