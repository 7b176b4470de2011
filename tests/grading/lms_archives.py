"""Makes downloads and gradebooks as the learning platforms write them, for made-up students and all their mess."""

from __future__ import annotations

import copy
import csv
import io
import json
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.grading.conftest import OTHER, UNIT, Notebook, built, cell, released

TITLE = UNIT.capitalize()
"""What the unit is called on the platforms."""
DEADLINE = datetime(2026, 10, 1, 23, 59)
TEST_STUDENT = "f00ba2"  # Canvas lists one of its own
ODD_NAMES = {
    7: "Ünïcode Student-07",
    8: unicodedata.normalize("NFD", "Ünïcode Student-08"),
    9: "طالب تسعة",
    10: "学生 十",
    11: "O'Student-Eleven Jr.",
    12: "Student-12",
}


@dataclass(frozen=True)
class Student:
    """A made-up student with the numbers that each platform gives."""

    number: int

    @property
    def id(self) -> str:
        return f"student-{self.number:02}"

    @property
    def name(self) -> str:
        return ODD_NAMES.get(self.number, f"Student Number-{self.number:02}")

    @property
    def sortable(self) -> str:
        first, _, last = self.name.partition(" ")
        return f"{last}, {first}" if last else first

    @property
    def canvas(self) -> str:
        return str(70_000 + self.number)

    @property
    def participant(self) -> str:
        return str(1_234_000 + 7 * self.number)

    @property
    def sis(self) -> str:
        return f"U{100_000 + self.number}"

    @property
    def email(self) -> str:
        return f"{self.id}@university.example"


def students(count: int) -> list[Student]:
    return [Student(number) for number in range(1, count + 1)]


def notebook(number: int = 1, *, wrong: bool = False, base: Notebook | None = None) -> bytes:
    """A notebook with one task answered and the rest as released: quick to grade, no written answer waits."""
    made = copy.deepcopy(base) if base else released()
    answer = "y = np.asarray(y, dtype=float)\n    return float(y.mean())" if not wrong else "return 0.0"
    cell(made, "complete_pooling")["source"] = f"def complete_pooling(y):\n    {answer}  # number {number}"
    return json.dumps(made).encode()


def unanswered(data: bytes) -> bytes:
    """The same notebook with an empty answer."""
    made = json.loads(data)
    cell(made, "complete_pooling")["source"] = ""
    return json.dumps(made).encode()


# ---------------------------------------------------------------- zips


def zip_bytes(files: Iterable[tuple[str | zipfile.ZipInfo, bytes]], *, date: datetime | None = None) -> bytes:
    """A zip with these entries; names may repeat."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, data in files:
            info = name
            if isinstance(name, str):
                info = zipfile.ZipInfo(name, (date or datetime(2026, 10, 2, 9, 0)).timetuple()[:6])
                info.external_attr = (stat.S_IFREG | 0o644) << 16
            made.writestr(info, data, compress_type=zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def special(name: str, kind: int) -> zipfile.ZipInfo:
    """An entry that is a link or a device."""
    info = zipfile.ZipInfo(name, (2026, 10, 2, 9, 0, 0))
    info.create_system = 3
    info.external_attr = (kind | 0o777) << 16
    return info


def unflagged(data: bytes) -> bytes:
    """The zip with names still in UTF-8, but without the flag that says so, as many programs write them."""
    flagged = bytearray(data)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = flagged.find(mark)
        while at >= 0:
            flagged[at + offset + 1] &= ~0x08
            at = flagged.find(mark, at + 4)
    return bytes(flagged)


def encrypted(data: bytes) -> bytes:
    """The zip with every entry marked as encrypted."""
    marked = bytearray(data)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = marked.find(mark)
        while at >= 0:
            marked[at + offset] |= 0x01
            at = marked.find(mark, at + 4)
    return bytes(marked)


# ---------------------------------------------------------------- names


def canvas_name(student: Student, file: str, *, late: bool = False, number: int = 0) -> str:
    """What Canvas calls a file: word characters of the sortable name in lower case, marks, ids."""
    kept = "".join(c for c in student.sortable.lower() if c == "_" or unicodedata.category(c)[0] in "LMN")
    mark = "_LATE" if late else ""
    return f"{kept}{mark}_{student.canvas}_{number or 900_000 + student.number}_{file}"


def moodle_name(student: Student, file: str, *, flat: bool = False, kind: str = "file") -> str:
    """What Moodle calls a file: full name, participant's number, plugin."""
    slash = "" if flat else "/"
    return f"{student.name}_{student.participant}_assignsubmission_{kind}_{slash}{file}"


