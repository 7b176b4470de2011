"""Plain data crosses the wall unchanged; nothing else crosses; no bytes break the reader."""

from __future__ import annotations

import contextlib
import math
import socket
import threading
import time
from collections import Counter, OrderedDict, namedtuple
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grading.sandbox import Opaque, WireError
from grading.sandbox.wire import messages as wire
from grading.sandbox.wire.plain import BOUNDS, WireBounds


def across(value: object) -> Any:
    return wire.decode(wire.encode(value))


def same(got: Any, want: Any) -> bool:
    """Equal in type, shape and value, NaN being equal to itself."""
    if type(got) is not type(want):
        return False
    if isinstance(want, np.ndarray | np.generic):
        kind_of_object = want.dtype.kind == "O"
        if got.dtype != want.dtype or got.shape != want.shape:
            return False
        if kind_of_object:
            return all(same(a, b) for a, b in zip(got.ravel().tolist(), want.ravel().tolist(), strict=True))
        return got.tobytes() == want.tobytes()
    if isinstance(want, float):
        return got == want or (math.isnan(got) and math.isnan(want))
    if isinstance(want, list | tuple):
        return len(got) == len(want) and all(map(same, got, want))
    if isinstance(want, dict):
        return list(got) == list(want) and all(map(same, got.values(), want.values()))
    return bool(got == want)


KEYS = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=5) | st.binary(max_size=5)
LEAVES = (
    KEYS
    | st.floats()
    | st.complex_numbers(allow_nan=False)
    | st.sampled_from([np.float64(1.5), np.int8(-3), np.bool_(True), np.str_("é"), np.datetime64("2020-01-01")])
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=4)
        | st.sets(KEYS, max_size=4)
        | st.frozensets(KEYS, max_size=4)
    ),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_every_plain_value_arrives_as_it_left(value: object) -> None:
    assert same(across(value), value)


@pytest.mark.parametrize(
    "value", [[1, 2], [2**63, 1], [True, False], [1, 2.0], [-(2**63)], [1.0, math.nan], [], [[]]]
)
def test_packed_lists_arrive_as_they_left(value: list[Any]) -> None:
    assert same(across(value), value)


ARRAYS = {
    "floats": np.array([[1.0, math.nan], [math.inf, -0.0]]),
    "half floats": np.array([1, 2], dtype=np.float16),
    "integers": np.arange(-3, 3, dtype=np.int16),
    "unsigned": np.array([2**64 - 1], dtype=np.uint64),
    "booleans": np.array([True, False]),
    "complex": np.array([1 + 2j]),
    "dates": np.array(["2020-01-01", "NaT"], dtype="datetime64[D]"),
    "durations": np.array([1, 2], dtype="timedelta64[ms]"),
    "strings": np.array([["a", "bcd"]]),
    "bytes": np.array([b"ab", b"c"]),
    "objects": np.array([None, 1, "x", [1.0]], dtype=object),
    "no dimension": np.array(3.0),
    "empty": np.zeros((0, 3)),
    "sixteen dimensions": np.zeros((1,) * 16),
}


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS.keys())
def test_arrays_keep_dtype_shape_and_bytes(array: np.ndarray[Any, Any]) -> None:
    assert same(across(array), array)


def test_arrays_arrive_writable_and_contiguous_whatever_their_layout() -> None:
    array = np.arange(12.0).reshape(3, 4)[::-1, ::2]
    got = across(array)
    assert np.array_equal(got, array)
    assert got.flags.writeable
    assert got.flags.c_contiguous


def test_byte_order_is_the_senders_business() -> None:
    got = across(np.array([1.5, 2.5], dtype=">f8"))
    assert got.dtype == np.float64
    assert got.tolist() == [1.5, 2.5]


FRAME = pd.DataFrame(
    {
        "x": [1.0, math.nan],
        "name": ["a", None],
        "when": pd.to_datetime(["2020-01-01", None]),
        "yes": [True, False],
    },
    index=pd.Index([5, 6], name="school"),
)


def test_frames_keep_columns_index_and_dtypes() -> None:
    pd.testing.assert_frame_equal(across(FRAME), FRAME)


def test_series_keep_name_and_index() -> None:
    series = FRAME.groupby("yes")["x"].mean()
    pd.testing.assert_series_equal(across(series), series)


