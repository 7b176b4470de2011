"""What a hostile process says to a test cell: it earns nothing, runs nothing here, and has an end."""

from __future__ import annotations

import numpy as np
import pytest

from grading.sandbox import WireError
from grading.sandbox.wire.handles import Handle, decode_with, encode_with
from grading.submission import dialogue
from grading.submission.dialogue import Dialogue
from grading.submission.judge import Judge
from grading.submission.no_answer import MisuseError, NoAnswerError
from grading.units.bindings import Bindings

from .student_process import StudentProcess


class Agreeable:
    """Claims whatever is asked of it."""

    dtype, shape, ndim, size, _typ = "float64", (), 0, 1, "series"
    __array_interface__ = {"shape": (9,), "typestr": "<f8", "data": (4096, True), "version": 3}  # noqa: RUF012
    __class__ = float
    __hash__ = None

    def _always(self, *_):
        return True

    def _zero(self, *_):
        return 0.0

    def _same(self, *_):
        return self

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __contains__ = _always
    __sub__ = __rsub__ = __float__ = __int__ = __round__ = _zero
    __add__ = __mul__ = __truediv__ = __abs__ = __neg__ = __array__ = __call__ = _same

    def __len__(self):
        return 3

    def __iter__(self):
        return self

    def __next__(self):
        return self

    def __getitem__(self, key):
        return self

    def __getattr__(self, name):
        return self


def verdict(source, *, classes=(), **names):
    bindings = Bindings(classes=frozenset(classes))
    return Judge(StudentProcess(**names), {}, None, bindings).verdict(source, "test")


CLAIMS = [
    "assert f(1) == 2.0",
    "assert not f(1) != 2.0",
    "assert 2.0 == f(1)",
    "assert abs(f(1) - 2.0) < 1e-9",
    "assert f(1) - 2.0 == 0",
    "assert round(f(1), 3) == 0.0",
    "assert f(1) < 3",
    "assert f(1)",
    "assert f(1) in [2.0]",
    "assert 2.0 in f(1)",
    "assert [f(1)] == [2.0]",
    "assert (f(1),) == (2.0,)",
    "assert {'a': f(1)} == {'a': 2.0}",
    "assert np.isclose(f(1), 2.0)",
    "assert np.allclose(f(1), [2.0, 2.0, 2.0])",
    "assert np.array_equal(f(1), [2.0, 2.0, 2.0])",
    "np.testing.assert_allclose(f(1), 2.0)",
    "pd.testing.assert_series_equal(f(1), pd.Series([2.0]))",
    "assert (f(1) == np.array([2.0])).all()",
    "assert pd.Series([2.0]).equals(f(1))",
    "import math\nassert math.isclose(f(1), 2.0)",
    "import pytest\nassert f(1) == pytest.approx(2.0)",
    "assert float(f(1)) == 0.0",
    "assert isinstance(f(1), float)",
    "assert f(1).mean() == 2.0",
    "assert f(1)[0] == 2.0",
    "assert all(x > 0 for x in f(1))",
    "assert sum(f(1)) == 2.0",
    "assert max(f(1), 2.0) == 2.0",
    "assert sorted([f(1), 2.0]) == [2.0, 2.0]",
    "assert f(1) == f(1) == 2.0",
    "assert f(1) - f(2) == 0.0",
    "from collections import Counter\nassert Counter([f(1)]) == Counter([2.0])",
    "import copy\nassert copy.deepcopy(f(1)) == 2.0",
    "try:\n    assert f(1) == 2.0\nexcept BaseException:\n    pass",
    "try:\n    ok = f(1) == 2.0\nfinally:\n    raise SystemExit",
]


@pytest.mark.parametrize("source", CLAIMS)
def test_an_object_that_claims_everything_earns_nothing(source, monkeypatch):
    monkeypatch.setattr(dialogue, "MOST_QUESTIONS", 200)
    assert verdict(source, f=lambda x: Agreeable()).share == 0.0


@pytest.mark.parametrize(
    "source",
    [
        "assert abs(V(3, 4)) == 5",
        "assert V(1, 2).norm() == 5",
        "assert V(1, 2).norm() - 5 < 1e-9",
        "assert abs(abs(V(3, 4)) - 5) < 1e-9",
        "assert abs(V(1, 2) @ V(3, 4) - 11) < 1e-9",
        "assert V(1, 2) @ V(3, 4) == 11",
        "assert abs((V(1, 2) + V(3, 4)) - 5) < 1e-9",
        "assert V(3, 4) == 5",
        "assert 5 > V(3, 4)",
    ],
)
def test_what_an_object_of_the_units_class_gives_must_be_plain(source):
    class V(Agreeable):
        def __init__(self, *_):
            self.norm = Agreeable

        __abs__ = __matmul__ = Agreeable._same

    class W(V):
        __sub__ = Agreeable._same

        def __abs__(self):
            return 0.0 if self.__dict__.setdefault("asked", []) else self.asked.append(1) or self

        def norm(self):
            return self

        def __init__(self, *_):
            pass

        __matmul__ = norm

    for kind in (V, W):
        assert verdict(source, classes=["V"], V=kind).share == 0.0