def blackboard_files(
    student: Student, files: Sequence[tuple[str, bytes]], *, when: datetime = DEADLINE, comment: str = ""
) -> list[tuple[str, bytes]]:
    """An attempt as Blackboard writes it: renamed files and a receipt."""
    stem = f"Exercise 1_{student.id}_attempt_{when:%Y-%m-%d-%H-%M-%S}"
    receipt = [
        f"Name: {student.name} ({student.id})",
        "Assignment: Exercise 1",
        f"Date Submitted: {when:%A, %d %B %Y %H:%M:%S} o'clock BST",
        "Current Mark: Needs Marking",
        "",
        "Submission Field:",
        "There is no student submission text data for this assignment.",
        "",
        "Comments:",
        comment or "There are no student comments for this assignment.",
        "",
        "Files:",
    ]
    for name, _ in files:
        receipt += [f"\tOriginal filename: {name}", f"\tFilename: {stem}_{name}", ""]
    made = [(f"{stem}_{name}", data) for name, data in files]
    return [*made, (f"{stem}.txt", "\r\n".join(receipt).encode())]


def gradescope_metadata(submissions: Sequence[tuple[int, Sequence[Student], str]]) -> bytes:
    """``submission_metadata.yml``: keys are Ruby's symbols."""
    lines = ["---"]
    for number, who, created in submissions:
        lines += [f"submission_{number}:", "  :submitters:"]
        for student in who:
            lines += [f"  - :name: {student.name}", f"    :sid: '{student.sis}'", f"    :email: {student.email}"]
        lines += [f"  :created_at: {created}", "  :score: ", "  :status: processed", "  :history: []"]
    return ("\n".join(lines) + "\n").encode()


# ---------------------------------------------------------------- rosters and gradebooks


def table_bytes(
    rows: Sequence[Sequence[object]], *, delimiter: str = ",", encoding: str = "utf-8", end: str = "\n"
) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(rows)
    return text.getvalue().encode(encoding)


def roster_rows(people: Sequence[Student]) -> list[list[str]]:
    header = ["student", "name", "email", "lms_id", "login", "sis_id"]
    return [header, *([s.id, s.name, s.email, s.canvas, s.id, s.sis] for s in people)]


def canvas_gradebook(
    people: Sequence[Student],
    *,
    points: str = "29.00",
    marks: dict[int, str] | None = None,
    title: str = TITLE,
) -> bytes:
    """What "Grades, Export" gives: a row of points, read-only totals, a name in quotes because of its comma."""
    marks = marks or {}
    header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Homework 0 (811)", f"{title} (812)",
              "Assignments Current Score", "Final Score"]  # fmt: skip
    rows = [header, ["    Points Possible", "", "", "", "", "5.00", points, "(read only)", "(read only)"]]
    for s in people:
        rows.append([s.sortable, s.canvas, s.sis, s.id, "A", "4.50", marks.get(s.number, ""), "90.00", "90.00"])
    rows.append(["Student, Test", "79999", "", TEST_STUDENT, "A", "", "", "", ""])
    return table_bytes(rows)


def moodle_worksheet(
    people: Sequence[Student],
    *,
    points: str = "29.00",
    times: dict[int, datetime] | None = None,
    late: dict[int, str] | None = None,
) -> bytes:
    """What "Download grading worksheet" gives: a byte order mark, dates in words, the maximum in every row."""
    times, late = times or {}, late or {}
    rows: list[list[str]] = [
        ["Identifier", "Full name", "ID number", "Email address", "Status", "Grade", "Maximum Grade",
         "Grade can be changed", "Last modified (submission)", "Last modified (grade)", "Feedback comments"]
    ]  # fmt: skip
    for s in people:
        when = times.get(s.number)
        shown = f"{when:%A}, {when.day} {when:%B %Y}, {when.hour % 12 or 12}:{when:%M %p}" if when else "-"
        status = "Submitted for grading - " if when else "No submission - "
        status += f"{late[s.number]} late - " if s.number in late else ""
        rows.append(
            [f"Participant {s.participant}", s.name, s.id, s.email, status, "", points, "Yes", shown, "-", ""]
        )
    return table_bytes(rows, encoding="utf-8-sig", end="\r\n")


