"""What must be equal on all machines that grade one class together, so that they give the same marks."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import numpy as np

from grading.errors import CourseError

_ASK = """
import importlib.metadata, json, sys
found = {d.metadata["Name"].lower(): d.version for d in importlib.metadata.distributions()}
print(json.dumps({"Python": "%d.%d" % sys.version_info[:2], **found}))
"""


@lru_cache(maxsize=8)
def versions(student_python: Path) -> dict[str, str]:
    """Version of everything that marks depend on, by its name.

    Raises
    ------
    CourseError
        If the students' environment cannot be asked.
    """
    try:
        answer = subprocess.run(
            [str(student_python), "-I", "-c", _ASK], capture_output=True, text=True, check=True, timeout=60
        )
        students: dict[str, str] = json.loads(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise CourseError(
            f"{student_python}: the students' Python does not run ({error}); make its environment from "
            "requirements/student.txt, or name it in course.toml: [cluster] student_python"
        ) from error
    return {
        "the grader's code": _code("grading"),
        "the reference's code": _code("reference_impl"),  # hidden tests may ask it for a student's own data
        "Python": "{}.{}".format(*sys.version_info),
        "NumPy": np.__version__,
        **{f"the students' {name}": version for name, version in students.items()},
    }


def difference(ours: dict[str, str], theirs: dict[str, str]) -> str | None:
    """The first thing that differs, in words; None if nothing does."""
    for name in sorted(ours.keys() | theirs.keys()):
        here, there = ours.get(name, "none"), theirs.get(name, "none")
        if here != there:
            return f"{name} is {there} there and {here} here"
    return None


@lru_cache(maxsize=8)
def _code(package: str) -> str:
    """Hash of a package's files."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return "none"
    digest = hashlib.sha256()
    folder = Path(spec.origin).parent
    for path in sorted(folder.rglob("*.py")):
        digest.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]
