"""Who is meant: from what a platform's file tells of somebody to one person of a class list, or to nobody."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from grading.lms.roster import Person


@dataclass(frozen=True)
class Match:
    """A person found, and by what; or nobody, and why."""

    person: Person | None
    how: str
    candidates: tuple[str, ...] = ()  # ids, if several fit


class Directory:
    """Finds the person that a few clues are about."""

    SURE = ("lms_id", "login", "sis_id", "email", "student")

    def __init__(self, people: Iterable[Person]) -> None:
        self.people = tuple(people)
        self._by: dict[str, dict[str, list[Person]]] = {name: defaultdict(list) for name in self.SURE}
        self._names: list[dict[str, list[Person]]] = [defaultdict(list), defaultdict(list)]
        for person in self.people:
            for name in self.SURE:
                if value := getattr(person, name):
                    self._by[name][_plain(value)].append(person)
            for level, index in enumerate(self._names):
                for key in name_keys(person.name, loose=bool(level)):
                    index[key].append(person)

    def match(self, clues: Person) -> Match:
        """The one person whom an id of the clues names; else the only one of that name."""
        sure: dict[str, Match] = {}
        for name in self.SURE:
            bearers = self._by[name].get(_plain(getattr(clues, name)), []) if getattr(clues, name) else []
            if len(bearers) == 1:
                sure.setdefault(bearers[0].student, Match(bearers[0], name.replace("_", " ")))
        if len(sure) == 1:
            return next(iter(sure.values()))
        if sure:
            says = "; ".join(f"{match.how} says {student}" for student, match in sure.items())
            return Match(None, f"ids of several students ({says})", tuple(sure))
        for level, index in enumerate(self._names):
            keys = name_keys(clues.name, loose=bool(level))
            bearing = (person for key in keys for person in index.get(key, []))
            candidates = {person.student: person for person in bearing if not _contradicts(clues, person)}
            if len(candidates) == 1:
                return Match(next(iter(candidates.values())), "name" if not level else "name without accents")
            if candidates:
                names = ", ".join(sorted(candidates))
                cure = "add their lms_id to the roster; Moodle's worksheet (--roster) tells them apart, too"
                why = f"several students have this name ({names}); {cure}"
                return Match(None, why, tuple(candidates))
        return Match(None, "not in the roster")

    def group(self, name: str) -> list[Person]:
        """Members of a group, by the group's name as a platform writes it into file names."""
        wanted = _squeezed(name, loose=False)
        return [
            person for person in self.people if person.group and _squeezed(person.group, loose=False) == wanted
        ]

    def in_group(self, name: str) -> Person | None:
        """The person of "Group name-Full name", as Moodle writes it, if the roster puts them into that group."""
        for at in (at for at, letter in enumerate(name) if letter == "-"):
            member = self.match(Person(name=name[at + 1 :])).person
            if member is not None and member in self.group(name[:at]):
                return member
        return None


def _contradicts(clues: Person, person: Person) -> bool:
    """Whether an id of the clues is another than the person's of that kind, so that a like name says nothing."""
    for name in ("login", "sis_id", "email"):
        told, known = getattr(clues, name), getattr(person, name)
        guessed = told == clues.name or (name == "sis_id" and told == clues.login)  # what a reader tries for an id
        if told and known and not guessed and _plain(told) != _plain(known):
            return True
    return False


def _plain(value: str) -> str:
    return unicodedata.normalize("NFC", value).strip().casefold()


def name_keys(name: str, *, loose: bool) -> set[str]:
    """Ways to write a name without spaces and marks of punctuation: in every rotation of its words.

    "Last, First", "First Last" and Canvas's "lastfirst" share a key. `loose` leaves accents out, too.
    """
    words = name.replace(",", " ").split()
    rotations = [words[turn:] + words[:turn] for turn in range(min(len(words), 8))]
    return {key for turned in rotations if (key := _squeezed("".join(turned), loose=loose))}


def same_name(longer: str, name: str) -> bool:
    """Whether a name, with a group's before it perhaps, can be that name."""
    squeezed = _squeezed(longer, loose=True)
    return any(squeezed.endswith(key) for key in name_keys(name, loose=True))


def _squeezed(text: str, *, loose: bool) -> str:
    form = unicodedata.normalize("NFKD" if loose else "NFKC", text.casefold())
    categories = "LN" if loose else "LNM"
    return "".join(c for c in form if unicodedata.category(c)[0] in categories)
