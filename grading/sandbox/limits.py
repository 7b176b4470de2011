"""What one submission may use."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final

from grading.errors import CourseError

MOST_DISK_MB: Final = 512


@dataclass(frozen=True)
class Limits:
    """Limits of one submission; a unit may change each.

    Raises
    ------
    CourseError
        If a limit is not a positive number, or ``disk_mb`` exceeds `MOST_DISK_MB`.
    """

    cell_seconds: float = 60.0
    """Wall time of one cell."""
    call_seconds: float = 10.0
    """Wall time of one call from a test."""
    total_seconds: float = 300.0
    """Time spent waiting for the submission in all: cells and calls, not the grader's own work."""
    memory_mb: int = 1024
    """Memory beyond what the imported packages take."""
    disk_mb: int = 64
    """Files in the scratch folder."""
    output_bytes: int = 24 << 20
    """Characters of output kept over all cells."""
    processes: int = 0
    """Processes beside the notebook's own; 0 forbids them, and with them ``!command`` and ``%%bash``."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            least = 0 if field.name == "processes" else 1e-3
            if type(value) not in (int, float) or not value >= least:  # NaN fails the comparison
                raise CourseError(f"limit {field.name} is {value!r}; give a positive number")
        if self.disk_mb > MOST_DISK_MB:
            raise CourseError(f"limit disk_mb is {self.disk_mb}; at most {MOST_DISK_MB} can be had")
