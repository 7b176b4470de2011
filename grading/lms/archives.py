"""Look into an archive that strangers filled: names are checked, sizes bounded, nothing is unpacked to disk."""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO

from grading.errors import CourseError
from grading.lms.file_names import folded, left_behind, path_trouble
from grading.printable import printable
from grading.submission.read import MAX_NOTEBOOK_BYTES

MAX_FILE = MAX_NOTEBOOK_BYTES
MAX_RATIO = 200  # a notebook full of zeros is compressed 100 times; more is a zip bomb
SMALL = 4 << 20  # bytes; a file that unpacks to less is read whatever its ratio
ENTRY = b"PK\x01\x02"  # every entry of a zip's directory starts so

BROKEN = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,  # and its subclass UnicodeDecodeError
    OverflowError,
)
"""What `zipfile` raises on damaged files; none of it is this program's fault."""


class UnreadableError(Exception):
    """A file or archive that cannot or must not be read; the text says why."""


@dataclass(frozen=True)
class ArchiveBounds:
    """What an archive may hold at most."""

    entries: int
    total: int


WHOLE_CLASS = ArchiveBounds(entries=200_000, total=32 << 30)
ONE_STUDENT = ArchiveBounds(entries=2_000, total=256 << 20)


@dataclass(frozen=True)
class Entry:
    """A file in an archive: its path, its size as told, and how to read it."""

    path: str
    size: int
    modified: datetime | None
    read: Callable[[], bytes]

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


@dataclass
class Archive:
    """What an archive holds.

    Parameters
    ----------
    entries : list of Entry
        Ordinary files with harmless names.
    refused : list of (str, str)
        Names that are not read, made printable, and why.
    passed_over : list of str
        What operating systems and Jupyter leave behind.
    """

    entries: list[Entry] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    _seen: dict[str, str] = field(default_factory=dict)

    @property
    def newest(self) -> datetime | None:
        """The youngest date of any file in it."""
        return max((entry.modified for entry in self.entries if entry.modified), default=None)

    def admit(self, name: str, entry: Entry, reason: str | None = None) -> None:
        """Take a file in, or note why not."""
        reason = reason or path_trouble(name) or self._collision(name)
        if reason:
            self.refused.append((printable(name, 160), reason))
        elif left_behind(name):
            self.passed_over.append(printable(name))
        else:
            self._seen[folded(name)] = name
            self.entries.append(entry)

    def _collision(self, name: str) -> str | None:
        same_name = self._seen.get(folded(name))
        if same_name is None:
            return None
        return (
            "a second file of this name"
            if same_name == name
            else f"differs from {printable(same_name)} only in case"
        )


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """The files of a zip, or of a folder that somebody has unpacked already.

    Raises
    ------
    CourseError
        If it is neither, cut off, or larger than any class.
    """
    if path.is_dir():
        yield _folder(path)
        return
    with ExitStack() as stack:
        archive = _opened(path, stack)
        yield archive  # outside of what reads the file: another's errors are not the archive's


def _opened(path: Path, stack: ExitStack) -> Archive:
    try:
        return zip_entries(stack.enter_context(path.open("rb")), WHOLE_CLASS)
    except UnreadableError as error:
        raise CourseError(f"{path}: {error}; download it again") from None
    except FileNotFoundError:
        raise CourseError(
            f"{path}: no such file; give the zip as downloaded, or the folder it was unpacked to"
        ) from None
    except OSError as error:
        raise CourseError(f"{path}: cannot be read ({error.strerror})") from None


def zip_entries(file: IO[bytes], bounds: ArchiveBounds) -> Archive:
    """The files of a zip; `file` must stay open while they are read.

    Raises
    ------
    UnreadableError
        If it is no complete zip, or exceeds the bounds.
    """
    count = _count(file, ENTRY, bounds.entries)
    if count > bounds.entries:
        raise UnreadableError(f"a zip with more than {bounds.entries} files, refused")
    try:
        opened = zipfile.ZipFile(file)
    except BROKEN as error:
        raise UnreadableError(_not_a_zip(file, error)) from None
    total = sum(max(0, info.file_size) for info in opened.infolist())
    if total > bounds.total:
        raise UnreadableError(
            f"a zip that unpacks to {total >> 20} MB, more than {bounds.total >> 20} MB, refused"
        )
    archive = Archive()
    for info in opened.infolist():
        name = _name(info)
        if name.endswith("/") and not path_trouble(name.rstrip("/")):
            continue
        entry = Entry(name, info.file_size, _date(info), partial(_read, opened, info))
        archive.admit(name, entry, _kind_trouble(info))
    return archive


