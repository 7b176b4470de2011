"""What a folder's git history holds: all versions of all files, their names, all messages."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from grading.errors import CourseError


def old_versions(folder: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Path and content of each file in any commit of a repository in `folder`; none if it is no repository.

    Messages of commits and tags, and names of branches and tags, come as files that are called so.

    Raises
    ------
    CourseError
        If there is a repository and git cannot read it.
    """
    if not (folder / ".git").exists():
        return
    listing = git(folder, "rev-list", "--objects", "--all").splitlines()
    command = [_program(folder), "-C", str(folder), "cat-file", "--batch"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        asked, answered = process.stdin, process.stdout
        assert asked is not None
        assert answered is not None
        for name, _, path in (line.partition(b" ") for line in listing):
            asked.write(name + b"\n")
            asked.flush()
            _, kind, size = answered.readline().split()
            data = answered.read(int(size))
            answered.read(1)
            if path and kind == b"blob":
                yield path.decode("utf-8", "replace"), partial(bytes, data)
            elif kind in (b"commit", b"tag"):
                yield f"message of {name[:10].decode()}", partial(bytes, data.partition(b"\n\n")[2])
        asked.close()
    # the same content under two names is listed above by one of them
    moved = git(folder, "log", "--all", "-m", "--format=", "--name-only", "-z").split(b"\0")
    yield from ((path.decode("utf-8", "replace"), bytes) for path in dict.fromkeys(moved) if path)
    yield "names of branches and tags", partial(git, folder, "for-each-ref", "--format=%(refname:short)")


def git(folder: Path, *words: str) -> bytes:
    """What git says of the repository in a folder.

    Raises
    ------
    CourseError
        If there is no git, or it cannot do it.
    """
    done = subprocess.run([_program(folder), "-C", str(folder), *words], capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["it says nothing"]
        raise CourseError(f"{folder}: git cannot read its history ({said[-1]})")
    return done.stdout


def _program(folder: Path) -> str:
    program = shutil.which("git")
    if program is None:
        raise CourseError(f"{folder}: a git repository, and no git here to look into its history; install git")
    return program
