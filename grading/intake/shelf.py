"""What ``submitted/<student>/<unit>/`` holds and where it came from; a folder is replaced whole or not at all."""

from __future__ import annotations

import dataclasses
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from grading.errors import CourseError
from grading.submission.read import TIMESTAMP

RECORD = ".collected.json"
SCRATCH = ".collect-"
LOCK = ".collect.lock"

ShelfChange = Literal["new", "updated", "unchanged", "kept"]


@dataclass(frozen=True)
class Provenance:
    """Where a submission came from; lies beside it in `RECORD`.

    Parameters
    ----------
    lms, archive, source : str
        The platform, the archive's name, the path in it of the notebook or of the zip that it lay in, else of the
        first file: the names under which the platform takes feedback back.
    newest : str
        Date of the archive's youngest file: tells an earlier archive from a later one.
    handed_in : str
        Time of submission, ISO format in UTC; empty if not known.
    order : int
        Number of the attempt, where the platform numbers them.
    late : bool
        Whether the platform marks it late.
    lms_id, login, email, name : str
        What the archive says about the student, to find them in the platform's gradebook.
    files : mapping of str to str
        Hash of each file as it was written.
    """

    lms: str
    archive: str = ""
    source: str = ""
    newest: str = ""
    handed_in: str = ""
    order: int = 0
    late: bool = False
    lms_id: str = ""
    login: str = ""
    email: str = ""
    name: str = ""
    files: Mapping[str, str] = field(default_factory=dict)


def provenance(folder: Path) -> Provenance | None:
    """Where the submission in a folder came from; None if nothing readable says so."""
    path = folder / RECORD
    try:
        if path.is_symlink() or not path.is_file():
            return None
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        blank = Provenance(lms="")
        known = {f.name: record[f.name] for f in dataclasses.fields(Provenance) if f.name in record}
        if any(type(value) is not type(getattr(blank, name)) for name, value in known.items()):
            return None
        return Provenance(**known)
    except (OSError, ValueError, TypeError):
        return None


