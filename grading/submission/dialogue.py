"""What one test cell and the student's process say to each other: acts go in, plain data and numbers come back.

Arguments are plain data, functions of the test cell's (they are called here, with plain data) and objects of the
student's, by number. What comes back besides a value is told here as if it had happened here: what was printed,
warnings, arguments that were changed in place, exceptions of Python's own types.
"""

from __future__ import annotations

import random
import sys
import warnings
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

import numpy as np

from grading.sandbox import Conversation, StudentError, WireError, replies
from grading.sandbox.wire.handles import Handle, decode_with, encode_with
from grading.sandbox.wire.plain import ANSWER
from grading.submission.crossing import ERRORS, TYPES, error_like, functions_of, known_name, patches
from grading.submission.in_place import change
from grading.submission.no_answer import MisuseError, NoAnswerError, NotWrittenError, in_our_words, unwritten
from grading.submission.stand_ins import STAND_INS, Stand, StudentObject, stand_of

MOST_QUESTIONS: Final = 10_000
"""How often one test cell may ask; an item of a generator is one question."""
MOST_BYTES: Final = 64 << 20
"""Of all answers to one test cell."""
_TEXT: Final = 2000
_PRINTED: Final = 1 << 18
_UNUSUAL: Final = 1_618_033_988  # a seed
_GONE: Final = "what another test cell got from the notebook is gone: get it anew in this one"
_NONE: Final = "its process gave an answer that is none"


