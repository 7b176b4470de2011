"""Archives made to do harm or damaged at random: refused by name, nothing outside the course folder touched."""

from __future__ import annotations

import hashlib
import io
import os
import random
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from grading.__main__ import main
from grading.errors import CourseError
from grading.intake import contents
from grading.intake.collect import collect
from grading.lms import archives
from grading.lms.archives import ArchiveBounds, UnreadableError, nested, zip_entries
from grading.lms.file_names import path_trouble
from tests.grading import lms_archives as lms
from tests.grading.conftest import UNIT

NB = f"{UNIT}.ipynb"
GOOD = (f"studentone_1001_1_{NB}", lms.notebook())


def snapshot(folder: Path, without: Path) -> dict[str, str]:
    """Kind and hash of everything under a folder but the one that may change."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path != without and without not in path.parents:
            found[str(path)] = (
                hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else oct(path.lstat().st_mode)
            )
    return found


def write(course, data, name="download.zip"):
    path = course.root.parent / name
    path.write_bytes(data)
    return path


def hostile(name: str, data: bytes = b"harm") -> bytes:
    return lms.zip_bytes([GOOD, (name, data)])


LONG = "x" * 300
HOSTILE = {
    "climbs": (hostile("../evil_1002_1_a.ipynb"), "climbs out"),
    "climbs deep": (hostile("a/b/../../../../evil.ipynb"), "climbs out"),
    "absolute": (hostile("/tmp/evil_1002_1_a.ipynb"), "an absolute path"),
    "Windows drive": (hostile("C:/evil.ipynb"), "an absolute path"),
    "backslashes": (hostile("..\\..\\evil_1002_1_a.ipynb"), "a backslash"),
    "control characters": (hostile("evil\x1b[2J_1002_1_a.ipynb"), "control characters"),
    "line end": (hostile("evil\n_1002_1_a.ipynb"), "control characters"),
    "endless name": (hostile(f"{LONG}_1002_1_a.ipynb"), "too long"),
    "link": (lms.zip_bytes([GOOD, (lms.special("l_1002_1_a.ipynb", stat.S_IFLNK), b"/etc/passwd")]), "a link"),
    "device": (lms.zip_bytes([GOOD, (lms.special("d_1002_1_a.ipynb", stat.S_IFCHR), b"")]), "a device"),
    "pipe": (lms.zip_bytes([GOOD, (lms.special("p_1002_1_a.ipynb", stat.S_IFIFO), b"")]), "a device, pipe"),
    "bomb": (hostile("b_1002_1_a.ipynb", bytes(30 << 20)), "a zip bomb"),
    "encrypted": (lms.encrypted(hostile("b_1002_1_a.ipynb")), "encrypted"),
    "case": (hostile(GOOD[0].upper()), "differs from"),
}


def twice(name: str) -> bytes:
    with pytest.warns(UserWarning, match="Duplicate name"):
        return lms.zip_bytes([GOOD, (name, lms.notebook(2))])


@pytest.mark.parametrize(("data", "why"), [pytest.param(*case, id=name) for name, case in HOSTILE.items()])
def test_harm_is_refused_by_name_and_nothing_outside_the_course_is_touched(course, data, why):
    path = write(course, data)
    before = snapshot(course.root.parent, course.root)
    if why == "encrypted":
        with pytest.raises(CourseError, match="encrypted"):
            collect(course, UNIT, path, lms="canvas")
    else:
        report = collect(course, UNIT, path, lms="canvas")
        assert any(why in line.notes[0] for line in report.of("refused")), report.lines
        assert [line.student for line in report.of("collected")] == ["1001"]
    assert snapshot(course.root.parent, course.root) == before
    written = {p.relative_to(course.root).parts[0] for p in course.root.rglob("*") if "harm" in p.name}
    assert written == set()


def test_of_two_entries_with_one_name_the_second_is_refused(course):
    report = collect(course, UNIT, write(course, twice(GOOD[0])), lms="canvas")
    assert "a second file of this name" in report.of("refused")[0].notes
    assert b"# number 1" in (course.root / "submitted" / "1001" / UNIT / NB).read_bytes()


@pytest.mark.parametrize(("data", "why"), [pytest.param(*case, id=name) for name, case in HOSTILE.items()])
def test_the_same_inside_a_students_zip(course, data, why):
    path = write(course, lms.zip_bytes([("studentone_1001_1_hw.zip", data)]))
    before = snapshot(course.root.parent, course.root)
    report = collect(course, UNIT, path, lms="canvas")
    assert why in "; ".join(report.lines[0].notes)
    assert snapshot(course.root.parent, course.root) == before


@pytest.mark.parametrize("lms_name", ["moodle", "blackboard", "gradescope", "folder"])
def test_ids_that_would_climb_are_no_students(course, lms_name):
    files = {
        "moodle": [(f"<b> x_7_assignsubmission_file_/{NB}", lms.notebook())],
        "blackboard": [(f"A_.._attempt_2026-10-01-10-00-00_{NB}", lms.notebook())],
        "gradescope": [
            ("submission_metadata.yml", b"submission_1:\n  :submitters:\n  - :sid: ../../evil\n    :name: x\n"),
            (f"submission_1/{NB}", lms.notebook()),
        ],
        "folder": [(f".hidden/{NB}", lms.notebook()), (f"<b>/{NB}", lms.notebook())],
    }[lms_name]
    before = snapshot(course.root.parent, course.root)
    report = collect(course, UNIT, write(course, lms.zip_bytes(files), "ids.zip"), lms=lms_name)
    (course.root.parent / "ids.zip").unlink()
    assert not report.of("collected")
    assert report.of("not matched")
    assert snapshot(course.root.parent, course.root) == before


def test_a_link_in_submitted_is_not_followed(course, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (course.root / "submitted").mkdir()
    (course.root / "submitted" / "1001").symlink_to(outside)
    report = collect(course, UNIT, write(course, lms.zip_bytes([GOOD])), lms="canvas", force=True)
    assert "is a link" in report.lines[0].notes[0]
    assert list(outside.iterdir()) == []


def test_links_and_pipes_in_an_unpacked_folder_are_not_read(course, tmp_path):
    folder = tmp_path / "unpacked"
    folder.mkdir()
    (folder / GOOD[0]).write_bytes(GOOD[1])
    (folder / f"l_1002_1_{NB}").symlink_to("/etc/passwd")
    (folder / "away").symlink_to("/etc")
    os.mkfifo(folder / f"p_1003_1_{NB}")
    report = collect(course, UNIT, folder, lms="canvas")
    assert sorted(line.notes[0] for line in report.of("refused")) == [
        "a device, pipe or socket",
        "a link",
        "a link",
    ]


def test_a_zip_of_countless_files_is_refused_before_it_is_parsed(monkeypatch):
    many = lms.zip_bytes((f"{k}.txt", b"") for k in range(archives.ONE_STUDENT.entries + 1))
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(UnreadableError, match="more than 2000 files"):
        nested(many)


def test_a_zip_whose_files_are_harmless_one_by_one_and_huge_together_is_refused():
    many = io.BytesIO(lms.zip_bytes((f"{k}.bin", bytes(1 << 18)) for k in range(20)))  # each too small for a bomb
    with pytest.raises(UnreadableError, match="unpacks to 5 MB, more than 4 MB"):
        zip_entries(many, ArchiveBounds(entries=100, total=4 << 20))


def test_zips_within_zips_end_somewhere(course):
    data = lms.zip_bytes([(NB, lms.notebook())])
    for _ in range(5):
        data = lms.zip_bytes([("more.zip", data)])
    report = collect(course, UNIT, write(course, lms.zip_bytes([("s_1001_1_a.zip", data)])), lms="canvas")
    assert "a zip in a zip in a zip, not opened" in "; ".join(report.lines[0].notes)


@pytest.mark.parametrize(("files", "size"), [(450, 10), (30, 20_000)], ids=["many files", "many bytes"])
def test_an_upload_without_end_is_looked_at_in_part(course, monkeypatch, files, size):
    monkeypatch.setattr(contents, "MAX_UPLOAD", 800_000)
    many = lms.zip_bytes([(NB, lms.notebook()), *((f"{k}.txt", os.urandom(size)) for k in range(files))])
    report = collect(course, UNIT, write(course, lms.zip_bytes([("s_1001_1_a.zip", many)])), lms="canvas")
    assert "the rest not looked at" in "; ".join(report.lines[0].notes)
    assert report.lines[0].state == "collected"


def test_a_report_on_countless_refusals_ends(course):
    many = lms.zip_bytes([(NB, lms.notebook()), *((f"../{k}.txt", b"") for k in range(500))])
    report = collect(course, UNIT, write(course, lms.zip_bytes([("s_1001_1_a.zip", many)])), lms="canvas")
    assert len(report.lines[0].notes) == 10
    assert "a.zip: 492 more files refused" in report.lines[0].notes
    many = lms.zip_bytes([(NB, lms.notebook()), *((f"sub/{k}.txt", b"") for k in range(100))])
    report = collect(course, UNIT, write(course, lms.zip_bytes([("s_1001_1_a.zip", many)])), lms="canvas")
    assert report.lines[0].notes[-1] == "and 71 more"


def test_a_size_that_lies_costs_no_memory():
    data = bytearray(lms.zip_bytes([("a.csv", os.urandom(1000)), (NB, bytes(50 << 20))]))
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 10)  # the directory says 10 bytes
    archive = nested(bytes(data))
    with pytest.raises(UnreadableError, match="damaged"):
        archive.entries[1].read()


@pytest.mark.parametrize(
    "name", ["a.ipynb", "ü/ñ.csv", "a b/c (1).ipynb", "طالب/x.txt", "..x", "x..", "a/.hidden"]
)
def test_ordinary_names_are_not_refused(name):
    assert path_trouble(name) is None


def mutants(data: bytes, rng: random.Random, count: int):
    """Copies with bytes flipped, cut out, doubled or replaced, mostly in the parts that a reader trusts."""
    marks = [at for mark in (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06") for at in _all(data, mark)]
    for _ in range(count):
        made = bytearray(data)
        for _ in range(rng.randint(1, 8)):
            at = (
                min(rng.choice(marks) + rng.randrange(50), len(made) - 1)
                if rng.random() < 0.7
                else rng.randrange(len(made))
            )
            kind = rng.randrange(4)
            if kind == 0:
                made[at] = rng.randrange(256)
            elif kind == 1:
                del made[at : at + rng.randint(1, 40)]
            elif kind == 2:
                made[at:at] = made[at : at + rng.randint(1, 40)]
            else:
                made[at : at + 4] = rng.choice(
                    [b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x01\0\0\0", b"../.", b"\r\n\t\x1b"]
                )
        yield bytes(made[: rng.randrange(1, len(made))] if rng.random() < 0.15 else made)


def _all(data: bytes, mark: bytes):
    at = data.find(mark)
    while at >= 0:
        yield at
        at = data.find(mark, at + 1)


@pytest.mark.parametrize("lms_name", ["canvas", "moodle", "blackboard", "gradescope", "folder"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_archives_damaged_at_random_give_a_report_or_one_error(course, lms_name):
    rng = random.Random(f"20261125 {lms_name}")
    person = lms.Student(1)
    inner = lms.zip_bytes([(NB, b'{"cells": []}'), ("ü.csv", b"1,2")])
    files = {
        "canvas": [
            (lms.canvas_name(person, NB), lms.notebook()),
            (lms.canvas_name(person, "h.zip", number=5), inner),
        ],
        "moodle": [
            (lms.moodle_name(lms.Student(7), NB), lms.notebook()),
            (lms.moodle_name(person, "h.zip"), inner),
        ],
        "blackboard": lms.blackboard_files(person, [(NB, lms.notebook()), ("h.zip", inner)]),
        "gradescope": [
            ("submission_metadata.yml", lms.gradescope_metadata([(1, [person], "2026-10-01 10:00:00 Z")])),
            (f"submission_1/{NB}", lms.notebook()),
            ("submission_1/h.zip", inner),
        ],
        "folder": [(f"student-01/{NB}", lms.notebook()), ("student-02/h.zip", inner)],
    }[lms_name]
    data = lms.zip_bytes(files)
    outside = snapshot(course.root.parent, course.root)
    ended, longest = {"report": 0, "error": 0}, 0
    for number, mutant in enumerate(mutants(data, rng, 120)):
        path = write(course, mutant, "mutant.zip")
        try:
            collect(course, UNIT, path, lms=lms_name, force=number % 2 == 0)
            ended["report"] += 1
        except CourseError as error:
            ended["error"] += 1
            longest = max(longest, len(str(error).splitlines()))
        path.unlink()
    assert longest == 1
    assert min(ended.values()) > 3, ended
    assert snapshot(course.root.parent, course.root) == outside


def test_students_zips_damaged_at_random_give_files_or_an_unreadable_error():
    rng = random.Random(20261125)
    data = lms.zip_bytes([("a/b.ipynb", b"{}" * 50), ("c.csv", bytes(3000)), ("d.txt", os.urandom(100))])
    for mutant in mutants(data, rng, 1500):
        try:
            for entry in nested(mutant).entries:
                entry.read()
        except UnreadableError:
            continue


@pytest.mark.parametrize("kind", ["a zip", "a folder"])
def test_what_cannot_be_written_is_not_blamed_on_the_archive(tmp_path, kind):
    path = tmp_path / "class.zip"
    if kind == "a zip":
        path.write_bytes(lms.zip_bytes([GOOD]))
    else:
        path.mkdir()
    with pytest.raises(OSError, match="No space left") as caught, archives.open_archive(path):
        raise OSError(28, "No space left on device", "submitted/new")
    assert caught.value.filename == "submitted/new"


def test_an_archive_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    (tmp_path / "class.zip").touch()
    monkeypatch.setattr(Path, "open", refuse)
    with (
        pytest.raises(CourseError, match=r"class\.zip: cannot be read \(Permission denied\)"),
        archives.open_archive(tmp_path / "class.zip"),
    ):
        pass


@pytest.mark.parametrize("mode", ["full", "read-only"])
def test_a_disk_that_takes_nothing_is_one_line_that_names_the_folder(course, monkeypatch, capsys, mode):
    error = OSError(28, "No space left on device") if mode == "full" else OSError(30, "Read-only file system")

    def refuse(path, data):
        raise type(error)(error.errno, error.strerror, str(path))

    monkeypatch.setattr(Path, "write_bytes", refuse)
    path = course.root / "class.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(*GOOD)
    assert main(["--course", str(course.root), "collect", str(path), "--unit", UNIT, "--lms", "canvas"]) == 1
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("grading:")]
    assert error.strerror in line
    assert "submitted" in line
    assert "class.zip" not in line
