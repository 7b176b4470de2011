"""Which people of a class a folder's or a file's name holds, by id, login, number, address or name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from grading.lms.roster import Person

Index = dict[tuple[str, ...], set[str]]


class NamedIn:
    """Finds people in names. What stands within a longer id or name of another person does not count."""

    def __init__(self, people: Iterable[Person]) -> None:
        self._ids: Index = {}
        self._names: Index = {}
        for person in people:
            for text in (person.student, person.login, person.sis_id, person.email):
                if words := _words(text):
                    self._ids.setdefault(tuple(words), set()).add(person.student)
            for turned in _turned(_words(person.name)):
                self._names.setdefault(turned, set()).add(person.student)

    def people(self, text: str) -> set[str]:
        """Ids of all who are named; who is named by an id is not one of several of that name."""
        words = _words(text)
        by_id, by_name = _found(self._ids, words), _found(self._names, words)
        return by_id if len(by_id) == 1 and (not by_name or by_id <= by_name) else by_id | by_name


def _found(index: Index, words: list[str]) -> set[str]:
    longest = min(max(map(len, index), default=0), len(words))
    spans = [(start, start + length) for start in range(len(words)) for length in range(1, longest + 1)]
    found = [(start, end, who) for start, end in spans if (who := index.get(tuple(words[start:end])))]
    whole = [who for start, end, who in found if not any(_holds(other, (start, end)) for other in found)]
    return set().union(*whole)


def _holds(other: tuple[int, int, set[str]], span: tuple[int, int]) -> bool:
    """Whether a longer find has this one in it."""
    return other[0] <= span[0] and span[1] <= other[1] and other[:2] != span


def _turned(words: list[str]) -> list[tuple[str, ...]]:
    """A name in each order that keeps its words side by side; one word alone names nobody."""
    return [(*words[turn:], *words[:turn]) for turn in range(len(words))] if len(words) > 1 else []


def _words(text: str) -> list[str]:
    """Letters and digits in a row, without case."""
    form = unicodedata.normalize("NFKC", text).casefold()
    return re.findall(r"[^\W_]+", form)
