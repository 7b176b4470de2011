"""What a TA should know about a submission: a kind, where, a detail. Sentences are made where they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from grading.printable import listed, printable


class Sentence(NamedTuple):
    """How a kind is put in words, with names of files and students and without."""

    full: str
    impersonal: str = ""


KINDS: Final[Mapping[str, Sentence]] = {
    # what was handed in
    "linked folder": Sentence("the folder is a link; not read"),
    "nothing handed in": Sentence("nothing was handed in"),
    "no file": Sentence("expected {where}, found nothing"),
    "no notebook": Sentence("expected {where}, found {detail}", "expected {where}, found something else"),
    "malformed notebook": Sentence("{where}: {detail}", "the notebook: {detail}"),
    "large notebook": Sentence("{where} has {detail}", "a file has {detail}"),
    "unreadable file": Sentence("{where} cannot be read: {detail}", "a file cannot be read: {detail}"),
    "one folder deeper": Sentence("{where}: found in a folder deeper", "the notebook: found in a folder deeper"),
    "other name": Sentence("the notebook is called {where}, not {detail}", "the notebook is not called {detail}"),
    "second notebook": Sentence("{where}: a second notebook, not graded", "a file: a second notebook, not graded"),
    "other notebook": Sentence("{where}: {detail}, not graded", "a file: another notebook, not graded"),
    "notebooks not looked at": Sentence(
        "more than {where} files; {detail} that are called notebooks were not looked at"
    ),
    "link": Sentence("{where}: a link, not read", "a file: a link, not read"),
    "odd file name": Sentence(
        "{where}: a file name in an unknown encoding or with control characters, not read",
        "a file: a file name in an unknown encoding or with control characters, not read",
    ),
    "no ordinary file": Sentence("{where}: no ordinary file, not read", "a file: no ordinary file, not read"),
    "file left out": Sentence(
        "{where}: too large or one file too many, not given to the notebook",
        "a file: too large or one file too many, not given to the notebook",
    ),
    # its cells; {where} is the master's name of a cell
    "lost id": Sentence("{where}: lost their ids; found by what they hold"),
    "moved cells": Sentence("cells were moved; run and judged in the student's order"),
    "other cell type": Sentence("{where}: the {detail}"),
    "locked cell deleted": Sentence("{where}: deleted; put back"),
    "locked cell copied": Sentence("{where}: copied; the copies run as cells that were added"),
    "locked cell retyped": Sentence("{where}: locked, but had changed type; the original is used"),
    "locked cell edited": Sentence("{where}: locked, but edited; the original is used"),
    "code added": Sentence("{where}: locked, but code was added; it runs beside the original"),
    "answer deleted": Sentence("{where}: the answer cell was deleted"),
    "written beside": Sentence("{where}: left as it was released; the answer may stand in a cell beside it"),
    "several cells": Sentence(
        "{where}: several cells with this id; all run, the last answer before its test counts"
    ),
    "judged at the end": Sentence("{where}: answered only below its test; judged at the end of the notebook"),
    # its run
    "missing module": Sentence("{where}: imports {detail}, which this course does not have; run without it"),
    "out of time": Sentence("{where}: stopped, it ran out of time"),
    "process ended": Sentence("in {where}: {detail}"),
    "over the grader's time": Sentence("reading, running and judging it took more than {detail} and was ended"),
    "over the grader's memory": Sentence("reading and judging it took more than {detail} of memory and was ended"),
    "grader failed": Sentence(
        "the grader failed on it ({detail}); a person must look, and please report this",
        "the grader failed on it; a person must look, and please report this",
    ),
    # data of each student's own; {where} is a file or a variable
    "another's file": Sentence("{where}: the file handed in is the one of {detail}; the student's own was used"),
    "other file": Sentence(
        "{where}: the file handed in is not the one that this student got; the student's own was used"
    ),
    "another's answer": Sentence("{where}: wrong for this student's data, but right for those of {detail}"),
    # the list itself
    "more": Sentence("and {detail} more"),
    # of results before every cell ran where it stood
    "locked cell reused": Sentence(
        "{where}: this cell was copied; the copies are not run; {detail} that hold something else are"
    ),
    "imports added": Sentence(
        "{where}: this locked cell was edited; the original is used, with the imports that were added"
    ),
    "answered elsewhere": Sentence("{where}: answered in another cell"),
    "several answers": Sentence("{where}: {detail} cells with this id; the first with an answer counted"),
    "answer in parts": Sentence(
        "{where}: several cells with this id; the first with an answer counted; {detail} of the others ran where "
        "they stood"
    ),
    "earlier": Sentence("{detail}", "(left out here: it may hold a name)"),  # of results before oddities were data
}
"""Every kind of oddity, and how it is put in words."""
ANOTHERS: Final = ("another's file", "another's answer")
"""Kinds that a person should look at: data or an answer of another student."""
PLACE: Final = "{where}: "
MOST_NAMED: Final = 6
"""Cells that one oddity names."""
MAY_COST: Final = (
    "another's answer",
    "answer deleted",
    "judged at the end",
    "locked cell edited",
    "locked cell retyped",
    "missing module",
    "other cell type",
    "other file",
    "out of time",
    "process ended",
    "several cells",
    "written beside",
)
"""Kinds that may bear on a mark; all others cost nothing."""
OWN_CELL: Final = "a cell that was added"


@dataclass(frozen=True)
class Oddity:
    """One thing that was odd about a submission.

    Parameters
    ----------
    kind : str
        A key of `KINDS`.
    where : str
        The cell, file or variable that it is about.
    detail : str
        What else the sentence needs.
    """

    kind: str
    where: str = ""
    detail: str = ""

    @property
    def text(self) -> str:
        """The sentence for staff."""
        return self._in(KINDS[self.kind].full)

    @property
    def impersonal(self) -> str:
        """The sentence without names of files, which may hold the student's."""
        return self._in(KINDS[self.kind].impersonal or KINDS[self.kind].full)

    def split(self, *, impersonal: bool = False) -> tuple[str, str]:
        """The cell or file with which the sentence begins, empty if with none, and the rest of it."""
        sentence = (KINDS[self.kind].impersonal if impersonal else "") or KINDS[self.kind].full
        rest = sentence.removeprefix(PLACE)
        return self.where if rest != sentence else "", self._in(rest)

    def _in(self, sentence: str) -> str:
        return sentence.format(where=self.where, detail=self.detail)


