"""The names of a test cell: its own, modules of the unit's notebook, and for all others the student's process.

A name that neither Python nor a test cell defines is looked up when it is used. Modules that a test cell imports
are those of this process, but for a few that are of use only where the student's files and figures are: these are
used over there, and so is ``open``.
"""

from __future__ import annotations

import builtins
import importlib
import io
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from grading.sandbox.wire import messages
from grading.submission.dialogue import Dialogue
from grading.submission.no_answer import NoAnswerError
from grading.submission.stand_ins import StudentObject, stand_of
from grading.units.bindings import Bindings

OVER_THERE = ("os", "pathlib", "tempfile", "shutil", "glob", "matplotlib")
"""Modules that are used where the student's files and figures are."""


class CellNames(dict[str, Any]):
    """Globals of the test cells of one submission.

    Parameters
    ----------
    ours : mapping of str to value
        What they find defined.
    bindings : Bindings
        What the unit's own notebook binds.
    """

    dialogue: Dialogue

    def __init__(self, ours: dict[str, Any], bindings: Bindings) -> None:
        super().__init__(ours, __builtins__=self._builtins())
        self._bindings = bindings
        self.errors = {name: type(name, (getattr(builtins, base),), {}) for name, base in bindings.errors.items()}
        self.words: set[str] = set()
        self.owed: set[str] = set()
        """Names that the notebook lacks and that the cell has used otherwise than for a check."""
        self.looked_up: set[str] = set()
        """Names of the student's that the cell has used."""
        self._known: dict[str, tuple[Any, bytes, int]] = {}
        self._found: dict[str, dict[str, Any]] = {}

    def begin(self, dialogue: Dialogue, cell: str) -> None:
        """Let a test cell ask in a new dialogue; asked again, it finds the names that it found before.

        What stood for the student's own is forgotten, and so is what another cell put in its place.
        """
        if cell in self._found:
            self.clear()
            self.update({name: _own(value) for name, value in self._found[cell].items()})
        else:
            answers = self._bindings.answers
            for name in [name for name, value in self.items() if name in answers or stand_of(value) is not None]:
                super().__delitem__(name)
            self._found[cell] = {name: _own(value) for name, value in self.items()}
        if hasattr(self, "dialogue"):
            self.dialogue.over = True
        self.dialogue = dialogue
        self._known.clear()
        self.owed.clear()
        self.looked_up.clear()

    def __missing__(self, name: str) -> Any:
        """What a name stands for that no test cell binds."""
        if hasattr(builtins, name) or name.startswith("__") or name in self.dialogue.deleted:
            raise KeyError(name)
        if name in self.errors:
            return self._own_error(name)
        if name in self._bindings.imports:
            return self._imported(*self._bindings.imports[name])
        return self.students(name)

    def __delitem__(self, name: str) -> None:
        """Unbind a name; one that the student is to define is unbound over there too."""
        if name in self:
            super().__delitem__(name)
        elif name not in self._bindings.answers:
            raise KeyError(name)
        if name in self._bindings.answers:
            self.dialogue.deleted.add(name)

    def students(self, name: str) -> Any:
        """What the student's process has; plain data the same object until a call has changed them there."""
        self.looked_up.add(name)
        value, data, acts = self._known.get(name, (None, b"", -1))
        if data == b"" or acts < self.dialogue.acts:
            found = self.dialogue.named(name)
            stand = stand_of(found)
            if stand is not None and stand.kind == "missing":
                self.owed.add(name)
            now = messages.encode(found) if stand is None else b"O"
            value = value if now == data and stand is None else found
            self._known[name] = value, now, self.dialogue.acts
        return value

    def _own_error(self, name: str) -> type[BaseException]:
        """What stands here for an exception that the notebook defines; the student's must derive from the same."""
        found, base = self.students(name), self._bindings.errors[name]
        if name not in self.owed and not (
            isinstance(found, StudentObject)
            and self.dialogue.ask("issubclass", found, getattr(builtins, base)) is True
        ):
            raise self.dialogue.no_answer(NoAnswerError(f"{name} does not derive from {base}"))
        return self.errors[name]

    def _imported(self, module: str, name: str) -> Any:
        """A module of the notebook's or a thing of it: of this process, if it is here and is not for use there."""
        key = f"{module} {name}"
        if key not in self._known:
            self._known[key] = self._module_or(module, name), b"", -1
        return self._known[key][0]

    def _module_or(self, module: str, name: str) -> Any:
        if module.partition(".")[0] not in OVER_THERE:
            try:
                here = importlib.import_module(module)
                return getattr(here, name) if name else here
            except (ImportError, AttributeError):  # a module beside the notebook, or one that this side lacks
                pass
        found = self.dialogue.module(module)
        return getattr(found, name) if name else found

    # ------------------------------------------------------------ what Python itself brings

    def _builtins(self) -> ModuleType:
        module = ModuleType("builtins")
        module.__dict__.update(vars(builtins), __import__=self._import, open=self._open)
        return module

    def _import(
        self, name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
    ) -> Any:
        top = name.partition(".")[0]
        if globals is not self or top not in OVER_THERE:
            return builtins.__import__(name, globals, locals, fromlist, level)
        found = self.dialogue.module(name)
        return found if fromlist else self.dialogue.module(top)

    def _open(self, file: Any, mode: str = "r", buffering: int = -1, *args: Any, **options: Any) -> Any:
        """Open a file over there."""
        if isinstance(file, int):
            raise ValueError("a file over there has no number here")
        if "r" in mode:
            raw: io.BytesIO = io.BytesIO(self.dialogue.ask("read", file))
        else:
            raw = _Written(self.dialogue, file, mode.replace("t", "").replace("b", ""))
        if "b" in mode:
            return raw
        names = ("encoding", "errors", "newline")
        given = {**dict(zip(names, args, strict=False)), **options}
        return io.TextIOWrapper(raw, **{"encoding": "utf-8", **{k: v for k, v in given.items() if v is not None}})


def _own(value: Any) -> Any:
    """A copy of a value that a later test cell may change in place; what is no plain data stays what it is."""
    match value:
        case list() if type(value) is list:
            return [_own(item) for item in value]
        case dict() if type(value) is dict:
            return {key: _own(item) for key, item in value.items()}
        case set() | np.ndarray() | pd.Series() | pd.DataFrame():
            return value.copy()
    return value


class _Written(io.BytesIO):
    """A file over there that is written when it is closed."""

    def __init__(self, dialogue: Dialogue, file: str | StudentObject, mode: str) -> None:
        super().__init__()
        self._dialogue, self._file, self._mode = dialogue, file, mode
        dialogue.ask("write", file, b"", mode)

    def close(self) -> None:
        """Write what was written here."""
        if not self.closed:
            self._dialogue.ask("write", self._file, self.getvalue(), "a")
        super().close()
