"""Build both editions of the book: `python book/build.py`, in the course folder, into `_build`.

Each has a process, `python book/build.py EDITION`. One reads its pages while the other waits (`freshness`), so
cells are executed once.
"""

from __future__ import annotations

import argparse
import fcntl
import shutil
import subprocess
import sys
from pathlib import Path

FOLDERS = {"teachers": "html-teachers", "students": "html"}
SHARED = "jupyter_execute"  # MyST-NB's, with the figures of both
COMMAND = (sys.executable, __file__)


def build(root: Path, edition: str) -> bool:
    """Build one edition; whether it has no fault."""
    from grading.nbgrader_bridge import block_rfc3987_import

    block_rfc3987_import()  # three seconds of a start

    from jupyter_book.sphinx import build_sphinx

    settings = {
        "edition": edition,
        "external_toc_path": str(root / "book" / "_toc.yml"),
        "latex_individualpages": False,
        "nitpicky": True,
    }
    result = build_sphinx(
        root / "book",
        root / "_build" / FOLDERS[edition],
        path_config=root / "_config.yml",
        confoverrides=settings,
        noconfig=True,
        doctreedir=root / "_build" / f".doctrees-{edition}",
        quiet=True,
        warningiserror=True,
        keep_going=True,
    )
    return result == 0


def build_all(out: Path, command: tuple[str, ...] = COMMAND) -> list[str]:
    """Build the editions side by side, after any other build in this folder; those with faults.

    After a build that was killed, or that found faults, from nothing: Sphinx would take what it left for whole,
    and would not tell faults again of pages that have not changed.
    """
    out.mkdir(exist_ok=True)
    whole = out / ".whole"
    with (out / ".building").open("w") as lock:  # the processes hold it, too
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not whole.exists():
            for name in (SHARED, *FOLDERS.values(), *(f".doctrees-{edition}" for edition in FOLDERS)):
                shutil.rmtree(out / name, ignore_errors=True)
        whole.unlink(missing_ok=True)
        processes = {one: subprocess.Popen([*command, one], pass_fds=[lock.fileno()]) for one in FOLDERS}
        faulty = [edition for edition, process in processes.items() if process.wait() != 0]
        if not faulty:
            whole.touch()
    return faulty


def main() -> None:
    """Build the editions, or the one that is named; stop if one has a fault."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("edition", nargs="?", choices=FOLDERS, help="this one alone, as the build of both does")
    if edition := parser.parse_args().edition:
        sys.exit(not build(Path.cwd(), edition))
    if faulty := build_all(Path.cwd() / "_build"):
        sys.exit(f"book: the edition for {' and that for '.join(faulty)} has the faults named above")
    for edition, folder in reversed(FOLDERS.items()):
        print(f"The book for {edition}".ljust(24), f"_build/{folder}/index.html")


if __name__ == "__main__":
    main()