def test_an_index_of_several_levels_arrives() -> None:
    frame = FRAME.set_index(["name", "yes"])[["x"]]
    got = across(frame)
    assert got.index.nlevels == 2
    assert list(got.index.names) == ["name", "yes"]
    assert got["x"].tolist()[0] == 1.0


def test_repeated_column_names_arrive() -> None:
    frame = pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"])
    pd.testing.assert_frame_equal(across(frame), frame)


@pytest.mark.parametrize(
    ("column", "want"),
    [
        pytest.param(pd.array([1, 2], dtype="Int64"), np.array([1, 2]), id="masked integers without gaps"),
        pytest.param(
            pd.array([1, None], dtype="Int64"), np.array([1.0, math.nan]), id="masked integers with a gap"
        ),
        pytest.param(pd.Categorical(["u", "v"]), np.array(["u", "v"], dtype=object), id="categories"),
        pytest.param(
            pd.date_range("2020-01-01", periods=1, tz="Europe/Berlin"),
            np.array(["2019-12-31T23:00"], dtype="datetime64[us]"),
            id="times with a zone become UTC",
        ),
    ],
)
def test_columns_of_pandas_own_types_become_plain(column: Any, want: np.ndarray[Any, Any]) -> None:
    got = across(pd.Series(column)).to_numpy()
    assert got.dtype.kind == want.dtype.kind
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize(
    ("value", "want"),
    [
        pytest.param(
            pd.CategoricalIndex(["a", "b"]), np.array(["a", "b"], dtype=object), id="labels of categories"
        ),
        pytest.param(pd.Index(["a", "b"]), np.array(["a", "b"], dtype=object), id="an index"),
        pytest.param(pd.RangeIndex(2), np.array([0, 1]), id="a range index"),
        pytest.param(pd.Series(["b", "a"]).unique(), np.array(["b", "a"], dtype=object), id="pandas' text array"),
        pytest.param(pd.Series([2.0, 3.0]).array, np.array([2.0, 3.0]), id="pandas' number array"),
        pytest.param(pd.Categorical(["u", "v"]), np.array(["u", "v"], dtype=object), id="categories"),
        pytest.param(np.array([1, 2], dtype=np.longdouble), np.array([1.0, 2.0]), id="an array of long doubles"),
        pytest.param(np.longdouble(1.5), np.float64(1.5), id="a long double"),
        pytest.param(np.clongdouble(1j), np.complex128(1j), id="a long complex number"),
    ],
)
def test_arrays_of_other_types_arrive_as_plain_arrays(value: object, want: object) -> None:
    assert same(across(value), want)


class LyingFloat(float):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = float.__hash__


class LyingArray(np.ndarray):
    def __eq__(self, other: object) -> Any:
        return True


class LyingScalar(np.float64):
    pass


class LyingSeries(pd.Series):
    pass


Point = namedtuple("Point", "x y")
IMPOSTORS: list[tuple[object, str]] = [
    (LyingFloat(1), "LyingFloat"),
    (np.zeros(2).view(LyingArray), "LyingArray"),
    (LyingScalar(1.0), "LyingScalar"),
    (LyingSeries([1.0]), "LyingSeries"),
    (type("str", (str,), {})("a"), "str"),
    (type("list", (list,), {})([1]), "list"),
    (Counter("a"), "Counter"),
    (OrderedDict(a=1), "OrderedDict"),
    (np.ma.masked_array([1.0]), "MaskedArray"),
    (np.zeros(1, dtype=[("a", float)]), "ndarray of void64"),
    (object(), "object"),
    (lambda: 1, "function"),
    (np, "module"),
    (int, "type"),
]


@pytest.mark.parametrize(("value", "name"), IMPOSTORS, ids=[name for _, name in IMPOSTORS])
def test_what_is_not_exactly_a_plain_type_arrives_as_an_opaque_marker(value: object, name: str) -> None:
    got = across([value])[0]
    assert type(got) is Opaque
    assert got.type_name == name


