"""What keeps submissions apart holds for an ordinary user, too: the tests of it run once more as one.

All files and modes run in one process, so that each mode's warm parent starts once.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import REPOSITORY, STUDENT_PYTHON

FILES = ("test_copies.py", "test_leftovers.py", "test_neighbours.py")


@pytest.mark.skipif(
    os.geteuid() != 0,
    reason="only root can become user 1000; whoever is an ordinary user already has run these files as one",
)
@pytest.mark.parametrize(
    "modes",
    [
        pytest.param("namespaces", id="strongest mode"),
        pytest.param("landlock", id="weaker modes", marks=pytest.mark.proof),
    ],
)
def test_the_same_holds_for_an_ordinary_user(modes: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Run the files as user 1000, whose caches last as long as this run."""
    home = tmp_path_factory.getbasetemp() / "ordinary-home"
    if not home.exists():
        home.mkdir()
        os.chown(home, 1000, 1000)
        for folder in home.parents:
            if folder.is_relative_to("/tmp") and folder != Path("/tmp"):
                folder.chmod(folder.stat().st_mode | 0o011)
    words = ["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", sys.executable, "-m", "pytest", "-qx"]
    words += ["-n", "0", "-p", "no:cacheprovider", f"--basetemp={home}/{modes}", "-k", modes]
    words += [str(Path(__file__).with_name(name)) for name in FILES]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    environment |= {"HOME": str(home), "XDG_CACHE_HOME": f"{home}/cache", "PYTHONDONTWRITEBYTECODE": "1"}
    script = f"{_opened_interpreter()} exec {shlex.join(words)}"
    done = subprocess.run(
        ["unshare", "-m", "sh", "-ec", script],
        cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]


def _opened_interpreter() -> str:
    """Commands that show an interpreter in root's closed home to others, in a mount namespace of their own."""
    python, home = STUDENT_PYTHON.resolve(), Path.home()
    if not python.is_relative_to(home):
        return ""
    top = home / python.relative_to(home).parts[0]
    return (
        f"hold=$(mktemp -d); mount --bind {top} $hold; mount -t tmpfs -o mode=755 none {home}; "
        f"mkdir {top}; mount --bind $hold {top}; umount $hold; rmdir $hold;"
    )
