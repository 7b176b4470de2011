"""Gradescope: ``submission_123/notebook.ipynb``, and ``submission_metadata.yml`` with submitters and times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import yaml

from grading.errors import CourseError
from grading.lms.archives import Entry, UnreadableError
from grading.lms.download import Download, Part, ReaderContext, Upload, without_common_folder
from grading.lms.roster import Person
from grading.printable import printable

METADATA = "submission_metadata.yml"
MAX_METADATA = 32 << 20


def read(entries: Sequence[Entry], context: ReaderContext) -> Download:
    """Group the files of an "Export Submissions" zip by submission; a group's counts for each member."""
    paths = without_common_folder(entries)
    listed = _metadata(next((entry for path, entry in paths if path == METADATA), None))
    download = Download()
    files: dict[str, list[tuple[str, Entry]]] = defaultdict(list)
    for path, entry in paths:
        folder, _, rest = path.partition("/")
        if path == METADATA:
            continue
        if not rest or folder not in listed:
            download.strangers.append((entry.path, f"no submission that {METADATA} lists"))
            continue
        files[folder].append((rest, entry))
    for folder, record in listed.items():
        who = tuple(_person(each) for each in record.get(":submitters") or [] if isinstance(each, Mapping))
        if not who:
            download.strangers.append((folder, f"{METADATA} names nobody who handed it in"))
            continue
        download.uploads.append(
            Upload(
                who=who,
                parts=tuple(Part(rest, entry) for rest, entry in files[folder]),
                source=folder,
                handed_in=_moment(record.get(":created_at")),
                notes=(f"handed in by a group of {len(who)}",) if len(who) > 1 else (),
            )
        )
    return download


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Plain data; Ruby's own kinds of mappings count as mappings."""


def _ruby(loader: Any, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)


_Loader.add_multi_constructor("!ruby/", _ruby)


def _metadata(entry: Entry | None) -> dict[str, Mapping[str, Any]]:
    if entry is None:
        raise CourseError(f"the archive has no {METADATA}; export the submissions from Gradescope again")
    try:
        data = entry.read()
        if len(data) > MAX_METADATA:
            raise UnreadableError("too large")
        loaded = yaml.load(data, Loader=_Loader)
    except (UnreadableError, yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        why = printable(" ".join(str(error).split()), 120)
        raise CourseError(f"{entry.path}: cannot be read ({why}); export the submissions again") from None
    if not isinstance(loaded, Mapping):
        raise CourseError(f"{entry.path}: no list of submissions; export the submissions again")
    return {str(key): value for key, value in loaded.items() if isinstance(value, Mapping)}


def _person(record: Mapping[str, Any]) -> Person:
    def text(key: str) -> str:
        value = record.get(key)
        return str(value).strip() if isinstance(value, str | int) else ""

    return Person(name=text(":name"), sis_id=text(":sid"), email=text(":email"))


def _moment(value: Any) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)
