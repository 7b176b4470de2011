"""A course folder: where things lie in it, and its settings."""

from __future__ import annotations

import importlib.util
import sys
import tomllib
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from grading.checks.definition import Check
from grading.errors import CourseError

SETTINGS = "course.toml"


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
    def settings(self) -> dict[str, Any]:
        """What ``course.toml`` says."""
        path = self.root / SETTINGS
        try:
            return tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise CourseError(f"{path}: missing; restore it, it holds the course's id and limits") from None
        except tomllib.TOMLDecodeError as error:
            raise CourseError(f"{path}: not valid TOML ({error})") from None

    @property
    def units(self) -> list[str]:
        """Names of all units, in the order of ``course.toml``."""
        return list(self.settings["units"])

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

    @property
    def timezone(self) -> tzinfo:
        """The zone that times without one are in: ``timezone`` of course.toml, else UTC."""
        name = self.settings.get("timezone", "UTC")
        try:
            return ZoneInfo(str(name))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise CourseError(
                f'{SETTINGS}: there is no time zone {name!r}; give a name such as timezone = "Europe/Berlin"'
            ) from None

    @property
    def student_python(self) -> Path:
        """The interpreter of the students' environment."""
        path = self.root / str(self.settings.get("student_python", ".venv-student/bin/python"))
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

    def checks(self, unit: str) -> dict[str, Check]:
        """The unit's checks by the name of the function they judge, loaded from `hidden_tests`."""
        path = self.hidden_tests(unit)
        if not path.is_file():
            raise CourseError(f"{path}: missing; a unit's checks belong there, in a tuple CHECKS")
        name = f"hidden_tests_{unit}"
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise CourseError(f"{path}: cannot be imported")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module  # dataclasses and pickle look a class's module up there
        added = str(self.root) not in sys.path
        if added:
            sys.path.insert(0, str(self.root))  # hidden tests import reference_impl from the course folder
        try:
            spec.loader.exec_module(module)
        finally:
            if added:
                sys.path.remove(str(self.root))
        checks = getattr(module, "CHECKS", None)
        if not isinstance(checks, tuple) or not all(isinstance(check, Check) for check in checks):
            raise CourseError(f"{path}: defines no tuple CHECKS of Check objects")
        return {check.name: check for check in checks}