def moodle_grades(people: Sequence[Student]) -> bytes:
    """What "Grades, Export, Plain text file" gives."""
    header = ["First name", "Last name", "ID number", "Institution", "Department", "Email address",
              f"Assignment: {TITLE} (Real)", f"Assignment: {TITLE} (Percentage)",
              f"Quiz: {TITLE} again (Letter)", "Course total (Real)",
              "Last downloaded from this course"]  # fmt: skip
    rows = [header]
    for s in people:
        first, _, last = s.name.partition(" ")
        rows.append([first, last, s.id, "", "", s.email, "-", "-", "-", "-", "1790000000"])
    return table_bytes(rows)


def blackboard_grades(people: Sequence[Student], *, points: str = "29", title: str = TITLE) -> bytes:
    """What "Work Offline, Download" gives: tabs, UTF-16, every cell quoted."""
    header = ["Last Name", "First Name", "Username", "Student ID", "Last Access", "Availability",
              "Weighted Total [Total Pts: up to 0 Percentage] |101",
              f"{title} [Total Pts: {points} Score] |102"]  # fmt: skip
    rows = [header]
    for s in people:
        first, _, last = s.name.partition(" ")
        rows.append([last, first, s.id, s.sis, "2026-10-01 12:00:00", "Yes", "", "Needs Grading(15.00)"])
    text = "\n".join("\t".join(f'"{cell}"' for cell in row) for row in rows)
    return b"\xff\xfe" + text.encode("utf-16-le")


# ---------------------------------------------------------------- twenty and more kinds of mess


@dataclass(frozen=True)
class Mess:
    """Something that students do, and what the report must say about it.

    `files` makes the files of an upload from a good notebook; `state` is what the report calls the outcome.
    """

    name: str
    files: Callable[[bytes], list[tuple[str, bytes]]]
    says: str
    state: str = "collected"


def _other_unit(_: bytes) -> list[tuple[str, bytes]]:
    return [(f"{OTHER}.ipynb", (built().release_folder(OTHER) / f"{OTHER}.ipynb").read_bytes())]


