"""The outer wall: bubblewrap's command line, and the folders that the student's interpreter needs."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from grading.errors import CourseError

CACHE: Final = "/cache"
SCRATCH: Final = "/box"
OWN_FOLDER: Final = "warm"
"""The warm parent's own folder under the scratch folder; no child can see or open it."""
_SYSTEM: Final = (
    "/usr/bin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libx32", "/usr/share/fonts", "/usr/share/zoneinfo",
    "/usr/share/fontconfig",
)  # fmt: skip
_TOP_LINKS: Final = ("/bin", "/lib", "/lib32", "/lib64", "/libx32")
_FILES: Final = ("/etc/ld.so.cache", "/etc/fonts")
_TOO_WIDE: Final = ("/", "/home", "/root", "/usr", "/usr/local", "/opt", "/var", "/tmp")
_ASK: Final = "import json,sys;print(json.dumps([sys.prefix,sys.base_prefix,sys.version_info[:3]]))"


@dataclass(frozen=True)
class Interpreter:
    """The student's Python and the folders it is made of."""

    python: Path
    version: tuple[int, int, int]
    folders: tuple[str, ...]

    @property
    def readable(self) -> list[str]:
        """Every path of the machine that a child may read, itself apart from its cache."""
        return [*filter(os.path.exists, (*_SYSTEM, *_TOP_LINKS, *_FILES)), *self.folders]


@lru_cache(maxsize=8)
def interpreter(python: Path) -> Interpreter:
    """Ask an interpreter where it lives.

    Raises
    ------
    CourseError
        If it does not run, is older than 3.11, or lives in a folder that holds much else.
    """
    python = Path(os.path.abspath(python))  # not resolved: the path is what tells a virtual environment
    try:
        answer = subprocess.run(
            [str(python), "-I", "-c", _ASK], capture_output=True, text=True, check=True, timeout=60, env={}
        )
        prefix, base, version = json.loads(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise CourseError(
            f"{python}: the students' Python does not run ({error}); "
            "make its environment from requirements/student.txt"
        ) from error
    if version < [3, 11]:
        raise CourseError(f"{python}: the students' Python must be 3.11 or newer, not {version}")
    return Interpreter(python, tuple(version), _folders(python, prefix, base))


def _folders(python: Path, prefix: str, base: str) -> tuple[str, ...]:
    folders = []
    for folder in dict.fromkeys((prefix, base)):
        if folder == "/usr":
            continue
        if folder == "/usr/local":
            folders += ["/usr/local/bin", "/usr/local/lib"]
        elif folder in _TOO_WIDE or Path(folder) == Path.home():
            raise CourseError(
                f"{python}: its folder {folder} holds much else; use a virtual environment of its own"
            )
        else:
            folders.append(folder)
    link = python
    while link.is_symlink():  # an environment's python is a link to a link to the file
        link = Path(os.path.normpath(link.parent / os.readlink(link)))
        if not any(link.is_relative_to(known) for known in (*folders, "/usr/bin")):
            folders.append(str(link))
    return tuple(folders)


def environment(cache: str, home: str) -> dict[str, str]:
    """Return the whole environment of the warm parent: nothing of the grader's."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": home,
        "USER": "student",  # who asks for its own name finds no account
        "TMPDIR": home,
        "IPYTHONDIR": f"{home}/ipython",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",  # the same submission gives the same outputs twice
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPYCACHEPREFIX": f"{cache}/bytecode",
        "MPLCONFIGDIR": f"{cache}/matplotlib",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "OPENBLAS_NUM_THREADS": "1",  # a library's thread would not survive the fork
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }


def command(
    interpreter: Interpreter,
    cache: Path,
    *,
    variant: str,
    slots: int,
    slot_bytes: int,
    writable_cache: bool = False,
) -> list[str]:
    """Return the command line up to and without the program to run.

    Parameters
    ----------
    interpreter : Interpreter
        Whose folders to show.
    cache : Path
        Folder shown at `CACHE`: the sandbox's own code, bytecode, fonts.
    variant : str
        "user" makes a user namespace; "root" does without, keeping what the warm parent needs to become
        unprivileged by itself; "setuid" leaves it to a bubblewrap installed setuid.
    slots : int
        Scratch folders, for children that cannot mount one of their own.
    slot_bytes : int
        Size of each.
    writable_cache : bool
        Only while the cache is made, before any submission exists.
    """
    words = [
        "bwrap", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try",
        "--die-with-parent", "--new-session", "--as-pid-1", "--clearenv", "--hostname", "box", "--cap-drop", "ALL",
    ]  # fmt: skip
    if variant == "user":
        words += ["--unshare-user"]
    elif variant == "root":
        words += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SYS_ADMIN"]
    shown = [*filter(os.path.isdir, _SYSTEM), *filter(os.path.exists, _FILES), *interpreter.folders]
    for folder in _ancestors(shown):  # made by hand: bubblewrap would close them to the user that root turns into
        words += ["--perms", "0755", "--dir", folder]
    for path in shown:
        words += ["--ro-bind", path, path]
    words += _top_links()
    words += ["--bind" if writable_cache else "--ro-bind", str(cache), CACHE]
    words += _private_file_systems(slots, slot_bytes)
    if not any(Path(path).is_relative_to("/tmp") for path in shown):  # programs know /tmp by name
        words += ["--symlink", SCRATCH.lstrip("/"), "/tmp"]
    words += ["--chdir", "/", "--remount-ro", "/"]
    for name, value in environment(CACHE, f"{SCRATCH}/{OWN_FOLDER}").items():
        words += ["--setenv", name, value]
    return words


def _top_links() -> list[str]:
    """Return the options that repeat the machine's /bin, /lib and so on: links on most, folders on some."""
    words = []
    for link in _TOP_LINKS:
        if os.path.islink(link):
            words += ["--symlink", os.readlink(link), link]
        elif os.path.isdir(link):
            words += ["--ro-bind", link, link]
    return words


def _ancestors(paths: list[str]) -> list[str]:
    """Return the folders above some paths, outermost first, each once and none that is itself one of them."""
    above = {str(parent) for path in paths for parent in Path(path).parents} - {"/"}
    within = [folder for folder in above if not any(Path(folder).is_relative_to(path) for path in paths)]
    return sorted(within, key=len)


def _private_file_systems(slots: int, slot_bytes: int) -> list[str]:
    """Return the options for /proc, /dev and scratch: all that is writable has a size, the rest is read-only.

    ``--disable-userns`` is not used: a child needs one user namespace to build its own walls. The child itself
    then forbids any further one below it by the same means, and seccomp refuses them all.
    """
    words = ["--proc", "/proc", "--dev", "/dev", "--size", str(8 << 20), "--perms", "1777", "--tmpfs", "/dev/shm"]
    words += ["--remount-ro", "/dev", "--dir", SCRATCH]
    words += ["--perms", "0777", "--size", str(8 << 20), "--tmpfs", f"{SCRATCH}/{OWN_FOLDER}"]
    for slot in range(slots):
        words += ["--perms", "0777", "--size", str(slot_bytes), "--tmpfs", f"{SCRATCH}/{slot}"]
    return words
