"""Moodle: ``Full Name_1234567_assignsubmission_file_/notebook.ipynb``, or the same in one name without folders.

The number is the participant's in this assignment, as in the column "Identifier" of its grading worksheet. In
group assignments the group's name and a hyphen precede the name, and each member has the files. Typed answers are
in ``..._assignsubmission_onlinetext_/onlinetext.html``. The archive does not tell when anything was handed in; the
grading worksheet, given as roster, does.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from functools import cache

from grading.errors import CourseError
from grading.lms.archives import Entry
from grading.lms.download import Download, Part, ReaderContext, Upload, grouped
from grading.lms.layout import Column, Layout
from grading.lms.roster import Person
from grading.lms.worksheet import locked, worksheet
from grading.tables import Table

FILE = re.compile(
    r"(?P<name>[^/]+?)_(?P<id>\d+)_assignsubmission_(?P<kind>file|onlinetext)_?(?:/|(?<=_))(?P<rest>.+)", re.DOTALL
)
MONTHS = tuple(calendar.month_name)  # in English, since the program never calls setlocale()
LANGUAGES = (
    "de",
    "es",
    "fr",
    "it",
    "pt",
    "nl",
    "pl",
    "cs",
    "sv",
    "nb",
    "da",
    "fi",
    "hu",
    "ro",
    "el",
    "ru",
    "uk",
    "tr",
)
"""Of sites whose times are read beside English ones, where a worksheet's times are all in one of them."""


def read(entries: Sequence[Entry], context: ReaderContext) -> Download:
    """Group the files of a "Download all submissions" zip by participant."""
    download = Download()
    uploads = grouped(entries, FILE, lambda match: (match["id"], match["name"]), download, "Moodle")
    for (number, name), files in uploads.items():
        typed = ("a typed answer, not graded",) if any(m["kind"] == "onlinetext" for m, _ in files) else ()
        download.uploads.append(
            Upload(
                who=(Person(lms_id=number, name=name),),
                parts=tuple(Part(match["rest"], entry) for match, entry in files),
                source=files[0][1].path,
                notes=typed,
            )
        )
    return download


def moment(text: str, zone: tzinfo, language: str = "en") -> datetime | None:
    """A time as Moodle writes it: "Thursday, 1 October 2026, 1:05 PM", "October 1, 2026, 1:05 PM".

    `language` is that of the site: months are looked for as it writes them.
    """
    folded = text.casefold()
    months = _months(language)
    named = [(len(word), months[word]) for word in months if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", folded)]
    numbers = [int(word) for word in re.findall(r"\d+", folded)]
    if not named or len(numbers) not in (4, 5):
        return None
    first, second, hour, minute = numbers[:4]
    day, year = (first, second) if first <= 31 else (second, first)
    if afternoon := re.search(r"(?<!\w)(?:([ap])\.?\s?m\.?)(?!\w)", folded):
        hour = hour % 12 + (12 if afternoon[1] == "p" else 0)
    try:
        return datetime(year, max(named)[1], day, hour, minute, tzinfo=zone)
    except ValueError:
        return None


@cache
def _months(language: str) -> Mapping[str, int]:
    """Names of months in a language, in whatever case and form it has."""
    if language == "en":
        return {name.casefold(): number for number, name in enumerate(MONTHS) if name}
    from babel import Locale  # a tenth of a second, for sites that are not in English

    forms = [kind["wide"] for kind in Locale(language).months.values()]
    return {name.casefold(): number for names in forms for number, name in names.items()}


def moments(texts: Sequence[str], zone: tzinfo) -> list[datetime | None]:
    """Times of one worksheet: in English, else in the first language in which all of them can be read."""
    read: list[datetime | None] = []
    for language in ("en", *LANGUAGES):
        read = [moment(text, zone, language) for text in texts]
        if all(read):
            return read
    return [moment(text, zone) for text in texts]


NO_MARK = re.compile(r"\s*-?\s*")


def layout(table: Table) -> Layout:
    """Columns of a grading worksheet ("Grade", one assignment), or of a grade export ("Assignment: Title").

    A worksheet is known in every language, an export in English only.
    """
    sheet = worksheet(table)
    if sheet is not None and sheet.grade >= 0:
        changeable = sheet.changeable
        return Layout(
            (Column(sheet.grade, table.header.values[sheet.grade]),),
            comment=sheet.comment,
            maximum=sheet.maximum,
            only_total=True,
            no_mark=NO_MARK,
            locked=lambda row: changeable is not None and locked(row[changeable]),
            takes_more=False,
        )
    columns = []
    for index, title in enumerate(table.header.values):
        task = re.fullmatch(r"\s*(?!feedback:)[^:]+:\s*(.+?)\s*(\(\w+\))?\s*", title, re.IGNORECASE)
        # columns of percentages and letters hold no points
        if task and (task[2] or "(Real)").casefold() == "(real)":
            columns.append(Column(index, task[1]))
    if not columns:
        raise CourseError(
            f"{table.name}: line 1: neither a grading worksheet (first an identifier such as 'Participant 123', "
            "in any language; then Grade and Maximum Grade) nor a grade export with columns such as "
            "'Assignment: Title (Real)'; export it from Moodle again, a grade export in English"
        )
    return Layout(tuple(columns), no_mark=NO_MARK, takes_more=False)