class LyingPoint(Point):
    def __iter__(self) -> Any:
        return iter((3, 4))

    def __getitem__(self, key: Any) -> Any:
        return 5


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Point(1, 2.5), (1, 2.5)),
        (LyingPoint(1, 2), (1, 2)),
        (Fraction(1, 4), 0.25),
        (Decimal("0.5"), 0.5),
        ([Fraction(1, 2)], [0.5]),
    ],
    ids=str,
)
def test_an_answer_in_another_dress_arrives_as_what_it_holds(value: object, plain: object) -> None:
    assert same(across(value), plain)
    with pytest.raises(WireError):
        wire.encode(value, strict=True)


@pytest.mark.parametrize("value", [Fraction(10**400), Decimal("sNaN")], ids=str)
def test_an_exact_number_that_no_float_holds_is_a_marker(value: object) -> None:
    assert type(across(value)) is Opaque


def test_the_trusted_side_refuses_to_send_what_is_not_plain() -> None:
    with pytest.raises(WireError, match="LyingFloat"):
        wire.encode([LyingFloat(1)], strict=True)


def test_an_opaque_marker_is_equal_to_nothing_and_computes_nothing() -> None:
    marker = Opaque("Thing")
    assert (marker == marker, marker != marker, marker == 1.0) == (False, True, False)
    assert not np.any(np.array([1.0, 2.0]) == marker)
    for misuse in (bool, float, lambda x: x + 1, lambda x: np.zeros(1) + x, len, iter):
        with pytest.raises(TypeError):
            misuse(marker)
    with pytest.raises(TypeError):
        np.allclose(np.array([marker], dtype=object), 1.0)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(2**5000, id="a huge integer"),
        pytest.param([[]] * 1_000_001, id="too many elements"),
        pytest.param([[1] * 600_000, [1.0] * 600_000], id="too many elements in all"),
        pytest.param(np.broadcast_to(1.0, (1 << 40,)), id="a view larger than memory"),
        pytest.param("x" * (BOUNDS.size + 1), id="a huge string"),
    ],
)
def test_oversized_values_are_refused_by_the_sender(value: object) -> None:
    with pytest.raises(WireError):
        wire.encode(value)


def test_cycles_and_deep_nesting_are_refused_by_the_sender() -> None:
    cycle: list[Any] = []
    cycle.append(cycle)
    with pytest.raises(WireError, match="deep"):
        wire.encode(cycle)


def message(*parts: bytes | int) -> bytes:
    """Build bytes by hand; a number stands for a length."""
    return b"".join(part.to_bytes(4, "little") if isinstance(part, int) else part for part in parts)


FORGED = {
    "nothing": b"",
    "unknown tag": b"?",
    "bytes left over": b"NN",
    "a list longer than the message": message(b"l", 2**32 - 1),
    "nesting without end": message(b"l", 1) * 100_000 + b"N",
    "a string that is not UTF-8": message(b"s", 2, b"\xff\xfe"),
    "a lone surrogate": message(b"s", 3, b"\xed\xa0\x80"),
    "a list as a key": message(b"d", 1, b"l", 0, b"N"),
    "an array as a key": message(b"d", 1, wire.encode(np.zeros(1)), b"N"),
    "a pointer dtype": message(b"a", 2, b"|O", b"\x01", (1).to_bytes(8, "little"), bytes(8)),
    "a structured dtype": message(b"a", 5, b"i4,i4", b"\x01", (1).to_bytes(8, "little"), bytes(8)),
    "an item size of zero": message(b"a", 3, b"|S0", b"\x01", (1 << 39).to_bytes(8, "little")),
    "a shape that overflows": message(b"a", 3, b"<f8", b"\x02", (2**32).to_bytes(8, "little") * 2),
    "a shape that overflows beside a zero": message(
        b"a", 3, b"<f8", b"\x02", (2**63).to_bytes(8, "little"), bytes(8)
    ),
    "objects without end": message(b"o", b"\x01", (2**40).to_bytes(8, "little")),
    "strings that are numbers": message(b"U", b"\x01", (1).to_bytes(8, "little"), b"N"),
    "strings shorter than they say": message(b"U", b"\x01", (2).to_bytes(8, "little"), 1, 2, 2, b"ab"),
    "strings longer than they say": message(b"U", b"\x01", (2).to_bytes(8, "little"), 1, 1, 3, b"abc"),
    "strings without end": message(b"U", b"\x01", (2**40).to_bytes(8, "little"), 1, 1, b"a"),
    "a scalar of the wrong size": message(b"g", 3, b"<f8", 4, bytes(4)),
    "an index without names": message(b"R", b"N", b"N"),
    "a series whose index is longer": message(
        b"R", b"N", wire.encode([None]), b"F", wire.encode(np.zeros(2)), b"F", wire.encode(np.zeros(3))
    ),
    "a column of two dimensions": message(
        b"R", b"N", wire.encode([None]), b"F", wire.encode(np.zeros(2)), b"F", wire.encode(np.zeros((2, 2)))
    ),
    "a text column of numbers": message(
        b"R", b"N", wire.encode([None]), b"F", wire.encode(np.zeros(1)), b"T", wire.encode(np.zeros(1))
    ),
}