def stamp(moment: datetime) -> str:
    """A time as ``timestamp.txt`` has it, the way nbgrader writes it."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC\n"


def hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    """Hash of each file by name."""
    return {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}


class Shelf:
    """Puts submissions into ``submitted/``; use it through `open_shelf`."""

    def __init__(self, root: Path, unit: str, scratch: Path, *, force: bool) -> None:
        self._root, self._unit, self._scratch, self._force = root, unit, scratch, force

    def put(self, student: str, files: Mapping[str, bytes], record: Provenance) -> tuple[ShelfChange, str]:
        """Put one submission in its place; return what changed, and why not if it did not."""
        target = self._root / student / self._unit
        if target.is_symlink() or target.parent.is_symlink():
            return "kept", f"submitted/{student} is a link and was not written; remove it"
        record = dataclasses.replace(record, files=hashes(files))
        if not os.path.lexists(target):
            self._write(student, files, record)
            return "new", ""
        held = _held(target)
        before = provenance(target)
        record = _with_known_address(before, record)
        if before is not None and not record.handed_in and _same_work(before, record):
            files, record = _with_known_time(files, before, record)
        same = held == record.files
        if same and before is not None and (before.late, before.handed_in) == (record.late, record.handed_in):
            return "unchanged", ""
        reason = None if same or self._force else _reason_to_keep(held, before, record)
        if reason:
            return "kept", reason
        self._write(student, files, record)
        return "unchanged" if same else "updated", ""

    def note_time(self, student: str, moment: datetime) -> bool:
        """Note when work that is in place was handed in; False if somebody has changed it since."""
        target = self._root / student / self._unit
        record = provenance(target)
        if record is None or target.is_symlink() or _held(target) != dict(record.files):
            return False
        files = with_time({name: (target / name).read_bytes() for name in record.files}, moment)
        self._write(student, files, dataclasses.replace(record, handed_in=moment.isoformat(), files=hashes(files)))
        return True

    def _write(self, student: str, files: Mapping[str, bytes], record: Provenance) -> None:
        """Write the folder aside, then swap; `open_shelf` puts the old one back if this is cut off between."""
        fresh = self._scratch / "new" / student
        fresh.mkdir(parents=True)
        for name, data in files.items():
            (fresh / name).write_bytes(data)
        (fresh / RECORD).write_text(
            json.dumps(dataclasses.asdict(record), indent=1, ensure_ascii=False) + "\n", "utf-8"
        )
        target = self._root / student / self._unit
        target.parent.mkdir(exist_ok=True)
        if target.exists():
            old = self._scratch / "old" / student / self._unit
            old.parent.mkdir(parents=True)
            target.rename(old)
        fresh.rename(target)


@contextmanager
def open_shelf(root: Path, unit: str, *, force: bool = False) -> Iterator[Shelf]:
    """Open ``submitted/`` for one writer, mending first what a killed run left behind."""
    root.mkdir(exist_ok=True)
    with (root / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CourseError(f"{root}: another 'collect' is writing here; wait until it is done") from None
        for left in root.glob(f"{SCRATCH}*/"):
            _mend(root, left)
        scratch = Path(tempfile.mkdtemp(prefix=SCRATCH, dir=root))
        try:
            yield Shelf(root, unit, scratch, force=force)
        finally:
            _mend(root, scratch)


def _mend(root: Path, scratch: Path) -> None:
    for old in scratch.glob("old/*/*"):
        target = root / old.parent.name / old.name
        if not os.path.lexists(target):
            target.parent.mkdir(exist_ok=True)
            old.rename(target)
    shutil.rmtree(scratch)


def _held(folder: Path) -> dict[str, str]:
    """Hash of each file in a folder; hidden ones, which no grader reads, are left out."""
    paths = [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "" for path in paths}


def _reason_to_keep(held: Mapping[str, str], before: Provenance | None, now: Provenance) -> str | None:
    """Why what lies there stays; None if it is older."""
    if before is None:
        return "what lies there was not put there by 'collect'; --force replaces it"
    if held != dict(before.files):
        return "what lies there was changed by hand since; --force replaces it"
    if before.handed_in and now.handed_in and before.handed_in != now.handed_in:
        later = now.handed_in > before.handed_in
    elif before.order and now.order and before.lms == now.lms and before.order != now.order:
        later = now.order > before.order
    elif before.newest != now.newest:
        later = now.newest > before.newest
    else:
        later = True  # the same archive is read again: its files replace what it wrote before
    return None if later else f"a later one is there already, from {before.archive}; --force replaces it"


def _same_work(before: Provenance, now: Provenance) -> bool:
    """Whether two records are of the same files, whatever is known of their time."""
    one, other = ({name: told for name, told in each.files.items() if name != TIMESTAMP} for each in (before, now))
    return one == other


def _with_known_time(
    files: Mapping[str, bytes], before: Provenance, now: Provenance
) -> tuple[Mapping[str, bytes], Provenance]:
    """The same work with the time that was told before: an archive that tells none takes none away."""
    if not before.handed_in:
        return files, now
    files = with_time(files, datetime.fromisoformat(before.handed_in))
    return files, dataclasses.replace(now, handed_in=before.handed_in, files=hashes(files))


def _with_known_address(before: Provenance | None, now: Provenance) -> Provenance:
    """The record with the address that was told of the same account before: an archive may tell none."""
    if before is None or not now.lms_id or (before.lms, before.lms_id) != (now.lms, now.lms_id):
        return now
    return dataclasses.replace(now, email=now.email or before.email)


def with_time(files: Mapping[str, bytes], handed_in: datetime | None) -> dict[str, bytes]:
    """Files with ``timestamp.txt`` beside them, if the time is known."""
    return {**files, **({TIMESTAMP: stamp(handed_in).encode()} if handed_in else {})}
