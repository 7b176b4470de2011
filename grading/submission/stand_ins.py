"""What stands in a test cell for an object of the student's: whatever is done with it is asked across the wall.

Nothing of the student's is here but a number. No library that looks a stand-in over asks the student's process:
of its attributes only those that the test cell itself writes are asked for, and special ones only by name below.

What only an answer can give may be asked of any object: an attribute, an item, a call, its text. What an object
can claim whatever the answer is (to equal something, to be less, to be true) is asked only where one of the
operands was made by the test cell itself, of a class of the notebook's; beside plain data it gives objects only.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Collection
from typing import Any, NoReturn, Protocol

from grading.submission.no_answer import MisuseError, NoAnswerError, not_plain

_COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
_CLAIM = "an object could claim what it likes beside plain data; compare an attribute, a text, or two objects"
_TOLD = {"__doc__": (str, type(None)), "__defaults__": (tuple, type(None)), "__annotations__": (dict,)}
"""Special attributes that are asked for, and the types that they may have."""


class Asker(Protocol):
    """Whom a stand-in has asked: a `Dialogue`."""

    words: Collection[str]
    classes: Collection[str]

    def ask(self, act: str, *args: Any, **kwargs: Any) -> Any:
        """Have an act done over there."""

    def no_answer(self, error: BaseException) -> BaseException:
        """Note why the cell earns nothing."""


class Stand:
    """What a stand-in knows of itself."""

    def __init__(self, dialogue: Asker, kind: str, type_name: str, name: str = "", *, number: int = -1) -> None:
        self.dialogue, self.kind, self.type_name, self.name = dialogue, kind, type_name, name
        self.number = number
        self.made = False
        """Whether the test cell made it, of a class of the notebook's."""
        self.kin = False
        """Whether an operator made it of such objects: it may stand beside another of its kind."""
        self.ours = False
        """Whether it is a module that the test cell imported for use over there, or something of it."""

    @property
    def trusted(self) -> bool:
        """Whether what it gives when called was made by the test cell: it is a class that the unit knows."""
        return self.kind == "class" and (self.ours or self.name in self.dialogue.classes)


def stand_of(value: object) -> Stand | None:
    """What a stand-in knows of itself; None for any other value."""
    return object.__getattribute__(value, "_grading_stand") if isinstance(value, StudentObject) else None


def _ask(act: str, stand_in: StudentObject, *args: Any, **kwargs: Any) -> Any:
    stand: Stand = object.__getattribute__(stand_in, "_grading_stand")
    return stand.dialogue.ask(act, stand_in, *args, **kwargs)


class StudentObject:
    """Stands for an object of the student's."""

    __slots__ = ("_grading_stand",)
    __array_ufunc__ = None  # NumPy then leaves ==, + and the rest to this class instead of looping over it

    def __init__(self, stand: Stand) -> None:
        object.__setattr__(self, "_grading_stand", stand)

    def __getattr__(self, name: str) -> Any:
        """Ask for an attribute that the test cell writes."""
        stand: Stand = object.__getattribute__(self, "_grading_stand")
        if name in _TOLD:
            return _typed(_ask("getattr", self, name), *_TOLD[name])
        if name == "__signature__" and stand.kind != "object":
            return _signature(_ask("signature", self))
        if name.startswith("__") or (name not in stand.dialogue.words and not stand.ours):
            raise AttributeError(name)
        value = _ask("getattr", self, name)
        given = stand_of(value)
        if given is not None:
            given.ours = given.ours or stand.ours
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute over there."""
        _ask("setattr", self, name, value)

    @property
    def __name__(self) -> str:
        """The name that the test cell has it by, or its own."""
        stand: Stand = object.__getattribute__(self, "_grading_stand")
        return stand.name or str(_typed(_ask("getattr", self, "__name__"), str))

    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]
        """Its attributes, a copy."""
        return dict(_typed(_ask("getattr", self, "__dict__"), dict))

    def __instancecheck__(self, value: object) -> bool:
        """Whether a value is an instance; plain data never is."""
        return isinstance(value, StudentObject) and bool(_typed(_ask("isinstance", value, self), bool))

    def __subclasscheck__(self, kind: object) -> bool:
        """Whether a class is a subclass."""
        return isinstance(kind, StudentObject) and bool(_typed(_ask("issubclass", kind, self), bool))

    def __iter__(self) -> Any:
        """Iterate over there, an item at a time."""
        return _ask("iter", self)

    def __next__(self) -> Any:
        """The next item."""
        return _ask("next", self)

    def __contains__(self, item: object) -> bool:
        """Whether it holds an item: as it says itself if the test cell made it, else by its items."""
        if _made(self):
            return bool(_typed(_ask("contains", self, item), bool))
        return any(one is item or one == item for one in self)

    def __len__(self) -> int:
        return int(_typed(_ask("len", self), int))

    def __str__(self) -> str:
        return str(_typed(_ask("str", self), str))

    def __repr__(self) -> str:
        return str(_typed(_ask("repr", self), str))

    def __format__(self, how: str) -> str:
        return str(_typed(_ask("format", self, how), str))

    def __getitem__(self, key: Any) -> Any:
        return _ask("getitem", self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        _ask("setitem", self, key, value)

    def __delitem__(self, key: Any) -> None:
        _ask("delitem", self, key)

    def __enter__(self) -> Any:
        return _ask("enter", self)

    def __exit__(self, *error: object) -> None:
        """Leave over there, where nothing is known of an error here."""
        _ask("exit", self)

    def __copy__(self) -> Any:
        return _ask("copy", self)

    def __deepcopy__(self, memo: object) -> Any:
        return _ask("deepcopy", self)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise MisuseError("an object of the notebook's cannot be stored here")

    def __bool__(self) -> bool:
        if not _made(self):
            _refuse(self, "test")
        return bool(_typed(_ask("bool", self), bool))

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> Any:
        return other is not None and _operated("eq", self, other)

    def __ne__(self, other: object) -> Any:
        return other is None or _operated("ne", self, other)


class StudentCallable(StudentObject):
    """Stands for a function, a class, or another object that can be called."""

    __slots__ = ()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it over there and return plain data, or what stands for an object."""
        stand: Stand = object.__getattribute__(self, "_grading_stand")
        value = stand.dialogue.ask("call", self, *args, **kwargs)
        given = stand_of(value)
        if given is not None:
            given.made = given.made or stand.trusted
        return value


