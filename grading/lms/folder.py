"""A plain folder or zip: ``student/...``, ``student/unit/...``, ``student_unit.ipynb``, or any other names.

With a roster a name need only hold one person's id, login, number, address or name, as those of D2L, ILIAS, Sakai,
GitHub Classroom and nbgrader's own zip_collect do. All names on one level of the folders are asked, never those
deeper, which students choose.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

from grading.lms.archives import Entry, UnreadableError
from grading.lms.download import Download, Part, ReaderContext, Upload, without_common_folder
from grading.lms.named_in import NamedIn
from grading.lms.roster import Person
from grading.submission.read import TIMESTAMP

LEVELS = 4  # of folders that are asked for names
Owned = tuple[tuple[Person, str], str, Entry]
"""What tells the upload, the path in it, the file."""
_ATTEMPT = re.compile(r"(?<!\d)(\d{4})-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)(?!\d)")
_D2L = re.compile(r"(?<!\w)([A-Z][a-z]{2,8}) (\d{1,2}), (\d{4}) (\d{1,2}?)(\d\d) ([AP]M)(?!\w)")


def read(entries: Sequence[Entry], context: ReaderContext) -> Download:
    """Group files by the person whom a name holds; else by the folder, or by the id before the unit's name."""
    download = Download()
    named = NamedIn(context.people)
    level = _level(entries, named)
    uploads: dict[tuple[Person, str], list[tuple[str, Entry]]] = defaultdict(list)
    if level is not None:
        owned = _by_name(entries, named, level, context, download)
    else:
        owned = _by_place(entries, context, download)
    for key, rest, entry in owned:
        unit, _, inner = rest.partition("/")
        in_unit_folder = inner and unit in context.units
        if in_unit_folder and unit != context.unit:
            download.passed_over.append(entry.path)
        else:
            uploads[key].append((inner if in_unit_folder else rest, entry))
    download.uploads += [_upload(*key, theirs, context.zone) for key, theirs in uploads.items()]
    return download


def _level(entries: Sequence[Entry], named: NamedIn) -> int | None:
    """The level of folders at which names tell the person; None if no level does."""
    counts = []
    for level in range(LEVELS):
        parts = [entry.path.split("/")[level] for entry in entries if entry.path.count("/") >= level]
        found = sum(len(named.people(part)) == 1 for part in parts)
        counts.append(found if level == 0 or 2 * found > len(entries) else 0)
    return counts.index(max(counts)) if max(counts) else None


def _by_name(
    entries: Sequence[Entry], named: NamedIn, level: int, context: ReaderContext, download: Download
) -> list[Owned]:
    """Each file with the person whom the name at this level holds, or with that name if it holds nobody."""
    owned: list[Owned] = []
    for entry in entries:
        parts = entry.path.split("/")
        part, rest = parts[level] if level < len(parts) else "", "/".join(parts[level + 1 :])
        people = named.people(part)
        if not part or len(people) > 1:
            why = f"names several people: {', '.join(sorted(people))}" if part else "not in a student's folder"
            download.strangers.append((entry.path, why))
            continue
        who = Person(student=next(iter(people))) if people else _called(part if rest else part.rpartition(".")[0])
        # files side by side are one upload, unless their names tell times
        time = _ATTEMPT.search(part)
        place = "/".join(parts[: level + 1]) if rest else "/".join(parts[:level]) + (time[0] if time else "")
        owned.append(((who, place), rest or _without_owner(part, context), entry))
    return owned


def _without_owner(name: str, context: ReaderContext) -> str:
    """A file's name; the unit's own if it holds that, whatever stands before and behind."""
    stem, dot, ending = name.rpartition(".")
    is_units = ending.casefold() == "ipynb" and context.unit.casefold() in stem.casefold()
    return f"{context.unit}{dot}{ending}" if is_units else name


def _by_place(entries: Sequence[Entry], context: ReaderContext, download: Download) -> list[Owned]:
    """Each file with the folder that it lies in, or the id before the unit's name."""
    owned: list[Owned] = []
    for path, entry in _paths(entries, context):
        owner = _owner(path, context)
        if owner is None:
            why = f"neither in a student's folder nor named <student>_{context.unit}.ipynb"
            download.strangers.append((entry.path, why))
        else:
            owned.append(((_called(owner[0]), ""), owner[1], entry))
    return owned


def _paths(entries: Sequence[Entry], context: ReaderContext) -> list[tuple[str, Entry]]:
    """Paths that begin with a student: the one folder that holds all is left out unless it is a student's."""
    tops = {entry.path.partition("/")[0] for entry in entries}
    whole = [(entry.path, entry) for entry in entries]
    if len(tops) != 1 or tops & set(context.students):
        return whole
    stripped = without_common_folder(entries)
    one_student = all("/" not in path or path.partition("/")[0] in context.units for path, _ in stripped)
    if one_student and not any(_flat(path, context) for path, _ in stripped):
        return whole
    return stripped


def _owner(path: str, context: ReaderContext) -> tuple[str, str] | None:
    """Student, and the path in the student's folder; None if the path names nobody."""
    student, _, rest = path.partition("/")
    return (student, rest) if rest else _flat(path, context)


def _flat(path: str, context: ReaderContext) -> tuple[str, str] | None:
    """Student and file name of ``student_unit.ipynb``; the student may be any id of the roster."""
    if "/" in path:
        return None
    known = sorted(
        (s for s in context.students if path.casefold().startswith(s.casefold())), key=len, reverse=True
    )
    for student in known:
        rest = path[len(student) :]
        if rest.startswith(("_", "-", ".", " ")):
            return student, rest.lstrip("_-. ") if rest[0] != "." else f"{context.unit}{rest}"
    match = re.fullmatch(rf"(.+?)[_\- ]({re.escape(context.unit)}.*)", path, re.IGNORECASE)
    return (match[1], match[2]) if match else None


def _called(name: str) -> Person:
    """Whoever is called so in any way."""
    return Person(student=name, name=name, login=name, sis_id=name, email=name)


def _upload(who: Person, folder: str, files: Sequence[tuple[str, Entry]], zone: tzinfo) -> Upload:
    stamp = next((entry for rest, entry in files if rest == TIMESTAMP), None)
    handed_in = _time(stamp) if stamp is not None else _time_in_name(folder, zone)
    upload = Upload(
        who=(who,),
        parts=tuple(Part(rest, entry) for rest, entry in files if entry is not stamp),
        source=files[0][1].path,
        handed_in=handed_in,
    )
    if stamp is not None and handed_in is None:
        return replace(upload, notes=(f"{TIMESTAMP} holds no time",))
    return upload


def _time_in_name(name: str, zone: tzinfo) -> datetime | None:
    """A time as D2L ("Oct 1, 2026 105 PM") or zip_collect ("2026-10-01-13-05-22") put it into a name."""
    try:
        if found := _ATTEMPT.search(name):
            return datetime.strptime("-".join(found.groups()), "%Y-%m-%d-%H-%M-%S").replace(tzinfo=zone)
        if found := _D2L.search(name):
            month, day, year, hour, minute, half = found.groups()
            moment = datetime.strptime(f"{month[:3]} {day} {year} {hour}:{minute} {half}", "%b %d %Y %I:%M %p")
            return moment.replace(tzinfo=zone)
    except ValueError:
        return None
    return None


def _time(entry: Entry) -> datetime | None:
    try:
        text = entry.read()[:100].decode("utf-8").strip().removesuffix(" UTC")
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (UnreadableError, ValueError):
        return None