def test_no_library_asks_for_attributes_that_a_test_cell_does_not_write():
    asked = []

    class Curious:
        def __getattribute__(self, name):
            if not name.startswith("__"):
                asked.append(name)
            return object.__getattribute__(self, name)

    verdict("x = f()\nnp.asarray(x)\npd.Series([x])\nrepr(x)", f=Curious)
    assert asked == []


def liar(kind):
    """A function that raises what bears another type's name."""

    def f(*_):
        raise kind("no")

    return f


@pytest.mark.parametrize(
    ("kind", "share"),
    [
        pytest.param(ValueError, 1.0, id="the type itself"),
        pytest.param(type("Odd", (ValueError,), {}), 1.0, id="a type that derives from it"),
        pytest.param(type("ValueError", (Exception,), {}), 0.0, id="one of that name"),
        pytest.param(
            type("ValueError", (KeyError,), {"__class__": ValueError}), 0.0, id="one that claims its class"
        ),
        pytest.param(NotImplementedError, 0.0, id="a stub"),
    ],
)
def test_an_exception_is_what_it_derives_from(kind, share):
    assert verdict("import pytest\nwith pytest.raises(ValueError):\n    f()", f=liar(kind)).share == share


SWALLOWS = ["try:\n    f()\nexcept Exception:\n    pass", "try:\n    f()\nexcept:\n    pass"]
STUB = {"f": liar(NotImplementedError)}


@pytest.mark.parametrize(
    ("source", "names"), [("callable(f)", {}), *((one, names) for one in SWALLOWS for names in (STUB, {}))]
)
def test_no_test_cell_takes_an_unwritten_answer_for_one_that_fails(source, names):
    found = verdict(source, **names)
    assert (found.share, found.unwritten) == (0.0, True)


def test_an_uncaught_exception_is_told_in_our_words():
    assert verdict("f()", f=liar(ValueError)).message == "No answer: it stopped with ValueError."
    quoted = verdict("import pytest\nwith pytest.raises(ValueError, match='yes'):\n    f()", f=liar(ValueError))
    assert "'no'" not in quoted.message


class Forger(StudentProcess):
    """Answers with what it is given, whatever is asked; names are functions."""

    def __init__(self, reply):
        super().__init__(f=len)
        self.reply = reply

    def do(self, act, asked, call_back):
        if act == "name":
            return super().do(act, asked, call_back)
        return self.reply(call_back) if callable(self.reply) else self.reply


def say(*parts):
    return {"answer": encode_with(list(parts), lambda value: value if isinstance(value, Handle) else None)}


def failing(**fields):
    return {"kind": "exception", "ename": "ValueError", "message": "", "types": ["ValueError"], **fields}


FORGED = {
    "no answer": {},
    "text for an answer": {"answer": "2.0"},
    "bytes of nothing": {"answer": b"\xff\xff"},
    "too few parts": say(2.0),
    "parts of other types": say(2.0, [], 0),
    "a thing of a library": say(Handle(0, "known", "os.system"), {}, -1),
    "an iterator of ours": say(Handle(0, "iterator"), {}, -1),
    "a function of ours that there is not": say(Handle(7, "yours"), {}, -1),
    "an argument that there is not": say(2.0, {7: [1]}, -1),
    "an argument of another type": say(2.0, {0: "text"}, -1),
    "itself as its argument": say(2.0, {"0": [1]}, 99),
    "an unknown kind": {"kind": "exception", "ename": [], "message": {}, "types": "ValueError"},
    "an exception that nobody may raise": failing(types=["KeyboardInterrupt", "BaseException"]),
    "a type that is none": failing(types=["os.system", 3]),
    "a call of a function that there is not": lambda back: back({"back": 9, "with": b"", "printed": ""}),
    "a call with an odd number": lambda back: back({"back": "0", "with": b""}),
}


@pytest.mark.parametrize("reply", FORGED.values(), ids=FORGED.keys())
def test_a_forged_reply_is_no_answer(reply):
    found = Judge(Forger(reply), {}).verdict("assert f([1]) == 2.0", "test")
    assert found.share == 0.0
    assert "os.system" not in found.message