class StudentFunction(StudentCallable):
    """Stands for a function; so it says to whoever asks what it is."""

    __slots__ = ()
    __class__ = property(lambda self: types.FunctionType)


class StudentGenerator(StudentObject):
    """Stands for a generator; so it says to whoever asks what it is."""

    __slots__ = ()
    __class__ = property(lambda self: types.GeneratorType)


StudentObject.__doc__ = property(lambda self: StudentObject.__getattr__(self, "__doc__"))  # type: ignore[assignment]
STAND_INS: dict[str, type[StudentObject]] = {
    "function": StudentFunction,
    "class": StudentCallable,
    "callable": StudentCallable,
    "missing": StudentCallable,
    "generator": StudentGenerator,
}
"""What stands for an object of a kind; for any other a `StudentObject`."""


def _operated(act: str, *operands: Any) -> Any:
    """The result of an operator, which is asked for only if the test cell made one of the operands."""
    objects = [operand for operand in operands if isinstance(operand, StudentObject)]
    with_plain = len(objects) < len(operands) and act != "round"
    stands = [object.__getattribute__(one, "_grading_stand") for one in objects]
    kin = len(objects) > 1 and all(stand.made or stand.kin for stand in stands)
    if not kin and not any(stand.made for stand in stands):
        _refuse(objects[0], "compare")
    if with_plain and act in _COMPARISONS:
        raise MisuseError(_CLAIM)
    value = stands[0].dialogue.ask(act, *operands)
    given = stand_of(value)
    if given is not None:
        given.kin = len(operands) > 1
    elif with_plain:
        raise MisuseError(_CLAIM)
    return value


def _made(value: object) -> bool:
    stand = stand_of(value)
    return stand is not None and stand.made


def _refuse(value: StudentObject, what: str) -> NoReturn:
    """A function as such tells nothing, and an object can claim anything: neither is what the test cell wants."""
    stand: Stand = object.__getattribute__(value, "_grading_stand")
    if stand.name and stand.kind != "object":
        raise MisuseError(f"{stand.name} is a {stand.kind}; call it and {what} what it returns")
    raise stand.dialogue.no_answer(NoAnswerError(not_plain(stand.type_name)))


def _typed(value: Any, *kinds: type) -> Any:
    """A value of a type that a special method must give."""
    if type(value) not in kinds:
        raise MisuseError(f"an object of the notebook's gave no {kinds[0].__name__}")
    return value


def _signature(told: object) -> inspect.Signature:
    parts = [
        (str(name), inspect._ParameterKind(kind), given, value) for name, kind, given, value in _typed(told, list)
    ]
    empty = inspect.Parameter.empty
    return inspect.Signature(
        [
            inspect.Parameter(name, kind, default=empty if nothing else value)
            for name, kind, nothing, value in parts
        ]
    )


def _binary(act: str) -> Callable[[Any, Any], Any]:
    return lambda self, other: _operated(act, self, other)


def _reflected(act: str) -> Callable[[Any, Any], Any]:
    return lambda self, other: _operated(act, other, self)


def _converted(act: str, *kinds: type) -> Callable[..., Any]:
    return lambda self, *args: (
        _typed(_operated(act, self, *args), *kinds) if kinds else _operated(act, self, *args)
    )


for _act in "add sub mul truediv floordiv mod pow matmul and_ or_ xor lshift rshift".split():  # noqa: SIM905
    _stem = _act.rstrip("_")
    setattr(StudentObject, f"__{_stem}__", _binary(_act))
    setattr(StudentObject, f"__r{_stem}__", _reflected(_act))
for _act in ("lt", "le", "gt", "ge"):
    setattr(StudentObject, f"__{_act}__", _binary(_act))
for _act, _kinds in {
    "neg": (), "pos": (), "abs": (), "invert": (), "round": (), "int": (int,), "float": (float,),
    "complex": (complex,),
}.items():  # fmt: skip
    setattr(StudentObject, f"__{_act}__", _converted(_act, *_kinds))
