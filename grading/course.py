"""A course folder: where things lie in it, and its settings."""

from __future__ import annotations

import fcntl
import getpass
import os
import socket
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from grading.errors import CourseError
from grading.settings import Settings, read_settings

SETTINGS = "course.toml"
LOCK = ".grading.lock"
LOCK_SECONDS = 5.0
"""How long a command waits for another one to end."""


@dataclass(frozen=True)
class Course:
    """Paths and settings of one course folder.

    Parameters
    ----------
    root : Path
        The folder that holds ``solutions/``, ``tests/hidden/`` and ``course.toml``.
    """

    root: Path = field(default_factory=Path.cwd)

    def __post_init__(self) -> None:
        """Refuse a folder that is no course."""
        if not (self.root / "solutions").is_dir():
            raise CourseError(
                f"{self.root}: no solutions/ folder here; run this in the course folder or pass --course"
            )

    @cached_property
    def settings(self) -> Settings:
        """What ``course.toml`` says."""
        return read_settings(self.root / SETTINGS)

    @property
    def units(self) -> list[str]:
        """Names of all units, in the order of ``course.toml``."""
        return self.settings.units

    def unit(self, name: str) -> str:
        """Return `name` if it is a unit, else say which there are."""
        if name not in self.units:
            raise CourseError(f"there is no unit {name!r}; {SETTINGS} lists: {', '.join(self.units)}")
        return name

    def source(self, unit: str) -> Path:
        """The percent text of a unit, the only file to edit."""
        return self.root / "solutions" / f"{unit}.py"

    def source_folder(self, unit: str) -> Path:
        """Folder of the generated notebook with answers, and of the data files that students receive."""
        return self.root / "solutions" / unit

    def master(self, unit: str) -> Path:
        """The generated notebook with answers and hidden tests."""
        return self.source_folder(unit) / f"{unit}.ipynb"

    def release_folder(self, unit: str) -> Path:
        """What students receive."""
        return self.root / "exercises" / unit

    def release(self, unit: str) -> Path:
        """The notebook that students receive."""
        return self.release_folder(unit) / f"{unit}.ipynb"

    def hidden_tests(self, unit: str) -> Path:
        """The Python file with the unit's checks."""
        return self.root / "tests" / "hidden" / f"{unit}.py"

    def alternatives(self, unit: str) -> Path:
        """Right answers written another way, for the proof of the unit's checks; a unit may have none."""
        return self.root / "tests" / "checks" / "alternatives" / f"{unit}.py"

    def answers(self, unit: str) -> Path:
        """Whole answers, wrong and right, that nobody made from the right ones; a unit may have none."""
        return self.root / "tests" / "checks" / "answers" / f"{unit}.py"

    @property
    def timezone(self) -> tzinfo:
        """The zone that times without one are in: ``timezone`` of course.toml, else UTC."""
        return ZoneInfo(self.settings.timezone or "UTC")

    @property
    def student_python(self) -> Path:
        """The interpreter of the students' environment."""
        path = self.root / self.settings.student_python
        if not path.exists():
            raise CourseError(f"{path}: missing; 'make' sets up the students' environment")
        return path

    @property
    def student_requirements(self) -> Path:
        """What students' notebooks may import, pinned."""
        older = self.root / "requirements-student.txt"  # course folders of before version 2 have it at the root
        return older if older.is_file() else self.root / "requirements" / "student.txt"

    @property
    def submissions(self) -> Path:
        """Where submissions lie, as ``<student>/<unit>/``."""
        return self.root / "submitted"

    def submitted(self, student: str, unit: str) -> Path:
        """Folder of what a student handed in."""
        return self.submissions / student / unit

    def autograded(self, student: str, unit: str) -> Path:
        """Folder of the notebook that was graded."""
        return self.root / "autograded" / student / unit

    def autograded_notebook(self, student: str, unit: str) -> Path:
        """The notebook that was graded."""
        return self.autograded(student, unit) / f"{unit}.ipynb"

    def feedback_page(self, student: str, unit: str) -> Path:
        """The page that a student gets back."""
        return self.root / "feedback" / student / unit / f"{unit}.html"

    @property
    def results(self) -> Path:
        """Where exports and reports go, and each unit's results in a folder of its own."""
        return self.root / "results"


@contextmanager
def one_at_a_time(course: Course, what: str) -> Generator[None, None, None]:
    """Keep other commands out of the course folder; the kernel lets them in when this one ends, however it ends.

    Raises
    ------
    CourseError
        If another command is still at work there after `LOCK_SECONDS`; it names that one.
    """
    # not truncated here: whoever holds the lock stands in the file
    lock = os.open(course.root / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        _wait(lock, course.root)
        with suppress(OSError):  # a full disk: the lock holds, it only does not say whose it is
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"'{what}' of {_user()} (process {os.getpid()}, {socket.gethostname()})".encode(), 0)
        yield
        with suppress(OSError):
            os.ftruncate(lock, 0)
    finally:
        os.close(lock)


def _wait(lock: int, folder: Path) -> None:
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                holder = " ".join(os.pread(lock, 300, 0).decode("utf-8", "replace").split()) or "another command"
                raise CourseError(f"{folder}: {holder} is at work here; run this again when it is done") from None
        time.sleep(0.05)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user whom this machine has no name for
        return f"user {os.getuid()}"