def one_for_each_cause(oddities: Iterable[Oddity]) -> list[Oddity]:
    """Oddities of one kind and detail as one, which names all the cells that it is about."""
    places: dict[tuple[str, str], dict[str, None]] = {}
    for oddity in oddities:
        places.setdefault((oddity.kind, oddity.detail), {})[oddity.where] = None
    return [Oddity(kind, _listed(list(where)), detail) for (kind, detail), where in places.items()]


def _listed(names: Sequence[str]) -> str:
    more = [f"{len(names) - MOST_NAMED} more"] if len(names) > MOST_NAMED else []
    return ", ".join([*names[:MOST_NAMED], *more])


def printable_oddity(oddity: Oddity) -> Oddity:
    """The oddity with names and details that are safe to print."""
    return replace(oddity, where=printable(oddity.where), detail=printable(oddity.detail))


def printable_oddities(oddities: Iterable[Oddity], *, most: int) -> tuple[Oddity, ...]:
    """Oddities that are safe to print, each once; of those after the first `most` only how many there are."""
    distinct = list(dict.fromkeys(map(printable_oddity, oddities)))
    more = [Oddity("more", detail=str(len(distinct) - most))] if len(distinct) > most else []
    return (*distinct[:most], *more)


@dataclass(frozen=True)
class Shared:
    """An oddity of one cause: in whose submissions, and in which cells or files of theirs."""

    text: str
    places: Mapping[str, tuple[str, ...]]
    """Student -> cells or files, none where the sentence says all."""
    anothers: bool
    """Whether data or an answer are those of another student."""

    @property
    def students(self) -> tuple[str, ...]:
        """Whose they are."""
        return tuple(self.places)

    @property
    def where(self) -> str:
        """The cells or files, those of all students together, each once."""
        return listed(dict.fromkeys(place for places in self.places.values() for place in places))


def by_cause(found: Iterable[tuple[str, Iterable[Oddity]]], *, impersonal: bool = False) -> list[Shared]:
    """Students' oddities, all of one cause together, the commonest first; each of another student's alone."""
    causes: dict[tuple[str, bool], dict[str, dict[str, None]]] = {}
    for student, oddities in found:
        for oddity in oddities:
            place, text = oddity.split(impersonal=impersonal)
            anothers = oddity.kind in ANOTHERS
            key = (oddity.impersonal if impersonal else oddity.text, True) if anothers else (text, False)
            places = causes.setdefault(key, {}).setdefault(student, {})
            places |= {place: None} if place and not anothers else {}
    shared = [
        Shared(text, {student: tuple(places) for student, places in students.items()}, anothers)
        for (text, anothers), students in causes.items()
    ]
    return sorted(shared, key=lambda one: (-len(one.places), one.text))