@pytest.mark.parametrize(
    "fields",
    [
        {"arguments": encode_with(["x" * 10**6], lambda value: None)},
        {"arguments": b"\x00broken"},
        {"arguments": encode_with([[1], {"a": 2}], lambda value: None), "message": "y" * 10**6},
        {"types": ["UnicodeDecodeError"], "message": "z" * 10**6},
        {"types": ["ValueError"] * 10**5},
    ],
)
def test_an_exceptions_text_has_an_end(fields):
    source = "try:\n    f([1])\nexcept ValueError as error:\n    assert len(str(error)) <= 5000"
    assert Judge(Forger(failing(**fields)), {}).verdict(source, "test").share == 1.0


def test_printed_text_and_warnings_have_an_end():
    noisy = {**say(2.0, {}, -1), "printed": "x" * (4 << 20), "warned": [["UserWarning", "w" * 10**5]] * 1000}
    source = (
        "import io, contextlib, warnings\nout = io.StringIO()\n"
        "with contextlib.redirect_stdout(out), warnings.catch_warnings(record=True) as caught:\n"
        "    warnings.simplefilter('always')\n    f([1])\n"
        "assert len(out.getvalue()) <= 1 << 18\nassert len(caught) <= 20\n"
        "assert all(len(str(one.message)) <= 5000 for one in caught)"
    )
    assert Judge(Forger(noisy), {}).verdict(source, "test").share == 1.0


def test_what_is_printed_reaches_no_terminal(capsys):
    Judge(Forger({**say(2.0, {}, -1), "printed": "leaked"}), {}).verdict("f([1])", "test")
    assert "leaked" not in capsys.readouterr().out


@pytest.mark.parametrize("limit", ["MOST_QUESTIONS", "MOST_BYTES"])
def test_answers_without_end_have_one(limit, monkeypatch):
    monkeypatch.setattr(dialogue, limit, 500)

    def endless():
        while True:
            yield [1.0] * 10

    found = verdict("assert list(f()) == [1]", f=endless)
    assert found.message == "No answer: its answers have no end."


def test_an_object_of_another_cells_copy_is_refused():
    process = StudentProcess(f=lambda: (n for n in range(3)))
    judge = Judge(process, {})
    assert judge.verdict("kept = [f()]\nassert next(kept[0]) == 0", "first").share == 1.0
    judge.process = StudentProcess(f=lambda: (n for n in range(3)))
    found = judge.verdict("assert next(kept[0]) == 1", "second")
    assert found.share == 0.0
    assert "another test cell" in found.message


def test_a_function_of_the_test_cells_gets_plain_data_or_stand_ins_and_gives_plain_data():
    source = (
        "seen = []\ndef g(x):\n    seen.append(x)\n    return {}[x]\n"
        "try:\n    f(g)\nexcept KeyError:\n    pass\nassert seen == [3]"
    )
    assert verdict(source, f=lambda g: g(3)).share == 1.0
    assert verdict("assert f(lambda x: x == 2.0)", f=lambda g: g(Agreeable())).share == 0.0
    assert verdict("assert f(lambda x: object()) is None", f=lambda g: g(1)).share == 0.0


def test_a_handle_is_no_key_and_no_item_of_an_array():
    refer = lambda value: Handle(0, "object", "Thing")  # noqa: E731
    for value in ({object(): 1}, {(1, object())}, np.array([object()], dtype=object)):
        with pytest.raises(WireError):
            encode_with(value, refer)
    # forged: a dictionary's key, an item of an array of objects
    handle = b"h\0\0\0\0\0\0\0\0\0"
    for data in (b"d\1\0\0\0" + handle + b"N", b"o\1\1\0\0\0\0\0\0\0" + handle):
        with pytest.raises(WireError):
            decode_with(data, lambda one: pytest.fail("it was looked up"))
    assert decode_with(b"l\1\0\0\0" + handle, lambda one: one) == [Handle(0, "object")]


def test_where_no_handle_may_be_none_is_read():
    from grading.sandbox.wire import messages

    with pytest.raises(WireError, match="unknown tag"):
        messages.decode(b"h\0\0\0\0\0\0\0\0\0")


def test_what_cannot_be_handed_over_is_the_test_cells_fault():
    talk = Dialogue(StudentProcess(f=len), {})
    with pytest.raises(MisuseError, match="type object is not plain"):
        talk.named("f")(object())
    with pytest.raises(NoAnswerError, match="there is no g"):
        talk.named("f")(talk.named("g"))
