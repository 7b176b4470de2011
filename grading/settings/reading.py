"""From ``course.toml`` to `Settings`, or to one line that names the file, the key and the cure."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import MISSING
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from grading.errors import CourseError
from grading.settings.definition import FOR_ALL_AND_EACH, FOR_EACH, NUMBERS, ONCE, Dates, Settings
from grading.settings.moments import as_moment

Table = Mapping[str, Any]
T = TypeVar("T")


def read_settings(path: Path) -> Settings:
    """Read and check a course's settings.

    Raises
    ------
    CourseError
        If the file is missing or no TOML, or holds a table or key that is not defined or a value that cannot be.
    """
    try:
        whole = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CourseError(f"{path}: missing; restore it, it holds the course's id and limits") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CourseError(f"{path}: not valid TOML ({error})") from None
    return _Reader(path, whole).settings()


class _Reader:
    """Checks one file's tables, from the outside in."""

    def __init__(self, path: Path, whole: Table) -> None:
        self._path, self._whole = path, whole

    def settings(self) -> Settings:
        """The settings, every table checked."""
        tables = {*FOR_ALL_AND_EACH, *FOR_EACH, *NUMBERS, *ONCE}
        named = {key for key, value in self._whole.items() if isinstance(value, dict)}
        self._refuse_unknown(named, tables, "table", "[{}]")
        self._refuse_unknown(self._whole.keys() - named, Settings.__struct_fields__, "key")
        for name in tables & self._whole.keys() - named:
            raise self._error(f"{name} = {_shown(self._whole[name])}; it is a table, write [{name}]")
        plain = self._fields(Settings, self._whole, "", tables)
        units = plain["units"]
        found: dict[str, Any] = {name: self._by_unit(name, kind, units) for name, kind in FOR_ALL_AND_EACH.items()}
        found |= {name: self._each(name, kind, units) for name, kind in FOR_EACH.items()}
        found |= {name: self._numbers(name, kind, units) for name, kind in NUMBERS.items()}
        found |= {
            name: self._build(kind, self._whole[name], f"[{name}] ")
            for name, kind in ONCE.items()
            if name in self._whole
        }
        self._check_zone(plain.get("timezone"))
        settings = Settings(**plain, **found)
        for unit in units:
            self._check_times(settings, unit)
        return settings

    def _by_unit(self, name: str, kind: type[T], units: Collection[str]) -> dict[str, T]:
        """A table for all units with a table for each on top: one value for each unit."""
        table: Table = self._whole.get(name, {})
        common = {key: value for key, value in table.items() if not isinstance(value, dict)}
        own = {key: value for key, value in table.items() if isinstance(value, dict)}
        self._refuse_unknown(common, get_type_hints(kind), "key", f"[{name}] {{}}")
        self._refuse_unknown(own, units, "unit", f"[{name}.{{}}]")
        return {unit: self._build(kind, {**common, **own.get(unit, {})}, f"[{name}.{unit}] ") for unit in units}

    def _each(self, name: str, kind: type[T], units: Collection[str]) -> dict[str, T]:
        """Tables of single units."""
        table: Table = self._whole.get(name, {})
        for key, value in table.items():
            if not isinstance(value, dict):
                raise self._error(f"[{name}] {key} belongs to a unit; write it under [{name}.<unit>]")
        self._refuse_unknown(table, units, "unit", f"[{name}.{{}}]")
        return {unit: self._build(kind, table[unit], f"[{name}.{unit}] ") for unit in units if unit in table}

    def _numbers(self, name: str, kind: Any, units: Collection[str]) -> dict[str, float]:
        """A table with a number for each unit."""
        table: Table = self._whole.get(name, {})
        self._refuse_unknown(table, units, "unit", f"[{name}] {{}}")
        return {unit: self._value(value, kind, f"[{name}] {unit}") for unit, value in table.items()}

    def _build(self, kind: type[T], table: Table, where: str) -> T:
        """One table as what it stands for."""
        self._refuse_unknown(table, get_type_hints(kind), "key", f"{where}{{}}")
        fields = self._fields(kind, table, where)
        try:
            return kind(**fields)
        except CourseError as error:  # of Limits, which know what is possible
            raise self._error(f"{where}{error}") from None

    def _fields(self, kind: type, table: Table, where: str, but: Collection[str] = ()) -> dict[str, Any]:
        """A table's values, each of the type that its key asks for; keys in `but` are left to others."""
        found = {}
        for key, type_ in get_type_hints(kind, include_extras=True).items():
            if key in but:
                continue
            if key in table:
                found[key] = self._value(table[key], type_, f"{where}{key}")
            elif _required(kind, key):
                raise self._error(f"{where}{key} is missing; give {_wanted(type_)}")
        return found

    def _value(self, value: Any, type_: Any, where: str) -> Any:
        try:
            msgspec.convert(value, type_)
        except msgspec.ValidationError:
            raise self._error(f"{where} = {_shown(value)}; give {_wanted(type_)}") from None
        return value  # as it was written: results are named by limits too, and 60 is not written 60.0

    def _check_zone(self, name: str | None) -> None:
        try:
            ZoneInfo(name or "UTC")
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise self._error(
                f'there is no time zone {name!r}; give a name such as timezone = "Europe/Berlin"'
            ) from None

    def _check_times(self, settings: Settings, unit: str) -> None:
        """Refuse what is no time, a deadline given twice, and an order in which nobody could work."""
        late, dates = settings.late[unit], settings.dates.get(unit, Dates())
        zone = ZoneInfo(settings.timezone or "UTC")
        self._moment(late.deadline, zone, f"[late.{unit}] deadline")
        if late.deadline is not None and dates.deadline is not None:
            raise self._error(f"[late.{unit}] and [dates.{unit}] both give a deadline; keep it in [dates.{unit}]")
        for section, moment in dates.sections.items():
            self._moment(moment, zone, f"[dates.{unit}] sections: {section}")
        before, earlier = None, ""
        for key in ("release", "deadline", "reveal"):
            moment = self._moment(getattr(dates, key), zone, f"[dates.{unit}] {key}")
            if before is not None and moment is not None and moment < before:
                raise self._error(f"[dates.{unit}] {key} lies before {earlier}; exchange them, or mend one")
            before, earlier = (before, earlier) if moment is None else (moment, key)

    def _moment(self, value: Any, zone: ZoneInfo, where: str) -> datetime | None:
        if value is None or (value == "always" and where.endswith("reveal")):
            return None
        moment = as_moment(value, zone)
        if moment is None:
            form = "write 2026-10-01T23:59:00, or with a zone ...+02:00"
            raise self._error(f"{where} = {_shown(value)} is no time; {form}")
        return moment

    def _refuse_unknown(self, names: Iterable[str], known: Collection[str], what: str, shape: str = "{}") -> None:
        """Refuse a name that is not known, with the nearest that is; `shape` is how the file writes it."""
        for name in names:
            if name not in known:
                near = get_close_matches(name, list(known), n=1)
                hint = f"did you mean {shape.format(near[0])}?" if near else f"known: {', '.join(sorted(known))}"
                raise self._error(f"{shape.format(name)}: there is no such {what}; {hint}")

    def _error(self, text: str) -> CourseError:
        return CourseError(f"{self._path}: {text}")


def _required(kind: type, key: str) -> bool:
    """Whether a key has no default."""
    if issubclass(kind, msgspec.Struct):
        return next(field.required for field in msgspec.structs.fields(kind) if field.name == key)
    field = kind.__dataclass_fields__[key]  # type: ignore[attr-defined]
    return field.default is MISSING and field.default_factory is MISSING


def _wanted(type_: Any) -> str:
    """What to give, in words."""
    for meta in getattr(type_, "__metadata__", ()):
        if isinstance(meta, msgspec.Meta) and meta.description:
            return meta.description
    for part in getattr(type_, "__args__", ()):
        if (words := _wanted(part)) != _ANYTHING:
            return words
    return {str: "a text in quotes", int: "a whole number", float: "a number"}.get(type_, _ANYTHING)


_ANYTHING = "another value"


def _shown(value: Any) -> str:
    text = repr(value) if not hasattr(value, "isoformat") else value.isoformat()
    return text if len(text) <= 80 else text[:77] + "..."
