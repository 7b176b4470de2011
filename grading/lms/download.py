"""A download of a class's submissions, sorted by who handed in what."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from grading.lms.archives import Entry
from grading.lms.roster import Person


@dataclass(frozen=True)
class Part:
    """A file of an upload under the name that the student gave it, folders included."""

    name: str
    entry: Entry


@dataclass(frozen=True)
class Upload:
    """What one person, or one group, handed in at one time.

    Parameters
    ----------
    who : tuple of Person
        Clues about each person it is from.
    parts : tuple of Part
        The files.
    source : str
        Where it lies in the archive, for the report.
    handed_in : datetime or None
        When, if the platform tells.
    order : int
        Grows with each attempt, where the platform numbers them.
    late : bool
        Whether the platform marks it late.
    notes : tuple of str
        What a TA should know about it.
    """

    who: tuple[Person, ...]
    parts: tuple[Part, ...]
    source: str
    handed_in: datetime | None = None
    order: int = 0
    late: bool = False
    notes: tuple[str, ...] = ()


@dataclass
class Download:
    """All uploads, the entries that fit no pattern of the platform, and those that belong to other units."""

    uploads: list[Upload] = field(default_factory=list)
    strangers: list[tuple[str, str]] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ReaderContext:
    """What a reader may need to know beside the entries."""

    unit: str
    units: Sequence[str]
    zone: tzinfo
    people: Sequence[Person] = ()  # of the roster

    @property
    def students(self) -> set[str]:
        """Ids, logins and numbers of the roster."""
        return {text for p in self.people for text in (p.student, p.login, p.sis_id)} - {""}


Reader = Callable[[Sequence[Entry], ReaderContext], Download]


Named = tuple[re.Match[str], Entry]
"""An entry whose name a platform made, and the parts of that name."""


def grouped(
    entries: Sequence[Entry],
    pattern: re.Pattern[str],
    key: Callable[[re.Match[str]], tuple[str, str]],
    download: Download,
    platform: str,
) -> dict[tuple[str, str], list[Named]]:
    """Entries that belong to one upload together, in order; the others become strangers of the download.

    Parameters
    ----------
    entries : sequence of Entry
        All of the archive.
    pattern : re.Pattern
        How the platform names a file, with the path or without the folder that is common to all of them.
    key : callable
        What in a name tells the upload.
    download : Download
        Where strangers go.
    platform : str
        Its name, for people.
    """
    uploads: dict[tuple[str, str], list[Named]] = defaultdict(list)
    for path, entry in without_common_folder(entries):
        # the whole path first: the folder of a class's only submission is common to all files, too
        match = pattern.fullmatch(entry.path) or pattern.fullmatch(path)
        if match is None:
            download.strangers.append((entry.path, f"not named as {platform} names submissions"))
        else:
            uploads[key(match)].append((match, entry))
    return uploads


def without_common_folder(entries: Sequence[Entry]) -> list[tuple[str, Entry]]:
    """Paths without the one folder that all of them lie in, if there is one."""
    tops = {entry.path.partition("/")[0] for entry in entries}
    if len(tops) != 1 or any("/" not in entry.path for entry in entries):
        return [(entry.path, entry) for entry in entries]
    return [(entry.path.partition("/")[2], entry) for entry in entries]
