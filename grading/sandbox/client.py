"""The trusted side's door: a sandbox that holds one session per submission."""

from __future__ import annotations

import contextlib
import os
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Final, TypeVar

from grading.errors import CourseError

from . import bubblewrap, launch, modes, scratch
from .limits import MOST_DISK_MB, Limits
from .modes import Mode
from .session import Session
from .warm import WarmParentHandle

_FAILED_STARTS: Final = 2
"""Warm parents that may be lost in a row; at one more it is not bad luck, and the sandbox gives up."""
_ATTEMPTS: Final = 3
"""Sessions that `Sandbox.in_session` tries when the sandbox itself fails, by no fault of the submission."""
_PAUSE: Final = 0.2  # seconds before the next one, if the machine could not set up a process
_T = TypeVar("_T")
_FILES_BYTES: Final = 24 << 20


@dataclass(frozen=True)
class SiblingParent:
    """A warm parent that another process's sandbox forked off its own, so that it need not start again."""

    mode: Mode
    control: socket.socket


class Sandbox:
    """Runs submissions behind the strongest walls of this machine.

    Parameters
    ----------
    student_python : Path
        The interpreter of the students' environment.
    jobs : int
        Sessions that may be open at once, each used by a thread of the caller's; one more waits its turn.
    unsafe : bool
        Run without any wall.
    modules : mapping of str to str
        File name and source of modules that lie beside every notebook: imported once, not by each submission.
    allow : tuple of str, optional
        Consider only the modes of these names.
    sibling : SiblingParent, optional
        What to begin with; if that ends, this sandbox starts a warm parent of its own.

    Raises
    ------
    CourseError
        On entering: if no wall can be built and ``unsafe`` is not set, or the students' packages do not import.
    """

    def __init__(
        self,
        student_python: Path,
        *,
        jobs: int = 1,
        unsafe: bool = False,
        modules: Mapping[str, str] | None = None,
        allow: tuple[str, ...] | None = None,
        sibling: SiblingParent | None = None,
    ) -> None:
        if jobs < 1:
            raise CourseError(f"jobs is {jobs}; give at least 1")
        self._python, self._jobs, self._unsafe, self._allow = Path(student_python), jobs, unsafe, allow
        self._modules = modules or {}
        self._sibling = sibling
        self._lock = threading.Lock()
        self._free = threading.Semaphore(jobs)
        self._slots = list(range(jobs))
        self._failures = 0
        self._mode: Mode | None = None
        self._warm: WarmParentHandle | None = None
        self._retired: list[WarmParentHandle] = []
        self._closing = contextlib.ExitStack()

    @property
    def mode(self) -> Mode:
        """How submissions are held; known once the sandbox is entered."""
        if self._mode is None:
            raise CourseError("the sandbox has not been entered")
        return self._mode

    def start(self) -> Sandbox:
        """Begin to start, and do not wait, if the strongest mode has been used before; entering waits."""
        if self._sibling is None and not self._unsafe and self._mode is None:
            self._mode = modes.likeliest(self._python, allow=self._allow)
            if self._mode is not None:
                self._settle(self._mode)
                cache = launch.known_cache(self._place, self._cache_home())
                if cache is not None:
                    self._cache = cache
                    self._warm = self._new_parent()
        return self

    def __enter__(self) -> Sandbox:
        try:
            self.start()
            if self._warm is None or not self._warm.has(modes.needed(self._place)):
                self._settle(self._tried_mode())
                self._cache = launch.prepared_cache(self._place, self._cache_home())
            self._parent()
        except BaseException:
            self.close()
            raise
        return self

    def _settle(self, mode: Mode) -> None:
        if self._warm is not None:
            self._warm.close()
        self._mode, self._warm = mode, None
        self._place = replace(mode.place, slots=self._jobs, slot_bytes=MOST_DISK_MB << 20, modules=self._modules)

    def _tried_mode(self) -> Mode:
        if self._sibling is not None:
            return self._sibling.mode
        return modes.unsafe(self._python) if self._unsafe else modes.required(self._python, self._allow)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all that it has started."""
        with self._lock:
            for warm in (*self._retired, self._warm):
                if warm is not None:
                    warm.close()
            self._retired, self._warm = [], None
        self._closing.close()

    def _cache_home(self) -> Path:
        try:
            return launch.cache_home()
        except OSError:  # no home to write to: caches for this run only, at the price of a slower start
            folder = Path(tempfile.mkdtemp(prefix="grading-cache-"))
            self._closing.callback(_remove, folder)
            return folder

    def _scratch_folder(self) -> Path:
        """Make the folder of the jobs' scratch folders, in memory if the machine has a file system for that."""
        places = [os.environ.get("XDG_RUNTIME_DIR", ""), "/dev/shm"]
        base = next((place for place in places if place and os.access(place, os.W_OK)), None)
        folder = Path(tempfile.mkdtemp(prefix="grading-scratch-", dir=base))
        for name in (bubblewrap.OWN_FOLDER, *map(str, range(self._jobs))):
            (folder / name).mkdir()
        self._closing.callback(_remove, folder)
        return folder

    def _parent(self) -> WarmParentHandle:
        """Return the warm parent, a new one if the last has ended."""
        with self._lock:
            if self._warm is not None and self._warm.lost:
                self._warm.close()
                self._warm = None
                self._failures += 1
            if self._failures > _FAILED_STARTS:
                raise CourseError(
                    f"the sandbox ({self.mode.name}) has ended by itself {self._failures} times in a row"
                )
            if self._warm is None:
                self._warm = self._new_parent()
            self._warm.await_ready()
            return self._warm

    def _new_parent(self) -> WarmParentHandle:
        """Begin to start a warm parent."""
        if self._place.variant is None:  # new: what the last one left may be beyond removing
            self._place = replace(self._place, scratch=self._scratch_folder())
        sibling, self._sibling = self._sibling, None
        return WarmParentHandle(self._place, self._cache, None if sibling is None else sibling.control)

    def _retire(self, warm: WarmParentHandle | None) -> None:
        """Give a parent no further job, since a slot of it may not be empty; the next session has a new parent."""
        with self._lock:
            if warm is not None and warm is self._warm and not warm.lost:
                self._retired.append(warm)
                self._warm = None
            for idle in [parent for parent in self._retired if parent.idle]:
                self._retired.remove(idle)
                idle.close()

    def sibling(self, slot: int) -> socket.socket:
        """Fork a second warm parent, for the `SiblingParent` of another process of this machine.

        Parameters
        ----------
        slot : int
            Which of this sandbox's ``jobs`` it takes over: no session of this one's may use it.
        """
        return self._parent().sibling(slot)

    def in_session(
        self,
        use: Callable[[Session], _T],
        files: Mapping[str, bytes] | None = None,
        limits: Limits | None = None,
        seed: int = 0,
        copies: int = 0,
    ) -> _T:
        """Return what `use` makes of a session; if the sandbox itself fails meanwhile, of a new one.

        All that is tried again on one machine is tried again here. Parameters and errors are those of `session`;
        a machine that cannot set up a process, for this submission or any other, is a CourseError too, and a
        sandbox that this submission loses whatever is tried a RuntimeError.
        """
        for _attempt in range(_ATTEMPTS):
            with self.session(files, limits, seed, copies) as session:
                outcome = use(session)
            if not session.lost:
                return outcome
            time.sleep(_PAUSE if session.fault else 0)
        if session.fault:
            raise CourseError(
                f"this machine cannot set up a process for a submission ({session.fault}); "
                "mend that ('doctor' tries it) and run again: what was graded is kept"
            )
        raise RuntimeError(f"its sandbox was lost {_ATTEMPTS} times")

    @contextlib.contextmanager
    def session(
        self,
        files: Mapping[str, bytes] | None = None,
        limits: Limits | None = None,
        seed: int = 0,
        copies: int = 0,
    ) -> Generator[Session, None, None]:
        """Open one submission's process and end it, with all that it started, on leaving.

        Parameters
        ----------
        files : mapping of str to bytes
            Files beside the notebook, by relative path.
        limits : Limits
            What the submission may use.
        seed : int
            Seeds Python's and NumPy's global generators, so that a regrade sees the same numbers.
        copies : int
            How often `Session.copy` will be called at most.

        Raises
        ------
        CourseError
            For a file that cannot be placed, or limits that this machine's mode cannot enforce.
        """
        limits = limits or Limits()
        files = _checked(files or {})
        if limits.processes > 0 and self.mode.name not in ("bubblewrap+namespaces", "unsafe"):
            raise CourseError(
                f"limit processes is {limits.processes}, but {self.mode.name} cannot count processes; use 0"
            )
        with self._free:
            with self._lock:
                slot = self._slots.pop()
            try:
                warm = self._parent()
                job = warm.job(limits, seed=seed, slot=slot, copies=copies)
                session = Session(job, limits)
                session.begin(files)
                try:
                    yield session
                finally:
                    session.close()
                    self._retire(None if job.clean else warm)
                if not session.lost:
                    self._failures = 0
            finally:
                with self._lock:
                    self._slots.append(slot)


def _remove(folder: Path) -> None:
    with contextlib.suppress(OSError):  # a process that nobody could end writes there still
        scratch.remove(str(folder))


def _checked(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    for name in files:
        path = PurePosixPath(name)
        if not name or "\0" in name or path.is_absolute() or ".." in path.parts or path == PurePosixPath("."):
            raise CourseError(f"file {name!r} cannot be placed beside the notebook: give a relative path")
    total = sum(map(len, files.values()))
    if total > _FILES_BYTES:
        raise CourseError(f"the notebook's files hold {total} bytes; at most {_FILES_BYTES} can be sent")
    return files
