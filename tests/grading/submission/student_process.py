"""A student's process that is none: names in this process, for tests that need no wall."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace

from grading.sandbox import StudentError
from grading.sandbox.inside.objects import MissingError, Objects, ancestors
from grading.sandbox.wire import messages


class StudentProcess:
    """Stands in for a session: the names of a student's process, and how many questions were put to it."""

    def __init__(self, **names):
        self.names, self.dead, self.asked, self.objects = names, None, 0, None

    def get(self, name):
        self.asked += 1
        if name not in self.names:
            raise StudentError("missing", name, "")
        if callable(self.names[name]):
            raise StudentError("not plain", "function", "")
        return self.names[name]

    def do(self, act, asked, call_back):
        self.asked += 1
        self.objects = self.objects or Objects(lambda: self.names, call_back)
        try:
            return self.objects.do(act, asked)
        except MissingError:
            return {"kind": "missing", "ename": "", "message": ""}
        except Exception as error:
            told = {"kind": "exception", "ename": type(error).__name__, "message": str(error)}
            told["left"] = self.objects.left
            return {**told, "types": ancestors(type(error)), "arguments": messages.encode(list(error.args))}

    def call(self, name, args, kwargs):
        self.asked += 1
        if name not in self.names:
            raise StudentError("missing", name, "")
        try:
            return self.names[name](*args, **kwargs)
        except Exception as error:
            raise StudentError("exception", type(error).__name__, str(error)) from None

    def call_each(self, name, calls):
        for args, kwargs in messages.decode(calls.encoded):
            try:
                yield self.call(name, args, kwargs)
            except StudentError as error:
                yield error

    def replace(self, names, answer):
        for name in names:
            self.names[name] = lambda *args, _name=name, **kwargs: answer(_name, args, kwargs)


class StudentSession:
    """Stands in for a session of which every copy holds the same names, made anew by `make`."""

    def __init__(self, make):
        self.make, self.spares, self.asked = make, 0, 0

    def spare(self):
        self.spares += 1
        return SimpleNamespace(refused="")

    def leave_time(self):
        pass

    @contextlib.contextmanager
    def asking(self, copy, *, spare=None):
        self.asked += 1
        process = StudentProcess()
        process.names = self.make()  # itself: functions look their globals up there
        yield process