class Dialogue:
    """One test cell's questions to one process.

    Parameters
    ----------
    process : Conversation
        Whom it asks.
    cell : dict
        The names of the test cells.
    classes : collection of str
        Classes that the unit's own notebook defines.
    errors : mapping of str to type
        What stands here for exceptions that it defines.
    words : collection of str
        What the test cells write: the attributes that may be asked for.
    answers : collection of str
        Names that the student is to define; what functions the test cell binds to them replaces the student's.
    """

    def __init__(
        self,
        process: Conversation,
        cell: Mapping[str, Any],
        *,
        classes: Collection[str] = (),
        errors: Mapping[str, type[BaseException]] | None = None,
        words: Collection[str] = (),
        answers: Collection[str] = (),
    ) -> None:
        self.process, self.classes, self.words = process, classes, words
        self.trouble: BaseException | None = None
        """Why the cell earns nothing, whatever it made of this."""
        self.over = False
        """Whether another test cell is asked now: what this one got from the notebook is gone."""
        self.questions = self.acts = 0  # acts are the questions that may change something over there
        self.deleted: set[str] = set()  # names of the notebook's that the test cell unbound
        self.raised: list[BaseException] = []
        """Exceptions that came across."""
        self._cell, self._errors, self._answers = cell, errors or {}, answers
        self._replaced: dict[str, Any] = {}
        self._bytes = 0
        self._stand_ins: dict[int, StudentObject] = {}
        self._functions: list[Any] = []
        self._generators: dict[int, tuple[Any, StudentObject]] = {}
        self._stdout, self._stderr, self._stdin = sys.stdout, sys.stderr, sys.stdin
        self._states = self._random_states(anew=True)

    # ------------------------------------------------------------ asking

    def ask(self, act: str, *args: Any, **kwargs: Any) -> Any:
        """Have an act done with what stands for objects, and return its value.

        Raises
        ------
        NoAnswerError, NotWrittenError
            If there is no value to judge.
        Exception
            One of Python's own types, if that is what the student's code raised.
        MisuseError
            If an argument can go to no function of the student's.
        """
        if self.over:
            raise MisuseError(_GONE)
        watched = [*args[1:], *kwargs.values()]
        try:
            asked = encode_with([list(args), kwargs, self._around()], self._refer, strict=True)
        except WireError as error:
            raise MisuseError(f"this cannot be handed to the notebook's code: {error}") from None
        reply = self._asked(act, asked)
        if "kind" in reply and reply.get("left"):
            self._changed(reply["left"], watched)
        if "kind" in reply:
            raise self._failure(str(args[0]) if act == "name" else "", reply)
        value, same = self._changed(reply.get("answer"), watched)
        return watched[same] if 0 <= same < len(watched) else value

    def named(self, name: str) -> Any:
        """The value of a name of the notebook's: plain data, or what stands for an object or for its lack."""
        before = self.trouble
        try:
            value = self.ask("name", name)
        except NoAnswerError as error:
            if not error.missing:
                raise
            self.trouble = before
            return self._stand_in(Stand(self, "missing", "", name))
        stand = stand_of(value)
        if stand is not None:
            stand.name = stand.name or name
        return value

    def module(self, name: str) -> StudentObject:
        """A module over there, of which the test cell may use everything."""
        found: StudentObject = self.ask("module", name)
        stand = stand_of(found)
        if stand is not None:
            stand.ours = True
        return found

    def no_answer(self, error: BaseException) -> BaseException:
        """Note why the cell earns nothing."""
        self.trouble = self.trouble or error
        return error

    def _asked(self, act: str, asked: bytes) -> dict[str, Any]:
        self.questions += 1
        self.acts += act != "name"
        if self.questions > MOST_QUESTIONS or self._bytes > MOST_BYTES:
            raise self.no_answer(NoAnswerError("its answers have no end"))
        try:
            reply = self.process.do(act, asked, self._call_back)
        except StudentError as error:
            raise self.no_answer(NoAnswerError(in_our_words("", error))) from None
        self._show(reply)
        return reply

    # ------------------------------------------------------------ what comes back

    def _read(self, data: object, kinds: tuple[type, ...]) -> list[Any]:
        """The parts of what a process says, each of its type."""
        try:
            parts = decode_with(data, self._referent, bounds=ANSWER) if type(data) is bytes else None
        except WireError:
            parts = None
        if type(parts) is list and len(parts) == len(kinds):
            self._bytes += len(data)  # type: ignore[arg-type]
            if all(kind in (object, type(part)) for part, kind in zip(parts, kinds, strict=True)):
                return parts
        raise self.no_answer(NoAnswerError(_NONE))

    def _changed(self, data: object, watched: list[Any]) -> tuple[Any, int]:
        """Change arguments as the notebook's code did; return the rest of its answer."""
        value, changed, same = self._read(data, (object, dict, int))
        for number, new in changed.items():
            if type(number) is not int or not 0 <= number < len(watched):
                raise self.no_answer(NoAnswerError(_NONE))
            change(watched[number], new)
        return value, same

    def _failure(self, name: str, reply: dict[str, Any]) -> BaseException:
        """The exception that stands here for one over there."""
        told = StudentError(*(replies.failure(reply) or ("", "", "")))
        if unwritten(told):
            return self.no_answer(NotWrittenError())
        kind = next((ERRORS[one] for one in replies.names(reply.get("types")) if one in ERRORS), None)
        if told.kind != "exception" or kind is None:
            missing = name if told.kind == "missing" else ""
            return self.no_answer(NoAnswerError(in_our_words(name, told), missing=missing))
        own = self._errors.get(told.ename, kind)
        error = error_like(own if issubclass(own, kind) else kind, reply.get("arguments"), told.message)
        self.raised.append(error)
        return error

    def _show(self, reply: dict[str, Any]) -> None:
        """Print what was printed, if the test cell looks, and warn as was warned."""
        for name, before in (("printed", self._stdout), ("complained", self._stderr)):
            text = replies.text(reply.get(name), _PRINTED)
            self._bytes += len(text)
            stream = sys.stdout if name == "printed" else sys.stderr
            if text and stream is not before:
                stream.write(text)
        for category, text in replies.pairs(reply.get("warned")):
            kind = ERRORS.get(category)
            if kind is not None and issubclass(kind, Warning):
                warnings.warn(text, kind, stacklevel=2)

    def _call_back(self, call: dict[str, Any]) -> dict[str, Any]:
        """Call a function of the test cell's for the student's code."""
        self._show(call)
        number = call.get("back")
        if type(number) is not int or not 0 <= number < len(self._functions):
            raise self.no_answer(NoAnswerError(_NONE))
        args, kwargs = self._read(call.get("with"), (list, dict))
        try:
            value = self._functions[number](*args, **kwargs)
            return {"value": encode_with(value, self._refer, strict=True)}
        except Exception as error:
            names = [kind.__name__ for kind in type(error).__mro__ if kind is ERRORS.get(kind.__name__)]
            return {"raised": (names or ["Exception"])[0], "text": str(error)[:_TEXT]}

    # ------------------------------------------------------------ names of objects

    def _stand_in(self, stand: Stand) -> StudentObject:
        return STAND_INS.get(stand.kind, StudentObject)(stand)

    def _referent(self, handle: Handle) -> Any:
        """What stands here for an object over there, or the test cell's own function that it is."""
        if handle.kind == "yours" and handle.number < len(self._functions):
            return self._functions[handle.number]
        if handle.kind == "known" and handle.type_name in TYPES:
            return TYPES[handle.type_name]
        if handle.kind in ("yours", "iterator", "known"):
            raise WireError("a handle of nothing")
        if handle.number not in self._stand_ins:
            stand = Stand(self, handle.kind, replies.text(handle.type_name, 100), number=handle.number)
            self._stand_ins[handle.number] = self._stand_in(stand)
        found = self._stand_ins[handle.number]
        if (known := stand_of(found)) is not None and known.made:  # what comes as an answer may claim to be it
            known.made, known.kin = False, True
        return found

    def _refer(self, value: object) -> Handle | None:
        """How to speak of what is not plain: an object of the student's, a library's, or a function of ours."""
        stand = stand_of(value)
        if stand is not None and stand.kind == "missing":
            told = StudentError("missing", "", "")
            raise self.no_answer(NoAnswerError(in_our_words(stand.name, told), missing=stand.name))
        if stand is not None and stand.dialogue is not self:
            raise MisuseError(_GONE)
        if stand is not None:
            return Handle(stand.number, "object")
        if name := known_name(value):
            return Handle(0, "known", name)
        if isinstance(value, range):
            return self._refer(self.ask("call", range, value.start, value.stop, value.step))
        if isinstance(value, np.random.Generator | np.random.RandomState):
            return self._refer(self._generator(value))
        if callable(value) and not isinstance(value, type):
            return self._ours(value, "function", value)
        if isinstance(value, Iterator):
            return self._ours(lambda: next(([True, item] for item in value), [False, None]), "iterator", value)
        return None

    def _ours(self, function: Any, kind: str, value: Any) -> Handle:
        self._functions.append(function)
        return Handle(len(self._functions) - 1, kind, str(getattr(value, "__name__", "")))

    def _generator(self, mine: np.random.Generator | np.random.RandomState) -> StudentObject:
        """A generator of random numbers over there that goes on as one here would."""
        if id(mine) not in self._generators:
            if isinstance(mine, np.random.RandomState):
                theirs = self.ask("call", np.random.RandomState, 0)
                self.ask("call", self.ask("getattr", theirs, "set_state"), mine.get_state())
            else:
                theirs = self.ask("call", np.random.default_rng, 0)
                bits = self.ask("getattr", theirs, "bit_generator")
                self.ask("setattr", bits, "state", dict(mine.bit_generator.state))
            self._generators[id(mine)] = mine, theirs
        return self._generators[id(mine)][1]

    # ------------------------------------------------------------ what surrounds a question

    def _around(self) -> dict[str, Any]:
        """What the test cell replaced, deleted or seeded, that is to be so over there."""
        around: dict[str, Any] = {"patches": patches(self._cell, self._stdin)}
        self.deleted.difference_update(self._cell)
        replaced = functions_of(self._cell, self._answers)
        around["names"] = {name: one for name, one in replaced.items() if one is not self._replaced.get(name)}
        self._replaced |= replaced
        around["deleted"] = list(self.deleted)
        now, before = self._random_states(), self._states
        self._states = now
        around |= {name: state for name, state in now.items() if state != before[name]}
        return {what: one for what, one in around.items() if one}

    def _random_states(self, *, anew: bool = False) -> dict[str, Any]:
        """The states of the global generators here, if the test cells seed any; ``anew`` as no test cell seeds."""
        if not {"seed", "set_state", "setstate"} & set(self.words):
            return {}
        if anew:
            random.seed(_UNUSUAL)
            np.random.seed(_UNUSUAL)
        kind, keys, *rest = np.random.get_state()
        return {"random": random.getstate(), "numpy": (kind, np.asarray(keys).tolist(), *rest)}
