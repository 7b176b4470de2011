"""The exchange of nbgrader: a page under the name that only its student can compute."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from grading.course import Course
from grading.errors import CourseError
from grading.files import write_bytes_atomically
from grading.nbgrader_bridge import feedback_name
from grading.report.handback.addresses import Address, Finder, NoAddressError
from grading.report.handback.outgoing import Outgoing

SECRET = "submission_secret.txt"  # a file of nbgrader's


def folder_of(course: Course) -> Path:
    """Where students fetch feedback.

    Raises
    ------
    CourseError
        If the course has no exchange, or this account may not write there.
    """
    if course.settings.hub is None:
        raise CourseError("course.toml names no exchange; add [hub] with exchange, or take another --lms")
    root = Path(course.settings.hub.exchange)
    if not root.is_dir():
        raise CourseError(f"{root}: no such folder; is [hub] exchange of course.toml right, is this the hub?")
    folder = root / course.settings.course_id / "feedback"
    if not folder.is_dir():
        folder.mkdir(parents=True, mode=0o755)
        folder.chmod(0o711)  # each finds only the page whose name they can compute
    return folder


def finder(unit: str) -> Finder:
    """A page is found by the secret that came with the submission which it tells of."""

    def find(out: Outgoing) -> Address:
        try:
            secret = out.page.with_name(SECRET).read_text(encoding="utf-8")
        except (OSError, ValueError):
            secret = ""
        if not secret.strip():
            raise NoAddressError("did not come through nbgrader's exchange, so it has no place there")
        name = feedback_name(secret, unit)
        return Address(name, f"{name}.html")

    return find


def put(folder: Path, pages: Iterable[tuple[Outgoing, Address]]) -> None:
    """Write the pages where students' servers look for them."""
    for out, address in pages:
        write_bytes_atomically(folder / address.name, out.html)