@pytest.mark.parametrize("data", FORGED.values(), ids=FORGED.keys())
def test_forged_bytes_raise_only_wire_error(data: bytes) -> None:
    with pytest.raises(WireError):
        wire.decode(data)


def test_forged_booleans_are_made_true_or_false() -> None:
    array = wire.decode(message(b"a", 3, b"|b1", b"\x01", (3).to_bytes(8, "little"), b"\x00\x02\xff"))
    assert array.tobytes() == b"\x00\x01\x01"


COLLIDING = [8 * (2**61 - 1) * number for number in range(40_000)]
"""Python's integers hash modulo 2**61 - 1: all of these hash to 0."""


def seconds(action: Any) -> float:
    started = time.process_time()  # the processor's time, whatever else runs
    with contextlib.suppress(WireError):
        action()
    return time.process_time() - started


def levels(rows: list[tuple[Any, ...]]) -> bytes:
    """An empty frame with these rows in its index, as a forger writes it."""
    return message(b"D", wire.encode([None]), b"F", wire.encode(np.zeros(0)), wire.encode([None, None]), b"M") + (
        wire.encode(rows)
    )


def flat(labels: np.ndarray[Any, Any]) -> bytes:
    values = wire.encode(np.zeros(len(labels)))
    return message(b"R", b"N", wire.encode([None]), b"F", wire.encode(labels), b"F", values)


HOSTILE = {
    "rows of colliding integers": lambda n: levels([(k, 0) for k in COLLIDING[:n]]),
    "rows of colliding pairs": lambda n: levels([((k, k), (0, k)) for k in COLLIDING[:n]]),
    "rows of text that a simple hash confuses": lambda n: levels(
        [("".join(("Aa", "BB")[k >> b & 1] for b in range(16)), 0) for k in range(n)]
    ),
    "rows of floats": lambda n: levels([(float(k), 0) for k in COLLIDING[:n]]),
    "labels that collide": lambda n: flat(np.array(COLLIDING[:n], dtype=object)),
    "labels of whole sets": lambda n: flat(np.array([frozenset([k]) for k in COLLIDING[:n]] + [0], dtype=object)),
    "colliding keys": lambda n: message(b"d", n, *(wire.encode(k) + b"N" for k in COLLIDING[:n])),
    "colliding items": lambda n: message(b"S", n, *(wire.encode(k) for k in COLLIDING[:n])),
    "keys that are long tuples": lambda n: message(
        b"d", n // 12, *(wire.encode((0,) * 11 + (k,)) + b"N" for k in COLLIDING[: n // 12])
    ),
}


@pytest.mark.parametrize("forged", HOSTILE.values(), ids=HOSTILE.keys())
def test_values_chosen_to_collide_cannot_stall_the_reader(forged: Any) -> None:
    assert seconds(lambda: wire.decode(forged(40_000))) < 2.5
    assert seconds(lambda: wire.decode(forged(4_000))) < 2.5