MESSES = (
    Mess("renamed", lambda n: [("my homework FINAL.ipynb", n)], "the notebook is called my homework FINAL.ipynb"),
    Mess("browser's copy", lambda n: [(f"{UNIT} (1).ipynb", n)], f"the notebook is called {UNIT} (1).ipynb"),
    Mess(
        "capital extension",
        lambda n: [(f"{UNIT.upper()}.IPYNB", n)],
        f"the notebook is called {UNIT.upper()}.IPYNB",
    ),
    Mess("PDF", lambda n: [("homework.pdf", b"%PDF-1.7 ...")], "no notebook; found homework.pdf", "no notebook"),
    Mess("web page", lambda n: [("nb.html", b"<html></html>")], "no notebook; found nb.html", "no notebook"),
    Mess("script", lambda n: [(f"{UNIT}.py", b"x = 1\n")], f"no notebook; found {UNIT}.py", "no notebook"),
    Mess("empty file", lambda n: [(f"{UNIT}.ipynb", b"")], "an empty file", "unreadable"),
    Mess("cut-off notebook", lambda n: [(f"{UNIT}.ipynb", n[: len(n) // 2])], "not JSON", "unreadable"),
    Mess("PDF named notebook", lambda n: [(f"{UNIT}.ipynb", b"%PDF-1.7")], "a PDF, not a notebook", "unreadable"),
    Mess("notebook of another unit", _other_unit, f"the notebook of unit {OTHER}", "other unit"),
    Mess("nested zip", lambda n: [("hw.zip", zip_bytes([(f"{UNIT}.ipynb", n)]))], "found in hw.zip"),
    Mess(
        "folder in nested zip",
        lambda n: [("hw.zip", zip_bytes([(f"hw/deep/{UNIT}.ipynb", n), ("hw/deep/own.csv", b"1,2\n")]))],
        "found in hw.zip/hw/deep",
    ),
    Mess(
        "zip in zip",
        lambda n: [("a.zip", zip_bytes([("b.zip", zip_bytes([("x.ipynb", n)]))]))],
        "found in a.zip/b.zip",
    ),
    Mess("damaged zip", lambda n: [("hw.zip", zip_bytes([("x.ipynb", n)])[:300])], "damaged zip", "no notebook"),
    Mess(
        "encrypted zip",
        lambda n: [("hw.zip", encrypted(zip_bytes([("x.ipynb", n)])))],
        "no notebook; found hw.zip",
        "no notebook",
    ),
    Mess("RAR", lambda n: [("hw.rar", b"Rar!\x1a\x07\x00")], "no notebook; found hw.rar", "no notebook"),
    Mess(
        "two notebooks",
        lambda n: [("scratch.ipynb", b'{"cells": [], "nbformat": 4}'), ("a.ipynb", n)],
        "scratch.ipynb: a notebook of something else, not graded",
    ),
    Mess(
        "an empty copy beside the work",
        lambda n: [(f"{UNIT}.ipynb", unanswered(n)), ("solved.ipynb", n)],
        f"{UNIT}.ipynb: a second notebook, with 0 answers, not graded",
    ),
    Mess("the same twice", lambda n: [(f"{UNIT}.ipynb", n), ("copy.ipynb", n)], "copy.ipynb: the same once more"),
    Mess(
        "what macOS leaves",
        lambda n: [
            ("h.zip", zip_bytes([(f"{UNIT}.ipynb", n), (f"__MACOSX/._{UNIT}.ipynb", b"\0"), (".DS_Store", b"")]))
        ],
        "2 files of an operating system",
    ),
    Mess(
        "an autosaved copy",
        lambda n: [
            ("h.zip", zip_bytes([(f".ipynb_checkpoints/{UNIT}-checkpoint.ipynb", n), (f"{UNIT}.ipynb", n)]))
        ],
        "1 file of an operating system or of Jupyter's autosave passed over",
    ),
    Mess("data beside it", lambda n: [("extra.csv", b"a,b\n"), ("n.ipynb", n)], "the notebook is called n.ipynb"),
    Mess(
        "a forged time",
        lambda n: [(f"{UNIT}.ipynb", n), ("timestamp.txt", b"2026-01-01 00:00:00 UTC")],
        "timestamp.txt: a name that the grader reserves, not taken",
    ),
    Mess(
        "a path that climbs",
        lambda n: [("h.zip", zip_bytes([(f"{UNIT}.ipynb", n), ("../../evil.ipynb", n)]))],
        "../../evil.ipynb refused (a path that climbs out of its folder)",
    ),
    Mess(
        "a link",
        lambda n: [
            ("h.zip", zip_bytes([(f"{UNIT}.ipynb", n), (special("passwd", stat.S_IFLNK), b"/etc/passwd")]))
        ],
        "passwd refused (a link)",
    ),
    Mess(
        "a zip bomb",
        lambda n: [(f"{UNIT}.ipynb", n), ("bomb.zip", zip_bytes([("bomb.csv", bytes(20 << 20))]))],
        "bomb.csv refused (a zip bomb",
    ),
)


def class_of(
    count: int, *, absent: Iterable[int] = (), base: Notebook | None = None
) -> list[tuple[Student, list[tuple[str, bytes]], Mess | None]]:
    """A class: the first students have a mess each, the others a plain notebook; `absent` handed in nothing."""
    gone = set(absent)
    made = []
    for student in students(count):
        if student.number in gone:
            continue
        mess = MESSES[student.number - 1] if student.number <= len(MESSES) else None
        good = notebook(student.number, wrong=student.number % 3 == 0, base=base)
        made.append((student, mess.files(good) if mess else [(f"{UNIT}.ipynb", good)], mess))
    return made


def moodle_times(people: Sequence[Student]) -> dict[int, datetime]:
    """Every tenth a day late."""
    return {s.number: DEADLINE + timedelta(hours=20 if s.number % 10 == 0 else -5) for s in people}