def _count(file: IO[bytes], mark: bytes, enough: int) -> int:
    """How often bytes occur in a file; a bound for the entries of a zip before any is parsed."""
    file.seek(0)
    count, tail = 0, b""
    while block := file.read(1 << 20):
        count += (tail + block).count(mark)
        if count > enough:
            break
        tail = block[-len(mark) + 1 :]
    file.seek(0)
    return count


def _not_a_zip(file: IO[bytes], error: BaseException) -> str:
    file.seek(0)
    start = file.read(6)
    if not start:
        return "an empty file"
    for magic, what in (
        (b"%PDF", "a PDF"),
        (b"Rar!", "a RAR archive"),
        (b"7z\xbc\xaf", "a 7z archive"),
        (b"\x1f\x8b", "a gz archive"),
    ):
        if start.startswith(magic):
            return f"{what}, not a zip"
    if start.startswith(b"PK"):
        return f"a damaged zip, perhaps cut off ({printable(str(error), 80)})"
    return "not a zip"


def _name(info: zipfile.ZipInfo) -> str:
    """The name as its writer meant it: many write UTF-8 without saying so."""
    name = info.orig_filename
    if not info.flag_bits & 0x800 and not name.isascii():
        try:
            return name.encode("cp437").decode("utf-8")
        except UnicodeError:
            return name
    return name


def _date(info: zipfile.ZipInfo) -> datetime | None:
    try:
        return datetime(*info.date_time)
    except ValueError:
        return None


def _kind_trouble(info: zipfile.ZipInfo) -> str | None:
    mode = info.external_attr >> 16
    kind = stat.S_IFMT(mode)
    if info.create_system == 3 and kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "a link" if stat.S_ISLNK(mode) else "a device, pipe or socket"
    if info.flag_bits & 1:
        return "encrypted"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "packed by a method that is not supported"
    if info.file_size > MAX_FILE:
        return f"{info.file_size >> 20} MB, more than {MAX_FILE >> 20} MB"
    if info.file_size > max(SMALL, MAX_RATIO * info.compress_size):
        return f"a zip bomb: {info.compress_size} bytes that unpack to {info.file_size >> 20} MB"
    return None


def _read(opened: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    try:
        with opened.open(info) as file:
            data = file.read(MAX_FILE + 1)
    except BROKEN as error:
        raise UnreadableError(f"damaged in the archive ({printable(str(error), 80)})") from None
    if len(data) > MAX_FILE:
        raise UnreadableError(f"more than {MAX_FILE >> 20} MB")
    return data


def nested(data: bytes) -> Archive:
    """The files of a zip that lay in an archive."""
    return zip_entries(io.BytesIO(data), ONE_STUDENT)


def _folder(root: Path) -> Archive:
    """The files under a folder; links are neither read nor followed."""
    archive = Archive()
    for folder, subfolders, files in os.walk(root, followlinks=False):
        subfolders.sort()
        for name in sorted([*files, *(name for name in subfolders if os.path.islink(os.path.join(folder, name)))]):
            path = Path(folder, name)
            relative = path.relative_to(root).as_posix()
            status = path.lstat()
            reason = None
            if not stat.S_ISREG(status.st_mode):
                reason = "a link" if stat.S_ISLNK(status.st_mode) else "a device, pipe or socket"
            elif status.st_size > MAX_FILE:
                reason = f"{status.st_size >> 20} MB, more than {MAX_FILE >> 20} MB"
            modified = datetime.fromtimestamp(status.st_mtime, UTC).replace(tzinfo=None)
            entry = Entry(relative, status.st_size, modified, partial(_file, path))
            archive.admit(relative, entry, reason)
    if len(archive.entries) > WHOLE_CLASS.entries:
        raise CourseError(f"{root}: more than {WHOLE_CLASS.entries} files; is it the right folder?")
    return archive


def _file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE + 1)[:MAX_FILE]
    except OSError as error:
        raise UnreadableError(f"cannot be read ({error.strerror})") from None