def test_keys_and_labels_that_are_no_text_are_bounded_together() -> None:
    for many in (
        dict.fromkeys(range(BOUNDS.keys + 1)),
        [set(range(60)) for _ in range(BOUNDS.keys // 60 + 1)],
        dict.fromkeys([(k, k, k) for k in range(BOUNDS.keys // 3)]),
        pd.Series(0, index=[2**40 * k * k for k in range(BOUNDS.keys + 1)]),
        pd.Series(0, index=[k + 0.5 for k in range(BOUNDS.keys + 1)]),
        pd.Series(0, index=pd.MultiIndex.from_arrays([[k + 0.5 for k in range(BOUNDS.keys + 1)]] * 2)),
    ):
        with pytest.raises(WireError, match="keys, set items or labels"):
            wire.encode(many)


def test_large_honest_tables_arrive() -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"school": rng.integers(0, 900, 9000), "y": rng.normal(size=9000)})
    for table in (
        frame,
        frame[frame.y > 0],
        frame.sort_values("y"),
        frame.set_index(pd.date_range("2020-01-01", periods=9000, freq="h")),
        frame.groupby(["school", frame.y > 0]).agg("sum"),
        frame.assign(name=[f"pupil {k}" for k in range(9000)]).set_index(["school", "name"]),
        frame.set_index(frame.index.astype(str)),
    ):
        pd.testing.assert_frame_equal(across(table), table, check_freq=False)
    wire.decode(wire.encode({f"text {number}": None for number in range(2 * BOUNDS.keys)}))


def test_decoding_has_a_deadline() -> None:
    data = wire.encode([[k] for k in range(100_000)])
    with pytest.raises(TimeoutError):
        wire.decode(data, deadline=time.monotonic() + 0.002)
    assert len(wire.decode(data, deadline=time.monotonic() + 60)) == 100_000


def test_a_shape_that_costs_no_bytes_is_bounded_too() -> None:
    with pytest.raises(WireError, match="shape is too large"):
        wire.decode(wire.encode(np.empty((2**26, 0), dtype=str)))
    assert wire.decode(wire.encode(np.empty((3, 0)))).shape == (3, 0)


SEEDS = [wire.encode(value) for value in (*ARRAYS.values(), FRAME, FRAME["x"], {"a": [1, 2.0, "x"]}, {1, 2})]


@settings(max_examples=1500, deadline=None)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=8),
    st.integers(0, 9),
)
@example(SEEDS[0], [], 0)
def test_no_damaged_message_breaks_the_reader(seed: bytes, edits: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(seed)
    for position, byte in edits:
        data[position % len(data)] = byte
    with contextlib.suppress(WireError):
        wire.decode(bytes(data[: len(data) - cut]))


@settings(max_examples=1500, deadline=None)
@given(st.binary(max_size=200))
def test_no_random_message_breaks_the_reader(data: bytes) -> None:
    with contextlib.suppress(WireError):
        wire.decode(data)


@settings(max_examples=500, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                b"l",
                b"t",
                b"d",
                b"S",
                b"a",
                b"o",
                b"U",
                b"g",
                b"R",
                b"D",
                b"O",
                b"N",
                b"i",
                b"L",
                b"J",
                b"\x01\x00\x00\x00",
                b"\x02\x00\x00\x00",
                b"\x03\x00\x00\x00",
                b"<f8",
                b"|b1",
                bytes(8),
                b"T",
                b"F",
                b"M",
            ]
        ),
        max_size=30,
    )
)
def test_no_message_of_valid_pieces_breaks_the_reader(pieces: list[bytes]) -> None:
    with contextlib.suppress(WireError):
        wire.decode(b"".join(pieces))


def test_a_frame_announced_too_large_is_refused_unread() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall((BOUNDS.size + 1).to_bytes(4, "little"))
        with pytest.raises(WireError, match="larger"):
            wire.receive(ours, deadline=time.monotonic() + 5)


def test_a_message_that_trickles_in_meets_its_deadline() -> None:
    ours, theirs = socket.socketpair()
    stop = threading.Event()

    def trickle() -> None:
        theirs.sendall((1000).to_bytes(4, "little"))
        while not stop.wait(0.02):
            theirs.sendall(b"l")

    thread = threading.Thread(target=trickle)
    with ours, theirs:
        thread.start()
        with pytest.raises(TimeoutError):
            wire.receive(ours, deadline=time.monotonic() + 0.3)
        stop.set()
        thread.join()


def test_a_reader_that_never_reads_cannot_hold_the_sender() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(TimeoutError):
        wire.send(ours, b"x" * (8 << 20), deadline=time.monotonic() + 0.3)


def test_bounds_can_be_tightened() -> None:
    with pytest.raises(WireError):
        wire.decode(wire.encode([1, 2, 3]), bounds=WireBounds(elements=3))
