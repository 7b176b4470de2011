"""The name of all that a submission's marks depend on: a result with this name still holds."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from grading.submission.read import Submission
from grading.units.unit import Unit

RULES = 7  # raise when the same submission would get other marks from the same checks


@dataclass(frozen=True)
class Work:
    """A submission to grade, and its fingerprint, worked out once."""

    submission: Submission
    fingerprint: str

    @classmethod
    def of(cls, submission: Submission, unit: Unit) -> Work:
        """A submission with its fingerprint."""
        return cls(submission, fingerprint(submission, unit))


def version(unit: Unit) -> str:
    """What a result was graded by: the rules, and the unit's digest."""
    return f"{RULES}-{unit.digest}"


def fingerprint(submission: Submission, unit: Unit) -> str:
    """Hash of all that decides a submission's marks."""
    return fingerprint_by(submission, version(unit))


def fingerprint_by(submission: Submission, version: str) -> str:
    """The same by a version of the tests, such as that of an earlier result."""
    rules, _, digest = version.partition("-")
    # the notebook under the empty name, which no file can have
    files = {**submission.files, "": submission.notebook or b""}
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}
    parts = [
        int(rules),
        digest,
        submission.student,
        submission.notebook_name,
        submission.notebook is None,
        hashes,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
