"""Compare a student's answers with tabulated values, and say in words what differs.

This one file serves twice. The grader imports it as ``grading.checks.notebook_check``; students get a copy named
``check.py`` beside their notebook, with ``public_checks.json``. It therefore imports nothing but the standard
library and NumPy, and it holds no formula: a table carries, for every case, the inputs, the expected value, and
the value that each known misconception would give.
"""

from __future__ import annotations

import copy
import json
import math
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import numpy as np

TABLE_FILE = "public_checks.json"
SHOWN = 8  # elements of an array that a message prints
WIDEST = 1 << 26  # bytes of an array of text
PANDAS = ("Series", "DataFrame", "Index", "Array", "Categorical")  # suffixes of pandas' classes that hold values
EXACT = {("fractions", "Fraction"), ("decimal", "Decimal")}  # numbers of Python's own modules
NO_MODULE = re.compile(r"No module named '([\w.]+)'")
Json = Any
Table = Mapping[str, Any]
Call = Callable[[Sequence[Any], Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Verdict:
    """What an answer is worth and why: a share of the points in [0, 1], a message, a misconception's name."""

    share: float
    message: str
    misconception: str | None = None
    unwritten: bool = False  # there is no answer yet
    absent: str = ""  # the name that was asked for, if nothing bears it
    given: tuple[str, ...] = ()  # earlier, wrong functions: the answer is right with right ones in their place

    @property
    def passed(self) -> bool:
        """Whether the answer deserves all of its points."""
        return self.share >= 1.0


# ---------------------------------------------------------------- tables as JSON


def encode(value: Any) -> Json:
    """Plain JSON for a value of a table; arrays and non-finite numbers are tagged."""
    if isinstance(value, np.ndarray):
        kind = {"b": "bool", "i": "int", "u": "int", "f": "float", "U": "str", "O": "str"}[value.dtype.kind]
        return {"array": encode(value.tolist()), "dtype": kind}
    if type(value).__name__ == "Series":  # a column of a table; only hidden cases have some
        return {"column": encode(value.to_numpy()), "rows": value.index.tolist(), "name": value.name}
    if isinstance(value, np.generic):
        return encode(value.item())
    if isinstance(value, tuple):
        return {"tuple": [encode(part) for part in value]}
    if isinstance(value, list):
        return [encode(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(value)}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"a table cannot hold a {type(value).__name__}: {value!r}")


def decode(value: Json) -> Any:
    """Inverse of `encode`."""
    if isinstance(value, list):
        return [decode(part) for part in value]
    if isinstance(value, dict):
        if "array" in value:
            return np.array(decode(value["array"]), dtype=value["dtype"])
        if "column" in value:
            import pandas  # the browser's copy of this file has none, and its tables no columns

            return pandas.Series(decode(value["column"]), index=value["rows"], name=value["name"])
        if "tuple" in value:
            return tuple(decode(part) for part in value["tuple"])
        return float(value["float"])
    return value


# ---------------------------------------------------------------- comparing one answer


def mismatch(got: Any, expected: Any, *, rtol: float, atol: float = 0.0, parts: Sequence[str] = ()) -> str | None:
    """Say how `got` differs from `expected`, or return None when it does not.

    Shapes must agree exactly, numbers to ``|got - expected| <= rtol |expected| + atol``; NaN agrees with NaN only.
    Lists, tuples, pandas Series and frames serve as arrays. Only values of exactly the types listed here ever
    agree: an object that claims to be equal to everything is not a number.
    """
    if isinstance(expected, tuple):
        return _parts_mismatch(got, expected, rtol=rtol, atol=atol, names=parts)
    if isinstance(expected, np.ndarray):
        return _array_mismatch(got, expected, rtol=rtol, atol=atol)
    return _scalar_mismatch(got, expected, rtol=rtol, atol=atol)


def _parts_mismatch(
    got: Any, expected: tuple[Any, ...], *, rtol: float, atol: float, names: Sequence[str]
) -> str | None:
    names = names or [f"part {k + 1}" for k in range(len(expected))]
    got = unnamed(got)
    wanted = f"return {len(expected)} things, ({', '.join(names)})"
    if type(got) not in (tuple, list) and not (type(got) is np.ndarray and got.ndim):
        return f"{wanted}; you returned {describe(got)}"
    if len(got) != len(expected):
        return f"{wanted}; you returned {len(got)}"
    for name, one, other in zip(names, got, expected, strict=True):
        reason = mismatch(one, other, rtol=rtol, atol=atol)
        if reason:
            return f"{name}: {reason}"
    return None


def _array_mismatch(got: Any, expected: np.ndarray[Any, Any], *, rtol: float, atol: float) -> str | None:
    array = as_array(got)
    if isinstance(array, str):
        return f"expected an array of shape {expected.shape}; {array}"
    if array.shape != expected.shape:
        return f"expected an array of shape {expected.shape}, got shape {array.shape}"
    if expected.dtype.kind in "US":
        same = array.dtype.kind in "US" and bool(np.array_equal(array, expected))
    elif array.dtype.kind not in "biuf":
        return f"expected numbers, got {_kind_of(array)}"
    else:
        ours, theirs = expected.astype(float), array.astype(float)
        same = bool(np.all(_close(theirs, ours, rtol, atol)))
    return None if same else f"expected {show(expected, array)}, got {show(array, expected)}"


def _kind_of(array: np.ndarray[Any, Any]) -> str:
    return "text" if array.dtype.kind in "US" else f"an array of dtype {array.dtype}"


def _scalar_mismatch(got: Any, expected: Any, *, rtol: float, atol: float) -> str | None:
    value = _plain(got)
    if isinstance(expected, bool | str):
        kinds = (bool, int, float) if isinstance(expected, bool) else (str,)  # 1 and 0 serve as True and False
        same = type(value) in kinds and value == expected
        return None if same else f"expected {expected!r}, got {describe(got)}"
    if type(value) not in (int, float):
        return f"expected one number, got {describe(got)}"
    try:
        value = float(value)
    except OverflowError:
        return f"expected {show(expected)}, got an integer too large to be a number here"
    if bool(_close(np.float64(value), np.float64(expected), rtol, atol)):
        return None
    return f"expected {show(expected, value)}, got {show(value, expected)}"


def unnamed(got: Any) -> Any:
    """A named tuple as a tuple."""
    return tuple(got) if isinstance(got, tuple) and hasattr(type(got), "_fields") else got


def _plain(got: Any) -> Any:
    """Python's own value of a NumPy scalar or an array without dimensions; a fraction or decimal as a float."""
    is_scalar = isinstance(got, np.generic) or (type(got) is np.ndarray and got.ndim == 0)
    value = got.item() if is_scalar else got
    if type(value) is np.longdouble or (type(value).__module__, type(value).__name__) in EXACT:
        try:
            return float(value)
        except (OverflowError, ValueError):
            return got
    return value


def _close(got: Any, expected: Any, rtol: float, atol: float) -> Any:
    with np.errstate(all="ignore"):
        near = np.abs(got - expected) <= rtol * np.abs(expected) + atol
    # a difference with inf or NaN is NaN, so `near` says nothing
    exact = (got == expected) | (np.isnan(got) & np.isnan(expected))
    return np.where(np.isfinite(expected), near, exact)


def as_array(got: Any) -> np.ndarray[Any, Any] | str:
    """An array for a list, tuple, Series, frame or array of plain values; otherwise the reason for having none."""
    kind = type(got)
    if kind.__module__.split(".")[0] == "pandas" and kind.__name__.endswith(PANDAS):
        got = got.to_numpy()
        kind = type(got)
    if kind not in (list, tuple, np.ndarray):
        return f"got {describe(got)}"
    if _widest(got) > WIDEST:
        return "got text too long to compare"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            array = np.asarray(got)
    except (ValueError, TypeError, OverflowError, Warning):
        return f"got {describe(got)} whose parts have different shapes"
    if array.dtype.kind == "O":
        return _of_objects(array)
    return array


def _of_objects(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any] | str:
    """Numbers or text that an array holds as objects, or what else it holds: it may have begun as one of None."""
    leaves = [_plain(leaf) for leaf in array.ravel().tolist()]
    if leaves and all(type(leaf) is str for leaf in leaves):
        return array.astype(str)
    for number, leaf in enumerate(leaves):
        if leaf is None:
            return f"got an array of dtype object (it holds None: element {number} was never set, or not returned)"
        if type(leaf) not in (bool, int, float):
            return f"got an array of dtype object (its element {number} is {describe(leaf)})"
    try:
        return np.array(leaves, dtype=float).reshape(array.shape)
    except OverflowError:
        return "got an integer too large to be a number here"


def _widest(nested: Any) -> int:
    """Bytes of the array that NumPy would make of text in lists or arrays: every item as wide as the longest."""
    longest, number, waiting = 0, 0, [nested]
    while waiting:
        item = waiting.pop()
        if isinstance(item, np.ndarray) and item.dtype.kind != "O":
            number += item.size
            longest = max(longest, item.itemsize // 4 if item.dtype.kind == "U" else 0)
        elif isinstance(item, np.ndarray):
            waiting.extend(item.ravel().tolist())
        elif type(item) in (list, tuple):
            waiting.extend(item)
        else:
            number += 1
            longest = max(longest, len(item) if isinstance(item, str | bytes) else 0)
    return 4 * longest * number


def describe(value: Any) -> str:
    """Name a value in a few words, without trusting its own repr."""
    if value is None:
        return "None (does the function return its result?)"
    if type(value) in (bool, int, float, str):
        return show(value)
    if type(value) is np.ndarray:
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    if isinstance(value, np.generic):
        return show(_plain(value))
    if type(value) in (list, tuple, dict, set):
        return f"a {type(value).__name__} of length {len(value)}"
    return f"a {_type_name(value)}"


def _type_name(value: Any) -> str:
    """The name of a value's type; the grader's stand-in for a value that is not plain says which type it had."""
    name = getattr(value, "type_name", None) if type(value).__name__ == "Opaque" else None
    if type(name) is not str:
        return type(value).__name__
    return "".join(letter for letter in name[:80] if letter.isprintable())


def show(value: Any, other: Any = None) -> str:
    """Print a value with enough digits to tell it from the one beside it, and no more than a few elements."""
    for digits in (5, 8, 12, 17):
        text = _show(value, digits)
        if other is None or text != _show(other, digits):
            break
    return text


def _show(value: Any, digits: int) -> str:
    if isinstance(value, np.ndarray) or type(value).__name__ == "Series":
        value = value.tolist()
    value = _plain(value)  # a long double stays one in a list
    if type(value) is float:
        return f"{value:.{digits}g}"
    if type(value) is str:
        return repr(value if len(value) <= 60 else value[:57] + "...")
    if type(value) in (list, tuple):
        items = [_show(item, digits) for item in value[:SHOWN]]
        more = ["..."] if len(value) > SHOWN else []
        return "[" + ", ".join(items + more) + "]"
    return str(value) if value is None or type(value) in (bool, int) else describe(value)


# ---------------------------------------------------------------- judging a function


@dataclass(frozen=True)
class Answer:
    """What one call gave: a value, or the reason why there is none: not written yet, or no function to call."""

    value: Any = None
    trouble: str | None = None
    unwritten: bool = False
    missing: bool = False


def judge(table: Table, call: Call) -> Verdict:
    """Call the student's function as ``call(args, kwargs)`` on every case of the table and weigh the answers."""
    cases = decoded_cases(table)
    return weigh(table, cases, [answer_to(case, call) for case in cases])


def weigh(table: Table, cases: Sequence[Mapping[str, Any]], answers: Sequence[Answer]) -> Verdict:
    """Weigh the answers to a table's cases.

    A case costs a share of the points when it fails: 1 for a typical case, less for an edge case. An answer that
    follows a known misconception on every typical case gets that misconception's message and credit.
    """
    if any(answer.unwritten and case["cost"] >= 1.0 for case, answer in zip(cases, answers, strict=True)):
        return Verdict(0.0, f"{table['name']}: not written yet.", unwritten=True)
    rtol, atol, parts = table["rtol"], table["atol"], table["parts"]
    reasons = [
        answer.trouble or mismatch(answer.value, case["expected"], rtol=rtol, atol=atol, parts=parts)
        for case, answer in zip(cases, answers, strict=True)
    ]
    failed = [k for k, reason in enumerate(reasons) if reason]
    if not failed:
        return Verdict(1.0, f"{table['name']}: correct on all {len(cases)} cases.")
    lost = sum({cases[k]["claim"]: cases[k]["cost"] for k in failed}.values())
    share = max(0.0, 1.0 - lost)
    known = table.get("public", len(cases))  # a public case can be run by hand, and shows no hidden one
    smallest = min(failed, key=lambda k: (-cases[k]["cost"], k >= known, _size(cases[k]["inputs"])))
    example = _counterexample(table["name"], cases[smallest], str(reasons[smallest]))
    if smallest < known and not answers[smallest].missing:
        example += f"\n  check({table['name']}, case={smallest + 1}) gives these inputs."
    misconception = _misconception(table, cases, answers)
    if misconception is None:
        absent = table["name"] if all(answer.missing for answer in answers) else ""
        return Verdict(round(share, 4), example, unwritten=bool(absent), absent=absent)
    share = max(share, misconception["credit"])
    return Verdict(round(share, 4), f"{misconception['message']}\n{example}", misconception["name"])


def decoded_cases(table: Table) -> list[dict[str, Any]]:
    """The cases of a table with their inputs and expected values as arrays and numbers."""
    return [
        {
            **case,
            "inputs": [{**item, "value": decode(item["value"])} for item in case["inputs"]],
            "expected": decode(case["expected"]),
        }
        for case in table["cases"]
    ]


def arguments(case: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Positional and keyword arguments of a decoded case."""
    args = [item["value"] for item in case["inputs"] if not item["keyword"]]
    return args, {item["name"]: item["value"] for item in case["inputs"] if item["keyword"]}


def answer_to(case: Mapping[str, Any], call: Call) -> Answer:
    """What a call with a copy of the case's inputs gives."""
    args, kwargs = copy.deepcopy(arguments(case))
    try:
        return Answer(value=call(args, kwargs))
    except NotImplementedError:
        return Answer(trouble="it stopped with NotImplementedError", unwritten=True)
    except NameError as error:
        return Answer(trouble=f"it stopped with NameError: {_shorten(error)}: run the cell that defines it first")
    except Exception as error:
        return Answer(trouble=f"it stopped with {type(error).__name__}: {_shorten(error)}")


def _shorten(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 200 else text[:197] + "..."


def _misconception(
    table: Table, cases: Sequence[Mapping[str, Any]], answers: Sequence[Answer]
) -> Mapping[str, Any] | None:
    """The misconception whose values the answers follow on the most cases, if there is one."""

    def agrees(k: int, value: Any) -> bool:
        return not answers[k].trouble and _same(table, answers[k].value, value)

    best, most = None, 0
    for entry in table["misconceptions"]:
        first = _first_typical(cases, entry["values"])
        if first is not None and not agrees(first, decode(entry["values"][first])):
            continue  # it does not follow on all typical cases, so the others need not be looked at
        values = {k: decode(value) for k, value in enumerate(entry["values"]) if value is not None}
        decisive = _decisive(table, cases, values)
        if decisive and all(agrees(k, values[k]) for k in decisive):
            followed = sum(agrees(k, value) for k, value in values.items())
            if followed > most:
                best, most = entry, followed
    return best


def _first_typical(cases: Sequence[Mapping[str, Any]], values: Sequence[Json]) -> int | None:
    """The first typical case for which a misconception has an answer."""
    return next((k for k, case in enumerate(cases) if case["cost"] >= 1.0 and values[k] is not None), None)


def _decisive(table: Table, cases: Sequence[Mapping[str, Any]], values: Mapping[int, Any]) -> set[int]:
    """Cases on which answers have to follow a misconception: typical ones, if one of them tells it from the truth.

    Where only edge cases do, all of them decide: what is said of an edge must be so at the others too. Where no
    case does, nothing decides.
    """
    differing = [k for k, value in values.items() if not _same(table, value, cases[k]["expected"])]
    typical = {k for k in values if cases[k]["cost"] >= 1.0}
    if typical.intersection(differing):
        return typical
    return set(values) if differing else set()


def _same(table: Table, got: Any, expected: Any) -> bool:
    """Whether two values of a table's check agree within its tolerances."""
    rtol, atol, parts = table["rtol"], table["atol"], table["parts"]
    return mismatch(got, expected, rtol=rtol, atol=atol, parts=parts) is None


def _size(inputs: Sequence[Mapping[str, Any]]) -> int:
    return sum(int(np.size(item["value"])) for item in inputs)


def _counterexample(name: str, case: Mapping[str, Any], reason: str) -> str:
    given = "\n".join(f"    {item['name']} = {show(item['value'])}" for item in case["inputs"])
    claim = f" ({case['claim']})" if case["claim"] else ""
    return f"{name}, on these inputs{claim}:\n{given}\n  {reason}"


# ---------------------------------------------------------------- the student's check


@contextmanager
def _quietly() -> Iterator[None]:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # warnings must not become errors here, even if a cell set warnings.simplefilter("error")
        warnings.simplefilter("ignore")
        yield


def name_of(function: Any) -> str:
    """The name that says which check is meant."""
    return str(getattr(function, "__name__", type(function).__name__))


def public_verdict(function: Callable[..., Any], tables: Mapping[str, Table]) -> Verdict:
    """Judge a function on the public cases of the check that bears its name.

    One that is right with right values of the wrong functions that it calls passes, too, if the tables hold them.
    """
    name = name_of(function)
    if name not in tables:
        known = ", ".join(sorted(tables))
        return Verdict(0.0, f"There is no check called {name!r}. The checks of this unit: {known}.")
    with _quietly():
        verdict = _asked(function, tables[name])
        return verdict if verdict.passed else _followed(function, name, tables) or verdict


def _asked(function: Callable[..., Any], table: Table) -> Verdict:
    return judge(table, lambda args, kwargs: function(*args, **kwargs))


def _followed(function: Callable[..., Any], name: str, tables: Mapping[str, Table]) -> Verdict | None:
    """The verdict with right values of the earlier functions that it calls and that are wrong themselves."""
    names, called = getattr(function, "__globals__", {}), _called(function)
    wrong: dict[str, Callable[..., Any]] = {}
    for other, table in tables.items():
        if other == name:
            break
        own = names.get(other)
        if other not in called or not callable(own) or _asked(own, table).passed:
            continue
        if _with_right_values(own, other, tables, wrong) is None:
            wrong[other] = own
    return _with_right_values(function, name, tables, wrong)


def _with_right_values(
    function: Callable[..., Any], name: str, tables: Mapping[str, Table], wrong: Mapping[str, Callable[..., Any]]
) -> Verdict | None:
    """The verdict if the function is right when these, which are wrong, answer as their tables say."""
    names: dict[str, Any] = getattr(function, "__globals__", {})
    used: list[str] = []
    try:
        names.update({other: _from_table(tables[other], used) for other in wrong})
        verdict = _asked(function, tables[name])
    finally:
        names.update(wrong)
    return given_right(verdict, sorted({*used})) if verdict.passed and used else None


def _from_table(table: Table, used: list[str]) -> Callable[..., Any]:
    """A function that knows the cases of a table, and notes that it was of use."""
    cases = decoded_cases(table)

    def look_up(*args: Any, **kwargs: Any) -> Any:
        for case in cases:
            names = [item["name"] for item in case["inputs"] if item["name"] not in kwargs]
            given = {**dict(zip(names, args, strict=False)), **kwargs}
            asked = {item["name"]: item["value"] for item in case["inputs"]}
            if len(args) <= len(names) and given.keys() == asked.keys() and _alike(given, asked):
                used.append(table["name"])
                return copy.deepcopy(case["expected"])
        raise LookupError(f"the public cases do not say what {table['name']} returns here")

    return look_up


def _alike(given: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    """Whether a call has the inputs of a case, as lists or as arrays."""
    pairs = [(np.asarray(given[name]), np.asarray(value)) for name, value in asked.items()]
    return all(
        one.shape == other.shape
        and (np.allclose(one, other, rtol=1e-9) if _numeric(one, other) else np.array_equal(one, other))
        for one, other in pairs
    )


def _numeric(*arrays: np.ndarray[Any, Any]) -> bool:
    return all(array.dtype.kind in "biuf" for array in arrays)


def given_right(verdict: Verdict, names: Sequence[str]) -> Verdict:
    """The verdict on an answer that is right with right values of these functions, which are wrong."""
    listed = " and ".join(f"`{name}`" for name in names)
    which = "that one" if len(names) == 1 else "those"
    return replace(verdict, message=f"Right, given a right {listed}: mend {which} first.", given=tuple(names))


def public_tables(folder: Path) -> dict[str, Table]:
    """The tables of the unit whose files lie in a folder."""
    tables: dict[str, Table] = json.loads((folder / TABLE_FILE).read_text(encoding="utf-8"))["checks"]
    return tables


def public_packages(folder: Path) -> list[str]:
    """What notebooks of the course may import; empty if the folder's files do not say."""
    packages: list[str] = json.loads((folder / TABLE_FILE).read_text(encoding="utf-8")).get("may_import", [])
    return packages


def may_import(module: str, packages: Sequence[str]) -> str:
    """What to say of a module that is not there when a notebook is graded."""
    package = module.partition(".")[0]
    if package in packages:
        return f"The version of {package} that this course uses has no {module}."
    if not packages:
        return f"{package} is not there when this is graded."
    return (
        f"{package} is not among what this course's notebooks may import: {', '.join(packages)}, "
        "and what Python itself brings."
    )


def foreign_modules(function: Any, packages: Sequence[str], folder: Path) -> list[str]:
    """Packages that a function uses and that are not there when it is graded; none if `packages` is empty."""
    names = _looked_up(getattr(function, "__code__", None))
    values = [function.__globals__[name] for name in names if name in function.__globals__]
    homes = [
        value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", "") for value in values
    ]
    found = dict.fromkeys(home.partition(".")[0] for home in homes if isinstance(home, str))
    ours = {"", "__main__", "builtins", __name__, *packages, *sys.stdlib_module_names} if packages else {*found}
    return [name for name in found if name not in ours and not any(folder.glob(f"{name}*"))]


def _called(function: Any) -> set[str]:
    """Names that a function looks up, and those that functions under these names do."""
    found: set[str] = set()
    waiting = [function]
    while waiting:
        one = waiting.pop()
        code, names = getattr(one, "__code__", None), getattr(one, "__globals__", {})
        new = {*_looked_up(code)} - found if isinstance(code, CodeType) else set()
        found |= new
        waiting += [names[name] for name in new if name in names]
    return found


def _looked_up(code: CodeType | None) -> list[str]:
    """Names that a function's code, and the functions in it, may look up."""
    if code is None:
        return []
    inner = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return [*code.co_names, *(name for one in inner for name in _looked_up(one))]


def spoken(verdict: Verdict) -> str:
    """What a student reads of a verdict on public cases."""
    if verdict.passed:
        return f"\N{CHECK MARK} {verdict.message} These are the public ones; grading uses other, hidden cases too."
    return f"\N{BALLOT X} {verdict.message}"


def check(function: Callable[..., Any], *, case: int | None = None) -> dict[str, Any] | None:
    """Try a function on this unit's public cases and print what was found.

    Parameters
    ----------
    function : callable
        The function you wrote; its name says which check is meant.
    case : int, optional
        Number of one public case: do not try the function, but return the inputs of this case, by name.

    Returns
    -------
    dict or None
        With `case` the inputs: ``inputs = check(f, case=3)``, then ``f(*inputs.values())``.
    """
    folder = Path(__file__).parent
    tables = public_tables(folder)
    if case is not None:
        return inputs_of(function, tables, case)
    verdict = public_verdict(function, tables)
    print(spoken(verdict))
    packages = public_packages(folder)
    for name in dict.fromkeys(NO_MODULE.findall(verdict.message)):
        print(f"  {may_import(name, packages)}")
    for name in foreign_modules(function, packages, folder):
        print(f"  {may_import(name, packages)} Your function uses it and will fail when it is graded.")
    return None


def inputs_of(function: Callable[..., Any], tables: Mapping[str, Table], case: int) -> dict[str, Any] | None:
    """The inputs of a public case by name; prints how it is called with them and what is expected."""
    name = name_of(function)
    if name not in tables:
        print(spoken(public_verdict(function, tables)))
        return None
    cases = decoded_cases(tables[name])
    if type(case) is not int or not 1 <= case <= len(cases):
        print(f"{name} has the public cases 1 to {len(cases)}; there is no case={case!r}.")
        return None
    chosen = cases[case - 1]
    given = ", ".join(
        f"{item['name']}={item['name']}" if item["keyword"] else item["name"] for item in chosen["inputs"]
    )
    claim = f" ({chosen['claim']})" if chosen["claim"] else ""
    print(f"Case {case}{claim}: {name}({given}) should give {show(chosen['expected'])}, with these inputs:")
    return {item["name"]: item["value"] for item in chosen["inputs"]}
